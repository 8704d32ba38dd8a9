//! Types and constants of `coap2/coap_session.h`.

use super::*;

/// Kind of session, `COAP_SESSION_TYPE_*`.
pub type coap_session_type_t = u8;
/// State of a session, `COAP_SESSION_STATE_*`.
pub type coap_session_state_t = u8;

/// NSTART: how many confirmable messages are under way at a time.
pub const COAP_DEFAULT_NSTART: u8 = 1;

/// MAX_RETRANSMIT.
pub const COAP_DEFAULT_MAX_RETRANSMIT: c_uint = 4;

/// How many handshakes may be under way, if the context says 0.
pub const COAP_DEFAULT_MAX_HANDSHAKE_SESSIONS: c_uint = 100;

/// Seconds until an idle session with a client ends, if the context says 0.
pub const COAP_DEFAULT_SESSION_TIMEOUT: c_uint = 300;

/// MAX_LATENCY: how long a message may be on its way, in seconds.
pub const COAP_MAX_LATENCY: c_int = 100;

/// Ticks after which a handshake that has stopped is given up.
pub const COAP_PARTIAL_SESSION_TIMEOUT_TICKS: coap_tick_t = 30000;

/// Not connected.
pub const COAP_SESSION_STATE_NONE: coap_session_state_t = 0;

/// The TCP connection is being made.
pub const COAP_SESSION_STATE_CONNECTING: coap_session_state_t = 1;

/// The (D)TLS handshake is under way.
pub const COAP_SESSION_STATE_HANDSHAKE: coap_session_state_t = 2;

/// Waits for the peer's first CSM (RFC 8323).
pub const COAP_SESSION_STATE_CSM: coap_session_state_t = 3;

/// Ready for messages.
pub const COAP_SESSION_STATE_ESTABLISHED: coap_session_state_t = 4;

/// Made by this side, with a server.
pub const COAP_SESSION_TYPE_CLIENT: coap_session_type_t = 1;

/// Made by an endpoint, with a client.
pub const COAP_SESSION_TYPE_SERVER: coap_session_type_t = 2;

/// Of an endpoint, while a client's first handshake message is looked at.
pub const COAP_SESSION_TYPE_HELLO: coap_session_type_t = 3;

/// A number with three decimals, such as 1.500.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_fixed_point_t {
    /// Before the point.
    pub integer_part: u16,
    /// After the point, in thousandths.
    pub fractional_part: u16,
}

/// A session: the relation with one peer.
#[repr(C)]
pub struct coap_session_t {
    /// The protocol, COAP_PROTO_...
    pub proto: Cell<coap_proto_t>,
    /// Who made it, COAP_SESSION_TYPE_...
    pub r#type: Cell<coap_session_type_t>,
    /// How far it is, COAP_SESSION_STATE_...
    pub state: Cell<coap_session_state_t>,
    /// How many references hold it.
    pub r#ref: Cell<c_uint>,
    /// Bytes that (D)TLS adds to each message.
    pub tls_overhead: Cell<usize>,
    /// The longest packet in this session, in bytes.
    pub mtu: Cell<usize>,
    /// The key of a session with a client, else all zero.
    pub addr_hash: Cell<coap_addr_hash_t>,
    /// Links the sessions of a context or an endpoint: see SESSIONS_ITER.
    pub hh: UT_hash_handle,
    /// The addresses of both ends.
    pub addr_info: Cell<coap_addr_tuple_t>,
    /// The number of the interface of the latest packet.
    pub ifindex: Cell<c_int>,
    /// The session's own socket, if it has one.
    pub sock: coap_socket_t,
    /// The endpoint of a session with a client, else NULL.
    pub endpoint: Cell<*mut coap_endpoint_t>,
    /// The context.
    pub context: Cell<*mut coap_context_t>,
    /// The session of the (D)TLS library, or NULL.
    pub tls: Cell<*mut c_void>,
    /// The message id used last.
    pub tx_mid: Cell<u16>,
    /// How many confirmable messages are under way.
    pub con_active: Cell<u8>,
    /// 1 if the peer's CSM says that it can do block-wise transfer.
    pub csm_block_supported: Cell<u8>,
    /// The message id of the latest ping.
    pub last_ping_mid: Cell<coap_mid_t>,
    /// Messages that wait for their turn.
    pub delayqueue: Cell<*mut coap_queue_t>,
    /// Large bodies being sent.
    pub lg_xmit: Cell<*mut coap_lg_xmit_t>,
    /// Large response bodies being received.
    pub lg_crcv: Cell<*mut coap_lg_crcv_t>,
    /// Large request bodies being received.
    pub lg_srcv: Cell<*mut coap_lg_srcv_t>,
    /// Bytes already written of the first message in delayqueue.
    pub partial_write: Cell<usize>,
    /// The start of a message being received from a stream.
    pub read_header: Cell<[u8; 8]>,
    /// Bytes already read of it.
    pub partial_read: Cell<usize>,
    /// The message being received from a stream, or NULL.
    pub partial_pdu: Cell<*mut coap_pdu_t>,
    /// When something was last sent or received, in ticks.
    pub last_rx_tx: Cell<coap_tick_t>,
    /// When a reset was last sent, in ticks.
    pub last_tx_rst: Cell<coap_tick_t>,
    /// When a ping was last sent, in ticks.
    pub last_ping: Cell<coap_tick_t>,
    /// When the peer last answered a ping, in ticks.
    pub last_pong: Cell<coap_tick_t>,
    /// When our CSM was sent, in ticks.
    pub csm_tx: Cell<coap_tick_t>,
    /// How a client uses pre-shared keys.
    pub cpsk_setup_data: Cell<coap_dtls_cpsk_t>,
    /// The identity in use, or NULL.
    pub psk_identity: Cell<*mut coap_bin_const_t>,
    /// The key in use, or NULL.
    pub psk_key: Cell<*mut coap_bin_const_t>,
    /// The hint in use, or NULL.
    pub psk_hint: Cell<*mut coap_bin_const_t>,
    /// The application's own data.
    pub app: Cell<*mut c_void>,
    /// MAX_RETRANSMIT of this session.
    pub max_retransmit: Cell<c_uint>,
    /// ACK_TIMEOUT of this session, in seconds.
    pub ack_timeout: Cell<coap_fixed_point_t>,
    /// ACK_RANDOM_FACTOR of this session.
    pub ack_random_factor: Cell<coap_fixed_point_t>,
    /// How often a handshake message was sent again.
    pub dtls_timeout_count: Cell<c_uint>,
    /// The latest (D)TLS event, or -1.
    pub dtls_event: Cell<c_int>,
    /// COAP_BLOCK_... bits.
    pub block_mode: Cell<u8>,
    /// The token used last, as a number.
    pub tx_token: Cell<u64>,
}
