//! Types and constants of `coap2/option.h`.

use super::*;

/// One encoded option, as a pointer to its first byte.
pub type coap_opt_t = u8;

/// State of a walk over the options of a message.
///
/// In C `bad` and `filtered` are bits 0 and 1 of the byte at offset 10.
/// cbindgen:ignore
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_opt_iterator_t {
    /// Bytes from `next_option` to the end of the message.
    pub length: usize,
    /// Number of the option decoded last.
    pub r#type: u16,
    /// Bit 0: `bad`, the walk is over. Bit 1: `filtered`, `filter` is in use.
    pub flags: u8,
    /// First byte not yet decoded.
    pub next_option: *mut coap_opt_t,
    /// The numbers asked for.
    pub filter: coap_opt_filter_t,
}

/// TODO.
pub const COAP_OPT_FILTER_LONG: usize = 2;

/// TODO.
pub const COAP_OPT_FILTER_SHORT: usize = 6;

/// TODO.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_option_t {
    /// TODO.
    pub delta: u16,
    /// TODO.
    pub length: usize,
    /// TODO.
    pub value: *const u8,
}

/// TODO.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_opt_filter_t {
    /// TODO.
    pub mask: u16,
    /// TODO.
    pub long_opts: [u16; 2],
    /// TODO.
    pub short_opts: [u8; 6],
}

/// TODO.
#[repr(C)]
pub struct coap_optlist_t {
    /// TODO.
    pub next: Cell<*mut coap_optlist_t>,
    /// TODO.
    pub number: Cell<u16>,
    /// TODO.
    pub length: Cell<usize>,
    /// TODO.
    pub data: Cell<*mut u8>,
}
