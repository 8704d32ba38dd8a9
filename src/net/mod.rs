//! Sockets, epoll, the timer.
