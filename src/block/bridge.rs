//! What this room needs of `exchange` until that is merged; the inherent methods then go before these, and this file goes.

use crate::abi::*;
use crate::exchange::{Context, Session};

pub trait Parameters {
    fn exchange_lifetime(&self) -> coap_tick_t;
    fn ack_timeout_ms(&self) -> coap_tick_t;
}

impl Parameters for Session {
    fn exchange_lifetime(&self) -> coap_tick_t {
        247_000
    }
    fn ack_timeout_ms(&self) -> coap_tick_t {
        2000
    }
}

pub trait Events {
    fn event(&self, event: coap_event_t, session: *mut coap_session_t);
}

impl Events for Context {
    fn event(&self, event: coap_event_t, session: *mut coap_session_t) {
        if let Some(handler) = self.c.handle_event.get() {
            // SAFETY: the application's function, with objects that it knows.
            unsafe { handler(self.as_ptr(), event, session) };
        }
    }
}
