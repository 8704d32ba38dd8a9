//! Socket addresses (docs/spec/base.md, section 4).

#![forbid(unsafe_code)]

use crate::abi::*;

/// What tells one peer from another: family, address, port and (IPv6) scope, without padding (S32).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Peer {
    /// IPv4 address and port.
    V4([u8; 4], u16),
    /// IPv6 address, port and scope id.
    V6([u8; 16], u16, u32),
}

impl coap_address_t {
    /// The empty address: all zero, `size` 28 (`coap_address_init`).
    pub const fn new() -> Self {
        coap_address_t { size: 28, addr: [0; 7] }
    }

    /// `sa_family`.
    pub fn family(&self) -> u16 {
        todo!()
    }

    /// The logical fields, if the family is one of the two IP ones.
    pub fn peer(&self) -> Option<Peer> {
        todo!()
    }

    /// Port in host order; 0 for other families.
    pub fn port(&self) -> u16 {
        todo!()
    }

    /// Stores a port; nothing for other families.
    pub fn set_port(&mut self, _port: u16) {
        todo!()
    }

    /// Whether this is a multicast address, IPv4-mapped ones included.
    pub fn is_multicast(&self) -> bool {
        todo!()
    }

    /// Whether this is 0.0.0.0 or `::`.
    pub fn is_any(&self) -> bool {
        todo!()
    }

    /// `coap_address_equals`: size, family, port, address.
    pub fn equals(&self, _other: &coap_address_t) -> bool {
        todo!()
    }
}
