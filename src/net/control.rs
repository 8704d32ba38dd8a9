//! Ancillary data of datagrams: where one arrived, and where one leaves from (RFC 3542; `IP_PKTINFO`).

use crate::abi::*;
use crate::base::address::Peer;
use core::ffi::c_int;
use core::mem::{size_of, MaybeUninit};

/// Room for the ancillary data of one datagram, aligned as the kernel wants it.
#[repr(C, align(8))]
#[derive(Clone, Copy)]
pub struct Control(MaybeUninit<[u8; 128]>);

impl Default for Control {
    /// Uninitialised room.
    fn default() -> Self {
        Control(MaybeUninit::uninit())
    }
}

impl Control {
    /// Where the room is.
    pub fn as_mut_ptr(&mut self) -> *mut u8 {
        self.0.as_mut_ptr().cast()
    }

    /// How large it is.
    pub const SIZE: usize = 128;
}

/// Where a datagram arrived: the address it was sent to, and the interface.
pub enum Arrived {
    /// From an `IP_PKTINFO` record.
    V4([u8; 4], c_int),
    /// From an `IPV6_PKTINFO` record.
    V6([u8; 16], c_int),
}

/// The first record that says where a datagram arrived. Records that are too short are ignored (I11).
///
/// # Safety
/// `header` was filled in by `recvmsg` or `recvmmsg`, and its control buffer is still there.
pub unsafe fn arrived(header: &libc::msghdr) -> Option<Arrived> {
    // SAFETY: the kernel wrote well-formed records; each is checked for its length before it is read.
    unsafe {
        let mut record = libc::CMSG_FIRSTHDR(header);
        while let Some(head) = record.as_ref() {
            let length = (head.cmsg_len).saturating_sub(libc::CMSG_LEN(0) as usize);
            let data = libc::CMSG_DATA(record);
            match (head.cmsg_level, head.cmsg_type) {
                (libc::IPPROTO_IP, libc::IP_PKTINFO) if length >= size_of::<libc::in_pktinfo>() => {
                    let info = data.cast::<libc::in_pktinfo>().read_unaligned();
                    return Some(Arrived::V4(info.ipi_addr.s_addr.to_ne_bytes(), info.ipi_ifindex));
                }
                (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO) if length >= size_of::<libc::in6_pktinfo>() => {
                    let info = data.cast::<libc::in6_pktinfo>().read_unaligned();
                    return Some(Arrived::V6(info.ipi6_addr.s6_addr, info.ipi6_ifindex as c_int));
                }
                _ => record = libc::CMSG_NXTHDR(header, record),
            }
        }
    }
    None
}

impl Arrived {
    /// Puts the address into `local`, whose port and family stay: to an IPv6 endpoint an IPv4 address is a mapped one.
    pub fn store(&self, local: &mut coap_address_t, ifindex: &mut c_int) {
        let (port, family) = (local.port(), c_int::from(local.family()));
        let scope = match local.peer() {
            Some(Peer::V6(_, _, scope)) => scope,
            _ => 0,
        };
        let size = local.size;
        *ifindex = match *self {
            Arrived::V4(address, index) if family == libc::AF_INET6 => {
                *local = coap_address_t::from_peer(Peer::V6(mapped(address), port, scope));
                index
            }
            Arrived::V4(address, index) => {
                *local = coap_address_t::from_peer(Peer::V4(address, port));
                index
            }
            Arrived::V6(address, index) => {
                *local = coap_address_t::from_peer(Peer::V6(address, port, scope));
                index
            }
        };
        local.size = size;
    }
}

fn mapped([a, b, c, d]: [u8; 4]) -> [u8; 16] {
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d]
}

/// Writes the record that makes a datagram leave from `local` through interface `ifindex`; the length of the control
/// data, 0 if the kernel is to choose.
#[inline]
pub fn leave_from(control: &mut Control, local: &coap_address_t, ifindex: c_int) -> usize {
    if local.is_any() || local.is_multicast() {
        return 0;
    }
    match local.peer() {
        Some(Peer::V4(address, _)) => put_v4(control, address, ifindex),
        Some(Peer::V6(address, _, _)) => match address {
            [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d] => put_v4(control, [a, b, c, d], ifindex),
            _ => put_v6(control, address, ifindex),
        },
        None => 0,
    }
}

fn put_v4(control: &mut Control, address: [u8; 4], ifindex: c_int) -> usize {
    let source = libc::in_addr { s_addr: u32::from_ne_bytes(address) };
    let info = libc::in_pktinfo { ipi_ifindex: ifindex, ipi_spec_dst: source, ipi_addr: libc::in_addr { s_addr: 0 } };
    put(control, libc::IPPROTO_IP, libc::IP_PKTINFO, info)
}

fn put_v6(control: &mut Control, address: [u8; 16], ifindex: c_int) -> usize {
    let info =
        libc::in6_pktinfo { ipi6_addr: libc::in6_addr { s6_addr: address }, ipi6_ifindex: ifindex.max(0) as u32 };
    put(control, libc::IPPROTO_IPV6, libc::IPV6_PKTINFO, info)
}

fn put<T>(control: &mut Control, level: c_int, kind: c_int, value: T) -> usize {
    // SAFETY: one record of this size fits into the room, which is aligned for its header.
    unsafe {
        let space = libc::CMSG_SPACE(size_of::<T>() as u32) as usize;
        debug_assert!(space <= Control::SIZE);
        control.as_mut_ptr().write_bytes(0, space);
        let mut header: libc::msghdr = core::mem::zeroed();
        header.msg_control = control.as_mut_ptr().cast();
        header.msg_controllen = space;
        let record = libc::CMSG_FIRSTHDR(&header);
        (*record).cmsg_level = level;
        (*record).cmsg_type = kind;
        (*record).cmsg_len = libc::CMSG_LEN(size_of::<T>() as u32) as usize;
        libc::CMSG_DATA(record).cast::<T>().write_unaligned(value);
        space
    }
}
