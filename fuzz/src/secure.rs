//! What the targets `dtls` and `tls` share: a server and a client of ours with credentials, and the line between them,
//! which is the fuzzer's. Whatever that does to the line:
//!
//! - no handler sees a message that the honest peer has not sent;
//! - nobody is told of a connection with a peer that does not have the right key (T1, T2, T6);
//! - who is told of a connection is told of it once, and once of its end (T14);
//! - nothing leaks (by AddressSanitizer), also where callbacks send, free and run the loop.

use coap2::abi::*;
use coap2::base::address::Peer;
use coap2::capi::{coap_session::*, net::*, pdu::*, resource::*, str::*};
use coap2::exchange::Endpoint;
use core::cell::{Cell, RefCell};
use core::ffi::{c_int, c_void};
use core::mem::{zeroed, MaybeUninit};
use core::ptr::{null, null_mut};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use openssl::asn1::Asn1Time;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::PKey;
use openssl::x509::{X509NameBuilder, X509};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::OnceLock;

/// Made-up milliseconds on top of the real time.
static LATER: AtomicU64 = AtomicU64::new(0);

/// The library's clock: this definition comes before that of the C library.
#[no_mangle]
unsafe extern "C" fn clock_gettime(clock: libc::clockid_t, now: *mut libc::timespec) -> c_int {
    // SAFETY: the caller's memory.
    unsafe {
        let result = libc::syscall(libc::SYS_clock_gettime, clock, now) as c_int;
        if result == 0 && clock == libc::CLOCK_REALTIME {
            (*now).tv_sec += (LATER.load(Relaxed) / 1000) as libc::time_t;
        }
        result
    }
}

/// Who has which credentials.
#[derive(Arbitrary, Clone, Copy, PartialEq, Eq, Debug)]
pub enum Credentials {
    SameKey,
    OtherKey,
    Certificate,
    /// The client does not trust the server's.
    OtherAuthority,
    /// The server demands one.
    BothCertificates,
    /// The server demands one, and does not trust the client's.
    OtherClient,
    /// The client has a key, the server a certificate.
    KeyAndCertificate,
    /// The other way round.
    CertificateAndKey,
    /// A server with both, a client with the key.
    KeyAtBoth,
    /// The same with the certificate.
    CertificateAtBoth,
}

use Credentials::*;

impl Credentials {
    /// Whether each side has what the other one wants.
    pub fn are_right(self) -> bool {
        self.may_connect(false, COAP_PROTO_DTLS)
    }

    fn may_connect(self, client: bool, proto: coap_proto_t) -> bool {
        match self {
            SameKey | Certificate | BothCertificates | KeyAtBoth | CertificateAtBoth => true,
            // In version 1.3 a client hears of it later.
            OtherClient => client && proto == COAP_PROTO_TLS,
            _ => false,
        }
    }

    fn server(self) -> (bool, bool) {
        let key = matches!(self, SameKey | OtherKey | CertificateAndKey | KeyAtBoth | CertificateAtBoth);
        (key, !matches!(self, SameKey | OtherKey | CertificateAndKey))
    }
}

/// A certificate that signs itself, with its key, as PEM.
fn pem(which: usize) -> &'static [u8] {
    static MADE: OnceLock<[Vec<u8>; 2]> = OnceLock::new();
    let make = || {
        let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
        let key = PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap();
        let mut name = X509NameBuilder::new().unwrap();
        name.append_entry_by_text("CN", "somebody").unwrap();
        let name = name.build();
        let mut certificate = X509::builder().unwrap();
        certificate.set_version(2).unwrap();
        certificate.set_subject_name(&name).unwrap();
        certificate.set_issuer_name(&name).unwrap();
        certificate.set_pubkey(&key).unwrap();
        certificate.set_not_before(&Asn1Time::days_from_now(0).unwrap()).unwrap();
        certificate.set_not_after(&Asn1Time::days_from_now(30000).unwrap()).unwrap();
        certificate.sign(&key, MessageDigest::sha256()).unwrap();
        [certificate.build().to_pem().unwrap(), key.private_key_to_pem_pkcs8().unwrap()].concat()
    };
    &MADE.get_or_init(|| [make(), make()])[which]
}

/// Settings with one of the certificates, that trust one of them.
fn certificate(own: usize, trusted: usize, demanding: bool) -> coap_dtls_pki_t {
    let (own, trusted) = (pem(own), pem(trusted));
    // SAFETY: zero is a value of each field.
    let mut setup: coap_dtls_pki_t = unsafe { zeroed() };
    setup.version = 1;
    setup.verify_peer_cert = demanding.into();
    setup.validate_cn_call_back = Some(on_name);
    setup.additional_tls_setup_call_back = Some(on_setup);
    setup.pki_key.key_type = as_enum(2);
    setup.pki_key.key.pem_buf = coap_pki_key_pem_buf_t {
        ca_cert: trusted.as_ptr(),
        public_cert: own.as_ptr(),
        private_key: own.as_ptr(),
        ca_cert_len: trusted.len(),
        public_cert_len: own.len(),
        private_key_len: own.len(),
    };
    setup
}

const KEY: coap_bin_const_t = coap_bin_const_t { length: 6, s: c"secret".as_ptr().cast() };
const OTHER: coap_bin_const_t = coap_bin_const_t { length: 5, s: c"wrong".as_ptr().cast() };
const IDENTITY: coap_bin_const_t = coap_bin_const_t { length: 2, s: c"me".as_ptr().cast() };

#[derive(Default)]
struct World {
    server: Cell<*mut coap_context_t>,
    endpoint: Cell<*mut coap_endpoint_t>,
    client: Cell<*mut coap_context_t>,
    session: Cell<*mut coap_session_t>,
    credentials: Cell<Option<Credentials>>,
    proto: Cell<coap_proto_t>,
    /// What the handlers are still to do.
    deeds: RefCell<Vec<u8>>,
    /// The payloads of the requests that have been sent are those below that.
    asked: Cell<u32>,
    /// Which of them have been answered.
    answered: Cell<u32>,
    /// Sessions that are connected.
    connected: RefCell<HashMap<usize, ()>>,
}

thread_local! {
    static WORLD: World = World::default();
}

fn world<R>(look: impl FnOnce(&World) -> R) -> R {
    WORLD.with(look)
}

/// Begins: the server; its port.
///
/// # Safety
/// The one before has ended.
pub unsafe fn start(credentials: Credentials, proto: coap_proto_t, deeds: Vec<u8>) -> u16 {
    // SAFETY: all objects are made here, and used as the headers say.
    unsafe {
        let server = coap_new_context(null());
        let (key, certificates) = credentials.server();
        if key {
            let mut setup: coap_dtls_spsk_t = zeroed();
            setup.psk_info.key = if credentials == OtherKey { OTHER } else { KEY };
            setup.psk_info.hint = IDENTITY;
            setup.validate_id_call_back = Some(on_identity);
            assert_eq!(coap_context_set_psk2(server, &mut setup), 1);
        }
        if certificates {
            let demanding = matches!(credentials, BothCertificates | OtherClient);
            let trusted = if credentials == OtherClient { 0 } else { 1 };
            assert_eq!(coap_context_set_pki(server, &certificate(0, trusted, demanding)), 1);
        }
        (*server).handle_event.set(Some(on_event));
        (*server).nack_handler.set(Some(on_nack));
        let resource = coap_resource_init(coap_make_str_const(c"r".as_ptr()), 0);
        coap_register_handler(resource, as_enum(1), Some(handler));
        coap_add_resource(server, resource);
        let address = coap_address_t::from_peer(Peer::V4([127, 0, 0, 1], 0));
        let endpoint = coap_new_endpoint(server, &address, proto);
        let port = Endpoint::from_ptr(endpoint).unwrap().bind_addr.port();
        world(|world| {
            world.server.set(server);
            world.endpoint.set(endpoint);
            world.credentials.set(Some(credentials));
            world.proto.set(proto);
            world.deeds.replace(deeds);
            world.asked.set(0);
            world.answered.set(0);
        });
        port
    }
}

/// The client begins its handshake with whoever is at this port.
///
/// # Safety
/// After `start`.
pub unsafe fn connect(port: u16) {
    // SAFETY: all objects are made here, and used as the headers say.
    unsafe {
        let (credentials, proto) = world(|world| (world.credentials.get().unwrap(), world.proto.get()));
        let client = coap_new_context(null());
        (*client).handle_event.set(Some(on_event));
        (*client).nack_handler.set(Some(on_nack));
        (*client).response_handler.set(Some(on_response));
        world(|world| world.client.set(client));
        let to = coap_address_t::from_peer(Peer::V4([127, 0, 0, 1], port));
        let session = match credentials {
            SameKey | OtherKey | KeyAndCertificate | KeyAtBoth => {
                let mut setup: coap_dtls_cpsk_t = zeroed();
                setup.psk_info = coap_dtls_cpsk_info_t { identity: IDENTITY, key: KEY };
                coap_new_client_session_psk2(client, null(), &to, proto, &mut setup)
            }
            _ => {
                let trusted = if credentials == OtherAuthority { 1 } else { 0 };
                let mut setup = certificate(1, trusted, true);
                coap_new_client_session_pki(client, null(), &to, proto, &mut setup)
            }
        };
        world(|world| match world.client.get().is_null() {
            true => (),
            false => world.session.set(session),
        });
    }
}

/// The client's application asks, with a payload of its own.
pub fn ask(confirmable: bool, length: u16) {
    let session = world(|world| world.session.get());
    if session.is_null() {
        return;
    }
    // SAFETY: the session is live.
    unsafe {
        let number = world(|world| world.asked.replace(world.asked.get() + 1));
        let pdu = coap_pdu_init(if confirmable { 0 } else { 1 }, 1, number as u16, 2000);
        let mut payload = vec![b'a'; usize::from(length % 1000)];
        payload.splice(..0, number.to_be_bytes());
        let token = number.to_be_bytes();
        coap_add_token(pdu, 4, token.as_ptr());
        coap_add_option(pdu, COAP_OPTION_URI_PATH, 1, c"r".as_ptr().cast());
        coap_add_data(pdu, payload.len(), payload.as_ptr());
        coap_send_large(session, pdu);
    }
}

/// Both sides do what there is to do.
pub fn turn() {
    for which in [|world: &World| world.server.get(), |world: &World| world.client.get()] {
        let context = world(which);
        if !context.is_null() {
            // SAFETY: live.
            unsafe { coap_io_process(context, COAP_IO_NO_WAIT) };
        }
    }
}

/// Time goes by, in milliseconds.
pub fn later(time: u64) {
    LATER.fetch_add(time, Relaxed);
    turn();
}

/// The socket of the client, or -1.
pub fn client_socket() -> c_int {
    let session = world(|world| world.session.get());
    // SAFETY: null or live.
    unsafe { session.as_ref().map_or(-1, |session| session.sock.fd.get()) }
}

/// The socket at which the server takes connections, or -1.
pub fn server_socket() -> c_int {
    let endpoint = world(|world| world.endpoint.get());
    // SAFETY: null or live.
    unsafe { Endpoint::from_ptr(endpoint) }.map_or(-1, |endpoint| endpoint.sock.fd.get())
}

/// Whether the server has a session for this port.
pub fn knows(port: u16) -> bool {
    let server = world(|world| world.server.get());
    let address = coap_address_t::from_peer(Peer::V4([127, 0, 0, 1], port));
    // SAFETY: live.
    !server.is_null() && (0..4).any(|ifindex| unsafe { !coap_session_get_by_peer(server, &address, ifindex).is_null() })
}

/// The client's application has enough.
pub fn disconnect() {
    let session = world(|world| world.session.get());
    if !session.is_null() {
        // SAFETY: live.
        unsafe { coap_session_disconnected(session, as_enum(3)) };
    }
}

/// How many requests have been answered.
pub fn answered() -> u32 {
    world(|world| world.answered.get())
}

/// Everything ends.
///
/// # Safety
/// After `start`.
pub unsafe fn stop() {
    // SAFETY: live, or null.
    unsafe {
        world(|world| world.deeds.take());
        release();
        for context in
            [world(|world| world.client.replace(null_mut())), world(|world| world.server.replace(null_mut()))]
        {
            if !context.is_null() {
                coap_free_context(context);
            }
        }
        world(|world| {
            world.endpoint.set(null_mut());
            assert!(world.connected.take().is_empty(), "nobody was told of the end");
        });
        LATER.store(0, Relaxed);
    }
}

unsafe fn release() {
    let session = world(|world| world.session.replace(null_mut()));
    if !session.is_null() {
        // SAFETY: the reference is ours.
        unsafe { coap_session_release(session) };
    }
}

/// What a callback does besides.
fn act(session: *mut coap_session_t) {
    let deed = world(|world| world.deeds.borrow_mut().pop());
    let with = |which: fn(&World) -> *mut coap_context_t| world(which);
    // SAFETY: the objects are live, or null.
    unsafe {
        match deed {
            Some(1) => ask(true, 10),
            Some(2) if !session.is_null() => coap_session_disconnected(session, as_enum(3)),
            Some(3) => release(),
            Some(4) if !with(|world| world.server.get()).is_null() => {
                coap_io_process(with(|world| world.server.get()), COAP_IO_NO_WAIT);
            }
            Some(5) if !with(|world| world.client.get()).is_null() => {
                coap_io_process(with(|world| world.client.get()), COAP_IO_NO_WAIT);
            }
            Some(6) => {
                let endpoint = world(|world| world.endpoint.replace(null_mut()));
                if !endpoint.is_null() {
                    coap_free_endpoint(endpoint);
                }
            }
            Some(7) => {
                let server = world(|world| world.server.replace(null_mut()));
                world(|world| world.endpoint.set(null_mut()));
                if !server.is_null() {
                    coap_free_context(server);
                }
            }
            Some(8) => {
                let client = world(|world| world.client.replace(null_mut()));
                world(|world| world.session.set(null_mut()));
                if !client.is_null() {
                    coap_free_context(client);
                }
            }
            Some(9) if !session.is_null() => coap_session_set_mtu(session, 300),
            Some(10) => later(3000),
            _ => (),
        }
    }
}

unsafe extern "C" fn on_event(_: *mut coap_context_t, event: coap_event_t, session: *mut coap_session_t) -> c_int {
    let key = session as usize;
    match event {
        COAP_EVENT_DTLS_CONNECTED => world(|world| {
            // SAFETY: the library gives a live session.
            let client = unsafe { (*session).r#type.get() } == COAP_SESSION_TYPE_CLIENT;
            let credentials = world.credentials.get().unwrap();
            assert!(credentials.may_connect(client, world.proto.get()), "connected, client: {client}, {credentials:?}");
            assert!(world.connected.borrow_mut().insert(key, ()).is_none(), "connected twice");
        }),
        COAP_EVENT_DTLS_CLOSED => _ = world(|world| world.connected.borrow_mut().remove(&key)),
        _ => (),
    }
    act(session);
    0
}

unsafe extern "C" fn on_nack(
    _: *mut coap_context_t,
    session: *mut coap_session_t,
    _: *mut coap_pdu_t,
    _: MaybeUninit<coap_nack_reason_t>,
    _: coap_mid_t,
) {
    act(session);
}

unsafe extern "C" fn on_identity(
    identity: *mut coap_bin_const_t,
    session: *mut coap_session_t,
    _: *mut c_void,
) -> *const coap_bin_const_t {
    // SAFETY: the library gives live objects.
    unsafe { assert!((*identity).length < 256) };
    act(session);
    match world(|world| world.credentials.get()) {
        Some(OtherKey) => const { &OTHER },
        _ => const { &KEY },
    }
}

unsafe extern "C" fn on_name(
    _: *const core::ffi::c_char,
    _: *const u8,
    _: usize,
    session: *mut coap_session_t,
    _: core::ffi::c_uint,
    _: c_int,
    _: *mut c_void,
) -> c_int {
    act(session);
    1
}

unsafe extern "C" fn on_setup(_: *mut c_void, _: *mut coap_dtls_pki_t) -> c_int {
    act(null_mut());
    1
}

/// The payload is one that the client has sent: which?
unsafe fn payload_of(pdu: *mut coap_pdu_t) -> (u32, Vec<u8>) {
    // SAFETY: the library gives live objects.
    let data = unsafe { (*pdu).data_large() }.map_or(vec![], |data| data.bytes.to_vec());
    let number = u32::from_be_bytes(data.get(..4).expect("a message of nobody's").try_into().unwrap());
    assert!(number < world(|world| world.asked.get()), "a message of nobody's");
    assert!(data[4..].iter().all(|&byte| byte == b'a'), "a message that has been changed");
    (number, data)
}

unsafe extern "C" fn handler(
    _: *mut coap_context_t,
    _: *mut coap_resource_t,
    session: *mut coap_session_t,
    request: *mut coap_pdu_t,
    _: *mut coap_binary_t,
    _: *mut coap_string_t,
    response: *mut coap_pdu_t,
) {
    // SAFETY: the library gives live objects.
    unsafe {
        let (_, data) = payload_of(request);
        check(session, false);
        (*response).code.set(0x45);
        coap_add_data(response, data.len(), data.as_ptr());
    }
    act(session);
}

unsafe fn check(session: *mut coap_session_t, client: bool) {
    world(|world| {
        let credentials = world.credentials.get().unwrap();
        assert!(credentials.may_connect(client, world.proto.get()), "{credentials:?}");
        assert!(world.connected.borrow().contains_key(&(session as usize)), "not connected");
    });
}

unsafe extern "C" fn on_response(
    _: *mut coap_context_t,
    session: *mut coap_session_t,
    _: *mut coap_pdu_t,
    received: *mut coap_pdu_t,
    _: coap_mid_t,
) -> c_int {
    // SAFETY: the library gives live objects.
    unsafe {
        if (*received).code.get() == 0x45 {
            payload_of(received);
            check(session, true);
            world(|world| world.answered.set(world.answered.get() + 1));
        }
    }
    act(session);
    1
}
