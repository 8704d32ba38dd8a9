//! Sending many datagrams with one system call (I29; docs/spec/io.md, section 6.4), and what goes out on a stream with one
//! write ([`stream::Answers`]).
//!
//! What the library itself answers while it works through an event or a pass (responses, acknowledgements, resets,
//! notifications, what duplicates get, retransmissions) and what leaves through an endpoint's socket is collected, and
//! goes out together: when the outbox is full, at the end of the event or pass, and hence before anybody waits, in a
//! nested loop too. A system call for each of them is the larger part of what a server does for a request.
//!
//! Nobody can tell but by the clock:
//!
//! - What the application sends by a call goes out at once, and what was collected before goes out before it: datagrams
//!   of one socket keep their order, and the result of a call is the kernel's.
//! - A `network_send` of the application's own gets each datagram at once.
//! - The simulated loss draws for each datagram when it is sent, not when it goes out.
//! - An answer waits for the handlers of other requests at most until one turns out to be slow: then what is there goes
//!   out, and the next answers go out one by one. And where few datagrams come at a time, nothing waits: see [`WORTHWHILE`].
//!
//! A failure of the kernel to send an answer is logged, as before, but does not reach whoever sent it; the message counts
//! as sent, and if it is confirmable it is sent again.

use super::stream::{self, Answers};
use super::{Context, Endpoint, Session};
use crate::abi::*;
use crate::base::errno::{self, Errno};
use crate::base::log::LOG_CRIT;
use crate::base::{clock, loss, memory};
use crate::log;
use crate::net::datagram;
use crate::net::outbox::Outbox;
use core::cell::Cell;

/// How long an answer may wait for others, in ticks, before whoever notices sends it.
const PATIENCE: coap_tick_t = 3;
/// How many answers go out one by one after a handler was slow. By number and not by time: a machine that has other
/// things to do between two datagrams is no slow handler, and happens once in a thousand.
const CAUTION: u32 = 64;

/// Answers to fewer datagrams than this, read for one event, go out one by one: their senders, who may be few and wait for
/// them, go on while the others are still being answered.
const WORTHWHILE: usize = 12;

/// What is collected in a context.
#[derive(Default)]
pub struct Outgoing {
    /// The library's own `network_send`.
    built_in: usize,
    outbox: Cell<Option<Outbox>>,
    /// How many datagrams are in the outbox.
    waiting: Cell<usize>,
    /// When the first of them was put there.
    since: Cell<coap_tick_t>,
    /// How many events and passes are under way, one inside the other.
    working: Cell<u32>,
    /// What is being sent right now is the library's own answer.
    own: Cell<bool>,
    /// How many answers are not collected.
    caution: Cell<u32>,
    /// There is too little to answer for anybody to wait.
    few: Cell<bool>,
    /// The same for a stream.
    pub(super) answers: Answers,
}

/// What the public field `network_send` holds, as a number to compare.
fn address_of_send(c: &coap_context_t) -> usize {
    c.network_send.get().map_or(0, |send| send as usize)
}

impl Outgoing {
    /// Nothing collected. `c` holds the library's own `network_send`.
    pub fn new(c: &coap_context_t) -> Outgoing {
        Outgoing { built_in: address_of_send(c), ..Outgoing::default() }
    }

    /// Sees to it that there is an outbox with room for a datagram of this length; false without memory.
    fn make_room(&self, context: &Context, length: usize) -> bool {
        let Some(outbox) = self.outbox.take().or_else(Outbox::new) else { return false };
        let full = !outbox.has_room(length);
        self.outbox.set(Some(outbox));
        if full {
            flush(context);
        }
        true
    }
}

/// An event or a pass: at its end what was collected goes out.
pub struct Work<'a> {
    context: &'a Context,
    /// What was said around it.
    few: bool,
}

impl<'a> Work<'a> {
    /// It begins.
    pub fn begin(context: &'a Context) -> Work<'a> {
        let working = &context.outgoing.working;
        working.set(working.get() + 1);
        Work { context, few: context.outgoing.few.replace(false) }
    }

    /// So many datagrams have been read for it.
    pub fn has_read(&self, count: usize) {
        self.context.outgoing.few.set(count < WORTHWHILE);
    }

    /// What has been done since `then` took until `now`. If that was long, nobody waits for the rest.
    pub fn took(&self, then: coap_tick_t, now: coap_tick_t) {
        if now.saturating_sub(then) > PATIENCE {
            self.context.outgoing.caution.set(CAUTION);
            flush(self.context);
        }
    }
}

impl Drop for Work<'_> {
    fn drop(&mut self) {
        let outgoing = &self.context.outgoing;
        outgoing.working.set(outgoing.working.get() - 1);
        outgoing.few.set(self.few);
        flush(self.context);
    }
}

/// Sends, in `send`, an answer of the library's own: it may be collected.
pub fn own<R>(context: &Context, send: impl FnOnce() -> R) -> R {
    let own = &context.outgoing.own;
    let before = own.replace(true);
    let result = send();
    own.set(before);
    result
}

/// Whether what is being sent now may wait for others.
pub(super) fn collects(context: &Context) -> bool {
    let outgoing = &context.outgoing;
    if !outgoing.own.get() || outgoing.working.get() == 0 || outgoing.few.get() {
        return false;
    }
    match outgoing.caution.get().checked_sub(1) {
        Some(left) => outgoing.caution.set(left),
        None => return true,
    }
    false
}

/// Puts a datagram to the peer of `session` among those that wait to go out through the endpoint; what `network_send`
/// would have returned. `None`: it is to go out at once.
///
/// # Safety
/// `length` bytes from `data` on are readable.
pub unsafe fn collect(
    context: &Context,
    endpoint: &Endpoint,
    session: &Session,
    data: *const u8,
    length: usize,
) -> Option<isize> {
    let outgoing = &context.outgoing;
    let usual = address_of_send(&context.c) == outgoing.built_in && Outbox::takes(length);
    if !usual || !collects(context) || !outgoing.make_room(context, length) {
        return None;
    }
    // The generator of random numbers and the log are the application's: look again at everything.
    if !loss::send_packet() {
        session.c.last_rx_tx.set(clock::now());
        return Some(length as isize);
    }
    if session.is_ended() || !endpoint.is_open() {
        return Some(-1);
    }
    let coap_addr_tuple_t { remote, local } = session.c.addr_info.get();
    let (fd, ifindex) = (endpoint.sock.fd.get(), session.c.ifindex.get());
    // SAFETY: by the caller's word; nothing but the copying happens meanwhile.
    let data = unsafe { memory::bytes(data, length) }?;
    let mut outbox = outgoing.outbox.take()?;
    let pushed = outbox.push(fd, data, &remote, &local, ifindex);
    outgoing.outbox.set(Some(outbox));
    match pushed {
        Ok(false) => return None,
        Ok(true) => (),
        Err(error) => {
            let errno = Errno::from(&error);
            log!(LOG_CRIT, "a datagram could not be sent: {}", errno);
            errno::set(errno.0);
            return Some(-1);
        }
    }
    let now = clock::now();
    session.c.last_rx_tx.set(now);
    if outgoing.waiting.replace(outgoing.waiting.get() + 1) == 0 {
        outgoing.since.set(now);
    } else if now.saturating_sub(outgoing.since.get()) > PATIENCE {
        flush(context);
    }
    Some(length as isize)
}

/// Sends what was collected. The log handler may run.
pub fn flush(context: &Context) {
    let outgoing = &context.outgoing;
    stream::flush_answers(context);
    if outgoing.waiting.replace(0) == 0 {
        return;
    }
    let Some(mut outbox) = outgoing.outbox.take() else { return };
    let unsent = outbox.send();
    outgoing.outbox.set(Some(outbox));
    if let Some(unsent) = unsent {
        log!(LOG_CRIT, "{} datagrams could not be sent: {}", unsent.count, Errno::from(&unsent.error));
    }
}

/// `coap_network_send`: sends one datagram at once, behind what was collected.
pub fn send_now(sock: &coap_socket_t, session: Option<&Session>, data: &[u8]) -> isize {
    if let Some(context) = session.and_then(Session::context) {
        flush(&context);
    }
    datagram::send(sock, session.map(|session| (session.c.addr_info.get(), session.c.ifindex.get())), data)
}
