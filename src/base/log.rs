//! The log: level, handler, line (docs/spec/debug.md, sections 1 to 3).

use super::bounded::Bounded;
use super::stdio::Stream;
use super::{errno, timestamp};
use crate::abi::{coap_log_handler_t, COAP_DEBUG_BUF_SIZE};
use core::ffi::c_void;
use core::fmt::{self, Write};
use core::ptr;
use core::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use core::sync::atomic::{AtomicI16, AtomicPtr};

/// Levels, as in `syslog`.
pub const LOG_EMERG: i16 = 0;
/// See [`LOG_EMERG`].
pub const LOG_ALERT: i16 = 1;
/// See [`LOG_EMERG`].
pub const LOG_CRIT: i16 = 2;
/// See [`LOG_EMERG`].
pub const LOG_ERR: i16 = 3;
/// See [`LOG_EMERG`].
pub const LOG_WARNING: i16 = 4;
/// See [`LOG_EMERG`].
pub const LOG_NOTICE: i16 = 5;
/// See [`LOG_EMERG`].
pub const LOG_INFO: i16 = 6;
/// See [`LOG_EMERG`].
pub const LOG_DEBUG: i16 = 7;
/// `COAP_LOG_CIPHERS`: what the (D)TLS library tells about its cipher suites.
#[cfg(feature = "openssl")]
pub const LOG_CIPHERS: i16 = 9;

/// The maximum level at start.
const DEFAULT_LEVEL: i16 = LOG_WARNING;
/// What fits into the buffer for a handler, NUL included.
const HANDLER_BUFFER: usize = COAP_DEBUG_BUF_SIZE;
/// Level names, by level. Above them a line has none.
const NAMES: [&str; 10] = ["EMRG", "ALRT", "CRIT", "ERR ", "WARN", "NOTE", "INFO", "DEBG", "????", "CIPH"];

static LEVEL: AtomicI16 = AtomicI16::new(DEFAULT_LEVEL);
/// The handler as a plain pointer; null: none.
static HANDLER: AtomicPtr<c_void> = AtomicPtr::new(ptr::null_mut());

/// The maximum level.
pub fn level() -> i16 {
    LEVEL.load(Relaxed)
}

/// Sets the maximum level; any value goes, a negative one silences everything.
pub fn set_level(level: i16) {
    LEVEL.store(level, Relaxed);
}

/// Whether messages of this level pass.
pub fn enabled(level: i16) -> bool {
    level <= self::level()
}

/// Replaces the handler; `None` restores the default route to the C library's streams.
pub fn set_handler(handler: coap_log_handler_t) {
    HANDLER.store(handler.map_or(ptr::null_mut(), |handler| handler as *mut c_void), Release);
}

/// The handler.
pub fn handler() -> coap_log_handler_t {
    let handler = HANDLER.load(Acquire);
    // SAFETY: null is `None`, and anything else in `HANDLER` was stored by `set_handler` from a function of this type.
    unsafe { core::mem::transmute::<*mut c_void, coap_log_handler_t>(handler) }
}

/// Emits one line; the newline is added here. What [`log!`] calls: see [`emit`].
#[cold]
#[inline(never)]
pub fn line(level: i16, message: fmt::Arguments<'_>) {
    emit(level, format_args!("{message}\n"))
}

/// Emits one message (with its newline). Allocates nothing. Calls the application's handler if there is one: nothing
/// may be borrowed while a line is logged. `errno` stays as it is.
#[cold]
pub fn emit(level: i16, message: fmt::Arguments<'_>) {
    errno::preserve(|| match handler() {
        Some(handler) => {
            let mut storage = [0; HANDLER_BUFFER];
            let mut text = Bounded::new(&mut storage);
            let _ = text.write_fmt(message);
            text.terminate();
            // SAFETY: the application's function, called as it was declared; the message ends in a NUL and lives
            // during the call.
            unsafe { handler(level.into(), storage.as_ptr().cast()) }
        }
        None => {
            let mut stream = begin(level);
            let _ = stream.write_fmt(message);
            stream.flush();
        }
    })
}

/// Starts a line on the default route: the level's stream, locked, with the prefix written.
pub fn begin(level: i16) -> Stream {
    errno::preserve(|| {
        let mut stream = if level <= LOG_CRIT { Stream::stderr() } else { Stream::stdout() };
        let mut storage = [0; 80];
        let mut prefix = Bounded::new(&mut storage);
        timestamp::write_now(&mut prefix);
        if let Some(name) = usize::try_from(level).ok().and_then(|level| NAMES.get(level)) {
            let _ = write!(prefix, "{name} ");
        }
        stream.write(prefix.bytes());
        stream
    })
}

/// Logs a line at a level: `log!(LOG_WARNING, "format {}", …)`, without its newline.
#[macro_export]
macro_rules! log {
    ($level:expr, $format:literal $($rest:tt)*) => {
        if $crate::base::log::enabled($level) {
            $crate::base::log::line($level, format_args!($format $($rest)*))
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::ffi::{c_char, c_int, CStr};
    use std::cell::RefCell;

    thread_local! {
        static SEEN: RefCell<Vec<(c_int, Vec<u8>)>> = const { RefCell::new(Vec::new()) };
    }

    unsafe extern "C" fn remember(level: c_int, message: *const c_char) {
        // SAFETY: the log hands over a C string.
        let message = unsafe { CStr::from_ptr(message) }.to_bytes().to_vec();
        SEEN.with(|seen| seen.borrow_mut().push((level, message)));
    }

    // One test, because level and handler are global. Other tests may log meanwhile, on threads of their own.
    #[test]
    fn level_and_handler() {
        assert_eq!(level(), LOG_WARNING);
        assert!(handler().is_none());
        set_handler(Some(remember));

        errno::set(libc::EPIPE);
        log!(LOG_WARNING, "{} {}", "passes", 1);
        log!(LOG_NOTICE, "does not");
        emit(LOG_DEBUG, format_args!("{}\n", "x".repeat(5000)));
        log!(-7, "negative");
        assert_eq!(errno::get(), libc::EPIPE);

        set_level(-1);
        log!(LOG_EMERG, "silenced");
        set_level(i16::MIN);
        assert!(!enabled(-5));
        set_level(LOG_WARNING);
        set_handler(None);

        let seen = SEEN.with(|seen| seen.take());
        assert_eq!(seen[0], (4, b"passes 1\n".to_vec()));
        assert_eq!(seen[1], (7, vec![b'x'; 2055]), "cut without a newline");
        assert_eq!(seen[2], (-7, b"negative\n".to_vec()), "D5, sign-extended");
        assert_eq!(seen.len(), 3);
    }
}
