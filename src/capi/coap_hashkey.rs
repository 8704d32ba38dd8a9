//! Functions of `coap2/coap_hashkey.h`.

use super::door::door;
use crate::base::{hash, memory};
use core::ffi::c_uchar;

/// Feeds bytes into a hash of 4 bytes.
///
/// Set the hash to four zero bytes to begin with; feeding in pieces gives the same as feeding at once. The hash is weak:
/// good to tell versions of a body apart, not to keep anybody out.
///
/// @param s   The bytes; may be NULL if `len` is 0.
/// @param len How many bytes.
/// @param h   The hash, 4 bytes, which is updated. NULL: no effect.
#[no_mangle]
pub unsafe extern "C" fn coap_hash_impl(s: *const c_uchar, len: usize, h: *mut c_uchar) {
    door((), || {
        let h = h.cast::<[u8; 4]>();
        // SAFETY: each NULL or as many bytes of the caller's.
        let (bytes, mut state) = unsafe { (memory::bytes(s, len)?, *h.as_ref()?) };
        hash::coap_hash(&mut state, bytes);
        // SAFETY: not null, as seen above.
        unsafe { h.write(state) };
        Some(())
    })
}
