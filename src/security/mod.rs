//! Credentials, and the seam to the library that does DTLS and TLS (docs/spec/security.md).
//!
//! Everything that a (D)TLS library decides is behind one trait, [`Backend`]; the one that was compiled in is [`Tls`].
//! The engine and `capi` only ever name that. The build without TLS has [`none`].

pub mod credentials;
pub mod lookup;
pub mod none;

use crate::abi::*;
use crate::base::keep::Kept;
use crate::base::log::LOG_ERR;
use crate::base::tls_version::TlsVersion;
use crate::exchange::{client, Context, Session};
use crate::log;
use core::ffi::{c_int, CStr};

/// The (D)TLS library of this build.
pub type Tls = none::NoTls;

/// What a (D)TLS library does for contexts and their sessions.
pub trait Backend {
    /// Whether sessions and endpoints of this secure protocol (`COAP_PROTO_DTLS`, `COAP_PROTO_TLS`) can be made.
    fn speaks(proto: coap_proto_t) -> bool;

    /// Which library it is, and its version.
    fn version() -> TlsVersion;

    /// `spsk_setup_data` of the context has been set: servers use it from now on. Whether that can be done.
    fn use_server_psk(context: &Context) -> bool;

    /// Servers use certificates as `setup` says from now on. Whether that can be done.
    fn use_server_pki(context: &Context, setup: &coap_dtls_pki_t) -> bool;

    /// Trusts more certificate authorities. Whether that can be done.
    fn trust(context: &Context, file: Option<&CStr>, directory: Option<&CStr>) -> bool;

    /// A client session is about to be made with this pre-shared key. Whether it may.
    fn use_client_psk(context: &Context, setup: &coap_dtls_cpsk_t) -> bool;

    /// A client session is about to be made with these certificates. Whether it may.
    fn use_client_pki(context: &Context, setup: Option<&coap_dtls_pki_t>) -> bool;

    /// A session whose peer has proved its address begins its handshake as server. Whether it could begin.
    fn accept(context: &Context, session: &Session) -> bool;
}

/// `coap_context_set_psk2`: the pre-shared keys of servers. They are stored even where nothing can use them.
pub fn set_server_psk(context: &Context, setup: &coap_dtls_spsk_t) -> bool {
    context.c.spsk_setup_data.set(*setup);
    Tls::use_server_psk(context)
}

/// `coap_context_set_psk`, in terms of the longer form: the hint and the key, if there are any.
pub fn short_server_psk(hint: Option<&CStr>, key: &[u8]) -> coap_dtls_spsk_t {
    // SAFETY: every field is a number, a raw pointer or an optional function pointer, for all of which zero is a value.
    let mut setup: coap_dtls_spsk_t = unsafe { core::mem::zeroed() };
    setup.psk_info.hint = credentials::lent_text(hint);
    setup.psk_info.key = credentials::lent(key);
    setup
}

/// `coap_context_set_pki`: the certificates of servers.
pub fn set_server_pki(context: &Context, setup: &coap_dtls_pki_t) -> bool {
    if c_int::from(setup.version) != COAP_DTLS_PKI_SETUP_VERSION {
        log!(LOG_ERR, "coap_dtls_pki_t: version {} is not known", setup.version);
        return false;
    }
    Tls::use_server_pki(context, setup)
}

/// `coap_new_client_session_psk2`: a client session with a pre-shared key. The session gets its own copies of identity
/// and key before its transport starts.
pub fn connect_psk(
    context: &Context,
    local: Option<&coap_address_t>,
    server: &coap_address_t,
    proto: coap_proto_t,
    setup: &coap_dtls_cpsk_t,
) -> Option<Kept<Session>> {
    if !Tls::use_client_psk(context, setup) {
        return None;
    }
    client::connect_with(context, local, server, proto, |session| {
        session.c.cpsk_setup_data.set(*setup);
        // SAFETY: the application's setup describes readable memory, by its contract.
        unsafe {
            credentials::replace(&session.c.psk_identity, Some(&setup.psk_info.identity))?;
            credentials::replace(&session.c.psk_key, Some(&setup.psk_info.key))
        }
    })
}

/// `coap_new_client_session_psk`, in terms of the longer form.
pub fn short_client_psk(identity: Option<&CStr>, key: &[u8]) -> coap_dtls_cpsk_t {
    // SAFETY: every field is a number, a raw pointer or an optional function pointer, for all of which zero is a value.
    let mut setup: coap_dtls_cpsk_t = unsafe { core::mem::zeroed() };
    setup.psk_info.identity = credentials::lent_text(identity);
    setup.psk_info.key = credentials::lent(key);
    setup
}

/// `coap_new_client_session_pki`: a client session with certificates.
pub fn connect_pki(
    context: &Context,
    local: Option<&coap_address_t>,
    server: &coap_address_t,
    proto: coap_proto_t,
    setup: Option<&coap_dtls_pki_t>,
) -> Option<Kept<Session>> {
    if !Tls::use_client_pki(context, setup) {
        return None;
    }
    client::connect(context, local, server, proto)
}

/// `coap_session_refresh_psk_key`: the key of a session from now on, or `None` for that of its setup. No handshake
/// begins. False without memory, and in a session that has ended.
///
/// # Safety
/// `key` describes readable memory.
pub unsafe fn refresh_key(session: &Session, key: Option<&coap_bin_const_t>) -> bool {
    // SAFETY: handed on to the caller; the field holds a copy that was made here, or null.
    !session.is_ended() && unsafe { credentials::replace(&session.c.psk_key, key) }.is_some()
}

/// `coap_session_refresh_psk_hint`: the same for the hint that a server gives.
///
/// # Safety
/// `hint` describes readable memory.
pub unsafe fn refresh_hint(session: &Session, hint: Option<&coap_bin_const_t>) -> bool {
    // SAFETY: as in `refresh_key`.
    !session.is_ended() && unsafe { credentials::replace(&session.c.psk_hint, hint) }.is_some()
}

/// `coap_session_new_dtls_session`: turns the record of a peer that has said hello into a server session; one that
/// can't begin its handshake ends.
pub fn accept(session: &Session, now: coap_tick_t) -> Option<&Session> {
    if session.is_ended() || session.c.r#type.get() != COAP_SESSION_TYPE_HELLO {
        return None;
    }
    let context = session.context()?;
    session.c.r#type.set(COAP_SESSION_TYPE_SERVER);
    session.c.last_rx_tx.set(now);
    if !Tls::accept(&context, session) {
        session.free();
        return None;
    }
    Some(session)
}

/// Wipes and frees the copies that a session has of its keys; the fields read null from here on.
pub fn forget(session: &Session) {
    for field in [&session.c.psk_identity, &session.c.psk_key, &session.c.psk_hint] {
        // SAFETY: each field holds a copy made by `credentials::replace`, or null.
        unsafe { credentials::wipe(field.replace(core::ptr::null_mut())) };
    }
}
