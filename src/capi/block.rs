//! Functions of `coap2/block.h`.

use super::door::{door, int};
use crate::abi::*;
use crate::base::{clock, memory};
use crate::block::identity::Short;
use crate::block::option::{self, Block};
use crate::block::response::{self, LargeResponse};
use crate::block::snapshot::Release;
use crate::block::stateless::{self, BlockedResponse};
use crate::block::{self, body, client, large_request};
use crate::exchange::{Context, Session};
use crate::message::raw;
use crate::resource::Resource;
use core::ffi::{c_int, c_uchar, c_uint, c_void};

/// Gives the block number in the value of a Block1 or Block2 option.
///
/// @param block_opt  The first byte of a valid option.
///
/// @return The option's value as an integer without its low 4 bits: at most 1048575 for a valid Block option; 0 for an
///         empty one, and if block_opt is NULL.
///
/// See RFC 7959, section 2.2.
#[no_mangle]
pub unsafe extern "C" fn coap_opt_block_num(block_opt: *const coap_opt_t) -> c_uint {
    // SAFETY: the caller gives a valid option or NULL.
    door(0, || Some(option::number(unsafe { raw::value(block_opt) }?)))
}

/// Takes the Block option of a message apart.
///
/// @param pdu    The message.
/// @param type   The number of the option: COAP_OPTION_BLOCK1 or COAP_OPTION_BLOCK2. The first one counts.
/// @param block  Where to put number, M bit and size exponent. All zero if there is no such option.
///
/// @return 1 if the option is there with a valid number; else 0, also if an argument is NULL.
///
/// See RFC 7959, section 2.2.
#[no_mangle]
pub unsafe extern "C" fn coap_get_block(pdu: *mut coap_pdu_t, r#type: u16, block: *mut coap_block_t) -> c_int {
    door(0, || {
        // SAFETY: the caller gives a message and a writable block, or NULL.
        let (pdu, block) = unsafe { (pdu.as_ref(), block.as_mut()?) };
        let (found, valid) = pdu.map_or_else(Default::default, |pdu| option::get(pdu, r#type));
        *block = found.into();
        Some(int(valid))
    })
}

/// Appends a Block option for the block that is to be sent next, with the M bit set right. Where the message has no
/// room for a block of this size, the size is lowered and the number adapted to it.
///
/// The room is reckoned from the size of the message so far, so that this is best called last, right before
/// coap_add_block().
///
/// @param block        The block to be sent: number and size exponent. Holds what was written afterwards.
/// @param type         The number of the option: COAP_OPTION_BLOCK1 or COAP_OPTION_BLOCK2.
/// @param pdu          The message.
/// @param data_length  The length of the whole body in bytes.
///
/// @return 1 if the option was written. -2 if the block begins behind the end of the body. -3 if not even a block of 16
///         bytes fits, or the message has no size limit. -1 if an argument is NULL. On errors nothing is changed.
///
/// See RFC 7959, section 2.2.
#[no_mangle]
pub unsafe extern "C" fn coap_write_block_opt(
    block: *mut coap_block_t,
    r#type: u16,
    pdu: *mut coap_pdu_t,
    data_length: usize,
) -> c_int {
    door(-1, || {
        // SAFETY: the caller gives a writable block and a message, or NULL.
        let (block, pdu) = unsafe { (block.as_mut()?, pdu.as_ref()?) };
        Some(match Block::from(*block).write(r#type, pdu, data_length) {
            Ok(written) => {
                *block = written.into();
                1
            }
            Err(reason) => reason.code(),
        })
    })
}

/// Adds one block of a body to a message, as its payload.
///
/// @param pdu        The message; it must not have a payload yet.
/// @param len        The length of the whole body in bytes.
/// @param data       The whole body.
/// @param block_num  The number of the block.
/// @param block_szx  Its size exponent: a block has 2^(block_szx + 4) bytes, the last one perhaps fewer.
///
/// @return 1 if the block was added. 0, and the message unchanged, if there is no such block, it does not fit, the message
///         has a payload, or a pointer is NULL.
///
/// See RFC 7959, section 2.2.
#[no_mangle]
pub unsafe extern "C" fn coap_add_block(
    pdu: *mut coap_pdu_t,
    len: usize,
    data: *const u8,
    block_num: c_uint,
    block_szx: c_uchar,
) -> c_int {
    door(0, || {
        // SAFETY: the caller gives a message and `len` readable bytes, or NULL.
        let (pdu, body) = unsafe { (pdu.as_ref()?, memory::bytes(data, len)?) };
        Some(int(option::add_block(pdu, body, block_num, block_szx)))
    })
}

/// Puts a block into the body that an application builds up from the blocks it receives. The values that
/// coap_get_data_large() gives are right for length, data, offset and total.
///
/// The result takes the place of body_data, which must not be used any more, and is released by coap_delete_binary().
/// Blocks may come in any order; bytes that have not been filled yet are zero.
///
/// @param body_data  The body so far; NULL for the first block.
/// @param length     The length of the block in bytes.
/// @param data       The block.
/// @param offset     Where the block belongs in the body.
/// @param total      The length of the whole body as far as known; the first allocation goes by it. A body that is
///                   shorter than this, or does not hold the block, is resized to offset + length, be that more or less.
///
/// @return The body. NULL if data is NULL (body_data is still yours then), if body_data is NULL and total 0, or without
///         memory (body_data has been freed then).
#[no_mangle]
pub unsafe extern "C" fn coap_block_build_body(
    body_data: *mut coap_binary_t,
    length: usize,
    data: *const u8,
    offset: usize,
    total: usize,
) -> *mut coap_binary_t {
    // SAFETY: the caller gives a binary made by this library or NULL, and `length` readable bytes or NULL.
    door(core::ptr::null_mut(), || Some(unsafe { body::build(body_data, length, data, offset, total) }))
}

/// The bytes of a token; the inner `None` if there is none, the outer one if it is nonsense.
///
/// # Safety
/// `token` is null or live, its bytes too, and nobody writes them while the result is in use.
unsafe fn token_bytes<'a>(token: *const coap_binary_t) -> Option<Option<&'a [u8]>> {
    // SAFETY: handed on to the caller.
    match unsafe { token.as_ref() } {
        // SAFETY: handed on to the caller.
        Some(token) => unsafe { memory::bytes(token.s, token.length) }.map(Some),
        None => Some(None),
    }
}

/// Fills in a response from a body that the handler has at hand at every request. Nothing is kept: the handler is
/// called again for each block.
///
/// The code becomes 2.05. ETag (a hash of the body), Observe (for an observer of the resource, in the first block),
/// Content-Format, Max-Age, and, where blocks are needed, Block2 and Size2 are added, then the block that the request
/// asks for; in a notification the first block, of the size that the observer asked for when it registered. Without
/// Block2 in the request it is the whole body, if it fits, or else its first block. The response becomes 4.00 if the
/// block is behind the end of the body, 5.00 if the message has no room.
///
/// @param resource    The resource.
/// @param session     The session of the request.
/// @param request     The request; NULL for a notification.
/// @param response    The response.
/// @param token       The token of the request or notification, which an observation is told by; NULL stands for any
///                    observation of the resource through this session.
/// @param media_type  The Content-Format of the body, COAP_MEDIATYPE_*.
/// @param maxage      How long the response may be cached, in seconds; -1 to leave that open.
/// @param length      The length of the body in bytes.
/// @param data        The body.
///
/// See RFC 7959, section 2.4.
#[no_mangle]
pub unsafe extern "C" fn coap_add_data_blocked_response(
    resource: *mut coap_resource_t,
    session: *mut coap_session_t,
    request: *mut coap_pdu_t,
    response: *mut coap_pdu_t,
    token: *const coap_binary_t,
    media_type: u16,
    maxage: c_int,
    length: usize,
    data: *const u8,
) {
    door((), || {
        // SAFETY: the caller gives live objects and readable bytes, or NULL.
        let (resource, session, request, response, token, body) = unsafe {
            let (resource, session, token) =
                (Resource::from_ptr(resource), Session::from_ptr(session)?, token_bytes(token)?);
            (resource, session, request.as_ref(), response.as_ref()?, token, memory::bytes(data, length)?)
        };
        let (resource, session) = (resource.as_deref(), &*session);
        let to = BlockedResponse { resource, session, request, response, token, media_type, max_age: maxage };
        stateless::add_blocked(&to, body);
        Some(())
    })
}

/// Adds a body of any length to a response. What does not fit into one message the library sends block by block as it
/// is asked for, from the data given here. This must be the last change to the response; only its code may be set later.
///
/// Observe (for an observer of the resource, in the first block), Content-Format, Max-Age, and, where blocks are needed,
/// Block2, Size2 and ETag are added.
///
/// The data is not copied: it must stay until release_func is called. That happens exactly once, also if this function
/// fails: before it returns, if the data is not needed any more, or else when another body takes its place (same session,
/// resource and query), when all was sent or no block was asked for in a long time, or when the session ends.
///
/// If it can't be done, the response becomes an error: 4.00 if the block is behind the end of the body or the body does
/// not fit, 5.00 if the message has no room for a block or memory runs out.
///
/// Without COAP_BLOCK_USE_LIBCOAP (coap_context_set_block_mode()) nothing is kept, and the handler is called again for
/// each block.
///
/// @param resource      The resource.
/// @param session       The session of the request.
/// @param request       The request; NULL for a notification.
/// @param response      The response.
/// @param token         The token of the request or notification, which an observation is told by; NULL stands for any
///                      observation of the resource through this session.
/// @param query         The query of the request; NULL for none.
/// @param media_type    The Content-Format of the body, COAP_MEDIATYPE_*.
/// @param maxage        How long the response may be cached, in seconds; -1 to leave that open.
/// @param etag          The ETag of the body; 0 to have one made.
/// @param length        The length of the body in bytes.
/// @param data          The body.
/// @param release_func  Called once when data is not needed any more; may be NULL.
/// @param app_ptr       Given to release_func.
///
/// @return 1 on success, else 0.
///
/// See RFC 7959, section 2.4.
#[no_mangle]
pub unsafe extern "C" fn coap_add_data_large_response(
    resource: *mut coap_resource_t,
    session: *mut coap_session_t,
    request: *mut coap_pdu_t,
    response: *mut coap_pdu_t,
    token: *const coap_binary_t,
    query: *const coap_string_t,
    media_type: u16,
    maxage: c_int,
    etag: u64,
    length: usize,
    data: *const u8,
    release_func: coap_release_large_data_t,
    app_ptr: *mut c_void,
) -> c_int {
    door(0, || {
        // SAFETY: the caller gives a function that may be called with the session and `app_ptr`.
        let release = unsafe { Release::new(release_func, session, app_ptr) };
        // SAFETY: the caller gives live objects and readable bytes, or NULL.
        let (resource, session, request, response, body, token, query) = unsafe {
            let token = token_bytes(token)?;
            let query = match query.as_ref() {
                Some(query) => memory::bytes(query.s, query.length)?,
                None => &[],
            };
            let session = Session::from_ptr(session)?;
            let resource = Resource::from_ptr(resource)?;
            (resource, session, request.as_ref(), response.as_ref()?, memory::bytes(data, length)?, token, query)
        };
        let to = LargeResponse {
            session: &session,
            resource: &resource,
            request,
            response,
            token,
            query,
            media_type,
            max_age: maxage,
            etag,
        };
        // SAFETY: the caller keeps the bytes until `release_func` is called.
        Some(int(unsafe { response::add_large(&to, body, release, clock::now()) }))
    })
}

/// Adds a body of any length to a request. What does not fit into one message the library sends fragment by fragment,
/// from the data given here, as the server acknowledges them. This must be the last change to the request, which is then
/// handed to coap_send_large().
///
/// Where fragments are needed, Size1 and Block1 are added. The data is not copied: it must stay until release_func is
/// called. That happens exactly once, also if this function fails: before it returns, if the data is not needed any
/// more, or else before the response handler sees the answer to the whole, when the request fails, when another body
/// with the same token takes its place, or when the session ends.
///
/// A Block1 option in the request limits the size of the fragments; with a number other than 0 only that fragment is
/// added, and the application does the transfer.
///
/// Without COAP_BLOCK_USE_LIBCOAP (coap_context_set_block_mode()) the body must fit into the message.
///
/// @param session       The session that the request will be sent on.
/// @param pdu           The request, with its token and options.
/// @param length        The length of the body in bytes.
/// @param data          The body.
/// @param release_func  Called once when data is not needed any more; may be NULL.
/// @param app_ptr       Given to release_func.
///
/// @return 1 on success, else 0.
///
/// See RFC 7959, section 2.5.
#[no_mangle]
pub unsafe extern "C" fn coap_add_data_large_request(
    session: *mut coap_session_t,
    pdu: *mut coap_pdu_t,
    length: usize,
    data: *const u8,
    release_func: coap_release_large_data_t,
    app_ptr: *mut c_void,
) -> c_int {
    door(0, || {
        // SAFETY: the caller gives a function that may be called with the session and `app_ptr`.
        let release = unsafe { Release::new(release_func, session, app_ptr) };
        // SAFETY: the caller gives live objects and readable bytes, or NULL.
        let (session, pdu, body) =
            unsafe { (Session::from_ptr(session)?, pdu.as_ref()?, memory::bytes(data, length)?) };
        // SAFETY: the caller keeps the bytes until `release_func` is called.
        Some(int(unsafe { large_request::add_large(&session, pdu, body, release, clock::now()) }))
    })
}

/// Ends an observation: sends the request that began it once more, with Observe 1. What the server answers goes to the
/// response handler.
///
/// The request must have been sent by coap_send_large() (or, confirmable, have been answered in blocks), with
/// COAP_BLOCK_USE_LIBCOAP, and a response with Observe must have come.
///
/// @param session       The session.
/// @param token         The token that the request was made with; NULL for an empty one.
/// @param message_type  How to send it: COAP_MESSAGE_CON or COAP_MESSAGE_NON.
///
/// @return 1 if the request was sent; 0 if there is no such observation, or sending failed.
///
/// See RFC 7641, section 3.6.
#[no_mangle]
pub unsafe extern "C" fn coap_cancel_observe(
    session: *mut coap_session_t,
    token: *mut coap_binary_t,
    message_type: u8,
) -> c_int {
    door(0, || {
        // SAFETY: the caller gives a live session, and a token or NULL.
        let (session, token) = unsafe {
            let token = match token.as_ref() {
                Some(token) => memory::bytes(token.s, token.length)?,
                None => &[],
            };
            (Session::from_ptr(session)?, token)
        };
        // The token may be the application's own to change while callbacks run.
        let token = Short::new(token)?;
        Some(int(client::cancel_observe(&session, token.bytes(), message_type, clock::now())))
    })
}

/// Chooses how sessions that are made from now on in this context treat block-wise transfers.
///
/// Bodies that the library puts together for a handler are at most 16 MiB long, or as many bytes as the environment
/// variable COAP_MAX_BODY said when the context was made; senders of longer ones get 4.13.
///
/// @param context     The context.
/// @param block_mode  0: the application does all itself. COAP_BLOCK_USE_LIBCOAP: the library does the transfers, and
///                    handlers see every block. COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY: handlers see whole
///                    bodies. Other bits are ignored.
#[no_mangle]
pub unsafe extern "C" fn coap_context_set_block_mode(context: *mut coap_context_t, block_mode: u8) {
    door((), || {
        // SAFETY: the caller gives a live context or NULL.
        block::set_mode(&*unsafe { Context::from_ptr(context) }?, block_mode);
        Some(())
    })
}
