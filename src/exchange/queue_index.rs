//! The index beside a context's send queue (E16): where a due time belongs, and what each session has in it, without a
//! walk through the list.
//!
//! The list is public, and the truth. Applications swap its head, edit times and links, and insert into it through heads
//! of their own. So the index believes itself only as far as it can see at once: each operation looks whether the head and
//! the links and times that it is about to change are as the index has them. If one is not, the index is made anew from
//! the list, which costs a walk. What was linked in by hand, behind the head, is found when something happens next to it,
//! or when it comes to the front.
//!
//! The index itself never allocates: each [`Node`] brings its part along. A node that the library has not made has no such
//! part. While one is in the list the index is *blind*: it knows nothing, and whoever asks it walks through the list.

use super::node::{self, Node, Nodes};
use super::queue::Link;
use super::{Context, Session};
use crate::abi::*;
use crate::base::keep::Kept;
use crate::base::tree::Tree;
use core::cell::Cell;
use core::ptr::{null_mut, NonNull};

/// The index.
#[derive(Default)]
pub struct QueueIndex {
    nodes: Tree<NonNull<Node>>,
    /// The list's head as it was left.
    first: Cell<Option<NonNull<Node>>>,
    last_order: Cell<u64>,
    /// The list has been changed past the index, or has a node that the index can't have.
    stale: Cell<bool>,
}

impl QueueIndex {
    /// What the index knows may be wrong.
    pub(super) fn mistrust(&self) {
        self.stale.set(true);
    }

    /// Whether the list has to be walked through; to be asked after [`check`].
    pub(super) fn is_blind(&self) -> bool {
        self.stale.get()
    }

    /// Lets go of all nodes.
    fn clear(&self) {
        self.nodes.drain(&Nodes, |node| {
            // SAFETY: nodes leave the index before they are freed.
            let node = unsafe { node.as_ref() };
            node.owner.set(None);
            node.leave_session();
        });
        self.first.set(None);
        self.stale.set(false);
    }
}

/// A node of an index, or of a list, for as long as nothing frees it.
fn at<'a>(node: NonNull<Node>) -> &'a Node {
    // SAFETY: nodes leave the index before they are freed (`taken::free`), and lists hold live nodes. The reference does
    // not outlive the operation, during which no application code runs.
    unsafe { node.as_ref() }
}

/// The node that a link leads to, unless it leads nowhere or to a foreign one.
fn first_of<'a>(link: &Link) -> Option<&'a Node> {
    // SAFETY: lists hold live nodes; see `at`.
    unsafe { Node::from_ptr(link.get()) }
}

/// The context in whose index a node is.
pub fn owner(node: &Node) -> Option<Kept<Context>> {
    // SAFETY: a context lets go of all nodes before it ends (`end`).
    node.owner.get().map(|context| unsafe { Kept::new(context) })
}

/// The context whose send queue `head` is. A queue whose first node is not in an index yet is not recognised.
pub fn context_of(head: &Link) -> Option<Kept<Context>> {
    owner(first_of(head)?).filter(|context| core::ptr::eq(&context.c.sendqueue, head))
}

fn owned(context: &Context, node: &Node) -> bool {
    node.owner.get() == Some(NonNull::from(context))
}

/// The link that leads to what follows `before`.
fn link_behind(context: &Context, before: Option<NonNull<Node>>) -> &Link {
    before.map_or(&context.c.sendqueue, |before| &at(before).c.next)
}

/// Whether a node stands in the list where the index has it.
fn fits(context: &Context, node: &Node) -> bool {
    let before = node.before.get();
    owned(context, node)
        && link_behind(context, before).get() == node.as_ptr()
        && node.due.get().checked_sub(before.map_or(0, |before| at(before).due.get())) == Some(node.c.t.get())
}

/// Whether what follows `before` in the list follows it in the index.
#[inline]
fn fits_behind(context: &Context, before: Option<NonNull<Node>>) -> bool {
    match first_of(link_behind(context, before)) {
        Some(next) => next.before.get() == before && fits(context, next),
        None => link_behind(context, before).get().is_null(),
    }
}

/// Sees to it that the head is what the index takes it for.
#[inline]
pub fn check(context: &Context) {
    let index = &context.index;
    let first = first_of(&context.c.sendqueue);
    if index.stale.get() || index.first.get() != first.map(NonNull::from) || !fits_behind(context, None) {
        rebuild(context);
    }
}

/// Sees to it that the nodes of a session, and what stands behind each, are where the index has them.
pub fn check_session(context: &Context, session: &Session) {
    check(context);
    let fits = |node: &Node| fits(context, node) && fits_behind(context, Some(NonNull::from(node)));
    if !node::of_session(session).all(fits) {
        rebuild(context);
    }
}

/// Makes the index anew from the list.
fn rebuild(context: &Context) {
    let index = &context.index;
    index.clear();
    let mut before = None;
    let mut due: coap_tick_t = 0;
    while let Some(node) = first_of(link_behind(context, before)) {
        if owned(context, node) {
            return; // A list that bites its tail.
        }
        due = due.saturating_add(node.c.t.get());
        adopt(context, node, due, before);
        before = Some(NonNull::from(node));
    }
    if !link_behind(context, before).get().is_null() {
        index.clear();
        index.mistrust();
    }
}

/// Takes a node of the list into the index.
fn adopt(context: &Context, node: &Node, due: coap_tick_t, before: Option<NonNull<Node>>) {
    if let Some(other) = owner(node) {
        // It came from the queue of another context.
        other.index.nodes.remove(NonNull::from(node), &Nodes);
        other.index.mistrust();
        node.leave_session();
    }
    let index = &context.index;
    index.last_order.set(index.last_order.get() + 1);
    node.owner.set(Some(NonNull::from(context)));
    node.due.set(due);
    node.order.set(index.last_order.get());
    node.before.set(before);
    index.nodes.insert(NonNull::from(node), &Nodes);
    if before.is_none() {
        index.first.set(Some(NonNull::from(node)));
    }
    node.enter_session(context);
}

/// Puts a node into the context's send queue, due `due` ticks after the base time and behind those that are due at the
/// same time. False: the index is blind, and nothing has changed.
///
/// # Safety
/// The list's nodes and `new` are live, and `new` is in no list but perhaps this one.
pub unsafe fn insert(context: &Context, new: &Node, due: coap_tick_t) -> bool {
    // SAFETY: handed on to the caller.
    unsafe { withdraw(new) };
    check(context);
    let find = || context.index.nodes.last_below((due, u64::MAX), &Nodes);
    let mut before = find();
    if !before.is_none_or(|before| fits(context, at(before))) || !fits_behind(context, before) {
        rebuild(context);
        before = find();
    }
    if context.index.is_blind() {
        return false;
    }
    let link = link_behind(context, before);
    let next = first_of(link);
    new.c.t.set(due - before.map_or(0, |before| at(before).due.get()));
    new.c.next.set(link.replace(new.as_ptr()));
    adopt(context, new, due, before);
    if let Some(next) = next {
        next.c.t.set(next.c.t.get().saturating_sub(new.c.t.get()));
        next.before.set(Some(NonNull::from(new)));
    }
    true
}

/// Takes a node out of the send queue that it is in; no other due time moves. False: it is in none.
///
/// # Safety
/// `node` and the nodes of that list are live.
pub unsafe fn withdraw(node: &Node) -> bool {
    let Some(context) = owner(node) else { return false };
    check(&context);
    if !fits(&context, node) || !fits_behind(&context, Some(NonNull::from(node))) {
        rebuild(&context);
    }
    if !owned(&context, node) {
        return false;
    }
    let index = &context.index;
    let before = node.before.get();
    let next = node.c.next.replace(null_mut());
    link_behind(&context, before).set(next);
    index.nodes.remove(NonNull::from(node), &Nodes);
    node.owner.set(None);
    node.leave_session();
    let next = NonNull::new(next.cast()).map(at);
    if let Some(next) = next {
        next.c.t.set(next.c.t.get().saturating_add(node.c.t.get()));
        next.before.set(before);
    }
    if before.is_none() {
        index.first.set(next.map(NonNull::from));
    }
    true
}

/// The node behind a pointer from C, if an index may have it: also one that has lost its mark.
///
/// # Safety
/// `node` is live, and so is its session.
pub unsafe fn known<'a>(node: NonNull<coap_queue_t>) -> Option<&'a Node> {
    // SAFETY: handed on to the caller; what is in a session's list is live.
    unsafe {
        Node::from_ptr(node.as_ptr()).or_else(|| {
            let session = node.as_ref().session.get().cast::<Session>().as_ref()?;
            node::of_session(session).find(|other| other.as_ptr() == node.as_ptr())
        })
    }
}

/// The link behind the last node that the index knows.
pub fn end_of_list(context: &Context) -> &Link {
    check(context);
    let last = context.index.nodes.last_below((u64::MAX, u64::MAX), &Nodes);
    link_behind(context, last.filter(|last| fits(context, at(*last))))
}

/// Lets go of all nodes: the context ends.
pub fn end(context: &Context) {
    context.index.clear();
}
