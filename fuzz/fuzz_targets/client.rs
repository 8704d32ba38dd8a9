//! A client that asks, uploads, observes, in each block mode, and a server that answers it as it likes (X1, X12, X35):
//! nothing breaks, nothing leaks, each body comes back, and what the client sends is well-formed.
#![no_main]

use coap2::abi::*;
use coap2::base::address::Peer;
use coap2::capi::{block::*, coap_session::*, net::*};
use coap2::message::pdu::OwnedPdu;
use core::ffi::{c_int, c_void};
use core::mem::MaybeUninit;
use core::ptr::{null, null_mut};
use libcoap_2_fuzz::{silent_log, Message, Number};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

#[derive(Arbitrary, Debug)]
struct Case {
    mode: u8,
    /// What the handlers do, one after the other.
    deeds: Vec<u8>,
    steps: Vec<Step>,
}

#[derive(Arbitrary, Debug)]
enum Step {
    /// A request, by `coap_send` or `coap_send_large`, with a body of this length or without.
    Ask(bool, Option<u16>, Message),
    /// An answer to one of the last requests: as a type, with a Block1 and a Block2 option, or with those that were
    /// asked for, perhaps with M.
    Answer(u8, u8, Option<u16>, Option<u16>, Message),
    /// The next block that was asked for, or the fragment taken, as it should be.
    Proper(u8, bool, u8),
    Message(Message),
    Bytes(Vec<u8>),
    Again,
    /// An empty message with the id of one of the last requests: ACK or RST.
    Empty(bool, u8),
    /// Ends the observation with the token of one of the last requests.
    Cancel(u8, u8),
    Disconnect(u8),
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
    /// The messages that the client has sent.
    static SENT: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
    /// What the handlers are still to do.
    static DEEDS: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Bodies that the library has, and has not given back.
static BODIES: AtomicU64 = AtomicU64::new(0);

fuzz_target!(|case: Case| {
    silent_log();
    // SAFETY: all objects are made here, and used as the headers say.
    unsafe { run(case) }
});

unsafe fn run(case: Case) {
    unsafe {
        let context = coap_new_context(null());
        let server = coap_address_t::from_peer(Peer::V4([127, 0, 0, 1], 9));
        (*context).network_send.set(Some(sent));
        (*context).response_handler.set(Some(on_response));
        (*context).nack_handler.set(Some(on_nack));
        coap_context_set_block_mode(context, [0, 1, 3, 3][usize::from(case.mode) % 4]);
        let client = coap_new_client_session(context, null(), &server, COAP_PROTO_UDP);
        DEEDS.set(case.deeds);
        let mut last = vec![];
        for step in case.steps.into_iter().take(64) {
            match step {
                Step::Ask(large, body, message) => {
                    let pdu = OwnedPdu::new(0, 0, 0, coap_session_max_pdu_size(client)).unwrap();
                    let mut message = message;
                    message.r#type &= 1;
                    if large {
                        message.payload = None;
                        message.code = libcoap_2_fuzz::Code::Method(1 + message.code.byte() % 7);
                    }
                    if !pdu.parse(COAP_PROTO_UDP, &message.datagram()) {
                        continue;
                    }
                    let pdu = pdu.into_raw();
                    if let (true, Some(length)) = (large, body) {
                        let body = libc::malloc(usize::from(length).max(1)).cast::<u8>();
                        body.write_bytes(b'u', length.into());
                        BODIES.fetch_add(1, Relaxed);
                        coap_add_data_large_request(client, pdu, length.into(), body, Some(release), body.cast());
                    }
                    match large {
                        true => coap_send_large(client, pdu),
                        false => coap_send(client, pdu),
                    };
                    continue;
                }
                Step::Answer(which, r#type, block1, block2, mut message) => {
                    let Some(question) = question(which) else { continue };
                    message.r#type = r#type;
                    for (number, block) in [(COAP_OPTION_BLOCK1, block1), (COAP_OPTION_BLOCK2, block2)] {
                        if let Some(block) = block {
                            message.options.push((Number::Any(number), block.to_be_bytes().to_vec()));
                        }
                    }
                    last = answer(&question, message);
                }
                Step::Proper(which, more, etag) => {
                    let Some(question) = question(which) else { continue };
                    last = proper_answer(&question, more, etag);
                }
                Step::Message(message) => last = message.datagram(),
                Step::Bytes(bytes) => last = bytes,
                Step::Again => (),
                Step::Empty(reset, which) => {
                    let Some(question) = question(which) else { continue };
                    last = vec![if reset { 0x70 } else { 0x60 }, 0, question[2], question[3]];
                }
                Step::Cancel(which, r#type) => {
                    let Some(question) = question(which) else { continue };
                    let mut token = token_of(&question).to_vec();
                    let mut token = coap_binary_t { length: token.len(), s: token.as_mut_ptr() };
                    coap_cancel_observe(client, &mut token, r#type);
                    continue;
                }
                Step::Disconnect(reason) => {
                    coap_session_disconnected(client, as_enum(u32::from(reason) % 5));
                    continue;
                }
                Step::Wait(time) => {
                    LATER.fetch_add(u64::from(time) * 100, Relaxed);
                    coap_io_process(context, COAP_IO_NO_WAIT);
                    continue;
                }
            }
            let mut bytes = last.clone().into_boxed_slice();
            coap_handle_dgram(context, client, bytes.as_mut_ptr(), bytes.len());
        }
        coap_session_release(client);
        coap_free_context(context);
        assert_eq!(BODIES.load(Relaxed), 0);
        LATER.store(0, Relaxed);
        SENT.take();
    }
}

/// One of the last messages that the client has sent.
fn question(which: u8) -> Option<Vec<u8>> {
    SENT.with_borrow(|sent| sent.iter().rev().nth(usize::from(which % 8)).cloned())
}

fn token_of(message: &[u8]) -> &[u8] {
    &message[4..][..usize::from(message[0] & 15)]
}

/// A message with the token of a request, and with its id where it is an ACK.
fn answer(question: &[u8], mut message: Message) -> Vec<u8> {
    message.token = token_of(question).to_vec();
    if message.r#type & 3 == COAP_MESSAGE_ACK {
        message.mid = u16::from_be_bytes([question[2], question[3]]);
    }
    message.datagram()
}

/// The answer that a server would give that has a large body and takes one.
fn proper_answer(question: &[u8], more: bool, etag: u8) -> Vec<u8> {
    let pdu = OwnedPdu::new(0, 0, 0, 0).unwrap();
    assert!(pdu.parse(COAP_PROTO_UDP, question));
    let option = |number| pdu.option(number).map(|value| value.iter().fold(0, |sum, &byte| sum << 8 | u32::from(byte)));
    let mut options = vec![(Number::Any(COAP_OPTION_ETAG), vec![etag % 4])];
    if let Some(observe) = option(COAP_OPTION_OBSERVE) {
        options.push((Number::Any(COAP_OPTION_OBSERVE), vec![observe as u8, etag]));
    }
    let mut code = 0x45;
    if let Some(block) = option(COAP_OPTION_BLOCK1) {
        options.push((Number::Any(COAP_OPTION_BLOCK1), block.to_be_bytes()[1..].to_vec()));
        code = if block & 8 != 0 { 0x5f } else { 0x44 };
    }
    let mut payload = None;
    if code != 0x5f {
        let block = (option(COAP_OPTION_BLOCK2).unwrap_or(0) & !8) | u32::from(more) << 3;
        options.push((Number::Any(COAP_OPTION_BLOCK2), block.to_be_bytes()[1..].to_vec()));
        payload = Some(vec![etag; if more { 16 << (block & 7) } else { 7 }]);
    }
    let confirmable = question[0] >> 4 & 3 == COAP_MESSAGE_CON;
    let r#type = if confirmable { COAP_MESSAGE_ACK } else { COAP_MESSAGE_NON };
    let mid = u16::from_be_bytes([question[3], question[2]]);
    answer(question, Message { r#type, code: libcoap_2_fuzz::Code::Any(code), mid, token: vec![], options, payload })
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
        if bytes[1] != 0 {
            SENT.with_borrow_mut(|sent| sent.push(bytes.to_vec()));
        }
    }
    length as isize
}

unsafe extern "C" fn release(_: *mut coap_session_t, body: *mut c_void) {
    BODIES.fetch_sub(1, Relaxed);
    // SAFETY: made with malloc.
    unsafe { libc::free(body) }
}

/// What a handler does besides: it sends, cancels, disconnects, or runs the loop.
unsafe fn act(context: *mut coap_context_t, session: *mut coap_session_t) {
    // SAFETY: the library gives live objects.
    unsafe {
        match DEEDS.with_borrow_mut(Vec::pop) {
            Some(1) => {
                let message = Message {
                    r#type: 0,
                    code: libcoap_2_fuzz::Code::Method(1),
                    mid: 7,
                    token: vec![1],
                    options: vec![],
                    payload: None,
                };
                let pdu = OwnedPdu::new(0, 0, 0, 1000).unwrap();
                assert!(pdu.parse(COAP_PROTO_UDP, &message.datagram()));
                coap_send_large(session, pdu.into_raw());
            }
            Some(2) => coap_cancel_session_messages(context, session, as_enum(1)),
            Some(3) => coap_session_disconnected(session, as_enum(1)),
            Some(4) => _ = coap_io_process(context, COAP_IO_NO_WAIT),
            Some(5) => _ = coap_cancel_observe(session, null_mut(), 0),
            Some(6) => coap_context_set_block_mode(context, 1),
            Some(7) => (*session).block_mode.set(0),
            _ => (),
        }
    }
}

unsafe extern "C" fn on_response(
    context: *mut coap_context_t,
    session: *mut coap_session_t,
    _: *mut coap_pdu_t,
    received: *mut coap_pdu_t,
    _: coap_mid_t,
) -> c_int {
    // SAFETY: the library gives live objects.
    unsafe {
        if let Some(data) = (*received).data_large() {
            assert!(data.offset + data.bytes.len() <= data.total, "{} {}", data.offset, data.total);
            core::hint::black_box(data.bytes.to_vec());
        }
        act(context, session);
        (*received).mid.get().into()
    }
}

unsafe extern "C" fn on_nack(
    context: *mut coap_context_t,
    session: *mut coap_session_t,
    sent: *mut coap_pdu_t,
    _: MaybeUninit<coap_nack_reason_t>,
    mid: coap_mid_t,
) {
    // SAFETY: the library gives live objects.
    unsafe {
        act(context, session);
        assert_eq!(coap_mid_t::from((*sent).mid.get()), mid);
    }
}
