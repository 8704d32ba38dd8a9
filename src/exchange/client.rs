//! Client sessions (docs/spec/session.md, section 2).

use super::context::Target;
use super::session::{Start, Unlisted};
use super::{queue, send, Context, Session};
use crate::abi::*;
use crate::base::address::Peer;
use crate::base::clock;
use crate::base::errno::Errno;
use crate::base::keep::{Keepable, Kept};
use crate::base::log::{LOG_CRIT, LOG_WARNING};
use crate::block;
use crate::log;
use crate::net::{epoll, socket};
use crate::resource::observe;
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
    if proto != COAP_PROTO_UDP {
        log!(LOG_CRIT, "client session: protocol {} is not supported", proto);
        return None;
    }
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
        key: (Peer::V4([0; 4], 0), 0),
        now: clock::now(),
    };
    let session = Unlisted::new(context, null_mut(), start)?;
    prepare(&session)?;
    let client = match socket::connect_udp(local, server, COAP_DEFAULT_PORT) {
        Ok(client) => client,
        Err(error) => {
            log!(LOG_WARNING, "client session: {}", Errno::from(&error));
            return None;
        }
    };
    // The generator of random numbers and the log may have freed the context.
    let watch = match context.is_ending() {
        false => context.watch(Target::Session(session.handle()), client.fd, epoll::READ),
        true => None,
    };
    let Some(watch) = watch else {
        socket::close(client.fd);
        log!(LOG_WARNING, "client session: the event loop does not take its socket");
        return None;
    };
    session.watch.set(watch);
    session.c.sock.fd.set(client.fd);
    session.c.sock.flags.set(client.flags);
    session.c.sock.session.set(session.as_ptr());
    session.c.addr_info.set(coap_addr_tuple_t { remote: client.remote, local: client.local });
    session.c.r#ref.set(1);
    context.link_client(&session);
    Some(session.listed())
}

/// `coap_session_disconnected` for a datagram session (session §7): tells the application of what was not delivered.
/// After an ICMP error the messages stay and go on being retransmitted; else they go.
pub fn disconnected(context: &Context, session: &Session, reason: u32) {
    if session.is_ended() {
        return;
    }
    session.c.state.set(COAP_SESSION_STATE_ESTABLISHED);
    session.c.con_active.set(0);
    session.counted.set(null_mut());
    observe::con_concluded(session);
    if reason != coap_nack_reason_t::COAP_NACK_ICMP_ISSUE as u32 {
        // Both are taken out first: what a handler sends is not among them.
        let (delayed, queued) = (queue::delayed_of(session), queue::queued_of(context, session));
        queue::fail(context, session, delayed, reason);
        queue::fail(context, session, queued, reason);
        if !session.is_ended() && !context.is_gone() {
            block::drop_all(session);
        }
        send::drain(context, session);
        return;
    }
    // Delayed messages wait for a retransmission from now on; each one is reported once (S25).
    for taken in queue::delayed_of(session) {
        if taken.pdu().is_some_and(|pdu| pdu.r#type.get() == COAP_MESSAGE_CON) {
            send::wait(context, session, taken);
        }
    }
    session.update_idle();
    queue::report(context, session, |pdu, id| send::nack(context, session, Some(pdu), reason, id));
}
