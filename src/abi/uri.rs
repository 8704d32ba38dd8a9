//! Types and constants of `coap2/uri.h`.

use super::*;

/// The bit of a scheme's number that says: with (D)TLS.
pub const COAP_URI_SCHEME_SECURE_MASK: c_int = 1;

/// The schemes. Those with (D)TLS are odd.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum coap_uri_scheme_t {
    /// coap
    COAP_URI_SCHEME_COAP = 0,
    /// coaps
    COAP_URI_SCHEME_COAPS = 1,
    /// coap+tcp
    COAP_URI_SCHEME_COAP_TCP = 2,
    /// coaps+tcp
    COAP_URI_SCHEME_COAPS_TCP = 3,
    /// http
    COAP_URI_SCHEME_HTTP = 4,
    /// https
    COAP_URI_SCHEME_HTTPS = 5,
}

/// A URI taken apart. Its strings are parts of the URI, still with percent-encoding.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_uri_t {
    /// The host, an IPv6 address without brackets.
    pub host: coap_str_const_t,
    /// The port, in host order.
    pub port: u16,
    /// The path, without its first slash.
    pub path: coap_str_const_t,
    /// The query, without its question mark.
    pub query: coap_str_const_t,
    /// The scheme.
    pub scheme: MaybeUninit<coap_uri_scheme_t>,
}
