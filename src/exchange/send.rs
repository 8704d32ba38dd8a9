//! Sending: whether a message goes out now, waits or fails, and what becomes of it (docs/spec/exchange.md, sections 3
//! and 4; docs/spec/session.md, section 6).

use super::taken::Taken;
use super::{limits, outgoing, queue, secure, signalling, stream, timing, Context, Session};
use crate::abi::*;
use crate::base::keep::{Keepable, Kept};
use crate::base::log::{LOG_DEBUG, LOG_ERR, LOG_INFO, LOG_WARNING};
use crate::base::{clock, prng, varint};
use crate::block;
use crate::block::identity::Short;
use crate::log;
use crate::message::pdu::OwnedPdu;
use crate::message::{code, dump};
use crate::resource::observe;
use core::ptr::NonNull;

/// `coap_send`: the message's id, `COAP_INVALID_MID` or `COAP_DROPPED_RESPONSE`. The message is the library's from the
/// call on.
pub fn send(session: &Session, pdu: OwnedPdu) -> coap_mid_t {
    // A body that is sent in fragments may begin with this message.
    let begins = pdu.is_request() && !session.c.lg_xmit.get().is_null();
    let token = Some(&pdu).filter(|_| begins).and_then(|pdu| Short::new(pdu.token_bytes()));
    let confirmable = pdu.r#type.get() == COAP_MESSAGE_CON;
    let mid = send_own(session, pdu);
    if let Some(token) = token {
        block::was_sent(session, token.bytes(), confirmable, mid >= 0);
    }
    mid
}

/// [`send`] for a message of the library's own.
pub fn send_own(session: &Session, pdu: OwnedPdu) -> coap_mid_t {
    send_noting(session, pdu, |_| ())
}

/// [`send`], with a look at the encoded message before it goes.
pub(super) fn send_noting(session: &Session, pdu: OwnedPdu, note: impl FnOnce(&[u8])) -> coap_mid_t {
    let Some(context) = usable_context(session) else { return COAP_INVALID_MID };
    if pdu.code.get() == code::HOP_LIMIT_REACHED && !super::hop_limit::complete(session, &pdu) {
        return COAP_DROPPED_RESPONSE;
    }
    let mid = coap_mid_t::from(pdu.mid.get());
    let confirmable = pdu.r#type.get() == COAP_MESSAGE_CON;
    if pdu.encode_header(session.c.proto.get()) == 0 {
        return COAP_INVALID_MID;
    }
    if session.is_reliable() {
        return stream::send(&context, session, pdu);
    }
    note(pdu.wire());
    let state = session.c.state.get();
    if state == COAP_SESSION_STATE_NONE && (!session.is_dtls() || !secure::reconnect(&context, session)) {
        return COAP_INVALID_MID;
    }
    let ready = state == COAP_SESSION_STATE_ESTABLISHED;
    if !confirmable && ready {
        return if transmit(&context, session, &pdu) < 0 { COAP_INVALID_MID } else { mid };
    }
    if confirmable && session.c.sock.flags.get() & COAP_SOCKET_MULTICAST != 0 {
        log!(LOG_ERR, "a confirmable message cannot go to a multicast address");
        return COAP_INVALID_MID;
    }
    if session.waiting() >= limits::QUEUED_PER_SESSION {
        log!(LOG_INFO, "session {}: too many messages wait for an answer", session.id);
        return COAP_INVALID_MID;
    }
    if !ready || session.c.con_active.get() >= COAP_DEFAULT_NSTART {
        return match delay(session, pdu) {
            Some(()) => mid,
            None => COAP_INVALID_MID,
        };
    }
    let Some(node) = node_with(session, pdu) else { return COAP_INVALID_MID };
    session.count(node.as_ptr());
    let sent = node.pdu().map_or(-1, |pdu| transmit(&context, session, pdu));
    if sent < 0 {
        session.uncount(node.as_ptr());
        drop(node);
        // What was sent from inside `network_send` has waited for this one.
        drain(&context, session);
        return COAP_INVALID_MID;
    }
    wait(&context, session, node).map_or(COAP_INVALID_MID, |()| mid)
}

/// The context that the session can send through; `None` once either is ending.
fn usable_context(session: &Session) -> Option<Kept<Context>> {
    if session.is_ended() {
        return None;
    }
    session.context()
}

/// A node for a message, its first time-out drawn if it will be retransmitted. The message stays the caller's.
fn node_for(session: &Session, pdu: &coap_pdu_t) -> Option<NonNull<coap_queue_t>> {
    session.make_busy()?;
    let node = queue::new_node()?;
    // SAFETY: just made, and zero bytes are a node.
    let fields = unsafe { node.as_ref() };
    fields.id.set(pdu.mid.get().into());
    if pdu.r#type.get() == COAP_MESSAGE_CON && !session.is_reliable() {
        let mut random = [0];
        // The application's generator of random numbers may have ended the session.
        if !prng::fill(&mut random) || session.is_ended() {
            // SAFETY: just made, and still empty.
            drop(unsafe { Taken::new(node) });
            return None;
        }
        let (timeout, factor) = (session.c.ack_timeout.get(), session.c.ack_random_factor.get());
        fields.timeout.set(timing::first_timeout(timeout, factor, random[0]));
    }
    Some(node)
}

/// A node that owns its message.
fn node_with(session: &Session, pdu: OwnedPdu) -> Option<Taken> {
    let node = node_for(session, &pdu)?;
    // SAFETY: just made, in no list.
    unsafe {
        node.as_ref().pdu.set(pdu.into_raw());
        Some(Taken::new(node))
    }
}

/// Files a transmitted confirmable message in the send queue; `None` (and the message gone) if a hook has ended the
/// session.
pub(super) fn wait(context: &Context, session: &Session, node: Taken) -> Option<()> {
    if session.is_ended() || context.is_gone() {
        return None;
    }
    // SAFETY: the node was ours, and is in no list.
    unsafe { queue::wait_ack(context, session, node.into_raw(), clock::now()) }
}

/// Puts a message in the session's delay queue; `None` (and the message gone) if that can't be done.
pub(super) fn delay(session: &Session, pdu: OwnedPdu) -> Option<()> {
    if session.is_ended() {
        return None;
    }
    if !session.is_reliable() && queue::is_delayed(session, pdu.mid.get().into()) {
        log!(LOG_ERR, "a message with id {:#06x} waits already", pdu.mid.get());
        return None;
    }
    if stream::is_full(session) {
        log!(LOG_INFO, "session {}: too much waits to be written", session.id);
        return None;
    }
    let node = node_with(session, pdu)?;
    // SAFETY: the node was ours, and is in no list.
    unsafe { queue::delay(session, node.into_raw()) };
    log!(LOG_DEBUG, "session {}: a message waits for its turn", session.id);
    Some(())
}

/// `coap_session_delay_pdu` for a message that the application gives: `COAP_PDU_DELAYED`, or -1 and the message is
/// still the caller's.
///
/// # Safety
/// `pdu` is a live message that the caller owns.
pub unsafe fn delay_pdu(session: &Session, pdu: NonNull<coap_pdu_t>) -> isize {
    // SAFETY: live by the caller's word.
    let fields = unsafe { pdu.as_ref() };
    let unordered = matches!(fields.r#type.get(), COAP_MESSAGE_CON | COAP_MESSAGE_NON) && !session.is_reliable();
    let id = coap_mid_t::from(fields.mid.get());
    if session.is_ended() || (unordered && queue::is_delayed(session, id)) {
        log!(LOG_ERR, "a message with id {:#06x} cannot be delayed", id);
        return -1;
    }
    let Some(node) = node_for(session, fields) else { return -1 };
    // SAFETY: just made; from here on it owns the message.
    unsafe { node.as_ref() }.pdu.set(pdu.as_ptr());
    // SAFETY: the node is ours, and is in no list.
    unsafe { queue::delay(session, node) };
    COAP_PDU_DELAYED as isize
}

/// `coap_session_delay_pdu` for a message that was in the send queue: it goes to the delay queue with its counters, and
/// its session reference is dropped *after* that (S3, S4).
///
/// # Safety
/// `node` is live and not used by anybody else.
pub unsafe fn delay_node(session: &Session, node: NonNull<coap_queue_t>) -> isize {
    if session.is_ended() || session.make_busy().is_none() {
        return -1;
    }
    // SAFETY: handed on to the caller.
    unsafe {
        queue::unlink(node);
        put_off(session, Taken::new(node));
    }
    COAP_PDU_DELAYED as isize
}

/// Puts a message that has left the send queue into the delay queue.
fn put_off(session: &Session, node: Taken) {
    session.uncount(node.as_ptr());
    let referenced = node.session();
    node.node().session.set(core::ptr::null_mut());
    node.node().t.set(0);
    // SAFETY: the node was ours, and is in no list.
    unsafe { queue::delay(session, node.into_raw()) };
    if let Some(referenced) = referenced {
        referenced.release();
    }
}

/// Sends what waits in the delay queue, as far as NSTART or the stream allows.
pub fn drain(context: &Context, session: &Session) {
    if session.is_reliable() {
        return stream::flush(context, session);
    }
    while !session.is_ended() && session.c.state.get() == COAP_SESSION_STATE_ESTABLISHED {
        // SAFETY: the nodes of the delay queue are live, and own their messages.
        let head = unsafe { session.c.delayqueue.get().as_ref().and_then(|node| node.pdu.get().as_ref()) };
        let confirmable = match head {
            Some(pdu) => pdu.r#type.get() == COAP_MESSAGE_CON,
            None if session.c.delayqueue.get().is_null() => break,
            None => false,
        };
        if confirmable && session.c.con_active.get() >= COAP_DEFAULT_NSTART {
            break;
        }
        let Some(node) = queue::take_delayed(session) else { break };
        if confirmable {
            session.count(node.as_ptr());
        }
        let sent = node.pdu().map_or(0, |pdu| transmit(context, session, pdu));
        if confirmable && wait(context, session, node).is_none() || sent < 0 {
            break;
        }
    }
    session.update_idle();
}

/// Whether a message of this type cannot go out before others have: the confirmable one in flight (NSTART), or what the
/// peer has not read. [`observe::may_go_on`] is told of the end of that.
pub fn is_held_up(session: &Session, kind: u8) -> bool {
    match session.is_reliable() {
        true => stream::is_full(session),
        false => kind == COAP_MESSAGE_CON && session.c.con_active.get() >= COAP_DEFAULT_NSTART,
    }
}

/// `coap_session_send_pdu`: writes an encoded message; what the transport says of it.
pub fn transmit(context: &Context, session: &Session, pdu: &coap_pdu_t) -> isize {
    let sent = if pdu.hdr_size.get() == 0 {
        -1
    } else {
        // Before it goes: its answer may be there when `network_send` returns.
        let before = note_request(session, pdu);
        let (data, length) = (pdu.wire().as_ptr(), pdu.wire().len());
        // SAFETY: the message's own bytes; whoever calls keeps the message.
        let sent = unsafe {
            match session.is_reliable() {
                true => stream::write(context, session, data, length),
                false => deliver(context, session, data, length),
            }
        };
        if sent < 0 && pdu.is_request() {
            session.with_outstanding(|outstanding| outstanding.not_sent(pdu.token_bytes(), before));
        }
        sent
    };
    dump::show(LOG_DEBUG, pdu);
    sent
}

/// Notes that a message goes out which may be answered; what [`Outstanding::sent`](super::outstanding::Outstanding::sent)
/// says of it.
pub(super) fn note_request(session: &Session, pdu: &coap_pdu_t) -> Option<bool> {
    if pdu.is_request() {
        // Notifications may come before the answer to a request that ends the observation (RFC 7641, section 3.6), also
        // when that has to be sent again. If it may be lost, the first of them counts as its answer, and the next is
        // refused, which ends the observation as well.
        let reliable = session.is_reliable() || pdu.r#type.get() == COAP_MESSAGE_CON;
        let observes = pdu.option(COAP_OPTION_OBSERVE).map(varint::decode);
        let lasting = observes == Some(0) || observes == Some(1) && reliable;
        let multicast = session.c.sock.flags.get() & COAP_SOCKET_MULTICAST != 0;
        // Without memory the answer will be refused.
        return session.make_busy()?.outstanding.borrow_mut().sent(pdu.token_bytes(), lasting || multicast);
    }
    None
}

/// `coap_session_send`: one datagram through the context's `network_send`, on the session's socket or its endpoint's.
///
/// # Safety
/// `length` bytes from `data` on are readable.
pub unsafe fn transmit_bytes(context: &Context, session: &Session, data: *const u8, length: usize) -> isize {
    if session.is_ended() || session.is_reliable() {
        return -1;
    }
    // SAFETY: handed on to the caller.
    unsafe { write_datagram(context, session, data, length) }
}

/// Sends an encoded message on a session over datagrams; what the transport says of it.
///
/// # Safety
/// `length` bytes from `data` on are readable.
pub unsafe fn deliver(context: &Context, session: &Session, data: *const u8, length: usize) -> isize {
    if session.is_dtls() && !session.is_ended() {
        // SAFETY: by the caller's word.
        return unsafe { secure::send(context, session, data, length) };
    }
    // SAFETY: handed on to the caller.
    unsafe { transmit_bytes(context, session, data, length) }
}

/// Writes a datagram on the session's socket or its endpoint's, even when the session is being torn down.
///
/// # Safety
/// `length` bytes from `data` on are readable.
pub(super) unsafe fn write_datagram(context: &Context, session: &Session, data: *const u8, length: usize) -> isize {
    let endpoint = session.endpoint();
    let sock = match &endpoint {
        _ if session.c.sock.flags.get() != COAP_SOCKET_EMPTY => &session.c.sock,
        Some(endpoint) => &endpoint.sock,
        None => return -1,
    };
    let collected = match &endpoint {
        Some(endpoint) if core::ptr::eq(sock, &endpoint.sock) => {
            // SAFETY: handed on to the caller.
            unsafe { outgoing::collect(context, endpoint, session, data, length) }
        }
        _ => None,
    };
    if let Some(sent) = collected {
        return sent;
    }
    // SAFETY: handed on to the caller.
    let sent = unsafe { through(context, sock, session, data, length) };
    if sent >= 0 && sent as usize == length {
        session.c.last_rx_tx.set(clock::now());
    }
    sent
}

/// Writes a message of a session that is being torn down, while its socket is still open.
pub fn last_word(context: &Context, session: &Session, pdu: &coap_pdu_t) {
    if pdu.encode_header(session.c.proto.get()) == 0 {
        return;
    }
    if session.is_reliable() {
        stream::last_word(session, pdu.wire());
    } else {
        let (data, length) = (pdu.wire().as_ptr(), pdu.wire().len());
        // SAFETY: the message's own bytes; whoever calls keeps the message.
        unsafe {
            match session.is_dtls() {
                true => secure::send(context, session, data, length),
                false => write_datagram(context, session, data, length),
            }
        };
    }
    dump::show(LOG_DEBUG, pdu);
}

/// `coap_socket_send`: one datagram through the context's `network_send`.
///
/// # Safety
/// `length` bytes from `data` on are readable.
pub unsafe fn through(
    context: &Context,
    sock: &coap_socket_t,
    session: &Session,
    data: *const u8,
    length: usize,
) -> isize {
    outgoing::flush(context);
    let Some(network_send) = context.c.network_send.get() else { return -1 };
    let sock = (sock as *const coap_socket_t).cast_mut();
    // SAFETY: the hook gets what its contract says: a live socket and session, and `length` readable bytes.
    unsafe { network_send(sock, session.as_ptr(), data, length) }
}

/// Tells the application that a confirmable message failed.
pub fn nack(context: &Context, session: &Session, pdu: Option<&coap_pdu_t>, reason: u32, id: coap_mid_t) {
    let Some(pdu) = pdu else { return };
    let for_good = reason != coap_nack_reason_t::COAP_NACK_ICMP_ISSUE as u32;
    if for_good && pdu.is_request() {
        session.forget_request(pdu.token_bytes());
    }
    let transfer = if pdu.is_request() { block::failing(session, pdu) } else { None };
    let handler = context.c.nack_handler.get().filter(|_| pdu.r#type.get() == COAP_MESSAGE_CON && !context.is_gone());
    if let Some(handler) = handler {
        let pdu = (pdu as *const coap_pdu_t).cast_mut();
        // SAFETY: the handler gets live objects; the caller keeps the message over the call.
        unsafe { handler(context.as_ptr(), session.as_ptr(), pdu, as_enum(reason), id) };
    }
    if let Some(transfer) = transfer.filter(|_| for_good) {
        block::failed(context, session, transfer);
    }
}

/// `coap_retransmit`: sends a message again whose time-out is over, or gives it up.
pub fn retransmit(context: &Context, node: Taken) -> coap_mid_t {
    let Some(session) = node.session().filter(|session| !session.is_ended()) else { return COAP_INVALID_MID };
    let id = node.node().id.get();
    let count = node.node().retransmit_cnt.get();
    if u32::from(count) >= session.c.max_retransmit.get() || count == u8::MAX {
        log!(LOG_DEBUG, "message {:#06x} was not acknowledged and is given up", id);
        session.uncount(node.as_ptr());
        if let Some(message) = node.pdu() {
            observe::failed(context, &session, message);
        }
        drain(context, &session);
        if !session.is_ended() && !context.is_gone() {
            nack(context, &session, node.pdu(), coap_nack_reason_t::COAP_NACK_TOO_MANY_RETRIES as u32, id);
        }
        return COAP_INVALID_MID;
    }
    node.node().retransmit_cnt.set(count + 1);
    if session.is_dtls() && session.c.state.get() == COAP_SESSION_STATE_NONE {
        // After an ICMP error (session §7): whether it begins or not, the message waits.
        secure::reconnect(context, &session);
        if session.is_ended() || context.is_gone() {
            return COAP_INVALID_MID;
        }
    }
    let ready = session.c.state.get() == COAP_SESSION_STATE_ESTABLISHED;
    if !ready || session.c.con_active.get() >= COAP_DEFAULT_NSTART && !session.counts(node.as_ptr()) {
        // Another message is in its place: it waits for its turn again.
        put_off(&session, node);
        return id;
    }
    if !session.counts(node.as_ptr()) {
        session.count(node.as_ptr());
    }
    let sent = node.pdu().map_or(-1, |pdu| outgoing::own(context, || transmit(context, &session, pdu)));
    if session.is_ended() || context.is_gone() {
        return COAP_INVALID_MID;
    }
    // SAFETY: the node was ours, and is in no list; it brings the reference to its session along.
    unsafe { queue::file(context, node.into_raw(), clock::now()) };
    if sent < 0 {
        log!(LOG_WARNING, "message {:#06x} could not be sent again", id);
        return sent.max(i32::MIN as isize) as coap_mid_t;
    }
    id
}

/// Sends again what is due at `now` (io §6.2, step 7).
pub fn retransmit_due(context: &Context, now: coap_tick_t) {
    queue::follow_clock(context, now);
    while let Some(node) = queue::take_due(context, now) {
        retransmit(context, node);
        if context.is_gone() {
            break;
        }
    }
}

/// `coap_send_message_type`: an empty message of this type with the id of `request`. It is what a duplicate of that
/// message gets again.
pub fn empty(session: &Session, mid: u16, kind: u8) -> coap_mid_t {
    match OwnedPdu::new(kind, 0, mid, 0) {
        Some(pdu) if kind == COAP_MESSAGE_CON || kind == COAP_MESSAGE_NON => send(session, pdu),
        Some(pdu) => {
            let id = session.received_id(mid);
            send_noting(session, pdu, |wire| session.with_recent(|recent| recent.answered(id, wire)))
        }
        None => COAP_INVALID_MID,
    }
}

/// `coap_send_ack`: an empty acknowledgement for a confirmable message on a datagram transport.
pub fn ack(session: &Session, request: &coap_pdu_t) -> coap_mid_t {
    if request.r#type.get() != COAP_MESSAGE_CON || session.is_reliable() {
        return COAP_INVALID_MID;
    }
    empty(session, request.mid.get(), COAP_MESSAGE_ACK)
}

/// `coap_session_send_ping`: an empty confirmable message, or a Ping on a stream.
pub fn ping(session: &Session) -> coap_mid_t {
    if session.c.state.get() != COAP_SESSION_STATE_ESTABLISHED || session.is_ended() {
        return COAP_INVALID_MID;
    }
    if session.is_reliable() {
        return signalling::ping(session);
    }
    empty(session, session.next_mid(), COAP_MESSAGE_CON)
}
