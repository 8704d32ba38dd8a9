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

/// TODO.
pub const COAP_IO_WAIT: c_int = 0;

/// TODO.
pub const COAP_IO_NO_WAIT: c_uint = 4294967295;

/// TODO.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum coap_response_t {
    /// TODO.
    COAP_RESPONSE_FAIL = 0,
    /// TODO.
    COAP_RESPONSE_OK = 1,
}

/// TODO.
#[repr(C)]
pub struct coap_context_t {
    /// TODO.
    pub known_options: Cell<coap_opt_filter_t>,
    /// TODO.
    pub resources: Cell<*mut coap_resource_t>,
    /// TODO.
    pub unknown_resource: Cell<*mut coap_resource_t>,
    /// TODO.
    pub proxy_uri_resource: Cell<*mut coap_resource_t>,
    /// TODO.
    pub release_userdata: Cell<coap_resource_release_userdata_handler_t>,
    /// TODO.
    pub async_state: Cell<*mut coap_async_state_t>,
    /// TODO.
    pub sendqueue_basetime: Cell<coap_tick_t>,
    /// TODO.
    pub sendqueue: Cell<*mut coap_queue_t>,
    /// TODO.
    pub endpoint: Cell<*mut coap_endpoint_t>,
    /// TODO.
    pub sessions: Cell<*mut coap_session_t>,
    /// TODO.
    pub response_handler: Cell<coap_response_handler_t>,
    /// TODO.
    pub nack_handler: Cell<coap_nack_handler_t>,
    /// TODO.
    pub ping_handler: Cell<coap_ping_handler_t>,
    /// TODO.
    pub pong_handler: Cell<coap_pong_handler_t>,
    /// TODO.
    pub handle_event: Cell<coap_event_handler_t>,
    /// TODO.
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
    /// TODO.
    pub network_read: Cell<Option<unsafe extern "C" fn(sock: *mut coap_socket_t, packet: *mut coap_packet_t) -> isize>>,
    /// TODO.
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
    /// TODO.
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
    /// TODO.
    pub get_server_hint:
        Cell<Option<unsafe extern "C" fn(session: *const coap_session_t, hint: *mut u8, max_hint_len: usize) -> usize>>,
    /// TODO.
    pub dtls_context: Cell<*mut c_void>,
    /// TODO.
    pub spsk_setup_data: Cell<coap_dtls_spsk_t>,
    /// TODO.
    pub session_timeout: Cell<c_uint>,
    /// TODO.
    pub max_idle_sessions: Cell<c_uint>,
    /// TODO.
    pub max_handshake_sessions: Cell<c_uint>,
    /// TODO.
    pub ping_timeout: Cell<c_uint>,
    /// TODO.
    pub csm_timeout: Cell<c_uint>,
    /// TODO.
    pub observe_pending: Cell<u8>,
    /// TODO.
    pub block_mode: Cell<u8>,
    /// TODO.
    pub etag: Cell<u64>,
    /// TODO.
    pub cache: Cell<*mut coap_cache_entry_t>,
    /// TODO.
    pub cache_ignore_options: Cell<*mut u16>,
    /// TODO.
    pub cache_ignore_count: Cell<usize>,
    /// TODO.
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

/// TODO.
#[repr(C)]
pub struct coap_queue_t {
    /// TODO.
    pub next: Cell<*mut coap_queue_t>,
    /// TODO.
    pub t: Cell<coap_tick_t>,
    /// TODO.
    pub retransmit_cnt: Cell<c_uchar>,
    /// TODO.
    pub timeout: Cell<c_uint>,
    /// TODO.
    pub session: Cell<*mut coap_session_t>,
    /// TODO.
    pub id: Cell<coap_mid_t>,
    /// TODO.
    pub pdu: Cell<*mut coap_pdu_t>,
}
