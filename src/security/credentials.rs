//! The copies that sessions keep of identities, keys and hints: blocks of the C allocator that end in a hidden NUL, and
//! are wiped before they are freed (S12).

use crate::abi::*;
use crate::base::{memory, string};
use core::cell::Cell;
use core::ffi::CStr;
use core::ptr::{null_mut, NonNull};

/// A value that is absent.
const NONE: coap_bin_const_t = coap_bin_const_t { length: 0, s: core::ptr::null() };

/// Bytes of the application's as C describes them; absent if there are none.
pub fn lent(bytes: &[u8]) -> coap_bin_const_t {
    match bytes {
        [] => NONE,
        bytes => coap_bin_const_t { length: bytes.len(), s: bytes.as_ptr() },
    }
}

/// A C string of the application's without its NUL; an empty one is not absent.
pub fn lent_text(text: Option<&CStr>) -> coap_bin_const_t {
    text.map_or(NONE, |text| coap_bin_const_t { length: text.count_bytes(), s: text.as_ptr().cast() })
}

/// The bytes of a value; `None` if it is absent.
///
/// # Safety
/// `value` describes memory that is readable, and that nobody writes while the slice lives.
pub unsafe fn bytes(value: &coap_bin_const_t) -> Option<&[u8]> {
    if value.s.is_null() {
        return None;
    }
    // SAFETY: handed on to the caller.
    unsafe { memory::bytes(value.s, value.length) }
}

/// Replaces the copy in a field by a copy of `value`; without one, or if it is absent, the field becomes null. A value
/// equal to what is there changes nothing. `None` without memory: then the field is null.
///
/// # Safety
/// The field holds null or a copy made here, and `value` describes readable memory. It may be (a part of) the old copy.
pub unsafe fn replace(field: &Cell<*mut coap_bin_const_t>, value: Option<&coap_bin_const_t>) -> Option<()> {
    // SAFETY: handed on to the caller, here and below. The old copy is wiped when nobody looks at `value` any more.
    let new = value.and_then(|value| unsafe { bytes(value) });
    // SAFETY: as above.
    let old = unsafe { field.get().as_ref().and_then(|old| bytes(old)) };
    if new.is_some() && new == old {
        return Some(());
    }
    let copy = match new {
        Some(new) => string::copy(new).map(NonNull::cast::<coap_bin_const_t>),
        None => None,
    };
    let failed = new.is_some() && copy.is_none();
    // SAFETY: as above.
    unsafe { wipe(field.replace(copy.map_or(null_mut(), NonNull::as_ptr))) };
    (!failed).then_some(())
}

/// Overwrites a copy and frees it; null is fine.
///
/// # Safety
/// `copy` is null or was made by [`replace`], and nobody uses it any more.
pub unsafe fn wipe(copy: *mut coap_bin_const_t) {
    // SAFETY: a live copy by the caller's word; its bytes are in the same block, behind the structure.
    unsafe {
        if let Some(value) = copy.as_ref() {
            libc::explicit_bzero(value.s.cast_mut().cast(), value.length);
        }
        memory::free(copy);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Puts a value into a field; what the field holds then.
    fn put(field: &Cell<*mut coap_bin_const_t>, value: Option<&[u8]>) -> Option<Vec<u8>> {
        let lent = value.map(|bytes| coap_bin_const_t { length: bytes.len(), s: bytes.as_ptr() });
        // SAFETY: the field holds copies made here only; the values live over the call.
        unsafe {
            replace(field, lent.as_ref()).unwrap();
            let copy = field.get().as_ref()?;
            assert_eq!(copy.s.add(copy.length).read(), 0);
            Some(bytes(copy).unwrap().to_vec())
        }
    }

    #[test]
    fn copies_are_replaced() {
        let field = Cell::new(null_mut());
        assert_eq!(put(&field, None), None);
        assert_eq!(put(&field, Some(b"first")), Some(b"first".to_vec()));
        let before = field.get();
        assert_eq!(put(&field, Some(b"first")), Some(b"first".to_vec()));
        assert_eq!(field.get(), before);
        assert_eq!(put(&field, Some(b"second")), Some(b"second".to_vec()));
        assert_eq!(put(&field, Some(b"")), Some(vec![]));
        // SAFETY: the field holds a copy made here.
        unsafe {
            assert!(replace(&field, Some(&NONE)).is_some());
            assert!(field.get().is_null());
        }
    }

    #[test]
    fn a_part_of_the_old_copy_is_a_value() {
        let field = Cell::new(null_mut());
        put(&field, Some(b"abcdef"));
        // SAFETY: the field holds a copy made here; the part is copied before that goes.
        unsafe {
            let old = *field.get();
            let part = coap_bin_const_t { length: 3, s: old.s.add(2) };
            replace(&field, Some(&part)).unwrap();
            assert_eq!(bytes(&*field.get()).unwrap(), b"cde");
            wipe(field.get());
        }
    }
}
