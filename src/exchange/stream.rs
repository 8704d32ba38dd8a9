//! Messages in and out of a stream (docs/spec/io.md, section 5): what a session over TCP has besides, and its events. Its
//! bytes meet the socket in two places, `input::fill` and `output::put`, or TLS there ([`secure::stream`]).

mod answers;
mod input;
mod output;
mod output_tests;

pub(super) use answers::{flush as flush_answers, Answers};
pub(super) use output::{flush, has_delayed, has_put, is_full, last_word, send, write_csm};
pub use output::{write, write_to};

use super::limits::WAITING_MESSAGE;
use super::timers::Spot;
use super::{connection, secure, Context, Session};
use crate::abi::*;
use crate::base::keep::Keepable;
use crate::message::incoming::{Front, Incoming};
use crate::net::epoll;
use core::cell::{Cell, RefCell};

const NOT_DELIVERABLE: u32 = coap_nack_reason_t::COAP_NACK_NOT_DELIVERABLE as u32;

/// What becomes of messages that the application sends while there is no connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Reconnect {
    /// The first one begins a new connection.
    #[default]
    AtOnce,
    /// The old connection is being ended: they wait for that.
    Later,
    /// A new one has just failed: they fail.
    Never,
}

/// What a session over a stream has besides.
#[derive(Default)]
pub struct Stream {
    /// Bytes that have been read and belong to messages not handled yet. Never borrowed while a callback or a log line
    /// may run.
    incoming: RefCell<Incoming>,
    /// What the event loop watches the socket for.
    watched: Cell<u32>,
    /// Whether the peer's CSM has come.
    pub(super) greeted: Cell<bool>,
    /// What the messages in `delayqueue` count.
    waiting: Cell<usize>,
    /// So much waits to be written that nothing more is read.
    paused: Cell<bool>,
    /// Since when the peer is inside a message.
    inside_since: Cell<Option<coap_tick_t>>,
    /// Since when it has not taken what waits to be written.
    blocked_since: Cell<Option<coap_tick_t>>,
    pub(super) reconnect: Cell<Reconnect>,
    /// Where a client session leads, and from where, as the application gave it.
    pub(super) target: Cell<(coap_address_t, Option<coap_address_t>)>,
    pub(super) csm_spot: Spot,
    pub(super) stall_spot: Spot,
}

impl Stream {
    /// The connection has ended: what belonged to it goes.
    pub fn reset(&self) {
        self.forget_input();
        self.watched.set(0);
    }

    /// Nothing more is read or written.
    pub fn forget_input(&self) {
        self.incoming.borrow_mut().clear();
        self.greeted.set(false);
        self.paused.set(false);
        self.inside_since.set(None);
        self.blocked_since.set(None);
    }

    /// Since when the peer stalls, if it does.
    pub fn stalled_since(&self) -> Option<coap_tick_t> {
        self.inside_since.get().into_iter().chain(self.blocked_since.get()).min()
    }

    /// A message has come into the delay queue.
    pub fn has_come(&self, message: &coap_pdu_t) {
        self.waiting.set(self.waiting.get().saturating_add(weight(message)));
    }

    /// A message has left the delay queue.
    pub fn has_gone(&self, message: &coap_pdu_t) {
        self.waiting.set(self.waiting.get().saturating_sub(weight(message)));
    }

    /// The delay queue is empty.
    pub fn nothing_waits(&self) {
        self.waiting.set(0);
    }

    /// Whether a whole message is in store, and may be handled, or the end of the connection.
    fn is_ready(&self, session: &Session) -> bool {
        let message = || may_handle(session) && self.incoming.borrow().front() != Front::Incomplete;
        !self.paused.get() && (message() || secure::stream::is_over(session))
    }
}

/// What a message in the delay queue counts. Without its record millions of tiny ones would pass for little.
fn weight(message: &coap_pdu_t) -> usize {
    message.wire().len().saturating_add(WAITING_MESSAGE)
}

/// Whether the socket may be read: our CSM is out, or the handshake has begun. (A loop inside the handler of
/// `COAP_EVENT_TCP_CONNECTED` finds what the peer has sent in the socket already, but nobody to say it to.)
fn may_read(session: &Session) -> bool {
    !matches!(session.c.state.get(), COAP_SESSION_STATE_NONE | COAP_SESSION_STATE_CONNECTING)
}

/// Whether messages may be handled: our CSM is out.
fn may_handle(session: &Session) -> bool {
    matches!(session.c.state.get(), COAP_SESSION_STATE_CSM | COAP_SESSION_STATE_ESTABLISHED)
}

/// A connection, to be told from a later one of the same session: a number that is not used again.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Connection(u64);

impl Connection {
    /// The one that stands.
    pub fn of(session: &Session) -> Connection {
        Connection(session.watch())
    }

    /// Whether it still stands: to be asked after each callback.
    pub fn stands(self, context: &Context, session: &Session) -> bool {
        self.0 != 0 && self.0 == session.watch() && !session.is_ended() && !context.is_gone()
    }
}

/// Has the event loop watch the socket for what it waits for: input, unless too much output waits; room for output that
/// waits; and, while whole messages are in store, at once: room there is. (A loop inside a handler is to find them.)
pub(super) fn watch(context: &Context, session: &Session) {
    let Some(stream) = session.stream() else { return };
    let flags = session.c.sock.flags.get();
    if flags == COAP_SOCKET_EMPTY {
        return;
    }
    let mut events = 0;
    // Inside a callback of the handshake a loop would find over and over that there is something to read.
    let reads = may_read(session) && !secure::stream::is_deaf(session);
    if !stream.paused.get() && (reads || flags & COAP_SOCKET_WANT_CONNECT != 0) {
        events |= epoll::READ;
    }
    if flags & (COAP_SOCKET_WANT_CONNECT | COAP_SOCKET_WANT_WRITE) != 0 || stream.is_ready(session) {
        events |= epoll::WRITE;
    }
    if stream.watched.replace(events) != events {
        context.watch_for(session.watch(), session.c.sock.fd.get(), events);
    }
}

/// The socket is watched from now on.
pub(super) fn is_watched(session: &Session, events: u32) {
    if let Some(stream) = session.stream() {
        stream.watched.set(events);
    }
}

/// An event for the socket of a session over a stream (io §6.4).
pub(super) fn event(context: &Context, session: &Session, event: epoll::Event) {
    let connection = Connection::of(session);
    let flags = &session.c.sock.flags;
    let has = |flag| connection.stands(context, session) && flags.get() & flag != 0;
    // `can` is what C sees while the step runs that it announces.
    let step = |wants: coap_socket_flags_t, can: coap_socket_flags_t, run: &dyn Fn()| {
        flags.set(flags.get() & !wants | can);
        run();
        if connection.stands(context, session) {
            flags.set(flags.get() & !can);
        }
    };
    if event.is_writable() && has(COAP_SOCKET_WANT_CONNECT) {
        step(COAP_SOCKET_WANT_CONNECT, COAP_SOCKET_CAN_CONNECT, &|| connection::complete(context, session));
    }
    let ready = session.stream().is_some_and(|stream| stream.is_ready(session));
    if (event.is_readable() || ready) && has(COAP_SOCKET_WANT_READ) && may_read(session) {
        step(0, COAP_SOCKET_CAN_READ, &|| input::read(context, session, event.is_failed()));
    }
    if event.is_writable() && has(COAP_SOCKET_WANT_WRITE) {
        step(COAP_SOCKET_WANT_WRITE, COAP_SOCKET_CAN_WRITE, &|| flush(context, session));
    }
    if connection.stands(context, session) {
        watch(context, session);
    }
}
