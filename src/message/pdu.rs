//! `coap_pdu_t` and its buffer.

use super::option::{Opt, Options};
use crate::abi::*;
use core::ops::Deref;
use core::ptr::NonNull;

/// A message that the library owns; deleted on drop.
pub struct OwnedPdu(NonNull<coap_pdu_t>);

impl OwnedPdu {
    /// `coap_pdu_init`: a message for up to `size` bytes after the header (0 = unlimited); `None` without memory.
    pub fn new(_type: u8, _code: u8, _mid: u16, _size: usize) -> Option<OwnedPdu> {
        todo!()
    }

    /// Takes over a message that C made or handed back.
    ///
    /// # Safety
    /// `pdu` is a live message made by `coap_pdu_init` or one of its kin, and the caller gives it away.
    pub unsafe fn from_raw(pdu: NonNull<coap_pdu_t>) -> OwnedPdu {
        OwnedPdu(pdu)
    }

    /// Gives the message to C; `coap_delete_pdu` ends it.
    pub fn into_raw(self) -> *mut coap_pdu_t {
        let pdu = self.0.as_ptr();
        core::mem::forget(self);
        pdu
    }

    /// The message as C sees it, still owned here.
    pub fn as_ptr(&self) -> *mut coap_pdu_t {
        self.0.as_ptr()
    }
}

impl Deref for OwnedPdu {
    type Target = coap_pdu_t;
    fn deref(&self) -> &coap_pdu_t {
        // SAFETY: owned, so live; all its fields are `Cell`s.
        unsafe { self.0.as_ref() }
    }
}

impl Drop for OwnedPdu {
    fn drop(&mut self) {
        todo!()
    }
}

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
        todo!()
    }
    /// The options, in order, up to the first malformed one.
    pub fn options(&self) -> Options<'_> {
        todo!()
    }
    /// Value of the first option with this number.
    pub fn option(&self, number: u16) -> Option<&[u8]> {
        self.options().find(|option: &Opt| option.number == number).map(|option| option.value)
    }
    /// Payload of this message itself, not of a body.
    pub fn payload(&self) -> Option<&[u8]> {
        todo!()
    }
    /// The re-assembled body, or else the payload (`coap_get_data_large`); `None` if there is neither.
    pub fn data_large(&self) -> Option<Data<'_>> {
        todo!()
    }
    /// Code 0.01 to 0.31.
    pub fn is_request(&self) -> bool {
        (1..32).contains(&self.code.get())
    }
    /// `coap_add_token`.
    pub fn add_token(&self, _token: &[u8]) -> bool {
        todo!()
    }
    /// `coap_update_token`.
    pub fn update_token(&self, _token: &[u8]) -> bool {
        todo!()
    }
    /// `coap_add_option`: size of the encoded option, 0 on failure.
    pub fn add_option(&self, _number: u16, _value: &[u8]) -> usize {
        todo!()
    }
    /// Adds an option whose value is an unsigned integer in its shortest form.
    pub fn add_uint_option(&self, _number: u16, _value: u64) -> usize {
        todo!()
    }
    /// `coap_insert_option`.
    pub fn insert_option(&self, _number: u16, _value: &[u8]) -> usize {
        todo!()
    }
    /// `coap_update_option`.
    pub fn update_option(&self, _number: u16, _value: &[u8]) -> usize {
        todo!()
    }
    /// `coap_remove_option`.
    pub fn remove_option(&self, _number: u16) -> bool {
        todo!()
    }
    /// `coap_add_data`.
    pub fn add_data(&self, _data: &[u8]) -> bool {
        todo!()
    }
    /// Drops options and payload behind `keep` bytes after the start of the token area (used to take back what a
    /// failed step added): token stays, `data` becomes null, `max_opt` is found anew.
    pub fn drop_contents(&self) {
        todo!()
    }
    /// `coap_pdu_clear`.
    pub fn clear(&self, _size: usize) {
        todo!()
    }
    /// `coap_pdu_resize`.
    pub fn resize(&self, _size: usize) -> bool {
        todo!()
    }
    /// `coap_pdu_check_resize`.
    pub fn check_resize(&self, _size: usize) -> bool {
        todo!()
    }
    /// `coap_pdu_encode_header`.
    pub fn encode_header(&self, _proto: coap_proto_t) -> usize {
        todo!()
    }
    /// The encoded message: header (if encoded), token, options, payload.
    pub fn wire(&self) -> &[u8] {
        todo!()
    }
    /// `coap_pdu_parse`.
    pub fn parse(&self, _proto: coap_proto_t, _message: &[u8]) -> bool {
        todo!()
    }
    /// A deep copy, to record: type, code, message id, token, options, payload and body (C10, X38). The body is copied
    /// into the message's own block, so one `coap_delete_pdu` frees all. Allocation is exact.
    pub fn record(&self) -> Option<OwnedPdu> {
        todo!()
    }
    /// `coap_pdu_duplicate`, given the new message's id and size limit.
    pub fn duplicate(
        &self,
        _mid: u16,
        _max_size: usize,
        _token: &[u8],
        _drop_options: Option<&coap_opt_filter_t>,
    ) -> Option<OwnedPdu> {
        todo!()
    }
}

/// The longest size that an option with this delta and length takes.
pub const MAX_TOKEN: usize = 8;
