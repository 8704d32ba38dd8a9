//! The TLS library's version as text (docs/spec/debug.md, section 8).

#![forbid(unsafe_code)]

use crate::abi::*;
use core::ffi::{c_int, c_uint};
use core::fmt;

/// Room for any version text with its newline and NUL (D16).
pub const TEXT_SIZE: usize = 160;

/// A version that prints as `coap_string_tls_version` gives it.
pub struct TlsVersion {
    /// Which library, a `coap_tls_library_t`.
    pub library: c_uint,
    /// Version number of the library in use.
    pub runtime: u64,
    /// Version number of the library that ours was built for.
    pub built: u64,
}

impl fmt::Display for TlsVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, decode): (_, fn(u64) -> Number) = match self.library {
            NONE => return f.write_str("TLS Library: None"),
            TINYDTLS => ("TinyDTLS", |v| Number::Plain(v >> 16, v >> 8 & 255, v & 255)),
            OPENSSL => ("OpenSSL", Number::OpenSsl),
            GNUTLS => ("GnuTLS", |v| Number::Plain(v >> 16, v >> 8 & 255, v & 255)),
            MBEDTLS => ("Mbed TLS", |v| Number::Plain(v >> 24, v >> 16 & 255, v >> 8 & 255)),
            // As C prints an enumeration: signed.
            other => return write!(f, "Library type {} unknown", other as c_int),
        };
        write!(f, "TLS Library: {name} - runtime {}, libcoap built for {}", decode(self.runtime), decode(self.built))
    }
}

const NONE: c_uint = coap_tls_library_t::COAP_TLS_LIBRARY_NOTLS as c_uint;
const TINYDTLS: c_uint = coap_tls_library_t::COAP_TLS_LIBRARY_TINYDTLS as c_uint;
const OPENSSL: c_uint = coap_tls_library_t::COAP_TLS_LIBRARY_OPENSSL as c_uint;
const GNUTLS: c_uint = coap_tls_library_t::COAP_TLS_LIBRARY_GNUTLS as c_uint;
const MBEDTLS: c_uint = coap_tls_library_t::COAP_TLS_LIBRARY_MBEDTLS as c_uint;

/// A version number, by the scheme that its library packs it in.
enum Number {
    Plain(u64, u64, u64),
    OpenSsl(u64),
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Number::Plain(major, minor, patch) => write!(f, "{major}.{minor}.{patch}"),
            // 0xMNNFFPPS, with another meaning from OpenSSL 3 on (D17).
            Number::OpenSsl(number) => {
                let (major, minor, fix) = (number >> 28, number >> 20 & 255, number >> 12 & 255);
                let (patch, status) = ((number >> 4 & 255) as u8, (number & 15) as u8);
                if major >= 3 {
                    return write!(f, "{major}.{minor}.{patch}");
                }
                write!(f, "{major}.{minor}.{fix}")?;
                if (1..=26).contains(&patch) {
                    write!(f, "{}", char::from(b'a' + patch - 1))?;
                }
                match status {
                    0 => f.write_str("-dev"),
                    15 => Ok(()),
                    _ => write!(f, "-beta{}", char::from(b'0' + status)),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(library: c_uint, runtime: u64, built: u64) -> String {
        TlsVersion { library, runtime, built }.to_string()
    }

    #[test]
    fn libraries() {
        assert_eq!(text(0, 1, 2), "TLS Library: None");
        assert_eq!(text(1, 0x0809, 0x10203), "TLS Library: TinyDTLS - runtime 0.8.9, libcoap built for 1.2.3");
        assert_eq!(text(3, 0x30606, 0x30703), "TLS Library: GnuTLS - runtime 3.6.6, libcoap built for 3.7.3");
        assert_eq!(text(4, 0x02100300, 0x03000000), "TLS Library: Mbed TLS - runtime 2.16.3, libcoap built for 3.0.0");
        assert_eq!(text(5, 1, 1), "Library type 5 unknown");
        assert_eq!(text(c_uint::MAX, 1, 1), "Library type -1 unknown");
    }

    #[test]
    fn openssl_schemes() {
        let number = |number| Number::OpenSsl(number).to_string();
        assert_eq!(number(0x1010117f), "1.1.1w");
        assert_eq!(number(0x30000160), "3.0.22", "D17");
        assert_eq!(number(0x10101000), "1.1.1-dev");
        assert_eq!(number(0x10101003), "1.1.1-beta3");
        assert_eq!(number(0x1000200e), "1.0.2-beta>");
        assert_eq!(number(0x101011bf), "1.1.1", "D17: patch 27 has no letter");
        let long = text(2, u64::MAX, u64::MAX);
        assert!(long.len() + 2 <= TEXT_SIZE, "D16: {long}");
    }
}
