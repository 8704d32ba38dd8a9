//! The timer inside the epoll set (docs/spec/io.md, section 6.1).

use super::{checked, own};
use core::ptr;
use std::io;
use std::os::fd::{OwnedFd, RawFd};

/// Makes a timer that is off: monotonic, non-blocking, closed on exec (I27).
pub fn create() -> io::Result<OwnedFd> {
    // SAFETY: no memory is involved.
    let fd = checked(unsafe { libc::timerfd_create(libc::CLOCK_MONOTONIC, libc::TFD_NONBLOCK | libc::TFD_CLOEXEC) })?;
    // SAFETY: the descriptor is fresh.
    Ok(unsafe { own(fd) })
}

/// Sets the timer to fire once in `delay` milliseconds, 0 meaning at once (I21), or turns it off. What it had to report
/// is forgotten.
pub fn set(timer: RawFd, delay: Option<u64>) -> io::Result<()> {
    let off = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    let first = match delay {
        None => off,
        // All zero would turn the timer off.
        Some(0) => libc::timespec { tv_sec: 0, tv_nsec: 1 },
        Some(delay) => libc::timespec {
            tv_sec: libc::time_t::try_from(delay / 1000).unwrap_or(libc::time_t::MAX),
            tv_nsec: (delay % 1000 * 1_000_000) as libc::c_long,
        },
    };
    let setting = libc::itimerspec { it_interval: off, it_value: first };
    // SAFETY: `setting` is readable, and the old setting is not asked for.
    checked(unsafe { libc::timerfd_settime(timer, 0, &setting, ptr::null_mut()) }).map(drop)
}

/// Takes note that the timer has fired; returns whether it had.
pub fn drain(timer: RawFd) -> bool {
    let mut expirations = 0u64;
    // SAFETY: eight bytes are writable.
    unsafe { libc::read(timer, ptr::from_mut(&mut expirations).cast(), size_of::<u64>()) > 0 }
}
