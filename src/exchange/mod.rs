//! Contexts, endpoints, sessions, and the exchange of messages between them.

pub mod context;
pub mod endpoint;
pub mod limits;
pub mod session;

pub use context::Context;
pub use endpoint::Endpoint;
pub use session::Session;
