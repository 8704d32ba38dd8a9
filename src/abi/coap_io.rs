//! Types and constants of `coap2/coap_io.h`.

use super::*;

/// A file descriptor.
pub type coap_fd_t = c_int;
/// Flags of a socket, `COAP_SOCKET_*`.
pub type coap_socket_flags_t = u16;

/// In place of a descriptor: there is none.
pub const COAP_INVALID_SOCKET: coap_fd_t = -1;

/// How many events the library takes from epoll at a time.
pub const COAP_MAX_EPOLL_EVENTS: usize = 10;

/// The longest datagram that is received, in bytes.
pub const COAP_RXBUFFER_SIZE: usize = 1472;

/// What a failed call on a socket returns.
pub const COAP_SOCKET_ERROR: c_int = -1;

/// Not in use.
pub const COAP_SOCKET_EMPTY: coap_socket_flags_t = 0;

/// Bound to a local address.
pub const COAP_SOCKET_BOUND: coap_socket_flags_t = 2;

/// Connected to a peer.
pub const COAP_SOCKET_CONNECTED: coap_socket_flags_t = 4;

/// Joined a multicast group.
pub const COAP_SOCKET_MULTICAST: coap_socket_flags_t = 4096;

/// Can read.
pub const COAP_SOCKET_CAN_READ: coap_socket_flags_t = 256;

/// Can write.
pub const COAP_SOCKET_CAN_WRITE: coap_socket_flags_t = 512;

/// Has a connection to accept.
pub const COAP_SOCKET_CAN_ACCEPT: coap_socket_flags_t = 1024;

/// Its connection is made, or has failed.
pub const COAP_SOCKET_CAN_CONNECT: coap_socket_flags_t = 2048;

/// In use.
pub const COAP_SOCKET_NOT_EMPTY: coap_socket_flags_t = 1;

/// Waits until it can read.
pub const COAP_SOCKET_WANT_READ: coap_socket_flags_t = 16;

/// Waits until it can write.
pub const COAP_SOCKET_WANT_WRITE: coap_socket_flags_t = 32;

/// Waits for connections.
pub const COAP_SOCKET_WANT_ACCEPT: coap_socket_flags_t = 64;

/// Waits for its connection to be made.
pub const COAP_SOCKET_WANT_CONNECT: coap_socket_flags_t = 128;

/// Why a confirmable message was not delivered.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum coap_nack_reason_t {
    /// No answer came to any of its transmissions.
    COAP_NACK_TOO_MANY_RETRIES = 0,
    /// It could not be sent, or the session has ended.
    COAP_NACK_NOT_DELIVERABLE = 1,
    /// The peer has answered with a reset.
    COAP_NACK_RST = 2,
    /// Something has failed in (D)TLS.
    COAP_NACK_TLS_FAILED = 3,
    /// The network says that the peer cannot be reached.
    COAP_NACK_ICMP_ISSUE = 4,
}

/// By what the session of an incoming packet is found.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_addr_hash_t {
    /// The address of the peer.
    pub remote: coap_address_t,
    /// The local port, in host order.
    pub lport: u16,
}

/// Both ends.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_addr_tuple_t {
    /// The address of the peer.
    pub remote: coap_address_t,
    /// The local address.
    pub local: coap_address_t,
}

/// A socket and its state.
#[repr(C)]
pub struct coap_socket_t {
    /// The descriptor.
    pub fd: Cell<coap_fd_t>,
    /// COAP_SOCKET_... bits.
    pub flags: Cell<coap_socket_flags_t>,
    /// The session it belongs to, or NULL.
    pub session: Cell<*mut coap_session_t>,
    /// The endpoint it belongs to, or NULL.
    pub endpoint: Cell<*mut coap_endpoint_t>,
}

/// A received datagram. The payload has this size whatever COAP_RXBUFFER_SIZE says.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_packet_t {
    /// Where it came from, and the address it was sent to.
    pub addr_info: coap_addr_tuple_t,
    /// The number of the interface it came through.
    pub ifindex: c_int,
    /// Bytes of payload that count.
    pub length: usize,
    /// The bytes.
    pub payload: [c_uchar; 1472],
}
