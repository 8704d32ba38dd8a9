//! A string that a resource holds for the application: adopted, or a copy of what it passed.

use crate::abi::coap_str_const_t;
use crate::base::{memory, string};
use core::cell::Cell;
use core::ptr::NonNull;

/// A `coap_str_const_t` that the application can see and rewrite in place.
pub struct Text {
    object: NonNull<coap_str_const_t>,
    /// Whether the object is to be freed with us.
    is_ours: Cell<bool>,
}

impl Text {
    /// A copy of `bytes`, freed on drop; `None` without memory.
    pub fn copy_of(bytes: &[u8]) -> Option<Text> {
        Some(Text { object: string::copy(bytes)?.cast(), is_ours: Cell::new(true) })
    }

    /// The object itself with `adopt`, and then the caller's until [`Text::keep`]; otherwise a copy of it. `None`
    /// without memory, or if the object has a length but no bytes.
    ///
    /// # Safety
    /// `object` is a live string, its bytes included. With `adopt` it stays so while the result lives, it is a block
    /// of the C allocator, and it changes only when application code runs.
    pub unsafe fn new(object: NonNull<coap_str_const_t>, adopt: bool) -> Option<Text> {
        let text = Text { object, is_ours: Cell::new(false) };
        if adopt {
            // One that cannot be read is refused here and not at its first use.
            text.bytes_or_empty()?;
            Some(text)
        } else {
            Text::copy_of(text.bytes_or_empty()?)
        }
    }

    /// From now on an adopted object is freed on drop.
    pub fn keep(&self) {
        self.is_ours.set(true);
    }

    /// The object that the application sees.
    pub fn as_ptr(&self) -> *mut coap_str_const_t {
        self.object.as_ptr()
    }

    /// The bytes as they are now; `None` if there is no pointer to any. The application may change them whenever its
    /// code runs, so nothing of it may run while the slice is held.
    pub fn bytes(&self) -> Option<&[u8]> {
        // SAFETY: the object lives as long as we do (ours, or by the word given to `new`).
        let object = unsafe { self.object.read() };
        if object.s.is_null() {
            return None;
        }
        // SAFETY: likewise its bytes, which change only when application code runs.
        unsafe { memory::bytes(object.s, object.length) }
    }

    /// Like [`Text::bytes`], an empty string without pointer being empty; `None` if it has a length but no bytes.
    fn bytes_or_empty(&self) -> Option<&[u8]> {
        // SAFETY: as in `bytes`.
        let object = unsafe { self.object.read() };
        // SAFETY: as in `bytes`.
        unsafe { memory::bytes(object.s, object.length) }
    }
}

impl Drop for Text {
    fn drop(&mut self) {
        if self.is_ours.get() {
            // SAFETY: a block of the C allocator that is ours.
            unsafe { memory::free(self.object.as_ptr()) }
        }
    }
}
