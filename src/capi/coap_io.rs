//! Functions of `coap2/coap_io.h`.

use super::door::door;
use crate::abi::*;
use crate::base::{errno, memory};
use crate::exchange::{self, endpoint, outgoing, send, Endpoint, Session};
use crate::net::{datagram, stream};
use core::ffi::{c_char, c_int, c_uchar};
use core::ptr::null_mut;

/// Allocates storage for an endpoint that is not one yet.
///
/// No application needs this: coap_new_endpoint() makes endpoints.
///
/// Returns zero-filled storage to be released with `coap_free_type(COAP_ENDPOINT, ...)`, or NULL without memory.
#[no_mangle]
pub extern "C" fn coap_malloc_endpoint() -> *mut coap_endpoint_t {
    door(null_mut(), || Some(Endpoint::storage()?.as_ptr().cast()))
}

/// Sends one datagram; the built-in `network_send` of a context.
///
/// On a connected socket it goes to the peer of the socket, otherwise to the remote address of `session`, from the
/// local address and interface that the session was last heard on. The simulated packet loss of
/// coap_debug_set_packet_loss() acts here.
///
/// @param sock     The socket to send through.
/// @param session  Where to send; may be NULL if the socket is connected.
/// @param data     The datagram.
/// @param datalen  Its length in bytes.
///
/// Returns the number of bytes sent, or -1 with `errno` set.
#[no_mangle]
pub unsafe extern "C" fn coap_network_send(
    sock: *mut coap_socket_t,
    session: *const coap_session_t,
    data: *const u8,
    datalen: usize,
) -> isize {
    door(-1, || {
        // SAFETY: the application gives NULL or live objects, and `datalen` readable bytes.
        unsafe {
            let session = Session::from_ptr(session);
            Some(outgoing::send_now(sock.as_ref()?, session.as_deref(), memory::bytes(data, datalen)?))
        }
    })
}

/// Reads one datagram; the built-in `network_read` of a context.
///
/// Does nothing unless `COAP_SOCKET_CAN_READ` is set in the flags of the socket, and clears it.
///
/// @param sock    The socket to read from.
/// @param packet  Filled in: the payload and its length; on a socket that is not connected also the source, the local
///                address and the interface.
///
/// Returns the number of bytes read; 0 for an empty datagram, or for one that was longer than a packet and has been
/// dropped; -2 if the peer of a connected socket cannot be reached; -1 if there was nothing to read, or on an error.
#[no_mangle]
pub unsafe extern "C" fn coap_network_read(sock: *mut coap_socket_t, packet: *mut coap_packet_t) -> isize {
    door(-1, || {
        // SAFETY: the application gives NULL or live objects, and nobody else uses the packet.
        unsafe { Some(datagram::read(sock.as_ref()?, packet.as_mut()?)) }
    })
}

/// Tells where the payload of a packet is.
///
/// @param packet   The packet.
/// @param address  Set to the first byte of its payload.
/// @param length   Set to the number of bytes in it.
#[no_mangle]
pub unsafe extern "C" fn coap_packet_get_memmapped(
    packet: *mut coap_packet_t,
    address: *mut *mut c_uchar,
    length: *mut usize,
) {
    door((), || {
        // SAFETY: the application gives NULL or live objects.
        unsafe {
            let (packet, address, length) = (packet.as_mut()?, address.as_mut()?, length.as_mut()?);
            *address = packet.payload.as_mut_ptr();
            *length = packet.length;
        }
        Some(())
    })
}

/// Tells whether the library can do CoAP over TCP.
///
/// Returns 1: it can.
#[no_mangle]
pub extern "C" fn coap_tcp_is_supported() -> c_int {
    door(0, || Some(1))
}

/// Describes the error in `errno`.
///
/// Returns a text that is not to be freed and lives until the next call.
#[no_mangle]
pub extern "C" fn coap_socket_strerror() -> *const c_char {
    door(c"unknown error".as_ptr(), || Some(errno::describe(errno::get())))
}

/// Describes a system error. Only in the static library.
///
/// @param error  Its number, as in `errno`.
///
/// Returns a text that is not to be freed and lives until the next call.
#[no_mangle]
pub extern "C" fn coap_socket_format_errno(error: c_int) -> *const c_char {
    door(c"unknown error".as_ptr(), || Some(errno::describe(error)))
}

/// Gives storage back that coap_malloc_endpoint() allocated. An endpoint that is in use ends, as by
/// coap_free_endpoint(). Only in the static library.
///
/// @param ep  The storage, or NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_mfree_endpoint(ep: *mut coap_endpoint_t) {
    door((), || {
        // SAFETY: the application gives NULL or storage that it does not use any more.
        unsafe { Endpoint::free_storage(ep) };
        Some(())
    })
}

/// Closes a socket: the event loop forgets it, `fd` becomes -1 and everything else 0. Only in the static library.
///
/// @param sock  The socket. One that is not open stays so.
#[no_mangle]
pub unsafe extern "C" fn coap_socket_close(sock: *mut coap_socket_t) {
    door((), || {
        // SAFETY: the application gives NULL or a socket whose session or endpoint is live.
        unsafe { endpoint::close(sock.as_ref()?) };
        Some(())
    })
}

/// Sends one datagram through the network_send function of the session's context. Only in the static library.
///
/// @param sock      The socket to send through.
/// @param session   The session to send on.
/// @param data      The datagram.
/// @param data_len  Its length in bytes.
///
/// Returns what that function returns: the number of bytes, or less than 0 on an error.
#[no_mangle]
pub unsafe extern "C" fn coap_socket_send(
    sock: *mut coap_socket_t,
    session: *mut coap_session_t,
    data: *const u8,
    data_len: usize,
) -> isize {
    door(-1, || {
        // SAFETY: the application gives NULL or live objects, and `data_len` readable bytes.
        unsafe {
            let session = Session::from_ptr(session)?;
            memory::bytes(data, data_len)?;
            Some(send::through(&*session.context()?, sock.as_ref()?, &session, data, data_len))
        }
    })
}

/// Writes to a stream. Only in the static library. Over TLS the bytes go to the socket as they are: no peer takes them
/// but one that has left TLS. coap_session_write encrypts.
///
/// @param sock      The socket, connected.
/// @param data      The bytes.
/// @param data_len  How many.
///
/// Returns how many were taken: fewer than data_len, and COAP_SOCKET_WANT_WRITE set in the flags of the socket, if
/// there was no room for the rest; -1 on an error.
#[no_mangle]
pub unsafe extern "C" fn coap_socket_write(sock: *mut coap_socket_t, data: *const u8, data_len: usize) -> isize {
    door(-1, || {
        // SAFETY: the application gives NULL or a live socket, and `data_len` readable bytes.
        unsafe {
            let data = memory::bytes(data, data_len)?;
            Some(exchange::stream::write_to(sock.as_ref()?, data.as_ptr(), data.len()))
        }
    })
}

/// Reads from a stream. Only in the static library.
///
/// @param sock      The socket, connected.
/// @param data      Where the bytes are put.
/// @param data_len  How many there is room for.
///
/// Returns how many there were, 0 if there are none now, or -1 at the end of the stream or on an error.
#[no_mangle]
pub unsafe extern "C" fn coap_socket_read(sock: *mut coap_socket_t, data: *mut u8, data_len: usize) -> isize {
    door(-1, || {
        // SAFETY: the application gives NULL or a live socket, and `data_len` bytes that nobody else uses.
        unsafe {
            let sock = sock.as_ref().filter(|sock| sock.flags.get() != COAP_SOCKET_EMPTY)?;
            Some(stream::read(sock, memory::buffer(data, data_len)?))
        }
    })
}
