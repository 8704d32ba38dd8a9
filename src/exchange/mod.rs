//! Contexts, endpoints, sessions, and the exchange of messages between them (docs/spec/session.md,
//! docs/spec/exchange.md, docs/spec/io.md).

mod accept;
mod busy;
pub mod check;
pub mod client;
pub mod connection;
pub mod context;
pub mod disconnect;
pub mod dispatch;
pub mod endpoint;
pub mod error;
mod hop_limit;
mod idle;
pub mod limits;
pub mod node;
pub mod outgoing;
mod outstanding;
pub mod pass;
pub mod queue;
pub mod queue_index;
mod queue_tests;
pub mod receive;
mod recent;
mod reply;
mod request;
pub mod secure;
pub mod send;
pub mod session;
mod sessions;
mod signalling;
pub mod stream;
pub mod taken;
#[cfg(test)]
pub mod testing;
pub mod timeouts;
pub mod timers;
pub mod timing;

pub use context::Context;
pub use endpoint::Endpoint;
pub use session::Session;
