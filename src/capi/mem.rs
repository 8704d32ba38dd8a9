//! Functions of `coap2/mem.h`.
//!
//! They are the C library's own, size 0 and all (docs/spec/base.md, section 8).

use super::door::door;
use crate::abi::*;
use core::ffi::c_void;
use core::mem::MaybeUninit;
use core::ptr::null_mut;

/// Does nothing: memory needs no preparation.
#[no_mangle]
pub unsafe extern "C" fn coap_memory_init() {}

/// Allocates memory, as malloc() does.
///
/// @param type Ignored.
/// @param size How many bytes.
///
/// @return The memory, not initialised, to be released with coap_free_type() or free(); NULL if there is none.
#[no_mangle]
pub unsafe extern "C" fn coap_malloc_type(r#type: MaybeUninit<coap_memory_tag_t>, size: usize) -> *mut c_void {
    let _ = r#type;
    // SAFETY: `malloc` takes any size.
    door(null_mut(), || Some(unsafe { libc::malloc(size) }))
}

/// Changes the size of allocated memory, as realloc() does.
///
/// @param type Ignored.
/// @param p    The memory, from coap_malloc_type() or malloc(); NULL allocates.
/// @param size How many bytes; 0 releases the memory.
///
/// @return The memory, perhaps at another address; NULL if there is none, and the old memory stays as it was, or for
/// size 0.
#[no_mangle]
pub unsafe extern "C" fn coap_realloc_type(
    r#type: MaybeUninit<coap_memory_tag_t>,
    p: *mut c_void,
    size: usize,
) -> *mut c_void {
    let _ = r#type;
    // SAFETY: NULL or allocated memory that the caller gives away.
    door(null_mut(), || Some(unsafe { libc::realloc(p, size) }))
}

/// Releases allocated memory, as free() does. NULL: no effect.
///
/// @param type Ignored.
/// @param p    The memory, from coap_malloc_type() or malloc().
#[no_mangle]
pub unsafe extern "C" fn coap_free_type(r#type: MaybeUninit<coap_memory_tag_t>, p: *mut c_void) {
    let _ = r#type;
    door((), || {
        // SAFETY: NULL or allocated memory that the caller gives back.
        unsafe { libc::free(p) };
        Some(())
    })
}
