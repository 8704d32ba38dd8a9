//! The descriptor that an application's loop waits on (docs/spec/io.md, section 6.1).

use super::{checked, own};
use core::ffi::c_int;
use core::ptr;
use libc::epoll_event;
use std::io;
use std::os::fd::{OwnedFd, RawFd};

/// Makes an epoll set, closed on exec (I27).
pub fn create() -> io::Result<OwnedFd> {
    // SAFETY: no memory is involved.
    let fd = checked(unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) })?;
    // SAFETY: the descriptor is fresh.
    Ok(unsafe { own(fd) })
}

/// Watches `fd` for `events` (`EPOLLIN`, `EPOLLOUT`), level-triggered; they are reported with `token`.
pub fn add(epoll: RawFd, fd: RawFd, events: c_int, token: u64) -> io::Result<()> {
    control(epoll, libc::EPOLL_CTL_ADD, fd, events, token)
}

/// Watches a descriptor that is in the set for other events, or under another token.
pub fn modify(epoll: RawFd, fd: RawFd, events: c_int, token: u64) -> io::Result<()> {
    control(epoll, libc::EPOLL_CTL_MOD, fd, events, token)
}

/// Takes a descriptor out of the set.
pub fn remove(epoll: RawFd, fd: RawFd) -> io::Result<()> {
    control(epoll, libc::EPOLL_CTL_DEL, fd, 0, 0)
}

fn control(epoll: RawFd, operation: c_int, fd: RawFd, events: c_int, token: u64) -> io::Result<()> {
    let mut event = epoll_event { events: events as u32, u64: token };
    // SAFETY: `event` is readable.
    checked(unsafe { libc::epoll_ctl(epoll, operation, fd, &mut event) }).map(drop)
}

/// Waits for events for `timeout` milliseconds (-1: for ever) and returns how many there are at the start of `events`.
pub fn wait(epoll: RawFd, events: &mut [epoll_event], timeout: c_int) -> io::Result<usize> {
    let room = c_int::try_from(events.len()).unwrap_or(c_int::MAX);
    let start = if events.is_empty() { ptr::null_mut() } else { events.as_mut_ptr() };
    // SAFETY: `room` events are writable.
    checked(unsafe { libc::epoll_wait(epoll, start, room, timeout) }).map(|count| count as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::timer;
    use std::os::fd::AsRawFd;
    use std::time::{Duration, Instant};

    #[test]
    fn a_timer_wakes_the_set() {
        let (set, clock) = (create().unwrap(), timer::create().unwrap());
        let (set, clock) = (set.as_raw_fd(), clock.as_raw_fd());
        add(set, clock, libc::EPOLLIN, 7).unwrap();
        let mut events = [epoll_event { events: 0, u64: 0 }; 2];
        let mut ready = |timeout| match wait(set, &mut events, timeout).unwrap() {
            0 => None,
            _ => Some(events[0].u64),
        };
        assert_eq!(ready(0), None);
        timer::set(clock, Some(0)).unwrap();
        assert_eq!(ready(5000), Some(7), "at once");
        assert_eq!(ready(0), Some(7), "level-triggered");
        assert!(timer::drain(clock));
        assert!(!timer::drain(clock));
        assert_eq!(ready(0), None);

        let start = Instant::now();
        timer::set(clock, Some(30)).unwrap();
        modify(set, clock, libc::EPOLLIN, 8).unwrap();
        assert_eq!(ready(5000), Some(8));
        assert!(start.elapsed() >= Duration::from_millis(29));

        timer::set(clock, Some(u64::MAX)).unwrap();
        assert_eq!(ready(0), None);
        timer::set(clock, Some(0)).unwrap();
        timer::set(clock, None).unwrap();
        assert_eq!(ready(20), None, "off");
        timer::set(clock, Some(0)).unwrap();
        remove(set, clock).unwrap();
        assert_eq!(ready(20), None);
        assert!(remove(set, clock).is_err());
        assert!(wait(set, &mut [], 0).is_err());
    }

    #[test]
    fn descriptors_close_on_exec() {
        for fd in [create().unwrap(), timer::create().unwrap()] {
            // SAFETY: no memory is involved.
            assert_eq!(unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_GETFD) }, libc::FD_CLOEXEC, "I27");
        }
    }
}
