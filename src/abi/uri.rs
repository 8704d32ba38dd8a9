//! Types and constants of `coap2/uri.h`.

use super::*;

/// TODO.
pub const COAP_URI_SCHEME_SECURE_MASK: c_int = 1;

/// TODO.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum coap_uri_scheme_t {
    /// TODO.
    COAP_URI_SCHEME_COAP = 0,
    /// TODO.
    COAP_URI_SCHEME_COAPS = 1,
    /// TODO.
    COAP_URI_SCHEME_COAP_TCP = 2,
    /// TODO.
    COAP_URI_SCHEME_COAPS_TCP = 3,
    /// TODO.
    COAP_URI_SCHEME_HTTP = 4,
    /// TODO.
    COAP_URI_SCHEME_HTTPS = 5,
}

/// TODO.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_uri_t {
    /// TODO.
    pub host: coap_str_const_t,
    /// TODO.
    pub port: u16,
    /// TODO.
    pub path: coap_str_const_t,
    /// TODO.
    pub query: coap_str_const_t,
    /// TODO.
    pub scheme: MaybeUninit<coap_uri_scheme_t>,
}
