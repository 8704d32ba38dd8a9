//! What can be done with a message, `coap_pdu_t` (docs/spec/message.md, sections 5 to 11).

use super::buffer::{Value, HEADER_SPACE};
use super::edit::{Edit, Found};
use super::framing::{Framing, Header};
use super::option::{Opt, Options};
use super::parse::Contents;
use crate::abi::*;
use crate::base::log::{LOG_DEBUG, LOG_INFO, LOG_WARNING};
use crate::base::varint::encode8;
use crate::log;
use core::ptr::{null, null_mut};

pub use super::buffer::OwnedPdu;

/// Longest token of a message (RFC 7252, section 3).
pub const MAX_TOKEN: usize = 8;

/// A message's data as `coap_get_data_large` gives it.
#[derive(Clone, Copy, Debug)]
pub struct Data<'a> {
    /// The payload, or the re-assembled body.
    pub bytes: &'a [u8],
    /// Where `bytes` belongs in the body.
    pub offset: usize,
    /// Length of the whole body, as far as known.
    pub total: usize,
}

/// What the library does with a message. Slices that these methods give point into the message's buffer: they end with
/// the next call that changes the message, and no application code may run while one is held.
impl coap_pdu_t {
    /// The token.
    pub fn token_bytes(&self) -> &[u8] {
        let used = self.used();
        &used[..used.len().min(self.token_length.get().into())]
    }

    /// The options, in order, up to the first malformed one.
    pub fn options(&self) -> Options<'_> {
        Options::new(self.used().get(self.token_length.get().into()..).unwrap_or_default())
    }

    /// Value of the first option with this number.
    pub fn option(&self, number: u16) -> Option<&[u8]> {
        // Most messages have few options, and are asked for many. With a `max_opt` of 0 somebody may have forgotten to
        // set it, as in `place_option`.
        let last = self.max_opt.get();
        if number > last && last != 0 {
            return None;
        }
        let option: Opt = self.options().find(|option| option.number >= number)?;
        (option.number == number).then_some(option.value)
    }

    /// Payload of this message itself, not of a body.
    #[inline]
    pub fn payload(&self) -> Option<&[u8]> {
        self.payload_at().ok()?.map(|at| &self.used()[at..])
    }

    /// The re-assembled body, or else the payload (`coap_get_data_large`); `None` if there is neither.
    pub fn data_large(&self) -> Option<Data<'_>> {
        let (body, length, offset) = (self.body_data.get(), self.body_length.get(), self.body_offset.get());
        if !body.is_null() {
            // SAFETY: who set the body (the block engine, or an application in its place) keeps `body_length` bytes.
            let bytes = unsafe { core::slice::from_raw_parts(body, length.min(isize::MAX as usize)) };
            return Some(Data { bytes, offset, total: self.body_total.get() });
        }
        let bytes = self.payload()?;
        let total = match self.body_total.get() {
            0 => bytes.len(),
            total => total,
        };
        Some(Data { bytes, offset, total })
    }

    /// The type of a response to this message that does not wait for an answer of its own: ACK to a CON, else NON.
    pub fn response_type(&self) -> u8 {
        match self.r#type.get() {
            COAP_MESSAGE_CON => COAP_MESSAGE_ACK,
            _ => COAP_MESSAGE_NON,
        }
    }

    /// Code 0.01 to 0.31.
    pub fn is_request(&self) -> bool {
        (1..32).contains(&self.code.get())
    }

    /// `coap_add_token`.
    pub fn add_token(&self, token: &[u8]) -> bool {
        // SAFETY: a slice is readable.
        unsafe { self.add_token_from(token.as_ptr(), token.len()) }
    }

    /// [`add_token`](Self::add_token) with bytes from C; not null, unless `length` is 0.
    ///
    /// # Safety
    /// `token` is null, or `length` bytes from it on are readable.
    pub unsafe fn add_token_from(&self, token: *const u8, length: usize) -> bool {
        if length > MAX_TOKEN || token.is_null() && length > 0 {
            return false;
        }
        if self.used_size.get() != 0 {
            log!(LOG_WARNING, "a token must come first, and only once");
            return false;
        }
        // SAFETY: handed on to the caller.
        let Some(token) = (unsafe { Value::new(self, token, length) }) else { return false };
        if !self.change(0, &Edit::token(0, length), &token) {
            return false;
        }
        self.token_length.set(length as u8);
        self.max_opt.set(0);
        self.data.set(null_mut());
        true
    }

    /// `coap_update_token`.
    pub fn update_token(&self, token: &[u8]) -> bool {
        // SAFETY: a slice is readable.
        unsafe { self.update_token_from(token.as_ptr(), token.len()) }
    }

    /// [`update_token`](Self::update_token) with bytes from C; not null, unless `length` is 0.
    ///
    /// # Safety
    /// `token` is null, or `length` bytes from it on are readable.
    pub unsafe fn update_token_from(&self, token: *const u8, length: usize) -> bool {
        if self.used_size.get() == 0 {
            // SAFETY: handed on to the caller.
            return unsafe { self.add_token_from(token, length) };
        }
        let old = usize::from(self.token_length.get());
        if length > MAX_TOKEN || token.is_null() && length > 0 || old > self.used().len() {
            return false;
        }
        // SAFETY: handed on to the caller.
        let Some(token) = (unsafe { Value::new(self, token, length) }) else { return false };
        if !self.change(0, &Edit::token(old, length), &token) {
            return false;
        }
        self.token_length.set(length as u8);
        true
    }

    /// `coap_add_option`: size of the encoded option, 0 on failure.
    pub fn add_option(&self, number: u16, value: &[u8]) -> usize {
        // SAFETY: a slice is readable.
        unsafe { self.add_option_from(number, value.as_ptr(), value.len()) }
    }

    /// [`add_option`](Self::add_option) with a value from C; null stands for zero bytes (M17).
    ///
    /// # Safety
    /// `value` is null, or `length` bytes from it on are readable.
    pub unsafe fn add_option_from(&self, number: u16, value: *const u8, length: usize) -> usize {
        let last = self.max_opt.get();
        // SAFETY: handed on to the caller.
        let value = unsafe { Value::new(self, value, length) };
        let size = value.and_then(|value| self.put_option(number, &value)).unwrap_or(0);
        // Told afterwards, when neither the message nor the value is needed any more: a log handler may do anything.
        if number == last && !may_repeat(number) {
            log!(LOG_INFO, "option {} is not repeatable", number);
        }
        if number < last {
            log!(LOG_DEBUG, "option {} comes after option {}", number, last);
        }
        size
    }

    /// Adds an option whose value is an unsigned integer in its shortest form.
    pub fn add_uint_option(&self, number: u16, value: u64) -> usize {
        self.add_option(number, encode8(value, &mut [0; 8]))
    }

    /// Adds encoded options behind those that there are, the first of them counted from the last of these; `last` is
    /// the number of the last one. False, and nothing changed, if there is no room.
    pub fn add_encoded(&self, options: &[u8], last: u16) -> bool {
        if options.is_empty() {
            return true;
        }
        // SAFETY: a slice is readable.
        let Some(value) = (unsafe { Value::new(self, options.as_ptr(), options.len()) }) else { return false };
        let added =
            self.data.get().is_null() && self.change(0, &Edit::encoded(self.used().len(), options.len()), &value);
        if added {
            self.max_opt.set(last);
        }
        added
    }

    /// `coap_insert_option`.
    pub fn insert_option(&self, number: u16, value: &[u8]) -> usize {
        // SAFETY: a slice is readable.
        unsafe { self.insert_option_from(number, value.as_ptr(), value.len()) }
    }

    /// [`insert_option`](Self::insert_option) with a value from C; null stands for zero bytes (M17).
    ///
    /// # Safety
    /// `value` is null, or `length` bytes from it on are readable.
    pub unsafe fn insert_option_from(&self, number: u16, value: *const u8, length: usize) -> usize {
        if number >= self.max_opt.get() {
            // SAFETY: handed on to the caller.
            return unsafe { self.add_option_from(number, value, length) };
        }
        // SAFETY: handed on to the caller.
        let value = unsafe { Value::new(self, value, length) };
        value.and_then(|value| self.place_option(number, &value)).unwrap_or(0)
    }

    /// `coap_update_option`.
    pub fn update_option(&self, number: u16, value: &[u8]) -> usize {
        // SAFETY: a slice is readable.
        unsafe { self.update_option_from(number, value.as_ptr(), value.len()) }
    }

    /// [`update_option`](Self::update_option) with a value from C; null stands for zero bytes (M17).
    ///
    /// # Safety
    /// `value` is null, or `length` bytes from it on are readable.
    pub unsafe fn update_option_from(&self, number: u16, value: *const u8, length: usize) -> usize {
        let Some((base, options)) = self.option_area() else { return 0 };
        let Some(found) = Found::first(options, number) else {
            // SAFETY: handed on to the caller.
            return unsafe { self.insert_option_from(number, value, length) };
        };
        let Some(edit) = found.replace(length) else { return 0 };
        // SAFETY: handed on to the caller.
        let value = unsafe { Value::new(self, value, length) };
        value.is_some_and(|value| self.change(base, &edit, &value)).into()
    }

    /// `coap_remove_option`.
    pub fn remove_option(&self, number: u16) -> bool {
        self.try_remove_option(number).is_some()
    }

    fn try_remove_option(&self, number: u16) -> Option<()> {
        let (base, options) = self.option_area()?;
        let (edit, last) = Found::first(options, number)?.remove(options)?;
        if !self.change(base, &edit, &Value::NONE) {
            return None;
        }
        if let Some(last) = last {
            self.max_opt.set(last);
        }
        Some(())
    }

    /// `coap_add_data`.
    pub fn add_data(&self, data: &[u8]) -> bool {
        // SAFETY: a slice is readable.
        unsafe { self.add_data_from(data.as_ptr(), data.len()) }
    }

    /// [`add_data`](Self::add_data) with bytes from C; not null, unless `length` is 0.
    ///
    /// # Safety
    /// `data` is null, or `length` bytes from it on are readable.
    pub unsafe fn add_data_from(&self, data: *const u8, length: usize) -> bool {
        if length == 0 {
            return true;
        }
        // SAFETY: handed on to the caller.
        !data.is_null() && unsafe { self.put_data(data, length) }.is_some()
    }

    /// `coap_add_data_after`: adds a payload of zero bytes (M18) and gives its place; `None` for a length of 0, or if it
    /// does not fit.
    pub fn add_data_after(&self, length: usize) -> Option<*mut u8> {
        if length == 0 {
            return None;
        }
        // SAFETY: null needs no bytes.
        unsafe { self.put_data(null(), length) }
    }

    /// # Safety
    /// `data` is null, or `length` bytes from it on are readable.
    unsafe fn put_data(&self, data: *const u8, length: usize) -> Option<*mut u8> {
        if !self.data.get().is_null() {
            log!(LOG_WARNING, "a message has one payload only");
            return None;
        }
        let used = self.used().len();
        let edit = Edit::payload(used, length);
        // SAFETY: handed on to the caller.
        let value = unsafe { Value::new(self, data, length) }?;
        if !self.resize(used.checked_add(1)?.checked_add(length)?) || !self.change(0, &edit, &value) {
            return None;
        }
        let place = self.token.get().wrapping_add(edit.value_at());
        self.data.set(place);
        Some(place)
    }

    /// Drops options and payload behind the token (used to take back what a failed step added): `data` becomes null,
    /// `max_opt` 0.
    pub fn drop_contents(&self) {
        self.used_size.set(self.token_bytes().len());
        self.max_opt.set(0);
        self.data.set(null_mut());
    }

    /// `coap_pdu_clear`.
    pub fn clear(&self, size: usize) {
        self.r#type.set(0);
        self.code.set(0);
        self.hdr_size.set(0);
        self.token_length.set(0);
        self.mid.set(0);
        self.max_opt.set(0);
        self.used_size.set(0);
        self.max_size.set(size);
        self.alloc_size.set(self.alloc_size.get().min(size));
        self.data.set(null_mut());
        self.clear_body();
        self.lg_xmit.set(null_mut());
    }

    fn clear_body(&self) {
        self.body_data.set(null());
        self.body_length.set(0);
        self.body_offset.set(0);
        self.body_total.set(0);
    }

    /// `coap_pdu_encode_header`: size of the header, 0 on failure (M16).
    pub fn encode_header(&self, proto: coap_proto_t) -> usize {
        let header = Header {
            r#type: self.r#type.get(),
            token_length: self.token_length.get(),
            code: self.code.get(),
            mid: self.mid.get(),
        };
        let encoded = Framing::of(proto)
            .zip(self.used_size.get().checked_sub(header.token_length.into()))
            .and_then(|(framing, length)| framing.encode(header, length));
        match encoded {
            Some(bytes) if self.put_header(bytes.as_slice()) => bytes.as_slice().len(),
            _ => {
                log!(LOG_WARNING, "no header can be made for this message and protocol {}", proto);
                0
            }
        }
    }

    /// The encoded message: header (if encoded), token, options, payload.
    #[inline]
    pub fn wire(&self) -> &[u8] {
        match usize::from(self.hdr_size.get()) {
            size if size <= HEADER_SPACE => self.bytes_before_token(size),
            _ => self.used(),
        }
    }

    /// `coap_pdu_parse`.
    pub fn parse(&self, proto: coap_proto_t, message: &[u8]) -> bool {
        // SAFETY: a slice is readable.
        unsafe { self.parse_from(proto, message.as_ptr(), message.len()) }
    }

    /// [`parse`](Self::parse) with bytes from C.
    ///
    /// # Safety
    /// `message` is null, or `length` bytes from it on are readable.
    pub unsafe fn parse_from(&self, proto: coap_proto_t, message: *const u8, length: usize) -> bool {
        // SAFETY: handed on to the caller.
        let put = unsafe { self.put_from(proto, message, length) };
        put && self.parse_put(proto)
    }

    /// The first half of [`parse`](Self::parse): copies a whole message in, without looking at it. Where there is room
    /// for it already ([`make_room`](Self::make_room)), that writes no log line.
    pub fn put(&self, proto: coap_proto_t, message: &[u8]) -> bool {
        // SAFETY: a slice is readable.
        unsafe { self.put_from(proto, message.as_ptr(), message.len()) }
    }

    /// The second half of [`parse`](Self::parse): takes apart what [`put`](Self::put) has copied.
    #[inline]
    pub fn parse_put(&self, proto: coap_proto_t) -> bool {
        self.parse_header(proto) && self.parse_opt()
    }

    /// # Safety
    /// `message` is null, or `length` bytes from it on are readable.
    unsafe fn put_from(&self, proto: coap_proto_t, message: *const u8, length: usize) -> bool {
        let Some(framing) = Framing::of(proto) else { return false };
        if message.is_null() || length == 0 {
            return false;
        }
        // SAFETY: at least one byte, by the caller's word.
        let header = framing.header_size(unsafe { message.read() });
        if length < header || header > self.max_hdr_size.get().into() {
            return false;
        }
        // SAFETY: handed on to the caller.
        let Some(bytes) = (unsafe { Value::new(self, message, length) }) else { return false };
        if !self.fill(&bytes, header) {
            return false;
        }
        self.max_opt.set(0);
        self.data.set(null_mut());
        self.clear_body();
        true
    }

    /// `coap_pdu_parse_header`: decodes the header in front of the token.
    #[inline]
    pub fn parse_header(&self, proto: coap_proto_t) -> bool {
        let size = usize::from(self.hdr_size.get());
        if size > HEADER_SPACE || self.token.get().is_null() {
            return false;
        }
        let header = self.bytes_before_token(size).get(..size).unwrap_or_default();
        let Some(header) = Framing::of(proto).and_then(|framing| framing.decode(header)) else { return false };
        self.r#type.set(header.r#type);
        self.code.set(header.code);
        self.mid.set(header.mid);
        let room = self.alloc_size.get();
        self.token_length.set(usize::from(header.token_length).min(room) as u8);
        usize::from(header.token_length) <= room
    }

    /// `coap_pdu_parse_opt`: checks token, options and payload, and finds `max_opt` and `data`.
    pub fn parse_opt(&self) -> bool {
        let contents = Contents::of(self.code.get(), self.token_length.get().into(), self.used());
        self.max_opt.set(contents.max_opt);
        self.data.set(contents.payload.map_or(null_mut(), |at| self.token.get().wrapping_add(at)));
        if let Some((number, length)) = contents.bad_length {
            log!(LOG_WARNING, "option {} has a bad length of {}", number, length);
        }
        contents.valid
    }

    /// Where the options start, and their bytes; `None` if the fields contradict each other.
    #[inline]
    pub(super) fn option_area(&self) -> Option<(usize, &[u8])> {
        let start = usize::from(self.token_length.get());
        let used = self.used();
        let end = self.payload_at().ok()?.map_or(used.len(), |payload| payload - 1);
        Some((start, used.get(start..end)?))
    }

    /// `coap_add_option` without its log lines: size of the encoded option.
    pub(super) fn put_option(&self, number: u16, value: &Value) -> Option<usize> {
        let proxied = matches!(number, COAP_OPTION_PROXY_URI | COAP_OPTION_PROXY_SCHEME);
        if proxied && self.is_request() && self.option(COAP_OPTION_HOP_LIMIT).is_none() {
            // RFC 8768, section 3 (M21). Without room for it the message goes without.
            // SAFETY: a slice is readable.
            let limit = unsafe { Value::new(self, &COAP_DEFAULT_HOP_LIMIT, 1) }?;
            self.place_option(COAP_OPTION_HOP_LIMIT, &limit);
        }
        self.place_option(number, value)
    }

    /// Puts an option where its number belongs. Behind the last one that takes no look at the others.
    fn place_option(&self, number: u16, value: &Value) -> Option<usize> {
        let (base, options) = self.option_area()?;
        let last = self.max_opt.get();
        // With options and a `max_opt` of 0 somebody forgot to set it: the options decide (M10).
        let behind = number >= last && (last != 0 || options.is_empty());
        let (edit, is_last) = if behind {
            (Edit::append(options.len(), last, number, value.len())?, true)
        } else {
            Edit::insert(options, number, value.len())?
        };
        if !self.change(base, &edit, value) {
            return None;
        }
        if is_last {
            self.max_opt.set(number);
        }
        Some(edit.option_size())
    }
}

/// Whether an option of this number may stand in a message more than once.
fn may_repeat(number: u16) -> bool {
    matches!(
        number,
        COAP_OPTION_IF_MATCH
            | COAP_OPTION_ETAG
            | COAP_OPTION_LOCATION_PATH
            | COAP_OPTION_URI_PATH
            | COAP_OPTION_URI_QUERY
            | COAP_OPTION_LOCATION_QUERY
    )
}
