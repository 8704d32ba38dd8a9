//! Async states: what an application notes of requests that it answers later (docs/spec/resource.md, section 7).
//!
//! The library neither times nor answers them, and ends none but with the context: the application has them in its hands,
//! also when their session has ended and is only an empty shell. C walks the list by the public `next`; an index beside it finds a state
//! by session and message id, since handlers look for one at every request.

use crate::abi::*;
use crate::base::memory;
use crate::exchange::{Context, Session};
use core::cell::{Cell, RefCell};
use core::ffi::{c_uchar, c_void};
use core::hash::BuildHasher;
use core::ptr::{null_mut, NonNull};
use hashbrown::HashTable;
use std::hash::RandomState;

/// A state: the part that C sees, and behind it how it is listed.
#[repr(C)]
pub struct AsyncState {
    /// What C sees.
    pub c: coap_async_state_t,
    /// What it is found by: the session and the message id of the request.
    key: (*mut coap_session_t, coap_mid_t),
    /// The context that lists it; null once it is taken out.
    context: Cell<*mut coap_context_t>,
    newer: Cell<Option<NonNull<AsyncState>>>,
}

/// The states of a context, by session and message id.
#[derive(Default)]
pub struct AsyncStates {
    index: RefCell<HashTable<NonNull<AsyncState>>>,
    secret: RandomState,
}

impl AsyncStates {
    fn hash(&self, (session, id): (*mut coap_session_t, coap_mid_t)) -> u64 {
        self.secret.hash_one((session as usize, id))
    }

    fn find(&self, key: (*mut coap_session_t, coap_mid_t)) -> Option<NonNull<AsyncState>> {
        // SAFETY: what is in the index is live.
        let has_key = |state: &NonNull<AsyncState>| unsafe { state.as_ref() }.key == key;
        self.index.borrow().find(self.hash(key), has_key).copied()
    }
}

/// The state behind a list's link.
fn next_of(state: &AsyncState) -> Option<NonNull<AsyncState>> {
    NonNull::new(state.c.next.get()).map(NonNull::cast)
}

/// `coap_register_async`: notes a request at `now`; `None` if it is noted already, or without memory.
pub fn register(
    context: &Context,
    session: &Session,
    request: &coap_pdu_t,
    flags: c_uchar,
    data: *mut c_void,
    now: coap_tick_t,
) -> Option<NonNull<AsyncState>> {
    let states = &context.async_states;
    let key = (session.as_ptr(), coap_mid_t::from(request.mid.get()));
    if session.is_ended() || states.find(key).is_some() {
        return None;
    }
    let confirmable = match request.r#type.get() {
        COAP_MESSAGE_CON => COAP_ASYNC_CONFIRM,
        _ => 0,
    };
    let mut token = [0; 8];
    let length = request.token_bytes().len().min(token.len());
    token[..length].copy_from_slice(&request.token_bytes()[..length]);
    let head = &context.c.async_state;
    let mut index = states.index.borrow_mut();
    // SAFETY: what is in the index is live.
    let hash = |state: &NonNull<AsyncState>| states.hash(unsafe { state.as_ref() }.key);
    index.try_reserve(1, hash).ok()?;
    let new = memory::new(AsyncState {
        c: coap_async_state_t {
            flags: Cell::new(flags & !COAP_ASYNC_CONFIRM | confirmable),
            created: Cell::new(now),
            appdata: Cell::new(data),
            session: Cell::new(session.as_ptr()),
            id: Cell::new(key.1),
            next: Cell::new(head.get()),
            tokenlen: Cell::new(length),
            token: Cell::new(token),
        },
        key,
        context: Cell::new(context.as_ptr()),
        newer: Cell::new(None),
    })?;
    index.insert_unique(states.hash(key), new, hash);
    drop(index);
    let older = NonNull::new(head.replace(new.as_ptr().cast())).map(NonNull::cast::<AsyncState>);
    if let Some(older) = older {
        // SAFETY: what is in the list is live.
        unsafe { older.as_ref() }.newer.set(Some(new));
    }
    session.reference();
    Some(new)
}

/// `coap_find_async`: the state of a request; it stays in the list.
pub fn find(context: &Context, session: *const coap_session_t, id: coap_mid_t) -> Option<NonNull<AsyncState>> {
    context.async_states.find((session.cast_mut(), id))
}

/// `coap_remove_async`: takes a state out of the list; it is the caller's then.
pub fn remove(context: &Context, session: *const coap_session_t, id: coap_mid_t) -> Option<NonNull<AsyncState>> {
    let found = find(context, session, id)?;
    // SAFETY: what is in the index is live, and listed in this context.
    unlink(context, unsafe { found.as_ref() });
    Some(found)
}

/// Takes a state that is in the list of this context out of it.
fn unlink(context: &Context, state: &AsyncState) {
    let this = NonNull::from(state);
    let states = &context.async_states;
    if let Ok(entry) = states.index.borrow_mut().find_entry(states.hash(state.key), |other| *other == this) {
        entry.remove();
    }
    let (newer, older) = (state.newer.take(), next_of(state));
    let next = state.c.next.replace(null_mut());
    match newer {
        // SAFETY: what is in the list is live.
        Some(newer) => unsafe { newer.as_ref() }.c.next.set(next),
        None => context.c.async_state.set(next),
    }
    if let Some(older) = older {
        // SAFETY: as above.
        unsafe { older.as_ref() }.newer.set(newer);
    }
    state.context.set(null_mut());
}

/// `coap_free_async`: ends a state, out of the list first if it is still in there (R26); its session may end, too.
///
/// # Safety
/// `state` was made by [`register`], is live, and nobody uses it any more.
pub unsafe fn free(state: NonNull<AsyncState>) {
    // SAFETY: live by the caller's word; the context is live as long as it lists the state.
    let (fields, context) = unsafe { (&state.as_ref().c, Context::from_ptr(state.as_ref().context.get())) };
    if let Some(context) = context {
        // SAFETY: live by the caller's word.
        unlink(&context, unsafe { state.as_ref() });
    }
    // SAFETY: the state refers to its session.
    let session = unsafe { Session::from_ptr(fields.session.get()) };
    if fields.flags.get() & COAP_ASYNC_RELEASE_DATA != 0 {
        // SAFETY: with this flag the application gives a block of the C allocator away.
        unsafe { memory::free(fields.appdata.get()) };
    }
    // SAFETY: by the caller's word.
    unsafe { memory::drop_new(state) };
    if let Some(session) = session {
        session.release();
    }
}

/// `coap_delete_all_async`: ends all states of a context, newest first.
pub fn free_all(context: &Context) {
    while let Some(first) = NonNull::new(context.c.async_state.get()) {
        // SAFETY: what is in the list is live, and made here.
        unsafe { free(first.cast()) };
    }
}
