//! Types and constants of `coap2/coap_hashkey.h`.

use super::*;

/// The 4 bytes of a `coap_hash`.
pub type coap_key_t = [c_uchar; 4];
