use super::*;
use crate::block::identity::Short;
use crate::block::option::Block;
use proptest::prelude::*;

/// Uri-Path "a" and "b", and "a" with Uri-Query "q".
const A: &[u8] = &[0xb1, b'a'];
const B: &[u8] = &[0xb1, b'b'];
const A_Q: &[u8] = &[0xb1, b'a', 0x41, b'q'];
const PUT: u8 = 3;
const POST: u8 = 2;

const BODY: Rules = Rules { single_body: true, max_body: 1 << 20 };
const PARTS: Rules = Rules { single_body: false, max_body: 1 << 20 };

/// What came of a fragment, in a form that can be compared.
#[derive(PartialEq, Debug)]
enum Seen {
    Whole,
    Part(usize, bool, bool),
    Body(Vec<u8>),
    Answer(u8),
    Wait,
    Refused(Refusal),
}

fn seen(step: Step) -> Seen {
    match step {
        Step::Whole => Seen::Whole,
        Step::Part { total, echo, alone, .. } => Seen::Part(total, echo, alone),
        Step::Complete(body) => Seen::Body(body.bytes.into()),
        Step::Answer(code) => Seen::Answer(code),
        Step::Wait => Seen::Wait,
        Step::Refuse(refusal) => Seen::Refused(refusal),
    }
}

/// A client with its message ids.
#[derive(Default)]
struct Client {
    uploads: Uploads,
    mid: u16,
    now: coap_tick_t,
}

impl Client {
    fn send(&mut self, options: &[u8], rules: Rules, num: u32, m: bool, szx: u8, payload: &[u8]) -> Seen {
        self.mid += 1;
        self.send_as(self.mid, PUT, options, rules, num, m, szx, payload)
    }

    #[allow(clippy::too_many_arguments)]
    fn send_as(
        &mut self,
        mid: u16,
        method: u8,
        options: &[u8],
        rules: Rules,
        num: u32,
        m: bool,
        szx: u8,
        payload: &[u8],
    ) -> Seen {
        self.now += 1;
        let fragment = match Fragment::new(Block { num, m, szx }, payload, false) {
            Ok(fragment) => Fragment { sent_as: Some((mid, Short::default())), ..fragment },
            Err(refusal) => {
                if num == 0 {
                    self.uploads.forget(method, Options::new(options));
                }
                return Seen::Refused(refusal);
            }
        };
        seen(self.uploads.receive(method, Options::new(options), &fragment, rules, self.now))
    }
}

const CONTINUED: Seen = Seen::Answer(code::CONTINUE);

#[test]
fn mode_3_gives_one_body() {
    let mut client = Client::default();
    assert_eq!(client.send(A, BODY, 0, true, 0, &[1; 16]), CONTINUED);
    assert_eq!(client.send(A, BODY, 1, true, 0, &[2; 16]), CONTINUED);
    assert_eq!(client.send(A, BODY, 1, true, 0, &[9; 16]), CONTINUED, "a repeat is acknowledged, its data ignored");
    assert_eq!(client.send(A, BODY, 2, false, 0, &[3]), Seen::Body([&[1; 16][..], &[2; 16], &[3]].concat()));
    assert!(client.uploads.is_empty(), "X31: a finished upload leaves nothing behind");
    assert_eq!(client.send(A, BODY, 2, false, 0, &[3]), Seen::Part(33, false, true), "random access");
}

#[test]
fn mode_3_waits_for_gaps_after_the_last_block() {
    let mut client = Client::default();
    assert_eq!(client.send(A, BODY, 0, true, 0, &[1; 16]), CONTINUED);
    assert_eq!(client.send(A, BODY, 2, false, 0, &[3]), Seen::Wait);
    assert_eq!(client.send(A, BODY, 1, true, 0, &[2; 16]), Seen::Body([&[1; 16][..], &[2; 16], &[3]].concat()));
}

#[test]
fn mode_1_passes_every_block_on() {
    let mut client = Client::default();
    assert_eq!(client.send(A, PARTS, 0, true, 0, &[1; 16]), Seen::Part(17, true, false));
    assert_eq!(client.send(A, PARTS, 3, true, 0, &[1; 16]), Seen::Part(65, true, false), "gaps and all");
    assert_eq!(client.send(A, PARTS, 1, true, 0, &[1; 15]), Seen::Refused(Refusal::Malformed), "X29");
    assert_eq!(client.send(A, PARTS, 4, false, 0, &[1]), Seen::Part(65, false, false));
    assert!(client.uploads.is_empty());
    assert_eq!(client.send(A, PARTS, 5, true, 0, &[1; 16]), Seen::Part(97, false, true), "random access");
}

#[test]
fn one_message_bodies_pass() {
    let mut client = Client::default();
    assert_eq!(client.send(A, BODY, 0, false, 6, &[1; 3]), Seen::Whole);
    assert_eq!(client.send(A, BODY, 0, true, 0, &[1; 16]), CONTINUED);
    assert_eq!(client.send(A, BODY, 0, false, 6, &[1; 3]), Seen::Whole, "K12");
    assert!(client.uploads.is_empty(), "K12: and the old upload is gone");
}

#[test]
fn k12_block_0_starts_over_or_is_a_repeat() {
    let mut client = Client::default();
    assert_eq!(client.send_as(7, PUT, A, BODY, 0, true, 0, &[1; 16]), CONTINUED);
    assert_eq!(client.send_as(8, PUT, A, BODY, 1, true, 0, &[2; 16]), CONTINUED);
    assert_eq!(client.send_as(7, PUT, A, BODY, 0, true, 0, &[1; 16]), CONTINUED);
    assert_eq!(
        client.send_as(9, PUT, A, BODY, 2, false, 0, &[]),
        Seen::Body([&[1; 16][..], &[2; 16]].concat()),
        "the repeat did not start over"
    );
    assert_eq!(client.send_as(10, PUT, A, BODY, 0, true, 0, &[1; 16]), CONTINUED);
    assert_eq!(client.send_as(11, PUT, A, BODY, 1, true, 0, &[2; 16]), CONTINUED);
    assert_eq!(client.send_as(12, PUT, A, BODY, 0, true, 0, &[3; 16]), CONTINUED);
    assert_eq!(client.send_as(13, PUT, A, BODY, 1, false, 0, &[4]), Seen::Body([&[3; 16][..], &[4]].concat()));
}

#[test]
fn k12_a_repeat_gets_the_first_answer_in_mode_1() {
    let mut client = Client::default();
    assert_eq!(client.send_as(7, PUT, A, PARTS, 0, true, 0, &[1; 16]), Seen::Part(17, true, false));
    let fragment = Fragment::new(Block { num: 0, m: true, szx: 0 }, &[1; 16], false).unwrap();
    let fragment = Fragment { sent_as: Some((7, Short::default())), ..fragment };
    client.uploads.note_answer(PUT, Options::new(A), &fragment, 0x8d);
    assert_eq!(client.send_as(7, PUT, A, PARTS, 0, true, 0, &[1; 16]), Seen::Answer(0x8d));
}

#[test]
fn x31_uploads_are_told_apart() {
    let mut client = Client::default();
    let request_tag: &[u8] = &[0xb1, b'a', 0xe1, 0x00, 0x0c, 1]; // Uri-Path "a", option 292
    let all = [(PUT, A), (POST, A), (PUT, B), (PUT, A_Q)];
    for (i, (method, options)) in all.iter().enumerate() {
        assert_eq!(client.send_as(i as u16, *method, options, BODY, 0, true, 0, &[i as u8; 16]), CONTINUED);
    }
    assert_eq!(client.send(request_tag, BODY, 1, false, 0, &[9]), Seen::Part(17, false, true));
    for (i, (method, options)) in all.iter().enumerate() {
        let body = Seen::Body([&[i as u8; 16][..], &[9]].concat());
        assert_eq!(client.send_as(99, *method, options, BODY, 1, false, 0, &[9]), body);
    }
}

#[test]
fn what_does_not_tell_uploads_apart() {
    let mut client = Client::default();
    // Uri-Path "a", then Block2, Block1, Size2 or Size1: they come and go.
    let noisy: &[u8] = &[0xb1, b'a', 0xc1, 6, 0x41, 0x1e, 0x12, 1, 1, 0xd2, 19, 1, 1];
    assert_eq!(client.send(noisy, BODY, 0, true, 0, &[1; 16]), CONTINUED);
    assert_eq!(client.send(A, BODY, 1, false, 0, &[2]), Seen::Body([&[1; 16][..], &[2]].concat()));
}

#[test]
fn a_change_of_content_format_ends_the_upload() {
    for rules in [BODY, PARTS] {
        let mut client = Client::default();
        client.send(A, rules, 0, true, 0, &[1; 16]);
        let fragment = Fragment::new(Block { num: 1, m: true, szx: 0 }, &[1; 16], false).unwrap();
        let fragment = Fragment { content_format: 50, ..fragment };
        let step = client.uploads.receive(PUT, Options::new(A), &fragment, rules, 2);
        assert_eq!(seen(step), Seen::Refused(Refusal::ContentFormat));
        assert!(client.uploads.is_empty());
    }
}

#[test]
fn x30_the_fifth_upload_ends_the_oldest() {
    let mut client = Client::default();
    let path = |i: u8| [0xb1, i];
    for i in 0..4 {
        client.send(&path(i), BODY, 0, true, 0, &[1; 16]);
    }
    client.send(&path(0), BODY, 1, true, 0, &[1; 16]);
    client.send(&path(4), BODY, 0, true, 0, &[1; 16]);
    assert_eq!(client.uploads.len(), UPLOADS_PER_SESSION);
    assert_eq!(client.send(&path(0), BODY, 2, true, 0, &[1; 16]), CONTINUED, "used since");
    assert_eq!(client.send(&path(1), BODY, 1, true, 0, &[1; 16]), Seen::Part(33, false, true), "gone");
}

#[test]
fn x30_longer_bodies_are_refused() {
    let mut client = Client::default();
    client.send(A, BODY, 0, true, 0, &[1; 16]);
    assert_eq!(client.send(A, BODY, 65535, true, 0, &[1; 16]), CONTINUED);
    assert_eq!(client.send(A, BODY, 65536, false, 0, &[1]), Seen::Refused(Refusal::TooLarge));
    assert!(client.uploads.is_empty());
}

#[test]
fn k16_idle_uploads_end() {
    let mut client = Client::default();
    client.send(A, BODY, 0, true, 0, &[1; 16]); // at 1
    client.send(B, BODY, 0, true, 0, &[1; 16]); // at 2
    assert_eq!(client.uploads.oldest_use(), Some(1));
    client.uploads.expire(247_000, 247_000);
    assert_eq!(client.uploads.len(), 2);
    client.uploads.expire(247_000, 247_001);
    assert_eq!(client.uploads.oldest_use(), Some(2));
    client.uploads.expire(u64::MAX, 247_002);
    assert_eq!(client.uploads.len(), 1, "sums saturate");
}

/// The byte at `place` of the body that a client sends in its `generation`-th try.
fn byte(generation: u8, place: usize) -> u8 {
    (place as u8).wrapping_mul(31) ^ (place >> 8) as u8 ^ generation.wrapping_mul(97)
}

/// One thing that a client does.
#[derive(Clone, Debug)]
struct Act {
    resource: bool,
    num: u32,
    m: bool,
    szx: u8,
    length: usize,
}

fn act() -> impl Strategy<Value = Act> {
    let num = prop_oneof![8 => 0u32..8, 1 => 0u32..0x10_0000];
    (any::<bool>(), num, any::<bool>(), 0u8..4, prop_oneof![6 => Just(usize::MAX), 1 => 0usize..70])
        .prop_map(|(resource, num, m, szx, length)| Act { resource, num, m, szx, length })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, ..ProptestConfig::default() })]

    /// X29: whatever blocks arrive in whatever order, a body that is delivered consists of the bytes that were sent
    /// since its last block 0, each at its place; it ends where the block without "more" ended; and it is delivered once.
    #[test]
    fn x29_bodies_are_what_was_sent(acts in proptest::collection::vec(act(), 1..60)) {
        let mut client = Client::default();
        // Of each resource: the try, and the bytes sent in it, and where it ends.
        let mut tries: [(u8, std::collections::BTreeSet<usize>, Option<usize>); 2] = Default::default();
        for act in acts {
            let (generation, sent, end) = &mut tries[usize::from(act.resource)];
            let size = 16usize << act.szx;
            let start = act.num as usize * size;
            let length = match act.length {
                usize::MAX if act.m => size,
                usize::MAX => (start + 5) % size,
                other => other,
            };
            if act.num == 0 {
                *generation = generation.wrapping_add(1);
                sent.clear();
                *end = None;
            }
            let payload: Vec<u8> = (start..start + length).map(|place| byte(*generation, place)).collect();
            let options = if act.resource { A } else { B };
            let good = if act.m { length == size } else { length <= size };
            let result = client.send(options, BODY, act.num, act.m, act.szx, &payload);
            prop_assert_eq!(result == Seen::Refused(Refusal::Malformed), !good);
            if good {
                sent.extend(start..start + length);
                if !act.m {
                    *end = Some(start + length);
                }
            }
            match result {
                Seen::Body(body) => {
                    prop_assert_eq!(Some(body.len()), *end);
                    prop_assert!(body.iter().enumerate().all(|(place, &b)| b == byte(*generation, place)));
                    prop_assert!((0..body.len()).all(|place| sent.contains(&place)));
                    // Delivered: what follows belongs to no upload until the next block 0.
                    prop_assert!(client.uploads.find(PUT, Options::new(options)).is_none());
                }
                Seen::Whole => prop_assert!(act.num == 0 && !act.m),
                Seen::Part(total, echo, alone) => {
                    prop_assert!(alone && !echo && act.num > 0);
                    prop_assert_eq!(total, start + length + usize::from(act.m));
                }
                _ => (),
            }
        }
    }
}
