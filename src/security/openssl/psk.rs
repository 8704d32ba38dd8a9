//! Pre-shared keys, on both sides (docs/spec/security.md, section 4).

use super::connection::Connection;
use super::{suites, sys};
use core::ffi::{c_char, c_uchar, c_uint};
use openssl_sys as ffi;

/// The longest key that OpenSSL takes, in bytes.
const KEY: usize = 512;

/// A server's end offers pre-shared keys.
pub fn serve(connection: &Connection) {
    sys::set_psk_server(connection.ssl(), key_for);
}

/// A client's end uses a pre-shared key, and demands that its server does (T1).
pub fn require(connection: &Connection) -> bool {
    connection.needs_psk.set(true);
    sys::set_psk_client(connection.ssl(), identity_for);
    sys::set_ciphers(connection.ssl(), suites::PSK)
}

/// Whether a handshake that is complete has not used the pre-shared key that it must have used (T1).
pub fn is_missing(connection: &Connection) -> bool {
    connection.needs_psk.get() && !connection.used_psk.get()
}

/// A server has sent its hint: which identity and key?
unsafe extern "C" fn identity_for(
    ssl: *mut ffi::SSL,
    _hint: *const c_char,
    identity: *mut c_char,
    max_identity_len: c_uint,
    key: *mut c_uchar,
    max_key_len: c_uint,
) -> c_uint {
    sys::guarded(0, || {
        let Some(connection) = Connection::of(ssl) else { return 0 };
        let Some(session) = connection.session() else { return 0 };
        let Some(context) = session.context() else { return 0 };
        let Some(look_up) = context.c.get_client_psk.get() else { return 0 };
        let mut length = 0;
        // SAFETY: the hook gets live objects and the rooms that OpenSSL gives.
        unsafe {
            let room = (max_identity_len as usize).saturating_sub(1);
            let key_length = look_up(
                session.as_ptr(),
                core::ptr::null(),
                0,
                identity.cast(),
                &mut length,
                room,
                key,
                (max_key_len as usize).min(KEY),
            );
            identity.add(length.min(room)).write(0);
            connection.used_psk.set(key_length > 0);
            key_length as c_uint
        }
    })
}

/// A client has given its identity: which key?
unsafe extern "C" fn key_for(
    ssl: *mut ffi::SSL,
    identity: *const c_char,
    key: *mut c_uchar,
    max_key_len: c_uint,
) -> c_uint {
    sys::guarded(0, || {
        let Some(connection) = Connection::of(ssl) else { return 0 };
        let Some(session) = connection.session() else { return 0 };
        let Some(context) = session.context() else { return 0 };
        let Some(look_up) = context.c.get_server_psk.get() else { return 0 };
        // SAFETY: the hook gets live objects and the room that OpenSSL gives.
        unsafe {
            let length = core::ffi::CStr::from_ptr(identity).count_bytes();
            look_up(session.as_ptr(), identity.cast(), length, key, (max_key_len as usize).min(KEY)) as c_uint
        }
    })
}
