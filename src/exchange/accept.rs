//! Accepting connections at an endpoint for streams (docs/spec/session.md, section 4.2).

use super::endpoint::Route;
use super::{connection, Context, Endpoint, Session};
use crate::abi::*;
use crate::base::clock;
use crate::base::errno::Errno;
use crate::base::keep::Kept;
use crate::base::log::LOG_WARNING;
use crate::log;
use crate::net::{epoll, stream};

/// How long no connection is accepted after that failed for want of descriptors or memory, in ticks.
const ACCEPT_PAUSE: coap_tick_t = 1000;

impl Endpoint {
    /// Whether connections are accepted here, and no datagrams read.
    pub(super) fn is_listening(&self) -> bool {
        matches!(self.proto, COAP_PROTO_TCP | COAP_PROTO_TLS)
    }

    /// Accepts one connection for an event of the socket.
    pub(super) fn accept_one(&self, context: &Context) {
        self.sock.flags.set(self.sock.flags.get() | COAP_SOCKET_CAN_ACCEPT);
        if let Some(session) = self.accept(context) {
            session.c.last_rx_tx.set(clock::now());
        }
    }

    /// `coap_new_server_session`: accepts one connection and begins its session (session §4.2); `None` if none waits,
    /// descriptors or memory are short, or it has ended again, which the application has been told then.
    pub fn accept(&self, context: &Context) -> Option<Kept<Session>> {
        if !self.is_listening() || !self.is_open() || context.is_ending() {
            return None;
        }
        let accepted = stream::accept(self.sock.fd.get());
        self.sock.flags.set(self.sock.flags.get() & !COAP_SOCKET_CAN_ACCEPT);
        let opened = match accepted {
            Ok(opened) => opened?,
            Err(error) => {
                self.pause_accepting(context, Errno::from(&error));
                return None;
            }
        };
        let addresses = coap_addr_tuple_t { remote: opened.remote, local: opened.local };
        let route = Route::new(addresses, 0)?;
        let session = self.stranger(context, &route, clock::now()).filter(|_| self.is_open()).and_then(|session| {
            connection::attach(context, &session, opened)?;
            self.is_open().then_some(())?;
            self.list(session)
        });
        let Some(session) = session else {
            if self.is_open() {
                self.pause_accepting(context, Errno(libc::ENOMEM));
            }
            return None;
        };
        connection::connected_to_peer(context, &session);
        let lives = !session.is_ended() && session.c.state.get() != COAP_SESSION_STATE_NONE;
        lives.then_some(session)
    }

    /// Descriptors or memory are short: accepting would fail at once again, so it waits a second.
    fn pause_accepting(&self, context: &Context, errno: Errno) {
        let until = clock::now().saturating_add(ACCEPT_PAUSE);
        self.paused_until.set(Some(until));
        context.watch_for(self.watch.get(), self.sock.fd.get(), 0);
        context.wake_at(until);
        log!(LOG_WARNING, "endpoint: cannot accept a connection: {}", errno);
    }

    /// Accepts connections again if it is time; when it will be, if not.
    pub(super) fn resume_accepting(&self, context: &Context, now: coap_tick_t) -> Option<coap_tick_t> {
        let until = self.paused_until.get().filter(|_| self.is_open())?;
        // A clock that was set back must not stop the endpoint for good.
        if until > now && until - now <= ACCEPT_PAUSE {
            return Some(until);
        }
        self.paused_until.set(None);
        context.watch_for(self.watch.get(), self.sock.fd.get(), epoll::READ);
        None
    }
}
