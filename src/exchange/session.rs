//! The session: one peer over one transport (docs/spec/session.md).

use super::Context;
use crate::abi::*;
use crate::base::keep::{Keep, Keepable, Kept};
use crate::block::SessionTransfers;
use crate::cache::SessionEntries;
use core::ptr::NonNull;

/// A session: the part that C sees, and behind it the engine's own.
#[repr(C)]
pub struct Session {
    /// What C sees.
    pub c: coap_session_t,
    keep: Keep,
    /// Identity: counts up from 1 over all sessions of the process, never used again. Cache keys take it in (C1).
    pub id: u64,
    /// The cache entries made through this session.
    pub entries: SessionEntries,
    /// Large bodies under way.
    pub transfers: SessionTransfers,
}

// SAFETY: sessions are made by `memory::new` only.
unsafe impl Keepable for Session {
    fn keep(&self) -> &Keep {
        &self.keep
    }
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

    /// The context, unless the session has been cut off from it (S9).
    pub fn context(&self) -> Option<Kept<Context>> {
        // SAFETY: the field is null from the moment the context ends.
        unsafe { Context::from_ptr(self.c.context.get()) }
    }

    /// TCP or TLS.
    pub fn is_reliable(&self) -> bool {
        matches!(self.c.proto.get(), COAP_PROTO_TCP | COAP_PROTO_TLS)
    }

    /// The next message id (`coap_new_message_id`).
    pub fn next_mid(&self) -> u16 {
        self.c.tx_mid.set(self.c.tx_mid.get().wrapping_add(1));
        self.c.tx_mid.get()
    }

    /// `coap_session_max_pdu_size`.
    pub fn max_pdu_size(&self) -> usize {
        todo!()
    }
}
