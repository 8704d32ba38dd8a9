//! The send queue: messages that wait for their acknowledgement, by due time (docs/spec/exchange.md, section 2).
//!
//! `context.sendqueue` is a public list whose times are relative, each to the one before and the first to
//! `sendqueue_basetime`. Applications read it, and some swap it out and back, so the list itself is the truth. What each
//! session has in it is counted besides, so that a session with nothing in flight costs no search.

use super::taken::{self, Chain, Taken};
use super::{send, Context, Session};
use crate::abi::*;
use crate::base::keep::{Keepable, Kept};
use crate::base::memory;
use core::cell::Cell;
use core::ptr::{null_mut, NonNull};

/// The link that leads to a node: a list's head, or the `next` of the node before.
pub type Link = Cell<*mut coap_queue_t>;

/// `coap_new_node`: a zero-filled node.
pub fn new_node() -> Option<NonNull<coap_queue_t>> {
    memory::calloc(size_of::<coap_queue_t>()).map(NonNull::cast)
}

/// A node of a list, for as long as nothing frees it.
///
/// # Safety
/// `node` is null or live for `'a`.
unsafe fn node<'a>(node: *mut coap_queue_t) -> Option<&'a coap_queue_t> {
    // SAFETY: handed on to the caller; nodes hold `Cell`s and padding only.
    unsafe { node.as_ref() }
}

/// `coap_insert_node`: puts a node where its due time wants it; behind those that are due at the same time.
///
/// # Safety
/// The list's nodes and `new` are live, and `new` is in no list.
pub unsafe fn insert(head: &Link, new: NonNull<coap_queue_t>) {
    // SAFETY: live by the caller's word.
    let new_node = unsafe { new.as_ref() };
    let mut link = head;
    // SAFETY: the list's nodes are live.
    while let Some(next) = unsafe { node(link.get()) } {
        if new_node.t.get() < next.t.get() {
            next.t.set(next.t.get() - new_node.t.get());
            break;
        }
        new_node.t.set(new_node.t.get() - next.t.get());
        link = &next.next;
    }
    new_node.next.set(link.get());
    link.set(new.as_ptr());
}

/// `coap_insert_node`: as [`insert`], on a list of the application's choice. In a context's send queue it is counted.
///
/// # Safety
/// As for [`insert`].
pub unsafe fn insert_counted(head: &Link, new: NonNull<coap_queue_t>) {
    // SAFETY: handed on to the caller; a node's session is live.
    unsafe {
        insert(head, new);
        if let Some(session) = session_of_queue(head, new) {
            session.queued.set(session.queued.get() + 1);
        }
    }
}

/// The node's session, if `head` is the send queue of its context.
///
/// # Safety
/// `this` is live.
unsafe fn session_of_queue(head: &Link, this: NonNull<coap_queue_t>) -> Option<Kept<Session>> {
    // SAFETY: a node's session is live.
    let session = unsafe { Session::from_ptr(this.as_ref().session.get()) }?;
    core::ptr::eq(&session.context()?.c.sendqueue, head).then_some(session)
}

/// Takes the first node that `wanted` accepts out of a list; no other due time moves.
///
/// # Safety
/// The list's nodes are live.
unsafe fn take(head: &Link, wanted: impl Fn(&coap_queue_t) -> bool) -> Option<NonNull<coap_queue_t>> {
    let mut link = head;
    // SAFETY: the list's nodes are live.
    while let Some(found) = unsafe { node(link.get()) } {
        if wanted(found) {
            let taken = NonNull::new(link.get())?;
            link.set(found.next.replace(null_mut()));
            // SAFETY: as above.
            if let Some(next) = unsafe { node(link.get()) } {
                next.t.set(next.t.get().saturating_add(found.t.get()));
            }
            return Some(taken);
        }
        link = &found.next;
    }
    None
}

/// `coap_remove_from_queue`: takes out the first node with this session and message id.
///
/// # Safety
/// The list's nodes are live.
pub unsafe fn remove(head: &Link, session: *mut coap_session_t, id: coap_mid_t) -> Option<NonNull<coap_queue_t>> {
    // SAFETY: handed on to the caller.
    unsafe {
        let taken = take(head, |node| node.session.get() == session && node.id.get() == id)?;
        left_queue(session_of_queue(head, taken).as_deref(), taken);
        Some(taken)
    }
}

/// `coap_delete_all`: deletes every node of a list.
///
/// # Safety
/// The list's nodes are live, and nobody uses them any more.
pub unsafe fn delete_list(mut first: *mut coap_queue_t) {
    // SAFETY: the list's nodes are live; the next one is noted before one is deleted.
    while let Some(next) = unsafe { node(first) } {
        let this = NonNull::from(next);
        first = next.next.get();
        // SAFETY: as above. In a context's send queue it is looked for, so the links stay as they are until then.
        unsafe { delete(this) };
    }
}

/// `coap_delete_node`: out of its context's send queue if it is still in there (E2), then the message, the session
/// reference and the node go.
///
/// # Safety
/// `this` is live and nobody uses it any more.
pub unsafe fn delete(this: NonNull<coap_queue_t>) {
    // SAFETY: handed on to the caller.
    unsafe {
        let session = unlink(this);
        taken::free(this, session.clone());
        if let Some((session, context)) = session.as_ref().and_then(|session| Some((session, session.context()?))) {
            send::drain(&context, session);
        }
    }
}

/// Takes a node out of its context's send queue, if it is in there; gives its session.
///
/// # Safety
/// `this` is live.
pub unsafe fn unlink(this: NonNull<coap_queue_t>) -> Option<Kept<Session>> {
    // SAFETY: live by the caller's word; a node's session is live, because the node holds a reference to it.
    unsafe {
        let session = Session::from_ptr(this.as_ref().session.get())?;
        let context = session.context();
        if context.and_then(|context| take(&context.c.sendqueue, |node| NonNull::from(node) == this)).is_some() {
            left_queue(Some(&session), this);
        }
        Some(session)
    }
}

/// Keeps the counts right when a node that was put in by `wait_ack` has left the send queue.
fn left_queue(session: Option<&Session>, node: NonNull<coap_queue_t>) {
    if let Some(session) = session {
        session.queued.set(session.queued.get().saturating_sub(1));
        session.uncount(node.as_ptr());
    }
}

/// Takes the message of `session` with this id out of the send queue, as acknowledged, reset or given up. Peers make
/// the library do this as often as they like, so a session with nothing in the queue costs no search.
pub fn take_matching(context: &Context, session: &Session, id: coap_mid_t) -> Option<Taken> {
    if session.queued.get() == 0 {
        return None;
    }
    take_where(context, session, |node| node.id.get() == id)
}

/// The list is the truth, so this searches it, whatever the count says: a program may have linked nodes in.
fn take_where(context: &Context, session: &Session, wanted: impl Fn(&coap_queue_t) -> bool) -> Option<Taken> {
    let me = session.as_ptr();
    // SAFETY: the nodes of the send queue are live; the one taken is ours.
    let node = unsafe { take(&context.c.sendqueue, |node| node.session.get() == me && wanted(node)) }?;
    left_queue(Some(session), node);
    // SAFETY: just taken.
    Some(unsafe { Taken::new(node) })
}

/// Unlinks the head (`coap_pop_next`): its time stays, the next one's grows by it.
pub fn pop(context: &Context) -> Option<NonNull<coap_queue_t>> {
    // SAFETY: the nodes of the send queue are live.
    let head = unsafe { take(&context.c.sendqueue, |_| true) }?;
    // SAFETY: just taken, live; its session too, which it refers to.
    let session = unsafe { Session::from_ptr(head.as_ref().session.get()) };
    left_queue(session.as_deref(), head);
    Some(head)
}

/// Due time of the head.
pub fn next_due(context: &Context) -> Option<coap_tick_t> {
    // SAFETY: the nodes of the send queue are live.
    let head = unsafe { node(context.c.sendqueue.get()) }?;
    Some(context.c.sendqueue_basetime.get().saturating_add(head.t.get()))
}

/// Takes the clock's word for it: a base time in the future means that the clock was set back, and the queue moves with
/// it, so that no retransmission waits longer than its own interval.
pub fn follow_clock(context: &Context, now: coap_tick_t) {
    if context.c.sendqueue_basetime.get() > now {
        context.c.sendqueue_basetime.set(now);
    }
}

/// `coap_wait_ack`: files a node under `now` plus its next time-out, with a session reference of its own. `None`, and
/// the node is still the caller's, if the session has ended.
///
/// # Safety
/// `this` is live, in no list, and the caller gives it away.
pub unsafe fn wait_ack(
    context: &Context,
    session: &Session,
    this: NonNull<coap_queue_t>,
    now: coap_tick_t,
) -> Option<()> {
    if session.is_ended() {
        return None;
    }
    session.reference();
    // SAFETY: handed on to the caller.
    unsafe {
        this.as_ref().session.set(session.as_ptr());
        file(context, session, this, now);
    }
    Some(())
}

/// Files a node, which refers to its session, under `now` plus its next time-out.
///
/// # Safety
/// `this` is live, in no list, and the caller gives it away.
pub unsafe fn file(context: &Context, session: &Session, this: NonNull<coap_queue_t>, now: coap_tick_t) {
    // SAFETY: live by the caller's word.
    let new = unsafe { this.as_ref() };
    session.queued.set(session.queued.get() + 1);
    if context.c.sendqueue.get().is_null() {
        context.c.sendqueue_basetime.set(now);
    }
    follow_clock(context, now);
    let due = now.saturating_add(super::timing::backed_off(new.timeout.get(), new.retransmit_cnt.get()));
    new.t.set(due - context.c.sendqueue_basetime.get());
    // SAFETY: the nodes of the send queue are live.
    unsafe { insert(&context.c.sendqueue, this) };
    context.wake_at(due);
}

/// `coap_adjust_basetime`, with the results that its unit test demands. The library itself does not use it.
pub fn adjust_basetime(context: &Context, now: coap_tick_t) -> u32 {
    let base = context.c.sendqueue_basetime.replace(now);
    let mut link = &context.c.sendqueue;
    // SAFETY: the nodes of the send queue are live.
    let next_of = |link: &Link| unsafe { node(link.get()) };
    if let (Some(head), false) = (next_of(link), now > base) {
        head.t.set(head.t.get().saturating_add(base - now));
        return 0;
    }
    let mut past = now.saturating_sub(base);
    let mut overdue = 0;
    while let Some(next) = next_of(link) {
        if next.t.get() >= past {
            next.t.set(past);
            break;
        }
        past -= next.t.replace(0);
        overdue += 1;
        link = &next.next;
    }
    overdue
}

/// `coap_cancel_session_messages`: drops the session's messages, telling the nack handler of the confirmable ones.
pub fn cancel_session(context: &Context, session: &Session, reason: u32) {
    fail(context, session, queued_of(context, session), reason);
    send::drain(context, session);
}

/// Tells the nack handler of the confirmable ones among these messages, which then go. The handler may do what it
/// likes: they are out of every queue, and what it sends itself is not among them (E14).
pub fn fail(context: &Context, session: &Session, messages: Chain, reason: u32) {
    for taken in messages {
        // A handler may have freed the context; then the others go silently.
        if !context.is_gone() {
            send::nack(context, session, taken.pdu(), reason, taken.node().id.get());
        }
    }
    session.update_idle();
}

/// Takes the session's messages out of the send queue.
pub fn queued_of(context: &Context, session: &Session) -> Chain {
    Chain::of(|| take_where(context, session, |_| true))
}

/// Takes the session's messages out of its delay queue.
pub fn delayed_of(session: &Session) -> Chain {
    session.delayed.set(0);
    // SAFETY: the nodes of the delay queue are live, and its alone.
    unsafe { Chain::new(session.c.delayqueue.replace(null_mut())) }
}

/// Shows the application each of the session's queued messages, which stay queued. The callback may change the queue:
/// the walk goes by number, and starts from the head each time.
pub fn report(context: &Context, session: &Session, mut tell: impl FnMut(&coap_pdu_t, coap_mid_t)) {
    let me = session.as_ptr();
    for number in 0..session.queued.get() {
        let mut next = context.c.sendqueue.get();
        let mut before = 0;
        // SAFETY: the nodes of the send queue are live; the list is not used any more once the callback runs.
        while let Some(this) = unsafe { node(next) } {
            next = this.next.get();
            if this.session.get() != me {
                continue;
            }
            if before < number {
                before += 1;
                continue;
            }
            // SAFETY: the node owns its message; null is allowed. The copy survives whatever the callback does.
            let copy = unsafe { this.pdu.get().as_ref() }.and_then(coap_pdu_t::record);
            let id = this.id.get();
            if let Some(copy) = copy {
                copy.encode_header(session.c.proto.get());
                tell(&copy, id);
            }
            break;
        }
        if session.is_ended() {
            break;
        }
    }
}

/// Drops the session's messages silently.
pub fn drop_session(context: &Context, session: &Session) {
    if session.queued.get() > 0 {
        drop(queued_of(context, session));
    }
}

/// `coap_cancel_all_messages`: drops the session's messages with this token, silently.
pub fn cancel_token(context: &Context, session: &Session, token: &[u8]) {
    let mut any = false;
    let matches = |node: &coap_queue_t| {
        // SAFETY: a queued node owns its message; null is allowed.
        unsafe { node.pdu.get().as_ref() }.is_some_and(|pdu| pdu.token_bytes() == token)
    };
    while take_where(context, session, matches).is_some() {
        any = true;
    }
    if any {
        send::drain(context, session);
    }
}

/// Drops every message, silently: the context ends.
pub fn drop_all(context: &Context) {
    while let Some(node) = pop(context) {
        // SAFETY: just taken, and owned here.
        drop(unsafe { Taken::new(node) });
    }
}

/// Puts a node at the end of the session's delay queue.
///
/// # Safety
/// `this` is live, in no list, and the caller gives it away.
pub unsafe fn delay(session: &Session, this: NonNull<coap_queue_t>) {
    let mut link = &session.c.delayqueue;
    // SAFETY: the nodes of the delay queue are live.
    while let Some(next) = unsafe { node(link.get()) } {
        link = &next.next;
    }
    link.set(this.as_ptr());
    session.delayed.set(session.delayed.get() + 1);
    session.update_idle();
}

/// Whether the delay queue holds a message with this id.
pub fn is_delayed(session: &Session, id: coap_mid_t) -> bool {
    let mut next = session.c.delayqueue.get();
    // SAFETY: the nodes of the delay queue are live.
    while let Some(this) = unsafe { node(next) } {
        if this.id.get() == id {
            return true;
        }
        next = this.next.get();
    }
    false
}

/// Drops the message with this id and token from the delay queue, silently, unless part of it was sent.
pub fn drop_delayed(session: &Session, id: coap_mid_t, token: &[u8]) {
    let mut link = &session.c.delayqueue;
    let mut begun = session.c.partial_write.get() > 0;
    // SAFETY: the nodes of the delay queue are live.
    while let Some(this) = unsafe { node(link.get()) } {
        // SAFETY: the node owns its message; null is allowed.
        let pdu = unsafe { this.pdu.get().as_ref() };
        if !begun && this.id.get() == id && pdu.is_some_and(|pdu| pdu.token_bytes() == token) {
            link.set(this.next.replace(null_mut()));
            session.delayed.set(session.delayed.get().saturating_sub(1));
            // SAFETY: just taken, and owned here.
            drop(unsafe { Taken::new(NonNull::from(this)) });
            return session.update_idle();
        }
        begun = false;
        link = &this.next;
    }
}

/// Takes the first message out of the delay queue.
pub fn take_delayed(session: &Session) -> Option<Taken> {
    // SAFETY: the nodes of the delay queue are live; the one taken is ours.
    let taken = unsafe { Taken::new(NonNull::new(session.c.delayqueue.get())?) };
    session.c.delayqueue.set(taken.node().next.replace(null_mut()));
    session.delayed.set(session.delayed.get().saturating_sub(1));
    Some(taken)
}
