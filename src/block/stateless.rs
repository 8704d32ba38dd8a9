//! A response with a block of a body that the handler has at hand each time (block chapter, section 4).

use super::option::{largest_exponent, room_for_payload, Block, NoBlock};
use super::response::{add_format_and_age, add_observe, add_slice, fail};
use crate::abi::*;
use crate::base::hash::coap_hash;
use crate::exchange::Session;
use crate::message::code;
use crate::resource::{observe, Resource};

/// What a response with a body is made for and from.
pub struct BlockedResponse<'a> {
    /// The resource, if there is one: only for its observers.
    pub resource: Option<&'a Resource>,
    /// The session of the request.
    pub session: &'a Session,
    /// The request; `None` for a notification.
    pub request: Option<&'a coap_pdu_t>,
    /// The response to be filled.
    pub response: &'a coap_pdu_t,
    /// The token that an observation is told by; `None` for any.
    pub token: Option<&'a [u8]>,
    /// Content-Format.
    pub media_type: u16,
    /// Max-Age in seconds; none if negative.
    pub max_age: core::ffi::c_int,
}

/// `coap_add_data_blocked_response`: code 2.05, ETag (a hash of `body`), Observe in the first block for an observer,
/// Content-Format, Max-Age unless negative, and the block that the request (or the observer, for a notification) asks
/// for; without being asked the whole body, if it fits, or else its first block. Becomes an error where that can't be
/// done.
pub fn add_blocked(to: &BlockedResponse, body: &[u8]) {
    let relation = to.resource.and_then(|resource| observe::relation(resource, to.session, to.token));
    let asked = match to.request {
        Some(request) => Block::asked_for(request, to.session.is_reliable()),
        None => relation.and_then(|relation| relation.block2),
    };
    add(asked, relation.map(|relation| relation.counter), to.response, to.media_type, to.max_age, body);
}

fn add(
    asked: Option<Block>,
    observe: Option<u32>,
    response: &coap_pdu_t,
    media_type: u16,
    max_age: core::ffi::c_int,
    body: &[u8],
) {
    if asked.is_some_and(|block| block.num != 0 && body.len() as u64 <= block.start()) {
        return fail(response, code::BAD_REQUEST);
    }
    response.code.set(code::CONTENT);
    let mut etag = [0; 4];
    coap_hash(&mut etag, body);
    let begun = response.add_option(COAP_OPTION_ETAG, &etag) > 0;
    let begun = begun && add_observe(response, observe, asked).is_some();
    let begun = begun && add_format_and_age(response, media_type, max_age).is_some();
    let added = match asked {
        _ if !begun => Err(NoBlock::NoRoom),
        Some(asked) => add_block(response, asked, body),
        None => add_unasked(response, body),
    };
    match added {
        Ok(()) => (),
        Err(NoBlock::BeyondEnd) => fail(response, code::BAD_REQUEST),
        Err(NoBlock::NoRoom) => fail(response, code::INTERNAL_SERVER_ERROR),
    }
}

fn add_unasked(response: &coap_pdu_t, body: &[u8]) -> Result<(), NoBlock> {
    let room = room_for_payload(response);
    if body.len() <= room {
        return response.add_data(body).then_some(()).ok_or(NoBlock::NoRoom);
    }
    let szx = largest_exponent(room).ok_or(NoBlock::NoRoom)?;
    add_block(response, Block { num: 0, m: true, szx }, body)
}

fn add_block(response: &coap_pdu_t, block: Block, body: &[u8]) -> Result<(), NoBlock> {
    // Fitted to the room before Size2, as the reference does; made smaller after it only if it has to be.
    let block = block.write(COAP_OPTION_BLOCK2, response, body.len())?;
    if response.add_uint_option(COAP_OPTION_SIZE2, body.len() as u64) == 0 {
        return Err(NoBlock::NoRoom);
    }
    let block = block.settle(COAP_OPTION_BLOCK2, response, body.len())?;
    add_slice(response, body, block).ok_or(NoBlock::NoRoom)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::pdu::OwnedPdu;

    fn answer(max_size: usize, asked: Option<u64>, max_age: i32, body: &[u8]) -> OwnedPdu {
        let request = OwnedPdu::new(COAP_MESSAGE_CON, 1, 1, 100).unwrap();
        if let Some(asked) = asked {
            request.add_uint_option(COAP_OPTION_BLOCK2, asked);
        }
        let response = OwnedPdu::new(COAP_MESSAGE_ACK, 0, 1, max_size).unwrap();
        response.add_token(b"tok");
        add(Block::asked_for(&request, false), None, &response, 0, max_age, body);
        response
    }

    fn body() -> Vec<u8> {
        (0..5000u32).map(|i| (i % 251) as u8).collect()
    }

    fn numbers(response: &coap_pdu_t) -> Vec<u16> {
        response.options().map(|option| option.number).collect()
    }

    #[test]
    fn whole_bodies() {
        let response = answer(1148, None, -1, &[1, 2, 3]);
        assert_eq!(response.code.get(), 69);
        assert_eq!(numbers(&response), [4, 12], "type 0 is a zero-length option");
        assert_eq!(response.option(COAP_OPTION_ETAG).unwrap().len(), 4);
        assert_eq!(response.payload(), Some(&[1, 2, 3][..]));
        let empty = answer(1148, None, 60, &[]);
        assert_eq!(empty.option(COAP_OPTION_ETAG), Some(&[0; 4][..]));
        assert_eq!(numbers(&empty), [4, 12, 14]);
        assert_eq!(empty.payload(), None);
    }

    #[test]
    fn blocks() {
        let body = body();
        for (asked, block, range) in [
            (None, Block { num: 0, m: true, szx: 6 }, 0..1024),
            (Some(0x06), Block { num: 0, m: true, szx: 6 }, 0..1024),
            (Some(0x46), Block { num: 4, m: false, szx: 6 }, 4096..5000),
            (Some(0x80), Block { num: 8, m: true, szx: 0 }, 128..144),
        ] {
            let response = answer(1148, asked, -1, &body);
            assert_eq!(response.code.get(), 69);
            assert_eq!(numbers(&response), [4, 12, 23, 28]);
            assert_eq!(Block::of(&response, COAP_OPTION_BLOCK2), Some(block));
            assert_eq!(response.payload(), Some(&body[range]));
        }
    }

    #[test]
    fn k21_errors_have_nothing_but_their_text() {
        for (response, code, text) in [
            (answer(1148, Some(0x56), -1, &body()), 128, &b"Bad Request"[..]),
            (answer(27, Some(0x06), -1, &body()), 160, b"Internal Server Error"),
        ] {
            assert_eq!(response.code.get(), code);
            assert_eq!(numbers(&response), []);
            assert_eq!(response.payload(), Some(text));
            assert_eq!(response.token_bytes(), b"tok");
        }
        assert_eq!(answer(10, Some(0x06), -1, &body()).payload(), None, "no room for the text");
    }

    #[test]
    fn k17_blocks_fit_behind_all_options() {
        let body = body();
        for max_size in 1..1200 {
            let response = answer(max_size, None, 60, &body);
            assert!(response.used_size.get() <= max_size.max(3));
            match response.code.get() {
                69 => assert!(response.payload().unwrap().len() >= 16),
                code => assert!(code == 160 && numbers(&response).is_empty() && max_size < 60),
            }
        }
    }
}
