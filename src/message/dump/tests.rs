use super::*;
use crate::message::pdu::OwnedPdu;

/// All lines of a dump.
fn dump(pdu: &coap_pdu_t) -> String {
    let (mut first, mut second, mut third) = ([0; LINE], [0; LINE], [0; LINE]);
    let mut lines =
        Lines { first: Bounded::new(&mut first), hex: Bounded::new(&mut second), characters: Bounded::new(&mut third) };
    lines.write(pdu);
    lines.all().map(|line| str::from_utf8(line).unwrap()).collect()
}

fn bytes(digits: &str) -> Vec<u8> {
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}

fn parsed(message: &str) -> OwnedPdu {
    let pdu = OwnedPdu::new(0, 0, 0, 0).unwrap();
    assert!(pdu.parse(COAP_PROTO_UDP, &bytes(message)), "{message}");
    pdu
}

/// Messages as datagrams, and what is shown (chapter debug, section 6).
const WORKED: [(&str, &str); 44] = [
    ("40000000",
     "v:1 t:CON c:0.00 i:0000 {} [ ]\n"),
    ("60000abc",
     "v:1 t:ACK c:0.00 i:0abc {} [ ]\n"),
    ("7000ffff",
     "v:1 t:RST c:0.00 i:ffff {} [ ]\n"),
    ("44011234deadbeef",
     "v:1 t:CON c:GET i:1234 {deadbeef} [ ]\n"),
    ("510212340a",
     "v:1 t:NON c:POST i:1234 {0a} [ ]\n"),
    ("40080001",
     "v:1 t:CON c:0.08 i:0001 {} [ ]\n"),
    ("60bf0001",
     "v:1 t:ACK c:5.31 i:0001 {} [ ]\n"),
    ("40ff0001",
     "v:1 t:CON c:7.31 i:0001 {} [ ]\n"),
    ("40030001100201ab34deadbeef10",
     "v:1 t:CON c:PUT i:0001 {} [ If-Match:0x, If-Match:0x01ab, ETag:0xdeadbeef, If-None-Match: ]\n"),
    ("4001000133612e6242163341610043783d31",
     "v:1 t:CON c:GET i:0001 {} [ Uri-Host:a.b, Uri-Port:5683, Uri-Path:a, Uri-Path:, Uri-Query:x=1 ]\n"),
    ("40010001b3612c620363275d03785c79",
     "v:1 t:CON c:GET i:0001 {} [ Uri-Path:a,b, Uri-Path:c'], Uri-Path:x\\y ]\n"),
    ("40010001b409000a7f0467c3bc7a",
     "v:1 t:CON c:GET i:0001 {} [ Uri-Path:\\x09\\x00\\x0A\\x7F, Uri-Path:g\\xC3\\xBCz ]\n"),
    ("6045000160",
     "v:1 t:ACK c:2.05 i:0001 {} [ Observe:0 ]\n"),
    ("504500016301020360220e10",
     "v:1 t:NON c:2.05 i:0001 {} [ Observe:66051, Content-Format:text/plain, Max-Age:3600 ]\n"),
    ("60450001d001",
     "v:1 t:ACK c:2.05 i:0001 {} [ Max-Age:0 ]\n"),
    ("40010001d02f",
     "v:1 t:CON c:GET i:0001 {} [ Size1:0 ]\n"),
    ("40010001d00a40",
     "v:1 t:CON c:GET i:0001 {} [ Block2:0/_/16, Block1:0/_/16 ]\n"),
    ("40010001d10a06410e",
     "v:1 t:CON c:GET i:0001 {} [ Block2:0/_/1024, Block1:0/M/1024 ]\n"),
    ("40010001d20a123443ffffff",
     "v:1 t:CON c:GET i:0001 {} [ Block2:291/_/256, Block1:1048575/M/2048 ]\n"),
    ("60450001d10a0d520400",
     "v:1 t:ACK c:2.05 i:0001 {} [ Block2:0/M/512, Size2:1024 ]\n"),
    ("6041000181610162c3713d31",
     "v:1 t:ACK c:2.01 i:0001 {} [ Location-Path:a, Location-Path:b, Location-Query:q=1 ]\n"),
    ("40010001d10310d506636f61703a44636f6170",
     "v:1 t:CON c:GET i:0001 {} [ Hop-Limit:16, Proxy-Uri:coap:, Proxy-Scheme:coap ]\n"),
    ("4001000121417301027ad1ec1ae2064b7879",
     "v:1 t:CON c:GET i:0001 {} [ 2:\\x41, 9:\\x01\\x02\\x7A, No-Response:\\x1A, 2138:\\x78\\x79 ]\n"),
    ("60450001c110",
     "v:1 t:ACK c:2.05 i:0001 {} [ Content-Format:application/cose; cose-type=\"cose-encrypt0\" ]\n"),
    ("60450001c0ff48692c20276d27",
     "v:1 t:ACK c:2.05 i:0001 {} [ Content-Format:text/plain ] :: 'Hi, 'm''\n"),
    ("60450001ff410a4209430044ff",
     "v:1 t:ACK c:2.05 i:0001 {} [ ] :: 'A\\x0AB\\x09C\\x00D\\xFF'\n"),
    ("60840001ff4e6f7420466f756e64",
     "v:1 t:ACK c:4.04 i:0001 {} [ ] :: 'Not Found'\n"),
    ("60450001c132ff7b7d",
     "v:1 t:ACK c:2.05 i:0001 {} [ Content-Format:application/json ] :: '{}'\n"),
    ("60450001c128b10aff3c2f613e",
     "v:1 t:ACK c:2.05 i:0001 {} [ Content-Format:application/link-format, Block2:0/M/64 ] :: '</a>'\n"),
    ("60450001c129ff3c612f3e",
     "v:1 t:ACK c:2.05 i:0001 {} [ Content-Format:application/xml ] :: '<a/>'\n"),
    ("60450001c0ff0a4142",
     "v:1 t:ACK c:2.05 i:0001 {} [ Content-Format:text/plain ] :: binary data length 3\n<<0a4142>>\n<<. A B >>\n"),
    ("60450001c0ffc3bc62",
     "v:1 t:ACK c:2.05 i:0001 {} [ Content-Format:text/plain ] :: binary data length 3\n<<c3bc62>>\n<<. . b >>\n"),
    ("60450001c13cffa161310220",
     "v:1 t:ACK c:2.05 i:0001 {} [ Content-Format:application/cbor ] :: binary data length 5\n<<a161310220>>\n<<. a 1 .   >>\n"),
    ("60450001c12aff616263",
     "v:1 t:ACK c:2.05 i:0001 {} [ Content-Format:application/octet-stream ] :: binary data length 3\n<<616263>>\n<<a b c >>\n"),
    ("60450001c22d16ff5b5d",
     "v:1 t:ACK c:2.05 i:0001 {} [ Content-Format:11542 ] :: binary data length 2\n<<5b5d>>\n<<[ ] >>\n"),
    ("40020001c0513cff616263",
     "v:1 t:CON c:POST i:0001 {} [ Content-Format:text/plain, Accept:application/cbor ] :: binary data length 3\n<<616263>>\n<<a b c >>\n"),
    ("40020001c13c50ff616263",
     "v:1 t:CON c:POST i:0001 {} [ Content-Format:application/cbor, Accept:text/plain ] :: 'abc'\n"),
    ("40e100002212002023616263",
     "v:1 t:CON c:CSM i:0000 {} [ Max-Message-Size:4608, Block-wise-Transfer:, 6: ]\n"),
    ("41e200000120",
     "v:1 t:CON c:Ping i:0000 {01} [ Custody: ]\n"),
    ("41e300000120227a7a",
     "v:1 t:CON c:Pong i:0000 {01} [ Custody:, 4: ]\n"),
    ("40e4000024633a2f01210a",
     "v:1 t:CON c:Release i:0000 {} [ Alternative-Address:c:/\\x01, Hold-Off:10 ]\n"),
    ("40e500002102ff626164",
     "v:1 t:CON c:Abort i:0000 {} [ Bad-CSM-Option:2 ] :: 'bad'\n"),
    ("40e00000b3616263",
     "v:1 t:CON c:7.00 i:0000 {} [ Uri-Path:abc ]\n"),
    ("40e60000226162a128",
     "v:1 t:CON c:7.06 i:0000 {} [ 2:\\x61\\x62, Content-Format:application/link-format ]\n"),
];

#[test]
fn worked_outputs() {
    for (index, (message, lines)) in WORKED.iter().enumerate() {
        assert_eq!(dump(&parsed(message)), *lines, "{}: {message}", index + 1);
    }
}

/// What follows the message id in the dump of a message with these options and this payload.
fn built(options: &[(u16, &[u8])], payload: &[u8]) -> String {
    let pdu = OwnedPdu::new(0, 1, 0, 0).unwrap();
    for &(number, value) in options {
        assert!(pdu.add_option(number, value) > 0);
    }
    assert!(pdu.add_data(payload));
    dump(&pdu).split_off("v:1 t:CON c:GET i:0000 ".len())
}

#[test]
fn built_messages() {
    assert_eq!(built(&[(14, &[1, 0, 0, 0, 2])], b""), "{} [ Max-Age:2 ]\n");
    assert_eq!(built(&[(27, &[0x12, 0x34, 0x56, 0x78, 0x9a])], b""), "{} [ Block1:591751049/M/64 ]\n");
    assert_eq!(built(&[(12, &[0xff; 4])], b"text"), "{} [ Content-Format:-1 ] :: 'text'\n");
    assert_eq!(
        built(&[(12, &[0x80, 0, 0, 0])], b"text"),
        "{} [ Content-Format:-2147483648 ] :: binary data length 4\n<<74657874>>\n<<t e x t >>\n"
    );
}

#[test]
fn bodies() {
    let pdu = OwnedPdu::new(1, 69, 0xabc, 0).unwrap();
    pdu.add_token(&[0xaa]);
    let body = b"whole body";
    pdu.body_data.set(body.as_ptr());
    pdu.body_length.set(5);
    pdu.body_offset.set(3);
    assert_eq!(dump(&pdu), "v:1 t:NON c:2.05 i:0abc {aa} [ ] :: 'whole'\n");
    pdu.add_data(b"part");
    pdu.body_length.set(10);
    assert_eq!(dump(&pdu), "v:1 t:NON c:2.05 i:0abc {aa} [ ] :: 'whole body'\n");

    // D2: nothing to look at.
    pdu.body_length.set(0);
    assert!(dump(&pdu).ends_with(" [ ] :: ''\n"));
    pdu.body_data.set(core::ptr::null());
    let pdu = parsed("60450001c12aff616263");
    pdu.body_data.set(body.as_ptr());
    assert!(dump(&pdu).ends_with(" :: binary data length 0\n<<>>\n<<>>\n"));
}

#[test]
fn malformed_messages() {
    let pdu = OwnedPdu::new(0, 0, 0, 0).unwrap();
    assert!(!pdu.parse(COAP_PROTO_UDP, &bytes("41010000aab1610f")));
    assert_eq!(dump(&pdu), "v:1 t:CON c:GET i:0000 {aa} [ Uri-Path:a ]\n");

    let pdu = OwnedPdu::new(0, 0, 0, 0).unwrap();
    assert!(!pdu.parse(COAP_PROTO_UDP, &bytes("5a0a5b5b")));
    assert_eq!(dump(&pdu), "v:1 t:NON c:0.10 i:5b5b {} [ ]\n");

    let pdu = OwnedPdu::new(0, 0, 0, 0).unwrap();
    assert!(!pdu.parse(COAP_PROTO_UDP, &bytes("4003000119313233343536373839")));
    assert!(dump(&pdu).ends_with("{} [ If-Match:0x313233343536373839 ]\n"));

    // D1: a payload that the message no longer has, a type that does not exist.
    let pdu = parsed("40010001ff414243");
    pdu.used_size.set(0);
    pdu.token_length.set(15);
    pdu.r#type.set(9);
    assert_eq!(dump(&pdu), "v:1 t:??? c:GET i:0001 {} [ ]\n");
}

#[test]
fn values_end_at_a_whole_byte() {
    let value = |number, byte: u8| built(&[(number, &[byte; 2000])], b"");
    assert_eq!(value(11, b'a'), format!("{{}} [ Uri-Path:{} ]\n", "a".repeat(1034)));
    assert_eq!(value(11, 1), format!("{{}} [ Uri-Path:{} ]\n", "\\x01".repeat(258)));
    assert_eq!(value(4, 0xfe), format!("{{}} [ ETag:0x{} ]\n", "fe".repeat(516)));
}

#[test]
fn lines_end_in_time() {
    // 37 characters up to the opening quote.
    let text = |length| {
        let pdu = OwnedPdu::new(0, 69, 0, 0).unwrap();
        pdu.add_token(&[1]);
        pdu.add_data(&vec![b'x'; length]);
        let line = dump(&pdu);
        assert_eq!(line.find('\''), Some(36));
        line
    };
    assert!(text(2013).ends_with("x'\n"));
    assert_eq!(text(2013).len(), 2052);
    assert!(text(2014).ends_with("x\n"));
    for length in [2018, 2019, 100_000] {
        assert_eq!(text(length).len(), 2055);
        assert!(text(length).ends_with("x\n"));
    }
}

#[test]
fn binary_lines_end_in_time() {
    let binary = |length| {
        let dump = built(&[(12, &[42])], &vec![b'x'; length]);
        let lines: Vec<String> = dump.split_inclusive('\n').map(String::from).collect();
        assert_eq!(lines.len(), 3);
        assert!(lines[0].ends_with(&format!(" :: binary data length {length}\n")));
        (lines[1].clone(), lines[2].clone())
    };
    let (digits, characters) = binary(1025);
    assert_eq!(digits, format!("<<{}>>\n", "78".repeat(1025)));
    assert_eq!(characters, format!("<<{}>>\n", "x ".repeat(1025)));
    // D3: the last of them in no more time than the others.
    for length in [1026, 1027, 1028, 8 * 1024 * 1024] {
        let (digits, characters) = binary(length);
        assert_eq!(digits, format!("<<{}\n", "78".repeat(1026)), "D4");
        assert_eq!(characters, format!("<<{}\n", "x ".repeat(1026)));
    }
}

#[test]
fn a_full_first_line_ends_too() {
    let pdu = OwnedPdu::new(0, 1, 0, 0).unwrap();
    for _ in 0..3 {
        pdu.add_option(11, &[b'a'; 1034]);
    }
    pdu.add_data(&[1]);
    let dump = dump(&pdu);
    let lines: Vec<&str> = dump.split_inclusive('\n').collect();
    assert_eq!(lines.iter().map(|line| line.len()).collect::<Vec<_>>(), [2055, 7, 7], "D4");
}
