//! UDP sockets (docs/spec/io.md, sections 2 to 4).

use super::packet_info::{write_source, Control, PacketInfo};
use super::{checked, checked_length, error, local_address, open, peer_address, set_option, sockaddr_length};
use crate::abi::*;
use crate::base::address::Peer;
use crate::base::errno::Errno;
use crate::base::log::{LOG_INFO, LOG_WARNING};
use crate::log;
use core::ffi::c_int;

use libc::{iovec, msghdr};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};

/// A client's socket.
pub struct UdpClient {
    /// The socket; goes into `sock.fd` by `into_raw_fd`.
    pub fd: OwnedFd,
    /// Its `COAP_SOCKET_*` flags.
    pub flags: coap_socket_flags_t,
    /// Its own address.
    pub local: coap_address_t,
    /// The server's address, or the group's.
    pub remote: coap_address_t,
}

/// What a receive call has put into a packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Received {
    /// Bytes in the packet, 0 for an empty datagram.
    pub length: usize,
    /// Whether the datagram was longer than the packet: it is malformed then (I18, X9).
    pub truncated: bool,
}

/// Opens the socket of an endpoint. Returns it with the address that it got: port 0 replaced by the real one. Failures
/// have been logged.
pub fn bind_udp(listen: &coap_address_t) -> io::Result<(OwnedFd, coap_address_t)> {
    let made = || {
        let family = ip_family(listen)?;
        let fd = open(family, libc::SOCK_DGRAM)?;
        let raw = fd.as_raw_fd();
        try_option(raw, libc::SOL_SOCKET, libc::SO_REUSEADDR, 1, "SO_REUSEADDR");
        if family == libc::AF_INET6 {
            try_option(raw, libc::IPPROTO_IPV6, libc::IPV6_V6ONLY, 0, "IPV6_V6ONLY");
            try_option(raw, libc::IPPROTO_IPV6, libc::IPV6_RECVPKTINFO, 1, "IPV6_RECVPKTINFO");
            // For IPv4 packets; an IPv6 socket may refuse.
            let _ = set_option::<c_int>(raw, libc::IPPROTO_IP, libc::IP_PKTINFO, 1);
        } else {
            try_option(raw, libc::IPPROTO_IP, libc::IP_PKTINFO, 1, "IP_PKTINFO");
        }
        bind(raw, listen)?;
        let bound = local_address(&fd)?;
        Ok((fd, bound))
    };
    made().inspect_err(|error| log!(LOG_WARNING, "no endpoint at {listen}: {}", Errno::from(error)))
}

/// Opens the socket of a client and connects it, or prepares it for a multicast group. Failures have been logged.
///
/// `local_if` is the address to send from, if the application gave one (its family may be 0); `default_port` replaces a
/// port 0 of `server`.
pub fn connect_udp(
    local_if: Option<&coap_address_t>,
    server: &coap_address_t,
    default_port: u16,
) -> io::Result<UdpClient> {
    let mut remote = *server;
    if remote.port() == 0 {
        remote.set_port(default_port);
    }
    client(local_if, &remote).inspect_err(|error| log!(LOG_WARNING, "no socket to {remote}: {}", Errno::from(error)))
}

fn client(local_if: Option<&coap_address_t>, remote: &coap_address_t) -> io::Result<UdpClient> {
    let family = ip_family(remote)?;
    let fd = open(family, libc::SOCK_DGRAM)?;
    let raw = fd.as_raw_fd();
    if family == libc::AF_INET6 {
        try_option(raw, libc::IPPROTO_IPV6, libc::IPV6_V6ONLY, 0, "IPV6_V6ONLY");
    }
    let mut flags = COAP_SOCKET_NOT_EMPTY | COAP_SOCKET_WANT_READ;
    if local_if.is_some() {
        flags |= COAP_SOCKET_BOUND;
    }
    let source = local_if.filter(|local| local.family() != 0);
    if let Some(local) = source {
        try_option(raw, libc::SOL_SOCKET, libc::SO_REUSEADDR, 1, "SO_REUSEADDR");
        bind(raw, local)?;
    }
    let peer = if remote.is_multicast() {
        flags |= COAP_SOCKET_MULTICAST;
        if source.is_none() {
            bind(raw, &wildcard(family))?;
        }
        None
    } else {
        flags |= COAP_SOCKET_CONNECTED;
        // SAFETY: `sockaddr_length` is no more than the address has.
        checked(unsafe { libc::connect(raw, remote.addr.as_ptr().cast(), sockaddr_length(remote)) })?;
        Some(peer_address(&fd))
    };
    let told = |address: io::Result<coap_address_t>, otherwise: coap_address_t| {
        address.unwrap_or_else(|error| {
            log!(LOG_WARNING, "an address of a socket is not known: {}", Errno::from(&error));
            otherwise
        })
    };
    let local = told(local_address(&fd), source.copied().unwrap_or(coap_address_t::new()));
    let remote = peer.map_or(*remote, |peer| told(peer, *remote));
    Ok(UdpClient { fd, flags, local, remote })
}

/// Sends a datagram to where the socket is connected to.
pub fn send(fd: RawFd, data: &[u8]) -> io::Result<usize> {
    // SAFETY: `data` is readable.
    checked_length(unsafe { libc::send(fd, data.as_ptr().cast(), data.len(), libc::MSG_NOSIGNAL) })
}

/// Sends a datagram to `remote`, from address `local` and interface `ifindex` unless `local` is a wildcard or multicast
/// address.
pub fn send_to(
    fd: RawFd,
    data: &[u8],
    remote: &coap_address_t,
    local: &coap_address_t,
    ifindex: c_int,
) -> io::Result<usize> {
    let mut control = Control::new();
    let control_length = write_source(&mut control, local, ifindex).unwrap_or_else(|| {
        log!(LOG_WARNING, "protocol not supported");
        0
    });
    let mut vector = iovec { iov_base: data.as_ptr().cast_mut().cast(), iov_len: data.len() };
    let mut message = no_message();
    message.msg_name = remote.addr.as_ptr().cast_mut().cast();
    message.msg_namelen = sockaddr_length(remote);
    message.msg_iov = &mut vector;
    message.msg_iovlen = 1;
    if control_length > 0 {
        message.msg_control = control.0.as_mut_ptr().cast();
        message.msg_controllen = control_length as _;
    }
    // SAFETY: all parts of the message outlive the call with the lengths given, and the kernel only reads them.
    checked_length(unsafe { libc::sendmsg(fd, &message, libc::MSG_NOSIGNAL) })
}

/// Reads one datagram into `packet`.
///
/// On a connected socket only payload and `length` are set (`length` not for an empty datagram). Otherwise `remote`,
/// `ifindex` and the address part of `local` are set, too; `local` must hold the address that the socket is bound to.
pub fn receive(fd: RawFd, connected: bool, packet: &mut coap_packet_t) -> io::Result<Received> {
    let mut control = Control::new();
    let mut remote = coap_address_t::new();
    let mut vector = iovec { iov_base: packet.payload.as_mut_ptr().cast(), iov_len: packet.payload.len() };
    let mut message = no_message();
    message.msg_iov = &mut vector;
    message.msg_iovlen = 1;
    if !connected {
        message.msg_name = remote.addr.as_mut_ptr().cast();
        message.msg_namelen = size_of_val(&remote.addr) as _;
        message.msg_control = control.0.as_mut_ptr().cast();
        message.msg_controllen = control.0.len() as _;
    }
    // SAFETY: all parts of the message outlive the call and are writable for the lengths given.
    let length = checked_length(unsafe { libc::recvmsg(fd, &mut message, libc::MSG_DONTWAIT) })?;
    if !connected {
        remote.size = message.msg_namelen;
        packet.addr_info.remote = remote;
        packet.ifindex = destination(fd, received_control(&control, &message), &mut packet.addr_info.local);
    }
    if length > 0 || !connected {
        packet.length = length;
    }
    Ok(Received { length, truncated: is_truncated(&message) })
}

/// The control messages that came with a message.
pub(super) fn received_control<'a>(control: &'a Control, message: &msghdr) -> &'a [u8] {
    &control.0[..control.0.len().min(message.msg_controllen as usize)]
}

/// Whether a message did not fit.
pub(super) fn is_truncated(message: &msghdr) -> bool {
    message.msg_flags & libc::MSG_TRUNC != 0
}

/// A message header without parts.
pub(super) fn no_message() -> msghdr {
    // SAFETY: null pointers and lengths of 0 are valid.
    unsafe { core::mem::zeroed() }
}

/// Puts the destination of a received datagram into `local` and gives its interface. Without packet information `local`
/// becomes the socket's own address, and the interface is 0 (I11).
pub(super) fn destination(fd: RawFd, control: &[u8], local: &mut coap_address_t) -> c_int {
    match PacketInfo::first(control) {
        Some(info) => {
            info.apply(local);
            info.ifindex
        }
        None => {
            if let Ok(address) = local_address(&fd) {
                *local = address;
            }
            0
        }
    }
}

/// `AF_INET` or `AF_INET6`; an error for other families.
fn ip_family(address: &coap_address_t) -> io::Result<c_int> {
    match c_int::from(address.family()) {
        family @ (libc::AF_INET | libc::AF_INET6) => Ok(family),
        _ => Err(error(libc::EAFNOSUPPORT)),
    }
}

fn wildcard(family: c_int) -> coap_address_t {
    coap_address_t::from_peer(match family {
        libc::AF_INET => Peer::V4([0; 4], 0),
        _ => Peer::V6([0; 16], 0, 0),
    })
}

fn bind(fd: RawFd, address: &coap_address_t) -> io::Result<()> {
    // SAFETY: `sockaddr_length` is no more than the address has.
    checked(unsafe { libc::bind(fd, address.addr.as_ptr().cast(), sockaddr_length(address)) }).map(drop)
}

/// Sets an option that the socket can do without.
fn try_option(fd: RawFd, level: c_int, option: c_int, value: c_int, name: &str) {
    if let Err(error) = set_option(fd, level, option, value) {
        log!(LOG_INFO, "{name} could not be set: {}", Errno::from(&error));
    }
}

#[cfg(test)]
mod tests;
