//! Types and constants of `coap2/coap_debug.h`.

use super::*;

/// The register that carries a log level. Of an argument only the low 16 bits count, as a signed value; a result is
/// sign-extended, so that callers who see a `short` and callers who see an enumeration both read it right (chapter debug,
/// section 2.1, D18). A Rust `c_short` would let the compiler trust the upper half of an argument.
/// cbindgen:ignore
pub type coap_log_t = c_int;

/// Receives each log message that passes the level.
/// cbindgen:ignore
pub type coap_log_handler_t = Option<unsafe extern "C" fn(level: c_int, message: *const c_char)>;
