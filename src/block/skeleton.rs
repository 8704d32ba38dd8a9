//! What is kept of a request that the library goes on with: enough to make the messages that follow it.

use super::identity::Short;
use super::option::Block;
use crate::abi::*;
use crate::base::memory;
use crate::exchange::Session;
use crate::message::code;
use crate::message::option::Options;
use crate::message::pdu::OwnedPdu;

/// Type, method and options of a request, and of a FETCH the payload.
pub struct Skeleton {
    kind: u8,
    method: u8,
    options: Vec<u8>,
    payload: Vec<u8>,
}

impl Skeleton {
    /// What is kept of `request`; `None` without memory. A fragment's payload is not kept: the body is elsewhere.
    pub fn of(request: &coap_pdu_t) -> Option<Skeleton> {
        let mut all = request.options();
        let bytes = all.rest();
        while all.next().is_some() {}
        let options = memory::to_vec(&bytes[..bytes.len() - all.rest().len()])?;
        let whole = request.code.get() == code::FETCH && request.option(COAP_OPTION_BLOCK1).is_none();
        let payload = request.payload().filter(|_| whole).unwrap_or_default();
        Some(Skeleton {
            kind: request.r#type.get(),
            method: request.code.get(),
            options,
            payload: memory::to_vec(payload)?,
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
        self.add_options(&pdu, |number| !without.contains(&number)).then_some(pdu)
    }

    /// As [`message`](Self::message), for `block` of a body: with its Block1 option, and with memory for its payload.
    pub fn fragment(&self, session: &Session, token: Short, block: Block) -> Option<OwnedPdu> {
        let pdu = self.empty(session, token, block.size())?;
        let whole = self.add_options(&pdu, |number| number < COAP_OPTION_BLOCK1)
            && pdu.add_uint_option(COAP_OPTION_BLOCK1, block.value().into()) > 0
            && self.add_options(&pdu, |number| number > COAP_OPTION_BLOCK1);
        whole.then_some(pdu)
    }

    fn empty(&self, session: &Session, token: Short, payload: usize) -> Option<OwnedPdu> {
        let (mid, size) = (session.next_mid(), session.max_pdu_size());
        let pdu = OwnedPdu::for_payload(self.kind, self.method, mid, size, payload)?;
        pdu.add_token(token.bytes()).then_some(pdu)
    }

    fn add_options(&self, pdu: &coap_pdu_t, wanted: impl Fn(u16) -> bool) -> bool {
        let mut wanted = self.options().filter(|option| wanted(option.number));
        wanted.all(|option| pdu.add_option(option.number, option.value) > 0)
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
