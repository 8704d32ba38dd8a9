//! What a received message must be like behind its header (docs/spec/message.md, section 10).

#![forbid(unsafe_code)]

use super::option::Options;
use super::pdu::MAX_TOKEN;
use crate::abi::*;
use core::ops::RangeInclusive;

/// The most options that a message may have (X7).
pub const MAX_OPTIONS: usize = 1024;

/// What was found behind the header of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Contents {
    /// Whether all is as it must be.
    pub valid: bool,
    /// Number of the last option that could be read.
    pub max_opt: u16,
    /// Where the payload starts.
    pub payload: Option<usize>,
    /// The first option whose value has a length that it must not have: its number and length.
    pub bad_length: Option<(u16, usize)>,
}

impl Contents {
    /// Reads what follows the header, `bytes`, in one pass.
    pub fn of(code: u8, token_length: usize, bytes: &[u8]) -> Contents {
        if code == 0 {
            return Contents { valid: bytes.is_empty() && token_length == 0, ..Contents::default() };
        }
        let mut contents = Contents::default();
        if token_length > MAX_TOKEN || token_length > bytes.len() {
            return contents;
        }
        let mut walk = Options::new(&bytes[token_length..]);
        let mut count = 0;
        for option in &mut walk {
            contents.max_opt = option.number;
            if contents.bad_length.is_none() && !has_valid_length(code, option.number, option.value.len()) {
                contents.bad_length = Some((option.number, option.value.len()));
            }
            count += 1;
            if count > MAX_OPTIONS {
                return contents;
            }
        }
        if walk.is_malformed() {
            return contents;
        }
        match walk.rest() {
            [] => contents.valid = contents.bad_length.is_none(),
            [_marker] => {}
            [_marker, payload @ ..] => {
                contents.valid = contents.bad_length.is_none();
                contents.payload = Some(bytes.len() - payload.len());
            }
        }
        contents
    }
}

/// Whether an option of a message with this code may have a value of this length. Numbers without a rule may have any.
pub fn has_valid_length(code: u8, number: u16, length: usize) -> bool {
    let rule = if code >= 0xe0 { signalling_lengths(code, number) } else { lengths(number) };
    rule.is_none_or(|range| range.contains(&length))
}

/// Lengths that option definitions allow: RFC 7252 section 5.10, RFC 7641, RFC 7959, RFC 7967, RFC 8613, RFC 8768.
fn lengths(number: u16) -> Option<RangeInclusive<usize>> {
    Some(match number {
        COAP_OPTION_IF_MATCH => 0..=8,
        COAP_OPTION_URI_HOST => 1..=255,
        COAP_OPTION_ETAG => 1..=8,
        COAP_OPTION_IF_NONE_MATCH => 0..=0,
        COAP_OPTION_OBSERVE => 0..=3,
        COAP_OPTION_URI_PORT => 0..=2,
        COAP_OPTION_LOCATION_PATH => 0..=255,
        COAP_OPTION_OSCORE => 0..=255,
        COAP_OPTION_URI_PATH => 0..=255,
        COAP_OPTION_CONTENT_FORMAT => 0..=2,
        COAP_OPTION_MAXAGE => 0..=4,
        COAP_OPTION_URI_QUERY => 1..=255,
        COAP_OPTION_HOP_LIMIT => 1..=1,
        COAP_OPTION_ACCEPT => 0..=2,
        COAP_OPTION_LOCATION_QUERY => 0..=255,
        COAP_OPTION_BLOCK2 => 0..=3,
        COAP_OPTION_BLOCK1 => 0..=3,
        COAP_OPTION_SIZE2 => 0..=4,
        COAP_OPTION_PROXY_URI => 1..=1034,
        COAP_OPTION_PROXY_SCHEME => 1..=255,
        COAP_OPTION_SIZE1 => 0..=4,
        COAP_OPTION_NORESPONSE => 0..=1,
        _ => return None,
    })
}

/// The same for signalling messages, where each code has options of its own (RFC 8323, section 5).
fn signalling_lengths(code: u8, number: u16) -> Option<RangeInclusive<usize>> {
    Some(match (code, number) {
        (COAP_SIGNALING_CSM, COAP_SIGNALING_OPTION_MAX_MESSAGE_SIZE) => 0..=4,
        (COAP_SIGNALING_CSM, COAP_SIGNALING_OPTION_BLOCK_WISE_TRANSFER) => 0..=0,
        (COAP_SIGNALING_PING | COAP_SIGNALING_PONG, COAP_SIGNALING_OPTION_CUSTODY) => 0..=0,
        (COAP_SIGNALING_RELEASE, COAP_SIGNALING_OPTION_ALTERNATIVE_ADDRESS) => 1..=255,
        (COAP_SIGNALING_RELEASE, COAP_SIGNALING_OPTION_HOLD_OFF) => 0..=3,
        (COAP_SIGNALING_ABORT, COAP_SIGNALING_OPTION_BAD_CSM_OPTION) => 0..=2,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both tables of section 10; no number beside them has a rule.
    #[test]
    fn every_length_rule() {
        let general: [(u16, usize, usize); 22] = [
            (1, 0, 8),
            (3, 1, 255),
            (4, 1, 8),
            (5, 0, 0),
            (6, 0, 3),
            (7, 0, 2),
            (8, 0, 255),
            (9, 0, 255),
            (11, 0, 255),
            (12, 0, 2),
            (14, 0, 4),
            (15, 1, 255),
            (16, 1, 1),
            (17, 0, 2),
            (20, 0, 255),
            (23, 0, 3),
            (27, 0, 3),
            (28, 0, 4),
            (35, 1, 1034),
            (39, 1, 255),
            (60, 0, 4),
            (258, 0, 1),
        ];
        let signalling: [(u8, u16, usize, usize); 7] = [
            (0xe1, 2, 0, 4),
            (0xe1, 4, 0, 0),
            (0xe2, 2, 0, 0),
            (0xe3, 2, 0, 0),
            (0xe4, 2, 1, 255),
            (0xe4, 4, 0, 3),
            (0xe5, 2, 0, 2),
        ];
        // The full length counts, above 65535 too (M3, X2).
        let lengths = || (0..1100).chain([65_535, 65_536, 65_537, 65_538, 65_804]);
        for code in [1, 31, 0x45, 0x84, 0xdf, 0xe0, 0xe1, 0xe2, 0xe3, 0xe4, 0xe5, 0xff] {
            for number in (0..300).chain([65_535]) {
                let rule = if code < 0xe0 {
                    general.iter().find(|rule| rule.0 == number).map(|rule| (rule.1, rule.2))
                } else {
                    signalling.iter().find(|rule| (rule.0, rule.1) == (code, number)).map(|rule| (rule.2, rule.3))
                };
                for length in lengths() {
                    let expected = rule.is_none_or(|(least, most)| (least..=most).contains(&length));
                    assert_eq!(has_valid_length(code, number, length), expected, "{code:x} {number} {length}");
                }
            }
        }
    }

    /// M13: the first bad length is told, and the walk goes on.
    #[test]
    fn bad_lengths() {
        let contents = Contents::of(1, 0, &[0x30, 0x10, 0x10, 0x00, 0xff, 0x41]);
        assert_eq!((contents.valid, contents.bad_length), (false, Some((3, 0))));
        assert_eq!((contents.max_opt, contents.payload), (5, Some(5)));
    }

    /// X7, and nothing of the payload once there are too many options.
    #[test]
    fn options_are_counted() {
        let mut bytes = [0; MAX_OPTIONS + 3];
        bytes[MAX_OPTIONS] = 0xff;
        let contents = Contents::of(1, 0, &bytes);
        assert_eq!((contents.valid, contents.payload), (true, Some(MAX_OPTIONS + 1)));
        bytes[MAX_OPTIONS] = 0;
        bytes[MAX_OPTIONS + 1] = 0xff;
        let contents = Contents::of(1, 0, &bytes);
        assert_eq!((contents.valid, contents.payload), (false, None));
    }
}
