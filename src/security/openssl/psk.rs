//! Pre-shared keys, on both sides (docs/spec/security.md, section 4). OpenSSL's buffers have the last word on lengths.

use super::connection::Connection;
use super::extensions::Agreed;
use super::names::ServerName;
use super::subject::Shown;
use super::sys::certificates::{self as x509, Verification, Verified};
use super::sys::{self, handshake};
use super::{suites, Alert};
use crate::abi::*;
use crate::base::log::LOG_DEBUG;
use crate::base::memory;
use crate::exchange::{Context, Session};
use crate::log;
use crate::security::credentials;
use core::ffi::{c_char, c_int, c_uchar, c_uint, CStr};
use openssl_sys as ffi;

/// The longest identity and the longest key, in bytes, and the longest hint on the wire.
const IDENTITY: usize = 255;
const KEY: usize = 512;
const HINT: usize = COAP_DTLS_HINT_LENGTH as usize - 1;

/// A client's end uses a pre-shared key; `required`: and nothing else will do (T1). False without memory.
pub fn use_key(connection: &Connection, session: &Session, required: bool) -> bool {
    let ssl = connection.ssl();
    // SAFETY: the field holds null or a live copy.
    let is_unnamed = unsafe { session.c.psk_identity.get().as_ref() }.is_some_and(|identity| identity.length == 0);
    if session.c.cpsk_setup_data.get().validate_ih_call_back.is_some() || is_unnamed {
        // Version 1.3 has neither hints nor empty identities (RFC 8446, section 4.2.11).
        let newest = if connection.is_datagrams() { ffi::DTLS1_2_VERSION } else { ffi::TLS1_2_VERSION };
        if !sys::set_newest_version(ssl, newest) {
            return false;
        }
        log!(LOG_DEBUG, "session {}: at most version 1.2, for the sake of its pre-shared key", session.id);
    }
    if required {
        connection.needs_psk.set(true);
        let verification = Verification { demanded: true, depth: None, revocation: false, callback: refuse };
        x509::set_verification(ssl, &verification);
    }
    sys::set_psk_client(ssl, Some(identity_for));
    sys::set_ciphers(ssl, suites::PSK)
}

/// Whether a handshake that is complete has not used the pre-shared key that it must have used: that of a client
/// session, or of the identity that a server has been told (T1).
pub fn is_missing(connection: &Connection) -> bool {
    let ssl = connection.ssl();
    let is_used = match handshake::is_version_1_2(sys::raw(ssl)) {
        // There were no other suites.
        true => connection.used_psk.get(),
        // We never resume a session otherwise.
        false => sys::is_resumed(ssl),
    };
    connection.needs_psk.get() && !is_used
}

/// A server has shown a certificate to a client that has a pre-shared key. Up to version 1.2 that can only be beside
/// the key (RFC 4279, section 4); in version 1.3 it is instead (T1).
extern "C" fn refuse(_ok: c_int, store: *mut ffi::X509_STORE_CTX) -> c_int {
    sys::guarded_apart(0, || {
        // SAFETY: OpenSSL gives what it is working on.
        let Some(verified) = (unsafe { Verified::new(store) }) else { return 0 };
        let allowed = handshake::is_version_1_2(verified.ssl());
        verified.set_error(if allowed { ffi::X509_V_OK } else { ffi::X509_V_ERR_APPLICATION_VERIFICATION });
        allowed.into()
    })
}

/// A server, or nobody, wants an identity: which, and which key? The length of the key; 0: there is none.
unsafe extern "C" fn identity_for(
    ssl: *mut ffi::SSL,
    hint: *const c_char,
    identity: *mut c_char,
    max_identity_len: c_uint,
    key: *mut c_uchar,
    max_key_len: c_uint,
) -> c_uint {
    sys::guarded_apart(0, || {
        let identity =
            Room { data: identity.cast(), size: (max_identity_len as usize).saturating_sub(1).min(IDENTITY) };
        let key = Room { data: key, size: (max_key_len as usize).min(KEY) };
        // SAFETY: OpenSSL gives rooms of these sizes, and a hint that lives over the call.
        let found = unsafe { find_identity(ssl, memory::text(hint), identity, key) };
        let Some((of_identity, of_key)) = found.filter(|&(_, of_key)| of_key > 0) else { return key.give_up() };
        // SAFETY: there is room for one byte more.
        unsafe { identity.data.add(of_identity).write(0) };
        if let Some(connection) = Connection::of(ssl) {
            connection.used_psk.set(true);
        }
        of_key as c_uint
    })
}

/// A buffer of OpenSSL's.
#[derive(Clone, Copy)]
struct Room {
    data: *mut u8,
    size: usize,
}

impl Room {
    /// Writes a value, an absent one as an empty one; its length, or `None` if it does not fit.
    ///
    /// # Safety
    /// The room is writable, and what `value` describes is readable.
    unsafe fn take(self, value: &coap_bin_const_t) -> Option<usize> {
        // SAFETY: handed on to the caller; nobody else knows of the room.
        unsafe { memory::write(self.data, self.size, credentials::bytes(value).unwrap_or_default()) }
    }

    /// There is no key, of 0 bytes. What has been written before that was known is wiped: OpenSSL itself only wipes keys
    /// that it is told of.
    fn give_up(self) -> c_uint {
        // SAFETY: the room is writable while the callback runs that was given it.
        unsafe { libc::explicit_bzero(self.data.cast(), self.size) };
        0
    }

    /// What has been written, so many bytes.
    fn written(self, length: usize) -> coap_bin_const_t {
        coap_bin_const_t { length, s: self.data }
    }
}

/// Writes identity and key of a client to their rooms; their lengths.
///
/// # Safety
/// The rooms are writable; OpenSSL is calling back about `ssl`.
unsafe fn find_identity(ssl: *mut ffi::SSL, hint: Option<&CStr>, identity: Room, key: Room) -> Option<(usize, usize)> {
    let connection = Connection::of(ssl)?;
    let session = connection.session()?;
    let context = session.context()?;
    let look_up = context.c.get_client_psk.get()?;
    let given = hint.map(|hint| coap_bin_const_t { length: hint.count_bytes(), s: hint.as_ptr().cast() });
    // SAFETY: the hint is readable, and the field holds a copy made there, or null.
    unsafe { credentials::replace(&session.c.psk_hint, given.as_ref())? };
    let hint = hint.unwrap_or_default();
    log!(LOG_DEBUG, "session {}: hint '{}'", session.id, Shown(hint.to_bytes()));
    if connection.is_abandoned() {
        return None;
    }
    let (length, s) = (hint.count_bytes(), hint.as_ptr().cast::<u8>());
    let setup = session.c.cpsk_setup_data.get();
    let Some(choose) = setup.validate_ih_call_back else {
        let mut of_identity = 0;
        // SAFETY: the hook gets live objects, and rooms of the sizes that it is told.
        let of_key = unsafe {
            let session = session.as_ptr();
            look_up(session, s, length, identity.data, &mut of_identity, identity.size, key.data, key.size)
        };
        // T18: it may say anything.
        let fits = of_identity <= identity.size && of_key <= key.size;
        return (fits && !connection.is_abandoned()).then_some((of_identity, of_key));
    };
    let mut hint = coap_str_const_t { length, s };
    // SAFETY: the callback gets live objects; what it gives is readable, by its contract, unless it ended the session.
    unsafe {
        let chosen = choose(&mut hint, session.as_ptr(), setup.ih_call_back_arg);
        if connection.is_abandoned() {
            return None;
        }
        let chosen = chosen.as_ref()?;
        // They may be the session's own copies: those go when nobody looks at them any more.
        let of_identity = identity.take(&chosen.identity)?;
        let of_key = key.take(&chosen.key)?;
        credentials::replace(&session.c.psk_identity, Some(&identity.written(of_identity)))?;
        credentials::replace(&session.c.psk_key, Some(&key.written(of_key)))?;
        Some((of_identity, of_key))
    }
}

/// A server's end offers a pre-shared key in this handshake, by the server name that the client asks for.
pub fn serve(
    connection: &Connection,
    context: &Context,
    session: &Session,
    name: &ServerName,
    agreed: Agreed,
) -> Result<(), Alert> {
    connection.agreed.set(agreed);
    let setup = context.c.spsk_setup_data.get();
    let mut of_name = coap_bin_const_t { length: 0, s: core::ptr::null() };
    if let Some(choose) = setup.validate_sni_call_back {
        let chosen = context.security.psk_names.look_up(name, |name| {
            // SAFETY: the callback gets live objects; what it gives is readable, by its contract.
            unsafe { choose(name.as_ptr(), session.as_ptr(), setup.sni_call_back_arg).as_ref().copied() }
        });
        if connection.is_abandoned() {
            return Err(Alert::INTERNAL_ERROR);
        }
        let chosen = chosen.ok_or(Alert::UNRECOGNIZED_NAME)?;
        // SAFETY: what the callback has given stays readable, by its contract, while the context lives.
        unsafe {
            credentials::replace(&session.c.psk_hint, Some(&chosen.hint)).ok_or(Alert::INTERNAL_ERROR)?;
            credentials::replace(&session.c.psk_key, Some(&chosen.key)).ok_or(Alert::INTERNAL_ERROR)?;
        }
        of_name = chosen.hint;
    }
    // A second ClientHello (RFC 8446, section 4.1.4) changes nothing about that.
    if !connection.hinted.replace(true) {
        give_hint(connection, context, session, &of_name)?;
    }
    sys::set_psk_server(connection.ssl(), Some(key_for));
    Ok(())
}

/// A server's end offers no pre-shared key in this handshake.
pub fn do_not_serve(connection: &Connection) {
    sys::set_psk_server(connection.ssl(), None);
}

/// Sets the hint that a server's end gives: that of the server name, or else what the hook says, or else the context's.
fn give_hint(
    connection: &Connection,
    context: &Context,
    session: &Session,
    of_name: &coap_bin_const_t,
) -> Result<(), Alert> {
    // What is behind it stays 0.
    let mut room = [0; HINT + 1];
    let cut = |room: &mut [u8], hint: &coap_bin_const_t| {
        // SAFETY: what the application has given is readable, by its contract.
        let hint = unsafe { credentials::bytes(hint) }.unwrap_or_default();
        let length = hint.len().min(HINT);
        room[..length].copy_from_slice(&hint[..length]);
    };
    if !of_name.s.is_null() {
        cut(&mut room, of_name);
    } else {
        let length = match context.c.get_server_hint.get() {
            // SAFETY: the hook gets a live session, and room of the size that it is told.
            Some(look_up) => unsafe { look_up(session.as_ptr(), room.as_mut_ptr(), HINT) },
            None => 0,
        };
        if connection.is_abandoned() {
            return Err(Alert::INTERNAL_ERROR);
        }
        // T18: more than there is room for is nothing.
        let length = if length <= HINT { length } else { 0 };
        room[length..].fill(0);
        if length == 0 {
            cut(&mut room, &context.c.spsk_setup_data.get().psk_info.hint);
        }
    }
    let hint = CStr::from_bytes_until_nul(&room).ok().filter(|hint| !hint.is_empty());
    sys::use_psk_hint(connection.ssl(), hint).then_some(()).ok_or(Alert::INTERNAL_ERROR)
}

/// A client has given its identity: which key? Its length; 0: there is none.
unsafe extern "C" fn key_for(
    ssl: *mut ffi::SSL,
    identity: *const c_char,
    key: *mut c_uchar,
    max_key_len: c_uint,
) -> c_uint {
    sys::guarded_apart(0, || {
        let key = Room { data: key, size: (max_key_len as usize).min(KEY) };
        // SAFETY: OpenSSL gives room of that size, and an identity that lives over the call.
        let found = unsafe { memory::text(identity).and_then(|identity| find_key(ssl, identity, key)) };
        let Some(length) = found.filter(|&length| length > 0) else { return key.give_up() };
        if let Some(connection) = Connection::of(ssl) {
            connection.used_psk.set(true);
        }
        length as c_uint
    })
}

/// Writes the key for a client's identity to its room; its length.
///
/// # Safety
/// The room is writable; OpenSSL is calling back about `ssl`.
unsafe fn find_key(ssl: *mut ffi::SSL, identity: &CStr, key: Room) -> Option<usize> {
    let connection = Connection::of(ssl)?;
    let session = connection.session()?;
    let context = session.context()?;
    if !handshake::is_version_1_2(ssl) {
        let (is_agreed, rest) = connection.agreed.get().next();
        connection.agreed.set(rest);
        if !is_agreed {
            return None;
        }
    }
    // A client that names somebody has to be them: in version 1.3 it could still go on with our certificate, if we have
    // set one up for another ClientHello, and the application would find that identity in the session.
    connection.needs_psk.set(true);
    let mut given = coap_bin_const_t { length: identity.count_bytes(), s: identity.as_ptr().cast() };
    // SAFETY: the identity is readable, and the field holds a copy made there, or null.
    unsafe { credentials::replace(&session.c.psk_identity, Some(&given))? };
    log!(LOG_DEBUG, "session {}: identity '{}'", session.id, Shown(identity.to_bytes()));
    if connection.is_abandoned() {
        return None;
    }
    let look_up = context.c.get_server_psk.get()?;
    let setup = context.c.spsk_setup_data.get();
    let Some(choose) = setup.validate_id_call_back else {
        // SAFETY: the hook gets a live session, and room of the size that it is told.
        let length = unsafe { look_up(session.as_ptr(), given.s, given.length, key.data, key.size) };
        // T18: it may say anything.
        return (length <= key.size && !connection.is_abandoned()).then_some(length);
    };
    // SAFETY: the callback gets live objects; what it gives is readable, by its contract, unless it ended the session.
    unsafe {
        let chosen = choose(&mut given, session.as_ptr(), setup.id_call_back_arg);
        if connection.is_abandoned() {
            return None;
        }
        // It may be the session's own copy: that goes when nobody looks at it any more.
        let length = key.take(chosen.as_ref()?).filter(|&length| length > 0)?;
        credentials::replace(&session.c.psk_key, Some(&key.written(length)))?;
        Some(length)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Ends;
    use super::*;
    use core::cell::Cell;
    use foreign_types::ForeignTypeRef;

    thread_local! {
        /// How long the hooks say that the key is.
        static SAID: Cell<usize> = const { Cell::new(0) };
    }

    /// Fills its room, whatever it says then.
    unsafe fn fill(key: *mut u8, room: usize) -> usize {
        // SAFETY: the room is writable.
        unsafe { key.write_bytes(b'k', room) };
        SAID.get()
    }

    unsafe extern "C" fn key_of_anybody(
        _session: *const coap_session_t,
        _identity: *const u8,
        _identity_len: usize,
        key: *mut u8,
        room: usize,
    ) -> usize {
        // SAFETY: the library gives the room.
        unsafe { fill(key, room) }
    }

    unsafe extern "C" fn key_of_ours(
        _session: *const coap_session_t,
        _hint: *const u8,
        _hint_len: usize,
        _identity: *mut u8,
        identity_len: *mut usize,
        _room: usize,
        key: *mut u8,
        room: usize,
    ) -> usize {
        // SAFETY: the library gives the rooms.
        unsafe {
            identity_len.write(0);
            fill(key, room)
        }
    }

    #[test]
    fn t18_what_is_no_key_is_wiped() {
        let ends = Ends::default();
        let context = ends.server.session().unwrap().context().unwrap();
        context.c.get_server_psk.set(Some(key_of_anybody));
        context.c.get_client_psk.set(Some(key_of_ours));
        let ssl = ends.server.ssl().as_ptr();
        // One identity, of a key that was agreed on beforehand.
        let hello = [0, 8, 0, 2, b'm', b'e', 0, 0, 0, 0];
        for (said, given) in [(6, 6), (KEY, KEY), (KEY + 1, 0), (usize::MAX, 0), (0, 0)] {
            SAID.set(said);
            let mut identity = [0; IDENTITY + 2];
            let (mut server, mut client) = ([0u8; KEY], [0u8; KEY]);
            ends.server.agreed.set(Agreed::new(&hello));
            // SAFETY: the object is live, and the rooms are as long as is said.
            let lengths = unsafe {
                [
                    key_for(ssl, c"me".as_ptr(), server.as_mut_ptr(), KEY as c_uint),
                    identity_for(
                        ssl,
                        core::ptr::null(),
                        identity.as_mut_ptr(),
                        IDENTITY as c_uint + 1,
                        client.as_mut_ptr(),
                        KEY as c_uint,
                    ),
                ]
            };
            assert_eq!(lengths, [given as c_uint; 2]);
            let left = if given > 0 { b'k' } else { 0 };
            assert!(server.iter().chain(&client).all(|&byte| byte == left));
        }
    }
}
