//! Datagrams at a server with resources of each kind, observed and changing, in each block mode (X1): nothing breaks,
//! nothing leaks, and what it sends is well-formed.
#![no_main]

use coap2::abi::*;
use coap2::base::address::Peer;
use coap2::capi::{block::*, coap_cache::*, coap_session::*, net::*, resource::*, str::*, subscribe::*};
use coap2::exchange::Endpoint;
use coap2::message::pdu::OwnedPdu;
use core::ffi::{c_int, c_void, CStr};
use core::ptr::null;
use libcoap_2_fuzz::{silent_log, Message};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use std::cell::RefCell;
use std::net::UdpSocket;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

#[derive(Arbitrary, Debug)]
struct Case {
    mode: u8,
    steps: Vec<Step>,
}

#[derive(Arbitrary, Debug)]
enum Step {
    /// To one of the resources, so that handlers are reached.
    To(u8, Message),
    /// A block of an upload: resource, number, more, size, length.
    Block(u8, u8, bool, u8, u16, Message),
    Message(Message),
    Bytes(Vec<u8>),
    /// By `coap_handle_dgram`, on a client session.
    Direct(Message),
    /// Registers for observation, or ends that, with one of a few tokens.
    Observe(u8, u8, Option<bool>),
    /// Observed resources have changed, or the first deletes itself while it notifies.
    Notify(u8, bool),
    /// The peer acknowledges or resets something that the server has sent.
    Reply(bool, u8),
    /// The same datagram again.
    Again,
    /// The server's application sends a message of its own on the client session.
    Send(Message),
    /// Acknowledges or resets what was sent before.
    Answer(bool, u8, Vec<u8>),
    /// Time goes by, in steps of 100 milliseconds.
    Wait(u16),
}

/// Made-up milliseconds on top of the real time.
static LATER: AtomicU64 = AtomicU64::new(0);

/// The library's clock: this definition comes before that of the C library.
#[no_mangle]
unsafe extern "C" fn clock_gettime(clock: libc::clockid_t, now: *mut libc::timespec) -> c_int {
    // SAFETY: the caller's memory.
    unsafe {
        let result = libc::syscall(libc::SYS_clock_gettime, clock, now) as c_int;
        if result == 0 && clock == libc::CLOCK_REALTIME {
            (*now).tv_sec += (LATER.load(Relaxed) / 1000) as libc::time_t;
        }
        result
    }
}

thread_local! {
    /// The message ids that the server has sent to its peer.
    static SENT: RefCell<Vec<[u8; 2]>> = const { RefCell::new(Vec::new()) };
}

const PATHS: [&CStr; 6] = [c"large", c"cache", c"blocked", c"small", c"self", c".well-known/core"];

fuzz_target!(|case: Case| {
    silent_log();
    // SAFETY: all objects are made here, and used as the headers say.
    unsafe { serve(case) }
});

unsafe fn serve(case: Case) {
    unsafe {
        let context = coap_new_context(null());
        let address = coap_address_t::from_peer(Peer::V4([127, 0, 0, 1], 0));
        let endpoint = coap_new_endpoint(context, &address, COAP_PROTO_UDP);
        let server = Endpoint::from_ptr(endpoint).unwrap().bind_addr;
        let client = coap_new_client_session(context, null(), &server, COAP_PROTO_UDP);
        (*context).network_send.set(Some(sent));
        coap_context_set_block_mode(context, [0, 1, 3][usize::from(case.mode) % 3]);
        let ignored = [COAP_OPTION_BLOCK1, COAP_OPTION_BLOCK2];
        assert_eq!(coap_cache_ignore_options(context, ignored.as_ptr(), ignored.len()), 1);
        for path in &PATHS[..5] {
            let resource = coap_resource_init(coap_make_str_const(path.as_ptr()), 0);
            for method in 1..=7 {
                coap_register_handler(resource, as_enum(method), Some(handler));
            }
            coap_resource_set_get_observable(resource, 1);
            coap_add_resource(context, resource);
        }
        let unknown = coap_resource_unknown_init(Some(handler));
        coap_add_resource(context, unknown);

        let peer = UdpSocket::bind("127.0.0.1:0").unwrap();
        peer.connect(("127.0.0.1", server.port())).unwrap();
        let (mut last, mut mids) = (vec![], vec![]);
        for step in case.steps.into_iter().take(64) {
            match step {
                Step::To(path, message) => last = to(path, message).datagram(),
                Step::Block(path, number, more, szx, length, message) => {
                    let mut message = to(path, message);
                    let block = [number >> 4, number << 4 | u8::from(more) << 3 | szx & 7];
                    message.options.push((libcoap_2_fuzz::Number::Any(COAP_OPTION_BLOCK1), block.to_vec()));
                    message.payload = Some(vec![number; usize::from(length % 1100)]);
                    last = message.datagram();
                }
                Step::Message(message) => last = message.datagram(),
                Step::Bytes(bytes) => last = bytes,
                Step::Direct(message) => {
                    let mut bytes = message.datagram().into_boxed_slice();
                    coap_handle_dgram(context, client, bytes.as_mut_ptr(), bytes.len());
                    continue;
                }
                Step::Observe(path, token, value) => {
                    let mut options = vec![(libcoap_2_fuzz::Number::Any(COAP_OPTION_OBSERVE), vec![])];
                    options[0].1.extend(value.map(u8::from));
                    let token = vec![token % 4; usize::from(token % 3)];
                    let (r#type, code) = (token.len() as u8 % 2, libcoap_2_fuzz::Code::Method(1));
                    let message = Message { r#type, code, mid: path.into(), token, options, payload: None };
                    last = to(path, message).datagram();
                }
                Step::Notify(path, whole) => {
                    let path = PATHS[usize::from(path) % 5];
                    let resource = coap_get_resource_from_uri_path(context, coap_make_str_const(path.as_ptr()));
                    let query = coap_string_t { length: 1, s: c"q".as_ptr().cast_mut().cast() };
                    coap_resource_notify_observers(resource, if whole { core::ptr::null() } else { &query });
                    coap_io_process(context, 1);
                    continue;
                }
                Step::Reply(reset, which) => {
                    let mids = SENT.take();
                    let Some(mid) = mids.get(usize::from(which)) else { continue };
                    last = vec![if reset { 0x70 } else { 0x60 }, 0, mid[0], mid[1]];
                }
                Step::Again => (),
                Step::Send(message) => {
                    let pdu = OwnedPdu::new(0, 0, 0, 0).unwrap();
                    if pdu.parse(COAP_PROTO_UDP, &message.datagram()) {
                        mids.push(coap_send(client, pdu.into_raw()) as u16);
                    }
                    continue;
                }
                Step::Answer(reset, which, mut bytes) => {
                    let Some(mid) = mids.get(usize::from(which)) else { continue };
                    let mut answer = vec![if reset { 0x70 } else { 0x60 }, 0];
                    answer.extend(mid.to_be_bytes());
                    // An empty message, or a response without token.
                    if let Some(code) = bytes.first() {
                        answer[1] = *code;
                        answer.extend(bytes.drain(1..));
                    }
                    let mut answer = answer.into_boxed_slice();
                    coap_handle_dgram(context, client, answer.as_mut_ptr(), answer.len());
                    continue;
                }
                Step::Wait(time) => {
                    LATER.fetch_add(u64::from(time) * 100, Relaxed);
                    coap_io_process(context, 1);
                    continue;
                }
            }
            // Datagrams above the limit of the loopback device are not sent.
            if peer.send(&last).is_ok() {
                coap_io_process(context, 1);
            }
        }
        coap_session_release(client);
        coap_free_context(context);
        LATER.store(0, Relaxed);
        SENT.take();
    }
}

fn to(path: u8, mut message: Message) -> Message {
    let path = PATHS[usize::from(path) % PATHS.len()].to_bytes();
    message.options.retain(|(number, _)| number.get() != COAP_OPTION_URI_PATH);
    for segment in path.split(|&byte| byte == b'/') {
        message.options.push((libcoap_2_fuzz::Number::Any(COAP_OPTION_URI_PATH), segment.to_vec()));
    }
    message
}

/// What is sent has to be a message, and gets nowhere.
unsafe extern "C" fn sent(
    _: *mut coap_socket_t,
    session: *const coap_session_t,
    data: *const u8,
    length: usize,
) -> isize {
    // SAFETY: the library gives a live session and `length` bytes.
    unsafe {
        let bytes = core::slice::from_raw_parts(data, length);
        let pdu = OwnedPdu::new(0, 0, 0, 0).unwrap();
        assert!(pdu.parse(COAP_PROTO_UDP, bytes), "{bytes:02x?}");
        assert!(length <= coap_session_max_pdu_size(session) + 4, "{length}");
        SENT.with_borrow_mut(|mids| mids.push([bytes[2], bytes[3]]));
    }
    length as isize
}

unsafe extern "C" fn release(_: *mut coap_session_t, data: *mut c_void) {
    // SAFETY: made by `handler` with malloc.
    unsafe { libc::free(data) }
}

unsafe extern "C" fn free(data: *mut c_void) {
    // SAFETY: made by `handler` with malloc.
    unsafe { libc::free(data) }
}

unsafe extern "C" fn handler(
    context: *mut coap_context_t,
    resource: *mut coap_resource_t,
    session: *mut coap_session_t,
    request: *mut coap_pdu_t,
    token: *mut coap_binary_t,
    query: *mut coap_string_t,
    response: *mut coap_pdu_t,
) {
    // SAFETY: the library gives live objects; the application's data is from malloc.
    unsafe {
        let data = request.as_ref().and_then(|request| request.data_large()).map_or(&[][..], |data| data.bytes);
        let length = if request.is_null() { 3000 } else { 0 };
        let length = length + data.iter().fold(0, |sum: usize, &byte| sum + usize::from(byte)) % 5000;
        let name = coap_resource_get_uri_path(resource);
        let name = match name.is_null() || (*name).length == 0 {
            true => &b"unknown"[..],
            false => core::slice::from_raw_parts((*name).s, (*name).length),
        };
        (*response).code.set(0x45);
        match name {
            b"large" => {
                let body = libc::malloc(length.max(1)).cast::<u8>();
                body.write_bytes(b'x', length);
                coap_add_data_large_response(
                    resource,
                    session,
                    request,
                    response,
                    token,
                    query,
                    0,
                    30,
                    0,
                    length,
                    body,
                    Some(release),
                    body.cast(),
                );
            }
            b"cache" if !request.is_null() => {
                let based = as_enum((*request).code.get() as u32 & 1);
                let entry = match coap_cache_get_by_pdu(session, request, based) {
                    entry if entry.is_null() => {
                        coap_new_cache_entry(session, request, as_enum(1), based, length as u32)
                    }
                    entry => entry,
                };
                let pdu = coap_cache_get_pdu(entry);
                if let Some(data) = (pdu.as_ref()).and_then(|pdu| pdu.data_large()) {
                    core::hint::black_box(data.bytes.to_vec());
                }
                if coap_cache_get_app_data(entry).is_null() {
                    coap_cache_set_app_data(entry, libc::malloc(8), Some(free));
                }
                if (*request).code.get() == 4 {
                    coap_delete_cache_entry(context, entry);
                }
            }
            b"blocked" => {
                let body = vec![b'y'; length];
                coap_add_data_blocked_response(
                    resource,
                    session,
                    request,
                    response,
                    token,
                    0,
                    -1 as c_int,
                    length,
                    body.as_ptr(),
                );
            }
            b"small" => drop((*response).add_data(&data[..data.len().min(600)])),
            // The resource ends while it is at work, and another one takes its place.
            b"self" => {
                coap_delete_resource(context, resource);
                let resource = coap_resource_init(coap_make_str_const(c"self".as_ptr()), 0);
                coap_register_handler(resource, as_enum(1), Some(handler));
                coap_register_handler(resource, as_enum(3), Some(handler));
                coap_add_resource(context, resource);
            }
            _ => (*response).code.set(0x84),
        }
    }
}
