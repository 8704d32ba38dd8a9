//! Types and constants of `coap2/coap_time.h`.

use super::*;

/// A point in time, in milliseconds since the clock was started.
pub type coap_tick_t = u64;
/// A difference of two [`coap_tick_t`].
pub type coap_tick_diff_t = i64;
/// Seconds since the epoch.
pub type coap_time_t = time_t;

/// Ticks in a second: a tick is a millisecond.
pub const COAP_TICKS_PER_SECOND: coap_tick_t = 1000;
