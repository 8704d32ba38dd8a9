//! The path or query of a message as text (RFC 7252 section 6.5; docs/spec/base.md, section 3.5).

#![forbid(unsafe_code)]

use crate::abi::*;
use crate::base::string;
use crate::base::uri::split::cut;
use core::ops::Deref;
use core::ptr::NonNull;

/// How much text is kept without an allocation.
const INLINE: usize = 256;

/// A path or query, with a NUL behind it. It is a copy: the message may change or go.
pub struct Text {
    length: usize,
    inline: [u8; INLINE + 1],
    /// The text and its NUL, if it is longer than `INLINE`.
    heap: Vec<u8>,
}

impl Text {
    /// The text as C has strings. It points into this object, which must neither move nor go while C uses it.
    pub fn as_string(&mut self) -> coap_string_t {
        let s = match self.length {
            0..=INLINE => self.inline.as_mut_ptr(),
            _ => self.heap.as_mut_ptr(),
        };
        coap_string_t { length: self.length, s }
    }
}

impl Deref for Text {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        match self.length {
            0..=INLINE => &self.inline[..self.length],
            _ => &self.heap[..self.length],
        }
    }
}

impl Text {
    /// A copy of a text; `None` without memory.
    pub fn copy_of(bytes: &[u8]) -> Option<Text> {
        let mut text = Text::of_length(bytes.len())?;
        text.bytes_mut().copy_from_slice(bytes);
        Some(text)
    }

    /// A text of so many zero bytes; `None` without memory.
    fn of_length(length: usize) -> Option<Text> {
        let mut text = Text { length, inline: [0; INLINE + 1], heap: Vec::new() };
        if length > INLINE {
            let size = length.checked_add(1)?;
            text.heap.try_reserve_exact(size).ok()?;
            text.heap.resize(size, 0);
        }
        Some(text)
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        match self.length {
            0..=INLINE => &mut self.inline[..self.length],
            _ => &mut self.heap[..self.length],
        }
    }
}

/// The path of a message: its Uri-Path options, escaped and joined by `/`; empty if there are none. Only a path of more
/// than 256 bytes is allocated; `None` without memory.
#[inline]
pub fn path(pdu: &coap_pdu_t) -> Option<Text> {
    text(values(pdu, &PATH), &PATH)
}

/// The query of a message: its Uri-Query options, escaped and joined by `&`. The outer `None` means no memory, the inner
/// one no such option. Only a query of more than 256 bytes is allocated.
pub fn query(pdu: &coap_pdu_t) -> Option<Option<Text>> {
    match values(pdu, &QUERY).next() {
        Some(_) => text(values(pdu, &QUERY), &QUERY).map(Some),
        None => Some(None),
    }
}

/// The path of a message as a string that C owns (`coap_get_uri_path`); `None` without memory.
pub fn path_string(pdu: &coap_pdu_t) -> Option<NonNull<coap_string_t>> {
    string(values(pdu, &PATH), &PATH)
}

/// The query of a message as a string that C owns (`coap_get_query`); `None` without such options or without memory.
pub fn query_string(pdu: &coap_pdu_t) -> Option<NonNull<coap_string_t>> {
    values(pdu, &QUERY).next()?;
    string(values(pdu, &QUERY), &QUERY)
}

/// What sets path and query apart.
struct Component {
    option: u16,
    separator: u8,
    /// The bytes that are not escaped, beside letters and digits.
    plain: &'static [u8],
}

const PATH: Component = Component { option: COAP_OPTION_URI_PATH, separator: b'/', plain: b"-._~!$'()*+,;=:@&" };
const QUERY: Component = Component { option: COAP_OPTION_URI_QUERY, separator: b'&', plain: b"-._~!$'()*+,;=:@&/?" };

impl Component {
    fn is_plain(&self, byte: u8) -> bool {
        byte.is_ascii_alphanumeric() || self.plain.contains(&byte)
    }
}

fn values<'a>(pdu: &'a coap_pdu_t, component: &'static Component) -> impl Iterator<Item = &'a [u8]> + Clone {
    pdu.options().filter(|option| option.number == component.option).map(|option| option.value)
}

fn text<'a>(values: impl Iterator<Item = &'a [u8]> + Clone, component: &Component) -> Option<Text> {
    let mut text = Text { length: 0, inline: [0; INLINE + 1], heap: Vec::new() };
    text.length = write(values.clone(), component, &mut text.inline[..INLINE]);
    if text.length > INLINE {
        text = Text::of_length(text.length)?;
        write(values, component, text.bytes_mut());
    }
    Some(text)
}

fn string<'a>(values: impl Iterator<Item = &'a [u8]> + Clone, component: &Component) -> Option<NonNull<coap_string_t>> {
    let length = write(values.clone(), component, &mut []);
    string::build(length, |bytes| {
        write(values, component, bytes);
    })
}

/// Writes what fits of the text into `out`, and returns how long the text is.
fn write<'a>(values: impl Iterator<Item = &'a [u8]>, component: &Component, out: &mut [u8]) -> usize {
    let mut length = 0usize;
    let mut emit = |piece: &[u8]| {
        let end = length.saturating_add(piece.len());
        if let Some(place) = out.get_mut(length..end) {
            place.copy_from_slice(piece);
        }
        length = end;
    };
    for (index, mut value) in values.enumerate() {
        if index > 0 {
            emit(&[component.separator]);
        }
        loop {
            let (plain, rest) = cut(value, |byte| !component.is_plain(byte));
            emit(plain);
            let [byte, rest @ ..] = rest else { break };
            emit(&[b'%', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
            value = rest;
        }
    }
    length
}

const HEX: &[u8; 16] = b"0123456789ABCDEF";

#[cfg(test)]
mod tests {
    use super::*;

    /// The text, made both ways: at once, and into a buffer of exactly its length.
    fn made(values: &[&[u8]], component: &Component) -> Vec<u8> {
        let mut text = text(values.iter().copied(), component).unwrap();
        let mut exact = vec![0; write(values.iter().copied(), component, &mut [])];
        write(values.iter().copied(), component, &mut exact);
        assert_eq!(exact, *text);
        assert_eq!(text.as_string().length, text.len());
        exact
    }

    #[test]
    fn table_b7() {
        for (values, path, query) in [
            (&[][..], "", ""),
            (&[&b""[..]], "", ""),
            (&[b"foo", b""], "foo/", "foo&"),
            (&[b"", b""], "/", "&"),
            (&[b"", b"foo"], "/foo", "&foo"),
            (&[b"a/b"], "a%2Fb", "a/b"),
            (&[&[0, 0x7f, 0x80, 0xff]], "%00%7F%80%FF", "%00%7F%80%FF"),
            (&[b"% #[]"], "%25%20%23%5B%5D", "%25%20%23%5B%5D"),
            (&[b".", b".."], "./..", ".&.."),
            (&[b"a", b"b"], "a/b", "a&b"),
            (&[b"a", b"", b"b"], "a//b", "a&&b"),
            (&[b"a&b=/?#% "], "a&b=%2F%3F%23%25%20", "a&b=/?%23%25%20"),
            (&[b"-._~!$'()*+,;=:@&"], "-._~!$'()*+,;=:@&", "-._~!$'()*+,;=:@&"),
        ] {
            assert_eq!(made(values, &PATH), path.as_bytes());
            assert_eq!(made(values, &QUERY), query.as_bytes());
        }
    }

    #[test]
    fn copies() {
        for length in [0, 1, 255, 256, 257, 70000] {
            let bytes = vec![b'q'; length];
            let mut copy = Text::copy_of(&bytes).unwrap();
            assert_eq!(*copy, bytes[..]);
            assert_eq!(copy.as_string().length, length);
        }
    }

    #[test]
    fn every_length_b8() {
        for length in (250..260).chain([65535, 65536, 70000]) {
            let value = vec![b'x'; length];
            assert_eq!(made(&[&value], &PATH), value);
            assert_eq!(made(&[&value, b"", b"\xff"], &PATH), [&value[..], b"//%FF"].concat());
        }
    }
}
