//! Datagrams that wait to be sent, many with one system call.

use super::control::{self, Control};
use super::socket::{as_sockaddr, kernel_length, message_header};
use crate::abi::*;
use crate::base::memory;
use core::ffi::c_int;
use core::mem::MaybeUninit;
use core::ptr::NonNull;
use std::io;

/// Most datagrams that wait.
const DATAGRAMS: usize = 32;
/// Most bytes of datagrams that wait: as many of the default MTU. They lie side by side, so that short ones touch little
/// memory.
const BYTES: usize = DATAGRAMS * COAP_DEFAULT_MTU;

/// Datagrams that wait, those of one socket in the order in which they came.
pub struct Outbox {
    buffers: NonNull<Buffers>,
    count: usize,
    used: usize,
}

#[repr(C)]
struct Buffers {
    waiting: [Waiting; DATAGRAMS],
    headers: [libc::mmsghdr; DATAGRAMS],
    bytes: [u8; BYTES],
}

/// A datagram that waits. Nothing in it needs a drop.
struct Waiting {
    fd: c_int,
    sent: bool,
    part: libc::iovec,
    remote: coap_address_t,
    remote_length: libc::socklen_t,
    control: Control,
    control_length: usize,
}

/// What could not be sent.
pub struct Unsent {
    /// How many datagrams.
    pub count: usize,
    /// What the first of them met.
    pub error: io::Error,
}

impl Outbox {
    /// An empty one; `None` without memory.
    pub fn new() -> Option<Outbox> {
        Some(Outbox { buffers: memory::malloc(size_of::<Buffers>())?.cast(), count: 0, used: 0 })
    }

    /// Whether a datagram of this length fits into an empty outbox.
    pub fn takes(length: usize) -> bool {
        length <= BYTES
    }

    /// Whether one more datagram of this length fits.
    pub fn has_room(&self, length: usize) -> bool {
        self.count < DATAGRAMS && length <= BYTES - self.used
    }

    /// Adds a datagram to `remote`, from the address and interface given (io §4.3). False: no room is left. An address that
    /// nothing can be sent to is an error.
    pub fn push(
        &mut self,
        fd: c_int,
        data: &[u8],
        remote: &coap_address_t,
        local: &coap_address_t,
        ifindex: c_int,
    ) -> io::Result<bool> {
        let remote_length = kernel_length(remote)?;
        if !self.has_room(data.len()) {
            return Ok(false);
        }
        let mut control = Control::default();
        let control_length = control::leave_from(&mut control, local, ifindex);
        // SAFETY: the buffers are ours, and both the place and the bytes are within them, as was just looked at.
        unsafe {
            let buffers = self.buffers.as_ptr();
            let bytes = (&raw mut (*buffers).bytes).cast::<u8>().add(self.used);
            bytes.copy_from_nonoverlapping(data.as_ptr(), data.len());
            let part = libc::iovec { iov_base: bytes.cast(), iov_len: data.len() };
            (&raw mut (*buffers).waiting[self.count]).write(Waiting {
                fd,
                sent: false,
                part,
                remote: *remote,
                remote_length,
                control,
                control_length,
            });
        }
        self.count += 1;
        self.used += data.len();
        Ok(true)
    }

    /// Sends what waits, and is empty again; one that cannot be sent does not keep the others. Gives what was not sent.
    pub fn send(&mut self) -> Option<Unsent> {
        let count = core::mem::take(&mut self.count);
        self.used = 0;
        // SAFETY: the buffers are ours, and `push` wrote the first `count` entries.
        let (waiting, headers) = unsafe {
            let buffers = self.buffers.as_ptr();
            let waiting = core::slice::from_raw_parts_mut((&raw mut (*buffers).waiting).cast::<Waiting>(), count);
            (waiting, &mut *(&raw mut (*buffers).headers).cast::<[MaybeUninit<libc::mmsghdr>; DATAGRAMS]>())
        };
        let mut unsent = None;
        while let Some(next) = waiting.iter().find(|waiting| !waiting.sent) {
            let fd = next.fd;
            let mut ready = 0;
            for (datagram, header) in waiting.iter_mut().filter(|one| one.fd == fd && !one.sent).zip(headers.iter_mut())
            {
                datagram.sent = true;
                header.write(libc::mmsghdr { msg_hdr: datagram.header(), msg_len: 0 });
                ready += 1;
            }
            // SAFETY: that many headers were just written, and what they point to lives in the buffers.
            let headers = unsafe { core::slice::from_raw_parts_mut(headers.as_mut_ptr().cast(), ready) };
            send_all(fd, headers, &mut unsent);
        }
        unsent
    }
}

impl Waiting {
    fn header(&mut self) -> libc::msghdr {
        let name = as_sockaddr(&self.remote);
        message_header(&mut self.part, name, self.remote_length, &mut self.control, self.control_length)
    }
}

/// Sends all of these, and counts those that can't be sent.
fn send_all(fd: c_int, mut headers: &mut [libc::mmsghdr], unsent: &mut Option<Unsent>) {
    while !headers.is_empty() {
        // SAFETY: every header is ready, and what it points to lives over the call.
        let sent = unsafe { libc::sendmmsg(fd, headers.as_mut_ptr(), headers.len() as u32, libc::MSG_NOSIGNAL as _) };
        let done = match usize::try_from(sent) {
            Ok(sent) => sent.max(1), // It is never 0.
            Err(_) => {
                let error = io::Error::last_os_error();
                if error.kind() == io::ErrorKind::Interrupted {
                    continue;
                }
                // It is the first one that failed.
                unsent.get_or_insert(Unsent { count: 0, error }).count += 1;
                1
            }
        };
        headers = headers.get_mut(done..).unwrap_or_default();
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        // SAFETY: ours, from `malloc`.
        unsafe { memory::free(self.buffers.as_ptr()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::address::Peer;
    use std::net::UdpSocket;
    use std::os::fd::AsRawFd;
    use std::time::Duration;

    fn receiver() -> (UdpSocket, coap_address_t) {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut address = coap_address_t::from_peer(Peer::V4([127, 0, 0, 1], socket.local_addr().unwrap().port()));
        address.size = 16;
        (socket, address)
    }

    /// I29: each socket's datagrams go out in their order; one that cannot be sent does not keep the others.
    #[test]
    fn i29_the_order_stays_and_a_failure_costs_one() {
        let (one, two) = (UdpSocket::bind("127.0.0.1:0").unwrap(), UdpSocket::bind("127.0.0.1:0").unwrap());
        let (receiver, to) = receiver();
        let any = coap_address_t::new();
        let mut nobody = to;
        nobody.set_port(0);
        let mut outbox = Outbox::new().unwrap();
        assert!(outbox.send().is_none());
        for round in 0..2 {
            for number in 0..10 {
                let from = if number % 3 == 0 { &one } else { &two };
                let to = if number % 4 == 1 { &nobody } else { &to };
                assert!(outbox.push(from.as_raw_fd(), &[round, number], to, &any, 0).unwrap());
            }
            let unsent = outbox.send().unwrap();
            assert_eq!((unsent.count, unsent.error.raw_os_error()), (3, Some(libc::EINVAL)));
            let mut of = [Vec::new(), Vec::new()];
            for _ in 0..7 {
                let mut datagram = [0; 16];
                let (length, from) = receiver.recv_from(&mut datagram).unwrap();
                assert_eq!((length, datagram[0]), (2, round));
                of[usize::from(from == two.local_addr().unwrap())].push(datagram[1]);
            }
            assert_eq!(of, [vec![0, 3, 6], vec![2, 4, 7, 8]]);
        }
        let nowhere = coap_address_t::new();
        assert!(outbox.push(one.as_raw_fd(), b"x", &nowhere, &any, 0).is_err());
        assert!(outbox.send().is_none());
    }

    #[test]
    fn i29_it_is_full_at_some_time() {
        let (receiver, to) = receiver();
        let mut outbox = Outbox::new().unwrap();
        for length in [1usize, 1400] {
            let data = vec![7; length];
            let mut count = 0;
            while outbox.push(receiver.as_raw_fd(), &data, &to, &to, 0).unwrap() {
                count += 1;
            }
            assert!(!outbox.has_room(length));
            assert_eq!(count, DATAGRAMS.min(BYTES / length));
            assert!(outbox.send().is_none());
            let mut datagram = [0; 2000];
            for _ in 0..count {
                assert_eq!(receiver.recv(&mut datagram).unwrap(), length);
            }
        }
        assert!(Outbox::takes(BYTES) && !Outbox::takes(BYTES + 1));
    }
}
