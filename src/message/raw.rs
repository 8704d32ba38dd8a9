//! Options behind the pointers that C holds: single encoded options, and the walk of `coap_opt_iterator_t`
//! (docs/spec/message.md, sections 1 and 3).

use super::option::{encoded_size, Head, HeadBytes, Options};
use crate::abi::*;
use core::ptr::{null_mut, NonNull};

/// `coap_opt_parse`: decodes the option at the start of `bytes` and gives its size. After a failure (`None`) the fields
/// of `result` hold what was decoded until then; applications read them.
pub fn parse(bytes: &[u8], result: &mut coap_option_t) -> Option<usize> {
    if bytes.is_empty() {
        return None;
    }
    let decoded = Head::decode(bytes);
    let (Ok(head) | Err(head)) = decoded;
    result.delta = head.delta as u16;
    result.length = head.length;
    decoded.ok().filter(|head| head.delta <= u16::MAX.into())?;
    let value = &bytes[head.size..];
    result.value = value.as_ptr();
    (head.length <= value.len()).then_some(head.size + head.length)
}

/// The head of the option at `option`; `None` for null and for reserved nibbles. Reads nothing of the value.
///
/// # Safety
/// `option` is null, or the head of an option is readable there.
pub unsafe fn head(option: *const coap_opt_t) -> Option<Head> {
    let option = NonNull::new(option.cast_mut())?;
    // SAFETY: a head has at least one byte, and that one tells its size.
    let bytes = unsafe {
        let size = Head::size_from(option.read())?;
        core::slice::from_raw_parts(option.as_ptr(), size)
    };
    Head::decode(bytes).ok()
}

/// The value of the option at `option`; `None` as for [`head`].
///
/// # Safety
/// `option` is null, or a whole option is readable there and stays so while the value is used.
pub unsafe fn value<'a>(option: *const coap_opt_t) -> Option<&'a [u8]> {
    // SAFETY: handed on to the caller.
    unsafe {
        let head = head(option)?;
        Some(core::slice::from_raw_parts(option.add(head.size), head.length))
    }
}

/// Size of the option at `option`, value included (`coap_opt_size`); `None` also for a delta above 65535 (M1).
///
/// # Safety
/// As for [`head`].
pub unsafe fn size(option: *const coap_opt_t) -> Option<usize> {
    // SAFETY: handed on to the caller.
    let head = unsafe { head(option) }?;
    (head.delta <= u16::MAX.into()).then_some(head.size + head.length)
}

/// Writes the head of an option (`coap_opt_setheader`); its size, `None` if it can't be encoded or has no room.
///
/// # Safety
/// `option` is null, or `room` bytes from it on are writable.
pub unsafe fn write_head(option: *mut coap_opt_t, room: usize, delta: u16, length: usize) -> Option<usize> {
    let option = NonNull::new(option)?;
    let head = HeadBytes::new(delta, length)?;
    let bytes = head.as_slice();
    if bytes.len() > room {
        return None;
    }
    // SAFETY: there is room.
    unsafe { option.as_ptr().copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
    Some(bytes.len())
}

/// Writes an option (`coap_opt_encode`); its size, `None` if it can't be encoded or has no room. With a null `value`
/// the bytes of the value are counted and left as they are.
///
/// # Safety
/// `option` is null, or `room` bytes from it on are writable; `value` is null, or `length` bytes from it on are
/// readable.
pub unsafe fn write(
    option: *mut coap_opt_t,
    room: usize,
    delta: u16,
    value: *const u8,
    length: usize,
) -> Option<usize> {
    let size = encoded_size(delta, length);
    if size > room {
        return None;
    }
    // SAFETY: handed on to the caller.
    let head = unsafe { write_head(option, room, delta, length) }?;
    if !value.is_null() {
        // SAFETY: head and value have room together; the value may overlap.
        unsafe { option.add(head).copy_from(value, length) };
    }
    Some(size)
}

/// `bad` of an iterator.
const BAD: u8 = 1;
/// `filtered` of an iterator.
const FILTERED: u8 = 2;

/// `coap_option_iterator_init`: true if there is anything to walk over. Uses nothing of the message but `token`,
/// `token_length` and `used_size`.
///
/// # Safety
/// `iterator` is writable.
pub unsafe fn start_walk(
    pdu: &coap_pdu_t,
    iterator: NonNull<coap_opt_iterator_t>,
    filter: Option<coap_opt_filter_t>,
) -> bool {
    // SAFETY: writable by the caller's word; zero bytes are a valid iterator.
    let walk = unsafe {
        iterator.write_bytes(0, 1);
        &mut *iterator.as_ptr()
    };
    let token_length = usize::from(pdu.token_length.get());
    walk.next_option = match pdu.token.get() {
        token if token.is_null() => null_mut(),
        token => token.wrapping_add(token_length),
    };
    let Some(length) = pdu.used_size.get().checked_sub(token_length).filter(|&length| length > 0) else {
        walk.flags = BAD;
        return false;
    };
    walk.length = length;
    if let Some(filter) = filter {
        walk.filter = filter;
        walk.flags = FILTERED;
    }
    true
}

/// `coap_option_next`: the next option (that the filter lets through), or null at the end and at a malformed one (M2).
///
/// # Safety
/// `walk` was set up by [`start_walk`] (or is all zero, or bad), and the options are still there: `length` bytes from
/// `next_option` on are readable.
pub unsafe fn next(walk: &mut coap_opt_iterator_t) -> *mut coap_opt_t {
    if walk.flags & BAD != 0 || walk.length == 0 || walk.length > isize::MAX as usize || walk.next_option.is_null() {
        walk.flags |= BAD;
        return null_mut();
    }
    // SAFETY: handed on to the caller.
    let bytes = unsafe { core::slice::from_raw_parts(walk.next_option, walk.length) };
    let mut options = Options::resume(bytes, walk.r#type);
    loop {
        let here = walk.next_option;
        let Some(option) = options.next() else { break };
        let rest = options.rest().len();
        walk.next_option = here.wrapping_add(walk.length - rest);
        walk.length = rest;
        walk.r#type = option.number;
        if walk.flags & FILTERED == 0 || walk.filter.contains(option.number) {
            return here;
        }
    }
    walk.flags |= BAD;
    null_mut()
}

/// `coap_check_option`: sets up a walk over the options with one number and gives the first, or null.
///
/// # Safety
/// `iterator` is writable, and the fields of `pdu` that [`start_walk`] uses are right.
pub unsafe fn check(pdu: &coap_pdu_t, number: u16, iterator: NonNull<coap_opt_iterator_t>) -> *mut coap_opt_t {
    let mut filter = coap_opt_filter_t::EMPTY;
    filter.insert(number);
    // SAFETY: handed on to the caller; set up in between.
    unsafe {
        start_walk(pdu, iterator, Some(filter));
        next(&mut *iterator.as_ptr())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::ptr::null;

    /// Section 1.1: what the fields hold after each kind of failure (77 and null are what was there before).
    #[test]
    fn parsing_shows_how_far_it_got() {
        let cases: [(&[u8], u16, usize, bool); 16] = [
            (&[], 77, 77, false),
            (&[0xf3, 1, 2, 3], 15, 3, false),
            (&[0xff], 15, 15, false),
            (&[0xd2], 13, 2, false),
            (&[0xe4], 14, 4, false),
            (&[0xe4, 0x01], 256 + 269, 4, false),
            (&[0xdd], 13, 13, false),
            (&[0x3f, 1], 3, 15, false),
            (&[0xdf, 1, 2], 14, 15, false),
            (&[0x2d], 2, 13, false),
            (&[0x2e], 2, 14, false),
            (&[0x2e, 0x02], 2, 512 + 269, false),
            (&[0xed, 0, 1], 270, 13, false),
            (&[0x32, 1], 3, 2, true),
            (&[0x5d, 0xff, 0], 5, 268, true),
            (&[0xdd, 0, 0], 13, 13, true),
        ];
        for (bytes, delta, length, has_value) in cases {
            let mut result = coap_option_t { delta: 77, length: 77, value: null() };
            assert_eq!(parse(bytes, &mut result), None, "{bytes:x?}");
            assert_eq!(
                (result.delta, result.length, !result.value.is_null()),
                (delta, length, has_value),
                "{bytes:x?}"
            );
        }
    }

    #[test]
    fn parsing_gives_size_and_value() {
        for (bytes, delta, length, size) in
            [(&[0x00][..], 0, 0, 1), (&[0xd2, 1, 7, 8, 9], 14, 2, 4), (&[0xe0, 0xfe, 0xf2], 65535, 0, 3)]
        {
            let mut result = coap_option_t { delta: 77, length: 77, value: null() };
            assert_eq!(parse(bytes, &mut result), Some(size));
            assert_eq!((result.delta, result.length), (delta, length));
            assert_eq!(result.value, bytes.as_ptr().wrapping_add(size - length));
        }
        let mut result = coap_option_t { delta: 77, length: 77, value: null() };
        assert_eq!(parse(&[0xe0, 0xfe, 0xf3], &mut result), None, "M1");
    }

    /// Section 1.2: the accessors go by the head alone.
    #[test]
    fn accessors() {
        let of = |bytes: &[u8]| {
            let option = bytes.as_ptr();
            // SAFETY: each of the heads below is complete.
            unsafe { (head(option).map(|head| (head.size, head.length)), size(option)) }
        };
        assert_eq!(of(&[0xde, 0xff, 0xfe, 0xf2]), (Some((4, 65535)), Some(65539)));
        assert_eq!(of(&[0x00]), (Some((1, 0)), Some(1)));
        assert_eq!(of(&[0xee, 0xff, 0xff, 0xff, 0xff]), (Some((5, 65804)), None));
        assert_eq!(of(&[0xf0]), (None, None));
        assert_eq!(of(&[0x0f]), (None, None));
        // SAFETY: null is allowed.
        assert_eq!(unsafe { (head(null()), size(null()), value(null())) }, (None, None, None));
    }

    #[test]
    fn writing_stays_inside() {
        let value = [7u8; 3];
        let encode = |room: usize, value: *const u8| {
            let mut bytes = [0xaa; 8];
            // SAFETY: `room` is at most 8.
            let size = unsafe { write(bytes.as_mut_ptr(), room, 300, value, 3) };
            (size, bytes)
        };
        assert_eq!(encode(8, value.as_ptr()), (Some(6), [0xe3, 0, 31, 7, 7, 7, 0xaa, 0xaa]));
        assert_eq!(encode(6, null()), (Some(6), [0xe3, 0, 31, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa]));
        for room in 0..6 {
            assert_eq!(encode(room, value.as_ptr()), (None, [0xaa; 8]));
        }
        // SAFETY: nothing is written.
        unsafe {
            assert_eq!(write(null_mut(), 8, 0, null(), 0), None);
            assert_eq!(write([0u8; 4].as_mut_ptr(), usize::MAX, 0, null(), 65_805), None, "M4");
        }
    }
}
