//! Sessions over DTLS (docs/spec/security.md, section 7): handshakes, messages in and out of records, and the end.
//!
//! The connection itself is the (D)TLS library's ([`crate::security`]); it works on bytes in memory. Here they meet the
//! socket, the clock and the application.

use super::endpoint::Route;
use super::timers::Spot;
use super::{connection, disconnect, dispatch, send, timeouts, Context, Endpoint, Session};
use crate::abi::*;
use crate::base::clock;
use crate::base::keep::{Keepable, Kept};
use crate::base::log::{LOG_ERR, LOG_INFO};
use crate::log;
use crate::security::records::Records;
use crate::security::{Backend, ClientSetup, Connection, SecureConnection, Step, Tls};
use core::cell::Cell;
use core::mem::MaybeUninit;

const TLS_FAILED: u32 = coap_nack_reason_t::COAP_NACK_TLS_FAILED as u32;

/// The most that a record of a peer's may hold: what a datagram does.
const PLAIN: usize = COAP_RXBUFFER_SIZE;

/// How long a flight is waited for at first, and at most, in ticks (RFC 6347, section 4.2.4.1).
const FIRST_WAIT: coap_tick_t = 1000;
const LONGEST_WAIT: coap_tick_t = 60_000;

/// The shortest datagram with a ClientHello, by what is looked at of it.
const SHORTEST_HELLO: usize = 14;

/// What a session over DTLS or TLS has besides.
#[derive(Default)]
pub struct Secure {
    connection: Cell<Option<Kept<Connection>>>,
    /// What a client shows its server.
    setup: Cell<Option<ClientSetup>>,
    /// When the last flight is sent again.
    due: Cell<coap_tick_t>,
    /// Where it stands among the handshakes of the context, by that time.
    pub(super) timer: Spot,
    /// Where it stands among the unfinished handshakes of its endpoint, by the time it began.
    pub(super) unfinished: Spot,
}

impl Secure {
    fn connection(&self) -> Option<Kept<Connection>> {
        let connection = self.connection.take();
        self.connection.set(connection.clone());
        connection
    }
}

impl Session {
    /// DTLS.
    pub fn is_dtls(&self) -> bool {
        self.c.proto.get() == COAP_PROTO_DTLS
    }

    /// What a client session shows its server from now on; nothing where there is no security.
    pub fn use_credentials(&self, setup: ClientSetup) -> Option<()> {
        if let Some(secure) = self.secure() {
            secure.setup.set(Some(setup));
        }
        Some(())
    }

    fn connection(&self) -> Option<Kept<Connection>> {
        self.secure()?.connection()
    }
}

/// Whether the session still has this connection, after application code has run.
fn stands(context: &Context, session: &Session, connection: &Kept<Connection>) -> bool {
    let current = session.connection();
    let same = current.is_some_and(|current| current.as_non_null() == connection.as_non_null());
    same && !session.is_ended() && !context.is_gone()
}

/// Does a step of a connection, and sends what it wants sent.
fn with_records<R>(context: &Context, session: &Session, step: impl FnOnce(&mut Records) -> R) -> R {
    // One that is needed meanwhile, by a callback, is made anew.
    let mut records = context.records.take().unwrap_or_default();
    let result = step(&mut records);
    for datagram in records.datagrams() {
        // SAFETY: the bytes live over the call.
        let _ = unsafe { send::write_datagram(context, session, datagram.as_ptr(), datagram.len()) };
    }
    records.clear();
    context.records.set(Some(records));
    result
}

/// The session has this connection from now on, and its handshake begins.
fn attach(session: &Session, connection: &Kept<Connection>) -> Option<()> {
    connection.belong_to(session, session.c.proto.get());
    session.secure()?.connection.set(Some(connection.clone()));
    session.c.tls.set(connection.handle());
    Some(())
}

/// The session has no connection any more; nobody is told.
fn detach(context: &Context, session: &Session) -> Option<Kept<Connection>> {
    let connection = session.secure()?.connection.take()?;
    context.timeouts.handshakes.refile(session, None);
    if let Some(endpoint) = session.endpoint() {
        endpoint.handshakes.refile(session, None);
    }
    connection.leave();
    session.c.tls.set(core::ptr::null_mut());
    Some(connection)
}

/// A client session begins its handshake; `None`, and nothing left of it, if it can't.
pub(super) fn connect(context: &Context, session: &Session) -> Option<()> {
    let setup = session.secure()?.setup.get().unwrap_or(ClientSetup::OfContext);
    let connection = Tls::connect(context, session, &setup)?;
    session.c.dtls_timeout_count.set(0);
    begin(context, session, &connection)
}

/// The first step of a handshake; `None`, and nothing left of it, if it fails.
fn begin(context: &Context, session: &Session, connection: &Kept<Connection>) -> Option<()> {
    attach(session, connection)?;
    let step = with_records(context, session, |records| connection.read(&mut &[][..], &mut [], records));
    if step != Step::Waits || !stands(context, session, connection) {
        if !context.is_gone() {
            detach(context, session);
        }
        return None;
    }
    session.c.state.set(COAP_SESSION_STATE_HANDSHAKE);
    if let Some(secure) = session.secure() {
        wait_for_answer(context, session, secure, connection);
    }
    Some(())
}

/// A message is to be sent on a client session without a connection: begins one (session §6.1). False if that fails.
pub(super) fn reconnect(context: &Context, session: &Session) -> bool {
    if session.c.r#type.get() != COAP_SESSION_TYPE_CLIENT {
        return false;
    }
    let begun = connect(context, session).is_some();
    if !begun && !session.is_ended() && !context.is_gone() {
        context.event(COAP_EVENT_DTLS_ERROR, Some(session));
    }
    begun && session.c.state.get() != COAP_SESSION_STATE_NONE
}

/// A flight has been sent: sees to it that it is sent again if no answer comes.
fn wait_for_answer(context: &Context, session: &Session, secure: &Secure, connection: &Connection) {
    if session.c.state.get() == COAP_SESSION_STATE_HANDSHAKE && connection.is_unanswered() {
        let due = clock::now().saturating_add(FIRST_WAIT);
        secure.due.set(due);
        // Without memory it is not sent again; the peer does that, too.
        let _ = timeouts::watch_handshake(context, session, due);
    }
}

/// A datagram of a session's peer.
pub(super) fn datagram(context: &Context, session: &Session, datagram: &[u8], now: coap_tick_t) {
    let (Some(secure), Some(connection)) = (session.secure(), session.connection()) else { return };
    if connection.is_busy() {
        return;
    }
    let mut input = datagram;
    let mut plain = [MaybeUninit::<u8>::uninit(); PLAIN];
    loop {
        let before = session.c.state.get();
        let mut flight = false;
        let step = with_records(context, session, |records| {
            let step = connection.read(&mut input, &mut plain, records);
            flight = !records.is_empty();
            step
        });
        if !stands(context, session, &connection) {
            return;
        }
        if session.c.dtls_event.get() == COAP_EVENT_DTLS_RENEGOTIATE as i32 {
            context.event(COAP_EVENT_DTLS_RENEGOTIATE, Some(session));
            if !stands(context, session, &connection) {
                return;
            }
        }
        match step {
            Step::Connected => connected(context, session, &connection),
            Step::Data(length) => {
                // SAFETY: so many bytes have been written there.
                let message = unsafe { core::slice::from_raw_parts(plain.as_ptr().cast(), length.min(PLAIN)) };
                dispatch::datagram(context, session, message, now);
            }
            Step::Waits => {
                if flight && before == COAP_SESSION_STATE_HANDSHAKE {
                    wait_for_answer(context, session, secure, &connection);
                }
                return;
            }
            Step::Closed => return disconnect::disconnected(context, session, TLS_FAILED),
            Step::Failed { alert } => return failed(context, session, &connection, alert),
        }
        if !stands(context, session, &connection) {
            return;
        }
    }
}

/// The handshake is complete (section 7.6).
fn connected(context: &Context, session: &Session, connection: &Kept<Connection>) {
    context.timeouts.handshakes.refile(session, None);
    if let Some(endpoint) = session.endpoint() {
        endpoint.handshakes.refile(session, None);
    }
    context.event(COAP_EVENT_DTLS_CONNECTED, Some(session));
    if stands(context, session, connection) && session.c.state.get() == COAP_SESSION_STATE_HANDSHAKE {
        session.set_overhead(connection.overhead());
        connection::connected(context, session);
    }
}

/// The connection has failed.
fn failed(context: &Context, session: &Session, connection: &Kept<Connection>, alert: bool) {
    if alert {
        context.event(COAP_EVENT_DTLS_ERROR, Some(session));
    }
    if stands(context, session, connection) {
        disconnect::disconnected(context, session, TLS_FAILED);
    }
}

/// Sends a message in a record; its length, or -1. What the socket says of it does not matter: a record may be lost.
pub(super) fn send(context: &Context, session: &Session, message: &[u8]) -> isize {
    let Some(connection) = session.connection().filter(|connection| !connection.is_busy()) else { return -1 };
    if with_records(context, session, |records| connection.write(message, records)) {
        return message.len() as isize;
    }
    if stands(context, session, &connection) {
        failed(context, session, &connection, true);
    }
    -1
}

/// A datagram at an endpoint for DTLS.
pub(super) fn arrived(context: &Context, endpoint: &Kept<Endpoint>, route: &Route, bytes: &[u8], now: coap_tick_t) {
    match endpoint.find(&route.key) {
        Some(session) => {
            endpoint.heard(&session, route, now);
            datagram(context, &session, bytes, now);
        }
        None => first_contact(context, endpoint, route, bytes, now),
    }
}

/// Whether a datagram may begin a handshake: a handshake record with a ClientHello.
pub(super) fn is_hello(datagram: &[u8]) -> bool {
    datagram.len() >= SHORTEST_HELLO && datagram[0] == 22 && datagram[13] == 1
}

/// A datagram of a peer without a session: nothing is kept for it before it has shown its cookie (X25).
fn first_contact(context: &Context, endpoint: &Kept<Endpoint>, route: &Route, bytes: &[u8], now: coap_tick_t) {
    if !is_hello(bytes) {
        return;
    }
    let mut records = context.records.take().unwrap_or_default();
    let verified = Tls::listen(context, &endpoint.listener, &route.addresses, bytes, &mut records);
    if !records.is_empty() && !context.is_gone() && endpoint.is_open() {
        // What is sent needs a session to be sent by; this one is in no table and goes at once.
        if let Some(session) = endpoint.stranger(context, route, now) {
            for datagram in records.datagrams() {
                // SAFETY: the bytes live over the call.
                let _ = unsafe { send::write_datagram(context, &session, datagram.as_ptr(), datagram.len()) };
            }
        }
    }
    records.clear();
    context.records.set(Some(records));
    if let Some(connection) = verified.filter(|_| !context.is_gone() && endpoint.is_open()) {
        welcome(context, endpoint, route, &connection, now);
    }
}

/// A peer has shown its cookie: its session begins its handshake. One that fails at once leaves nothing but an alert.
fn welcome(
    context: &Context,
    endpoint: &Kept<Endpoint>,
    route: &Route,
    connection: &Kept<Connection>,
    now: coap_tick_t,
) {
    let most = match context.c.max_handshake_sessions.get() {
        0 => COAP_DEFAULT_MAX_HANDSHAKE_SESSIONS as usize,
        most => most as usize,
    };
    if endpoint.handshakes.len() >= most {
        if let Some((_, oldest)) = endpoint.handshakes.first() {
            // SAFETY: sessions leave the queue before they end.
            let oldest = unsafe { Kept::new(oldest) };
            log!(LOG_INFO, "session {}: too many handshakes are under way", oldest.id);
            oldest.free();
        }
    }
    if !endpoint.is_open() || context.is_gone() {
        return;
    }
    let Some(session) = endpoint.make(context, route, now) else { return };
    session.c.r#type.set(COAP_SESSION_TYPE_SERVER);
    if begin(context, &session, connection).is_none() {
        if !session.is_ended() {
            session.free();
        }
        return;
    }
    if endpoint.handshakes.no_later_than(&session, now).is_none() {
        session.free();
    }
}

/// `coap_session_new_dtls_session`: turns the record of a peer that has said hello into a server session; one that
/// can't begin its handshake ends.
pub fn accept(session: &Session, now: coap_tick_t) -> Option<&Session> {
    if session.is_ended() || session.c.r#type.get() != COAP_SESSION_TYPE_HELLO {
        return None;
    }
    let context = session.context()?;
    session.c.r#type.set(COAP_SESSION_TYPE_SERVER);
    session.c.last_rx_tx.set(now);
    let begun = Tls::accept(&context, session).and_then(|connection| begin(&context, session, &connection));
    if begun.is_none() {
        session.free();
        return None;
    }
    Some(session)
}

/// The time has come to send a session's last flight again, or to give up (section 7.4).
pub(super) fn timed_out(context: &Context, session: &Session, now: coap_tick_t) {
    let (Some(secure), Some(connection)) = (session.secure(), session.connection()) else { return };
    let timers = &context.timeouts.handshakes;
    if session.c.state.get() != COAP_SESSION_STATE_HANDSHAKE {
        return timers.refile(session, None);
    }
    if secure.due.get() > now || connection.is_busy() {
        return timers.refile(session, Some(secure.due.get().max(now + 1)));
    }
    let count = session.c.dtls_timeout_count.get().saturating_add(1);
    session.c.dtls_timeout_count.set(count);
    if count > session.c.max_retransmit.get() {
        timers.refile(session, None);
        return disconnect::disconnected(context, session, TLS_FAILED);
    }
    let wait = FIRST_WAIT.checked_shl(count).unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT);
    secure.due.set(now.saturating_add(wait));
    timers.refile(session, Some(secure.due.get()));
    if !with_records(context, session, |records| connection.send_again(records))
        && stands(context, session, &connection)
    {
        disconnect::disconnected(context, session, TLS_FAILED);
    }
}

/// Ends the connection of a session: the peer is told, then the application.
pub(super) fn end(context: &Context, session: &Session) {
    let Some(connection) = session.connection() else { return };
    with_records(context, session, |records| connection.close(records));
    if detach(context, session).is_some() && !context.is_gone() {
        context.event(COAP_EVENT_DTLS_CLOSED, Some(session));
    }
}

impl Session {
    /// What (D)TLS adds to each message from now on; cut to an MTU below it.
    fn set_overhead(&self, overhead: usize) {
        let mtu = self.c.mtu.get();
        self.c.tls_overhead.set(overhead.min(mtu));
        if overhead >= mtu {
            log!(LOG_ERR, "the MTU leaves no room for a message");
        }
    }
}
