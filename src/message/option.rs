//! Options on the wire (RFC 7252, section 3.1).
//!
//! An option is one byte with two nibbles (delta and length), up to two bytes that extend each of them, and the value.

#![forbid(unsafe_code)]

/// Longest value that an option can have on the wire.
pub const MAX_LENGTH: usize = 65_804;
/// The byte between the options and the payload.
pub const PAYLOAD_MARKER: u8 = 0xff;
/// First number that the one-byte extension can express.
const EXTENDED_8: usize = 13;
/// First number that the two-byte extension can express.
const EXTENDED_16: usize = 269;

/// The head of an encoded option: everything in front of the value.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Head {
    /// Distance from the number of the option before; above 65535 it is malformed, and the caller's to refuse.
    pub delta: u32,
    /// Bytes of value.
    pub length: usize,
    /// Bytes of the head itself, 1 to 5.
    pub size: usize,
}

impl Head {
    /// Decodes the head at the start of `bytes`. `Err` gives `delta` and `length` as far as they are known
    /// (`coap_opt_parse` shows them), with a `size` of 0.
    #[inline]
    pub fn decode(bytes: &[u8]) -> Result<Head, Head> {
        match bytes.first() {
            // Most heads are a single byte.
            Some(&first) if first >> 4 < 13 && first & 0x0f < 13 => {
                Ok(Head { delta: (first >> 4).into(), length: (first & 0x0f).into(), size: 1 })
            }
            Some(&first) => Head::decode_extended(first, &bytes[1..]),
            None => Err(Head::default()),
        }
    }

    /// The same for a head that is more than its first byte, whose other bytes are in `rest`.
    #[inline(never)]
    fn decode_extended(first: u8, rest: &[u8]) -> Result<Head, Head> {
        let length_nibble = first & 0x0f;
        let (delta, used) =
            extended(first >> 4, rest).map_err(|delta| Head { delta, length: length_nibble.into(), size: 0 })?;
        let (length, more) = extended(length_nibble, &rest[used..]).map_err(|length| Head {
            delta,
            length: length as usize,
            size: 0,
        })?;
        Ok(Head { delta, length: length as usize, size: 1 + used + more })
    }

    /// Size of the head that starts with this byte; `None` with a reserved nibble.
    pub fn size_from(first: u8) -> Option<usize> {
        let extension = |nibble| match nibble {
            0..=12 => Some(0),
            13 => Some(1),
            14 => Some(2),
            _ => None,
        };
        Some(1 + extension(first >> 4)? + extension(first & 0x0f)?)
    }
}

/// The number that a nibble and the bytes behind it stand for, and how many of these bytes it takes. `Err` gives what
/// is known of the number when it is reserved or bytes are missing.
#[inline]
fn extended(nibble: u8, rest: &[u8]) -> Result<(u32, usize), u32> {
    match (nibble, rest) {
        (0..=12, _) => Ok((nibble.into(), 0)),
        (13, &[byte, ..]) => Ok((u32::from(byte) + EXTENDED_8 as u32, 1)),
        (14, &[high, low, ..]) => Ok((u32::from(u16::from_be_bytes([high, low])) + EXTENDED_16 as u32, 2)),
        (14, &[high]) => Err(u32::from(high) * 256 + EXTENDED_16 as u32),
        _ => Err(nibble.into()),
    }
}

/// One encoded option taken off the front of some bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Split<'a> {
    /// Distance from the number of the option before.
    pub delta: u16,
    /// Bytes in front of the value.
    pub head_size: usize,
    /// The value.
    pub value: &'a [u8],
    /// What follows the option.
    pub rest: &'a [u8],
}

impl<'a> Split<'a> {
    /// Takes the option off the front of `bytes`; `None` if it is malformed (M1) or cut short.
    #[inline]
    pub fn first(bytes: &'a [u8]) -> Option<Split<'a>> {
        let head = Head::decode(bytes).ok()?;
        let delta = u16::try_from(head.delta).ok()?;
        let (value, rest) = bytes[head.size..].split_at_checked(head.length)?;
        Some(Split { delta, head_size: head.size, value, rest })
    }
}

/// One option of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Opt<'a> {
    /// The option number.
    pub number: u16,
    /// Its value.
    pub value: &'a [u8],
}

/// Walks over encoded options up to a payload marker, the end, or the first malformed option.
#[derive(Clone)]
pub struct Options<'a> {
    rest: &'a [u8],
    number: u16,
    malformed: bool,
}

impl<'a> Options<'a> {
    /// Walks over `bytes`: the message after its token, payload marker and payload included.
    pub fn new(bytes: &'a [u8]) -> Self {
        Options::resume(bytes, 0)
    }

    /// Goes on with a walk: `bytes` follow an option with this number.
    pub fn resume(bytes: &'a [u8], number: u16) -> Self {
        Options { rest: bytes, number, malformed: false }
    }

    /// Whether the walk stopped at a malformed option (only to be asked after the end).
    pub fn is_malformed(&self) -> bool {
        self.malformed
    }

    /// What has not been walked over yet: the next option, or where the walk ended.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Number of the option seen last, 0 before the first.
    pub fn number(&self) -> u16 {
        self.number
    }
}

impl<'a> Iterator for Options<'a> {
    type Item = Opt<'a>;
    #[inline]
    fn next(&mut self) -> Option<Opt<'a>> {
        if self.malformed || matches!(self.rest.first(), None | Some(&PAYLOAD_MARKER)) {
            return None;
        }
        let step = Split::first(self.rest).and_then(|split| Some((self.number.checked_add(split.delta)?, split)));
        let Some((number, split)) = step else {
            self.malformed = true;
            return None;
        };
        self.number = number;
        self.rest = split.rest;
        Some(Opt { number, value: split.value })
    }
}

/// The head of an option in its shortest form, ready to be written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct HeadBytes {
    bytes: [u8; 5],
    size: u8,
}

impl HeadBytes {
    /// No bytes at all.
    pub const NONE: HeadBytes = HeadBytes { bytes: [0; 5], size: 0 };

    /// The head of an option; `None` if a value of this length can't be encoded (M4).
    #[inline]
    pub fn new(delta: u16, length: usize) -> Option<HeadBytes> {
        if length > MAX_LENGTH {
            return None;
        }
        let mut head = HeadBytes { bytes: [0; 5], size: 1 };
        let high = head.extend(delta.into());
        let low = head.extend(length);
        head.bytes[0] = high << 4 | low;
        Some(head)
    }

    /// The payload marker, as if it were a head.
    pub const MARKER: HeadBytes = HeadBytes { bytes: [PAYLOAD_MARKER, 0, 0, 0, 0], size: 1 };

    /// The bytes to write.
    pub fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.size.into()]
    }

    /// Writes the extension of a number behind what is there, and gives the number's nibble.
    #[inline]
    fn extend(&mut self, number: usize) -> u8 {
        let at = usize::from(self.size);
        if number < EXTENDED_8 {
            return number as u8;
        }
        if number < EXTENDED_16 {
            self.bytes[at] = (number - EXTENDED_8) as u8;
            self.size += 1;
            return 13;
        }
        self.bytes[at..at + 2].copy_from_slice(&((number - EXTENDED_16) as u16).to_be_bytes());
        self.size += 2;
        14
    }
}

/// Size of an encoded option, head and value (`coap_opt_encode_size`): arithmetic only, saturating, also for lengths
/// that can't be encoded.
pub fn encoded_size(delta: u16, length: usize) -> usize {
    let extension = |number: usize| match number {
        0..EXTENDED_8 => 0usize,
        EXTENDED_8..EXTENDED_16 => 1,
        _ => 2,
    };
    (1 + extension(usize::from(delta)) + extension(length)).saturating_add(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Section 1.3: the known answers, and the borders of nibbles and extensions.
    #[test]
    fn heads_are_encoded_in_their_shortest_form() {
        let cases: [(u16, usize, &[u8]); 15] = [
            (0, 0, &[0x00]),
            (5, 268, &[0x5d, 0xff]),
            (12, 12, &[0xcc]),
            (13, 13, &[0xdd, 0, 0]),
            (14, 1, &[0xd1, 0x01]),
            (268, 184, &[0xdd, 0xff, 0xab]),
            (268, 268, &[0xdd, 0xff, 0xff]),
            (255, 256, &[0xdd, 0xf2, 0xf3]),
            (256, 255, &[0xdd, 0xf3, 0xf2]),
            (5133, 268, &[0xed, 0x13, 0x00, 0xff]),
            (269, 1, &[0xe1, 0x00, 0x00]),
            (269, 269, &[0xee, 0, 0, 0, 0]),
            (65535, 65535, &[0xee, 0xfe, 0xf2, 0xfe, 0xf2]),
            (0, 65804, &[0x0e, 0xff, 0xff]),
            (65535, 0, &[0xe0, 0xfe, 0xf2]),
        ];
        for (delta, length, bytes) in cases {
            assert_eq!(HeadBytes::new(delta, length).unwrap().as_slice(), bytes);
            assert_eq!(encoded_size(delta, length), bytes.len() + length);
            assert_eq!(Head::decode(bytes), Ok(Head { delta: delta.into(), length, size: bytes.len() }));
            assert_eq!(Head::size_from(bytes[0]), Some(bytes.len()));
        }
    }

    /// M4: what can't be encoded is refused; the arithmetic goes on.
    #[test]
    fn longer_values_are_refused() {
        for length in [65_805, 65_805 + 65_536, usize::MAX] {
            assert_eq!(HeadBytes::new(0, length), None);
        }
        assert_eq!(encoded_size(0, 65_805), 65_808);
        assert_eq!(encoded_size(300, usize::MAX), usize::MAX);
    }

    /// M1, M2, X2: no way to a number above 65535.
    #[test]
    fn numbers_do_not_wrap() {
        for low in 0xf3..=0xff {
            assert_eq!(Split::first(&[0xe0, 0xfe, low]), None);
        }
        assert!(Split::first(&[0xe0, 0xfe, 0xf2]).is_some());
        assert_eq!(Split::first(&[0xe0, 0xff, 0]), None);
        let mut walk = Options::new(&[0x10, 0xe0, 0xfe, 0xf2, 0]);
        assert_eq!(walk.next(), Some(Opt { number: 1, value: &[] }));
        assert_eq!((walk.next(), walk.is_malformed(), walk.next()), (None, true, None));
        assert_eq!((walk.number(), walk.rest().len()), (1, 4));
    }

    #[test]
    fn a_walk_ends_at_the_marker() {
        let mut walk = Options::new(&[0x51, 0xff, 0x02, 1, 2, 0xff, 0x10]);
        assert_eq!(walk.next(), Some(Opt { number: 5, value: &[0xff] }));
        assert_eq!(walk.next(), Some(Opt { number: 5, value: &[1, 2] }));
        assert_eq!((walk.next(), walk.is_malformed(), walk.rest()), (None, false, &[0xff, 0x10][..]));
    }
}
