//! Functions of `coap2/coap_session.h`.

use super::door::{door, int, needed};
use crate::abi::*;
use crate::base::{address_text, memory};
use crate::exchange::{client, connection, disconnect, secure, send, stream, Context, Endpoint, Session};
use crate::security;
use core::ffi::{c_char, c_int, c_uint, c_void};
use core::mem::MaybeUninit;
use core::ptr::{null_mut, NonNull};

/// Takes a reference to a session: it does not end before the reference is given back with coap_session_release().
///
/// @param session  The session.
///
/// Returns the same session.
#[no_mangle]
pub unsafe extern "C" fn coap_session_reference(session: *mut coap_session_t) -> *mut coap_session_t {
    door(null_mut(), || {
        // SAFETY: the application gives NULL or a session.
        unsafe { Session::from_ptr(session)? }.reference();
        Some(session)
    })
}

/// Gives back a reference to a session.
///
/// A client session ends with its last reference. A server session then is idle, and ends some time later (the
/// context's session_timeout).
///
/// @param session  The session, or NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_session_release(session: *mut coap_session_t) {
    door((), || {
        // SAFETY: the application gives NULL or a session.
        unsafe { Session::from_ptr(session)? }.release();
        Some(())
    })
}

/// Ends the connection of a session: the nack handler is told of the confirmable messages that wait, then the event
/// handler of the end of the connection.
///
/// Over TCP the connection is closed. A client session makes a new one when the next message is sent; a server session
/// ends once nobody refers to it. Over UDP the session can go on being used.
///
/// @param session  The session.
/// @param reason   Why, for the nack handler.
#[no_mangle]
pub unsafe extern "C" fn coap_session_disconnected(
    session: *mut coap_session_t,
    reason: MaybeUninit<coap_nack_reason_t>,
) {
    door((), || {
        // SAFETY: the application gives NULL or a session.
        let session = unsafe { Session::from_ptr(session)? };
        disconnect::disconnected(&*session.context()?, &session, raw(reason));
        Some(())
    })
}

/// Stores a pointer of the application with a session.
///
/// @param session  The session.
/// @param data     The pointer; the library does not look at it.
#[no_mangle]
pub unsafe extern "C" fn coap_session_set_app_data(session: *mut coap_session_t, data: *mut c_void) {
    door((), || {
        // SAFETY: the application gives NULL or a session.
        unsafe { Session::from_ptr(session)?.c.app.set(data) };
        Some(())
    })
}

/// Gives the pointer that coap_session_set_app_data() stored.
///
/// @param session  The session.
///
/// Returns the pointer, or NULL if there is none or session is NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_session_get_app_data(session: *const coap_session_t) -> *mut c_void {
    // SAFETY: the application gives NULL or a session.
    door(null_mut(), || unsafe { Some(Session::from_ptr(session)?.c.app.get()) })
}

/// Tells the library that a session can send: what waits is sent, as far as the peer lets it. Applications seldom need
/// this. Over TCP it takes the place of the peer's CSM, and does nothing before the connection stands.
///
/// @param session  The session.
#[no_mangle]
pub unsafe extern "C" fn coap_session_connected(session: *mut coap_session_t) {
    door((), || {
        // SAFETY: the application gives NULL or a session.
        let session = unsafe { Session::from_ptr(session)? };
        connection::connected(&*session.context()?, &session);
        Some(())
    })
}

/// Sends the library's CSM (Capabilities and Settings, RFC 8323 section 5.3) on a session over TCP, which then waits
/// for that of its peer. The library does this by itself.
///
/// @param session  The session.
#[no_mangle]
pub unsafe extern "C" fn coap_session_send_csm(session: *mut coap_session_t) {
    door((), || {
        // SAFETY: the application gives NULL or a session.
        let session = unsafe { Session::from_ptr(session)? };
        connection::send_csm(&*session.context()?, &session);
        Some(())
    })
}

/// Sets the largest datagram that is sent or taken on a session; over TCP, the largest message that is sent.
///
/// @param session  The session.
/// @param mtu      Its size in bytes.
#[no_mangle]
pub unsafe extern "C" fn coap_session_set_mtu(session: *mut coap_session_t, mtu: c_uint) {
    door((), || {
        // SAFETY: the application gives NULL or a session.
        unsafe { Session::from_ptr(session)? }.set_mtu(mtu as usize);
        Some(())
    })
}

/// Tells how large a message on a session may be.
///
/// @param session  The session.
///
/// Returns the most bytes that token, options and payload may have together; 0 for NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_session_max_pdu_size(session: *const coap_session_t) -> usize {
    // SAFETY: the application gives NULL or a session.
    door(0, || unsafe { Some(Session::from_ptr(session)?.max_pdu_size()) })
}

/// Makes a client session: the way to a server. A session over anything but UDP comes to its connection in the
/// background: events tell how that goes, and messages wait for it.
///
/// Over DTLS and TLS it uses the credentials that the context was given last, by any call; without any it takes every
/// server for the right one. A session with credentials of its own is made by coap_new_client_session_psk2() or
/// coap_new_client_session_pki().
///
/// @param ctx       The context.
/// @param local_if  The address to send from, or NULL for one that the kernel chooses.
/// @param server    The address of the server; port 0 is 5683, over DTLS and TLS 5684.
/// @param proto     The protocol: COAP_PROTO_UDP, COAP_PROTO_DTLS, COAP_PROTO_TCP or COAP_PROTO_TLS.
///
/// Returns the session, with one reference that is the caller's, or NULL if the protocol is not supported, memory is
/// short, the socket cannot be made or the handshake cannot begin (a log line says why).
#[no_mangle]
pub unsafe extern "C" fn coap_new_client_session(
    ctx: *mut coap_context_t,
    local_if: *const coap_address_t,
    server: *const coap_address_t,
    proto: coap_proto_t,
) -> *mut coap_session_t {
    door(null_mut(), || {
        // SAFETY: the application gives NULL or live objects.
        unsafe {
            let context = needed(Context::from_ptr(ctx), "ctx")?;
            let server = needed(server.as_ref(), "server")?;
            Some(client::connect(&context, local_if.as_ref(), server, proto)?.as_ptr())
        }
    })
}

/// Makes a client session with a pre-shared key: the short form of coap_new_client_session_psk2().
///
/// The texts and bytes stay the application's, and must outlive the session.
///
/// @param ctx       The context.
/// @param local_if  The address to send from, or NULL for one that the kernel chooses.
/// @param server    The address of the server; port 0 is the default port.
/// @param proto     The protocol.
/// @param identity  The name that the client gives itself, a C string; NULL for none.
/// @param key       The key that it shares with the server; NULL for none.
/// @param key_len   Its length in bytes; 0 for none.
///
/// Returns the session, with one reference that is the caller's, or NULL. A library without DTLS and TLS makes sessions
/// of other protocols, whatever the credentials.
#[no_mangle]
pub unsafe extern "C" fn coap_new_client_session_psk(
    ctx: *mut coap_context_t,
    local_if: *const coap_address_t,
    server: *const coap_address_t,
    proto: coap_proto_t,
    identity: *const c_char,
    key: *const u8,
    key_len: c_uint,
) -> *mut coap_session_t {
    door(null_mut(), || {
        // SAFETY: the application gives NULL or live objects, a C string, and `key_len` readable bytes.
        unsafe {
            let context = needed(Context::from_ptr(ctx), "ctx")?;
            let server = needed(server.as_ref(), "server")?;
            let key = memory::bytes(key, key_len as usize).unwrap_or(&[]);
            let setup = security::short_client_psk(memory::text(identity), key);
            Some(security::connect_psk(&context, local_if.as_ref(), server, proto, &setup)?.as_ptr())
        }
    })
}

/// Makes a client session with a pre-shared key. Over DTLS and TLS it takes no server that does not know the key,
/// whatever certificate that may have.
///
/// @param ctx         The context.
/// @param local_if    The address to send from, or NULL for one that the kernel chooses.
/// @param server      The address of the server; port 0 is the default port.
/// @param proto       The protocol. The credentials must be there whatever it is, in a library with DTLS and TLS.
/// @param setup_data  How the client uses pre-shared keys. The structure, the identity and the key are copied; what it
///                    points to besides stays the application's, and must outlive the session.
///
/// Returns the session, with one reference that is the caller's, or NULL. A library without DTLS and TLS makes sessions
/// of other protocols, whatever the credentials.
#[no_mangle]
pub unsafe extern "C" fn coap_new_client_session_psk2(
    ctx: *mut coap_context_t,
    local_if: *const coap_address_t,
    server: *const coap_address_t,
    proto: coap_proto_t,
    setup_data: *mut coap_dtls_cpsk_t,
) -> *mut coap_session_t {
    door(null_mut(), || {
        // SAFETY: the application gives NULL or live objects.
        unsafe {
            let context = needed(Context::from_ptr(ctx), "ctx")?;
            let server = needed(server.as_ref(), "server")?;
            let setup = needed(setup_data.as_ref(), "setup_data")?;
            Some(security::connect_psk(&context, local_if.as_ref(), server, proto, setup)?.as_ptr())
        }
    })
}

/// Makes a client session with certificates.
///
/// The server's certificate is judged as setup_data says, but its name is compared with nothing: validate_cn_call_back
/// can do that.
///
/// @param ctx         The context.
/// @param local_if    The address to send from, or NULL for one that the kernel chooses.
/// @param server      The address of the server; port 0 is the default port.
/// @param proto       The protocol.
/// @param setup_data  How the client uses certificates; its version must be COAP_DTLS_PKI_SETUP_VERSION. What it points
///                    to stays the application's, and must outlive the session.
///
/// Returns the session, with one reference that is the caller's, or NULL. A library without DTLS and TLS makes sessions
/// of other protocols, and does not look at setup_data.
#[no_mangle]
pub unsafe extern "C" fn coap_new_client_session_pki(
    ctx: *mut coap_context_t,
    local_if: *const coap_address_t,
    server: *const coap_address_t,
    proto: coap_proto_t,
    setup_data: *mut coap_dtls_pki_t,
) -> *mut coap_session_t {
    door(null_mut(), || {
        // SAFETY: the application gives NULL or live objects.
        unsafe {
            let context = needed(Context::from_ptr(ctx), "ctx")?;
            let server = needed(server.as_ref(), "server")?;
            Some(security::connect_pki(&context, local_if.as_ref(), server, proto, setup_data.as_ref())?.as_ptr())
        }
    })
}

/// Gives a server session another hint for its client to find the right key by.
///
/// @param session   The session.
/// @param psk_hint  The hint, which is copied; NULL for that of the context.
///
/// Returns 1, or 0 without memory; the session then has the hint of the context.
#[no_mangle]
pub unsafe extern "C" fn coap_session_refresh_psk_hint(
    session: *mut coap_session_t,
    psk_hint: *const coap_bin_const_t,
) -> c_int {
    // SAFETY: the application gives NULL or live objects.
    door(0, || unsafe { Some(int(security::refresh_hint(&*Session::from_ptr(session)?, psk_hint.as_ref()))) })
}

/// Gives a session another key. It counts from the next handshake on.
///
/// @param session  The session.
/// @param psk_key  The key, which is copied; NULL for that of the setup.
///
/// Returns 1, or 0 without memory; the session then has the key of the setup.
#[no_mangle]
pub unsafe extern "C" fn coap_session_refresh_psk_key(
    session: *mut coap_session_t,
    psk_key: *const coap_bin_const_t,
) -> c_int {
    // SAFETY: the application gives NULL or live objects.
    door(0, || unsafe { Some(int(security::refresh_key(&*Session::from_ptr(session)?, psk_key.as_ref()))) })
}

/// Makes a server session of the record that a client's first handshake message made. Only in the static library.
///
/// @param session  The record, of type COAP_SESSION_TYPE_HELLO.
/// @param now      The time, in ticks.
///
/// Returns the same session; or NULL if it is no such record, or if its handshake cannot begin: then it has ended.
#[no_mangle]
pub unsafe extern "C" fn coap_session_new_dtls_session(
    session: *mut coap_session_t,
    now: coap_tick_t,
) -> *mut coap_session_t {
    door(null_mut(), || {
        // SAFETY: the application gives NULL or a session.
        let session = unsafe { Session::from_ptr(session)? };
        secure::accept(&session, now).map(Session::as_ptr)
    })
}

/// Makes the endpoint that peers send to.
///
/// @param context      The context.
/// @param listen_addr  The address to bind; port 0 takes a free one.
/// @param proto        The protocol: COAP_PROTO_UDP, COAP_PROTO_DTLS, COAP_PROTO_TCP or COAP_PROTO_TLS. For DTLS and
///                     TLS the context must have been given credentials before.
///
/// Returns the endpoint, which belongs to the context, or NULL if the protocol is not supported, there are no
/// credentials, memory is short or the address cannot be bound (a log line says why).
#[no_mangle]
pub unsafe extern "C" fn coap_new_endpoint(
    context: *mut coap_context_t,
    listen_addr: *const coap_address_t,
    proto: coap_proto_t,
) -> *mut coap_endpoint_t {
    door(null_mut(), || {
        // SAFETY: the application gives NULL or live objects.
        unsafe {
            let context = needed(Context::from_ptr(context), "context")?;
            let listen = needed(listen_addr.as_ref(), "listen_addr")?;
            Some(Endpoint::open(&context, listen, proto)?.as_ptr())
        }
    })
}

/// Sets the MTU of the sessions that an endpoint makes from now on.
///
/// @param endpoint  The endpoint.
/// @param mtu       The largest datagram in bytes, at most 65535.
#[no_mangle]
pub unsafe extern "C" fn coap_endpoint_set_default_mtu(endpoint: *mut coap_endpoint_t, mtu: c_uint) {
    door((), || {
        // SAFETY: the application gives NULL or an endpoint.
        let endpoint = unsafe { Endpoint::from_ptr(endpoint)? };
        endpoint.default_mtu.set(mtu.min(u16::MAX.into()) as u16);
        Some(())
    })
}

/// Frees an endpoint and its sessions.
///
/// @param ep  The endpoint, or NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_free_endpoint(ep: *mut coap_endpoint_t) {
    door((), || {
        // SAFETY: the application gives NULL or an endpoint.
        unsafe { Endpoint::from_ptr(ep)? }.free();
        Some(())
    })
}

/// Accepts a connection that waits at an endpoint for TCP or TLS, and makes its session. The library does this by
/// itself.
///
/// @param ctx  The context.
/// @param ep   The endpoint.
///
/// Returns the session, or NULL if no connection waits, memory or descriptors are short, or it has ended at once (the
/// event handler has been told).
#[no_mangle]
pub unsafe extern "C" fn coap_new_server_session(
    ctx: *mut coap_context_t,
    ep: *mut coap_endpoint_t,
) -> *mut coap_session_t {
    door(null_mut(), || {
        // SAFETY: the application gives NULL or live objects.
        unsafe { Some(Endpoint::from_ptr(ep)?.accept(&*Context::from_ptr(ctx)?)?.as_ptr()) }
    })
}

/// Finds the session of the peer that sent a packet, or makes it.
///
/// @param endpoint  The endpoint that the packet arrived on.
/// @param packet    The packet.
/// @param now       The time, in ticks.
///
/// Returns the session, or NULL without memory.
#[no_mangle]
pub unsafe extern "C" fn coap_endpoint_get_session(
    endpoint: *mut coap_endpoint_t,
    packet: *const coap_packet_t,
    now: coap_tick_t,
) -> *mut coap_session_t {
    door(null_mut(), || {
        // SAFETY: the application gives NULL or live objects.
        unsafe { Some(Endpoint::from_ptr(endpoint)?.session_for(packet.as_ref()?, now)?.as_ptr()) }
    })
}

/// Finds the session with a peer.
///
/// @param ctx          The context.
/// @param remote_addr  The address of the peer.
/// @param ifindex      The interface of the session; 0 for client sessions.
///
/// Returns the first such session, or NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_session_get_by_peer(
    ctx: *mut coap_context_t,
    remote_addr: *const coap_address_t,
    ifindex: c_int,
) -> *mut coap_session_t {
    door(null_mut(), || {
        // SAFETY: the application gives NULL or live objects.
        unsafe { Some(Context::from_ptr(ctx)?.session_of(remote_addr.as_ref()?, ifindex)?.as_ptr()) }
    })
}

/// Describes a session for a log line: local and remote address, interface, protocol.
///
/// @param session  The session.
///
/// Returns a text that is overwritten by the next call of the same thread; empty for NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_session_str(session: *const coap_session_t) -> *const c_char {
    door(c"".as_ptr(), || {
        // SAFETY: the application gives NULL or a session.
        let session = unsafe { Session::from_ptr(session)? };
        Some(address_text::session(&session.c.addr_info.get(), session.c.ifindex.get(), session.c.proto.get()))
    })
}

/// Describes an endpoint for a log line: its address and protocol.
///
/// @param endpoint  The endpoint.
///
/// Returns a text that is overwritten by the next call of the same thread; empty for NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_endpoint_str(endpoint: *const coap_endpoint_t) -> *const c_char {
    door(c"".as_ptr(), || {
        // SAFETY: the application gives NULL or an endpoint.
        let endpoint = unsafe { Endpoint::from_ptr(endpoint)? };
        Some(address_text::endpoint(&endpoint.bind_addr, endpoint.proto))
    })
}

/// Ends a session that nobody refers to. Applications use coap_session_release().
///
/// @param session  The session. Nothing happens if it is NULL or there are references to it.
#[no_mangle]
pub unsafe extern "C" fn coap_session_free(session: *mut coap_session_t) {
    door((), || {
        // SAFETY: the application gives NULL or a session.
        unsafe { Session::from_ptr(session)? }.free();
        Some(())
    })
}

/// Ends all that belongs to a session that nobody refers to, but not the session itself: it stays in its list as an
/// empty shell, until coap_session_free(). Only in the static library.
///
/// @param session  The session. Nothing happens if it is NULL or there are references to it.
#[no_mangle]
pub unsafe extern "C" fn coap_session_mfree(session: *mut coap_session_t) {
    door((), || {
        // SAFETY: the application gives NULL or a session.
        unsafe { Session::from_ptr(session)? }.empty();
        Some(())
    })
}

/// Sends one datagram of the application's own making on a session.
///
/// @param session  The session.
/// @param data     The datagram.
/// @param datalen  Its length in bytes.
///
/// Returns what the network_send function of the context returns: the number of bytes, or less than 0 on an error.
#[no_mangle]
pub unsafe extern "C" fn coap_session_send(session: *mut coap_session_t, data: *const u8, datalen: usize) -> isize {
    door(-1, || {
        // SAFETY: the application gives NULL or a session and `datalen` readable bytes.
        unsafe {
            let session = Session::from_ptr(session)?;
            memory::bytes(data, datalen)?;
            Some(send::transmit_bytes(&*session.context()?, &session, data, datalen))
        }
    })
}

/// Writes bytes of the application's own making to the connection of a session over TCP or TLS. Over TLS they are
/// encrypted as those of the library's messages are.
///
/// @param session  The session.
/// @param data     The bytes.
/// @param datalen  How many there are.
///
/// Returns the number of bytes that were written, 0 if there is no room for any at the moment, or -1 on an error.
#[no_mangle]
pub unsafe extern "C" fn coap_session_write(session: *mut coap_session_t, data: *const u8, datalen: usize) -> isize {
    door(-1, || {
        // SAFETY: the application gives NULL or a session and `datalen` readable bytes.
        unsafe {
            let session = Session::from_ptr(session)?;
            let data = memory::bytes(data, datalen)?;
            Some(stream::write(&*session.context()?, &session, data.as_ptr(), data.len()))
        }
    })
}

/// Sends a message whose header is encoded (coap_pdu_encode_header), at once. It is neither queued nor freed.
///
/// @param session  The session.
/// @param pdu      The message, which stays the caller's.
///
/// Returns the number of bytes sent, or less than 0 on an error.
#[no_mangle]
pub unsafe extern "C" fn coap_session_send_pdu(session: *mut coap_session_t, pdu: *mut coap_pdu_t) -> isize {
    door(-1, || {
        // SAFETY: the application gives NULL or live objects.
        unsafe {
            let session = Session::from_ptr(session)?;
            Some(send::transmit(&*session.context()?, &session, pdu.as_ref()?))
        }
    })
}

/// Puts a message into the delay queue of a session, to be sent when the session is ready for it.
///
/// @param session  The session.
/// @param pdu      The message.
/// @param node     The node that holds the message if it was sent before, or NULL.
///
/// Returns COAP_PDU_DELAYED, and the message is the library's; or -1, and it is still the caller's.
#[no_mangle]
pub unsafe extern "C" fn coap_session_delay_pdu(
    session: *mut coap_session_t,
    pdu: *mut coap_pdu_t,
    node: *mut coap_queue_t,
) -> isize {
    door(-1, || {
        // SAFETY: the application gives NULL or live objects.
        unsafe {
            let session = Session::from_ptr(session)?;
            match NonNull::new(node) {
                Some(node) => Some(send::delay_node(&session, node)),
                None => Some(send::delay_pdu(&session, NonNull::new(pdu)?)),
            }
        }
    })
}

/// Sets how often a confirmable message is sent again before it is given up (MAX_RETRANSMIT, RFC 7252 section 4.8).
///
/// @param session  The session.
/// @param value    The number; 0 changes nothing.
#[no_mangle]
pub unsafe extern "C" fn coap_session_set_max_retransmit(session: *mut coap_session_t, value: c_uint) {
    door((), || {
        // SAFETY: the application gives NULL or a session.
        unsafe { Session::from_ptr(session)? }.set_max_retransmit(value);
        Some(())
    })
}

/// Sets the time-out of the first transmission of a confirmable message (ACK_TIMEOUT, RFC 7252 section 4.8).
///
/// @param session  The session.
/// @param value    The time in seconds; less than 1.000 changes nothing.
#[no_mangle]
pub unsafe extern "C" fn coap_session_set_ack_timeout(session: *mut coap_session_t, value: coap_fixed_point_t) {
    door((), || {
        // SAFETY: the application gives NULL or a session.
        unsafe { Session::from_ptr(session)? }.set_ack_timeout(value);
        Some(())
    })
}

/// Sets how far the first time-out is spread at random (ACK_RANDOM_FACTOR, RFC 7252 section 4.8).
///
/// @param session  The session.
/// @param value    The factor; less than 1.000 changes nothing.
#[no_mangle]
pub unsafe extern "C" fn coap_session_set_ack_random_factor(session: *mut coap_session_t, value: coap_fixed_point_t) {
    door((), || {
        // SAFETY: the application gives NULL or a session.
        unsafe { Session::from_ptr(session)? }.set_ack_random_factor(value);
        Some(())
    })
}

/// Tells how often a confirmable message is sent again before it is given up.
///
/// @param session  The session.
///
/// Returns the number; 0 for NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_session_get_max_transmit(session: *mut coap_session_t) -> c_uint {
    // SAFETY: the application gives NULL or a session.
    door(0, || unsafe { Some(Session::from_ptr(session)?.c.max_retransmit.get()) })
}

/// Tells the time-out of the first transmission of a confirmable message.
///
/// @param session  The session.
///
/// Returns the time in seconds; 0.000 for NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_session_get_ack_timeout(session: *mut coap_session_t) -> coap_fixed_point_t {
    // SAFETY: the application gives NULL or a session.
    door(ZERO, || unsafe { Some(Session::from_ptr(session)?.c.ack_timeout.get()) })
}

/// Tells how far the first time-out is spread at random.
///
/// @param session  The session.
///
/// Returns the factor; 0.000 for NULL.
#[no_mangle]
pub unsafe extern "C" fn coap_session_get_ack_random_factor(session: *mut coap_session_t) -> coap_fixed_point_t {
    // SAFETY: the application gives NULL or a session.
    door(ZERO, || unsafe { Some(Session::from_ptr(session)?.c.ack_random_factor.get()) })
}

const ZERO: coap_fixed_point_t = coap_fixed_point_t { integer_part: 0, fractional_part: 0 };

/// Pings the peer of a session: over UDP with an empty confirmable message, which it answers by a reset; over TCP with
/// a Ping (RFC 8323 section 5.4), which it answers by a Pong.
///
/// @param session  The session.
///
/// Returns the message id (0 over TCP), or COAP_INVALID_MID on failure.
#[no_mangle]
pub unsafe extern "C" fn coap_session_send_ping(session: *mut coap_session_t) -> coap_mid_t {
    // SAFETY: the application gives NULL or a session.
    door(COAP_INVALID_MID, || unsafe { Some(send::ping(&*Session::from_ptr(session)?)) })
}

/// Sets the number that the tokens of a session are counted up from.
///
/// @param session  The session.
/// @param length   Length of `token` in bytes; of more than 8, the last 8 count.
/// @param token    The number, most significant byte first.
#[no_mangle]
pub unsafe extern "C" fn coap_session_init_token(session: *mut coap_session_t, length: usize, token: *const u8) {
    door((), || {
        // SAFETY: the application gives NULL or a session and `length` readable bytes.
        unsafe { Session::from_ptr(session)?.init_token(memory::bytes(token, length)?) };
        Some(())
    })
}

/// Makes the next token of a session.
///
/// @param session  The session.
/// @param length   Set to the length of the token, 0 to 8 bytes.
/// @param token    Room for 8 bytes; the token is put there.
#[no_mangle]
pub unsafe extern "C" fn coap_session_new_token(session: *mut coap_session_t, length: *mut usize, token: *mut u8) {
    door((), || {
        // SAFETY: the application gives NULL or a session, a length and room for 8 bytes.
        unsafe {
            let (session, length) = (Session::from_ptr(session)?, length.as_mut()?);
            *length = session.new_token(token.cast::<[u8; 8]>().as_mut()?);
        }
        Some(())
    })
}
