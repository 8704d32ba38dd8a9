//! The send queue: messages that wait for their acknowledgement, by due time (docs/spec/exchange.md, section 2).
//!
//! `context.sendqueue` is a public list whose times are relative, each to the one before and the first to
//! `sendqueue_basetime`. Applications read it, and some swap it out and back, so the list itself is the truth. Beside it
//! is an index (`queue_index`), so that nothing that peers bring about costs a walk through it (E16).

use super::node::{self, Node};
use super::queue_index as index;
use super::taken::{self, Chain, Taken};
use super::{send, stream, Context, Session};
use crate::abi::*;
use crate::base::keep::{Keepable, Kept};
use crate::base::tree::Tree;
use crate::base::varint;
use core::cell::Cell;
use core::ptr::{null_mut, NonNull};

/// The link that leads to a node: a list's head, or the `next` of the node before.
pub type Link = Cell<*mut coap_queue_t>;

/// `coap_new_node`: a zero-filled node.
pub fn new_node() -> Option<NonNull<coap_queue_t>> {
    Node::new().map(NonNull::cast)
}

/// `coap_insert_node`: puts a node where its due time wants it; behind those that are due at the same time.
///
/// # Safety
/// The list's nodes and `new` are live, and `new` is in no list.
pub unsafe fn insert(head: &Link, new: NonNull<coap_queue_t>) {
    // SAFETY: handed on to the caller; a node's session is live.
    unsafe {
        let new = new.as_ref();
        let of_session = || Session::from_ptr(new.session.get())?.context();
        let known = index::context_of(head).or_else(of_session);
        match known.filter(|context| core::ptr::eq(&context.c.sendqueue, head)) {
            Some(context) => insert_due(&context, new, new.t.get()),
            None => insert_by_walk(head, new),
        }
    }
}

/// Puts a node into the context's send queue, due `due` ticks after the base time.
///
/// # Safety
/// As for [`insert`].
unsafe fn insert_due(context: &Context, new: &coap_queue_t, due: coap_tick_t) {
    new.t.set(due);
    // SAFETY: handed on to the caller.
    unsafe {
        let indexed = Node::from_ptr(pointer(new)).is_some_and(|new| index::insert(context, new, due));
        if !indexed {
            insert_by_walk(&context.c.sendqueue, new);
            context.index.mistrust();
        }
    }
}

/// A node as C knows it.
fn pointer(node: &coap_queue_t) -> *mut coap_queue_t {
    (node as *const coap_queue_t).cast_mut()
}

/// As [`insert`], into any list.
///
/// # Safety
/// As for [`insert`].
unsafe fn insert_by_walk(head: &Link, new: &coap_queue_t) {
    // SAFETY: handed on to the caller.
    let node = |node: &coap_queue_t| unsafe { Node::from_ptr(pointer(node)) };
    if let Some(new) = node(new) {
        // SAFETY: handed on to the caller.
        unsafe { index::withdraw(new) };
    }
    let mut link = head;
    let mut before = None;
    // SAFETY: the list's nodes are live.
    let next_of = |link: &Link| unsafe { link.get().as_ref() };
    while let Some(next) = next_of(link).filter(|next| next.t.get() <= new.t.get()) {
        new.t.set(new.t.get() - next.t.get());
        before = Some(next);
        link = &next.next;
    }
    let next = next_of(link);
    if let Some(next) = next {
        next.t.set(next.t.get() - new.t.get());
    }
    new.next.set(link.replace(pointer(new)));
    // It may be a context's list behind a head of the application's own.
    for context in before.into_iter().chain(next).filter_map(node).filter_map(index::owner) {
        context.index.mistrust();
    }
}

/// The first node of a list that `wanted` accepts.
///
/// # Safety
/// The list's nodes are live.
unsafe fn find<'a>(head: &Link, mut wanted: impl FnMut(&coap_queue_t) -> bool) -> Option<&'a coap_queue_t> {
    let mut next = head.get();
    // SAFETY: the list's nodes are live.
    while let Some(this) = unsafe { next.as_ref() } {
        if wanted(this) {
            return Some(this);
        }
        next = this.next.get();
    }
    None
}

/// Takes a node out of a list by walking through it; no other due time moves. False: it is not in there.
///
/// # Safety
/// The list's nodes are live.
unsafe fn take_by_walk(head: &Link, this: &coap_queue_t) -> bool {
    let mut link = head;
    // SAFETY: the list's nodes are live.
    let next_of = |link: &Link| unsafe { link.get().as_ref() };
    while let Some(next) = next_of(link) {
        if core::ptr::eq(next, this) {
            link.set(this.next.replace(null_mut()));
            if let Some(next) = next_of(link) {
                next.t.set(next.t.get().saturating_add(this.t.get()));
            }
            return true;
        }
        link = &next.next;
    }
    false
}

/// Takes a node out of its index, and with that out of the list that goes with it. False: it is in none.
///
/// # Safety
/// The node, its session and its list's nodes are live.
unsafe fn withdraw(this: &coap_queue_t) -> bool {
    // SAFETY: handed on to the caller.
    unsafe { index::known(NonNull::from(this)).is_some_and(|node| index::withdraw(node)) }
}

/// Takes a node out of the context's send queue. False: it is not in there.
///
/// # Safety
/// As for [`withdraw`].
unsafe fn take_out(context: &Context, this: &coap_queue_t) -> bool {
    // SAFETY: handed on to the caller.
    unsafe { withdraw(this) || take_by_walk(&context.c.sendqueue, this) }
}

/// `coap_remove_from_queue`: takes out the first node with this session and message id.
///
/// # Safety
/// The list's nodes are live; so is the session, if one of them is in a context's send queue.
pub unsafe fn remove(head: &Link, session: *mut coap_session_t, id: coap_mid_t) -> Option<NonNull<coap_queue_t>> {
    let wanted = |node: &coap_queue_t| node.session.get() == session && node.id.get() == id;
    // SAFETY: handed on to the caller.
    unsafe {
        let indexed = match (index::context_of(head), Session::from_ptr(session)) {
            (Some(context), Some(session)) => first_of(&context, &session, wanted),
            _ => None,
        };
        // In case that the application has linked it in by hand.
        let found = indexed.or_else(|| find(head, wanted))?;
        let in_index = index::context_of(head).is_some() && withdraw(found);
        if !in_index && !take_by_walk(head, found) {
            return None;
        }
        uncount(found);
        Some(NonNull::from(found))
    }
}

/// `coap_delete_all`: deletes every node of a list.
///
/// # Safety
/// The list's nodes are live, and nobody uses them any more.
pub unsafe fn delete_list(mut first: *mut coap_queue_t) {
    while let Some(this) = NonNull::new(first) {
        // SAFETY: the list's nodes are live; the next one is noted before one is deleted. In a context's send queue it is
        // looked for, so the links stay as they are until then.
        unsafe {
            first = this.as_ref().next.get();
            delete(this);
        }
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
        let node = this.as_ref();
        let known = withdraw(node);
        let session = Session::from_ptr(node.session.get())?;
        if let Some(context) = session.context().filter(|_| !known) {
            // In case that the application has linked it in by hand; one that leads nowhere can only be at the end.
            let from = match node.next.get().is_null() {
                true => index::end_of_list(&context),
                false => &context.c.sendqueue,
            };
            if take_by_walk(from, node) {
                context.index.mistrust();
            }
        }
        session.uncount(this.as_ptr());
        Some(session)
    }
}

/// A node has left its queue: its session counts it no more.
fn uncount(node: &coap_queue_t) {
    // SAFETY: a node's session is live.
    if let Some(session) = unsafe { Session::from_ptr(node.session.get()) } {
        session.uncount(pointer(node));
    }
}

/// The first of the session's messages in the send queue that `wanted` accepts. Peers have this looked up as often as they
/// like: it costs as much as the session has in the queue (X17), whatever others have.
fn first_of<'a>(
    context: &Context,
    session: &Session,
    mut wanted: impl FnMut(&coap_queue_t) -> bool,
) -> Option<&'a coap_queue_t> {
    index::check(context);
    let me = session.as_ptr();
    let mut is_meant = |node: &coap_queue_t| node.session.get() == me && wanted(node);
    if context.index.is_blind() {
        // SAFETY: the nodes of the send queue are live.
        return unsafe { find(&context.c.sendqueue, is_meant) };
    }
    let found = node::of_session(session).filter(|node| is_meant(&node.c)).min_by_key(|node| node.key())?;
    // SAFETY: in the queue, so live; the caller does not keep it over application code.
    unsafe { found.as_ptr().as_ref() }
}

/// Whether the session may have anything in the send queue.
pub fn has_any(context: &Context, session: &Session) -> bool {
    session.queued() > 0 || context.index.is_blind()
}

/// Takes the message of `session` with this id out of the send queue, as acknowledged, reset or given up.
pub fn take_matching(context: &Context, session: &Session, id: coap_mid_t) -> Option<Taken> {
    let node = first_of(context, session, |node| node.id.get() == id)?;
    // SAFETY: in the queue, so live; what has left it is ours.
    unsafe { take_out(context, node).then(|| taken(session, node)) }
}

/// # Safety
/// The node is live, and has just left the send queue.
unsafe fn taken(session: &Session, node: &coap_queue_t) -> Taken {
    session.uncount(pointer(node));
    // SAFETY: the caller gives it away.
    unsafe { Taken::new(NonNull::from(node)) }
}

/// Takes the session's messages that `wanted` accepts out of the send queue.
fn take_all(context: &Context, session: &Session, wanted: impl Fn(&coap_queue_t) -> bool) -> Chain {
    // From here on nothing is found amiss: the index is not made anew, which would change the session's list and the keys.
    index::check_session(context, session);
    let me = session.as_ptr();
    if context.index.is_blind() {
        let next = || first_of(context, session, &wanted);
        // SAFETY: in the queue, so live; what has left it is ours.
        let take = |node| unsafe { take_out(context, node).then(|| taken(session, node)) };
        return Chain::of(|push| core::iter::from_fn(|| next().and_then(take)).for_each(push));
    }
    let sorted = Tree::default();
    for node in node::of_session(session).filter(|node| node.c.session.get() == me && wanted(&node.c)) {
        // SAFETY: in the queue, so live; what has left it is ours.
        if unsafe { index::withdraw(node) } {
            sorted.insert(NonNull::from(node), &node::Nodes);
        }
    }
    Chain::of(|push| {
        // SAFETY: as above.
        sorted.drain(&node::Nodes, |node| push(unsafe { taken(session, &node.as_ref().c) }))
    })
}

/// Unlinks the head (`coap_pop_next`): its time stays, the next one's grows by it.
pub fn pop(context: &Context) -> Option<NonNull<coap_queue_t>> {
    let head = take_first(context)?;
    uncount(head);
    Some(NonNull::from(head))
}

/// Takes the head out if it is due at `now`, to be sent again or given up. Until then it counts as in flight.
pub fn take_due(context: &Context, now: coap_tick_t) -> Option<Taken> {
    let head = next_due(context).filter(|due| *due <= now).and_then(|_| take_first(context))?;
    // SAFETY: just taken from the queue, and owned here.
    Some(unsafe { Taken::new(NonNull::from(head)) })
}

fn take_first<'a>(context: &Context) -> Option<&'a coap_queue_t> {
    index::check(context);
    // SAFETY: the nodes of the send queue are live; what has left it is ours.
    unsafe { context.c.sendqueue.get().as_ref().filter(|head| take_out(context, head)) }
}

/// Due time of the head.
pub fn next_due(context: &Context) -> Option<coap_tick_t> {
    // SAFETY: the nodes of the send queue are live.
    let head = unsafe { context.c.sendqueue.get().as_ref() }?;
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
        file(context, this, now);
    }
    Some(())
}

/// Files a node, which refers to its session, under `now` plus its next time-out.
///
/// # Safety
/// `this` is live, in no list, and the caller gives it away.
pub unsafe fn file(context: &Context, this: NonNull<coap_queue_t>, now: coap_tick_t) {
    // SAFETY: live by the caller's word.
    let new = unsafe { this.as_ref() };
    if context.c.sendqueue.get().is_null() {
        context.c.sendqueue_basetime.set(now);
    }
    follow_clock(context, now);
    let due = now.saturating_add(super::timing::backed_off(new.timeout.get(), new.retransmit_cnt.get()));
    // SAFETY: the nodes of the send queue are live.
    unsafe { insert_due(context, new, due - context.c.sendqueue_basetime.get()) };
    context.wake_at(due);
}

/// `coap_adjust_basetime`, with the results that its unit test demands. The library itself does not use it.
pub fn adjust_basetime(context: &Context, now: coap_tick_t) -> u32 {
    context.index.mistrust();
    let base = context.c.sendqueue_basetime.replace(now);
    let mut link = &context.c.sendqueue;
    // SAFETY: the nodes of the send queue are live.
    let next_of = |link: &Link| unsafe { link.get().as_ref() };
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
    take_all(context, session, |_| true)
}

/// Takes the session's messages out of its delay queue.
pub fn delayed_of(session: &Session) -> Chain {
    if let Some(busy) = session.busy() {
        busy.delayed.set(0);
    }
    if let Some(stream) = session.stream() {
        stream.nothing_waits();
    }
    // SAFETY: the nodes of the delay queue are live, and its alone.
    unsafe { Chain::new(session.c.delayqueue.replace(null_mut())) }
}

/// Shows the application each of the session's queued messages, which stay queued. The callback may change the queue.
pub fn report(context: &Context, session: &Session, mut tell: impl FnMut(&coap_pdu_t, coap_mid_t)) {
    // Only what is there now. Without memory less is shown.
    let mut to_show = Vec::new();
    first_of(context, session, |node| {
        if to_show.try_reserve(1).is_ok() {
            to_show.push(pointer(node));
        }
        false
    });
    while let Some(node) = first_of(context, session, |node| to_show.contains(&pointer(node))) {
        to_show.retain(|shown| *shown != pointer(node));
        let id = node.id.get();
        // SAFETY: the node owns its message; null is allowed. The copy survives whatever the callback does.
        if let Some(copy) = unsafe { node.pdu.get().as_ref() }.and_then(coap_pdu_t::record) {
            copy.encode_header(session.c.proto.get());
            tell(&copy, id);
        }
        if session.is_ended() || context.is_gone() {
            break;
        }
    }
}

/// Drops the session's messages silently.
pub fn drop_session(context: &Context, session: &Session) {
    drop(queued_of(context, session));
}

/// `coap_cancel_all_messages`: drops the session's messages with this token, silently.
pub fn cancel_token(context: &Context, session: &Session, token: &[u8]) {
    drop_where(context, session, |pdu| pdu.token_bytes() == token);
}

/// Drops those of the session's messages that are meant, silently.
fn drop_where(context: &Context, session: &Session, meant: impl Fn(&coap_pdu_t) -> bool) {
    let messages = take_all(context, session, |node| {
        // SAFETY: a queued node owns its message; null is allowed.
        unsafe { node.pdu.get().as_ref() }.is_some_and(&meant)
    });
    if !messages.is_empty() {
        drop(messages);
        send::drain(context, session);
    }
}

/// Drops the session's requests with this token, which a response has come to. What ends an observation stays if only a
/// notification has come, and its own answer is still waited for.
pub fn conclude(context: &Context, session: &Session, token: &[u8]) {
    let awaits = session.awaits(token);
    drop_where(context, session, |pdu| pdu.token_bytes() == token && !(awaits && ends_observation(pdu)));
}

/// Whether a message is a request to end an observation (RFC 7641, section 3.6).
pub fn ends_observation(pdu: &coap_pdu_t) -> bool {
    pdu.is_request() && pdu.option(COAP_OPTION_OBSERVE).is_some_and(|value| varint::decode(value) == 1)
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
    while let Some(next) = unsafe { link.get().as_ref() } {
        link = &next.next;
    }
    link.set(this.as_ptr());
    session.count_delayed(1);
    // SAFETY: live by the caller's word, and the node owns its message.
    if let Some(pdu) = unsafe { this.as_ref().pdu.get().as_ref() } {
        stream::has_delayed(session, pdu);
    }
    session.update_idle();
}

/// Whether the delay queue holds a message with this id.
pub fn is_delayed(session: &Session, id: coap_mid_t) -> bool {
    let mut next = session.c.delayqueue.get();
    // SAFETY: the nodes of the delay queue are live.
    while let Some(this) = unsafe { next.as_ref() } {
        if this.id.get() == id {
            return true;
        }
        next = this.next.get();
    }
    false
}

/// Drops the message with this token, and this id if one is given, from the delay queue, silently, unless part of it
/// was sent.
pub fn drop_delayed(session: &Session, id: Option<coap_mid_t>, token: &[u8]) {
    let mut link = &session.c.delayqueue;
    let mut begun = session.c.partial_write.get() > 0;
    // SAFETY: the nodes of the delay queue are live.
    while let Some(this) = unsafe { link.get().as_ref() } {
        // SAFETY: the node owns its message; null is allowed.
        let pdu = unsafe { this.pdu.get().as_ref() };
        if !begun && id.is_none_or(|id| this.id.get() == id) && pdu.is_some_and(|pdu| pdu.token_bytes() == token) {
            drop(unlink_delayed(session, link));
            return session.update_idle();
        }
        begun = false;
        link = &this.next;
    }
}

/// Takes the first message out of the delay queue.
pub fn take_delayed(session: &Session) -> Option<Taken> {
    unlink_delayed(session, &session.c.delayqueue)
}

/// Takes the message that `link` leads to out of the delay queue.
fn unlink_delayed(session: &Session, link: &Link) -> Option<Taken> {
    // SAFETY: the nodes of the delay queue are live; the one taken is ours.
    let taken = unsafe { Taken::new(NonNull::new(link.get())?) };
    link.set(taken.node().next.replace(null_mut()));
    session.count_delayed(-1);
    if let (Some(stream), Some(pdu)) = (session.stream(), taken.pdu()) {
        stream.has_gone(pdu);
    }
    Some(taken)
}

/// The first message in the delay queue, which stays there.
pub fn first_delayed(session: &Session) -> Option<&coap_pdu_t> {
    // SAFETY: the nodes of the delay queue are live, and own their messages.
    unsafe { session.c.delayqueue.get().as_ref()?.pdu.get().as_ref() }
}
