use super::*;
use crate::block::sending::Sending;
use crate::block::uploads::{Rules, Step as ServerStep, Uploads};
use crate::message::code;
use crate::message::option::Options;
use proptest::prelude::*;

const NO_LIMIT: usize = usize::MAX;

fn etag(value: u64) -> Option<Short> {
    Some(Short::integer(value))
}

fn block(num: u32, m: bool, size: usize) -> Block {
    Block { num, m, szx: (size.ilog2() - 4) as u8 }
}

/// Gives a download these blocks (number, more, payload) of 16 bytes; what it says to each.
fn run(single: bool, blocks: &[(u32, bool, &[u8])]) -> Vec<Step> {
    let mut download = None;
    let give = |&(num, m, payload): &(u32, bool, &[u8])| {
        let fragment = Fragment::new(block(num, m, 16), payload, false).unwrap();
        let download = download.get_or_insert_with(|| Download::begin(&fragment, etag(1), single));
        download.receive(&fragment, etag(1), NO_LIMIT)
    };
    blocks.iter().map(give).collect()
}

const A: &[u8] = &[1; 16];

#[test]
fn blocks_in_order() {
    let ask = |num| Step::Ask(block(num, false, 16));
    assert_eq!(run(true, &[(0, true, A), (1, true, A), (2, false, &[2])]), [ask(1), ask(2), Step::Complete]);
    assert_eq!(run(true, &[(0, false, &[])]), [Step::Complete]);
    let part = |total, next: Option<u32>| Step::Part { total, ask: next.map(|num| block(num, false, 16)) };
    assert_eq!(
        run(false, &[(0, true, A), (1, true, A), (2, false, &[2])]),
        [part(17, Some(1)), part(33, Some(2)), part(33, None)]
    );
}

#[test]
fn k26_missing_blocks_are_asked_for() {
    let ask = |num| Step::Ask(block(num, false, 16));
    let given: [(u32, bool, &[u8]); 5] = [(0, true, A), (4, false, &[2]), (1, true, A), (3, true, A), (2, true, A)];
    assert_eq!(run(true, &given), [ask(1), ask(1), ask(2), ask(2), Step::Complete]);
    let given: [(u32, bool, &[u8]); 4] = [(0, true, A), (2, true, A), (1, true, A), (3, false, A)];
    assert_eq!(run(true, &given), [ask(1), ask(3), ask(3), Step::Complete]);
}

#[test]
fn x35_nothing_new_ends_it() {
    let last = |single, blocks: &[(u32, bool, &[u8])]| *run(single, blocks).last().unwrap();
    for single in [false, true] {
        assert_eq!(last(single, &[(0, true, A), (0, true, A)]), Step::Repeated);
        assert_eq!(
            last(single, &[(0, true, A), (1, true, A), (0, false, &[1])]),
            match single {
                false => Step::Repeated,
                true => Step::Useless(Refusal::Contradiction),
            }
        );
    }
    assert_eq!(last(true, &[(0, true, A), (2, false, A), (2, false, A)]), Step::Repeated);
    assert_eq!(last(true, &[(0, true, A), (2, false, A), (3, true, A)]), Step::Useless(Refusal::Contradiction));
    assert_eq!(
        last(true, &[(0, true, A), (2, true, A), (4, true, A), (6, true, A)]),
        Step::Useless(Refusal::TooManyGaps)
    );
    assert_eq!(
        last(false, &[(0, true, A), (2, true, A), (4, true, A), (6, true, A)]),
        Step::Useless(Refusal::TooManyGaps)
    );
    assert_eq!(last(false, &[(0, true, A), (MAX_NUM, true, A)]), TOO_LONG);
}

#[test]
fn k25_other_bodies_are_told() {
    let first = Fragment::new(block(0, true, 16), A, false).unwrap();
    let second = Fragment::new(block(1, true, 16), A, false).unwrap();
    let given = |before, now, format| {
        let mut download = Download::begin(&first, before, true);
        assert!(matches!(download.receive(&first, before, NO_LIMIT), Step::Ask(_)));
        download.receive(&Fragment { content_format: format, ..second }, now, NO_LIMIT)
    };
    assert_eq!(given(etag(1), etag(2), 0), Step::Changed);
    assert_eq!(given(None, etag(2), 0), Step::Changed);
    assert_eq!(given(etag(1), None, 0), Step::Mixed);
    assert_eq!(given(etag(1), etag(1), 41), Step::Mixed);
    assert!(matches!(given(None, None, 0), Step::Ask(_)));
}

#[test]
fn x30_a_body_has_a_limit() {
    let first = Fragment::new(block(0, true, 16), A, false).unwrap();
    let mut download = Download::begin(&first, None, true);
    assert_eq!(download.receive(&first, None, 15), TOO_LONG);
}

#[test]
fn k27_bert_goes_on_behind_what_came() {
    let payload = [7; 3072];
    let bert = |num, m, length: usize| Fragment::new(Block { num, m, szx: 7 }, &payload[..length], true).unwrap();
    let mut download = Download::begin(&bert(0, true, 3072), None, true);
    let asks = |num| Step::Ask(Block { num, m: false, szx: 7 });
    assert_eq!(download.receive(&bert(0, true, 3072), None, NO_LIMIT), asks(3));
    assert_eq!(download.receive(&bert(3, true, 1024), None, NO_LIMIT), asks(4));
    assert_eq!(download.receive(&bert(4, false, 100), None, NO_LIMIT), Step::Complete);
    assert_eq!(download.into_body().bytes, [7; 4196]);
}

#[test]
fn sizes_are_those_that_fit_the_place() {
    assert_eq!(ask(4096, block(3, true, 1024)), Some(block(4, false, 1024)));
    assert_eq!(ask(4096 + 64, block(3, true, 1024)), Some(block(65, false, 64)));
    assert_eq!(ask(4096 + 512, Block { num: 0, m: true, szx: 7 }), Some(block(9, false, 512)));
    assert_eq!(ask(0, block(3, true, 256)), Some(block(0, false, 256)));
    assert_eq!(ask((MAX_NUM as usize + 1) * 16, block(3, true, 16)), None);
}

#[test]
fn k26_newer_notifications() {
    let seen = |number, at| Observed { number, at };
    let old = seen(10, 1000);
    assert!(seen(11, 1000).is_newer_than(old));
    assert!(!seen(10, 1000).is_newer_than(old));
    assert!(!seen(9, 1000).is_newer_than(old));
    assert!(!seen(10 + (1 << 23), 1000).is_newer_than(old));
    assert!(seen(1, 1000).is_newer_than(seen(0xff_ffff, 1000)));
    assert!(!seen(9, 129_000).is_newer_than(old));
    assert!(seen(9, 129_001).is_newer_than(old));
}

/// A body of `length` bytes.
fn body(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i % 251) as u8).collect()
}

/// What the network does to a message.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Arrives,
    /// It arrives twice.
    Doubles,
    /// It arrives once more much later.
    ComesBack,
}

fn fates() -> impl Strategy<Value = Vec<Fate>> {
    prop::collection::vec(prop_oneof![Just(Fate::Arrives), Just(Fate::Doubles), Just(Fate::ComesBack)], 1..40)
}

proptest! {
    /// Our client's fragments, through a network that doubles and delays them, into our server: the body arrives whole,
    /// once. (Lost messages are sent again unchanged, so to the state machines they are delays.)
    #[test]
    fn our_client_s_fragments_are_understood_by_our_server(
        length in 1usize..6000, szx in 0u8..4, fates in fates(), smaller in prop::option::of((0usize..20, 0u8..4)),
    ) {
        let body = body(length);
        let mut uploads = Uploads::default();
        let rules = Rules { single_body: true, max_body: NO_LIMIT };
        let mut delayed: Vec<(Block, u16)> = Vec::new();
        let mut complete = 0;
        let mut serve = |at: Block, mid: u16| {
            let start = at.start() as usize;
            let payload = &body[start..body.len().min(start + at.size())];
            let fragment = Fragment::new(at, payload, false).unwrap();
            let fragment = Fragment { sent_as: Some((mid, Short::integer(mid.into()))), ..fragment };
            match uploads.receive(code::PUT, Options::new(&[]), &fragment, rules, 0) {
                ServerStep::Complete(got) => {
                    complete += 1;
                    assert!(got.bytes == body);
                    None
                }
                ServerStep::Answer(code) => Some((code, Some(at))),
                ServerStep::Whole => {
                    complete += 1;
                    None
                }
                _ => Some((code::BAD_REQUEST, None)),
            }
        };
        let exact = |at: Block| Block { m: at.start() as usize + at.size() < length, ..at };
        let mut at = exact(Block { num: 0, m: true, szx });
        let mut sending = Sending::new(length, at);
        for mid in 0..1000 {
            let answer = serve(at, mid);
            match fates[usize::from(mid) % fates.len()] {
                // The message layer answers duplicates by itself, and the server's own memory of mids is not part of this.
                Fate::Doubles if at.m => drop(serve(at, mid)),
                Fate::ComesBack if at.num > 0 => delayed.push((at, mid)),
                _ => (),
            }
            let Some((code, block1)) = answer else { break };
            let block1 = block1.map(|block| match smaller {
                Some((when, szx)) if when == usize::from(mid) => Block { szx: szx.min(block.szx), ..block },
                _ => block,
            });
            let Some(next) = sending.after(code, block1) else { break };
            at = exact(next);
            sending.sent(at);
            if at.m {
                for (at, mid) in delayed.drain(..) {
                    serve(at, mid);
                }
            }
        }
        prop_assert_eq!(complete, 1);
    }

    /// A server that answers right, but in sizes of its own choice, now and then with a block that was not asked for:
    /// mode 3 gets the body, and in mode 1 no byte is given twice.
    #[test]
    fn answers_in_any_size(
        length in 0usize..4000, sizes in prop::collection::vec(0u8..7, 1..20), single: bool,
        jumps in prop::collection::vec(prop::option::weighted(0.1, 0usize..4000), 1..20),
    ) {
        let body = body(length);
        let mut download: Option<Download> = None;
        let mut wanted = Block { num: 0, m: false, szx: 6 };
        let mut given = vec![0u8; length];
        let mut asked = 0;
        loop {
            asked += 1;
            prop_assert!(asked < 2000, "it goes on for ever");
            let szx = sizes[asked % sizes.len()].min(wanted.szx);
            let mut at = wanted.shrunk_to(szx).unwrap();
            if let (Some(jump), true) = (jumps[asked % jumps.len()], download.is_some()) {
                let num = jump / at.size();
                at.num = if num * at.size() < length { num as u32 } else { at.num };
            }
            let start = at.start() as usize;
            let end = length.min(start + at.size());
            let fragment = Fragment::new(Block { m: end < length, ..at }, &body[start..end], false).unwrap();
            let current = download.get_or_insert_with(|| Download::begin(&fragment, None, single));
            match current.receive(&fragment, None, NO_LIMIT) {
                Step::Ask(next) => wanted = next,
                Step::Part { ask, total } => {
                    given[start..end].iter_mut().for_each(|times| *times += 1);
                    prop_assert!(given.iter().all(|&times| times <= 1));
                    prop_assert_eq!(total > end, ask.is_some());
                    match ask {
                        Some(next) => wanted = next,
                        None => break,
                    }
                }
                Step::Complete => {
                    let got = download.take().unwrap().into_body();
                    prop_assert!(got.bytes == body);
                    break;
                }
                Step::Repeated | Step::Useless(Refusal::TooManyGaps) => break,
                other => prop_assert!(false, "{:?}", other),
            }
        }
    }

    /// Whatever a server sends, the client stops asking, and what it delivers has no gaps.
    #[test]
    fn x35_no_server_drives_it_for_ever(
        blocks in prop::collection::vec((0u32..12, any::<bool>(), 0u8..3, 0u64..2), 1..200), single: bool,
    ) {
        let payload = body(64);
        let mut download: Option<Download> = None;
        let mut accepted = 0usize;
        for (num, m, szx, tag) in blocks {
            let at = Block { num, m, szx };
            let fragment = Fragment::new(at, &payload[..at.size()], false).unwrap();
            let current = download.get_or_insert_with(|| Download::begin(&fragment, etag(tag), single));
            match current.receive(&fragment, etag(tag), NO_LIMIT) {
                Step::Ask(_) => accepted += 1,
                Step::Part { ask, .. } if ask.is_some() => accepted += 1,
                Step::Complete => {
                    prop_assert!(!download.take().unwrap().into_body().bytes.is_empty());
                    break;
                }
                _ => break,
            }
            // Each of them brought at least 16 bytes of at most 12 * 64, or told the end.
            prop_assert!(accepted <= 12 * 64 / 16 + 1);
        }
    }
}
