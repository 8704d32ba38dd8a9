//! The C library's output streams. Applications redirect, buffer and write to them too, so the library uses the same
//! `FILE` objects rather than the descriptors behind them.

use core::ffi::c_int;
use core::fmt;
use libc::FILE;

extern "C" {
    fn flockfile(stream: *mut FILE);
    fn funlockfile(stream: *mut FILE);
    /// `stdout` or `stderr`, as they are now (src/capi/log_shim.c).
    fn coap_log_stream(is_error: c_int) -> *mut FILE;
}

/// One of the two output streams, locked until dropped: what is written meanwhile stays together.
pub struct Stream(*mut FILE);

impl Stream {
    /// Locks `stdout`.
    pub fn stdout() -> Stream {
        Stream::lock(0)
    }

    /// Locks `stderr`.
    pub fn stderr() -> Stream {
        Stream::lock(1)
    }

    fn lock(is_error: c_int) -> Stream {
        // SAFETY: no obligations; the result is null or an open stream of the C library.
        let stream = unsafe { coap_log_stream(is_error) };
        if !stream.is_null() {
            // SAFETY: an open stream.
            unsafe { flockfile(stream) };
        }
        Stream(stream)
    }

    /// The stream as C knows it, still locked, for `vfprintf`; null if the application has taken it away.
    pub fn into_raw(self) -> *mut FILE {
        let stream = self.0;
        core::mem::forget(self);
        stream
    }

    /// Takes back what [`into_raw`](Self::into_raw) gave.
    ///
    /// # Safety
    /// `stream` came from `into_raw` on this thread and has not been taken back yet.
    pub unsafe fn from_raw(stream: *mut FILE) -> Stream {
        Stream(stream)
    }

    /// Writes bytes; errors are ignored.
    pub fn write(&mut self, bytes: &[u8]) {
        if !self.0.is_null() {
            // SAFETY: the stream is open and `bytes` is readable.
            unsafe { libc::fwrite(bytes.as_ptr().cast(), 1, bytes.len(), self.0) };
        }
    }

    /// Hands what is buffered to the kernel; errors are ignored.
    pub fn flush(&mut self) {
        if !self.0.is_null() {
            // SAFETY: the stream is open. (Null would mean all streams, hence the check.)
            unsafe { libc::fflush(self.0) };
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        if !self.0.is_null() {
            // SAFETY: locked by this thread in `lock`.
            unsafe { funlockfile(self.0) };
        }
    }
}

/// For `write!`; never fails.
impl fmt::Write for Stream {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.write(text.as_bytes());
        Ok(())
    }
}
