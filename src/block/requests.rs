//! The requests that the library goes on with: found by the application's token, and by those on the wire.

use super::identity::Short;
use super::request::{Request, Upload};
use super::transfers::show_heads;
use crate::abi::*;
use crate::base::deadlines::{Deadlines, Place};
use crate::base::keep::{self, Keepable, Kept};
use crate::base::memory;
use crate::exchange::limits::RETIRED_TOKENS;
use crate::exchange::{Context, Session};
use core::cell::{Cell, RefCell};
use core::hash::{Hash, Hasher};
use core::ptr::NonNull;
use hashbrown::HashMap;

/// What a request is found by.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Key {
    Application(Short),
    Wire(Short),
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // In one piece: it is done several times for each block.
        state.write_u64(match self {
            Key::Application(token) => !token.as_number(),
            Key::Wire(token) => token.as_number(),
        });
    }
}

type Table = HashMap<Key, NonNull<Request>>;

/// The requests of a session, if there has been one.
#[derive(Clone, Copy)]
pub struct Requests<'a>(Option<&'a Known>);

impl Session {
    /// The requests that the library goes on with.
    pub fn requests(&self) -> Requests<'_> {
        Requests(self.busy().and_then(|busy| busy.transfers.requests.get()))
    }
}

/// What there is once there has been one.
#[derive(Default)]
pub struct Known {
    table: RefCell<Table>,
    uploads: Cell<usize>,
    gathering: Cell<usize>,
    retired: RefCell<Vec<Retired>>,
}

/// A token of the library's that is out of use.
#[derive(Clone, Copy)]
struct Retired {
    token: Short,
    /// Its server may still send notifications with it.
    observed: bool,
}

/// The requests of all sessions of a context, by when they end.
pub struct RequestDeadlines {
    queue: RefCell<Deadlines<NonNull<Request>>>,
    made: Cell<u64>,
}

impl Default for RequestDeadlines {
    fn default() -> Self {
        RequestDeadlines { queue: RefCell::new(Deadlines::new()), made: Cell::new(0) }
    }
}

struct Places;

impl Place<NonNull<Request>> for Places {
    fn order(&self, request: NonNull<Request>) -> u64 {
        // SAFETY: as below.
        unsafe { request.as_ref() }.number
    }

    fn note(&self, request: NonNull<Request>, place: u32) {
        // SAFETY: a request leaves the queue (`close`) before its memory goes.
        unsafe { request.as_ref() }.place.set(place);
    }
}

impl Requests<'_> {
    /// Whether a body is being sent.
    pub fn any_upload(&self) -> bool {
        self.0.is_some_and(|known| known.uploads.get() > 0)
    }

    /// Whether a response is being received, or may be.
    pub fn any_gathering(&self) -> bool {
        self.0.is_some_and(|known| known.gathering.get() > 0)
    }

    fn look_up(&self, key: Key) -> Option<Kept<Request>> {
        let known = self.0?;
        // SAFETY: what is in the table is live.
        known.table.borrow().get(&key).map(|&request| unsafe { Kept::new(request) })
    }

    /// The request that an answer with this token belongs to.
    pub fn on_the_wire(&self, token: &[u8]) -> Option<Kept<Request>> {
        self.look_up(Key::Wire(Short::new(token)?))
    }

    /// The request that the application knows by this token.
    pub fn of_application(&self, token: &[u8]) -> Option<Kept<Request>> {
        self.look_up(Key::Application(Short::new(token)?))
    }

    /// Whether the library has used this token, and nothing is to come with it any more, notifications neither (K26).
    pub fn is_retired(&self, token: &[u8]) -> bool {
        self.retired(token).is_some_and(|retired| !retired.observed)
    }

    fn retired(&self, token: &[u8]) -> Option<Retired> {
        let token = Short::new(token)?;
        self.0?.retired.borrow().iter().rfind(|retired| retired.token == token).copied()
    }
}

impl Known {
    /// Nothing is to come with this token any more. The newest [`RETIRED_TOKENS`] are known; without memory fewer.
    /// Notifications that come all the same are refused, which ends them (RFC 7641, section 3.6).
    fn retire(&self, session: &Session, token: Short) {
        let observed = session.forget_request(token.bytes());
        let mut retired = self.retired.borrow_mut();
        if retired.len() >= RETIRED_TOKENS {
            retired.remove(0);
        }
        if retired.try_reserve(1).is_ok() {
            retired.push(Retired { token, observed });
        }
    }

    fn unlink(&self, key: Key, request: &Request) {
        let mut table = self.table.borrow_mut();
        if table.get(&key) == Some(&NonNull::from(request)) {
            table.remove(&key);
        }
    }

    fn count(&self, request: &Request, one_more: bool) {
        for (counter, counts) in [(&self.uploads, request.is_uploading()), (&self.gathering, request.gathers.get())] {
            match (counts, one_more) {
                (false, _) => (),
                (true, true) => counter.set(counter.get() + 1),
                (true, false) => counter.set(counter.get().saturating_sub(1)),
            }
        }
    }
}

/// A token for a message of the library's own that nothing else on the session is known by, nor an observation that the
/// server may not have given up yet.
pub fn fresh_token(session: &Session, mut next: impl FnMut() -> Short) -> Short {
    loop {
        let token = next();
        let requests = session.requests();
        let observed = requests.retired(token.bytes()).is_some_and(|retired| retired.observed);
        if requests.on_the_wire(token.bytes()).is_none() && !session.awaits(token.bytes()) && !observed {
            return token;
        }
    }
}

/// Takes up a request; one that the application knows by the same token makes way. `None`, and the request dropped,
/// without memory or once the session ends.
pub fn open(context: &Context, session: &Session, mut request: Request) -> Option<Kept<Request>> {
    let known = || session.requests().of_application(request.application.bytes());
    if let Some(known) = known() {
        close(context, session, &known);
    }
    // A release callback may have ended the session, or begun another request with the token: then that one stays.
    if session.is_ended() || known().is_some() {
        return None;
    }
    let deadlines = &context.transfers.requests;
    let requests = session.make_busy()?.transfers.requests.make()?;
    // The application's token, its own on the wire, and that of a request for a block.
    requests.table.borrow_mut().try_reserve(3).ok()?;
    deadlines.queue.borrow_mut().reserve()?;
    deadlines.made.set(deadlines.made.get() + 1);
    request.number = deadlines.made.get();
    let (application, own) = (request.application, request.own.get());
    let deadline = request.deadline(session);
    request.filed.set(deadline);
    let request = memory::new(request)?;
    // SAFETY: just made.
    let request = unsafe { Kept::new(request) };
    {
        let mut table = requests.table.borrow_mut();
        table.insert(Key::Application(application), request.as_non_null());
        table.insert(Key::Wire(own), request.as_non_null());
    }
    deadlines.queue.borrow_mut().insert(deadline, request.as_non_null(), &Places)?;
    requests.count(&request, true);
    show_heads(session);
    if deadline != coap_tick_t::MAX {
        context.wake_at(deadline);
    }
    Some(request)
}

/// Files a request under its deadline, which may have changed.
pub fn file(context: &Context, session: &Session, request: &Request) {
    let deadline = request.deadline(session);
    let filed = request.filed.get();
    // A later deadline is left for when the earlier one comes; but where there is none, nothing shall wake the loop.
    if request.is_gone() || deadline == filed || (filed < deadline && deadline != coap_tick_t::MAX) {
        return;
    }
    request.filed.set(deadline);
    context.transfers.requests.queue.borrow_mut().change(request.place.get(), deadline, &Places);
    if deadline < filed {
        context.wake_at(deadline);
    }
}

/// Something was sent or received at `now`.
pub fn touch(context: &Context, session: &Session, request: &Request, now: coap_tick_t) {
    request.last_use.set(now);
    file(context, session, request);
}

/// From now on the request itself has this token on the wire; `None`, and nothing changed, without memory.
pub fn set_own(session: &Session, request: &Kept<Request>, token: Short) -> Option<()> {
    let requests = session.requests().0?;
    requests.table.borrow_mut().try_reserve(1).ok()?;
    let before = request.own.replace(token);
    if before != token {
        requests.unlink(Key::Wire(before), request);
        if before != request.application {
            requests.retire(session, before);
        }
    }
    requests.table.borrow_mut().insert(Key::Wire(token), request.as_non_null());
    Some(())
}

/// From now on this token is that of a request for a block; `None`, and nothing changed, without memory. There must be
/// none before.
pub fn set_follow(session: &Session, request: &Kept<Request>, token: Short) -> Option<()> {
    let mut table = session.requests().0?.table.borrow_mut();
    table.try_reserve(1).ok()?;
    table.insert(Key::Wire(token), request.as_non_null());
    request.follow.set(Some(token));
    Some(())
}

/// The request for a block was answered, or failed.
pub fn end_follow(session: &Session, request: &Request) -> Option<Short> {
    let token = request.follow.take()?;
    let requests = session.requests().0?;
    requests.unlink(Key::Wire(token), request);
    requests.retire(session, token);
    Some(token)
}

/// The request for a block is of no interest any more: what is to be sent of it is not sent. Messages may be sent.
pub fn abandon_follow(context: &Context, session: &Session, request: &Request) {
    if let Some(token) = end_follow(session, request) {
        session.drop_messages(context, token.bytes());
    }
}

/// Ends the upload of a request, if it has one; its release callback runs.
pub fn end_upload(session: &Session, request: &Request) {
    let upload: Option<Upload> = request.upload.take();
    let Some(requests) = session.requests().0 else { return };
    if upload.is_some() && !request.is_gone() {
        requests.uploads.set(requests.uploads.get().saturating_sub(1));
        show_heads(session);
    }
}

/// From now on the library goes on with the response.
pub fn gather(session: &Session, request: &Request) {
    let Some(requests) = session.requests().0 else { return };
    if !request.gathers.replace(true) {
        requests.gathering.set(requests.gathering.get() + 1);
        show_heads(session);
    }
}

/// Ends a request: nothing that comes for it is known any more, its release callback runs, and what the library still
/// has to send for it is not sent.
pub fn close(context: &Context, session: &Session, request: &Kept<Request>) {
    if request.is_gone() {
        return;
    }
    let Some(requests) = session.requests().0 else { return };
    let own = request.own.get();
    requests.unlink(Key::Application(request.application), request);
    requests.unlink(Key::Wire(own), request);
    let made_here = own != request.application;
    if made_here {
        requests.retire(session, own);
    }
    let waited = made_here && request.waits.get();
    let follow = end_follow(session, request);
    requests.count(request, false);
    context.transfers.requests.queue.borrow_mut().remove(request.place.get(), &Places);
    show_heads(session);
    // SAFETY: out of the table and the queue, where it was until now.
    unsafe { keep::end(request.as_non_null()) };
    // The body goes now; the rest when nobody works on it any more.
    drop(request.upload.take());
    for token in [Some(own).filter(|_| waited), follow].into_iter().flatten() {
        session.drop_messages(context, token.bytes());
    }
}

/// Ends a request if nothing more is to come.
pub fn close_if_over(context: &Context, session: &Session, request: &Kept<Request>) {
    if request.is_over() {
        close(context, session, request);
    } else {
        file(context, session, request);
    }
}

/// Ends what was not answered in time.
pub fn expire(context: &Context, now: coap_tick_t) {
    loop {
        let first = context.transfers.requests.queue.borrow().first();
        let Some((_, request)) = first.filter(|&(at, _)| at <= now && at != coap_tick_t::MAX) else { return };
        // SAFETY: a request leaves the queue before it ends, and its session ends after it.
        let (request, session) = unsafe { (Kept::new(request), Kept::new(request.as_ref().session())) };
        let deadline = request.deadline(&session);
        if deadline <= now {
            close(context, &session, &request);
            continue;
        }
        request.filed.set(deadline);
        context.transfers.requests.queue.borrow_mut().change(request.place.get(), deadline, &Places);
    }
}

/// When the next request is to be looked at.
pub fn next_deadline(context: &Context) -> Option<coap_tick_t> {
    let first = context.transfers.requests.queue.borrow().first();
    first.map(|(at, _)| at).filter(|&at| at != coap_tick_t::MAX)
}

/// The requests of a session by which its server sends notifications, oldest first; as many as there is memory for.
pub fn observing(session: &Session) -> Vec<Kept<Request>> {
    let mut found = Vec::new();
    let Some(requests) = session.requests().0 else { return found };
    let table = requests.table.borrow();
    for (key, &request) in table.iter() {
        // SAFETY: what is in the table is live.
        let request = unsafe { Kept::new(request) };
        let wanted = matches!(key, Key::Application(_)) && request.observes.get();
        if wanted && found.try_reserve(1).is_ok() {
            found.push(request);
        }
    }
    found.sort_unstable_by_key(|request| request.number);
    found
}

/// Ends the requests of a session that were begun before `mark`, their release callbacks run.
pub fn drop_begun(context: &Context, session: &Session, mark: u64) {
    let Some(requests) = session.requests().0 else { return };
    let next = || {
        let table = requests.table.borrow();
        // SAFETY: what is in the table is live.
        let mut requests = table.values().map(|&request| unsafe { Kept::new(request) });
        requests.find(|request| request.number <= mark)
    };
    while let Some(request) = next() {
        close(context, session, &request);
    }
}

/// What requests that begin from now on are told by.
pub fn mark(context: &Context) -> u64 {
    context.transfers.requests.made.get()
}
