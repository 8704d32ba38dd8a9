//! Several answers with one write: those to the requests that came in one piece (io §5.3; [`outgoing`]).
//!
//! They belong to one session at a time. Whatever else is written to a stream, and the end of its connection, lets them
//! go first, so that the order on the wire is that of the calls. What the connection does not take waits in the delay
//! queue as ever.

use super::{output, Connection, NOT_DELIVERABLE};
use crate::base::keep::Kept;
use crate::base::log::{self, LOG_DEBUG, LOG_WARNING};
use crate::exchange::{disconnect, outgoing, send, Context, Session};
use crate::log;
use crate::message::pdu::OwnedPdu;
use core::cell::Cell;

/// Most messages that go out together.
const MESSAGES: usize = 16;
/// Longer ones are written at once.
const LONGEST: usize = 2048;

/// The answers that are collected in a context.
#[derive(Default)]
pub struct Answers {
    session: Cell<Option<Kept<Session>>>,
    messages: Cell<Vec<OwnedPdu>>,
    /// Their bytes, one after the other.
    bytes: Cell<Vec<u8>>,
}

impl Answers {
    fn belong_to(&self, session: &Session) -> bool {
        let owner = self.session.take();
        let same = owner.as_ref().is_none_or(|owner| core::ptr::eq(&**owner, session));
        self.session.set(owner);
        same
    }
}

/// Takes a message that could be written to the session now; gives it back if that is to be done.
pub(super) fn collect(context: &Context, session: &Session, pdu: OwnedPdu) -> Result<(), OwnedPdu> {
    let answers = &context.outgoing.answers;
    let fits = !pdu.is_request() && pdu.wire().len() <= LONGEST;
    // With a log, who reads it sees what has been written.
    if !fits || log::enabled(LOG_DEBUG) || !answers.belong_to(session) || !outgoing::collects(context) {
        return Err(pdu);
    }
    let (mut messages, mut bytes) = (answers.messages.take(), answers.bytes.take());
    let wire = pdu.wire();
    let room = messages.try_reserve(1).and_then(|()| bytes.try_reserve(wire.len()));
    let rejected = match room {
        Ok(()) => {
            bytes.extend_from_slice(wire);
            messages.push(pdu);
            None
        }
        Err(_) => Some(pdu),
    };
    let count = messages.len();
    answers.messages.set(messages);
    answers.bytes.set(bytes);
    if let Some(pdu) = rejected {
        return Err(pdu);
    }
    if count == 1 {
        // SAFETY: the caller's session is live.
        answers.session.set(Some(unsafe { Kept::new(session.handle()) }));
    }
    if count >= MESSAGES {
        flush(context);
    }
    Ok(())
}

/// Writes what was collected. The log handler may run.
pub(in crate::exchange) fn flush(context: &Context) {
    let answers = &context.outgoing.answers;
    let Some(session) = answers.session.take() else { return };
    let (mut messages, mut bytes) = (answers.messages.take(), answers.bytes.take());
    let connection = Connection::of(&session);
    let result = output::put(&session, &bytes);
    bytes.clear();
    let mut written = result.unwrap_or(0);
    let mut cut = false;
    for pdu in messages.drain(..).take_while(|_| result.is_ok()) {
        let length = pdu.wire().len();
        if written >= length {
            written -= length;
            continue;
        }
        if !connection.stands(context, &session) {
            break;
        }
        // The queue was empty, so the first of them is its head (I3).
        let begun = core::mem::take(&mut written);
        if begun > 0 {
            session.c.partial_write.set(begun);
        }
        if send::delay(&session, pdu).is_none() {
            log!(LOG_WARNING, "session {}: an answer cannot be kept", session.id);
            cut |= begun > 0;
            break;
        }
    }
    // A log handler may have had others collected.
    match answers.session.take() {
        None => {
            answers.messages.set(messages);
            answers.bytes.set(bytes);
        }
        others => answers.session.set(others),
    }
    if !connection.stands(context, &session) {
        return;
    }
    if cut {
        // Half a message is out, and there is no memory to keep the rest.
        session.c.partial_write.set(0);
        return disconnect::disconnected(context, &session, NOT_DELIVERABLE);
    }
    output::has_put(context, &session, result);
}
