#![cfg(test)]
// All nodes, sessions and contexts are made here, and live until they are given back.
#![allow(clippy::undocumented_unsafe_blocks)]
//! The send queue against a list that is walked through, and its speed (E2, E16).

use super::node::Node;
use super::testing::{context, session};
use super::{queue, queue_index, Context, Session};
use crate::abi::*;
use crate::base::keep::Kept;
use core::cell::Cell;
use core::ptr::{null_mut, NonNull};
use proptest::prelude::*;

/// A node due at `t` that refers to `session`, in no list.
fn node(session: Option<&Session>, id: coap_mid_t, t: coap_tick_t) -> NonNull<coap_queue_t> {
    filled(queue::new_node().unwrap(), session, id, t)
}

/// A node as an application declares it: the public part, and nothing behind it. The queue gives it back.
fn foreign(session: Option<&Session>, id: coap_mid_t, t: coap_tick_t) -> NonNull<coap_queue_t> {
    filled(crate::base::memory::calloc(size_of::<coap_queue_t>()).unwrap().cast(), session, id, t)
}

fn filled(
    node: NonNull<coap_queue_t>,
    session: Option<&Session>,
    id: coap_mid_t,
    t: coap_tick_t,
) -> NonNull<coap_queue_t> {
    let fields = unsafe { node.as_ref() };
    fields.id.set(id);
    fields.t.set(t);
    if let Some(session) = session {
        session.reference();
        fields.session.set(session.as_ptr());
    }
    node
}

fn nodes(head: &queue::Link) -> Vec<&coap_queue_t> {
    let mut all = Vec::new();
    let mut next = head.get();
    while let Some(this) = unsafe { next.as_ref() } {
        all.push(this);
        next = this.next.get();
    }
    all
}

/// A node as the model has it: due time from the base, id, session.
type Entry = (coap_tick_t, coap_mid_t, *mut coap_session_t);

fn entries(head: &queue::Link) -> Vec<Entry> {
    let mut due = 0;
    nodes(head)
        .iter()
        .map(|node| {
            due += node.t.get();
            (due, node.id.get(), node.session.get())
        })
        .collect()
}

/// What a list is to be after an insertion.
fn inserted(mut list: Vec<Entry>, new: Entry) -> Vec<Entry> {
    let place = list.iter().position(|entry| entry.0 > new.0).unwrap_or(list.len());
    list.insert(place, new);
    list
}

fn without(mut list: Vec<Entry>, unwanted: impl Fn(&Entry) -> bool) -> Vec<Entry> {
    list.retain(|entry| !unwanted(entry));
    list
}

#[derive(Clone, Debug)]
enum Step {
    Insert {
        session: usize,
        id: coap_mid_t,
        t: coap_tick_t,
    },
    /// A node of the application's own.
    InsertForeign {
        session: usize,
        id: coap_mid_t,
        t: coap_tick_t,
    },
    File {
        session: usize,
        id: coap_mid_t,
        timeout: u32,
    },
    Match {
        session: usize,
        id: coap_mid_t,
    },
    Remove {
        session: usize,
        id: coap_mid_t,
    },
    Pop,
    Cancel {
        session: usize,
    },
    Delete {
        place: usize,
    },
    /// The application swaps the list with one of its own.
    Swap,
    /// It inserts into the list through a head of its own.
    InsertBehind {
        session: usize,
        id: coap_mid_t,
        t: coap_tick_t,
    },
    /// It removes from the list through a head of its own.
    RemoveBehind {
        session: usize,
        id: coap_mid_t,
    },
    /// It changes when the first or the last is due.
    Edit {
        last: bool,
        t: coap_tick_t,
    },
    /// It takes one out by hand, keeping the other due times, and puts it back by the function.
    Move {
        place: usize,
        t: coap_tick_t,
    },
    /// It takes one out by hand and deletes it.
    Drop {
        place: usize,
    },
    /// It writes the base time.
    Rebase {
        base: coap_tick_t,
    },
    Adjust {
        now: coap_tick_t,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let (session, id, t, place) = (0..4usize, 0..6i32, 0..50u64, 0..10usize);
    prop_oneof![
        4 => (session.clone(), id.clone(), t.clone()).prop_map(|(session, id, t)| Step::Insert { session, id, t }),
        1 => (session.clone(), id.clone(), t.clone())
            .prop_map(|(session, id, t)| Step::InsertForeign { session, id, t }),
        4 => (session.clone(), id.clone(), 0..50u32)
            .prop_map(|(session, id, timeout)| Step::File { session, id, timeout }),
        3 => (session.clone(), id.clone()).prop_map(|(session, id)| Step::Match { session, id }),
        2 => (session.clone(), id.clone()).prop_map(|(session, id)| Step::Remove { session, id }),
        2 => Just(Step::Pop),
        1 => session.clone().prop_map(|session| Step::Cancel { session }),
        2 => place.clone().prop_map(|place| Step::Delete { place }),
        1 => Just(Step::Swap),
        1 => (session.clone(), id.clone(), t.clone())
            .prop_map(|(session, id, t)| Step::InsertBehind { session, id, t }),
        1 => (session.clone(), id.clone()).prop_map(|(session, id)| Step::RemoveBehind { session, id }),
        1 => (any::<bool>(), t.clone()).prop_map(|(last, t)| Step::Edit { last, t }),
        1 => (place.clone(), t.clone()).prop_map(|(place, t)| Step::Move { place, t }),
        1 => place.prop_map(|place| Step::Drop { place }),
        1 => t.clone().prop_map(|base| Step::Rebase { base }),
        1 => t.prop_map(|now| Step::Adjust { now }),
    ]
}

/// Unlinks a node by hand; no other due time moves.
fn cut(list: &queue::Link, place: usize) -> Option<&coap_queue_t> {
    let all = nodes(list);
    let this = *all.get(place)?;
    let link = place.checked_sub(1).map_or(list, |before| &all[before].next);
    link.set(this.next.replace(null_mut()));
    if let Some(next) = all.get(place + 1) {
        next.t.set(next.t.get() + this.t.get());
    }
    Some(this)
}

struct World {
    context: Kept<Context>,
    /// The last one is none.
    sessions: [Option<Kept<Session>>; 4],
    other: queue::Link,
}

impl World {
    fn new() -> World {
        let context = context();
        let sessions = [Some(session(&context)), Some(session(&context)), Some(session(&context)), None];
        World { context, sessions, other: Cell::new(null_mut()) }
    }

    fn list(&self) -> &queue::Link {
        &self.context.c.sendqueue
    }

    fn pointer(&self, session: usize) -> *mut coap_session_t {
        self.sessions[session].as_ref().map_or(null_mut(), |session| session.as_ptr())
    }

    /// Does a step, and gives what the list is to be after it.
    fn act(&self, step: Step) -> Vec<Entry> {
        let list = self.list();
        let before = entries(list);
        unsafe {
            match step {
                Step::Insert { session, id, t } => {
                    queue::insert(list, node(self.sessions[session].as_deref(), id, t));
                    inserted(before, (t, id, self.pointer(session)))
                }
                Step::InsertForeign { session, id, t } => {
                    queue::insert(list, foreign(self.sessions[session].as_deref(), id, t));
                    inserted(before, (t, id, self.pointer(session)))
                }
                Step::File { session, id, timeout } => {
                    let Some(session) = &self.sessions[session] else { return before };
                    let node = node(None, id, 0);
                    node.as_ref().timeout.set(timeout);
                    let base = self.context.c.sendqueue_basetime.get();
                    queue::wait_ack(&self.context, session, node, base + 3).unwrap();
                    let start = if before.is_empty() { 0 } else { 3 };
                    inserted(before, (start + u64::from(timeout), id, session.as_ptr()))
                }
                Step::Match { session, id } => {
                    let Some(session) = &self.sessions[session] else { return before };
                    let me = session.as_ptr();
                    let place = before.iter().position(|entry| (entry.1, entry.2) == (id, me));
                    let taken = queue::take_matching(&self.context, session, id);
                    assert_eq!(taken.is_some(), place.is_some());
                    let mut after = before;
                    if let Some(place) = place {
                        assert_eq!(taken.unwrap().node().id.get(), after.remove(place).1);
                    }
                    after
                }
                Step::Remove { session, id } | Step::RemoveBehind { session, id } => {
                    let own = Cell::new(list.get());
                    let head = if matches!(step, Step::Remove { .. }) { list } else { &own };
                    let me = self.pointer(session);
                    let place = before.iter().position(|entry| (entry.1, entry.2) == (id, me));
                    let taken = queue::remove(head, me, id);
                    list.set(head.get());
                    assert_eq!(taken.is_some(), place.is_some());
                    let mut after = before;
                    if let Some(taken) = taken {
                        let (_, id, session) = after.remove(place.unwrap());
                        assert_eq!((taken.as_ref().id.get(), taken.as_ref().session.get()), (id, session));
                        assert!(taken.as_ref().next.get().is_null());
                        queue::delete(taken);
                    }
                    after
                }
                Step::Pop => {
                    let popped = queue::pop(&self.context);
                    assert_eq!(popped.map(|popped| popped.as_ref().t.get()), before.first().map(|first| first.0));
                    if let Some(popped) = popped {
                        queue::delete(popped);
                    }
                    before.into_iter().skip(1).collect()
                }
                Step::Cancel { session } => {
                    let Some(session) = &self.sessions[session] else { return before };
                    let ids: Vec<_> =
                        queue::queued_of(&self.context, session).map(|taken| taken.node().id.get()).collect();
                    let me = session.as_ptr();
                    let expected: Vec<_> = before.iter().filter(|entry| entry.2 == me).map(|entry| entry.1).collect();
                    assert_eq!(ids, expected);
                    without(before, |entry| entry.2 == me)
                }
                Step::Delete { place } => {
                    let mut after = before;
                    if let Some(&this) = nodes(list).get(place) {
                        // What has no session is in no context's queue, as far as anybody is obliged to know.
                        if this.session.get().is_null() {
                            cut(list, place);
                        }
                        queue::delete(NonNull::from(this));
                        after.remove(place);
                    }
                    after
                }
                Step::Swap => {
                    let expected = entries(&self.other);
                    list.swap(&self.other);
                    expected
                }
                Step::InsertBehind { session, id, t } => {
                    let own = Cell::new(list.get());
                    queue::insert(&own, node(self.sessions[session].as_deref(), id, t));
                    list.set(own.get());
                    inserted(before, (t, id, self.pointer(session)))
                }
                Step::Edit { last, t } => {
                    let all = nodes(list);
                    if let Some(this) = if last { all.last() } else { all.first() } {
                        this.t.set(t);
                    }
                    entries(list)
                }
                Step::Move { place, t } => {
                    let Some(this) = cut(list, place) else { return before };
                    let mut after = before;
                    let (_, id, session) = after.remove(place);
                    this.t.set(t);
                    queue::insert(list, NonNull::from(this));
                    inserted(after, (t, id, session))
                }
                Step::Drop { place } => {
                    let Some(this) = cut(list, place) else { return before };
                    queue::delete(NonNull::from(this));
                    let mut after = before;
                    after.remove(place);
                    after
                }
                Step::Rebase { base } => {
                    self.context.c.sendqueue_basetime.set(base);
                    before
                }
                Step::Adjust { now } => {
                    queue::adjust_basetime(&self.context, now);
                    entries(list)
                }
            }
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        unsafe { queue::delete_list(self.other.replace(null_mut())) };
        self.context.free();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 5 } else { 400 }))]

    /// E2, E16: whatever the application does besides, the list is what a walk would have made of it.
    #[test]
    fn e16_the_list_is_the_truth(steps in prop::collection::vec(step(), 0..80)) {
        let world = World::new();
        for step in steps {
            let text = format!("{step:?}");
            let expected = world.act(step);
            prop_assert_eq!(entries(world.list()), expected, "after {}", text);
        }
        // What the sessions have is counted, once the index has looked.
        queue_index::check(&world.context);
        for session in world.sessions.iter().flatten().filter(|_| !world.context.index.is_blind()) {
            let me = session.as_ptr();
            let count = nodes(world.list()).iter().filter(|node| node.session.get() == me).count();
            prop_assert_eq!(session.queued(), count);
        }
    }
}

/// A time changed by hand in the middle is noticed when it comes to the front; until then nothing is lost.
#[test]
fn e16_a_time_edited_in_the_middle() {
    let world = World::new();
    let session = world.sessions[0].as_deref();
    for t in [10, 20, 30, 40] {
        unsafe { queue::insert(world.list(), node(session, t as i32, t)) };
    }
    nodes(world.list())[1].t.set(100);
    unsafe { queue::insert(world.list(), node(session, 35, 35)) };
    assert_eq!(nodes(world.list()).len(), 5);
    for id in [10, 20, 30, 35, 40] {
        let popped = queue::pop(&world.context).unwrap();
        assert_eq!(unsafe { popped.as_ref() }.id.get(), id);
        unsafe { queue::delete(popped) };
    }
    unsafe { queue::insert(world.list(), node(session, 1, 5)) };
    assert_eq!(entries(world.list())[0].0, 5);
}

/// A node linked in by hand is found by the application's functions, and by the queue itself when its time has come.
#[test]
fn e16_a_node_linked_in_by_hand() {
    let world = World::new();
    let session = world.sessions[0].as_deref();
    for t in [10, 20, 30] {
        unsafe { queue::insert(world.list(), node(session, t as i32, t)) };
    }
    let link = |id, t| {
        let node = node(session, id, t);
        let first = nodes(world.list())[0];
        unsafe { node.as_ref() }.next.set(first.next.replace(node.as_ptr()));
        node
    };
    link(1, 5);
    let removed = unsafe { queue::remove(world.list(), world.pointer(0), 1).unwrap() };
    unsafe { queue::delete(removed) };
    let deleted = link(2, 0);
    unsafe { queue::delete(deleted) };
    assert_eq!(entries(world.list()).iter().map(|entry| entry.1).collect::<Vec<_>>(), [10, 20, 30]);
    for count in 1..3 {
        let last: Vec<_> = (0..count).map(|_| node(session, 4, 0)).collect();
        for &node in &last {
            nodes(world.list()).last().unwrap().next.set(node.as_ptr());
        }
        last.into_iter().rev().for_each(|node| unsafe { queue::delete(node) });
        assert_eq!(nodes(world.list()).len(), 3);
    }
    link(3, 0);
    for id in [10, 3, 20, 30] {
        let popped = queue::pop(&world.context).unwrap();
        assert_eq!(unsafe { popped.as_ref() }.id.get(), id);
        unsafe { queue::delete(popped) };
    }
    assert_eq!(world.sessions[0].as_ref().unwrap().queued(), 0);
}

/// E16: nodes that the library has not made are in lists as others are, and nothing behind them is looked at. Run under
/// valgrind or Miri, this test says so.
#[test]
fn e16_nodes_of_the_applications_own() {
    let world = World::new();
    let (one, two) = (world.sessions[0].as_ref().unwrap(), world.sessions[1].as_ref().unwrap());
    let ids = || entries(world.list()).iter().map(|entry| entry.1).collect::<Vec<_>>();
    unsafe {
        // On a head of its own, among others.
        let own = Cell::new(null_mut());
        for (id, t) in [(1, 100), (2, 200), (3, 30), (4, 160)] {
            let make = if id % 2 == 0 { node } else { foreign };
            queue::insert(&own, make(None, id, t));
        }
        assert_eq!(entries(&own).iter().map(|entry| entry.0).collect::<Vec<_>>(), [30, 100, 160, 200]);
        let removed = queue::remove(&own, null_mut(), 1).unwrap();
        queue::delete(removed);
        queue::delete_list(own.take());

        // In a context's queue: by both functions, in front, behind, and alone.
        for others in [vec![], vec![10, 30]] {
            for id in others.iter().copied() {
                queue::insert(world.list(), node(Some(one), id as i32, id));
            }
            queue::insert(world.list(), foreign(Some(one), 5, 5));
            queue::insert(world.list(), foreign(Some(one), 20, 20));
            let late = foreign(None, 40, 0);
            late.as_ref().timeout.set(40);
            queue::wait_ack(&world.context, two, late, world.context.c.sendqueue_basetime.get()).unwrap();
            queue::insert(world.list(), node(Some(two), 35, 35));
            let all = if others.is_empty() { vec![5, 20, 35, 40] } else { vec![5, 10, 20, 30, 35, 40] };
            assert_eq!(ids(), all);
            let mut shown = Vec::new();
            queue::report(&world.context, one, |_, id| shown.push(id));
            assert!(shown.is_empty() && queue::has_any(&world.context, one)); // they have no messages
            assert_eq!(queue::take_matching(&world.context, two, 40).unwrap().node().id.get(), 40);
            assert!(queue::take_matching(&world.context, two, 20).is_none());
            let popped = queue::pop(&world.context).unwrap();
            assert_eq!(popped.as_ref().id.get(), 5);
            queue::delete(popped);
            let taken: Vec<_> = queue::queued_of(&world.context, one).map(|taken| taken.node().id.get()).collect();
            assert_eq!(taken, all[1..all.len() - 2]);
            // With the last foreign one gone the index sees again.
            queue_index::check(&world.context);
            assert!(!world.context.index.is_blind());
            assert_eq!((two.queued(), one.queued()), (1, 0));
            queue::delete(queue::remove(world.list(), two.as_ptr(), 35).unwrap());
        }
        // Linked in by hand between two of ours, deleted by the function; another one goes with the context.
        for t in [10, 30] {
            queue::insert(world.list(), node(Some(one), t as i32, t));
        }
        for id in [7, 8] {
            let by_hand = foreign(Some(one), id, 0);
            let first = nodes(world.list())[0];
            by_hand.as_ref().next.set(first.next.replace(by_hand.as_ptr()));
        }
        let seven = NonNull::from(nodes(world.list())[2]);
        queue::delete(seven);
        assert_eq!(ids(), [10, 8, 30]);
        // One of ours that has lost its mark is a foreign one from then on; the index forgets it all the same.
        queue::delete(NonNull::from(nodes(world.list())[1]));
        queue_index::check(&world.context);
        assert_eq!(one.queued(), 2);
        let lost = nodes(world.list())[1];
        Node::from_ptr((lost as *const coap_queue_t).cast_mut()).unwrap().forget();
        assert!(Node::from_ptr((lost as *const coap_queue_t).cast_mut()).is_none());
        queue::delete(NonNull::from(lost));
        assert_eq!((ids(), one.queued()), (vec![10], 1));
    }
}

/// A node of one context in the queue of another one: each context frees what it has.
#[test]
fn e16_a_list_moves_to_another_context() {
    let (one, two) = (World::new(), World::new());
    for t in [30, 10, 20] {
        unsafe { queue::insert(one.list(), node(None, t as i32, t)) };
    }
    queue_index::check(&one.context);
    two.list().set(one.list().replace(null_mut()));
    unsafe { queue::insert(two.list(), node(None, 15, 15)) };
    queue_index::check(&two.context);
    queue_index::check(&one.context);
    assert_eq!(entries(two.list()).iter().map(|entry| entry.0).collect::<Vec<_>>(), [10, 15, 20, 30]);
    assert!(one.list().get().is_null());
    drop(one);
    assert_eq!(unsafe { queue::pop(&two.context).unwrap().as_ref() }.id.get(), 10);
}

/// E16: neither filing nor matching nor cancelling takes longer because others have much in the queue, and a long list is
/// deleted without recursion. Measured by hand: `cargo test --release -- --ignored --nocapture e16_speed`.
#[test]
#[ignore = "a measurement"]
fn e16_speed() {
    const COUNT: usize = 50_000;
    const SESSIONS: usize = 1_000;
    let context = context();
    let sessions: Vec<_> = (0..SESSIONS).map(|_| session(&context)).collect();
    let timed = |what: &str, work: &mut dyn FnMut(usize)| {
        let start = std::time::Instant::now();
        (0..COUNT).for_each(work);
        println!("{what}: {} ns each", start.elapsed().as_nanos() as usize / COUNT);
    };
    let mut random = 1u64;
    timed("file", &mut |i| {
        random = random.wrapping_mul(6364136223846793005).wrapping_add(1);
        let node = node(None, (i / SESSIONS) as i32, 0);
        unsafe { node.as_ref() }.timeout.set((random >> 50) as u32);
        unsafe { queue::wait_ack(&context, &sessions[i % SESSIONS], node, 7).unwrap() };
    });
    assert_eq!(nodes(&context.c.sendqueue).len(), COUNT);
    timed("a match that fails", &mut |i| {
        assert!(queue::take_matching(&context, &sessions[i % SESSIONS], 1000).is_none());
    });
    timed("a match", &mut |i| {
        assert!(queue::take_matching(&context, &sessions[i % SESSIONS], (i / SESSIONS) as i32).is_some());
    });
    assert_eq!(size_of::<Node>(), 128);
    context.free();
}
