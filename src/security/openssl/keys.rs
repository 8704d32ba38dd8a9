//! Certificates and keys as applications give them, put onto one connection (docs/spec/security.md, sections 5.2 to
//! 5.4). Files are read afresh for each, so that replaced ones take effect.

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
    /// What kind of key it has to be, to OpenSSL; `None`: that is for OpenSSL to find out.
    kind_of_key: Option<c_int>,
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
                    kind_of_key: None,
                    pin: None,
                }
            }
            ASN1 => {
                let der = &key.key.asn1;
                // First, since it may log.
                let kind_of_key = kind_of(raw(der.private_key_type));
                Definition {
                    certificate: buffer(der.public_cert, der.public_cert_len).map(Item::Der),
                    key: buffer(der.private_key, der.private_key_len).map(Item::Der),
                    authorities: buffer(der.ca_cert, der.ca_cert_len).map(Item::Der),
                    client: Demand::BothOrNeither,
                    without_authorities: WithoutAuthorities::FailsServers,
                    kind_of_key,
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
                    kind_of_key: None,
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
                    kind_of_key: None,
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

/// Puts certificate and key onto a connection, and fills `authorities`; `None`, and a log line, if something can't be
/// had.
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
    let used = read_key(item, definition.kind_of_key, token).and_then(|key| {
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
    added.filter(|()| !authorities.certificates.is_empty()).ok_or_else(Trouble::with_content)
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
#[path = "keys_tests.rs"]
mod tests;
