//! Types and constants of `coap2/block.h`.

use super::*;

/// A Block option taken apart (RFC 7959, section 2.2).
///
/// In C `m` and `szx` are bit 0 and bits 1 to 3 of the word at offset 4.
/// cbindgen:ignore
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_block_t {
    /// Number of the block.
    pub num: c_uint,
    /// Bit 0: `m`, more blocks follow. Bits 1 to 3: `szx`, the size exponent.
    pub m_szx: c_uint,
}

/// Called once when the library no longer needs the data of a large body.
///
/// @param session  The session.
/// @param app_ptr  What was handed over with the data.
pub type coap_release_large_data_t = Option<unsafe extern "C" fn(session: *mut coap_session_t, app_ptr: *mut c_void)>;

/// The library hands over large bodies whole, once they are complete.
pub const COAP_BLOCK_SINGLE_BODY: u8 = 2;

/// The library takes care of the blocks of large bodies.
pub const COAP_BLOCK_USE_LIBCOAP: u8 = 1;

/// The largest size exponent: blocks of 2^(6 + 4) = 1024 bytes.
pub const COAP_MAX_BLOCK_SZX: u8 = 6;
