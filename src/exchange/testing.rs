//! What unit tests of the engine begin with.

use super::{client, Context, Session};
use crate::abi::*;
use crate::base::address::Peer;
use crate::base::keep::Kept;

/// A context without endpoints, whose hooks do nothing.
pub fn context() -> Kept<Context> {
    Context::new(None, |_| ()).unwrap()
}

/// A client session; nothing is sent on it.
pub fn session(context: &Context) -> Kept<Session> {
    let mut server = coap_address_t::from_peer(Peer::V4([127, 0, 0, 1], 9));
    server.size = 16;
    client::connect(context, None, &server, COAP_PROTO_UDP).unwrap()
}
