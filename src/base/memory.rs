//! Memory: everything that C may free comes from `malloc`, and every allocation may fail (docs/spec/base.md, section 8).

use core::ffi::{c_char, c_void, CStr};
use core::mem::{align_of, MaybeUninit};
use core::ops::{Deref, DerefMut};
use core::ptr::NonNull;

/// Allocates `size` bytes with the C allocator. A size of 0 gives a unique pointer.
pub fn malloc(size: usize) -> Option<NonNull<u8>> {
    // SAFETY: `malloc` takes any size.
    NonNull::new(unsafe { libc::malloc(size) }.cast())
}

/// Allocates `size` zero bytes with the C allocator.
pub fn calloc(size: usize) -> Option<NonNull<u8>> {
    // SAFETY: `calloc` takes any size.
    NonNull::new(unsafe { libc::calloc(1, size) }.cast())
}

/// Changes the size of a block; on failure the old block stays as it was.
///
/// # Safety
/// `block` is null or a live block of the C allocator.
pub unsafe fn realloc(block: *mut u8, size: usize) -> Option<NonNull<u8>> {
    // SAFETY: handed on to the caller. A size of 0 would free the block, so at least one byte is asked for.
    NonNull::new(unsafe { libc::realloc(block.cast(), size.max(1)) }.cast())
}

/// Gives a block back to the C allocator; null is fine.
///
/// # Safety
/// `block` is null or a live block of the C allocator that nobody uses any more.
pub unsafe fn free<T>(block: *mut T) {
    // SAFETY: handed on to the caller.
    unsafe { libc::free(block.cast::<c_void>()) }
}

/// Moves `value` into a block of the C allocator; `None` (and `value` dropped) without memory.
///
/// The result is released by [`drop_new`], or by [`free`] when `T` needs no drop.
pub fn new<T>(value: T) -> Option<NonNull<T>> {
    const { assert!(align_of::<T>() <= 16) };
    let block = malloc(size_of::<T>().max(1))?.cast::<T>();
    // SAFETY: the block is fresh, large enough, and `malloc` aligns to 16.
    unsafe { block.write(value) };
    Some(block)
}

/// Drops the value in a block made by [`new`], and frees the block.
///
/// # Safety
/// `block` came from [`new`], is live, and nobody uses it any more.
pub unsafe fn drop_new<T>(block: NonNull<T>) {
    // SAFETY: handed on to the caller.
    unsafe {
        block.drop_in_place();
        free(block.as_ptr());
    }
}

/// A value in a block of its own, dropped and freed together.
pub struct Owned<T>(NonNull<T>);

impl<T> Owned<T> {
    /// Moves `value` into a block of the C allocator; `None` (and `value` dropped) without memory.
    pub fn new(value: T) -> Option<Self> {
        new(value).map(Owned)
    }
}

impl<T> Deref for Owned<T> {
    type Target = T;
    fn deref(&self) -> &T {
        // SAFETY: owned, so live.
        unsafe { self.0.as_ref() }
    }
}

impl<T> DerefMut for Owned<T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: owned, so live, and borrowed as a whole.
        unsafe { self.0.as_mut() }
    }
}

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        // SAFETY: made by `new`, owned, and dropped once.
        unsafe { drop_new(self.0) }
    }
}

/// The bytes from `data` on; empty for a length of 0, whatever `data` is. `None` if `data` is null and `length` is not
/// 0, or if `length` is more than any object has.
///
/// # Safety
/// If `data` is not null, `length` bytes from it on are readable and nobody writes them while the slice lives.
pub unsafe fn bytes<'a>(data: *const u8, length: usize) -> Option<&'a [u8]> {
    if length == 0 {
        return Some(&[]);
    }
    if data.is_null() || length > isize::MAX as usize {
        return None;
    }
    // SAFETY: handed on to the caller.
    Some(unsafe { core::slice::from_raw_parts(data, length) })
}

/// The buffer of `length` bytes from `data` on, which may hold anything yet; empty for a length of 0, whatever `data`
/// is. `None` if `data` is null and `length` is not 0, or if `length` is more than any object has.
///
/// # Safety
/// If `data` is not null, `length` bytes from it on are writable and nobody else uses them while the slice lives.
pub unsafe fn buffer<'a>(data: *mut u8, length: usize) -> Option<&'a mut [MaybeUninit<u8>]> {
    if length == 0 {
        return Some(&mut []);
    }
    if data.is_null() || length > isize::MAX as usize {
        return None;
    }
    // SAFETY: handed on to the caller; `MaybeUninit` may hold anything.
    Some(unsafe { core::slice::from_raw_parts_mut(data.cast(), length) })
}

/// Writes `bytes` to a buffer of C's that has room for `capacity` bytes, and returns how many they were. `None`, and
/// nothing written, if they don't fit or there is no buffer.
///
/// # Safety
/// If `data` is not null, `capacity` bytes from it on are writable; they don't overlap `bytes`.
pub unsafe fn write(data: *mut u8, capacity: usize, bytes: &[u8]) -> Option<usize> {
    if bytes.len() > capacity || (data.is_null() && !bytes.is_empty()) {
        return None;
    }
    if !bytes.is_empty() {
        // SAFETY: not null, and long enough by the caller's word.
        unsafe { data.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
    }
    Some(bytes.len())
}

/// A text from C; `None` for null.
///
/// # Safety
/// `text` is null or a C string that lives for `'a`.
pub unsafe fn text<'a>(text: *const c_char) -> Option<&'a CStr> {
    // SAFETY: handed on to the caller.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) })
}

/// Copies `bytes` into a fresh vector; `None` without memory.
pub fn to_vec(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut copy = Vec::new();
    copy.try_reserve_exact(bytes.len()).ok()?;
    copy.extend_from_slice(bytes);
    Some(copy)
}
