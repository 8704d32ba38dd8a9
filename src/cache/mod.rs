//! The cache: keys derived from messages, entries found by key (docs/spec/cache.md).
//!
//! - [`key`]: what of a message takes part in its key; [`digest`]: SHA-256, or eight lanes of `coap_hash`.
//! - [`entry`]: an entry and the lists it is in; [`slab`]: where entries live.
//! - [`table`]: entries found by key, filed by deadline and by session, counted against limits.
//! - [`store`]: how entries begin and end, with the application's callbacks.
//!
//! Here is what the exported functions and the rest of the engine call.

pub mod digest;
pub mod entry;
pub mod key;
pub mod slab;
pub mod store;
pub mod table;

pub use entry::Entry;
pub use key::Key;
pub use table::{Cache, Limits, SessionEntries};

use crate::abi::{coap_pdu_t, coap_tick_t};
use crate::base::{clock, memory};
use crate::exchange::{Context, Session};
use core::ptr::{null_mut, NonNull};
use store::Store;
use table::Draft;

/// `coap_cache_derive_key`: the key of a message; `None` if its options are malformed or the session has no context.
pub fn derive(session: &Session, pdu: &coap_pdu_t, session_based: bool) -> Option<Key> {
    let context = session.context()?;
    let input = key::Input {
        session: session_based.then_some(session.id),
        code: pdu.code.get(),
        options: pdu.options(),
        data: pdu.data_large().map(|data| data.bytes),
    };
    key::derive(input, ignored(&context))
}

/// The option numbers that the application leaves out of keys. The public fields are the truth.
fn ignored(context: &Context) -> &[u16] {
    let (list, count) = (context.c.cache_ignore_options.get(), context.c.cache_ignore_count.get());
    // SAFETY: the fields hold what `ignore_options` put there, or a list that the application put in its place; no
    // application code runs while a key is derived.
    unsafe { numbers(list, count) }.unwrap_or_default()
}

/// The option numbers from `list` on; empty for a count of 0, whatever `list` is. `None` if `list` is null and `count`
/// is not 0, or if `count` is more than any object has.
///
/// # Safety
/// If `list` is not null, `count` numbers from it on are readable and nobody writes them while the slice lives.
pub unsafe fn numbers<'a>(list: *const u16, count: usize) -> Option<&'a [u16]> {
    if count == 0 {
        return Some(&[]);
    }
    if list.is_null() || count > isize::MAX as usize / size_of::<u16>() {
        return None;
    }
    // SAFETY: handed on to the caller.
    Some(unsafe { core::slice::from_raw_parts(list, count) })
}

/// `coap_cache_ignore_options`: leaves these options out of keys from now on. `None` (and nothing changed) without
/// memory, or when the context is ending.
pub fn ignore_options(context: &Context, options: &[u16]) -> Option<()> {
    if context.cache.borrow().is_closed() {
        return None;
    }
    let list = if options.is_empty() {
        null_mut()
    } else {
        let list = memory::malloc(size_of_val(options))?.cast::<u16>().as_ptr();
        // SAFETY: fresh memory of just this size.
        unsafe { list.copy_from_nonoverlapping(options.as_ptr(), options.len()) };
        list
    };
    replace_ignored(context, list, options.len());
    Some(())
}

fn replace_ignored(context: &Context, list: *mut u16, count: usize) {
    context.c.cache_ignore_count.set(count);
    let before = context.c.cache_ignore_options.replace(list);
    // SAFETY: the field holds a block from `malloc` that the context owns, or null.
    unsafe { memory::free(before) };
}

fn store(context: &Context) -> Store<'_> {
    Store { cache: &context.cache, shown: &context.c.cache }
}

/// `coap_new_cache_entry`: a new entry in the session's context, with a copy of the message if `record`. `idle` is in
/// seconds, 0 = never idles out. `None` without memory, if the options are malformed, or at the end of session or
/// context.
pub fn create(
    session: &Session,
    pdu: &coap_pdu_t,
    record: bool,
    session_based: bool,
    idle: u32,
) -> Option<NonNull<Entry>> {
    let context = session.context()?;
    let key = derive(session, pdu, session_based)?;
    let pdu = if record { Some(pdu.record()?) } else { None };
    let draft = Draft { key, pdu, session_based, idle };
    let (entry, wake) = store(&context).create(draft, &session.entries, clock::now())?;
    if let Some(deadline) = wake {
        context.wake_at(deadline);
    }
    Some(entry)
}

/// `coap_cache_get_by_key`: the newest entry with this key. Finding an entry is using it.
pub fn find(context: &Context, key: &Key) -> Option<NonNull<Entry>> {
    store(context).find(key, clock::now())
}

/// `coap_cache_get_by_pdu`: the newest entry with the key of this message.
pub fn find_by_message(session: &Session, pdu: &coap_pdu_t, session_based: bool) -> Option<NonNull<Entry>> {
    let context = session.context()?;
    find(&context, &derive(session, pdu, session_based)?)
}

/// `coap_delete_cache_entry`: ends an entry.
///
/// # Safety
/// The memory of `entry` is live.
pub unsafe fn delete(context: &Context, entry: NonNull<Entry>) {
    // SAFETY: handed on to the caller.
    unsafe { store(context).delete(entry) }
}

/// `coap_cache_set_limits`: bounds the number of entries (X39); `None` when the context is ending.
pub fn set_limits(context: &Context, limits: Limits) -> Option<()> {
    let mut cache = context.cache.borrow_mut();
    cache.set_limits(limits);
    (!cache.is_closed()).then_some(())
}

/// Ends the entries that are idle at `now`, earliest deadline first. Nothing is borrowed while a callback runs.
pub fn expire(context: &Context, now: coap_tick_t) {
    store(context).expire(now);
}

/// When the next entry idles out.
pub fn next_deadline(context: &Context) -> Option<coap_tick_t> {
    context.cache.borrow_mut().first_deadline().map(|(deadline, _)| deadline)
}

/// The session is being freed: ends its session-based entries in creation order; lets go of the others.
pub fn end_of_session(context: &Context, session: &Session) {
    store(context).end_of_session(&session.entries);
}

/// The context is being freed: ends all entries in creation order and frees the ignore list.
pub fn end_of_context(context: &Context) {
    store(context).end_all();
    replace_ignored(context, null_mut(), 0);
}
