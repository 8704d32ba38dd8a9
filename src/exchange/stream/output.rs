//! What goes out on a stream: written at once, or kept until the peer takes it (io §5.3).

use super::{answers, input, watch, Connection, NOT_DELIVERABLE};
use crate::abi::*;
use crate::base::clock;
use crate::base::errno::Errno;
use crate::base::keep::Keepable;
use crate::base::log::{LOG_DEBUG, LOG_INFO, LOG_WARNING};
use crate::exchange::limits::{CLIENT_WAITING_BYTES, WAITING_BYTES};
use crate::exchange::{connection, disconnect, queue, secure, send, timeouts, Context, Session};
use crate::log;
use crate::message::dump;
use crate::message::pdu::OwnedPdu;
use crate::net::stream;
use crate::resource::observe;

/// Writes bytes to the connection; no log line.
pub(super) fn put(session: &Session, bytes: &[u8]) -> Result<usize, Errno> {
    let connected = COAP_SOCKET_CONNECTED;
    if session.c.sock.flags.get() & (connected | COAP_SOCKET_WANT_CONNECT) != connected {
        return Err(Errno(libc::ENOTCONN));
    }
    match session.secure() {
        Some(secure) => secure::stream::put(session, secure, bytes),
        None => stream::write(&session.c.sock, bytes),
    }
}

/// Writes our CSM, ahead of everything; whether it goes out. Over TLS a socket that fails is left to the side that
/// reads: an alert may be there that says why.
pub(in crate::exchange) fn write_csm(context: &Context, session: &Session, csm: &[u8]) -> bool {
    let result = match session.secure() {
        Some(secure) => secure::stream::put_csm(session, secure, csm),
        None => put(session, csm),
    };
    has_put(context, session, result);
    match result {
        Ok(written) => written == csm.len(),
        Err(Errno(error)) => session.secure().is_some() && matches!(error, libc::EPIPE | libc::ECONNRESET),
    }
}

/// Writes a message of a session that is being torn down, unless others wait to be written.
pub(in crate::exchange) fn last_word(session: &Session, message: &[u8]) {
    if session.c.delayqueue.get().is_null() && session.c.partial_write.get() == 0 {
        // The connection is about to be closed: what does not go out at once never does.
        let _ = put(session, message);
    }
}

/// What follows each [`put`]: the fields, the watch, the log.
pub(in crate::exchange) fn has_put(context: &Context, session: &Session, result: Result<usize, Errno>) {
    let now = clock::now();
    let moves = secure::stream::has_progressed(session) || result.unwrap_or(0) > 0;
    if moves {
        session.c.last_rx_tx.set(now);
    }
    if let Some(stream) = session.stream() {
        let blocked = session.c.sock.flags.get() & COAP_SOCKET_WANT_WRITE != 0;
        if !blocked {
            stream.blocked_since.set(None);
        } else if moves || stream.blocked_since.get().is_none() {
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

/// `coap_session_write`: writes bytes of the application's own making, over TLS in records like the library's; how many
/// the connection has taken, -1 on an error.
/// While a message of the library is half written it takes none.
///
/// # Safety
/// `length` bytes from `data` on are readable.
pub unsafe fn write(context: &Context, session: &Session, data: *const u8, length: usize) -> isize {
    if session.is_ended() || !session.is_reliable() {
        return -1;
    }
    answers::flush(context);
    if session.is_ended() || context.is_gone() {
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

/// `coap_socket_write`: the same for a socket, which may be one that no session has. Over TLS the bytes go to the socket
/// itself, unencrypted; none as long as records wait to be written.
///
/// # Safety
/// As for [`write`]; where the socket names a session, that is live.
pub unsafe fn write_to(sock: &coap_socket_t, data: *const u8, length: usize) -> isize {
    // SAFETY: handed on to the caller.
    let session = unsafe { Session::from_ptr(sock.session.get()) };
    let session = session.filter(|session| core::ptr::eq(sock, &session.c.sock));
    if let Some(session) = session.as_ref().filter(|session| secure::stream::waiting(session) > 0) {
        return if session.is_ended() { -1 } else { 0 };
    }
    let session = session.filter(|session| session.secure().is_none());
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

/// Whether a message of this length is more than the peer takes (X20).
fn is_too_long(session: &Session, length: usize) -> bool {
    let most = session.c.mtu.get();
    most != 0 && length > most
}

/// Whether messages wait to be written.
fn has_waiting(session: &Session) -> bool {
    !session.c.delayqueue.get().is_null() || session.c.sock.flags.get() & COAP_SOCKET_WANT_WRITE != 0
}

/// `coap_send` on a stream, for a message with its header.
pub(in crate::exchange) fn send(context: &Context, session: &Session, pdu: OwnedPdu) -> coap_mid_t {
    let Some(stream) = session.stream() else { return COAP_INVALID_MID };
    let mid = coap_mid_t::from(pdu.mid.get());
    let ready = session.c.state.get() == COAP_SESSION_STATE_ESTABLISHED && !has_waiting(session);
    let pdu = match ready && !is_too_long(session, pdu.wire().len()) {
        false => pdu,
        true => match answers::collect(context, session, pdu) {
            Ok(()) => return mid,
            Err(pdu) => pdu,
        },
    };
    answers::flush(context);
    if session.is_ended() || context.is_gone() {
        return COAP_INVALID_MID;
    }
    let state = session.c.state.get();
    if state == COAP_SESSION_STATE_NONE {
        return connection::send(context, session, stream, pdu);
    }
    let established = state == COAP_SESSION_STATE_ESTABLISHED;
    let length = pdu.wire().len();
    // Before the peer's CSM has come nobody knows.
    if established && is_too_long(session, length) {
        log!(LOG_WARNING, "session {}: a message of {} bytes is more than the peer takes", session.id, length);
        return COAP_INVALID_MID;
    }
    if !established || has_waiting(session) {
        let delayed = send::delay(session, pdu);
        flush(context, session);
        return delayed.map_or(COAP_INVALID_MID, |()| mid);
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
pub(in crate::exchange) fn flush(context: &Context, session: &Session) {
    answers::flush(context);
    let Some(stream) = session.stream() else { return };
    let connection = Connection::of(session);
    if secure::stream::waiting(session) > 0 {
        let result = put(session, &[]);
        has_put(context, session, result);
        if result.is_err() {
            return;
        }
    }
    while connection.stands(context, session)
        && session.c.state.get() == COAP_SESSION_STATE_ESTABLISHED
        && session.c.sock.flags.get() & COAP_SOCKET_WANT_WRITE == 0
    {
        let head = match queue::first_delayed(session) {
            Some(head) => head,
            // The application has taken the message away.
            None if queue::take_delayed(session).is_some() => continue,
            None => break,
        };
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
        let takes_more = whole || session.c.sock.flags.get() & COAP_SOCKET_WANT_WRITE != 0;
        if result.is_err() || !takes_more {
            break;
        }
    }
    if connection.stands(context, session) {
        if session.c.sock.flags.get() & COAP_SOCKET_WANT_WRITE == 0 {
            // Also where nothing of ours waited, but bytes of the application's own making did.
            stream.blocked_since.set(None);
        }
        pause_if_full(session);
        if stream.paused.get() && stream.waiting.get() < WAITING_BYTES / 2 {
            stream.paused.set(false);
            input::show(context, session, stream);
        }
        if !is_full(session) {
            observe::may_go_on(session);
        }
        watch(context, session);
        session.update_idle();
    }
}

/// Whether so much waits to be written that no more is taken in (I15, X22). One message may be as long as it likes.
pub(in crate::exchange) fn is_full(session: &Session) -> bool {
    let most = match session.c.r#type.get() {
        COAP_SESSION_TYPE_CLIENT => CLIENT_WAITING_BYTES,
        _ => WAITING_BYTES,
    };
    session.stream().is_some_and(|stream| stream.waiting.get().saturating_add(secure::stream::waiting(session)) > most)
}

/// A message has been put into the delay queue.
pub(in crate::exchange) fn has_delayed(session: &Session, message: &coap_pdu_t) {
    let Some(stream) = session.stream() else { return };
    stream.has_come(message);
    pause_if_full(session);
}

/// A peer that makes us answer and does not read is not read any more. A server is always read: two sides that both wait
/// for the other to read would wait for ever. And the peer's CSM is always read, since nothing leaves before it.
fn pause_if_full(session: &Session) {
    let Some(stream) = session.stream() else { return };
    let client = session.c.r#type.get() == COAP_SESSION_TYPE_CLIENT;
    if !client && session.c.state.get() == COAP_SESSION_STATE_ESTABLISHED && is_full(session) {
        stream.paused.set(true);
        stream.inside_since.set(None);
    }
}
