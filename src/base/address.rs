//! Socket addresses (docs/spec/base.md, section 4).

#![forbid(unsafe_code)]

use crate::abi::*;
use core::hash::{Hash, Hasher};

const AF_INET: u16 = libc::AF_INET as u16;
const AF_INET6: u16 = libc::AF_INET6 as u16;

/// What tells one peer from another: family, address, port and (IPv6) scope, without padding (S32).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Peer {
    /// IPv4 address and port.
    V4([u8; 4], u16),
    /// IPv6 address, port and scope id.
    V6([u8; 16], u16, u32),
}

impl Peer {
    /// The same as bytes: equal peers have equal ones.
    pub fn bytes(&self) -> [u8; 23] {
        let mut bytes = [0; 23];
        let (host, port) = match *self {
            Peer::V4(host, port) => {
                bytes[1..5].copy_from_slice(&host);
                (4, port)
            }
            Peer::V6(host, port, scope) => {
                bytes[1..17].copy_from_slice(&host);
                bytes[19..].copy_from_slice(&scope.to_be_bytes());
                (6, port)
            }
        };
        bytes[0] = host;
        bytes[17..19].copy_from_slice(&port.to_be_bytes());
        bytes
    }
}

impl Hash for Peer {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // In as few pieces as can be: it is done for each datagram.
        match *self {
            Peer::V4(host, port) => state.write_u64(u64::from(u32::from_ne_bytes(host)) << 16 | u64::from(port)),
            Peer::V6(host, port, scope) => {
                state.write_u128(u128::from_ne_bytes(host));
                state.write_u64(u64::from(scope) << 16 | u64::from(port));
            }
        }
    }
}

/// The storage holds the kernel's structure as words: word 0 is family (native order) and port (network order), then
/// for IPv4 word 1 the address, for IPv6 word 1 the flow info, words 2 to 5 the address, word 6 the scope id (native).
impl coap_address_t {
    /// The empty address: all zero, `size` 28 (`coap_address_init`).
    pub const fn new() -> Self {
        coap_address_t { size: 28, addr: [0; 7] }
    }

    /// The address with these logical fields, as the kernel would write it; flow info and padding are 0.
    pub fn from_peer(peer: Peer) -> Self {
        let mut address = Self::new();
        match peer {
            Peer::V4(ip, port) => {
                address.size = 16;
                address.set_family_and_port(AF_INET, port);
                address.addr[1] = u32::from_ne_bytes(ip);
            }
            Peer::V6(ip, port, scope) => {
                address.set_family_and_port(AF_INET6, port);
                for (word, bytes) in address.addr[2..6].iter_mut().zip(ip.chunks_exact(4)) {
                    *word = u32::from_ne_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
                }
                address.addr[6] = scope;
            }
        }
        address
    }

    /// `sa_family`.
    pub fn family(&self) -> u16 {
        let [a, b, _, _] = self.addr[0].to_ne_bytes();
        u16::from_ne_bytes([a, b])
    }

    /// The logical fields, if the family is one of the two IP ones.
    #[inline]
    pub fn peer(&self) -> Option<Peer> {
        match self.family() {
            AF_INET => Some(Peer::V4(self.addr[1].to_ne_bytes(), self.raw_port())),
            AF_INET6 => {
                let mut ip = [0; 16];
                for (bytes, word) in ip.chunks_exact_mut(4).zip(&self.addr[2..6]) {
                    bytes.copy_from_slice(&word.to_ne_bytes());
                }
                Some(Peer::V6(ip, self.raw_port(), self.addr[6]))
            }
            _ => None,
        }
    }

    /// Port in host order; 0 for other families.
    pub fn port(&self) -> u16 {
        match self.family() {
            AF_INET | AF_INET6 => self.raw_port(),
            _ => 0,
        }
    }

    /// Stores a port (in host order); nothing for other families.
    pub fn set_port(&mut self, port: u16) {
        let family = self.family();
        if matches!(family, AF_INET | AF_INET6) {
            self.set_family_and_port(family, port);
        }
    }

    /// Whether this is a multicast address: 224.0.0.0/4, ff00::/8, or the former IPv4-mapped (B21).
    #[inline]
    pub fn is_multicast(&self) -> bool {
        match self.peer() {
            Some(Peer::V4(ip, _)) => is_multicast_v4(ip[0]),
            Some(Peer::V6(ip, ..)) => ip[0] == 0xff || (is_mapped(&ip) && is_multicast_v4(ip[12])),
            None => false,
        }
    }

    /// Whether this is 0.0.0.0 or `::`.
    pub fn is_any(&self) -> bool {
        match self.peer() {
            Some(Peer::V4(ip, _)) => ip == [0; 4],
            Some(Peer::V6(ip, ..)) => ip == [0; 16],
            None => false,
        }
    }

    /// `coap_address_equals`: size, family, port and IP address are the same; the scope id does not count.
    pub fn equals(&self, other: &coap_address_t) -> bool {
        self.size == other.size
            && match (self.peer(), other.peer()) {
                (Some(Peer::V4(ip, port)), Some(Peer::V4(other_ip, other_port))) => {
                    ip == other_ip && port == other_port
                }
                (Some(Peer::V6(ip, port, _)), Some(Peer::V6(other_ip, other_port, _))) => {
                    ip == other_ip && port == other_port
                }
                _ => false,
            }
    }

    fn raw_port(&self) -> u16 {
        let [_, _, high, low] = self.addr[0].to_ne_bytes();
        u16::from_be_bytes([high, low])
    }

    fn set_family_and_port(&mut self, family: u16, port: u16) {
        let ([a, b], [high, low]) = (family.to_ne_bytes(), port.to_be_bytes());
        self.addr[0] = u32::from_ne_bytes([a, b, high, low]);
    }
}

impl Default for coap_address_t {
    fn default() -> Self {
        Self::new()
    }
}

fn is_multicast_v4(first: u8) -> bool {
    first & 0xf0 == 0xe0
}

/// Whether this is an IPv4-mapped address, `::ffff:0:0/96` (RFC 4291 section 2.5.5.2).
fn is_mapped(ip: &[u8; 16]) -> bool {
    ip[..10] == [0; 10] && ip[10..12] == [0xff; 2]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv6Addr;

    fn v4(ip: [u8; 4], port: u16) -> coap_address_t {
        coap_address_t::from_peer(Peer::V4(ip, port))
    }

    fn v6(ip: &str, port: u16, scope: u32) -> coap_address_t {
        coap_address_t::from_peer(Peer::V6(ip.parse::<Ipv6Addr>().unwrap().octets(), port, scope))
    }

    #[test]
    fn the_empty_address() {
        let address = coap_address_t::new();
        assert_eq!((address.size, address.family(), address.port(), address.peer()), (28, 0, 0, None));
        assert!(!address.is_any() && !address.is_multicast() && !address.equals(&address));
    }

    #[test]
    fn layout_is_the_kernels() {
        let bytes = |address: coap_address_t| address.addr.map(u32::to_ne_bytes).concat();
        let family = AF_INET.to_ne_bytes();
        let address = bytes(v4([1, 2, 3, 4], 0x1633));
        assert_eq!(address[..16], [family[0], family[1], 0x16, 0x33, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0]);
        let address = bytes(v6("102:304:506:708:90a:b0c:d0e:f10", 0x1633, 7));
        assert_eq!(address[2..4], [0x16, 0x33]);
        assert_eq!(address[8..24], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
        assert_eq!(address[24..], 7u32.to_ne_bytes());
    }

    #[test]
    fn ports() {
        for mut address in [v4([1, 2, 3, 4], 5683), v6("::1", 5683, 0)] {
            assert_eq!(address.port(), 5683);
            address.set_port(0xabcd);
            assert_eq!(address.port(), 0xabcd);
        }
        let mut other = coap_address_t::new();
        other.set_port(1);
        assert_eq!((other.port(), other.addr), (0, [0; 7]));
    }

    #[test]
    fn equality() {
        let a = v4([1, 2, 3, 4], 5683);
        assert!(a.equals(&v4([1, 2, 3, 4], 5683)));
        assert!(!a.equals(&v4([1, 2, 3, 4], 5684)));
        assert!(!a.equals(&v4([1, 2, 3, 5], 5683)));
        assert!(!a.equals(&v6("::ffff:1.2.3.4", 5683, 0)));
        assert!(!a.equals(&coap_address_t { size: 28, ..a }));
        let mut padded = a;
        padded.addr[2..].fill(0xffff_ffff);
        assert!(a.equals(&padded));
        let b = v6("fe80::1", 5683, 1);
        let mut flow = v6("fe80::1", 5683, 2);
        flow.addr[1] = 99;
        assert!(b.equals(&flow));
        assert_ne!(b.peer(), flow.peer());
        assert!(!b.equals(&v6("fe80::2", 5683, 1)));
        assert!(!b.equals(&v6("fe80::1", 5684, 1)));
    }

    #[test]
    fn multicast_b21() {
        for (ip, expected) in [
            ([224, 0, 0, 0], true),
            ([239, 255, 255, 255], true),
            ([223, 255, 255, 255], false),
            ([240, 0, 0, 0], false),
            ([255; 4], false),
            ([0; 4], false),
        ] {
            assert_eq!(v4(ip, 1).is_multicast(), expected, "{ip:?}");
        }
        for (ip, expected) in [
            ("ff00::", true),
            ("ffff::1", true),
            ("fe80::1", false),
            ("::", false),
            ("::ffff:224.0.0.1", true),
            ("::ffff:239.255.255.255", true),
            ("::ffff:1.2.3.224", false),
            ("::224.0.0.1", false),
            ("::ffff:0:224.0.0.1", false),
        ] {
            assert_eq!(v6(ip, 1, 0).is_multicast(), expected, "{ip}");
        }
    }

    #[test]
    fn any() {
        assert!(v4([0; 4], 5).is_any() && v6("::", 5, 1).is_any());
        assert!(!v4([0, 0, 0, 1], 0).is_any() && !v6("::1", 0, 0).is_any() && !v6("::ffff:0.0.0.0", 0, 0).is_any());
    }
}
