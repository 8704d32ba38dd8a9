//! The epoll descriptor of a context (docs/spec/io.md, section 6.1).

use core::ffi::c_int;
use std::io;

/// Events for a socket that is readable.
pub const READ: u32 = libc::EPOLLIN as u32;

/// Events for a socket that is writable.
pub const WRITE: u32 = libc::EPOLLOUT as u32;

/// Events that come unasked.
const FAILED: u32 = (libc::EPOLLERR | libc::EPOLLHUP) as u32;

/// One event, as `epoll_wait` gives it.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Event(libc::epoll_event);

impl Event {
    /// Room for an event.
    pub const fn new() -> Event {
        Event(libc::epoll_event { events: 0, u64: 0 })
    }

    /// Whether something can be read, or the connection has ended or failed.
    pub fn is_readable(&self) -> bool {
        self.0.events & (READ | FAILED) != 0
    }

    /// Whether something can be written, or the connection has ended or failed.
    pub fn is_writable(&self) -> bool {
        self.0.events & (WRITE | FAILED) != 0
    }

    /// Whether the connection has ended or failed.
    pub fn is_failed(&self) -> bool {
        self.0.events & FAILED != 0
    }

    /// The number under which its descriptor was added.
    pub fn token(&self) -> u64 {
        self.0.u64
    }
}

impl Default for Event {
    fn default() -> Self {
        Event::new()
    }
}

fn result(result: c_int) -> io::Result<c_int> {
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(result)
    }
}

/// A new epoll descriptor, closed on exec (I27).
pub fn create() -> io::Result<c_int> {
    // SAFETY: takes no pointers.
    result(unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) })
}

fn control(epfd: c_int, operation: c_int, fd: c_int, events: u32, token: u64) -> io::Result<()> {
    let mut event = libc::epoll_event { events, u64: token };
    // SAFETY: the event lives over the call.
    result(unsafe { libc::epoll_ctl(epfd, operation, fd, &mut event) }).map(drop)
}

/// Watches a descriptor; its events carry `token`.
pub fn add(epfd: c_int, fd: c_int, events: u32, token: u64) -> io::Result<()> {
    control(epfd, libc::EPOLL_CTL_ADD, fd, events, token)
}

/// Watches a descriptor for other events than before.
pub fn modify(epfd: c_int, fd: c_int, events: u32, token: u64) -> io::Result<()> {
    control(epfd, libc::EPOLL_CTL_MOD, fd, events, token)
}

/// Watches a descriptor no more.
pub fn remove(epfd: c_int, fd: c_int) -> io::Result<()> {
    control(epfd, libc::EPOLL_CTL_DEL, fd, 0, 0)
}

/// Waits for events, at most `timeout` milliseconds (-1: for ever); how many there are.
pub fn wait(epfd: c_int, events: &mut [Event], timeout: c_int) -> io::Result<usize> {
    let most = c_int::try_from(events.len()).unwrap_or(c_int::MAX);
    // SAFETY: `events` has room for `most` events, and `Event` is transparent.
    let count = result(unsafe { libc::epoll_wait(epfd, events.as_mut_ptr().cast(), most, timeout) })?;
    Ok(count as usize)
}
