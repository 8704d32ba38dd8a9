//! Sessions over DTLS and TLS (docs/spec/security.md): the connection of a session, and its end.
//!
//! The connection itself is the (D)TLS library's ([`crate::security`]); it works on bytes in memory. Here they meet the
//! socket, the clock and the application: [`datagrams`] over DTLS, whose peers begin with [`first_contact`], and
//! [`stream`] over TLS.

mod datagrams;
mod first_contact;
pub(super) mod stream;

pub(super) use datagrams::{connect, datagram, reconnect, send, set_overhead};
pub use first_contact::accept;
pub(super) use first_contact::{arrived, hello_record, sweep_greetings};

use super::timers::Spot;
use super::{disconnect, Context, Session};
use crate::abi::*;
use crate::base::keep::{Keepable, Kept};
use crate::security::{ClientSetup, Connection, SecureConnection};
use core::cell::Cell;

const TLS_FAILED: u32 = coap_nack_reason_t::COAP_NACK_TLS_FAILED as u32;

/// What a session over DTLS or TLS has besides.
#[derive(Default)]
pub struct Secure {
    connection: Cell<Option<Kept<Connection>>>,
    /// What a client shows its server.
    setup: Cell<Option<ClientSetup>>,
    /// The application has been told that the handshake is complete.
    announced: Cell<bool>,
    /// How long an answer to the last flight is waited for, in ticks.
    wait: Cell<coap_tick_t>,
    /// Where it stands among the handshakes of the context, by the time when it is to be looked after.
    pub(super) timer: Spot,
    /// Where it stands among the unfinished handshakes of its endpoint, by the time it began.
    pub(super) unfinished: Spot,
    /// Where it stands among the records of its endpoint's that the application has made, by the time it did.
    pub(super) greeting: Spot,
    /// What it has besides over TLS.
    flow: stream::Flow,
}

impl Secure {
    fn connection(&self) -> Option<Kept<Connection>> {
        let connection = self.connection.take();
        self.connection.set(connection.clone());
        connection
    }

    /// Whether it still has this connection.
    fn has(&self, connection: &Kept<Connection>) -> bool {
        self.connection().is_some_and(|current| current.as_non_null() == connection.as_non_null())
    }
}

impl Session {
    /// DTLS.
    pub fn is_dtls(&self) -> bool {
        self.c.proto.get() == COAP_PROTO_DTLS
    }

    /// What a client session shows its server from now on; nothing where there is no security.
    pub fn use_credentials(&self, setup: ClientSetup) -> Option<()> {
        if let Some(secure) = self.secure() {
            secure.setup.set(Some(setup));
        }
        Some(())
    }

    fn connection(&self) -> Option<Kept<Connection>> {
        self.secure()?.connection()
    }

    /// Over DTLS and without a connection, for good or for now: it takes nothing in (S19).
    pub(super) fn is_deaf(&self) -> bool {
        let lost = || self.c.state.get() == COAP_SESSION_STATE_NONE && self.c.tls.get().is_null();
        self.is_dtls() && self.c.r#type.get() == COAP_SESSION_TYPE_SERVER && lost()
    }

    /// Whether it has a connection, complete or not.
    pub(super) fn has_connection(&self) -> bool {
        self.connection().is_some()
    }

    /// The MTU has changed: so do the datagrams of a handshake under way (S26).
    pub(super) fn tell_mtu(&self) {
        if let Some(connection) = self.connection() {
            connection.set_mtu(self.c.mtu.get());
        }
    }
}

/// Whether the session still has this connection, after application code has run.
fn stands(context: &Context, session: &Session, connection: &Kept<Connection>) -> bool {
    session.secure().is_some_and(|secure| secure.has(connection)) && !session.is_ended() && !context.is_gone()
}

/// The session has this connection from now on, and its handshake begins.
fn attach(session: &Session, connection: &Kept<Connection>) -> Option<()> {
    connection.belong_to(session, session.c.proto.get());
    let secure = session.secure()?;
    secure.connection.set(Some(connection.clone()));
    secure.announced.set(false);
    session.c.tls.set(connection.handle());
    Some(())
}

/// The session has no connection any more; nobody is told.
fn detach(context: &Context, session: &Session) -> Option<Kept<Connection>> {
    let secure = session.secure()?;
    let connection = secure.connection.take()?;
    secure.flow.reset();
    context.timeouts.handshakes.refile(session, None);
    if let Some(endpoint) = session.endpoint() {
        endpoint.handshakes.refile(session, None);
    }
    connection.leave();
    session.c.tls.set(core::ptr::null_mut());
    Some(connection)
}

/// The connection has failed.
fn failed(context: &Context, session: &Session, connection: &Kept<Connection>, alert: bool) {
    if alert {
        context.event(COAP_EVENT_DTLS_ERROR, Some(session));
    }
    if stands(context, session, connection) {
        disconnect::disconnected(context, session, TLS_FAILED);
    }
}

/// Ends the connection of a session: the peer is told, then the application.
pub(super) fn end(context: &Context, session: &Session) {
    let Some(secure) = session.secure() else { return };
    let Some(connection) = secure.connection() else { return };
    match session.is_dtls() {
        true => datagrams::with_records(context, session, |records| connection.close(records)),
        false => stream::close(context, session, secure, &connection),
    }
    if secure.has(&connection) && detach(context, session).is_some() && !context.is_gone() {
        context.event(COAP_EVENT_DTLS_CLOSED, Some(session));
    }
}

/// The time has come to look after the handshake of a session.
pub(super) fn timed_out(context: &Context, session: &Session, now: coap_tick_t) {
    if session.is_dtls() {
        return datagrams::timed_out(context, session, now);
    }
    context.timeouts.handshakes.refile(session, None);
    stream::timed_out(context, session);
}
