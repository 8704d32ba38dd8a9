//! Queues of sessions by deadline: when something about a session is to be looked at.
//!
//! Filing is lazy: a session may stand too early in a queue, never too late. When it comes to the front it is looked at
//! and filed anew. So a pass with nothing due costs nothing, however many sessions there are.

use super::Session;
use crate::abi::coap_tick_t;
use crate::base::deadlines::{Deadlines, Place, NOWHERE};
use core::cell::{Cell, RefCell};
use core::ptr::NonNull;

/// Later than any time that a session is filed under.
pub const NEVER: coap_tick_t = coap_tick_t::MAX;

/// Where a session stands in a queue.
pub struct Spot(Cell<u32>);

impl Default for Spot {
    fn default() -> Self {
        Spot(Cell::new(NOWHERE))
    }
}

/// Which of a session's spots a queue uses: none if the session has never been in it, and is not about to be.
type SpotOf = fn(&Session) -> Option<&Spot>;

struct Places(SpotOf);

impl Place<NonNull<Session>> for Places {
    fn order(&self, session: NonNull<Session>) -> u64 {
        // SAFETY: as below.
        unsafe { session.as_ref() }.id
    }

    fn note(&self, session: NonNull<Session>, place: u32) {
        // SAFETY: a session leaves the queues (`Session::tear_down`) before its memory goes.
        if let Some(spot) = (self.0)(unsafe { session.as_ref() }) {
            spot.0.set(place);
        }
    }
}

/// A queue of sessions.
pub struct Timers {
    sessions: RefCell<Deadlines<NonNull<Session>>>,
    /// What the first of them is filed under.
    front: Cell<coap_tick_t>,
    places: Places,
}

impl Timers {
    /// An empty queue that notes places in the given spot; allocates nothing.
    pub const fn new(spot: SpotOf) -> Self {
        Timers { sessions: RefCell::new(Deadlines::new()), front: Cell::new(NEVER), places: Places(spot) }
    }

    fn place_of(&self, session: &Session) -> u32 {
        (self.places.0)(session).map_or(NOWHERE, |spot| spot.0.get())
    }

    /// Makes room for one more session, so that the next [`no_later_than`](Self::no_later_than) can't fail.
    pub fn reserve(&self) -> Option<()> {
        self.sessions.borrow_mut().reserve()
    }

    /// Sees to it that `session` stands at `at` or earlier. Whether it came to the front by that; `None` without memory.
    pub fn no_later_than(&self, session: &Session, at: coap_tick_t) -> Option<bool> {
        let place = self.place_of(session);
        let mut sessions = self.sessions.borrow_mut();
        match sessions.at(place) {
            None => sessions.insert(at, NonNull::from(session), &self.places)?,
            Some(filed) if filed <= at => return Some(false),
            Some(_) => sessions.change(place, at, &self.places),
        }
        let first = at < self.front.get();
        if first {
            self.front.set(at);
        }
        Some(first)
    }

    /// Files a session that stands in the queue at exactly `at`, or takes it out.
    pub fn refile(&self, session: &Session, at: Option<coap_tick_t>) {
        let place = self.place_of(session);
        let mut sessions = self.sessions.borrow_mut();
        match at {
            _ if place == NOWHERE => (),
            None => sessions.remove(place, &self.places),
            Some(at) => sessions.change(place, at, &self.places),
        }
        self.front.set(sessions.first().map_or(NEVER, |(first, _)| first));
    }

    /// How many sessions are in the queue.
    pub(super) fn len(&self) -> usize {
        self.sessions.borrow().len()
    }

    /// What the session in front is filed under; [`NEVER`] if there is none.
    pub fn front(&self) -> coap_tick_t {
        self.front.get()
    }

    /// The session in front, and what it is filed under.
    #[inline]
    pub fn first(&self) -> Option<(coap_tick_t, NonNull<Session>)> {
        self.sessions.borrow().first()
    }
}
