//! Functions of `coap2/coap_dtls.h` (docs/spec/security.md, section 1).

use super::door::int;
use crate::abi::*;
use crate::base::tls_version::TlsVersion;
use crate::security::{self, Backend, Tls};
use core::ffi::c_int;
use core::sync::atomic::Ordering::Relaxed;
use core::sync::atomic::{AtomicU32, AtomicU64};

/// A `coap_tls_version_t` that may be refilled while another thread reads it.
#[repr(C)]
struct Version {
    version: AtomicU64,
    library: AtomicU32,
    built_version: AtomicU64,
}

const _: () = assert!(size_of::<Version>() == size_of::<coap_tls_version_t>());

static VERSION: Version =
    Version { version: AtomicU64::new(0), library: AtomicU32::new(0), built_version: AtomicU64::new(0) };

/// Tells whether DTLS can be used.
///
/// Returns 1 if it can, else 0.
#[no_mangle]
pub unsafe extern "C" fn coap_dtls_is_supported() -> c_int {
    int(Tls::speaks(COAP_PROTO_DTLS))
}

/// Tells whether TLS can be used.
///
/// Returns 1 if it can, else 0.
#[no_mangle]
pub unsafe extern "C" fn coap_tls_is_supported() -> c_int {
    int(Tls::speaks(COAP_PROTO_TLS))
}

/// Tells kind and version of the TLS library.
///
/// Returns the same static object at each call, never NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_get_tls_library_version() -> *mut coap_tls_version_t {
    let TlsVersion { library, runtime, built } = Tls::version();
    VERSION.version.store(runtime, Relaxed);
    VERSION.library.store(library, Relaxed);
    VERSION.built_version.store(built, Relaxed);
    (&raw const VERSION).cast_mut().cast()
}

/// Sets the level for log lines about the TLS library's own doing: its states (LOG_DEBUG), its alerts (LOG_INFO, fatal
/// ones LOG_WARNING) and failed handshakes (LOG_WARNING). They appear if the level for all lines allows it, too.
///
/// @param level Stored as it is. At first 0: no such lines.
#[no_mangle]
pub unsafe extern "C" fn coap_dtls_set_log_level(level: c_int) {
    security::set_log_level(level);
}

/// Tells the level for messages of the TLS library.
///
/// Returns what coap_dtls_set_log_level() stored last, 0 at first.
#[no_mangle]
pub unsafe extern "C" fn coap_dtls_get_log_level() -> c_int {
    security::log_level()
}
