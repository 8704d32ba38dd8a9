//! Block-wise transfer (RFC 7959; docs/spec/block.md).
//!
//! - [`option`]: the Block option. [`body`]: bodies that the application puts together.
//! - Receiving with Block1: [`server`] asks the session's [`uploads`] what to do with a fragment; [`identity`] tells them
//!   apart, [`assembly`] has the rules, [`pieces`] the bytes.
//! - Sending with Block2: [`stateless`] makes each block anew; [`response`] keeps the body in a [`snapshot`].
//! - The client's side: [`large_request`] takes a body up, [`client`] sends it and asks for blocks, [`arrival`] takes in
//!   what is answered; [`sending`] and [`download`] have the rules. Each [`request`] is found in the session's
//!   [`requests`], and what follows it is made from its [`skeleton`].
//! - [`transfers`] has what sessions and contexts keep, with its limits and deadlines.

pub mod arrival;
pub mod assembly;
pub mod body;
pub mod client;
pub mod download;
pub mod identity;
pub mod large_request;
pub mod option;
pub mod pieces;
pub mod request;
pub mod requests;
pub mod response;
pub mod sending;
pub mod server;
pub mod skeleton;
pub mod snapshot;
pub mod stateless;
pub mod transfers;
pub mod uploads;
pub mod view;

pub use arrival::{is_late, responded, Outcome};
pub use client::{cancel_messages, failed, failing, say_goodbye, was_sent};
pub use requests::mark;
pub use server::Exchange;
pub use transfers::{
    drop_all, drop_begun, end_of_session, expire, next_deadline, response_is_complete, ContextTransfers,
    SessionTransfers,
};

use crate::abi::{COAP_BLOCK_SINGLE_BODY, COAP_BLOCK_USE_LIBCOAP};
use crate::exchange::Context;

/// `coap_context_set_block_mode`: how sessions that are made from now on treat block-wise transfers.
pub fn set_mode(context: &Context, mode: u8) {
    context.c.block_mode.set(match mode & COAP_BLOCK_USE_LIBCOAP {
        0 => 0,
        _ => mode & (COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY),
    });
}
