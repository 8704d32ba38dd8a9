//! The boundary: the exported functions, one file per public header, `capi/x.rs` ↔ `coap2/x.h`.
//!
//! No logic lives here. Each function goes through [`door`](door::door), turns its pointers into references, calls one
//! engine function and turns the result into the value that C expects.
//!
//! The documentation of these functions is the C header's, and says there what a C programmer has to do. What Rust calls
//! safety is the same throughout: a pointer is null, or to a live object of its kind that nobody else changes meanwhile.

#![allow(clippy::missing_safety_doc)]

pub mod address;
pub mod r#async;
pub mod block;
pub mod coap_cache;
pub mod coap_debug;
pub mod coap_dtls;
pub mod coap_event;
pub mod coap_hashkey;
pub mod coap_io;
pub mod coap_prng;
pub mod coap_session;
pub mod coap_time;
pub mod door;
pub mod encode;
pub mod libcoap;
pub mod mem;
pub mod net;
pub mod option;
pub mod pdu;
mod psk;
pub mod resource;
pub mod str;
pub mod subscribe;
pub mod uri;
