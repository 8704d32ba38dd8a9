//! Functions of `coap2/pdu.h`.

use super::door::{door, int};
use crate::abi::*;
use crate::base::log::LOG_CRIT;
use crate::base::memory;
use crate::exchange::Session;
use crate::log;
use crate::message::code::response_phrase;
use crate::message::framing::{stream_size, Framing};
use crate::message::pdu::OwnedPdu;
use core::ffi::{c_char, c_int, c_uchar};
use core::ptr::{null, null_mut, NonNull};

/// Makes a message.
///
/// The message has neither token nor options nor payload yet: they are added in this order by coap_add_token(),
/// coap_add_option() and coap_add_data().
///
/// @param type  The type, COAP_MESSAGE_CON, COAP_MESSAGE_NON, COAP_MESSAGE_ACK or COAP_MESSAGE_RST.
/// @param code  The code of the request or response (class times 32, plus detail).
/// @param mid   The message id, in host byte order.
/// @param size  The most bytes that token, options and payload may take together; 0 for no limit.
///
/// @return The message, to be handed to coap_send() or ended by coap_delete_pdu(); NULL without memory.
///
/// See RFC 7252, section 3.
#[no_mangle]
pub extern "C" fn coap_pdu_init(r#type: u8, code: u8, mid: u16, size: usize) -> *mut coap_pdu_t {
    door(null_mut(), || Some(OwnedPdu::new(r#type, code, mid, size)?.into_raw()))
}

/// Makes a message of the size that a session allows: confirmable, code 0.00, message id 0.
///
/// The caller sets type, code and mid (coap_new_message_id() gives an id).
///
/// @param session  The session.
///
/// @return The message, to be handed to coap_send() or ended by coap_delete_pdu(); NULL without memory, or if
/// session is NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_new_pdu(session: *const coap_session_t) -> *mut coap_pdu_t {
    door(null_mut(), || {
        // SAFETY: the caller gives a live session or NULL.
        let session = unsafe { Session::from_ptr(session) }?;
        let pdu = OwnedPdu::new(COAP_MESSAGE_CON, 0, 0, session.max_pdu_size());
        if pdu.is_none() {
            log!(LOG_CRIT, "no memory for a message");
        }
        Some(pdu?.into_raw())
    })
}

/// Empties a message, to use it again.
///
/// The buffer is kept, but no more than size bytes of it are used.
///
/// @param pdu   The message.
/// @param size  The most bytes that token, options and payload may take together; 0 for no limit.
#[no_mangle]
pub unsafe extern "C" fn coap_pdu_clear(pdu: *mut coap_pdu_t, size: usize) {
    door((), || {
        // SAFETY: the caller gives a message or NULL.
        unsafe { pdu.as_ref() }?.clear(size);
        Some(())
    })
}

/// Frees a message and its buffer. Messages that were handed to coap_send() are freed by the library.
///
/// @param pdu  The message, or NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_delete_pdu(pdu: *mut coap_pdu_t) {
    door((), || {
        // SAFETY: the caller gives a message, which nobody uses any more, or NULL.
        drop(unsafe { OwnedPdu::from_raw(NonNull::new(pdu)?) });
        Some(())
    })
}

/// Makes a new message out of another one: type, code and options are the same, the message id is the next one of the
/// session, the token is given, and there is no payload.
///
/// @param old_pdu       The message to copy.
/// @param session       The session that the new message is for.
/// @param token_length  The length of the new token in bytes; a token longer than 8 is left out.
/// @param token         The new token; may be NULL if token_length is 0.
/// @param drop_options  The numbers of options not to copy; NULL to copy all.
///
/// @return The new message, to be handed to coap_send() or ended by coap_delete_pdu(); NULL without memory, if the
/// options do not fit, or if old_pdu or session is NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_pdu_duplicate(
    old_pdu: *const coap_pdu_t,
    session: *mut coap_session_t,
    token_length: usize,
    token: *mut u8,
    drop_options: *mut coap_opt_filter_t,
) -> *mut coap_pdu_t {
    door(null_mut(), || {
        // SAFETY: the caller gives a message, a live session, a token and perhaps a filter, or NULL.
        let (old, session, token, dropped) = unsafe {
            (
                old_pdu.as_ref()?,
                Session::from_ptr(session)?,
                memory::bytes(token, token_length)?,
                drop_options.as_ref().copied(),
            )
        };
        Some(old.duplicate(session.next_mid(), session.max_pdu_size(), token, dropped.as_ref())?.into_raw())
    })
}

/// Gives the buffer of a message another size.
///
/// token and data of the message, and pointers to its options, may be others afterwards.
///
/// @param pdu       The message.
/// @param new_size  The number of bytes that token, options and payload may take before the buffer has to grow again.
///
/// @return 1; 0 without memory, if this is more than the message's max_size, or if pdu is NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_pdu_resize(pdu: *mut coap_pdu_t, new_size: usize) -> c_int {
    // SAFETY: the caller gives a message or NULL.
    door(0, || Some(int(unsafe { pdu.as_ref() }?.resize(new_size))))
}

/// Makes the buffer of a message larger if it has to be; it is then at least doubled.
///
/// token and data of the message, and pointers to its options, may be others afterwards.
///
/// @param pdu       The message.
/// @param new_size  The number of bytes that token, options and payload are to take.
///
/// @return 1; 0 without memory, if this is more than the message's max_size, or if pdu is NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_pdu_check_resize(pdu: *mut coap_pdu_t, new_size: usize) -> c_int {
    // SAFETY: the caller gives a message or NULL.
    door(0, || Some(int(unsafe { pdu.as_ref() }?.check_resize(new_size))))
}

/// Adds the token to a message: once, and before anything else.
///
/// @param pdu   The message.
/// @param len   The length of the token in bytes, at most 8.
/// @param data  The token (copied); may be NULL if len is 0.
///
/// @return 1; 0 if the token is too long or does not fit, if the message is not empty, or if pdu is NULL.
///
/// See RFC 7252, section 5.3.1.
#[no_mangle]
pub unsafe extern "C" fn coap_add_token(pdu: *mut coap_pdu_t, len: usize, data: *const u8) -> c_int {
    // SAFETY: the caller gives a message, and `len` readable bytes or NULL.
    door(0, || Some(int(unsafe { pdu.as_ref()?.add_token_from(data, len) })))
}

/// Replaces the token of a message; options and payload stay as they are.
///
/// A header that was encoded before has to be encoded again.
///
/// @param pdu   The message.
/// @param len   The length of the token in bytes, at most 8.
/// @param data  The token (copied); may be NULL if len is 0.
///
/// @return 1; 0, and nothing changed, if the token is too long or does not fit, or if pdu is NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_update_token(pdu: *mut coap_pdu_t, len: usize, data: *const u8) -> c_int {
    // SAFETY: the caller gives a message, and `len` readable bytes or NULL.
    door(0, || Some(int(unsafe { pdu.as_ref()?.update_token_from(data, len) })))
}

/// Adds an option to a message.
///
/// Options are best added in the order of their numbers; one that comes out of order is put where it belongs, behind
/// those of the same number. A request that gets a Proxy-Uri or Proxy-Scheme option gets a Hop-Limit option of 16 as
/// well, unless it has one already.
///
/// @param pdu   The message.
/// @param type  The option number.
/// @param len   The length of the value in bytes, at most 65804.
/// @param data  The value (copied); NULL for a value of zero bytes.
///
/// @return The size of the encoded option in bytes; 0 if it does not fit or can not be encoded, or if pdu is NULL.
///
/// See RFC 7252, sections 3.1 and 5.10, and RFC 8768, section 3.
#[no_mangle]
pub unsafe extern "C" fn coap_add_option(pdu: *mut coap_pdu_t, r#type: u16, len: usize, data: *const u8) -> usize {
    // SAFETY: the caller gives a message, and `len` readable bytes or NULL.
    door(0, || Some(unsafe { pdu.as_ref()?.add_option_from(r#type, data, len) }))
}

/// Puts an option into a message where its number belongs, behind those of the same number.
///
/// @param pdu   The message.
/// @param type  The option number.
/// @param len   The length of the value in bytes, at most 65804.
/// @param data  The value (copied); NULL for a value of zero bytes.
///
/// @return The size of the encoded option in bytes; 0 if it does not fit or can not be encoded, if the options of the
/// message are malformed, or if pdu is NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_insert_option(pdu: *mut coap_pdu_t, r#type: u16, len: usize, data: *const u8) -> usize {
    // SAFETY: the caller gives a message, and `len` readable bytes or NULL.
    door(0, || Some(unsafe { pdu.as_ref()?.insert_option_from(r#type, data, len) }))
}

/// Replaces the value of the first option with this number, or inserts the option if there is none.
///
/// @param pdu   The message.
/// @param type  The option number.
/// @param len   The length of the value in bytes, at most 65804.
/// @param data  The value (copied); NULL for a value of zero bytes.
///
/// @return 1 if a value was replaced, or what coap_insert_option() returns; 0 if it does not fit or can not be encoded,
/// or if pdu is NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_update_option(pdu: *mut coap_pdu_t, r#type: u16, len: usize, data: *const u8) -> usize {
    // SAFETY: the caller gives a message, and `len` readable bytes or NULL.
    door(0, || Some(unsafe { pdu.as_ref()?.update_option_from(r#type, data, len) }))
}

/// Takes the first option with this number out of a message.
///
/// @param pdu   The message.
/// @param type  The option number.
///
/// @return 1; 0 if there is no such option, or if pdu is NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_remove_option(pdu: *mut coap_pdu_t, r#type: u16) -> c_int {
    // SAFETY: the caller gives a message or NULL.
    door(0, || Some(int(unsafe { pdu.as_ref() }?.remove_option(r#type))))
}

/// Adds the payload to a message.
///
/// @param pdu   The message.
/// @param len   The length of the payload in bytes; with 0 nothing is done.
/// @param data  The payload (copied); may be NULL if len is 0.
///
/// @return 1; 0, and nothing changed, if it does not fit, if the message has a payload already, or if pdu is NULL.
///
/// See RFC 7252, section 3.
#[no_mangle]
pub unsafe extern "C" fn coap_add_data(pdu: *mut coap_pdu_t, len: usize, data: *const u8) -> c_int {
    // SAFETY: the caller gives a message, and `len` readable bytes or NULL.
    door(0, || Some(int(unsafe { pdu.as_ref()?.add_data_from(data, len) })))
}

/// Adds a payload of zero bytes to a message, for the caller to write over.
///
/// @param pdu  The message.
/// @param len  The length of the payload in bytes.
///
/// @return Where the payload is, in the message; NULL, and nothing changed, if len is 0, if it does not fit, if the
/// message has a payload already, or if pdu is NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_add_data_after(pdu: *mut coap_pdu_t, len: usize) -> *mut u8 {
    // SAFETY: the caller gives a message or NULL.
    door(null_mut(), || unsafe { pdu.as_ref() }?.add_data_after(len))
}

/// Gives the payload of a message, or, where blocks have been put together, the whole body.
///
/// @param pdu   The message.
/// @param len   Where to put the length in bytes, 0 without payload.
/// @param data  Where to put a pointer to the payload, NULL without one. It belongs to the message.
///
/// @return 1 if there is a payload; 0 if not, or if pdu is NULL (and then nothing is written).
#[no_mangle]
pub unsafe extern "C" fn coap_get_data(pdu: *const coap_pdu_t, len: *mut usize, data: *mut *mut u8) -> c_int {
    // SAFETY: handed on; the two pointer types differ in `const` only.
    unsafe { coap_get_data_large(pdu, len, data.cast(), null_mut(), null_mut()) }
}

/// Gives the payload of a message and its place in the body that it is a part of.
///
/// Each of the results may be NULL if it is of no interest.
///
/// @param pdu     The message.
/// @param len     Where to put the length in bytes, 0 without payload.
/// @param data    Where to put a pointer to the payload, NULL without one. It belongs to the message.
/// @param offset  Where to put the offset of the payload in the body, in bytes.
/// @param total   Where to put the length of the whole body in bytes, as far as it is known.
///
/// @return 1 if there is a payload; 0 if not, or if pdu is NULL (and then nothing is written).
///
/// See RFC 7959, section 2.
#[no_mangle]
pub unsafe extern "C" fn coap_get_data_large(
    pdu: *const coap_pdu_t,
    len: *mut usize,
    data: *mut *const u8,
    offset: *mut usize,
    total: *mut usize,
) -> c_int {
    door(0, || {
        // SAFETY: the caller gives a message or NULL.
        let pdu = unsafe { pdu.as_ref() }?;
        let found = pdu.data_large();
        // SAFETY: the caller gives writable results or NULL.
        unsafe {
            put(len, found.map_or(0, |found| found.bytes.len()));
            put(data, found.map_or(null(), |found| found.bytes.as_ptr()));
            put(offset, pdu.body_offset.get());
            put(total, found.map_or(0, |found| found.total));
        }
        Some(int(found.is_some()))
    })
}

/// Writes a result, unless the caller does not want it.
///
/// # Safety
/// place is NULL or writable.
unsafe fn put<T>(place: *mut T, value: T) {
    if !place.is_null() {
        // SAFETY: handed on to the caller.
        unsafe { place.write(value) }
    }
}

/// Writes the header of a message in front of its token, and notes its size in hdr_size.
///
/// The whole message is then hdr_size plus used_size bytes from token - hdr_size on.
///
/// @param pdu    The message.
/// @param proto  The protocol, COAP_PROTO_UDP, COAP_PROTO_DTLS, COAP_PROTO_TCP or COAP_PROTO_TLS.
///
/// @return The size of the header in bytes; 0 if none can be made, or if pdu is NULL.
///
/// See RFC 7252, section 3, and RFC 8323, section 3.2.
#[no_mangle]
pub unsafe extern "C" fn coap_pdu_encode_header(pdu: *mut coap_pdu_t, proto: coap_proto_t) -> usize {
    // SAFETY: the caller gives a message or NULL.
    door(0, || Some(unsafe { pdu.as_ref() }?.encode_header(proto)))
}

/// Tells how long the header of a message is, by its first byte.
///
/// @param proto  The protocol, COAP_PROTO_UDP, COAP_PROTO_DTLS, COAP_PROTO_TCP or COAP_PROTO_TLS.
/// @param data   The first byte of the message.
///
/// @return The size of the header in bytes; 0 for other protocols, or if data is NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_pdu_parse_header_size(proto: coap_proto_t, data: *const u8) -> usize {
    // SAFETY: the caller gives one readable byte or NULL.
    door(0, || Some(Framing::of(proto)?.header_size(*unsafe { data.as_ref() }?)))
}

/// Tells how many bytes follow the header of a message that arrives on a stream.
///
/// @param proto   The protocol, COAP_PROTO_TCP or COAP_PROTO_TLS.
/// @param data    The message, at least its header.
/// @param length  The number of bytes that may be read from there.
///
/// @return The number of bytes, token included; 0 if the header is incomplete, for other protocols, or if data is
/// NULL.
///
/// See RFC 8323, section 3.2.
#[no_mangle]
pub unsafe extern "C" fn coap_pdu_parse_size(proto: coap_proto_t, data: *const u8, length: usize) -> usize {
    door(0, || {
        // SAFETY: the caller gives `length` readable bytes or NULL.
        let bytes = unsafe { memory::bytes(data, length) }?;
        (Framing::of(proto)? == Framing::Stream).then(|| stream_size(bytes))?
    })
}

/// Decodes the header that stands in front of a message's token, hdr_size bytes.
///
/// @param pdu    The message; type, code, mid and token_length are set.
/// @param proto  The protocol, COAP_PROTO_UDP, COAP_PROTO_DTLS, COAP_PROTO_TCP or COAP_PROTO_TLS.
///
/// @return 1; 0 if the version is not 1, if the token is longer than the buffer, if the header does not have the size
/// of one, for other protocols, or if pdu is NULL.
///
/// See RFC 7252, section 3, and RFC 8323, section 3.2.
#[no_mangle]
pub unsafe extern "C" fn coap_pdu_parse_header(pdu: *mut coap_pdu_t, proto: coap_proto_t) -> c_int {
    // SAFETY: the caller gives a message or NULL.
    door(0, || Some(int(unsafe { pdu.as_ref() }?.parse_header(proto))))
}

/// Checks token, options and payload of a message whose header has been decoded, and finds its payload.
///
/// @param pdu  The message; max_opt and data are set.
///
/// @return 1; 0 if the message is malformed, if an option has a length that its definition does not allow, or if pdu
/// is NULL.
///
/// See RFC 7252, sections 3 and 5.10, and RFC 8323, section 5.
#[no_mangle]
pub unsafe extern "C" fn coap_pdu_parse_opt(pdu: *mut coap_pdu_t) -> c_int {
    // SAFETY: the caller gives a message or NULL.
    door(0, || Some(int(unsafe { pdu.as_ref() }?.parse_opt())))
}

/// Decodes a message.
///
/// After a failure the fields hold what was decoded until then.
///
/// @param proto   The protocol, COAP_PROTO_UDP, COAP_PROTO_DTLS, COAP_PROTO_TCP or COAP_PROTO_TLS.
/// @param data    The message as it was received (copied).
/// @param length  Its length in bytes.
/// @param pdu     A message from coap_pdu_init(), new or used.
///
/// @return 1; 0 if the message is malformed or larger than pdu may become, without memory, for other protocols, or if
/// a pointer is NULL.
///
/// See RFC 7252, section 3, and RFC 8323, section 3.2.
#[no_mangle]
pub unsafe extern "C" fn coap_pdu_parse(
    proto: coap_proto_t,
    data: *const u8,
    length: usize,
    pdu: *mut coap_pdu_t,
) -> c_int {
    // SAFETY: the caller gives `length` readable bytes and a message, or NULL.
    door(0, || Some(int(unsafe { pdu.as_ref()?.parse_from(proto, data, length) })))
}

/// Gives the phrase that goes with a response code, "Not Found" for 4.04.
///
/// @param code  The code (class times 32, plus detail).
///
/// @return A string that must not be freed; NULL for codes without a phrase.
///
/// See RFC 7252, section 12.1.2.
#[no_mangle]
pub extern "C" fn coap_response_phrase(code: c_uchar) -> *const c_char {
    door(null(), || Some(response_phrase(code)?.as_ptr()))
}
