//! Ends of entries, with callbacks that call back in. The callbacks are scripts: what each entry's end does stands in a
//! table, and each end is told to a diary.

use super::super::table::Limits;
use super::*;
use core::ffi::c_void;
use std::collections::HashMap;

/// What the callback of an entry does.
#[derive(Clone, Copy)]
enum Act {
    /// Makes an entry: name, idle seconds.
    Make(usize, u32),
    /// Deletes the entry of this name, if it is still there.
    Delete(usize),
    /// Looks all entries up.
    FindAll,
    /// Ends the context.
    EndAll,
    /// Looks for idle entries.
    Expire(u64),
}

thread_local! {
    static WORLD: World = World::default();
}

/// A cache, two sessions, the entries that live, and the diary. Made-up time throughout.
#[derive(Default)]
struct World {
    cache: RefCell<Cache>,
    shown: Cell<*mut coap_cache_entry_t>,
    sessions: [SessionEntries; 2],
    living: RefCell<HashMap<usize, NonNull<Entry>>>,
    acts: RefCell<HashMap<usize, Vec<Act>>>,
    diary: RefCell<Vec<usize>>,
    now: Cell<u64>,
}

impl World {
    fn store(&self) -> Store<'_> {
        Store { cache: &self.cache, shown: &self.shown }
    }

    fn key(name: usize) -> Key {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&name.to_ne_bytes());
        Key(key)
    }

    fn finds(&self, name: usize) -> bool {
        self.store().find(&World::key(name), self.now.get()).is_some()
    }

    /// Makes an entry; names 100 to 199 are not session-based, even names belong to session 0.
    fn make(&self, name: usize, idle: u32) -> bool {
        let draft = Draft { key: World::key(name), pdu: None, session_based: !(100..200).contains(&name), idle };
        let Some((entry, _)) = self.store().create(draft, &self.sessions[name % 2], self.now.get()) else {
            return false;
        };
        // SAFETY: just made.
        let made = unsafe { entry.as_ref() };
        made.data.set(name as *mut c_void);
        made.callback.set(Some(ended));
        self.living.borrow_mut().insert(name, entry);
        true
    }

    fn delete(&self, name: usize) {
        let entry = self.living.borrow().get(&name).copied();
        if let Some(entry) = entry {
            // SAFETY: among the living, so its memory is live.
            unsafe { self.store().delete(entry) }
        }
    }

    fn act(&self, name: usize, acts: &[Act]) {
        self.acts.borrow_mut().insert(name, acts.to_vec());
    }

    fn read_diary(&self) -> Vec<usize> {
        self.diary.take()
    }
}

extern "C" fn ended(data: *mut c_void) {
    WORLD.with(|world| {
        let name = data as usize;
        world.diary.borrow_mut().push(name);
        let dying = world.living.borrow_mut().remove(&name).expect("an entry ends once");
        // It can't be found any more, but for an older one of the same name; its memory is still there; deleting it
        // again does nothing.
        assert_ne!(world.store().find(&World::key(name), world.now.get()), Some(dying));
        assert_eq!(world.shown.get().is_null(), world.cache.borrow().count() == 0);
        // SAFETY: the memory of a dying entry is live until its callback is over.
        unsafe {
            assert_eq!(dying.as_ref().data.get(), data);
            world.store().delete(dying);
        }
        let acts = world.acts.borrow_mut().remove(&name).unwrap_or_default();
        for act in acts {
            match act {
                Act::Make(name, idle) => drop(world.make(name, idle)),
                Act::Delete(name) => world.delete(name),
                Act::FindAll => {
                    let names: Vec<usize> = world.living.borrow().keys().copied().collect();
                    assert!(names.into_iter().all(|name| world.finds(name)));
                }
                Act::EndAll => world.store().end_all(),
                Act::Expire(now) => world.store().expire(now),
            }
        }
    });
}

/// Runs a test in a world of its own (each test has its thread).
fn world(test: impl FnOnce(&World)) {
    WORLD.with(|world| {
        test(world);
        world.store().end_all();
        assert!(world.living.borrow().is_empty());
        assert!(world.shown.get().is_null());
    });
}

#[test]
fn sweeps_go_by_deadline_and_skip_or_repeat_nothing() {
    world(|world| {
        for (name, idle) in [(2, 3), (3, 1), (4, 2), (5, 2), (6, 9)] {
            world.make(name, idle);
        }
        world.act(3, &[Act::FindAll, Act::Delete(4), Act::Make(3, 1), Act::Make(7, 2)]);
        world.now.set(1_000);
        world.store().expire(500);
        assert_eq!(world.read_diary(), []);
        // The callback's look-ups are uses: everything starts again at 1000.
        world.store().expire(1_000);
        assert_eq!(world.read_diary(), [3, 4]);
        world.store().expire(4_000);
        assert_eq!(world.read_diary(), [3, 5, 7, 2]);
        assert!(world.finds(6));
    });
}

#[test]
fn a_callback_that_makes_its_entry_again_does_not_keep_a_sweep_going() {
    world(|world| {
        world.make(2, 1);
        world.act(2, &[Act::Make(2, 1)]);
        // The application's time runs ahead of ours.
        world.store().expire(1_000_000);
        assert_eq!(world.read_diary(), [2]);
        world.act(2, &[Act::Make(2, 1)]);
        world.store().expire(u64::MAX);
        assert_eq!(world.read_diary(), [2]);
        assert!(world.finds(2));
    });
}

#[test]
fn a_sweep_inside_a_sweep_ends_each_entry_once() {
    world(|world| {
        for name in 2..8 {
            world.make(name, 1);
        }
        world.act(2, &[Act::Expire(1_000)]);
        world.act(4, &[Act::Delete(6), Act::Expire(1_000)]);
        world.store().expire(1_000);
        assert_eq!(world.read_diary(), [2, 3, 4, 6, 5, 7]);
    });
}

/// C5: only the session-based entries of the session itself end.
#[test]
fn a_session_takes_its_own_entries_along() {
    world(|world| {
        for name in [2, 100, 3, 4, 102, 6] {
            world.make(name, 0);
        }
        world.act(2, &[Act::Make(8, 0), Act::Make(104, 0), Act::Delete(4), Act::FindAll]);
        world.store().end_of_session(&world.sessions[0]);
        assert_eq!(world.read_diary(), [2, 4, 6]);
        assert!(!world.finds(8), "an ended session makes no entries of its own");
        assert!(world.finds(100) && world.finds(102) && world.finds(104) && world.finds(3));
        world.store().end_all();
        assert_eq!(world.read_diary(), [100, 3, 102, 104]);
        world.store().end_of_session(&world.sessions[1]);
    });
}

#[test]
fn the_context_takes_all_and_lets_nothing_in() {
    world(|world| {
        for name in [5, 2, 101, 3] {
            world.make(name, 1);
        }
        world.act(5, &[Act::Make(9, 1), Act::Delete(101), Act::FindAll]);
        world.store().end_all();
        assert_eq!(world.read_diary(), [5, 101, 2, 3]);
        assert!(!world.make(4, 1) && !world.make(100, 0));
    });
}

#[test]
fn a_context_that_ends_inside_every_kind_of_sweep() {
    for sweep in 0..4 {
        // Each round needs a world that is not closed yet, and a thread has one.
        std::thread::spawn(move || {
            world(|world| {
                for name in 2..8 {
                    world.make(name, 1);
                }
                world.act(2, &[Act::EndAll]);
                match sweep {
                    0 => world.store().expire(5_000),
                    1 => world.store().end_of_session(&world.sessions[0]),
                    2 => world.delete(2),
                    _ => {
                        world.cache.borrow_mut().set_limits(Limits { entries: 3, per_session: 0 });
                        assert!(!world.make(9, 1));
                    }
                }
                assert_eq!(world.read_diary(), [2, 3, 4, 5, 6, 7]);
            });
        })
        .join()
        .unwrap();
    }
}

/// X39: at the limit the entry that has been idle longest gives way.
#[test]
fn limits_end_what_was_idle_longest() {
    world(|world| {
        for name in [2, 3, 4] {
            world.make(name, 0);
            world.now.set(world.now.get() + 1);
        }
        world.finds(2);
        world.cache.borrow_mut().set_limits(Limits { entries: 3, per_session: 0 });
        world.make(5, 0);
        assert_eq!(world.read_diary(), [3]);
        world.finds(4);
        world.make(6, 0);
        assert_eq!(world.read_diary(), [2]);
        // A limit below what is there ends as many as needed, with the next entry and not before.
        world.cache.borrow_mut().set_limits(Limits { entries: 2, per_session: 0 });
        assert_eq!(world.read_diary(), []);
        world.make(7, 0);
        assert_eq!(world.read_diary(), [5, 4]);
        // The ends of session and context keep to the order of creation.
        world.finds(6);
        world.store().end_all();
        assert_eq!(world.read_diary(), [6, 7]);
    });
}

#[test]
fn limits_of_a_session_leave_other_sessions_alone() {
    world(|world| {
        world.cache.borrow_mut().set_limits(Limits { entries: 0, per_session: 2 });
        for name in [3, 2, 102, 5] {
            world.make(name, 0);
        }
        world.finds(2);
        world.make(4, 0);
        assert_eq!(world.read_diary(), [102]);
        world.make(6, 0);
        assert_eq!(world.read_diary(), [2]);
        assert!(world.finds(3) && world.finds(5));
    });
}

#[test]
fn a_callback_that_makes_its_entry_again_does_not_break_the_limit() {
    world(|world| {
        world.cache.borrow_mut().set_limits(Limits { entries: 2, per_session: 0 });
        world.make(2, 0);
        world.make(3, 0);
        world.act(2, &[Act::Make(2, 0)]);
        assert!(!world.make(4, 0), "the callback took the place");
        assert_eq!(world.read_diary(), [2]);
        assert_eq!(world.cache.borrow().count(), 2);
    });
}

#[test]
fn the_loop_is_told_of_earlier_deadlines() {
    world(|world| {
        let wake = |name: usize, idle| {
            let draft = Draft { key: World::key(name), pdu: None, session_based: false, idle };
            world.store().create(draft, &world.sessions[0], 1_000).unwrap().1
        };
        assert_eq!(wake(1, 0), None);
        assert_eq!(wake(2, 10), Some(11_000));
        assert_eq!(wake(3, 10), None);
        assert_eq!(wake(4, 9), Some(10_000));
    });
}

#[test]
fn without_data_or_callback_there_is_no_call() {
    world(|world| {
        world.make(2, 0);
        world.make(3, 0);
        let entries = world.living.take();
        // SAFETY: both live.
        unsafe {
            entries[&2].as_ref().data.set(null_mut());
            entries[&3].as_ref().callback.set(None);
        }
        world.store().end_all();
        assert_eq!(world.read_diary(), []);
    });
}
