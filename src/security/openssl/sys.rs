//! The calls of OpenSSL that crate `openssl` does not have, or has in a form that gives up when memory is short: each is
//! wrapped here, once.

pub mod certificates;
pub mod handshake;
pub mod store;
pub mod wire;

use core::ffi::{c_char, c_int, c_long, c_uchar, c_uint, c_void, CStr};
use core::mem::MaybeUninit;
use core::ptr::{null, null_mut, NonNull};
use foreign_types::{ForeignType, ForeignTypeRef};
use openssl::ssl::{Ssl, SslContext, SslContextRef, SslRef};
use openssl_sys as ffi;
use std::panic::{catch_unwind, AssertUnwindSafe};

/// `SSL_CB_...`: what an information callback is told of (OpenSSL's `ssl.h`).
pub const CB_HANDSHAKE_START: c_int = 0x10;
pub const CB_LOOP: c_int = 1;
pub const CB_READ: c_int = 4;
pub const CB_ALERT: c_int = 0x4000;

/// What `SSL_want` says of a call that goes on when more has been read.
const SSL_READING: c_int = 3;

/// Over DTLS there is room for records of so many bytes at first. OpenSSL would keep 16 KiB for each session, which
/// hardly ever sends more than a datagram's.
pub const SMALL_RECORD: usize = 1472;

/// Commands of `SSL_ctrl`.
const CTRL_SET_MAX_CERT_LIST: c_int = 51;
const CTRL_SET_LONGEST_FRAGMENT: c_int = 52;
const CTRL_GET_TIMEOUT: c_int = 73;
const CTRL_HANDLE_TIMEOUT: c_int = 74;

/// `SSL_AD_...`: the alerts of RFC 8446, section 6.
pub const ALERT_CLOSE_NOTIFY: c_int = 0;
pub const ALERT_NO_RENEGOTIATION: c_int = 100;

pub type InfoCallback = unsafe extern "C" fn(ssl: *const ffi::SSL, kind: c_int, value: c_int);
pub type PskClientCallback = unsafe extern "C" fn(
    ssl: *mut ffi::SSL,
    hint: *const c_char,
    identity: *mut c_char,
    max_identity_len: c_uint,
    key: *mut c_uchar,
    max_key_len: c_uint,
) -> c_uint;
pub type PskServerCallback =
    unsafe extern "C" fn(ssl: *mut ffi::SSL, identity: *const c_char, key: *mut c_uchar, max_key_len: c_uint) -> c_uint;

extern "C" {
    fn ERR_set_mark() -> c_int;
    fn ERR_pop_to_mark() -> c_int;
    fn DTLSv1_listen(ssl: *mut ffi::SSL, client: *mut c_void) -> c_int;
    fn BIO_ADDR_new() -> *mut c_void;
    fn BIO_ADDR_free(address: *mut c_void);
    fn HMAC(
        method: *const ffi::EVP_MD,
        key: *const c_void,
        key_length: c_int,
        data: *const c_uchar,
        length: usize,
        code: *mut c_uchar,
        code_length: *mut c_uint,
    ) -> *mut c_uchar;
    fn SSL_CTX_set_info_callback(ctx: *mut ffi::SSL_CTX, callback: Option<InfoCallback>);
    fn SSL_set_psk_client_callback(ssl: *mut ffi::SSL, callback: Option<PskClientCallback>);
    fn SSL_set_psk_server_callback(ssl: *mut ffi::SSL, callback: Option<PskServerCallback>);
    fn SSL_use_psk_identity_hint(ssl: *mut ffi::SSL, hint: *const c_char) -> c_int;
    fn SSL_set_options(ssl: *mut ffi::SSL, options: u64) -> u64;
    fn SSL_alloc_buffers(ssl: *mut ffi::SSL) -> c_int;
    fn SSL_want(ssl: *const ffi::SSL) -> c_int;
    fn SSL_has_pending(ssl: *const ffi::SSL) -> c_int;
    fn SSL_session_reused(ssl: *const ffi::SSL) -> c_int;
    fn SSL_alert_type_string_long(value: c_int) -> *const c_char;
    fn SSL_alert_desc_string_long(value: c_int) -> *const c_char;
    fn SSL_state_string(ssl: *const ffi::SSL) -> *const c_char;
    fn SSL_state_string_long(ssl: *const ffi::SSL) -> *const c_char;
}

/// What a call on a connection came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// It is done; how many bytes were read or written.
    Done(usize),
    /// It goes on when more has come from the peer.
    WantRead,
    /// The peer has ended the connection.
    Closed,
    /// It has failed for good.
    Failed,
}

/// Forgets the errors that OpenSSL has noted for this thread: a call's own are to be told from older ones. To look first
/// is a tenth of the work, and there are seldom any.
pub fn clear_errors() {
    // SAFETY: no demands.
    unsafe {
        if ffi::ERR_peek_last_error() != 0 {
            ffi::ERR_clear_error();
        }
    }
}

/// Gives the text of the newest error that OpenSSL has noted for this thread, if any, and forgets them all.
pub fn last_error() -> Option<&'static CStr> {
    // SAFETY: the texts are constants of OpenSSL's.
    unsafe {
        let code = ffi::ERR_peek_last_error();
        ffi::ERR_clear_error();
        let text = if code == 0 { null_mut() } else { ffi::ERR_reason_error_string(code).cast_mut() };
        NonNull::new(text).map(|text| CStr::from_ptr(text.as_ptr()))
    }
}

/// Runs the body of a callback that OpenSSL calls: a panic becomes `otherwise`, and never unwinds into C.
pub fn guarded<T>(otherwise: T, body: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or(otherwise)
}

/// The same for a callback in which code of the application's may run, a log handler too: what errors of OpenSSL's that
/// leaves noted are not those of the call that is under way.
pub fn guarded_apart<T>(otherwise: T, body: impl FnOnce() -> T) -> T {
    // SAFETY: no demands. Without any error noted there is no mark to go back to, but to none noted.
    unsafe { ERR_set_mark() };
    let result = guarded(otherwise, body);
    // SAFETY: no demands.
    unsafe { ERR_pop_to_mark() };
    result
}

/// The object as OpenSSL knows it.
pub fn raw(ssl: &SslRef) -> *mut ffi::SSL {
    ssl.as_ptr()
}

/// `SSL_new`; `None` without memory.
pub fn new_ssl(context: &SslContextRef) -> Option<Ssl> {
    // SAFETY: the context is live; the object is ours from here on.
    unsafe {
        let ssl = ffi::SSL_new(context.as_ptr());
        (!ssl.is_null()).then(|| Ssl::from_ptr(ssl))
    }
}

/// A context for DTLS or TLS, both roles; `None` without memory.
pub fn new_context(datagrams: bool) -> Option<SslContext> {
    // SAFETY: the methods are constants of OpenSSL's; the object is ours from here on.
    unsafe {
        let method = if datagrams { ffi::DTLS_method() } else { ffi::TLS_method() };
        let context = ffi::SSL_CTX_new(method);
        (!context.is_null()).then(|| SslContext::from_ptr(context))
    }
}

/// `SSL_CTX_set_info_callback`.
pub fn set_info_callback(context: &SslContextRef, callback: InfoCallback) {
    // SAFETY: the context is live.
    unsafe { SSL_CTX_set_info_callback(context.as_ptr(), Some(callback)) }
}

/// `SSL_CTX_set_client_hello_cb`, `SSL_CTX_set_cookie_generate_cb` and `..._verify_cb`.
pub fn set_server_callbacks(
    context: &SslContextRef,
    hello: unsafe extern "C" fn(ssl: *mut ffi::SSL, alert: *mut c_int, arg: *mut c_void) -> c_int,
    make_cookie: extern "C" fn(ssl: *mut ffi::SSL, cookie: *mut c_uchar, length: *mut c_uint) -> c_int,
    check_cookie: extern "C" fn(ssl: *mut ffi::SSL, cookie: *const c_uchar, length: c_uint) -> c_int,
) {
    // SAFETY: the context is live.
    unsafe {
        ffi::SSL_CTX_set_client_hello_cb(context.as_ptr(), Some(hello), null_mut());
        ffi::SSL_CTX_set_cookie_generate_cb(context.as_ptr(), Some(make_cookie));
        ffi::SSL_CTX_set_cookie_verify_cb(context.as_ptr(), Some(check_cookie));
    }
}

/// No sessions are remembered, on either side, and no tickets issued; at least version 1.2; buffers are let go of over TLS,
/// and small over DTLS (see [`make_room`]).
pub fn set_context_defaults(context: &SslContextRef, datagrams: bool) -> bool {
    let oldest = if datagrams { ffi::DTLS1_2_VERSION } else { ffi::TLS1_2_VERSION };
    // SAFETY: the context is live.
    unsafe {
        let context = context.as_ptr();
        ffi::SSL_CTX_set_session_cache_mode(context, ffi::SSL_SESS_CACHE_OFF);
        ffi::SSL_CTX_set_options(context, ffi::SSL_OP_NO_TICKET | ffi::SSL_OP_NO_QUERY_MTU);
        ffi::SSL_CTX_set_mode(context, ffi::SSL_MODE_RELEASE_BUFFERS);
        if datagrams && ffi::SSL_CTX_ctrl(context, CTRL_SET_LONGEST_FRAGMENT, SMALL_RECORD as c_long, null_mut()) != 1 {
            return false;
        }
        ffi::SSL_CTX_set_num_tickets(context, 0) == 1 && ffi::SSL_CTX_set_min_proto_version(context, oldest) == 1
    }
}

/// `SSL_set_max_send_fragment` and `SSL_alloc_buffers`: records of so many bytes (512 to 16384) can be sent from now on. A
/// connection that could not get the memory for that is not to be used any more.
pub fn make_room(ssl: &SslRef, length: usize) -> bool {
    // SAFETY: the object is live.
    unsafe {
        ffi::SSL_ctrl(ssl.as_ptr(), CTRL_SET_LONGEST_FRAGMENT, length as c_long, null_mut()) == 1
            && SSL_alloc_buffers(ssl.as_ptr()) == 1
    }
}

/// `SSL_set_max_cert_list`: the longest message of a handshake that is put together, in bytes. (OpenSSL's own limit is
/// 100 KiB; over DTLS one below 16 KiB has no effect.)
pub fn set_longest_message(ssl: &SslRef, length: usize) {
    // SAFETY: the object is live.
    unsafe { ffi::SSL_ctrl(ssl.as_ptr(), CTRL_SET_MAX_CERT_LIST, length as c_long, null_mut()) };
}

/// `SSL_set_options`.
pub fn add_options(ssl: &SslRef, options: u64) {
    // SAFETY: the object is live.
    unsafe { SSL_set_options(ssl.as_ptr(), options) };
}

/// `SSL_set_cipher_list`: the suites up to version 1.2.
pub fn set_ciphers(ssl: &SslRef, suites: &CStr) -> bool {
    // SAFETY: the object is live, the text is copied.
    unsafe { ffi::SSL_set_cipher_list(ssl.as_ptr(), suites.as_ptr()) == 1 }
}

/// `SSL_set_max_proto_version`.
pub fn set_newest_version(ssl: &SslRef, version: c_int) -> bool {
    // SAFETY: the object is live.
    unsafe { ffi::SSL_set_max_proto_version(ssl.as_ptr(), version) == 1 }
}

/// `SSL_set_psk_client_callback`.
pub fn set_psk_client(ssl: &SslRef, callback: Option<PskClientCallback>) {
    // SAFETY: the object is live.
    unsafe { SSL_set_psk_client_callback(ssl.as_ptr(), callback) }
}

/// `SSL_set_psk_server_callback`.
pub fn set_psk_server(ssl: &SslRef, callback: Option<PskServerCallback>) {
    // SAFETY: the object is live.
    unsafe { SSL_set_psk_server_callback(ssl.as_ptr(), callback) }
}

/// `SSL_use_psk_identity_hint`: the hint is copied. False without memory.
pub fn use_psk_hint(ssl: &SslRef, hint: Option<&CStr>) -> bool {
    // SAFETY: the object is live, the text is copied.
    unsafe { SSL_use_psk_identity_hint(ssl.as_ptr(), hint.map_or(null(), CStr::as_ptr)) == 1 }
}

/// `SSL_set_accept_state` or `SSL_set_connect_state`.
pub fn set_role(ssl: &SslRef, server: bool) {
    // SAFETY: the object is live.
    unsafe {
        match server {
            true => ffi::SSL_set_accept_state(ssl.as_ptr()),
            false => ffi::SSL_set_connect_state(ssl.as_ptr()),
        }
    }
}

/// `SSL_set_app_data`: what applications find with `SSL_get_app_data`.
pub fn set_app_data(ssl: &SslRef, data: *mut c_void) -> bool {
    // SAFETY: the object is live; index 0 is reserved for that, and takes any pointer.
    unsafe { ffi::SSL_set_ex_data(ssl.as_ptr(), 0, data) == 1 }
}

/// `SSL_set_mtu`; false if it is too small.
pub fn set_mtu(ssl: &SslRef, mtu: c_long) -> bool {
    // SAFETY: the object is live.
    unsafe { ffi::SSL_set_mtu(ssl.as_ptr(), mtu) > 0 }
}

/// What became of a call that returned `result`, which is not 1.
fn failure(ssl: &SslRef, result: c_int) -> Outcome {
    // SAFETY: the object is live.
    match unsafe { ffi::SSL_get_error(ssl.as_ptr(), result) } {
        ffi::SSL_ERROR_WANT_READ | ffi::SSL_ERROR_WANT_WRITE => Outcome::WantRead,
        ffi::SSL_ERROR_ZERO_RETURN => Outcome::Closed,
        _ => Outcome::Failed,
    }
}

/// `SSL_do_handshake`.
pub fn handshake(ssl: &SslRef) -> Outcome {
    clear_errors();
    // SAFETY: the object is live.
    match unsafe { ffi::SSL_do_handshake(ssl.as_ptr()) } {
        1 => Outcome::Done(0),
        result => failure(ssl, result),
    }
}

/// What became of a call that has moved no data. Goes by the state of the connection, not by the errors noted for the
/// thread as `SSL_get_error` does: to look at those before each message costs more than all else that is done here.
fn stopped(ssl: &SslRef) -> Outcome {
    // SAFETY: the object is live.
    let (wants, shutdown) = unsafe { (SSL_want(ssl.as_ptr()), ffi::SSL_get_shutdown(ssl.as_ptr())) };
    if wants == SSL_READING {
        // Records that were no good may have left theirs.
        clear_errors();
        Outcome::WantRead
    } else if shutdown & ffi::SSL_RECEIVED_SHUTDOWN != 0 {
        Outcome::Closed
    } else {
        Outcome::Failed
    }
}

/// `SSL_read_ex`. `Closed`: also by a fatal alert of the peer's.
pub fn read(ssl: &SslRef, plain: &mut [MaybeUninit<u8>]) -> Outcome {
    let mut length = 0;
    // SAFETY: the object is live, the room writable.
    match unsafe { ffi::SSL_read_ex(ssl.as_ptr(), plain.as_mut_ptr().cast(), plain.len(), &mut length) } {
        1 => Outcome::Done(length.min(plain.len())),
        _ => stopped(ssl),
    }
}

/// `SSL_write_ex`. `Closed`: as for [`read`].
pub fn write(ssl: &SslRef, data: &[u8]) -> Outcome {
    let mut length = 0;
    // SAFETY: the object is live, the data readable.
    match unsafe { ffi::SSL_write_ex(ssl.as_ptr(), data.as_ptr().cast(), data.len(), &mut length) } {
        1 => Outcome::Done(length),
        _ => stopped(ssl),
    }
}

/// `SSL_has_pending`: whether some of what was read before is still to be given out.
pub fn has_pending(ssl: &SslRef) -> bool {
    // SAFETY: the object is live.
    unsafe { SSL_has_pending(ssl.as_ptr()) == 1 }
}

/// `SSL_shutdown`: says goodbye, and does not wait for an answer.
pub fn shutdown(ssl: &SslRef) {
    clear_errors();
    // SAFETY: the object is live.
    unsafe { ffi::SSL_shutdown(ssl.as_ptr()) };
    clear_errors();
}

/// `SSL_session_reused`: in version 1.3 also true where a pre-shared key was used.
pub fn is_resumed(ssl: &SslRef) -> bool {
    // SAFETY: the object is live.
    unsafe { SSL_session_reused(ssl.as_ptr()) == 1 }
}

/// `DTLSv1_get_timeout`: when the last flight is to be sent again, in ticks from now by the wall clock; `None` if it is not.
pub fn timer(ssl: &SslRef) -> Option<u64> {
    let mut left = libc::timeval { tv_sec: 0, tv_usec: 0 };
    // SAFETY: the object is live, and the command writes a `timeval`.
    let runs = unsafe { ffi::SSL_ctrl(ssl.as_ptr(), CTRL_GET_TIMEOUT, 0, (&raw mut left).cast()) == 1 };
    let (seconds, micros) = (u64::try_from(left.tv_sec).unwrap_or(0), u64::try_from(left.tv_usec).unwrap_or(0));
    runs.then(|| seconds.saturating_mul(1000).saturating_add(micros.div_ceil(1000)))
}

/// `DTLSv1_handle_timeout`: sends the last flight again; false if it is not time yet, by the wall clock; `None` if it has
/// been sent too often.
pub fn handle_timeout(ssl: &SslRef) -> Option<bool> {
    clear_errors();
    // SAFETY: the object is live.
    match unsafe { ffi::SSL_ctrl(ssl.as_ptr(), CTRL_HANDLE_TIMEOUT, 0, null_mut()) } {
        1.. => Some(true),
        0 => Some(false),
        _ => None,
    }
}

/// `DTLSv1_listen`: `Done` if the peer has shown its cookie.
pub fn listen(ssl: &SslRef) -> Outcome {
    clear_errors();
    // SAFETY: the object is live; the address lives over the call.
    unsafe {
        let address = BIO_ADDR_new();
        if address.is_null() {
            return Outcome::Failed;
        }
        let result = DTLSv1_listen(ssl.as_ptr(), address);
        BIO_ADDR_free(address);
        clear_errors();
        match result {
            1.. => Outcome::Done(0),
            0 => Outcome::WantRead,
            _ => Outcome::Failed,
        }
    }
}

/// HMAC-SHA256 (RFC 2104); `None` without memory.
pub fn hmac_sha256(key: &[u8; 32], message: &[u8]) -> Option<[u8; 32]> {
    let mut code = [0; 32];
    let mut length = 0;
    // SAFETY: key and message are readable, and the code is 32 bytes long.
    let made = unsafe {
        HMAC(
            ffi::EVP_sha256(),
            key.as_ptr().cast(),
            key.len() as c_int,
            message.as_ptr(),
            message.len(),
            code.as_mut_ptr(),
            &mut length,
        )
    };
    (!made.is_null()).then_some(code)
}

/// Level and meaning of an alert, as an information callback is told, in words.
pub fn alert_text(value: c_int) -> (&'static CStr, &'static CStr) {
    // SAFETY: the texts are constants of OpenSSL's.
    unsafe { (CStr::from_ptr(SSL_alert_type_string_long(value)), CStr::from_ptr(SSL_alert_desc_string_long(value))) }
}

/// How far a handshake is, in words.
pub fn state_text(ssl: *const ffi::SSL) -> &'static CStr {
    // SAFETY: the object is live, since OpenSSL calls back about it; the texts are constants.
    unsafe { CStr::from_ptr(SSL_state_string_long(ssl)) }
}

/// Whether a handshake is where the peer's next record is to be encrypted: its ChangeCipherSpec has been read. (The numbers
/// of the states differ between versions of OpenSSL.)
pub fn peer_has_new_keys(ssl: &SslRef) -> bool {
    // SAFETY: the object is live; the texts are constants.
    unsafe { CStr::from_ptr(SSL_state_string(ssl.as_ptr())) == c"TRCCS" }
}
