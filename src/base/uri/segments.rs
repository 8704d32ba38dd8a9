//! A path or query into encoded options (RFC 7252 sections 3.1 and 6.4; docs/spec/base.md, section 3.3).

#![forbid(unsafe_code)]

use super::split::cut;
use crate::base::log::LOG_DEBUG;
use crate::log;
use core::mem::MaybeUninit;

/// What came of splitting.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Segments {
    /// How many segments were written.
    pub count: usize,
    /// How many bytes they take.
    pub written: usize,
    /// Whether a segment was skipped because it did not fit.
    pub too_small: bool,
}

impl Segments {
    /// Logs what the buffer was too small for. Apart from splitting, because nothing may be borrowed while a line is
    /// logged.
    pub fn log(&self) {
        if self.too_small {
            log!(LOG_DEBUG, "the buffer is too small for all segments");
        }
    }
}

/// Percent-decodes the segments of a path, up to the first `?` or `#`, and writes each to `out` as an option of delta 0.
/// Segments `.` and `..` are dropped; so are those with a bad escape, above 65804 bytes or without room.
pub fn split_path(path: &[u8], out: &mut [MaybeUninit<u8>]) -> Segments {
    let (path, _) = cut(path, |byte| matches!(byte, b'?' | b'#'));
    write_all(path.split(|&byte| byte == b'/').filter(|segment| !matches!(segment, [b'.'] | [b'.', b'.'])), out)
}

/// Percent-decodes the parts of a query between `&`, up to the first `#`, and writes each to `out` as an option of
/// delta 0. Parts with a bad escape, above 65804 bytes or without room are dropped.
pub fn split_query(query: &[u8], out: &mut [MaybeUninit<u8>]) -> Segments {
    let (query, _) = cut(query, |byte| byte == b'#');
    write_all(query.split(|&byte| byte == b'&'), out)
}

fn write_all<'a>(segments: impl Iterator<Item = &'a [u8]>, out: &mut [MaybeUninit<u8>]) -> Segments {
    let mut done = Segments::default();
    for segment in segments {
        let Some(length) = decoded_length(segment) else { continue };
        let mut buffer = [0; 3];
        let Some(header) = header(length, &mut buffer) else { continue };
        let free = &mut out[done.written..];
        if free.len() < header.len() + length {
            done.too_small = true;
            continue;
        }
        for (slot, byte) in free.iter_mut().zip(header.iter().copied().chain(Decoded(segment))) {
            slot.write(byte);
        }
        done.count += 1;
        done.written += header.len() + length;
    }
    done
}

/// The header of an option with delta 0 and this length; `None` if there is none.
fn header(length: usize, buffer: &mut [u8; 3]) -> Option<&[u8]> {
    let size = match length {
        0..13 => {
            buffer[0] = length as u8;
            1
        }
        13..269 => {
            *buffer = [13, (length - 13) as u8, 0];
            2
        }
        _ => {
            let [high, low] = u16::try_from(length - 269).ok()?.to_be_bytes();
            *buffer = [14, high, low];
            3
        }
    };
    Some(&buffer[..size])
}

/// The bytes of a segment, up to the first bad escape.
struct Decoded<'a>(&'a [u8]);

impl Iterator for Decoded<'_> {
    type Item = u8;
    fn next(&mut self) -> Option<u8> {
        let (byte, rest) = match *self.0 {
            [b'%', high, low, ref rest @ ..] => (hex(high)? << 4 | hex(low)?, rest),
            [b'%', ..] | [] => return None,
            [byte, ref rest @ ..] => (byte, rest),
        };
        self.0 = rest;
        Some(byte)
    }
}

/// How many bytes a segment stands for; `None` if it has a bad escape.
fn decoded_length(segment: &[u8]) -> Option<usize> {
    let mut bytes = Decoded(segment);
    let length = bytes.by_ref().count();
    bytes.0.is_empty().then_some(length)
}

fn hex(digit: u8) -> Option<u8> {
    // At most 15.
    char::from(digit).to_digit(16).map(|value| value as u8)
}
