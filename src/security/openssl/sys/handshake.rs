//! OpenSSL's calls for what the two ends tell each other in a handshake: suites, extensions, names, protocols.

use core::ffi::{c_char, c_int, c_long, c_uchar, c_uint, c_void, CStr};
use core::marker::PhantomData;
use core::ptr::{null, null_mut};
use foreign_types::ForeignTypeRef;
use openssl::ssl::{SslContextRef, SslRef};
use openssl_sys as ffi;
use std::sync::OnceLock;

/// Command of `SSL_ctrl`, and the only kind of name that there is.
const CTRL_SET_TLSEXT_HOSTNAME: c_int = 55;
const NAMETYPE_HOST_NAME: c_long = 0;

/// `SSL_SECOP_...`: of what kind the object is that a security callback is asked about, and a cipher suite.
const SECOP_OTHER_TYPE: c_int = !0xffff;
const SECOP_OTHER_CIPHER: c_int = 1 << 16;

type SecurityCallback = unsafe extern "C" fn(
    ssl: *const ffi::SSL,
    context: *const ffi::SSL_CTX,
    operation: c_int,
    bits: c_int,
    nid: c_int,
    other: *mut c_void,
    extra: *mut c_void,
) -> c_int;
pub type ChooseProtocol = extern "C" fn(
    ssl: *mut ffi::SSL,
    chosen: *mut *const c_uchar,
    length: *mut c_uchar,
    offered: *const c_uchar,
    offered_length: c_uint,
    arg: *mut c_void,
) -> c_int;

type CertificateCallback = extern "C" fn(ssl: *mut ffi::SSL, arg: *mut c_void) -> c_int;

extern "C" {
    fn SSL_CTX_set_cert_cb(context: *mut ffi::SSL_CTX, callback: Option<CertificateCallback>, arg: *mut c_void);
    fn SSL_CIPHER_find(ssl: *mut ffi::SSL, id: *const c_uchar) -> *const ffi::SSL_CIPHER;
    fn SSL_CTX_set_security_callback(context: *mut ffi::SSL_CTX, callback: Option<SecurityCallback>);
    fn SSL_CTX_get_security_callback(context: *const ffi::SSL_CTX) -> Option<SecurityCallback>;
}

/// A ClientHello, for the callback that looks at it first.
#[derive(Clone, Copy)]
pub struct Hello<'a> {
    ssl: *mut ffi::SSL,
    callback: PhantomData<&'a ()>,
}

impl<'a> Hello<'a> {
    /// # Safety
    /// OpenSSL has given `ssl` to a ClientHello callback, which returns no sooner than `'a` ends.
    pub unsafe fn new(ssl: *mut ffi::SSL) -> Self {
        Hello { ssl, callback: PhantomData }
    }

    /// The cipher suites that the client offers, two bytes each.
    pub fn suites(self) -> &'a [[u8; 2]] {
        let mut suites = null();
        // SAFETY: the hello is readable until the callback returns.
        let bytes: &[u8] = unsafe {
            let length = ffi::SSL_client_hello_get0_ciphers(self.ssl, &mut suites);
            match suites.is_null() {
                true => &[],
                false => core::slice::from_raw_parts(suites, length),
            }
        };
        bytes.as_chunks().0
    }

    /// What an extension of this type says, if the client sends it.
    pub fn extension(self, kind: u16) -> Option<&'a [u8]> {
        let (mut body, mut length) = (null(), 0);
        // SAFETY: as above.
        unsafe {
            if ffi::SSL_client_hello_get0_ext(self.ssl, kind.into(), &mut body, &mut length) != 1 {
                return None;
            }
            Some(match body.is_null() {
                true => &[],
                false => core::slice::from_raw_parts(body, length),
            })
        }
    }

    /// OpenSSL's name of a suite, if it knows that.
    pub fn name_of(self, suite: &[u8; 2]) -> Option<&'static CStr> {
        // SAFETY: the object is live, the suite two bytes long, and the names are constants.
        unsafe {
            let suite = SSL_CIPHER_find(self.ssl, suite.as_ptr());
            (!suite.is_null()).then(|| CStr::from_ptr(ffi::SSL_CIPHER_get_name(suite)))
        }
    }
}

/// Whether the version in use is 1.2; the versions before that are never used.
pub fn is_version_1_2(ssl: *const ffi::SSL) -> bool {
    // SAFETY: the object is live.
    matches!(unsafe { ffi::SSL_version(ssl) }, ffi::TLS1_2_VERSION | ffi::DTLS1_2_VERSION)
}

/// `SSL_set_tlsext_host_name`: a client asks for the server of that name, which is copied. False without memory.
pub fn ask_for(ssl: &SslRef, name: &CStr) -> bool {
    // SAFETY: the object is live.
    unsafe {
        ffi::SSL_ctrl(
            ssl.as_ptr(),
            CTRL_SET_TLSEXT_HOSTNAME,
            NAMETYPE_HOST_NAME,
            name.as_ptr().cast::<c_char>().cast_mut().cast(),
        ) == 1
    }
}

/// `SSL_set_alpn_protos`: a client offers these protocols, each with its length before it. False without memory.
pub fn offer_protocols(ssl: &SslRef, protocols: &[u8]) -> bool {
    let Ok(length) = c_uint::try_from(protocols.len()) else { return false };
    // SAFETY: the object is live, the list is copied. (0 is success.)
    unsafe { ffi::SSL_set_alpn_protos(ssl.as_ptr(), protocols.as_ptr(), length) == 0 }
}

/// `SSL_CTX_set_alpn_select_cb`: how servers choose among the protocols that a client offers.
pub fn set_protocol_callback(context: &SslContextRef, callback: ChooseProtocol) {
    // SAFETY: the context is live.
    unsafe { ffi::SSL_CTX_set_alpn_select_cb__fixed_rust(context.as_ptr(), Some(callback), null_mut()) }
}

/// `SSL_CTX_set_cert_cb`, with a callback that leaves everything as it is. As there is one, OpenSSL takes it that a server
/// may have a certificate, and version 1.3 is possible: without one, a client that can only do that is told that the
/// handshake fails (40), and not that its version is wrong (70).
pub fn expect_certificates(context: &SslContextRef) {
    // SAFETY: the context is live.
    unsafe { SSL_CTX_set_cert_cb(context.as_ptr(), Some(leave_certificates), null_mut()) }
}

extern "C" fn leave_certificates(_ssl: *mut ffi::SSL, _arg: *mut c_void) -> c_int {
    1
}

/// Makes [`Hello::extension`] see an extension that OpenSSL itself does not know; whether that is so. Nobody sends it.
pub fn see_extension(context: &SslContextRef, kind: u16) -> bool {
    // SAFETY: the context is live.
    unsafe {
        let (add, when) = (Some(add_nothing as _), ffi::SSL_EXT_CLIENT_HELLO);
        ffi::SSL_extension_supported(kind.into()) == 1
            || ffi::SSL_CTX_add_custom_ext(context.as_ptr(), kind.into(), when, add, None, null_mut(), None, null_mut())
                == 1
    }
}

unsafe extern "C" fn add_nothing(
    _ssl: *mut ffi::SSL,
    _kind: c_uint,
    _when: c_uint,
    _body: *mut *const c_uchar,
    _length: *mut usize,
    _certificate: *mut ffi::X509,
    _place: usize,
    _alert: *mut c_int,
    _arg: *mut c_void,
) -> c_int {
    0
}

/// `SSL_CTX_set_cipher_list`: the suites up to version 1.2, for what is made from this context.
pub fn set_context_ciphers(context: &SslContextRef, suites: &CStr) -> bool {
    // SAFETY: the context is live, the text is copied.
    unsafe { ffi::SSL_CTX_set_cipher_list(context.as_ptr(), suites.as_ptr()) == 1 }
}

/// What OpenSSL itself thinks of security: the same for every context.
static BUILT_IN: OnceLock<SecurityCallback> = OnceLock::new();

/// Lets connections made from this context use these suites, whatever their security level; to anything else the level
/// applies as ever.
pub fn allow_suites<S: Allowed>(context: &SslContextRef) {
    // SAFETY: the context is live.
    unsafe {
        let Some(built_in) = SSL_CTX_get_security_callback(context.as_ptr()) else { return };
        // Of a new context, so it is always OpenSSL's.
        BUILT_IN.get_or_init(|| built_in);
        SSL_CTX_set_security_callback(context.as_ptr(), Some(judge::<S>));
    }
}

/// Which suites are allowed at any level.
pub trait Allowed {
    /// Whether the one with this number is.
    fn allows(suite: u16) -> bool;
}

unsafe extern "C" fn judge<S: Allowed>(
    ssl: *const ffi::SSL,
    context: *const ffi::SSL_CTX,
    operation: c_int,
    bits: c_int,
    nid: c_int,
    other: *mut c_void,
    extra: *mut c_void,
) -> c_int {
    // SAFETY: OpenSSL gives a suite where the operation says so; the rest is passed on as it came.
    unsafe {
        let is_suite = operation & SECOP_OTHER_TYPE == SECOP_OTHER_CIPHER && !other.is_null();
        if is_suite && S::allows(ffi::SSL_CIPHER_get_protocol_id(other.cast())) {
            return 1;
        }
        BUILT_IN.get().map_or(0, |built_in| built_in(ssl, context, operation, bits, nid, other, extra))
    }
}
