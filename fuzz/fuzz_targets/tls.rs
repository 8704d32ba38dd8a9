//! A server and a client of ours over TLS, and a line between them that cuts, holds back, spoils and ends the streams,
//! and adds bytes of its own.
#![no_main]

use coap2::abi::COAP_PROTO_TLS;
use libcoap_2_fuzz::{secure, silent_log};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::fd::AsRawFd;

#[derive(Arbitrary, Debug)]
struct Case {
    credentials: secure::Credentials,
    /// How far the handshake gets undisturbed.
    honest: u8,
    /// What the callbacks do, one after the other.
    deeds: Vec<u8>,
    /// The sockets take little at a time.
    narrow: bool,
    steps: Vec<Step>,
}

#[derive(Arbitrary, Debug)]
enum Step {
    /// So many bytes on their way, to the server or to the client, arrive.
    Deliver(bool, u16),
    /// So many get lost.
    Drop(bool, u8),
    Flip(bool, u16, u8),
    Bytes(bool, Vec<u8>),
    /// A record: type, body.
    Record(bool, u8, Vec<u8>),
    /// One that has been overheard, from here on, so many bytes.
    Again(bool, u16, u16),
    End(bool),
    /// Everything arrives, and so do the answers, so many times.
    Flow(u8),
    Ask(bool, u16),
    Disconnect,
    /// Time goes by, in steps of a second.
    Wait(u8),
}

fuzz_target!(|case: Case| {
    silent_log();
    run(case);
});

/// One direction of the line.
struct Way {
    from: TcpStream,
    to: TcpStream,
    waiting: VecDeque<u8>,
    overheard: Vec<u8>,
}

impl Way {
    /// Takes in what has been sent.
    fn listen(&mut self) {
        let mut bytes = [0; 4096];
        while self.waiting.len() < 1 << 16 {
            match self.from.read(&mut bytes) {
                Ok(length) if length > 0 => {
                    self.waiting.extend(&bytes[..length]);
                    self.overheard.extend(&bytes[..length]);
                }
                _ => break,
            }
        }
    }

    fn say(&mut self, bytes: &[u8]) {
        // Nobody may be there any more, or not listen.
        let _ = self.to.write(bytes);
        secure::turn();
    }

    fn deliver(&mut self, length: usize) {
        let length = length.min(self.waiting.len());
        let bytes: Vec<_> = self.waiting.drain(..length).collect();
        self.say(&bytes);
    }
}

/// What is written to a socket, or to one that is accepted there, leaves without waiting for answers.
fn at_once(socket: i32) {
    let yes = 1i32;
    // SAFETY: a number of four bytes.
    unsafe { libc::setsockopt(socket, libc::IPPROTO_TCP, libc::TCP_NODELAY, (&raw const yes).cast(), 4) };
}

fn run(case: Case) {
    // SAFETY: one after the other, in this order.
    unsafe {
        let port = secure::start(case.credentials, COAP_PROTO_TLS, case.deeds.clone());
        at_once(secure::server_socket());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        secure::connect(listener.local_addr().unwrap().port());
        at_once(secure::client_socket());
        let near = listener.accept().unwrap().0;
        let far = TcpStream::connect(("127.0.0.1", port)).unwrap();
        if case.narrow {
            for socket in [near.as_raw_fd(), far.as_raw_fd(), secure::client_socket()] {
                for option in [libc::SO_RCVBUF, libc::SO_SNDBUF] {
                    let size = 1i32;
                    libc::setsockopt(socket, libc::SOL_SOCKET, option, (&raw const size).cast(), 4);
                }
            }
        }
        for stream in [&near, &far] {
            stream.set_nonblocking(true).unwrap();
            stream.set_nodelay(true).unwrap();
        }
        secure::turn();
        let way = |from: &TcpStream, to: &TcpStream| Way {
            from: from.try_clone().unwrap(),
            to: to.try_clone().unwrap(),
            waiting: VecDeque::new(),
            overheard: vec![],
        };
        let mut ways = [way(&near, &far), way(&far, &near)];
        let undisturbed = case.deeds.is_empty() && case.steps.is_empty() && !case.narrow;
        ways.iter_mut().for_each(Way::listen);
        follow(&mut ways, Step::Flow(case.honest));
        for step in case.steps.into_iter().take(64) {
            ways.iter_mut().for_each(Way::listen);
            follow(&mut ways, step);
        }
        if undisturbed {
            for step in [Step::Flow(15), Step::Ask(true, 10), Step::Flow(0), Step::Flow(15)] {
                follow(&mut ways, step);
                ways.iter_mut().for_each(Way::listen);
            }
            assert_eq!(secure::answered() > 0, case.credentials.are_right());
        }
        secure::stop();
    }
}

fn follow(ways: &mut [Way; 2], step: Step) {
    match step {
        Step::Deliver(to, length) => ways[usize::from(to)].deliver(length.into()),
        Step::Drop(to, length) => {
            let waiting = &mut ways[usize::from(to)].waiting;
            waiting.drain(..usize::from(length).min(waiting.len()));
        }
        Step::Flip(to, at, bits) => {
            let waiting = &mut ways[usize::from(to)].waiting;
            let length = waiting.len().max(1);
            if let Some(byte) = waiting.get_mut(usize::from(at) % length) {
                *byte ^= bits;
            }
        }
        Step::Bytes(to, bytes) => ways[usize::from(to)].say(&bytes),
        Step::Record(to, kind, body) => {
            let mut record = vec![20 + kind % 5, 3, 3];
            record.extend((body.len() as u16).to_be_bytes());
            record.extend(body);
            ways[usize::from(to)].say(&record);
        }
        Step::Again(to, at, length) => {
            let way = &mut ways[usize::from(to)];
            let bytes = way.overheard.get(usize::from(at)..).unwrap_or_default();
            let bytes = bytes[..bytes.len().min(length.into())].to_vec();
            way.say(&bytes);
        }
        Step::End(to) => {
            let _ = ways[usize::from(to)].to.shutdown(Shutdown::Write);
            secure::turn();
        }
        Step::Flow(rounds) => {
            for _ in 0..rounds % 16 {
                for way in ways.iter_mut() {
                    way.deliver(usize::MAX);
                }
                ways.iter_mut().for_each(Way::listen);
            }
        }
        Step::Ask(confirmable, length) => secure::ask(confirmable, length),
        Step::Disconnect => secure::disconnect(),
        Step::Wait(time) => secure::later(u64::from(time) * 1000),
    }
}
