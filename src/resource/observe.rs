//! Observation, the server's side (RFC 7641; docs/spec/resource.md, section 6).

use crate::exchange::{Context, Session};

/// The session's connection has ended: all its subscriptions go, nothing is sent (6.6).
pub fn drop_session(_context: &Context, _session: &Session) {}
