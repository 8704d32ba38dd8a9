//! Types and constants of `coap2/subscribe.h`.

/// TODO.
pub const COAP_OBSERVE_ESTABLISH: u32 = 0;

/// TODO.
pub const COAP_OBSERVE_CANCEL: u32 = 1;
