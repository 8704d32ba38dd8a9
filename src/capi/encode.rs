//! Functions of `coap2/encode.h`.

use super::door::door;
use crate::base::{memory, varint};
use core::ffi::{c_int, c_longlong, c_uint};

/// Finds the most significant bit set in a number.
///
/// @param i The number.
///
/// @return Its position, counted from 1 at the least significant bit; 0 for 0.
#[no_mangle]
pub unsafe extern "C" fn coap_fls(i: c_uint) -> c_int {
    door(0, || Some(varint::last_set(i.into()) as c_int))
}

/// Finds the most significant bit set in a 64-bit number.
///
/// @param i The number.
///
/// @return Its position, counted from 1 at the least significant bit; 0 for 0, 64 for negative numbers.
#[no_mangle]
pub unsafe extern "C" fn coap_flsll(i: c_longlong) -> c_int {
    door(0, || Some(varint::last_set(i as u64) as c_int))
}

/// Decodes an unsigned integer of variable length, most significant byte first (RFC 7252, section 3.2).
///
/// @param buf    The bytes; may be NULL if `length` is 0.
/// @param length How many bytes. If they are more than 4, the last 4 count.
///
/// @return The value; 0 for no bytes.
#[no_mangle]
pub unsafe extern "C" fn coap_decode_var_bytes(buf: *const u8, length: usize) -> c_uint {
    // SAFETY: NULL or `length` bytes of the caller's.
    door(0, || Some(varint::decode(unsafe { memory::bytes(buf, length) }?)))
}

/// Decodes an unsigned integer of up to 64 bits, most significant byte first (RFC 7252, section 3.2).
///
/// @param buf    The bytes; may be NULL if `length` is 0.
/// @param length How many bytes. If they are more than 8, the last 8 count.
///
/// @return The value; 0 for no bytes.
#[no_mangle]
pub unsafe extern "C" fn coap_decode_var_bytes8(buf: *const u8, length: usize) -> u64 {
    // SAFETY: NULL or `length` bytes of the caller's.
    door(0, || Some(varint::decode8(unsafe { memory::bytes(buf, length) }?)))
}

/// Encodes an unsigned integer in as few bytes as possible, most significant byte first (RFC 7252, section 3.2).
///
/// @param buf    Receives the bytes; may be NULL if `value` is 0.
/// @param length Size of `buf`; 4 is always enough.
/// @param value  The integer.
///
/// @return How many bytes were written, 0 to 4: none for 0, and none if they don't fit.
#[no_mangle]
pub unsafe extern "C" fn coap_encode_var_safe(buf: *mut u8, length: usize, value: c_uint) -> c_uint {
    // SAFETY: handed on to the caller.
    unsafe { coap_encode_var_safe8(buf, length, value.into()) }
}

/// Encodes an unsigned integer of up to 64 bits in as few bytes as possible, most significant byte first (RFC 7252,
/// section 3.2).
///
/// @param buf    Receives the bytes; may be NULL if `value` is 0.
/// @param length Size of `buf`; 8 is always enough.
/// @param value  The integer.
///
/// @return How many bytes were written, 0 to 8: none for 0, and none if they don't fit.
#[no_mangle]
pub unsafe extern "C" fn coap_encode_var_safe8(buf: *mut u8, length: usize, value: u64) -> c_uint {
    door(0, || {
        // SAFETY: NULL or `length` bytes of the caller's.
        let written = unsafe { memory::write(buf, length, varint::encode8(value, &mut [0; 8])) }?;
        Some(written as c_uint)
    })
}
