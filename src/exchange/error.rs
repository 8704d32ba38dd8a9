//! Error responses (docs/spec/exchange.md, section 8).

use crate::abi::*;
use crate::base::memory;
use crate::message::code;
use crate::message::pdu::OwnedPdu;

/// Room for the address that a 5.08 gets when it is sent.
const ADDRESS_LENGTH: usize = 46;

/// `coap_new_error_response`: type, id and token as an answer to `request` has them, the request's options that
/// `copied` names, and the phrase of `code` as payload.
pub fn response(request: &coap_pdu_t, code: u8, copied: Option<&mut coap_opt_filter_t>) -> Option<OwnedPdu> {
    let kind = request.response_type();
    let phrase = code::response_phrase(code).map_or(&b""[..], |phrase| phrase.to_bytes());
    let payload = match code {
        code::HOP_LIMIT_REACHED => ADDRESS_LENGTH,
        _ if phrase.is_empty() => 0,
        _ => phrase.len() + 1,
    };
    let copied = copied.map(|copied| {
        copied.remove(COAP_OPTION_CONTENT_FORMAT);
        copied.remove(COAP_OPTION_HOP_LIMIT);
        *copied
    });
    let token = memory::to_vec(request.token_bytes())?;
    let mut size = token.len();
    let mut before = 0;
    for option in request.options().filter(|option| copied.is_some_and(|copied| copied.contains(option.number))) {
        size = size.saturating_add(crate::message::option::encoded_size(option.number - before, option.value.len()));
        before = option.number;
    }
    let response = OwnedPdu::new(kind, code, request.mid.get(), size.saturating_add(payload))?;
    if !response.add_token(&token) {
        return None;
    }
    for option in request.options().filter(|option| copied.is_some_and(|copied| copied.contains(option.number))) {
        if response.insert_option(option.number, option.value) == 0 {
            return None;
        }
    }
    if code != code::HOP_LIMIT_REACHED && !response.add_data(phrase) {
        return None;
    }
    Some(response)
}
