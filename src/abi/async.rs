//! Types and constants of `coap2/async.h`.

use super::*;

/// The answer goes out as a confirmable message.
pub const COAP_ASYNC_CONFIRM: c_uchar = 1;

/// The answer is sent separately. Kept for the program; the library does not look at it.
pub const COAP_ASYNC_SEPARATE: c_uchar = 2;

/// coap_free_async() also frees appdata, with free().
pub const COAP_ASYNC_RELEASE_DATA: c_uchar = 8;

/// What is kept of a request whose answer comes later.
#[repr(C)]
pub struct coap_async_state_t {
    /// COAP_ASYNC_... bits.
    pub flags: Cell<c_uchar>,
    /// When the state was made, in ticks; see coap_touch_async().
    pub created: Cell<coap_tick_t>,
    /// The application's own data.
    pub appdata: Cell<*mut c_void>,
    /// The session to answer in; the state holds a reference to it.
    pub session: Cell<*mut coap_session_t>,
    /// The message id of the request.
    pub id: Cell<coap_mid_t>,
    /// The next older state of the context.
    pub next: Cell<*mut coap_async_state_t>,
    /// How many bytes of token count.
    pub tokenlen: Cell<usize>,
    /// The token of the request, which the answer must carry.
    pub token: Cell<[u8; 8]>,
}
