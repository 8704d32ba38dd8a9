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

/// How many numbers above 255 a filter can hold.
pub const COAP_OPT_FILTER_LONG: usize = 2;

/// How many numbers up to 255 a filter can hold.
pub const COAP_OPT_FILTER_SHORT: usize = 6;

/// One option, decoded.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_option_t {
    /// The difference to the number of the option before it.
    pub delta: u16,
    /// Bytes of the value.
    pub length: usize,
    /// The value, inside the message.
    pub value: *const u8,
}

/// A set of option numbers, for coap_option_filter_set() and its like.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_opt_filter_t {
    /// Which of the places below are taken.
    pub mask: u16,
    /// Numbers above 255.
    pub long_opts: [u16; 2],
    /// Numbers up to 255.
    pub short_opts: [u8; 6],
}

/// An option in a list.
#[repr(C)]
pub struct coap_optlist_t {
    /// The next option, or NULL.
    pub next: Cell<*mut coap_optlist_t>,
    /// Its number.
    pub number: Cell<u16>,
    /// Bytes of its value.
    pub length: Cell<usize>,
    /// Its value, part of the same piece of memory.
    pub data: Cell<*mut u8>,
}
