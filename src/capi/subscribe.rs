//! Functions of `coap2/subscribe.h`.

use super::door::door;
use crate::abi::*;
use crate::resource::Resource;
use core::ffi::c_int;

/// Makes a resource observable (RFC 7641) or not.
///
/// Observers that are there when it ceases to be observable stay, and get nothing until it is observable again.
///
/// @param resource  The resource; NULL is ignored.
/// @param mode      0: not observable (as it is at first); anything else: observable.
#[no_mangle]
pub unsafe extern "C" fn coap_resource_set_get_observable(resource: *mut coap_resource_t, mode: c_int) {
    door((), || {
        // SAFETY: the caller passes null or a live resource.
        unsafe { Resource::from_ptr(resource) }?.set_observable(mode != 0);
        Some(())
    })
}
