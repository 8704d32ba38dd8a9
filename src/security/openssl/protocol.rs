//! The protocol that is spoken over TLS (RFC 7301; RFC 8323, section 8.2): certificates go with a name for it.

use super::connection::Connection;
use super::extensions;
use super::sys::{self, handshake};
use core::ffi::{c_int, c_uchar, c_uint, c_void};
use openssl_sys as ffi;

/// CoAP over TLS, behind its length.
const OFFERED: &[u8; 5] = b"\x04coap";

fn name() -> &'static [u8] {
    &OFFERED[1..]
}

/// A client over TLS says that it speaks CoAP; false without memory. Over DTLS nobody says that.
pub fn offer(connection: &Connection) -> bool {
    connection.is_datagrams() || handshake::offer_protocols(connection.ssl(), OFFERED)
}

/// A client has said what it speaks. A server with certificates speaks CoAP; whoever does not is let pass all the same.
pub extern "C" fn choose(
    ssl: *mut ffi::SSL,
    chosen: *mut *const c_uchar,
    length: *mut c_uchar,
    offered: *const c_uchar,
    offered_length: c_uint,
    _arg: *mut c_void,
) -> c_int {
    sys::guarded_apart(ffi::SSL_TLSEXT_ERR_NOACK, || {
        let context = Connection::of(ssl).and_then(|connection| connection.session()?.context());
        let has_certificates = context.is_some_and(|context| context.security.server_pki.get().is_some());
        // SAFETY: OpenSSL gives so many bytes.
        let offered = unsafe { core::slice::from_raw_parts(offered, offered_length as usize) };
        if !has_certificates || !extensions::offers_protocol(offered, name()) {
            return ffi::SSL_TLSEXT_ERR_NOACK;
        }
        // SAFETY: OpenSSL gives places for what is chosen, and copies it.
        unsafe {
            chosen.write(name().as_ptr());
            length.write(name().len() as c_uchar);
        }
        ffi::SSL_TLSEXT_ERR_OK
    })
}
