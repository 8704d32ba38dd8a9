//! Types and constants of `coap2/net.h`.

use super::*;

/// Told about each response.
///
/// @param context   The context.
/// @param session   The session that the response came on.
/// @param sent      The request it came back with, or NULL if that is not known any more (a separate response).
/// @param received  The response. It belongs to the library; so do the messages in the other handlers.
/// @param id        The message id of the response.
///
/// Returns COAP_RESPONSE_OK, or COAP_RESPONSE_FAIL to answer it with a reset.
pub type coap_response_handler_t = Option<
    unsafe extern "C" fn(
        context: *mut coap_context_t,
        session: *mut coap_session_t,
        sent: *mut coap_pdu_t,
        received: *mut coap_pdu_t,
        id: coap_mid_t,
    ) -> c_int,
>;
/// Told about each confirmable message that was not delivered.
///
/// @param context  The context.
/// @param session  The session that the message was for.
/// @param sent     The message.
/// @param reason   Why: COAP_NACK_TOO_MANY_RETRIES and so on.
/// @param id       The message id.
pub type coap_nack_handler_t = Option<
    unsafe extern "C" fn(
        context: *mut coap_context_t,
        session: *mut coap_session_t,
        sent: *mut coap_pdu_t,
        reason: MaybeUninit<coap_nack_reason_t>,
        id: coap_mid_t,
    ),
>;
/// Told about each ping of a peer; the library answers it.
///
/// @param context   The context.
/// @param session   The session that the ping came on.
/// @param received  The ping.
/// @param id        Its message id; 0 on streams.
pub type coap_ping_handler_t = Option<
    unsafe extern "C" fn(
        context: *mut coap_context_t,
        session: *mut coap_session_t,
        received: *mut coap_pdu_t,
        id: coap_mid_t,
    ),
>;
/// Told about each answer to a ping of ours.
///
/// @param context   The context.
/// @param session   The session that the answer came on.
/// @param received  The answer.
/// @param id        Its message id; 0 on streams.
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

/// What the application thinks of a response.
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
pub struct coap_context_t {
    /// Options the application understands.
    pub known_options: Cell<coap_opt_filter_t>,
    /// The resources.
    pub resources: Cell<*mut coap_resource_t>,
    /// Serves paths that no other has, or NULL.
    pub unknown_resource: Cell<*mut coap_resource_t>,
    /// Serves requests to a proxy, or NULL.
    pub proxy_uri_resource: Cell<*mut coap_resource_t>,
    /// Releases the user data of resources, or NULL.
    pub release_userdata: Cell<coap_resource_release_userdata_handler_t>,
    /// The newest async state; others follow by next.
    pub async_state: Cell<*mut coap_async_state_t>,
    /// What t of the first in sendqueue counts from.
    pub sendqueue_basetime: Cell<coap_tick_t>,
    /// Messages not yet acknowledged, by due time.
    pub sendqueue: Cell<*mut coap_queue_t>,
    /// The endpoints.
    pub endpoint: Cell<*mut coap_endpoint_t>,
    /// The sessions with servers: see SESSIONS_ITER.
    pub sessions: Cell<*mut coap_session_t>,
    /// Told about responses, or NULL.
    pub response_handler: Cell<coap_response_handler_t>,
    /// Told about undelivered messages, or NULL.
    pub nack_handler: Cell<coap_nack_handler_t>,
    /// Told about pings of peers, or NULL.
    pub ping_handler: Cell<coap_ping_handler_t>,
    /// Told about answers to pings, or NULL.
    pub pong_handler: Cell<coap_pong_handler_t>,
    /// Told about events, or NULL.
    pub handle_event: Cell<coap_event_handler_t>,
    /// Sends a datagram. The application may put its own function here.
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
    /// Receives a datagram. The application may put its own function here.
    pub network_read: Cell<Option<unsafe extern "C" fn(sock: *mut coap_socket_t, packet: *mut coap_packet_t) -> isize>>,
    /// Gives identity and key of a client. The application may put its own function here.
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
    /// Gives the key for a client's identity. The application may put its own function here.
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
    /// Gives the hint of a server. The application may put its own function here.
    pub get_server_hint:
        Cell<Option<unsafe extern "C" fn(session: *const coap_session_t, hint: *mut u8, max_hint_len: usize) -> usize>>,
    /// The context of the (D)TLS library, or NULL.
    pub dtls_context: Cell<*mut c_void>,
    /// How a server uses pre-shared keys.
    pub spsk_setup_data: Cell<coap_dtls_spsk_t>,
    /// Seconds a server session may idle; 0 means 300.
    pub session_timeout: Cell<c_uint>,
    /// Idle server sessions per endpoint; 0 means 65536.
    pub max_idle_sessions: Cell<c_uint>,
    /// Handshakes under way per endpoint; 0 means 100.
    pub max_handshake_sessions: Cell<c_uint>,
    /// Seconds of silence before a ping; 0: never.
    pub ping_timeout: Cell<c_uint>,
    /// Seconds to wait for the peer's CSM; 0: for ever.
    pub csm_timeout: Cell<c_uint>,
    /// 1 while observers wait for notifications.
    pub observe_pending: Cell<u8>,
    /// COAP_BLOCK_... bits for new sessions.
    pub block_mode: Cell<u8>,
    /// The ETag that the library made last.
    pub etag: Cell<u64>,
    /// The cache entries.
    pub cache: Cell<*mut coap_cache_entry_t>,
    /// The options that take no part in cache keys.
    pub cache_ignore_options: Cell<*mut u16>,
    /// How many these are.
    pub cache_ignore_count: Cell<usize>,
    /// The application's own data.
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
