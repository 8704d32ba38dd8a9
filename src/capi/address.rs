//! Functions of `coap2/address.h`.

use super::door::{door, int};
use crate::abi::*;
use core::ffi::c_int;

/// Empties an address: all bytes become zero and `size` the size of the union (28).
///
/// Call it before filling in an address. Any memory will do, it need not hold an address yet. NULL: no effect.
///
/// @param addr The address.
#[no_mangle]
pub unsafe extern "C" fn coap_address_init(addr: *mut coap_address_t) {
    door((), || {
        if addr.is_null() {
            return None;
        }
        // SAFETY: not null, so the caller's memory for an address, which may hold anything yet.
        unsafe { addr.write(coap_address_t::new()) };
        Some(())
    })
}

/// Gives the port of an address.
///
/// @param addr The address.
///
/// @return The port in host byte order; 0 if the family is neither AF_INET nor AF_INET6, or for NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_address_get_port(addr: *const coap_address_t) -> u16 {
    door(0, || {
        // SAFETY: NULL or an address of the caller's.
        let addr = unsafe { addr.as_ref() }?;
        Some(addr.port())
    })
}

/// Stores a port in an address of family AF_INET or AF_INET6; no effect on others and for NULL.
///
/// @param addr The address.
/// @param port The port, in host byte order.
#[no_mangle]
pub unsafe extern "C" fn coap_address_set_port(addr: *mut coap_address_t, port: u16) {
    door((), || {
        // SAFETY: NULL or an address of the caller's, which nobody else uses during the call.
        let addr = unsafe { addr.as_mut() }?;
        addr.set_port(port);
        Some(())
    })
}

/// Compares two addresses by size, family, port and IP address. Flow info and scope id don't count.
///
/// @param a One address.
/// @param b The other address.
///
/// @return 1 if they are equal, otherwise 0: also for NULL, and for families other than AF_INET and AF_INET6.
#[no_mangle]
pub unsafe extern "C" fn coap_address_equals(a: *const coap_address_t, b: *const coap_address_t) -> c_int {
    door(0, || {
        // SAFETY: each NULL or an address of the caller's.
        let (a, b) = unsafe { (a.as_ref()?, b.as_ref()?) };
        Some(int(a.equals(b)))
    })
}

/// Tells whether an address is a multicast address: 224.0.0.0/4, ff00::/8, or the former mapped into IPv6.
///
/// @param a The address.
///
/// @return 1 if it is, otherwise 0; also for NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_is_mcast(a: *const coap_address_t) -> c_int {
    door(0, || {
        // SAFETY: NULL or an address of the caller's.
        let a = unsafe { a.as_ref() }?;
        Some(int(a.is_multicast()))
    })
}
