//! Packet information: the destination of a received datagram and the source of one to send, as control messages
//! (`cmsg(3)`, `ip(7)`, `ipv6(7)`, RFC 3542).

#![forbid(unsafe_code)]

use crate::abi::coap_address_t;
use crate::base::address::Peer;
use core::ffi::c_int;

/// Room for the control messages of one datagram: one record of each kind, and some.
pub const CONTROL_SPACE: usize = 128;
/// Size of a control message's header: its length (a `size_t`), level and type (an `int` each).
const HEADER: usize = size_of::<usize>() + 8;
/// `struct in_pktinfo`: interface, local address, destination address.
const V4_INFO: usize = 12;
/// `struct in6_pktinfo`: address, interface.
const V6_INFO: usize = 20;

/// Storage for control messages, aligned as the kernel wants it.
#[repr(C, align(16))]
#[derive(Clone, Copy)]
pub struct Control(pub [u8; CONTROL_SPACE]);

impl Control {
    /// No control messages.
    pub const fn new() -> Self {
        Control([0; CONTROL_SPACE])
    }
}

impl Default for Control {
    fn default() -> Self {
        Control::new()
    }
}

/// An IP address without port.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ip {
    /// IPv4.
    V4([u8; 4]),
    /// IPv6; IPv4-mapped ones where the socket is an IPv6 one.
    V6([u8; 16]),
}

/// What the kernel tells about a received datagram.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PacketInfo {
    /// The destination address.
    pub destination: Ip,
    /// The interface it came in on.
    pub ifindex: c_int,
}

impl PacketInfo {
    /// The first complete record among received control messages (I11).
    pub fn first(mut control: &[u8]) -> Option<PacketInfo> {
        while let Some((length, rest)) = take(control) {
            let (level, rest) = take_int(rest)?;
            let (kind, data) = take_int(rest)?;
            // `data` may hold further records, `length` tells where this one ends.
            let data = data.get(..length.checked_sub(HEADER)?).unwrap_or(data);
            let found = match (level, kind) {
                (libc::IPPROTO_IP, libc::IP_PKTINFO) => v4(data),
                (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO) => v6(data),
                _ => None,
            };
            if found.is_some() {
                return found;
            }
            control = control.get(length.checked_next_multiple_of(size_of::<usize>())?..)?;
        }
        None
    }

    /// Puts the destination into `local`, in the form of its family; port and scope id stay.
    pub fn apply(&self, local: &mut coap_address_t) {
        let destination = match (local.peer(), self.destination) {
            (Some(Peer::V4(_, port)), Ip::V4(ip)) => Peer::V4(ip, port),
            (Some(Peer::V6(_, port, scope)), Ip::V6(ip)) => Peer::V6(ip, port, scope),
            (Some(Peer::V6(_, port, scope)), Ip::V4(ip)) => Peer::V6(mapped(ip), port, scope),
            _ => return,
        };
        let size = local.size;
        *local = coap_address_t { size, ..coap_address_t::from_peer(destination) };
    }
}

fn take(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    Some((usize::from_ne_bytes(*length), rest))
}

fn take_int(bytes: &[u8]) -> Option<(c_int, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((c_int::from_ne_bytes(*number), rest))
}

fn v4(data: &[u8]) -> Option<PacketInfo> {
    let (ifindex, rest) = take_int(data)?;
    let (_, rest) = rest.split_first_chunk::<4>()?;
    let (ip, _) = rest.split_first_chunk()?;
    Some(PacketInfo { destination: Ip::V4(*ip), ifindex })
}

fn v6(data: &[u8]) -> Option<PacketInfo> {
    let (ip, rest) = data.split_first_chunk()?;
    let (ifindex, _) = take_int(rest)?;
    Some(PacketInfo { destination: Ip::V6(*ip), ifindex })
}

fn mapped(ip: [u8; 4]) -> [u8; 16] {
    core::net::Ipv4Addr::from(ip).to_ipv6_mapped().octets()
}

/// Writes the control message that fixes the source of a datagram: address `local`, interface `ifindex` (0 = the
/// kernel's choice). Returns its length, 0 if the source is left to the kernel: for a wildcard or multicast address.
/// `None` for another address family.
pub fn write_source(control: &mut Control, local: &coap_address_t, ifindex: c_int) -> Option<usize> {
    let Some(peer) = local.peer() else { return None };
    let ip = match peer {
        Peer::V4(ip, _) => Ip::V4(ip),
        Peer::V6(ip, ..) => match core::net::Ipv6Addr::from(ip).to_ipv4_mapped() {
            Some(ip) => Ip::V4(ip.octets()),
            None => Ip::V6(ip),
        },
    };
    if local.is_multicast() || matches!(ip, Ip::V4([0, 0, 0, 0])) || ip == Ip::V6([0; 16]) {
        return Some(0);
    }
    let index = ifindex.to_ne_bytes();
    let mut parts = Parts { bytes: &mut control.0, length: 0 };
    match ip {
        Ip::V4(ip) => {
            parts.header(V4_INFO, libc::IPPROTO_IP, libc::IP_PKTINFO);
            parts.push(&index);
            parts.push(&ip);
            parts.push(&[0; 4]);
        }
        Ip::V6(ip) => {
            parts.header(V6_INFO, libc::IPPROTO_IPV6, libc::IPV6_PKTINFO);
            parts.push(&ip);
            parts.push(&index);
        }
    }
    Some(parts.length.next_multiple_of(size_of::<usize>()))
}

struct Parts<'a> {
    bytes: &'a mut [u8; CONTROL_SPACE],
    length: usize,
}

impl Parts<'_> {
    fn header(&mut self, data: usize, level: c_int, kind: c_int) {
        self.push(&(HEADER + data).to_ne_bytes());
        self.push(&level.to_ne_bytes());
        self.push(&kind.to_ne_bytes());
    }

    fn push(&mut self, part: &[u8]) {
        self.bytes[self.length..][..part.len()].copy_from_slice(part);
        self.length += part.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(level: c_int, kind: c_int, data: &[u8]) -> Vec<u8> {
        let mut bytes = (HEADER + data.len()).to_ne_bytes().to_vec();
        bytes.extend(level.to_ne_bytes());
        bytes.extend(kind.to_ne_bytes());
        bytes.extend(data);
        bytes.resize(bytes.len().next_multiple_of(size_of::<usize>()), 0);
        bytes
    }

    #[test]
    fn finds_the_first_complete_record() {
        let v4 = record(libc::IPPROTO_IP, libc::IP_PKTINFO, &[3, 0, 0, 0, 9, 9, 9, 9, 10, 0, 0, 1]);
        let info = PacketInfo { destination: Ip::V4([10, 0, 0, 1]), ifindex: c_int::from_ne_bytes([3, 0, 0, 0]) };
        assert_eq!(PacketInfo::first(&v4), Some(info));
        let other = record(libc::SOL_SOCKET, 77, &[1; 5]);
        let short = record(libc::IPPROTO_IPV6, libc::IPV6_PKTINFO, &[1; 19]);
        assert_eq!(PacketInfo::first(&[other, short.clone(), v4.clone()].concat()), Some(info), "I11");
        assert_eq!(PacketInfo::first(&short), None);
        assert_eq!(PacketInfo::first(&[]), None);
        for length in 0..HEADER + V4_INFO {
            assert_eq!(PacketInfo::first(&v4[..length]), None);
        }
        // Lengths that would lead nowhere, round in circles, or past the end of all numbers.
        for length in [0, 1, HEADER, usize::MAX] {
            let mut bytes = v4.clone();
            bytes[..size_of::<usize>()].copy_from_slice(&length.to_ne_bytes());
            let _ = PacketInfo::first(&bytes);
        }
    }

    #[test]
    fn sources() {
        let mut control = Control::new();
        let mut written = |peer| {
            let length = write_source(&mut control, &coap_address_t::from_peer(peer), 5).unwrap();
            PacketInfo::first(&control.0[..length]).map(|info| (info.destination, info.ifindex))
        };
        let v6 = |text: &str| text.parse::<core::net::Ipv6Addr>().unwrap().octets();
        assert_eq!(written(Peer::V6(v6("fe80::1"), 1, 2)), Some((Ip::V6(v6("fe80::1")), 5)));
        // The source is the second address of the IPv4 structure; the first one that is read is the destination.
        assert_eq!(written(Peer::V4([1, 2, 3, 4], 1)), Some((Ip::V4([0; 4]), 5)));
        assert_eq!(written(Peer::V6(v6("::ffff:1.2.3.4"), 1, 0)), Some((Ip::V4([0; 4]), 5)));
        for left in ["::", "::ffff:0.0.0.0", "ff02::1", "::ffff:224.0.1.187"] {
            assert_eq!(written(Peer::V6(v6(left), 1, 0)), None);
        }
        assert_eq!(written(Peer::V4([224, 0, 1, 187], 1)), None);
        assert_eq!(written(Peer::V4([0; 4], 1)), None);
        assert_eq!(write_source(&mut control, &coap_address_t::new(), 0), None, "another family");
    }

    #[test]
    fn applies_in_the_form_of_the_family() {
        let info = PacketInfo { destination: Ip::V4([1, 2, 3, 4]), ifindex: 0 };
        let mut local = coap_address_t::from_peer(Peer::V6([0; 16], 5683, 9));
        info.apply(&mut local);
        assert_eq!(local.to_string(), "[::ffff:1.2.3.4]:5683");
        assert_eq!(local.addr[6], 9);
        let mut local = coap_address_t { size: 28, ..coap_address_t::from_peer(Peer::V4([0; 4], 1)) };
        info.apply(&mut local);
        assert_eq!((local.to_string().as_str(), local.size), ("1.2.3.4:1", 28));
        let mut none = coap_address_t::new();
        info.apply(&mut none);
        assert_eq!(none.addr, [0; 7]);
    }
}
