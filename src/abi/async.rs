//! Types and constants of `coap2/async.h`.

use super::*;

/// TODO.
pub const COAP_ASYNC_CONFIRM: c_uchar = 1;

/// TODO.
pub const COAP_ASYNC_SEPARATE: c_uchar = 2;

/// TODO.
pub const COAP_ASYNC_RELEASE_DATA: c_uchar = 8;

/// TODO.
#[repr(C)]
pub struct coap_async_state_t {
    /// TODO.
    pub flags: Cell<c_uchar>,
    /// TODO.
    pub created: Cell<coap_tick_t>,
    /// TODO.
    pub appdata: Cell<*mut c_void>,
    /// TODO.
    pub session: Cell<*mut coap_session_t>,
    /// TODO.
    pub id: Cell<coap_mid_t>,
    /// TODO.
    pub next: Cell<*mut coap_async_state_t>,
    /// TODO.
    pub tokenlen: Cell<usize>,
    /// TODO.
    pub token: Cell<[u8; 8]>,
}
