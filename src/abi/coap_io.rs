//! Types and constants of `coap2/coap_io.h`.

use super::*;

/// A file descriptor.
pub type coap_fd_t = c_int;
/// Flags of a socket, `COAP_SOCKET_*`.
pub type coap_socket_flags_t = u16;

/// TODO.
pub const COAP_INVALID_SOCKET: coap_fd_t = -1;

/// TODO.
pub const COAP_MAX_EPOLL_EVENTS: usize = 10;

/// TODO.
pub const COAP_RXBUFFER_SIZE: usize = 1472;

/// TODO.
pub const COAP_SOCKET_ERROR: c_int = -1;

/// TODO.
pub const COAP_SOCKET_EMPTY: coap_socket_flags_t = 0;

/// TODO.
pub const COAP_SOCKET_BOUND: coap_socket_flags_t = 2;

/// TODO.
pub const COAP_SOCKET_CONNECTED: coap_socket_flags_t = 4;

/// TODO.
pub const COAP_SOCKET_MULTICAST: coap_socket_flags_t = 4096;

/// TODO.
pub const COAP_SOCKET_CAN_READ: coap_socket_flags_t = 256;

/// TODO.
pub const COAP_SOCKET_CAN_WRITE: coap_socket_flags_t = 512;

/// TODO.
pub const COAP_SOCKET_CAN_ACCEPT: coap_socket_flags_t = 1024;

/// TODO.
pub const COAP_SOCKET_CAN_CONNECT: coap_socket_flags_t = 2048;

/// TODO.
pub const COAP_SOCKET_NOT_EMPTY: coap_socket_flags_t = 1;

/// TODO.
pub const COAP_SOCKET_WANT_READ: coap_socket_flags_t = 16;

/// TODO.
pub const COAP_SOCKET_WANT_WRITE: coap_socket_flags_t = 32;

/// TODO.
pub const COAP_SOCKET_WANT_ACCEPT: coap_socket_flags_t = 64;

/// TODO.
pub const COAP_SOCKET_WANT_CONNECT: coap_socket_flags_t = 128;

/// TODO.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum coap_nack_reason_t {
    /// TODO.
    COAP_NACK_TOO_MANY_RETRIES = 0,
    /// TODO.
    COAP_NACK_NOT_DELIVERABLE = 1,
    /// TODO.
    COAP_NACK_RST = 2,
    /// TODO.
    COAP_NACK_TLS_FAILED = 3,
    /// TODO.
    COAP_NACK_ICMP_ISSUE = 4,
}

/// TODO.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_addr_hash_t {
    /// TODO.
    pub remote: coap_address_t,
    /// TODO.
    pub lport: u16,
}

/// TODO.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_addr_tuple_t {
    /// TODO.
    pub remote: coap_address_t,
    /// TODO.
    pub local: coap_address_t,
}

/// TODO.
#[repr(C)]
pub struct coap_socket_t {
    /// TODO.
    pub fd: Cell<coap_fd_t>,
    /// TODO.
    pub flags: Cell<coap_socket_flags_t>,
    /// TODO.
    pub session: Cell<*mut coap_session_t>,
    /// TODO.
    pub endpoint: Cell<*mut coap_endpoint_t>,
}

/// TODO.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_packet_t {
    /// TODO.
    pub addr_info: coap_addr_tuple_t,
    /// TODO.
    pub ifindex: c_int,
    /// TODO.
    pub length: usize,
    /// TODO.
    pub payload: [c_uchar; 1472],
}
