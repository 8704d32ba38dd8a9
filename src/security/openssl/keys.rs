//! Certificates and keys as applications give them, put onto one connection (docs/spec/security.md, sections 5.2 to 5.4).
//! Files are read afresh for each, so that replaced ones take effect.

use super::file::{self, Trouble};
use super::subject::Shown;
use super::sys;
use super::sys::certificates::{self as x509, Next, Source};
use super::token::{self, Token};
use super::trust::{Authorities, Roots};
use crate::abi::*;
use crate::base::log::{LOG_ERR, LOG_WARNING};
use crate::base::memory;
use crate::log;
use core::ffi::{c_char, c_int, c_uint, CStr};
use core::fmt;
use openssl::pkey::{PKey, Private};
use openssl::ssl::SslRef;
use openssl::x509::X509;
use openssl_sys as ffi;

/// One of the things that a key definition names.
#[derive(Clone, Copy)]
enum Item<'a> {
    PemFile(&'a CStr),
    DerFile(&'a CStr),
    Pem(&'a [u8]),
    Der(&'a [u8]),
    /// An object of a token, by its URI (RFC 7512).
    Token(&'a CStr),
}

impl fmt::Display for Item<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Item::PemFile(name) | Item::DerFile(name) => write!(f, "'{}'", Shown(name.to_bytes())),
            Item::Pem(_) => f.write_str("the PEM buffer"),
            Item::Der(_) => f.write_str("the DER buffer"),
            Item::Token(uri) => write!(f, "'{}'", Shown(token::without_secrets(uri.to_bytes()))),
        }
    }
}

/// What a client must have.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Demand {
    /// Certificate and key.
    Both,
    /// Both, or none of them.
    BothOrNeither,
    /// Whatever there is.
    Nothing,
}

/// What happens if the authorities can't be loaded.
#[derive(Clone, Copy, PartialEq, Eq)]
enum WithoutAuthorities {
    /// It is a failure.
    Fails,
    /// It is a failure for a server.
    FailsServers,
    /// It goes on.
    GoesOn,
}

/// A key definition of any kind.
struct Definition<'a> {
    certificate: Option<Item<'a>>,
    key: Option<Item<'a>>,
    authorities: Option<Item<'a>>,
    client: Demand,
    without_authorities: WithoutAuthorities,
    /// `coap_asn1_privatekey_type_t`.
    key_type: c_uint,
    pin: Option<&'a CStr>,
}

/// Gives a connection the certificate and the key that `key` names, and lets it trust the authorities that `key` names
/// beside the roots of its context; `setup` is the one in effect. False, and a log line, if something of that can't be
/// had: what was loaded before stays.
///
/// # Safety
/// What `key` points to is readable, and nobody changes it meanwhile.
pub unsafe fn install(
    ssl: &SslRef,
    key: &coap_dtls_key_t,
    setup: &coap_dtls_pki_t,
    server: bool,
    roots: &Roots,
) -> bool {
    x509::forget_certificate(ssl);
    let mut authorities = Authorities::default();
    // SAFETY: handed on to the caller.
    let definition = unsafe { definition(key, setup) };
    let loaded = definition.is_some_and(|definition| load(ssl, &definition, server, &mut authorities).is_some());
    let named = !server || x509::name_authorities(ssl, &authorities.certificates);
    let trusted = roots.apply(ssl, &authorities);
    sys::clear_errors();
    if !named || !trusted {
        log!(LOG_ERR, "certificate authorities: out of memory");
    }
    loaded && named && trusted
}

/// A file name, or a URI; an empty one is none.
///
/// # Safety
/// `name` is null or a C string that lives for `'a`.
unsafe fn name<'a>(name: *const c_char) -> Option<&'a CStr> {
    // SAFETY: handed on to the caller.
    unsafe { memory::text(name) }.filter(|name| !name.is_empty())
}

/// A buffer; an empty one is none.
///
/// # Safety
/// `data` is null, or so many bytes are readable for `'a`.
unsafe fn buffer<'a>(data: *const u8, length: usize) -> Option<&'a [u8]> {
    // SAFETY: handed on to the caller.
    unsafe { memory::bytes(data, length) }.filter(|bytes| !bytes.is_empty())
}

/// What a key definition says; `None`, and a log line, if it is of no kind that there is.
///
/// # Safety
/// As for [`install`].
unsafe fn definition<'a>(key: &'a coap_dtls_key_t, setup: &coap_dtls_pki_t) -> Option<Definition<'a>> {
    const PEM: c_uint = coap_pki_key_t::COAP_PKI_KEY_PEM as c_uint;
    const ASN1: c_uint = coap_pki_key_t::COAP_PKI_KEY_ASN1 as c_uint;
    const PEM_BUF: c_uint = coap_pki_key_t::COAP_PKI_KEY_PEM_BUF as c_uint;
    const PKCS11: c_uint = coap_pki_key_t::COAP_PKI_KEY_PKCS11 as c_uint;
    if setup.is_rpk_not_cert != 0 {
        log!(LOG_ERR, "raw public keys are not supported");
        return None;
    }
    let no_type = coap_asn1_privatekey_type_t::COAP_ASN1_PKEY_NONE as c_uint;
    // SAFETY: the kind says which member is in use; the rest is handed on to the caller.
    unsafe {
        Some(match raw(key.key_type) {
            PEM => {
                let pem = &key.key.pem;
                Definition {
                    certificate: name(pem.public_cert).map(Item::PemFile),
                    key: name(pem.private_key).map(Item::PemFile),
                    authorities: name(pem.ca_file).filter(|_| setup.check_common_ca != 0).map(Item::PemFile),
                    client: Demand::BothOrNeither,
                    without_authorities: WithoutAuthorities::FailsServers,
                    key_type: no_type,
                    pin: None,
                }
            }
            ASN1 => {
                let der = &key.key.asn1;
                Definition {
                    certificate: buffer(der.public_cert, der.public_cert_len).map(Item::Der),
                    key: buffer(der.private_key, der.private_key_len).map(Item::Der),
                    authorities: buffer(der.ca_cert, der.ca_cert_len).map(Item::Der),
                    client: Demand::BothOrNeither,
                    without_authorities: WithoutAuthorities::FailsServers,
                    key_type: raw(der.private_key_type),
                    pin: None,
                }
            }
            PEM_BUF => {
                let pem = &key.key.pem_buf;
                Definition {
                    certificate: buffer(pem.public_cert, pem.public_cert_len).map(Item::Pem),
                    key: buffer(pem.private_key, pem.private_key_len).map(Item::Pem),
                    authorities: buffer(pem.ca_cert, pem.ca_cert_len).map(Item::Pem),
                    client: Demand::Both,
                    without_authorities: WithoutAuthorities::GoesOn,
                    key_type: no_type,
                    pin: None,
                }
            }
            PKCS11 => {
                let token = &key.key.pkcs11;
                let item = |name: &'a CStr| match token::is_uri(name) {
                    true => Item::Token(name),
                    false => Item::DerFile(name),
                };
                Definition {
                    certificate: name(token.public_cert).map(item),
                    key: name(token.private_key).map(item),
                    authorities: name(token.ca).map(item),
                    client: Demand::Nothing,
                    without_authorities: WithoutAuthorities::Fails,
                    key_type: no_type,
                    pin: memory::text(token.user_pin),
                }
            }
            kind => {
                log!(LOG_ERR, "keys of kind {} are not known", kind);
                return None;
            }
        })
    }
}

/// Puts certificate and key onto a connection, and fills `authorities`; `None`, and a log line, if something can't be had.
fn load(ssl: &SslRef, definition: &Definition, server: bool, authorities: &mut Authorities) -> Option<()> {
    let Definition { certificate, key, without_authorities, client, pin, .. } = *definition;
    let demand = if server { Demand::Both } else { client };
    let token = Token::new(pin);
    let mut loaded = None;
    match (certificate, demand) {
        (Some(item), _) => loaded = Some(use_certificate(ssl, item, &token)?),
        (None, Demand::Both) => return missing(server, "certificate"),
        (None, Demand::BothOrNeither) if key.is_some() => return missing(server, "certificate"),
        (None, _) => {}
    }
    match (key, demand) {
        (Some(item), _) => use_key(ssl, item, definition, loaded.as_ref(), &token)?,
        (None, Demand::Both) => return missing(server, "private key"),
        (None, Demand::BothOrNeither) if certificate.is_some() => return missing(server, "private key"),
        (None, _) => {}
    }
    let Some(item) = definition.authorities else { return Some(()) };
    match read_authorities(item, authorities, &token) {
        Ok(()) => Some(()),
        Err(trouble) => {
            log!(trouble.level(), "certificate authority in {}: {}", item, trouble);
            let fails = match without_authorities {
                WithoutAuthorities::Fails => true,
                WithoutAuthorities::FailsServers => server,
                WithoutAuthorities::GoesOn => false,
            };
            (!fails).then_some(())
        }
    }
}

fn missing(server: bool, what: &str) -> Option<()> {
    log!(LOG_ERR, "the {} needs a {}", if server { "server" } else { "client" }, what);
    None
}

/// Puts a certificate onto a connection.
fn use_certificate(ssl: &SslRef, item: Item, token: &Token) -> Option<X509> {
    let used = read_certificate(item, token).and_then(|certificate| match x509::use_certificate(ssl, &certificate) {
        true => Ok(certificate),
        false => Err(Trouble::with_content()),
    });
    used.map_err(|trouble| log!(trouble.level(), "certificate in {}: {}", item, trouble)).ok()
}

/// Puts a key onto a connection, if it is that of the certificate there.
fn use_key(ssl: &SslRef, item: Item, definition: &Definition, certificate: Option<&X509>, token: &Token) -> Option<()> {
    let kind = kind_of(definition.key_type);
    let used = read_key(item, kind, token).and_then(|key| {
        let fits = certificate.is_none_or(|certificate| x509::belong_together(certificate, &key));
        match fits && x509::use_key(ssl, &key) {
            true => Ok(()),
            false => Err(Trouble::with_content()),
        }
    });
    used.map_err(|trouble| log!(trouble.level(), "private key in {}: {}", item, trouble)).ok()
}

/// The first certificate of what `item` names.
fn read_certificate(item: Item, token: &Token) -> Result<X509, Trouble> {
    let first = |pem: &[u8]| match Source::new(pem)?.certificate() {
        Next::Read(certificate) => Some(certificate),
        Next::End | Next::Broken => None,
    };
    let read = match item {
        Item::PemFile(name) => first(&file::read(name)?),
        Item::DerFile(name) => x509::certificate(&file::read(name)?),
        Item::Pem(pem) => first(pem),
        Item::Der(der) => x509::certificate(der),
        Item::Token(uri) => return token.certificate(uri),
    };
    read.ok_or_else(Trouble::with_content)
}

/// The key that `item` names.
fn read_key(item: Item, kind: Option<c_int>, token: &Token) -> Result<PKey<Private>, Trouble> {
    let first = |pem: &[u8]| Source::new(pem)?.key();
    let read = match item {
        Item::PemFile(name) => first(&file::read(name)?),
        Item::DerFile(name) => x509::key(&file::read(name)?, kind),
        Item::Pem(pem) => first(pem),
        Item::Der(der) => x509::key(der, kind),
        Item::Token(uri) => return token.key(uri),
    };
    read.ok_or_else(Trouble::with_content)
}

/// Adds the authorities that `item` names.
fn read_authorities(item: Item, authorities: &mut Authorities, token: &Token) -> Result<(), Trouble> {
    let added = match item {
        Item::PemFile(name) => authorities.add_pem(&file::read(name)?),
        Item::Pem(pem) => authorities.add_pem(pem),
        Item::DerFile(_) | Item::Der(_) | Item::Token(_) => authorities.add(read_certificate(item, token)?),
    };
    added.ok_or_else(Trouble::with_content)
}

/// The kind of key that `private_key_type` means to OpenSSL; `None`: it is to find out.
fn kind_of(key_type: c_uint) -> Option<c_int> {
    use coap_asn1_privatekey_type_t::*;
    /// By the numbers of `coap_asn1_privatekey_type_t`. (A MAC's or a derivation's key is none for a certificate.)
    const KINDS: [c_int; 15] = [
        ffi::NID_undef,
        ffi::NID_rsaEncryption,
        ffi::NID_rsa,
        ffi::NID_dsa,
        ffi::NID_dsa_2,
        ffi::NID_dsaWithSHA,
        ffi::NID_dsaWithSHA1,
        ffi::NID_dsaWithSHA1_2,
        ffi::NID_dhKeyAgreement,
        ffi::NID_dhpublicnumber,
        ffi::NID_X9_62_id_ecPublicKey,
        ffi::NID_hmac,
        ffi::NID_cmac,
        NID_TLS1_PRF,
        NID_HKDF,
    ];
    const NID_TLS1_PRF: c_int = 1021;
    const NID_HKDF: c_int = 1036;
    const { assert!(KINDS.len() == COAP_ASN1_PKEY_HKDF as usize + 1) };
    match KINDS.get(key_type as usize) {
        Some(&ffi::NID_undef) => None,
        Some(&kind) => Some(kind),
        None => {
            log!(LOG_WARNING, "private keys of type {} are not known", key_type);
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::security::openssl::testing::Result as Outcome;
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
}
