//! Which messages have equal keys: every row of docs/spec/cache.md, section 1, with both digests.

use super::super::digest::{Lanes, Sha256};
use super::*;
use proptest::prelude::*;

const GET: u8 = 1;
const PUT: u8 = 3;
const FETCH: u8 = 5;

/// What a message says, for the tests.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Message {
    session: Option<u64>,
    code: u8,
    options: Vec<(u16, Vec<u8>)>,
    data: Option<Vec<u8>>,
}

impl Message {
    fn get(options: &[(u16, &[u8])]) -> Message {
        let options = options.iter().map(|&(number, value)| (number, value.to_vec())).collect();
        Message { session: None, code: GET, options, data: None }
    }

    fn with(&self, change: impl FnOnce(&mut Message)) -> Message {
        let mut other = self.clone();
        change(&mut other);
        other
    }

    /// The options as they are on the wire.
    fn encoded(&self) -> Vec<u8> {
        let nibble = |number: usize| match number {
            0..13 => (number as u8, vec![]),
            13..269 => (13, vec![(number - 13) as u8]),
            _ => (14, ((number - 269) as u16).to_be_bytes().to_vec()),
        };
        let (mut wire, mut before) = (Vec::new(), 0);
        for (number, value) in &self.options {
            let (delta, delta_more) = nibble(usize::from(number - before));
            let (length, length_more) = nibble(value.len());
            wire.push(delta << 4 | length);
            wire.extend(delta_more);
            wire.extend(length_more);
            wire.extend(value);
            before = *number;
        }
        wire
    }

    /// What a key is made of, by the letter of the chapter.
    fn asked(&self, ignored: &[u16]) -> Message {
        self.with(|message| {
            message.options.retain(|(number, _)| number & 0x1e != 0x1c && *number != 6 && !ignored.contains(number));
            if message.code != FETCH {
                message.data = None;
                message.code = GET;
            }
        })
    }

    fn key<D: Digest>(&self, ignored: &[u16]) -> Option<Key> {
        let wire = self.encoded();
        let input =
            Input { session: self.session, code: self.code, options: Options::new(&wire), data: self.data.as_deref() };
        derive_with::<D>(input, ignored)
    }
}

fn assert_same(a: &Message, b: &Message, ignored: &[u16]) {
    assert_eq!(a.key::<Sha256>(ignored), b.key::<Sha256>(ignored), "{a:?} and {b:?}");
    assert_eq!(a.key::<Lanes>(ignored), b.key::<Lanes>(ignored), "{a:?} and {b:?}");
}

fn assert_different(a: &Message, b: &Message, ignored: &[u16]) {
    assert_ne!(a.key::<Sha256>(ignored).unwrap(), b.key::<Sha256>(ignored).unwrap(), "{a:?} and {b:?}");
    assert_ne!(a.key::<Lanes>(ignored).unwrap(), b.key::<Lanes>(ignored).unwrap(), "{a:?} and {b:?}");
}

#[test]
fn what_does_not_take_part_does_not_show() {
    let plain = Message::get(&[(3, b"host"), (11, b"a"), (11, b"b"), (17, b"\x32")]);
    // Methods and payloads but FETCH's; Observe; Size1 and Size2; C2: deltas of the neighbours shift.
    assert_same(&plain, &plain.with(|m| m.code = PUT), &[]);
    assert_same(&plain, &plain.with(|m| m.data = Some(b"payload".to_vec())), &[]);
    assert_same(&plain, &plain.with(|m| m.options.insert(1, (6, vec![]))), &[]);
    assert_same(&plain, &plain.with(|m| m.options.push((28, vec![1]))), &[]);
    assert_same(&plain, &plain.with(|m| m.options.push((60, vec![1, 2]))), &[]);
    let first = plain.with(|m| m.options.extend([(27, vec![0x0e]), (60, vec![5]), (258, vec![1])]));
    let second = plain.with(|m| m.options.extend([(27, vec![0x1e]), (258, vec![1])]));
    assert_same(&first, &second, &[23, 27]);
    assert_different(&first, &second, &[]);
    assert_same(&first, &plain.with(|m| m.options.push((258, vec![1]))), &[23, 27]);
}

#[test]
fn no_cache_key_is_four_bits_of_the_number() {
    let plain = Message::get(&[(11, b"a")]);
    for number in (12..=u16::MAX).step_by(7).chain([28, 29, 60, 61, 92, 124, 508, 65_532, 65_533]) {
        let more = plain.with(|m| m.options.push((number, vec![7])));
        if number >> 1 & 0b1111 == 0b1110 {
            assert_same(&plain, &more, &[]);
        } else {
            assert_different(&plain, &more, &[]);
        }
    }
}

#[test]
fn what_takes_part_shows() {
    let plain = Message::get(&[(11, b"ab"), (11, b"c"), (15, b"q")]);
    let others = [
        // C3: order, cut and repetition of values.
        Message::get(&[(11, b"a"), (11, b"bc"), (15, b"q")]),
        Message::get(&[(11, b"abc"), (15, b"q")]),
        Message::get(&[(11, b"c"), (11, b"ab"), (15, b"q")]),
        Message::get(&[(11, b"ab"), (11, b"c"), (11, b"q")]),
        Message::get(&[(11, b"ab"), (11, b"c"), (11, b""), (15, b"q")]),
        Message::get(&[(11, b"ab"), (11, b"c"), (15, b"q"), (15, b"q")]),
        Message::get(&[(11, b"ab"), (11, b"c"), (15, b"q\0")]),
        // One segment that imitates the coding of the next.
        Message::get(&[(11, b"ab\x01c"), (15, b"q")]),
        Message::get(&[(11, b"ab"), (11, b"c\x41q")]),
        // Numbers that no one knows take part too.
        Message::get(&[(11, b"ab"), (11, b"c"), (15, b"q"), (65_000, b"")]),
        Message::get(&[(11, b"ab"), (11, b"c"), (15, b"q"), (65_001, b"")]),
        Message::get(&[]),
    ];
    for (i, a) in others.iter().enumerate() {
        assert_different(&plain, a, &[]);
        for b in &others[..i] {
            assert_different(a, b, &[]);
        }
    }
}

#[test]
fn the_body_of_fetch_takes_part() {
    let fetch = Message::get(&[(11, b"a")]).with(|m| m.code = FETCH);
    let empty = fetch.with(|m| m.data = Some(vec![]));
    let full = fetch.with(|m| m.data = Some(vec![2, 11, 0]));
    assert_different(&fetch, &fetch.with(|m| m.code = GET), &[]);
    assert_different(&fetch, &empty, &[]);
    assert_different(&fetch, &full, &[]);
    assert_different(&empty, &full, &[]);
    // A payload that imitates an option, in each coding that comes to mind.
    let option = fetch.with(|m| m.options.push((11, b"x".to_vec())));
    for payload in [&b"\x01x"[..], b"\x0bx", b"\x02\x00\x0b\x00\x00\x00\x00\x00\x00\x00\x01x", b"x"] {
        assert_different(&option, &fetch.with(|m| m.data = Some(payload.to_vec())), &[]);
    }
}

#[test]
fn sessions_are_told_apart_by_identity() {
    let plain = Message::get(&[(11, b"a")]);
    let one = plain.with(|m| m.session = Some(1));
    assert_same(&one, &one.clone(), &[]);
    assert_different(&plain, &one, &[]);
    assert_different(&one, &plain.with(|m| m.session = Some(2)), &[]);
    assert_different(&one, &plain.with(|m| m.session = Some(1 << 32)), &[]);
}

#[test]
fn malformed_options_have_no_key() {
    for wire in [&b"\xb5host"[..], b"\xf0", b"\xd0", b"\xe1\xff\xff\x00", b"\xb1a\x0f"] {
        let input = Input { session: None, code: GET, options: Options::new(wire), data: None };
        assert_eq!(derive(input, &[]), None, "{wire:x?}");
    }
}

/// C11: `coap_hash` alone would not tell these apart.
#[test]
fn long_runs_and_swaps_show() {
    let fetch = |data: Vec<u8>| Message { session: None, code: FETCH, options: vec![], data: Some(data) };
    let runs: Vec<Message> = [0u8, 1, 0x80, 0xff]
        .into_iter()
        .flat_map(|byte| [0, 1, 7, 8, 9, 1023, 1024, 1025, 2048, 4096].map(|length| fetch(vec![byte; length])))
        .collect();
    let digests: std::collections::HashSet<_> = runs.iter().map(|run| run.key::<Lanes>(&[]).unwrap().0).collect();
    // The empty run is the same for each of the four bytes.
    assert_eq!(digests.len(), runs.len() - 3);
    let text: Vec<u8> = (0..64).collect();
    for distance in [1, 2, 4, 8, 16] {
        let mut swapped = text.clone();
        swapped.swap(3, 3 + distance);
        assert_different(&fetch(text.clone()), &fetch(swapped), &[]);
    }
}

/// All pairs of one or two flipped bits: structured differences that weak mixing would let cancel.
#[test]
fn flipped_bits_never_cancel() {
    let digest = |words: [u64; 3]| {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        let mut lanes = Lanes::default();
        lanes.part(Tag::Payload, 0, &bytes);
        lanes.finish()
    };
    let mut seen = std::collections::HashSet::new();
    seen.insert(digest([0; 3]));
    for a in 0..192 {
        for b in 0..=a {
            let mut words = [0u64; 3];
            words[a / 64] ^= 1 << (a % 64);
            if a != b {
                words[b / 64] ^= 1 << (b % 64);
            }
            assert!(seen.insert(digest(words)), "bits {a} and {b}");
        }
    }
}

fn message() -> impl Strategy<Value = Message> {
    let value = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..20),
        prop::collection::vec(prop_oneof![Just(0u8), Just(1), Just(11)], 0..10),
        (any::<u8>(), prop::sample::select(vec![1024usize, 4096])).prop_map(|(byte, length)| vec![byte; length]),
    ];
    let number = prop_oneof![
        prop::sample::select(vec![1u16, 3, 6, 11, 12, 15, 17, 23, 27, 28, 35, 60, 258, 269, 2048, 65535]),
        any::<u16>(),
    ];
    (
        prop::option::of(0..3u64),
        prop::sample::select(vec![GET, PUT, FETCH]),
        prop::collection::vec((number, value.clone()), 0..6),
        prop::option::of(value),
    )
        .prop_map(|(session, code, mut options, data)| {
            options.sort_by_key(|(number, _)| *number);
            Message { session, code, options, data }
        })
}

/// Changes a message a little, or so that it looks the same to a careless digest.
fn disturb(message: &Message, how: u8, at: usize) -> Message {
    message.with(|m| {
        let count = m.options.len().max(1);
        let i = at % count;
        let option = |m: &Message, i: usize| m.options.get(i).cloned().unwrap_or_default();
        match how {
            0 => {}
            1 if i + 1 < m.options.len() => {
                // Two options become one, or swap their values.
                let next = m.options.remove(i + 1);
                m.options[i].1.extend(next.1);
            }
            2 if i + 1 < m.options.len() => {
                let (a, b) = (option(m, i).1, option(m, i + 1).1);
                m.options[i].1 = b;
                m.options[i + 1].1 = a;
            }
            3 => {
                // An option is cut in two.
                let (number, value) = option(m, i);
                if !m.options.is_empty() {
                    let (a, b) = value.split_at(at % (value.len() + 1));
                    m.options[i] = (number, a.to_vec());
                    m.options.insert(i + 1, (number, b.to_vec()));
                }
            }
            4 => m.options.retain(|(number, _)| *number != 6 && *number != 60 && *number != 28),
            5 => {
                if let Some((_, value)) = m.options.get_mut(i) {
                    value.push(0);
                }
            }
            6 => {
                // Bytes two apart change places.
                if let Some((_, value)) = m.options.get_mut(i).filter(|(_, value)| value.len() > 2) {
                    let j = at % (value.len() - 2);
                    value.swap(j, j + 2);
                }
            }
            7 => {
                // The last option becomes the payload, header and all.
                if let Some((number, value)) = m.options.pop() {
                    let mut data = vec![2];
                    data.extend(number.to_be_bytes());
                    data.extend((value.len() as u64).to_be_bytes());
                    data.extend(value);
                    m.data = Some(data);
                }
            }
            8 => {
                // Delta twins: an option goes, and with it the distance to the next.
                if !m.options.is_empty() {
                    m.options.remove(i);
                }
            }
            9 => m.data = m.data.take().filter(|data| !data.is_empty()),
            10 => {
                if let Some(data) = &mut m.data {
                    data.extend([at as u8; 1024]);
                }
            }
            11 => m.session = m.session.map(|session| session ^ 1),
            12 => m.code = if m.code == FETCH { PUT } else { FETCH },
            13 => {
                if let Some((number, _)) = m.options.last_mut() {
                    *number = number.saturating_add(1);
                }
            }
            _ => {
                if let Some(byte) = m.options.get_mut(i).and_then(|(_, value)| value.last_mut()) {
                    *byte ^= 1 << (at % 8);
                }
            }
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Keys are equal exactly when the messages ask for the same, with either digest.
    #[test]
    fn keys_are_equal_exactly_when_the_question_is(
        a in message(),
        changes in prop::collection::vec((0u8..15, 0usize..2000), 0..3),
        ignored in prop::sample::select(vec![vec![], vec![23, 27], vec![11]]),
    ) {
        let b = changes.iter().fold(a.clone(), |message, &(how, at)| disturb(&message, how, at));
        let same = a.asked(&ignored) == b.asked(&ignored);
        prop_assert_eq!(a.key::<Sha256>(&ignored).unwrap() == b.key::<Sha256>(&ignored).unwrap(), same);
        prop_assert_eq!(a.key::<Lanes>(&ignored).unwrap() == b.key::<Lanes>(&ignored).unwrap(), same);
    }
}
