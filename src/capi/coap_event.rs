//! Functions of `coap2/coap_event.h`.

use super::door::door;
use crate::abi::*;

/// Sets the function that is told about events of a context, in place of the one before.
///
/// @param context The context. NULL: no effect.
/// @param hnd     The function; NULL for none.
#[no_mangle]
pub unsafe extern "C" fn coap_register_event_handler(context: *mut coap_context_t, hnd: coap_event_handler_t) {
    door((), || {
        // SAFETY: NULL or a live context.
        unsafe { context.as_ref() }?.handle_event.set(hnd);
        Some(())
    })
}

/// Does the same as coap_register_event_handler(), which is to be used instead.
///
/// @param context The context. NULL: no effect.
/// @param hnd     The function; NULL for none.
#[no_mangle]
pub unsafe extern "C" fn coap_set_event_handler(context: *mut coap_context_t, hnd: coap_event_handler_t) {
    // SAFETY: handed on to the caller.
    unsafe { coap_register_event_handler(context, hnd) }
}

/// Removes the function that is told about events of a context; coap_register_event_handler() with NULL does the same,
/// and is to be used instead.
///
/// @param context The context. NULL: no effect.
#[no_mangle]
pub unsafe extern "C" fn coap_clear_event_handler(context: *mut coap_context_t) {
    // SAFETY: handed on to the caller.
    unsafe { coap_register_event_handler(context, None) }
}
