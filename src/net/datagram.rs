//! One datagram through a `coap_socket_t`: the flags, the log and the simulated loss around the system call
//! (docs/spec/io.md, sections 4.3 and 4.4).

use super::socket;
use crate::abi::*;
use crate::base::errno::{self, Errno};
use crate::base::log::{LOG_CRIT, LOG_DEBUG, LOG_WARNING};
use crate::base::loss;
use crate::log;
use core::ffi::c_int;

/// `coap_network_send`: the number of bytes, or -1 and `errno` set. `to` is the session's addresses and interface; a
/// connected socket does without.
pub fn send(sock: &coap_socket_t, to: Option<(coap_addr_tuple_t, c_int)>, data: &[u8]) -> isize {
    if !loss::send_packet() {
        return data.len() as isize;
    }
    let sent = if sock.flags.get() & COAP_SOCKET_CONNECTED != 0 {
        socket::send(sock.fd.get(), data)
    } else {
        let Some((addresses, ifindex)) = to else { return -1 };
        if addresses.local.peer().is_none() {
            log!(LOG_WARNING, "protocol not supported");
        }
        socket::send_to(sock.fd.get(), data, &addresses.remote, &addresses.local, ifindex)
    };
    match sent {
        Ok(sent) => sent as isize,
        Err(error) => {
            let errno = Errno::from(&error);
            log!(LOG_CRIT, "a datagram could not be sent: {}", errno);
            errno::set(errno.0);
            -1
        }
    }
}

/// `coap_network_read`: the number of bytes, 0, -1, or -2 if the peer of a connected socket can't be reached. A datagram
/// that the packet does not hold is dropped (X9, I18).
pub fn read(sock: &coap_socket_t, packet: &mut coap_packet_t) -> isize {
    let flags = sock.flags.get();
    if flags & COAP_SOCKET_CAN_READ == 0 {
        return -1;
    }
    sock.flags.set(flags & !COAP_SOCKET_CAN_READ);
    let connected = flags & COAP_SOCKET_CONNECTED != 0;
    match socket::receive(sock.fd.get(), connected, packet) {
        Ok(length) if length > packet.payload.len() => {
            log!(LOG_DEBUG, "a datagram of {} bytes is dropped: too long", length);
            0
        }
        Ok(length) => length as isize,
        Err(error) => match error.raw_os_error() {
            Some(libc::EAGAIN | libc::EINTR) => -1,
            Some(libc::ECONNREFUSED) if connected => {
                log!(LOG_WARNING, "unreachable");
                -2
            }
            Some(libc::ECONNREFUSED) => 0,
            _ => {
                log!(LOG_WARNING, "a datagram could not be read: {}", Errno::from(&error));
                -1
            }
        },
    }
}
