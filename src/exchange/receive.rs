//! From a readable socket to the messages on it (docs/spec/io.md, sections 4.4, 4.5 and 6.4).

use super::dispatch::{self, Parsed};
use super::endpoint::Route;
use super::outgoing::Work;
use super::{disconnect, secure, send, Context, Endpoint, Session};
use crate::abi::*;
use crate::base::clock;
use crate::base::errno::Errno;
use crate::base::keep::{Keepable, Kept};
use crate::base::log::{LOG_DEBUG, LOG_INFO, LOG_WARNING};
use crate::base::memory;
use crate::log;
use crate::net::socket::Datagram;
use crate::resource::observe;
use core::mem::{offset_of, MaybeUninit};

/// Most datagrams that are read from one socket for one event (I28).
const DATAGRAMS_PER_EVENT: usize = 64;

/// A datagram and where it came from and went to.
struct Arrival<'a> {
    bytes: &'a [u8],
    remote: coap_address_t,
    local: coap_address_t,
    ifindex: i32,
}

/// Reads the datagrams that wait on an endpoint, and handles them one after the other. Those that have been read but not
/// handled are kept with the endpoint: a handler that runs the loop finds them there, in their order (I28).
pub(super) fn endpoint(context: &Context, endpoint: &Kept<Endpoint>) {
    let work = Work::begin(context);
    let mut read = 0;
    let mut more = true;
    let mut then = clock::now();
    loop {
        while take_in(context, endpoint, then) {
            let now = clock::now();
            work.took(then, now);
            if is_open(context, endpoint) {
                // Between two datagrams what is due goes out, as it does between two events.
                send::retransmit_due(context, now);
                if !context.is_gone() && context.c.observe_pending.get() != 0 {
                    observe::pass(context, now);
                }
            }
            then = now;
            if !is_open(context, endpoint) {
                return;
            }
        }
        if !more || read >= DATAGRAMS_PER_EVENT {
            return;
        }
        let batch = if context.reads_itself() { context.take_batch() } else { None };
        let Some(mut batch) = batch else {
            if read == 0 {
                by_hook(context, &endpoint.sock, endpoint.bind_addr, coap_address_t::new(), |arrival, now| {
                    if endpoint.proto == COAP_PROTO_DTLS {
                        secured(context, endpoint, &arrival, now);
                    } else if let Some(received) = look_at(context, endpoint, arrival, now) {
                        act_on(context, endpoint, received);
                    }
                });
            }
            return;
        };
        let count = match batch.receive(endpoint.sock.fd.get(), &endpoint.bind_addr) {
            Ok(count) => count,
            Err(error) => {
                log!(LOG_WARNING, "endpoint: cannot read: {}", Errno::from(&error));
                0
            }
        };
        then = clock::now();
        read += count;
        work.has_read(read);
        more = count == batch.capacity();
        if count == 0 {
            context.give_batch(batch);
            return;
        }
        endpoint.put_batch(batch);
        if count > 1 {
            endpoint.announce_unhandled(context, true);
        }
    }
}

/// Handles the next datagram of those that were read; false if there is none.
fn take_in(context: &Context, endpoint: &Kept<Endpoint>, now: coap_tick_t) -> bool {
    let Some(mut batch) = endpoint.take_batch() else { return false };
    let Some(Datagram { bytes, remote, local, ifindex, truncated }) = batch.next() else {
        context.give_batch(batch);
        return false;
    };
    if endpoint.proto == COAP_PROTO_DTLS && !truncated {
        // Callbacks may run before all of it has been looked at, and the batch is to be with the endpoint then.
        let mut copy = [MaybeUninit::<u8>::uninit(); COAP_RXBUFFER_SIZE];
        let length = bytes.len().min(copy.len());
        // SAFETY: as many bytes are copied as are looked at.
        let bytes = unsafe {
            copy.as_mut_ptr().cast::<u8>().copy_from_nonoverlapping(bytes.as_ptr(), length);
            core::slice::from_raw_parts(copy.as_ptr().cast::<u8>(), length)
        };
        if batch.is_empty() {
            endpoint.announce_unhandled(context, false);
        }
        endpoint.put_batch(batch);
        secured(context, endpoint, &Arrival { bytes, remote, local, ifindex }, now);
        return true;
    }
    let received = match truncated {
        true => None,
        false => look_at(context, endpoint, Arrival { bytes, remote, local, ifindex }, now),
    };
    if batch.is_empty() {
        endpoint.announce_unhandled(context, false);
    }
    endpoint.put_batch(batch);
    match received {
        Some(received) => act_on(context, endpoint, received),
        None if truncated => log!(LOG_DEBUG, "a datagram is dropped: too long"),
        None => (),
    }
    true
}

fn is_open(context: &Context, endpoint: &Endpoint) -> bool {
    !context.is_gone() && endpoint.is_open()
}

/// Reads one datagram through the context's `network_read`; what that returned.
fn by_hook(
    context: &Context,
    sock: &coap_socket_t,
    local: coap_address_t,
    remote: coap_address_t,
    take: impl FnOnce(Arrival<'_>, coap_tick_t),
) -> isize {
    let Some(network_read) = context.c.network_read.get() else { return -1 };
    let mut storage = MaybeUninit::<coap_packet_t>::uninit();
    let packet = storage.as_mut_ptr();
    // Our own function writes the bytes that it counts; what another one leaves as it was is zero bytes.
    let untouched =
        if context.reads_itself() { offset_of!(coap_packet_t, payload) } else { size_of::<coap_packet_t>() };
    // SAFETY: within the packet, of which zero bytes are a value.
    unsafe {
        packet.cast::<u8>().write_bytes(0, untouched);
        (*packet).addr_info = coap_addr_tuple_t { remote, local };
    }
    sock.flags.set(sock.flags.get() | COAP_SOCKET_CAN_READ);
    // SAFETY: the hook gets a live socket and packet.
    let length = unsafe { network_read((sock as *const coap_socket_t).cast_mut(), packet) };
    sock.flags.set(sock.flags.get() & !COAP_SOCKET_CAN_READ);
    if length > 0 {
        // SAFETY: these were written above, and so were as many bytes of payload, here or by the hook.
        let (bytes, addresses, ifindex) = unsafe {
            let payload = (&raw const (*packet).payload).cast::<u8>();
            let length = (*packet).length.min(COAP_RXBUFFER_SIZE);
            (core::slice::from_raw_parts(payload, length), (*packet).addr_info, (*packet).ifindex)
        };
        take(Arrival { bytes, remote: addresses.remote, local: addresses.local, ifindex }, clock::now());
    } else if length < 0 && !context.reads_itself() {
        log!(LOG_WARNING, "a datagram could not be read");
    }
    length
}

/// A datagram at an endpoint for DTLS.
fn secured(context: &Context, endpoint: &Kept<Endpoint>, arrival: &Arrival<'_>, now: coap_tick_t) {
    let addresses = coap_addr_tuple_t { remote: arrival.remote, local: arrival.local };
    if let Some(route) = Route::new(addresses, arrival.ifindex) {
        secure::arrived(context, endpoint, &route, arrival.bytes, now);
    }
}

/// A datagram at an endpoint, taken apart.
struct Received {
    route: Route,
    /// The sender's session, if it has one.
    known: Option<Kept<Session>>,
    parsed: Parsed,
    now: coap_tick_t,
}

/// Finds the session of a datagram at an endpoint and takes the message apart. Nothing refers to the datagram after that.
fn look_at(context: &Context, endpoint: &Endpoint, arrival: Arrival<'_>, now: coap_tick_t) -> Option<Received> {
    let Arrival { bytes, remote, local, ifindex } = arrival;
    let route = Route::new(coap_addr_tuple_t { remote, local }, ifindex)?;
    let known = endpoint.find(&route.key);
    let limit = match &known {
        Some(session) => {
            endpoint.heard(session, &route, now);
            session.max_pdu_size()
        }
        None => usize::from(endpoint.default_mtu.get()).saturating_sub(4),
    };
    let Some(pdu) = context.spare_pdu() else {
        log!(LOG_WARNING, "no memory to receive a message");
        return None;
    };
    Some(Received { route, known, parsed: dispatch::parse(pdu, bytes, limit), now })
}

/// Acts on a datagram at an endpoint, in its sender's session, which is made if need be. Garbage makes none (X18).
fn act_on(context: &Context, endpoint: &Endpoint, received: Received) {
    let Received { route, known, parsed, now } = received;
    match parsed {
        Parsed::Message(pdu) => {
            match known.or_else(|| endpoint.make(context, &route, now)) {
                Some(session) => dispatch::dispatch(context, &session, &pdu, now),
                None if !is_open(context, endpoint) => return,
                None => log!(LOG_WARNING, "no memory for another session"),
            }
            context.reuse(pdu);
        }
        Parsed::Ignored => (),
        Parsed::Malformed(_) if route.addresses.local.is_multicast() => (),
        Parsed::Malformed(mid) => {
            log!(LOG_INFO, "a malformed message was dropped");
            match known {
                Some(session) => dispatch::reset(&session, mid),
                // The answer needs a session to be sent by; this one is in no table and goes at once.
                None => {
                    if let Some(session) = endpoint.stranger(context, &route, now) {
                        dispatch::reset(&session, mid);
                    }
                }
            }
        }
    }
}

/// Reads the datagrams that wait on a client session's own socket; an application's hook is called once.
pub(super) fn session(context: &Context, session: &Kept<Session>) {
    for _ in 0..DATAGRAMS_PER_EVENT {
        let coap_addr_tuple_t { remote, local } = session.c.addr_info.get();
        let length = by_hook(context, &session.c.sock, local, remote, |arrival, now| {
            session.c.last_rx_tx.set(now);
            session.c.addr_info.set(coap_addr_tuple_t { remote: arrival.remote, local: arrival.local });
            match session.is_dtls() {
                true => secure::datagram(context, session, arrival.bytes, now),
                false => _ = dispatch::datagram(context, session, arrival.bytes, now),
            }
        });
        if length == -2 {
            disconnect::disconnected(context, session, coap_nack_reason_t::COAP_NACK_ICMP_ISSUE as u32);
        }
        if length <= 0 || session.is_ended() || context.is_gone() || !context.reads_itself() {
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
