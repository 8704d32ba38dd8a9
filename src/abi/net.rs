//! Types and constants of `coap2/net.h`.

use super::*;

/// Told about each response.
pub type coap_response_handler_t = Option<
    unsafe extern "C" fn(
        context: *mut coap_context_t,
        session: *mut coap_session_t,
        sent: *mut coap_pdu_t,
        received: *mut coap_pdu_t,
        id: coap_mid_t,
    ) -> c_int,
>;
/// Told about each confirmable message that failed.
pub type coap_nack_handler_t = Option<
    unsafe extern "C" fn(
        context: *mut coap_context_t,
        session: *mut coap_session_t,
        sent: *mut coap_pdu_t,
        reason: MaybeUninit<coap_nack_reason_t>,
        id: coap_mid_t,
    ),
>;
/// Told about each ping received.
pub type coap_ping_handler_t = Option<
    unsafe extern "C" fn(
        context: *mut coap_context_t,
        session: *mut coap_session_t,
        received: *mut coap_pdu_t,
        id: coap_mid_t,
    ),
>;
/// Told about each answer to a ping of ours.
pub type coap_pong_handler_t = Option<
    unsafe extern "C" fn(
        context: *mut coap_context_t,
        session: *mut coap_session_t,
        received: *mut coap_pdu_t,
        id: coap_mid_t,
    ),
>;

/// coap_io_process() waits until something happens.
pub const COAP_IO_WAIT: c_int = 0;

/// coap_io_process() does not wait.
pub const COAP_IO_NO_WAIT: c_uint = 4294967295;

/// What a program thinks of a response.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum coap_response_t {
    /// It is refused, with a reset.
    COAP_RESPONSE_FAIL = 0,
    /// It is fine.
    COAP_RESPONSE_OK = 1,
}

/// A context: one instance of the stack, with its resources, endpoints and sessions.
#[allow(clippy::type_complexity)] // The C signatures, written out so that the header shows them.
#[repr(C)]
#[allow(clippy::type_complexity, reason = "the C interface has no names for the types of these hooks")]
pub struct coap_context_t {
    /// The options that the program understands; see coap_register_option().
    pub known_options: Cell<coap_opt_filter_t>,
    /// The resources.
    pub resources: Cell<*mut coap_resource_t>,
    /// The resource for paths that no other has, or NULL.
    pub unknown_resource: Cell<*mut coap_resource_t>,
    /// The resource for requests to a proxy, or NULL.
    pub proxy_uri_resource: Cell<*mut coap_resource_t>,
    /// Releases the user data of resources, or NULL.
    pub release_userdata: Cell<coap_resource_release_userdata_handler_t>,
    /// The latest state of a separate response; the others follow by next.
    pub async_state: Cell<*mut coap_async_state_t>,
    /// The time that t of the first message in sendqueue counts from, in ticks.
    pub sendqueue_basetime: Cell<coap_tick_t>,
    /// Messages that wait for their acknowledgement, the one due first in front.
    pub sendqueue: Cell<*mut coap_queue_t>,
    /// The endpoints.
    pub endpoint: Cell<*mut coap_endpoint_t>,
    /// The sessions with servers: see SESSIONS_ITER.
    pub sessions: Cell<*mut coap_session_t>,
    /// Told about responses, or NULL.
    pub response_handler: Cell<coap_response_handler_t>,
    /// Told about confirmable messages that failed, or NULL.
    pub nack_handler: Cell<coap_nack_handler_t>,
    /// Told about pings of peers, or NULL.
    pub ping_handler: Cell<coap_ping_handler_t>,
    /// Told about answers to pings, or NULL.
    pub pong_handler: Cell<coap_pong_handler_t>,
    /// Told about events, or NULL.
    pub handle_event: Cell<coap_event_handler_t>,
    /// Sends a datagram. A program may put its own function here.
    pub network_send: Cell<
        Option<
            unsafe extern "C" fn(
                sock: *mut coap_socket_t,
                session: *const coap_session_t,
                data: *const u8,
                datalen: usize,
            ) -> isize,
        >,
    >,
    /// Receives a datagram. A program may put its own function here.
    pub network_read: Cell<Option<unsafe extern "C" fn(sock: *mut coap_socket_t, packet: *mut coap_packet_t) -> isize>>,
    /// Gives identity and key of a client. A program may put its own function here.
    pub get_client_psk: Cell<
        Option<
            unsafe extern "C" fn(
                session: *const coap_session_t,
                hint: *const u8,
                hint_len: usize,
                identity: *mut u8,
                identity_len: *mut usize,
                max_identity_len: usize,
                psk: *mut u8,
                max_psk_len: usize,
            ) -> usize,
        >,
    >,
    /// Gives the key for a client's identity. A program may put its own function here.
    pub get_server_psk: Cell<
        Option<
            unsafe extern "C" fn(
                session: *const coap_session_t,
                identity: *const u8,
                identity_len: usize,
                psk: *mut u8,
                max_psk_len: usize,
            ) -> usize,
        >,
    >,
    /// Gives the hint of a server. A program may put its own function here.
    pub get_server_hint:
        Cell<Option<unsafe extern "C" fn(session: *const coap_session_t, hint: *mut u8, max_hint_len: usize) -> usize>>,
    /// The context of the (D)TLS library, or NULL.
    pub dtls_context: Cell<*mut c_void>,
    /// How a server uses pre-shared keys.
    pub spsk_setup_data: Cell<coap_dtls_spsk_t>,
    /// Seconds after which an idle session with a client ends; 0 means 300.
    pub session_timeout: Cell<c_uint>,
    /// How many idle sessions with clients an endpoint keeps; 0: no limit of the program's.
    pub max_idle_sessions: Cell<c_uint>,
    /// How many handshakes may be under way at an endpoint; 0 means 100.
    pub max_handshake_sessions: Cell<c_uint>,
    /// Seconds of silence after which a client sends a ping; 0: never.
    pub ping_timeout: Cell<c_uint>,
    /// Seconds to wait for the peer's first CSM; 0: without end.
    pub csm_timeout: Cell<c_uint>,
    /// 1 while observers wait for notifications.
    pub observe_pending: Cell<u8>,
    /// COAP_BLOCK_... bits for new sessions.
    pub block_mode: Cell<u8>,
    /// The ETag that the library made last.
    pub etag: Cell<u64>,
    /// The cache entries.
    pub cache: Cell<*mut coap_cache_entry_t>,
    /// The options that take no part in cache keys; see coap_cache_ignore_options().
    pub cache_ignore_options: Cell<*mut u16>,
    /// How many these are.
    pub cache_ignore_count: Cell<usize>,
    /// The program's own data.
    pub app: Cell<*mut c_void>,
    /// The epoll descriptor that `coap_context_get_coap_fd` gives.
    #[cfg(target_os = "linux")]
    pub epfd: Cell<c_int>,
    /// The timer descriptor inside `epfd`.
    #[cfg(target_os = "linux")]
    pub eptimerfd: Cell<c_int>,
    /// When the timer fires next, in ticks; 0 when it is off.
    #[cfg(target_os = "linux")]
    pub next_timeout: Cell<coap_tick_t>,
}

/// A message in a queue.
#[repr(C)]
pub struct coap_queue_t {
    /// The next message.
    pub next: Cell<*mut coap_queue_t>,
    /// When it is due, in ticks from the one before it.
    pub t: Cell<coap_tick_t>,
    /// How often it has been sent again.
    pub retransmit_cnt: Cell<c_uchar>,
    /// The first waiting time, in ticks.
    pub timeout: Cell<c_uint>,
    /// The session; the message holds a reference to it.
    pub session: Cell<*mut coap_session_t>,
    /// The message id.
    pub id: Cell<coap_mid_t>,
    /// The message.
    pub pdu: Cell<*mut coap_pdu_t>,
}
