//! The context: everything that belongs to one stack of CoAP (docs/spec/exchange.md, section 1).

use super::outgoing::Outgoing;
use super::queue_index::{self, QueueIndex};
use super::sessions::SessionList;
use super::timeouts::Timeouts;
use super::{limits, queue, Endpoint, Session};
use crate::abi::*;
use crate::base::errno::Errno;
use crate::base::keep::{self, Keep, Keepable, Kept};
use crate::base::log::{LOG_ERR, LOG_INFO};
use crate::base::{clock, memory};
use crate::block::ContextTransfers;
use crate::cache::{self, Cache};
use crate::log;
use crate::message::pdu::OwnedPdu;
use crate::net::multicast::{self, Interface};
use crate::net::socket::Batch;
use crate::net::{epoll, socket, timer};
use crate::resource::async_state::{self, AsyncStates};
use crate::resource::observe::ContextObservations;
use crate::resource::{self, Resources};
use crate::security::records::Records;
use crate::security::{Backend, Settings, Tls};
use core::cell::{Cell, RefCell};
use core::ffi::{c_int, CStr};
use core::ptr::{null_mut, NonNull};
use hashbrown::HashMap;

/// A context: the part that C sees, and behind it the engine's own.
#[repr(C)]
pub struct Context {
    /// What C sees.
    pub c: coap_context_t,
    keep: Keep,
    /// The cache entries.
    pub cache: RefCell<Cache>,
    /// The resources.
    pub resources: RefCell<Resources>,
    /// Large bodies under way, all sessions together.
    pub transfers: ContextTransfers,
    /// When sessions are to be kept alive, or to be given up.
    pub(super) timeouts: Timeouts,
    /// What makes the send queue quick.
    pub(super) index: QueueIndex,
    /// Who observes the resources.
    pub observations: ContextObservations,
    /// The requests that the application answers later.
    pub async_states: AsyncStates,
    clients: SessionList,
    /// What the event loop watches, by the number that comes back with an event. A number is never used again, so an
    /// event for a socket that was closed earlier in the same batch finds nothing (I6, X24).
    watched: RefCell<HashMap<u64, Target>>,
    last_watch: Cell<u64>,
    /// The library's own `network_read`: while the field of that name holds it, datagrams are read many at a time.
    built_in_read: usize,
    batch: Cell<Option<Batch>>,
    /// Datagrams that are sent together.
    pub(super) outgoing: Outgoing,
    spare: Cell<Option<OwnedPdu>>,
    /// What it has for DTLS and TLS.
    pub security: Settings,
    /// For what connections over DTLS and TLS send.
    pub(super) records: Cell<Option<Records>>,
    pings: Cell<(coap_tick_t, u32)>,
    /// `coap_free_context` has begun; a callback on the way may not begin it again.
    ending: Cell<bool>,
}

/// What the public field `network_read` holds, as a number to compare.
fn address_of_read(c: &coap_context_t) -> usize {
    c.network_read.get().map_or(0, |read| read as usize)
}

/// Whose socket an event is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    Endpoint(NonNull<Endpoint>),
    Session(NonNull<Session>),
}

// SAFETY: contexts are made by `memory::new` only.
unsafe impl Keepable for Context {
    fn keep(&self) -> &Keep {
        &self.keep
    }
}

impl Context {
    /// `coap_new_context`: with a UDP endpoint if `listen` is given; `None` and nothing left behind on failure (E1).
    /// `set_hooks` puts the library's own functions for datagrams into the public fields.
    pub fn new(listen: Option<&coap_address_t>, set_hooks: impl FnOnce(&coap_context_t)) -> Option<Kept<Context>> {
        clock::start();
        let failed = |what: &str, error: std::io::Error| log!(LOG_ERR, "context: no {}: {}", what, Errno::from(&error));
        let epfd = epoll::create().map_err(|error| failed("epoll descriptor", error)).ok()?;
        let eptimerfd = match timer::create() {
            Ok(fd) => fd,
            Err(error) => {
                failed("timer", error);
                socket::close(epfd);
                return None;
            }
        };
        // SAFETY: every field of `coap_context_t` is a number, a raw pointer or an optional function pointer, for all
        // of which zero bytes are a value.
        let c: coap_context_t = unsafe { core::mem::zeroed() };
        c.csm_timeout.set(30);
        set_hooks(&c);
        c.epfd.set(epfd);
        c.eptimerfd.set(eptimerfd);
        let built_in_read = address_of_read(&c);
        let outgoing = Outgoing::new(&c);
        let context = memory::new(Context {
            c,
            keep: Keep::default(),
            cache: RefCell::default(),
            resources: RefCell::default(),
            transfers: ContextTransfers::default(),
            timeouts: Timeouts::default(),
            index: QueueIndex::default(),
            observations: ContextObservations::default(),
            async_states: AsyncStates::default(),
            clients: SessionList::new(),
            watched: RefCell::default(),
            last_watch: Cell::new(0),
            built_in_read,
            batch: Cell::new(None),
            outgoing,
            spare: Cell::new(None),
            security: Settings::default(),
            records: Cell::new(None),
            pings: Cell::new((0, 0)),
            ending: Cell::new(false),
        });
        let Some(context) = context else {
            socket::close(eptimerfd);
            socket::close(epfd);
            return None;
        };
        // SAFETY: just made.
        let context = unsafe { Kept::new(context) };
        context.c.dtls_context.set(Tls::handle(&context.security));
        // The timer's number is 0, which as a pointer is NULL.
        if let Err(error) = epoll::add(epfd, eptimerfd, epoll::READ, 0) {
            failed("timer in the epoll set", error);
            context.free();
            return None;
        }
        if let Some(listen) = listen {
            if Endpoint::open(&context, listen, COAP_PROTO_UDP).is_none() {
                context.free();
                return None;
            }
        }
        Some(context)
    }

    /// The context behind a pointer from C; `None` for null.
    ///
    /// # Safety
    /// `context` is null or was given to C by `coap_new_context` and has not been freed.
    pub unsafe fn from_ptr(context: *const coap_context_t) -> Option<Kept<Context>> {
        let context = NonNull::new(context.cast_mut())?.cast::<Context>();
        // SAFETY: live by the caller's word, and `c` is the first field.
        Some(unsafe { Kept::new(context) })
    }

    /// The context as C knows it.
    pub fn as_ptr(&self) -> *mut coap_context_t {
        (self as *const Context).cast_mut().cast()
    }

    /// `coap_free_context`: ends everything in the order of section 1.3.
    pub fn free(&self) {
        if self.ending.replace(true) {
            return;
        }
        resource::delete_all(self);
        queue::drop_all(self);
        async_state::free_all(self);
        cache::end_of_context(self);
        while let Some(endpoint) = self.first_endpoint() {
            endpoint.free();
        }
        while let Some(session) = self.clients.first() {
            // SAFETY: members of the list are live.
            let session = unsafe { Kept::new(session) };
            if session.is_leaving() {
                // It is being torn down further up the stack, which goes on without the context.
                session.unlink(self);
                continue;
            }
            session.release();
            session.detach();
        }
        // What callbacks of the sessions put in meanwhile.
        queue::drop_all(self);
        async_state::free_all(self);
        cache::end_of_context(self);
        resource::delete_all(self);
        queue_index::end(self);
        for fd in [&self.c.eptimerfd, &self.c.epfd] {
            socket::close(fd.replace(COAP_INVALID_SOCKET));
        }
        // SAFETY: the flag set at the top lets this happen once.
        unsafe { keep::end(NonNull::from(self)) };
    }

    /// Whether `coap_free_context` has begun: nothing new is taken up.
    pub(super) fn is_ending(&self) -> bool {
        self.ending.get()
    }

    /// The endpoint made last.
    pub(super) fn first_endpoint(&self) -> Option<Kept<Endpoint>> {
        // SAFETY: endpoints leave the list before they end.
        unsafe { Endpoint::from_ptr(self.c.endpoint.get()) }
    }

    /// The endpoints, the one made last first. The list may change between two steps: an endpoint that ends meanwhile
    /// ends the walk.
    pub(super) fn endpoints(&self) -> impl Iterator<Item = Kept<Endpoint>> + '_ {
        // SAFETY: endpoints leave the list before they end; a null link ends the walk.
        core::iter::successors(self.first_endpoint(), |endpoint| unsafe { Endpoint::from_ptr(endpoint.next.get()) })
    }

    /// Takes an endpoint out of the list.
    pub(super) fn unlink_endpoint(&self, endpoint: &Endpoint) {
        let next = endpoint.next.replace(null_mut());
        if self.c.endpoint.get() == endpoint.as_ptr() {
            self.c.endpoint.set(next);
            return;
        }
        for other in self.endpoints() {
            if other.next.get() == endpoint.as_ptr() {
                other.next.set(next);
                return;
            }
        }
    }

    /// Lists a client session.
    pub(super) fn link_client(&self, session: &Session) {
        self.clients.append(session);
        self.show_clients();
    }

    /// Takes a client session out of the list.
    pub(super) fn unlink_client(&self, session: &Session) {
        if !session.c.hh.tbl.get().is_null() {
            self.clients.remove(session);
            self.show_clients();
        }
    }

    fn show_clients(&self) {
        self.c.sessions.set(self.clients.first().map_or(null_mut(), |session| session.as_ptr().cast()));
    }

    /// Has the event loop watch a socket; the number that its events carry, or `None` if that can't be done (S11).
    pub(super) fn watch(&self, target: Target, fd: c_int, events: u32) -> Option<u64> {
        let mut watched = self.watched.borrow_mut();
        watched.try_reserve(1).ok()?;
        let watch = self.last_watch.get() + 1;
        epoll::add(self.c.epfd.get(), fd, events, watch).ok()?;
        self.last_watch.set(watch);
        watched.insert(watch, target);
        Some(watch)
    }

    /// Has the event loop watch a socket for other events than before.
    pub(super) fn watch_for(&self, watch: u64, fd: c_int, events: u32) {
        if let Err(error) = epoll::modify(self.c.epfd.get(), fd, events, watch) {
            log!(LOG_ERR, "the event loop does not take a socket's events: {}", Errno::from(&error));
        }
    }

    /// Has the event loop forget a socket, before it is closed.
    pub(super) fn unwatch(&self, watch: u64, fd: c_int) {
        if self.watched.borrow_mut().remove(&watch).is_some() {
            let _ = epoll::remove(self.c.epfd.get(), fd);
        }
    }

    /// Whose socket carries this number.
    pub(super) fn watched(&self, watch: u64) -> Option<Target> {
        self.watched.borrow().get(&watch).copied()
    }

    /// Makes sure that the loop wakes at `deadline` (ticks) or before, also when it is blocked right now.
    pub fn wake_at(&self, deadline: coap_tick_t) {
        let armed = self.c.next_timeout.get();
        if armed == 0 || deadline < armed {
            self.arm(Some(deadline), clock::now());
        }
    }

    /// Sets the timer to a deadline, or off.
    pub(super) fn arm(&self, deadline: Option<coap_tick_t>, now: coap_tick_t) {
        let wait = deadline.map(|deadline| deadline.saturating_sub(now));
        if let Err(error) = timer::set(self.c.eptimerfd.get(), wait) {
            log!(LOG_ERR, "the timer cannot be set: {}", Errno::from(&error));
        }
        self.c.next_timeout.set(deadline.map_or(0, |deadline| deadline.max(1)));
    }

    /// The timer has fired: it is off now.
    pub(super) fn timer_fired(&self) {
        timer::drain(self.c.eptimerfd.get());
        self.c.next_timeout.set(0);
    }

    /// How long an unreferenced server session may stay idle, in ticks.
    pub(super) fn session_timeout(&self) -> coap_tick_t {
        let seconds = match self.c.session_timeout.get() {
            0 => COAP_DEFAULT_SESSION_TIMEOUT,
            seconds => seconds,
        };
        coap_tick_t::from(seconds) * COAP_TICKS_PER_SECOND
    }

    /// Whether `network_read` is still the library's own function.
    pub(super) fn reads_itself(&self) -> bool {
        address_of_read(&self.c) == self.built_in_read
    }

    /// The buffers for many datagrams at a time, or others while they are in use further up the stack; `None` without
    /// memory.
    pub(super) fn take_batch(&self) -> Option<Batch> {
        self.batch.take().or_else(Batch::new)
    }

    /// Gives the buffers back.
    pub(super) fn give_batch(&self, batch: Batch) {
        self.batch.set(Some(batch));
    }

    /// A message to receive into, perhaps one that was used before.
    pub(super) fn spare_pdu(&self) -> Option<OwnedPdu> {
        self.spare.take().or_else(|| OwnedPdu::new(0, 0, 0, COAP_DEFAULT_MTU))
    }

    /// Gives a message back that nobody uses any more.
    pub(super) fn reuse(&self, pdu: OwnedPdu) {
        self.spare.set(Some(pdu));
    }

    /// Whether one more ping may be answered in this second (X16).
    pub(super) fn may_answer_ping(&self, now: coap_tick_t) -> bool {
        let (second, count) = match self.pings.get() {
            (second, count) if second == now / COAP_TICKS_PER_SECOND => (second, count + 1),
            _ => (now / COAP_TICKS_PER_SECOND, 1),
        };
        self.pings.set((second, count));
        if count == limits::PINGS_PER_SECOND + 1 {
            log!(LOG_INFO, "more pings than are answered in a second");
        }
        count <= limits::PINGS_PER_SECOND
    }

    /// `coap_handle_event`: tells the application of an event; what its handler returns, 0 without one.
    pub fn event(&self, event: coap_event_t, session: Option<&Session>) -> c_int {
        log!(crate::base::log::LOG_DEBUG, "***EVENT: {:#06x}", event);
        match self.c.handle_event.get() {
            // SAFETY: the handler gets live objects, or null for no session.
            Some(handler) => unsafe { handler(self.as_ptr(), event, session.map_or(null_mut(), Session::as_ptr)) },
            None => 0,
        }
    }

    /// `coap_can_exit`: nothing waits to be sent or acknowledged.
    pub fn can_exit(&self) -> bool {
        let waits = |session: &Session| !session.c.delayqueue.get().is_null() || !session.c.lg_xmit.get().is_null();
        self.c.sendqueue.get().is_null()
            && !self.clients.iter().any(waits)
            && !self.endpoints().any(|endpoint| endpoint.sessions().iter().any(waits))
    }

    /// `coap_session_get_by_peer`: the first session with this interface and remote address, clients first.
    pub fn session_of(&self, remote: &coap_address_t, ifindex: c_int) -> Option<Kept<Session>> {
        let wanted =
            |session: &&Session| session.c.ifindex.get() == ifindex && session.c.addr_info.get().remote.equals(remote);
        let of_endpoint = |endpoint: Kept<Endpoint>| endpoint.sessions().iter().find(wanted).map(Session::handle);
        let found = self.clients.iter().find(wanted).map(Session::handle);
        let found = found.or_else(|| self.endpoints().find_map(of_endpoint))?;
        // SAFETY: found in a list, so live.
        Some(unsafe { Kept::new(found) })
    }
}

impl Context {
    /// `coap_join_mcast_group_intf`: joins a group on every UDP endpoint; 0, -1, or an `EAI_…` code.
    pub fn join(&self, group: &CStr, interface: Option<&CStr>) -> c_int {
        if self.first_endpoint().is_none() {
            log!(LOG_ERR, "no endpoint to join a multicast group with");
            return -1;
        }
        let mut result = -1;
        let resolved = multicast::resolve(group, |group| {
            for endpoint in self.endpoints().filter(|endpoint| endpoint.proto == COAP_PROTO_UDP) {
                let interface = match interface {
                    Some(name) => Interface::Named(name),
                    None => Interface::Of(&endpoint.bind_addr),
                };
                result = match multicast::join(endpoint.sock.fd.get(), group, interface) {
                    Ok(()) => 0,
                    Err(error) => {
                        log!(LOG_ERR, "cannot join the multicast group: {}", Errno::from(&error));
                        -1
                    }
                };
            }
        });
        match resolved {
            Ok(()) => result,
            Err(code) => {
                log!(LOG_ERR, "the multicast group cannot be resolved");
                code
            }
        }
    }
}
