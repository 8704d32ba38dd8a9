//! Where observations are: each in the list of its resource and in that of its session.
//!
//! A registration, an RST, or the end of a session finds them through the session, which has [`OBSERVATIONS_PER_SESSION`]
//! at most; no peer makes the library walk the observers of a resource (R20). What has to be visited stands in two
//! queues of the context, resources by their order and sessions by deadline. Members are filed there as long as they
//! have an observation, mostly under "never", so that marking one cannot fail.

use super::subscription::Subscription;
use crate::abi::coap_tick_t;
use crate::base::deadlines::{Deadlines, Place, NOWHERE};
use crate::base::keep::{self, Kept};
use crate::base::memory;
use crate::exchange::limits::{OBSERVATIONS_PER_CONTEXT, OBSERVATIONS_PER_RESOURCE, OBSERVATIONS_PER_SESSION};
use crate::exchange::timers::{Spot, Timers};
use crate::exchange::{Context, Session};
use crate::resource::Resource;
use core::cell::{Cell, RefCell};
use core::ptr::NonNull;

/// Filed under this: nothing to be done.
const NEVER: u64 = u64::MAX;

/// The Observe option has 24 bits.
const COUNTER_MASK: u32 = 0xff_ffff;

/// The observers of a resource.
pub struct Observers {
    newest: Cell<Option<NonNull<Subscription>>>,
    count: Cell<usize>,
    counter: Cell<u32>,
    /// All of them are owed a notification.
    pub(super) changed: Cell<bool>,
    /// A notification is being made.
    pub(super) visited: Cell<bool>,
    place: Cell<u32>,
}

impl Default for Observers {
    fn default() -> Self {
        Observers {
            newest: Cell::new(None),
            count: Cell::new(0),
            counter: Cell::new(0),
            changed: Cell::new(false),
            visited: Cell::new(false),
            place: Cell::new(NOWHERE),
        }
    }
}

/// An observation in a list, or the end of it.
fn member(place: Option<NonNull<Subscription>>) -> Option<Kept<Subscription>> {
    // SAFETY: members of a list are live.
    place.map(|subscription| unsafe { Kept::new(subscription) })
}

impl Observers {
    /// Value of the Observe option.
    pub fn counter(&self) -> u32 {
        self.counter.get()
    }

    /// The resource has changed once more.
    pub(super) fn count_up(&self) {
        self.counter.set(self.counter.get().wrapping_add(1) & COUNTER_MASK);
    }

    /// How many observers there are.
    pub fn count(&self) -> usize {
        self.count.get()
    }

    /// The newest observer.
    pub(super) fn first(&self) -> Option<Kept<Subscription>> {
        member(self.newest.get())
    }

    /// The next older one; from the newest again if this one has ended meanwhile.
    pub(super) fn after(&self, subscription: &Subscription) -> Option<Kept<Subscription>> {
        match keep::Keepable::is_gone(subscription) {
            true => self.first(),
            false => member(subscription.older.get()),
        }
    }

    fn push(&self, new: &Subscription) {
        let place = Some(NonNull::from(new));
        let older = self.newest.replace(place);
        new.older.set(older);
        if let Some(older) = member(older) {
            older.newer.set(place);
        }
        self.count.set(self.count.get() + 1);
    }

    fn remove(&self, subscription: &Subscription) {
        let (newer, older) = (subscription.newer.take(), subscription.older.take());
        match member(newer) {
            Some(newer) => newer.older.set(older),
            None => self.newest.set(older),
        }
        if let Some(older) = member(older) {
            older.newer.set(newer);
        }
        self.count.set(self.count.get() - 1);
    }
}

/// The observations through a session, oldest first.
#[derive(Default)]
pub struct SessionObservations {
    list: RefCell<Vec<NonNull<Subscription>>>,
    /// Some wait until messages to this session are held up no more.
    pub(super) deferred: Cell<bool>,
    spot: Spot,
}

/// The observations through a session, if there has been one.
#[derive(Clone, Copy)]
pub struct Observations<'a>(Option<&'a SessionObservations>);

impl Session {
    /// What the peer observes.
    pub fn observations(&self) -> Observations<'_> {
        Observations(self.busy().map(|busy| &busy.observations))
    }
}

impl Observations<'_> {
    /// How many there are.
    pub fn count(self) -> usize {
        self.0.map_or(0, |known| known.list.borrow().len())
    }

    /// Some wait until messages to this session are held up no more.
    pub(super) fn defer(self) {
        if let Some(known) = self.0 {
            known.deferred.set(true);
        }
    }

    /// The newest one that `wanted` accepts.
    pub(super) fn find(self, wanted: impl Fn(&Subscription) -> bool) -> Option<Kept<Subscription>> {
        let list = self.0?.list.borrow();
        // SAFETY: members of the list are live.
        let found = list.iter().rev().find(|member| wanted(unsafe { member.as_ref() }));
        member(found.copied())
    }

    /// Of those that `wanted` accepts the one with the least key, the newest among equals.
    pub(super) fn least(
        self,
        wanted: impl Fn(&Subscription) -> bool,
        key: impl Fn(&Subscription) -> u64,
    ) -> Option<Kept<Subscription>> {
        let list = self.0?.list.borrow();
        // SAFETY: members of the list are live.
        let members = list.iter().rev().filter(|member| wanted(unsafe { member.as_ref() }));
        // SAFETY: as above.
        let found = members.min_by_key(|member| key(unsafe { member.as_ref() }));
        member(found.copied())
    }
}

/// All observations of a context: how many, and which resources and sessions are to be visited.
pub struct ContextObservations {
    count: Cell<usize>,
    /// The resources that are observed, filed under the pass that is to visit them.
    resources: RefCell<Deadlines<NonNull<Resource>>>,
    /// The sessions that observe, filed under the time when what they are owed is tried again.
    sessions: Timers,
    /// What is marked now is visited by the pass of this number.
    round: Cell<u64>,
    /// The resource at which the pass under way is.
    at: Cell<Option<u64>>,
    visits: Cell<u64>,
    told_at: Cell<Option<coap_tick_t>>,
}

impl Default for ContextObservations {
    fn default() -> Self {
        ContextObservations {
            count: Cell::new(0),
            resources: RefCell::new(Deadlines::new()),
            sessions: Timers::new(|session| Some(&session.busy()?.observations.spot)),
            round: Cell::new(1),
            at: Cell::new(None),
            visits: Cell::new(0),
            told_at: Cell::new(None),
        }
    }
}

/// Where observed resources note their place in the queue.
struct Places;

impl Place<NonNull<Resource>> for Places {
    fn order(&self, resource: NonNull<Resource>) -> u64 {
        // SAFETY: a resource leaves the queue before its memory goes.
        unsafe { resource.as_ref() }.sequence()
    }

    fn note(&self, resource: NonNull<Resource>, place: u32) {
        // SAFETY: as above.
        unsafe { resource.as_ref() }.observers.place.set(place);
    }
}

impl ContextObservations {
    fn file(&self, resource: &Resource, round: u64) {
        let place = resource.observers.place.get();
        if place != NOWHERE {
            self.resources.borrow_mut().change(place, round, &Places);
        }
    }

    /// A resource is to be visited: by the pass under way, if that has not come to it yet, else by the next.
    pub(super) fn mark(&self, resource: &Resource) {
        let this = self.round.get();
        let is_ahead = self.at.get().is_some_and(|at| resource.sequence() > at);
        self.file(resource, if is_ahead { this - 1 } else { this });
    }

    /// A pass begins; gives its number, and what [`end_pass`](Self::end_pass) wants back. Passes may be nested.
    pub(super) fn begin_pass(&self) -> (u64, Option<u64>) {
        let this = self.round.get();
        self.round.set(this + 1);
        (this, self.at.take())
    }

    /// The next resource that a pass is to visit, which is not marked any more.
    pub(super) fn next_resource(&self, pass: u64) -> Option<Kept<Resource>> {
        let (round, resource) = self.resources.borrow().first()?;
        if round > pass {
            return None;
        }
        // SAFETY: what is in the queue is live.
        let resource = unsafe { Kept::new(resource) };
        self.file(&resource, NEVER);
        self.at.set(Some(resource.sequence()));
        Some(resource)
    }

    /// A pass has come to its end, or the one around it goes on.
    pub(super) fn end_pass(&self, around: Option<u64>) {
        self.at.set(around);
    }

    /// A number for a visit that no other has.
    pub(super) fn next_visit(&self) -> u64 {
        self.visits.set(self.visits.get() + 1);
        self.visits.get()
    }

    /// What a session is owed is tried again at `at`, or earlier.
    pub(super) fn try_at(&self, session: &Session, at: coap_tick_t) {
        if session.observations().count() > 0 {
            // It is filed already, so there is nothing that could fail.
            let _ = self.sessions.no_later_than(session, at);
        }
    }

    /// The next session whose time has come at `now`, which is then filed under "never".
    pub(super) fn next_session(&self, now: coap_tick_t) -> Option<Kept<Session>> {
        let (_, session) = self.sessions.first().filter(|&(at, _)| at <= now)?;
        // SAFETY: what is in the queue is live.
        let session = unsafe { Kept::new(session) };
        self.sessions.refile(&session, Some(NEVER));
        Some(session)
    }

    /// When the next session is to be tried again.
    pub(super) fn next_deadline(&self) -> Option<coap_tick_t> {
        Some(self.sessions.front()).filter(|&at| at != NEVER)
    }

    /// Whether there is room for one more observation, after `leaving` have gone (X27).
    pub(super) fn has_room(&self, resource: &Resource, session: &Session, leaving: usize) -> bool {
        session.observations().count() - leaving < OBSERVATIONS_PER_SESSION
            && resource.observers.count() - leaving < OBSERVATIONS_PER_RESOURCE
            && self.count.get() - leaving < OBSERVATIONS_PER_CONTEXT
    }

    /// Whether a line about a limit may be logged: once a second at most.
    pub(super) fn may_tell(&self, now: coap_tick_t) -> bool {
        let due = self.told_at.get().is_none_or(|told| now.abs_diff(told) >= crate::abi::COAP_TICKS_PER_SECOND);
        if due {
            self.told_at.set(Some(now));
        }
        due
    }

    /// What has no observation any more leaves the queues.
    fn tidy(&self, resource: &Resource, session: &Session) {
        if resource.observers.count() == 0 {
            let place = resource.observers.place.get();
            if place != NOWHERE {
                self.resources.borrow_mut().remove(place, &Places);
            }
            resource.observers.changed.set(false);
        }
        if session.observations().count() == 0 {
            self.sessions.refile(session, None);
            if let Some(busy) = session.busy() {
                busy.observations.deferred.set(false);
            }
        }
    }

    fn make_room(&self, resource: &Resource, session: &Session) -> Option<()> {
        session.make_busy()?.observations.list.borrow_mut().try_reserve(1).ok()?;
        self.sessions.no_later_than(session, NEVER)?;
        if resource.observers.place.get() == NOWHERE {
            self.resources.borrow_mut().insert(NEVER, NonNull::from(resource), &Places)?;
        }
        Some(())
    }
}

/// Begins an observation; `None` (and nothing changed) without memory.
pub(super) fn add(context: &Context, resource: &Resource, session: &Session, new: Subscription) -> Option<()> {
    let observations = &context.observations;
    let made = observations.make_room(resource, session).and_then(|()| memory::new(new));
    let Some(new) = made else {
        observations.tidy(resource, session);
        return None;
    };
    // There is room.
    session.make_busy()?.observations.list.borrow_mut().push(new);
    // SAFETY: just made.
    resource.observers.push(unsafe { new.as_ref() });
    observations.count.set(observations.count.get() + 1);
    session.reference();
    Some(())
}

/// The reference to its session that an observation has left behind.
pub(super) struct Reference(Kept<Session>);

impl Drop for Reference {
    fn drop(&mut self) {
        self.0.release();
    }
}

/// Ends an observation; `None` if it has ended before. Its session may end when the result is dropped.
pub(super) fn take(context: &Context, subscription: &Kept<Subscription>) -> Option<Reference> {
    let (resource, session) = (subscription.resource()?, subscription.session()?);
    resource.observers.remove(subscription);
    let this = subscription.as_non_null();
    if let Some(busy) = session.busy() {
        busy.observations.list.borrow_mut().retain(|member| *member != this);
    }
    context.observations.count.set(context.observations.count.get() - 1);
    context.observations.tidy(&resource, &session);
    // SAFETY: made by `memory::new`, not ended before, and in no list any more.
    unsafe { keep::end(this) };
    Some(Reference(session))
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
