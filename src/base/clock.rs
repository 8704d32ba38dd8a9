//! Ticks (docs/spec/base.md, section 7).

use crate::abi::coap_tick_t;

/// Now, in ticks.
pub fn now() -> coap_tick_t {
    todo!()
}
