//! Many datagrams in one system call (docs/spec/io.md, I28).

use super::checked;
use super::packet_info::Control;
use super::socket::{destination, is_truncated, no_message, received_control};
use crate::abi::*;
use crate::base::memory;
use core::ffi::{c_int, c_uint};
use core::ptr::{self, NonNull};
use libc::{iovec, mmsghdr};
use std::io;
use std::os::fd::RawFd;

/// Datagrams of one call.
pub const BATCH: usize = 32;

/// Buffers for as many datagrams as one call reads.
///
/// A batch that is being worked through must not be read into: an I/O pass nested in a callback needs a batch of its own,
/// or reads single datagrams.
pub struct Batch {
    buffers: NonNull<Buffers>,
    fd: RawFd,
    bound: coap_address_t,
    filled: usize,
}

/// Where the kernel writes to. All zero is a valid value.
struct Buffers {
    messages: [mmsghdr; BATCH],
    vectors: [iovec; BATCH],
    controls: [Control; BATCH],
    remotes: [coap_address_t; BATCH],
    payloads: [[u8; COAP_RXBUFFER_SIZE]; BATCH],
}

/// A received datagram.
#[derive(Clone, Copy)]
pub struct Datagram<'a> {
    /// The payload; may be empty.
    pub bytes: &'a [u8],
    /// Who sent it.
    pub remote: coap_address_t,
    /// Where it was sent to.
    pub local: coap_address_t,
    /// The interface it came in on, 0 if that is not known.
    pub ifindex: c_int,
    /// Whether it was longer than `bytes`: it is malformed then (I18, X9).
    pub truncated: bool,
}

impl Batch {
    /// Makes the buffers; `None` without memory.
    pub fn new() -> Option<Batch> {
        const { assert!(align_of::<Buffers>() <= 16) };
        let buffers = memory::calloc(size_of::<Buffers>())?.cast();
        Some(Batch { buffers, fd: -1, bound: coap_address_t::new(), filled: 0 })
    }

    /// Reads what has arrived, up to [`BATCH`] datagrams, and returns how many that are. `bound` is the address that
    /// the socket is bound to. Errors: `WouldBlock` if there is nothing, `Interrupted`, or a pending error of the socket.
    pub fn receive(&mut self, fd: RawFd, bound: &coap_address_t) -> io::Result<usize> {
        (self.fd, self.bound, self.filled) = (fd, *bound, 0);
        // SAFETY: the block is this batch's own, and zero or what this function has made of it.
        let Buffers { messages, vectors, controls, remotes, payloads } = unsafe { self.buffers.as_mut() };
        for index in 0..BATCH {
            let payload = &mut payloads[index];
            vectors[index] = iovec { iov_base: payload.as_mut_ptr().cast(), iov_len: payload.len() };
            let mut message = no_message();
            message.msg_iov = &mut vectors[index];
            message.msg_iovlen = 1;
            message.msg_name = remotes[index].addr.as_mut_ptr().cast();
            message.msg_namelen = size_of_val(&remotes[index].addr) as _;
            message.msg_control = controls[index].0.as_mut_ptr().cast();
            message.msg_controllen = controls[index].0.len() as _;
            messages[index] = mmsghdr { msg_hdr: message, msg_len: 0 };
        }
        // SAFETY: every message points into buffers of the lengths given, which this batch owns.
        let count = checked(unsafe {
            libc::recvmmsg(fd, messages.as_mut_ptr(), BATCH as c_uint, libc::MSG_DONTWAIT as _, ptr::null_mut())
        })?;
        self.filled = BATCH.min(count as usize);
        Ok(self.filled)
    }

    /// How many datagrams the last call has read.
    pub fn len(&self) -> usize {
        self.filled
    }

    /// Whether the last call has read nothing.
    pub fn is_empty(&self) -> bool {
        self.filled == 0
    }

    /// The datagram at `index`, in order of arrival; `None` from [`len`](Self::len) on.
    pub fn get(&self, index: usize) -> Option<Datagram<'_>> {
        if index >= self.filled {
            return None;
        }
        // SAFETY: the block is this batch's own; the kernel writes to it in `receive` only.
        let buffers = unsafe { self.buffers.as_ref() };
        let message = &buffers.messages[index];
        let mut local = self.bound;
        let control = received_control(&buffers.controls[index], &message.msg_hdr);
        let ifindex = destination(self.fd, control, &mut local);
        Some(Datagram {
            bytes: &buffers.payloads[index][..COAP_RXBUFFER_SIZE.min(message.msg_len as usize)],
            remote: coap_address_t { size: message.msg_hdr.msg_namelen, ..buffers.remotes[index] },
            local,
            ifindex,
            truncated: is_truncated(&message.msg_hdr),
        })
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        // SAFETY: the block came from `calloc` and ends with the batch.
        unsafe { memory::free(self.buffers.as_ptr()) }
    }
}
