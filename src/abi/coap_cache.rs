//! Types and constants of `coap2/coap_cache.h`.

use super::*;

/// Releases the application data of a cache entry that ends.
pub type coap_cache_app_data_free_callback_t = Option<unsafe extern "C" fn(data: *mut c_void)>;

/// TODO.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum coap_cache_session_based_t {
    /// TODO.
    COAP_CACHE_NOT_SESSION_BASED = 0,
    /// TODO.
    COAP_CACHE_IS_SESSION_BASED = 1,
}

/// TODO.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum coap_cache_record_pdu_t {
    /// TODO.
    COAP_CACHE_NOT_RECORD_PDU = 0,
    /// TODO.
    COAP_CACHE_RECORD_PDU = 1,
}
