//! Sessions over DTLS (docs/spec/security.md, section 7): handshakes, messages in and out of records.

use super::{attach, detach, failed, stands, Secure, TLS_FAILED};
use crate::abi::*;
use crate::base::clock;
use crate::base::keep::{Keepable, Kept};
use crate::base::log::{LOG_ERR, LOG_INFO};
use crate::exchange::endpoint::Route;
use crate::exchange::{connection, disconnect, dispatch, send, timeouts, Context, Endpoint, Session};
use crate::log;
use crate::security::records::Records;
use crate::security::{Backend, ClientSetup, Connection, SecureConnection, Step, Tls};
use core::mem::MaybeUninit;

/// The most that a record of a peer's may hold: what a datagram does.
const PLAIN: usize = COAP_RXBUFFER_SIZE;

/// How long a flight is waited for at first, and at most, in ticks (RFC 6347, section 4.2.4.1).
const FIRST_WAIT: coap_tick_t = 1000;
const LONGEST_WAIT: coap_tick_t = 60_000;

/// The shortest datagram with a ClientHello, by what is looked at of it.
const SHORTEST_HELLO: usize = 14;

/// Does a step of a connection, and sends what it wants sent.
pub(super) fn with_records<R>(context: &Context, session: &Session, step: impl FnOnce(&mut Records) -> R) -> R {
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

/// A client session begins its handshake; `None`, and nothing left of it, if it can't.
pub(in crate::exchange) fn connect(context: &Context, session: &Session) -> Option<()> {
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
pub(in crate::exchange) fn reconnect(context: &Context, session: &Session) -> bool {
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
pub(in crate::exchange) fn datagram(context: &Context, session: &Session, datagram: &[u8], now: coap_tick_t) {
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
                if input.is_empty() && !connection.has_more() {
                    return;
                }
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

/// Sends a message in a record; its length, or -1. What the socket says of it does not matter: a record may be lost.
pub(in crate::exchange) fn send(context: &Context, session: &Session, message: &[u8]) -> isize {
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
pub(in crate::exchange) fn arrived(
    context: &Context,
    endpoint: &Kept<Endpoint>,
    route: &Route,
    bytes: &[u8],
    now: coap_tick_t,
) {
    match endpoint.find(&route.key) {
        Some(session) => {
            endpoint.heard(&session, route, now);
            datagram(context, &session, bytes, now);
        }
        None => first_contact(context, endpoint, route, bytes, now),
    }
}

/// Whether a datagram may begin a handshake: a handshake record with a ClientHello.
fn is_hello(datagram: &[u8]) -> bool {
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
pub(in crate::exchange) fn timed_out(context: &Context, session: &Session, now: coap_tick_t) {
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
