//! The built-in look-ups of pre-shared keys, which `get_client_psk`, `get_server_psk` and `get_server_hint` of a new
//! context name (docs/spec/security.md, section 4.1). They write to buffers of the caller's, and never past them.

use super::credentials;
use crate::abi::*;
use crate::base::memory;
use crate::exchange::Session;

/// A buffer of C's.
#[derive(Clone, Copy)]
pub struct Room {
    /// Where it begins; may be null.
    pub data: *mut u8,
    /// How many bytes it has.
    pub size: usize,
}

impl Room {
    /// Writes a value there if it is present, fits, and has at least `least` bytes; its length.
    ///
    /// # Safety
    /// The room is writable, `value` describes readable memory, and they don't overlap.
    unsafe fn take(self, value: &coap_bin_const_t, least: usize) -> Option<usize> {
        // SAFETY: handed on to the caller.
        unsafe {
            let bytes = credentials::bytes(value).filter(|bytes| bytes.len() >= least)?;
            memory::write(self.data, self.size, bytes)
        }
    }

    /// [`take`](Self::take) for the copy that a session has, if it has one.
    ///
    /// # Safety
    /// As for `take`.
    unsafe fn take_copy(self, copy: *const coap_bin_const_t, least: usize) -> Option<usize> {
        // SAFETY: a session's copies are live; the rest is handed on to the caller.
        unsafe { self.take(copy.as_ref()?, least) }
    }
}

/// Identity and key of a client: the session's own copies, or those of its setup; their lengths.
///
/// # Safety
/// Both rooms are writable.
pub unsafe fn client(session: &Session, identity: Room, key: Room) -> Option<(usize, usize)> {
    let setup = session.c.cpsk_setup_data.get().psk_info;
    // SAFETY: the rooms by the caller's word; what the setup describes outlives the session, by its contract.
    unsafe {
        let of_session = || {
            let length = identity.take_copy(session.c.psk_identity.get(), 0)?;
            Some((length, key.take_copy(session.c.psk_key.get(), 0)?))
        };
        let of_setup = || Some((identity.take(&setup.identity, 1)?, key.take(&setup.key, 1)?));
        of_session().or_else(of_setup)
    }
}

/// The key of a server, whatever the identity of the client: the session's own, or that of the context; its length.
///
/// # Safety
/// The room is writable.
pub unsafe fn server(session: &Session, key: Room) -> Option<usize> {
    // SAFETY: as in `client`.
    unsafe {
        key.take_copy(session.c.psk_key.get(), 0)
            .or_else(|| key.take(&session.context()?.c.spsk_setup_data.get().psk_info.key, 1))
    }
}

/// The hint of a server: the session's own, or that of the context; its length.
///
/// # Safety
/// The room is writable.
pub unsafe fn hint(session: &Session, hint: Room) -> Option<usize> {
    // SAFETY: as in `client`.
    unsafe {
        hint.take_copy(session.c.psk_hint.get(), 1)
            .or_else(|| hint.take(&session.context()?.c.spsk_setup_data.get().psk_info.hint, 1))
    }
}
