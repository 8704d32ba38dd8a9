//! Sessions over TLS (docs/spec/security.md, section 8): what is between the messages and the socket.
//!
//! What has come is given to the connection as it comes, and what it says in plain goes to the store of the stream before
//! anything else happens: so no byte overtakes another, whatever a callback does, and the socket is read in one place.
//! What the connection wants sent waits here until the socket takes it, ahead of everything: no message is encrypted
//! before, so that hardly more than a record waits (X22).

use super::{attach, detach, failed, stands, Secure, TLS_FAILED};
use crate::abi::*;
use crate::base::clock;
use crate::base::errno::Errno;
use crate::base::keep::{Keepable, Kept};
use crate::base::log::LOG_NOTICE;
use crate::exchange::limits::{HANDSHAKE_TIME, WAITING_BYTES};
use crate::exchange::{connection, disconnect, stream, timeouts, Context, Session};
use crate::log;
use crate::net;
use crate::security::records::Records;
use crate::security::{Backend, ClientSetup, Connection, SecureConnection, Step, Tls};
use core::cell::Cell;
use core::mem::MaybeUninit;

/// The most that a record holds (RFC 8446, section 5.1).
const RECORD: usize = 16 * 1024;

/// What a session over TLS has besides its connection.
#[derive(Default)]
pub struct Flow {
    /// What the connection wants sent and the socket has not taken.
    unsent: Cell<Option<Records>>,
    /// Whether the socket has taken anything since that was asked last.
    progress: Cell<bool>,
    /// The handshake is complete, and the application has not been told.
    connected: Cell<bool>,
    /// The same for a renegotiation.
    renegotiates: Cell<bool>,
    /// The connection is over, and the application has not been told: what was said before comes first.
    outcome: Cell<Option<Step>>,
}

impl Flow {
    /// How many bytes wait to be written.
    fn waiting(&self) -> usize {
        let unsent = self.unsent.take();
        let length = unsent.as_ref().map_or(0, |records| records.bytes().len());
        self.unsent.set(unsent);
        length
    }

    /// The connection has gone.
    pub(super) fn reset(&self) {
        self.unsent.take();
        self.progress.set(false);
        self.connected.set(false);
        self.renegotiates.set(false);
        self.outcome.set(None);
    }

    /// Writes what waits; whether nothing does any more. No log line.
    fn pump(&self, context: &Context, session: &Session) -> Result<bool, Errno> {
        let Some(mut records) = self.unsent.take() else { return Ok(true) };
        let length = records.bytes().len();
        let result = match length {
            0 => Ok(0),
            _ if session.c.sock.flags.get() & COAP_SOCKET_CONNECTED == 0 => Err(Errno(libc::ENOTCONN)),
            _ => net::stream::write(&session.c.sock, records.bytes()),
        };
        let written = result.unwrap_or(0);
        self.progress.set(self.progress.get() || written > 0);
        if result == Ok(length) {
            records.clear();
            context.records.set(Some(records));
            return Ok(true);
        }
        // A peer may see to it that there is always a rest: what has been sent is not to be kept for that.
        records.cut(written);
        self.unsent.set(Some(records));
        result.map(|_| false)
    }
}

/// Does a step of a connection, and writes what it wants sent as far as the socket takes it.
fn step<R>(
    context: &Context,
    session: &Session,
    secure: &Secure,
    connection: &Kept<Connection>,
    step: impl FnOnce(&mut Records) -> R,
) -> R {
    let waiting = secure.flow.unsent.take();
    let mut records = waiting.or_else(|| context.records.take()).unwrap_or_default();
    let result = step(&mut records);
    if secure.has(connection) {
        secure.flow.unsent.set(Some(records));
        // A failure is left to the side that reads: an alert may still be there that says why.
        let _ = secure.flow.pump(context, session);
    } else if !context.is_gone() {
        // A callback has ended the connection.
        records.clear();
        context.records.set(Some(records));
    }
    result
}

/// The handshake of a session begins whose connection over TCP stands; `None`, nothing left of it and nobody told, if
/// it can't.
pub(in crate::exchange) fn start(context: &Context, session: &Session) -> Option<()> {
    let secure = session.secure()?;
    let tcp = stream::Connection::of(session);
    session.c.state.set(COAP_SESSION_STATE_HANDSHAKE);
    // The last flight of a handshake, our CSM and the first message follow one another, with no answers between them
    // that would acknowledge them: each would wait for that, and an idle peer takes its time.
    net::stream::set_no_delay(session.c.sock.fd.get());
    let client = session.c.r#type.get() == COAP_SESSION_TYPE_CLIENT;
    let connection = match client {
        true => Tls::connect(context, session, &secure.setup.get().unwrap_or(ClientSetup::OfContext)),
        false => Tls::accept(context, session),
    };
    let connection = connection.filter(|_| tcp.stands(context, session))?;
    attach(session, &connection)?;
    let begun = match client {
        true => {
            let begin = |records: &mut Records| connection.read(&mut &[][..], &mut [], records);
            step(context, session, secure, &connection, begin) == Step::Waits
        }
        false => timeouts::watch_handshake(context, session, clock::now(), HANDSHAKE_TIME).is_some(),
    };
    if !stands(context, session, &connection) {
        return None;
    }
    if !begun {
        detach(context, session);
        return None;
    }
    // A loop inside a callback may have found that there was nobody to read for.
    stream::watch(context, session);
    Some(())
}

/// The same, where the application is told (T16).
pub(in crate::exchange) fn begin(context: &Context, session: &Session) {
    let tcp = stream::Connection::of(session);
    if start(context, session).is_none() && tcp.stands(context, session) {
        context.event(COAP_EVENT_DTLS_ERROR, Some(session));
        if tcp.stands(context, session) {
            disconnect::disconnected(context, session, TLS_FAILED);
        }
    }
}

/// Whether nothing is to be read from the socket now: there is no connection that could take it in.
pub(in crate::exchange) fn is_deaf(session: &Session) -> bool {
    match session.secure() {
        Some(secure) => secure.connection().is_none_or(|connection| connection.is_busy()),
        None => false,
    }
}

/// Gives the connection what has come; `store` takes what that is in plain, and says whether there was memory. False if
/// there was none.
#[inline(never)] // The piece is on the stack, and is to be gone when the messages are handled.
pub(in crate::exchange) fn feed(
    context: &Context,
    session: &Session,
    secure: &Secure,
    mut input: &[u8],
    store: impl Fn(&[u8]) -> bool,
) -> bool {
    let Some(connection) = secure.connection() else { return true };
    let flow = &secure.flow;
    let mut plain = [MaybeUninit::<u8>::uninit(); RECORD];
    loop {
        let came =
            step(context, session, secure, &connection, |records| connection.read(&mut input, &mut plain, records));
        if !stands(context, session, &connection) {
            return true;
        }
        if session.c.dtls_event.get() == COAP_EVENT_DTLS_RENEGOTIATE as i32 {
            flow.renegotiates.set(true);
        }
        match came {
            Step::Connected => flow.connected.set(true),
            Step::Data(length) => {
                // SAFETY: so many bytes have been written there.
                let plain = unsafe { core::slice::from_raw_parts(plain.as_ptr().cast::<u8>(), length.min(RECORD)) };
                if !store(plain) {
                    return false;
                }
            }
            Step::Waits => break,
            Step::Closed | Step::Failed { .. } => {
                flow.outcome.set(Some(came));
                return true;
            }
        }
    }
    if flow.waiting() > WAITING_BYTES {
        // Only a peer that begins one handshake after the other, and reads nothing, gets this far.
        flow.outcome.set(Some(Step::Failed { alert: false }));
    }
    true
}

/// Tells the application of what [`feed`] has found, but for the end. What waited for that goes on.
pub(in crate::exchange) fn settle(context: &Context, session: &Session) {
    let Some(secure) = session.secure() else { return };
    let Some(connection) = secure.connection() else { return };
    if secure.flow.connected.take() {
        connected(context, session, &connection);
    }
    if stands(context, session, &connection) && secure.flow.renegotiates.take() {
        context.event(COAP_EVENT_DTLS_RENEGOTIATE, Some(session));
    }
    if stands(context, session, &connection) && secure.flow.waiting() > 0 {
        // A peer that does not read what TLS has to say stalls, too (X22).
        stream::has_put(context, session, Ok(0));
    }
    let blocked = session.c.sock.flags.get() & COAP_SOCKET_WANT_WRITE != 0;
    let waits = !session.c.delayqueue.get().is_null() && !blocked;
    if stands(context, session, &connection) && waits && session.c.state.get() == COAP_SESSION_STATE_ESTABLISHED {
        // The connection took no message before it had read more, or what stood before it has gone out meanwhile.
        stream::flush(context, session);
    }
}

/// The handshake is complete: our CSM is the first that goes out (T15).
fn connected(context: &Context, session: &Session, connection: &Kept<Connection>) {
    context.timeouts.handshakes.refile(session, None);
    context.event(COAP_EVENT_DTLS_CONNECTED, Some(session));
    if stands(context, session, connection) && session.c.state.get() == COAP_SESSION_STATE_HANDSHAKE {
        connection::send_csm(context, session);
    }
}

/// Whether the connection is over, and the application is still to be told.
pub(in crate::exchange) fn is_over(session: &Session) -> bool {
    session.secure().is_some_and(|secure| secure.flow.outcome.get().is_some())
}

/// Ends a session whose connection is over.
pub(in crate::exchange) fn finish(context: &Context, session: &Session) {
    let Some(secure) = session.secure() else { return };
    let Some(connection) = secure.connection() else { return };
    match secure.flow.outcome.take() {
        Some(Step::Failed { alert }) => failed(context, session, &connection, alert),
        Some(_) => disconnect::disconnected(context, session, TLS_FAILED),
        None => (),
    }
}

/// Encrypts and writes bytes, as far as the socket takes them and at most a record beyond. How many have been taken in:
/// the rest is to be given again when the socket is writable or, where `COAP_SOCKET_WANT_WRITE` is not set, something
/// has come. No log line.
pub(in crate::exchange) fn put(session: &Session, secure: &Secure, bytes: &[u8]) -> Result<usize, Errno> {
    let (Some(connection), Some(context)) = (secure.connection(), session.context()) else {
        return Err(Errno(libc::ENOTCONN));
    };
    if connection.is_busy() {
        return Ok(0);
    }
    let mut done = 0;
    while secure.flow.pump(&context, session)? && done < bytes.len() {
        match encrypt(&context, secure, &connection, &bytes[done..])? {
            0 => break,
            length => done += length,
        }
    }
    Ok(done)
}

/// Encrypts one record, which waits then.
fn encrypt(context: &Context, secure: &Secure, connection: &Connection, bytes: &[u8]) -> Result<usize, Errno> {
    let waiting = secure.flow.unsent.take();
    let mut records = waiting.or_else(|| context.records.take()).unwrap_or_default();
    let length = connection.write_record(bytes, &mut records);
    secure.flow.unsent.set(Some(records));
    length.ok_or_else(|| {
        // The loop ends the session.
        secure.flow.outcome.set(Some(Step::Failed { alert: true }));
        Errno(libc::EPROTO)
    })
}

/// Our CSM: it goes behind what still waits of the handshake. Whether it will.
pub(in crate::exchange) fn put_csm(session: &Session, secure: &Secure, csm: &[u8]) -> Result<usize, Errno> {
    let (Some(connection), Some(context)) = (secure.connection(), session.context()) else {
        return Err(Errno(libc::ENOTCONN));
    };
    let length = encrypt(&context, secure, &connection, csm)?;
    secure.flow.pump(&context, session)?;
    Ok(length)
}

/// How many bytes wait to be written.
pub(in crate::exchange) fn waiting(session: &Session) -> usize {
    session.secure().map_or(0, |secure| secure.flow.waiting())
}

/// Whether the socket has taken anything since this was asked last.
pub(in crate::exchange) fn has_progressed(session: &Session) -> bool {
    session.secure().is_some_and(|secure| secure.flow.progress.take())
}

/// A client has not finished its handshake in time (X22).
pub(super) fn timed_out(context: &Context, session: &Session) {
    log!(LOG_NOTICE, "session {}: the handshake is not complete", session.id);
    if !session.is_ended() && session.c.state.get() == COAP_SESSION_STATE_HANDSHAKE {
        disconnect::disconnected(context, session, TLS_FAILED);
    }
}

/// Says goodbye to the peer: not to one that does not read.
pub(super) fn close(context: &Context, session: &Session, secure: &Secure, connection: &Kept<Connection>) {
    if !connection.is_busy() {
        step(context, session, secure, connection, |records| connection.close(records));
    }
    if secure.has(connection) && session.c.sock.flags.get() & COAP_SOCKET_CONNECTED != 0 {
        // An alert is to be read before the end of the connection.
        net::stream::finish(session.c.sock.fd.get());
    }
}
