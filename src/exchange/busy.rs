//! What a session has that does more than to answer the requests of its peer.

use super::node::Node;
use super::outstanding::Outstanding;
use super::secure::Secure;
use super::stream::Stream;
use super::timers::Spot;
use super::Session;
use crate::abi::coap_queue_t;
use crate::base::memory::Owned;
use crate::block::SessionTransfers;
use crate::resource::observe::SessionObservations;
use core::cell::{Cell, OnceCell, RefCell};
use core::ptr::{null_mut, NonNull};

/// Most sessions of a server never need any of this, so it is made, all together, when the first of it is needed. A
/// session keeps it until its memory goes.
pub struct Busy {
    /// Large bodies under way.
    pub transfers: SessionTransfers,
    /// What the peer observes.
    pub observations: SessionObservations,
    /// The requests sent on it that may still be answered.
    pub(super) outstanding: RefCell<Outstanding>,
    /// What a session over a stream has besides.
    pub(super) stream: OnceCell<Owned<Stream>>,
    /// What a session over DTLS or TLS has besides.
    pub(super) secure: OnceCell<Owned<Secure>>,
    /// The confirmable message that `con_active` counts (NSTART is 1, so there is at most one): S13.
    pub(super) counted: Cell<*mut coap_queue_t>,
    /// The newest of its messages in the context's send queue.
    pub(super) newest: Cell<Option<NonNull<Node>>>,
    /// How many it has there.
    pub(super) queued: Cell<u32>,
    /// How many are in `delayqueue`.
    pub(super) delayed: Cell<u32>,
    /// What the event loop knows its socket by; 0 = none.
    pub(super) watch: Cell<u64>,
    /// Where it stands in the queue of those to be kept alive.
    pub(super) quiet: Spot,
    /// What `tls_overhead` was before the MTU became too small for it; 0 while it is not.
    pub(super) cut_overhead: Cell<usize>,
}

impl Default for Busy {
    fn default() -> Self {
        Busy {
            transfers: SessionTransfers::default(),
            observations: SessionObservations::default(),
            outstanding: RefCell::default(),
            stream: OnceCell::new(),
            secure: OnceCell::new(),
            counted: Cell::new(null_mut()),
            newest: Cell::new(None),
            queued: Cell::new(0),
            delayed: Cell::new(0),
            watch: Cell::new(0),
            quiet: Spot::default(),
            cut_overhead: Cell::new(0),
        }
    }
}

impl Session {
    /// What has been needed so far, if anything.
    pub fn busy(&self) -> Option<&Busy> {
        self.busy.get()
    }

    /// The same, made now if need be; `None` without memory.
    pub fn make_busy(&self) -> Option<&Busy> {
        self.busy.make()
    }

    /// What it has if it goes over a stream.
    pub(super) fn stream(&self) -> Option<&Stream> {
        self.busy()?.stream.get().map(|stream| &**stream)
    }

    /// What it has if it goes over DTLS or TLS.
    pub(super) fn secure(&self) -> Option<&Secure> {
        self.busy()?.secure.get().map(|secure| &**secure)
    }

    /// Works on the requests that may still be answered: none, if none has been sent yet.
    pub(super) fn with_outstanding<T>(&self, work: impl FnOnce(&mut Outstanding) -> T) -> T {
        match self.busy() {
            Some(busy) => work(&mut busy.outstanding.borrow_mut()),
            None => work(&mut Outstanding::default()),
        }
    }

    /// How many of its messages are in the context's send queue.
    pub(super) fn queued(&self) -> usize {
        self.busy().map_or(0, |busy| busy.queued.get() as usize)
    }

    /// How many of its messages wait in the context's send queue and in the delay queue.
    pub(super) fn waiting(&self) -> usize {
        self.queued() + self.busy().map_or(0, |busy| busy.delayed.get() as usize)
    }

    /// A message has come into the delay queue (1), or has left it (-1).
    pub(super) fn count_delayed(&self, change: i32) {
        if let Some(busy) = self.busy() {
            busy.delayed.set(busy.delayed.get().saturating_add_signed(change));
        }
    }

    /// No message is counted by `con_active` any more.
    pub(super) fn count_nothing(&self) {
        self.c.con_active.set(0);
        if let Some(busy) = self.busy() {
            busy.counted.set(null_mut());
        }
    }

    /// What the event loop knows its socket by; 0 = none.
    pub(super) fn watch(&self) -> u64 {
        self.busy().map_or(0, |busy| busy.watch.get())
    }
}
