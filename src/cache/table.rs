//! The table: entries found by key, the newest of equal keys first, and every list that an entry is in.
//!
//! Nothing here calls the application; what does is in `store.rs`.

#![forbid(unsafe_code)]

use super::digest::fold;
use super::entry::{List, NONE};
use super::key::Key;
use super::slab::Slab;
use crate::abi::{coap_pdu_t, coap_tick_t};
use crate::base::deadlines::{Deadlines, NOWHERE};
use crate::message::pdu::OwnedPdu;
use core::cell::Cell;
use core::ptr::null_mut;
use hashbrown::HashTable;
use std::hash::{BuildHasher, RandomState};

/// The cache of a context.
#[derive(Default)]
pub struct Cache {
    pub(super) slab: Slab,
    /// The newest entry of each key.
    newest: HashTable<u32>,
    secret: Secret,
    /// The entries that idle out. An entry may be filed too early, never too late: use moves only its `last_use`.
    idle: Deadlines<u32>,
    /// All entries: by last use while there are limits, or else by creation.
    all: List,
    /// One record for each session with entries.
    owners: Vec<Owner>,
    /// Head of the chain of records that are free, linked by `next_free`.
    free_owner: Option<u32>,
    /// How many entries were ever made.
    made: u64,
    /// While a sweep for idle entries runs: its time, before which nothing is used. So an entry that a callback makes
    /// or uses is not due in the very same sweep, whatever time the application gave it.
    pub(super) sweep: coap_tick_t,
    limits: Limits,
    /// The context is ending: nothing new comes in.
    closed: bool,
}

/// Where in the table a key belongs is secret: peers choose what keys are made of (X18). As a key is a digest, its first
/// half is as good as the whole, and one multiplication is enough to mix the secret in.
struct Secret([u64; 2]);

impl Default for Secret {
    fn default() -> Self {
        let random = RandomState::new();
        Secret([0, 1].map(|number| random.hash_one(number)))
    }
}

impl Secret {
    fn hash(&self, key: &Key) -> u64 {
        let [first, second] = key.first_words();
        fold(first ^ self.0[0], second ^ self.0[1])
    }
}

/// How many entries there may be (X39); 0 = no limit.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Limits {
    /// In the whole context.
    pub entries: usize,
    /// Made through one session.
    pub per_session: usize,
}

/// What the cache knows of a session.
struct Owner {
    /// The entries made through it: by last use while there are limits, or else by creation.
    entries: List,
    /// The session is ending; its list keeps its order.
    closing: bool,
    next_free: Option<u32>,
}

/// What a session knows of the cache entries made through it.
pub struct SessionEntries {
    owner: Cell<u32>,
    closed: Cell<bool>,
}

impl Default for SessionEntries {
    fn default() -> Self {
        SessionEntries { owner: Cell::new(NONE), closed: Cell::new(false) }
    }
}

/// An entry to be.
pub struct Draft {
    /// Its key.
    pub key: Key,
    /// The recorded message.
    pub pdu: Option<OwnedPdu>,
    /// Whether it ends with its session.
    pub session_based: bool,
    /// Idle time in seconds; 0 = for ever.
    pub idle: u32,
}

impl Cache {
    /// The entry with this key, the newest if there are several, without using it.
    fn peek(&self, key: &Key) -> Option<u32> {
        self.newest.find(self.secret.hash(key), |&index| self.slab.get(index).key.get() == *key).copied()
    }

    /// The entry with this key, the newest if there are several. Finding an entry at `now` is using it.
    pub fn find(&mut self, key: &Key, now: coap_tick_t) -> Option<u32> {
        let index = self.peek(key)?;
        let entry = self.slab.get(index);
        let used_at = now.max(self.sweep);
        if used_at < entry.last_use.replace(used_at) && entry.place.get() != NOWHERE {
            // The clock has jumped back, and the deadline with it.
            self.idle.change(entry.place.get(), entry.deadline(), &self.slab);
        }
        if self.is_limited() && !self.closed {
            self.all.move_to_end(&self.slab, |entry| &entry.among_all, index);
            if let Some(owner) = self.owners.get_mut(entry.owner.get() as usize).filter(|owner| !owner.closing) {
                owner.entries.move_to_end(&self.slab, |entry| &entry.among_session, index);
            }
        }
        Some(index)
    }

    /// How many entries there are.
    pub fn count(&self) -> usize {
        self.all.count()
    }

    /// The first of all entries, or [`NONE`].
    pub fn first(&self) -> u32 {
        self.all.first()
    }

    /// Whether a new entry is let in.
    fn admits(&self, session: &SessionEntries, session_based: bool) -> bool {
        !(self.closed || session_based && session.closed.get())
    }

    /// Turns a draft into an entry that is in no table yet; `None` if it can't be let in, or without memory.
    pub fn prepare(&mut self, draft: Draft, session: &SessionEntries) -> Option<u32> {
        if !self.admits(session, draft.session_based) {
            return None;
        }
        self.reserve(draft.idle)?;
        let index = self.slab.take()?;
        let entry = self.slab.get(index);
        entry.key.set(draft.key);
        entry.pdu.set(draft.pdu.map_or(null_mut(), OwnedPdu::into_raw));
        entry.order.set(draft.session_based.into());
        entry.idle.set(draft.idle);
        Some(index)
    }

    /// Makes room for one more entry in all tables.
    fn reserve(&mut self, idle: u32) -> Option<()> {
        let (slab, secret) = (&self.slab, &self.secret);
        self.newest.try_reserve(1, |&index| secret.hash(&slab.get(index).key.get())).ok()?;
        if idle > 0 {
            self.idle.reserve()?;
        }
        self.owners.try_reserve(1).ok()
    }

    /// Puts a prepared entry into the tables, made at `now` through `session`; `None` if it can't be let in any more.
    pub fn link(&mut self, index: u32, session: &SessionEntries, now: coap_tick_t) -> Option<()> {
        let entry = self.slab.get(index);
        if !self.admits(session, entry.is_session_based()) {
            return None;
        }
        self.reserve(entry.idle.get())?;
        let entry = self.slab.get(index);
        entry.order.set(self.made << 1 | entry.order.get() & 1);
        entry.last_use.set(now.max(self.sweep));
        if entry.idle.get() > 0 {
            self.idle.insert(entry.deadline(), index, &self.slab)?;
        }
        self.made += 1;
        entry.index.set(index);
        self.all.append(&self.slab, |entry| &entry.among_all, index);
        let slab = &self.slab;
        let key = entry.key.get();
        let hash = self.secret.hash(&key);
        match self.newest.find_mut(hash, |&index| slab.get(index).key.get() == key) {
            Some(newest) => {
                entry.older.set(*newest);
                slab.get(*newest).newer.set(index);
                *newest = index;
            }
            None => {
                let secret = &self.secret;
                self.newest.insert_unique(hash, index, |&index| secret.hash(&slab.get(index).key.get()));
            }
        }
        if !session.closed.get() {
            let number = self.owner_of(session);
            let owner = &mut self.owners[number as usize];
            owner.entries.append(&self.slab, |entry| &entry.among_session, index);
            self.slab.get(index).owner.set(number);
        }
        Some(())
    }

    /// The session's record, made if need be: [`reserve`](Self::reserve) has made room.
    fn owner_of(&mut self, session: &SessionEntries) -> u32 {
        if session.owner.get() == NONE {
            let number = match self.free_owner {
                Some(number) => {
                    self.free_owner = self.owners[number as usize].next_free.take();
                    number
                }
                None => {
                    self.owners.push(Owner { entries: List::default(), closing: false, next_free: None });
                    (self.owners.len() - 1) as u32
                }
            };
            session.owner.set(number);
        }
        session.owner.get()
    }

    /// Takes an entry out of all tables; its memory, data and message stay until [`release`](Self::release).
    pub fn unlink(&mut self, index: u32) {
        let entry = self.slab.get(index);
        entry.index.set(NONE);
        if entry.place.get() != NOWHERE {
            self.idle.remove(entry.place.get(), &self.slab);
        }
        self.all.remove(&self.slab, |entry| &entry.among_all, index);
        self.disown(index);
        let entry = self.slab.get(index);
        let (newer, older) = (entry.newer.replace(NONE), entry.older.replace(NONE));
        if older != NONE {
            self.slab.get(older).newer.set(newer);
        }
        if newer != NONE {
            self.slab.get(newer).older.set(older);
            return;
        }
        let hash = self.secret.hash(&entry.key.get());
        if let Ok(mut newest) = self.newest.find_entry(hash, |&found| found == index) {
            match older {
                NONE => drop(newest.remove()),
                older => *newest.get_mut() = older,
            }
        }
        if self.newest.is_empty() && self.newest.capacity() > 1000 {
            // What a flood of entries has left behind.
            self.newest = HashTable::new();
            self.idle = Deadlines::new();
        }
    }

    /// Lets go of the session that an entry was made through.
    pub fn disown(&mut self, index: u32) {
        let owner = self.slab.get(index).owner.replace(NONE);
        if let Some(owner) = self.owners.get_mut(owner as usize) {
            owner.entries.remove(&self.slab, |entry| &entry.among_session, index);
        }
    }

    /// Gives back the memory of an entry that is in no table. Returns its recorded message, which the caller now owns.
    #[must_use]
    pub fn release(&mut self, index: u32) -> *mut coap_pdu_t {
        let pdu = self.slab.get(index).pdu.replace(null_mut());
        self.slab.give_back(index);
        pdu
    }

    /// The entry that is due at `now` and has the earliest deadline.
    pub fn first_due(&mut self, now: coap_tick_t) -> Option<u32> {
        let (deadline, index) = self.first_deadline()?;
        (deadline <= now).then_some(index)
    }

    /// The earliest deadline and its entry. A deadline beyond the range of the clock never comes.
    pub fn first_deadline(&mut self) -> Option<(coap_tick_t, u32)> {
        loop {
            let (filed, index) = self.idle.first()?;
            let entry = self.slab.get(index);
            if filed == entry.deadline() {
                return (filed != coap_tick_t::MAX).then_some((filed, index));
            }
            self.idle.change(entry.place.get(), entry.deadline(), &self.slab);
        }
    }

    fn is_limited(&self) -> bool {
        self.limits != Limits::default()
    }

    /// Sets the limits. Entries beyond them stay until the next one is made.
    pub fn set_limits(&mut self, limits: Limits) {
        let was_limited = self.is_limited();
        self.limits = limits;
        if was_limited || !self.is_limited() || self.closed {
            return;
        }
        // From here on use moves entries to the end of their lists; once, they have to be put in order.
        self.all.sort(&self.slab, |entry| &entry.among_all, |entry| (entry.last_use.get(), entry.order.get()));
        let mut index = self.all.first();
        while index != NONE {
            let entry = self.slab.get(index);
            if let Some(owner) = self.owners.get_mut(entry.owner.get() as usize).filter(|owner| !owner.closing) {
                owner.entries.move_to_end(&self.slab, |entry| &entry.among_session, index);
            }
            index = List::after(&self.slab, |entry| &entry.among_all, index);
        }
    }

    /// How many entries have to go before one more may come, of the session and of the whole context.
    pub fn excess(&self, session: &SessionEntries) -> (usize, usize) {
        let excess = |limit: usize, count: usize| match limit {
            0 => 0,
            limit => (count + 1).saturating_sub(limit),
        };
        (excess(self.limits.per_session, self.entries_of(session).count()), excess(self.limits.entries, self.count()))
    }

    /// The entry of the session that has been idle longest, or [`NONE`].
    pub fn idlest_of(&self, session: &SessionEntries) -> u32 {
        self.entries_of(session).first()
    }

    fn entries_of(&self, session: &SessionEntries) -> List {
        self.owners.get(session.owner.get() as usize).map(|owner| owner.entries).unwrap_or_default()
    }

    /// The session ends: nothing session-based comes in through it any more; its other entries are let go of; what is
    /// left is put into the order of creation.
    pub fn close_session(&mut self, session: &SessionEntries) {
        session.closed.set(true);
        let Some(owner) = self.owners.get_mut(session.owner.get() as usize) else {
            return;
        };
        owner.closing = true;
        owner.entries.sort(&self.slab, |entry| &entry.among_session, |entry| entry.order.get());
        let mut index = owner.entries.first();
        while index != NONE {
            let next = List::after(&self.slab, |entry| &entry.among_session, index);
            if !self.slab.get(index).is_session_based() {
                self.disown(index);
            }
            index = next;
        }
    }

    /// The first entry that a closed session still has, or [`NONE`]; then the session's record is given back.
    pub fn next_of_closed(&mut self, session: &SessionEntries) -> u32 {
        let first = self.idlest_of(session);
        if first == NONE {
            let number = session.owner.replace(NONE);
            if let Some(owner) = self.owners.get_mut(number as usize) {
                *owner = Owner { entries: List::default(), closing: false, next_free: self.free_owner.take() };
                self.free_owner = Some(number);
            }
        }
        first
    }

    /// The context ends: nothing comes in any more; what is left is put into the order of creation.
    pub fn close(&mut self) {
        self.closed = true;
        self.all.sort(&self.slab, |entry| &entry.among_all, |entry| entry.order.get());
    }

    /// Whether the context is ending.
    pub fn is_closed(&self) -> bool {
        self.closed
    }
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
