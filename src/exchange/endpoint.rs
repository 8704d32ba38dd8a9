//! The endpoint: a listening socket and the sessions of its peers (docs/spec/session.md, sections 3 and 4).

use super::idle::IdleSessions;
use super::session::{Start, Unlisted};
use super::sessions::SessionList;
use super::timers::Timers;
use super::{limits, outgoing, secure, Context, Session};
use crate::abi::*;
use crate::base::address::Peer;
use crate::base::deadlines::NOWHERE;
use crate::base::errno::Errno;
use crate::base::keep::{self, Keep, Keepable, Kept};
use crate::base::log::{LOG_ALERT, LOG_CRIT, LOG_INFO, LOG_WARNING};
use crate::base::{clock, memory};
use crate::log;
use crate::net::epoll;
use crate::net::socket::{self, Batch};
use crate::net::stream;
use crate::security::{Backend, Connection, Tls};
use core::cell::{Cell, RefCell};
use core::ffi::c_int;
use core::hash::{BuildHasher, Hasher};
use core::ptr::{null_mut, NonNull};
use hashbrown::HashTable;
use std::hash::RandomState;

/// An endpoint. Opaque to C.
#[repr(C)]
pub struct Endpoint {
    /// Null in storage that `coap_malloc_endpoint` gave out (I10), hence first, and once the endpoint has been freed.
    context: Cell<*mut coap_context_t>,
    keep: Keep,
    /// The endpoint created before this one.
    pub(super) next: Cell<*mut coap_endpoint_t>,
    /// The protocol it speaks.
    pub proto: coap_proto_t,
    /// MTU of the sessions to come.
    pub default_mtu: Cell<u16>,
    /// The socket, as hooks see it.
    pub sock: coap_socket_t,
    /// The address it is bound to, with the real port.
    pub bind_addr: coap_address_t,
    pub(super) watch: Cell<u64>,
    /// Datagrams that have been read and not been handled yet.
    batch: Cell<Option<Batch>>,
    /// Whether the socket is watched for output because of those.
    announced: Cell<bool>,
    /// Accepting goes on at this time; there were no descriptors left (I20, X23).
    pub(super) paused_until: Cell<Option<coap_tick_t>>,
    sessions: SessionList,
    /// The sessions by peer and local port, hashed with a secret key (X18).
    index: RefCell<HashTable<NonNull<Session>>>,
    hasher: RandomState,
    /// The sessions that may be swept or evicted.
    idle: IdleSessions,
    /// The connection that looks at the datagrams of strangers, over DTLS.
    pub(super) listener: Cell<Option<Kept<Connection>>>,
    /// Handshakes under way, by the times they began.
    pub(super) handshakes: Timers,
    /// Records of peers that may have said hello, made by the application, by the times it did.
    pub(super) greetings: Timers,
}

// SAFETY: endpoints are made by `memory::new` only.
unsafe impl Keepable for Endpoint {
    fn keep(&self) -> &Keep {
        &self.keep
    }
}

/// Where a datagram came from, and where it arrived.
pub(super) struct Route {
    /// What its session is found by.
    pub key: (Peer, u16),
    pub addresses: coap_addr_tuple_t,
    pub ifindex: c_int,
}

impl Route {
    /// `None`: the source is no IP address.
    #[inline]
    pub fn new(addresses: coap_addr_tuple_t, ifindex: c_int) -> Option<Route> {
        Some(Route { key: (addresses.remote.peer()?, addresses.local.port()), addresses, ifindex })
    }
}

impl Endpoint {
    /// `coap_new_endpoint`: binds an endpoint, and has it listen over TCP; `None` and a log line if that can't be done.
    pub fn open(context: &Context, listen: &coap_address_t, proto: coap_proto_t) -> Option<Kept<Endpoint>> {
        if context.is_ending() {
            return None;
        }
        let secure = matches!(proto, COAP_PROTO_DTLS | COAP_PROTO_TLS);
        if secure && Tls::speaks(proto) && !Tls::is_set_up(context) {
            log!(LOG_INFO, "endpoint: neither pre-shared keys nor certificates have been set");
            return None;
        }
        let (wants, level, opened) = match proto {
            COAP_PROTO_DTLS if Tls::speaks(proto) => (COAP_SOCKET_WANT_READ, LOG_WARNING, socket::bind_udp(listen)),
            COAP_PROTO_TLS if Tls::speaks(proto) => (COAP_SOCKET_WANT_ACCEPT, LOG_ALERT, stream::listen(listen)),
            COAP_PROTO_UDP => (COAP_SOCKET_WANT_READ, LOG_WARNING, socket::bind_udp(listen)),
            COAP_PROTO_TCP => (COAP_SOCKET_WANT_ACCEPT, LOG_ALERT, stream::listen(listen)),
            _ => {
                log!(LOG_CRIT, "endpoint: protocol {} is not supported", proto);
                return None;
            }
        };
        let (fd, bound) = match opened {
            Ok(opened) => opened,
            Err(error) => {
                log!(level, "endpoint: cannot bind: {}", Errno::from(&error));
                return None;
            }
        };
        if context.is_ending() {
            socket::close(fd);
            return None;
        }
        let endpoint = memory::new(Endpoint {
            context: Cell::new(context.as_ptr()),
            keep: Keep::default(),
            next: Cell::new(null_mut()),
            proto,
            default_mtu: Cell::new(COAP_DEFAULT_MTU as u16),
            sock: coap_socket_t {
                fd: Cell::new(fd),
                flags: Cell::new(COAP_SOCKET_NOT_EMPTY | COAP_SOCKET_BOUND | wants),
                session: Cell::new(null_mut()),
                endpoint: Cell::new(null_mut()),
            },
            bind_addr: bound,
            watch: Cell::new(0),
            batch: Cell::new(None),
            announced: Cell::new(false),
            paused_until: Cell::new(None),
            sessions: SessionList::new(),
            index: RefCell::new(HashTable::new()),
            hasher: RandomState::new(),
            idle: IdleSessions::new(),
            listener: Cell::new(None),
            handshakes: Timers::new(|session| Some(&session.secure()?.unfinished)),
            greetings: Timers::new(|session| Some(&session.secure()?.greeting)),
        });
        let Some(endpoint) = endpoint else {
            socket::close(fd);
            return None;
        };
        // SAFETY: just made.
        let endpoint = unsafe { Kept::new(endpoint) };
        endpoint.sock.endpoint.set(endpoint.as_ptr());
        match context.watch(super::context::Target::Endpoint(endpoint.as_non_null()), fd, epoll::READ) {
            Some(watch) => endpoint.watch.set(watch),
            None => {
                log!(LOG_WARNING, "endpoint: the event loop does not take its socket");
                socket::close(fd);
                // SAFETY: in no table yet.
                unsafe { keep::end(endpoint.as_non_null()) };
                return None;
            }
        }
        endpoint.next.set(context.c.endpoint.get());
        context.c.endpoint.set(endpoint.as_ptr());
        Some(endpoint)
    }

    /// Storage for an endpoint that is none (`coap_malloc_endpoint`): zero-filled, to be freed with `free` (I10).
    pub fn storage() -> Option<NonNull<u8>> {
        memory::calloc(size_of::<Endpoint>())
    }

    /// `coap_mfree_endpoint`: gives such storage back. An endpoint ends, as by `free`.
    ///
    /// # Safety
    /// `storage` is null, or was given to C by this library and has not been freed.
    pub unsafe fn free_storage(storage: *mut coap_endpoint_t) {
        // SAFETY: handed on to the caller; what is no endpoint is a bare block.
        unsafe {
            match Endpoint::from_ptr(storage) {
                Some(endpoint) => endpoint.free(),
                None => memory::free(storage),
            }
        }
    }

    /// The endpoint behind a pointer from C; `None` for null, and for storage that is no endpoint.
    ///
    /// # Safety
    /// `endpoint` is null or was given to C by this library and has not been freed.
    pub unsafe fn from_ptr(endpoint: *const coap_endpoint_t) -> Option<Kept<Endpoint>> {
        let endpoint = NonNull::new(endpoint.cast_mut())?.cast::<Endpoint>();
        // SAFETY: live by the caller's word; in bare storage the first field, a null pointer, is all that is looked at.
        unsafe {
            if (*endpoint.as_ptr().cast::<Cell<*mut coap_context_t>>()).get().is_null() {
                return None;
            }
            Some(Kept::new(endpoint))
        }
    }

    /// The endpoint as C knows it.
    pub fn as_ptr(&self) -> *mut coap_endpoint_t {
        (self as *const Endpoint).cast_mut().cast()
    }

    /// Its context, while both live.
    pub fn context(&self) -> Option<Kept<Context>> {
        // SAFETY: null from the moment the endpoint ends, and a context ends after its endpoints.
        unsafe { Context::from_ptr(self.context.get()) }
    }

    /// The sessions of its peers.
    pub(super) fn sessions(&self) -> &SessionList {
        &self.sessions
    }

    /// `coap_free_endpoint`: ends the sessions in creation order, then the endpoint.
    pub fn free(&self) {
        let Some(context) = self.context() else { return };
        // What has been collected goes out through the socket that it was meant for. The log handler that hears of a failure
        // may run the loop, so look again.
        let flushed = || {
            outgoing::flush(&context);
            self.sessions.first()
        };
        while let Some(session) = self.sessions.first().or_else(flushed) {
            // SAFETY: members of the list are live.
            let session = unsafe { Kept::new(session) };
            if session.is_leaving() {
                // It is being torn down further up the stack, which goes on without the endpoint.
                session.unlink(&context);
            } else {
                session.detach();
            }
        }
        if self.context.get().is_null() {
            return; // A callback freed it already.
        }
        self.context.set(null_mut());
        self.batch.take();
        context.unlink_endpoint(self);
        close_socket(&context, &self.sock, self.watch.take());
        // SAFETY: unlinked, and the context was set to null above, so this happens once.
        unsafe { keep::end(NonNull::from(self)) };
    }

    fn hash(&self, key: &(Peer, u16)) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        // In as few pieces as possible.
        match key.0 {
            Peer::V4(address, port) => {
                hasher
                    .write_u64(u64::from(u32::from_ne_bytes(address)) << 32 | u64::from(port) << 16 | u64::from(key.1));
            }
            Peer::V6(address, port, scope) => {
                hasher.write_u128(u128::from_ne_bytes(address));
                hasher.write_u64(u64::from(scope) << 32 | u64::from(port) << 16 | u64::from(key.1));
            }
        }
        hasher.finish()
    }

    fn hash_of(&self, session: &Session) -> u64 {
        session.key().map_or(0, |key| self.hash(&key))
    }

    /// The session of a peer at a local port.
    pub(super) fn find(&self, key: &(Peer, u16)) -> Option<Kept<Session>> {
        let index = self.index.borrow();
        let wanted = |session: &NonNull<Session>| {
            // SAFETY: members of the index are live.
            let session = unsafe { session.as_ref() };
            !session.is_deaf() && session.key() == Some(*key)
        };
        let session = index.find(self.hash(key), wanted)?;
        // SAFETY: as above.
        Some(unsafe { Kept::new(*session) })
    }

    /// Notes that a known peer was heard.
    pub(super) fn heard(&self, session: &Session, route: &Route, now: coap_tick_t) {
        let remote = session.c.addr_info.get().remote;
        session.c.addr_info.set(coap_addr_tuple_t { remote, local: route.addresses.local });
        session.c.ifindex.set(route.ifindex);
        session.c.last_rx_tx.set(now);
        if session.idle_place.get() == NOWHERE {
            session.update_idle();
        }
    }

    /// Takes the datagrams out that have been read and not been handled yet.
    pub(super) fn take_batch(&self) -> Option<Batch> {
        self.batch.take()
    }

    /// Puts them back.
    pub(super) fn put_batch(&self, batch: Batch) {
        self.batch.set(self.is_open().then_some(batch));
    }

    /// Keeps the context's descriptor readable while datagrams wait that are not in the socket any more: a loop inside
    /// a handler is to find them (I28). To that end the socket is watched for output too, which it always takes.
    pub(super) fn announce_unhandled(&self, context: &Context, any: bool) {
        if self.announced.replace(any) != any {
            let events = if any { epoll::READ | epoll::WRITE } else { epoll::READ };
            context.watch_for(self.watch.get(), self.sock.fd.get(), events);
        }
    }

    /// Whether the endpoint still has its socket.
    pub(super) fn is_open(&self) -> bool {
        !self.context.get().is_null()
    }

    /// A record for a peer, in no list: what `make` begins with, and all that an answer to garbage needs, or to a peer that
    /// has not proved its address.
    pub(super) fn stranger(&self, context: &Context, route: &Route, now: coap_tick_t) -> Option<Unlisted> {
        let &Route { key, addresses, ifindex } = route;
        let kind = match self.proto {
            COAP_PROTO_DTLS => COAP_SESSION_TYPE_HELLO,
            _ => COAP_SESSION_TYPE_SERVER,
        };
        let start = Start {
            proto: self.proto,
            kind,
            mtu: self.default_mtu.get().into(),
            addresses,
            addr_hash: coap_addr_hash_t { remote: coap_address_t::from_peer(key.0), lport: key.1 },
            ifindex,
            now,
        };
        Unlisted::new(context, self.as_ptr(), start)
    }

    /// Makes the session of a new peer, after an idle one has given way if there are too many; `None` without memory.
    /// Callbacks may run (of the session that gives way, and the application's generator of random numbers): whatever
    /// they do, the peer gets one session, and none if the endpoint is gone.
    pub(super) fn make(&self, context: &Context, route: &Route, now: coap_tick_t) -> Option<Kept<Session>> {
        let limit = match context.c.max_idle_sessions.get() {
            0 => limits::IDLE_SESSIONS,
            limit => limit as usize,
        };
        if self.idle.len() >= limit {
            self.idle.evict(now);
        }
        let session = self.stranger(context, route, now)?;
        if !self.is_open() {
            return None;
        }
        if let Some(known) = self.find(&route.key) {
            return Some(known);
        }
        self.list(session)
    }

    /// Takes a session into the tables; `None` without memory.
    pub(super) fn list(&self, session: Unlisted) -> Option<Kept<Session>> {
        let hash = self.hash_of(&session);
        // SAFETY: members of the index are live.
        let rehash = |session: &NonNull<Session>| self.hash_of(unsafe { session.as_ref() });
        let mut index = self.index.borrow_mut();
        index.try_reserve(1, rehash).ok()?;
        // Room for every session there is: then filing one as idle never fails.
        self.idle.reserve_for(index.len() + 1)?;
        index.insert_unique(hash, session.handle(), rehash);
        drop(index);
        session.listed.set(true);
        let session = session.listed();
        self.sessions.append(&session);
        session.update_idle();
        Some(session)
    }

    /// `coap_endpoint_get_session`: the session of a packet's sender, found or made.
    pub fn session_for(&self, packet: &coap_packet_t, now: coap_tick_t) -> Option<Kept<Session>> {
        let route = Route::new(packet.addr_info, packet.ifindex)?;
        if let Some(session) = self.find(&route.key) {
            self.heard(&session, &route, now);
            return Some(session);
        }
        let context = self.context()?;
        match self.proto {
            COAP_PROTO_DTLS => secure::hello_record(&context, self, &route, packet, now),
            _ => self.make(&context, &route, now),
        }
    }

    /// Files a session among the idle ones, or takes it out, as its state says.
    pub(super) fn update_idle(&self, session: &Session) {
        let Some(at) = self.idle.update(session) else { return };
        // Also where it was released outside the loop (I24).
        if let Some(context) = self.context() {
            context.wake_at(at.map_or(clock::now(), |since| since.saturating_add(context.session_timeout())));
        }
    }

    /// Frees the sessions that have been idle for `timeout` ticks, and forgotten records; gives a time before which no other
    /// will have been.
    pub(super) fn sweep(&self, now: coap_tick_t, timeout: coap_tick_t) -> Option<coap_tick_t> {
        let greetings = secure::sweep_greetings(self, now);
        self.idle.sweep(now, timeout).into_iter().chain(greetings).min()
    }

    /// Takes a session out of every table of the endpoint.
    pub(super) fn unlink(&self, session: &Session) {
        self.idle.remove(session);
        self.handshakes.refile(session, None);
        self.greetings.refile(session, None);
        if !session.listed.replace(false) {
            return;
        }
        let (handle, mut index) = (session.handle(), self.index.borrow_mut());
        match index.find_entry(self.hash_of(session), |other| *other == handle) {
            Ok(entry) => _ = entry.remove(),
            // The application has written to `addr_hash`.
            Err(_) => index.retain(|other| *other != handle),
        }
        self.sessions.remove(session);
    }
}

/// `coap_socket_close`: closes a socket, of a session, of an endpoint or of neither, after the event loop has forgotten
/// it.
///
/// # Safety
/// Where the socket names a session or an endpoint, that is live.
pub unsafe fn close(sock: &coap_socket_t) {
    // SAFETY: handed on to the caller.
    let (session, endpoint) =
        unsafe { (Session::from_ptr(sock.session.get()), Endpoint::from_ptr(sock.endpoint.get())) };
    if let Some((session, context)) = session.as_ref().and_then(|session| Some((session, session.context()?))) {
        if core::ptr::eq(sock, &session.c.sock) {
            return session.close_socket(&context);
        }
    }
    if let Some((endpoint, context)) = endpoint.as_ref().and_then(|endpoint| Some((endpoint, endpoint.context()?))) {
        if core::ptr::eq(sock, &endpoint.sock) {
            return close_socket(&context, sock, endpoint.watch.take());
        }
    }
    // A session over its endpoint's socket has 0 for a descriptor, which is none of its own.
    if sock.flags.replace(COAP_SOCKET_EMPTY) != COAP_SOCKET_EMPTY {
        socket::close(sock.fd.replace(COAP_INVALID_SOCKET));
    }
}

/// Takes a socket out of the event loop and closes it.
pub(super) fn close_socket(context: &Context, sock: &coap_socket_t, watch: u64) {
    let fd = sock.fd.replace(COAP_INVALID_SOCKET);
    sock.flags.set(COAP_SOCKET_EMPTY);
    sock.session.set(null_mut());
    sock.endpoint.set(null_mut());
    if fd != COAP_INVALID_SOCKET {
        context.unwatch(watch, fd);
        socket::close(fd);
    }
}
