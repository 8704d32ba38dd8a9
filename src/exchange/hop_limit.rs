//! 5.08 Hop Limit Reached: what a proxy adds to it on the way back (RFC 8768, section 3; docs/spec/exchange.md, 4.4).

use super::Session;
use crate::abi::*;
use crate::base::address_text;
use core::ptr::null_mut;

/// Completes a 5.08 answer with this node's address. False: it has gone in a circle, or far enough; it is dropped.
pub fn complete(session: &Session, pdu: &coap_pdu_t) -> bool {
    let mut text = [0; 64];
    let name = own_address(session, &mut text);
    let limit = pdu.option(COAP_OPTION_HOP_LIMIT).map(crate::base::varint::decode);
    match limit {
        Some(2..=255) => {
            let limit = limit.unwrap_or(0) as u8 - 1;
            pdu.update_option(COAP_OPTION_HOP_LIMIT, &[limit]);
        }
        Some(_) => return false,
        None => {
            let named = |payload: &[u8]| payload.split(|&byte| byte == b' ').any(|word| word == name);
            if pdu.payload().is_some_and(named) {
                return false;
            }
        }
    }
    let room = pdu.max_size.get();
    if room != 0 && pdu.used_size.get().saturating_add(name.len() + 1) > room {
        return true;
    }
    if pdu.payload().is_some() {
        prepend(pdu, name);
    } else {
        if limit.is_none() {
            pdu.insert_option(COAP_OPTION_HOP_LIMIT, &[255]);
        }
        pdu.add_data(name);
    }
    true
}

/// The session's local address as text, without port, brackets and `::ffff:`.
fn own_address<'a>(session: &Session, text: &'a mut [u8; 64]) -> &'a [u8] {
    let length = address_text::print(&session.c.addr_info.get().local, text);
    let text = &text[..length];
    let text = match text.iter().rposition(|&byte| byte == b':') {
        Some(colon) => &text[..colon],
        None => text,
    };
    let text = text.strip_prefix(b"[").unwrap_or(text);
    let text = text.strip_suffix(b"]").unwrap_or(text);
    text.strip_prefix(b"::ffff:").unwrap_or(text)
}

/// Puts `name` and a space in front of the payload; without memory the payload stays as it is.
fn prepend(pdu: &coap_pdu_t, name: &[u8]) {
    let Some(payload) = pdu.payload() else { return };
    let length = payload.len();
    let mut extended = Vec::new();
    if extended.try_reserve_exact(name.len() + 1 + length).is_err()
        || !pdu.check_resize(pdu.used_size.get() + name.len() + 1)
    {
        return;
    }
    // The buffer may have moved: look at the payload again.
    let Some(payload) = pdu.payload() else { return };
    extended.extend_from_slice(name);
    extended.push(b' ');
    extended.extend_from_slice(payload);
    // Payload and marker go, and come back longer; there is room for them by now.
    pdu.data.set(null_mut());
    pdu.used_size.set(pdu.used_size.get() - length - 1);
    pdu.add_data(&extended);
}
