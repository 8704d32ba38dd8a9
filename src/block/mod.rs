//! Block-wise transfer (RFC 7959; docs/spec/block.md), so far the server's side of it.
//!
//! - [`option`]: the Block option. [`body`]: bodies that the application puts together.
//! - Receiving with Block1: [`server`] asks the session's [`uploads`] what to do with a fragment; [`identity`] tells them
//!   apart, [`assembly`] has the rules, [`pieces`] the bytes.
//! - Sending with Block2: [`stateless`] makes each block anew; [`response`] keeps the body in a [`snapshot`].
//! - [`transfers`] has what sessions and contexts keep, with its limits and deadlines.

pub mod assembly;
pub mod body;
pub mod identity;
pub mod option;
pub mod pieces;
pub mod response;
pub mod server;
pub mod snapshot;
pub mod stateless;
pub mod transfers;
pub mod uploads;
pub mod view;

pub use server::Exchange;
pub use transfers::{
    drop_all, end_of_session, expire, next_deadline, response_is_complete, ContextTransfers, SessionTransfers,
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
