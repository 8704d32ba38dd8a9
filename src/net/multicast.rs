//! Joining a multicast group (docs/spec/io.md, section 7).

use super::{checked, open, set_option};
use crate::abi::coap_address_t;
use crate::base::address::Peer;
use crate::base::errno::Errno;
use crate::base::log::LOG_ERR;
use crate::log;
use core::ffi::{c_int, c_uint, CStr};
use core::ptr;
use libc::{addrinfo, in6_addr, in_addr};
use std::io;
use std::os::fd::{AsRawFd, RawFd};

/// `coap_join_mcast_group_intf`: joins the group with this name or address on every endpoint, given as socket and bound
/// address, through the interface with this name (or the endpoint's, or the kernel's choice).
///
/// Returns the result of the last join that was tried, 0 or -1; -1 if none was, and the negative `EAI_` code if the
/// name can't be resolved. The log may call the application between any two endpoints.
pub fn join_group(
    group: &CStr,
    interface: Option<&CStr>,
    endpoints: impl Iterator<Item = (RawFd, coap_address_t)> + Clone,
) -> c_int {
    let addresses = match Addresses::resolve(group) {
        Ok(addresses) => addresses,
        Err(code) => {
            log!(LOG_ERR, "the multicast group can't be resolved: {}", Gai(code));
            return code;
        }
    };
    let mut interfaces = interface.map(Interface::named);
    let mut result = -1;
    for address in addresses.iter() {
        for (fd, bound) in endpoints.clone() {
            let joined = match address {
                Peer::V4(ip, _) => join_v4(fd, ip, &bound, interfaces.as_mut()),
                Peer::V6(ip, ..) => join_v6(fd, ip, &bound, interfaces.as_mut()),
            };
            result = match joined {
                Ok(()) => 0,
                Err(error) => {
                    log!(LOG_ERR, "the multicast group can't be joined on {bound}: {}", Errno::from(&error));
                    -1
                }
            };
        }
    }
    result
}

fn join_v4(fd: RawFd, group: [u8; 4], bound: &coap_address_t, interface: Option<&mut Interface>) -> io::Result<()> {
    let own = match (interface, bound.peer()) {
        (Some(interface), _) => interface.v4(),
        (None, Some(Peer::V4(ip, _))) => ip,
        (None, _) => [0; 4],
    };
    let address = |ip| in_addr { s_addr: u32::from_ne_bytes(ip) };
    let request = libc::ip_mreq { imr_multiaddr: address(group), imr_interface: address(own) };
    set_option(fd, libc::IPPROTO_IP, libc::IP_ADD_MEMBERSHIP, request)
}

fn join_v6(fd: RawFd, group: [u8; 16], bound: &coap_address_t, interface: Option<&mut Interface>) -> io::Result<()> {
    let index = match (interface, bound.peer()) {
        (Some(interface), _) => interface.index(),
        (None, Some(Peer::V6(_, _, scope))) => scope,
        (None, _) => 0,
    };
    let request = libc::ipv6_mreq { ipv6mr_multiaddr: in6_addr { s6_addr: group }, ipv6mr_interface: index };
    set_option(fd, libc::IPPROTO_IPV6, libc::IPV6_ADD_MEMBERSHIP, request)
}

/// An interface, looked up once for each address family that asks for it.
struct Interface<'a> {
    name: &'a CStr,
    index: Option<c_uint>,
    v4: Option<[u8; 4]>,
}

impl<'a> Interface<'a> {
    fn named(name: &'a CStr) -> Self {
        Interface { name, index: None, v4: None }
    }

    /// Its index; 0 (the kernel's choice) if there is none with this name.
    fn index(&mut self) -> c_uint {
        let name = self.name;
        *self.index.get_or_insert_with(|| {
            // SAFETY: a C string.
            let index = unsafe { libc::if_nametoindex(name.as_ptr()) };
            if index == 0 {
                unknown(name, &io::Error::last_os_error());
            }
            index
        })
    }

    /// Its IPv4 address; 0.0.0.0 (the kernel's choice) if it has none.
    fn v4(&mut self) -> [u8; 4] {
        let name = self.name;
        *self.v4.get_or_insert_with(|| {
            v4_address(name).unwrap_or_else(|error| {
                unknown(name, &error);
                [0; 4]
            })
        })
    }
}

fn unknown(name: &CStr, error: &io::Error) {
    log!(LOG_ERR, "interface {}: {}", name.to_str().unwrap_or("?"), Errno::from(error));
}

/// The IPv4 address of an interface.
fn v4_address(name: &CStr) -> io::Result<[u8; 4]> {
    let fd = open(libc::AF_INET, libc::SOCK_DGRAM)?;
    // SAFETY: all zero is an empty request.
    let mut request: libc::ifreq = unsafe { core::mem::zeroed() };
    let name = name.to_bytes();
    if name.len() >= request.ifr_name.len() {
        return Err(super::error(libc::ENODEV));
    }
    for (to, from) in request.ifr_name.iter_mut().zip(name) {
        *to = *from as _;
    }
    // SAFETY: the request is of the kind that the call reads and writes.
    checked(unsafe { libc::ioctl(fd.as_raw_fd(), libc::SIOCGIFADDR, ptr::from_mut(&mut request)) })?;
    let mut address = coap_address_t::new();
    // SAFETY: on success the call has filled the address in, whose 16 bytes are readable as such.
    let words: [u32; 4] = unsafe { ptr::from_ref(&request.ifr_ifru.ifru_addr).cast::<[u32; 4]>().read_unaligned() };
    address.addr[..4].copy_from_slice(&words);
    match address.peer() {
        Some(Peer::V4(ip, _)) => Ok(ip),
        _ => Err(super::error(libc::EADDRNOTAVAIL)),
    }
}

/// The addresses that a name stands for.
struct Addresses(*mut addrinfo);

impl Addresses {
    fn resolve(name: &CStr) -> Result<Addresses, c_int> {
        // SAFETY: all zero are no hints.
        let mut hints: addrinfo = unsafe { core::mem::zeroed() };
        hints.ai_family = libc::AF_UNSPEC;
        // Each address once, not once for each kind of socket.
        hints.ai_socktype = libc::SOCK_DGRAM;
        let mut list = ptr::null_mut();
        // SAFETY: a C string, hints, and a place for the result.
        match unsafe { libc::getaddrinfo(name.as_ptr(), ptr::null(), &hints, &mut list) } {
            0 => Ok(Addresses(list)),
            code => Err(code),
        }
    }

    fn iter(&self) -> impl Iterator<Item = Peer> + '_ {
        // SAFETY: the list is this object's own and lives as long as the iterator.
        let first = unsafe { self.0.as_ref() };
        // SAFETY: as above.
        core::iter::successors(first, |entry| unsafe { entry.ai_next.as_ref() }).filter_map(|entry| {
            let mut address = coap_address_t::new();
            let length = size_of_val(&address.addr).min(entry.ai_addrlen as usize);
            // SAFETY: `ai_addrlen` bytes are readable, and no more than there is room for is copied.
            unsafe { ptr::copy_nonoverlapping(entry.ai_addr.cast::<u8>(), address.addr.as_mut_ptr().cast(), length) };
            address.peer()
        })
    }
}

impl Drop for Addresses {
    fn drop(&mut self) {
        if !self.0.is_null() {
            // SAFETY: the list came from `getaddrinfo` and ends here.
            unsafe { libc::freeaddrinfo(self.0) }
        }
    }
}

/// An error code of `getaddrinfo` that prints as its text.
struct Gai(c_int);

impl core::fmt::Display for Gai {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        // SAFETY: any code goes, and the text is static.
        f.write_str(unsafe { CStr::from_ptr(libc::gai_strerror(self.0)) }.to_str().unwrap_or("?"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::socket::bind_udp;

    fn endpoint(peer: Peer) -> (std::os::fd::OwnedFd, coap_address_t) {
        bind_udp(&coap_address_t::from_peer(peer)).unwrap()
    }

    #[test]
    fn results() {
        let (v4, v4_bound) = endpoint(Peer::V4([0; 4], 0));
        let (v6, v6_bound) = endpoint(Peer::V6([0; 16], 0, 0));
        let (v4, v6) = ((v4.as_raw_fd(), v4_bound), (v6.as_raw_fd(), v6_bound));
        let join = |group, interface, endpoints: &[(RawFd, coap_address_t)]| {
            join_group(group, interface, endpoints.iter().copied())
        };
        let group = c"224.0.1.187";
        assert_eq!(join(group, None, &[]), -1, "no endpoint");
        assert_eq!(join(group, Some(c"lo"), &[v4, v6]), 0, "also an IPv6 endpoint joins an IPv4 group");
        assert_eq!(join(group, Some(c"lo"), &[v4]), -1, "already a member");
        assert_eq!(join(c"ff02::fd", Some(c"lo"), &[v6]), 0);
        assert_eq!(join(c"ff02::fd", Some(c"lo"), &[v6, v4]), -1, "the last one counts");
        assert_eq!(join(c"127.0.0.1", None, &[v4]), -1, "not multicast");
        assert!(join(c"no such name.invalid", None, &[v4]) < -1);
    }

    #[test]
    fn interfaces() {
        let mut lo = Interface::named(c"lo");
        assert!(lo.index() > 0);
        assert_eq!(lo.v4(), [127, 0, 0, 1]);
        for name in [c"nosuch0", c"a name that is too long for an interface", c""] {
            let mut none = Interface::named(name);
            assert_eq!((none.index(), none.v4()), (0, [0; 4]));
        }
    }
}
