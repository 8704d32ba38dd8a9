//! DTLS and TLS by the system's OpenSSL. Nothing outside this directory knows of it.
//!
//! - [`connection`]: one end of a connection, over bytes in memory; what comes too [`early`]
//! - [`settings`]: what a context has
//! - [`listen`]: cookies; [`hello`]: what a server does with each ClientHello, by its [`extensions`]
//! - [`names`]: of servers; [`protocol`]: what is spoken over TLS
//! - [`psk`]: pre-shared keys
//! - [`pki`]: certificates: [`keys`], from [`file`] or [`token`]; whom to [`trust`]; how to [`verify`] a peer, and its name,
//!   [`subject`]
//! - [`suites`]: cipher suites; [`report`]: log lines
//! - [`sys`]: the calls that crate `openssl` lacks

pub mod connection;
mod early;
mod extensions;
mod file;
mod hello;
mod keys;
mod listen;
mod names;
mod pki;
mod protocol;
mod psk;
mod report;
pub mod settings;
mod subject;
mod suites;
mod sys;
#[cfg(test)]
mod testing;
mod token;
pub mod trust;
mod verify;

use super::records::Records;
use super::{Backend, ClientSetup, SecureConnection};
use crate::abi::*;
use crate::base::keep::Kept;
use crate::base::log::{LOG_ERR, LOG_WARNING};
use crate::base::tls_version::TlsVersion;
use crate::exchange::{Context, Session};
use crate::log;
use connection::Connection;
use core::cell::Cell;
use core::ffi::{c_int, c_uint, c_void, CStr};
use hello::Alert;
use openssl_sys as ffi;
use settings::Settings;

/// The version of OpenSSL that this library was built for.
const BUILT_VERSION: u64 = match u64::from_str_radix(env!("OPENSSL_BUILT_VERSION"), 16) {
    Ok(version) => version,
    Err(_) => panic!("openssl-sys says which version it is for"),
};
/// The oldest OpenSSL that will do.
const OLDEST: u64 = 0x1010_1000;

/// The system's OpenSSL.
pub struct OpenSsl;

impl Backend for OpenSsl {
    type Settings = Settings;
    type Connection = Connection;

    fn speaks(proto: coap_proto_t) -> bool {
        let runtime = Self::version().runtime;
        if runtime < OLDEST {
            log!(LOG_WARNING, "OpenSSL {:#x} is too old, {:#x} is needed", runtime, OLDEST);
            return false;
        }
        matches!(proto, COAP_PROTO_DTLS | COAP_PROTO_TLS)
    }

    fn version() -> TlsVersion {
        let runtime = openssl::version::number() as u64;
        TlsVersion { library: coap_tls_library_t::COAP_TLS_LIBRARY_OPENSSL as c_uint, runtime, built: BUILT_VERSION }
    }

    fn handle(settings: &Settings) -> *mut c_void {
        (settings as *const Settings).cast_mut().cast()
    }

    fn use_server_psk(context: &Context) -> bool {
        context.security.server_psk.set(true);
        context.security.psk_names.forget();
        true
    }

    fn use_server_pki(context: &Context, setup: &coap_dtls_pki_t) -> bool {
        context.security.server_pki.set(Some(*setup));
        context.security.latest_pki.set(Some(*setup));
        context.security.pki_names.forget();
        true
    }

    fn trust(context: &Context, file: Option<&CStr>, directory: Option<&CStr>) -> bool {
        context.security.roots.add(file, directory)
    }

    fn use_client_psk(context: &Context, setup: &coap_dtls_cpsk_t) -> bool {
        let info = &setup.psk_info;
        if info.identity.s.is_null() || info.key.s.is_null() || info.key.length == 0 {
            log!(LOG_WARNING, "client session: a pre-shared key needs identity and key");
            return false;
        }
        context.security.client_psk.set(true);
        true
    }

    fn use_client_pki(context: &Context, setup: Option<&coap_dtls_pki_t>) -> bool {
        let Some(setup) = setup else { return false };
        if c_int::from(setup.version) != COAP_DTLS_PKI_SETUP_VERSION {
            log!(LOG_ERR, "coap_dtls_pki_t: version {} is not known", setup.version);
            return false;
        }
        context.security.latest_pki.set(Some(*setup));
        true
    }

    fn is_set_up(context: &Context) -> bool {
        let Settings { server_psk, client_psk, latest_pki, .. } = &context.security;
        server_psk.get() || client_psk.get() || latest_pki.get().is_some()
    }

    fn connect(context: &Context, session: &Session, setup: &ClientSetup) -> Option<Kept<Connection>> {
        let proto = session.c.proto.get();
        let datagrams = proto == COAP_PROTO_DTLS;
        let connection = Connection::new(context.security.ssl_context(datagrams)?, datagrams, false)?;
        connection.belong_to(session, proto);
        let Settings { server_psk, client_psk, latest_pki, roots, .. } = &context.security;
        // T2: whoever has credentials of its own uses nothing else.
        let (psk, pki) = match setup {
            ClientSetup::Psk => (true, None),
            ClientSetup::Pki(setup) => (false, Some(*setup)),
            ClientSetup::OfContext => (server_psk.get() || client_psk.get(), latest_pki.get()),
        };
        // SAFETY: what the application's setup points to is readable, by its contract.
        let ready = unsafe {
            let psk_name = session.c.cpsk_setup_data.get().client_sni;
            (!psk || psk::use_key(&connection, session, pki.is_none()))
                && pki.is_none_or(|setup| pki::install(&connection, &setup, roots) && protocol::offer(&connection))
                && names::ask_for(connection.ssl(), pki.map_or(psk_name, |setup| setup.client_sni))
        };
        if datagrams {
            // T20: there are servers without RFC 5746.
            sys::add_options(connection.ssl(), ffi::SSL_OP_LEGACY_SERVER_CONNECT);
        }
        ready.then_some(connection)
    }

    fn accept(context: &Context, session: &Session) -> Option<Kept<Connection>> {
        let proto = session.c.proto.get();
        let datagrams = proto == COAP_PROTO_DTLS;
        let connection = Connection::new(context.security.ssl_context(datagrams)?, datagrams, true)?;
        connection.belong_to(session, proto);
        Some(connection)
    }

    fn clean_up() {
        sys::store::unload_provider();
    }

    fn listen(
        context: &Context,
        listener: &Cell<Option<Kept<Connection>>>,
        peer: &coap_addr_tuple_t,
        datagram: &[u8],
        records: &mut Records,
    ) -> Option<Kept<Connection>> {
        listen::listen(&context.security, listener, peer, datagram, records)
    }
}
