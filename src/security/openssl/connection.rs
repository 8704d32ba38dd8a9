//! One end of a connection: an `SSL` object over bytes in memory (docs/spec/security.md, sections 7 and 8).

use super::early::Early;
use super::extensions::Agreed;
use super::sys::wire::{self, BioMethod, Wire};
use super::sys::{self, Outcome};
use super::{psk, report, suites};
use crate::abi::*;
use crate::base::keep::{Keep, Keepable, Kept};
use crate::base::memory::{self, Owned};
use crate::exchange::limits::HANDSHAKE_MESSAGE;
use crate::exchange::Session;
use crate::security::records::Records;
use crate::security::{SecureConnection, Step};
use core::cell::{Cell, OnceCell};
use core::ffi::{c_int, c_long, c_void};
use core::mem::MaybeUninit;
use core::ptr::null_mut;
use foreign_types::ForeignTypeRef;
use openssl::ssl::{Ssl, SslContextRef, SslRef};
use openssl_sys as ffi;
use std::sync::OnceLock;

/// The longest piece that is encrypted at a time, the most that a record takes (RFC 8446, section 5.1).
const RECORD: usize = 16 * 1024;

/// The smallest MTU that OpenSSL makes handshakes with.
const SMALLEST_MTU: usize = 208;

/// No input.
const NOTHING: *const [u8] = &[];

/// A connection.
pub struct Connection {
    keep: Keep,
    ssl: Ssl,
    /// Over DTLS: what has come is a datagram, of which a read takes everything.
    datagrams: bool,
    server: bool,
    session: Cell<*mut coap_session_t>,
    /// What has come and not been read yet; set while a call is under way.
    input: Cell<*const [u8]>,
    /// Where goes what is to be sent; set while a call is under way.
    records: Cell<*mut Records>,
    /// A call is under way.
    busy: Cell<bool>,
    finished: Cell<bool>,
    /// Nothing is left of what has come: OpenSSL keeps data that overtakes the end of a handshake, and does not tell (T5).
    drained: Cell<bool>,
    early: Early,
    /// The last flight of a handshake over DTLS as it was sent, until the handshake is complete.
    flight: Cell<Option<Records>>,
    /// Over DTLS: the longest record that there is room for.
    room: Cell<usize>,
    /// A fatal alert has been sent or received in the call under way.
    alerted: Cell<bool>,
    /// It has failed: nothing more is said.
    over: Cell<bool>,
    /// The call under way must not log.
    quiet: Cell<bool>,
    /// The cookie of the peer that a listening connection looks at.
    pub(super) cookie: Cell<[u8; 32]>,
    /// The handshake counts only if a pre-shared key was used (T1).
    pub(super) needs_psk: Cell<bool>,
    /// A pre-shared key was wanted by OpenSSL, and given.
    pub(super) used_psk: Cell<bool>,
    /// A server: its hint has been decided on.
    pub(super) hinted: Cell<bool>,
    /// A server: which of the identities in the client's hello, from the next one on, it has keys for.
    pub(super) agreed: Cell<Agreed>,
    /// How certificates are used, if they are.
    pki: OnceCell<Owned<Cell<coap_dtls_pki_t>>>,
}

// SAFETY: connections are made by `memory::new` only.
unsafe impl Keepable for Connection {
    fn keep(&self) -> &Keep {
        &self.keep
    }
}

fn bio_method() -> Option<&'static BioMethod> {
    static METHOD: OnceLock<BioMethod> = OnceLock::new();
    if METHOD.get().is_none() {
        // If another thread was quicker this one is lost, once.
        let _ = METHOD.set(BioMethod::new::<Connection>()?);
    }
    METHOD.get()
}

/// A call that is under way: at its end nothing refers to the caller's bytes any more.
struct Call<'a>(&'a Connection);

impl Drop for Call<'_> {
    fn drop(&mut self) {
        let Connection { input, records, busy, .. } = self.0;
        input.set(NOTHING);
        records.set(null_mut());
        busy.set(false);
    }
}

impl Connection {
    /// A connection that has not begun; `None` without memory.
    pub fn new(context: &SslContextRef, datagrams: bool, server: bool) -> Option<Kept<Connection>> {
        let method = bio_method()?;
        let ssl = sys::new_ssl(context)?;
        let connection = memory::new(Connection {
            keep: Keep::default(),
            ssl,
            datagrams,
            server,
            session: Cell::new(null_mut()),
            input: Cell::new(NOTHING),
            records: Cell::new(null_mut()),
            busy: Cell::new(false),
            finished: Cell::new(false),
            drained: Cell::new(false),
            early: Early::default(),
            flight: Cell::new(None),
            room: Cell::new(sys::SMALL_RECORD),
            alerted: Cell::new(false),
            over: Cell::new(false),
            quiet: Cell::new(false),
            cookie: Cell::new([0; 32]),
            needs_psk: Cell::new(false),
            used_psk: Cell::new(false),
            hinted: Cell::new(false),
            agreed: Cell::default(),
            pki: OnceCell::new(),
        })?;
        // SAFETY: just made. It ends with the last guard, wherever that is.
        let kept = unsafe {
            let kept = Kept::new(connection);
            crate::base::keep::end(connection);
            kept
        };
        // SAFETY: the wire is cut when the connection goes.
        unsafe { wire::set(kept.ssl(), method, connection)? };
        sys::set_role(kept.ssl(), server);
        if datagrams && server {
            sys::set_longest_message(kept.ssl(), HANDSHAKE_MESSAGE);
        }
        Some(kept)
    }

    /// The connection of an `SSL` object, from inside one of its callbacks.
    pub fn of(ssl: *const ffi::SSL) -> Option<Kept<Connection>> {
        // SAFETY: what the wire leads to is live until it is cut.
        Some(unsafe { Kept::new(wire::of::<Connection>(ssl)?) })
    }

    /// The object of OpenSSL's.
    pub fn ssl(&self) -> &SslRef {
        &self.ssl
    }

    /// Whether the call under way must not log: bytes are lent to it that a log handler could free.
    pub(super) fn is_quiet(&self) -> bool {
        self.quiet.get()
    }

    /// Whether this is the server's end.
    pub fn is_server(&self) -> bool {
        self.server
    }

    /// Whether it goes over datagrams.
    pub fn is_datagrams(&self) -> bool {
        self.datagrams
    }

    /// The session that it belongs to, while that lives.
    pub fn session(&self) -> Option<Kept<Session>> {
        // SAFETY: a session lets go of its connection, with `leave`, before its memory goes.
        unsafe { Session::from_ptr(self.session.get()) }
    }

    /// Whether the application has ended, inside a callback, what that was about: the context, the session, or the session's
    /// use of this connection (it may have another one by now).
    pub fn is_abandoned(&self) -> bool {
        let context = self.session().filter(|session| !session.is_ended()).and_then(|session| session.context());
        context.is_none_or(|context| context.is_gone())
    }

    /// Uses certificates this way from now on; `None` without memory.
    pub fn use_pki(&self, setup: &coap_dtls_pki_t) -> Option<()> {
        match self.pki.get() {
            Some(pki) => pki.set(*setup),
            None => {
                let setup = Owned::new(Cell::new(*setup))?;
                let _ = self.pki.set(setup);
            }
        }
        Some(())
    }

    /// How certificates are used, if they are.
    pub fn pki(&self) -> Option<coap_dtls_pki_t> {
        Some(self.pki.get()?.get())
    }

    /// Lets the application see what the call under way has caused.
    fn note(&self, event: c_int) {
        if let Some(session) = self.session() {
            session.c.dtls_event.set(event);
        }
    }

    /// What OpenSSL tells of the connection (docs/spec/security.md, sections 9 and 11).
    pub(super) fn noticed(&self, kind: c_int, value: c_int) {
        if kind & sys::CB_ALERT != 0 {
            let (fatal, description) = (value >> 8 == 2, value & 0xff);
            if fatal && description != sys::ALERT_CLOSE_NOTIFY {
                self.alerted.set(true);
                self.note(COAP_EVENT_DTLS_ERROR as c_int);
            } else if description == sys::ALERT_NO_RENEGOTIATION {
                self.note(COAP_EVENT_DTLS_RENEGOTIATE as c_int);
            }
        } else if kind & sys::CB_HANDSHAKE_START != 0 && self.finished.get() {
            self.drained.set(false);
            self.note(COAP_EVENT_DTLS_RENEGOTIATE as c_int);
        }
    }

    /// How much of what has come may be taken at a time; 0: none, and never.
    fn takes(&self) -> usize {
        // SAFETY: the caller's bytes live over the call.
        let input = unsafe { &*self.input.get() };
        if !self.datagrams || self.finished.get() {
            return input.len();
        }
        self.early.takes(input, if sys::peer_has_new_keys(&self.ssl) { 1 } else { 0 })
    }

    /// Begins a call; `None` if one is under way.
    fn begin<'a>(&'a self, input: &[u8], records: &mut Records) -> Option<Call<'a>> {
        if self.busy.replace(true) {
            return None;
        }
        self.input.set(input);
        self.records.set(records);
        self.alerted.set(false);
        Some(Call(self))
    }

    /// Remembers a flight over DTLS until the handshake is complete. Without memory there is none to remember.
    fn keep_flight(&self, records: &Records) {
        if !self.datagrams || self.finished.get() {
            self.flight.take();
        } else if !records.is_empty() {
            let mut flight = self.flight.take().unwrap_or_default();
            flight.clear();
            self.flight.set(flight.append(records).then_some(flight));
        }
    }

    fn failed(&self) -> Step {
        self.over.set(true);
        report::failure(self);
        Step::Failed { alert: self.alerted.get() }
    }

    fn step(&self, plain: &mut [MaybeUninit<u8>]) -> Step {
        if !self.finished.get() {
            match sys::handshake(&self.ssl) {
                Outcome::Done(_) if psk::is_missing(self) => return self.failed(),
                Outcome::Done(_) => {
                    self.finished.set(true);
                    report::agreement(self);
                    return Step::Connected;
                }
                Outcome::WantRead => return Step::Waits,
                Outcome::Closed => return Step::Closed,
                Outcome::Failed => return self.failed(),
            }
        }
        if self.input.get().len() == 0 && !self.has_more() {
            return Step::Waits;
        }
        match sys::read(&self.ssl, plain) {
            Outcome::Done(length) => Step::Data(length),
            Outcome::WantRead => {
                self.drained.set(true);
                Step::Waits
            }
            Outcome::Closed if !self.alerted.get() => {
                self.note(COAP_EVENT_DTLS_CLOSED as c_int);
                Step::Closed
            }
            Outcome::Closed | Outcome::Failed => self.failed(),
        }
    }

    /// Sees to it that a message over DTLS fits. False without memory: then the connection is over.
    fn make_room(&self, length: usize) -> bool {
        if !self.datagrams || length <= self.room.get() {
            return true;
        }
        let room = length.min(RECORD);
        self.room.set(room);
        let made = sys::make_room(&self.ssl, room);
        self.over.set(self.over.get() || !made);
        made
    }

    /// Sends one record, inside a call. Over DTLS a message is not parted.
    fn encrypt(&self, data: &[u8]) -> Outcome {
        if data.len() > RECORD {
            // OpenSSL refuses it, but looks as if it waited where it has waited before.
            return Outcome::Failed;
        }
        self.quiet.set(true);
        let outcome = sys::write(&self.ssl, data);
        self.quiet.set(false);
        outcome
    }

    /// Looks at a datagram of the peer whose cookie has been set: `Done` if it shows that.
    pub(super) fn listen(&self, datagram: &[u8], records: &mut Records) -> Outcome {
        // Whatever others have sent, from whichever addresses, is not to count against this peer (X25).
        self.early.forget();
        match self.begin(datagram, records) {
            Some(_call) => sys::listen(&self.ssl),
            None => Outcome::WantRead,
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        wire::cut(&self.ssl);
        sys::set_app_data(&self.ssl, null_mut());
    }
}

impl Wire for Connection {
    fn take(&self, room: &mut [MaybeUninit<u8>]) -> Option<usize> {
        let (input, takes) = (self.input.get(), self.takes());
        let length = takes.min(room.len());
        if length == 0 {
            self.input.set(NOTHING);
            return None;
        }
        // SAFETY: the caller's bytes live over the call, and are not those that OpenSSL reads into.
        unsafe {
            room.as_mut_ptr().cast::<u8>().copy_from_nonoverlapping(input.cast(), length);
            // What there is no room for of a datagram is lost.
            self.input.set(&(&*input)[if self.datagrams { takes } else { length }..]);
        }
        Some(length)
    }

    fn give(&self, bytes: &[u8]) -> bool {
        // SAFETY: the caller's records live over the call, and nobody else uses them meanwhile.
        match unsafe { self.records.get().as_mut() } {
            // A record over DTLS may be lost, for lack of memory too.
            Some(records) => records.push(bytes) || self.datagrams,
            // A call of the application's own: there is no way out for that.
            None => false,
        }
    }
}

impl SecureConnection for Connection {
    fn belong_to(&self, session: &Session, proto: coap_proto_t) {
        debug_assert_eq!(proto == COAP_PROTO_DTLS, self.datagrams);
        self.session.set(session.as_ptr());
        sys::set_app_data(&self.ssl, session.as_ptr().cast());
        self.set_mtu(session.c.mtu.get());
    }

    fn leave(&self) {
        self.session.set(null_mut());
        sys::set_app_data(&self.ssl, null_mut());
    }

    fn handle(&self) -> *mut c_void {
        self.ssl.as_ptr().cast()
    }

    fn is_busy(&self) -> bool {
        self.busy.get()
    }

    fn read(&self, input: &mut &[u8], plain: &mut [MaybeUninit<u8>], records: &mut Records) -> Step {
        let Some(call) = self.begin(input, records) else { return Step::Waits };
        self.note(-1);
        let step = self.step(plain);
        let left = self.input.get().len();
        drop(call);
        self.keep_flight(records);
        *input = &input[input.len() - left..];
        step
    }

    fn write(&self, message: &[u8], records: &mut Records) -> Step {
        let Some(_call) = self.begin(&[], records) else { return Step::Waits };
        self.note(-1);
        if !self.ssl.is_init_finished() {
            return Step::Waits;
        }
        if !self.make_room(message.len()) {
            return Step::Failed { alert: false };
        }
        match self.encrypt(message) {
            Outcome::Done(length) => Step::Data(length),
            Outcome::WantRead => Step::Waits,
            Outcome::Closed => Step::Closed,
            Outcome::Failed => {
                self.note(COAP_EVENT_DTLS_ERROR as c_int);
                report::failure(self);
                Step::Failed { alert: true }
            }
        }
    }

    fn write_record(&self, data: &[u8], records: &mut Records) -> Option<usize> {
        if self.over.get() {
            return None;
        }
        if !self.finished.get() {
            return Some(0);
        }
        let Some(_call) = self.begin(&[], records) else { return Some(0) };
        self.note(-1);
        match self.encrypt(&data[..data.len().min(RECORD)]) {
            Outcome::Done(length) => Some(length),
            Outcome::WantRead => Some(0),
            Outcome::Closed | Outcome::Failed => {
                self.over.set(true);
                self.note(COAP_EVENT_DTLS_ERROR as c_int);
                sys::clear_errors();
                None
            }
        }
    }

    fn has_more(&self) -> bool {
        !self.drained.get() || sys::has_pending(&self.ssl)
    }

    fn is_unanswered(&self) -> bool {
        self.datagrams && sys::timer(&self.ssl).is_some()
    }

    fn has_new_flight(&self) -> bool {
        // Only the first wait for an answer is that short.
        self.datagrams && sys::timer(&self.ssl).is_some_and(|left| left <= 1000)
    }

    fn send_again(&self, records: &mut Records) -> bool {
        let Some(call) = self.begin(&[], records) else { return true };
        let sent = sys::handle_timeout(&self.ssl);
        drop(call);
        if sent == Some(false) {
            // OpenSSL goes by the wall clock, which has been set back (T23): the datagrams go again as they are. They are
            // of use where the first ones were lost; a peer that had those hears of its own lost answer by itself.
            if let Some(flight) = self.flight.take() {
                let _ = records.append(&flight);
                self.flight.set(Some(flight));
            }
        }
        self.keep_flight(records);
        sent.is_some()
    }

    fn close(&self, records: &mut Records) {
        if self.finished.get() && !self.over.get() {
            if let Some(_call) = self.begin(&[], records) {
                sys::shutdown(&self.ssl);
            }
        }
    }

    fn set_mtu(&self, mtu: usize) {
        if self.datagrams {
            sys::set_mtu(&self.ssl, mtu.clamp(SMALLEST_MTU, COAP_RXBUFFER_SIZE) as c_long);
        }
    }

    fn overhead(&self) -> usize {
        suites::overhead(&self.ssl)
    }
}
