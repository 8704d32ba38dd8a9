//! What becomes of a message that has arrived (docs/spec/exchange.md, section 5).

use super::recent::Seen;
use super::taken::Taken;
use super::{check, error, outgoing, queue, reply, request, send, signalling, Context, Session};
use crate::abi::*;
use crate::base::keep::Keepable;
use crate::base::log::{LOG_DEBUG, LOG_INFO};
use crate::base::memory;
use crate::block::{self, Outcome};
use crate::log;
use crate::message::pdu::OwnedPdu;
use crate::message::{code, dump};
use crate::resource::observe;

/// The shortest time between two RSTs for empty messages of one peer, in ticks.
const RST_INTERVAL: coap_tick_t = 250;

/// What a datagram is, before anybody looks at its peer.
pub enum Parsed {
    /// A message.
    Message(OwnedPdu),
    /// Not a CoAP message of version 1, or one whose answer would be wrong: ignored (X4).
    Ignored,
    /// A malformed CON or NON: answered by an RST with its message id, unless it was sent to a group (E6).
    Malformed(u16),
}

/// Takes a datagram apart. `pdu` is the message to fill; `limit` is the longest message that is taken (0 = any).
pub fn parse(pdu: OwnedPdu, datagram: &[u8], limit: usize) -> Parsed {
    let &[first, code, id_high, id_low, ..] = datagram else { return Parsed::Ignored };
    if first >> 6 != 1 {
        return Parsed::Ignored;
    }
    pdu.clear(limit);
    if pdu.parse(COAP_PROTO_UDP, datagram) {
        return Parsed::Message(pdu);
    }
    match (first >> 4) & 3 {
        // Codes that mean nothing in a datagram are answered to a CON only, malformed or not (X5).
        COAP_MESSAGE_NON if matches!(code, 32..=63 | 192..) => Parsed::Ignored,
        COAP_MESSAGE_CON | COAP_MESSAGE_NON => Parsed::Malformed(u16::from_be_bytes([id_high, id_low])),
        _ => Parsed::Ignored,
    }
}

/// `coap_handle_dgram`: takes in one datagram of a session; false if it is no message.
pub fn datagram(context: &Context, session: &Session, datagram: &[u8], now: coap_tick_t) -> bool {
    let Some(pdu) = context.spare_pdu() else { return false };
    match parse(pdu, datagram, session.max_pdu_size()) {
        Parsed::Message(pdu) => {
            dispatch(context, session, &pdu, now);
            context.reuse(pdu);
            true
        }
        Parsed::Ignored => false,
        Parsed::Malformed(mid) => {
            log!(LOG_INFO, "a malformed message was dropped");
            reset(session, mid);
            false
        }
    }
}

/// Sends an RST, unless what it answers was sent to a group (X4), or came over a stream (E4).
pub fn reset(session: &Session, mid: u16) {
    if !session.is_local_multicast() && !session.is_reliable() {
        if let Some(context) = session.context() {
            outgoing::own(&context, || send::empty(session, mid, COAP_MESSAGE_RST));
        }
    }
}

/// Sends an empty ACK; nothing on a stream.
fn acknowledge(context: &Context, session: &Session, pdu: &coap_pdu_t) {
    outgoing::own(context, || send::ack(session, pdu));
}

/// `coap_dispatch`: acts on one message. It stays the caller's.
pub fn dispatch(context: &Context, session: &Session, pdu: &coap_pdu_t, now: coap_tick_t) {
    dump::show(LOG_DEBUG, pdu);
    if session.is_ended() {
        return;
    }
    if session.is_reliable() {
        return from_stream(context, session, pdu, now);
    }
    match pdu.r#type.get() {
        COAP_MESSAGE_ACK => acknowledged(context, session, pdu, now),
        COAP_MESSAGE_RST => rejected(context, session, pdu),
        kind => {
            let may_repeat = matches!(pdu.code.get(), 1..=31 | 64..=191);
            if !may_repeat || !is_duplicate(context, session, pdu, now) {
                take_in(context, session, pdu, kind == COAP_MESSAGE_CON, now);
            }
        }
    }
}

/// Acts on a message that acknowledges nothing, by its code. `confirmable`: it is to be answered whatever it is. (On a
/// stream there is no RST to answer with.)
fn take_in(context: &Context, session: &Session, pdu: &coap_pdu_t, confirmable: bool, now: coap_tick_t) {
    let mid = pdu.mid.get();
    if !check::critical_options_known(&context.c.known_options.get(), pdu) {
        if confirmable && pdu.is_request() {
            if let Some(response) = error::response(pdu, code::BAD_OPTION, None) {
                reply::send(session, pdu, response);
            }
        } else {
            reset(session, mid);
        }
        return;
    }
    match pdu.code.get() {
        0 => pinged(context, session, pdu, now),
        1..=31 => request::serve(context, session, pdu, now),
        64..=191 => responded(context, session, None, pdu, now),
        // Classes 1, 6 and 7 mean nothing in a datagram (X5), 1 and 6 nothing in a stream.
        _ if confirmable => reset(session, mid),
        _ => (),
    }
}

/// A message from a stream: there are no types, no message ids and no duplicates.
fn from_stream(context: &Context, session: &Session, pdu: &coap_pdu_t, now: coap_tick_t) {
    let received = pdu.code.get();
    // An empty message may come at any time (RFC 8323, section 3.4); else the first one is a CSM (X21).
    let greeted = session.stream().is_some_and(|stream| stream.greeted.get());
    let waits = session.c.state.get() == COAP_SESSION_STATE_CSM && !greeted;
    if waits && !matches!(received, 0 | COAP_SIGNALING_CSM) {
        log!(LOG_INFO, "session {}: the first message is no CSM", session.id);
        return signalling::abort(context, session, None);
    }
    if received >= 0xe0 {
        return signalling::received(context, session, pdu);
    }
    take_in(context, session, pdu, true, now);
}

/// Whether a request or response came before. Then it gets what it got then; else it is noted (X11).
fn is_duplicate(context: &Context, session: &Session, pdu: &coap_pdu_t, now: coap_tick_t) -> bool {
    let mid = pdu.mid.get();
    let lifetime = match pdu.r#type.get() {
        COAP_MESSAGE_CON => session.exchange_lifetime(),
        _ => session.non_lifetime(),
    };
    let id = session.received_id(mid);
    let before = session.with_recent(|recent| match recent.look_up(id, now) {
        Seen::New => {
            recent.note(id, now.saturating_add(lifetime));
            None
        }
        Seen::Before(reply) => Some(reply.map(memory::to_vec)),
    });
    let reply = match before {
        None => return false,
        Some(None) => return true,
        Some(Some(reply)) => reply,
    };
    log!(LOG_DEBUG, "message {:#06x} is a duplicate", mid);
    if let Some(reply) = reply {
        // SAFETY: the bytes of a vector that lives over the call.
        outgoing::own(context, || unsafe { send::deliver(context, session, reply.as_ptr(), reply.len()) });
    }
    true
}

/// An ACK. One that matches nothing changes nothing (X13).
fn acknowledged(context: &Context, session: &Session, pdu: &coap_pdu_t, now: coap_tick_t) {
    let Some(sent) = queue::take_matching(context, session, pdu.mid.get().into()) else {
        return;
    };
    send::drain(context, session);
    if session.is_ended() || context.is_gone() {
        return;
    }
    if !check::critical_options_known(&context.c.known_options.get(), pdu) {
        return;
    }
    if let 64..=191 = pdu.code.get() {
        responded(context, session, Some(sent), pdu, now);
    }
}

/// An RST. One that matches nothing changes nothing (X13).
fn rejected(context: &Context, session: &Session, pdu: &coap_pdu_t) {
    let mid = coap_mid_t::from(pdu.mid.get());
    let Some(sent) = queue::take_matching(context, session, mid) else {
        return observe::rejected(context, session, pdu.mid.get());
    };
    send::drain(context, session);
    if let Some(message) = sent.pdu() {
        if message.token_length.get() > 0 {
            if let Some(token) = memory::to_vec(message.token_bytes()) {
                queue::cancel_token(context, session, &token);
            }
        }
    }
    if session.is_ended() || context.is_gone() {
        return;
    }
    if let Some(message) = sent.pdu() {
        observe::failed(context, session, message);
    }
    let keepalive = context.c.ping_timeout.get() > 0 && session.c.last_ping.get() > 0;
    if keepalive && mid == session.c.last_ping_mid.get() {
        session.c.last_pong.set(session.c.last_rx_tx.get());
        session.c.last_ping_mid.set(COAP_INVALID_MID);
        if let Some(handler) = context.c.pong_handler.get() {
            let pdu = (pdu as *const coap_pdu_t).cast_mut();
            // SAFETY: the handler gets live objects.
            unsafe { handler(context.as_ptr(), session.as_ptr(), pdu, mid) };
        }
    } else {
        send::nack(context, session, sent.pdu(), coap_nack_reason_t::COAP_NACK_RST as u32, mid);
    }
}

/// An empty CON or NON: a ping. Over a stream it is not answered.
fn pinged(context: &Context, session: &Session, pdu: &coap_pdu_t, now: coap_tick_t) {
    if let Some(handler) = context.c.ping_handler.get() {
        let pdu_pointer = (pdu as *const coap_pdu_t).cast_mut();
        // SAFETY: the handler gets live objects.
        unsafe { handler(context.as_ptr(), session.as_ptr(), pdu_pointer, pdu.mid.get().into()) };
    }
    if session.is_ended() || context.is_gone() || session.is_reliable() {
        return;
    }
    let last = session.c.last_tx_rst.get();
    let too_soon = last != 0 && now >= last && now - last <= RST_INTERVAL;
    if !too_soon && !session.is_local_multicast() && context.may_answer_ping(now) {
        session.c.last_tx_rst.set(now);
        reset(session, pdu.mid.get());
    }
}

/// A response: `sent` is the request that it acknowledges, if it came on the ACK. One that nobody asked for is refused
/// (X12).
fn responded(context: &Context, session: &Session, sent: Option<Taken>, pdu: &coap_pdu_t, now: coap_tick_t) {
    let foreign = sent.as_ref().and_then(Taken::pdu).is_some_and(|sent| sent.token_bytes() != pdu.token_bytes());
    let multicast = session.c.sock.flags.get() & COAP_SOCKET_MULTICAST != 0;
    let notifies = pdu.code.get() < code::BAD_REQUEST && pdu.option(COAP_OPTION_OBSERVE).is_some();
    // What is acknowledged together with the end of an observation is the last of it, whatever the server calls it.
    let ends = sent.as_ref().and_then(Taken::pdu).is_some_and(queue::ends_observation);
    let more_may_come = multicast || notifies && !ends;
    if foreign || !session.with_outstanding(|outstanding| outstanding.answered(pdu.token_bytes(), more_may_come)) {
        match pdu.r#type.get() {
            // An answer to a question of the library's own that it no longer asks (K26).
            COAP_MESSAGE_CON if session.requests().is_retired(pdu.token_bytes()) => acknowledge(context, session, pdu),
            COAP_MESSAGE_CON => reset(session, pdu.mid.get()),
            _ => (),
        }
        return;
    }
    if queue::has_any(context, session) {
        if let Some(token) = memory::to_vec(pdu.token_bytes()) {
            queue::conclude(context, session, &token);
        }
        if session.is_ended() || context.is_gone() {
            return;
        }
    }
    let outcome = block::responded(context, session, sent.as_ref().and_then(Taken::pdu), pdu, now);
    let over = session.is_ended() || context.is_gone();
    let mut accepted = true;
    if let Outcome::Shown(shown) = outcome {
        accepted = over || show(context, session, sent, pdu) || !shown.may_be_refused();
        shown.finish(pdu);
    }
    if over {
        return;
    }
    match pdu.r#type.get() {
        COAP_MESSAGE_CON if accepted => acknowledge(context, session, pdu),
        COAP_MESSAGE_CON | COAP_MESSAGE_NON if !accepted => reset(session, pdu.mid.get()),
        _ => (),
    }
}

/// Shows a response to the response handler; whether that accepts it.
fn show(context: &Context, session: &Session, sent: Option<Taken>, pdu: &coap_pdu_t) -> bool {
    if let Some(handler) = context.c.response_handler.get() {
        let sent = sent.as_ref().map_or(core::ptr::null_mut(), |sent| sent.node().pdu.get());
        let received = (pdu as *const coap_pdu_t).cast_mut();
        // SAFETY: the handler gets live objects; `sent` is kept over the call.
        let result = unsafe { handler(context.as_ptr(), session.as_ptr(), sent, received, pdu.mid.get().into()) };
        return result != coap_response_t::COAP_RESPONSE_FAIL as i32;
    }
    true
}
