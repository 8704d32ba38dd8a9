//! Types and constants of `coap2/coap_prng.h`.

use super::*;

/// Fills `len` bytes at `out` with random data; not 1 means failure.
pub type coap_rand_func_t = Option<unsafe extern "C" fn(out: *mut c_void, len: usize) -> c_int>;
