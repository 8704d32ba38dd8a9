//! Block-wise transfer (docs/spec/block.md).

pub mod option;

use crate::abi::coap_tick_t;
use crate::exchange::{Context, Session};

/// Large bodies under way, all sessions of a context together: limits and deadlines.
#[derive(Default)]
pub struct ContextTransfers {}

/// Large bodies under way in one session.
#[derive(Default)]
pub struct SessionTransfers {}

/// Ends the transfers that were idle for too long at `now`.
pub fn expire(_context: &Context, _now: coap_tick_t) {}

/// When the next transfer is to be looked at; may be too early, never too late.
pub fn next_deadline(_context: &Context) -> Option<coap_tick_t> {
    None
}

/// The session is being freed: drops its transfers, each release callback called once, large sends first.
pub fn end_of_session(_session: &Session) {}
