//! Tests of all kinds of keys, good and bad ones.

use super::*;
use crate::security::openssl::testing::Result as Outcome;
use crate::security::openssl::testing::*;
use core::ptr::null;
use openssl::rsa::Rsa;
use openssl::symm::Cipher;
use std::ffi::CString;

const RSA: u32 = coap_asn1_privatekey_type_t::COAP_ASN1_PKEY_RSA as u32;
const RSA2: u32 = coap_asn1_privatekey_type_t::COAP_ASN1_PKEY_RSA2 as u32;
const EC: u32 = coap_asn1_privatekey_type_t::COAP_ASN1_PKEY_EC as u32;

/// The name of a file that may be absent.
fn pointer(name: Option<&CString>) -> *const c_char {
    name.map_or(null(), |name| name.as_ptr())
}

fn of_kind(kind: coap_pki_key_t) -> coap_dtls_pki_t {
    let mut setup = no_setup();
    setup.verify_peer_cert = 1;
    setup.pki_key.key_type = as_enum(kind as u32);
    setup
}

fn pem(ca: Option<&CString>, certificate: Option<&CString>, key: Option<&CString>) -> coap_dtls_pki_t {
    let mut setup = of_kind(coap_pki_key_t::COAP_PKI_KEY_PEM);
    setup.check_common_ca = 1;
    setup.pki_key.key.pem =
        coap_pki_key_pem_t { ca_file: pointer(ca), public_cert: pointer(certificate), private_key: pointer(key) };
    setup
}

fn pem_buffers(ca: &[u8], certificate: &[u8], key: &[u8]) -> coap_dtls_pki_t {
    let mut setup = of_kind(coap_pki_key_t::COAP_PKI_KEY_PEM_BUF);
    setup.pki_key.key.pem_buf = coap_pki_key_pem_buf_t {
        ca_cert: ca.as_ptr(),
        public_cert: certificate.as_ptr(),
        private_key: key.as_ptr(),
        ca_cert_len: ca.len(),
        public_cert_len: certificate.len(),
        private_key_len: key.len(),
    };
    setup
}

fn der(ca: &[u8], certificate: &[u8], key: &[u8], kind: u32) -> coap_dtls_pki_t {
    let mut setup = of_kind(coap_pki_key_t::COAP_PKI_KEY_ASN1);
    setup.pki_key.key.asn1 = coap_pki_key_asn1_t {
        ca_cert: ca.as_ptr(),
        public_cert: certificate.as_ptr(),
        private_key: key.as_ptr(),
        ca_cert_len: ca.len(),
        public_cert_len: certificate.len(),
        private_key_len: key.len(),
        private_key_type: as_enum(kind),
    };
    setup
}

fn token(ca: Option<&CString>, certificate: Option<&CString>, key: Option<&CString>) -> coap_dtls_pki_t {
    let mut setup = of_kind(coap_pki_key_t::COAP_PKI_KEY_PKCS11);
    setup.pki_key.key.pkcs11 = coap_pki_key_pkcs11_t {
        ca: pointer(ca),
        public_cert: pointer(certificate),
        private_key: pointer(key),
        user_pin: c"secret".as_ptr(),
    };
    setup
}

/// Whether all of it can be loaded: by a client, by a server.
fn loads(setup: &coap_dtls_pki_t) -> (bool, bool) {
    let loads = Ends::default().install(setup, setup);
    // SAFETY: no demands.
    assert_eq!(unsafe { ffi::ERR_get_error() }, 0, "no error stays noted");
    loads
}

/// Whether two with these settings come together, who judge each other.
fn meet(setup: &coap_dtls_pki_t) -> bool {
    shake_hands(setup, setup) == Outcome::Connected
}

#[test]
fn pem_files() {
    let folder = Folder::new("pem");
    let us = root("us");
    let own = by(&us, "own");
    let other = by(&us, "other");
    let certificate = folder.put("cert", &own.certificate.to_pem().unwrap());
    let key = folder.put("key", &own.key.private_key_to_pem_pkcs8().unwrap());
    let ca = folder.put("ca", &us.certificate.to_pem().unwrap());
    assert!(meet(&pem(Some(&ca), Some(&certificate), Some(&key))));

    // One file for both, the key behind a certificate and the other way round; of two certificates the first counts.
    let parts = [own.certificate.to_pem().unwrap(), own.key.private_key_to_pem_pkcs8().unwrap()];
    let both = folder.put("both", &[&b"a comment\n"[..], &parts[0], &parts[1]].concat());
    assert!(meet(&pem(Some(&ca), Some(&both), Some(&both))));
    let both = folder.put("turned", &[&parts[1][..], &parts[0], &other.certificate.to_pem().unwrap()].concat());
    assert!(meet(&pem(Some(&ca), Some(&both), Some(&both))));
    // The form that `openssl ecparam -genkey` writes.
    let parameters = b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
    let traditional = own.key.ec_key().unwrap().private_key_to_pem().unwrap();
    let old = folder.put("old", &[&parameters[..], &traditional].concat());
    assert!(meet(&pem(Some(&ca), Some(&certificate), Some(&old))));

    // Who needs what.
    let empty = CString::default();
    assert_eq!(loads(&pem(None, None, None)), (true, false));
    assert_eq!(loads(&pem(Some(&empty), Some(&empty), Some(&empty))), (true, false));
    assert_eq!(loads(&pem(None, Some(&certificate), None)), (false, false));
    assert_eq!(loads(&pem(None, None, Some(&key))), (false, false));
    assert_eq!(loads(&pem(None, Some(&certificate), Some(&key))), (true, true));

    // Authorities only matter if they are asked for. A client does without bad ones.
    let missing = folder.name("missing");
    assert_eq!(loads(&pem(Some(&missing), Some(&certificate), Some(&key))), (true, false));
    let mut setup = pem(Some(&missing), Some(&certificate), Some(&key));
    setup.check_common_ca = 0;
    assert_eq!(loads(&setup), (true, true));
    let two = [us.certificate.to_pem().unwrap(), us.certificate.to_pem().unwrap()].concat();
    assert!(meet(&pem(Some(&folder.put("twice", &two)), Some(&certificate), Some(&key))));
    let half = folder.put("half", &two[..two.len() - 40]);
    assert_eq!(loads(&pem(Some(&half), Some(&certificate), Some(&key))), (true, false));
    assert_eq!(loads(&pem(Some(&key), Some(&certificate), Some(&key))), (true, false));
}

#[test]
fn bad_files() {
    let folder = Folder::new("bad");
    let own = root("own");
    let certificate = folder.put("cert", &own.certificate.to_pem().unwrap());
    let key = folder.put("key", &own.key.private_key_to_pem_pkcs8().unwrap());
    let pipe = folder.name("pipe");
    // SAFETY: a C string.
    assert_eq!(unsafe { libc::mkfifo(pipe.as_ptr(), 0o600) }, 0);
    let encrypted = own.key.private_key_to_pem_pkcs8_passphrase(Cipher::aes_128_cbc(), b"secret").unwrap();
    let old = own.key.ec_key().unwrap().private_key_to_pem_passphrase(Cipher::aes_128_cbc(), b"secret").unwrap();
    let bad = [
        folder.name("missing"),
        folder.name(""),
        folder.put("empty", b""),
        folder.put("text", b"no certificate\n"),
        folder.put("broken", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
        folder.put("der", &own.certificate.to_der().unwrap()),
        folder.put("encrypted", &encrypted),
        folder.put("encrypted-old", &old),
        folder.put("of-another", &new_key().private_key_to_pem_pkcs8().unwrap()),
        folder.put("of-another-kind", &rsa_key().private_key_to_pem_pkcs8().unwrap()),
        pipe,
        c"/dev/tty".into(),
    ];
    for bad in &bad {
        assert_eq!(loads(&pem(None, Some(bad), Some(&key))), (false, false), "{bad:?}");
        assert_eq!(loads(&pem(None, Some(&certificate), Some(bad))), (false, false), "{bad:?}");
    }
}

fn rsa_key() -> PKey<Private> {
    PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap()
}

#[test]
fn replaced_files_are_read_afresh() {
    let folder = Folder::new("replaced");
    let us = root("us");
    let roots = folder.put("ca", &us.certificate.to_pem().unwrap());
    let (good, late) = (by(&us, "good"), Recipe { begins: -2, ..Recipe::new("late", Some(&us)) }.make());
    let name = folder.name("own");
    let setup = pem(Some(&roots), Some(&name), Some(&name));
    for (own, result) in [(&good, Outcome::Connected), (&late, Outcome::Alert(45)), (&good, Outcome::Connected)] {
        let content = [own.certificate.to_pem().unwrap(), own.key.private_key_to_pem_pkcs8().unwrap()].concat();
        folder.put("own", &content);
        assert_eq!(shake_hands(&setup, &setup), result);
    }
}

#[test]
fn pem_in_memory() {
    let us = root("us");
    let own = by(&us, "own");
    let certificate = own.certificate.to_pem().unwrap();
    let key = own.key.private_key_to_pem_pkcs8().unwrap();
    let ca = us.certificate.to_pem().unwrap();
    assert!(meet(&pem_buffers(&ca, &certificate, &key)));
    // With their NULs.
    let with_nul = |bytes: &[u8]| [bytes, b"\0"].concat();
    assert!(meet(&pem_buffers(&with_nul(&ca), &with_nul(&certificate), &with_nul(&key))));
    // Both are needed, for both roles; bad authorities are ignored.
    assert_eq!(loads(&pem_buffers(&ca, &certificate, b"")), (false, false));
    assert_eq!(loads(&pem_buffers(&ca, b"", &key)), (false, false));
    assert_eq!(loads(&pem_buffers(b"", b"", b"")), (false, false));
    assert_eq!(loads(&pem_buffers(b"rubbish", &certificate, &key)), (true, true));
    let mut setup = pem_buffers(&ca, &certificate, &key);
    setup.pki_key.key.pem_buf.public_cert = null();
    assert_eq!(loads(&setup), (false, false));
    setup.pki_key.key.pem_buf.private_key_len = usize::MAX;
    assert_eq!(loads(&setup), (false, false));
}

#[test]
fn der_in_memory() {
    let us = root("us");
    let own = by(&us, "own");
    let certificate = own.certificate.to_der().unwrap();
    let (ca, key) = (us.certificate.to_der().unwrap(), own.key.private_key_to_der().unwrap());
    let pkcs8 = own.key.private_key_to_pkcs8().unwrap();
    // Without a type, with the right one, and with one that there is not.
    for kind in [0, EC, 15, u32::MAX] {
        for key in [&key, &pkcs8] {
            assert!(meet(&der(&ca, &certificate, key, kind)), "type {kind}");
        }
    }
    // A type that contradicts the key.
    for kind in (1..15).filter(|&kind| kind != EC) {
        assert_eq!(loads(&der(&ca, &certificate, &key, kind)), (false, false), "type {kind}");
    }
    assert_eq!(loads(&der(&ca, b"", b"", 0)), (true, false));
    assert_eq!(loads(&der(&ca, &certificate, b"", 0)), (false, false));
    assert_eq!(loads(&der(&ca, b"", &key, 0)), (false, false));
    assert_eq!(loads(&der(b"rubbish", &certificate, &key, 0)), (true, false));
    let encrypted = own.key.private_key_to_pkcs8_passphrase(Cipher::aes_128_cbc(), b"secret").unwrap();
    assert_eq!(loads(&der(&ca, &certificate, &encrypted, 0)), (false, false));
    for length in [0, 1, 10, certificate.len() - 1] {
        assert_eq!(loads(&der(b"", &certificate[..length], &key, 0)), (false, false));
    }

    let rsa = rsa_key();
    for kind in [0, RSA, RSA2] {
        for bytes in [rsa.private_key_to_der().unwrap(), rsa.private_key_to_pkcs8().unwrap()] {
            assert!(super::read_key(Item::Der(&bytes), kind_of(kind), &Token::new(None)).is_ok(), "type {kind}");
        }
    }
    assert!(super::read_key(Item::Der(&rsa.private_key_to_der().unwrap()), kind_of(EC), &Token::new(None)).is_err());
    sys::clear_errors();
}

#[test]
fn tokens_and_files_in_der() {
    let folder = Folder::new("token");
    let us = root("us");
    let own = by(&us, "own");
    let certificate = folder.put("cert", &own.certificate.to_der().unwrap());
    let key = folder.put("key", &own.key.private_key_to_der().unwrap());
    let ca = folder.put("ca", &us.certificate.to_der().unwrap());
    // T10: the authority is the one named for that.
    assert!(meet(&token(Some(&ca), Some(&certificate), Some(&key))));
    assert_eq!(loads(&token(None, None, None)), (true, false));
    // Each is optional for a client, but what is named must be there.
    assert_eq!(loads(&token(None, Some(&certificate), None)), (true, false));
    assert_eq!(loads(&token(None, None, Some(&key))), (true, false));
    let missing = folder.name("missing");
    assert_eq!(loads(&token(Some(&missing), Some(&certificate), Some(&key))), (false, false));
    let object: CString = c"PKCS11:token=none;object=none?pin-value=1".into();
    assert_eq!(loads(&token(Some(&object), Some(&certificate), Some(&key))), (false, false));
    assert_eq!(loads(&token(Some(&ca), Some(&object), Some(&key))), (false, false));
    assert_eq!(loads(&token(Some(&ca), Some(&certificate), Some(&object))), (false, false));
}

#[test]
fn what_was_loaded_before_a_failure_stays() {
    let us = root("us");
    let own = by(&us, "own");
    let (certificate, key) = (own.certificate.to_der().unwrap(), own.key.private_key_to_der().unwrap());
    let ends = Ends::default();
    let ca = us.certificate.to_der().unwrap();
    let mut server = der(b"rubbish", &certificate, &key, 0);
    server.verify_peer_cert = 0;
    assert_eq!(ends.install(&der(&ca, b"", b"", 0), &server), (true, false));
    assert_eq!(ends.shake_hands(), Outcome::Connected);
    // Without a usable certificate there is no common suite.
    let ends = Ends::default();
    assert_eq!(ends.install(&der(&ca, b"", b"", 0), &der(&ca, &certificate, b"rubbish", 0)), (true, false));
    assert_eq!(ends.shake_hands(), Outcome::Alert(40));
}

#[test]
fn kinds_that_there_are_not() {
    let pem = Pem::new(&root("own"), &[]);
    let mut setup = pem.setup();
    setup.is_rpk_not_cert = 1;
    assert_eq!(loads(&setup), (false, false));
    for kind in [4, u32::MAX] {
        let mut setup = pem.setup();
        setup.pki_key.key_type = as_enum(kind);
        assert_eq!(loads(&setup), (false, false));
    }
}
