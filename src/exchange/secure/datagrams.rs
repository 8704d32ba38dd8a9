//! Sessions over DTLS (docs/spec/security.md, section 7): handshakes, messages in and out of records.

use super::{attach, detach, failed, stands, Secure, TLS_FAILED};
use crate::abi::*;
use crate::base::clock;
use crate::base::keep::{Keepable, Kept};
use crate::exchange::{connection, disconnect, dispatch, send, timeouts, Context, Session};
use crate::security::records::Records;
use crate::security::{Backend, ClientSetup, Connection, SecureConnection, Step, Tls};
use core::mem::MaybeUninit;

/// The most that a record of a peer's may hold: what a datagram does.
const PLAIN: usize = COAP_RXBUFFER_SIZE;

/// How long a flight is waited for at first, and at most, in ticks (RFC 6347, section 4.2.4.1).
const FIRST_WAIT: coap_tick_t = 1000;
const LONGEST_WAIT: coap_tick_t = 60_000;

/// Does a step of a connection, and sends what it wants sent.
pub(super) fn with_records<R>(context: &Context, session: &Session, step: impl FnOnce(&mut Records) -> R) -> R {
    // One that is needed meanwhile, by a callback, is made anew.
    let mut records = context.records.take().unwrap_or_default();
    let result = step(&mut records);
    for datagram in records.datagrams() {
        // SAFETY: the bytes live over the call. Where the hook has ended the session there is no socket any more.
        let _ = unsafe { send::write_datagram(context, session, datagram.as_ptr(), datagram.len()) };
        if context.is_gone() {
            break;
        }
    }
    records.clear();
    context.records.set(Some(records));
    result
}

/// A client session begins its handshake; `None`, and nothing left of it, if it can't.
pub(in crate::exchange) fn connect(context: &Context, session: &Session) -> Option<()> {
    let setup = session.secure()?.setup.get().unwrap_or(ClientSetup::OfContext);
    let connection = Tls::connect(context, session, &setup)?;
    session.c.dtls_timeout_count.set(0);
    begin(context, session, &connection)
}

/// The first step of a handshake; `None`, and nothing left of it, if it fails.
pub(super) fn begin(context: &Context, session: &Session, connection: &Kept<Connection>) -> Option<()> {
    // A callback may have begun another, or ended everything.
    if session.is_ended() || context.is_gone() || session.has_connection() {
        return None;
    }
    attach(session, connection)?;
    with_records(context, session, |records| {
        let step = connection.read(&mut &[][..], &mut [], records);
        if stands(context, session, connection) {
            match step {
                Step::Waits => session.c.state.set(COAP_SESSION_STATE_HANDSHAKE),
                _ => _ = detach(context, session),
            }
        } else {
            // A callback has ended it in the middle of a flight: nothing of that is sent (section 10).
            records.clear();
        }
    });
    let begun = stands(context, session, connection);
    if begun {
        wait_for_answer(context, session, session.secure()?, connection);
    }
    begun.then_some(())
}

/// A message is to be sent on a client session without a connection: begins one (session §6.1). False if that fails.
pub(in crate::exchange) fn reconnect(context: &Context, session: &Session) -> bool {
    if session.c.r#type.get() != COAP_SESSION_TYPE_CLIENT {
        return false;
    }
    let begun = session.has_connection() || connect(context, session).is_some() || session.has_connection();
    if !begun && !session.is_ended() && !context.is_gone() {
        context.event(COAP_EVENT_DTLS_ERROR, Some(session));
    }
    begun
}

/// A flight has been sent: sees to it that it is sent again if no answer comes. One that has been sent again goes on with
/// the wait that it has (section 7.4).
fn wait_for_answer(context: &Context, session: &Session, secure: &Secure, connection: &Connection) {
    if connection.has_new_flight() {
        secure.wait.set(FIRST_WAIT);
        // Without memory it is not sent again; the peer does that, too.
        let _ = timeouts::watch_handshake(context, session, clock::now(), FIRST_WAIT);
    }
}

/// A datagram of a session's peer.
pub(in crate::exchange) fn datagram(context: &Context, session: &Session, datagram: &[u8], now: coap_tick_t) {
    let (Some(secure), Some(connection)) = (session.secure(), session.connection()) else { return };
    if connection.is_busy() {
        return;
    }
    let mut input = datagram;
    let mut plain = [MaybeUninit::<u8>::uninit(); PLAIN];
    loop {
        let (mut flight, mut event) = (false, -1);
        let step = with_records(context, session, |records| {
            let step = connection.read(&mut input, &mut plain, records);
            if !secure.has(&connection) {
                // A callback has ended it in the middle of a flight: nothing of that is sent (section 10).
                records.clear();
            }
            (flight, event) = (!records.is_empty(), session.c.dtls_event.get());
            step
        });
        if !stands(context, session, &connection) {
            return;
        }
        if event == COAP_EVENT_DTLS_RENEGOTIATE as i32 {
            context.event(COAP_EVENT_DTLS_RENEGOTIATE, Some(session));
            if !stands(context, session, &connection) {
                return;
            }
        }
        match step {
            Step::Connected => complete(context, session, secure, &connection),
            Step::Data(length) => {
                // A loop inside a callback may be here before the one that it runs in has said so (T5).
                complete(context, session, secure, &connection);
                if stands(context, session, &connection) {
                    // SAFETY: so many bytes have been written there.
                    let message = unsafe { core::slice::from_raw_parts(plain.as_ptr().cast(), length.min(PLAIN)) };
                    dispatch::datagram(context, session, message, now);
                }
                if input.is_empty() && !connection.has_more() {
                    return;
                }
            }
            Step::Waits => {
                if flight {
                    wait_for_answer(context, session, secure, &connection);
                }
                return;
            }
            Step::Closed => return disconnect::disconnected(context, session, TLS_FAILED),
            Step::Failed { alert } => return failed(context, session, &connection, alert),
        }
        if !stands(context, session, &connection) {
            return;
        }
    }
}

/// The handshake is complete: the application is told, once, and the session can be used (section 7.6).
fn complete(context: &Context, session: &Session, secure: &Secure, connection: &Kept<Connection>) {
    if session.c.state.get() != COAP_SESSION_STATE_HANDSHAKE {
        return;
    }
    if !secure.announced.replace(true) {
        context.timeouts.handshakes.refile(session, None);
        if let Some(endpoint) = session.endpoint() {
            endpoint.handshakes.refile(session, None);
        }
        context.event(COAP_EVENT_DTLS_CONNECTED, Some(session));
    }
    if stands(context, session, connection) && session.c.state.get() == COAP_SESSION_STATE_HANDSHAKE {
        connection::connected(context, session);
    }
}

/// What DTLS adds to the messages of a session that has just come to be established.
pub(in crate::exchange) fn set_overhead(session: &Session) {
    if let Some(connection) = session.connection() {
        session.set_overhead(connection.overhead());
    }
}

/// Sends a message in a record; its length, or -1. What the socket says of it does not matter: a record may be lost.
///
/// # Safety
/// `length` bytes from `data` on are readable, until callbacks run.
pub(in crate::exchange) unsafe fn send(context: &Context, session: &Session, data: *const u8, length: usize) -> isize {
    let Some(connection) = session.connection().filter(|connection| !connection.is_busy()) else { return -1 };
    let step = with_records(context, session, |records| {
        // SAFETY: by the caller's word; no callback runs while it is made a record.
        connection.write(unsafe { core::slice::from_raw_parts(data, length) }, records)
    });
    match step {
        // While the peer has the keys changed it counts as lost.
        Step::Data(_) | Step::Waits | Step::Connected => return length as isize,
        Step::Closed if stands(context, session, &connection) => {
            disconnect::disconnected(context, session, TLS_FAILED);
        }
        Step::Failed { alert } if stands(context, session, &connection) => failed(context, session, &connection, alert),
        Step::Closed | Step::Failed { .. } => (),
    }
    -1
}

/// The time has come to send a session's last flight again, or to give up (section 7.4).
pub(in crate::exchange) fn timed_out(context: &Context, session: &Session, now: coap_tick_t) {
    let watched = session.secure().zip(session.connection()).filter(|(_, connection)| connection.is_unanswered());
    let Some((secure, connection)) = watched else {
        return context.timeouts.handshakes.refile(session, None);
    };
    let wait = secure.wait.get().clamp(FIRST_WAIT, LONGEST_WAIT);
    if connection.is_busy() {
        // It is at work further up the stack, and not waiting.
        let _ = timeouts::watch_handshake(context, session, now, wait);
        return;
    }
    let count = session.c.dtls_timeout_count.get().saturating_add(1);
    session.c.dtls_timeout_count.set(count);
    if count > session.c.max_retransmit.get() {
        return disconnect::disconnected(context, session, TLS_FAILED);
    }
    secure.wait.set((2 * wait).min(LONGEST_WAIT));
    let _ = timeouts::watch_handshake(context, session, now, secure.wait.get());
    let sent = with_records(context, session, |records| connection.send_again(records));
    if !sent && stands(context, session, &connection) {
        disconnect::disconnected(context, session, TLS_FAILED);
    }
}
