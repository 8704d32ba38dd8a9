//! Whether a peer's certificate will do (docs/spec/security.md, sections 5.1, 5.6 and 5.7).

use super::connection::Connection;
use super::subject::{name_of, Name, Shown};
use super::sys;
use super::sys::certificates::{self as x509, Verification, Verified};
use crate::abi::*;
use crate::base::log::{LOG_INFO, LOG_WARNING};
use crate::log;
use core::ffi::{c_int, c_uint};
use core::fmt;
use core::ptr::null;
use openssl::ssl::SslRef;
use openssl_sys as ffi;

/// How deep a chain may be where nobody demands that the peer prove who it is.
const RELAXED_DEPTH: u8 = 10;

/// The settings that are used instead of the application's: without `verify_peer_cert` nothing is demanded.
pub fn effective(setup: &coap_dtls_pki_t) -> coap_dtls_pki_t {
    if setup.verify_peer_cert != 0 {
        return *setup;
    }
    coap_dtls_pki_t {
        check_common_ca: 0,
        allow_self_signed: 1,
        allow_expired_certs: 1,
        cert_chain_validation: 1,
        cert_chain_verify_depth: RELAXED_DEPTH,
        check_cert_revocation: 1,
        allow_no_crl: 1,
        allow_expired_crl: 1,
        allow_bad_md_hash: 1,
        allow_short_rsa_length: 1,
        ..*setup
    }
}

/// Makes a connection verify its peer as `setup` says, which is in effect for it (`Connection::use_pki`).
pub fn install(ssl: &SslRef, setup: &coap_dtls_pki_t, server: bool) {
    let deep = c_int::from(setup.cert_chain_verify_depth) + if server { 2 } else { 1 };
    let verification = Verification {
        demanded: setup.verify_peer_cert != 0,
        depth: (setup.cert_chain_validation != 0).then_some(deep),
        revocation: setup.check_cert_revocation != 0,
        callback: seen,
    };
    x509::set_verification(ssl, &verification);
}

/// What is made of an error that OpenSSL has found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Verdict {
    /// It is let pass.
    Allowed,
    /// The certificate will not do, for this error.
    Refused(c_int),
}

/// The table of section 5.6. Which alert is sent follows from the error.
fn verdict(setup: &coap_dtls_pki_t, error: c_int, depth: c_int) -> Verdict {
    let deepest = c_int::from(setup.cert_chain_verify_depth) + 1;
    if setup.cert_chain_validation != 0 && depth > deepest {
        return Verdict::Refused(ffi::X509_V_ERR_CERT_CHAIN_TOO_LONG);
    }
    let allowed = match error {
        ffi::X509_V_ERR_CERT_HAS_EXPIRED | ffi::X509_V_ERR_CERT_NOT_YET_VALID => setup.allow_expired_certs != 0,
        ffi::X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT => setup.allow_self_signed != 0 && setup.check_common_ca == 0,
        ffi::X509_V_ERR_UNABLE_TO_GET_CRL => setup.allow_no_crl != 0,
        ffi::X509_V_ERR_CRL_HAS_EXPIRED | ffi::X509_V_ERR_CRL_NOT_YET_VALID => setup.allow_expired_crl != 0,
        _ => false,
    };
    if allowed {
        Verdict::Allowed
    } else {
        Verdict::Refused(error)
    }
}

/// OpenSSL has found an error in a certificate, or nothing to say against it.
extern "C" fn seen(ok: c_int, context: *mut ffi::X509_STORE_CTX) -> c_int {
    sys::guarded(0, || {
        // SAFETY: OpenSSL gives what it is working on.
        let Some(verified) = (unsafe { Verified::new(context) }) else { return 0 };
        let refusal = match (Connection::of(verified.ssl()), ok) {
            (None, _) => Some(ffi::X509_V_ERR_UNSPECIFIED),
            (Some(connection), 0) => look_at_error(&connection, &verified),
            (Some(connection), _) => ask_about_name(&connection, &verified),
        };
        if let Some(error) = refusal {
            verified.set_error(error);
        }
        refusal.is_none().into()
    })
}

/// A name for the log, or the lack of one.
struct Known<'a>(&'a Option<Name>);

impl fmt::Display for Known<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(name) => write!(f, "'{}'", Shown(name.as_c_str().to_bytes())),
            None => f.write_str("nobody"),
        }
    }
}

/// The error to refuse a certificate for, in which OpenSSL has found one.
fn look_at_error(connection: &Connection, verified: &Verified) -> Option<c_int> {
    let Some(setup) = connection.pki() else { return Some(ffi::X509_V_ERR_UNSPECIFIED) };
    let (error, depth) = (verified.error(), verified.depth());
    let verdict = verdict(&setup, error, depth);
    let (level, error, comment) = match verdict {
        Verdict::Allowed => (LOG_INFO, error, ", which is allowed"),
        Verdict::Refused(error) => (LOG_WARNING, error, ""),
    };
    let name = verified.certificate().and_then(|certificate| name_of(&certificate).ok().flatten());
    let reason = Shown(x509::verification_error(error).to_bytes());
    let session = connection.session().map_or(0, |session| session.id);
    log!(level, "session {session}: certificate of {}, depth {depth}: {reason}{comment}", Known(&name));
    match verdict {
        Verdict::Allowed => {
            verified.set_error(ffi::X509_V_OK);
            None
        }
        Verdict::Refused(error) => Some(error),
    }
}

/// The error to refuse a certificate for that OpenSSL has found good: the application may judge its name. The session may
/// have ended when it has.
fn ask_about_name(connection: &Connection, verified: &Verified) -> Option<c_int> {
    let Some(setup) = connection.pki() else { return Some(ffi::X509_V_ERR_UNSPECIFIED) };
    let validate = setup.validate_cn_call_back?;
    let Some(session) = connection.session() else { return Some(ffi::X509_V_ERR_APPLICATION_VERIFICATION) };
    let Some(certificate) = verified.certificate() else { return Some(ffi::X509_V_ERR_UNSPECIFIED) };
    let depth = verified.depth();
    let (Ok(name), Some(der)) = (name_of(&certificate), x509::der(&certificate)) else {
        return Some(ffi::X509_V_ERR_OUT_OF_MEM);
    };
    let cn = name.as_ref().map_or(null(), |name| name.as_c_str().as_ptr());
    // SAFETY: the application's function, called as it was declared; what it gets lives during the call.
    let answer = unsafe {
        validate(
            cn,
            der.as_ptr(),
            der.len(),
            session.as_ptr(),
            c_uint::try_from(depth).unwrap_or(0),
            1,
            setup.cn_call_back_arg,
        )
    };
    if session.is_ended() || connection.session().is_none() {
        return Some(ffi::X509_V_ERR_APPLICATION_VERIFICATION);
    }
    if answer != 0 || setup.verify_peer_cert == 0 {
        return None;
    }
    let name = Known(&name);
    log!(LOG_WARNING, "session {}: certificate of {name}, depth {depth}: refused by its name", session.id);
    // So that the alert is bad_certificate, or unknown_ca.
    Some(if depth == 0 { ffi::X509_V_ERR_CERT_REJECTED } else { ffi::X509_V_ERR_INVALID_CA })
}
