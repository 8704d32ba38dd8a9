//! Messages against simple models, and the parser against anything (X1, X2, X3).

use coap2::abi::*;
use coap2::message::framing::stream_size;
use coap2::message::option::{encoded_size, MAX_LENGTH};
use coap2::message::pdu::OwnedPdu;
use proptest::collection::vec;
use proptest::prelude::*;

/// Numbers at the borders of the encoding and around them, so that deltas meet the borders too.
fn number() -> impl Strategy<Value = u16> {
    prop_oneof![
        prop::sample::select(vec![0u16, 1, 11, 12, 13, 14, 24, 25, 26, 255, 256, 257, 268, 269, 270, 281, 537, 538]),
        prop::sample::select(vec![0xfeff, 0xff00, 65265, 65266, 65267, 65522, 65523, 65534, 65535]),
        0u16..40,
        any::<u16>(),
    ]
}

fn length() -> impl Strategy<Value = usize> {
    prop_oneof![
        6 => prop::sample::select(vec![0usize, 1, 4, 12, 13, 14, 255, 256, 267, 268, 269, 270]),
        1 => prop::sample::select(vec![65535usize, 65536, MAX_LENGTH, MAX_LENGTH + 1]),
        6 => 0usize..20,
    ]
}

#[derive(Clone, Debug)]
enum Step {
    Add(u16, usize),
    Insert(u16, usize),
    Update(u16, usize),
    Remove(u16),
    /// Removes or updates the option at this place, if there are so many.
    RemoveAt(usize),
    UpdateAt(usize, usize),
    Token(usize),
    Data(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (number(), length()).prop_map(|(number, length)| Step::Add(number, length)),
        3 => (number(), length()).prop_map(|(number, length)| Step::Insert(number, length)),
        1 => (number(), length()).prop_map(|(number, length)| Step::Update(number, length)),
        1 => number().prop_map(Step::Remove),
        2 => (0usize..12).prop_map(Step::RemoveAt),
        2 => (0usize..12, length()).prop_map(|(at, length)| Step::UpdateAt(at, length)),
        1 => (0usize..10).prop_map(Step::Token),
        1 => (0usize..300).prop_map(Step::Data),
    ]
}

/// What a message holds, without any encoding.
#[derive(Clone, Default, PartialEq, Debug)]
struct Model {
    token: Vec<u8>,
    options: Vec<(u16, Vec<u8>)>,
    payload: Option<Vec<u8>>,
}

impl Model {
    fn size(&self) -> usize {
        let mut last = 0;
        let options: usize = self
            .options
            .iter()
            .map(|(number, value)| {
                let size = encoded_size(number - last, value.len());
                last = *number;
                size
            })
            .sum();
        self.token.len() + options + self.payload.as_ref().map_or(0, |payload| payload.len() + 1)
    }

    /// Puts an option behind those with the same or a lower number; its encoded size.
    fn insert(&mut self, number: u16, value: Vec<u8>) -> usize {
        let at = self.options.partition_point(|option| option.0 <= number);
        let last = if at == 0 { 0 } else { self.options[at - 1].0 };
        let size = encoded_size(number - last, value.len());
        self.options.insert(at, (number, value));
        size
    }

    fn find(&self, number: u16) -> Option<usize> {
        self.options.iter().position(|option| option.0 == number)
    }

    /// Whether the message may become this.
    fn fits(&self, limit: usize) -> bool {
        (limit == 0 || self.size() <= limit) && self.options.iter().all(|option| option.1.len() <= MAX_LENGTH)
    }
}

fn read(pdu: &coap_pdu_t) -> Model {
    Model {
        token: pdu.token_bytes().to_vec(),
        options: pdu.options().map(|option| (option.number, option.value.to_vec())).collect(),
        payload: pdu.payload().map(<[u8]>::to_vec),
    }
}

/// Does one step to the message and to the model; checks the result, and leaves the model as it has to be.
fn take(step: &Step, fill: u8, pdu: &coap_pdu_t, model: &mut Model, limit: usize) {
    let value = |length: usize| vec![fill; length];
    let mut next = model.clone();
    let (result, expected) = match *step {
        Step::Add(number, length) => (pdu.add_option(number, &value(length)), next.insert(number, value(length))),
        Step::Insert(number, length) => (pdu.insert_option(number, &value(length)), next.insert(number, value(length))),
        Step::Update(number, length) => {
            let expected = match next.find(number) {
                Some(at) => {
                    next.options[at].1 = value(length);
                    1
                }
                None => next.insert(number, value(length)),
            };
            (pdu.update_option(number, &value(length)), expected)
        }
        Step::Remove(number) => {
            let found = next.find(number).map(|at| next.options.remove(at)).is_some();
            (pdu.remove_option(number).into(), found.into())
        }
        Step::RemoveAt(at) => match next.options.get(at) {
            Some(&(number, _)) => return take(&Step::Remove(number), fill, pdu, model, limit),
            None => (0, 0),
        },
        Step::UpdateAt(at, length) => match next.options.get(at) {
            Some(&(number, _)) => return take(&Step::Update(number, length), fill, pdu, model, limit),
            None => (0, 0),
        },
        Step::Token(length) => {
            let fits = length <= 8;
            if fits {
                next.token = value(length);
            }
            (pdu.update_token(&value(length)).into(), fits.into())
        }
        Step::Data(length) => {
            let fits = length == 0 || next.payload.is_none();
            if fits && length > 0 {
                next.payload = Some(value(length));
            }
            (pdu.add_data(&value(length)).into(), fits.into())
        }
    };
    if next.fits(limit) {
        assert_eq!(result, expected, "{step:?}");
        *model = next;
    } else {
        assert_eq!(result, 0, "{step:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    /// X3: any sequence of changes, against a list of numbers and values.
    #[test]
    fn changes_against_a_model(
        limit in prop_oneof![Just(0usize), 10usize..800],
        steps in vec((step(), any::<u8>()), 1..30),
    ) {
        // A response, so that no Hop-Limit is added.
        let pdu = OwnedPdu::new(0, 0x45, 1, limit).unwrap();
        let mut model = Model::default();
        for (step, fill) in &steps {
            take(step, *fill, &pdu, &mut model, limit);
            prop_assert_eq!(read(&pdu), model.clone(), "after {:?}", step);
            prop_assert_eq!(pdu.used_size.get(), model.size());
            prop_assert_eq!(pdu.max_opt.get(), model.options.last().map_or(0, |option| option.0));
            prop_assert!(pdu.used_size.get() <= pdu.alloc_size.get());
        }
        // What was built is read the same by the parser, but for the rules about lengths; and the recorded copy too.
        prop_assert_eq!(read(&pdu.record().unwrap()), model.clone());
        for proto in [COAP_PROTO_UDP, COAP_PROTO_TCP] {
            prop_assert!(pdu.encode_header(proto) > 0);
            let parsed = OwnedPdu::new(0, 0, 0, 0).unwrap();
            let lengths_are_right = model.options.iter().all(|(number, value)| {
                coap2::message::parse::has_valid_length(0x45, *number, value.len())
            });
            prop_assert_eq!(parsed.parse(proto, pdu.wire()), lengths_are_right);
            prop_assert_eq!(read(&parsed), model.clone());
        }
    }

    /// X1, X2: any bytes. What parses is written again as the same bytes, header and options alike.
    #[test]
    fn the_parser_takes_anything(
        proto in prop::sample::select(vec![COAP_PROTO_UDP, COAP_PROTO_DTLS, COAP_PROTO_TCP, COAP_PROTO_TLS, 0, 9]),
        bytes in vec(prop_oneof![3 => any::<u8>(), 2 => 0u8..0x20, 1 => Just(0xff), 1 => Just(0xd0)], 0..80),
        plain in any::<bool>(),
        dirty in any::<bool>(),
    ) {
        let mut bytes = bytes;
        if plain {
            // Most random bytes are no message; these are more often.
            if let Some(first) = bytes.first_mut() {
                *first = if matches!(proto, COAP_PROTO_UDP | COAP_PROTO_DTLS) { 0x40 | *first & 0x3 } else { *first & 0xf3 };
            }
        }
        let pdu = OwnedPdu::new(0, 1, 0, 0).unwrap();
        if dirty {
            pdu.add_token(b"token");
            pdu.add_option(11, b"path");
            pdu.add_data(b"payload");
        }
        let parsed = pdu.parse(proto, &bytes);
        let model = read(&pdu);
        if !parsed {
            // Whatever is left must be safe to use.
            pdu.encode_header(proto);
            pdu.record();
            pdu.duplicate(1, 0, b"new", None);
            pdu.add_option(12, b"x");
            pdu.remove_option(11);
            pdu.update_token(b"abc");
            pdu.add_data(b"more");
            return Ok(());
        }
        prop_assert_eq!(pdu.wire(), &bytes[..]);
        let again = OwnedPdu::new(pdu.r#type.get(), pdu.code.get(), pdu.mid.get(), 0).unwrap();
        prop_assert!(again.add_token(&model.token));
        for (number, value) in &model.options {
            prop_assert!(again.add_option(*number, value) > 0);
        }
        prop_assert!(again.add_data(model.payload.as_deref().unwrap_or_default()));
        let gains_hop_limit = pdu.is_request() && model.options.iter().any(|option| matches!(option.0, 35 | 39));
        if !gains_hop_limit {
            prop_assert_eq!(read(&again), model);
            prop_assert!(again.encode_header(proto) > 0);
            let header = usize::from(pdu.hdr_size.get());
            prop_assert_eq!(&again.wire()[again.hdr_size.get().into()..], &bytes[header..]);
            // The Len of a stream message is not the parser's to check; only one that is right comes out the same.
            let framed = matches!(proto, COAP_PROTO_UDP | COAP_PROTO_DTLS)
                || stream_size(&bytes) == Some(bytes.len() - header);
            prop_assert!(!framed || again.wire() == bytes);
        }
    }

    /// One PDU, parsed into again and again: as good as a fresh one (M12).
    #[test]
    fn used_and_fresh_are_the_same(messages in vec(vec(any::<u8>(), 0..40), 1..6)) {
        let used = OwnedPdu::new(0, 0, 0, 0).unwrap();
        for mut message in messages {
            if let Some(first) = message.first_mut() {
                *first = 0x40 | *first & 0x33;
            }
            let fresh = OwnedPdu::new(0, 0, 0, 0).unwrap();
            let result = fresh.parse(COAP_PROTO_UDP, &message);
            prop_assert_eq!(used.parse(COAP_PROTO_UDP, &message), result);
            if message.len() >= 4 {
                prop_assert_eq!(read(&used), read(&fresh));
                prop_assert_eq!(used.max_opt.get(), fresh.max_opt.get());
                prop_assert_eq!(used.mid.get(), fresh.mid.get());
            }
        }
    }
}
