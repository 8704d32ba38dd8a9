//! The message table: every row of docs/spec/message.md, section 10.1, through the parser.
//!
//! Rows 56 to 58 have our own results (M1); where the reference leaves `max_opt` alone ours sets it to 0 (M12).

use coap2::abi::*;
use coap2::message::pdu::OwnedPdu;

/// Row; P: UDP, TCP, none; message; result; state afterwards; options; note. The notation is that of the chapter, with
/// `x` for "times".
type Row = (u32, &'static str, &'static str, bool, &'static str, &'static str, &'static str);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    (1, "U", "40 01 93 34", true, "CON 0.01 m9334 k0 h4 u0 o0", "", "GET, nothing else"),
    (2, "U", "55 69 12 34 74 6f 6b 65 6e", true, "NON 3.09 m1234 k5 h4 u5 o0", "", "token only"),
    (3, "U", "48 01 00 01 00 01 02 03 04 05 06 07", true, "CON 0.01 m0001 k8 h4 u8 o0", "", "longest token"),
    (4, "U", "44 01 00 01 aa bb cc ff", true, "CON 0.01 m0001 k4 h4 u4 o0", "", "0xff inside the token"),
    (5, "U", "40 00 00 01", true, "CON 0.00 m0001 k0 h4 u0 o0", "", "CoAP ping"),
    (6, "U", "50 00 00 01", true, "NON 0.00 m0001 k0 h4 u0 o0", "", "empty NON"),
    (7, "U", "60 00 12 34", true, "ACK 0.00 m1234 k0 h4 u0 o0", "", "empty ACK"),
    (8, "U", "70 00 12 34", true, "RST 0.00 m1234 k0 h4 u0 o0", "", "RST"),
    (9, "U", "70 01 00 01", true, "RST 0.01 m0001 k0 h4 u0 o0", "", "RST carrying a request code"),
    (10, "U", "60 01 00 01", true, "ACK 0.01 m0001 k0 h4 u0 o0", "", "ACK carrying a request code"),
    (11, "U", "60 45 00 01 ff 41", true, "ACK 2.05 m0001 k0 h4 u2 o0 d1+1", "", "piggybacked 2.05"),
    (12, "U", "40 20 00 01", true, "CON 1.00 m0001 k0 h4 u0 o0", "", "reserved class 1"),
    (13, "U", "40 e1 00 01 21 ff", true, "CON 7.01 m0001 k0 h4 u2 o2", "2:ff", "CSM over UDP"),
    (14, "U", "40 01 00 01 b1 61 01 62", true, "CON 0.01 m0001 k0 h4 u4 o11", "11:61 11:62", "Uri-Path a, b"),
    (15, "U", "40 01 00 01 b0", true, "CON 0.01 m0001 k0 h4 u1 o11", "11:", "empty Uri-Path"),
    (16, "U", "40 01 00 01 00", true, "CON 0.01 m0001 k0 h4 u1 o0", "0:", "option 0"),
    (17, "U", "40 01 00 01 bd f2 61x255", true, "CON 0.01 m0001 k0 h4 u257 o11", "11:[255]", "longest Uri-Path"),
    (18, "U", "40 01 00 01 de 16 02 fd 61x1034", true, "CON 0.01 m0001 k0 h4 u1038 o35", "35:[1034]", "longest Proxy-Uri"),
    (19, "U", "40 01 00 01 e0 fe f2", true, "CON 0.01 m0001 k0 h4 u3 o65535", "65535:", "option 65535"),
    (20, "U", "40 01 00 01 10 e0 fe f1", true, "CON 0.01 m0001 k0 h4 u4 o65535", "1: 65535:", "1, then 65535"),
    (21, "U", "40 01 00 01 e2 06 10 01 02", true, "CON 0.01 m0001 k0 h4 u5 o1821", "1821:0102", "unknown critical 1821"),
    (22, "U", "40 01 00 01 c1 2a 00", true, "CON 0.01 m0001 k0 h4 u3 o12", "12:2a 12:", "Content-Format twice"),
    (23, "U", "40 01 00 01 b1 ff", true, "CON 0.01 m0001 k0 h4 u2 o11", "11:ff", "0xff as an option value"),
    (24, "U", "40 01 00 01 b1 61 ff 68 69", true, "CON 0.01 m0001 k0 h4 u5 o11 d3+2", "11:61", "option and payload"),
    (25, "U", "40 01 00 01 ff ff", true, "CON 0.01 m0001 k0 h4 u2 o0 d1+1", "", "payload byte 0xff"),
    (26, "U", "51 73 12 34 74 00 c1 00 ff 70", true, "NON 3.19 m1234 k1 h4 u6 o12 d5+1", "0: 12:00", "all parts"),
    (27, "U", "40 01 00", false, "untouched", "", "short header"),
    (28, "U", "c0 01 93 34 b1 61", false, "h4 u2, rest untouched", "", "version 3"),
    (29, "U", "40 00 00 01 00", false, "CON 0.00 m0001 k0 h4 u1 o0", "", "empty code, one byte"),
    (30, "U", "41 00 00 01 aa", false, "CON 0.00 m0001 k1 h4 u1 o0", "", "empty code, token"),
    (31, "U", "70 00 12 34 ff", false, "RST 0.00 m1234 k0 h4 u1 o0", "", "RST and marker"),
    (32, "U", "60 00 12 34 ff 63", false, "ACK 0.00 m1234 k0 h4 u2 o0", "", "ACK and payload"),
    (33, "U", "44 01 00 01 aa bb", false, "CON 0.01 m0001 k2 h4 u2 o0", "", "token cut short"),
    (34, "U", "49 01 00 01 00x9", false, "CON 0.01 m0001 k9 h4 u9 o0", "", "TKL 9"),
    (35, "U", "4f 01 00 01 00x15", false, "CON 0.01 m0001 k15 h4 u15 o0", "", "TKL 15, bytes present"),
    (36, "U", "4f 01 00 01", false, "CON 0.01 m0001 k0 h4 u0 o0", "", "TKL 15, no bytes"),
    (37, "U", "40 01 00 01 30", false, "CON 0.01 m0001 k0 h4 u1 o3", "", "empty Uri-Host"),
    (38, "U", "40 01 00 01 bd f3 61x256", false, "CON 0.01 m0001 k0 h4 u258 o11", "", "Uri-Path 256 bytes"),
    (39, "U", "40 01 00 01 d0 02", false, "CON 0.01 m0001 k0 h4 u2 o15", "", "empty Uri-Query"),
    (40, "U", "40 01 00 01 d2 03 00 10", false, "CON 0.01 m0001 k0 h4 u4 o16", "", "Hop-Limit 2 bytes"),
    (41, "U", "40 01 00 01 de 16 02 fe 61x1035", false, "CON 0.01 m0001 k0 h4 u1039 o35", "", "Proxy-Uri too long"),
    (42, "U", "40 01 00 01 30 ff 68 69", false, "CON 0.01 m0001 k0 h4 u4 o3 d2+2", "", "bad length, payload located"),
    (43, "U", "40 01 00 01 30 f0", false, "CON 0.01 m0001 k0 h4 u2 o3", "", "bad length, then malformed"),
    (44, "U", "40 01 00 01 30 00 00 00", false, "CON 0.01 m0001 k0 h4 u4 o3", "", "four bad lengths"),
    (45, "U", "40 01 00 01 f0", false, "CON 0.01 m0001 k0 h4 u1 o0", "", "delta nibble 15"),
    (46, "U", "40 01 00 01 1f", false, "CON 0.01 m0001 k0 h4 u1 o0", "", "length nibble 15"),
    (47, "U", "40 01 00 01 d0", false, "CON 0.01 m0001 k0 h4 u1 o0", "", "delta byte missing"),
    (48, "U", "40 01 00 01 e0 00", false, "CON 0.01 m0001 k0 h4 u2 o0", "", "second delta byte missing"),
    (49, "U", "40 01 00 01 0d", false, "CON 0.01 m0001 k0 h4 u1 o0", "", "length byte missing"),
    (50, "U", "40 01 00 01 0e 00", false, "CON 0.01 m0001 k0 h4 u2 o0", "", "second length byte missing"),
    (51, "U", "40 01 00 01 b5 61 62 63 64", false, "CON 0.01 m0001 k0 h4 u5 o0", "", "value cut short"),
    (52, "U", "40 01 00 01 be ff ff", false, "CON 0.01 m0001 k0 h4 u3 o0", "", "length 65804, none sent"),
    (53, "U", "40 01 00 01 10 e0 fe f2", false, "CON 0.01 m0001 k0 h4 u4 o1", "", "number 65536 by sum"),
    (54, "U", "40 01 00 01 (d0 ff)x245", false, "CON 0.01 m0001 k0 h4 u490 o65392", "", "number above 65535 by sum"),
    (55, "U", "40 01 00 01 e0 ff 00", false, "CON 0.01 m0001 k0 h4 u3 o0", "", "delta 65549"),
    (56, "U", "40 01 00 01 e0 fe f3", false, "CON 0.01 m0001 k0 h4 u3 o0", "", "delta 65536, M1"),
    (57, "U", "40 01 00 01 e0 fe ff", false, "CON 0.01 m0001 k0 h4 u3 o0", "", "delta 65548, M1"),
    (58, "U", "40 01 00 01 b1 61 e0 fe f4", false, "CON 0.01 m0001 k0 h4 u5 o11", "11:61", "delta 65537, M1"),
    (59, "U", "40 01 00 01 ff", false, "CON 0.01 m0001 k0 h4 u1 o0", "", "marker, no payload"),
    (60, "U", "40 01 00 01 b1 61 ff", false, "CON 0.01 m0001 k0 h4 u3 o11", "", "option, marker, no payload"),
    (61, "T", "00 01", true, "CON 0.01 k0 h2 u0 o0", "", "GET"),
    (62, "T", "00 00", true, "CON 0.00 k0 h2 u0 o0", "", "empty"),
    (63, "T", "01 01 aa", true, "CON 0.01 k1 h2 u1 o0", "", "token"),
    (64, "T", "21 01 aa b1 61", true, "CON 0.01 k1 h2 u3 o11", "11:61", "token, Uri-Path a"),
    (65, "T", "d0 00 01 bc 61x12", true, "CON 0.01 k0 h3 u13 o11", "11:[12]", "13-byte body"),
    (66, "T", "40 e1 24 00 10 00 00", true, "CON 7.01 k0 h2 u5 o2", "2:00100000", "CSM Max-Message-Size"),
    (67, "T", "10 e1 30", true, "CON 7.01 k0 h2 u1 o3", "3:", "CSM unknown option 3"),
    (68, "T", "20 e4 21 61", true, "CON 7.04 k0 h2 u2 o2", "2:61", "Release, address"),
    (69, "T", "30 e5 ff 68 69", true, "CON 7.05 k0 h2 u3 o0 d1+2", "", "Abort, diagnostic text"),
    (70, "T", "30 45 ff 68 69", true, "CON 2.05 k0 h2 u3 o0 d1+2", "", "2.05 with payload"),
    (71, "T", "00 01 b1 61", true, "CON 0.01 k0 h2 u2 o11", "11:61", "Len 0, two bytes given"),
    (72, "T", "50 01 b1 61", true, "CON 0.01 k0 h2 u2 o11", "11:61", "Len 5, two bytes given"),
    (73, "T", "f0 00 00 00 00 01", true, "CON 0.01 k0 h6 u0 o0", "", "Len 65805, none given"),
    (74, "T", "00", false, "untouched", "", "short header"),
    (75, "T", "f0 00 00 00 00", false, "untouched", "", "short header"),
    (76, "T", "01 00 aa", false, "CON 0.00 k1 h2 u1 o0", "", "empty code, token"),
    (77, "T", "09 01 00x9", false, "CON 0.01 k9 h2 u9 o0", "", "TKL 9"),
    (78, "T", "10 45 ff", false, "CON 2.05 k0 h2 u1 o0", "", "marker, no payload"),
    (79, "T", "60 e1 25 00x5", false, "CON 7.01 k0 h2 u6 o2", "", "Max-Message-Size 5 bytes"),
    (80, "T", "20 e1 41 00", false, "CON 7.01 k0 h2 u2 o4", "", "Block-Wise-Transfer with value"),
    (81, "T", "20 e2 21 00", false, "CON 7.02 k0 h2 u2 o2", "", "Custody with value"),
    (82, "T", "10 e4 20", false, "CON 7.04 k0 h2 u1 o2", "", "empty Alternative-Address"),
    (83, "N", "40 01 00 01", false, "untouched", "", "`COAP_PROTO_NONE`"),
];

/// Bytes in the notation of the table: `01 61x9 (d0 ff)x2`.
fn bytes(text: &str) -> Vec<u8> {
    let mut result = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (unit, after) = match rest.strip_prefix('(') {
            Some(inner) => inner.split_once(')').unwrap(),
            None => rest.split_at(2),
        };
        let (times, after) = match after.strip_prefix('x') {
            Some(count) => {
                let end = count.find(' ').unwrap_or(count.len());
                (count[..end].parse().unwrap(), &count[end..])
            }
            None => (1, after),
        };
        for _ in 0..times {
            result.extend(unit.split(' ').map(|byte| u8::from_str_radix(byte, 16).unwrap()));
        }
        rest = after.trim();
    }
    result
}

/// What a PDU holds, in the notation of the table.
fn state(pdu: &coap_pdu_t) -> String {
    let (code, r#type) = (pdu.code.get(), ["CON", "NON", "ACK", "RST"][usize::from(pdu.r#type.get())]);
    let data = match pdu.data.get() as usize {
        0 => String::new(),
        data => format!(" d{}+{}", data - pdu.token.get() as usize, pdu.payload().unwrap().len()),
    };
    format!(
        "{type} {}.{:02} m{:04x} k{} h{} u{} o{}{data}",
        code >> 5,
        code & 31,
        pdu.mid.get(),
        pdu.token_length.get(),
        pdu.hdr_size.get(),
        pdu.used_size.get(),
        pdu.max_opt.get(),
    )
}

fn options(pdu: &coap_pdu_t) -> String {
    let one = |number: u16, value: &[u8]| match value.len() {
        n if n > 8 => format!("{number}:[{n}]"),
        _ => format!("{number}:{}", value.iter().map(|byte| format!("{byte:02x}")).collect::<String>()),
    };
    pdu.options().map(|option| one(option.number, option.value)).collect::<Vec<_>>().join(" ")
}

fn proto(letter: &str) -> coap_proto_t {
    match letter {
        "U" => COAP_PROTO_UDP,
        "T" => COAP_PROTO_TCP,
        _ => COAP_PROTO_NONE,
    }
}

/// The state that a row expects of a fresh PDU.
fn expected(row: &Row) -> String {
    let (letter, text) = (row.1, row.4);
    match text {
        "untouched" => "CON 0.00 m0000 k0 h0 u0 o0".into(),
        "h4 u2, rest untouched" => "CON 0.00 m0000 k0 h4 u2 o0".into(),
        _ if letter == "T" => text.replacen(" k", " m0000 k", 1),
        _ => text.into(),
    }
}

#[test]
fn every_row_into_a_fresh_pdu() {
    for row in ROWS {
        let &(number, letter, message, result, _, row_options, note) = row;
        let message = bytes(message);
        let pdu = OwnedPdu::new(0, 0, 0, 100_000).unwrap();
        let context = format!("row {number}, {note}");
        assert_eq!(pdu.parse(proto(letter), &message), result, "{context}");
        assert_eq!(state(&pdu), expected(row), "{context}");
        if pdu.hdr_size.get() != 0 {
            assert_eq!(pdu.alloc_size.get(), pdu.used_size.get(), "{context}");
            assert_eq!(pdu.wire(), message, "{context}");
        }
        if result || !row_options.is_empty() {
            assert_eq!(options(&pdu), row_options, "{context}");
        }
    }
}

/// The same PDU for all rows, never cleared (M12): what was there before must not show.
#[test]
fn every_row_into_a_used_pdu() {
    let pdu = OwnedPdu::new(0, 0, 0, 100_000).unwrap();
    for row in ROWS.iter().chain(ROWS.iter().rev()) {
        let &(number, letter, message, result, text, ..) = row;
        let before = state(&pdu);
        pdu.body_data.set(b"body".as_ptr());
        pdu.body_length.set(4);
        assert_eq!(pdu.parse(proto(letter), &bytes(message)), result, "row {number}");
        match text {
            "untouched" => assert_eq!(state(&pdu), before, "row {number}"),
            "h4 u2, rest untouched" => assert!(pdu.data.get().is_null() && pdu.max_opt.get() == 0),
            _ => assert_eq!(state(&pdu), expected(row), "row {number}"),
        }
        assert_eq!(pdu.body_data.get().is_null(), text != "untouched", "row {number}");
    }
}

/// Every row cut short at every byte: no panic, and no claim beyond the bytes (X1).
#[test]
fn every_row_cut_short() {
    for &(number, letter, message, ..) in ROWS {
        let message = bytes(message);
        for length in 0..message.len() {
            let pdu = OwnedPdu::new(0, 0, 0, 100_000).unwrap();
            pdu.parse(proto(letter), &message[..length]);
            assert!(pdu.used_size.get() <= length, "row {number}");
            assert!(pdu.options().count() <= length);
        }
    }
}
