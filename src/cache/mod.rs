//! The cache: keys derived from messages, entries found by key (docs/spec/cache.md).

use crate::abi::coap_tick_t;
use crate::exchange::{Context, Session};

/// The cache of a context.
#[derive(Default)]
pub struct Cache {}

/// What a session knows of the cache entries made through it.
#[derive(Default)]
pub struct SessionEntries {}

/// Ends the entries that are idle at `now`, earliest deadline first. Nothing is borrowed while a callback runs.
pub fn expire(_context: &Context, _now: coap_tick_t) {}

/// When the next entry idles out; may be too early, never too late.
pub fn next_deadline(_context: &Context) -> Option<coap_tick_t> {
    None
}

/// The session is being freed: ends its session-based entries in creation order; lets go of the others.
pub fn end_of_session(_context: &Context, _session: &Session) {}

/// The context is being freed: ends all entries in creation order and frees the ignore list.
pub fn end_of_context(_context: &Context) {}
