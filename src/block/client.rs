//! The client's side: requests with large bodies, responses in blocks, observations of them (block chapter, section 6).
//!
//! What is sent or logged here runs callbacks, which may end the session, the context, or the request at hand: so each
//! step looks again before it goes on.

use super::identity::Short;
use super::option::{self, Block};
use super::request::Request;
use super::requests::{self, fresh_token};
use super::skeleton::Skeleton;
use crate::abi::*;
use crate::base::keep::{Keepable, Kept};
use crate::base::varint;
use crate::exchange::{queue, send, Context, Session};
use crate::message::code;
use crate::message::pdu::OwnedPdu;

/// Gives a message another token, whatever room its size limit leaves; without memory it keeps the old one.
pub(super) fn set_token(pdu: &coap_pdu_t, token: Short) {
    if pdu.token_bytes() != token.bytes() {
        let limit = pdu.max_size.replace(0);
        pdu.update_token(token.bytes());
        pdu.max_size.set(limit);
    }
}

/// Whether the library goes on with requests of this session at all. Answers from a group are several bodies.
pub(super) fn takes_part(session: &Session) -> bool {
    session.c.block_mode.get() & COAP_BLOCK_USE_LIBCOAP != 0 && session.c.sock.flags.get() & COAP_SOCKET_MULTICAST == 0
}

/// `coap_send_large`: `coap_send` for a request whose body, or whose response, may need blocks.
pub fn send_large(session: &Session, pdu: OwnedPdu, now: coap_tick_t) -> coap_mid_t {
    let context = session.context().filter(|_| takes_part(session) && pdu.is_request());
    let (Some(context), Some(token)) = (context, Short::new(pdu.token_bytes())) else {
        return send::send(session, pdu);
    };
    let observe = pdu.option(COAP_OPTION_OBSERVE).map(varint::decode);
    let fragmented = Block::of(&pdu, COAP_OPTION_BLOCK1).is_some_and(|block| block.m);
    let known = session.requests().of_application(token.bytes());
    let prepared = match known {
        Some(known) if fragmented && known.is_uploading() && !known.sent.get() => {
            let begun = begin_upload(session, &pdu, &known);
            if begun.is_none() {
                requests::close(&context, session, &known);
            }
            begun.map(|()| known)
        }
        Some(known) if observe == Some(1) && known.gathers.get() && !known.is_uploading() => {
            begin_again(&context, session, &pdu, &known);
            Some(known)
        }
        known if pdu.code.get() == code::DELETE && observe.is_none() && !fragmented => {
            if let Some(known) = known {
                requests::close(&context, session, &known);
            }
            return send::send(session, pdu);
        }
        _ => begin(&context, session, &pdu, token, now),
    };
    let Some(request) = prepared else { return COAP_INVALID_MID };
    let mid = send_own(&context, session, &request, pdu, now);
    if mid < 0 {
        requests::close(&context, session, &request);
    }
    mid
}

/// A request that is new to the library.
fn begin(
    context: &Context,
    session: &Session,
    pdu: &coap_pdu_t,
    token: Short,
    now: coap_tick_t,
) -> Option<Kept<Request>> {
    let request = Request::new(session, token, Skeleton::of(pdu)?, now);
    request.gathers.set(true);
    requests::open(context, session, request)
}

/// The first fragment of a body that the application has just added; it gets a token of the library's.
fn begin_upload(session: &Session, pdu: &coap_pdu_t, request: &Kept<Request>) -> Option<()> {
    let first = fresh_token(session, || {
        let count = session.c.tx_token.get().wrapping_add(1);
        session.c.tx_token.set(count);
        Short::integer(1 << 32 | count & u64::from(u32::MAX))
    });
    requests::set_own(session, request, first)?;
    set_token(pdu, first);
    // Without memory it has been logged, and a log handler may have ended the request.
    (pdu.token_bytes() == first.bytes()).then(|| requests::gather(session, request))
}

/// The application ends an observation with a request of its own: it goes out with the token that the server knows.
fn begin_again(context: &Context, session: &Session, pdu: &coap_pdu_t, request: &Kept<Request>) {
    set_token(pdu, request.own_token());
    request.observes.set(false);
    request.cancelled.set(true);
    drop(request.body.take());
    requests::abandon_follow(context, session, request);
}

/// Sends the request itself, or a fragment of it.
pub(super) fn send_own(
    context: &Context,
    session: &Session,
    request: &Kept<Request>,
    pdu: OwnedPdu,
    now: coap_tick_t,
) -> coap_mid_t {
    if request.is_gone() {
        return COAP_INVALID_MID;
    }
    request.note_sent(&pdu);
    requests::touch(context, session, request, now);
    send::send_own(session, pdu)
}

/// An application has sent a request by `coap_send`, or tried to: its body may be one that is sent in fragments.
pub fn was_sent(session: &Session, token: &[u8], pdu_was_confirmable: bool, success: bool) {
    let Some(request) = session.requests().on_the_wire(token) else { return };
    let Some(context) = session.context().filter(|_| !request.sent.get()) else { return };
    if success {
        request.sent.set(true);
        request.confirmable.set(pdu_was_confirmable);
        requests::file(&context, session, &request);
    } else {
        requests::close(&context, session, &request);
    }
}

/// Sends the fragment of a request's body at the place that `block` tells; false if that can't be done.
pub(super) fn send_fragment(
    context: &Context,
    session: &Session,
    request: &Kept<Request>,
    block: Block,
    now: coap_tick_t,
) -> bool {
    let (token, length) = {
        let upload = request.upload.borrow();
        let Some(upload) = upload.as_ref() else { return false };
        let mut attempts = 0..;
        let next = || upload.sending.next_token(request.application, attempts.next().unwrap_or(0));
        (fresh_token(session, next), upload.body().len())
    };
    let block = block.of_body(length as u64);
    let Some(pdu) = request.skeleton.fragment(session, token, block) else { return false };
    let settled = match block.fits(&pdu, length as u64) {
        Ok(true) => Ok(block),
        _ => block.settle(COAP_OPTION_BLOCK1, &pdu, length),
    };
    let Ok(block) = settled else { return false };
    // Making the message may have logged. From here on nothing does until the bytes are in it: there is room for them.
    let written = match request.upload.borrow_mut().as_mut() {
        Some(upload) => {
            upload.sending.sent(block);
            option::add_block(&pdu, upload.body(), block.num, block.szx)
        }
        None => false,
    };
    written
        && requests::set_own(session, request, token).is_some()
        && send_own(context, session, request, pdu, now) >= 0
}

/// Asks for a block of the response, or with `whole` for all of it anew; false if that can't be done.
pub(super) fn ask(
    context: &Context,
    session: &Session,
    request: &Kept<Request>,
    block: Block,
    whole: bool,
    now: coap_tick_t,
) -> bool {
    const WITHOUT: [u16; 3] = [COAP_OPTION_BLOCK1, COAP_OPTION_OBSERVE, COAP_OPTION_BLOCK2];
    let token = fresh_token(session, || {
        let mut bytes = [0; 8];
        let length = session.new_token(&mut bytes);
        Short::new(&bytes[..length]).unwrap_or_default()
    });
    let Some(pdu) = request.skeleton.message(session, token, &WITHOUT) else { return false };
    if pdu.insert_option(COAP_OPTION_BLOCK2, Short::integer(block.value().into()).bytes()) == 0 {
        return false;
    }
    if whole && !pdu.add_data(request.skeleton.payload()) {
        return false;
    }
    let free = !request.is_gone() && request.follow.get().is_none();
    if !free || requests::set_follow(session, request, token).is_none() {
        return false;
    }
    requests::touch(context, session, request, now);
    if send::send_own(session, pdu) < 0 {
        requests::end_follow(session, request);
        return false;
    }
    true
}

/// The request once more with Observe 1, to end an observation; `None` without memory or room.
fn deregistration(session: &Session, request: &Request, kind: u8) -> Option<OwnedPdu> {
    let pdu = request.skeleton.message(session, request.own_token(), &[COAP_OPTION_BLOCK1, COAP_OPTION_OBSERVE])?;
    pdu.r#type.set(kind);
    (pdu.insert_option(COAP_OPTION_OBSERVE, &[1]) > 0).then_some(pdu)
}

/// `coap_cancel_observe`: ends the observation that the application knows by `token`; whether the request for that went
/// out.
pub fn cancel_observe(session: &Session, token: &[u8], kind: u8, now: coap_tick_t) -> bool {
    let known = session.requests().of_application(token).filter(|known| known.observes.get());
    let (Some(request), Some(context)) = (known, session.context()) else { return false };
    if !matches!(kind, COAP_MESSAGE_CON | COAP_MESSAGE_NON) {
        return false;
    }
    let Some(pdu) = deregistration(session, &request, kind) else { return false };
    request.observes.set(false);
    request.cancelled.set(true);
    if send_own(&context, session, &request, pdu, now) >= 0 {
        return true;
    }
    // Nothing went out, so the observation goes on.
    request.observes.set(true);
    request.cancelled.set(false);
    request.waits.set(false);
    requests::file(&context, session, &request);
    false
}

/// `coap_cancel_all_messages`: drops what is still to be sent of the request with this token, silently. A body that is
/// being sent is released; an observation goes on.
pub fn cancel_messages(context: &Context, session: &Session, token: &[u8]) {
    let mut own = None;
    if let Some(request) = session.requests().of_application(token) {
        let follows = request.follow.get().is_some();
        if request.is_uploading() || follows && !request.observes.get() {
            requests::close(context, session, &request);
        } else {
            drop(request.body.take());
            requests::abandon_follow(context, session, &request);
            // Nothing tells any more when it fails.
            request.confirmable.set(false);
            requests::file(context, session, &request);
            // The request that ends an observation may have a token of the library's.
            own = Some(request.own_token());
        }
    }
    for token in own.as_ref().map(Short::bytes).into_iter().chain([token]) {
        if !session.is_ended() && !context.is_gone() {
            queue::cancel_token(context, session, token);
        }
    }
}

/// The session is about to be freed: its observations are ended, and no answer is waited for (session §8).
pub fn say_goodbye(context: &Context, session: &Session) {
    if session.c.state.get() != COAP_SESSION_STATE_ESTABLISHED || !session.requests().any_gathering() {
        return;
    }
    for request in requests::observing(session) {
        if let Some(pdu) = deregistration(session, &request, COAP_MESSAGE_NON) {
            send::last_word(context, session, &pdu);
        }
    }
}

/// A message that the nack handler is about to be told of.
pub struct Failure {
    request: Kept<Request>,
    of_follow: bool,
}

/// Before the nack handler is told: the message gets the token that the application knows (K24).
pub fn failing(session: &Session, pdu: &coap_pdu_t) -> Option<Failure> {
    let request = session.requests().on_the_wire(pdu.token_bytes())?;
    let of_follow = Short::new(pdu.token_bytes()) == request.follow.get();
    set_token(pdu, request.application);
    Some(Failure { request, of_follow })
}

/// After the nack handler was told that the message failed for good: the transfer ends (K24). An observation goes on if
/// it was only the request for one of its blocks.
pub fn failed(context: &Context, session: &Session, failure: Failure) {
    let Failure { request, of_follow } = failure;
    if request.is_gone() {
        return;
    }
    if of_follow && (request.observes.get() || request.waits.get()) {
        drop(request.body.take());
        requests::end_follow(session, &request);
        requests::file(context, session, &request);
    } else {
        requests::close(context, session, &request);
    }
}
