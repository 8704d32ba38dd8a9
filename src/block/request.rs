//! A request of the application's that the library goes on with: it sends the body in fragments, gathers the response
//! from blocks, and knows what the application calls it, whatever token is on the wire (block chapter, section 6).

use super::download::{Download, Observed};
use super::identity::Short;
use super::sending::Sending;
use super::skeleton::Skeleton;
use super::snapshot::Release;
use crate::abi::*;
use crate::base::deadlines::NOWHERE;
use crate::base::keep::{Keep, Keepable};
use crate::base::memory;
use crate::exchange::Session;
use core::cell::{Cell, RefCell};
use core::ptr::NonNull;

/// A body being sent. Its release callback runs when this is dropped.
pub struct Upload {
    body: *const u8,
    length: usize,
    /// Where it is.
    pub sending: Sending,
    _release: Release,
}

impl Upload {
    /// An upload of `body`, whose fragments `sending` counts.
    ///
    /// # Safety
    /// `body` stays as it is until `release` is dropped.
    pub unsafe fn new(body: &[u8], sending: Sending, release: Release) -> Upload {
        Upload { body: body.as_ptr(), length: body.len(), sending, _release: release }
    }

    /// The body.
    pub fn body(&self) -> &[u8] {
        // SAFETY: the bytes stay until `_release` is dropped with this, by the word of `new`'s caller.
        unsafe { memory::bytes(self.body, self.length) }.unwrap_or_default()
    }
}

/// A request, from its first message to its last answer. Nothing in it is borrowed while a callback may run, log lines
/// included.
pub struct Request {
    keep: Keep,
    /// Orders requests by creation.
    pub(super) number: u64,
    /// Where it stands among the deadlines.
    pub(super) place: Cell<u32>,
    /// What it is filed under there.
    pub(super) filed: Cell<coap_tick_t>,
    session: NonNull<Session>,
    /// The application's token.
    pub application: Short,
    /// What later messages are made from.
    pub skeleton: Skeleton,
    /// The body that is being sent, if it has one that needs fragments.
    pub upload: RefCell<Option<Upload>>,
    /// Whether the library goes on with the response.
    pub gathers: Cell<bool>,
    /// The body that is being received.
    pub body: RefCell<Option<Download>>,
    /// The token of the request itself on the wire, or of its latest fragment: what answers it, and what the server
    /// knows an observation by.
    pub(super) own: Cell<Short>,
    /// The token of the request for a further block that is on its way.
    pub(super) follow: Cell<Option<Short>>,
    /// The application has sent it.
    pub sent: Cell<bool>,
    /// What was sent of it last was confirmable, so that the send queue tells when it failed.
    pub confirmable: Cell<bool>,
    /// An answer to the request itself, or to its latest fragment, is to come.
    pub waits: Cell<bool>,
    /// The server sends notifications.
    pub observes: Cell<bool>,
    /// The application has cancelled the observation.
    pub cancelled: Cell<bool>,
    /// The notification that is being received.
    pub observed: Cell<Option<Observed>>,
    /// How often the body has changed while it was received.
    pub restarts: Cell<u8>,
    /// When something was sent or received last.
    pub last_use: Cell<coap_tick_t>,
}

// SAFETY: requests are made by `memory::new` only.
unsafe impl Keepable for Request {
    fn keep(&self) -> &Keep {
        &self.keep
    }
}

impl Request {
    /// A request with this token, which the application is about to send on `session`.
    pub fn new(session: &Session, application: Short, skeleton: Skeleton, now: coap_tick_t) -> Request {
        Request {
            keep: Keep::default(),
            number: 0,
            place: Cell::new(NOWHERE),
            filed: Cell::new(coap_tick_t::MAX),
            session: NonNull::from(session),
            application,
            skeleton,
            upload: RefCell::default(),
            gathers: Cell::new(false),
            body: RefCell::default(),
            own: Cell::new(application),
            follow: Cell::new(None),
            sent: Cell::new(false),
            confirmable: Cell::new(false),
            waits: Cell::new(true),
            observes: Cell::new(false),
            cancelled: Cell::new(false),
            observed: Cell::new(None),
            restarts: Cell::new(0),
            last_use: Cell::new(now),
        }
    }

    /// Its session, which ends after it.
    pub(super) fn session(&self) -> NonNull<Session> {
        self.session
    }

    /// Whether its body is still being sent.
    pub fn is_uploading(&self) -> bool {
        self.upload.borrow().is_some()
    }

    /// The token of the request itself on the wire.
    pub fn own_token(&self) -> Short {
        self.own.get()
    }

    /// Notes that the request itself, or a fragment of it, goes out as `pdu`.
    pub fn note_sent(&self, pdu: &coap_pdu_t) {
        self.sent.set(true);
        self.waits.set(true);
        self.confirmable.set(pdu.r#type.get() == COAP_MESSAGE_CON);
    }

    /// Whether nothing more is to come.
    pub fn is_over(&self) -> bool {
        !self.waits.get() && !self.observes.get() && self.follow.get().is_none() && !self.is_uploading()
    }

    /// When it ends for want of an answer: EXCHANGE_LIFETIME after the last message; `MAX` if something else tells
    /// when: a stream that breaks, retransmissions that are given up, an observation (K16).
    pub fn deadline(&self, session: &Session) -> coap_tick_t {
        let confirmed = match self.waits.get() {
            true => self.sent.get() && self.confirmable.get(),
            false => self.skeleton.is_confirmable(),
        };
        if self.observes.get() || session.is_reliable() || confirmed {
            return coap_tick_t::MAX;
        }
        self.last_use.get().saturating_add(session.exchange_lifetime())
    }
}
