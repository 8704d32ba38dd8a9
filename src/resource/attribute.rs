//! Attributes of a resource (docs/spec/resource.md, section 4).

use super::link::Attr;
use super::text::Text;
use crate::abi::*;
use crate::base::memory;
use core::cell::Cell;
use core::ptr::NonNull;

/// An attribute: what is behind a `coap_attr_t`.
pub struct Attribute {
    name: Text,
    value: Option<Text>,
    /// The one added before.
    older: Option<NonNull<Attribute>>,
}

impl Attribute {
    /// The attribute behind a pointer from C; `None` for null.
    ///
    /// # Safety
    /// `attribute` is null or was given to C by this library, and its resource has not ended while the result is used.
    pub unsafe fn from_ptr<'a>(attribute: *const coap_attr_t) -> Option<&'a Attribute> {
        // SAFETY: handed on to the caller; attributes are only used through shared references.
        unsafe { attribute.cast::<Attribute>().as_ref() }
    }

    /// The attribute as C knows it.
    pub fn as_ptr(&self) -> *mut coap_attr_t {
        (self as *const Attribute).cast_mut().cast()
    }

    /// The value as the application sees it; null without one.
    pub fn value_ptr(&self) -> *mut coap_str_const_t {
        self.value.as_ref().map_or(core::ptr::null_mut(), Text::as_ptr)
    }

    /// Name and value as they are now: the application may have rewritten them in place.
    pub fn read(&self) -> Attr<'_> {
        Attr { name: self.name.bytes().unwrap_or_default(), value: self.value.as_ref().and_then(Text::bytes) }
    }
}

/// The attributes of one resource.
#[derive(Default)]
pub struct Attributes {
    newest: Cell<Option<NonNull<Attribute>>>,
}

impl Attributes {
    /// Adds an attribute; `None` without memory, and then adopted strings are the caller's still.
    ///
    /// # Safety
    /// `name` and `value` are live strings; those that `flags` (`COAP_ATTR_FLAGS_RELEASE_*`) hand over are blocks of
    /// the C allocator that nobody else frees.
    pub unsafe fn add(
        &self,
        name: NonNull<coap_str_const_t>,
        value: Option<NonNull<coap_str_const_t>>,
        flags: i32,
    ) -> Option<&Attribute> {
        // SAFETY: handed on to the caller.
        let name = unsafe { Text::new(name, flags & COAP_ATTR_FLAGS_RELEASE_NAME != 0) }?;
        let value = match value {
            // SAFETY: handed on to the caller.
            Some(value) => Some(unsafe { Text::new(value, flags & COAP_ATTR_FLAGS_RELEASE_VALUE != 0) }?),
            None => None,
        };
        let attribute = memory::new(Attribute { name, value, older: self.newest.get() })?;
        self.newest.set(Some(attribute));
        // SAFETY: attributes live as long as their list, in blocks of their own.
        let attribute = unsafe { attribute.as_ref() };
        attribute.name.keep();
        if let Some(value) = &attribute.value {
            value.keep();
        }
        Some(attribute)
    }

    /// The attributes, newest first.
    pub fn iter(&self) -> impl Iterator<Item = &Attribute> {
        // SAFETY: attributes live as long as their list, in blocks of their own.
        let follow = |attribute: Option<NonNull<Attribute>>| attribute.map(|attribute| unsafe { attribute.as_ref() });
        core::iter::successors(follow(self.newest.get()), move |attribute| follow(attribute.older))
    }

    /// The newest attribute of this name.
    pub fn find(&self, name: &[u8]) -> Option<&Attribute> {
        self.iter().find(|attribute| attribute.read().name == name)
    }
}

impl Drop for Attributes {
    fn drop(&mut self) {
        let mut next = self.newest.take();
        while let Some(attribute) = next {
            // SAFETY: made by `memory::new` in `add`, in no other list, and the list ends.
            unsafe {
                next = attribute.as_ref().older;
                memory::drop_new(attribute);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A string of the application's on the heap.
    fn string(bytes: &[u8]) -> NonNull<coap_str_const_t> {
        let text = core::mem::ManuallyDrop::new(Text::copy_of(bytes).unwrap());
        NonNull::new(text.as_ptr()).unwrap()
    }

    fn names(attributes: &Attributes) -> Vec<&[u8]> {
        attributes.iter().map(|attribute| attribute.read().name).collect()
    }

    #[test]
    fn copied_or_adopted_newest_first() {
        let attributes = Attributes::default();
        let adopted = string(b"adopted");
        let rt = coap_str_const_t { length: 2, s: b"rt".as_ptr() };
        let one = coap_str_const_t { length: 3, s: b"one".as_ptr() };
        // SAFETY: live strings; the adopted one is on the heap and not freed here.
        let (first, second) = unsafe {
            let first = attributes.add(NonNull::from(&rt), Some(NonNull::from(&one)), 0).unwrap();
            let second = attributes.add(NonNull::from(&rt), Some(adopted), COAP_ATTR_FLAGS_RELEASE_VALUE).unwrap();
            attributes.add(string(b"obs"), None, COAP_ATTR_FLAGS_RELEASE_NAME).unwrap();
            (first, second)
        };
        assert_eq!(names(&attributes), [b"obs".as_slice(), b"rt", b"rt"]);
        assert_ne!(first.value_ptr().cast_const(), &raw const one);
        assert_eq!(second.value_ptr(), adopted.as_ptr());
        assert!(core::ptr::eq(attributes.find(b"rt").unwrap(), second));
        assert!(attributes.find(b"obs").unwrap().value_ptr().is_null());
        assert!(attributes.find(b"r").is_none());
        // SAFETY: the adopted value is live; written while nobody reads it.
        unsafe { (*adopted.as_ptr()).length = 2 };
        assert_eq!(second.read().value, Some(b"ad".as_slice()));
        // SAFETY: likewise. A value without bytes counts as none.
        unsafe { (*adopted.as_ptr()).s = core::ptr::null() };
        assert_eq!(second.read().value, None);
    }

    /// R28: what cannot be copied is not added, and adopted strings are then still the caller's.
    #[test]
    fn refused() {
        let attributes = Attributes::default();
        let broken = coap_str_const_t { length: 2, s: core::ptr::null() };
        let name = string(b"name");
        // SAFETY: live strings; one has no bytes, which is refused. `name` is freed once, here.
        unsafe {
            assert!(attributes.add(name, Some(NonNull::from(&broken)), COAP_ATTR_FLAGS_RELEASE_NAME).is_none());
            assert!(attributes.add(NonNull::from(&broken), None, 0).is_none());
            memory::free(name.as_ptr());
        }
        assert!(names(&attributes).is_empty());
    }
}
