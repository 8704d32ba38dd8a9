//! Certificates and keys on PKCS #11 tokens (docs/spec/security.md, section 5.2), by OpenSSL's provider `pkcs11`.

use super::file::Trouble;
use super::sys::store::{self, Wanted};
use core::ffi::CStr;
use openssl::pkey::{PKey, Private};
use openssl::x509::X509;

const SCHEME: &[u8] = b"pkcs11:";

/// Whether a name is the URI of something on a token.
pub fn is_uri(name: &CStr) -> bool {
    name.to_bytes().get(..SCHEME.len()).is_some_and(|start| start.eq_ignore_ascii_case(SCHEME))
}

/// The part of a URI that may be shown: its attributes can hold a PIN (RFC 7512, section 2.4; T24).
pub fn without_secrets(uri: &[u8]) -> &[u8] {
    let is_pin = |at: &[u8]| at.eq_ignore_ascii_case(b"pin");
    let end = uri.iter().position(|&byte| byte == b'?').unwrap_or(uri.len());
    let end = uri.windows(3).position(is_pin).map_or(end, |pin| end.min(pin));
    &uri[..end]
}

/// The tokens, and what opens them.
pub struct Token<'a> {
    pin: Option<&'a CStr>,
}

impl<'a> Token<'a> {
    /// With a PIN, or without.
    pub fn new(pin: Option<&'a CStr>) -> Self {
        Token { pin }
    }

    /// A certificate by its URI.
    pub fn certificate(&self, uri: &CStr) -> Result<X509, Trouble> {
        self.load(uri)
    }

    /// A private key by its URI; it may stay on the token.
    pub fn key(&self, uri: &CStr) -> Result<PKey<Private>, Trouble> {
        self.load(uri)
    }

    fn load<T: Wanted>(&self, uri: &CStr) -> Result<T, Trouble> {
        if !store::load_provider(c"pkcs11") {
            super::sys::clear_errors();
            return Err(Trouble::NoTokens);
        }
        store::load(uri, self.pin).ok_or_else(Trouble::with_content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_are_told_from_files() {
        assert!(is_uri(c"pkcs11:token=a") && is_uri(c"PKCS11:"));
        assert!(!is_uri(c"pkcs11") && !is_uri(c"/etc/pkcs11:x") && !is_uri(c""));
    }

    #[test]
    fn no_pin_is_shown() {
        // T24
        assert_eq!(without_secrets(b"pkcs11:token=a;object=b"), b"pkcs11:token=a;object=b");
        assert_eq!(without_secrets(b"pkcs11:token=a?pin-value=1234"), b"pkcs11:token=a");
        assert_eq!(without_secrets(b"pkcs11:PIN-value=1234;token=a?x"), b"pkcs11:");
        assert_eq!(without_secrets(b"pkcs11:?module-path=x&pin-value=1234"), b"pkcs11:");
    }
}
