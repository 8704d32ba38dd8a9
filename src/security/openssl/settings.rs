//! What a context has for DTLS and TLS (docs/spec/security.md, sections 2 and 3).

use super::extensions::CLIENT_CERTIFICATE_TYPE;
use super::names::Names;
use super::suites::{self, Mandatory};
use super::sys::handshake;
use super::trust::Roots;
use super::{hello, listen, protocol, report, sys};
use crate::abi::*;
use core::cell::{Cell, OnceCell};
use openssl::ssl::{SslContext, SslContextRef};

/// The settings of a context. What differs from session to session is set on each `SSL` object (T2, T3).
#[derive(Default)]
pub struct Settings {
    dtls: OnceCell<SslContext>,
    tls: OnceCell<SslContext>,
    /// Servers have pre-shared keys: those of `spsk_setup_data`.
    pub server_psk: Cell<bool>,
    /// How servers use certificates, if they do.
    pub server_pki: Cell<Option<coap_dtls_pki_t>>,
    /// A client session has been made with a pre-shared key.
    pub client_psk: Cell<bool>,
    /// How anybody, server or client session, was last told to use certificates: what a client session without
    /// credentials of its own does.
    pub latest_pki: Cell<Option<coap_dtls_pki_t>>,
    /// What `validate_sni_call_back` has said, of `spsk_setup_data` and of `server_pki`.
    pub psk_names: Names<coap_dtls_spsk_info_t>,
    /// See `psk_names`.
    pub pki_names: Names<coap_dtls_key_t>,
    /// Whom `coap_context_set_pki_root_cas` says to trust.
    pub roots: Roots,
    /// What cookies are made with.
    pub secret: OnceCell<[u8; 32]>,
}

impl Settings {
    /// What connections of this kind are made from; `None` without memory.
    pub fn ssl_context(&self, datagrams: bool) -> Option<&SslContextRef> {
        let cell = if datagrams { &self.dtls } else { &self.tls };
        if cell.get().is_none() {
            let context = sys::new_context(datagrams)?;
            let complete = sys::set_context_defaults(&context, datagrams)
                && handshake::set_context_ciphers(&context, suites::ANY)
                && handshake::see_extension(&context, CLIENT_CERTIFICATE_TYPE);
            if !complete {
                return None;
            }
            handshake::allow_suites::<Mandatory>(&context);
            if !datagrams {
                handshake::expect_certificates(&context);
                handshake::set_protocol_callback(&context, protocol::choose);
            }
            sys::set_info_callback(&context, report::information);
            sys::set_server_callbacks(&context, hello::arrived, listen::make_cookie, listen::check_cookie);
            let _ = cell.set(context);
        }
        cell.get().map(|context| &**context)
    }
}
