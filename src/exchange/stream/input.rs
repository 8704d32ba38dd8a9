//! What comes from a stream: read, cut into messages, handled one after the other (io §5.4).

use super::{may_handle, watch, Connection, Stream, NOT_DELIVERABLE};
use crate::abi::*;
use crate::base::clock;
use crate::base::keep::Keepable;
use crate::base::log::{LOG_DEBUG, LOG_INFO, LOG_WARNING};
use crate::exchange::outgoing::Work;
use crate::exchange::{disconnect, dispatch, secure, signalling, timeouts, Context, Session};
use crate::log;
use crate::message::incoming::Front;
use crate::message::parse::MAX_OPTIONS;
use crate::net::stream;
use core::mem::MaybeUninit;

/// How much is read at a time.
const PIECE: usize = 16 * 1024;
/// How much is read for one event; then others have their turn (I14).
const BYTES_PER_EVENT: usize = 64 * 1024;
/// Received messages with more room than this are not used again.
const REUSED_ROOM: usize = 64 * 1024;

/// What came of reading a piece.
enum Piece {
    Bytes(usize),
    Nothing,
    End,
}

/// Reads a piece into the store.
#[inline(never)] // The piece is on the stack, and is to be gone when the messages are handled.
fn fill(context: &Context, session: &Session, stream: &Stream) -> Piece {
    if secure::stream::is_deaf(session) {
        return Piece::Nothing;
    }
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
    let store = |bytes: &[u8]| stream.incoming.borrow_mut().append(bytes).is_some();
    let stored = match session.secure() {
        Some(secure) => secure::stream::feed(context, session, secure, bytes, store),
        None => store(bytes),
    };
    match stored {
        true => Piece::Bytes(got),
        false => {
            log!(LOG_WARNING, "no memory to receive a message");
            Piece::End
        }
    }
}

/// Reads what has come, and handles the messages in it one after the other. `failed`: the connection has, so that it is
/// read to its end although too much waits to be written.
pub(super) fn read(context: &Context, session: &Session, failed: bool) {
    let Some(stream) = session.stream() else { return };
    let connection = Connection::of(session);
    let mut most = BYTES_PER_EVENT;
    let work = Work::begin(context);
    handle(context, session, stream, &work);
    let goes_on = || connection.stands(context, session) && (failed || !stream.paused.get());
    while goes_on() && most > 0 && !secure::stream::is_over(session) {
        match fill(context, session, stream) {
            _ if !connection.stands(context, session) => return,
            Piece::Bytes(got) => {
                most = if got < PIECE { 0 } else { most.saturating_sub(got) };
                secure::stream::settle(context, session);
                handle(context, session, stream, &work);
            }
            Piece::Nothing => break,
            Piece::End => {
                disconnect::disconnected(context, session, NOT_DELIVERABLE);
                return;
            }
        }
    }
    if goes_on() {
        secure::stream::finish(context, session);
    }
}

/// Handles the messages in store, until too much waits to be written.
fn handle(context: &Context, session: &Session, stream: &Stream, work: &Work) {
    let connection = Connection::of(session);
    let mut then = None;
    while connection.stands(context, session) && !stream.paused.get() && may_handle(session) {
        let front = stream.incoming.borrow().front();
        match front {
            Front::Complete(length) => {
                stream.inside_since.set(None);
                let now = clock::now();
                work.took(then.replace(now).unwrap_or(now), now);
                if connection.stands(context, session) && !take_in(context, session, stream, length, now) {
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
pub(super) fn show(context: &Context, session: &Session, stream: &Stream) {
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
fn take_in(context: &Context, session: &Session, stream: &Stream, length: usize, now: coap_tick_t) -> bool {
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
            dispatch::dispatch(context, session, &pdu, now);
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
