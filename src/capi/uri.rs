//! Functions of `coap2/uri.h`.

use super::door::door;
use crate::abi::*;
use crate::base::uri::segments::Segments;
use crate::base::uri::split::Accept;
use crate::base::{memory, string, uri as engine};
use crate::message::uri_text;
use core::ffi::{c_int, c_uchar, c_uint};
use core::mem::MaybeUninit;
use core::ptr::{null_mut, NonNull};

/// Makes a URI object from a text: one block that holds a copy of the text with a NUL behind it, taken apart as by
/// coap_split_uri().
///
/// @param uri    The text of the URI.
/// @param length Its length in bytes.
///
/// @return The new object, to be released with coap_free(); NULL if the text is no URI, is NULL or UINT_MAX bytes long,
/// or without memory.
#[no_mangle]
pub unsafe extern "C" fn coap_new_uri(uri: *const u8, length: c_uint) -> *mut coap_uri_t {
    door(null_mut(), || {
        // SAFETY: NULL or `length` bytes of the caller's.
        let text = unsafe { memory::bytes(uri, length as usize) }?;
        engine::new(text).map(NonNull::as_ptr)
    })
}

/// Copies a URI object with its host, path and query into one new block.
///
/// The parts of the copy are not followed by a NUL, and those of length 0 become absent.
///
/// @param uri The URI; its parts need not be in one block.
///
/// @return The copy, to be released with coap_free(); NULL for NULL or without memory.
#[no_mangle]
pub unsafe extern "C" fn coap_clone_uri(uri: *const coap_uri_t) -> *mut coap_uri_t {
    door(null_mut(), || {
        // SAFETY: NULL or a URI of the caller's, whose parts are as long as they say.
        unsafe { engine::clone(uri.as_ref()?) }.map(NonNull::as_ptr)
    })
}

/// Takes a URI of scheme coap, coaps, coap+tcp or coaps+tcp apart, or a relative reference that begins with a slash
/// (RFC 7252, section 6).
///
/// The parts point into the text: nothing is copied, decoded or terminated. A part that is absent has length 0 and `s`
/// NULL. Without a port in the text, `port` is the default of the scheme. A fragment is not split off.
///
/// @param str_var The text of the URI.
/// @param len     Its length in bytes.
/// @param uri     Receives the parts; on failure those found until then.
///
/// @return 0, or a negative number: -1 (NULL argument, unknown scheme, something strange after the authority),
/// -2 (no :// after the scheme), -3 (no host, or a missing bracket), -4 (port above 65535).
#[no_mangle]
pub unsafe extern "C" fn coap_split_uri(str_var: *const u8, len: usize, uri: *mut coap_uri_t) -> c_int {
    // SAFETY: handed on to the caller.
    door(-1, || unsafe { split(str_var, len, uri, Accept::Coap) })
}

/// Takes an absolute URI apart, one of scheme http or https too: what a proxy is asked for (RFC 7252, section 5.7.2).
///
/// Otherwise like coap_split_uri(), but for relative references, which are refused.
///
/// @param str_var The text of the URI.
/// @param len     Its length in bytes.
/// @param uri     Receives the parts; on failure those found until then.
///
/// @return 0, or a negative number as coap_split_uri() does.
#[no_mangle]
pub unsafe extern "C" fn coap_split_proxy_uri(str_var: *const u8, len: usize, uri: *mut coap_uri_t) -> c_int {
    // SAFETY: handed on to the caller.
    door(-1, || unsafe { split(str_var, len, uri, Accept::Proxy) })
}

/// # Safety
/// As for `coap_split_uri`: each pointer is null, or `length` bytes, or memory for a URI.
unsafe fn split(text: *const u8, length: usize, uri: *mut coap_uri_t, accept: Accept) -> Option<c_int> {
    if text.is_null() || uri.is_null() {
        return None;
    }
    // SAFETY: not null, so `length` bytes of the caller's.
    let text = unsafe { memory::bytes(text, length) }?;
    let (parts, result) = engine::split(text, accept);
    // SAFETY: not null, so the caller's memory for a URI, which may hold anything yet.
    unsafe { uri.write(parts.to_c()) };
    Some(result.map_or_else(|error| error as c_int, |()| 0))
}

/// Splits a path at its slashes, percent-decodes the segments and writes each as an option with delta 0 and the segment
/// as value (RFC 7252, sections 3.1 and 6.4).
///
/// Walk over the result with coap_opt_size(), coap_opt_length() and coap_opt_value(). The path ends at the first ? or #.
/// Segments . and .. are dropped; so are segments with a bad percent-escape, with more than 65804 bytes, or without room
/// in the buffer. An empty path has one empty segment.
///
/// @param s      The path, without its leading slash.
/// @param length Its length in bytes.
/// @param buf    Receives the options.
/// @param buflen In: size of the buffer in bytes. Out: how many of them were written.
///
/// @return The number of segments written; 0 for NULL arguments.
#[no_mangle]
pub unsafe extern "C" fn coap_split_path(s: *const u8, length: usize, buf: *mut c_uchar, buflen: *mut usize) -> c_int {
    // SAFETY: handed on to the caller.
    door(0, || unsafe { segments(s, length, buf, buflen, engine::split_path) })
}

/// Splits a query at its ampersands, percent-decodes the parts and writes each as an option with delta 0 and the part as
/// value (RFC 7252, sections 3.1 and 6.4).
///
/// Walk over the result with coap_opt_size(), coap_opt_length() and coap_opt_value(). The query ends at the first #.
/// Parts with a bad percent-escape, with more than 65804 bytes, or without room in the buffer are dropped. An empty
/// query has one empty part.
///
/// @param s      The query, without its question mark.
/// @param length Its length in bytes.
/// @param buf    Receives the options.
/// @param buflen In: size of the buffer in bytes. Out: how many of them were written.
///
/// @return The number of parts written; 0 for NULL arguments.
#[no_mangle]
pub unsafe extern "C" fn coap_split_query(s: *const u8, length: usize, buf: *mut c_uchar, buflen: *mut usize) -> c_int {
    // SAFETY: handed on to the caller.
    door(0, || unsafe { segments(s, length, buf, buflen, engine::split_query) })
}

/// # Safety
/// As for `coap_split_path`: `text` is null or `length` bytes, `buflen` null or the size of `buf`, which is null or
/// apart from the text.
unsafe fn segments(
    text: *const u8,
    length: usize,
    buf: *mut c_uchar,
    buflen: *mut usize,
    split: fn(&[u8], &mut [MaybeUninit<u8>]) -> Segments,
) -> Option<c_int> {
    // SAFETY: NULL or a size of the caller's.
    let capacity = unsafe { buflen.as_mut() }.map(core::mem::take)?;
    // SAFETY: NULL or bytes and memory of the caller's.
    let done = unsafe { split(memory::bytes(text, length)?, memory::buffer(buf, capacity)?) };
    // SAFETY: not null, as seen above.
    unsafe { buflen.write(done.written) };
    done.log();
    Some(c_int::try_from(done.count).unwrap_or(c_int::MAX))
}

/// Gives the query of a message as text: its Uri-Query options, percent-escaped and joined by & (RFC 7252, section 6.5).
///
/// An & inside an option is not escaped.
///
/// @param request The message; its code and type don't matter.
///
/// @return A new string, to be released with coap_delete_string(); NULL if there is no such option, for NULL, or without
/// memory.
#[no_mangle]
pub unsafe extern "C" fn coap_get_query(request: *const coap_pdu_t) -> *mut coap_string_t {
    door(null_mut(), || {
        // SAFETY: NULL or a message of the caller's.
        let request = unsafe { request.as_ref() }?;
        uri_text::query_string(request).map(NonNull::as_ptr)
    })
}

/// Gives the path of a message as text: its Uri-Path options, percent-escaped and joined by slashes, without a leading
/// one (RFC 7252, section 6.5).
///
/// @param request The message; its code and type don't matter.
///
/// @return A new string, to be released with coap_delete_string(), which is empty if there is no such option; NULL for
/// NULL or without memory.
#[no_mangle]
pub unsafe extern "C" fn coap_get_uri_path(request: *const coap_pdu_t) -> *mut coap_string_t {
    door(null_mut(), || {
        // SAFETY: NULL or a message of the caller's.
        let request = unsafe { request.as_ref() }?;
        string::or_log(uri_text::path_string(request)).map(NonNull::as_ptr)
    })
}
