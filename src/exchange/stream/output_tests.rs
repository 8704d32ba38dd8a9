#![cfg(test)]
//! What is sent is exactly the framed messages, for every pattern of short writes (X19, I1, I3).

use crate::abi::*;
use crate::base::address::Peer;
use crate::exchange::{client, send, Context};
use crate::message::pdu::OwnedPdu;
use crate::net::stream::script::{CUTS, TAKEN};

fn message(token: &[u8], payload: &[u8]) -> OwnedPdu {
    let pdu = OwnedPdu::new(COAP_MESSAGE_CON, 1, 7, 100).unwrap();
    assert!(pdu.add_token(token) && (payload.is_empty() || pdu.add_data(payload)));
    pdu
}

#[test]
fn x19_every_pattern_of_short_writes() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut server = coap_address_t::from_peer(Peer::V4([127, 0, 0, 1], port));
    server.size = 16;
    let context = Context::new(None, |_| ()).unwrap();
    let session = client::connect(&context, None, &server, COAP_PROTO_TCP).unwrap();
    session.c.sock.flags.set(session.c.sock.flags.get() & !COAP_SOCKET_WANT_CONNECT);
    session.c.state.set(COAP_SESSION_STATE_ESTABLISHED);
    // Two, five, three and two bytes.
    let framed = [0, 1, 0x21, 1, 0x62, 0xff, 0x63, 1, 1, 0x64, 0, 0xe2];
    for cuts in 0..1 << framed.len() {
        for refuse in [false, true] {
            CUTS.set(Some((cuts, refuse)));
            TAKEN.take();
            assert!(send::send(&session, message(b"", b"")) >= 0);
            assert!(send::send(&session, message(b"b", b"c")) >= 0);
            assert!(send::send(&session, message(b"d", b"")) >= 0);
            assert_eq!(send::ping(&session), 0);
            let mut turns = 0;
            while !session.c.delayqueue.get().is_null() {
                let flags = session.c.sock.flags.get();
                assert_ne!(flags & COAP_SOCKET_WANT_WRITE, 0, "the loop would sleep");
                session.c.sock.flags.set(flags & !COAP_SOCKET_WANT_WRITE);
                super::flush(&context, &session);
                turns += 1;
                assert!(turns <= 3 * framed.len());
            }
            assert_eq!(TAKEN.take(), framed, "{cuts:b}");
            assert_eq!(session.c.sock.flags.get() & COAP_SOCKET_WANT_WRITE, 0);
            assert_eq!(session.c.partial_write.get(), 0);
            assert_eq!(session.stream().unwrap().waiting.get(), 0);
        }
    }
    CUTS.set(None);
    session.release();
    context.free();
}
