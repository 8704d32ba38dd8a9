//! Options added, inserted, updated and removed, against a list of them (X3, M7, M8, M9).
#![no_main]

use coap2::message::option::encoded_size;
use coap2::message::pdu::OwnedPdu;
use libcoap_2_fuzz::{encoded, silent_log, Number};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
enum Step {
    Add(Number, Vec<u8>),
    Insert(Number, Vec<u8>),
    /// A long value: its length is what counts.
    InsertLong(Number, u16),
    Update(Number, Vec<u8>),
    Remove(Number),
    RemoveAt(u8),
    Token(Vec<u8>),
    Data(Vec<u8>),
    Parse,
}

fuzz_target!(|steps: Vec<Step>| {
    silent_log();
    let pdu = OwnedPdu::new(0, 0x45, 0, 0).unwrap();
    let mut options: Vec<(u16, Vec<u8>)> = vec![];
    let (mut token, mut payload): (Vec<u8>, Vec<u8>) = (vec![], vec![]);
    for step in steps {
        match step {
            Step::Add(number, value) => {
                let size = pdu.add_option(number.get(), &value);
                assert_eq!(size, insert(&mut options, number.get(), value));
            }
            Step::Insert(number, value) => {
                let size = pdu.insert_option(number.get(), &value);
                assert_eq!(size, insert(&mut options, number.get(), value));
            }
            Step::InsertLong(number, length) => {
                let value = vec![7; length.into()];
                let size = pdu.insert_option(number.get(), &value);
                assert_eq!(size, insert(&mut options, number.get(), value));
            }
            Step::Update(number, value) => {
                let size = pdu.update_option(number.get(), &value);
                match options.iter_mut().find(|option| option.0 == number.get()) {
                    Some(option) => {
                        option.1 = value;
                        assert_eq!(size, 1);
                    }
                    None => assert_eq!(size, insert(&mut options, number.get(), value)),
                }
            }
            Step::Remove(number) => {
                let at = options.iter().position(|option| option.0 == number.get());
                assert_eq!(pdu.remove_option(number.get()), at.is_some());
                if let Some(at) = at {
                    options.remove(at);
                }
            }
            Step::RemoveAt(at) => {
                let Some(&(number, _)) = options.get(usize::from(at)) else { continue };
                assert!(pdu.remove_option(number));
                let first = options.iter().position(|option| option.0 == number).unwrap();
                options.remove(first);
            }
            Step::Token(value) => {
                if pdu.update_token(&value) {
                    token = value;
                } else {
                    assert!(value.len() > 8);
                }
            }
            Step::Data(value) => {
                let fits = payload.is_empty() || value.is_empty();
                assert_eq!(pdu.add_data(&value), fits);
                if fits && !value.is_empty() {
                    payload = value;
                }
            }
            Step::Parse => {
                if pdu.encode_header(1) > 0 {
                    let wire = pdu.wire().to_vec();
                    // Lengths that options must not have are refused, but all is read.
                    pdu.parse(1, &wire);
                }
            }
        }
        let options: Vec<_> = options.iter().map(|(number, value)| (*number, &value[..])).collect();
        assert!(pdu.options().map(|option| (option.number, option.value)).eq(options.iter().copied()));
        assert_eq!(pdu.token_bytes(), token);
        assert_eq!(pdu.payload().unwrap_or_default(), payload);
        let behind = encoded(&options);
        assert_eq!(pdu.used_size.get(), token.len() + behind.len() + payload.len() + usize::from(!payload.is_empty()));
        assert_eq!(pdu.max_opt.get(), options.last().map_or(0, |option| option.0));
    }
});

fn insert(options: &mut Vec<(u16, Vec<u8>)>, number: u16, value: Vec<u8>) -> usize {
    let at = options.partition_point(|option| option.0 <= number);
    let size = encoded_size(number - at.checked_sub(1).map_or(0, |before| options[before].0), value.len());
    options.insert(at, (number, value));
    size
}
