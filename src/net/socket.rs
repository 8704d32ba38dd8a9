//! Sockets, and what UDP does with them: opened, bound, connected, read and written (docs/spec/io.md, sections 3 and 4).

use super::control::{self, Control};
use crate::abi::*;
use crate::base::errno::Errno;
use crate::base::log::LOG_WARNING;
use crate::base::memory;
use crate::log;
use core::ffi::c_int;
use core::mem::{size_of, size_of_val, MaybeUninit};
use core::ptr::{null_mut, NonNull};
use std::io;

/// A socket that closes itself unless it is given away.
pub struct Guard(pub(super) c_int);

impl Guard {
    /// The descriptor, still to be closed by the guard.
    pub fn fd(&self) -> c_int {
        self.0
    }

    /// The descriptor, from here on the caller's to close.
    pub fn give(self) -> c_int {
        let fd = self.0;
        core::mem::forget(self);
        fd
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        close(self.0);
    }
}

/// Closes a descriptor; -1 is none.
pub fn close(fd: c_int) {
    if fd != COAP_INVALID_SOCKET {
        // SAFETY: takes no pointers; the descriptor is the caller's to close.
        unsafe { libc::close(fd) };
    }
}

pub(super) fn check(result: c_int) -> io::Result<()> {
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}

/// What the kernel is told of an address: the length that its family has, whatever `size` says. Addresses of other
/// families and impossible sizes are refused (S10).
pub(super) fn kernel_length(address: &coap_address_t) -> io::Result<libc::socklen_t> {
    match c_int::from(address.family()) {
        libc::AF_INET if (16..=28).contains(&address.size) => Ok(16),
        libc::AF_INET6 if address.size == 28 => Ok(28),
        _ => Err(io::Error::from_raw_os_error(libc::EAFNOSUPPORT)),
    }
}

pub(super) fn as_sockaddr(address: &coap_address_t) -> *const libc::sockaddr {
    address.addr.as_ptr().cast()
}

/// A non-blocking socket of the address's family, closed on exec (I27).
pub(super) fn open(address: &coap_address_t, kind: c_int) -> io::Result<Guard> {
    kernel_length(address)?;
    let kind = kind | libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC;
    // SAFETY: takes no pointers.
    let fd = unsafe { libc::socket(address.family().into(), kind, 0) };
    check(fd)?;
    Ok(Guard(fd))
}

/// Sets an integer option; `name` is for the log. A failure costs the option only (io §3).
pub(super) fn set_option(fd: c_int, level: c_int, option: c_int, value: c_int, name: &str) {
    if let Err(error) = try_option(fd, level, option, value) {
        log!(LOG_WARNING, "{} cannot be set: {}", name, Errno::from(&error));
    }
}

fn try_option(fd: c_int, level: c_int, option: c_int, value: c_int) -> io::Result<()> {
    let length = size_of::<c_int>() as libc::socklen_t;
    // SAFETY: the value lives over the call.
    check(unsafe { libc::setsockopt(fd, level, option, (&value as *const c_int).cast(), length) })
}

/// Off: an IPv6 socket takes IPv4 too.
pub(super) fn both_families(fd: c_int, address: &coap_address_t) {
    if c_int::from(address.family()) == libc::AF_INET6 {
        set_option(fd, libc::IPPROTO_IPV6, libc::IPV6_V6ONLY, 0, "IPV6_V6ONLY");
    }
}

pub(super) fn reuse_address(fd: c_int) {
    set_option(fd, libc::SOL_SOCKET, libc::SO_REUSEADDR, 1, "SO_REUSEADDR");
}

pub(super) fn bind(fd: c_int, address: &coap_address_t) -> io::Result<()> {
    // SAFETY: the address is at least as long as its family's length.
    check(unsafe { libc::bind(fd, as_sockaddr(address), kernel_length(address)?) })
}

pub(super) type GetName = unsafe extern "C" fn(c_int, *mut libc::sockaddr, *mut libc::socklen_t) -> c_int;

pub(super) fn name(fd: c_int, get: GetName) -> io::Result<coap_address_t> {
    let mut address = coap_address_t::new();
    let mut length = size_of_val(&address.addr) as libc::socklen_t;
    // SAFETY: the storage is `length` bytes long.
    check(unsafe { get(fd, address.addr.as_mut_ptr().cast(), &mut length) })?;
    address.size = length.min(28);
    Ok(address)
}

/// The address that a socket is bound to.
pub fn local_name(fd: c_int) -> io::Result<coap_address_t> {
    name(fd, libc::getsockname)
}

/// A socket bound to `listen` that tells for each datagram where it arrived; and the address with the real port.
pub fn bind_udp(listen: &coap_address_t) -> io::Result<(c_int, coap_address_t)> {
    let socket = open(listen, libc::SOCK_DGRAM)?;
    both_families(socket.0, listen);
    if c_int::from(listen.family()) == libc::AF_INET6 {
        set_option(socket.0, libc::IPPROTO_IPV6, libc::IPV6_RECVPKTINFO, 1, "IPV6_RECVPKTINFO");
        // For IPv4 packets; there may be no IPv4.
        let _ = try_option(socket.0, libc::IPPROTO_IP, libc::IP_PKTINFO, 1);
    } else {
        set_option(socket.0, libc::IPPROTO_IP, libc::IP_PKTINFO, 1, "IP_PKTINFO");
    }
    reuse_address(socket.0);
    bind(socket.0, listen)?;
    let bound = local_name(socket.0)?;
    Ok((socket.give(), bound))
}

pub(super) fn or_log(name: io::Result<coap_address_t>) -> Option<coap_address_t> {
    name.map_err(|error| log!(LOG_WARNING, "a socket does not tell its address: {}", Errno::from(&error))).ok()
}

/// A session's own socket.
pub struct Opened {
    /// The descriptor.
    pub socket: Guard,
    /// Its `COAP_SOCKET_*` flags.
    pub flags: coap_socket_flags_t,
    /// The address it sends from.
    pub local: coap_address_t,
    /// Its peer.
    pub remote: coap_address_t,
}

/// A socket to a server; port 0 of `server` becomes `default_port`. Towards a multicast group it stays unconnected.
pub fn connect_udp(local: Option<&coap_address_t>, server: &coap_address_t, default_port: u16) -> io::Result<Opened> {
    let mut remote = *server;
    if remote.port() == 0 {
        remote.set_port(default_port);
    }
    let socket = open(&remote, libc::SOCK_DGRAM)?;
    both_families(socket.0, &remote);
    let mut flags = COAP_SOCKET_NOT_EMPTY | COAP_SOCKET_WANT_READ;
    if local.is_some() {
        flags |= COAP_SOCKET_BOUND;
    }
    let bound = local.filter(|local| local.family() != 0);
    if let Some(local) = bound {
        reuse_address(socket.0);
        bind(socket.0, local)?;
    }
    if remote.is_multicast() {
        flags |= COAP_SOCKET_MULTICAST;
        if bound.is_none() {
            // Without SO_REUSEADDR: a port of its own.
            let mut any = coap_address_t::new();
            any.addr[0] = remote.addr[0];
            any.set_port(0);
            bind(socket.0, &any)?;
        }
    } else {
        flags |= COAP_SOCKET_CONNECTED;
        // SAFETY: the address is at least as long as its family's length.
        check(unsafe { libc::connect(socket.0, as_sockaddr(&remote), kernel_length(&remote)?) })?;
        remote = or_log(name(socket.0, libc::getpeername)).unwrap_or(remote);
    }
    let local = or_log(local_name(socket.0)).unwrap_or_default();
    if flags & COAP_SOCKET_MULTICAST != 0 {
        remote.size = kernel_length(&remote)?;
    }
    Ok(Opened { socket, flags, local, remote })
}

/// Sends a datagram on a connected socket; how many bytes went out.
pub fn send(fd: c_int, data: &[u8]) -> io::Result<usize> {
    // SAFETY: the data is readable for its length.
    let sent = unsafe { libc::send(fd, data.as_ptr().cast(), data.len(), libc::MSG_NOSIGNAL) };
    usize::try_from(sent).map_err(|_| io::Error::last_os_error())
}

/// A header for a datagram to be sent. It points to all of its arguments.
pub(super) fn message_header(
    part: &mut libc::iovec,
    name: *const libc::sockaddr,
    name_length: libc::socklen_t,
    control: &mut Control,
    control_length: usize,
) -> libc::msghdr {
    // SAFETY: zero bytes are an empty message header.
    let mut header: libc::msghdr = unsafe { core::mem::zeroed() };
    header.msg_name = name.cast_mut().cast();
    header.msg_namelen = name_length;
    header.msg_iov = part;
    header.msg_iovlen = 1;
    header.msg_controllen = control_length as _;
    if control_length > 0 {
        header.msg_control = control.as_mut_ptr().cast();
    }
    header
}

/// Sends a datagram to `remote`, from the address and interface given (io §4.3); how many bytes went out.
pub fn send_to(
    fd: c_int,
    data: &[u8],
    remote: &coap_address_t,
    local: &coap_address_t,
    ifindex: c_int,
) -> io::Result<usize> {
    let mut control = Control::default();
    let mut part = libc::iovec { iov_base: data.as_ptr().cast_mut().cast(), iov_len: data.len() };
    let control_length = control::leave_from(&mut control, local, ifindex);
    let name = as_sockaddr(remote);
    let header = message_header(&mut part, name, kernel_length(remote)?, &mut control, control_length);
    // SAFETY: everything that the header points to lives over the call.
    let sent = unsafe { libc::sendmsg(fd, &header, libc::MSG_NOSIGNAL) };
    usize::try_from(sent).map_err(|_| io::Error::last_os_error())
}

/// Reads one datagram into a packet; the whole length of it, which is more than the packet holds if it was cut (I18).
/// On a socket that is not connected, source, local address and interface are filled in too: where the kernel does not
/// tell where it arrived, the socket's own address, and interface 0 (I11). On a connected one an empty datagram leaves
/// the packet as it was.
pub fn receive(fd: c_int, connected: bool, packet: &mut coap_packet_t) -> io::Result<usize> {
    let mut slot = MaybeUninit::<Slot>::uninit();
    let payload = (&raw mut packet.payload).cast::<u8>();
    // SAFETY: the slot and the payload live over the call.
    let mut header = unsafe { Slot::header(slot.as_mut_ptr(), payload, packet.payload.len()) };
    // SAFETY: everything that the header points to lives over the call.
    let length = unsafe { libc::recvmsg(fd, &mut header, libc::MSG_TRUNC) };
    let length = usize::try_from(length).map_err(|_| io::Error::last_os_error())?;
    if !connected || length > 0 {
        packet.length = length.min(packet.payload.len());
    }
    if !connected {
        let addresses = &mut packet.addr_info;
        // SAFETY: `recvmsg` filled the header in, and its buffers are still there.
        let told = unsafe { Slot::read(&header, &mut addresses.remote, &mut addresses.local, &mut packet.ifindex) };
        if !told {
            addresses.local = or_log(local_name(fd)).unwrap_or(addresses.local);
        }
    }
    Ok(length)
}

/// Datagrams that one batch holds.
const BATCH: usize = 32;

/// Where the kernel puts what comes with a datagram.
#[repr(C)]
struct Slot {
    part: libc::iovec,
    name: MaybeUninit<[u32; 7]>,
    control: Control,
}

impl Slot {
    /// A message header for one datagram.
    ///
    /// # Safety
    /// `slot` is writable, and both it and the payload outlive the header.
    unsafe fn header(slot: *mut Slot, payload: *mut u8, length: usize) -> libc::msghdr {
        // SAFETY: by the caller's word; zero bytes are an empty message header.
        unsafe {
            (*slot).part = libc::iovec { iov_base: payload.cast(), iov_len: length };
            let mut header: libc::msghdr = core::mem::zeroed();
            header.msg_name = (&raw mut (*slot).name).cast();
            header.msg_namelen = size_of::<[u32; 7]>() as libc::socklen_t;
            header.msg_iov = &raw mut (*slot).part;
            header.msg_iovlen = 1;
            header.msg_control = (&raw mut (*slot).control).cast();
            header.msg_controllen = Control::SIZE;
            header
        }
    }

    /// Takes source, local address and interface out of a header. Port, family and size of `local` stay as they are.
    /// False: the kernel does not tell where the datagram arrived.
    ///
    /// # Safety
    /// The kernel filled the header in, and its buffers are still there.
    unsafe fn read(
        header: &libc::msghdr,
        remote: &mut coap_address_t,
        local: &mut coap_address_t,
        ifindex: &mut c_int,
    ) -> bool {
        *remote = coap_address_t::new();
        remote.size = header.msg_namelen.min(28);
        *ifindex = 0;
        // SAFETY: the kernel wrote `msg_namelen` bytes of the name; the records by the caller's word.
        unsafe {
            let name = header.msg_name.cast::<u8>();
            remote.addr.as_mut_ptr().cast::<u8>().copy_from_nonoverlapping(name, remote.size as usize);
            let arrived = control::arrived(header);
            if let Some(arrived) = &arrived {
                arrived.store(local, ifindex);
            }
            arrived.is_some()
        }
    }
}

/// Buffers for many datagrams, read with one system call, and handed out one by one.
pub struct Batch {
    buffers: NonNull<Buffers>,
    /// How many the kernel filled.
    count: usize,
    /// How many of them have been handed out.
    next: usize,
}

#[repr(C)]
struct Buffers {
    headers: [libc::mmsghdr; BATCH],
    slots: [Slot; BATCH],
    payloads: [[u8; COAP_RXBUFFER_SIZE]; BATCH],
    local: coap_address_t,
}

/// A datagram of a batch.
pub struct Datagram<'a> {
    /// Its bytes, as many as the buffer holds.
    pub bytes: &'a [u8],
    /// Where it came from.
    pub remote: coap_address_t,
    /// Where it was sent to.
    pub local: coap_address_t,
    /// The interface that it arrived on.
    pub ifindex: c_int,
    /// It was longer than the buffer.
    pub truncated: bool,
}

impl Batch {
    /// Buffers; `None` without memory.
    pub fn new() -> Option<Batch> {
        let mut batch = Batch { buffers: memory::malloc(size_of::<Buffers>())?.cast(), count: 0, next: 0 };
        batch.prepare(BATCH);
        Some(batch)
    }

    /// Makes the first `count` headers ready for the kernel; it leaves those that it does not fill as they are.
    fn prepare(&mut self, count: usize) {
        let buffers = self.buffers.as_ptr();
        for i in 0..count.min(BATCH) {
            // SAFETY: the buffers are ours; headers, slots and payloads are all in them.
            unsafe {
                let payload = (&raw mut (*buffers).payloads[i]).cast();
                let header = Slot::header(&raw mut (*buffers).slots[i], payload, COAP_RXBUFFER_SIZE);
                (&raw mut (*buffers).headers[i]).write(libc::mmsghdr { msg_hdr: header, msg_len: 0 });
            }
        }
    }

    /// How many datagrams are read at most.
    pub fn capacity(&self) -> usize {
        BATCH
    }

    /// Whether all that was read has been handed out.
    pub fn is_empty(&self) -> bool {
        self.next == self.count
    }

    /// Reads what waits on a socket bound to `bound`, in place of what was read before; how many datagrams. None waiting
    /// is no error.
    pub fn receive(&mut self, fd: c_int, bound: &coap_address_t) -> io::Result<usize> {
        // Those that were filled, and the one that the kernel may have begun with.
        self.prepare(self.count + 1);
        (self.count, self.next) = (0, 0);
        let buffers = self.buffers.as_ptr();
        // SAFETY: the buffers are ours, and every header is ready.
        let count = unsafe {
            (*buffers).local = *bound;
            libc::recvmmsg(fd, (&raw mut (*buffers).headers).cast(), BATCH as u32, 0, null_mut())
        };
        if count >= 0 {
            self.count = (count as usize).min(BATCH);
            return Ok(self.count);
        }
        let error = io::Error::last_os_error();
        match error.raw_os_error() {
            // Nothing there, or an ICMP message for somebody else (io §4.4).
            Some(libc::EAGAIN | libc::EINTR | libc::ECONNREFUSED) => Ok(0),
            _ => Err(error),
        }
    }

    /// The next one of the datagrams that [`receive`](Self::receive) read.
    #[allow(clippy::should_implement_trait)] // Each one borrows the buffers.
    pub fn next(&mut self) -> Option<Datagram<'_>> {
        if self.is_empty() {
            return None;
        }
        let i = self.next;
        self.next += 1;
        // SAFETY: `receive` initialised every header and the local address; the kernel filled in the first `count`
        // headers and wrote the payload's `length` bytes.
        unsafe {
            let buffers = self.buffers.as_ptr();
            let header = &(*buffers).headers[i];
            let length = (header.msg_len as usize).min(COAP_RXBUFFER_SIZE);
            let bytes = core::slice::from_raw_parts((&raw const (*buffers).payloads[i]).cast(), length);
            let truncated = header.msg_hdr.msg_flags & libc::MSG_TRUNC != 0;
            let (mut remote, mut local, mut ifindex) = (coap_address_t::new(), (*buffers).local, 0);
            Slot::read(&header.msg_hdr, &mut remote, &mut local, &mut ifindex);
            Some(Datagram { bytes, remote, local, ifindex, truncated })
        }
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        // SAFETY: ours, from `malloc`.
        unsafe { memory::free(self.buffers.as_ptr()) }
    }
}
