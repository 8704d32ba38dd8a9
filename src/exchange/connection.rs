//! How a session over a stream comes to its connection, and to its peer's first CSM (docs/spec/session.md, sections 2,
//! 4.2 and 6).

use super::stream::{self, Connection, Reconnect, Stream};
use super::{disconnect, secure, send, timeouts, Context, Session};
use crate::abi::*;
use crate::base::clock;
use crate::base::errno::Errno;
use crate::base::keep::Keepable;
use crate::base::log::{LOG_INFO, LOG_WARNING};
use crate::log;
use crate::message::pdu::OwnedPdu;
use crate::message::signalling::OUR_CSM;
use crate::net::socket::Opened;
use crate::net::{epoll, stream as net};

const NOT_DELIVERABLE: u32 = coap_nack_reason_t::COAP_NACK_NOT_DELIVERABLE as u32;

/// Gives a session its socket, and has the event loop watch it. `None`, with a log line and the socket closed, if the
/// loop doesn't take it (S11).
pub(super) fn attach(context: &Context, session: &Session, opened: Opened) -> Option<()> {
    let Opened { socket, flags, local, remote } = opened;
    let events = match flags & COAP_SOCKET_WANT_CONNECT {
        0 => epoll::READ,
        _ => epoll::READ | epoll::WRITE,
    };
    // The log may have ended either, or begun a connection of its own.
    let taken = context.is_ending() || session.is_ended() || session.c.sock.flags.get() != COAP_SOCKET_EMPTY;
    let busy = session.make_busy();
    let watch = match taken || busy.is_none() {
        false => context.watch(super::context::Target::Session(session.handle()), socket.fd(), events),
        true => None,
    };
    let (Some(busy), Some(watch)) = (busy, watch) else {
        drop(socket);
        log!(LOG_WARNING, "the event loop does not take the socket of a session");
        return None;
    };
    stream::is_watched(session, events);
    busy.watch.set(watch);
    session.c.sock.fd.set(socket.give());
    session.c.sock.flags.set(flags);
    session.c.sock.session.set(session.as_ptr());
    session.c.addr_info.set(coap_addr_tuple_t { remote, local });
    Some(())
}

/// A client session has been given its socket: where it stands from here on.
pub(super) fn begin(context: &Context, session: &Session) {
    if session.c.sock.flags.get() & COAP_SOCKET_WANT_CONNECT != 0 {
        session.c.state.set(COAP_SESSION_STATE_CONNECTING);
    } else if session.secure().is_none() {
        send_csm(context, session);
    }
}

/// The connection of a client session is made, or has failed (session §6).
pub(super) fn complete(context: &Context, session: &Session) {
    let connection = Connection::of(session);
    let result = net::connect_result(session.c.sock.fd.get());
    session.c.sock.flags.set(session.c.sock.flags.get() & !COAP_SOCKET_CAN_CONNECT);
    if let Err(error) = result {
        log!(LOG_INFO, "session {}: cannot connect: {}", session.id, Errno::from(&error));
        if connection.stands(context, session) {
            session.close_socket(context);
            context.event(COAP_EVENT_TCP_FAILED, Some(session));
            // The handler may have begun another connection.
            let over = session.c.sock.flags.get() == COAP_SOCKET_EMPTY;
            if over && !session.is_ended() && !context.is_gone() {
                disconnect::disconnected(context, session, NOT_DELIVERABLE);
            }
        }
        return;
    }
    let (local, remote) = net::addresses(session.c.sock.fd.get());
    if !connection.stands(context, session) {
        return;
    }
    let known = session.c.addr_info.get();
    let addresses = coap_addr_tuple_t { remote: remote.unwrap_or(known.remote), local: local.unwrap_or(known.local) };
    session.c.addr_info.set(addresses);
    session.c.last_rx_tx.set(clock::now());
    stream::watch(context, session);
    connected_to_peer(context, session);
}

/// The connection stands: tells the application, then sends our CSM, over TLS after the handshake.
pub(super) fn connected_to_peer(context: &Context, session: &Session) {
    let connection = Connection::of(session);
    let state = session.c.state.get();
    context.event(COAP_EVENT_TCP_CONNECTED, Some(session));
    if connection.stands(context, session) && session.c.state.get() == state {
        match session.secure() {
            Some(_) => secure::stream::begin(context, session),
            None => send_csm(context, session),
        }
    }
}

/// `coap_session_send_csm`: sends our CSM, ahead of everything, and waits for the peer's.
pub fn send_csm(context: &Context, session: &Session) {
    if session.is_ended() || !session.is_reliable() {
        return;
    }
    if session.c.mtu.get() == 0 {
        session.c.mtu.set(COAP_DEFAULT_MTU);
    }
    session.c.state.set(COAP_SESSION_STATE_CSM);
    session.c.partial_write.set(0);
    let connection = Connection::of(session);
    let written = stream::write_csm(context, session, &OUR_CSM);
    if session.is_ended() || context.is_gone() || connection != Connection::of(session) {
        return;
    }
    if !written || timeouts::await_csm(context, session).is_none() {
        disconnect::disconnected(context, session, NOT_DELIVERABLE);
    }
}

/// `coap_session_connected`: the session can be used; what waits is sent (session §6.2).
pub fn connected(context: &Context, session: &Session) {
    if session.is_ended() {
        return;
    }
    if !session.is_reliable() {
        secure::set_overhead(session);
        session.c.state.set(COAP_SESSION_STATE_ESTABLISHED);
        return send::drain(context, session);
    }
    if session.c.state.get() == COAP_SESSION_STATE_CSM {
        let connection = Connection::of(session);
        context.event(COAP_EVENT_SESSION_CONNECTED, Some(session));
        if !connection.stands(context, session) || session.c.state.get() != COAP_SESSION_STATE_CSM {
            return;
        }
        context.timeouts.csm_has_come(session);
        session.c.state.set(COAP_SESSION_STATE_ESTABLISHED);
        session.c.partial_write.set(0);
    }
    stream::flush(context, session);
}

/// `coap_send` on a session that has no connection (session §6.1; S17, S18).
pub(super) fn send(context: &Context, session: &Session, stream: &Stream, pdu: OwnedPdu) -> coap_mid_t {
    let mid = coap_mid_t::from(pdu.mid.get());
    let gone = || session.is_ended() || context.is_gone();
    match stream.reconnect.get() {
        _ if session.c.r#type.get() != COAP_SESSION_TYPE_CLIENT => return COAP_INVALID_MID,
        Reconnect::Never => return COAP_INVALID_MID,
        Reconnect::Later => (),
        Reconnect::AtOnce => {
            let begun = reconnect(context, session, stream);
            if !begun || gone() || session.c.state.get() == COAP_SESSION_STATE_NONE {
                return COAP_INVALID_MID;
            }
        }
    }
    send::delay(session, pdu).map_or(COAP_INVALID_MID, |()| mid)
}

/// Opens a new connection of a client session that had one (S17); false, and the application told, if that fails at
/// once.
pub(super) fn reconnect(context: &Context, session: &Session, stream: &Stream) -> bool {
    let (server, local) = stream.target.get();
    let opened = net::connect(local.as_ref(), &server, session.default_port());
    let attached = match opened {
        Ok(opened) => attach(context, session, opened),
        Err(error) => {
            log!(LOG_WARNING, "session {}: cannot connect: {}", session.id, Errno::from(&error));
            None
        }
    };
    if attached.is_none() {
        if !session.is_ended() && !context.is_gone() {
            let gate = stream.reconnect.replace(Reconnect::Never);
            context.event(COAP_EVENT_TCP_FAILED, Some(session));
            stream.reconnect.set(gate);
        }
        return false;
    }
    for time in [&session.c.last_ping, &session.c.last_pong, &session.c.csm_tx] {
        time.set(0);
    }
    session.c.last_rx_tx.set(clock::now());
    session.c.csm_block_supported.set(0);
    session.c.mtu.set(COAP_DEFAULT_MTU);
    session.c.state.set(COAP_SESSION_STATE_CONNECTING);
    if session.c.sock.flags.get() & COAP_SOCKET_WANT_CONNECT == 0 {
        connected_to_peer(context, session);
    }
    true
}
