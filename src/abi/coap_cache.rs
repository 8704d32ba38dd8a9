//! Types and constants of `coap2/coap_cache.h`.

use super::*;

/// Defined where coap_cache_set_limits() is there.
pub const COAP_CACHE_HAS_LIMITS: c_int = 1;

/// Releases the application data of a cache entry that ends.
///
/// Called once, when the entry can no longer be found. May call any function of the library.
pub type coap_cache_app_data_free_callback_t = Option<unsafe extern "C" fn(data: *mut c_void)>;

/// Whether a cache key, or a cache entry, belongs to one session.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum coap_cache_session_based_t {
    /// The same for all sessions; an entry outlives the session that made it.
    COAP_CACHE_NOT_SESSION_BASED = 0,
    /// This session's own; an entry ends with the session.
    COAP_CACHE_IS_SESSION_BASED = 1,
}

/// Whether a cache entry keeps a copy of its message.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum coap_cache_record_pdu_t {
    /// No copy.
    COAP_CACHE_NOT_RECORD_PDU = 0,
    /// A copy, which coap_cache_get_pdu() gives.
    COAP_CACHE_RECORD_PDU = 1,
}
