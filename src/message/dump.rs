//! A message as text (docs/spec/debug.md, sections 4 to 6).

#![forbid(unsafe_code)]

use super::option::Opt;
use crate::abi::*;
use crate::base::bounded::Bounded;
use crate::base::stdio::Stream;
use crate::base::{errno, log};
use core::fmt::Write;
use core::sync::atomic::AtomicBool;
use core::sync::atomic::Ordering::Relaxed;

mod names;

use names::Form;

/// The longest line, its newline included.
const LINE: usize = COAP_DEBUG_BUF_SIZE - 1;
/// The longest value of an option as text.
const VALUE: usize = 1034;
/// A text payload gets its closing quote while the line in front of it is no longer than this.
const LAST_QUOTE: usize = 2050;

/// Whether messages are shown on `stdout`; else through the log.
static TO_STDIO: AtomicBool = AtomicBool::new(true);

/// `coap_set_show_pdu_output`: `stdout`, or the log.
pub fn set_stdio(to_stdio: bool) {
    TO_STDIO.store(to_stdio, Relaxed);
}

/// `coap_show_pdu`: shows a message, if its level passes. The log may call the application.
pub fn show(level: i16, pdu: &coap_pdu_t) {
    if !log::enabled(level) {
        return;
    }
    let (mut first, mut second, mut third) = ([0; LINE], [0; LINE], [0; LINE]);
    let mut lines =
        Lines { first: Bounded::new(&mut first), hex: Bounded::new(&mut second), characters: Bounded::new(&mut third) };
    // All is written before the first line goes out: a log handler may delete the message.
    lines.write(pdu);
    if TO_STDIO.load(Relaxed) {
        errno::preserve(|| {
            let mut stdout = Stream::stdout();
            lines.all().for_each(|line| stdout.write(line));
        });
    } else {
        lines.all().for_each(|line| {
            if log::enabled(level) {
                log::emit(level, format_args!("{}", str::from_utf8(line).unwrap_or_default()));
            }
        });
    }
}

/// The line about a message, and two more if its payload is binary.
struct Lines<'a> {
    first: Bounded<'a>,
    hex: Bounded<'a>,
    characters: Bounded<'a>,
}

impl Lines<'_> {
    fn all(&self) -> impl Iterator<Item = &[u8]> {
        [&self.first, &self.hex, &self.characters].into_iter().map(Bounded::bytes).filter(|line| !line.is_empty())
    }

    fn write(&mut self, pdu: &coap_pdu_t) {
        let code = pdu.code.get();
        write_head(&mut self.first, pdu);
        let content_format = write_options(&mut self.first, code, pdu.options());
        if let Some(data) = pdu.data_large() {
            self.first.push(b" :: ");
            if is_text(content_format, data.bytes) {
                write_text_payload(&mut self.first, data.bytes);
            } else {
                let _ = write!(self.first, "binary data length {}", data.bytes.len());
                write_binary_payload(&mut self.hex, &mut self.characters, data.bytes);
            }
        }
        self.first.end_line();
    }
}

/// Version, type, code, message id and token.
fn write_head(line: &mut Bounded<'_>, pdu: &coap_pdu_t) {
    let code = pdu.code.get();
    let _ = write!(line, "v:1 t:{} c:", names::message_type(pdu.r#type.get()));
    let _ = match names::code(code) {
        Some(name) => write!(line, "{name}"),
        None => write!(line, "{}.{:02}", code >> 5, code & 31),
    };
    let _ = write!(line, " i:{:04x} {{", pdu.mid.get());
    for byte in pdu.token_bytes() {
        let _ = write!(line, "{byte:02x}");
    }
    line.push(b"} ");
}

/// The options in brackets. Gives the content format that decides how the payload is shown.
fn write_options<'o>(line: &mut Bounded<'_>, code: u8, options: impl Iterator<Item = Opt<'o>>) -> Option<i32> {
    let mut content_format = None;
    line.push(b"[");
    for (index, option) in options.enumerate() {
        if index > 0 {
            line.push(b",");
        }
        let known = names::option(code, option.number);
        let _ = match known {
            Some((name, _)) => write!(line, " {name}:"),
            None => write!(line, " {}:", option.number),
        };
        let form = known.map_or(names::unknown(code), |(_, form)| form);
        if form == Form::ContentFormat {
            content_format = Some(uint(option.value) as i32);
        }
        let mut storage = [0; VALUE];
        let mut value = Bounded::new(&mut storage);
        write_value(&mut value, form, option.value);
        line.push(value.bytes());
    }
    line.push(b" ]");
    content_format
}

fn write_value(out: &mut Bounded<'_>, form: Form, value: &[u8]) {
    let _ = match form {
        Form::Empty => Ok(()),
        Form::Uint => write!(out, "{}", uint(value)),
        Form::Text => {
            write_text(out, value);
            Ok(())
        }
        Form::Escaped => {
            let _ = value.iter().all(|&byte| out.push_whole(&escape(byte)));
            Ok(())
        }
        Form::Hex => {
            out.push(b"0x");
            let _ = value.iter().all(|&byte| out.push_whole(&hex(byte)));
            Ok(())
        }
        Form::Block => {
            let (last, front) = value.split_last().unwrap_or((&0, &[]));
            let number = uint(front).wrapping_shl(4) | u32::from(last >> 4);
            let more = if last & 8 != 0 { 'M' } else { '_' };
            write!(out, "{number}/{more}/{}", 16 << (last & 7))
        }
        Form::ContentFormat => {
            let number = uint(value);
            match names::content_format(number) {
                Some(name) => write!(out, "{name}"),
                None => write!(out, "{}", number as i32),
            }
        }
    };
}

/// The value of a uint option, modulo 2^32.
fn uint(value: &[u8]) -> u32 {
    value.iter().fold(0, |number: u32, &byte| number << 8 | u32::from(byte))
}

fn is_printable(byte: u8) -> bool {
    // Whatever the locale (D9).
    matches!(byte, b' '..=b'~')
}

/// Printable bytes as they are, others escaped; stops in front of the first that does not fit.
fn write_text(out: &mut Bounded<'_>, text: &[u8]) {
    let _ = text.iter().all(|&byte| match is_printable(byte) {
        true => out.push_whole(&[byte]),
        false => out.push_whole(&escape(byte)),
    });
}

fn escape(byte: u8) -> [u8; 4] {
    let [high, low] = hex(byte).map(|digit| digit.to_ascii_uppercase());
    [b'\\', b'x', high, low]
}

fn hex(byte: u8) -> [u8; 2] {
    [byte >> 4, byte & 15].map(|digit| b"0123456789abcdef"[usize::from(digit)])
}

fn is_text(content_format: Option<i32>, payload: &[u8]) -> bool {
    // An empty payload goes by the format alone (D2).
    names::is_text(content_format) && payload.first().is_none_or(|&byte| is_printable(byte))
}

fn write_text_payload(line: &mut Bounded<'_>, payload: &[u8]) {
    line.push(b"'");
    write_text(line, payload);
    if line.len() <= LAST_QUOTE {
        line.push(b"'");
    }
}

/// The payload twice: in hex, and as characters under the hex digits.
fn write_binary_payload(digits: &mut Bounded<'_>, characters: &mut Bounded<'_>, payload: &[u8]) {
    digits.push(b"<<");
    characters.push(b"<<");
    for &byte in payload {
        digits.push(&hex(byte));
        characters.push(&[if is_printable(byte) { byte } else { b'.' }, b' ']);
        // The rest would be dropped (D3).
        if digits.is_full() {
            break;
        }
    }
    digits.push(b">>");
    characters.push(b">>");
    digits.end_line();
    characters.end_line();
}

#[cfg(test)]
mod tests;
