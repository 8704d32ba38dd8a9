//! The list of sessions that C can walk, in creation order: it looks like a table of uthash (headers §7), of which only
//! iteration and count are promised (H13).

use super::Session;
use crate::abi::*;
use core::cell::Cell;
use core::ffi::c_void;
use core::mem::offset_of;
use core::ptr::{null_mut, NonNull};

/// The sessions of a context (clients) or of an endpoint. Lives at a fixed address, because the sessions point to it.
pub struct SessionList {
    head: Cell<*mut Session>,
    tail: Cell<*mut Session>,
    table: UT_hash_table,
    bucket: UT_hash_bucket,
}

impl SessionList {
    /// The empty list.
    pub fn new() -> Self {
        // SAFETY: the two structs hold numbers and raw pointers, for which zero bytes are a value.
        let (table, bucket) = unsafe { (core::mem::zeroed(), core::mem::zeroed()) };
        SessionList { head: Cell::new(null_mut()), tail: Cell::new(null_mut()), table, bucket }
    }

    /// The oldest session.
    pub fn first(&self) -> Option<NonNull<Session>> {
        NonNull::new(self.head.get())
    }

    /// The sessions, oldest first. No application code may run in between.
    pub fn iter(&self) -> impl Iterator<Item = &Session> {
        // SAFETY: members of the list are live.
        let follow = |session: Option<NonNull<Session>>| session.map(|session| unsafe { session.as_ref() });
        let next = |session: &Session| NonNull::new(session.c.hh.next.get()).map(NonNull::cast);
        core::iter::successors(follow(self.first()), move |session| follow(next(session)))
    }

    /// Puts a session at the end.
    pub fn append(&self, session: &Session) {
        let table = &self.table;
        table.buckets.set((&self.bucket as *const UT_hash_bucket).cast_mut());
        table.num_buckets.set(1);
        table.hho.set(offset_of!(coap_session_t, hh) as isize);
        table.num_items.set(table.num_items.get() + 1);
        table.tail.set((&session.c.hh as *const UT_hash_handle).cast_mut());
        let tail = self.tail.replace(session.handle().as_ptr());
        session.c.hh.tbl.set((table as *const UT_hash_table).cast_mut());
        session.c.hh.prev.set(tail.cast::<c_void>());
        session.c.hh.next.set(null_mut());
        match NonNull::new(tail) {
            None => self.head.set(session.handle().as_ptr()),
            // SAFETY: members of the list are live.
            Some(tail) => unsafe { tail.as_ref() }.c.hh.next.set(session.as_ptr().cast()),
        }
    }

    /// Takes a member out.
    pub fn remove(&self, session: &Session) {
        let hh = &session.c.hh;
        let (prev, next) = (hh.prev.take_pointer(), hh.next.take_pointer());
        match NonNull::new(prev) {
            None => self.head.set(next),
            // SAFETY: members of the list are live.
            Some(prev) => unsafe { prev.as_ref() }.c.hh.next.set(next.cast()),
        }
        match NonNull::new(next) {
            None => self.tail.set(prev),
            // SAFETY: members of the list are live.
            Some(next) => unsafe { next.as_ref() }.c.hh.prev.set(prev.cast()),
        }
        self.table.tail.set(match NonNull::new(self.tail.get()) {
            None => null_mut(),
            // SAFETY: members of the list are live.
            Some(tail) => (unsafe { &tail.as_ref().c.hh } as *const UT_hash_handle).cast_mut(),
        });
        self.table.num_items.set(self.table.num_items.get() - 1);
        hh.tbl.set(null_mut());
    }
}

trait TakePointer {
    fn take_pointer(&self) -> *mut Session;
}

impl TakePointer for Cell<*mut c_void> {
    fn take_pointer(&self) -> *mut Session {
        self.replace(null_mut()).cast()
    }
}
