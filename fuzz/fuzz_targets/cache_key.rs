//! Two messages that are nearly the same have the same cache key exactly when they ask for the same (C3).
#![no_main]

use coap2::cache::key::{derive, Input};
use coap2::message::option::Options;
use libcoap_2_fuzz::{encoded, Message, Number};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
struct Case {
    message: Message,
    fetch: bool,
    session: Option<u64>,
    changes: Vec<Change>,
    ignored: Vec<Number>,
}

/// What makes the second message of the first.
#[derive(Arbitrary, Debug)]
enum Change {
    /// Moves bytes from the end of a value to the start of the next one.
    Shift(u8, u8),
    /// Swaps the values of two options.
    Swap(u8, u8),
    /// Swaps two bytes of a value.
    SwapBytes(u8, u8, u8),
    /// Cuts a value in two options.
    Cut(u8, u8),
    Flip(u8, u8, u8),
    Renumber(u8, Number),
    Drop(u8),
    Add(Number, Vec<u8>),
    /// Makes a payload of the options, as they are encoded.
    Imitate,
    Payload(Option<Vec<u8>>),
    Session(Option<u64>),
    Fetch(bool),
}

/// What a key is derived of.
#[derive(Clone, Debug)]
struct Asked {
    fetch: bool,
    session: Option<u64>,
    options: Vec<(u16, Vec<u8>)>,
    payload: Option<Vec<u8>>,
}

impl Asked {
    fn change(&mut self, change: Change) {
        let length = self.options.len().max(1);
        let at = |at: u8| usize::from(at) % length;
        match change {
            Change::Shift(option, count) => {
                let next = at(option) + 1;
                if next < self.options.len() {
                    let value = &mut self.options[next - 1].1;
                    let mut moved = value.split_off(value.len() - usize::from(count).min(value.len()));
                    moved.append(&mut self.options[next].1);
                    self.options[next].1 = moved;
                }
            }
            Change::Swap(a, b) if !self.options.is_empty() => {
                let value = std::mem::take(&mut self.options[at(a)].1);
                let value = std::mem::replace(&mut self.options[at(b)].1, value);
                self.options[at(a)].1 = value;
            }
            Change::SwapBytes(option, a, b) => {
                if let Some((_, value)) = self.options.get_mut(at(option)).filter(|option| !option.1.is_empty()) {
                    let length = value.len();
                    value.swap(usize::from(a) % length, usize::from(b) % length);
                }
            }
            Change::Cut(option, place) => {
                if let Some((number, value)) = self.options.get_mut(at(option)) {
                    let rest = value.split_off(usize::from(place).min(value.len()));
                    let number = *number;
                    self.options.insert(at(option) + 1, (number, rest));
                }
            }
            Change::Flip(option, byte, bits) => {
                if let Some((_, value)) = self.options.get_mut(at(option)).filter(|option| !option.1.is_empty()) {
                    let length = value.len();
                    value[usize::from(byte) % length] ^= bits;
                }
            }
            Change::Renumber(option, number) => {
                if let Some(option) = self.options.get_mut(at(option)) {
                    option.0 = number.get();
                }
            }
            Change::Drop(option) if !self.options.is_empty() => drop(self.options.remove(at(option))),
            Change::Add(number, value) => self.options.push((number.get(), value)),
            Change::Imitate => {
                let options: Vec<_> = self.options.iter().map(|(number, value)| (*number, &value[..])).collect();
                self.payload = Some(encoded(&options));
            }
            Change::Payload(payload) => self.payload = payload,
            Change::Session(session) => self.session = session,
            Change::Fetch(fetch) => self.fetch = fetch,
            Change::Swap(..) | Change::Drop(_) => (),
        }
        self.options.sort_by_key(|option| option.0);
    }

    /// What takes part, by the letter of the chapter.
    fn counts(&self, ignored: &[u16]) -> impl PartialEq + std::fmt::Debug + '_ {
        let options: Vec<_> = self
            .options
            .iter()
            .filter(|option| option.0 & 0x1e != 0x1c && option.0 != 6 && !ignored.contains(&option.0))
            .collect();
        (self.session, options, self.fetch.then_some(self.payload.as_ref()))
    }

    fn key(&self, ignored: &[u16]) -> [u8; 32] {
        let options: Vec<_> = self.options.iter().map(|(number, value)| (*number, &value[..])).collect();
        let bytes = encoded(&options);
        let input = Input {
            session: self.session,
            code: if self.fetch { 5 } else { 3 },
            options: Options::new(&bytes),
            data: self.payload.as_deref(),
        };
        derive(input, ignored).expect("the options are well-formed").0
    }
}

fuzz_target!(|case: Case| {
    let Case { message, fetch, session, changes, ignored } = case;
    let ignored: Vec<u16> = ignored.into_iter().map(Number::get).collect();
    let options = message.sorted().into_iter().map(|(number, value)| (number, value.to_vec())).collect();
    let mut first = Asked { fetch, session, options, payload: message.payload };
    for change in changes {
        let mut second = first.clone();
        second.change(change);
        let same = first.counts(&ignored) == second.counts(&ignored);
        assert_eq!(first.key(&ignored) == second.key(&ignored), same, "{first:?}\n{second:?}\n{ignored:?}");
        first = second;
    }
});
