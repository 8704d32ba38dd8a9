//! Proof of a peer's address before anything is kept for it (RFC 6347, section 4.2.1; docs/spec/security.md, section 7.3).

use super::connection::Connection;
use super::settings::Settings;
use super::sys::{self, Outcome};
use crate::abi::*;
use crate::base::keep::Kept;
use crate::base::memory;
use crate::base::prng;
use crate::security::records::Records;
use core::cell::Cell;
use core::ffi::{c_int, c_uchar, c_uint};
use openssl_sys as ffi;

/// A cookie's length in bytes.
const COOKIE: usize = 32;

/// Looks at a datagram of a peer that has no session: answered by a HelloVerifyRequest if it is a ClientHello without
/// this peer's cookie, ignored if it is none. With the cookie the listening connection becomes the peer's.
pub fn listen(
    settings: &Settings,
    listener: &Cell<Option<Kept<Connection>>>,
    peer: &coap_addr_tuple_t,
    datagram: &[u8],
    records: &mut Records,
) -> Option<Kept<Connection>> {
    let context = settings.ssl_context(true)?;
    let connection = match listener.take() {
        Some(connection) => connection,
        None => Connection::new(context, true, true)?,
    };
    connection.cookie.set(cookie_of(settings, peer)?);
    match connection.listen(datagram, records) {
        Outcome::Done(_) => Some(connection),
        Outcome::WantRead => {
            listener.set(Some(connection));
            None
        }
        // Whatever it was that could not be done: the next one begins afresh.
        _ => None,
    }
}

/// The cookie of a peer at our address: an HMAC that nobody else can make.
fn cookie_of(settings: &Settings, peer: &coap_addr_tuple_t) -> Option<[u8; COOKIE]> {
    let secret = match settings.secret.get() {
        Some(secret) => secret,
        None => {
            let mut secret = [0; 32];
            if !prng::fill_from_system(&mut secret) {
                return None;
            }
            settings.secret.get_or_init(|| secret)
        }
    };
    let (remote, local) = (peer.remote.peer()?.bytes(), peer.local.peer()?.bytes());
    let mut message = [0; 2 * 23];
    message[..23].copy_from_slice(&remote);
    message[23..].copy_from_slice(&local);
    sys::hmac_sha256(secret, &message)
}

/// OpenSSL wants the cookie of the peer whose ClientHello it looks at.
pub extern "C" fn make_cookie(ssl: *mut ffi::SSL, cookie: *mut c_uchar, length: *mut c_uint) -> c_int {
    sys::guarded(0, || {
        let Some(connection) = Connection::of(ssl) else { return 0 };
        // SAFETY: OpenSSL gives room for 255 bytes (`DTLS1_COOKIE_LENGTH`), and for the length.
        unsafe {
            memory::write(cookie, COOKIE, &connection.cookie.get());
            length.write(COOKIE as c_uint);
        }
        1
    })
}

/// OpenSSL wants to know whether a cookie is that of the peer that shows it (T9: in constant time).
pub extern "C" fn check_cookie(ssl: *mut ffi::SSL, cookie: *const c_uchar, length: c_uint) -> c_int {
    sys::guarded(0, || {
        let Some(connection) = Connection::of(ssl) else { return 0 };
        if length as usize != COOKIE {
            return 0;
        }
        // SAFETY: OpenSSL gives so many bytes.
        let shown = unsafe { core::slice::from_raw_parts(cookie, COOKIE) };
        openssl::memcmp::eq(shown, &connection.cookie.get()).into()
    })
}
