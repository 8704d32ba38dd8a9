//! Types and constants of `coap2/coap_session.h`.

use super::*;

/// Kind of session, `COAP_SESSION_TYPE_*`.
pub type coap_session_type_t = u8;
/// State of a session, `COAP_SESSION_STATE_*`.
pub type coap_session_state_t = u8;

/// TODO.
pub const COAP_DEFAULT_NSTART: u8 = 1;

/// TODO.
pub const COAP_DEFAULT_MAX_RETRANSMIT: c_uint = 4;

/// TODO.
pub const COAP_DEFAULT_MAX_HANDSHAKE_SESSIONS: c_uint = 100;

/// TODO.
pub const COAP_DEFAULT_SESSION_TIMEOUT: c_uint = 300;

/// TODO.
pub const COAP_MAX_LATENCY: c_int = 100;

/// TODO.
pub const COAP_PARTIAL_SESSION_TIMEOUT_TICKS: coap_tick_t = 30000;

/// TODO.
pub const COAP_SESSION_STATE_NONE: coap_session_state_t = 0;

/// TODO.
pub const COAP_SESSION_STATE_CONNECTING: coap_session_state_t = 1;

/// TODO.
pub const COAP_SESSION_STATE_HANDSHAKE: coap_session_state_t = 2;

/// TODO.
pub const COAP_SESSION_STATE_CSM: coap_session_state_t = 3;

/// TODO.
pub const COAP_SESSION_STATE_ESTABLISHED: coap_session_state_t = 4;

/// TODO.
pub const COAP_SESSION_TYPE_CLIENT: coap_session_type_t = 1;

/// TODO.
pub const COAP_SESSION_TYPE_SERVER: coap_session_type_t = 2;

/// TODO.
pub const COAP_SESSION_TYPE_HELLO: coap_session_type_t = 3;

/// TODO.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_fixed_point_t {
    /// TODO.
    pub integer_part: u16,
    /// TODO.
    pub fractional_part: u16,
}

/// TODO.
#[repr(C)]
pub struct coap_session_t {
    /// TODO.
    pub proto: Cell<coap_proto_t>,
    /// TODO.
    pub r#type: Cell<coap_session_type_t>,
    /// TODO.
    pub state: Cell<coap_session_state_t>,
    /// TODO.
    pub r#ref: Cell<c_uint>,
    /// TODO.
    pub tls_overhead: Cell<usize>,
    /// TODO.
    pub mtu: Cell<usize>,
    /// TODO.
    pub addr_hash: Cell<coap_addr_hash_t>,
    /// TODO.
    pub hh: UT_hash_handle,
    /// TODO.
    pub addr_info: Cell<coap_addr_tuple_t>,
    /// TODO.
    pub ifindex: Cell<c_int>,
    /// TODO.
    pub sock: coap_socket_t,
    /// TODO.
    pub endpoint: Cell<*mut coap_endpoint_t>,
    /// TODO.
    pub context: Cell<*mut coap_context_t>,
    /// TODO.
    pub tls: Cell<*mut c_void>,
    /// TODO.
    pub tx_mid: Cell<u16>,
    /// TODO.
    pub con_active: Cell<u8>,
    /// TODO.
    pub csm_block_supported: Cell<u8>,
    /// TODO.
    pub last_ping_mid: Cell<coap_mid_t>,
    /// TODO.
    pub delayqueue: Cell<*mut coap_queue_t>,
    /// TODO.
    pub lg_xmit: Cell<*mut coap_lg_xmit_t>,
    /// TODO.
    pub lg_crcv: Cell<*mut coap_lg_crcv_t>,
    /// TODO.
    pub lg_srcv: Cell<*mut coap_lg_srcv_t>,
    /// TODO.
    pub partial_write: Cell<usize>,
    /// TODO.
    pub read_header: Cell<[u8; 8]>,
    /// TODO.
    pub partial_read: Cell<usize>,
    /// TODO.
    pub partial_pdu: Cell<*mut coap_pdu_t>,
    /// TODO.
    pub last_rx_tx: Cell<coap_tick_t>,
    /// TODO.
    pub last_tx_rst: Cell<coap_tick_t>,
    /// TODO.
    pub last_ping: Cell<coap_tick_t>,
    /// TODO.
    pub last_pong: Cell<coap_tick_t>,
    /// TODO.
    pub csm_tx: Cell<coap_tick_t>,
    /// TODO.
    pub cpsk_setup_data: Cell<coap_dtls_cpsk_t>,
    /// TODO.
    pub psk_identity: Cell<*mut coap_bin_const_t>,
    /// TODO.
    pub psk_key: Cell<*mut coap_bin_const_t>,
    /// TODO.
    pub psk_hint: Cell<*mut coap_bin_const_t>,
    /// TODO.
    pub app: Cell<*mut c_void>,
    /// TODO.
    pub max_retransmit: Cell<c_uint>,
    /// TODO.
    pub ack_timeout: Cell<coap_fixed_point_t>,
    /// TODO.
    pub ack_random_factor: Cell<coap_fixed_point_t>,
    /// TODO.
    pub dtls_timeout_count: Cell<c_uint>,
    /// TODO.
    pub dtls_event: Cell<c_int>,
    /// TODO.
    pub block_mode: Cell<u8>,
    /// TODO.
    pub tx_token: Cell<u64>,
}
