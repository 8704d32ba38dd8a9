//! The idle sessions of an endpoint: those that nobody refers to and for which nothing waits to be sent. They are swept
//! when they have been idle for long enough, and give way when there are too many (docs/spec/session.md, 4.1 and 4.3).

use super::Session;
use crate::abi::*;
use crate::base::deadlines::{Deadlines, Place, NOWHERE};
use crate::base::keep::{Keepable, Kept};
use core::cell::RefCell;
use core::ptr::NonNull;

/// What `IdleSessions::idlest` finds.
struct Idlest {
    session: Kept<Session>,
    since: coap_tick_t,
    /// Somebody further up the stack works on it: it must not go now.
    busy: bool,
}

/// Since when an idle session counts as idle: since for ever, if its connection has ended.
fn idle_since(session: &Session) -> coap_tick_t {
    if is_over(session) {
        0
    } else {
        session.c.last_rx_tx.get()
    }
}

/// Whether the session has lost its connection.
fn is_over(session: &Session) -> bool {
    session.c.state.get() == COAP_SESSION_STATE_NONE
}

/// With so many idle sessions at most, a pass tells exactly when the next one has been idle for long enough.
const EXACT: usize = 16;
/// Most sessions in use that a pass files anew.
const REFILED_PER_PASS: usize = 64;

struct IdlePlaces;

impl Place<NonNull<Session>> for IdlePlaces {
    fn order(&self, session: NonNull<Session>) -> u64 {
        // SAFETY: sessions leave the queue before they end.
        unsafe { session.as_ref() }.id
    }

    fn note(&self, session: NonNull<Session>, place: u32) {
        // SAFETY: sessions leave the queue before they end.
        unsafe { session.as_ref() }.idle_place.set(place);
    }
}

/// The idle sessions, by the time of their last use. Filed lazily: a session in use is filed anew when it comes to the
/// front.
pub struct IdleSessions(RefCell<Deadlines<NonNull<Session>>>);

impl IdleSessions {
    /// None yet; allocates nothing.
    pub const fn new() -> IdleSessions {
        IdleSessions(RefCell::new(Deadlines::new()))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.borrow().len()
    }

    /// Makes room for so many; `None` without memory.
    pub fn reserve_for(&self, count: usize) -> Option<()> {
        self.0.borrow_mut().reserve_for(count)
    }

    /// Files a session, or takes it out, as its state says. What the loop is to know of: since when it is idle, or `None`
    /// that it goes with the next pass, having lost its connection.
    pub fn update(&self, session: &Session) -> Option<Option<coap_tick_t>> {
        let mut queue = self.0.borrow_mut();
        match (session.is_idle(), session.idle_place.get()) {
            // There is room since the session was made; one in no table (`Endpoint::stranger`) may stay unfiled.
            (true, NOWHERE) => {
                let since = idle_since(session);
                let _ = queue.insert(since, session.handle(), &IdlePlaces);
                Some(Some(since))
            }
            (true, place) if is_over(session) => {
                queue.change(place, 0, &IdlePlaces);
                Some(None)
            }
            (false, place) => {
                if place != NOWHERE {
                    queue.remove(place, &IdlePlaces);
                }
                None
            }
            _ => None,
        }
    }

    /// Takes a session out that goes.
    pub fn remove(&self, session: &Session) {
        if session.idle_place.get() != NOWHERE {
            self.0.borrow_mut().remove(session.idle_place.get(), &IdlePlaces);
        }
    }

    /// Frees the session that has been idle longest, unless somebody works on it.
    pub fn evict(&self, now: coap_tick_t) {
        if let Some(Idlest { session, busy: false, .. }) = self.idlest(now, &mut { usize::MAX }) {
            session.free();
        }
    }

    /// The session that has been idle longest, and since when. `None` also if it is not found while `refile` counts down to
    /// 0, once for each session that turns out to have been in use since it was filed.
    fn idlest(&self, now: coap_tick_t, refile: &mut usize) -> Option<Idlest> {
        let mut queue = self.0.borrow_mut();
        while let Some((filed, session)) = queue.first() {
            // SAFETY: members of the queue are live.
            let session = unsafe { Kept::new(session) };
            // A clock that was set back must not keep a session for ever.
            if session.c.last_rx_tx.get() > now {
                session.c.last_rx_tx.set(now);
            }
            // Somebody further up the stack may be working on it: then it is in use this very moment.
            let busy = session.keep().guards() > 1;
            let since = if busy { now } else { idle_since(&session) };
            if since == filed {
                return Some(Idlest { session, since, busy });
            }
            *refile = refile.checked_sub(1)?;
            queue.change(session.idle_place.get(), since, &IdlePlaces);
        }
        None
    }

    /// Frees the sessions that have been idle for `timeout` ticks; gives a time before which no other will have been.
    pub fn sweep(&self, now: coap_tick_t, timeout: coap_tick_t) -> Option<coap_tick_t> {
        let mut refile = REFILED_PER_PASS;
        loop {
            let (filed, count) = {
                let queue = self.0.borrow();
                (queue.first()?.0, queue.len())
            };
            // It cannot be due before the time that it is filed under. With many sessions that will do: to look whether it
            // has been in use meanwhile costs more than to wake up once too often. (One filed under 0 has lost its connection,
            // and goes now.)
            if count > EXACT && filed > 0 && (filed..filed.saturating_add(timeout)).contains(&now) {
                return Some(filed.saturating_add(timeout));
            }
            let Some(Idlest { session, since, busy }) = self.idlest(now, &mut refile) else {
                // The rest with the next pass.
                return (!self.0.borrow().is_empty()).then_some(now);
            };
            let due = if is_over(&session) && !busy { 0 } else { since.saturating_add(timeout) };
            if due > now || busy {
                return Some(due);
            }
            session.free();
        }
    }
}
