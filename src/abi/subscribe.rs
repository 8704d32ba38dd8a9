//! Types and constants of `coap2/subscribe.h`.

/// Start to observe.
pub const COAP_OBSERVE_ESTABLISH: u32 = 0;

/// Stop observing.
pub const COAP_OBSERVE_CANCEL: u32 = 1;
