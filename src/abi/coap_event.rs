//! Types and constants of `coap2/coap_event.h`.

use super::*;

/// Number of an event.
pub type coap_event_t = c_uint;

/// Told about events; the result is handed on by `coap_handle_event` only.
pub type coap_event_handler_t = Option<
    unsafe extern "C" fn(context: *mut coap_context_t, event: coap_event_t, session: *mut coap_session_t) -> c_int,
>;

/// A (D)TLS session has ended.
pub const COAP_EVENT_DTLS_CLOSED: coap_event_t = 0;

/// A (D)TLS handshake has succeeded.
pub const COAP_EVENT_DTLS_CONNECTED: coap_event_t = 478;

/// The peer has asked for another handshake.
pub const COAP_EVENT_DTLS_RENEGOTIATE: coap_event_t = 479;

/// Something has failed in (D)TLS.
pub const COAP_EVENT_DTLS_ERROR: coap_event_t = 512;

/// A large body could not be put together.
pub const COAP_EVENT_PARTIAL_BLOCK: coap_event_t = 12289;

/// The peer's first CSM has come: the session can be used.
pub const COAP_EVENT_SESSION_CONNECTED: coap_event_t = 8193;

/// A session that could be used has ended.
pub const COAP_EVENT_SESSION_CLOSED: coap_event_t = 8194;

/// A session has ended before it could be used.
pub const COAP_EVENT_SESSION_FAILED: coap_event_t = 8195;

/// A TCP connection stands.
pub const COAP_EVENT_TCP_CONNECTED: coap_event_t = 4097;

/// A TCP connection has ended.
pub const COAP_EVENT_TCP_CLOSED: coap_event_t = 4098;

/// A TCP connection could not be made.
pub const COAP_EVENT_TCP_FAILED: coap_event_t = 4099;
