//! A queued message: the part that C sees, and behind it what the send queue's index keeps of it.
//!
//! An application may have nodes that were not made here, declared or allocated by itself: behind those is nothing. What
//! was made here has a mark in its public part, where C has a gap, which depends on the address. So a copy has none, and
//! a node that has lost it is taken for a foreign one, which is slower but right.

use super::{Context, Session};
use crate::abi::*;
use crate::base::memory;
use crate::base::tree::{Branches, Key};
use core::cell::Cell;
use core::mem::offset_of;
use core::ptr::NonNull;

/// A node made by the library.
#[repr(C)]
pub struct Node {
    /// What C sees.
    pub c: coap_queue_t,
    /// The context whose index the node is in; its other fields mean something only then.
    pub(super) owner: Cell<Option<NonNull<Context>>>,
    /// When it is due, in ticks from the base time of its context's send queue.
    pub(super) due: Cell<coap_tick_t>,
    /// Decides among nodes that are due at the same time. Counts up.
    pub(super) order: Cell<u64>,
    /// The node before it in the list.
    pub(super) before: Cell<Option<NonNull<Node>>>,
    lower: Cell<Option<NonNull<Node>>>,
    higher: Cell<Option<NonNull<Node>>>,
    /// The session in whose list it is.
    filed_with: Cell<Option<NonNull<Session>>>,
    newer: Cell<Option<NonNull<Node>>>,
    older: Cell<Option<NonNull<Node>>>,
}

/// Where the mark is: in the gap behind `id`.
const MARK: usize = offset_of!(coap_queue_t, id) + size_of::<coap_mid_t>();
const _: () =
    assert!(MARK.is_multiple_of(align_of::<u32>()) && MARK + size_of::<u32>() <= offset_of!(coap_queue_t, pdu));

fn mark(node: NonNull<coap_queue_t>) -> NonNull<u32> {
    // SAFETY: within the node, as asserted above.
    unsafe { node.cast::<u8>().add(MARK).cast() }
}

/// The mark of a node at this address; never 0.
fn mark_of(node: NonNull<coap_queue_t>) -> u32 {
    ((node.as_ptr() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32 | 1
}

impl Node {
    /// A zero-filled node; `None` without memory.
    pub fn new() -> Option<NonNull<Node>> {
        // All fields are numbers, raw pointers and optional ones, for which zero bytes are a value.
        let node = memory::calloc(size_of::<Node>())?.cast::<Node>();
        // SAFETY: just made.
        unsafe { mark(node.cast()).write(mark_of(node.cast())) };
        Some(node)
    }

    /// The node behind a pointer from C; `None` for null, and for one that was not made by the library.
    ///
    /// # Safety
    /// `node` is null or a node that lives for `'a`.
    pub unsafe fn from_ptr<'a>(node: *mut coap_queue_t) -> Option<&'a Node> {
        let node = NonNull::new(node)?;
        // SAFETY: live by the caller's word; with the mark it was made by `new`, and `c` is the first field.
        unsafe { (mark(node).read() == mark_of(node)).then(|| node.cast().as_ref()) }
    }

    /// The node loses its mark: its memory is about to be freed, and may come back as anything.
    pub fn forget(&self) {
        // SAFETY: live.
        unsafe { mark(NonNull::from(&self.c)).write(0) };
    }

    /// The node as C knows it.
    pub fn as_ptr(&self) -> *mut coap_queue_t {
        (self as *const Node).cast_mut().cast()
    }

    /// Where it stands in its index.
    pub(super) fn key(&self) -> Key {
        (self.due.get(), self.order.get())
    }

    /// Puts it into its session's list, if that is a session of `context`.
    pub(super) fn enter_session(&self, context: &Context) {
        // SAFETY: a node's session is live.
        let Some(session) = (unsafe { self.c.session.get().cast::<Session>().as_ref() }) else { return };
        if session.c.context.get() != context.as_ptr() {
            return;
        }
        // A session that messages are sent on has it; one that the application names in a node of its own may have no
        // memory for it: then it does not find that node.
        let Some(busy) = session.make_busy() else { return };
        self.filed_with.set(Some(NonNull::from(session)));
        let older = busy.newest.replace(Some(NonNull::from(self)));
        // SAFETY: what is in a session's list is live.
        if let Some(older) = older.map(|older| unsafe { older.as_ref() }) {
            older.newer.set(Some(NonNull::from(self)));
        }
        self.older.set(older);
        self.newer.set(None);
        busy.queued.set(busy.queued.get() + 1);
    }

    /// Takes it out of its session's list.
    pub(super) fn leave_session(&self) {
        // SAFETY: a session empties its list before it goes (`forget_session`).
        let Some(busy) = self.filed_with.take().and_then(|session| unsafe { session.as_ref() }.busy()) else { return };
        let (newer, older) = (self.newer.take(), self.older.take());
        // SAFETY: what is in a session's list is live.
        let link = |node: NonNull<Node>| unsafe { node.as_ref() };
        match newer.map(link) {
            Some(newer) => newer.older.set(older),
            None => busy.newest.set(older),
        }
        if let Some(older) = older.map(link) {
            older.newer.set(newer);
        }
        busy.queued.set(busy.queued.get().saturating_sub(1));
    }
}

/// The nodes in a session's list, the newest first. The list must not change while one goes through it, but that the node
/// given last may leave.
pub(super) fn of_session(session: &Session) -> impl Iterator<Item = &Node> {
    // SAFETY: what is in a session's list is live, and stays so while nobody changes the list.
    let at = |node: Option<NonNull<Node>>| node.map(|node| unsafe { node.as_ref() });
    let mut next = at(session.busy().and_then(|busy| busy.newest.get()));
    core::iter::from_fn(move || {
        let this = next?;
        next = at(this.older.get());
        Some(this)
    })
}

/// Empties a session's list: the session goes. No node but one that the application has linked in by hand can be in it,
/// since the others hold a reference.
pub(super) fn forget_session(session: &Session) {
    for node in of_session(session) {
        node.leave_session();
    }
}

/// How an index finds its way among nodes.
pub(super) struct Nodes;

impl Nodes {
    fn at(&self, node: NonNull<Node>) -> &Node {
        // SAFETY: nodes leave the index before they are freed (`taken::free`), and their context outlives them there.
        unsafe { node.as_ref() }
    }
}

impl Branches<NonNull<Node>> for Nodes {
    fn key(&self, node: NonNull<Node>) -> Key {
        self.at(node).key()
    }
    fn lower(&self, node: NonNull<Node>) -> &Cell<Option<NonNull<Node>>> {
        &self.at(node).lower
    }
    fn higher(&self, node: NonNull<Node>) -> &Cell<Option<NonNull<Node>>> {
        &self.at(node).higher
    }
}
