//! The session: one peer over one transport (docs/spec/session.md).

use super::busy::Busy;
use super::node;
use super::recent::Recent;
use super::secure::{self, Secure};
use super::stream::Stream;
use super::{endpoint, queue, stream, Context, Endpoint};
use crate::abi::*;
use crate::base::address::Peer;
use crate::base::deadlines::NOWHERE;
use crate::base::keep::{self, Keep, Keepable, Kept};
use crate::base::log::{LOG_DEBUG, LOG_ERR, LOG_WARNING};
use crate::base::memory::Owned;
use crate::base::rare::Rare;
use crate::base::{memory, prng, varint};
use crate::block;
use crate::cache::{self, SessionEntries};
use crate::resource::observe;
use crate::{log, security};
use core::cell::Cell;
use core::ops::Deref;
use core::ptr::{null_mut, NonNull};
use core::sync::atomic::{AtomicU64, Ordering};

/// What DTLS is taken to add to a message before the suite is known (security §7.5).
const NEW_DTLS_OVERHEAD: usize = 29;

/// A session: the part that C sees, and behind it the engine's own.
#[repr(C)]
pub struct Session {
    /// What C sees.
    pub c: coap_session_t,
    keep: Keep,
    /// Identity: counts up from 1 over all sessions of the process, never used again. Cache keys take it in (C1), and
    /// it orders sessions by creation.
    pub id: u64,
    /// The cache entries made through this session.
    pub entries: SessionEntries,
    /// The requests received last, and what they were answered with.
    recent: Cell<Recent>,
    /// What it has besides if it does more than to answer requests.
    pub(super) busy: Rare<Busy>,
    /// Where the endpoint has filed it among its idle sessions.
    pub(super) idle_place: Cell<u32>,
    /// In the tables of its endpoint.
    pub(super) listed: Cell<bool>,
    /// Being torn down, or torn down and only kept by the application's references.
    ended: Cell<bool>,
    /// Torn down by `empty`, and still in its table.
    emptied: Cell<bool>,
}

// SAFETY: sessions are made by `memory::new` only.
unsafe impl Keepable for Session {
    fn keep(&self) -> &Keep {
        &self.keep
    }
}

/// What a new session starts from.
pub(super) struct Start {
    pub proto: coap_proto_t,
    pub kind: coap_session_type_t,
    pub mtu: usize,
    pub addresses: coap_addr_tuple_t,
    pub addr_hash: coap_addr_hash_t,
    pub ifindex: i32,
    pub now: coap_tick_t,
}

impl Session {
    /// The session behind a pointer from C; `None` for null.
    ///
    /// # Safety
    /// `session` is null or was given to C by this library and has not been freed.
    pub unsafe fn from_ptr(session: *const coap_session_t) -> Option<Kept<Session>> {
        let session = NonNull::new(session.cast_mut())?.cast::<Session>();
        // SAFETY: live by the caller's word, and `c` is the first field.
        Some(unsafe { Kept::new(session) })
    }

    /// The session as C knows it.
    pub fn as_ptr(&self) -> *mut coap_session_t {
        (self as *const Session).cast_mut().cast()
    }

    /// The session as the tables know it.
    pub(super) fn handle(&self) -> NonNull<Session> {
        NonNull::from(self)
    }

    /// The context, unless the session has been cut off from it (S9).
    pub fn context(&self) -> Option<Kept<Context>> {
        // SAFETY: the field is null from the moment the context ends.
        unsafe { Context::from_ptr(self.c.context.get()) }
    }

    /// The endpoint of a server session, unless it has been cut off from it.
    pub(super) fn endpoint(&self) -> Option<Kept<Endpoint>> {
        // SAFETY: the field is null from the moment the endpoint ends.
        unsafe { Endpoint::from_ptr(self.c.endpoint.get()) }
    }

    /// Whether the session is being torn down or only kept by references: nothing can be sent or received on it.
    pub fn is_ended(&self) -> bool {
        self.ended.get()
    }

    /// The port that a peer's address means which has none.
    pub(super) fn default_port(&self) -> u16 {
        match self.secure() {
            Some(_) => COAPS_DEFAULT_PORT,
            None => COAP_DEFAULT_PORT,
        }
    }

    /// TCP or TLS.
    pub fn is_reliable(&self) -> bool {
        matches!(self.c.proto.get(), COAP_PROTO_TCP | COAP_PROTO_TLS)
    }

    /// What its endpoint finds it by: the peer, and the local port.
    #[inline]
    pub(super) fn key(&self) -> Option<(Peer, u16)> {
        let coap_addr_hash_t { remote, lport } = self.c.addr_hash.get();
        Some((remote.peer()?, lport))
    }

    /// Whether what arrives now was sent to a multicast group.
    pub fn is_local_multicast(&self) -> bool {
        self.c.addr_info.get().local.is_multicast()
    }

    /// What a message that has arrived with this id is told by. Only a session with a group hears more than one peer.
    pub(super) fn received_id(&self, mid: u16) -> super::recent::Id {
        let has_group = self.c.sock.flags.get() & COAP_SOCKET_MULTICAST != 0;
        (has_group.then(|| self.c.addr_info.get().remote.peer()).flatten(), mid)
    }

    /// The next message id (`coap_new_message_id`).
    pub fn next_mid(&self) -> u16 {
        self.c.tx_mid.set(self.c.tx_mid.get().wrapping_add(1));
        self.c.tx_mid.get()
    }

    /// `coap_session_max_pdu_size`: room for everything but the header (session §10).
    #[inline]
    pub fn max_pdu_size(&self) -> usize {
        let room = self.c.mtu.get().saturating_sub(self.c.tls_overhead.get());
        if !self.is_reliable() {
            return room.saturating_sub(4);
        }
        match room {
            0..=2 => 0,
            3..=14 => room - 2,
            15..=271 => room - 3,
            272..=65_808 => room - 4,
            _ => room - 6,
        }
    }

    /// `coap_session_set_mtu`. What (D)TLS adds to a message is cut to an MTU below it, and comes back with a larger MTU
    /// (S26).
    pub fn set_mtu(&self, mtu: usize) {
        let cut = self.busy().map_or(0, |busy| busy.cut_overhead.get());
        self.c.mtu.set(mtu);
        self.tell_mtu();
        self.set_overhead(self.c.tls_overhead.get().max(cut));
    }

    /// What (D)TLS adds to each message, cut to an MTU below it.
    pub(super) fn set_overhead(&self, overhead: usize) {
        let mtu = self.c.mtu.get();
        let is_cut = overhead >= mtu;
        self.c.tls_overhead.set(overhead.min(mtu));
        // Without memory it stays as it has been cut.
        if let Some(busy) = if is_cut { self.make_busy() } else { self.busy() } {
            busy.cut_overhead.set(if is_cut { overhead } else { 0 });
        }
        if is_cut {
            log!(LOG_ERR, "the MTU leaves no room for a message");
        }
    }

    /// `coap_session_new_token`: counts `tx_token` up and writes it in its shortest form; its length.
    pub fn new_token(&self, token: &mut [u8; 8]) -> usize {
        self.c.tx_token.set(self.c.tx_token.get().wrapping_add(1));
        let mut buffer = [0; 8];
        let shortest = varint::encode8(self.c.tx_token.get(), &mut buffer);
        token[..shortest.len()].copy_from_slice(shortest);
        shortest.len()
    }

    /// Works on what the session remembers of the requests received last. `work` neither logs nor calls the application.
    pub(super) fn with_recent<T>(&self, work: impl FnOnce(&mut Recent) -> T) -> T {
        let mut recent = self.recent.take();
        let result = work(&mut recent);
        self.recent.set(recent);
        result
    }

    /// Whether an answer with this token is waited for.
    pub fn awaits(&self, token: &[u8]) -> bool {
        self.with_outstanding(|outstanding| outstanding.awaits(token))
    }

    /// Nobody waits for an answer with this token any more. Whether several might have come.
    pub fn forget_request(&self, token: &[u8]) -> bool {
        self.with_outstanding(|outstanding| outstanding.forget(token))
    }

    /// What is still to be sent with this token is not sent. What waited behind that may be.
    pub fn drop_messages(&self, context: &Context, token: &[u8]) {
        if !self.ended.get() && !context.is_gone() {
            queue::drop_delayed(self, None, token);
            queue::cancel_token(context, self, token);
        }
    }

    /// `coap_session_init_token`: the number that tokens are counted up from; of more than 8 bytes the last 8.
    pub fn init_token(&self, token: &[u8]) {
        self.c.tx_token.set(varint::decode8(token));
    }

    /// `coap_session_set_max_retransmit`.
    pub fn set_max_retransmit(&self, times: u32) {
        if times > 0 {
            self.c.max_retransmit.set(times);
        }
    }

    /// `coap_session_set_ack_timeout`.
    pub fn set_ack_timeout(&self, timeout: coap_fixed_point_t) {
        if at_least_one(timeout) {
            self.c.ack_timeout.set(timeout);
        }
    }

    /// `coap_session_set_ack_random_factor`.
    pub fn set_ack_random_factor(&self, factor: coap_fixed_point_t) {
        if at_least_one(factor) {
            self.c.ack_random_factor.set(factor);
        }
    }

    /// EXCHANGE_LIFETIME in ticks (RFC 7252, section 4.8.2), from the session's parameters.
    #[inline]
    pub fn exchange_lifetime(&self) -> coap_tick_t {
        let span = self.max_transmit_span();
        let processing = (self.ack_timeout_ms() + 500) / 1000;
        (span / 1000).saturating_add(200).saturating_add(processing).saturating_mul(COAP_TICKS_PER_SECOND)
    }

    /// NON_LIFETIME in ticks.
    pub fn non_lifetime(&self) -> coap_tick_t {
        (self.max_transmit_span() / 1000).saturating_add(100).saturating_mul(COAP_TICKS_PER_SECOND)
    }

    /// ACK_TIMEOUT in ticks.
    pub fn ack_timeout_ms(&self) -> coap_tick_t {
        fixed_point_ms(self.c.ack_timeout.get())
    }

    #[inline]
    fn max_transmit_span(&self) -> u64 {
        let factor = fixed_point_ms(self.c.ack_random_factor.get());
        let doublings = 1u64.checked_shl(self.c.max_retransmit.get()).unwrap_or(u64::MAX) - 1;
        (self.ack_timeout_ms() * factor / 1000).saturating_mul(doublings)
    }

    /// Being torn down, or gone, with nobody referring to it: nothing revives it (S5).
    fn is_dying(&self) -> bool {
        self.ended.get() && self.c.r#ref.get() == 0
    }

    /// `coap_session_reference`. Inert while the session is torn down (S5).
    pub fn reference(&self) {
        if !self.is_dying() {
            self.c.r#ref.set(self.c.r#ref.get().saturating_add(1));
            self.update_idle();
        }
    }

    /// `coap_session_release`: gives back one reference; a client session ends with its last one.
    pub fn release(&self) {
        if self.is_dying() {
            return;
        }
        let Some(left) = self.c.r#ref.get().checked_sub(1) else {
            log!(LOG_WARNING, "a session was released more often than referenced");
            return;
        };
        self.c.r#ref.set(left);
        if left > 0 {
            return;
        }
        if self.ended.get() {
            // Cut off from its context, and nobody refers to it any more (S9). While it is being torn down,
            // `tear_down` sees to it.
            if self.c.context.get().is_null() {
                // SAFETY: in no table since it was cut off, and nothing but its references kept it.
                unsafe { keep::end(self.handle()) };
            }
        } else if self.c.r#type.get() == COAP_SESSION_TYPE_CLIENT {
            self.free();
        } else {
            self.update_idle();
        }
    }

    /// Files the session among its endpoint's idle ones, or takes it out, as its state says.
    pub(super) fn update_idle(&self) {
        if self.c.r#type.get() == COAP_SESSION_TYPE_SERVER {
            if let Some(endpoint) = self.endpoint() {
                endpoint.update_idle(self);
            }
        }
    }

    /// Unreferenced, with nothing waiting to be sent: may be swept or evicted.
    pub(super) fn is_idle(&self) -> bool {
        self.c.r#ref.get() == 0 && self.c.delayqueue.get().is_null() && !self.ended.get()
    }

    /// Somebody further up the stack tears it down, and will see to the rest.
    pub(super) fn is_leaving(&self) -> bool {
        self.ended.get() && !self.emptied.get()
    }

    /// `coap_session_free`: ends the session and all that belongs to it (session §8). It must be unreferenced (S6).
    pub fn free(&self) {
        if self.may_end() {
            self.tear_down();
        }
    }

    /// `coap_session_mfree`: ends all that belongs to the session, which stays in its table as an empty shell.
    pub fn empty(&self) {
        let Some(context) = self.context() else { return };
        if !self.ended.get() && self.may_end() {
            self.strip(&context);
            self.emptied.set(true);
        }
    }

    fn may_end(&self) -> bool {
        let referenced = self.c.r#ref.get() > 0;
        if referenced && !self.ended.get() {
            log!(LOG_WARNING, "a session was freed that is still referenced");
        }
        !referenced && !self.is_leaving()
    }

    /// Ends the session as its endpoint or context goes; what the application still refers to stays as an empty shell
    /// until its last release (S9).
    pub(super) fn detach(&self) {
        if let Some(context) = self.context() {
            // A client session may have lived for these messages only; then it ends here.
            queue::drop_session(&context, self);
        }
        if !self.is_leaving() {
            self.tear_down();
        }
    }

    /// Session §8: ends what belongs to the session, unless that is done, and takes it out of its table.
    fn tear_down(&self) {
        let Some(context) = self.context() else { return };
        if !self.emptied.replace(false) {
            self.strip(&context);
        }
        self.unlink(&context);
        log!(LOG_DEBUG, "session {} closed", self.id);
        self.c.context.set(null_mut());
        node::forget_session(self);
        if self.c.r#ref.get() == 0 {
            // SAFETY: in no table any more, and a session is torn down once.
            unsafe { keep::end(self.handle()) };
        }
    }

    /// Steps 1 to 8 of session §8. The application's callbacks run here; nothing they do can revive the session. They
    /// may free its endpoint and its context, which then take it out of their tables themselves.
    fn strip(&self, context: &Context) {
        self.ended.set(true);
        if self.is_reliable() {
            stream::flush_answers(context);
        }
        block::say_goodbye(context, self);
        secure::end(context, self);
        self.close_socket(context);
        context.timeouts.forget(self);
        if let Some(stream) = self.stream() {
            stream.reset();
        }
        security::forget(self);
        cache::end_of_session(context, self);
        observe::drop_session(context, self);
        let reason = match self.is_dtls() {
            true => coap_nack_reason_t::COAP_NACK_TLS_FAILED,
            false => coap_nack_reason_t::COAP_NACK_NOT_DELIVERABLE,
        };
        queue::fail(context, self, queue::delayed_of(self), reason as u32);
        block::end_of_session(self);
        self.recent.take();
        self.with_outstanding(core::mem::take);
    }

    /// Takes the session out of the tables of its endpoint or context.
    pub(super) fn unlink(&self, context: &Context) {
        match self.endpoint() {
            Some(endpoint) => endpoint.unlink(self),
            None => context.unlink_client(self),
        }
        self.c.endpoint.set(null_mut());
    }

    /// Counts a confirmable message as transmitted and not concluded (NSTART), before it goes out: what is sent from
    /// inside `network_send` waits for it.
    pub(super) fn count(&self, node: *mut coap_queue_t) {
        self.c.con_active.set(self.c.con_active.get().saturating_add(1));
        if let Some(busy) = self.busy() {
            busy.counted.set(node);
        }
    }

    /// Whether it is this message that is counted.
    pub(super) fn counts(&self, node: *mut coap_queue_t) -> bool {
        self.busy().is_some_and(|busy| busy.counted.get() == node)
    }

    /// The message is concluded, or did not go out: counts it no more, if it was counted (S13).
    pub(super) fn uncount(&self, node: *mut coap_queue_t) {
        if let Some(busy) = self.busy().filter(|_| self.counts(node)) {
            busy.counted.set(null_mut());
            self.c.con_active.set(self.c.con_active.get().saturating_sub(1));
            observe::may_go_on(self);
        }
    }

    /// Closes the session's own socket, if it has one.
    pub(super) fn close_socket(&self, context: &Context) {
        if self.c.sock.flags.get() == COAP_SOCKET_EMPTY {
            return;
        }
        stream::flush_answers(context);
        endpoint::close_socket(context, &self.c.sock, self.busy().map_or(0, |busy| busy.watch.take()));
    }
}

/// A session that is in no table yet. It ends when this is dropped, unless it has been listed; what an application
/// refers to by then, from inside a hook, stays as an empty shell.
pub(super) struct Unlisted {
    session: Kept<Session>,
    listed: bool,
}

impl Unlisted {
    /// A session with the values of session §1.1, in no table yet; `None` without memory or random numbers. The
    /// application's generator of random numbers may run, so look again at everything.
    pub(super) fn new(context: &Context, endpoint: *mut coap_endpoint_t, start: Start) -> Option<Self> {
        static NEXT_ID: AtomicU64 = AtomicU64::new(1);
        let mut mid = [0; 2];
        // Without transport security a token must not be guessed: it starts at an unpredictable 4-byte value (X14).
        let mut token = [0; 4];
        if !prng::fill(&mut mid) || !prng::fill_from_system(&mut token) {
            return None;
        }
        let token = u32::from_ne_bytes(token) | 1 << 31;
        let reliable = matches!(start.proto, COAP_PROTO_TCP | COAP_PROTO_TLS);
        let secure = matches!(start.proto, COAP_PROTO_DTLS | COAP_PROTO_TLS);
        let busy = Rare::<Busy>::default();
        if reliable {
            let _ = busy.make()?.stream.set(Owned::new(Stream::default())?);
        }
        if secure {
            let _ = busy.make()?.secure.set(Owned::new(Secure::default())?);
        }
        // SAFETY: every field of `coap_session_t` is a number, a raw pointer or an optional function pointer, for all
        // of which zero bytes are a value.
        let c: coap_session_t = unsafe { core::mem::zeroed() };
        c.proto.set(start.proto);
        c.r#type.set(start.kind);
        if !reliable && !secure {
            c.state.set(COAP_SESSION_STATE_ESTABLISHED);
        }
        c.mtu.set(start.mtu);
        if start.kind != COAP_SESSION_TYPE_CLIENT {
            // Else it stays all zero, its padding too.
            c.addr_hash.set(start.addr_hash);
        }
        c.addr_info.set(start.addresses);
        c.ifindex.set(start.ifindex);
        c.endpoint.set(endpoint);
        c.context.set(context.as_ptr());
        c.tx_mid.set(u16::from_ne_bytes(mid));
        c.tx_token.set(token.into());
        c.last_ping_mid.set(COAP_INVALID_MID);
        c.last_rx_tx.set(start.now);
        c.dtls_event.set(-1);
        c.block_mode.set(context.c.block_mode.get());
        c.max_retransmit.set(COAP_DEFAULT_MAX_RETRANSMIT);
        c.ack_timeout.set(coap_fixed_point_t { integer_part: 2, fractional_part: 0 });
        c.ack_random_factor.set(coap_fixed_point_t { integer_part: 1, fractional_part: 500 });
        let session = memory::new(Session {
            c,
            keep: Keep::default(),
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            entries: SessionEntries::default(),
            recent: Cell::default(),
            busy,
            idle_place: Cell::new(NOWHERE),
            listed: Cell::new(false),
            ended: Cell::new(false),
            emptied: Cell::new(false),
        })?;
        // SAFETY: just made.
        let session = Unlisted { session: unsafe { Kept::new(session) }, listed: false };
        if start.proto == COAP_PROTO_DTLS {
            session.set_overhead(NEW_DTLS_OVERHEAD);
        }
        Some(session)
    }

    /// The session is in its table now.
    pub(super) fn listed(mut self) -> Kept<Session> {
        self.listed = true;
        self.session.clone()
    }
}

impl Deref for Unlisted {
    type Target = Session;
    fn deref(&self) -> &Session {
        &self.session
    }
}

impl Drop for Unlisted {
    fn drop(&mut self) {
        if !self.listed {
            self.session.detach();
        }
    }
}

fn fixed_point_ms(value: coap_fixed_point_t) -> u64 {
    u64::from(value.integer_part) * 1000 + u64::from(value.fractional_part)
}

fn at_least_one(value: coap_fixed_point_t) -> bool {
    value.integer_part > 0 && value.fractional_part < 1000
}

/// What an idle session takes beside what C sees of it (README, Benchmarks): the allocator would give it a larger block.
#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<Session>() <= size_of::<coap_session_t>() + 72);
