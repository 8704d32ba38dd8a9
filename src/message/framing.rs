//! Message headers: UDP (RFC 7252, section 3) and TCP (RFC 8323, section 3.2).

#![forbid(unsafe_code)]

use crate::abi::*;

/// The two shapes of header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Framing {
    /// UDP and DTLS: the datagram tells the length, the header has type and message id.
    Datagram,
    /// TCP and TLS: the header has the length.
    Stream,
}

/// What a header says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Header {
    /// Type of the message; CON on streams.
    pub r#type: u8,
    /// Length of the token as it stands there, 0 to 15.
    pub token_length: u8,
    /// Code of the message.
    pub code: u8,
    /// Message id; 0 on streams.
    pub mid: u16,
}

/// An encoded header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HeaderBytes {
    bytes: [u8; 6],
    size: u8,
}

impl HeaderBytes {
    /// The bytes to write.
    pub fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.size.into()]
    }

    #[inline]
    fn new(parts: &[&[u8]]) -> HeaderBytes {
        let mut header = HeaderBytes { bytes: [0; 6], size: 0 };
        for &byte in parts.iter().copied().flatten() {
            header.bytes[usize::from(header.size)] = byte;
            header.size += 1;
        }
        header
    }
}

impl Framing {
    /// The framing of a protocol, `COAP_PROTO_*`.
    pub fn of(proto: coap_proto_t) -> Option<Framing> {
        match proto {
            COAP_PROTO_UDP | COAP_PROTO_DTLS => Some(Framing::Datagram),
            COAP_PROTO_TCP | COAP_PROTO_TLS => Some(Framing::Stream),
            _ => None,
        }
    }

    /// Size of the header that starts with this byte.
    pub fn header_size(self, first: u8) -> usize {
        match (self, first >> 4) {
            (Framing::Datagram, _) => 4,
            (Framing::Stream, 0..=12) => 2,
            (Framing::Stream, 13) => 3,
            (Framing::Stream, 14) => 4,
            (Framing::Stream, _) => 6,
        }
    }

    /// Decodes a header, given in full; `None` if its size or its version is wrong.
    pub fn decode(self, header: &[u8]) -> Option<Header> {
        match (self, header) {
            (Framing::Datagram, &[first, code, high, low]) if first >> 6 == 1 => Some(Header {
                r#type: first >> 4 & 3,
                token_length: first & 15,
                code,
                mid: u16::from_be_bytes([high, low]),
            }),
            (Framing::Stream, &[first, .., code]) if matches!(header.len(), 2 | 3 | 4 | 6) => {
                Some(Header { r#type: COAP_MESSAGE_CON, token_length: first & 15, code, mid: 0 })
            }
            _ => None,
        }
    }

    /// Encodes a header in front of a token and `length` bytes of options, marker and payload. `None` if the token is
    /// too long or the length can't be expressed (M16).
    pub fn encode(self, header: Header, length: usize) -> Option<HeaderBytes> {
        let token_length = header.token_length;
        if token_length > 8 {
            return None;
        }
        let code = &[header.code];
        Some(match (self, length) {
            (Framing::Datagram, _) => {
                let first = 0x40 | (header.r#type & 3) << 4 | token_length;
                HeaderBytes::new(&[&[first], code, &header.mid.to_be_bytes()])
            }
            (Framing::Stream, 0..=12) => HeaderBytes::new(&[&[(length as u8) << 4 | token_length], code]),
            (Framing::Stream, 13..=268) => HeaderBytes::new(&[&[0xd0 | token_length, (length - 13) as u8], code]),
            (Framing::Stream, 269..=65_804) => {
                HeaderBytes::new(&[&[0xe0 | token_length], &((length - 269) as u16).to_be_bytes(), code])
            }
            (Framing::Stream, _) => {
                let length = u32::try_from(length - 65_805).ok()?;
                HeaderBytes::new(&[&[0xf0 | token_length], &length.to_be_bytes(), code])
            }
        })
    }
}

/// Number of bytes that follow the header of a stream message, token included; `None` if `bytes` end inside the header.
#[inline]
pub fn stream_size(bytes: &[u8]) -> Option<usize> {
    let first = *bytes.first()?;
    let header = bytes.get(..Framing::Stream.header_size(first))?;
    let length = match (first >> 4, header) {
        (13, &[_, a, _]) => usize::from(a) + 13,
        (14, &[_, a, b, _]) => usize::from(u16::from_be_bytes([a, b])) + 269,
        (15, &[_, a, b, c, d, _]) => (u32::from_be_bytes([a, b, c, d]) as usize).saturating_add(65_805),
        (nibble, _) => nibble.into(),
    };
    Some(length.saturating_add((first & 15).into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(token_length: u8) -> Header {
        Header { r#type: 1, token_length, code: 0x45, mid: 0x1234 }
    }

    /// Section 9, every border of Len.
    #[test]
    fn headers_are_encoded() {
        let datagram = |header| Framing::Datagram.encode(header, 1 << 40);
        assert_eq!(datagram(header(8)).unwrap().as_slice(), [0x58, 0x45, 0x12, 0x34]);
        assert_eq!(datagram(Header { r#type: 7, ..header(0) }).unwrap().as_slice(), [0x70, 0x45, 0x12, 0x34]);
        assert_eq!(datagram(header(9)), None, "M16");
        let cases: [(usize, &[u8]); 10] = [
            (0, &[0x01, 0x45]),
            (12, &[0xc1, 0x45]),
            (13, &[0xd1, 0, 0x45]),
            (268, &[0xd1, 0xff, 0x45]),
            (269, &[0xe1, 0, 0, 0x45]),
            (65_804, &[0xe1, 0xff, 0xff, 0x45]),
            (65_805, &[0xf1, 0, 0, 0, 0, 0x45]),
            (65_806, &[0xf1, 0, 0, 0, 1, 0x45]),
            (0xffff_ffff, &[0xf1, 0xff, 0xfe, 0xfe, 0xf2, 0x45]),
            (65_805 + 0xffff_ffff, &[0xf1, 0xff, 0xff, 0xff, 0xff, 0x45]),
        ];
        for (length, bytes) in cases {
            assert_eq!(Framing::Stream.encode(header(1), length).unwrap().as_slice(), bytes);
            assert_eq!(Framing::Stream.header_size(bytes[0]), bytes.len());
            assert_eq!(stream_size(bytes), Some(length + 1));
            assert_eq!(stream_size(&bytes[..bytes.len() - 1]), None);
            let decoded = Header { r#type: 0, token_length: 1, code: 0x45, mid: 0 };
            assert_eq!(Framing::Stream.decode(bytes), Some(decoded));
        }
        assert_eq!(Framing::Stream.encode(header(1), 65_806 + 0xffff_ffff), None, "M16");
        assert_eq!(stream_size(&[0, 0]), Some(0));
        assert_eq!(stream_size(&[0xff, 0xff, 0xff, 0xff, 0xff, 0]), Some(65_805 + 0xffff_ffff + 15));
        assert_eq!(stream_size(&[]), None);
    }

    #[test]
    fn headers_are_decoded() {
        let decoded = Header { r#type: 1, token_length: 15, code: 0x69, mid: 0x1234 };
        assert_eq!(Framing::Datagram.decode(&[0x5f, 0x69, 0x12, 0x34]), Some(decoded));
        for first in [0x0f, 0x80, 0xc0] {
            assert_eq!(Framing::Datagram.decode(&[first, 1, 0, 0]), None);
        }
        assert_eq!(Framing::Datagram.decode(&[0x40, 1, 0]), None);
        assert_eq!(Framing::Stream.decode(&[0; 5]), None);
        assert_eq!(Framing::Stream.decode(&[0]), None);
        assert_eq!(Framing::of(COAP_PROTO_NONE), None);
        assert_eq!(Framing::of(99), None);
    }
}
