//! Messages that have left a queue and are owned by whoever works on them: one, or a chain of them.

use super::{queue_index, Session};
use crate::abi::*;
use crate::base::keep::Kept;
use crate::base::memory;
use crate::message::pdu::OwnedPdu;
use core::cell::Cell;
use core::ptr::{null_mut, NonNull};

/// A node that has left the send queue and is still owned here; deleted on drop, which releases its session reference.
pub struct Taken {
    node: NonNull<coap_queue_t>,
}

impl Taken {
    /// # Safety
    /// `node` is live and in no list, and the caller gives it away.
    pub unsafe fn new(node: NonNull<coap_queue_t>) -> Taken {
        Taken { node }
    }

    /// The node as a pointer: what it is counted by.
    pub fn as_ptr(&self) -> *mut coap_queue_t {
        self.node.as_ptr()
    }

    /// The node.
    pub fn node(&self) -> &coap_queue_t {
        // SAFETY: owned, so live.
        unsafe { self.node.as_ref() }
    }

    /// Its message.
    pub fn pdu(&self) -> Option<&coap_pdu_t> {
        // SAFETY: the node owns its message; null is allowed.
        unsafe { self.node().pdu.get().as_ref() }
    }

    /// Its session.
    pub fn session(&self) -> Option<Kept<Session>> {
        // SAFETY: the node holds a reference to its session.
        unsafe { Session::from_ptr(self.node().session.get()) }
    }

    /// Gives the node away.
    pub fn into_raw(self) -> NonNull<coap_queue_t> {
        let node = self.node;
        core::mem::forget(self);
        node
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        let session = self.session();
        // SAFETY: owned, and in no list.
        unsafe { free(self.node, session) }
    }
}

/// Nodes that have left a queue and are owned here, in its order.
#[derive(Default)]
pub struct Chain {
    first: Cell<*mut coap_queue_t>,
}

impl Chain {
    /// The nodes from `first` on.
    ///
    /// # Safety
    /// They are live, and the caller gives them away.
    pub unsafe fn new(first: *mut coap_queue_t) -> Chain {
        Chain { first: Cell::new(first) }
    }

    /// What `fill` hands over, in that order.
    pub fn of(fill: impl FnOnce(&mut dyn FnMut(Taken))) -> Chain {
        let chain = Chain::default();
        let mut end = &chain.first;
        fill(&mut |taken| {
            let node = taken.into_raw();
            end.set(node.as_ptr());
            // SAFETY: the chain owns its nodes, and none goes before the chain does.
            end = unsafe { &node.as_ref().next };
        });
        chain
    }

    /// Whether no node is left.
    pub fn is_empty(&self) -> bool {
        self.first.get().is_null()
    }
}

impl Iterator for Chain {
    type Item = Taken;
    fn next(&mut self) -> Option<Taken> {
        let first = NonNull::new(self.first.get())?;
        // SAFETY: the chain owns its nodes.
        self.first.set(unsafe { first.as_ref() }.next.replace(null_mut()));
        Some(Taken { node: first })
    }
}

impl Drop for Chain {
    fn drop(&mut self) {
        self.for_each(drop);
    }
}

/// Deletes a node that is in no list, or at most in one that it was linked into by hand.
///
/// # Safety
/// `this` is live and nobody uses it any more; `session` is its session.
pub(super) unsafe fn free(this: NonNull<coap_queue_t>, session: Option<Kept<Session>>) {
    // SAFETY: the node owns its message.
    unsafe {
        if let Some(node) = queue_index::known(this) {
            // The application may have cut it out of a list by hand: the index is to forget it.
            queue_index::withdraw(node);
            node.forget();
        }
        if let Some(pdu) = NonNull::new(this.as_ref().pdu.get()) {
            drop(OwnedPdu::from_raw(pdu));
        }
        memory::free(this.as_ptr());
    }
    if let Some(session) = session {
        session.release();
    }
}
