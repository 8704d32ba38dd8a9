//! Copies of messages: one to record, and one to send again (docs/spec/cache.md, section 2; docs/spec/message.md,
//! section 11).

use super::buffer::{OwnedPdu, Value};
use super::edit::Edit;
use super::option::Options;
use super::pdu::MAX_TOKEN;
use crate::abi::*;
use core::ptr::null_mut;

impl coap_pdu_t {
    /// A deep copy, to record: type, code, message id, token, options, payload and body (C10, X38). The body is copied
    /// into the message's own block, so one `coap_delete_pdu` frees all. Allocation is exact.
    pub fn record(&self) -> Option<OwnedPdu> {
        let used = self.used();
        if usize::from(self.token_length.get()) > used.len() {
            return None;
        }
        let payload = self.payload_at().ok()?;
        let body = self.data_large().filter(|_| !self.body_data.get().is_null()).map(|data| data.bytes);
        let copy = OwnedPdu::with_room(
            self.r#type.get(),
            self.code.get(),
            self.mid.get(),
            self.max_size.get(),
            used.len(),
            body.map_or(0, <[u8]>::len),
        )?;
        // SAFETY: the copy was made with this much room.
        unsafe { copy.token.get().copy_from_nonoverlapping(used.as_ptr(), used.len()) };
        copy.used_size.set(used.len());
        copy.token_length.set(self.token_length.get());
        copy.max_opt.set(self.max_opt.get());
        copy.data.set(payload.map_or(null_mut(), |at| copy.token.get().wrapping_add(at)));
        if let Some(body) = body {
            let place = copy.as_ptr().wrapping_add(1).cast::<u8>();
            // SAFETY: the copy was made with this much room behind the object.
            unsafe { place.copy_from_nonoverlapping(body.as_ptr(), body.len()) };
            copy.body_data.set(place);
            copy.body_length.set(body.len());
        }
        copy.body_offset.set(self.body_offset.get());
        copy.body_total.set(self.body_total.get());
        Some(copy)
    }

    /// `coap_pdu_duplicate`, given the new message's id and size limit.
    pub fn duplicate(
        &self,
        mid: u16,
        max_size: usize,
        token: &[u8],
        drop_options: Option<&coap_opt_filter_t>,
    ) -> Option<OwnedPdu> {
        let (_, options) = self.option_area()?;
        let copy = OwnedPdu::new(self.r#type.get(), self.code.get(), mid, max_size)?;
        if token.len() <= MAX_TOKEN && !copy.add_token(token) {
            return None;
        }
        copy.lg_xmit.set(self.lg_xmit.get());
        let Some(dropped) = drop_options else {
            let edit = Edit::token(0, options.len());
            // SAFETY: a slice is readable.
            let value = unsafe { Value::new(&copy, options.as_ptr(), options.len()) }?;
            if !copy.change(copy.used().len(), &edit, &value) {
                return None;
            }
            copy.max_opt.set(self.max_opt.get());
            return Some(copy);
        };
        for option in Options::new(options).filter(|option| !dropped.contains(option.number)) {
            // SAFETY: a slice is readable.
            let value = unsafe { Value::new(&copy, option.value.as_ptr(), option.value.len()) }?;
            copy.put_option(option.number, &value)?;
        }
        Some(copy)
    }
}
