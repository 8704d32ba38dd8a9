//! Strings and binaries of C: four types with one layout, each object one block of the C allocator that holds the
//! 16-byte structure, the bytes and a NUL (docs/spec/base.md, section 1).
//!
//! A `coap_string_t` made here may be cast to any of the other three, and is released by [`memory::free`].

use super::log::LOG_CRIT;
use super::memory;
use crate::abi::*;
use crate::log;
use core::cell::UnsafeCell;
use core::ffi::{c_char, CStr};
use core::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Where the bytes begin in a block.
const HEAD: usize = size_of::<coap_string_t>();

/// Makes a string of `size` bytes, which are zero, and lets `write` fill them in; `None` without memory.
pub fn build(size: usize, write: impl FnOnce(&mut [u8])) -> Option<NonNull<coap_string_t>> {
    let block = memory::calloc(block_size(size)?)?;
    // SAFETY: the block is fresh and holds the structure, `size` bytes and a NUL, all of it zero.
    unsafe {
        let string = finish(block, size);
        write(core::slice::from_raw_parts_mut(string.as_ref().s, size));
        Some(string)
    }
}

/// Makes a string of `size` bytes, not initialised but for the NUL behind them (`coap_new_string`); `None` without
/// memory.
pub fn new(size: usize) -> Option<NonNull<coap_string_t>> {
    let block = memory::malloc(block_size(size)?)?;
    // SAFETY: the block is fresh and holds the structure, `size` bytes and a NUL.
    Some(unsafe { finish(block, size) })
}

/// Makes a string that holds a copy of `bytes` (`coap_new_str_const`); `None` without memory.
pub fn copy(bytes: &[u8]) -> Option<NonNull<coap_string_t>> {
    let string = new(bytes.len())?;
    // SAFETY: a fresh string has room for as many bytes as were asked for, and does not overlap anything.
    unsafe { string.as_ref().s.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
    Some(string)
}

/// Changes the size of an object; bytes that are added are not initialised (`coap_resize_binary`). The object may move.
/// `None` without memory: the old object stays as it was (B13).
///
/// # Safety
/// `object` is null, or a live object made by a function of this module that nobody else uses.
pub unsafe fn resize(object: *mut coap_string_t, size: usize) -> Option<NonNull<coap_string_t>> {
    let size_of_block = block_size(size)?;
    // SAFETY: null or a block of the C allocator, by the caller's word; what comes back is large enough.
    unsafe {
        let block = memory::realloc(object.cast(), size_of_block)?;
        Some(finish(block, size))
    }
}

/// Hands on what was made, and logs that memory ran out if nothing was. Apart from making, because nothing may be
/// borrowed while a line is logged.
pub fn or_log<T>(made: Option<T>) -> Option<T> {
    if made.is_none() {
        log!(LOG_CRIT, "out of memory for a string");
    }
    made
}

/// What a block for `size` bytes takes; `None` if no object can be that large (B12).
fn block_size(size: usize) -> Option<usize> {
    size.checked_add(HEAD + 1).filter(|&size| size <= isize::MAX as usize)
}

/// Writes the structure and the NUL.
///
/// # Safety
/// `block` has at least `block_size(size)` bytes, aligned for the structure.
unsafe fn finish(block: NonNull<u8>, size: usize) -> NonNull<coap_string_t> {
    let string = block.cast::<coap_string_t>();
    // SAFETY: room for all of it, by the caller's word.
    unsafe {
        let bytes = block.as_ptr().add(HEAD);
        bytes.add(size).write(0);
        string.write(coap_string_t { length: size, s: bytes });
    }
    string
}

/// How many results of [`make_const`] are live at a time (B16).
const RING: usize = 16;

/// One result of [`make_const`].
struct Entry(UnsafeCell<coap_str_const_t>);

// SAFETY: an entry is written by the one call that drew its number, and read by C only after that call; the number
// comes round again no sooner than 16 calls later, which callers have to reckon with (docs/spec/base.md, section 1).
unsafe impl Sync for Entry {}

static ENTRIES: [Entry; RING] =
    [const { Entry(UnsafeCell::new(coap_str_const_t { length: 0, s: c"".as_ptr().cast() })) }; RING];
static NEXT: AtomicUsize = AtomicUsize::new(0);

/// Describes a C string without copying it (`coap_make_str_const`); null counts as empty (B15). The result lives in one
/// of 16 static entries, so it must not be freed, and the 16th call from here on overwrites it.
///
/// # Safety
/// `text` is null or ends in a NUL, and outlives the use of the result.
pub unsafe fn make_const(text: *const c_char) -> *mut coap_str_const_t {
    let text = match text.is_null() {
        true => c"",
        // SAFETY: ends in a NUL, by the caller's word.
        false => unsafe { CStr::from_ptr(text) },
    };
    let entry = ENTRIES[NEXT.fetch_add(1, Ordering::Relaxed) % RING].0.get();
    // SAFETY: this entry is ours until 16 calls later (see `Entry`).
    unsafe { entry.write(coap_str_const_t { length: text.count_bytes(), s: text.as_ptr().cast() }) };
    entry
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Length, bytes and the NUL behind them; releases the string.
    fn take(string: NonNull<coap_string_t>) -> Vec<u8> {
        // SAFETY: made here, live, and not used after this.
        unsafe {
            let coap_string_t { length, s } = *string.as_ref();
            assert_eq!(s, string.as_ptr().cast::<u8>().add(16));
            assert_eq!(s.add(length).read(), 0);
            let bytes = core::slice::from_raw_parts(s, length).to_vec();
            memory::free(string.as_ptr());
            bytes
        }
    }

    #[test]
    fn one_block() {
        assert_eq!(take(copy(b"text").unwrap()), b"text");
        assert_eq!(take(copy(b"").unwrap()), b"");
        assert_eq!(take(new(0).unwrap()), b"");
        assert_eq!(take(build(3, |bytes| bytes[1] = b'x').unwrap()), b"\0x\0");
        let string = new(1000).unwrap();
        // SAFETY: room for 1000 bytes.
        unsafe { string.as_ref().s.write_bytes(5, 1000) };
        assert_eq!(take(string), [5; 1000]);
    }

    #[test]
    fn impossible_sizes_b12_b13() {
        for size in [usize::MAX, usize::MAX - 16, usize::MAX - 17, isize::MAX as usize] {
            assert!(new(size).is_none());
            assert!(build(size, |_| ()).is_none());
            let object = copy(b"kept").unwrap();
            // SAFETY: made here and live.
            assert!(unsafe { resize(object.as_ptr(), size) }.is_none());
            assert_eq!(take(object), b"kept");
        }
    }

    #[test]
    fn resizing() {
        // SAFETY: every object is made here and live; `s` may be changed by the application.
        unsafe {
            let object = resize(core::ptr::null_mut(), 2).unwrap();
            object.as_ref().s.copy_from_nonoverlapping(b"ab".as_ptr(), 2);
            let mut object = resize(object.as_ptr(), 5000).unwrap();
            assert_eq!(core::slice::from_raw_parts(object.as_ref().s, 2), b"ab");
            object.as_mut().s = core::ptr::null_mut();
            let object = resize(object.as_ptr(), 1).unwrap();
            assert_eq!(core::slice::from_raw_parts(object.as_ref().s, object.as_ref().length), b"a");
            assert_eq!(take(resize(object.as_ptr(), 0).unwrap()), b"");
        }
    }

    #[test]
    fn the_ring_b15_b16() {
        let texts: [&CStr; 3] = [c"one", c"", c"three"];
        // SAFETY: static C strings; entries are read before 16 more calls are made.
        unsafe {
            let made: Vec<_> = (0..RING).map(|i| make_const(texts[i % 3].as_ptr())).collect();
            for (i, entry) in made.iter().enumerate() {
                let text = texts[i % 3];
                assert_eq!((**entry).length, text.count_bytes());
                assert_eq!((**entry).s, text.as_ptr().cast());
            }
            assert_eq!(make_const(c"next".as_ptr()), made[0]);
            let empty = *make_const(core::ptr::null());
            assert_eq!((empty.length, empty.s.read()), (0, 0));
        }
    }
}
