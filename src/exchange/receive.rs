//! From a readable socket to the messages on it (docs/spec/io.md, sections 4.4, 4.5 and 6.4).

use super::dispatch::{self, Parsed};
use super::{client, send, Context, Endpoint, Session};
use crate::abi::*;
use crate::base::clock;
use crate::base::errno::Errno;
use crate::base::keep::{Keepable, Kept};
use crate::base::log::{LOG_DEBUG, LOG_INFO, LOG_WARNING};
use crate::base::memory;
use crate::log;
use crate::net::socket::Datagram;
use core::mem::MaybeUninit;

/// Most datagrams that are read from one socket for one event (I28).
const DATAGRAMS_PER_EVENT: usize = 64;

/// A datagram and where it came from and went to.
struct Arrival<'a> {
    bytes: &'a [u8],
    remote: coap_address_t,
    local: coap_address_t,
    ifindex: i32,
}

/// Reads the datagrams that wait on an endpoint.
pub(super) fn endpoint(context: &Context, endpoint: &Kept<Endpoint>) {
    let batch = if context.reads_itself() { context.take_batch() } else { None };
    let Some(mut batch) = batch else {
        by_hook(context, &endpoint.sock, endpoint.bind_addr, coap_address_t::new(), |arrival, now| {
            arrived(context, endpoint, arrival, now)
        });
        return;
    };
    let mut read = 0;
    while read < DATAGRAMS_PER_EVENT {
        let count = match batch.receive(endpoint.sock.fd.get(), &endpoint.bind_addr) {
            Ok(count) => count,
            Err(error) => {
                log!(LOG_WARNING, "endpoint: cannot read: {}", Errno::from(&error));
                break;
            }
        };
        for i in 0..count {
            let Datagram { bytes, remote, local, ifindex, truncated } = batch.get(i);
            if truncated {
                log!(LOG_DEBUG, "a datagram is dropped: too long");
                continue;
            }
            arrived(context, endpoint, Arrival { bytes, remote, local, ifindex }, clock::now());
            if !is_open(context, endpoint) {
                break;
            }
            // Between two datagrams what is due goes out, as it does between two events.
            send::retransmit_due(context, clock::now());
        }
        read += count;
        if count < batch.capacity() || !is_open(context, endpoint) {
            break;
        }
    }
    if !context.is_gone() {
        context.give_batch(batch);
    }
}

fn is_open(context: &Context, endpoint: &Endpoint) -> bool {
    !context.is_gone() && endpoint.sock.flags.get() != COAP_SOCKET_EMPTY
}

/// Reads one datagram through the application's `network_read` hook.
fn by_hook(
    context: &Context,
    sock: &coap_socket_t,
    local: coap_address_t,
    remote: coap_address_t,
    take: impl FnOnce(Arrival<'_>, coap_tick_t),
) -> isize {
    let Some(network_read) = context.c.network_read.get() else { return -1 };
    let mut packet = MaybeUninit::<coap_packet_t>::zeroed();
    // SAFETY: zero bytes are a packet.
    let packet = unsafe { packet.assume_init_mut() };
    packet.addr_info = coap_addr_tuple_t { remote, local };
    sock.flags.set(sock.flags.get() | COAP_SOCKET_CAN_READ);
    // SAFETY: the hook gets a live socket and packet.
    let length = unsafe { network_read((sock as *const coap_socket_t).cast_mut(), packet) };
    if length > 0 {
        let bytes = packet.payload.get(..packet.length).unwrap_or(&packet.payload);
        let coap_addr_tuple_t { remote, local } = packet.addr_info;
        take(Arrival { bytes, remote, local, ifindex: packet.ifindex }, clock::now());
    } else if length < 0 && length != -2 && !context.reads_itself() {
        log!(LOG_WARNING, "a datagram could not be read");
    }
    length
}

/// A datagram on an endpoint: finds or makes its session. Garbage makes none (X18).
fn arrived(context: &Context, endpoint: &Kept<Endpoint>, arrival: Arrival<'_>, now: coap_tick_t) {
    let Arrival { bytes, remote, local, ifindex } = arrival;
    let Some(key) = Endpoint::key(&remote, &local) else { return };
    let known = endpoint.find(&key);
    let limit = match &known {
        Some(session) => {
            endpoint.heard(session, local, ifindex, now);
            session.max_pdu_size()
        }
        None => usize::from(endpoint.default_mtu.get()).saturating_sub(4),
    };
    let Some(pdu) = context.spare_pdu() else {
        log!(LOG_WARNING, "no memory to receive a message");
        return;
    };
    match dispatch::parse(pdu, bytes, limit) {
        Parsed::Message(pdu) => {
            match known.or_else(|| endpoint.make(context, key, remote, local, ifindex, now)) {
                Some(session) => dispatch::dispatch(context, &session, &pdu, now),
                None => log!(LOG_WARNING, "no memory for another session"),
            }
            if !context.is_gone() {
                context.reuse(pdu);
            }
        }
        Parsed::Ignored => (),
        Parsed::Malformed(_) if local.is_multicast() => (),
        Parsed::Malformed(mid) => {
            log!(LOG_INFO, "a malformed message was dropped");
            match known {
                Some(session) => dispatch::reset(&session, mid),
                None => {
                    // The answer needs a session to be sent by; this one is in no list and goes at once.
                    let Some(made) = endpoint.stranger(context, key, remote, local, ifindex, now) else { return };
                    // SAFETY: just made.
                    let session = unsafe { Kept::new(made) };
                    dispatch::reset(&session, mid);
                    Session::discard(made);
                }
            }
        }
    }
}

/// Reads the datagrams that wait on a client session's own socket.
pub(super) fn session(context: &Context, session: &Kept<Session>) {
    let most = if context.reads_itself() { DATAGRAMS_PER_EVENT } else { 1 };
    for _ in 0..most {
        let coap_addr_tuple_t { remote, local } = session.c.addr_info.get();
        let length = by_hook(context, &session.c.sock, local, remote, |arrival, now| {
            session.c.last_rx_tx.set(now);
            session.c.addr_info.set(coap_addr_tuple_t { remote: arrival.remote, local: arrival.local });
            dispatch::datagram(context, session, arrival.bytes, now);
        });
        if length == -2 {
            client::disconnected(context, session, coap_nack_reason_t::COAP_NACK_ICMP_ISSUE as u32);
        }
        if length <= 0 || session.is_ended() || context.is_gone() {
            break;
        }
        send::retransmit_due(context, clock::now());
    }
}

/// `coap_handle_dgram` as C calls it: the bytes are copied first, because the application's handlers may do as they
/// like with the buffer.
pub fn handle_dgram(context: &Context, session: &Session, data: &[u8]) -> bool {
    let Some(copy) = memory::to_vec(data) else { return false };
    session.is_ended() || dispatch::datagram(context, session, &copy, clock::now())
}
