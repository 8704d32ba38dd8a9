//! A response with a body of any length, with the data kept for the blocks that follow (block chapter, section 5).

use super::identity::Short;
use super::option::{largest_exponent, room_for_payload, slice, Block, NoBlock};
use super::snapshot::{Asked, Release, Snapshot};
use super::transfers::keep_snapshot;
use super::view;
use crate::abi::*;
use crate::base::log::LOG_WARNING;
use crate::base::memory;
use crate::exchange::{Context, Session};
use crate::log;
use crate::message::code;
use crate::resource::{observe, Resource};

/// The longest body that Block options can address.
pub const MAX_LENGTH: usize = 1_073_740_800;

/// What a response with a large body is made for and from.
pub struct LargeResponse<'a> {
    /// The session of the request.
    pub session: &'a Session,
    /// The resource.
    pub resource: &'a Resource,
    /// The request; `None` for a notification.
    pub request: Option<&'a coap_pdu_t>,
    /// The response to be filled.
    pub response: &'a coap_pdu_t,
    /// The token that an observation is told by; `None` for any.
    pub token: Option<&'a [u8]>,
    /// The query, empty if absent.
    pub query: &'a [u8],
    /// Content-Format.
    pub media_type: u16,
    /// Max-Age in seconds; none if negative.
    pub max_age: core::ffi::c_int,
    /// The ETag; 0 = to be made here.
    pub etag: u64,
}

/// Makes `response` an error with nothing but the code's phrase (K21).
pub fn fail(response: &coap_pdu_t, code: u8) {
    response.drop_contents();
    response.code.set(code);
    if let Some(phrase) = code::response_phrase(code) {
        if phrase.count_bytes() <= room_for_payload(response) {
            response.add_data(phrase.to_bytes());
        }
    }
}

/// Adds Observe, in the first block only and only for an observer: `counter` is that of the resource.
pub fn add_observe(response: &coap_pdu_t, counter: Option<u32>, asked: Option<Block>) -> Option<()> {
    let Some(counter) = counter.filter(|_| asked.is_none_or(|block| block.num == 0)) else { return Some(()) };
    (response.add_uint_option(COAP_OPTION_OBSERVE, counter.into()) > 0).then_some(())
}

/// Adds Content-Format and, unless negative, Max-Age.
pub fn add_format_and_age(response: &coap_pdu_t, media_type: u16, max_age: core::ffi::c_int) -> Option<()> {
    let added = |size: usize| (size > 0).then_some(());
    added(response.add_uint_option(COAP_OPTION_CONTENT_FORMAT, media_type.into()))?;
    match u64::try_from(max_age) {
        Ok(seconds) => added(response.add_uint_option(COAP_OPTION_MAXAGE, seconds)),
        Err(_) => Some(()),
    }
}

/// As much of a body as Block options can address.
pub fn shortened(body: &[u8]) -> &[u8] {
    if body.len() > MAX_LENGTH {
        log!(LOG_WARNING, "a body of {} bytes is cut to {}", body.len(), MAX_LENGTH);
    }
    body.get(..MAX_LENGTH).unwrap_or(body)
}

/// `coap_add_data_large_response`: adds the body, or the block of it that is asked for, to a response. False if that
/// can't be done: then the response is an error. `release` is dropped exactly once: now, or when the body that was kept
/// for further blocks is not needed any more (X33).
///
/// # Safety
/// `body` stays as it is until `release` is dropped.
pub unsafe fn add_large(to: &LargeResponse, body: &[u8], release: Release, now: coap_tick_t) -> bool {
    let body = shortened(body);
    let relation = observe::relation(to.resource, to.session, to.token);
    let asked = match to.request {
        Some(request) => Block::asked_for(request, to.session.is_reliable()),
        None => relation.and_then(|relation| relation.block2),
    };
    if to.request.is_none() && asked.is_some() {
        // What the observer asked for goes before what the application would like.
        while to.response.remove_option(COAP_OPTION_BLOCK2) {}
    }
    let begun = add_observe(to.response, relation.map(|relation| relation.counter), asked);
    let added = match begun.and_then(|()| add_format_and_age(to.response, to.media_type, to.max_age)) {
        None if asked.is_some() => Err(code::INTERNAL_SERVER_ERROR),
        None => Err(code::BAD_REQUEST),
        Some(()) => match asked {
            // SAFETY: handed on to the caller.
            Some(asked) => unsafe { add_asked(to, asked, body, release, now) },
            // SAFETY: handed on to the caller.
            None => unsafe { add_unasked(to, body, release, now) },
        },
    };
    if let Err(code) = added {
        fail(to.response, code);
    }
    added.is_ok()
}

/// The request asks for a block.
///
/// # Safety
/// As for [`add_large`].
unsafe fn add_asked(
    to: &LargeResponse,
    asked: Block,
    body: &[u8],
    release: Release,
    now: coap_tick_t,
) -> Result<(), u8> {
    let block = asked.write(COAP_OPTION_BLOCK2, to.response, body.len()).map_err(code_of)?;
    let by_library = to.session.c.block_mode.get() & COAP_BLOCK_USE_LIBCOAP != 0;
    let exponent = largest_exponent(room_for_payload(to.response)).ok_or(code::INTERNAL_SERVER_ERROR)?.min(block.szx);
    let fits_one = body.len() <= Block { szx: exponent, ..Block::default() }.size();
    if by_library && block.num == 0 && !fits_one {
        // SAFETY: handed on to the caller.
        return unsafe { add_first(to, exponent, body, release, now) }.ok_or(code::INTERNAL_SERVER_ERROR);
    }
    let block = if block.num == 0 { Block { szx: exponent, ..block } } else { block };
    let block = block.settle(COAP_OPTION_BLOCK2, to.response, body.len()).map_err(code_of)?;
    add_slice(to.response, body, block).ok_or(code::INTERNAL_SERVER_ERROR)
}

fn code_of(reason: NoBlock) -> u8 {
    match reason {
        NoBlock::BeyondEnd => code::BAD_REQUEST,
        NoBlock::NoRoom => code::INTERNAL_SERVER_ERROR,
    }
}

/// Adds the block, if it has any bytes.
pub fn add_slice(response: &coap_pdu_t, body: &[u8], block: Block) -> Option<()> {
    match slice(body, block.num, block.szx) {
        Some(bytes) => response.add_data(bytes).then_some(()),
        None => Some(()),
    }
}

/// The request asks for no block, or there is none.
///
/// # Safety
/// As for [`add_large`].
unsafe fn add_unasked(to: &LargeResponse, body: &[u8], release: Release, now: coap_tick_t) -> Result<(), u8> {
    let room = room_for_payload(to.response);
    if body.len() <= room {
        return to.response.add_data(body).then_some(()).ok_or(code::BAD_REQUEST);
    }
    if to.session.c.block_mode.get() & COAP_BLOCK_USE_LIBCOAP == 0 {
        return Err(code::BAD_REQUEST);
    }
    let exponent = largest_exponent(room).ok_or(code::BAD_REQUEST)?;
    // SAFETY: handed on to the caller.
    unsafe { add_first(to, exponent, body, release, now) }.ok_or(code::BAD_REQUEST)
}

/// The next generated ETag: counts up, leaving out 0.
fn next_etag(context: &Context) -> u64 {
    let next = context.c.etag.get().wrapping_add(1).max(1);
    context.c.etag.set(next);
    next
}

/// Adds the first of several blocks, and keeps the body for the others.
///
/// # Safety
/// As for [`add_large`].
unsafe fn add_first(to: &LargeResponse, exponent: u8, body: &[u8], release: Release, now: coap_tick_t) -> Option<()> {
    let LargeResponse { session, response, .. } = *to;
    view::show_with("response of the application, server", response, body);
    let context = session.context().filter(|_| !session.is_ended())?;
    let set = |number, value| (response.update_option(number, Short::integer(value).bytes()) > 0).then_some(());
    set(COAP_OPTION_SIZE2, body.len() as u64)?;
    set(COAP_OPTION_ETAG, if to.etag != 0 { to.etag } else { next_etag(&context) })?;
    let first = Block { num: 0, m: true, szx: exponent };
    let block = first.settle(COAP_OPTION_BLOCK2, response, body.len()).ok()?;

    let asked = Asked::new(to.resource.id, to.request, to.query)?;
    let options = memory::to_vec(response.options().rest())?;
    // SAFETY: handed on to the caller.
    let mut snapshot = unsafe { Snapshot::new(asked, options, body, release, now) };
    snapshot.etag = to.etag;
    let max_age = u64::try_from(to.max_age).ok();
    snapshot.fresh_until = max_age.map(|seconds| now.saturating_add(seconds.saturating_mul(COAP_TICKS_PER_SECOND)));
    snapshot.lifetime.set(session.exchange_lifetime());
    snapshot.code.set(response.code.get());
    if response.code.get() == 0 {
        snapshot.awaiting.set(response);
    }
    add_slice(response, body, block)?;
    keep_snapshot(&context, session, snapshot, now)
}
