//! A URI into its parts (RFC 7252 section 6; docs/spec/base.md, section 3.2).

#![forbid(unsafe_code)]

use crate::abi::coap_uri_scheme_t::*;
use crate::abi::*;
use core::mem::MaybeUninit;
use core::ptr::null;

/// The parts of a URI, as they stand in the text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Uri<'a> {
    /// The scheme.
    pub scheme: coap_uri_scheme_t,
    /// The host, without the brackets of an IP literal.
    pub host: Option<&'a [u8]>,
    /// The port, or the scheme's default one.
    pub port: u16,
    /// The path, without its leading slash; never empty.
    pub path: Option<&'a [u8]>,
    /// The query, without its question mark.
    pub query: Option<&'a [u8]>,
}

/// Why a text is not taken for a URI, as the number that C gets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(i32)]
pub enum SplitError {
    /// Unknown scheme, or something strange after the authority.
    Malformed = -1,
    /// The scheme is not followed by `://`.
    NoSeparator = -2,
    /// The host is empty, or the `]` of an IP literal is missing.
    NoHost = -3,
    /// The port is above 65535.
    Port = -4,
}

/// Which URIs are accepted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Accept {
    /// Those of CoAP, and relative references that begin with a slash (`coap_split_uri`).
    Coap,
    /// Those of CoAP and HTTP, absolute ones only (`coap_split_proxy_uri`).
    Proxy,
}

/// Takes a URI apart. The first result holds the parts that were found until the second said why not to go on.
pub fn split(text: &[u8], accept: Accept) -> (Uri<'_>, Result<(), SplitError>) {
    let mut uri = Uri { scheme: COAP_URI_SCHEME_COAP, host: None, port: COAP_DEFAULT_PORT, path: None, query: None };
    let result = uri.read(text, accept);
    (uri, result)
}

impl<'a> Uri<'a> {
    /// The parts as C has them: pointers into the text, null for what is absent.
    pub fn to_c(&self) -> coap_uri_t {
        let part = |part: Option<&[u8]>| match part {
            Some(bytes) => coap_str_const_t { length: bytes.len(), s: bytes.as_ptr() },
            None => coap_str_const_t { length: 0, s: null() },
        };
        coap_uri_t {
            host: part(self.host),
            port: self.port,
            path: part(self.path),
            query: part(self.query),
            scheme: MaybeUninit::new(self.scheme),
        }
    }

    fn read(&mut self, text: &'a [u8], accept: Accept) -> Result<(), SplitError> {
        let (rest, has_colon) = match text {
            [b'/', ..] if accept == Accept::Proxy => return Err(SplitError::Malformed),
            [b'/', ..] => (text, false),
            _ => {
                let rest = self.read_scheme(text, accept)?.strip_prefix(b"://").ok_or(SplitError::NoSeparator)?;
                let rest = self.read_host(rest)?;
                self.read_port(rest)?
            }
        };
        let query = match rest {
            [] => return Ok(()),
            [b'/', rest @ ..] => {
                let (path, query) = cut(rest, |byte| byte == b'?');
                self.path = Some(path).filter(|path| !path.is_empty());
                query
            }
            // Without a colon the reference refuses this, although RFC 7252 section 6.1 has it.
            [b'?', ..] if has_colon => rest,
            _ => return Err(SplitError::Malformed),
        };
        self.query = query.strip_prefix(b"?");
        Ok(())
    }

    /// Returns what follows the scheme.
    fn read_scheme(&mut self, text: &'a [u8], accept: Accept) -> Result<&'a [u8], SplitError> {
        if let Some(mut rest) = strip_any_case(text, b"coap") {
            if let Some(secure) = rest.strip_prefix(b"s") {
                (self.scheme, self.port, rest) = (COAP_URI_SCHEME_COAPS, COAPS_DEFAULT_PORT, secure);
            }
            if let Some(tcp) = rest.strip_prefix(b"+tcp") {
                self.scheme = match self.scheme {
                    COAP_URI_SCHEME_COAPS => COAP_URI_SCHEME_COAPS_TCP,
                    _ => COAP_URI_SCHEME_COAP_TCP,
                };
                rest = tcp;
            }
            return Ok(rest);
        }
        let http = strip_any_case(text, b"http").filter(|_| accept == Accept::Proxy).ok_or(SplitError::Malformed)?;
        (self.scheme, self.port) = (COAP_URI_SCHEME_HTTP, 80);
        let Some(https) = strip_any_case(http, b"s") else { return Ok(http) };
        (self.scheme, self.port) = (COAP_URI_SCHEME_HTTPS, 443);
        Ok(https)
    }

    /// Returns what follows the host.
    fn read_host(&mut self, text: &'a [u8]) -> Result<&'a [u8], SplitError> {
        let (host, rest) = match text {
            [b'[', literal @ ..] => {
                let (host, rest) = cut(literal, |byte| byte == b']');
                (host, rest.strip_prefix(b"]").ok_or(SplitError::NoHost)?)
            }
            _ => cut(text, |byte| matches!(byte, b':' | b'/' | b'?')),
        };
        if host.is_empty() {
            return Err(SplitError::NoHost);
        }
        self.host = Some(host);
        Ok(rest)
    }

    /// Returns what follows the port, and whether there was a colon.
    fn read_port(&mut self, text: &'a [u8]) -> Result<(&'a [u8], bool), SplitError> {
        let Some(text) = text.strip_prefix(b":") else { return Ok((text, false)) };
        let (digits, rest) = cut(text, |byte| !byte.is_ascii_digit());
        if !digits.is_empty() {
            let port =
                digits.iter().fold(0u32, |port, digit| port.saturating_mul(10).saturating_add((digit - b'0').into()));
            self.port = port.try_into().map_err(|_| SplitError::Port)?;
        }
        Ok((rest, true))
    }
}

/// What stands before the first byte that ends it, and the rest from that byte on.
pub(crate) fn cut(text: &[u8], ends: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    text.split_at(text.iter().position(|&byte| ends(byte)).unwrap_or(text.len()))
}

fn strip_any_case<'a>(text: &'a [u8], prefix: &[u8]) -> Option<&'a [u8]> {
    let (head, rest) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}
