//! Types and constants of `coap2/coap_debug.h`.

use super::*;

/// Log level as the library sees it: 16 bits, signed (chapter debug, section 2.1).
/// cbindgen:ignore
pub type coap_log_t = c_short;

/// Receives each log message that passes the level.
/// cbindgen:ignore
pub type coap_log_handler_t = Option<unsafe extern "C" fn(level: c_int, message: *const c_char)>;
