//! libcoap-2, the CoAP library, in Rust: the C interface of libcoap 4.3.0rc1 on an engine of its own.
//!
//! The rooms, from the ground up; imports point down this list and never up:
//!
//! - [`abi`]: the types and constants of the C interface, as data.
//! - [`base`]: memory, text, numbers, addresses, clock, chance, log.
//! - [`message`]: codes, options, messages and their framing. [`net`]: sockets, epoll, timer.
//! - [`cache`], [`exchange`], [`block`], [`resource`], [`security`]: the engine. Sessions, endpoints and contexts are in `exchange`.
//! - [`capi`]: the exported functions, one file per public header, each a line or two long.
//!
//! What the library does is written down in `docs/spec/`, how it is built in `docs/DESIGN.md`.

#![deny(unsafe_op_in_unsafe_fn)]
#![warn(clippy::undocumented_unsafe_blocks)]

pub mod abi;
pub mod base;
pub mod block;
pub mod cache;
pub mod capi;
pub mod exchange;
pub mod message;
pub mod net;
pub mod resource;
pub mod security;
