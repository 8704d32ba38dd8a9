//! The endpoint: a listening socket and the sessions of its peers (docs/spec/session.md, sections 3 and 4).

/// An endpoint.
pub struct Endpoint {}
