//! Functions of `coap2/option.h`.

use super::door::{door, int};
use crate::abi::*;
use crate::base::memory;
use crate::message::{option, optlist, raw};
use core::ffi::c_int;
use core::ptr::{null, null_mut, NonNull};

/// Decodes one option from a buffer.
///
/// Fills in delta, length and value of result; value points into the buffer, behind the option's head, also
/// when the value is empty. After a failure the fields hold what was decoded until then, and the others are untouched.
///
/// @param opt     The first byte of the option.
/// @param length  The number of bytes that may be read from there.
/// @param result  Where to put what was decoded.
///
/// @return The size of the encoded option in bytes, head and value; 0 if it is malformed (a reserved nibble, which
/// includes the payload marker, or a delta above 65535), cut short, or if an argument is NULL.
///
/// See RFC 7252, section 3.1.
#[no_mangle]
pub unsafe extern "C" fn coap_opt_parse(opt: *const coap_opt_t, length: usize, result: *mut coap_option_t) -> usize {
    door(0, || {
        // SAFETY: the caller gives `length` readable bytes and a writable result, or NULL.
        let (bytes, result) = unsafe { (memory::bytes(opt, length)?, result.as_mut()?) };
        raw::parse(bytes, result)
    })
}

/// Gives the size of an encoded option, head and value.
///
/// Trusts the head of the option and reads nothing of its value.
///
/// @param opt  The first byte of a valid option.
///
/// @return The size in bytes; 0 if opt is NULL, has a reserved nibble, or a delta above 65535.
///
/// See RFC 7252, section 3.1.
#[no_mangle]
pub unsafe extern "C" fn coap_opt_size(opt: *const coap_opt_t) -> usize {
    // SAFETY: the caller gives a valid option or NULL.
    door(0, || unsafe { raw::size(opt) })
}

/// Gives the length of the value of an encoded option.
///
/// Trusts the head of the option and reads nothing of its value.
///
/// @param opt  The first byte of a valid option.
///
/// @return The length in bytes, 0 to 65804; 0 if opt is NULL or has a reserved nibble.
///
/// See RFC 7252, section 3.1.
#[no_mangle]
pub unsafe extern "C" fn coap_opt_length(opt: *const coap_opt_t) -> u32 {
    // SAFETY: the caller gives a valid option or NULL.
    door(0, || Some(unsafe { raw::head(opt) }?.length as u32))
}

/// Gives the value of an encoded option.
///
/// Trusts the head of the option.
///
/// @param opt  The first byte of a valid option.
///
/// @return A pointer to the first byte of the value (behind the head, if the value is empty); NULL if opt is NULL or
/// has a reserved nibble. The value belongs to whoever owns the option.
///
/// See RFC 7252, section 3.1.
#[no_mangle]
pub unsafe extern "C" fn coap_opt_value(opt: *const coap_opt_t) -> *const u8 {
    // SAFETY: the caller gives a valid option or NULL.
    door(null(), || Some(opt.wrapping_add(unsafe { raw::head(opt) }?.size)))
}

/// Writes the head of an option in its shortest form.
///
/// @param opt     Where to write.
/// @param maxlen  The number of bytes that may be written there.
/// @param delta   The distance from the number of the option before.
/// @param length  The length of the value in bytes, at most 65804.
///
/// @return The size of the head in bytes, 1 to 5; 0 if it does not fit, if length is too much, or if opt is NULL.
///
/// See RFC 7252, section 3.1.
#[no_mangle]
pub unsafe extern "C" fn coap_opt_setheader(opt: *mut coap_opt_t, maxlen: usize, delta: u16, length: usize) -> usize {
    // SAFETY: the caller gives `maxlen` writable bytes or NULL.
    door(0, || unsafe { raw::write_head(opt, maxlen, delta, length) })
}

/// Gives the size that an option has when encoded, head and value.
///
/// Pure arithmetic; whether an option of this length can be encoded at all is not checked.
///
/// @param delta   The distance from the number of the option before.
/// @param length  The length of the value in bytes.
///
/// @return The size in bytes.
///
/// See RFC 7252, section 3.1.
#[no_mangle]
pub extern "C" fn coap_opt_encode_size(delta: u16, length: usize) -> usize {
    door(0, || Some(option::encoded_size(delta, length)))
}

/// Writes an option, head and value.
///
/// @param opt     Where to write.
/// @param n       The number of bytes that may be written there.
/// @param delta   The distance from the number of the option before.
/// @param val     The value; NULL to write the head only and leave room for the value.
/// @param length  The length of the value in bytes, at most 65804.
///
/// @return The size of the option in bytes, head and value; 0 if it does not fit, if length is too much, or if opt
/// is NULL.
///
/// See RFC 7252, section 3.1.
#[no_mangle]
pub unsafe extern "C" fn coap_opt_encode(
    opt: *mut coap_opt_t,
    n: usize,
    delta: u16,
    val: *const u8,
    length: usize,
) -> usize {
    // SAFETY: the caller gives `n` writable and `length` readable bytes, or NULL.
    door(0, || unsafe { raw::write(opt, n, delta, val, length) })
}

/// Adds an option number to a filter.
///
/// A filter has room for 6 numbers up to 255 and for 2 above. A filter of zero bytes is empty.
///
/// @param filter  The filter.
/// @param type    The option number.
///
/// @return 1 if the filter has the number now; 0 if there is no room for it, or if filter is NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_option_filter_set(filter: *mut coap_opt_filter_t, r#type: u16) -> c_int {
    // SAFETY: the caller gives a filter or NULL.
    door(0, || Some(int(unsafe { filter.as_mut() }?.insert(r#type))))
}

/// Takes an option number out of a filter.
///
/// @param filter  The filter.
/// @param type    The option number.
///
/// @return 1 if the filter had the number; 0 if not, or if filter is NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_option_filter_unset(filter: *mut coap_opt_filter_t, r#type: u16) -> c_int {
    // SAFETY: the caller gives a filter or NULL.
    door(0, || Some(int(unsafe { filter.as_mut() }?.remove(r#type))))
}

/// Tells whether a filter has an option number.
///
/// @param filter  The filter.
/// @param type    The option number.
///
/// @return 1 if the filter has the number; 0 if not, or if filter is NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_option_filter_get(filter: *mut coap_opt_filter_t, r#type: u16) -> c_int {
    // SAFETY: the caller gives a filter or NULL.
    door(0, || Some(int(unsafe { filter.as_ref() }?.contains(r#type))))
}

/// Sets up an iterator over the options of a message; coap_option_next() then gives one option after the other.
///
/// Only token, token_length and used_size of the message are used. The iterator is good until the message is
/// changed. It needs no clean-up.
///
/// @param pdu     The message.
/// @param oi      The iterator; what it holds before does not matter.
/// @param filter  The option numbers to look at (copied); NULL (COAP_OPT_ALL) for all of them.
///
/// @return oi; NULL if nothing follows the token, or if pdu or oi is NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_option_iterator_init(
    pdu: *const coap_pdu_t,
    oi: *mut coap_opt_iterator_t,
    filter: *const coap_opt_filter_t,
) -> *mut coap_opt_iterator_t {
    door(null_mut(), || {
        let iterator = NonNull::new(oi)?;
        // SAFETY: the caller gives a message, a writable iterator and perhaps a filter, or NULL.
        unsafe { raw::start_walk(pdu.as_ref()?, iterator, filter.as_ref().copied()) }.then_some(oi)
    })
}

/// Gives the next option of an iterator; its number is then in oi->type.
///
/// Options that the iterator's filter does not have are skipped. oi->bad is 1 from the end of the options, or from
/// a malformed one, on.
///
/// @param oi  An iterator that coap_option_iterator_init() has set up.
///
/// @return A pointer to the first byte of the option, in the message; NULL at the end, at a malformed option, or if
/// oi is NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_option_next(oi: *mut coap_opt_iterator_t) -> *mut coap_opt_t {
    // SAFETY: the caller gives an iterator whose message is still as it was, or NULL.
    door(null_mut(), || Some(unsafe { raw::next(oi.as_mut()?) }))
}

/// Looks for an option in a message.
///
/// Later options with the same number come from calling coap_option_next() with the same iterator.
///
/// @param pdu   The message.
/// @param type  The option number.
/// @param oi    An iterator; what it holds before does not matter.
///
/// @return A pointer to the first byte of the first option with this number, in the message; NULL if there is none, or
/// if pdu or oi is NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_check_option(
    pdu: *const coap_pdu_t,
    r#type: u16,
    oi: *mut coap_opt_iterator_t,
) -> *mut coap_opt_t {
    // SAFETY: the caller gives a message and a writable iterator, or NULL.
    door(null_mut(), || Some(unsafe { raw::check(pdu.as_ref()?, r#type, NonNull::new(oi)?) }))
}

/// Makes a node for a list of options, with a copy of a value.
///
/// Number, length and bytes of the value may be changed afterwards. The node goes into a list by
/// coap_insert_optlist(), and is freed with the list by coap_delete_optlist(), never by itself.
///
/// @param number  The option number.
/// @param length  The length of the value in bytes.
/// @param data    The value; may be NULL if length is 0.
///
/// @return The node; NULL without memory, or if data is NULL and length is not 0.
#[no_mangle]
pub unsafe extern "C" fn coap_new_optlist(number: u16, length: usize, data: *const u8) -> *mut coap_optlist_t {
    door(null_mut(), || {
        // SAFETY: the caller gives `length` readable bytes or NULL.
        let value = unsafe { memory::bytes(data, length) }?;
        Some(optlist::new(number, value)?.as_ptr())
    })
}

/// Puts a node at the end of a list of options, which owns it from then on.
///
/// @param optlist_chain  Where the first node of the list is noted; a list that begins with NULL is empty.
/// @param optlist        The node, from coap_new_optlist().
///
/// @return 1; 0 if an argument is NULL, and then the list is as it was.
#[no_mangle]
pub unsafe extern "C" fn coap_insert_optlist(
    optlist_chain: *mut *mut coap_optlist_t,
    optlist: *mut coap_optlist_t,
) -> c_int {
    // SAFETY: the caller gives a list and a node that is in no list, or NULL.
    door(0, || unsafe {
        let head = optlist_chain.as_mut()?;
        *head = optlist::append(*head, optlist.as_ref()?);
        Some(1)
    })
}

/// Adds all options of a list to a message.
///
/// The list is sorted by number first (equal numbers stay in their order), and is the caller's afterwards as before. An
/// option that does not fit is left out, and the others are added all the same.
///
/// @param pdu            The message.
/// @param optlist_chain  Where the first node of the list is noted; the new first node is noted there.
///
/// @return 1; 0 if the list is empty or an argument is NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_add_optlist_pdu(pdu: *mut coap_pdu_t, optlist_chain: *mut *mut coap_optlist_t) -> c_int {
    // SAFETY: the caller gives a message and a list, or NULL.
    door(0, || unsafe { optlist::add_to(pdu.as_ref()?, NonNull::new(optlist_chain)?) }.then_some(1))
}

/// Frees a list of options, values included.
///
/// @param optlist_chain  The first node of the list, or NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_delete_optlist(optlist_chain: *mut coap_optlist_t) {
    door((), || {
        // SAFETY: the caller gives a list that is not used any more, or NULL.
        unsafe { optlist::delete(optlist_chain) };
        Some(())
    })
}
