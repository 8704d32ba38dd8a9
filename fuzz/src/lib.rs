//! What the fuzz targets share: messages made by an encoder that is not the library's, and a silent log.

#[cfg(feature = "openssl")]
pub mod secure;

use coap2::abi::*;
use coap2::capi::coap_debug::*;
use core::ffi::{c_char, c_int, CStr};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use std::sync::Once;

/// A message before it is encoded.
#[derive(Arbitrary, Clone, Debug)]
pub struct Message {
    pub r#type: u8,
    pub code: Code,
    pub mid: u16,
    pub token: Vec<u8>,
    pub options: Vec<(Number, Vec<u8>)>,
    pub payload: Option<Vec<u8>>,
}

/// A code; the usual ones more often than others.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Code {
    Method(u8),
    Any(u8),
}

impl Code {
    pub fn byte(self) -> u8 {
        match self {
            Code::Method(method) => method % 8,
            Code::Any(code) => code,
        }
    }
}

/// An option number; the defined ones more often than others.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Number {
    Known(u8),
    Any(u16),
}

const KNOWN: [u16; 24] = [1, 3, 4, 5, 6, 7, 8, 9, 11, 11, 12, 14, 15, 15, 16, 17, 20, 23, 27, 28, 35, 39, 60, 258];

impl Number {
    pub fn get(self) -> u16 {
        match self {
            Number::Known(index) => KNOWN[usize::from(index) % KNOWN.len()],
            Number::Any(number) => number,
        }
    }
}

impl Message {
    /// The options in the order in which they go on the wire.
    pub fn sorted(&self) -> Vec<(u16, &[u8])> {
        let mut options: Vec<_> = self.options.iter().map(|(number, value)| (number.get(), &value[..])).collect();
        options.sort_by_key(|&(number, _)| number);
        options
    }

    /// The message as a datagram.
    pub fn datagram(&self) -> Vec<u8> {
        let token = &self.token[..self.token.len().min(8)];
        let mut bytes = vec![0x40 | (self.r#type & 3) << 4 | token.len() as u8, self.code.byte()];
        bytes.extend(self.mid.to_be_bytes());
        bytes.extend(token);
        bytes.extend(encoded(&self.sorted()));
        if let Some(payload) = self.payload.as_ref().filter(|payload| !payload.is_empty()) {
            bytes.push(0xff);
            bytes.extend(payload);
        }
        bytes
    }
}

/// Options, sorted by number, as they go on the wire.
pub fn encoded(options: &[(u16, &[u8])]) -> Vec<u8> {
    fn nibble(number: usize) -> (u8, Vec<u8>) {
        match number {
            0..=12 => (number as u8, vec![]),
            13..=268 => (13, vec![(number - 13) as u8]),
            _ => (14, ((number - 269) as u16).to_be_bytes().to_vec()),
        }
    }
    let (mut bytes, mut last) = (vec![], 0);
    for &(number, value) in options {
        let (delta, delta_bytes) = nibble(usize::from(number - last));
        let (length, length_bytes) = nibble(value.len());
        bytes.push(delta << 4 | length);
        bytes.extend(delta_bytes);
        bytes.extend(length_bytes);
        bytes.extend(value);
        last = number;
    }
    bytes
}

unsafe extern "C" fn swallow(_: c_int, message: *const c_char) {
    // SAFETY: the log hands over a C string; all of it is read.
    let message = unsafe { CStr::from_ptr(message) };
    assert!(message.count_bytes() < COAP_DEBUG_BUF_SIZE);
}

/// Lets every log line and dump be made, and nobody see it.
pub fn silent_log() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: a function of the right kind, and plain numbers.
        unsafe {
            coap_set_log_handler(Some(swallow));
            coap_set_log_level(7);
            coap_set_show_pdu_output(0);
        }
    });
}
