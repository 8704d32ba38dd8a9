//! Functions of `coap2/subscribe.h`.

use super::door::{door, int};
use crate::abi::*;
use crate::base::memory;
use crate::resource::{observe, Resource};
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

/// Tells the library that a resource has changed: its observers are notified (RFC 7641, section 4.2).
///
/// Nothing is sent yet. The loop wakes at once, and calls the handler of the resource for each observer, with NULL for
/// the request, to make the notification. Several calls before that make one notification, which shows the resource as
/// it is then. A call from inside such a handler, for the same resource, leads to no further one.
///
/// A notification that is confirmable waits while another confirmable message to the same client is not acknowledged.
///
/// @param resource  The resource.
/// @param query     NULL to notify all observers; else only those whose request had this query.
///
/// @return 1 if there are such observers. 0 if not, or if the resource is not observable
///         (coap_resource_set_get_observable()) or NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_resource_notify_observers(
    resource: *mut coap_resource_t,
    query: *const coap_string_t,
) -> c_int {
    door(0, || {
        // SAFETY: the caller passes null or live objects.
        let (resource, query) = unsafe {
            let query = match query.as_ref() {
                Some(query) => Some(memory::bytes(query.s, query.length)?),
                None => None,
            };
            (Resource::from_ptr(resource)?, query)
        };
        Some(int(observe::trigger(&resource, query)))
    })
}
