//! What sessions are looked at for by the clock: keepalive, the peer's first CSM, and peers that stall
//! (docs/spec/session.md, sections 6.3 and 9; X22).
//!
//! The queues hold the times from which the waiting counts, not those when it is over: how long it lasts is in fields of
//! the context that the application may write at any time, and a change needs no other order.

use super::limits::{CSM_TIME, STALL_TIME};
use super::timers::{Spot, Timers, NEVER};
use super::{disconnect, secure, send, Context, Session};
use crate::abi::*;
use crate::base::clock;
use crate::base::keep::{Keepable, Kept};
use crate::base::log::{LOG_INFO, LOG_NOTICE};
use crate::log;
use core::cell::Cell;

/// The sessions of a context, by the times from which they wait.
pub struct Timeouts {
    /// Client sessions, by their latest traffic.
    quiet: Timers,
    /// Client sessions whose server's CSM has not come, by `csm_tx`; in front those that no pass has seen yet.
    client_csm: Timers,
    /// Server sessions whose client's CSM has not come.
    server_csm: Timers,
    /// Server sessions inside a message, or with output that is not taken, by the time that began.
    stalled: Timers,
    /// Sessions in their handshake: over DTLS by the times when they send their last flight again, servers over TLS by
    /// those when they give up.
    pub(super) handshakes: Timers,
    steady: Steady,
}

/// A clock that goes on where the wall clock is set back: the handshakes wait by it (T23). All sums wrap, as ticks before
/// the base do.
#[derive(Default)]
struct Steady {
    /// How far the wall clock has been set back, all in all.
    set_back: Cell<coap_tick_t>,
    /// The latest time it has shown.
    latest: Cell<coap_tick_t>,
}

impl Steady {
    /// What it shows when the wall clock shows `now`.
    fn now(&self, now: coap_tick_t) -> coap_tick_t {
        let shown = now.wrapping_add(self.set_back.get());
        let behind = self.latest.get().wrapping_sub(shown);
        if behind.cast_signed() > 0 {
            self.set_back.set(self.set_back.get().wrapping_add(behind));
        } else {
            self.latest.set(shown);
        }
        self.latest.get()
    }

    /// What the wall clock will show at a time, unless it is set.
    fn wall(&self, time: coap_tick_t) -> coap_tick_t {
        time.wrapping_sub(self.set_back.get())
    }
}

fn csm_spot(session: &Session) -> Option<&Spot> {
    Some(&session.stream()?.csm_spot)
}

fn stall_spot(session: &Session) -> Option<&Spot> {
    Some(&session.stream()?.stall_spot)
}

impl Default for Timeouts {
    fn default() -> Self {
        Timeouts {
            quiet: Timers::new(|session| Some(&session.busy()?.quiet)),
            client_csm: Timers::new(csm_spot),
            server_csm: Timers::new(csm_spot),
            stalled: Timers::new(stall_spot),
            handshakes: Timers::new(|session| Some(&session.secure()?.timer)),
            steady: Steady::default(),
        }
    }
}

fn seconds(field: u32) -> Option<coap_tick_t> {
    (field > 0).then(|| coap_tick_t::from(field) * COAP_TICKS_PER_SECOND)
}

/// The wait of each queue, in ticks; `None`: for ever.
fn keepalive_time(context: &Context) -> Option<coap_tick_t> {
    seconds(context.c.ping_timeout.get())
}

fn client_csm_time(context: &Context) -> Option<coap_tick_t> {
    seconds(context.c.csm_timeout.get())
}

fn server_csm_time(context: &Context) -> Option<coap_tick_t> {
    Some(seconds(context.c.csm_timeout.get()).map_or(CSM_TIME, |time| time.min(CSM_TIME)))
}

fn stall_time(_: &Context) -> Option<coap_tick_t> {
    Some(STALL_TIME)
}

type Time = fn(&Context) -> Option<coap_tick_t>;

impl Timeouts {
    fn csm_queues(&self) -> [(&Timers, Time); 2] {
        [(&self.client_csm, client_csm_time), (&self.server_csm, server_csm_time)]
    }

    fn csm_queue(&self, session: &Session) -> (&Timers, Time) {
        match session.c.r#type.get() {
            COAP_SESSION_TYPE_CLIENT => (&self.client_csm, client_csm_time),
            _ => (&self.server_csm, server_csm_time),
        }
    }

    /// A session is torn down.
    pub fn forget(&self, session: &Session) {
        self.quiet.refile(session, None);
        self.handshakes.refile(session, None);
        if session.stream().is_some() {
            self.csm_has_come(session);
            self.stalled.refile(session, None);
        }
    }

    /// The peer's CSM has come, or will not come any more.
    pub fn csm_has_come(&self, session: &Session) {
        self.csm_queue(session).0.refile(session, None);
    }
}

/// Files a session, and sees to it that the loop wakes; `None` without memory.
fn file(context: &Context, (timers, time): (&Timers, Time), session: &Session, from: coap_tick_t) -> Option<()> {
    if timers.no_later_than(session, from)? {
        if let Some(time) = time(context) {
            context.wake_at(from.saturating_add(time));
        }
    }
    Some(())
}

/// A client session has been made: from now on it may be kept alive. `None` without memory.
pub(super) fn client_made(context: &Context, session: &Session) -> Option<()> {
    session.make_busy()?;
    file(context, (&context.timeouts.quiet, keepalive_time), session, session.c.last_rx_tx.get())
}

/// Our CSM is out: the peer's is waited for from the next pass on. `None` without memory.
pub(super) fn await_csm(context: &Context, session: &Session) -> Option<()> {
    context.timeouts.csm_queue(session).0.no_later_than(session, UNSEEN)?;
    context.wake_at(clock::now());
    Some(())
}

/// Where a session stands whose wait for the CSM no pass has seen.
const UNSEEN: coap_tick_t = 0;

/// A server session may stall from now on. Without memory it is not watched for that.
pub(super) fn watch_stall(context: &Context, session: &Session, now: coap_tick_t) {
    if session.c.r#type.get() != COAP_SESSION_TYPE_CLIENT {
        let _ = file(context, (&context.timeouts.stalled, stall_time), session, now);
    }
}

/// The handshake of a session is to be looked after in `wait` ticks, and not before: its last flight is sent again then,
/// over DTLS. `None` without memory.
pub(super) fn watch_handshake(context: &Context, session: &Session, now: coap_tick_t, wait: coap_tick_t) -> Option<()> {
    let Timeouts { handshakes, steady, .. } = &context.timeouts;
    let due = steady.now(now).saturating_add(wait);
    handshakes.refile(session, Some(due));
    handshakes.no_later_than(session, due)?;
    context.wake_at(now.saturating_add(wait));
    Some(())
}

/// Sends last flights again, and gives up those that are never answered (security §7.4).
pub(super) fn handshakes(context: &Context, now: coap_tick_t) {
    while let Some(session) = due(&context.timeouts.handshakes, context.timeouts.steady.now(now), 0) {
        session.reference();
        secure::timed_out(context, &session, now);
        session.release();
        if context.is_gone() {
            return;
        }
    }
}

/// `coap_context_set_keepalive`.
pub fn set_keepalive(context: &Context, seconds: u32) {
    context.c.ping_timeout.set(seconds);
    if let Some((from, _)) = context.timeouts.quiet.first() {
        if let Some(time) = keepalive_time(context) {
            context.wake_at(from.saturating_add(time));
        }
    }
}

/// The session in front of a queue, if its wait seems to be over.
fn due(timers: &Timers, now: coap_tick_t, time: coap_tick_t) -> Option<Kept<Session>> {
    if timers.front().saturating_add(time) > now {
        return None;
    }
    let (_, session) = timers.first()?;
    // SAFETY: sessions leave the queues before they end.
    Some(unsafe { Kept::new(session) })
}

/// Pings the client sessions that have been quiet, and ends those whose last ping was not answered (session §9).
pub(super) fn keepalive(context: &Context, now: coap_tick_t) {
    let Some(time) = keepalive_time(context) else { return };
    while let Some(session) = due(&context.timeouts.quiet, now, time) {
        let established = session.c.state.get() == COAP_SESSION_STATE_ESTABLISHED;
        let from = if established { session.c.last_rx_tx.get().min(now) } else { now };
        if from.saturating_add(time) > now {
            context.timeouts.quiet.refile(&session, Some(from));
            continue;
        }
        context.timeouts.quiet.refile(&session, Some(now));
        session.reference();
        ping(context, &session, now);
        session.release();
        if context.is_gone() {
            return;
        }
    }
}

fn ping(context: &Context, session: &Session, now: coap_tick_t) {
    let unanswered = session.c.last_ping.get() > 0 && session.c.last_pong.get() < session.c.last_ping.get();
    let mid = if unanswered { COAP_INVALID_MID } else { send::ping(session) };
    if mid == COAP_INVALID_MID {
        log!(LOG_INFO, "session {}: no answer to a ping", session.id);
        disconnect::disconnected(context, session, coap_nack_reason_t::COAP_NACK_NOT_DELIVERABLE as u32);
        session.c.last_ping.set(0);
        session.c.last_pong.set(0);
        session.c.last_rx_tx.set(now);
        return;
    }
    session.c.last_ping_mid.set(mid);
    session.c.last_rx_tx.set(now);
    session.c.last_ping.set(now);
}

/// Ends the sessions whose peer has not sent its CSM in time (session §6.3, S23, X22).
pub(super) fn csm(context: &Context, now: coap_tick_t) {
    for (timers, time) in context.timeouts.csm_queues() {
        let Some(time) = time(context) else { continue };
        while let Some((UNSEEN, session)) = timers.first() {
            // SAFETY: sessions leave the queues before they end, and no application code runs here.
            let session = unsafe { session.as_ref() };
            if session.c.csm_tx.get() == 0 {
                session.c.csm_tx.set(now);
            }
            timers.refile(session, Some(session.c.csm_tx.get().max(UNSEEN + 1)));
        }
        while let Some(session) = due(timers, now, time) {
            timers.refile(&session, None);
            if session.c.state.get() == COAP_SESSION_STATE_CSM {
                log!(LOG_NOTICE, "session {}: the peer's CSM has not come", session.id);
                give_up(context, &session);
            }
            if context.is_gone() {
                return;
            }
        }
    }
}

/// Ends the server sessions whose peer stays inside a message, or does not read (X22).
pub(super) fn stalls(context: &Context, now: coap_tick_t) {
    while let Some(session) = due(&context.timeouts.stalled, now, STALL_TIME) {
        let since = session.stream().and_then(|stream| stream.stalled_since());
        if since.is_none_or(|since| since.saturating_add(STALL_TIME) > now) {
            context.timeouts.stalled.refile(&session, since);
            continue;
        }
        context.timeouts.stalled.refile(&session, None);
        log!(LOG_NOTICE, "session {}: the peer has stalled", session.id);
        give_up(context, &session);
        if context.is_gone() {
            return;
        }
    }
}

fn give_up(context: &Context, session: &Session) {
    session.reference();
    disconnect::disconnected(context, session, coap_nack_reason_t::COAP_NACK_NOT_DELIVERABLE as u32);
    session.release();
}

/// When the next session is to be looked at; may be too early, never too late.
pub(super) fn next_deadline(context: &Context) -> Option<coap_tick_t> {
    let Timeouts { quiet, stalled, handshakes, steady, .. } = &context.timeouts;
    let mut next = match handshakes.front() {
        NEVER => NEVER,
        due => steady.wall(due),
    };
    let mut also = |(timers, time): (&Timers, Time), seen: bool| {
        let from = timers.front();
        if from == NEVER {
            return;
        }
        if let Some(time) = time(context) {
            next = next.min(if seen || from != UNSEEN { from.saturating_add(time) } else { UNSEEN });
        }
    };
    also((quiet, keepalive_time), true);
    also((stalled, stall_time), true);
    for queue in context.timeouts.csm_queues() {
        also(queue, false);
    }
    (next != NEVER).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_steady_clock_goes_on_when_the_wall_clock_is_set_back_t23() {
        let steady = Steady::default();
        assert_eq!(steady.now(5000), 5000);
        assert_eq!(steady.wall(7000), 7000);
        assert_eq!(steady.now(1000), 5000);
        assert_eq!(steady.now(2000), 6000);
        assert_eq!(steady.wall(7000), 3000);
        assert_eq!(steady.now(500_000), 504_000);
        assert_eq!(steady.now(0), 504_000);
        // Before the base, ticks have wrapped.
        assert_eq!(steady.now(0u64.wrapping_sub(3000)), 504_000);
        assert_eq!(steady.now(0u64.wrapping_sub(2000)), 505_000);
        assert_eq!(steady.now(1), 507_001);
    }
}
