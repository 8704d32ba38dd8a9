//! What goes back for a request: suppression, and the memory of it for duplicates (docs/spec/exchange.md, 6.3 and 6.4).

use super::{outgoing, send, Session};
use crate::abi::*;
use crate::base::log::LOG_DEBUG;
use crate::base::varint;
use crate::log;
use crate::message::pdu::OwnedPdu;

/// What a response becomes on its way out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    Sent,
    EmptyAck,
    Nothing,
}

/// RFC 7967 and, without that option, RFC 7252, section 8.2.
fn fate(request: &coap_pdu_t, response: &coap_pdu_t, reliable: bool, multicast: bool) -> Fate {
    let class = response.code.get() >> 5;
    let acknowledges = response.r#type.get() == COAP_MESSAGE_ACK && !reliable;
    if class == 0 {
        return if acknowledges { Fate::EmptyAck } else { Fate::Nothing };
    }
    match request.option(COAP_OPTION_NORESPONSE).map(varint::decode) {
        Some(unwanted) if unwanted & (1 << (class - 1)) == 0 => Fate::Sent,
        Some(_) if acknowledges => Fate::EmptyAck,
        Some(_) => Fate::Nothing,
        None if multicast && class > 2 => Fate::Nothing,
        None => Fate::Sent,
    }
}

/// Sends the response to `request`, as far as it is wanted, and notes it for duplicates of the request.
pub fn send(session: &Session, request: &coap_pdu_t, response: OwnedPdu) {
    if session.is_ended() {
        return;
    }
    match fate(request, &response, session.is_reliable(), session.is_local_multicast()) {
        Fate::Nothing => return,
        Fate::EmptyAck => {
            response.clear(response.max_size.get());
            response.r#type.set(COAP_MESSAGE_ACK);
            response.mid.set(request.mid.get());
        }
        Fate::Sent => (),
    }
    let mid = request.mid.get();
    let id = session.received_id(mid);
    let note = |wire: &[u8]| session.with_recent(|recent| recent.answered(id, wire));
    let Some(context) = session.context() else { return };
    if outgoing::own(&context, || send::send_noting(session, response, note)) < 0 {
        log!(LOG_DEBUG, "the response to request {:#06x} could not be sent", mid);
    }
}
