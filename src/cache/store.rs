//! How entries begin and end, with the application's callbacks.
//!
//! The rule for every end: the entry first leaves all tables, then all borrows end, then the callback runs, then the
//! entry's message and memory go. A callback may do anything, so every sweep asks the tables anew after each one.

use super::entry::{Entry, NONE};
use super::key::Key;
use super::table::{Cache, Draft, SessionEntries};
use crate::abi::{coap_cache_entry_t, coap_tick_t};
use crate::message::pdu::OwnedPdu;
use core::cell::{Cell, RefCell};
use core::ptr::{null_mut, NonNull};

/// The cache of a context, and the field by which C sees whether it has entries.
pub struct Store<'a> {
    /// The tables.
    pub cache: &'a RefCell<Cache>,
    /// `coap_context_t.cache`: null exactly while there are no entries.
    pub shown: &'a Cell<*mut coap_cache_entry_t>,
}

impl Store<'_> {
    /// Makes an entry at `now` through a session. At the limits, the entries that were idle longest end first. Returns
    /// the entry and, if it is the first of all to idle out, when. `None` without memory, when session or context are
    /// ending, or when callbacks took the place that the limits leave.
    pub fn create(
        &self,
        draft: Draft,
        session: &SessionEntries,
        now: coap_tick_t,
    ) -> Option<(NonNull<Entry>, Option<coap_tick_t>)> {
        let index = self.cache.borrow_mut().prepare(draft, session)?;
        let linked = self.make_room(session).and_then(|()| self.cache.borrow_mut().link(index, session, now));
        if linked.is_none() {
            self.release(index);
            return None;
        }
        self.show();
        let cache = self.cache.borrow();
        let entry = cache.slab.get(index);
        let wake = (entry.place.get() == 0).then(|| entry.deadline());
        Some((cache.slab.address(index), wake))
    }

    /// Ends what has been idle longest until the limits let one more entry in. Each limit is met by ending just so many
    /// entries as are too many now: a callback that makes a new entry each time can't keep this going.
    fn make_room(&self, session: &SessionEntries) -> Option<()> {
        let excess = || self.cache.borrow().excess(session);
        for _ in 0..excess().0 {
            if excess().0 > 0 {
                self.end_if_any(|cache| cache.idlest_of(session));
            }
        }
        for _ in 0..excess().1 {
            if excess().1 > 0 {
                self.end_if_any(|cache| cache.first());
            }
        }
        (excess() == (0, 0)).then_some(())
    }

    /// The newest entry with this key, used by being found.
    pub fn find(&self, key: &Key, now: coap_tick_t) -> Option<NonNull<Entry>> {
        let mut cache = self.cache.borrow_mut();
        let index = cache.find(key, now)?;
        Some(cache.slab.address(index))
    }

    /// Ends an entry; nothing happens if it is ending already or belongs to another context.
    ///
    /// # Safety
    /// The memory of `entry` is live.
    pub unsafe fn delete(&self, entry: NonNull<Entry>) {
        // SAFETY: live by the caller's word.
        let index = unsafe { entry.as_ref() }.index.get();
        self.end_if_any(|cache| if cache.slab.is_at(index, entry) { index } else { NONE });
    }

    /// Ends the entries that are idle at `now`, earliest deadline first.
    pub fn expire(&self, now: coap_tick_t) {
        if self.cache.borrow_mut().first_due(now).is_none() {
            return;
        }
        let before = {
            let mut cache = self.cache.borrow_mut();
            let later = cache.sweep.max(now);
            core::mem::replace(&mut cache.sweep, later)
        };
        while self.end_if_any(|cache| cache.first_due(now).unwrap_or(NONE)) {}
        self.cache.borrow_mut().sweep = before;
    }

    /// Ends the session-based entries of a session, in order of creation, and lets go of its others (C5).
    pub fn end_of_session(&self, session: &SessionEntries) {
        self.cache.borrow_mut().close_session(session);
        while self.end_if_any(|cache| cache.next_of_closed(session)) {}
    }

    /// Ends all entries, in order of creation, and lets none in from now on.
    pub fn end_all(&self) {
        self.cache.borrow_mut().close();
        while self.end_if_any(|cache| cache.first()) {}
    }

    /// Ends the entry that `choose` names, if it names one. Returns whether it did.
    fn end_if_any(&self, choose: impl FnOnce(&mut Cache) -> u32) -> bool {
        let (index, callback, data) = {
            let mut cache = self.cache.borrow_mut();
            let index = choose(&mut cache);
            if index == NONE {
                return false;
            }
            cache.unlink(index);
            let entry = cache.slab.get(index);
            (index, entry.callback.get(), entry.data.get())
        };
        self.show();
        if let Some(callback) = callback.filter(|_| !data.is_null()) {
            // SAFETY: the application gave function and data to go together; nothing is borrowed.
            unsafe { callback(data) }
        }
        self.release(index);
        true
    }

    /// Frees an entry that is in no table, and its message.
    fn release(&self, index: u32) {
        let pdu = self.cache.borrow_mut().release(index);
        if let Some(pdu) = NonNull::new(pdu) {
            // SAFETY: the entry owned the message and is gone.
            drop(unsafe { OwnedPdu::from_raw(pdu) });
        }
    }

    fn show(&self) {
        let cache = self.cache.borrow();
        self.shown.set(match cache.first() {
            NONE => null_mut(),
            first => cache.slab.address(first).as_ptr().cast(),
        });
    }
}

#[cfg(test)]
#[path = "store_tests.rs"]
mod tests;
