//! A server and a client of ours over DTLS, and a line between them that loses, repeats, reorders, cuts and spoils
//! datagrams, and adds some of its own; a stranger who sends what has been overheard, for whom nothing is kept (X25).
#![no_main]

use coap2::abi::COAP_PROTO_DTLS;
use libcoap_2_fuzz::{secure, silent_log};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use std::collections::VecDeque;
use std::net::{SocketAddr, UdpSocket};

#[derive(Arbitrary, Debug)]
struct Case {
    credentials: secure::Credentials,
    /// How far the handshake gets undisturbed.
    honest: u8,
    /// What the callbacks do, one after the other.
    deeds: Vec<u8>,
    steps: Vec<Step>,
}

#[derive(Arbitrary, Debug)]
enum Step {
    /// The next one on its way, to the server or to the client, arrives.
    Deliver(bool),
    Drop(bool),
    Repeat(bool),
    /// It comes behind those that follow.
    Late(bool),
    Cut(bool, u16),
    Flip(bool, u16, u8),
    /// It comes in one datagram with the one behind it.
    Join(bool),
    /// One that has been overheard, whoever said it, comes again.
    Again(bool, u8),
    Bytes(bool, Vec<u8>),
    /// A record: type, epoch, number, body.
    Record(bool, u8, u8, u8, Vec<u8>),
    /// A fragment in place of the next one's first: type, length, number, offset.
    Fragment(bool, u8, u16, u8, u16),
    /// The stranger says what has been overheard.
    Stranger(u8),
    StrangerBytes(Vec<u8>),
    /// Everything arrives, and so do the answers, so many times.
    Flow(u8),
    Ask(bool, u16),
    Disconnect,
    /// Time goes by, in steps of 100 milliseconds.
    Wait(u8),
}

fuzz_target!(|case: Case| {
    silent_log();
    run(case);
});

/// One direction of the line.
struct Way {
    out: UdpSocket,
    to: Option<SocketAddr>,
    waiting: VecDeque<Vec<u8>>,
}

impl Way {
    fn deliver(&self, datagram: &[u8]) {
        if let Some(to) = self.to {
            // Nobody may be there any more.
            let _ = self.out.send_to(datagram, to);
            secure::turn();
        }
    }
}

struct Line {
    /// To the server, and to the client.
    ways: [Way; 2],
    overheard: Vec<Vec<u8>>,
}

impl Line {
    /// Takes in what has been sent.
    fn listen(&mut self) {
        let mut bytes = [0; 2048];
        for which in [0, 1] {
            // Who speaks to the one end is who is spoken to at the other.
            while let Ok((length, from)) = self.ways[1 - which].out.recv_from(&mut bytes) {
                if which == 0 {
                    self.ways[1].to = Some(from);
                }
                let way = &mut self.ways[which];
                if way.waiting.len() < 64 {
                    way.waiting.push_back(bytes[..length].to_vec());
                }
                if self.overheard.len() < 256 {
                    self.overheard.push(bytes[..length].to_vec());
                }
            }
        }
    }
}

fn socket() -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_nonblocking(true).unwrap();
    socket
}

fn run(case: Case) {
    // SAFETY: one after the other, in this order.
    unsafe {
        let port = secure::start(case.credentials, COAP_PROTO_DTLS, case.deeds.clone());
        let server = SocketAddr::from(([127, 0, 0, 1], port));
        let (near, far, stranger) = (socket(), socket(), socket());
        secure::connect(near.local_addr().unwrap().port());
        let way = |out, to| Way { out, to, waiting: VecDeque::new() };
        let mut line = Line { ways: [way(far, Some(server)), way(near, None)], overheard: vec![] };
        let undisturbed = case.deeds.is_empty() && case.steps.is_empty();
        line.listen();
        follow(&mut line, Step::Flow(case.honest), &stranger, server);
        for step in case.steps.into_iter().take(64) {
            line.listen();
            follow(&mut line, step, &stranger, server);
            assert!(!secure::knows(stranger.local_addr().unwrap().port()), "something is kept for a stranger");
        }
        if undisturbed {
            for step in [Step::Flow(15), Step::Ask(true, 10), Step::Flow(0), Step::Flow(15)] {
                follow(&mut line, step, &stranger, server);
                line.listen();
            }
            assert_eq!(secure::answered() > 0, case.credentials.are_right());
        }
        secure::stop();
    }
}

fn follow(line: &mut Line, step: Step, stranger: &UdpSocket, server: SocketAddr) {
    fn next(line: &mut Line, client: bool) -> Option<(&mut Way, Vec<u8>)> {
        let way = &mut line.ways[usize::from(client)];
        let datagram = way.waiting.pop_front()?;
        Some((way, datagram))
    }
    match step {
        Step::Deliver(to) => {
            if let Some((way, datagram)) = next(line, to) {
                way.deliver(&datagram);
            }
        }
        Step::Drop(to) => _ = next(line, to),
        Step::Repeat(to) => {
            if let Some((way, datagram)) = next(line, to) {
                way.deliver(&datagram);
                way.waiting.push_front(datagram);
            }
        }
        Step::Late(to) => {
            if let Some((way, datagram)) = next(line, to) {
                way.waiting.push_back(datagram);
            }
        }
        Step::Cut(to, at) => {
            if let Some((way, datagram)) = next(line, to) {
                way.deliver(&datagram[..usize::from(at) % (datagram.len() + 1)]);
            }
        }
        Step::Flip(to, at, bits) => {
            if let Some((way, mut datagram)) = next(line, to) {
                let length = datagram.len().max(1);
                if let Some(byte) = datagram.get_mut(usize::from(at) % length) {
                    *byte ^= bits;
                }
                way.deliver(&datagram);
            }
        }
        Step::Join(to) => {
            if let Some((way, mut datagram)) = next(line, to) {
                datagram.extend(way.waiting.pop_front().unwrap_or_default());
                way.waiting.push_front(datagram);
            }
        }
        Step::Again(to, which) => {
            if let Some(datagram) = line.overheard.get(usize::from(which)) {
                line.ways[usize::from(to)].deliver(datagram);
            }
        }
        Step::Bytes(to, bytes) => line.ways[usize::from(to)].deliver(&bytes),
        Step::Record(to, kind, epoch, number, body) => {
            let mut record = vec![20 + kind % 5, 0xfe, 0xfd, 0, epoch % 3, 0, 0, 0, 0, 0, number];
            record.extend((body.len() as u16).to_be_bytes());
            record.extend(body);
            line.ways[usize::from(to)].deliver(&record);
        }
        Step::Fragment(to, kind, length, number, offset) => {
            if let Some((way, mut datagram)) = next(line, to) {
                if datagram.len() >= 25 {
                    datagram[13] = kind;
                    datagram[15..17].copy_from_slice(&length.to_be_bytes());
                    datagram[18] = number;
                    datagram[20..22].copy_from_slice(&offset.to_be_bytes());
                }
                way.deliver(&datagram);
            }
        }
        Step::Stranger(which) => {
            if let Some(datagram) = line.overheard.get(usize::from(which)) {
                let _ = stranger.send_to(datagram, server);
                secure::turn();
            }
        }
        Step::StrangerBytes(bytes) => {
            let _ = stranger.send_to(&bytes, server);
            secure::turn();
        }
        Step::Flow(rounds) => {
            for _ in 0..rounds % 16 {
                for to in [false, true] {
                    while let Some((way, datagram)) = next(line, to) {
                        way.deliver(&datagram);
                    }
                    line.listen();
                }
            }
        }
        Step::Ask(confirmable, length) => secure::ask(confirmable, length),
        Step::Disconnect => secure::disconnect(),
        Step::Wait(time) => secure::later(u64::from(time) * 100),
    }
}
