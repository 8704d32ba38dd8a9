//! Types and constants of `coap2/coap.h`.

use super::*;

/// TODO.
pub const LIBCOAP_VERSION: c_uint = 4003000;
