//! OpenSSL's calls for certificates, keys and stores of certificates. All of them fail rather than give up when
//! memory is short, and none of them ever asks a person for a password.

use core::ffi::{c_char, c_int, c_long, c_uchar, c_void, CStr};
use core::marker::PhantomData;
use core::ops::Deref;
use core::ptr::{null_mut, NonNull};
use foreign_types::{ForeignType, ForeignTypeRef};
use openssl::asn1::Asn1StringRef;
use openssl::pkey::{PKey, PKeyRef, Private};
use openssl::ssl::SslRef;
use openssl::x509::store::{X509Store, X509StoreRef};
use openssl::x509::{X509Crl, X509CrlRef, X509Ref, X509};
use openssl_sys as ffi;

/// Commands of `SSL_ctrl`.
const CTRL_SET_VERIFY_CERT_STORE: c_int = 106;
const CTRL_SET_CHAIN_CERT_STORE: c_int = 107;
/// What an entry of a store is.
const LU_X509: c_int = 1;
const LU_CRL: c_int = 2;

extern "C" {
    fn X509_check_private_key(certificate: *const ffi::X509, key: *const ffi::EVP_PKEY) -> c_int;
    fn X509_STORE_add_crl(store: *mut ffi::X509_STORE, list: *mut ffi::X509_CRL) -> c_int;
    fn X509_OBJECT_get_type(object: *const ffi::X509_OBJECT) -> c_int;
    fn X509_OBJECT_get0_X509_CRL(object: *const ffi::X509_OBJECT) -> *mut ffi::X509_CRL;
    fn PEM_read_bio_X509_AUX(
        from: *mut ffi::BIO,
        certificate: *mut *mut ffi::X509,
        password: ffi::pem_password_cb,
        arg: *mut c_void,
    ) -> *mut ffi::X509;
    fn SSL_certs_clear(ssl: *mut ffi::SSL);
    fn d2i_PrivateKey(
        kind: c_int,
        key: *mut *mut ffi::EVP_PKEY,
        bytes: *mut *const c_uchar,
        length: c_long,
    ) -> *mut ffi::EVP_PKEY;
}

/// Bytes in memory, to be read block by block.
pub struct Source<'a> {
    bio: NonNull<ffi::BIO>,
    bytes: PhantomData<&'a [u8]>,
}

impl<'a> Source<'a> {
    /// `None` without memory, or if there are too many bytes.
    pub fn new(bytes: &'a [u8]) -> Option<Self> {
        let length = c_int::try_from(bytes.len()).ok()?;
        // SAFETY: the bytes are readable while the source lives.
        let bio = unsafe { ffi::BIO_new_mem_buf(bytes.as_ptr().cast(), length) };
        Some(Source { bio: NonNull::new(bio)?, bytes: PhantomData })
    }

    /// The next certificate in PEM (RFC 7468), whatever stands before it.
    pub fn certificate(&mut self) -> Next<X509> {
        // SAFETY: the BIO is live; what is read is ours.
        unsafe {
            let read = ffi::PEM_read_bio_X509(self.bio.as_ptr(), null_mut(), Some(no_password), null_mut());
            Next::new(read, |read| X509::from_ptr(read))
        }
    }

    /// The next certificate to trust in PEM, whatever stands before it: also in OpenSSL's own form, which says for what.
    pub fn authority(&mut self) -> Next<X509> {
        // SAFETY: as in `certificate`.
        unsafe {
            let read = PEM_read_bio_X509_AUX(self.bio.as_ptr(), null_mut(), Some(no_password), null_mut());
            Next::new(read, |read| X509::from_ptr(read))
        }
    }

    /// The next list of revoked certificates in PEM, whatever stands before it.
    pub fn revocations(&mut self) -> Next<X509Crl> {
        // SAFETY: as in `certificate`.
        unsafe {
            let read = ffi::PEM_read_bio_X509_CRL(self.bio.as_ptr(), null_mut(), Some(no_password), null_mut());
            Next::new(read, |read| X509Crl::from_ptr(read))
        }
    }

    /// The next private key in PEM, whatever stands before it; one that is encrypted can't be read.
    pub fn key(&mut self) -> Option<PKey<Private>> {
        // SAFETY: as in `certificate`.
        unsafe {
            let read = ffi::PEM_read_bio_PrivateKey(self.bio.as_ptr(), null_mut(), Some(no_password), null_mut());
            (!read.is_null()).then(|| PKey::from_ptr(read))
        }
    }
}

impl Drop for Source<'_> {
    fn drop(&mut self) {
        // SAFETY: ours, and not used any more.
        unsafe { ffi::BIO_free_all(self.bio.as_ptr()) }
    }
}

/// What a [`Source`] had next.
pub enum Next<T> {
    /// This one.
    Read(T),
    /// Nothing of the kind; no error is left noted.
    End,
    /// Something that can't be read; the error is noted.
    Broken,
}

impl<T> Next<T> {
    fn new<P>(read: *mut P, own: impl FnOnce(*mut P) -> T) -> Self {
        if !read.is_null() {
            return Next::Read(own(read));
        }
        // SAFETY: no demands.
        let error = unsafe { ffi::ERR_peek_last_error() };
        if ffi::ERR_GET_LIB(error) == ffi::ERR_LIB_PEM && ffi::ERR_GET_REASON(error) == ffi::PEM_R_NO_START_LINE {
            super::clear_errors();
            return Next::End;
        }
        Next::Broken
    }
}

/// Asked for the password of an encrypted key: there is none.
unsafe extern "C" fn no_password(_room: *mut c_char, _size: c_int, _writing: c_int, _arg: *mut c_void) -> c_int {
    -1
}

/// A certificate in DER.
pub fn certificate(der: &[u8]) -> Option<X509> {
    let mut at = der.as_ptr();
    // SAFETY: so many bytes are readable; what is read is ours.
    unsafe {
        let read = ffi::d2i_X509(null_mut(), &mut at, c_long::try_from(der.len()).ok()?);
        (!read.is_null()).then(|| X509::from_ptr(read))
    }
}

/// A private key in DER, of this kind (`EVP_PKEY_...`) or of the kind that it says itself; one that is encrypted
/// can't be read.
pub fn key(der: &[u8], kind: Option<c_int>) -> Option<PKey<Private>> {
    let mut at = der.as_ptr();
    let length = c_long::try_from(der.len()).ok()?;
    // SAFETY: so many bytes are readable; what is read is ours.
    unsafe {
        let read = match kind {
            Some(kind) => d2i_PrivateKey(kind, null_mut(), &mut at, length),
            None => ffi::d2i_AutoPrivateKey(null_mut(), &mut at, length),
        };
        (!read.is_null()).then(|| PKey::from_ptr(read))
    }
}

/// `X509_check_private_key`: whether a key is that of a certificate.
pub fn belong_together(certificate: &X509Ref, key: &PKeyRef<Private>) -> bool {
    // SAFETY: both are live.
    unsafe { X509_check_private_key(certificate.as_ptr(), key.as_ptr()) == 1 }
}

/// `SSL_certs_clear`: a connection forgets its own certificate and key.
pub fn forget_certificate(ssl: &SslRef) {
    // SAFETY: the object is live.
    unsafe { SSL_certs_clear(ssl.as_ptr()) }
}

/// `SSL_use_certificate`: a connection shows this certificate.
pub fn use_certificate(ssl: &SslRef, certificate: &X509Ref) -> bool {
    // SAFETY: both are live; the connection takes a reference of its own.
    unsafe { ffi::SSL_use_certificate(ssl.as_ptr(), certificate.as_ptr()) == 1 }
}

/// `SSL_use_PrivateKey`: a connection has this key.
pub fn use_key(ssl: &SslRef, key: &PKeyRef<Private>) -> bool {
    // SAFETY: as in `use_certificate`.
    unsafe { ffi::SSL_use_PrivateKey(ssl.as_ptr(), key.as_ptr()) == 1 }
}

/// `SSL_set_client_CA_list` and `SSL_add_client_CA`: a server names these authorities to its clients, and no others.
pub fn name_authorities(ssl: &SslRef, authorities: &[X509]) -> bool {
    // SAFETY: all of them are live; the names are copied.
    unsafe {
        ffi::SSL_set_client_CA_list(ssl.as_ptr(), null_mut());
        authorities.iter().all(|authority| ffi::SSL_add_client_CA(ssl.as_ptr(), authority.as_ptr()) == 1)
    }
}

/// An empty store; `None` without memory.
pub fn new_store() -> Option<X509Store> {
    // SAFETY: what is made is ours.
    unsafe {
        let store = ffi::X509_STORE_new();
        (!store.is_null()).then(|| X509Store::from_ptr(store))
    }
}

/// Adds a certificate to trust.
pub fn add_certificate(store: &X509StoreRef, certificate: &X509Ref) -> bool {
    // SAFETY: both are live; the store takes a reference of its own.
    unsafe { ffi::X509_STORE_add_cert(store.as_ptr(), certificate.as_ptr()) == 1 }
}

/// Adds a list of revoked certificates.
pub fn add_revocations(store: &X509StoreRef, list: &X509CrlRef) -> bool {
    // SAFETY: as in `add_certificate`.
    unsafe { X509_STORE_add_crl(store.as_ptr(), list.as_ptr()) == 1 }
}

/// Adds what another store has in memory.
pub fn add_all(store: &X509StoreRef, other: &X509StoreRef) -> bool {
    // SAFETY: both are live, and the entries live in the other one; this one takes references of its own.
    unsafe {
        let entries = ffi::X509_STORE_get0_objects(other.as_ptr()).cast();
        (0..ffi::OPENSSL_sk_num(entries)).all(|index| {
            let entry = ffi::OPENSSL_sk_value(entries, index).cast::<ffi::X509_OBJECT>();
            match X509_OBJECT_get_type(entry) {
                LU_X509 => ffi::X509_STORE_add_cert(store.as_ptr(), ffi::X509_OBJECT_get0_X509(entry)) == 1,
                LU_CRL => X509_STORE_add_crl(store.as_ptr(), X509_OBJECT_get0_X509_CRL(entry)) == 1,
                _ => true,
            }
        })
    }
}

/// Adds what a directory has under hashed names, to be looked up when it is needed. False without memory, and for an
/// empty name.
pub fn add_directory(store: &X509StoreRef, name: &CStr) -> bool {
    // SAFETY: the store is live and owns the look-up; the name is copied.
    unsafe {
        let lookup = ffi::X509_STORE_add_lookup(store.as_ptr(), ffi::X509_LOOKUP_hash_dir());
        !lookup.is_null() && ffi::X509_LOOKUP_add_dir(lookup, name.as_ptr(), ffi::X509_FILETYPE_PEM) == 1
    }
}

/// A connection verifies its peer by this store, and completes its own chain from it; `None`: by an empty one.
pub fn use_store(ssl: &SslRef, store: Option<&X509StoreRef>) -> bool {
    // Without, it is that of its `SSL_CTX`, to which we add nothing.
    let store = store.map_or(null_mut(), X509StoreRef::as_ptr).cast();
    // SAFETY: the object is live, and so is the store; with a 1 the connection takes a reference of its own.
    let set = |command| unsafe { ffi::SSL_ctrl(ssl.as_ptr(), command, 1, store) == 1 };
    set(CTRL_SET_VERIFY_CERT_STORE) && set(CTRL_SET_CHAIN_CERT_STORE)
}

/// How a connection verifies its peer.
pub struct Verification {
    /// A server asks for a certificate; for a client, failures are fatal.
    pub demanded: bool,
    /// So many certificates may stand between the peer's and the authority's; `None`: as many as OpenSSL allows.
    pub depth: Option<c_int>,
    /// The peer's certificate must not be on a list of revoked ones, and there must be a list.
    pub revocation: bool,
    /// Told of each error, and of each certificate.
    pub callback: extern "C" fn(ok: c_int, store: *mut ffi::X509_STORE_CTX) -> c_int,
}

/// Sets that.
pub fn set_verification(ssl: &SslRef, verification: &Verification) {
    let Verification { demanded, depth, revocation, callback } = *verification;
    let mode = match demanded {
        true => ffi::SSL_VERIFY_PEER | ffi::SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
        false => ffi::SSL_VERIFY_NONE,
    };
    // SAFETY: the object is live, and so are its parameters.
    unsafe {
        ffi::SSL_set_verify(ssl.as_ptr(), mode, Some(callback));
        let parameters = ffi::SSL_get0_param(ssl.as_ptr());
        // -1: what OpenSSL has for all connections.
        ffi::X509_VERIFY_PARAM_set_depth(parameters, depth.unwrap_or(-1));
        match revocation {
            true => ffi::X509_VERIFY_PARAM_set_flags(parameters, ffi::X509_V_FLAG_CRL_CHECK),
            false => ffi::X509_VERIFY_PARAM_clear_flags(parameters, ffi::X509_V_FLAG_CRL_CHECK),
        };
    }
}

/// A verification that is under way, for its callback.
pub struct Verified(NonNull<ffi::X509_STORE_CTX>);

impl Verified {
    /// # Safety
    /// It is what OpenSSL has given to a callback that has not returned yet.
    pub unsafe fn new(context: *mut ffi::X509_STORE_CTX) -> Option<Self> {
        NonNull::new(context).map(Verified)
    }

    /// The connection whose peer is verified.
    pub fn ssl(&self) -> *const ffi::SSL {
        // SAFETY: live; the index is the one that connections put themselves at.
        unsafe { ffi::X509_STORE_CTX_get_ex_data(self.0.as_ptr(), ffi::SSL_get_ex_data_X509_STORE_CTX_idx()).cast() }
    }

    /// The error found last, `X509_V_ERR_...`.
    pub fn error(&self) -> c_int {
        // SAFETY: live.
        unsafe { ffi::X509_STORE_CTX_get_error(self.0.as_ptr()) }
    }

    /// Notes another error, which decides the alert; or none, 0.
    pub fn set_error(&self, error: c_int) {
        // SAFETY: live.
        unsafe { ffi::X509_STORE_CTX_set_error(self.0.as_ptr(), error) }
    }

    /// How far from the peer's own certificate it is: 0 is that.
    pub fn depth(&self) -> c_int {
        // SAFETY: live.
        unsafe { ffi::X509_STORE_CTX_get_error_depth(self.0.as_ptr()) }
    }

    /// The certificate that this is about, if it is known.
    pub fn certificate(&self) -> Option<X509> {
        // SAFETY: live, and so is the certificate; the reference is ours.
        unsafe {
            let certificate = ffi::X509_STORE_CTX_get_current_cert(self.0.as_ptr());
            (!certificate.is_null() && ffi::X509_up_ref(certificate) == 1).then(|| X509::from_ptr(certificate))
        }
    }
}

/// What an error of a verification is, in words.
pub fn verification_error(error: c_int) -> &'static CStr {
    // SAFETY: the texts are constants of OpenSSL's; it has one for every number.
    unsafe { CStr::from_ptr(ffi::X509_verify_cert_error_string(error.into())) }
}

/// Bytes that OpenSSL has made.
pub struct Bytes {
    data: NonNull<u8>,
    length: usize,
}

impl Bytes {
    /// # Safety
    /// `length` bytes from `data` on are initialised, and are the caller's to give away, if `length` is not negative.
    unsafe fn new(data: *mut u8, length: c_int) -> Option<Self> {
        Some(Bytes { length: usize::try_from(length).ok()?, data: NonNull::new(data)? })
    }
}

impl Deref for Bytes {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        // SAFETY: ours, and so long.
        unsafe { core::slice::from_raw_parts(self.data.as_ptr(), self.length) }
    }
}

impl Drop for Bytes {
    fn drop(&mut self) {
        // SAFETY: ours, and not used any more.
        unsafe { ffi::OPENSSL_free(self.data.as_ptr().cast()) }
    }
}

/// A certificate in DER; `None` without memory.
pub fn der(certificate: &X509Ref) -> Option<Bytes> {
    let mut data = null_mut();
    // SAFETY: live; what is made is ours.
    unsafe {
        let length = ffi::i2d_X509(certificate.as_ptr(), &mut data);
        Bytes::new(data, length)
    }
}

/// A text of a certificate in UTF-8; `None` without memory, and if it is none.
pub fn utf8(text: &Asn1StringRef) -> Option<Bytes> {
    let mut data = null_mut();
    // SAFETY: live; what is made is ours.
    unsafe {
        let length = ffi::ASN1_STRING_to_UTF8(&mut data, text.as_ptr());
        Bytes::new(data, length)
    }
}
