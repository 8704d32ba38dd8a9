//! Bodies that are served with Block2 (block chapter, 7.4): the application's data, kept until its last use.

use super::identity::{names_the_target, Identity, Short};
use super::option::{self, Block};
use super::response::fail;
use crate::abi::*;
use crate::base::keep::{Keep, Keepable};
use crate::base::memory;
use crate::message::code;
use crate::message::option::{Opt, Options};
use core::cell::Cell;
use core::ffi::c_void;
use core::ptr::null;

/// The application's word to release its data, kept when this is dropped: once, whatever happens (X33).
pub struct Release {
    callback: coap_release_large_data_t,
    session: *mut coap_session_t,
    app_ptr: *mut c_void,
}

impl Release {
    /// # Safety
    /// `callback` may be called with `session`, which C knows (or null), and `app_ptr` when this is dropped.
    pub unsafe fn new(
        callback: coap_release_large_data_t,
        session: *mut coap_session_t,
        app_ptr: *mut c_void,
    ) -> Release {
        Release { callback, session, app_ptr }
    }
}

impl Drop for Release {
    fn drop(&mut self) {
        if let Some(callback) = self.callback.take() {
            // SAFETY: the word of `new`'s caller.
            unsafe { callback(self.session, self.app_ptr) }
        }
    }
}

/// What was asked for: a snapshot answers only requests for the same.
pub struct Asked {
    /// The resource's identity.
    pub resource: u64,
    /// The method; 0 for a notification, which answers a GET or FETCH of long ago.
    pub method: u8,
    /// The query, empty if absent.
    pub query: Vec<u8>,
    /// The options that name the target, for resources that serve many; `None` for a notification.
    pub target: Option<Identity>,
}

impl Asked {
    /// What `request` asks of a resource, or what a notification (`None`) gives; `None` without memory.
    pub fn new(resource: u64, request: Option<&coap_pdu_t>, query: &[u8]) -> Option<Asked> {
        let target = match request {
            Some(request) => Some(Identity::new(0, target(request))?),
            None => None,
        };
        let method = request.map_or(0, |request| request.code.get());
        Some(Asked { resource, method, query: memory::to_vec(query)?, target })
    }

    /// Whether a body for the one takes the place of a body for the other: same resource and query.
    pub fn replaces(&self, other: &Asked) -> bool {
        let same_target = match (&self.target, &other.target) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        };
        self.resource == other.resource && self.query == other.query && same_target
    }

    /// Whether `request` asks for this: same method, resource and query (K13).
    pub fn is(&self, resource: u64, request: &coap_pdu_t, query: &[u8]) -> bool {
        let method = request.code.get();
        let same_method = match self.method {
            0 => matches!(method, code::GET | code::FETCH),
            kept => kept == method,
        };
        same_method
            && self.resource == resource
            && self.query == query
            && self.target.as_ref().is_none_or(|kept| kept.is(0, target(request)))
    }
}

fn target(request: &coap_pdu_t) -> impl Iterator<Item = Opt<'_>> + Clone {
    request.options().filter(|option| names_the_target(option.number))
}

/// A body, and the response that its first block went out with.
pub struct Snapshot {
    keep: Keep,
    /// What it answers.
    pub asked: Asked,
    /// The options of the first response, encoded.
    pub options: Vec<u8>,
    /// The code of the first response; 0 until it is known.
    pub code: Cell<u8>,
    /// The first response while `code` is 0: only to be compared.
    pub awaiting: Cell<*const coap_pdu_t>,
    /// The ETag that the application gave; 0 if it was made here.
    pub etag: u64,
    /// When Max-Age is over, if the application gave one.
    pub fresh_until: Option<coap_tick_t>,
    /// The last use, and how long after it the snapshot ends.
    pub last_use: Cell<coap_tick_t>,
    /// See [`last_use`](Self::last_use).
    pub lifetime: Cell<coap_tick_t>,
    body: *const u8,
    length: usize,
    _release: Release,
}

// SAFETY: snapshots are made by `memory::new` only.
unsafe impl Keepable for Snapshot {
    fn keep(&self) -> &Keep {
        &self.keep
    }
}

/// What became of a request for a block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Served {
    /// The last block of the body went out.
    Last,
    /// Anything else.
    Other,
}

impl Snapshot {
    /// A snapshot of `body`, used at `now`.
    ///
    /// # Safety
    /// `body` stays as it is until `release` is dropped.
    pub unsafe fn new(asked: Asked, options: Vec<u8>, body: &[u8], release: Release, now: coap_tick_t) -> Snapshot {
        Snapshot {
            keep: Keep::default(),
            asked,
            options,
            code: Cell::new(0),
            awaiting: Cell::new(null()),
            etag: 0,
            fresh_until: None,
            last_use: Cell::new(now),
            lifetime: Cell::new(0),
            body: body.as_ptr(),
            length: body.len(),
            _release: release,
        }
    }

    /// When the snapshot ends for want of use.
    pub fn deadline(&self) -> coap_tick_t {
        self.last_use.get().saturating_add(self.lifetime.get())
    }

    fn body(&self) -> &[u8] {
        // SAFETY: the bytes stay until `_release` is dropped with this snapshot, by the word of `new`'s caller.
        unsafe { memory::bytes(self.body, self.length) }.unwrap_or_default()
    }

    /// Answers a request for `block`: fills in `response`.
    pub fn serve(&self, block: Block, request: &coap_pdu_t, response: &coap_pdu_t, now: coap_tick_t) -> Served {
        let etag = Short::integer(self.etag);
        let is_etag = |option: Opt| option.number == COAP_OPTION_ETAG && option.value == etag.bytes();
        if self.etag != 0 && request.options().any(is_etag) {
            response.code.set(code::VALID);
            return Served::Other;
        }
        // Deferred answers may go without a code that was seen here; a body is content.
        response.code.set(match self.code.get() {
            0 => code::CONTENT,
            code => code,
        });
        let settled = self
            .add_options(response, now)
            .and_then(|()| block.settle(COAP_OPTION_BLOCK2, response, self.length).ok())
            .filter(|block| option::add_block(response, self.body(), block.num, block.szx));
        match settled {
            Some(block) if !block.m => Served::Last,
            Some(_) => Served::Other,
            None => {
                fail(response, code::INTERNAL_SERVER_ERROR);
                Served::Other
            }
        }
    }

    /// The options of the first response, but Observe and Block2, and with what is left of Max-Age.
    fn add_options(&self, response: &coap_pdu_t, now: coap_tick_t) -> Option<()> {
        for option in Options::new(&self.options) {
            let added = match (option.number, self.fresh_until) {
                (COAP_OPTION_OBSERVE | COAP_OPTION_BLOCK2, _) => continue,
                (COAP_OPTION_MAXAGE, Some(until)) => {
                    let left = until.saturating_sub(now) / COAP_TICKS_PER_SECOND;
                    response.add_uint_option(COAP_OPTION_MAXAGE, left)
                }
                (number, _) => response.add_option(number, option.value),
            };
            if added == 0 {
                return None;
            }
        }
        Some(())
    }
}
