//! The large bodies under way: where they are kept, how many there may be, and when they end (X30, X34, K14).

use super::requests::{self, Known, RequestDeadlines};
use super::snapshot::Snapshot;
use super::uploads::Uploads;
use crate::abi::*;
use crate::base::keep::{self, Keepable, Kept};
use crate::base::log::LOG_NOTICE;
use crate::base::memory;
use crate::base::rare::Rare;
use crate::exchange::limits::{MAX_BODY, SNAPSHOTS_PER_SESSION, UPLOADS_PER_CONTEXT};
use crate::exchange::timers::{Spot, Timers, NEVER};
use crate::exchange::{Context, Session};
use crate::log;
use core::cell::{Cell, RefCell};
use core::ffi::CStr;
use core::ptr::{null_mut, NonNull};

/// Large bodies under way, all sessions of a context together: limits and deadlines.
pub struct ContextTransfers {
    upload_timers: Timers,
    snapshot_timers: Timers,
    /// The requests that the library goes on with.
    pub requests: RequestDeadlines,
    uploads: Cell<usize>,
    max_body: usize,
    told_at: Cell<Option<coap_tick_t>>,
}

impl Default for ContextTransfers {
    fn default() -> Self {
        ContextTransfers {
            upload_timers: Timers::new(|session| Some(&session.busy()?.transfers.upload_spot)),
            snapshot_timers: Timers::new(|session| Some(&session.busy()?.transfers.snapshot_spot)),
            requests: RequestDeadlines::default(),
            uploads: Cell::new(0),
            max_body: limit_from_environment().unwrap_or(MAX_BODY),
            told_at: Cell::new(None),
        }
    }
}

/// The number of bytes in the environment variable `COAP_MAX_BODY`, with which the operator of a program allows longer
/// bodies, or forbids long ones (X30); `None` if there is none, or it is not a number.
fn limit_from_environment() -> Option<usize> {
    // SAFETY: the name is a C string. The value is read at once; changing the environment at the same time in another
    // thread is a mistake of the application's, here as for every other user of `getenv`.
    let value = unsafe {
        let value = NonNull::new(libc::getenv(c"COAP_MAX_BODY".as_ptr()))?;
        CStr::from_ptr(value.as_ptr())
    };
    value.to_str().ok()?.parse().ok()
}

impl ContextTransfers {
    /// The longest body that the library re-assembles, in bytes (X30).
    pub fn max_body(&self) -> usize {
        self.max_body
    }

    /// Whether a line about a limit may be logged: once a second at most.
    pub fn may_tell(&self, now: coap_tick_t) -> bool {
        let due = self.told_at.get().is_none_or(|told| now.abs_diff(told) >= COAP_TICKS_PER_SECOND);
        if due {
            self.told_at.set(Some(now));
        }
        due
    }
}

/// Large bodies under way in one session.
#[derive(Default)]
pub struct SessionTransfers {
    bodies: Rare<Bodies>,
    upload_spot: Spot,
    snapshot_spot: Spot,
    /// The requests that the library goes on with.
    pub requests: Rare<Known>,
}

/// What a session that is a server's has.
#[derive(Default)]
struct Bodies {
    uploads: RefCell<Uploads>,
    snapshots: RefCell<Vec<NonNull<Snapshot>>>,
}

impl Session {
    fn bodies(&self) -> Option<&Bodies> {
        self.busy()?.transfers.bodies.get()
    }
}

/// Works on the uploads of a session, and sees to the limits, deadlines and public fields afterwards. `work` runs
/// while the uploads are borrowed: it must neither log nor call the application.
pub fn with_uploads<T>(
    context: &Context,
    session: &Session,
    now: coap_tick_t,
    work: impl FnOnce(&mut Uploads) -> T,
) -> Option<T> {
    let transfers = &context.transfers;
    if session.is_ended() {
        return None;
    }
    transfers.upload_timers.reserve()?;
    let mut uploads = session.make_busy()?.transfers.bodies.make()?.uploads.borrow_mut();
    let before = uploads.len();
    let result = work(&mut uploads);
    let (after, oldest) = (uploads.len(), uploads.oldest_use());
    drop(uploads);
    count(context, session, before, after);
    if let Some(oldest) = oldest {
        let deadline = oldest.saturating_add(session.exchange_lifetime());
        if transfers.upload_timers.no_later_than(session, deadline)? {
            context.wake_at(deadline);
        }
    }
    let mut dropped = false;
    while transfers.uploads.get() > UPLOADS_PER_CONTEXT && drop_idlest(context) {
        dropped = true;
    }
    if dropped && transfers.may_tell(now) {
        log!(LOG_NOTICE, "too many uploads at a time: the one idle longest was dropped");
    }
    Some(result)
}

/// The number of a session's uploads has changed.
fn count(context: &Context, session: &Session, before: usize, after: usize) {
    let others = context.transfers.uploads.get().saturating_sub(before);
    context.transfers.uploads.set(others.saturating_add(after));
    let head = match after {
        0 => null_mut(),
        _ => NonNull::from(session).as_ptr().cast(),
    };
    session.c.lg_srcv.set(head);
}

/// Drops the context's upload that is idle longest; false if there is none.
fn drop_idlest(context: &Context) -> bool {
    let timers = &context.transfers.upload_timers;
    while let Some((at, session)) = timers.first() {
        // SAFETY: a session leaves the queue before it ends.
        let session = unsafe { Kept::new(session) };
        let Some(bodies) = session.bodies() else { return false };
        let mut uploads = bodies.uploads.borrow_mut();
        let before = uploads.len();
        let deadline = |oldest: coap_tick_t| oldest.saturating_add(session.exchange_lifetime());
        let current = uploads.oldest_use().map(deadline);
        let is_due = current.is_some_and(|current| current <= at);
        if is_due {
            uploads.drop_oldest();
        }
        let (after, next) = (uploads.len(), uploads.oldest_use().map(deadline));
        drop(uploads);
        count(context, &session, before, after);
        timers.refile(&session, next);
        if is_due {
            return true;
        }
    }
    false
}

/// Shows in the public fields what a session sends and receives, as it is now.
pub fn show_heads(session: &Session) {
    let requests = session.requests();
    let sends = requests.any_upload() || session.bodies().is_some_and(|bodies| !bodies.snapshots.borrow().is_empty());
    let head = |any| if any { NonNull::from(session).as_ptr() } else { null_mut() };
    session.c.lg_xmit.set(head(sends).cast());
    session.c.lg_crcv.set(head(requests.any_gathering()).cast());
}

/// Takes up a snapshot; `None` (and the snapshot released) without memory. One for the same resource and query makes
/// way, and beyond [`SNAPSHOTS_PER_SESSION`] the one idle longest; their release callbacks run last.
pub fn keep_snapshot(context: &Context, session: &Session, snapshot: Snapshot, now: coap_tick_t) -> Option<()> {
    let timers = &context.transfers.snapshot_timers;
    let snapshots = &session.make_busy()?.transfers.bodies.make()?.snapshots;
    snapshots.borrow_mut().try_reserve(1).ok()?;
    timers.reserve()?;
    let deadline = snapshot.deadline();
    let new = memory::new(snapshot)?;
    // SAFETY: just made, and nothing ends it before the next log line or callback.
    let asked = unsafe { &new.as_ref().asked };
    let mut list = snapshots.borrow_mut();
    let replaced = place_of(&list, |kept| asked.replaces(&kept.asked)).map(|place| list.remove(place));
    let crowded = list.len() >= SNAPSHOTS_PER_SESSION;
    let evicted = crowded.then(|| take_idlest(&mut list)).flatten();
    list.push(new);
    drop(list);
    show_heads(session);
    if timers.no_later_than(session, deadline)? {
        context.wake_at(deadline);
    }
    if let Some(replaced) = replaced {
        end(replaced);
    }
    if let Some(evicted) = evicted {
        if context.transfers.may_tell(now) {
            log!(LOG_NOTICE, "too many large responses in one session: the one idle longest was dropped");
        }
        end(evicted);
    }
    Some(())
}

fn place_of(list: &[NonNull<Snapshot>], wanted: impl Fn(&Snapshot) -> bool) -> Option<usize> {
    // SAFETY: what is in the list is live.
    list.iter().position(|snapshot| wanted(unsafe { snapshot.as_ref() }))
}

fn take_idlest(list: &mut Vec<NonNull<Snapshot>>) -> Option<NonNull<Snapshot>> {
    // SAFETY: what is in the list is live.
    let last_use = |snapshot: &NonNull<Snapshot>| unsafe { snapshot.as_ref() }.last_use.get();
    let (place, _) = list.iter().enumerate().min_by_key(|(_, snapshot)| last_use(snapshot))?;
    Some(list.remove(place))
}

/// Ends a snapshot that is in no list. Nothing may be borrowed: the release callback runs.
fn end(snapshot: NonNull<Snapshot>) {
    // SAFETY: made by `memory::new`, and ended once, by who took it out of the list.
    unsafe { keep::end(snapshot) }
}

/// The first snapshot of a session that `wanted` picks.
fn find_snapshot(session: &Session, wanted: impl Fn(&Snapshot) -> bool) -> Option<Kept<Snapshot>> {
    let list = session.bodies()?.snapshots.borrow();
    let place = place_of(&list, wanted)?;
    // SAFETY: what is in the list is live.
    Some(unsafe { Kept::new(list[place]) })
}

/// A snapshot was used at `now` and ends `lifetime` later unless it is used again.
pub fn touch(context: &Context, session: &Session, snapshot: &Snapshot, lifetime: coap_tick_t, now: coap_tick_t) {
    snapshot.last_use.set(now);
    snapshot.lifetime.set(lifetime);
    let deadline = snapshot.deadline();
    // A snapshot that is not gone keeps its session filed, so there is nothing that could fail.
    if !snapshot.is_gone() && context.transfers.snapshot_timers.no_later_than(session, deadline) == Some(true) {
        context.wake_at(deadline);
    }
}

/// A response is complete: the snapshot that was made for it takes its code (block chapter, 7.1, step 4). To be called
/// after each handler call, for requests and notifications.
pub fn response_is_complete(session: &Session, response: &coap_pdu_t) {
    if session.c.lg_xmit.get().is_null() {
        return;
    }
    let response_ptr: *const coap_pdu_t = response;
    if let Some(snapshot) = find_snapshot(session, |kept| kept.awaiting.get() == response_ptr) {
        snapshot.awaiting.set(core::ptr::null());
        snapshot.code.set(response.code.get());
    }
}

/// The snapshot that answers a request for a later block.
pub fn snapshot_for(session: &Session, resource: u64, request: &coap_pdu_t, query: &[u8]) -> Option<Kept<Snapshot>> {
    find_snapshot(session, |kept| kept.asked.is(resource, request, query))
}

/// Ends the transfers that were idle for too long at `now`: 247 seconds (EXCHANGE_LIFETIME), and bodies that have been
/// served to their last block, 4 × ACK_TIMEOUT.
pub fn expire(context: &Context, now: coap_tick_t) {
    requests::expire(context, now);
    let due = |timers: &Timers| timers.first().filter(|&(at, _)| at <= now);
    while let Some((_, session)) = due(&context.transfers.upload_timers) {
        // SAFETY: a session leaves the queue before it ends.
        let session = unsafe { Kept::new(session) };
        let lifetime = session.exchange_lifetime();
        let Some(bodies) = session.bodies() else { return };
        let mut uploads = bodies.uploads.borrow_mut();
        let before = uploads.len();
        uploads.expire(lifetime, now);
        let (after, oldest) = (uploads.len(), uploads.oldest_use());
        drop(uploads);
        count(context, &session, before, after);
        context.transfers.upload_timers.refile(&session, oldest.map(|oldest| oldest.saturating_add(lifetime)));
    }
    while let Some((_, session)) = due(&context.transfers.snapshot_timers) {
        // SAFETY: as above.
        let session = unsafe { Kept::new(session) };
        let Some(bodies) = session.bodies() else { return };
        let mut list = bodies.snapshots.borrow_mut();
        let ended = place_of(&list, |kept| kept.deadline() <= now).map(|place| list.remove(place));
        if ended.is_none() {
            // SAFETY: what is in the list is live.
            let next = list.iter().map(|kept| unsafe { kept.as_ref() }.deadline()).min();
            context.transfers.snapshot_timers.refile(&session, next);
        }
        drop(list);
        show_heads(&session);
        if let Some(ended) = ended {
            end(ended);
        }
    }
}

/// When the next transfer is to be looked at; may be too early, never too late.
pub fn next_deadline(context: &Context) -> Option<coap_tick_t> {
    let transfers = &context.transfers;
    let next = transfers.upload_timers.front().min(transfers.snapshot_timers.front());
    let next = next.min(requests::next_deadline(context).unwrap_or(NEVER));
    (next != NEVER).then_some(next)
}

/// The session is being freed: drops its transfers, and none begins in it any more. The session must still know its
/// context.
pub fn end_of_session(session: &Session) {
    drop_all(session);
}

/// Drops the transfers of a session, each release callback called once, large sends first: its end, or the end of its
/// connection (K24).
pub fn drop_all(session: &Session) {
    let mark = session.context().map_or(0, |context| requests::mark(&context));
    drop_begun(session, mark);
}

/// As [`drop_all`], but the requests stay that were begun after `mark` was taken: those that the application began
/// when it was told of the others' failure.
pub fn drop_begun(session: &Session, mark: u64) {
    let context = session.context();
    if let Some(context) = &context {
        context.transfers.upload_timers.refile(session, None);
        context.transfers.snapshot_timers.refile(session, None);
    }
    let bodies = session.bodies();
    let snapshots = bodies.map(|bodies| bodies.snapshots.take()).unwrap_or_default();
    show_heads(session);
    if let Some(context) = &context {
        requests::drop_begun(context, session, mark);
    }
    for snapshot in snapshots {
        end(snapshot);
    }
    let uploads = bodies.map(|bodies| bodies.uploads.take()).unwrap_or_default();
    if let Some(context) = &context {
        count(context, session, uploads.len(), 0);
    }
}
