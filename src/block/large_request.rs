//! A request with a body of any length: what does not fit into one message is kept for the fragments that follow (block
//! chapter, section 5).

use super::identity::Short;
use super::option::{largest_exponent, room_for_payload, Block};
use super::request::{Request, Upload};
use super::requests;
use super::response::{add_slice, shortened};
use super::sending::Sending;
use super::skeleton::Skeleton;
use super::snapshot::Release;
use super::view;
use crate::abi::*;
use crate::exchange::Session;
use crate::message::pdu::MAX_TOKEN;

/// `coap_add_data_large_request`: adds the body, or its first fragment, to a request. `release` is dropped exactly
/// once: now, or when the body that was kept for further fragments is not needed any more (X33).
///
/// # Safety
/// `body` stays as it is until `release` is dropped.
pub unsafe fn add_large(session: &Session, pdu: &coap_pdu_t, body: &[u8], release: Release, now: coap_tick_t) -> bool {
    if session.c.block_mode.get() & COAP_BLOCK_USE_LIBCOAP == 0 {
        return pdu.add_data(body);
    }
    // One with the same token makes way.
    let known = session.requests().of_application(pdu.token_bytes()).filter(|known| known.is_uploading());
    if let Some((known, context)) = known.zip(session.context()) {
        requests::close(&context, session, &known);
    }
    let body = shortened(body);
    let asked = Block::of(pdu, COAP_OPTION_BLOCK1);
    if let Some(block) = asked.filter(|block| block.num != 0) {
        return add_one(pdu, body, block).is_some();
    }
    let room = room_for_payload(pdu);
    let fits = body.len() <= room;
    // Later fragments may have longer tokens (K28).
    let exponent = largest_exponent(room.saturating_sub(MAX_TOKEN.saturating_sub(pdu.token_bytes().len())));
    let first = Block { num: 0, m: true, szx: exponent.unwrap_or(0).min(asked.map_or(COAP_MAX_BLOCK_SZX, szx_of)) };
    match asked {
        _ if exponent.is_none() && (asked.is_some() || !fits) => false,
        None if fits => pdu.add_data(body),
        Some(_) if body.len() <= first.size() && add_alone(pdu, body, first) => true,
        // SAFETY: handed on to the caller.
        _ => unsafe { add_first(session, pdu, body, first, release, now) }.is_some(),
    }
}

fn szx_of(block: Block) -> u8 {
    block.szx
}

/// Adds a body that one block holds; false, and only the option changed, if it does not fit behind the option.
fn add_alone(pdu: &coap_pdu_t, body: &[u8], block: Block) -> bool {
    let settled = block.settle(COAP_OPTION_BLOCK1, pdu, body.len());
    settled.is_ok_and(|block| !block.m) && pdu.add_data(body)
}

/// The application has chosen a fragment: only that one is added, and nothing is kept. Where its size does not fit, it
/// is a smaller one at the same place (K29).
fn add_one(pdu: &coap_pdu_t, body: &[u8], block: Block) -> Option<()> {
    let room = room_for_payload(pdu);
    let left = (body.len() as u64).saturating_sub(block.start());
    let block = match block.szx <= COAP_MAX_BLOCK_SZX && left.min(block.size() as u64) <= room as u64 {
        true => block,
        false => block.settle(COAP_OPTION_BLOCK1, pdu, body.len()).ok()?,
    };
    add_slice(pdu, body, block)
}

/// Adds the first of several fragments, and keeps the body for the others. Without memory or room the options that were
/// added go again.
///
/// # Safety
/// As for [`add_large`].
unsafe fn add_first(
    session: &Session,
    pdu: &coap_pdu_t,
    body: &[u8],
    first: Block,
    release: Release,
    now: coap_tick_t,
) -> Option<()> {
    view::show_with("request of the application, client", pdu, body);
    let context = session.context()?;
    let application = Short::new(pdu.token_bytes())?;
    // Later tokens must fit: the first fragment is settled as if its token had the full length already.
    let missing = MAX_TOKEN - pdu.token_bytes().len();
    let limit = pdu.max_size.get();
    let had_block = pdu.option(COAP_OPTION_BLOCK1).is_some();
    let begin = || {
        if pdu.update_option(COAP_OPTION_SIZE1, Short::integer(body.len() as u64).bytes()) == 0 {
            return None;
        }
        if limit != 0 {
            pdu.max_size.set(limit.saturating_sub(missing).max(1));
        }
        let settled = first.settle(COAP_OPTION_BLOCK1, pdu, body.len());
        pdu.max_size.set(limit);
        settled.ok()
    };
    let opened = begin().and_then(|block| {
        // SAFETY: handed on to the caller.
        let upload = unsafe { Upload::new(body, Sending::new(body.len(), block), release) };
        let request = Request::new(session, application, Skeleton::of(pdu)?, now);
        request.upload.replace(Some(upload));
        let request = requests::open(&context, session, request)?;
        match add_slice(pdu, body, block) {
            Some(()) => Some(()),
            None => {
                requests::close(&context, session, &request);
                None
            }
        }
    });
    if opened.is_none() {
        pdu.remove_option(COAP_OPTION_SIZE1);
        if !had_block {
            pdu.remove_option(COAP_OPTION_BLOCK1);
        }
    }
    opened
}
