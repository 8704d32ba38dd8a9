//! The log: level, handler, line (docs/spec/debug.md, sections 1 to 3).

use core::fmt;

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

/// Whether messages of this level pass.
pub fn enabled(_level: i16) -> bool {
    false
}

/// Emits one message (with its newline). Allocates nothing. Calls the application's handler if there is one: nothing
/// may be borrowed while a line is logged.
pub fn emit(_level: i16, _message: fmt::Arguments<'_>) {}

/// Logs a line at a level: `log!(LOG_WARNING, "format {}", …)`; the newline is added here.
#[macro_export]
macro_rules! log {
    ($level:expr, $format:literal $($rest:tt)*) => {
        if $crate::base::log::enabled($level) {
            $crate::base::log::emit($level, format_args!(concat!($format, "\n") $($rest)*))
        }
    };
}
