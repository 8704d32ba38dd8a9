//! Functions of `coap2/async.h`.

use super::door::{door, int};
use crate::abi::*;
use crate::base::clock;
use crate::exchange::{Context, Session};
use crate::resource::async_state;
use core::ffi::{c_int, c_uchar, c_void};
use core::ptr::{null_mut, NonNull};

/// Notes a request that will be answered later (RFC 7252, section 5.2.2).
///
/// A handler that cannot answer yet calls this and leaves the code of its response 0; the client of a confirmable
/// request then gets an empty acknowledgement. When the answer is there, send it with coap_send(): a message of your
/// own with the token of the state, confirmable if its flags have COAP_ASYNC_CONFIRM. Then call coap_remove_async() and
/// coap_free_async(). The library only keeps the note: it sends nothing by itself.
///
/// Requests over TCP and TLS have no message id (theirs is 0), so one state per such session can be registered at a
/// time.
///
/// @param context  The context.
/// @param session  The session of the request. The state holds a reference to it.
/// @param request  The request. Its message id and token are noted.
/// @param flags    COAP_ASYNC_* bits. COAP_ASYNC_CONFIRM is set here, or not, as the request is confirmable or not.
/// @param data     A pointer of yours; with COAP_ASYNC_RELEASE_DATA coap_free_async() gives it to free().
///
/// @return The state, owned by the context. NULL if a state with this session and message id is registered, if
///         context, session or request is NULL, or without memory; then data is yours still.
#[no_mangle]
pub unsafe extern "C" fn coap_register_async(
    context: *mut coap_context_t,
    session: *mut coap_session_t,
    request: *mut coap_pdu_t,
    flags: c_uchar,
    data: *mut c_void,
) -> *mut coap_async_state_t {
    door(null_mut(), || {
        // SAFETY: the caller passes null or live objects.
        let (context, session, request) =
            unsafe { (Context::from_ptr(context)?, Session::from_ptr(session)?, request.as_ref()?) };
        let state = async_state::register(&context, &session, request, flags, data, clock::now())?;
        Some(state.as_ptr().cast())
    })
}

/// Finds the state of a request.
///
/// @param context  The context.
/// @param session  The session of the request.
/// @param id       The message id of the request.
///
/// @return The state, still registered; NULL if there is none, or for NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_find_async(
    context: *mut coap_context_t,
    session: *mut coap_session_t,
    id: coap_mid_t,
) -> *mut coap_async_state_t {
    door(null_mut(), || {
        // SAFETY: the caller passes null or a live context.
        let context = unsafe { Context::from_ptr(context) }?;
        Some(async_state::find(&context, session, id)?.as_ptr().cast())
    })
}

/// Takes the state of a request out of its context. It is yours then; coap_free_async() ends it.
///
/// @param context  The context.
/// @param session  The session of the request.
/// @param id       The message id of the request.
/// @param s        Where to put the state; NULL is put there if there is none.
///
/// @return 1 if there was such a state. 0 if not, or if an argument is NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_remove_async(
    context: *mut coap_context_t,
    session: *mut coap_session_t,
    id: coap_mid_t,
    s: *mut *mut coap_async_state_t,
) -> c_int {
    door(0, || {
        // SAFETY: the caller passes null or a place for a pointer.
        unsafe { NonNull::new(s)?.write(null_mut()) };
        // SAFETY: the caller passes null or a live context.
        let context = unsafe { Context::from_ptr(context) }?;
        let state = async_state::remove(&context, session, id)?;
        // SAFETY: not null, as seen above.
        unsafe { s.write(state.as_ptr().cast()) };
        Some(int(true))
    })
}

/// Ends a state: its reference to the session goes, and its data if the flags have COAP_ASYNC_RELEASE_DATA. A state
/// that is still registered is taken out of its context first.
///
/// @param state  The state; NULL is ignored.
#[no_mangle]
pub unsafe extern "C" fn coap_free_async(state: *mut coap_async_state_t) {
    door((), || {
        let state = NonNull::new(state)?.cast();
        // SAFETY: the caller gives a live state away.
        unsafe { async_state::free(state) };
        Some(())
    })
}

/// Ends all states that are registered in a context, as coap_free_async() does; coap_free_context() does the same.
///
/// @param context  The context; NULL is ignored.
#[no_mangle]
pub unsafe extern "C" fn coap_delete_all_async(context: *mut coap_context_t) {
    door((), || {
        // SAFETY: the caller passes null or a live context.
        async_state::free_all(&*unsafe { Context::from_ptr(context) }?);
        Some(())
    })
}
