//! What is kept of a request that the library goes on with: enough to make the messages that follow it.

use super::identity::Short;
use super::option::Block;
use crate::abi::*;
use crate::base::memory;
use crate::exchange::Session;
use crate::message::code;
use crate::message::option::Options;
use crate::message::pdu::OwnedPdu;
use core::ops::Range;

/// Type, method and options of a request, and of a FETCH the payload.
pub struct Skeleton {
    kind: u8,
    method: u8,
    options: Vec<u8>,
    payload: Vec<u8>,
    /// Where its Block1 option stands among them.
    block1: Range<usize>,
    /// The number of the option before that, and of the last one.
    before: u16,
    last: u16,
}

impl Skeleton {
    /// What is kept of `request`; `None` without memory. A fragment's payload is not kept: the body is elsewhere.
    pub fn of(request: &coap_pdu_t) -> Option<Skeleton> {
        let mut all = request.options();
        let bytes = all.rest();
        let (mut block1, mut before) = (0..0, 0);
        loop {
            let (last, at) = (all.number(), bytes.len() - all.rest().len());
            match all.next().map(|option| option.number) {
                Some(COAP_OPTION_BLOCK1) => {
                    if block1.is_empty() {
                        (block1.start, before) = (at, last);
                    }
                    block1.end = bytes.len() - all.rest().len();
                }
                Some(_) => (),
                None => break,
            }
        }
        let options = memory::to_vec(&bytes[..bytes.len() - all.rest().len()])?;
        let whole = request.code.get() == code::FETCH && request.option(COAP_OPTION_BLOCK1).is_none();
        let payload = request.payload().filter(|_| whole).unwrap_or_default();
        Some(Skeleton {
            kind: request.r#type.get(),
            method: request.code.get(),
            options,
            payload: memory::to_vec(payload)?,
            block1,
            before,
            last: all.number(),
        })
    }

    /// Whether the request is confirmable.
    pub fn is_confirmable(&self) -> bool {
        self.kind == COAP_MESSAGE_CON
    }

    fn options(&self) -> Options<'_> {
        Options::new(&self.options)
    }

    /// The request once more, without payload and these options; `None` without memory or room.
    pub fn message(&self, session: &Session, token: Short, without: &[u16]) -> Option<OwnedPdu> {
        let pdu = self.empty(session, token, 0)?;
        for option in self.options().filter(|option| !without.contains(&option.number)) {
            if pdu.add_option(option.number, option.value) == 0 {
                return None;
            }
        }
        Some(pdu)
    }

    /// The request once more, with another Block1 option in the place of its own, and with memory for the payload of
    /// that block; `None` also if it has none.
    pub fn fragment(&self, session: &Session, token: Short, block: Block) -> Option<OwnedPdu> {
        let Range { start, end } = self.block1;
        let pdu = self.empty(session, token, block.size())?;
        // What follows counts from the number of the option before, which stays the same.
        let whole = start < end
            && pdu.add_encoded(&self.options[..start], self.before)
            && pdu.add_uint_option(COAP_OPTION_BLOCK1, block.value().into()) > 0
            && pdu.add_encoded(&self.options[end..], self.last);
        whole.then_some(pdu)
    }

    fn empty(&self, session: &Session, token: Short, payload: usize) -> Option<OwnedPdu> {
        let (mid, size) = (session.next_mid(), session.max_pdu_size());
        let pdu = OwnedPdu::for_payload(self.kind, self.method, mid, size, payload)?;
        pdu.add_token(token.bytes()).then_some(pdu)
    }

    /// Whether the whole request can be asked once more, and does no more than it did: a GET, or a FETCH whose payload
    /// is here (K25).
    pub fn can_be_repeated(&self) -> bool {
        let has_body = self.options().any(|option| option.number == COAP_OPTION_BLOCK1);
        matches!(self.method, code::GET | code::FETCH) && !has_body
    }

    /// The payload that goes with the whole request.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }
}
