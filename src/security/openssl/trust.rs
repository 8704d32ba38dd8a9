//! Whom to trust (docs/spec/security.md, section 5.5; T3): the roots of a context, and with them, for one handshake,
//! the authorities of the key definition that it uses.

use super::file;
use super::subject::Shown;
use super::sys;
use super::sys::certificates::{self as x509, Next, Source};
use crate::base::log::LOG_WARNING;
use crate::base::memory;
use crate::log;
use core::cell::{OnceCell, RefCell};
use core::ffi::CStr;
use openssl::ssl::SslRef;
use openssl::x509::store::{X509Store, X509StoreRef};
use openssl::x509::{X509Crl, X509};

/// Certificates to trust, and lists of those that have been revoked.
#[derive(Default)]
pub struct Authorities {
    /// The certificates.
    pub certificates: Vec<X509>,
    revocations: Vec<X509Crl>,
}

impl Authorities {
    /// Adds a certificate; `None` without memory.
    pub fn add(&mut self, certificate: X509) -> Option<()> {
        self.certificates.try_reserve(1).ok()?;
        self.certificates.push(certificate);
        Some(())
    }

    /// Adds all certificates and lists in PEM. `None`, with OpenSSL's error noted if it has one, if there are none, or
    /// something can't be read; what was read before that stays.
    pub fn add_pem(&mut self, pem: &[u8]) -> Option<()> {
        let before = self.len();
        let mut source = Source::new(pem)?;
        loop {
            match source.authority() {
                Next::Read(certificate) => self.add(certificate)?,
                Next::End => break,
                Next::Broken => return None,
            }
        }
        let mut source = Source::new(pem)?;
        loop {
            match source.revocations() {
                Next::Read(list) => {
                    self.revocations.try_reserve(1).ok()?;
                    self.revocations.push(list);
                }
                Next::End => break,
                Next::Broken => return None,
            }
        }
        (self.len() > before).then_some(())
    }

    /// How many certificates and lists there are.
    fn len(&self) -> usize {
        self.certificates.len() + self.revocations.len()
    }

    /// Adds all of it to a store; false without memory.
    fn add_to(&self, store: &X509StoreRef) -> bool {
        self.certificates.iter().all(|certificate| x509::add_certificate(store, certificate))
            && self.revocations.iter().all(|list| x509::add_revocations(store, list))
    }
}

/// What `coap_context_set_pki_root_cas` has loaded for a context.
#[derive(Default)]
pub struct Roots {
    store: OnceCell<X509Store>,
    /// The names of the directories that the store looks into, with their NULs.
    directories: RefCell<Vec<Vec<u8>>>,
}

impl Roots {
    /// Adds what is in a file and in a directory with hashed names. False, and a log line, if there is neither, or the
    /// file can't be used; a directory that does not exist has nothing in it.
    pub fn add(&self, file: Option<&CStr>, directory: Option<&CStr>) -> bool {
        if file.is_none() && directory.is_none() {
            log!(LOG_WARNING, "certificate authorities: neither a file nor a directory is given");
            return false;
        }
        if let Some(name) = file {
            if let Err(reason) = self.add_file(name) {
                log!(LOG_WARNING, "certificate authorities in '{}': {}", Shown(name.to_bytes()), reason);
                return false;
            }
        }
        if let Some(name) = directory {
            if self.add_directory(name).is_none() {
                sys::clear_errors();
                log!(LOG_WARNING, "certificate authorities below '{}' can't be used", Shown(name.to_bytes()));
                return false;
            }
        }
        true
    }

    fn add_file(&self, name: &CStr) -> Result<(), file::Trouble> {
        let content = file::read(name)?;
        let mut authorities = Authorities::default();
        authorities.add_pem(&content).ok_or_else(file::Trouble::with_content)?;
        let store = self.store().ok_or(file::Trouble::Memory)?;
        authorities.add_to(store).then_some(()).ok_or_else(file::Trouble::with_content)
    }

    fn add_directory(&self, name: &CStr) -> Option<()> {
        let store = self.store()?;
        let mut directories = self.directories.borrow_mut();
        if directories.iter().any(|known| known == name.to_bytes_with_nul()) {
            return Some(());
        }
        directories.try_reserve(1).ok()?;
        let copy = memory::to_vec(name.to_bytes_with_nul())?;
        if !x509::add_directory(store, name) {
            return None;
        }
        directories.push(copy);
        Some(())
    }

    /// The store, made when it is first needed; `None` without memory.
    fn store(&self) -> Option<&X509StoreRef> {
        if self.store.get().is_none() {
            let _ = self.store.set(x509::new_store()?);
        }
        self.store.get().map(|store| &**store)
    }

    /// Lets one connection trust these roots and `authorities`, and nobody else: its peer's chain has to end there, and
    /// its own chain is completed from there. False without memory: then it trusts nobody, whoever that was before.
    pub fn apply(&self, ssl: &SslRef, authorities: &Authorities) -> bool {
        x509::use_store(ssl, None);
        let apply = || {
            let roots = self.store()?;
            if authorities.len() == 0 {
                return x509::use_store(ssl, Some(roots)).then_some(());
            }
            let store = x509::new_store()?;
            let complete =
                authorities.add_to(&store)
                    && x509::add_all(&store, roots)
                    && self.directories.borrow().iter().all(|name| {
                        CStr::from_bytes_with_nul(name).is_ok_and(|name| x509::add_directory(&store, name))
                    });
            (complete && x509::use_store(ssl, Some(&store))).then_some(())
        };
        apply().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use openssl::x509::X509NameRef;

    /// The name under which a directory with hashed names has a certificate of this subject.
    fn hashed(subject: &X509NameRef) -> String {
        use foreign_types::ForeignTypeRef;
        extern "C" {
            fn X509_NAME_hash_ex(
                name: *const openssl_sys::X509_NAME,
                context: *mut u8,
                properties: *const u8,
                ok: *mut i32,
            ) -> core::ffi::c_ulong;
        }
        // SAFETY: the name is live, the rest may be null.
        let hash = unsafe {
            X509_NAME_hash_ex(subject.as_ptr(), core::ptr::null_mut(), core::ptr::null(), core::ptr::null_mut())
        };
        format!("{hash:08x}.0")
    }

    #[test]
    fn files_and_directories() {
        let folder = Folder::new("trust");
        let (one, two) = (root("one"), root("two"));
        let pem = |authority: &Credential| authority.certificate.to_pem().unwrap();
        let file = folder.put("file", &[pem(&one), pem(&two)].concat());
        let roots = Roots::default();
        assert!(!roots.add(None, None));
        assert!(roots.add(Some(&file), None));
        assert!(roots.add(Some(&file), None), "the same again");
        let missing = folder.name("missing");
        assert!(roots.add(None, Some(&missing)));
        assert!(roots.add(Some(&file), Some(&missing)));
        assert!(roots.add(Some(&file), Some(&missing)));
        assert_eq!(roots.directories.borrow().len(), 1);
        for bad in [&missing, &folder.name(""), &folder.put("empty", b""), &folder.put("text", b"x"), &c"".into()] {
            assert!(!roots.add(Some(bad), None));
            assert!(!roots.add(Some(bad), Some(&missing)));
        }
        assert!(!roots.add(None, Some(c"")));
        let mut broken = pem(&root("three"));
        broken.extend(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        assert!(!roots.add(Some(&folder.put("broken", &broken)), None));
        assert_eq!(roots.store().unwrap().all_certificates().len(), 2, "nothing of a broken file");
    }

    /// Whether a client that has no authorities of its own, or these, takes a server with a certificate by `issuer`.
    fn trusts(ends: &Ends, own: Option<&Credential>, issuer: &Credential) -> bool {
        let server = Pem::new(&by(issuer, "server"), &[]);
        let own: Vec<&Credential> = own.into_iter().collect();
        let client = Pem::new(&root("client"), &own);
        let mut server = server.setup();
        server.verify_peer_cert = 0;
        assert_eq!(ends.install(&client.setup(), &server), (true, true));
        ends.shake_hands() == Result::Connected
    }

    #[test]
    fn roots_and_authorities_of_one_handshake() {
        // T3: the authorities of one handshake are none for the next, in the same context.
        let folder = Folder::new("roots");
        let (everywhere, below, here) = (root("everywhere"), root("below"), root("here"));
        let file = folder.put("file", &everywhere.certificate.to_pem().unwrap());
        folder.put(&hashed(below.certificate.subject_name()), &below.certificate.to_pem().unwrap());
        let folder = folder.name("");
        let mut ends = Ends::default();
        assert!(!trusts(&ends, None, &everywhere));
        assert!(ends.context.security.roots.add(Some(&file), Some(&folder)));
        for own in [None, Some(&here), None] {
            for (issuer, expected) in [(&everywhere, true), (&below, true), (&here, own.is_some())] {
                ends.renew();
                assert_eq!(trusts(&ends, own, issuer), expected);
            }
        }
    }

    #[test]
    fn nobody_is_trusted_where_the_roots_are_taken_away() {
        // What is left to a handshake whose new roots can't be had, with those of an earlier ClientHello.
        let us = root("us");
        let (server, client) = (Pem::new(&by(&us, "server"), &[&us]), Pem::new(&by(&us, "client"), &[&us]));
        for taken in [false, true] {
            let ends = Ends::default();
            assert_eq!(ends.install(&client.setup(), &server.setup()), (true, true));
            assert!(!taken || x509::use_store(ends.client.ssl(), None));
            assert_eq!(ends.shake_hands(), if taken { Result::Alert(48) } else { Result::Connected });
        }
    }
}
