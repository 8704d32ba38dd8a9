//! The functions that `get_client_psk`, `get_server_psk` and `get_server_hint` of a new context point to. No name of
//! theirs is exported: programs call them through the fields, or put functions of their own there.

use super::door::door;
use crate::abi::*;
use crate::exchange::Session;
use crate::security::lookup::{self, Room};

/// Puts them into a new context.
pub fn set(context: &coap_context_t) {
    context.get_client_psk.set(Some(get_client_psk));
    context.get_server_psk.set(Some(get_server_psk));
    context.get_server_hint.set(Some(get_server_hint));
}

unsafe extern "C" fn get_client_psk(
    session: *const coap_session_t,
    _hint: *const u8,
    _hint_len: usize,
    identity: *mut u8,
    identity_len: *mut usize,
    max_identity_len: usize,
    psk: *mut u8,
    max_psk_len: usize,
) -> usize {
    door(0, || {
        // SAFETY: the caller gives NULL or live objects, and buffers of the sizes that it says.
        unsafe {
            let length = identity_len.as_mut()?;
            *length = 0;
            let (identity, key) =
                (Room { data: identity, size: max_identity_len }, Room { data: psk, size: max_psk_len });
            let (of_identity, of_key) = lookup::client(&*Session::from_ptr(session)?, identity, key)?;
            *length = of_identity;
            Some(of_key)
        }
    })
}

unsafe extern "C" fn get_server_psk(
    session: *const coap_session_t,
    _identity: *const u8,
    _identity_len: usize,
    psk: *mut u8,
    max_psk_len: usize,
) -> usize {
    // SAFETY: the caller gives NULL or a session, and a buffer of the size that it says.
    door(0, || unsafe { lookup::server(&*Session::from_ptr(session)?, Room { data: psk, size: max_psk_len }) })
}

unsafe extern "C" fn get_server_hint(session: *const coap_session_t, hint: *mut u8, max_hint_len: usize) -> usize {
    // SAFETY: the caller gives NULL or a session, and a buffer of the size that it says.
    door(0, || unsafe { lookup::hint(&*Session::from_ptr(session)?, Room { data: hint, size: max_hint_len }) })
}
