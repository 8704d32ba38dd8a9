//! Datagrams at an endpoint for DTLS, and how a peer comes to its session there: by a ClientHello with a cookie that
//! proves its address (docs/spec/security.md, sections 7.2 and 7.3; S28, S29, X25).

use super::datagrams::{begin, datagram};
use crate::abi::*;
use crate::base::keep::{Keepable, Kept};
use crate::base::log::LOG_INFO;
use crate::exchange::endpoint::Route;
use crate::exchange::timers::Timers;
use crate::exchange::{send, Context, Endpoint, Session};
use crate::log;
use crate::security::{Backend, Connection, Tls};

/// The shortest datagram with a ClientHello, by what is looked at of it.
const SHORTEST_HELLO: usize = 14;
/// How long a record of a peer is kept that the application has made and does nothing with, in ticks.
const GREETING_TIME: coap_tick_t = 30_000;

/// A datagram at an endpoint for DTLS.
pub(in crate::exchange) fn arrived(
    context: &Context,
    endpoint: &Kept<Endpoint>,
    route: &Route,
    bytes: &[u8],
    now: coap_tick_t,
) {
    match endpoint.find(&route.key).filter(|session| !is_record(session)) {
        Some(session) => {
            endpoint.heard(&session, route, now);
            datagram(context, &session, bytes, now);
        }
        None => first_contact(context, endpoint, route, bytes, now),
    }
}

/// Whether nothing is known of the session's peer yet but its address.
fn is_record(session: &Session) -> bool {
    session.c.r#type.get() == COAP_SESSION_TYPE_HELLO
}

/// Whether a datagram may begin a handshake: a handshake record with a ClientHello.
fn is_hello(datagram: &[u8]) -> bool {
    datagram.len() >= SHORTEST_HELLO && datagram[0] == 22 && datagram[13] == 1
}

/// A datagram of a peer without a session: nothing is kept for it before it has shown its cookie (X25).
fn first_contact(context: &Context, endpoint: &Kept<Endpoint>, route: &Route, bytes: &[u8], now: coap_tick_t) {
    // What was sent to a group is answered by nobody: there is no DTLS with a group.
    if !is_hello(bytes) || route.addresses.local.is_multicast() {
        return;
    }
    let gone = || context.is_gone() || !endpoint.is_open();
    let mut records = context.records.take().unwrap_or_default();
    let verified = Tls::listen(context, &endpoint.listener, &route.addresses, bytes, &mut records);
    if !records.is_empty() && !gone() {
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
    if let Some(connection) = verified.filter(|_| !gone()) {
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
    if !make_room(context, endpoint, &endpoint.handshakes, now) {
        return;
    }
    // A loop inside a callback may have begun the handshake of this peer already.
    let Some(session) = endpoint.make(context, route, now).filter(|session| is_record(session)) else { return };
    endpoint.heard(&session, route, now);
    start(context, endpoint, &session, connection, now);
}

/// The record of a peer becomes a server session, which begins its handshake. One that can't ends.
fn start<'a>(
    context: &Context,
    endpoint: &Endpoint,
    session: &'a Session,
    connection: &Kept<Connection>,
    now: coap_tick_t,
) -> Option<&'a Session> {
    endpoint.greetings.refile(session, None);
    session.c.r#type.set(COAP_SESSION_TYPE_SERVER);
    let filed = endpoint.handshakes.no_later_than(session, now);
    let begun = filed.and_then(|_| begin(context, session, connection));
    if begun.is_none() {
        end(session);
        return None;
    }
    session.update_idle();
    Some(session)
}

/// A server session could not begin its handshake: it ends, or is swept as soon as the application lets go of it.
fn end(session: &Session) {
    if session.is_ended() {
        return;
    }
    if session.c.r#ref.get() == 0 {
        return session.free();
    }
    if let Some(endpoint) = session.endpoint() {
        endpoint.handshakes.refile(session, None);
    }
    session.update_idle();
}

/// `coap_session_new_dtls_session`: turns the record of a peer that has said hello into a server session; one that
/// can't begin its handshake ends.
pub fn accept(session: &Session, now: coap_tick_t) -> Option<&Session> {
    if session.is_ended() || !is_record(session) {
        return None;
    }
    let (context, endpoint) = (session.context()?, session.endpoint()?);
    session.c.last_rx_tx.set(now);
    let room = make_room(&context, &endpoint, &endpoint.handshakes, now);
    match Tls::accept(&context, session).filter(|_| room && !session.is_ended() && is_record(session)) {
        Some(connection) => start(&context, &endpoint, session, &connection, now),
        None => {
            end(session);
            None
        }
    }
}

/// The record of a peer whose packet may begin a handshake, for an application that asks for it: the endpoint itself makes
/// none (S29). `None` for other packets (S28), without memory, and if there are too many that the application refers to.
pub(in crate::exchange) fn hello_record(
    context: &Context,
    endpoint: &Endpoint,
    route: &Route,
    packet: &coap_packet_t,
    now: coap_tick_t,
) -> Option<Kept<Session>> {
    let greetings = &endpoint.greetings;
    if !is_hello(packet.payload.get(..packet.length)?) || !make_room(context, endpoint, greetings, now) {
        return None;
    }
    let session = endpoint.make(context, route, now)?;
    if is_record(&session) && greetings.no_later_than(&session, now).is_none() {
        session.free();
        return None;
    }
    Some(session)
}

/// Sees to it that one more session has room in a queue of an endpoint's: the oldest that nobody refers to or works on
/// gives way. False if there is none, or if everything has ended meanwhile.
fn make_room(context: &Context, endpoint: &Endpoint, queue: &Timers, now: coap_tick_t) -> bool {
    let most = match context.c.max_handshake_sessions.get() {
        0 => COAP_DEFAULT_MAX_HANDSHAKE_SESSIONS as usize,
        most => most as usize,
    };
    for _ in 0..=queue.len() {
        let Some((_, oldest)) = queue.first().filter(|_| queue.len() >= most) else { return true };
        // SAFETY: sessions leave the queue before they end.
        let oldest = unsafe { Kept::new(oldest) };
        if is_in_use(&oldest) {
            queue.refile(&oldest, Some(now.saturating_add(1)));
            continue;
        }
        log!(LOG_INFO, "session {}: too many handshakes are under way", oldest.id);
        oldest.free();
        if context.is_gone() || !endpoint.is_open() {
            return false;
        }
    }
    queue.len() < most
}

/// Whether somebody refers to the session, or works on it further up the stack, beside the caller.
fn is_in_use(session: &Kept<Session>) -> bool {
    session.c.r#ref.get() > 0 || session.keep().guards() > 1
}

/// Frees the records that the application has made and not used in time; when the next one's time is over.
pub(in crate::exchange) fn sweep_greetings(endpoint: &Endpoint, now: coap_tick_t) -> Option<coap_tick_t> {
    loop {
        let (since, session) = endpoint.greetings.first()?;
        let due = since.saturating_add(GREETING_TIME);
        if due > now {
            return Some(due);
        }
        // SAFETY: sessions leave the queue before they end.
        let session = unsafe { Kept::new(session) };
        match is_in_use(&session) {
            true => endpoint.greetings.refile(&session, Some(now)),
            false => session.free(),
        }
    }
}

#[cfg(all(test, feature = "openssl"))]
mod tests {
    use super::*;
    use crate::base::address::Peer;
    use crate::exchange::testing;
    use crate::security;

    fn address(port: u16) -> coap_address_t {
        let mut address = coap_address_t::from_peer(Peer::V4([127, 0, 0, 1], port));
        address.size = 16;
        address
    }

    /// A packet with the beginning of a ClientHello.
    fn hello(from: u16) -> coap_packet_t {
        let mut payload = [0; COAP_RXBUFFER_SIZE];
        payload[..SHORTEST_HELLO].copy_from_slice(&[22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
        let addr_info = coap_addr_tuple_t { remote: address(from), local: address(5684) };
        coap_packet_t { addr_info, ifindex: 1, length: SHORTEST_HELLO, payload }
    }

    #[test]
    fn a_record_becomes_a_server_session_once() {
        let context = testing::context();
        assert!(security::set_server_psk(&context, &security::short_server_psk(None, b"key")));
        let endpoint = Endpoint::open(&context, &address(0), COAP_PROTO_DTLS).unwrap();
        let session = endpoint.session_for(&hello(1000), 77).unwrap();
        assert_eq!((session.c.r#type.get(), endpoint.greetings.len()), (COAP_SESSION_TYPE_HELLO, 1));
        assert!(accept(&session, 78).is_some());
        assert_eq!(session.c.r#type.get(), COAP_SESSION_TYPE_SERVER);
        assert_eq!(session.c.state.get(), COAP_SESSION_STATE_HANDSHAKE);
        assert_eq!(session.c.last_rx_tx.get(), 78);
        assert!(!session.c.tls.get().is_null());
        assert_eq!((endpoint.greetings.len(), endpoint.handshakes.len()), (0, 1));
        assert!(accept(&session, 79).is_none());
        drop(session);
        // One handshake at a time: the next one drives it away.
        context.c.max_handshake_sessions.set(1);
        let next = endpoint.session_for(&hello(1001), 80).unwrap();
        assert!(accept(&next, 81).is_some());
        assert_eq!(endpoint.handshakes.len(), 1);
        drop(next);
        context.free();
    }
}
