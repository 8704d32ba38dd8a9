//! The answer to a request for `.well-known/core` (docs/spec/resource.md, section 5.4).

use super::cut::Cut;
use super::link::Window;
use super::print::document;
use crate::abi::*;
use crate::block::option::Block;
use crate::exchange::{Context, Session};
use crate::message::code;
use crate::message::pdu::{OwnedPdu, MAX_TOKEN};

/// Builds the response, without sending it; the request's code is not looked at.
///
/// Returns `None` only if there is no memory for a message.
pub fn response(context: &Context, session: &Session, request: &coap_pdu_t) -> Option<OwnedPdu> {
    // Whatever is read from the request is read before the response is made, which may log and so run application
    // code.
    let r#type = request.response_type();
    let mut token = [0; MAX_TOKEN];
    let token = match token.get_mut(..request.token_bytes().len()) {
        Some(token) => {
            token.copy_from_slice(request.token_bytes());
            &*token
        }
        None => &[],
    };
    let max_size = session.max_pdu_size();
    let room = if max_size == 0 { usize::MAX } else { max_size.saturating_sub(token.len()) };
    let answer = Answer::new(context, request, room);

    let response = OwnedPdu::new(r#type, code::SERVICE_UNAVAILABLE, request.mid.get(), max_size)?;
    if !response.add_token(token) {
        return Some(response);
    }
    match answer {
        Err(code) => response.code.set(code),
        Ok(answer) if answer.write(&response) => response.code.set(code::CONTENT),
        Ok(_) => response.drop_contents(),
    }
    Some(response)
}

/// What goes into a 2.05 response.
struct Answer {
    cut: Cut,
    payload: Vec<u8>,
}

impl Answer {
    /// The answer for a response with `room` bytes after the token, or the code of an error response. Calls no
    /// application code.
    fn new(context: &Context, request: &coap_pdu_t, room: usize) -> Result<Answer, u8> {
        let filter = request.option(COAP_OPTION_URI_QUERY).unwrap_or_default();
        let mut measured = Window::new(0, 0, |_: &[u8]| ());
        document(context, filter, &mut measured);
        let cut = Cut::new(measured.total(), Block::of(request, COAP_OPTION_BLOCK2), room)?;

        let mut payload = Vec::new();
        payload.try_reserve_exact(cut.length).map_err(|_| code::SERVICE_UNAVAILABLE)?;
        // There is room for all that the window lets through, so this allocates nothing.
        let mut window = Window::new(cut.offset, cut.length, |piece: &[u8]| payload.extend_from_slice(piece));
        document(context, filter, &mut window);
        Ok(Answer { cut, payload })
    }

    /// Writes options and payload; false if there is no room or no memory for them.
    fn write(&self, response: &OwnedPdu) -> bool {
        let total = self.cut.total as u64;
        let content_format = COAP_MEDIATYPE_APPLICATION_LINK_FORMAT.into();
        self.cut.block.is_none_or(|_| response.add_uint_option(COAP_OPTION_ETAG, total) > 0)
            && response.add_uint_option(COAP_OPTION_CONTENT_FORMAT, content_format) > 0
            && self.cut.block.is_none_or(|block| response.add_uint_option(COAP_OPTION_BLOCK2, block.value().into()) > 0)
            && response.add_uint_option(COAP_OPTION_SIZE2, total) > 0
            && response.add_data(&self.payload)
    }
}
