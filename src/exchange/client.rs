//! Client sessions (docs/spec/session.md, section 2).

use super::context::Target;
use super::session::Start;
use super::{queue, send, Context, Session};
use crate::abi::*;
use crate::base::address::Peer;
use crate::base::clock;
use crate::base::errno::Errno;
use crate::base::keep::Kept;
use crate::base::log::{LOG_CRIT, LOG_WARNING};
use crate::log;
use crate::net::{epoll, socket};
use core::ptr::null_mut;

/// `coap_new_client_session`: `None`, a log line and nothing left behind on failure. The caller holds one reference.
pub fn connect(
    context: &Context,
    local: Option<&coap_address_t>,
    server: &coap_address_t,
    proto: coap_proto_t,
) -> Option<Kept<Session>> {
    if proto != COAP_PROTO_UDP {
        log!(LOG_CRIT, "client session: protocol {} is not supported", proto);
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
    let made = Session::new(context, null_mut(), start)?;
    // SAFETY: just made.
    let session = unsafe { Kept::new(made) };
    let client = match socket::connect_udp(local, server, COAP_DEFAULT_PORT) {
        Ok(client) => client,
        Err(error) => {
            log!(LOG_WARNING, "client session: {}", Errno::from(&error));
            Session::discard(made);
            return None;
        }
    };
    let Some(watch) = context.watch(Target::Session(made), client.fd, epoll::READ) else {
        log!(LOG_WARNING, "client session: the event loop does not take its socket");
        socket::close(client.fd);
        Session::discard(made);
        return None;
    };
    session.watch.set(watch);
    session.c.sock.fd.set(client.fd);
    session.c.sock.flags.set(client.flags);
    session.c.sock.session.set(session.as_ptr());
    session.c.addr_info.set(coap_addr_tuple_t { remote: client.remote, local: client.local });
    session.c.r#ref.set(1);
    context.link_client(&session);
    Some(session)
}

/// `coap_session_disconnected` for a datagram session (session §7): tells the application of what was not delivered.
/// After an ICMP error the messages stay and go on being retransmitted; else they go.
pub fn disconnected(context: &Context, session: &Session, reason: u32) {
    session.c.state.set(COAP_SESSION_STATE_ESTABLISHED);
    session.c.con_active.set(0);
    session.counted.set(null_mut());
    if reason != coap_nack_reason_t::COAP_NACK_ICMP_ISSUE as u32 {
        queue::fail_delayed(context, session, reason);
        queue::cancel_session(context, session, reason);
        return;
    }
    // Delayed messages wait for a retransmission from now on; each one is reported once (S25).
    for _ in 0..session.delayed.get() {
        let Some(taken) = queue::take_delayed(session) else { break };
        if taken.pdu().is_some_and(|pdu| pdu.r#type.get() == COAP_MESSAGE_CON) {
            // SAFETY: the node was ours, and is in no list.
            unsafe { queue::wait_ack(context, session, taken.into_raw(), clock::now()) };
        }
    }
    session.update_idle();
    queue::report(context, session, |pdu, id| send::nack(context, session, Some(pdu), reason, id));
}
