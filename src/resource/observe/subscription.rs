//! One observation: what is kept of its registration and of what was sent.

use super::rhythm::Rhythm;
use crate::abi::*;
use crate::base::keep::{Keep, Keepable, Kept};
use crate::base::memory;
use crate::block::identity::Short;
use crate::block::option::Block;
use crate::exchange::Session;
use crate::resource::Resource;
use core::cell::{Cell, RefCell};
use core::ptr::NonNull;

/// What a registration asks for. A refresh replaces it.
pub struct Asked {
    /// The query as the handler gets it; `None` if absent.
    pub query: Option<Vec<u8>>,
    /// GET or FETCH.
    pub method: u8,
}

impl Asked {
    /// Keeps a query and a method; `None` without memory.
    pub fn new(query: Option<&[u8]>, method: u8) -> Option<Asked> {
        let query = match query {
            Some(query) => Some(memory::to_vec(query)?),
            None => None,
        };
        Some(Asked { query, method })
    }
}

/// An observation of a resource through a session, which it holds a reference to.
pub struct Subscription {
    keep: Keep,
    resource: NonNull<Resource>,
    session: NonNull<Session>,
    /// The token of the registration; every notification carries it.
    pub token: Short,
    /// What the handler is called with.
    pub asked: RefCell<Asked>,
    /// Block2 of the first registration, with the number 0.
    pub block2: Option<Block>,
    /// What decides about the type of the next notification.
    pub rhythm: Cell<Rhythm>,
    /// The message id of the latest notification; `None` before the first (R18).
    pub last_mid: Cell<Option<u16>>,
    /// A notification is owed.
    pub due: Cell<bool>,
    /// The visit of a pass that came by last: each comes by once.
    pub seen: Cell<u64>,
    /// Neighbours in the resource's list, newest first.
    pub(super) newer: Cell<Option<NonNull<Subscription>>>,
    pub(super) older: Cell<Option<NonNull<Subscription>>>,
}

// SAFETY: subscriptions are made by `memory::new` only.
unsafe impl Keepable for Subscription {
    fn keep(&self) -> &Keep {
        &self.keep
    }
}

impl Subscription {
    /// A new observation, in no list yet.
    pub fn new(
        resource: &Resource,
        session: &Session,
        token: Short,
        asked: Asked,
        block2: Option<Block>,
        now: coap_tick_t,
    ) -> Subscription {
        Subscription {
            keep: Keep::default(),
            resource: NonNull::from(resource),
            session: NonNull::from(session),
            token,
            asked: RefCell::new(asked),
            block2,
            rhythm: Cell::new(Rhythm::new(now)),
            last_mid: Cell::new(None),
            due: Cell::new(false),
            seen: Cell::new(0),
            newer: Cell::new(None),
            older: Cell::new(None),
        }
    }

    /// The resource; only while the observation has not ended.
    pub fn resource(&self) -> Option<Kept<Resource>> {
        // SAFETY: a resource that ends takes its observations out first, and so ends them.
        (!self.is_gone()).then(|| unsafe { Kept::new(self.resource) })
    }

    /// The session; only while the observation has not ended.
    pub fn session(&self) -> Option<Kept<Session>> {
        // SAFETY: the observation refers to the session; one that is torn down all the same ends its observations.
        (!self.is_gone()).then(|| unsafe { Kept::new(self.session) })
    }

    /// Whether it is an observation of this resource.
    pub fn is_of(&self, resource: &Resource) -> bool {
        self.resource == NonNull::from(resource)
    }

    /// Whether it was registered with this query.
    pub fn has_query(&self, query: Option<&[u8]>) -> bool {
        self.asked.borrow().query.as_deref() == query
    }
}
