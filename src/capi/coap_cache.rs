//! Functions of `coap2/coap_cache.h`.

use super::door::{door, int};
use crate::abi::*;
use crate::base::memory;
use crate::cache::{self, Entry, Key, Limits};
use crate::exchange::{Context, Session};
use core::ffi::{c_int, c_uint, c_void};
use core::mem::MaybeUninit;
use core::ptr::{null_mut, NonNull};

fn is_session_based(value: MaybeUninit<coap_cache_session_based_t>) -> bool {
    raw(value) == coap_cache_session_based_t::COAP_CACHE_IS_SESSION_BASED as c_uint
}

fn entry_for_c(entry: NonNull<Entry>) -> *mut coap_cache_entry_t {
    entry.as_ptr().cast()
}

/// The entry behind a pointer from C; `None` for null.
///
/// # Safety
/// `entry` is null or live, and no application code runs while the result is in use.
unsafe fn entry_from_c<'a>(entry: *const coap_cache_entry_t) -> Option<&'a Entry> {
    // SAFETY: handed on to the caller.
    unsafe { entry.cast::<Entry>().as_ref() }
}

/// Derives the cache key of a message: a digest over what the message asks for (RFC 7252 section 5.6).
///
/// Two messages have equal keys exactly when they have the same options with the same values in the same order and,
/// for FETCH (RFC 8132), the same payload or body. Left out are NoCacheKey options such as Size1 and Size2, Observe,
/// and the options named by coap_cache_ignore_options(). Type, message id, token and method play no part.
///
/// @param session        The session; its context says which options are ignored.
/// @param pdu            The message, received or made by the application.
/// @param session_based  COAP_CACHE_IS_SESSION_BASED if keys of different sessions are to differ.
///
/// @return The key, to be freed with coap_delete_cache_key(), or NULL if an argument is NULL, the options are
///         malformed, or memory runs out.
#[no_mangle]
pub unsafe extern "C" fn coap_cache_derive_key(
    session: *const coap_session_t,
    pdu: *const coap_pdu_t,
    session_based: MaybeUninit<coap_cache_session_based_t>,
) -> *mut coap_cache_key_t {
    door(null_mut(), || {
        // SAFETY: both are null or live, as the header demands.
        let (session, pdu) = unsafe { (Session::from_ptr(session)?, pdu.as_ref()?) };
        let key = cache::derive(&session, pdu, is_session_based(session_based))?;
        Some(memory::new(key)?.as_ptr().cast())
    })
}

/// Frees a cache key.
///
/// @param cache_key  The key, or NULL. Cache entries do not depend on it.
#[no_mangle]
pub unsafe extern "C" fn coap_delete_cache_key(cache_key: *mut coap_cache_key_t) {
    door((), || {
        // SAFETY: null or made by `coap_cache_derive_key` and given up now, as the header demands.
        unsafe { memory::free(cache_key) };
        Some(())
    })
}

/// Sets the options that are left out of cache keys derived from now on. Existing entries keep their keys.
///
/// An application that puts together the blocks of large requests itself ignores Block1 and Block2, so that all blocks
/// of one request have the same key.
///
/// @param context  The context.
/// @param options  The option numbers; they are copied, and replace the ones set before.
/// @param count    How many; 0 empties the list, whatever options is.
///
/// @return 1, or 0 (and nothing has changed) if context is NULL, if options is NULL and count is not 0, or if memory
///         runs out.
#[no_mangle]
pub unsafe extern "C" fn coap_cache_ignore_options(
    context: *mut coap_context_t,
    options: *const u16,
    count: usize,
) -> c_int {
    door(0, || {
        // SAFETY: the context is null or live, and `options` points to `count` numbers, as the header demands.
        let (context, options) = unsafe { (Context::from_ptr(context)?, cache::numbers(options, count)?) };
        cache::ignore_options(&context, options)?;
        Some(1)
    })
}

/// Makes a cache entry for a message, in the context of the session.
///
/// A living entry with the same key is hidden until the new one ends.
///
/// @param session        The session.
/// @param pdu            The message whose key the entry gets.
/// @param record_pdu     COAP_CACHE_RECORD_PDU to keep a copy of the message, body included, in the entry.
/// @param session_based  COAP_CACHE_IS_SESSION_BASED if the entry is this session's own: its key holds for this session
///                       only, and the entry ends when the session is freed.
/// @param idle_time      Seconds after its last use (creation or look-up) at which the entry ends; 0 = never.
///
/// @return The entry, owned by the context, or NULL if an argument is NULL, the options are malformed, memory runs out,
///         the session or context is being freed, or callbacks took the place that the limits leave.
#[no_mangle]
pub unsafe extern "C" fn coap_new_cache_entry(
    session: *mut coap_session_t,
    pdu: *const coap_pdu_t,
    record_pdu: MaybeUninit<coap_cache_record_pdu_t>,
    session_based: MaybeUninit<coap_cache_session_based_t>,
    idle_time: c_uint,
) -> *mut coap_cache_entry_t {
    door(null_mut(), || {
        // SAFETY: both are null or live, as the header demands.
        let (session, pdu) = unsafe { (Session::from_ptr(session)?, pdu.as_ref()?) };
        let record = raw(record_pdu) == coap_cache_record_pdu_t::COAP_CACHE_RECORD_PDU as c_uint;
        cache::create(&session, pdu, record, is_session_based(session_based), idle_time).map(entry_for_c)
    })
}

/// Ends a cache entry: it can no longer be found, the callback set with its data is called, and the entry is freed.
///
/// @param context      The context.
/// @param cache_entry  The entry. If it or the context is NULL, nothing happens.
#[no_mangle]
pub unsafe extern "C" fn coap_delete_cache_entry(context: *mut coap_context_t, cache_entry: *mut coap_cache_entry_t) {
    door((), || {
        // SAFETY: both are null or live, as the header demands.
        unsafe { cache::delete(&*Context::from_ptr(context)?, NonNull::new(cache_entry)?.cast()) };
        Some(())
    })
}

/// Looks up a cache entry by its key, and starts its idle time again.
///
/// @param context    The context.
/// @param cache_key  The key.
///
/// @return The newest entry with this key, or NULL if there is none or an argument is NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_cache_get_by_key(
    context: *mut coap_context_t,
    cache_key: *const coap_cache_key_t,
) -> *mut coap_cache_entry_t {
    door(null_mut(), || {
        // SAFETY: both are null or live, as the header demands.
        let (context, key) = unsafe { (Context::from_ptr(context)?, cache_key.cast::<Key>().as_ref()?) };
        cache::find(&context, key).map(entry_for_c)
    })
}

/// Looks up a cache entry by the key of a message, and starts its idle time again.
///
/// @param session        The session; the entry is looked up in its context.
/// @param pdu            The message.
/// @param session_based  COAP_CACHE_IS_SESSION_BASED to look for an entry of this session only.
///
/// @return The newest entry with the key of the message, or NULL if there is none, an argument is NULL, or the options
///         are malformed.
#[no_mangle]
pub unsafe extern "C" fn coap_cache_get_by_pdu(
    session: *mut coap_session_t,
    pdu: *const coap_pdu_t,
    session_based: MaybeUninit<coap_cache_session_based_t>,
) -> *mut coap_cache_entry_t {
    door(null_mut(), || {
        // SAFETY: both are null or live, as the header demands.
        let (session, pdu) = unsafe { (Session::from_ptr(session)?, pdu.as_ref()?) };
        cache::find_by_message(&session, pdu, is_session_based(session_based)).map(entry_for_c)
    })
}

/// Returns the message that a cache entry has recorded.
///
/// @param cache_entry  The entry.
///
/// @return The message, owned by the entry and not to be changed, or NULL if none was recorded or cache_entry is NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_cache_get_pdu(cache_entry: *const coap_cache_entry_t) -> *const coap_pdu_t {
    door(null_mut(), || {
        // SAFETY: null or live, as the header demands.
        Some(unsafe { entry_from_c(cache_entry)? }.pdu.get())
    })
}

/// Hangs data of the application on a cache entry.
///
/// Data that were there before are neither freed nor passed to the callback set before.
///
/// @param cache_entry  The entry; if it is NULL, nothing happens.
/// @param data         The data, or NULL.
/// @param callback     Called with the data when the entry ends, unless data is NULL; may be NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_cache_set_app_data(
    cache_entry: *mut coap_cache_entry_t,
    data: *mut c_void,
    callback: coap_cache_app_data_free_callback_t,
) {
    door((), || {
        // SAFETY: null or live, as the header demands.
        let entry = unsafe { entry_from_c(cache_entry)? };
        entry.data.set(data);
        entry.callback.set(callback);
        Some(())
    })
}

/// Returns the data that the application hung on a cache entry.
///
/// @param cache_entry  The entry.
///
/// @return The data, or NULL if there are none or cache_entry is NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_cache_get_app_data(cache_entry: *const coap_cache_entry_t) -> *mut c_void {
    door(null_mut(), || {
        // SAFETY: null or live, as the header demands.
        Some(unsafe { entry_from_c(cache_entry)? }.data.get())
    })
}

/// Bounds the number of cache entries, as a guard against peers that make the application create ever more of them.
///
/// At a limit, coap_new_cache_entry() first ends the entry that has been idle longest (of the session, or of the
/// context), with its callback. Setting limits ends nothing by itself. There are no limits unless they are set. Not part
/// of libcoap 4.3.0: COAP_CACHE_HAS_LIMITS is defined where this function is there.
///
/// @param context                  The context.
/// @param max_entries              Most entries in the context; 0 = no limit.
/// @param max_entries_per_session  Most entries made through one session; 0 = no limit.
///
/// @return 1, or 0 if context is NULL or being freed.
#[no_mangle]
pub unsafe extern "C" fn coap_cache_set_limits(
    context: *mut coap_context_t,
    max_entries: usize,
    max_entries_per_session: usize,
) -> c_int {
    door(0, || {
        // SAFETY: null or live, as the header demands.
        let context = unsafe { Context::from_ptr(context)? };
        let limits = Limits { entries: max_entries, per_session: max_entries_per_session };
        Some(int(cache::set_limits(&context, limits).is_some()))
    })
}
