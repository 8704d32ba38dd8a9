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
    sys::guarded_apart(0, || {
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

/// The error to refuse a certificate for that OpenSSL has found good: the application may judge its name. The session
/// may have ended when it has.
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
    if connection.is_abandoned() {
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

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::base::keep::Keepable;
    use crate::exchange::{testing, Session};
    use crate::security::SecureConnection;
    use core::ffi::{c_char, c_void};
    use std::cell::RefCell;
    use std::ffi::CStr;

    /// Settings that demand everything.
    fn strict() -> coap_dtls_pki_t {
        let mut setup = no_setup();
        setup.verify_peer_cert = 1;
        setup
    }

    #[test]
    fn errors_that_can_be_allowed() {
        type Allow = fn(&mut coap_dtls_pki_t);
        let table: [(&[c_int], Allow); 4] = [
            (&[ffi::X509_V_ERR_CERT_HAS_EXPIRED, ffi::X509_V_ERR_CERT_NOT_YET_VALID], |setup| {
                setup.allow_expired_certs = 1
            }),
            (&[ffi::X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT], |setup| setup.allow_self_signed = 1),
            (&[ffi::X509_V_ERR_UNABLE_TO_GET_CRL], |setup| setup.allow_no_crl = 1),
            (&[ffi::X509_V_ERR_CRL_HAS_EXPIRED, ffi::X509_V_ERR_CRL_NOT_YET_VALID], |setup| {
                setup.allow_expired_crl = 1
            }),
        ];
        for (group, allow) in &table {
            let mut setup = strict();
            allow(&mut setup);
            for &error in table.iter().flat_map(|(errors, _)| *errors) {
                let expected = if group.contains(&error) { Verdict::Allowed } else { Verdict::Refused(error) };
                assert_eq!(verdict(&setup, error, 0), expected);
            }
        }
        let mut setup = strict();
        setup.allow_self_signed = 1;
        setup.check_common_ca = 1;
        let error = ffi::X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT;
        assert_eq!(verdict(&setup, error, 0), Verdict::Refused(error));
    }

    #[test]
    fn errors_that_are_never_allowed() {
        // All that is allowed.
        let setup = effective(&no_setup());
        let can_be = [3, 9, 10, 11, 12, 18];
        for error in (1..100).filter(|error| !can_be.contains(error)) {
            assert_eq!(verdict(&setup, error, 0), Verdict::Refused(error));
        }
    }

    #[test]
    fn errors_too_deep_are_a_chain_too_long() {
        let mut setup = strict();
        setup.allow_expired_certs = 1;
        let expired = ffi::X509_V_ERR_CERT_HAS_EXPIRED;
        assert_eq!(verdict(&setup, expired, 50), Verdict::Allowed);
        setup.cert_chain_validation = 1;
        setup.cert_chain_verify_depth = 2;
        assert_eq!(verdict(&setup, expired, 3), Verdict::Allowed);
        assert_eq!(verdict(&setup, expired, 4), Verdict::Refused(ffi::X509_V_ERR_CERT_CHAIN_TOO_LONG));
        setup.cert_chain_verify_depth = 255;
        assert_eq!(verdict(&setup, expired, 256), Verdict::Allowed);
    }

    #[test]
    fn without_verification_nothing_is_demanded() {
        let mut setup = no_setup();
        setup.check_common_ca = 1;
        let relaxed = effective(&setup);
        assert_eq!((relaxed.check_common_ca, relaxed.cert_chain_verify_depth), (0, 10));
        assert_eq!((relaxed.allow_self_signed, relaxed.allow_no_crl, relaxed.allow_expired_crl), (1, 1, 1));
        setup.verify_peer_cert = 1;
        assert_eq!(effective(&setup).check_common_ca, 1);
        assert_eq!(effective(&setup).allow_self_signed, 0);
    }

    #[test]
    fn alerts_of_section_5_6() {
        let (us, them) = (root("us"), root("them"));
        let server = by(&us, "server");
        let client = by(&us, "client");
        let recipe = |begins| Recipe { begins, ..Recipe::new("late", Some(&us)) }.make();
        let (expired, early, alone) = (recipe(-2), recipe(2), Recipe::new("alone", None).make());
        let good = Pem::new(&client, &[&us]);
        let table = [
            (&server, &us, Result::Connected),
            (&expired, &us, Result::Alert(45)),
            (&early, &us, Result::Alert(42)),
            (&alone, &us, Result::Alert(48)),
            (&server, &them, Result::Alert(48)),
        ];
        for (server, trusted, result) in table {
            // Both ways round: a client judges its server, and a server its client.
            let one = Pem::new(server, &[&us]);
            let other = Pem::new(&client, &[trusted]);
            assert_eq!(shake_hands(&other.setup(), &one.setup()), result);
            assert_eq!(shake_hands(&one.setup(), &other.setup()), result);
            if result == Result::Connected {
                continue;
            }
            // A client that demands nothing takes it; a server then does not even ask.
            let mut relaxed = other.setup();
            relaxed.verify_peer_cert = 0;
            assert_eq!(shake_hands(&relaxed, &Pem::new(server, &[&us]).setup()), Result::Connected);
            assert_eq!(shake_hands(&good.setup(), &relaxed), Result::Connected);
        }
        let mut setup = good.setup();
        setup.allow_expired_certs = 1;
        for server in [&expired, &early] {
            assert_eq!(shake_hands(&setup, &Pem::new(server, &[&us]).setup()), Result::Connected);
        }
        let mut setup = good.setup();
        setup.allow_self_signed = 1;
        assert_eq!(shake_hands(&setup, &Pem::new(&alone, &[&us]).setup()), Result::Connected);
        setup.check_common_ca = 1;
        assert_eq!(shake_hands(&setup, &Pem::new(&alone, &[&us]).setup()), Result::Alert(48));
        // A client without a certificate.
        assert_eq!(shake_hands(&bare_client(), &Pem::new(&server, &[&us]).setup()), Result::Alert(40));
    }

    /// A client that has no certificate, and demands none.
    fn bare_client() -> coap_dtls_pki_t {
        no_setup()
    }

    #[test]
    fn chains_as_long_as_allowed() {
        let top = root("0");
        let mut chain = vec![top];
        for name in ["1", "2", "3", "4", "5"] {
            let next = Recipe { authority: true, ..Recipe::new(name, chain.last()) }.make();
            chain.push(next);
        }
        let trusted = &chain[0];
        for intermediates in 0..=4 {
            let leaf = by(&chain[intermediates], "leaf");
            // Its own chain is completed from the authorities that it trusts.
            let all: Vec<_> = chain[..=intermediates].iter().collect();
            let long = Pem::new(&leaf, &all);
            let plain = by(trusted, "plain");
            let short = Pem::new(&plain, &[trusted]);
            let mut setup = short.setup();
            setup.cert_chain_validation = 1;
            setup.cert_chain_verify_depth = 1;
            let mut sender = long.setup();
            sender.verify_peer_cert = 0;
            let allowed = |most| if intermediates <= most { Result::Connected } else { Result::Alert(48) };
            assert_eq!(shake_hands(&setup, &sender), allowed(2), "a client, {intermediates} between");
            assert_eq!(shake_hands(&sender, &setup), allowed(3), "a server, {intermediates} between");
            setup.cert_chain_validation = 0;
            assert_eq!(shake_hands(&setup, &sender), Result::Connected);
        }
    }

    thread_local! {
        static ASKED: RefCell<Vec<(Option<Vec<u8>>, c_uint)>> = const { RefCell::new(Vec::new()) };
    }

    /// Refuses names that begin with what `arg` says, or ends the session if it is null.
    unsafe extern "C" fn judge(
        cn: *const c_char,
        der: *const u8,
        length: usize,
        session: *mut coap_session_t,
        depth: c_uint,
        validated: c_int,
        arg: *mut c_void,
    ) -> c_int {
        // SAFETY: the library gives these.
        unsafe {
            let name = (!cn.is_null()).then(|| CStr::from_ptr(cn).to_bytes().to_vec());
            assert!(openssl::x509::X509::from_der(core::slice::from_raw_parts(der, length)).is_ok());
            assert_eq!(validated, 1);
            ASKED.with(|asked| asked.borrow_mut().push((name.clone(), depth)));
            if arg.is_null() {
                (*session).r#ref.set(0);
                (*(session as *const Session)).free();
                return 1;
            }
            (name.as_deref() != Some(CStr::from_ptr(arg.cast()).to_bytes())).into()
        }
    }

    #[test]
    fn names_are_judged_from_the_root_on() {
        let us = root("us");
        let (server, client) = (by(&us, "server"), by(&us, "client"));
        let (server, client) = (Pem::new(&server, &[&us]), Pem::new(&client, &[&us]));
        let run = |refused: Option<&CStr>, verify: u8| {
            let ends = Ends::default();
            let context = testing::context();
            let session = testing::session(&context);
            ends.client.belong_to(&session, COAP_PROTO_DTLS);
            let mut setup = client.setup();
            setup.verify_peer_cert = verify;
            setup.validate_cn_call_back = Some(judge);
            setup.cn_call_back_arg = refused.map_or(null(), CStr::as_ptr).cast_mut().cast();
            assert_eq!(ends.install(&setup, &server.setup()), (true, true));
            let result = ends.shake_hands();
            assert_eq!(session.is_gone(), refused.is_none());
            ends.client.leave();
            (result, ASKED.with(RefCell::take))
        };
        let (top, leaf) = ((Some(b"us".to_vec()), 1), (Some(b"server".to_vec()), 0));
        assert_eq!(run(Some(c"-"), 1), (Result::Connected, vec![top.clone(), leaf.clone()]));
        assert_eq!(run(Some(c"server"), 1), (Result::Alert(42), vec![top.clone(), leaf.clone()]));
        assert_eq!(run(Some(c"us"), 1), (Result::Alert(48), vec![top.clone()]));
        // The answer does not count where nothing is demanded.
        assert_eq!(run(Some(c"us"), 0), (Result::Connected, vec![top.clone(), leaf]));
        // The session ends in the callback: the handshake fails, and nobody is asked again.
        let (result, asked) = run(None, 1);
        assert!(matches!(result, Result::Alert(_)));
        assert_eq!(asked, [top]);
    }
}
