//! Types and constants of `coap2/coap.h`.

use super::*;

/// The version as a number: 4.3.0 is 4 003 000.
pub const LIBCOAP_VERSION: c_uint = 4003000;
