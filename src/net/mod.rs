//! What the library asks of the kernel, behind safe functions: sockets for datagrams, epoll, the timer
//! (docs/spec/io.md, sections 2 to 4, 6.1 and 7). Nothing here knows of sessions.
//!
//! Descriptors are plain numbers where they come from public fields of C structures. All of them are non-blocking and
//! closed on exec (I27).

use crate::abi::coap_address_t;
use core::ffi::c_int;
use core::ptr;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};

pub mod batch;
pub mod epoll;
pub mod multicast;
pub mod packet_info;
pub mod socket;
pub mod timer;

/// Closes a descriptor that came out of an `OwnedFd` into a public field; nothing for negative numbers.
pub fn close(fd: RawFd) {
    if fd >= 0 {
        // SAFETY: no memory is involved. That nobody else uses the number is up to the owner of the field.
        unsafe { libc::close(fd) };
    }
}

/// The result of a system call that gives a negative number on failure.
fn checked(result: c_int) -> io::Result<c_int> {
    if result < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(result)
}

/// As [`checked`], for calls that give a length.
fn checked_length(result: isize) -> io::Result<usize> {
    usize::try_from(result).map_err(|_| io::Error::last_os_error())
}

/// The error with this number.
fn error(errno: c_int) -> io::Error {
    io::Error::from_raw_os_error(errno)
}

/// How much of an address the kernel is told: 16 bytes for IPv4 whatever its `size`, else `size`, but no more than
/// there is.
fn sockaddr_length(address: &coap_address_t) -> libc::socklen_t {
    match c_int::from(address.family()) {
        libc::AF_INET => 16,
        _ => address.size.min(size_of_val(&address.addr) as libc::socklen_t),
    }
}

/// Sets a socket option.
fn set_option<T: Copy>(fd: RawFd, level: c_int, name: c_int, value: T) -> io::Result<()> {
    // SAFETY: the kernel reads as many bytes as the value has.
    let result =
        unsafe { libc::setsockopt(fd, level, name, ptr::from_ref(&value).cast(), size_of::<T>() as libc::socklen_t) };
    checked(result).map(drop)
}

/// Opens a socket.
fn open(family: c_int, kind: c_int) -> io::Result<OwnedFd> {
    // SAFETY: no memory is involved.
    let fd = checked(unsafe { libc::socket(family, kind | libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC, 0) })?;
    // SAFETY: the descriptor is fresh.
    Ok(unsafe { own(fd) })
}

/// # Safety
/// `fd` is open and belongs to the caller.
unsafe fn own(fd: RawFd) -> OwnedFd {
    // SAFETY: handed on to the caller.
    unsafe { std::os::fd::FromRawFd::from_raw_fd(fd) }
}

/// Asks the kernel for one of a socket's addresses.
///
/// # Safety
/// `call` writes at most as many bytes as it is told to where it is told to, as `getsockname` does.
unsafe fn socket_address(
    fd: RawFd,
    call: unsafe extern "C" fn(c_int, *mut libc::sockaddr, *mut libc::socklen_t) -> c_int,
) -> io::Result<coap_address_t> {
    let mut address = coap_address_t::new();
    let mut length = size_of_val(&address.addr) as libc::socklen_t;
    // SAFETY: `addr` has `length` writable bytes.
    checked(unsafe { call(fd, address.addr.as_mut_ptr().cast(), &mut length) })?;
    address.size = length;
    Ok(address)
}

/// The address that a socket is bound to.
pub fn local_address(fd: &impl AsRawFd) -> io::Result<coap_address_t> {
    // SAFETY: `getsockname` keeps to the length it is given.
    unsafe { socket_address(fd.as_raw_fd(), libc::getsockname) }
}

/// The address that a socket is connected to.
pub fn peer_address(fd: &impl AsRawFd) -> io::Result<coap_address_t> {
    // SAFETY: `getpeername` keeps to the length it is given.
    unsafe { socket_address(fd.as_raw_fd(), libc::getpeername) }
}
