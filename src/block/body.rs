//! Bodies that the application puts together from blocks (block chapter, section 2).

use crate::abi::*;
use crate::base::{memory, string};
use core::ptr::{null_mut, NonNull};

/// `coap_block_build_body`: puts `length` bytes at `offset` of `body`, which is made (`total` bytes) or resized where
/// needed; bytes between what was there and `offset` are zero (K2). Null, and `body` freed, without memory; null, and
/// `body` untouched, if `data` is null.
///
/// # Safety
/// `body` is null or a live binary made by this library that nobody else uses; `data` is null, or `length` bytes are
/// readable there and none of them lies in `body`.
pub unsafe fn build(
    body: *mut coap_binary_t,
    length: usize,
    data: *const u8,
    offset: usize,
    total: usize,
) -> *mut coap_binary_t {
    // SAFETY: handed on to the caller, and to the comments of the functions used.
    unsafe {
        let Some(data) = memory::bytes(data, length).filter(|_| !data.is_null()) else { return null_mut() };
        let made = match NonNull::new(body) {
            Some(body) => Some(body),
            None if total == 0 => None,
            None => string::or_log(string::build(total, |_| ())).map(NonNull::cast::<coap_binary_t>),
        };
        let Some(body) = made else { return null_mut() };
        let end = offset.checked_add(data.len());
        let fits = end.is_some_and(|end| end <= total) && body.as_ref().length >= total;
        let sized = if fits { Some(body) } else { end.and_then(|end| resize(body, offset, end)) };
        match sized {
            Some(body) => {
                body.as_ref().s.add(offset).copy_from_nonoverlapping(data.as_ptr(), data.len());
                body.as_ptr()
            }
            None => {
                memory::free(body.as_ptr());
                null_mut()
            }
        }
    }
}

/// Gives `body` exactly `end` bytes; what is new before `offset` is zero. `None`, and `body` as it was, without memory.
///
/// # Safety
/// As for [`build`], and `offset` is not behind `end`.
unsafe fn resize(body: NonNull<coap_binary_t>, offset: usize, end: usize) -> Option<NonNull<coap_binary_t>> {
    // SAFETY: handed on to the caller; after resizing there are `end` bytes.
    unsafe {
        let before = body.as_ref().length;
        let body = string::or_log(string::resize(body.as_ptr().cast(), end))?.cast::<coap_binary_t>();
        if let Some(gap) = offset.checked_sub(before) {
            body.as_ref().s.add(before).write_bytes(0, gap);
        }
        Some(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn length_of(body: *mut coap_binary_t) -> Option<usize> {
        // SAFETY: made by `build`.
        unsafe { body.as_ref() }.map(|body| body.length)
    }

    fn bytes_of<'a>(body: *mut coap_binary_t) -> &'a [u8] {
        // SAFETY: made by `build`.
        unsafe { core::slice::from_raw_parts((*body).s, (*body).length) }
    }

    /// The table of section 2, from top to bottom.
    #[test]
    fn sizes() {
        let data = [7u8; 16];
        // SAFETY: the bodies are ours, and the data is as long as is said.
        let add = |body, length, offset, total| unsafe { build(body, length, data.as_ptr(), offset, total) };
        let none = null_mut();
        assert_eq!(length_of(add(none, 16, 0, 0)), None);
        let empty = add(none, 0, 0, 10);
        assert_eq!(length_of(empty), Some(10));
        let far = add(none, 16, 100, 64);
        assert_eq!(length_of(far), Some(116));
        assert_eq!(bytes_of(far), [&[0; 100][..], &data].concat(), "K2");
        let body = add(none, 16, 0, 64);
        assert_eq!(length_of(body), Some(64));
        assert_eq!(add(body, 16, 48, 64), body);
        assert_eq!(bytes_of(body), [&data[..], &[0; 32], &data].concat(), "K2");
        let mut body = body;
        for (length, offset, total, result) in
            [(16, 64, 64, 80), (16, 32, 64, 80), (16, 16, 0, 32), (16, 100, 48, 116), (16, 32, 200, 48), (0, 0, 200, 0)]
        {
            body = add(body, length, offset, total);
            assert_eq!(length_of(body), Some(result));
        }
        // SAFETY: made by `build`.
        unsafe {
            assert!(build(body, 16, core::ptr::null(), 0, 64).is_null());
            assert!(build(body, 0, core::ptr::null(), 0, 64).is_null());
            for body in [empty, far, body] {
                memory::free(body);
            }
            assert!(build(null_mut(), 16, core::ptr::null(), 0, 64).is_null());
        }
    }

    #[test]
    fn k5_offsets_do_not_wrap() {
        // SAFETY: the body is freed by the failing call.
        unsafe {
            let body = build(null_mut(), 1, [1].as_ptr(), 0, 8);
            assert!(build(body, 8, [1; 8].as_ptr(), usize::MAX - 4, 8).is_null());
            let body = build(null_mut(), 1, [1].as_ptr(), 0, 8);
            assert!(build(body, 8, [1; 8].as_ptr(), isize::MAX as usize, 8).is_null());
        }
    }
}
