//! The end of a connection (docs/spec/session.md, section 7).

use super::stream::{self, Reconnect, Stream};
use super::{connection, queue, secure, send, Context, Session};
use crate::abi::*;
use crate::base::keep::Keepable;
use crate::{block, resource};

/// `coap_session_disconnected`: tells the application of what was not delivered, and that the connection has ended. The
/// session itself lives on. After an ICMP error messages over datagrams stay and go on being retransmitted.
pub fn disconnected(context: &Context, session: &Session, reason: u32) {
    // What was collected for it has been sent.
    stream::flush_answers(context);
    if session.is_ended() || context.is_gone() {
        return;
    }
    match session.stream() {
        Some(stream) => {
            let before = stream.reconnect.replace(Reconnect::Later);
            stream_ended(context, session, stream, reason);
            stream.reconnect.set(before);
            if !session.is_ended() && !context.is_gone() {
                resume(context, session, stream);
                session.update_idle();
            }
        }
        None => unreachable(context, session, reason),
    }
}

/// A datagram session's peer cannot be reached.
fn unreachable(context: &Context, session: &Session, reason: u32) {
    resource::observe::drop_session(context, session);
    secure::end(context, session);
    // A handler may have done all this already, and begun a new connection.
    if session.is_ended() || context.is_gone() || session.has_connection() {
        return;
    }
    session.c.state.set(if session.is_dtls() { COAP_SESSION_STATE_NONE } else { COAP_SESSION_STATE_ESTABLISHED });
    session.count_nothing();
    if reason != coap_nack_reason_t::COAP_NACK_ICMP_ISSUE as u32 {
        fail_all(context, session, reason);
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

/// Steps 4 and 5: the messages that wait fail, and with them the transfers (K24). The messages are taken out first: what
/// a handler sends is not among them, nor is what it begins.
fn fail_all(context: &Context, session: &Session, reason: u32) {
    let mark = block::mark(context);
    let (delayed, queued) = (queue::delayed_of(session), queue::queued_of(context, session));
    queue::fail(context, session, delayed, reason);
    queue::fail(context, session, queued, reason);
    if !session.is_ended() && !context.is_gone() {
        block::drop_begun(session, mark);
    }
}

/// The connection of a session over a stream has ended, or was never made.
fn stream_ended(context: &Context, session: &Session, stream: &Stream, reason: u32) {
    let gone = || session.is_ended() || context.is_gone();
    resource::observe::drop_session(context, session);
    secure::end(context, session);
    if gone() {
        return;
    }
    let state = session.c.state.replace(COAP_SESSION_STATE_NONE);
    session.count_nothing();
    context.timeouts.csm_has_come(session);
    stream.forget_input();
    session.c.partial_read.set(0);
    session.c.partial_write.set(0);
    session.with_outstanding(core::mem::take);
    fail_all(context, session, reason);
    if gone() {
        return;
    }
    if session.c.sock.flags.get() != COAP_SOCKET_EMPTY {
        session.close_socket(context);
        stream.reset();
        let event = match state {
            COAP_SESSION_STATE_CONNECTING => COAP_EVENT_TCP_FAILED,
            _ => COAP_EVENT_TCP_CLOSED,
        };
        context.event(event, Some(session));
        if gone() {
            return;
        }
    }
    match state {
        COAP_SESSION_STATE_NONE => 0,
        COAP_SESSION_STATE_ESTABLISHED => context.event(COAP_EVENT_SESSION_CLOSED, Some(session)),
        _ => context.event(COAP_EVENT_SESSION_FAILED, Some(session)),
    };
}

/// What the application has sent meanwhile begins a new connection.
fn resume(context: &Context, session: &Session, stream: &Stream) {
    let waits = !session.c.delayqueue.get().is_null();
    let may = stream.reconnect.get() == Reconnect::AtOnce && session.c.state.get() == COAP_SESSION_STATE_NONE;
    if !waits || !may || connection::reconnect(context, session, stream) || session.is_ended() || context.is_gone() {
        return;
    }
    let before = stream.reconnect.replace(Reconnect::Never);
    queue::fail(context, session, queue::delayed_of(session), coap_nack_reason_t::COAP_NACK_NOT_DELIVERABLE as u32);
    stream.reconnect.set(before);
}
