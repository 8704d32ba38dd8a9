//! What has come from a stream: bytes in, messages out, however the bytes were cut (RFC 8323, section 3.2; io §5.4).

#![forbid(unsafe_code)]

use super::framing::{stream_size, Framing};
use crate::abi::COAP_DEFAULT_MAX_PDU_RX_SIZE;

/// Storage that is kept for the next bytes once everything has been taken; more is given back.
const KEPT: usize = 4096;

/// The bytes of a stream that have not been taken yet. They are all that is stored: a header that announces a long
/// message costs nothing (X20, I13).
#[derive(Default)]
pub struct Incoming {
    bytes: Vec<u8>,
    /// Where the first message starts.
    start: usize,
}

/// What is in front.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Front {
    /// Part of a message, or nothing.
    Incomplete,
    /// A message of this many bytes, header included.
    Complete(usize),
    /// The header of a message that is longer than we take.
    TooLong,
}

impl Incoming {
    /// Appends bytes that have been read; `None`, and nothing changed, without memory.
    pub fn append(&mut self, bytes: &[u8]) -> Option<()> {
        self.bytes.try_reserve(bytes.len()).ok()?;
        if self.start > 0 {
            self.bytes.drain(..self.start);
            self.start = 0;
        }
        self.bytes.extend_from_slice(bytes);
        Some(())
    }

    /// The bytes that have not been taken.
    pub fn rest(&self) -> &[u8] {
        &self.bytes[self.start..]
    }

    /// What is in front.
    pub fn front(&self) -> Front {
        let rest = self.rest();
        match (rest.first(), stream_size(rest)) {
            (Some(_), Some(size)) if size > COAP_DEFAULT_MAX_PDU_RX_SIZE => Front::TooLong,
            (Some(&first), Some(size)) => {
                let whole = Framing::Stream.header_size(first) + size;
                if whole <= rest.len() {
                    Front::Complete(whole)
                } else {
                    Front::Incomplete
                }
            }
            _ => Front::Incomplete,
        }
    }

    /// As much of the first header as is there.
    pub fn header(&self) -> &[u8] {
        let rest = self.rest();
        let size = rest.first().map_or(0, |&first| Framing::Stream.header_size(first));
        &rest[..size.min(rest.len())]
    }

    /// The first `length` bytes have been taken.
    pub fn take(&mut self, length: usize) {
        self.start = (self.start + length).min(self.bytes.len());
        if self.start == self.bytes.len() {
            self.clear();
        }
    }

    /// Drops everything.
    pub fn clear(&mut self) {
        self.start = 0;
        self.bytes.clear();
        if self.bytes.capacity() > KEPT {
            self.bytes = Vec::new();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn message(payload: usize, token: &[u8], code: u8) -> Vec<u8> {
        let header = super::super::framing::Header { r#type: 0, token_length: token.len() as u8, code, mid: 0 };
        let mut bytes = Framing::Stream.encode(header, payload).unwrap().as_slice().to_vec();
        bytes.extend_from_slice(token);
        bytes.extend((0..payload).map(|i| i as u8));
        bytes
    }

    /// One message of each header size, at the borders of each, and odd ones: TKL 15, an empty message.
    fn corpus() -> Vec<Vec<u8>> {
        let mut corpus = vec![vec![0x50, 0xe1, 0x23, 0x80, 1, 0, 0x20], vec![0, 0], vec![0, 0xe2], vec![0x0f, 1]];
        corpus[3].extend([7; 15]);
        for payload in [1, 12, 13, 14, 268, 269, 300] {
            corpus.push(message(payload, b"token", 0x45));
        }
        corpus
    }

    fn read(segments: &[&[u8]]) -> Vec<Vec<u8>> {
        let mut incoming = Incoming::default();
        let mut messages = Vec::new();
        for segment in segments {
            incoming.append(segment).unwrap();
            while let Front::Complete(length) = incoming.front() {
                messages.push(incoming.rest()[..length].to_vec());
                incoming.take(length);
            }
            assert!(incoming.header().len() <= 6);
        }
        assert!(incoming.rest().is_empty());
        messages
    }

    #[test]
    fn x19_i2_every_cut_in_two_and_three_and_single_bytes() {
        let corpus = corpus();
        let stream: Vec<u8> = corpus.concat();
        for i in 0..=stream.len() {
            let (a, rest) = stream.split_at(i);
            assert_eq!(read(&[a, rest]), corpus);
        }
        // All cuts in three of what has every header size but no long body, so that there are not too many.
        let short: Vec<Vec<u8>> =
            corpus.iter().filter(|message| message.len() < 30 || message.len() > 310).cloned().collect();
        let stream: Vec<u8> = short.concat();
        for i in 0..=stream.len() {
            for j in i..=stream.len() {
                assert_eq!(read(&[&stream[..i], &stream[i..j], &stream[j..]]), short);
            }
        }
        let single: Vec<&[u8]> = stream.chunks(1).collect();
        assert_eq!(read(&single), short);
    }

    #[test]
    fn x19_a_long_message_and_its_neighbours() {
        let corpus = [vec![0, 0], message(65_805, b"12345678", 2), message(70_000, b"", 2), vec![0, 0xe2]];
        let stream: Vec<u8> = corpus.concat();
        for size in [1, 2, 1471, 1472, 16_384] {
            assert_eq!(read(&stream.chunks(size).collect::<Vec<_>>()), corpus);
        }
    }

    #[test]
    fn x20_i12_the_limit_is_ours_and_the_header_is_enough_to_tell() {
        let mut incoming = Incoming::default();
        let limit = (COAP_DEFAULT_MAX_PDU_RX_SIZE - 65_805) as u32;
        incoming.append(&[0xf0]).unwrap();
        incoming.append(&limit.to_be_bytes()).unwrap();
        assert_eq!(incoming.front(), Front::Incomplete);
        incoming.append(&[2]).unwrap();
        assert_eq!(incoming.front(), Front::Incomplete);
        assert!(incoming.bytes.capacity() < 100, "I13");
        incoming.clear();
        incoming.append(&[0xf1]).unwrap();
        incoming.append(&limit.to_be_bytes()).unwrap();
        incoming.append(&[2]).unwrap();
        assert_eq!(incoming.front(), Front::TooLong);
    }

    proptest! {
        #[test]
        fn any_bytes_come_out_the_same_however_they_are_cut(bytes: Vec<u8>, cut in 0usize..1000) {
            let all = |segments: &[&[u8]]| {
                let mut incoming = Incoming::default();
                let mut fronts = Vec::new();
                for segment in segments {
                    incoming.append(segment).unwrap();
                    while let Front::Complete(length) = incoming.front() {
                        fronts.push(length);
                        incoming.take(length);
                    }
                }
                (fronts, incoming.front())
            };
            let (a, b) = bytes.split_at(cut.min(bytes.len()));
            prop_assert_eq!(all(&[&bytes]), all(&[a, b]));
        }
    }
}
