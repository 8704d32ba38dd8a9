//! The build without DTLS and TLS (docs/spec/security.md, section 12).

use super::Backend;
use crate::abi::*;
use crate::base::tls_version::TlsVersion;
use crate::exchange::{Context, Session};
use core::ffi::{c_uint, CStr};

/// No library for DTLS and TLS: nothing secure can be made, and credentials are let pass for sessions that need none.
pub struct NoTls;

impl Backend for NoTls {
    fn speaks(_proto: coap_proto_t) -> bool {
        false
    }

    fn version() -> TlsVersion {
        TlsVersion { library: coap_tls_library_t::COAP_TLS_LIBRARY_NOTLS as c_uint, runtime: 0, built: 0 }
    }

    fn use_server_psk(_context: &Context) -> bool {
        false
    }

    fn use_server_pki(_context: &Context, _setup: &coap_dtls_pki_t) -> bool {
        false
    }

    fn trust(_context: &Context, _file: Option<&CStr>, _directory: Option<&CStr>) -> bool {
        false
    }

    fn use_client_psk(_context: &Context, _setup: &coap_dtls_cpsk_t) -> bool {
        true
    }

    fn use_client_pki(_context: &Context, _setup: Option<&coap_dtls_pki_t>) -> bool {
        true
    }

    fn accept(_context: &Context, _session: &Session) -> bool {
        false
    }
}
