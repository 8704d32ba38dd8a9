//! Certificates on a connection, at both ends (docs/spec/security.md, section 5).

use super::connection::Connection;
use super::trust::Roots;
use super::{keys, verify};
use crate::abi::*;

/// Makes a connection use certificates as `setup` says: those of a server for this handshake, those of a client for
/// good. Its settings are then those in effect (`Connection::pki`). False, and a log line, if something can't be
/// loaded: a server goes on with what was loaded before that.
///
/// # Safety
/// What the setup's key definition points to is readable, and nobody changes it meanwhile.
pub unsafe fn install(connection: &Connection, setup: &coap_dtls_pki_t, roots: &Roots) -> bool {
    let setup = verify::effective(setup);
    let server = connection.is_server();
    if connection.use_pki(&setup).is_none() {
        return false;
    }
    verify::install(connection.ssl(), &setup, server);
    // SAFETY: handed on to the caller.
    unsafe { keys::install(connection.ssl(), &setup.pki_key, &setup, server, roots) }
}
