//! Messages in and out of a stream (docs/spec/io.md, section 5): what a session over TCP has besides, and the two places
//! where its bytes meet the socket, [`fill`] and [`put`]. A layer for TLS belongs there and nowhere else.

use super::limits::WAITING_BYTES;
use super::timers::Spot;
use super::{connection, disconnect, dispatch, queue, send, signalling, timeouts, Context, Session};
use crate::abi::*;
use crate::base::clock;
use crate::base::errno::Errno;
use crate::base::keep::Keepable;
use crate::base::log::{LOG_DEBUG, LOG_INFO, LOG_WARNING};
use crate::log;
use crate::message::dump;
use crate::message::incoming::{Front, Incoming};
use crate::message::parse::MAX_OPTIONS;
use crate::message::pdu::OwnedPdu;
use crate::net::{epoll, stream};
use crate::resource::observe;
use core::cell::{Cell, RefCell};
use core::mem::MaybeUninit;

/// How much is read at a time.
const PIECE: usize = 16 * 1024;
/// How much is read for one event; then others have their turn (I14).
const BYTES_PER_EVENT: usize = 64 * 1024;
/// What a message that waits to be written takes besides its bytes, so that very short ones are not ever so many.
const PER_MESSAGE: usize = 256;
/// Received messages with more room than this are not used again.
const REUSED_ROOM: usize = 64 * 1024;

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
    /// Bytes that the messages in `delayqueue` take.
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
        self.waiting.set(self.waiting.get().saturating_add(message.wire().len() + PER_MESSAGE));
    }

    /// A message has left the delay queue.
    pub fn has_gone(&self, message: &coap_pdu_t) {
        self.waiting.set(self.waiting.get().saturating_sub(message.wire().len() + PER_MESSAGE));
    }

    /// The delay queue is empty.
    pub fn nothing_waits(&self) {
        self.waiting.set(0);
    }

    /// Whether a whole message is in store, and may be handled.
    fn is_ready(&self) -> bool {
        !self.paused.get() && self.incoming.borrow().front() != Front::Incomplete
    }
}

/// A connection, to be told from a later one of the same session: a number that is not used again.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Connection(u64);

impl Connection {
    /// The one that stands.
    pub fn of(session: &Session) -> Connection {
        Connection(session.watch.get())
    }

    /// Whether it still stands: to be asked after each callback.
    pub fn stands(self, context: &Context, session: &Session) -> bool {
        self.0 != 0 && self.0 == session.watch.get() && !session.is_ended() && !context.is_gone()
    }
}

/// Has the event loop watch the socket for what it waits for: input, unless too much output waits; room for output that
/// waits; and, while whole messages are in store, at once: room there is. (A loop inside a handler is to find them.)
pub(super) fn watch(context: &Context, session: &Session) {
    let Some(stream) = &session.stream else { return };
    let flags = session.c.sock.flags.get();
    if flags == COAP_SOCKET_EMPTY {
        return;
    }
    let mut events = 0;
    if !stream.paused.get() {
        events |= epoll::READ;
    }
    if flags & (COAP_SOCKET_WANT_CONNECT | COAP_SOCKET_WANT_WRITE) != 0 || stream.is_ready() {
        events |= epoll::WRITE;
    }
    if stream.watched.replace(events) != events {
        context.watch_for(session.watch.get(), session.c.sock.fd.get(), events);
    }
}

/// The socket is watched from now on.
pub(super) fn is_watched(session: &Session, events: u32) {
    if let Some(stream) = &session.stream {
        stream.watched.set(events);
    }
}

/// An event for the socket of a session over a stream (io §6.4).
pub(super) fn event(context: &Context, session: &Session, event: epoll::Event) {
    let connection = Connection::of(session);
    let flags = &session.c.sock.flags;
    let has = |flag| connection.stands(context, session) && flags.get() & flag != 0;
    if event.is_writable() && has(COAP_SOCKET_WANT_CONNECT) {
        flags.set(flags.get() & !COAP_SOCKET_WANT_CONNECT);
        connection::complete(context, session);
    }
    let ready = session.stream.as_ref().is_some_and(|stream| stream.is_ready());
    if (event.is_readable() || ready) && has(COAP_SOCKET_WANT_READ) {
        read(context, session, event.is_failed());
    }
    if event.is_writable() && has(COAP_SOCKET_WANT_WRITE) {
        flags.set(flags.get() & !COAP_SOCKET_WANT_WRITE);
        flush(context, session);
    }
    if connection.stands(context, session) {
        watch(context, session);
    }
}

/// What came of reading a piece.
enum Piece {
    Bytes(usize),
    Nothing,
    End,
}

/// Reads a piece into the store.
#[inline(never)] // The piece is on the stack, and is to be gone when the messages are handled.
fn fill(session: &Session, stream: &Stream) -> Piece {
    let mut piece = [MaybeUninit::<u8>::uninit(); PIECE];
    let sock = &session.c.sock;
    sock.flags.set(sock.flags.get() | COAP_SOCKET_CAN_READ);
    let got = stream::read(sock, &mut piece);
    let Ok(got) = usize::try_from(got) else { return Piece::End };
    if got == 0 {
        return Piece::Nothing;
    }
    session.c.last_rx_tx.set(clock::now());
    // SAFETY: so many bytes have been read, at most `PIECE`.
    let bytes = unsafe { core::slice::from_raw_parts(piece.as_ptr().cast::<u8>(), got.min(PIECE)) };
    let stored = stream.incoming.borrow_mut().append(bytes);
    match stored {
        Some(()) => Piece::Bytes(got),
        None => {
            log!(LOG_WARNING, "no memory to receive a message");
            Piece::End
        }
    }
}

/// Reads what has come, and handles the messages in it one after the other. `failed`: the connection has, so that it is
/// read to its end although too much waits to be written.
fn read(context: &Context, session: &Session, failed: bool) {
    let Some(stream) = &session.stream else { return };
    let connection = Connection::of(session);
    let mut most = BYTES_PER_EVENT;
    handle(context, session, stream);
    while connection.stands(context, session) && most > 0 && (failed || !stream.paused.get()) {
        match fill(session, stream) {
            _ if !connection.stands(context, session) => return,
            Piece::Bytes(got) => {
                most = if got < PIECE { 0 } else { most.saturating_sub(got) };
                handle(context, session, stream);
            }
            Piece::Nothing => break,
            Piece::End => {
                disconnect::disconnected(context, session, NOT_DELIVERABLE);
                return;
            }
        }
    }
    if connection.stands(context, session) {
        let flags = &session.c.sock.flags;
        flags.set(flags.get() & !COAP_SOCKET_CAN_READ);
    }
}

/// Handles the messages in store, until too much waits to be written.
fn handle(context: &Context, session: &Session, stream: &Stream) {
    let connection = Connection::of(session);
    while connection.stands(context, session) && !stream.paused.get() {
        let front = stream.incoming.borrow().front();
        match front {
            Front::Complete(length) => {
                stream.inside_since.set(None);
                if !take_in(context, session, stream, length) {
                    disconnect::disconnected(context, session, NOT_DELIVERABLE);
                }
            }
            Front::TooLong => {
                log!(LOG_WARNING, "session {}: a message is too long", session.id);
                if connection.stands(context, session) {
                    disconnect::disconnected(context, session, NOT_DELIVERABLE);
                }
            }
            Front::Incomplete => break,
        }
    }
    if connection.stands(context, session) {
        show(context, session, stream);
    }
}

/// Shows the public fields what has come of a message that is not complete, and notes since when.
fn show(context: &Context, session: &Session, stream: &Stream) {
    let mut header = [0; 8];
    let incoming = stream.incoming.borrow();
    let have = incoming.header();
    header[..have.len()].copy_from_slice(have);
    let collected = incoming.rest().len();
    drop(incoming);
    session.c.read_header.set(header);
    session.c.partial_read.set(collected);
    let inside = collected > 0 && !stream.paused.get();
    match stream.inside_since.get() {
        None if inside => {
            let now = clock::now();
            stream.inside_since.set(Some(now));
            timeouts::watch_stall(context, session, now);
        }
        Some(_) if !inside => stream.inside_since.set(None),
        _ => (),
    }
}

/// Takes the first message, of this length, out of the store and acts on it; false without memory.
fn take_in(context: &Context, session: &Session, stream: &Stream, length: usize) -> bool {
    let Some(pdu) = context.spare_pdu() else {
        log!(LOG_WARNING, "no memory to receive a message");
        return !Connection::of(session).stands(context, session);
    };
    pdu.clear(COAP_DEFAULT_MAX_PDU_RX_SIZE);
    let mut incoming = stream.incoming.borrow_mut();
    let room = length.saturating_sub(incoming.header().len());
    let copied = pdu.make_room(room) && pdu.put(COAP_PROTO_TCP, &incoming.rest()[..length]);
    incoming.take(length);
    drop(incoming);
    if !copied {
        return false;
    }
    let connection = Connection::of(session);
    if pdu.parse_put(COAP_PROTO_TCP) {
        if connection.stands(context, session) {
            // While it is handled, a loop inside a handler is to find those that follow.
            watch(context, session);
            dispatch::dispatch(context, session, &pdu, clock::now());
        }
    } else if pdu.options().take(MAX_OPTIONS + 1).count() > MAX_OPTIONS {
        log!(LOG_INFO, "session {}: a message has too many options", session.id);
        signalling::abort(context, session, None);
    } else {
        log!(LOG_DEBUG, "session {}: a malformed message is skipped", session.id);
    }
    if pdu.alloc_size.get() <= REUSED_ROOM && !context.is_gone() {
        context.reuse(pdu);
    }
    true
}

/// Writes bytes to the connection; no log line.
fn put(session: &Session, bytes: &[u8]) -> Result<usize, Errno> {
    let connected = COAP_SOCKET_CONNECTED;
    if session.c.sock.flags.get() & (connected | COAP_SOCKET_WANT_CONNECT) != connected {
        return Err(Errno(libc::ENOTCONN));
    }
    stream::write(&session.c.sock, bytes)
}

/// Writes a message of a session that is being torn down, unless others wait to be written.
pub(super) fn last_word(session: &Session, message: &[u8]) {
    if session.c.delayqueue.get().is_null() && session.c.partial_write.get() == 0 {
        // The connection is about to be closed: what does not go out at once never does.
        let _ = put(session, message);
    }
}

/// What follows each [`put`]: the fields, the watch, the log.
fn has_put(context: &Context, session: &Session, result: Result<usize, Errno>) {
    let now = clock::now();
    let written = result.unwrap_or(0);
    if written > 0 {
        session.c.last_rx_tx.set(now);
    }
    if let Some(stream) = &session.stream {
        let blocked = session.c.sock.flags.get() & COAP_SOCKET_WANT_WRITE != 0;
        if !blocked {
            stream.blocked_since.set(None);
        } else if written > 0 || stream.blocked_since.get().is_none() {
            stream.blocked_since.set(Some(now));
            timeouts::watch_stall(context, session, now);
        }
        watch(context, session);
    }
    if let Err(error) = result {
        let level = if matches!(error.0, libc::EPIPE | libc::ECONNRESET) { LOG_INFO } else { LOG_WARNING };
        log!(level, "session {}: cannot write: {}", session.id, error);
    }
}

/// `coap_session_write`: writes bytes of the application's own making; how many the connection has taken, -1 on an error.
/// While a message of the library is half written it takes none.
///
/// # Safety
/// `length` bytes from `data` on are readable.
pub unsafe fn write(context: &Context, session: &Session, data: *const u8, length: usize) -> isize {
    if session.is_ended() || !session.is_reliable() {
        return -1;
    }
    if session.c.partial_write.get() > 0 {
        return 0;
    }
    // SAFETY: handed on to the caller; no application code runs while the slice lives.
    let result = put(session, unsafe { core::slice::from_raw_parts(data, length) });
    has_put(context, session, result);
    result.map_or(-1, |written| written as isize)
}

/// `coap_socket_write`: the same for a socket, which may be one that no session has.
///
/// # Safety
/// As for [`write`]; where the socket names a session, that is live.
pub unsafe fn write_to(sock: &coap_socket_t, data: *const u8, length: usize) -> isize {
    // SAFETY: handed on to the caller.
    let session = unsafe { Session::from_ptr(sock.session.get()) };
    let session = session.filter(|session| core::ptr::eq(sock, &session.c.sock));
    if let Some((session, context)) = session.as_ref().and_then(|session| Some((session, session.context()?))) {
        // SAFETY: as above.
        return unsafe { write(&context, session, data, length) };
    }
    if sock.flags.get() == COAP_SOCKET_EMPTY {
        return -1;
    }
    // SAFETY: as above; no application code runs while the slice lives.
    let result = stream::write(sock, unsafe { core::slice::from_raw_parts(data, length) });
    result.map_or(-1, |written| written as isize)
}

/// Whether so much waits to be written to a client that nothing is added to it (X22).
pub(super) fn is_full(session: &Session, stream: &Stream) -> bool {
    session.c.r#type.get() != COAP_SESSION_TYPE_CLIENT && stream.waiting.get() > WAITING_BYTES
}

/// Whether the peer takes a message of this length (X20).
fn is_too_long(session: &Session, length: usize) -> bool {
    let most = session.c.mtu.get();
    most != 0 && length > most
}

/// `coap_send` on a stream, for a message with its header.
pub(super) fn send(context: &Context, session: &Session, pdu: OwnedPdu) -> coap_mid_t {
    let Some(stream) = &session.stream else { return COAP_INVALID_MID };
    let mid = coap_mid_t::from(pdu.mid.get());
    let wants_write = session.c.sock.flags.get() & COAP_SOCKET_WANT_WRITE != 0;
    match session.c.state.get() {
        COAP_SESSION_STATE_NONE => return connection::send(context, session, stream, pdu),
        COAP_SESSION_STATE_ESTABLISHED if session.c.delayqueue.get().is_null() && !wants_write => (),
        _ => {
            if is_full(session, stream) {
                log!(LOG_INFO, "session {}: too much waits to be written", session.id);
                return COAP_INVALID_MID;
            }
            let delayed = send::delay(session, pdu);
            flush(context, session);
            return delayed.map_or(COAP_INVALID_MID, |()| mid);
        }
    }
    let length = pdu.wire().len();
    if is_too_long(session, length) {
        log!(LOG_WARNING, "session {}: a message of {} bytes is more than the peer takes", session.id, length);
        return COAP_INVALID_MID;
    }
    let result = put(session, pdu.wire());
    let Ok(written) = result else {
        has_put(context, session, result);
        return COAP_INVALID_MID;
    };
    send::note_request(session, &pdu);
    if written == length {
        has_put(context, session, result);
        dump::show(LOG_DEBUG, &pdu);
        return mid;
    }
    // The queue is empty, so this is its head (I3).
    session.c.partial_write.set(written);
    if send::delay(session, pdu).is_none() {
        // Half a message is out, and there is no memory to keep the rest.
        session.c.partial_write.set(0);
        disconnect::disconnected(context, session, NOT_DELIVERABLE);
        return COAP_INVALID_MID;
    }
    has_put(context, session, result);
    mid
}

/// Writes the messages that wait, in order, until the connection takes no more (I1, S16). A write error leaves them to
/// the side that reads.
pub(super) fn flush(context: &Context, session: &Session) {
    let Some(stream) = &session.stream else { return };
    let connection = Connection::of(session);
    while connection.stands(context, session)
        && session.c.state.get() == COAP_SESSION_STATE_ESTABLISHED
        && session.c.sock.flags.get() & COAP_SOCKET_WANT_WRITE == 0
    {
        let Some(head) = queue::first_delayed(session) else { break };
        let done = session.c.partial_write.get();
        let wire = head.wire();
        if head.hdr_size.get() == 0 || done > wire.len() || done == 0 && is_too_long(session, wire.len()) {
            session.c.partial_write.set(0);
            let Some(refused) = queue::take_delayed(session) else { break };
            log!(LOG_WARNING, "session {}: a message cannot be sent", session.id);
            if connection.stands(context, session) {
                send::nack(context, session, refused.pdu(), NOT_DELIVERABLE, refused.node().id.get());
            }
            continue;
        }
        if done == 0 {
            send::note_request(session, head);
        }
        let left = wire.len() - done;
        let result = put(session, &wire[done..]);
        let whole = result == Ok(left);
        session.c.partial_write.set(if whole { 0 } else { done + result.unwrap_or(0) });
        let sent = if whole { queue::take_delayed(session) } else { None };
        has_put(context, session, result);
        if let Some(pdu) = sent.as_ref().and_then(|sent| sent.pdu()) {
            dump::show(LOG_DEBUG, pdu);
        }
        if result.is_err() {
            break;
        }
    }
    if connection.stands(context, session) {
        let waiting = stream.waiting.get();
        if stream.paused.get() && waiting < WAITING_BYTES / 2 {
            stream.paused.set(false);
            show(context, session, stream);
            observe::may_go_on(session);
        }
        watch(context, session);
        session.update_idle();
    }
}

/// A message has been put into the delay queue: a peer that makes us answer and does not read is not read any more
/// (I15, X22).
pub(super) fn has_delayed(session: &Session, message: &coap_pdu_t) {
    let Some(stream) = &session.stream else { return };
    stream.has_come(message);
    if is_full(session, stream) {
        stream.paused.set(true);
        stream.inside_since.set(None);
    }
}
