//! Client sessions (docs/spec/session.md, section 2).

use super::session::{Start, Unlisted};
use super::{connection, secure, timeouts, Context, Session};
use crate::abi::*;
use crate::base::clock;
use crate::base::errno::Errno;
use crate::base::keep::Kept;
use crate::base::log::{LOG_CRIT, LOG_WARNING};
use crate::log;
use crate::net::{socket, stream};
use crate::security::{Backend, Tls};
use core::ptr::null_mut;

/// `coap_new_client_session`: `None`, a log line and nothing left behind on failure. The caller holds one reference.
pub fn connect(
    context: &Context,
    local: Option<&coap_address_t>,
    server: &coap_address_t,
    proto: coap_proto_t,
) -> Option<Kept<Session>> {
    connect_with(context, local, server, proto, |_| Some(()))
}

/// [`connect`], with something to be done to the session before its transport starts; `None` from that is a failure.
pub fn connect_with(
    context: &Context,
    local: Option<&coap_address_t>,
    server: &coap_address_t,
    proto: coap_proto_t,
    prepare: impl FnOnce(&Session) -> Option<()>,
) -> Option<Kept<Session>> {
    let reliable = match proto {
        COAP_PROTO_UDP => false,
        COAP_PROTO_TCP => true,
        COAP_PROTO_DTLS if Tls::speaks(proto) => false,
        COAP_PROTO_TLS if Tls::speaks(proto) => true,
        _ => {
            log!(LOG_CRIT, "client session: protocol {} is not supported", proto);
            return None;
        }
    };
    if context.is_ending() {
        return None;
    }
    let empty = coap_address_t::new();
    let start = Start {
        proto,
        kind: COAP_SESSION_TYPE_CLIENT,
        mtu: COAP_DEFAULT_MTU,
        addresses: coap_addr_tuple_t { remote: *server, local: local.copied().unwrap_or(empty) },
        addr_hash: coap_addr_hash_t { remote: coap_address_t { size: 0, ..empty }, lport: 0 },
        ifindex: 0,
        now: clock::now(),
    };
    let session = Unlisted::new(context, null_mut(), start)?;
    prepare(&session)?;
    let opened = match session.stream() {
        Some(stream) => {
            stream.target.set((*server, local.copied()));
            stream::connect(local, server, session.default_port())
        }
        None => socket::connect_udp(local, server, session.default_port()),
    };
    let opened = match opened {
        Ok(opened) => opened,
        Err(error) => {
            log!(LOG_WARNING, "client session: {}", Errno::from(&error));
            return None;
        }
    };
    connection::attach(context, &session, opened)?;
    timeouts::client_made(context, &session)?;
    session.c.r#ref.set(1);
    let begun = match proto {
        COAP_PROTO_DTLS => secure::connect(context, &session),
        COAP_PROTO_TLS if session.c.sock.flags.get() & COAP_SOCKET_WANT_CONNECT == 0 => {
            secure::stream::start(context, &session)
        }
        _ => Some(()),
    };
    if begun.is_none() {
        // The caller does not get its reference.
        session.release();
        return None;
    }
    context.link_client(&session);
    let session = session.listed();
    if reliable {
        connection::begin(context, &session);
    }
    Some(session)
}
