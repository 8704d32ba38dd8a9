//! Sockets, epoll, the timer: thin wrappers over system calls (docs/spec/io.md).

pub mod control;
pub mod datagram;
pub mod epoll;
pub mod multicast;
pub mod outbox;
pub mod socket;
pub mod stream;
pub mod timer;
