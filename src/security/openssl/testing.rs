//! What unit tests of certificates share: certificates of all sorts, and handshakes in memory.

use super::connection::Connection;
use super::pki;
use crate::abi::*;
use crate::base::keep::Kept;
use crate::exchange::{testing, Context, Session};
use crate::security::records::Records;
use crate::security::{SecureConnection, Step};
use core::mem::{zeroed, MaybeUninit};
use openssl::asn1::{Asn1Integer, Asn1Time};
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509Builder, X509Name, X509NameBuilder, X509};
use std::ffi::CString;

/// A certificate and its key.
pub struct Credential {
    pub certificate: X509,
    pub key: PKey<Private>,
}

/// A name that is just a common name.
pub fn common_name(name: &str) -> X509Name {
    let mut builder = X509NameBuilder::new().unwrap();
    builder.append_entry_by_nid(Nid::COMMONNAME, name).unwrap();
    builder.build()
}

pub fn new_key() -> PKey<Private> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
}

/// A certificate valid for an hour (from now, in hours), by an authority or by itself.
pub struct Recipe<'a> {
    pub subject: X509Name,
    pub issuer: Option<&'a Credential>,
    pub authority: bool,
    pub begins: i64,
    pub names: Vec<&'a str>,
}

impl<'a> Recipe<'a> {
    pub fn new(name: &str, issuer: Option<&'a Credential>) -> Self {
        Recipe { subject: common_name(name), issuer, authority: false, begins: 0, names: Vec::new() }
    }

    pub fn make(self) -> Credential {
        let key = new_key();
        // SAFETY: `time` takes null.
        let now = unsafe { libc::time(core::ptr::null_mut()) } + self.begins * 3600;
        let mut builder = X509Builder::new().unwrap();
        builder.set_version(2).unwrap();
        let mut number = BigNum::new().unwrap();
        number.rand(64, openssl::bn::MsbOption::ONE, false).unwrap();
        builder.set_serial_number(&Asn1Integer::from_bn(&number).unwrap()).unwrap();
        builder.set_not_before(&Asn1Time::from_unix(now - 60).unwrap()).unwrap();
        builder.set_not_after(&Asn1Time::from_unix(now + 3600).unwrap()).unwrap();
        builder.set_subject_name(&self.subject).unwrap();
        builder.set_issuer_name(self.issuer.map_or(&self.subject, |issuer| issuer.certificate.subject_name())).unwrap();
        builder.set_pubkey(&key).unwrap();
        if self.authority {
            builder.append_extension(BasicConstraints::new().critical().ca().build().unwrap()).unwrap();
        }
        if !self.names.is_empty() {
            let mut names = SubjectAlternativeName::new();
            for name in &self.names {
                names.dns(name);
            }
            let context = builder.x509v3_context(None, None);
            let names = names.build(&context).unwrap();
            builder.append_extension(names).unwrap();
        }
        builder.sign(self.issuer.map_or(&key, |issuer| &issuer.key), MessageDigest::sha256()).unwrap();
        Credential { certificate: builder.build(), key }
    }
}

/// An authority that signs itself.
pub fn root(name: &str) -> Credential {
    Recipe { authority: true, ..Recipe::new(name, None) }.make()
}

/// A certificate by that authority.
pub fn by(issuer: &Credential, name: &str) -> Credential {
    Recipe::new(name, Some(issuer)).make()
}

/// Settings of nothing, in this version.
pub fn no_setup() -> coap_dtls_pki_t {
    // SAFETY: every field is a number, a raw pointer or an optional function pointer, for all of which zero is a value.
    let mut setup: coap_dtls_pki_t = unsafe { zeroed() };
    setup.version = 1;
    setup
}

/// Buffers in PEM, and the settings that use them.
pub struct Pem {
    certificate: Vec<u8>,
    key: Vec<u8>,
    authorities: Vec<u8>,
}

impl Pem {
    pub fn new(own: &Credential, authorities: &[&Credential]) -> Self {
        let mut all = Vec::new();
        for authority in authorities {
            all.extend(authority.certificate.to_pem().unwrap());
        }
        Pem {
            certificate: own.certificate.to_pem().unwrap(),
            key: own.key.private_key_to_pem_pkcs8().unwrap(),
            authorities: all,
        }
    }

    pub fn setup(&self) -> coap_dtls_pki_t {
        let mut setup = no_setup();
        setup.verify_peer_cert = 1;
        setup.pki_key.key_type = as_enum(coap_pki_key_t::COAP_PKI_KEY_PEM_BUF as u32);
        setup.pki_key.key.pem_buf = coap_pki_key_pem_buf_t {
            ca_cert: self.authorities.as_ptr(),
            public_cert: self.certificate.as_ptr(),
            private_key: self.key.as_ptr(),
            ca_cert_len: self.authorities.len(),
            public_cert_len: self.certificate.len(),
            private_key_len: self.key.len(),
        };
        setup
    }
}

/// What a handshake came to.
#[derive(Debug, PartialEq, Eq)]
pub enum Result {
    /// Both are connected.
    Connected,
    /// One has sent this fatal alert.
    Alert(u8),
}

/// Two ends over DTLS that have not begun. The server's belongs to a session, as ClientHellos demand.
pub struct Ends {
    pub context: Kept<Context>,
    session: Kept<Session>,
    pub client: Kept<Connection>,
    pub server: Kept<Connection>,
}

impl Default for Ends {
    fn default() -> Self {
        let context = testing::context();
        let session = testing::session(&context);
        let [client, server] = [false, true].map(|server| end(&context, server));
        server.belong_to(&session, COAP_PROTO_DTLS);
        Ends { context, session, client, server }
    }
}

fn end(context: &Context, server: bool) -> Kept<Connection> {
    let connection = Connection::new(context.security.ssl_context(true).unwrap(), true, server).unwrap();
    connection.set_mtu(1400);
    connection
}

impl Ends {
    /// Two new ends of the same context.
    pub fn renew(&mut self) {
        self.client = end(&self.context, false);
        self.server = end(&self.context, true);
        self.server.belong_to(&self.session, COAP_PROTO_DTLS);
    }

    /// Gives both their settings; whether all could be loaded.
    pub fn install(&self, client: &coap_dtls_pki_t, server: &coap_dtls_pki_t) -> (bool, bool) {
        // SAFETY: tests keep what the settings point to.
        unsafe {
            let roots = &self.context.security.roots;
            (pki::install(&self.client, client, roots), pki::install(&self.server, server, roots))
        }
    }

    /// Lets them talk until one fails or both are connected.
    pub fn shake_hands(&self) -> Result {
        let mut to_server: Vec<Vec<u8>> = vec![Vec::new()];
        let mut connected = 0;
        let (mut at, mut other) = (&self.client, &self.server);
        for _ in 0..20 {
            let mut answers = Vec::new();
            for datagram in to_server.drain(..) {
                let mut input = &datagram[..];
                loop {
                    let mut records = Records::default();
                    let step = at.read(&mut input, &mut [MaybeUninit::uninit(); 100], &mut records);
                    answers.extend(records.datagrams().map(<[u8]>::to_vec));
                    match step {
                        Step::Connected => connected += 1,
                        Step::Waits => break,
                        Step::Failed { .. } => {
                            // A plain record of content type 21, whose fragment is level and description.
                            let alert = answers.iter().find(|sent| sent[0] == 21 && sent[13] == 2);
                            return Result::Alert(alert.map_or(255, |sent| sent[14]));
                        }
                        step => panic!("{step:?}"),
                    }
                }
            }
            if connected == 2 {
                return Result::Connected;
            }
            to_server = answers;
            core::mem::swap(&mut at, &mut other);
        }
        panic!("no end");
    }
}

/// A handshake between two ends with these settings, all of which can be loaded.
pub fn shake_hands(client: &coap_dtls_pki_t, server: &coap_dtls_pki_t) -> Result {
    let ends = Ends::default();
    assert_eq!(ends.install(client, server), (true, true));
    ends.shake_hands()
}

/// A directory for one test.
pub struct Folder(std::path::PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("coap-pki-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    /// The name of a file in it.
    pub fn name(&self, name: &str) -> CString {
        CString::new(self.0.join(name).to_str().unwrap()).unwrap()
    }

    /// A file in it with this content.
    pub fn put(&self, name: &str, content: &[u8]) -> CString {
        std::fs::write(self.0.join(name), content).unwrap();
        self.name(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
