//! What a server does with each ClientHello (docs/spec/security.md, sections 4.2 and 5.3; T6): decides between
//! pre-shared keys and certificates, and sets up what it has decided on. In version 1.3 it may run twice in a handshake.

use super::connection::Connection;
use super::extensions::{self, Agreed};
use super::names::ServerName;
use super::sys::handshake::Hello;
use super::{pki, psk, report, suites, sys, verify};
use crate::abi::*;
use crate::exchange::Context;
use core::ffi::{c_int, c_void};
use openssl_sys as ffi;

/// A fatal alert (RFC 8446, section 6.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Alert(c_int);

impl Alert {
    pub const INTERNAL_ERROR: Alert = Alert(ffi::SSL_AD_INTERNAL_ERROR);
    pub const UNSUPPORTED_EXTENSION: Alert = Alert(ffi::SSL_AD_UNSUPPORTED_EXTENSION);
    pub const UNRECOGNIZED_NAME: Alert = Alert(ffi::SSL_AD_UNRECOGNIZED_NAME);
}

/// OpenSSL has a ClientHello, and has done nothing with it yet.
pub unsafe extern "C" fn arrived(ssl: *mut ffi::SSL, alert: *mut c_int, _arg: *mut c_void) -> c_int {
    sys::guarded_apart(ffi::SSL_CLIENT_HELLO_ERROR, || {
        // SAFETY: this is the callback, and the hello is used in here only.
        let hello = unsafe { Hello::new(ssl) };
        match answer(ssl, hello) {
            Ok(()) => ffi::SSL_CLIENT_HELLO_SUCCESS,
            Err(Alert(description)) => {
                // SAFETY: OpenSSL gives a place for it.
                unsafe { alert.write(description) };
                ffi::SSL_CLIENT_HELLO_ERROR
            }
        }
    })
}

/// What keys a client offers.
struct Offer {
    /// A suite with a pre-shared key.
    suites: bool,
    /// Identities of such keys in the manner of version 1.3.
    agreed: Agreed,
}

impl Offer {
    fn of(hello: Hello, datagrams: bool) -> Self {
        let modes = hello.extension(extensions::PSK_KEY_EXCHANGE_MODES);
        // OpenSSL has no DTLS 1.3.
        let keys = modes.filter(|_| !datagrams).and_then(|_| hello.extension(extensions::PRE_SHARED_KEY));
        Offer {
            suites: hello.suites().iter().any(|suite| hello.name_of(suite).is_some_and(suites::is_psk)),
            agreed: keys.map(Agreed::new).unwrap_or_default(),
        }
    }
}

fn answer(ssl: *mut ffi::SSL, hello: Hello) -> Result<(), Alert> {
    let connection = Connection::of(ssl).ok_or(Alert::INTERNAL_ERROR)?;
    let session = connection.session().ok_or(Alert::INTERNAL_ERROR)?;
    let context = session.context().ok_or(Alert::INTERNAL_ERROR)?;
    report::offer(&session, hello);
    if connection.is_abandoned() {
        return Err(Alert::INTERNAL_ERROR);
    }
    let name = hello.extension(extensions::SERVER_NAME).and_then(extensions::server_name);
    let name = ServerName::new(name.unwrap_or_default());
    let offer = Offer::of(hello, connection.is_datagrams());
    let certificates = context.security.server_pki.get();
    let in_effect = if context.security.server_psk.get() && (offer.suites || offer.agreed.any()) {
        psk::serve(&connection, &context, &session, &name, offer.agreed)?;
        certificates.as_ref().map(verify::effective)
    } else {
        psk::do_not_serve(&connection);
        if let Some(setup) = &certificates {
            let types = hello.extension(extensions::CLIENT_CERTIFICATE_TYPE);
            if !types.is_none_or(extensions::takes_x509) {
                return Err(Alert::UNSUPPORTED_EXTENSION);
            }
            show_certificate(&connection, &context, &name, setup)?;
        }
        connection.pki()
    };
    match in_effect {
        Some(setup) => adjust(&connection, setup),
        None => Ok(()),
    }
}

/// Sets a server's end up with the certificate of the server name that the client asks for. One that can't be loaded is
/// no reason to end the handshake here.
fn show_certificate(
    connection: &Connection,
    context: &Context,
    name: &ServerName,
    setup: &coap_dtls_pki_t,
) -> Result<(), Alert> {
    let mut setup = *setup;
    if let Some(choose) = setup.validate_sni_call_back {
        let chosen = context.security.pki_names.look_up(name, |name| {
            // SAFETY: what the callback gives is readable, by its contract.
            unsafe { choose(name.as_ptr(), setup.sni_call_back_arg).as_ref().copied() }
        });
        if connection.is_abandoned() {
            return Err(Alert::INTERNAL_ERROR);
        }
        setup.pki_key = chosen.ok_or(Alert::UNRECOGNIZED_NAME)?;
    }
    // SAFETY: what the application's setup points to is readable, by its contract.
    unsafe { pki::install(connection, &setup, &context.security.roots) };
    match connection.is_abandoned() {
        true => Err(Alert::INTERNAL_ERROR),
        false => Ok(()),
    }
}

/// Lets the application have its way with a server's end, as the last one.
fn adjust(connection: &Connection, mut setup: coap_dtls_pki_t) -> Result<(), Alert> {
    let Some(callback) = setup.additional_tls_setup_call_back else { return Ok(()) };
    // SAFETY: the callback gets a live object, and a copy of the settings.
    let agrees = unsafe { callback(sys::raw(connection.ssl()).cast(), &mut setup) } != 0;
    match agrees && !connection.is_abandoned() {
        true => Ok(()),
        false => Err(Alert::INTERNAL_ERROR),
    }
}
