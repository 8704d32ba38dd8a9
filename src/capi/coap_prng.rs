//! Functions of `coap2/coap_prng.h`.

use super::door::{door, int};
use crate::abi::*;
use crate::base::prng;
use core::ffi::{c_int, c_uint, c_void};

/// Replaces the generator of random bytes, for the whole process.
///
/// The library calls it wherever it draws random bytes, on the thread that needs them. There is no way back to the
/// default generator, which is the kernel's.
///
/// @param rng The function, which fills the bytes it is given and returns 1, or 0 on failure. With NULL nothing is drawn
///            any more, and the library's own random numbers become 0.
#[no_mangle]
pub unsafe extern "C" fn coap_set_prng(rng: coap_rand_func_t) {
    door((), || {
        prng::set(rng);
        Some(())
    })
}

/// Does nothing: the default generator needs no seed.
///
/// @param seed Ignored.
#[no_mangle]
pub unsafe extern "C" fn coap_prng_init(seed: c_uint) {
    let _ = seed;
}

/// Fills memory with random bytes from the current generator.
///
/// @param buf The memory.
/// @param len How many bytes.
///
/// @return 1, whatever a function given to coap_set_prng() returned; 0 without a generator, for NULL, or if the kernel's
/// random bytes could not be had.
#[no_mangle]
pub unsafe extern "C" fn coap_prng(buf: *mut c_void, len: usize) -> c_int {
    door(0, || {
        // SAFETY: NULL or `len` bytes of the caller's.
        Some(int(unsafe { prng::draw(buf, len) }))
    })
}
