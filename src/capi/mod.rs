//! The boundary: the exported functions, one file per public header, `capi/x.rs` ↔ `coap2/x.h`.
//!
//! No logic lives here. Each function goes through [`door`](door::door), turns its pointers into references, calls one
//! engine function and turns the result into the value that C expects.

pub mod door;
