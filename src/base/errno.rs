//! `errno`: read, put back, described.

use core::ffi::{c_char, c_int, CStr};
use core::fmt;

/// The calling thread's `errno`.
pub fn get() -> c_int {
    // SAFETY: the C library gives a valid pointer to the thread's own variable.
    unsafe { *libc::__errno_location() }
}

/// Sets the calling thread's `errno`.
pub fn set(errno: c_int) {
    // SAFETY: as in `get`.
    unsafe { *libc::__errno_location() = errno }
}

/// The text of an error number (`coap_socket_format_errno`); it lives until the next call.
pub fn describe(errno: c_int) -> *const c_char {
    // SAFETY: `strerror` takes any number, and gives a text of its own.
    unsafe { libc::strerror(errno) }
}

/// Runs `body` and puts `errno` back as it was: logging must not change what a caller is about to look at.
pub fn preserve<T>(body: impl FnOnce() -> T) -> T {
    let errno = get();
    let result = body();
    set(errno);
    result
}

/// An error number that prints as its text. (The standard library's way allocates.)
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Errno(pub c_int);

impl From<&std::io::Error> for Errno {
    fn from(error: &std::io::Error) -> Self {
        Errno(error.raw_os_error().unwrap_or(0))
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0 as c_char; 128];
        // SAFETY: `text` is writable for the given length.
        if unsafe { libc::strerror_r(self.0, text.as_mut_ptr(), text.len()) } != 0 {
            return write!(f, "error {}", self.0);
        }
        // SAFETY: on success the text ends in a NUL within the buffer.
        f.write_str(unsafe { CStr::from_ptr(text.as_ptr()) }.to_str().unwrap_or("error"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn describes_and_preserves() {
        set(libc::EAGAIN);
        preserve(|| set(libc::ENOENT));
        assert_eq!(get(), libc::EAGAIN);
        assert_eq!(Errno(libc::ENOENT).to_string(), "No such file or directory");
        assert!(!Errno(-12345).to_string().is_empty());
    }
}
