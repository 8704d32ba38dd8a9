//! Objects that an application may end while the library still works on them.
//!
//! Sessions, endpoints, resources and contexts live in blocks of the C allocator. The application (or a sweep) ends
//! one by calling its delete function, perhaps from inside a callback that the library made *for that very object*. So
//! each of them carries a hidden [`Keep`]: ending the object takes it out of every table and marks it gone at once, but
//! its memory stays until the last [`Kept`] guard is dropped. The `ref` that C sees in a session is another thing: it
//! decides *whether* a session ends, this one *when its memory may go*.

use super::memory;
use core::cell::Cell;
use core::ops::Deref;
use core::ptr::NonNull;

/// How many guards hold an object's memory, and whether the object has ended.
#[derive(Default)]
pub struct Keep {
    guards: Cell<u32>,
    gone: Cell<bool>,
}

impl Keep {
    /// How many guards hold the memory.
    pub fn guards(&self) -> u32 {
        self.guards.get()
    }
}

/// An object with a [`Keep`], allocated by [`memory::new`].
///
/// # Safety
/// `keep` always gives the same field of the object, and objects are only made by [`memory::new`].
pub unsafe trait Keepable {
    /// The object's keep.
    fn keep(&self) -> &Keep;

    /// Whether the object has ended; only its memory is left.
    fn is_gone(&self) -> bool {
        self.keep().gone.get()
    }

    /// Whether somebody is working on the object.
    fn is_kept(&self) -> bool {
        self.keep().guards.get() > 0
    }
}

/// Keeps the memory of an object while it lives.
pub struct Kept<T: Keepable>(NonNull<T>);

impl<T: Keepable> Kept<T> {
    /// # Safety
    /// `object` was made by [`memory::new`] and its memory is live: either the object has not ended, or another guard
    /// holds it.
    pub unsafe fn new(object: NonNull<T>) -> Self {
        // SAFETY: live by the caller's word.
        let keep = unsafe { object.as_ref() }.keep();
        keep.guards.set(keep.guards.get() + 1);
        Kept(object)
    }

    /// The object as a pointer, for handles and for C.
    pub fn as_non_null(&self) -> NonNull<T> {
        self.0
    }
}

impl<T: Keepable> Clone for Kept<T> {
    fn clone(&self) -> Self {
        // SAFETY: this guard holds the memory.
        unsafe { Kept::new(self.0) }
    }
}

impl<T: Keepable> Deref for Kept<T> {
    type Target = T;
    fn deref(&self) -> &T {
        // SAFETY: the guard holds the memory, and the object is only ever used through shared references.
        unsafe { self.0.as_ref() }
    }
}

impl<T: Keepable> Drop for Kept<T> {
    fn drop(&mut self) {
        // SAFETY: this guard holds the memory until the count says otherwise.
        let keep = unsafe { self.0.as_ref() }.keep();
        keep.guards.set(keep.guards.get() - 1);
        if keep.guards.get() == 0 && keep.gone.get() {
            // SAFETY: ended, and this was the last guard.
            unsafe { memory::drop_new(self.0) }
        }
    }
}

/// Marks an object as gone and releases its memory as soon as nobody holds it.
///
/// # Safety
/// `object` was made by [`memory::new`], has not been ended before, and is in no table any more.
pub unsafe fn end<T: Keepable>(object: NonNull<T>) {
    // SAFETY: live by the caller's word; the guard below releases the memory, now or later.
    unsafe {
        let guard = Kept::new(object);
        guard.keep().gone.set(true);
    }
}
