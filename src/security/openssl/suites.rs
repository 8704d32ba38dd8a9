//! Which cipher suites are offered, and what they add to a message (docs/spec/security.md, sections 6.1 and 7.5).

use super::sys::handshake::Allowed;
use core::ffi::CStr;
use openssl::nid::Nid;
use openssl::ssl::SslRef;

/// What servers and clients with certificates offer. OpenSSL's security level keeps suites without authentication out,
/// but not at level 0, to which a system's configuration may set it; and then nobody's certificate would be asked for.
pub const ANY: &CStr = c"TLSv1.3:TLSv1.2:!NULL:!aNULL";
/// What clients with a pre-shared key offer up to version 1.2.
pub const PSK: &CStr = c"PSK:!NULL";

/// The suite of RFC 7252 for pre-shared keys, TLS_PSK_WITH_AES_128_CCM_8 (RFC 6655), and that for raw public keys and
/// certificates, TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8 (RFC 7251). They are mandatory for CoAP, and OpenSSL from 3.2 on
/// finds their tags too short for its default level (T21).
const MANDATORY: [u16; 2] = [0xc0a8, 0xc0ae];

/// The suites that may be used at any security level.
pub enum Mandatory {}

impl Allowed for Mandatory {
    fn allows(suite: u16) -> bool {
        MANDATORY.contains(&suite)
    }
}

/// Whether a suite, by OpenSSL's name, is with a pre-shared key.
pub fn is_psk(name: &CStr) -> bool {
    name.to_bytes().windows(3).any(|part| part == b"PSK")
}

/// A record's header with epoch and number.
const HEADER: usize = 13;
/// What a suite adds that is not known.
const UNKNOWN: usize = HEADER + 8 + 16;
/// An AES or Camellia block.
const BLOCK: usize = 16;

/// How many bytes the suite in use adds to a message.
pub fn overhead(ssl: &SslRef) -> usize {
    let Some(cipher) = ssl.current_cipher() else { return UNKNOWN };
    overhead_of(cipher.name(), cipher.cipher_nid())
}

fn overhead_of(name: &str, cipher: Option<Nid>) -> usize {
    // CBC: an initialisation vector, the MAC, and up to a block of padding with its length.
    let cbc = |mac: usize| HEADER + BLOCK + mac + (BLOCK - 1) + 1;
    match cipher {
        _ if name.contains("CHACHA20") => HEADER + 16,
        _ if name.ends_with("CCM8") || name.ends_with("CCM_8_SHA256") => HEADER + 8 + 8,
        Some(Nid::AES_128_CBC | Nid::AES_256_CBC | Nid::CAMELLIA_128_CBC | Nid::CAMELLIA_256_CBC) => {
            match name.rsplit('-').next() {
                Some("SHA384") => cbc(48),
                Some("SHA256") => cbc(32),
                _ => cbc(20),
            }
        }
        _ => UNKNOWN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_of_section_7_5() {
        assert_eq!(overhead_of("ECDHE-ECDSA-AES256-GCM-SHA384", Some(Nid::AES_256_GCM)), 37);
        assert_eq!(overhead_of("PSK-AES128-CCM", Some(Nid::AES_128_CCM)), 37);
        assert_eq!(overhead_of("PSK-AES128-CCM8", Some(Nid::AES_128_CCM)), 29);
        assert_eq!(overhead_of("ECDHE-ECDSA-AES128-CCM8", Some(Nid::AES_128_CCM)), 29);
        assert_eq!(overhead_of("ECDHE-PSK-CHACHA20-POLY1305", None), 29);
        assert_eq!(overhead_of("ECDHE-PSK-AES128-CBC-SHA", Some(Nid::AES_128_CBC)), 65);
        assert_eq!(overhead_of("ECDHE-PSK-AES128-CBC-SHA256", Some(Nid::AES_128_CBC)), 77);
        assert_eq!(overhead_of("ECDHE-PSK-AES256-CBC-SHA384", Some(Nid::AES_256_CBC)), 93);
        assert_eq!(overhead_of("something new", None), 37);
    }
}
