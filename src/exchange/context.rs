//! The context: everything that belongs to one stack of CoAP (docs/spec/exchange.md, section 1).

use crate::abi::*;
use crate::base::keep::{Keep, Keepable, Kept};
use crate::block::ContextTransfers;
use crate::cache::Cache;
use crate::resource::Resources;
use core::cell::RefCell;
use core::ptr::NonNull;

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
}

// SAFETY: contexts are made by `memory::new` only.
unsafe impl Keepable for Context {
    fn keep(&self) -> &Keep {
        &self.keep
    }
}

impl Context {
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

    /// Makes sure that the loop wakes at `deadline` (ticks) or before, also when it is blocked right now.
    pub fn wake_at(&self, _deadline: coap_tick_t) {
        todo!()
    }
}
