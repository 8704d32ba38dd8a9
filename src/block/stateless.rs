//! A response with a block of a body that the handler has at hand each time (block chapter, section 4).

use super::option::{largest_exponent, room_for_payload, Block, NoBlock};
use super::response::{add_format_and_age, add_slice, fail, BAD_REQUEST, INTERNAL_ERROR};
use crate::abi::*;
use crate::base::hash::coap_hash;

/// `coap_add_data_blocked_response`: code 2.05, ETag (a hash of `body`), Content-Format, Max-Age unless negative, and
/// the block that `request` asks for; without being asked the whole body, if it fits, or else its first block. Becomes
/// an error where that can't be done.
pub fn add_blocked(
    request: Option<&coap_pdu_t>,
    reliable: bool,
    response: &coap_pdu_t,
    media_type: u16,
    max_age: core::ffi::c_int,
    body: &[u8],
) {
    let asked = request.and_then(|request| Block::asked_for(request, reliable));
    if asked.is_some_and(|block| block.num != 0 && body.len() as u64 <= block.start()) {
        return fail(response, BAD_REQUEST);
    }
    response.code.set(coap_response_code::COAP_RESPONSE_CODE_CONTENT as u8);
    let mut etag = [0; 4];
    coap_hash(&mut etag, body);
    let begun = response.add_option(COAP_OPTION_ETAG, &etag) > 0;
    let begun = begun && add_format_and_age(response, media_type, max_age).is_some();
    let added = match asked {
        _ if !begun => Err(NoBlock::NoRoom),
        Some(asked) => add_block(response, asked, body),
        None => add_unasked(response, body),
    };
    match added {
        Ok(()) => (),
        Err(NoBlock::BeyondEnd) => fail(response, BAD_REQUEST),
        Err(NoBlock::NoRoom) => fail(response, INTERNAL_ERROR),
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
