//! What tells the requests for one body from those for another (X31).
//!
//! The method and those options that the cache key would take in, kept as they are and compared exactly: a comparison
//! can't collide, needs no digest, and allocates only when an upload starts. It follows the *standard* cache key: the
//! numbers that an application has the cache ignore count here, or two queries could share a body. Not compared are
//! the Block options, and Content-Format, because a change of it in mid-body is an error of its own (4.08).

#![forbid(unsafe_code)]

use crate::abi::*;
use crate::base::varint;
use crate::message::option::Opt;

/// Whether an option helps to tell uploads apart.
pub fn distinguishes_uploads(number: u16) -> bool {
    let no_cache_key = number & 0x1e == 0x1c;
    !no_cache_key
        && !matches!(number, COAP_OPTION_OBSERVE | COAP_OPTION_BLOCK1 | COAP_OPTION_BLOCK2 | COAP_OPTION_CONTENT_FORMAT)
}

/// Whether an option says what is asked, apart from the query: tells apart the bodies of resources that serve many paths.
pub fn names_the_target(number: u16) -> bool {
    matches!(
        number,
        COAP_OPTION_URI_HOST
            | COAP_OPTION_URI_PORT
            | COAP_OPTION_URI_PATH
            | COAP_OPTION_PROXY_URI
            | COAP_OPTION_PROXY_SCHEME
    )
}

/// Number and length of an option, as they stand in front of its value in an [`Identity`].
fn head(option: &Opt) -> [u8; 6] {
    let [a, b] = option.number.to_be_bytes();
    // An option's value is never longer than 65804 bytes; `MAX` would just never be equal to anything.
    let [c, d, e, f] = u32::try_from(option.value.len()).unwrap_or(u32::MAX).to_be_bytes();
    [a, b, c, d, e, f]
}

/// A method and some options, to compare requests with.
#[derive(PartialEq, Eq)]
pub struct Identity {
    method: u8,
    options: Vec<u8>,
}

impl Identity {
    /// Keeps `method` and `options`; `None` without memory.
    pub fn new<'a>(method: u8, options: impl Iterator<Item = Opt<'a>> + Clone) -> Option<Identity> {
        let length = options.clone().map(|option| head(&option).len() + option.value.len()).sum();
        let mut kept = Vec::new();
        kept.try_reserve_exact(length).ok()?;
        for option in options {
            kept.extend_from_slice(&head(&option));
            kept.extend_from_slice(option.value);
        }
        Some(Identity { method, options: kept })
    }

    /// Whether `method` and `options` are those that were kept.
    pub fn is<'a>(&self, method: u8, options: impl Iterator<Item = Opt<'a>>) -> bool {
        let mut rest = self.options.as_slice();
        for option in options {
            let Some(after) = rest.strip_prefix(&head(&option)).and_then(|rest| rest.strip_prefix(option.value)) else {
                return false;
            };
            rest = after;
        }
        rest.is_empty() && self.method == method
    }
}

/// Up to 8 bytes kept in place: a token, or the value of a short option.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Short {
    bytes: [u8; 8],
    length: u8,
}

impl Short {
    /// Keeps `bytes`; `None` if they are more than 8.
    pub fn new(bytes: &[u8]) -> Option<Short> {
        let mut short = Short { bytes: [0; 8], length: u8::try_from(bytes.len()).ok()? };
        short.bytes.get_mut(..bytes.len())?.copy_from_slice(bytes);
        Some(short)
    }

    /// The shortest big-endian form of an integer; empty for 0.
    pub fn integer(value: u64) -> Short {
        let mut buffer = [0; 8];
        Short::new(varint::encode8(value, &mut buffer)).unwrap_or_default()
    }

    /// A number that is the same for equal ones, and different for most that are different: to be hashed.
    pub fn as_number(&self) -> u64 {
        u64::from_ne_bytes(self.bytes)
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options<'a>(list: &'a [(u16, &'a [u8])]) -> impl Iterator<Item = Opt<'a>> + Clone {
        list.iter().map(|&(number, value)| Opt { number, value })
    }

    #[test]
    fn x31_exact_comparison() {
        let path: &[(u16, &[u8])] = &[(11, b"ab"), (11, b"c")];
        let identity = Identity::new(3, options(path)).unwrap();
        assert!(identity.is(3, options(path)));
        assert!(!identity.is(2, options(path)));
        assert!(!identity.is(3, options(&[(11, b"a"), (11, b"bc")])));
        assert!(!identity.is(3, options(&[(11, b"ab")])));
        assert!(!identity.is(3, options(&[(11, b"ab"), (11, b"c"), (15, b"q")])));
        assert!(!identity.is(3, options(&[(11, b"ab\x00\x0b\x00\x00\x00\x01c")])));
    }

    #[test]
    fn x31_what_takes_part() {
        for number in [3, 7, 11, 15, 17, 35, 39, 292, 1, 5] {
            assert!(distinguishes_uploads(number), "{number}");
        }
        for number in [6, 12, 23, 27, 28, 60] {
            assert!(!distinguishes_uploads(number), "{number}");
        }
    }

    #[test]
    fn short_bytes() {
        assert_eq!(Short::integer(0).bytes(), []);
        assert_eq!(Short::integer(1).bytes(), [1]);
        assert_eq!(Short::integer(0x100).bytes(), [1, 0]);
        assert_eq!(Short::integer(u64::MAX).bytes(), [0xff; 8]);
        assert_eq!(Short::new(&[1; 9]), None);
        assert_eq!(Short::new(b"tok").unwrap().bytes(), b"tok");
    }
}
