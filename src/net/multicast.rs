//! Joining multicast groups (docs/spec/io.md, section 7).

use crate::abi::*;
use crate::base::address::Peer;
use core::ffi::{c_char, c_int, CStr};
use core::mem::{size_of, MaybeUninit};
use core::ptr::null_mut;
use std::io;

/// A text from C; `None` for null.
///
/// # Safety
/// `text` is null or a C string that lives for `'a`.
pub unsafe fn text<'a>(text: *const c_char) -> Option<&'a CStr> {
    // SAFETY: handed on to the caller.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) })
}

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
                Interface::Named(name) => ipv4_of(fd, name),
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
                // SAFETY: the name is a C string.
                Interface::Named(name) => unsafe { libc::if_nametoindex(name.as_ptr()) },
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

/// The IPv4 address of an interface; all zero if there is none.
fn ipv4_of(fd: c_int, name: &CStr) -> [u8; 4] {
    // SAFETY: zero bytes are a request.
    let mut request: libc::ifreq = unsafe { MaybeUninit::zeroed().assume_init() };
    let bytes = name.to_bytes();
    if bytes.len() >= request.ifr_name.len() {
        return [0; 4];
    }
    for (to, from) in request.ifr_name.iter_mut().zip(bytes) {
        *to = *from as c_char;
    }
    // SAFETY: the request lives over the call, and on success holds an IPv4 address.
    unsafe {
        if libc::ioctl(fd, libc::SIOCGIFADDR, &mut request) < 0 {
            return [0; 4];
        }
        let address = (&raw const request.ifr_ifru.ifru_addr).cast::<libc::sockaddr_in>().read_unaligned();
        address.sin_addr.s_addr.to_ne_bytes()
    }
}
