//! The timer descriptor inside a context's epoll set.

use core::ffi::c_int;
use core::ptr::null_mut;
use std::io;

/// A new timer, non-blocking, closed on exec (I27). It runs on the monotonic clock: a wall clock that jumps does not
/// reach it.
pub fn create() -> io::Result<c_int> {
    // SAFETY: takes no pointers.
    let fd = unsafe { libc::timerfd_create(libc::CLOCK_MONOTONIC, libc::TFD_NONBLOCK | libc::TFD_CLOEXEC) };
    if fd < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(fd)
    }
}

/// Sets the timer to go off once in `wait` milliseconds (0: at once), or not at all.
pub fn set(fd: c_int, wait: Option<u64>) -> io::Result<()> {
    let value = match wait {
        None => libc::timespec { tv_sec: 0, tv_nsec: 0 },
        // All zero would switch the timer off.
        Some(0) => libc::timespec { tv_sec: 0, tv_nsec: 1 },
        Some(wait) => libc::timespec {
            // Longer than any clock runs is as good as the longest time there is.
            tv_sec: (wait / 1000).min(i32::MAX as u64) as libc::time_t,
            tv_nsec: (wait % 1000 * 1_000_000) as _,
        },
    };
    let setting = libc::itimerspec { it_interval: libc::timespec { tv_sec: 0, tv_nsec: 0 }, it_value: value };
    // SAFETY: the setting lives over the call; the old one is not asked for.
    if unsafe { libc::timerfd_settime(fd, 0, &setting, null_mut()) } < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// Takes notice that the timer went off.
pub fn drain(fd: c_int) {
    let mut count = [0u8; 8];
    // SAFETY: `count` is writable for its length.
    unsafe { libc::read(fd, count.as_mut_ptr().cast(), count.len()) };
}
