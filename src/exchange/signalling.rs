//! Signalling messages of a stream (RFC 8323, section 5; docs/spec/session.md, sections 6.3 and 6.4).

use super::stream::{self, Connection};
use super::{connection, disconnect, send, Context, Session};
use crate::abi::*;
use crate::base::log::{LOG_INFO, LOG_WARNING};
use crate::log;
use crate::message::pdu::OwnedPdu;
use crate::message::signalling;
use crate::net;

/// Acts on a signalling message.
pub(super) fn received(context: &Context, session: &Session, pdu: &coap_pdu_t) {
    let code = pdu.code.get();
    match code {
        COAP_SIGNALING_CSM | COAP_SIGNALING_PING | COAP_SIGNALING_PONG => {
            if let Some(number) = signalling::unknown_critical(pdu) {
                log!(LOG_INFO, "session {}: signalling option {} is not known", session.id, number);
                return abort(context, session, Some(number));
            }
        }
        COAP_SIGNALING_RELEASE | COAP_SIGNALING_ABORT => {
            return disconnect::disconnected(context, session, coap_nack_reason_t::COAP_NACK_RST as u32);
        }
        _ => return,
    }
    match code {
        COAP_SIGNALING_CSM => {
            if let Some(stream) = session.stream() {
                stream.greeted.set(true);
            }
            let csm = signalling::csm(pdu);
            if let Some(size) = csm.max_message_size {
                session.set_mtu(size);
            }
            if csm.block_wise {
                session.c.csm_block_supported.set(1);
            }
            if session.c.state.get() == COAP_SESSION_STATE_CSM {
                connection::connected(context, session);
            }
        }
        COAP_SIGNALING_PING => {
            let connection = Connection::of(session);
            if let Some(handler) = context.c.ping_handler.get() {
                // SAFETY: the handler gets live objects.
                unsafe { handler(context.as_ptr(), session.as_ptr(), (pdu as *const coap_pdu_t).cast_mut(), 0) };
            }
            if connection.stands(context, session) && pong(session, pdu).is_none() {
                log!(LOG_WARNING, "no memory to answer a ping");
            }
        }
        _ => {
            session.c.last_pong.set(session.c.last_rx_tx.get());
            if let Some(handler) = context.c.pong_handler.get() {
                // SAFETY: the handler gets live objects.
                unsafe { handler(context.as_ptr(), session.as_ptr(), (pdu as *const coap_pdu_t).cast_mut(), 0) };
            }
        }
    }
}

/// Answers a Ping: its token, and Custody, because messages are acted on in their order (S21).
fn pong(session: &Session, ping: &coap_pdu_t) -> Option<()> {
    let pong = OwnedPdu::new(COAP_MESSAGE_CON, COAP_SIGNALING_PONG, 0, 16)?;
    if !pong.add_token(ping.token_bytes()) || pong.add_option(COAP_SIGNALING_OPTION_CUSTODY, b"") == 0 {
        return None;
    }
    send::send(session, pong);
    Some(())
}

/// `coap_session_send_ping` on a stream: 0, or -1 on failure.
pub(super) fn ping(session: &Session) -> coap_mid_t {
    match OwnedPdu::new(COAP_MESSAGE_CON, COAP_SIGNALING_PING, 0, 0) {
        Some(ping) => send::send(session, ping),
        None => COAP_INVALID_MID,
    }
}

/// Ends the connection because of what the peer has sent, and tells it so, unless it is in the middle of a message of
/// ours.
pub(super) fn abort(context: &Context, session: &Session, bad_option: Option<u16>) {
    let connection = Connection::of(session);
    if !connection.stands(context, session) {
        return;
    }
    let (bytes, length) = signalling::abort(bad_option);
    // SAFETY: the bytes live over the call.
    let written = unsafe { stream::write(context, session, bytes.as_ptr(), length) };
    if !connection.stands(context, session) {
        return;
    }
    // Over TLS a goodbye follows, and the same.
    if written == length as isize && session.secure().is_none() {
        net::stream::finish(session.c.sock.fd.get());
    }
    disconnect::disconnected(context, session, coap_nack_reason_t::COAP_NACK_NOT_DELIVERABLE as u32);
}
