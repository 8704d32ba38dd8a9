//! Credentials, and the seam to the library that does DTLS and TLS (docs/spec/security.md).
//!
//! Everything that a (D)TLS library decides is behind one trait, [`Backend`]; the one that was compiled in is [`Tls`].
//! The engine and `capi` only ever name that. The build without TLS has [`none`].

pub mod credentials;
pub mod lookup;
#[cfg(not(feature = "openssl"))]
pub mod none;
#[cfg(feature = "openssl")]
pub mod openssl;
pub mod records;

use crate::abi::*;
use crate::base::keep::{Keepable, Kept};
use crate::base::log::LOG_ERR;
use crate::base::tls_version::TlsVersion;
use crate::exchange::{client, Context, Session};
use crate::log;
use core::cell::Cell;
use core::ffi::{c_int, c_void, CStr};
use core::mem::MaybeUninit;
use core::sync::atomic::AtomicI32;
use core::sync::atomic::Ordering::Relaxed;
use records::Records;

/// The (D)TLS library of this build.
#[cfg(not(feature = "openssl"))]
pub type Tls = none::NoTls;
/// The (D)TLS library of this build.
#[cfg(feature = "openssl")]
pub type Tls = openssl::OpenSsl;

/// What the library of this build keeps for a context.
pub type Settings = <Tls as Backend>::Settings;

/// A connection by the library of this build.
pub type Connection = <Tls as Backend>::Connection;

static LOG_LEVEL: AtomicI32 = AtomicI32::new(0);

/// `coap_dtls_set_log_level`: which lines of the (D)TLS library's own doing are wanted.
pub fn set_log_level(level: c_int) {
    LOG_LEVEL.store(level, Relaxed);
}

/// `coap_dtls_get_log_level`.
pub fn log_level() -> c_int {
    LOG_LEVEL.load(Relaxed)
}

/// What a client session shows its server, and what it demands.
#[derive(Clone, Copy)]
pub enum ClientSetup {
    /// What the context was told last: the session was made without credentials of its own.
    OfContext,
    /// The pre-shared key in the session's fields (T2).
    Psk,
    /// These certificates (T2).
    Pki(coap_dtls_pki_t),
}

/// What a (D)TLS library does for contexts and their sessions. All of it works on bytes in memory: what is to be sent comes
/// out as [`Records`].
pub trait Backend {
    /// What it keeps for a context.
    type Settings: Default;

    /// One end of a connection.
    type Connection: SecureConnection;

    /// Whether sessions and endpoints of this secure protocol (`COAP_PROTO_DTLS`, `COAP_PROTO_TLS`) can be made.
    fn speaks(proto: coap_proto_t) -> bool;

    /// Which library it is, and its version.
    fn version() -> TlsVersion;

    /// Lets go of what it holds for the whole process.
    fn clean_up();

    /// What C sees of the settings in `coap_context_t`.
    fn handle(settings: &Self::Settings) -> *mut c_void;

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

    /// Whether anybody has given credentials, as endpoints demand.
    fn is_set_up(context: &Context) -> bool;

    /// The connection of a session that begins its handshake as client.
    fn connect(context: &Context, session: &Session, setup: &ClientSetup) -> Option<Kept<Self::Connection>>;

    /// The connection of a session that begins its handshake as server.
    fn accept(context: &Context, session: &Session) -> Option<Kept<Self::Connection>>;

    /// Looks at a datagram of a peer that has no session yet. Nothing is kept for it unless it has proved its address
    /// (RFC 6347, section 4.2.1; X25). `listener` is kept for the endpoint from one call to the next.
    fn listen(
        context: &Context,
        listener: &Cell<Option<Kept<Self::Connection>>>,
        peer: &coap_addr_tuple_t,
        datagram: &[u8],
        records: &mut Records,
    ) -> Option<Kept<Self::Connection>>;
}

/// What a step of a connection came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// The handshake is complete.
    Connected,
    /// So many bytes have come from the peer.
    Data(usize),
    /// Nothing goes on before more comes from the peer.
    Waits,
    /// The peer has ended the connection.
    Closed,
    /// The connection has failed; `alert`: by a fatal alert, sent or received.
    Failed {
        /// A fatal alert told why.
        alert: bool,
    },
}

/// One end of a connection. Every call may run callbacks of the application, which may end the session, and whatever they
/// call this connection for meanwhile comes to nothing.
pub trait SecureConnection: Keepable {
    /// Its session from now on.
    fn belong_to(&self, session: &Session, proto: coap_proto_t);

    /// It belongs to no session any more.
    fn leave(&self);

    /// What C sees of it in `coap_session_t`.
    fn handle(&self) -> *mut c_void;

    /// Whether a call of it is under way, further up the stack.
    fn is_busy(&self) -> bool;

    /// Goes on with what has come from the peer: the handshake, then one piece of data. `input` is what has come; what has
    /// been taken of it is cut off. To be called again until it waits.
    fn read(&self, input: &mut &[u8], plain: &mut [MaybeUninit<u8>], records: &mut Records) -> Step;

    /// Whether a [`read`](Self::read) may come to something without more input.
    fn has_more(&self) -> bool;

    /// Sends a message as one record over DTLS: `Data`, or `Waits` while a handshake is under way. Does not log while it
    /// uses the message.
    fn write(&self, message: &[u8], records: &mut Records) -> Step;

    /// Encrypts data into one record of a stream: how much of it has gone into that; 0 if the connection must first read
    /// more; `None` if it has failed. Neither logs nor calls the application.
    fn write_record(&self, data: &[u8], records: &mut Records) -> Option<usize>;

    /// Whether a flight over DTLS is out which is to be sent again if no answer comes.
    fn is_unanswered(&self) -> bool;

    /// To be asked right after a flight has been sent: whether it is one that is to be sent again if no answer comes, and
    /// that had not been sent before. (While it reads, OpenSSL looks at its own clock, and may send the last one again.)
    fn has_new_flight(&self) -> bool;

    /// Sends the last flight again; false if it has been sent too often.
    fn send_again(&self, records: &mut Records) -> bool;

    /// Tells the peer that this is the end, unless it has been told or the handshake is not complete.
    fn close(&self, records: &mut Records);

    /// The datagrams of its handshake are no longer than that from now on. Bytes; too small a value is taken for the
    /// smallest that will do, too large a one for the largest that peers take.
    fn set_mtu(&self, mtu: usize);

    /// How many bytes a record adds to a message.
    fn overhead(&self) -> usize;
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
            credentials::replace(&session.c.psk_key, Some(&setup.psk_info.key))?;
        }
        session.use_credentials(ClientSetup::Psk)
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
    client::connect_with(context, local, server, proto, |session| match setup {
        Some(setup) => session.use_credentials(ClientSetup::Pki(*setup)),
        None => Some(()),
    })
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

/// Wipes and frees the copies that a session has of its keys; the fields read null from here on.
pub fn forget(session: &Session) {
    for field in [&session.c.psk_identity, &session.c.psk_key, &session.c.psk_hint] {
        // SAFETY: each field holds a copy made by `credentials::replace`, or null.
        unsafe { credentials::wipe(field.replace(core::ptr::null_mut())) };
    }
}
