//! What a server does with each ClientHello (docs/spec/security.md, sections 4.2 and 5.3).

use super::connection::Connection;
use super::{pki, psk, sys};
use core::ffi::{c_int, c_void};
use openssl_sys as ffi;

/// OpenSSL has a ClientHello, and has done nothing with it yet.
pub unsafe extern "C" fn arrived(ssl: *mut ffi::SSL, alert: *mut c_int, _arg: *mut c_void) -> c_int {
    sys::guarded(ffi::SSL_CLIENT_HELLO_ERROR, || {
        let _ = alert;
        let Some(connection) = Connection::of(ssl) else { return ffi::SSL_CLIENT_HELLO_ERROR };
        let context = connection.session().and_then(|session| session.context());
        if let Some(context) = context {
            if let Some(setup) = context.security.server_pki.get() {
                // SAFETY: what the application's setup points to is readable, by its contract.
                unsafe { pki::install(&connection, &setup, &context.security.roots) };
            }
        }
        psk::serve(&connection);
        ffi::SSL_CLIENT_HELLO_SUCCESS
    })
}
