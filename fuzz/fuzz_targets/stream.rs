//! Bytes over TCP, in segments of any length, at a server and at a client (X19 to X21): nothing breaks, nothing leaks,
//! and what the library sends is a stream of well-formed messages.
#![no_main]

use coap2::abi::*;
use coap2::base::address::Peer;
use coap2::capi::{block::*, coap_session::*, net::*, resource::*, str::*, subscribe::*};
use coap2::exchange::Endpoint;
use coap2::message::pdu::OwnedPdu;
use core::ffi::c_int;
use core::ptr::null;
use libcoap_2_fuzz::{encoded, silent_log, Message};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};

#[derive(Arbitrary, Debug)]
struct Case {
    /// The library is the client.
    client: bool,
    /// The peer begins with a CSM.
    polite: bool,
    mode: u8,
    steps: Vec<Step>,
}

#[derive(Arbitrary, Debug)]
enum Step {
    /// A message, with its frame; a request goes to the resource, a response has the token of a request of ours.
    Message(Message),
    /// A request for the resource, with a Block or Observe option or none.
    Ask(u8, Option<u8>, Message),
    Bytes(Vec<u8>),
    /// What is to be sent is sent up to here.
    Cut(u16),
    /// The application sends a message.
    Send(Message),
    /// The resource has changed.
    Notify,
    Disconnect,
    Close,
}

const CSM: [u8; 7] = [0x50, 0xe1, 0x23, 0x80, 0x01, 0x00, 0x20];

fuzz_target!(|case: Case| {
    silent_log();
    // SAFETY: all objects are made here, and used as the headers say.
    unsafe { run(case) }
});

/// A message with the frame of RFC 8323.
fn framed(message: &Message) -> Vec<u8> {
    let token = &message.token[..message.token.len().min(8)];
    let mut rest = encoded(&message.sorted());
    if let Some(payload) = message.payload.as_ref().filter(|payload| !payload.is_empty()) {
        rest.push(0xff);
        rest.extend(payload);
    }
    let (nibble, extended) = match rest.len() {
        length @ 0..=12 => (length as u8, vec![]),
        length @ 13..=268 => (13, vec![(length - 13) as u8]),
        length => (14, ((length - 269) as u16).to_be_bytes().to_vec()),
    };
    let mut bytes = vec![nibble << 4 | token.len() as u8];
    bytes.extend(extended);
    bytes.push(message.code.byte());
    bytes.extend(token);
    bytes.extend(rest);
    bytes
}

/// What has come, and must be messages, one after the other.
fn look_at(stream: &mut TcpStream, received: &mut Vec<u8>) {
    let mut piece = [0; 4096];
    loop {
        match stream.read(&mut piece) {
            Ok(0) => break,
            Ok(got) => received.extend(&piece[..got]),
            Err(error) if error.kind() == ErrorKind::Interrupted => (),
            Err(_) => break,
        }
    }
    while let Some(&first) = received.first() {
        let extended = [0, 1, 2, 4][usize::from((first >> 4).saturating_sub(12))];
        let Some(bytes) = received.get(1..1 + extended) else { break };
        let value = bytes.iter().fold(0, |sum: usize, &byte| sum << 8 | usize::from(byte));
        let length = [usize::from(first >> 4), 13 + value, 269 + value, 65805 + value][extended.min(2) + extended / 4];
        let whole = 2 + extended + usize::from(first & 15) + length;
        if received.len() < whole {
            break;
        }
        let pdu = OwnedPdu::new(0, 0, 0, 0).unwrap();
        assert!(pdu.parse(COAP_PROTO_TCP, &received[..whole]), "{:02x?}", &received[..whole]);
        received.drain(..whole);
    }
}

unsafe fn run(case: Case) {
    // SAFETY: see above.
    unsafe {
        let context = coap_new_context(null());
        coap_context_set_block_mode(context, [0, 1, 3][usize::from(case.mode) % 3]);
        (*context).response_handler.set(Some(on_response));
        let resource = coap_resource_init(coap_make_str_const(c"r".as_ptr()), 0);
        for method in 1..=7 {
            coap_register_handler(resource, as_enum(method), Some(handler));
        }
        coap_resource_set_get_observable(resource, 1);
        coap_add_resource(context, resource);

        let mut client = core::ptr::null_mut();
        let mut peer = if case.client {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let to = coap_address_t::from_peer(Peer::V4([127, 0, 0, 1], listener.local_addr().unwrap().port()));
            client = coap_new_client_session(context, null(), &to, COAP_PROTO_TCP);
            coap_io_process(context, 1);
            listener.accept().unwrap().0
        } else {
            let address = coap_address_t::from_peer(Peer::V4([127, 0, 0, 1], 0));
            let endpoint = coap_new_endpoint(context, &address, COAP_PROTO_TCP);
            let port = Endpoint::from_ptr(endpoint).unwrap().bind_addr.port();
            TcpStream::connect(("127.0.0.1", port)).unwrap()
        };
        peer.set_nodelay(true).unwrap();
        peer.set_nonblocking(true).unwrap();
        let mut waiting = if case.polite { CSM.to_vec() } else { vec![] };
        let mut received = vec![];
        for step in case.steps.into_iter().take(64) {
            match step {
                Step::Message(message) => waiting.extend(framed(&message)),
                Step::Ask(code, option, mut message) => {
                    message.code = libcoap_2_fuzz::Code::Method(1 + code % 7);
                    message.options.push((libcoap_2_fuzz::Number::Any(COAP_OPTION_URI_PATH), vec![b'r']));
                    if let Some(value) = option {
                        let number =
                            [COAP_OPTION_OBSERVE, COAP_OPTION_BLOCK1, COAP_OPTION_BLOCK2][usize::from(code % 3)];
                        message.options.push((libcoap_2_fuzz::Number::Any(number), vec![value]));
                    }
                    waiting.extend(framed(&message));
                }
                Step::Bytes(bytes) => waiting.extend(bytes),
                Step::Cut(at) => {
                    let at = usize::from(at).min(waiting.len());
                    // The connection may have ended, or take no more.
                    let _ = peer.write(&waiting[..at]);
                    waiting.drain(..at);
                    coap_io_process(context, COAP_IO_NO_WAIT);
                }
                Step::Send(message) => {
                    let pdu = OwnedPdu::new(0, 0, 0, 0).unwrap();
                    if !client.is_null() && pdu.parse(COAP_PROTO_UDP, &message.datagram()) {
                        coap_send_large(client, pdu.into_raw());
                    }
                }
                Step::Notify => _ = coap_resource_notify_observers(resource, null()),
                Step::Disconnect => coap_session_disconnected(client, as_enum(1)),
                Step::Close => drop(peer.shutdown(std::net::Shutdown::Write)),
            }
            look_at(&mut peer, &mut received);
        }
        let _ = peer.write(&waiting);
        coap_io_process(context, COAP_IO_NO_WAIT);
        coap_io_process(context, COAP_IO_NO_WAIT);
        look_at(&mut peer, &mut received);
        coap_free_context(context);
    }
}

unsafe extern "C" fn on_response(
    _: *mut coap_context_t,
    _: *mut coap_session_t,
    _: *mut coap_pdu_t,
    received: *mut coap_pdu_t,
    _: coap_mid_t,
) -> c_int {
    // SAFETY: the library gives live objects.
    unsafe {
        if let Some(data) = (*received).data_large() {
            assert!(data.offset + data.bytes.len() <= data.total);
        }
        (*received).code.get().into()
    }
}

unsafe extern "C" fn handler(
    _: *mut coap_context_t,
    resource: *mut coap_resource_t,
    session: *mut coap_session_t,
    request: *mut coap_pdu_t,
    token: *mut coap_binary_t,
    _: *mut coap_string_t,
    response: *mut coap_pdu_t,
) {
    static BODY: [u8; 3000] = [b'x'; 3000];
    // SAFETY: the library gives live objects; the body lives for ever.
    unsafe {
        coap_add_data_blocked_response(resource, session, request, response, token, 0, -1, BODY.len(), BODY.as_ptr());
    }
}
