//! The entry, and lists that run through entries.

#![forbid(unsafe_code)]

use super::key::Key;
use super::slab::Slab;
use crate::abi::{coap_cache_app_data_free_callback_t, coap_pdu_t, coap_tick_t, COAP_TICKS_PER_SECOND};
use crate::base::deadlines::NOWHERE;
use core::cell::Cell;
use core::ffi::c_void;
use core::ptr::null_mut;

/// The index that no entry has.
pub const NONE: u32 = u32::MAX;

/// One entry of a cache. C knows its address; inside, entries are named by their index in the [`Slab`].
///
/// What a look-up touches comes first: in a large cache the time goes into fetching it from memory.
#[repr(C)]
pub struct Entry {
    /// The key.
    pub key: Cell<Key>,
    /// When the entry was made or found last, in ticks.
    pub last_use: Cell<coap_tick_t>,
    /// The recorded message, owned; null if none.
    pub pdu: Cell<*mut coap_pdu_t>,
    /// The application's data.
    pub data: Cell<*mut c_void>,
    /// What releases `data` when the entry ends.
    pub callback: Cell<coap_cache_app_data_free_callback_t>,
    /// Twice the number of entries made before, plus 1 if the entry is session-based: entries sort by creation.
    pub order: Cell<u64>,
    /// Idle time in seconds; 0 = for ever.
    pub idle: Cell<u32>,
    /// Place in the queue of deadlines.
    pub place: Cell<u32>,
    /// The entry's own index while it is in the cache, or else [`NONE`].
    pub index: Cell<u32>,
    /// The record of the session that it was made through, or [`NONE`].
    pub owner: Cell<u32>,
    /// Place among all entries of the context.
    pub among_all: Links,
    /// Place among the entries made through the same session.
    pub among_session: Links,
    /// The next newer entry with the same key, which hides this one.
    pub newer: Cell<u32>,
    /// The next older entry with the same key.
    pub older: Cell<u32>,
}

// A million entries and more are what caches are for; think twice before adding a field.
#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<Entry>() == 112);

impl Entry {
    /// An entry that is in no use.
    pub const fn vacant() -> Self {
        Entry {
            key: Cell::new(Key([0; 32])),
            pdu: Cell::new(null_mut()),
            data: Cell::new(null_mut()),
            callback: Cell::new(None),
            last_use: Cell::new(0),
            order: Cell::new(0),
            idle: Cell::new(0),
            place: Cell::new(NOWHERE),
            index: Cell::new(NONE),
            owner: Cell::new(NONE),
            among_all: Links::new(),
            among_session: Links::new(),
            newer: Cell::new(NONE),
            older: Cell::new(NONE),
        }
    }

    /// Whether the entry belongs to its session and ends with it.
    pub fn is_session_based(&self) -> bool {
        self.order.get() & 1 == 1
    }

    /// When the entry idles out; `coap_tick_t::MAX` means never.
    pub fn deadline(&self) -> coap_tick_t {
        match self.idle.get() {
            0 => coap_tick_t::MAX,
            idle => self.last_use.get().saturating_add(u64::from(idle) * COAP_TICKS_PER_SECOND),
        }
    }
}

/// An entry's neighbours in one list.
pub struct Links {
    previous: Cell<u32>,
    next: Cell<u32>,
}

impl Links {
    const fn new() -> Self {
        Links { previous: Cell::new(NONE), next: Cell::new(NONE) }
    }
}

/// Which of its links an entry lends to a list.
pub type Thread = fn(&Entry) -> &Links;

/// A list of entries.
#[derive(Clone, Copy)]
pub struct List {
    first: u32,
    last: u32,
    count: u32,
}

impl Default for List {
    fn default() -> Self {
        List { first: NONE, last: NONE, count: 0 }
    }
}

impl List {
    /// The first entry, or [`NONE`].
    pub fn first(&self) -> u32 {
        self.first
    }

    /// How many entries the list has.
    pub fn count(&self) -> usize {
        self.count as usize
    }

    /// The entry after `index`, or [`NONE`].
    pub fn after(slab: &Slab, thread: Thread, index: u32) -> u32 {
        thread(slab.get(index)).next.get()
    }

    /// Adds an entry at the end.
    pub fn append(&mut self, slab: &Slab, thread: Thread, index: u32) {
        let links = thread(slab.get(index));
        links.previous.set(self.last);
        links.next.set(NONE);
        match self.last {
            NONE => self.first = index,
            last => thread(slab.get(last)).next.set(index),
        }
        self.last = index;
        self.count += 1;
    }

    /// Takes out an entry that is in this list.
    pub fn remove(&mut self, slab: &Slab, thread: Thread, index: u32) {
        let links = thread(slab.get(index));
        let (previous, next) = (links.previous.replace(NONE), links.next.replace(NONE));
        match previous {
            NONE => self.first = next,
            previous => thread(slab.get(previous)).next.set(next),
        }
        match next {
            NONE => self.last = previous,
            next => thread(slab.get(next)).previous.set(previous),
        }
        self.count -= 1;
    }

    /// Moves an entry of this list to its end.
    pub fn move_to_end(&mut self, slab: &Slab, thread: Thread, index: u32) {
        if self.last != index {
            self.remove(slab, thread, index);
            self.append(slab, thread, index);
        }
    }

    /// Sorts the list, in place and stably: in linear time if it is in order already, else in n log n.
    pub fn sort<K: Ord>(&mut self, slab: &Slab, thread: Thread, key: impl Fn(&Entry) -> K) {
        let next = |index: u32| &thread(slab.get(index)).next;
        let in_order = |a: u32, b: u32| key(slab.get(a)) <= key(slab.get(b));
        let mut index = self.first;
        while index != NONE && (next(index).get() == NONE || in_order(index, next(index).get())) {
            index = next(index).get();
        }
        if index == NONE {
            return;
        }
        // Merge sort from below: `runs[i]` is empty or a sorted chain of 2^i entries, which came before those of lower i.
        let merge = |mut a: u32, mut b: u32| {
            let (mut first, mut last) = (NONE, NONE);
            while a != NONE || b != NONE {
                let from = if b == NONE || (a != NONE && in_order(a, b)) { &mut a } else { &mut b };
                let index = *from;
                *from = next(index).get();
                match last {
                    NONE => first = index,
                    last => next(last).set(index),
                }
                last = index;
            }
            first
        };
        let mut runs = [NONE; 33];
        let mut index = self.first;
        while index != NONE {
            let following = next(index).replace(NONE);
            let mut run = index;
            for older in &mut runs {
                if *older == NONE {
                    *older = run;
                    break;
                }
                run = merge(core::mem::replace(older, NONE), run);
            }
            index = following;
        }
        self.first = runs.into_iter().fold(NONE, |newer, older| merge(older, newer));
        let (mut previous, mut index) = (NONE, self.first);
        while index != NONE {
            thread(slab.get(index)).previous.set(previous);
            (previous, index) = (index, next(index).get());
        }
        self.last = previous;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contents(list: &List, slab: &Slab) -> Vec<u32> {
        let mut found = Vec::new();
        let mut previous = NONE;
        let mut index = list.first;
        while index != NONE {
            assert_eq!(slab.get(index).among_all.previous.get(), previous);
            found.push(index);
            (previous, index) = (index, List::after(slab, |entry| &entry.among_all, index));
        }
        assert_eq!((list.last, list.count()), (previous, found.len()));
        found
    }

    #[test]
    fn lists_sort_stably_at_any_length() {
        for count in [0, 1, 2, 3, 7, 8, 100, 1000] {
            let mut slab = Slab::default();
            let mut list = List::default();
            for i in 0..count {
                let index = slab.take().unwrap();
                slab.get(index).order.set(i * 7919 % 31);
                list.append(&slab, |entry| &entry.among_all, index);
            }
            let mut expected = contents(&list, &slab);
            expected.sort_by_key(|&index| slab.get(index).order.get());
            list.sort(&slab, |entry| &entry.among_all, |entry| entry.order.get());
            assert_eq!(contents(&list, &slab), expected);
        }
    }

    #[test]
    fn entries_leave_and_move_anywhere() {
        let mut slab = Slab::default();
        let mut list = List::default();
        let all: Vec<u32> = (0..4).map(|_| slab.take().unwrap()).collect();
        for &index in &all {
            list.append(&slab, |entry| &entry.among_all, index);
        }
        list.move_to_end(&slab, |entry| &entry.among_all, all[0]);
        list.move_to_end(&slab, |entry| &entry.among_all, all[2]);
        list.move_to_end(&slab, |entry| &entry.among_all, all[2]);
        assert_eq!(contents(&list, &slab), [all[1], all[3], all[0], all[2]]);
        for &index in [all[3], all[1], all[2], all[0]].iter() {
            list.remove(&slab, |entry| &entry.among_all, index);
        }
        assert_eq!(contents(&list, &slab), []);
    }

    #[test]
    fn deadlines_never_wrap() {
        let entry = Entry::vacant();
        entry.last_use.set(u64::MAX - 5);
        assert_eq!(entry.deadline(), u64::MAX);
        entry.idle.set(u32::MAX);
        assert_eq!(entry.deadline(), u64::MAX);
        entry.last_use.set(1);
        assert_eq!(entry.deadline(), 1 + 4_294_967_295_000);
    }
}
