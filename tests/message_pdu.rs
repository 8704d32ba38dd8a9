//! Building and changing messages: docs/spec/message.md, sections 5 to 9 and 11.

use coap2::abi::*;
use coap2::message::pdu::OwnedPdu;
use core::ptr::{null, null_mut};

fn pdu(size: usize) -> OwnedPdu {
    OwnedPdu::new(COAP_MESSAGE_CON, 1, 0x1234, size).unwrap()
}

fn options(pdu: &coap_pdu_t) -> Vec<(u16, Vec<u8>)> {
    pdu.options().map(|option| (option.number, option.value.to_vec())).collect()
}

/// Where the payload starts, counted from the token.
fn data_at(pdu: &coap_pdu_t) -> Option<usize> {
    (!pdu.data.get().is_null()).then(|| pdu.data.get() as usize - pdu.token.get() as usize)
}

/// The bytes from the token on.
fn body(pdu: &coap_pdu_t) -> Vec<u8> {
    pdu.wire()[pdu.hdr_size.get().into()..].to_vec()
}

/// Section 5.1.
#[test]
fn a_new_message() {
    for (size, room) in [(0, 0), (4, 4), (255, 255), (256, 256), (257, 256), (1 << 40, 256)] {
        let pdu = OwnedPdu::new(7, 99, 65535, size).unwrap();
        assert_eq!((pdu.r#type.get(), pdu.code.get(), pdu.mid.get()), (7, 99, 65535));
        assert_eq!((pdu.max_size.get(), pdu.alloc_size.get(), pdu.used_size.get()), (size, room, 0));
        assert_eq!((pdu.max_hdr_size.get(), pdu.hdr_size.get(), pdu.token_length.get()), (6, 0, 0));
        assert!(!pdu.token.get().is_null() && pdu.data.get().is_null() && pdu.payload().is_none());
    }
}

#[test]
fn clearing_keeps_the_buffer() {
    let pdu = pdu(1000);
    pdu.add_token(b"ab");
    pdu.add_option(11, b"x");
    pdu.add_data(b"payload");
    pdu.encode_header(COAP_PROTO_UDP);
    pdu.body_data.set(b"body".as_ptr());
    pdu.body_total.set(9);
    let token = pdu.token.get();
    pdu.clear(4);
    assert_eq!((pdu.max_size.get(), pdu.alloc_size.get(), pdu.used_size.get(), pdu.max_opt.get()), (4, 4, 0, 0));
    assert_eq!((pdu.mid.get(), pdu.code.get(), pdu.hdr_size.get(), pdu.token_length.get()), (0, 0, 0, 0));
    assert!(pdu.data.get().is_null() && pdu.body_data.get().is_null() && pdu.body_total.get() == 0);
    assert_eq!(pdu.token.get(), token);
    pdu.clear(1000);
    assert_eq!((pdu.max_size.get(), pdu.alloc_size.get()), (1000, 4));
}

/// Section 5.2: the steps in which a buffer grows.
#[test]
fn growth() {
    let pdu = pdu(1152);
    let mut sizes = Vec::new();
    for size in 1..=1152 {
        assert!(pdu.check_resize(size));
        if sizes.last() != Some(&pdu.alloc_size.get()) {
            sizes.push(pdu.alloc_size.get());
        }
    }
    assert_eq!(sizes, [256, 512, 1024, 1152]);
    assert!(!pdu.check_resize(1153) && !pdu.resize(1153));
    assert_eq!(pdu.alloc_size.get(), 1152);
    assert!(pdu.resize(3) && pdu.alloc_size.get() == 3);
    pdu.max_size.set(2);
    assert!(pdu.check_resize(3) && !pdu.check_resize(4), "the limit counts only when the buffer grows");

    let unlimited = OwnedPdu::new(0, 0, 0, 0).unwrap();
    assert!(unlimited.check_resize(1) && unlimited.alloc_size.get() == 256);
    assert!(unlimited.check_resize(1025) && unlimited.alloc_size.get() == 2048);
}

/// Section 5.2: a smaller `alloc_size` leaves the contents alone, and so does growing from there.
#[test]
fn shrinking_cuts_nothing_off() {
    let pdu = pdu(0);
    pdu.add_option(11, &[7; 900]);
    pdu.add_data(&[8; 900]);
    let before = body(&pdu);
    assert!(pdu.resize(3) && pdu.resize(5) && pdu.check_resize(6));
    assert_eq!((pdu.alloc_size.get(), body(&pdu)), (256, before));
    assert_eq!(data_at(&pdu), Some(904));
    assert!(pdu.update_token(b"token") && pdu.payload() == Some(&[8; 900]));
}

/// M5: sizes near the end of the address space.
#[test]
fn absurd_sizes_are_refused() {
    for limit in [0, 1000, usize::MAX] {
        let pdu = pdu(limit);
        pdu.add_option(11, b"x");
        let before = (pdu.alloc_size.get(), pdu.used_size.get(), pdu.token.get());
        for size in [usize::MAX, usize::MAX - 1, usize::MAX - 6, usize::MAX / 2, (1 << 63) + 1] {
            assert!(!pdu.resize(size) && !pdu.check_resize(size) && pdu.add_data_after(size).is_none());
            // SAFETY: null is allowed, and stands for zero bytes.
            assert_eq!(unsafe { pdu.add_option_from(12, null(), size) }, 0);
        }
        assert_eq!((pdu.alloc_size.get(), pdu.used_size.get(), pdu.token.get()), before);
    }
}

/// Section 6.
#[test]
fn tokens() {
    let message = pdu(10);
    assert!(!message.add_token(b"123456789"));
    assert!(message.add_token(b"") && message.used_size.get() == 0);
    assert!(message.add_token(b"12345678"));
    assert!(!message.add_token(b"1"), "only once");
    assert_eq!((message.token_bytes(), message.used_size.get()), (&b"12345678"[..], 8));
    assert!(!pdu(3).add_token(b"1234"));
    // SAFETY: null is allowed.
    assert!(unsafe { !pdu(3).add_token_from(null(), 1) && pdu(3).add_token_from(null(), 0) }, "M15");

    let full = pdu(4);
    assert!(full.add_token(b"12") && full.add_option(5, b"x") == 2);
    assert!(!full.update_token(b"123") && body(&full) == b"12\x51x");
    // SAFETY: null is allowed.
    assert!(unsafe { !full.update_token_from(null(), 1) });
}

/// X3: tokens of all lengths by tokens of all lengths, in front of options and payload.
#[test]
fn tokens_are_replaced() {
    const TOKENS: &[u8] = b"abcdefgh";
    for old in 0..=8 {
        for new in 0..=8 {
            let pdu = pdu(0);
            pdu.add_token(&TOKENS[..old]);
            pdu.add_option(11, b"path");
            pdu.add_data(b"data");
            assert!(pdu.update_token(&TOKENS[8 - new..]));
            assert_eq!(pdu.token_bytes(), &TOKENS[8 - new..]);
            assert_eq!(options(&pdu), [(11, b"path".to_vec())]);
            assert_eq!((pdu.payload(), data_at(&pdu)), (Some(&b"data"[..]), Some(new + 6)));
            assert_eq!((pdu.used_size.get(), pdu.max_opt.get()), (new + 10, 11));
        }
    }
}

/// Section 7: order, return values, `max_opt`.
#[test]
fn options_are_added_in_and_out_of_order() {
    let pdu = pdu(0);
    assert_eq!(pdu.add_option(11, b"a"), 2);
    assert_eq!(pdu.add_option(11, b"b"), 2);
    assert_eq!(pdu.add_option(60, b"1234"), 6);
    assert_eq!(pdu.add_option(3, b"host"), 5);
    assert_eq!(pdu.insert_option(11, b"c"), 2);
    assert_eq!(body(&pdu), b"\x34host\x81a\x01b\x01c\xd4\x241234");
    assert_eq!(pdu.max_opt.get(), 60);
    assert_eq!(pdu.update_option(11, b"xyz"), 1);
    assert_eq!(pdu.update_option(12, b"\x28"), 2);
    assert_eq!(body(&pdu), b"\x34host\x83xyz\x01b\x01c\x11\x28\xd4\x231234");
    assert!(pdu.remove_option(60) && pdu.max_opt.get() == 12);
    assert!(pdu.remove_option(12) && pdu.max_opt.get() == 11);
    assert!(pdu.remove_option(11) && pdu.remove_option(11) && pdu.max_opt.get() == 11);
    assert!(pdu.remove_option(11) && pdu.max_opt.get() == 3);
    assert!(!pdu.remove_option(11) && pdu.remove_option(3) && pdu.max_opt.get() == 0);
    assert_eq!(pdu.used_size.get(), 0);
}

/// M9: in front of a last option that is shorter than the new one.
#[test]
fn a_long_option_before_a_short_last_one() {
    let pdu = pdu(0);
    pdu.code.set(0x45);
    pdu.add_option(60, b"1234");
    assert_eq!(pdu.add_option(35, &[b'u'; 300]), 304);
    assert_eq!(options(&pdu), [(35, vec![b'u'; 300]), (60, b"1234".to_vec())]);
}

/// M10: `max_opt` is the application's to break.
#[test]
fn the_options_decide_when_max_opt_is_wrong() {
    let pdu = pdu(0);
    pdu.add_option(11, b"a");
    pdu.max_opt.set(500);
    assert_eq!(pdu.insert_option(12, b"b"), 2);
    assert_eq!(options(&pdu), [(11, b"a".to_vec()), (12, b"b".to_vec())]);
    assert_eq!(pdu.max_opt.get(), 12);
    pdu.max_opt.set(0);
    assert_eq!(pdu.add_option(6, b"c"), 2);
    assert_eq!(pdu.max_opt.get(), 0, "the last option is the application's secret still");
    assert_eq!(pdu.add_option(17, b""), 1);
    assert_eq!(pdu.max_opt.get(), 17);
    assert_eq!(body(&pdu), b"\x61c\x51a\x11b\x50");
    pdu.used_size.set(pdu.used_size.get() - 2);
    // SAFETY: inside the message.
    unsafe { pdu.token.get().write(0xf0) };
    assert_eq!((pdu.insert_option(1, b""), pdu.remove_option(11)), (0, false), "malformed");
}

/// The Hop-Limit rule (M21) and its example.
#[test]
fn proxied_requests_get_a_hop_limit() {
    let message = pdu(0);
    assert_eq!(message.add_option(35, b"coap:"), 7);
    assert_eq!(body(&message), b"\xd1\x03\x10\xd5\x06coap:");
    assert_eq!(message.add_option(39, b"coap"), 5);
    assert_eq!(options(&message).iter().filter(|option| option.0 == 16).count(), 1);

    let own = pdu(0);
    own.add_option(16, &[5]);
    own.add_option(39, b"coap");
    assert_eq!(options(&own), [(16, vec![5]), (39, b"coap".to_vec())]);

    let late = pdu(0);
    late.add_option(60, &[]);
    late.add_option(39, b"coap");
    assert_eq!(options(&late), [(16, vec![16]), (39, b"coap".to_vec()), (60, vec![])]);

    for code in [0, 0x45, 32] {
        let other = pdu(0);
        other.code.set(code);
        assert_eq!(other.add_option(35, b"coap:"), 7);
        assert_eq!(other.used_size.get(), 7);
    }

    let tight = pdu(2);
    assert_eq!(tight.add_option(39, b""), 2);
    assert_eq!(body(&tight), b"\xd0\x1a", "left out where it does not fit");
}

/// M4, M17: what can't be encoded, and values that are not given.
#[test]
fn odd_values() {
    let pdu = pdu(0);
    assert_eq!(pdu.add_option(11, &vec![1; 65_804]), 65_807);
    let before = pdu.used_size.get();
    assert_eq!(pdu.add_option(11, &vec![1; 65_805]), 0);
    assert_eq!(pdu.insert_option(1, &vec![1; 65_805]), 0);
    assert_eq!(pdu.update_option(11, &vec![1; 65_805]), 0);
    assert_eq!(pdu.used_size.get(), before);
    // SAFETY: null is allowed, and stands for zero bytes.
    unsafe {
        assert_eq!(pdu.update_option_from(11, null(), 3), 1);
        assert_eq!(pdu.add_option_from(12, null(), 2), 3);
        assert_eq!(pdu.insert_option_from(4, null(), 1), 2);
    }
    assert_eq!(options(&pdu), [(4, vec![0]), (11, vec![0; 3]), (12, vec![0; 2])]);
}

/// M19: values that lie in the message itself, while it grows and shifts.
#[test]
fn values_inside_the_message() {
    let pdu = pdu(0);
    pdu.add_token(b"token");
    pdu.add_option(11, &[b'a'; 240]);
    let inside = |pdu: &coap_pdu_t, number| {
        let value = pdu.option(number).unwrap();
        (value.as_ptr(), value.len())
    };
    // SAFETY: the values are in the message; that is the point.
    unsafe {
        let (value, length) = inside(&pdu, 11);
        assert_eq!(pdu.add_option_from(35, value, length), 243);
        let (value, length) = inside(&pdu, 35);
        assert_eq!(pdu.insert_option_from(1, value, length), 242);
        let (value, length) = inside(&pdu, 11);
        assert_eq!(pdu.update_option_from(1, value, length / 2), 1);
        assert!(pdu.update_token_from(pdu.token.get().wrapping_add(2), 2));
        assert!(pdu.add_data_from(pdu.token.get(), 2));
    }
    let expected = [(1, vec![b'a'; 120]), (11, vec![b'a'; 240]), (16, vec![16]), (35, vec![b'a'; 240])];
    assert_eq!(options(&pdu), expected);
    assert_eq!((pdu.token_bytes(), pdu.payload()), (&b"ke"[..], Some(&b"ke"[..])));
}

/// Section 8, M6, M18.
#[test]
fn payloads() {
    let message = pdu(300);
    message.add_option(11, b"x");
    assert!(message.add_data(b"") && message.payload().is_none() && message.add_data_after(0).is_none());
    assert!(!message.add_data(&[0; 298]) && message.data.get().is_null() && message.used_size.get() == 2);
    assert!(message.add_data(&[7; 297]));
    assert_eq!((message.alloc_size.get(), message.used_size.get(), data_at(&message)), (300, 300, Some(3)));
    assert!(!message.add_data(b"1") && message.add_data(b"") && message.add_data_after(1).is_none());

    let small = pdu(300);
    assert!(small.add_data(b"12") && small.alloc_size.get() == 3 && body(&small) == b"\xff12");
    // Options after the payload move it up.
    assert_eq!(small.add_option(11, b"abc"), 4);
    assert_eq!((body(&small), data_at(&small)), (b"\xb3abc\xff12".to_vec(), Some(5)));
    assert!(small.remove_option(11) && data_at(&small) == Some(1) && small.payload() == Some(b"12"));

    let after = pdu(0);
    after.add_option(11, b"secret");
    after.clear(0);
    let place = after.add_data_after(10).unwrap();
    assert_eq!((after.payload(), data_at(&after)), (Some(&[0; 10][..]), Some(1)), "M18");
    assert_eq!(place, after.data.get());
    // SAFETY: null is allowed.
    assert!(unsafe { !pdu(9).add_data_from(null(), 1) && pdu(9).add_data_from(null(), 0) }, "M15");
}

/// The table of `coap_get_data_large`.
#[test]
fn data_and_bodies() {
    let pdu = pdu(0);
    assert!(pdu.data_large().is_none());
    pdu.add_data(b"payload");
    pdu.body_offset.set(64);
    let data = |pdu: &coap_pdu_t| pdu.data_large().map(|data| (data.bytes.to_vec(), data.offset, data.total)).unwrap();
    assert_eq!(data(&pdu), (b"payload".to_vec(), 64, 7));
    pdu.body_total.set(100);
    assert_eq!(data(&pdu), (b"payload".to_vec(), 64, 100));
    pdu.body_data.set(b"body".as_ptr());
    pdu.body_length.set(4);
    pdu.body_total.set(0);
    assert_eq!(data(&pdu), (b"body".to_vec(), 64, 0));
}

/// M12, D1: fields that contradict each other never lead outside.
#[test]
fn contradictory_fields() {
    let pdu = pdu(100);
    pdu.add_token(b"ab");
    pdu.add_option(11, b"x");
    pdu.add_data(b"data");
    let good = pdu.data.get();
    for bad in [core::ptr::dangling_mut(), good.wrapping_add(5), pdu.token.get(), usize::MAX as *mut u8] {
        pdu.data.set(bad);
        assert!(pdu.payload().is_none() && pdu.data_large().is_none());
        assert_eq!((pdu.add_option(12, b""), pdu.update_option(11, b""), pdu.remove_option(11)), (0, 0, false));
        assert!(pdu.record().is_none() && pdu.duplicate(1, 0, b"", None).is_none());
    }
    pdu.data.set(good);
    pdu.token_length.set(200);
    assert_eq!((pdu.token_bytes().len(), pdu.options().count()), (9, 0));
    assert_eq!((pdu.add_option(12, b""), pdu.update_token(b"x"), pdu.encode_header(COAP_PROTO_UDP)), (0, false, 0));
    assert!(pdu.record().is_none() && pdu.duplicate(1, 0, b"", None).is_none());
    pdu.token_length.set(9);
    assert_eq!(pdu.encode_header(COAP_PROTO_UDP), 0, "M16");
    pdu.token_length.set(2);
    pdu.hdr_size.set(200);
    assert_eq!(pdu.wire().len(), 9);
    pdu.max_hdr_size.set(3);
    assert_eq!((pdu.encode_header(COAP_PROTO_UDP), pdu.encode_header(COAP_PROTO_TCP)), (0, 2));
    assert!(!pdu.parse(COAP_PROTO_UDP, &[0x40, 1, 0, 0]));
}

/// Section 9: one message, all protocols.
#[test]
fn headers() {
    let pdu = pdu(0);
    pdu.add_token(b"ab");
    pdu.add_option(11, b"x");
    assert_eq!(pdu.encode_header(COAP_PROTO_UDP), 4);
    assert_eq!(pdu.wire(), b"\x42\x01\x12\x34ab\xb1x");
    assert_eq!(pdu.encode_header(COAP_PROTO_TLS), 2);
    assert_eq!(pdu.wire(), b"\x22\x01ab\xb1x");
    assert_eq!((pdu.encode_header(COAP_PROTO_NONE), pdu.encode_header(77), pdu.hdr_size.get()), (0, 0, 2));
    pdu.r#type.set(6);
    assert_eq!((pdu.encode_header(COAP_PROTO_DTLS), pdu.wire()[0], pdu.r#type.get()), (4, 0x62, 6));
}

/// X7: 1,024 options are read, 1,025 are not.
#[test]
fn the_number_of_options_is_bounded() {
    let mut message = vec![0x40, 1, 0, 0];
    message.resize(4 + 1024, 0);
    let pdu = pdu(0);
    assert!(pdu.parse(COAP_PROTO_UDP, &message));
    message.push(0);
    assert!(!pdu.parse(COAP_PROTO_UDP, &message) && pdu.data.get().is_null());
}

/// C10, X38: what a recorded message has.
#[test]
fn recording() {
    let message = pdu(1000);
    message.add_token(b"tok");
    message.add_option(11, b"path");
    let bare = message.record().unwrap();
    assert!(bare.payload().is_none() && bare.data_large().is_none() && bare.data.get().is_null(), "X38");
    message.add_data(b"block");
    static BODY: &[u8] = b"the whole body";
    message.body_data.set(BODY.as_ptr());
    message.body_length.set(BODY.len());
    message.body_total.set(BODY.len());
    let mut guard = 0u8;
    message.lg_xmit.set((&raw mut guard).cast());
    let copy = message.record().unwrap();
    message.body_data.set(null());
    drop(message);
    assert_eq!((copy.code.get(), copy.mid.get(), copy.token_bytes()), (1, 0x1234, &b"tok"[..]));
    assert_eq!((options(&copy), copy.max_opt.get()), (vec![(11, b"path".to_vec())], 11));
    assert_eq!((copy.payload(), copy.alloc_size.get()), (Some(&b"block"[..]), copy.used_size.get()));
    let data = copy.data_large().unwrap();
    assert_eq!((data.bytes, data.offset, data.total), (BODY, 0, BODY.len()));
    assert!(copy.lg_xmit.get().is_null());
    // The copy is a message like any other: its buffer may grow, and the body stays.
    assert_eq!(copy.add_option(60, &[9; 200]), 203);
    assert_eq!(copy.data_large().unwrap().bytes, BODY);

    let empty_body = pdu(0);
    empty_body.body_data.set(BODY.as_ptr());
    let copy = empty_body.record().unwrap();
    assert!(!copy.body_data.get().is_null() && copy.data_large().unwrap().bytes.is_empty());
}

/// Section 11, M11.
#[test]
fn duplicates() {
    let old = pdu(0);
    old.add_token(b"t");
    old.add_option(11, b"path");
    old.add_option(35, b"coap://example.org");
    old.add_data(b"data");
    let mut guard = 0u8;
    old.lg_xmit.set((&raw mut guard).cast());
    let all = options(&old);

    let copy = old.duplicate(77, 500, b"newtoken", None).unwrap();
    assert_eq!((copy.mid.get(), copy.code.get(), copy.max_size.get(), copy.hdr_size.get()), (77, 1, 500, 0));
    assert_eq!((copy.token_bytes(), options(&copy)), (&b"newtoken"[..], all.clone()));
    assert_eq!((copy.max_opt.get(), copy.lg_xmit.get()), (35, old.lg_xmit.get()));
    assert!(copy.payload().is_none() && copy.data.get().is_null());

    let tokenless = old.duplicate(77, 500, b"123456789", None).unwrap();
    assert_eq!((tokenless.token_bytes(), options(&tokenless)), (&b""[..], all.clone()));

    let mut filter = coap_opt_filter_t::EMPTY;
    assert_eq!(options(&old.duplicate(1, 0, b"", Some(&filter)).unwrap()), all);
    filter.insert(11);
    filter.insert(16);
    let fewer = old.duplicate(1, 0, b"", Some(&filter)).unwrap();
    assert_eq!(options(&fewer), [(16, vec![16]), (35, b"coap://example.org".to_vec())], "a fresh Hop-Limit");
    assert_eq!(fewer.max_opt.get(), 35);

    for size in 1..27 {
        assert!(old.duplicate(1, size, b"12", None).is_none(), "does not fit");
    }
    assert!(old.duplicate(1, 10, b"", Some(&filter)).is_none());
}

#[test]
fn taking_back_what_was_added() {
    let pdu = pdu(0);
    pdu.add_token(b"tok");
    pdu.add_option(11, b"x");
    pdu.add_data(b"data");
    pdu.drop_contents();
    assert_eq!((pdu.used_size.get(), pdu.max_opt.get(), pdu.data.get()), (3, 0, null_mut()));
    assert_eq!(
        (pdu.add_uint_option(6, 0), pdu.add_uint_option(14, 0x1234), pdu.add_uint_option(60, u64::MAX)),
        (1, 3, 10)
    );
    assert_eq!(options(&pdu), [(6, vec![]), (14, vec![0x12, 0x34]), (60, vec![255; 8])]);
}

/// Stack objects of the application: only these four fields count for walks.
#[test]
fn a_message_on_the_stack() {
    let mut bytes = *b"tok\xb1x\x01y\xffpayload";
    let pdu = coap_pdu_t {
        r#type: 0.into(),
        code: 0.into(),
        max_hdr_size: 0.into(),
        hdr_size: 0.into(),
        token_length: 3.into(),
        mid: 0.into(),
        max_opt: 0.into(),
        alloc_size: 0.into(),
        used_size: bytes.len().into(),
        max_size: bytes.len().into(),
        token: bytes.as_mut_ptr().into(),
        data: null_mut::<u8>().into(),
        body_data: null::<u8>().into(),
        body_length: 0.into(),
        body_offset: 0.into(),
        body_total: 0.into(),
        lg_xmit: null_mut::<coap_lg_xmit_t>().into(),
    };
    assert_eq!(options(&pdu), [(11, b"x".to_vec()), (11, b"y".to_vec())]);
    assert_eq!((pdu.encode_header(COAP_PROTO_UDP), pdu.parse(COAP_PROTO_UDP, &[0x40, 1, 0, 0])), (0, false));
}
