//! TCP sockets: listening, accepted, connected, read and written (docs/spec/io.md, sections 3 and 5.1).

use super::socket::{
    as_sockaddr, bind, both_families, check, kernel_length, local_name, name, open, or_log, reuse_address, set_option,
    Guard, Opened,
};
use crate::abi::*;
use crate::base::errno::{self, Errno};
use crate::base::log::LOG_WARNING;
use crate::log;
use core::ffi::c_int;
use core::mem::{size_of, MaybeUninit};
use core::ptr::null_mut;
use std::io;

/// How many connections may wait to be accepted.
const BACKLOG: c_int = 5;

/// Flags of an open stream socket.
const CONNECTED: coap_socket_flags_t = COAP_SOCKET_NOT_EMPTY | COAP_SOCKET_CONNECTED | COAP_SOCKET_WANT_READ;

/// A socket that listens on `address`; and the address with the real port.
pub fn listen(address: &coap_address_t) -> io::Result<(c_int, coap_address_t)> {
    let socket = open(address, libc::SOCK_STREAM)?;
    let fd = socket.fd();
    set_option(fd, libc::SOL_SOCKET, libc::SO_KEEPALIVE, 1, "SO_KEEPALIVE");
    reuse_address(fd);
    both_families(fd, address);
    bind(fd, address)?;
    let bound = local_name(fd)?;
    // SAFETY: takes no pointers.
    check(unsafe { libc::listen(fd, BACKLOG) })?;
    Ok((socket.give(), bound))
}

/// Accepts one connection; `None` if none waits, or the one that waited has gone.
pub fn accept(fd: c_int) -> io::Result<Option<Opened>> {
    let flags = libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC;
    // SAFETY: the peer's address is asked for below.
    let accepted = unsafe { libc::accept4(fd, null_mut(), null_mut(), flags) };
    if accepted < 0 {
        let error = io::Error::last_os_error();
        return match error.raw_os_error() {
            Some(libc::EMFILE | libc::ENFILE | libc::ENOBUFS | libc::ENOMEM) => Err(error),
            // Nothing there, or a connection that failed before it was accepted (accept(2)).
            _ => Ok(None),
        };
    }
    let socket = Guard(accepted);
    let (Ok(remote), Ok(local)) = (name(accepted, libc::getpeername), local_name(accepted)) else { return Ok(None) };
    Ok(Some(Opened { socket, flags: CONNECTED, local, remote }))
}

/// A socket on its way to a server, or there already; port 0 of `server` stands for `default_port`. As long as the
/// connection is being made the addresses are the given ones.
pub fn connect(local: Option<&coap_address_t>, server: &coap_address_t, default_port: u16) -> io::Result<Opened> {
    let mut target = *server;
    if target.port() == 0 {
        target.set_port(default_port);
    }
    let socket = open(&target, libc::SOCK_STREAM)?;
    both_families(socket.fd(), &target);
    let mut flags = CONNECTED;
    if local.is_some() {
        flags |= COAP_SOCKET_BOUND;
    }
    let mut unbound = coap_address_t { size: kernel_length(&target)?, ..coap_address_t::new() };
    // Family and nothing else.
    unbound.addr[0] = target.addr[0];
    unbound.set_port(0);
    let bound = local.copied().filter(|local| local.family() != 0);
    if let Some(local) = &bound {
        reuse_address(socket.fd());
        bind(socket.fd(), local)?;
    }
    let local = bound.unwrap_or(unbound);
    // SAFETY: the address is at least as long as its family's length.
    match check(unsafe { libc::connect(socket.fd(), as_sockaddr(&target), kernel_length(&target)?) }) {
        Ok(()) => {
            let (local, remote) = addresses(socket.fd());
            Ok(Opened { socket, flags, local: local.unwrap_or(unbound), remote: remote.unwrap_or(target) })
        }
        Err(error) if error.raw_os_error() == Some(libc::EINPROGRESS) => {
            Ok(Opened { socket, flags: flags | COAP_SOCKET_WANT_CONNECT, local, remote: *server })
        }
        Err(error) => Err(error),
    }
}

/// Local and remote address of a connected socket, as far as it tells them.
pub fn addresses(fd: c_int) -> (Option<coap_address_t>, Option<coap_address_t>) {
    (or_log(local_name(fd)), or_log(name(fd, libc::getpeername)))
}

/// What is written leaves at once, also while earlier bytes have not been acknowledged.
pub fn set_no_delay(fd: c_int) {
    set_option(fd, libc::IPPROTO_TCP, libc::TCP_NODELAY, 1, "TCP_NODELAY");
}

/// What has become of a connection that was being made.
pub fn connect_result(fd: c_int) -> io::Result<()> {
    let mut error: c_int = 0;
    let mut length = size_of::<c_int>() as libc::socklen_t;
    let value = (&mut error as *mut c_int).cast();
    // SAFETY: the value has the given length.
    check(unsafe { libc::getsockopt(fd, libc::SOL_SOCKET, libc::SO_ERROR, value, &mut length) })?;
    match error {
        0 => Ok(()),
        error => Err(io::Error::from_raw_os_error(error)),
    }
}

/// Ends our side of a connection whose last words have been written, and takes in what the peer has still sent: a socket
/// that is closed with bytes unread resets the connection, and the last words may never be read.
pub fn finish(fd: c_int) {
    let mut rest = [MaybeUninit::<u8>::uninit(); 4096];
    // SAFETY: takes no pointers.
    unsafe { libc::shutdown(fd, libc::SHUT_WR) };
    for _ in 0..64 {
        // SAFETY: the buffer is writable for its length.
        if unsafe { libc::recv(fd, rest.as_mut_ptr().cast(), rest.len(), 0) } <= 0 {
            break;
        }
    }
}

fn clear(sock: &coap_socket_t, flags: coap_socket_flags_t) {
    sock.flags.set(sock.flags.get() & !flags);
}

/// `coap_socket_read`: the number of bytes read, 0 if there are none now, -1 at the end of the stream or on an error.
pub fn read(sock: &coap_socket_t, buffer: &mut [MaybeUninit<u8>]) -> isize {
    // The kernel would give 0, as it does at the end.
    if buffer.is_empty() {
        return 0;
    }
    // SAFETY: the buffer is writable for its length.
    let got = unsafe { libc::recv(sock.fd.get(), buffer.as_mut_ptr().cast(), buffer.len(), 0) };
    if got > 0 {
        if (got as usize) < buffer.len() {
            clear(sock, COAP_SOCKET_CAN_READ);
        }
        return got;
    }
    let error = io::Error::last_os_error();
    clear(sock, COAP_SOCKET_CAN_READ);
    match error.raw_os_error() {
        _ if got == 0 => -1,
        Some(libc::EAGAIN | libc::EINTR) => 0,
        Some(libc::ECONNRESET) => -1,
        _ => {
            log!(LOG_WARNING, "a stream cannot be read: {}", Errno::from(&error));
            -1
        }
    }
}

#[cfg(not(test))]
fn send(fd: c_int, data: &[u8]) -> isize {
    // SAFETY: the data is readable for its length.
    unsafe { libc::send(fd, data.as_ptr().cast(), data.len(), libc::MSG_NOSIGNAL) }
}

#[cfg(test)]
use script::send;

/// What `coap_socket_write` does: the number of bytes written, 0 if there is no room now. `COAP_SOCKET_WANT_WRITE` says
/// afterwards whether there is a rest to be written when the socket is writable. Never raises SIGPIPE (I16). Writes no
/// log line, so that the bytes may belong to a message which a log handler could end.
pub fn write(sock: &coap_socket_t, data: &[u8]) -> Result<usize, Errno> {
    let sent = send(sock.fd.get(), data);
    let error = Errno(errno::get());
    let sent = match error {
        _ if sent >= 0 => sent as usize,
        Errno(libc::EAGAIN | libc::EINTR) => 0,
        _ => {
            clear(sock, COAP_SOCKET_WANT_WRITE | COAP_SOCKET_CAN_WRITE);
            return Err(error);
        }
    };
    if sent < data.len() {
        sock.flags.set(sock.flags.get() | COAP_SOCKET_WANT_WRITE);
    } else {
        clear(sock, COAP_SOCKET_WANT_WRITE | COAP_SOCKET_CAN_WRITE);
    }
    Ok(sent)
}

/// A kernel that takes what a test says: no socket gives every pattern of short writes.
#[cfg(test)]
pub(crate) mod script {
    use core::cell::{Cell, RefCell};
    use core::ffi::c_int;

    thread_local! {
        /// The pattern; bit n: the stream is cut behind its byte n. With `true` there is no room at all first, at each cut.
        pub static CUTS: Cell<Option<(u64, bool)>> = const { Cell::new(None) };
        /// What has been taken.
        pub static TAKEN: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
        static REFUSED: Cell<bool> = const { Cell::new(false) };
    }

    pub fn send(fd: c_int, data: &[u8]) -> isize {
        let Some((cuts, refuse)) = CUTS.get() else {
            // SAFETY: the data is readable for its length.
            return unsafe { libc::send(fd, data.as_ptr().cast(), data.len(), libc::MSG_NOSIGNAL) };
        };
        let at = TAKEN.with_borrow(Vec::len);
        let behind_a_cut = at > 0 && cuts & 1 << (at - 1) != 0;
        if refuse && behind_a_cut && !REFUSED.replace(true) {
            crate::base::errno::set(libc::EAGAIN);
            return -1;
        }
        REFUSED.set(false);
        let length = (1..data.len()).find(|n| cuts & 1 << (at + n - 1) != 0).unwrap_or(data.len());
        TAKEN.with_borrow_mut(|taken| taken.extend_from_slice(&data[..length]));
        length as isize
    }
}
