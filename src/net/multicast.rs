//! Joining multicast groups (docs/spec/io.md, section 7).

use super::socket::close;
use crate::abi::*;
use crate::base::address::Peer;
use crate::base::errno::Errno;
use crate::base::log::LOG_ERR;
use crate::log;
use core::ffi::{c_char, c_int, c_uint, CStr};
use core::mem::{size_of, MaybeUninit};
use core::ptr::null_mut;
use std::io;

/// The addresses of a group, one after the other: calls `each` for every one. The error is an `EAI_…` code.
pub fn resolve(group: &CStr, mut each: impl FnMut(Peer)) -> Result<(), c_int> {
    let mut list = null_mut();
    // SAFETY: the name is a C string, and the list is freed below.
    let error = unsafe { libc::getaddrinfo(group.as_ptr(), core::ptr::null(), core::ptr::null(), &mut list) };
    if error != 0 {
        return Err(error);
    }
    let mut next = list;
    // SAFETY: the list's members live until it is freed, and each has an address of `ai_addrlen` bytes.
    while let Some(info) = unsafe { next.as_ref() } {
        let mut address = coap_address_t::new();
        address.size = info.ai_addrlen.min(28);
        // SAFETY: as above; at most the size of the storage is copied.
        unsafe {
            let to = address.addr.as_mut_ptr().cast::<u8>();
            to.copy_from_nonoverlapping(info.ai_addr.cast(), address.size as usize);
        }
        // Each address comes once per type of socket; one is enough.
        if let (libc::SOCK_DGRAM, Some(peer)) = (info.ai_socktype, address.peer()) {
            each(peer);
        }
        next = info.ai_next;
    }
    // SAFETY: made above, and not used any more.
    unsafe { libc::freeaddrinfo(list) };
    Ok(())
}

/// The interface to join on.
#[derive(Clone, Copy)]
pub enum Interface<'a> {
    /// This one.
    Named(&'a CStr),
    /// That of the address the endpoint is bound to, or the kernel's choice.
    Of(&'a coap_address_t),
}

/// Joins a group on a socket.
pub fn join(fd: c_int, group: Peer, interface: Interface<'_>) -> io::Result<()> {
    match group {
        Peer::V4(group, _) => {
            let address = match interface {
                Interface::Named(name) => ipv4_of(name),
                Interface::Of(bound) => match bound.peer() {
                    Some(Peer::V4(address, _)) => address,
                    _ => [0; 4],
                },
            };
            let request = libc::ip_mreq {
                imr_multiaddr: libc::in_addr { s_addr: u32::from_ne_bytes(group) },
                imr_interface: libc::in_addr { s_addr: u32::from_ne_bytes(address) },
            };
            set(fd, libc::IPPROTO_IP, libc::IP_ADD_MEMBERSHIP, &request)
        }
        Peer::V6(group, _, _) => {
            let index = match interface {
                Interface::Named(name) => index_of(name),
                Interface::Of(bound) => match bound.peer() {
                    Some(Peer::V6(_, _, scope)) => scope,
                    _ => 0,
                },
            };
            let request =
                libc::ipv6_mreq { ipv6mr_multiaddr: libc::in6_addr { s6_addr: group }, ipv6mr_interface: index };
            set(fd, libc::IPPROTO_IPV6, libc::IPV6_ADD_MEMBERSHIP, &request)
        }
    }
}

fn set<T>(fd: c_int, level: c_int, option: c_int, value: &T) -> io::Result<()> {
    let length = size_of::<T>() as libc::socklen_t;
    // SAFETY: the value lives over the call.
    if unsafe { libc::setsockopt(fd, level, option, (value as *const T).cast(), length) } < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// The IPv4 address of an interface; all zero (the kernel's choice) if there is none.
fn ipv4_of(name: &CStr) -> [u8; 4] {
    ask_ipv4_of(name).unwrap_or_else(|error| {
        log!(LOG_ERR, "interface {}: {}", name.to_str().unwrap_or("?"), Errno::from(&error));
        [0; 4]
    })
}

fn ask_ipv4_of(name: &CStr) -> io::Result<[u8; 4]> {
    // SAFETY: zero bytes are a request.
    let mut request: libc::ifreq = unsafe { MaybeUninit::zeroed().assume_init() };
    let bytes = name.to_bytes();
    if bytes.len() >= request.ifr_name.len() {
        return Err(io::Error::from_raw_os_error(libc::ENODEV));
    }
    for (to, from) in request.ifr_name.iter_mut().zip(bytes) {
        *to = *from as c_char;
    }
    // A socket of its own: the endpoint's may be an IPv6 one, which does not tell IPv4 addresses.
    // SAFETY: takes no pointers.
    let fd = unsafe { libc::socket(libc::AF_INET, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC, 0) };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the request lives over the call.
    let result = match unsafe { libc::ioctl(fd, libc::SIOCGIFADDR, &mut request) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    };
    close(fd);
    result?;
    // SAFETY: on success the request holds an IPv4 address.
    let address = unsafe { (&raw const request.ifr_ifru.ifru_addr).cast::<libc::sockaddr_in>().read_unaligned() };
    Ok(address.sin_addr.s_addr.to_ne_bytes())
}

/// The index of an interface; 0 (the kernel's choice) if there is none.
fn index_of(name: &CStr) -> c_uint {
    // SAFETY: the name is a C string.
    let index = unsafe { libc::if_nametoindex(name.as_ptr()) };
    if index == 0 {
        let error = io::Error::last_os_error();
        log!(LOG_ERR, "interface {}: {}", name.to_str().unwrap_or("?"), Errno::from(&error));
    }
    index
}
