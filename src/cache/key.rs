//! Which parts of a message are its cache key (docs/spec/cache.md, section 1; RFC 7252 §5.6).

#![forbid(unsafe_code)]

use super::digest::{Chosen, Digest, Tag};
use crate::abi::COAP_OPTION_OBSERVE;
use crate::message::code;
use crate::message::option::Options;

/// A cache key: equal exactly when two messages ask for the same.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(transparent)]
pub struct Key(pub [u8; 32]);

impl Key {
    /// The first sixteen bytes, as words.
    pub fn first_words(&self) -> [u64; 2] {
        let (words, _) = self.0.as_chunks();
        [words[0], words[1]].map(u64::from_le_bytes)
    }
}

/// What a key is made of.
#[derive(Clone)]
pub struct Input<'a> {
    /// The identity of the session, if the key is session-based (C1).
    pub session: Option<u64>,
    /// The message code; only FETCH matters.
    pub code: u8,
    /// The options.
    pub options: Options<'a>,
    /// The re-assembled body (C4), or else the payload.
    pub data: Option<&'a [u8]>,
}

/// Derives the key of a message with this build's digest; `ignored` are the option numbers that the application leaves
/// out. `None` if the options are malformed.
pub fn derive(input: Input<'_>, ignored: &[u16]) -> Option<Key> {
    derive_with::<Chosen>(input, ignored)
}

/// [`derive`] with a digest of one's choice.
fn derive_with<D: Digest>(input: Input<'_>, ignored: &[u16]) -> Option<Key> {
    let mut digest = D::default();
    if let Some(session) = input.session {
        digest.part(Tag::Session, 0, &session.to_le_bytes());
    }
    let mut options = input.options;
    for option in &mut options {
        if takes_part(option.number) && !ignored.contains(&option.number) {
            digest.part(Tag::Option, option.number, option.value);
        }
    }
    if options.is_malformed() {
        return None;
    }
    if input.code == code::FETCH {
        match input.data {
            Some(data) => digest.part(Tag::Payload, 0, data),
            None => digest.part(Tag::NoPayload, 0, &[]),
        }
    }
    Some(Key(digest.finish()))
}

/// Whether an option is part of keys by nature: neither NoCacheKey (RFC 7252 §5.4.6) nor Observe (RFC 7641 §2).
fn takes_part(number: u16) -> bool {
    number & 0x1e != 0x1c && number != COAP_OPTION_OBSERVE
}

#[cfg(test)]
#[path = "key_tests.rs"]
mod tests;
