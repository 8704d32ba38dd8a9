//! OpenSSL's calls for what has a URI, and for the providers that know it.

use core::ffi::{c_char, c_int, c_void, CStr};
use core::ptr::{null, null_mut, NonNull};
use core::sync::atomic::AtomicPtr;
use core::sync::atomic::Ordering::{AcqRel, Acquire};
use foreign_types::ForeignType;
use openssl::pkey::{PKey, Private};
use openssl::x509::X509;
use openssl_sys as ffi;

/// What an entry is.
const INFO_PKEY: c_int = 4;
const INFO_CERT: c_int = 5;

type PasswordCallback = unsafe extern "C" fn(room: *mut c_char, size: c_int, writing: c_int, arg: *mut c_void) -> c_int;

extern "C" {
    fn OSSL_STORE_open(
        uri: *const c_char,
        ui_method: *const c_void,
        ui_data: *mut c_void,
        post_process: *const c_void,
        post_process_data: *mut c_void,
    ) -> *mut c_void;
    fn OSSL_STORE_expect(store: *mut c_void, expected: c_int) -> c_int;
    fn OSSL_STORE_eof(store: *mut c_void) -> c_int;
    fn OSSL_STORE_load(store: *mut c_void) -> *mut c_void;
    fn OSSL_STORE_close(store: *mut c_void) -> c_int;
    fn OSSL_STORE_INFO_free(info: *mut c_void);
    fn OSSL_STORE_INFO_get1_CERT(info: *const c_void) -> *mut ffi::X509;
    fn OSSL_STORE_INFO_get1_PKEY(info: *const c_void) -> *mut ffi::EVP_PKEY;
    fn UI_UTIL_wrap_read_pem_callback(callback: Option<PasswordCallback>, writing: c_int) -> *mut c_void;
    fn UI_destroy_method(method: *mut c_void);
}

/// The provider that this process has loaded; null: none yet.
static PROVIDER: AtomicPtr<ffi::OSSL_PROVIDER> = AtomicPtr::new(null_mut());

/// Loads a provider, once for the process; the ones that are loaded by default stay so. False if there is none.
pub fn load_provider(name: &CStr) -> bool {
    if !PROVIDER.load(Acquire).is_null() {
        return true;
    }
    // SAFETY: a C string; the provider is for the default library context.
    let provider = unsafe { ffi::OSSL_PROVIDER_try_load(null_mut(), name.as_ptr(), 1) };
    if provider.is_null() {
        return false;
    }
    if PROVIDER.compare_exchange(null_mut(), provider, AcqRel, Acquire).is_err() {
        // SAFETY: another thread was quicker; it has a reference of its own.
        unsafe { ffi::OSSL_PROVIDER_unload(provider) };
    }
    true
}

/// Lets go of that provider (`coap_cleanup`).
pub fn unload_provider() {
    let provider = PROVIDER.swap(null_mut(), AcqRel);
    if !provider.is_null() {
        // SAFETY: loaded above, and let go of once.
        unsafe { ffi::OSSL_PROVIDER_unload(provider) };
    }
}

/// What can be loaded by its URI.
pub trait Wanted: Sized {
    /// What OpenSSL calls it.
    const KIND: c_int;

    /// # Safety
    /// `info` is a live entry.
    unsafe fn of(info: *const c_void) -> Option<Self>;
}

impl Wanted for X509 {
    const KIND: c_int = INFO_CERT;

    unsafe fn of(info: *const c_void) -> Option<Self> {
        // SAFETY: by the caller's word; the reference is ours.
        unsafe {
            let certificate = OSSL_STORE_INFO_get1_CERT(info);
            (!certificate.is_null()).then(|| X509::from_ptr(certificate))
        }
    }
}

impl Wanted for PKey<Private> {
    const KIND: c_int = INFO_PKEY;

    unsafe fn of(info: *const c_void) -> Option<Self> {
        // SAFETY: by the caller's word; the reference is ours.
        unsafe {
            let key = OSSL_STORE_INFO_get1_PKEY(info);
            (!key.is_null()).then(|| PKey::from_ptr(key))
        }
    }
}

/// A token asks for its PIN: the C string at `arg`, if there is one.
unsafe extern "C" fn give_pin(room: *mut c_char, size: c_int, _writing: c_int, arg: *mut c_void) -> c_int {
    // SAFETY: null, or the PIN that lives over the call of `load`; the room is as large as OpenSSL says.
    unsafe {
        let Some(pin) = crate::base::memory::text(arg.cast()) else { return -1 };
        let room_size = usize::try_from(size).unwrap_or(0);
        match crate::base::memory::write(room.cast(), room_size, pin.to_bytes()) {
            Some(length) => length as c_int,
            None => -1,
        }
    }
}

/// Loads the first thing of this kind that a URI leads to; `None`, and perhaps an error noted, if there is none.
/// Nobody is asked for a PIN but the caller.
pub fn load<T: Wanted>(uri: &CStr, pin: Option<&CStr>) -> Option<T> {
    // SAFETY: the store and the method live until they are given back below, the strings over the call.
    unsafe {
        let method = NonNull::new(UI_UTIL_wrap_read_pem_callback(Some(give_pin), 0))?.as_ptr();
        let pin = pin.map_or(null(), CStr::as_ptr).cast_mut();
        let store = OSSL_STORE_open(uri.as_ptr(), method, pin.cast(), null(), null_mut());
        let mut found = None;
        if !store.is_null() {
            OSSL_STORE_expect(store, T::KIND);
            while found.is_none() && OSSL_STORE_eof(store) == 0 {
                let info = OSSL_STORE_load(store);
                if info.is_null() {
                    break;
                }
                found = T::of(info);
                OSSL_STORE_INFO_free(info);
            }
            OSSL_STORE_close(store);
        }
        UI_destroy_method(method);
        found
    }
}
