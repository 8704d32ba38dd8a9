//! Functions of `coap2/str.h`.

use super::door::door;
use crate::abi::*;
use crate::base::{memory, string};
use core::ffi::c_char;
use core::ptr::{null_mut, NonNull};

/// Makes a string with room for `size` bytes and a NUL behind them; the bytes are not initialised.
///
/// @param size How many bytes; 0 is fine.
///
/// @return The string, with `length` = `size`, to be released with coap_delete_string(); NULL without memory.
#[no_mangle]
pub unsafe extern "C" fn coap_new_string(size: usize) -> *mut coap_string_t {
    door(null_mut(), || string::or_log(string::new(size)).map(NonNull::as_ptr))
}

/// Releases a string made by coap_new_string(). NULL: no effect.
///
/// @param string The string.
#[no_mangle]
pub unsafe extern "C" fn coap_delete_string(string: *mut coap_string_t) {
    door((), || {
        // SAFETY: NULL or a string that the caller gives back.
        unsafe { memory::free(string) };
        Some(())
    })
}

/// Makes a string that holds a copy of some bytes, with a NUL behind them.
///
/// @param data The bytes; may be NULL if `size` is 0.
/// @param size How many bytes.
///
/// @return The string, to be released with coap_delete_str_const(); NULL without memory or without bytes.
#[no_mangle]
pub unsafe extern "C" fn coap_new_str_const(data: *const u8, size: usize) -> *mut coap_str_const_t {
    door(null_mut(), || {
        // SAFETY: NULL or `size` bytes of the caller's.
        let copy = string::copy(unsafe { memory::bytes(data, size) }?);
        string::or_log(copy).map(|string| string.as_ptr().cast())
    })
}

/// Releases a string made by coap_new_str_const(). NULL: no effect.
///
/// @param string The string.
#[no_mangle]
pub unsafe extern "C" fn coap_delete_str_const(string: *mut coap_str_const_t) {
    door((), || {
        // SAFETY: NULL or a string that the caller gives back.
        unsafe { memory::free(string) };
        Some(())
    })
}

/// Makes a binary with room for `size` bytes, which are not initialised.
///
/// @param size How many bytes; 0 is fine.
///
/// @return The binary, with `length` = `size`, to be released with coap_delete_binary(); NULL without memory.
#[no_mangle]
pub unsafe extern "C" fn coap_new_binary(size: usize) -> *mut coap_binary_t {
    door(null_mut(), || string::or_log(string::new(size)).map(|binary| binary.as_ptr().cast()))
}

/// Releases a binary made by coap_new_binary(). NULL: no effect.
///
/// @param binary The binary.
#[no_mangle]
pub unsafe extern "C" fn coap_delete_binary(binary: *mut coap_binary_t) {
    door((), || {
        // SAFETY: NULL or a binary that the caller gives back.
        unsafe { memory::free(binary) };
        Some(())
    })
}

/// Makes a binary that holds a copy of some bytes.
///
/// @param data The bytes; may be NULL if `size` is 0.
/// @param size How many bytes.
///
/// @return The binary, to be released with coap_delete_bin_const(); NULL without memory or without bytes.
#[no_mangle]
pub unsafe extern "C" fn coap_new_bin_const(data: *const u8, size: usize) -> *mut coap_bin_const_t {
    door(null_mut(), || {
        // SAFETY: NULL or `size` bytes of the caller's.
        let copy = string::copy(unsafe { memory::bytes(data, size) }?);
        string::or_log(copy).map(|binary| binary.as_ptr().cast())
    })
}

/// Releases a binary made by coap_new_bin_const(). NULL: no effect.
///
/// @param binary The binary.
#[no_mangle]
pub unsafe extern "C" fn coap_delete_bin_const(binary: *mut coap_bin_const_t) {
    door((), || {
        // SAFETY: NULL or a binary that the caller gives back.
        unsafe { memory::free(binary) };
        Some(())
    })
}

/// Changes the size of a binary made by coap_new_binary(). Bytes that are added are not initialised.
///
/// @param binary   The binary, which must not be used any more after success; NULL makes a new one.
/// @param new_size How many bytes; 0 is fine.
///
/// @return The binary, perhaps at another address; NULL without memory, and the old binary stays as it was.
#[no_mangle]
pub unsafe extern "C" fn coap_resize_binary(binary: *mut coap_binary_t, new_size: usize) -> *mut coap_binary_t {
    door(null_mut(), || {
        // SAFETY: NULL or a binary made by a function of this file, which the caller gives away.
        let resized = unsafe { string::resize(binary.cast(), new_size) };
        string::or_log(resized).map(|binary| binary.as_ptr().cast())
    })
}

/// Describes a C string without copying it, for functions that take a coap_str_const_t.
///
/// The result is one of 16 static objects: the 16th call from here on overwrites it. It must not be freed.
///
/// @param string The string, which must outlive the use of the result; NULL counts as empty.
///
/// @return The description, never NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_make_str_const(string: *const c_char) -> *mut coap_str_const_t {
    // SAFETY: NULL or a C string of the caller's.
    door(null_mut(), || Some(unsafe { string::make_const(string) }))
}
