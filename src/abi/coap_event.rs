//! Types and constants of `coap2/coap_event.h`.

use super::*;

/// Number of an event.
pub type coap_event_t = c_uint;

/// Told about events; the result is handed on by `coap_handle_event` only.
pub type coap_event_handler_t = Option<
    unsafe extern "C" fn(context: *mut coap_context_t, event: coap_event_t, session: *mut coap_session_t) -> c_int,
>;

/// TODO.
pub const COAP_EVENT_DTLS_CLOSED: coap_event_t = 0;

/// TODO.
pub const COAP_EVENT_DTLS_CONNECTED: coap_event_t = 478;

/// TODO.
pub const COAP_EVENT_DTLS_RENEGOTIATE: coap_event_t = 479;

/// TODO.
pub const COAP_EVENT_DTLS_ERROR: coap_event_t = 512;

/// TODO.
pub const COAP_EVENT_PARTIAL_BLOCK: coap_event_t = 12289;

/// TODO.
pub const COAP_EVENT_SESSION_CONNECTED: coap_event_t = 8193;

/// TODO.
pub const COAP_EVENT_SESSION_CLOSED: coap_event_t = 8194;

/// TODO.
pub const COAP_EVENT_SESSION_FAILED: coap_event_t = 8195;

/// TODO.
pub const COAP_EVENT_TCP_CONNECTED: coap_event_t = 4097;

/// TODO.
pub const COAP_EVENT_TCP_CLOSED: coap_event_t = 4098;

/// TODO.
pub const COAP_EVENT_TCP_FAILED: coap_event_t = 4099;
