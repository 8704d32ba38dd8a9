//! The memory of a message: the object, and the buffer that its `token` points into.
//!
//! The buffer is one block of the C allocator: [`HEADER_SPACE`] bytes for the header, then token, options, marker and
//! payload. C reads and writes every field, so each method goes by the fields as it finds them; what the fields promise
//! (that `alloc_size` and `used_size` bytes from `token` on are there) is the one thing that has to be believed.

use super::edit::Edit;
use crate::abi::*;
use crate::base::log::LOG_WARNING;
use crate::base::memory;
use crate::log;
use core::ops::Deref;
use core::ptr::{null, null_mut, NonNull};

/// Room for a header in front of the token.
pub(super) const HEADER_SPACE: usize = COAP_PDU_MAX_TCP_HEADER_SIZE as usize;
/// What a buffer starts with, and the least that it grows to.
const FIRST_SIZE: usize = 256;

/// A message that the library owns; deleted on drop.
pub struct OwnedPdu(NonNull<coap_pdu_t>);

impl OwnedPdu {
    /// `coap_pdu_init`: a message for up to `size` bytes after the header (0 = unlimited); `None` without memory.
    pub fn new(r#type: u8, code: u8, mid: u16, size: usize) -> Option<OwnedPdu> {
        OwnedPdu::for_payload(r#type, code, mid, size, 0)
    }

    /// The same with memory for a payload of this length.
    #[inline]
    pub fn for_payload(r#type: u8, code: u8, mid: u16, size: usize, payload: usize) -> Option<OwnedPdu> {
        OwnedPdu::with_room(r#type, code, mid, size, size.min(FIRST_SIZE.checked_add(payload)?), 0)
    }

    /// A message with a buffer for exactly `room` bytes, and `extra` bytes behind the object itself.
    #[inline]
    pub(super) fn with_room(
        r#type: u8,
        code: u8,
        mid: u16,
        size: usize,
        room: usize,
        extra: usize,
    ) -> Option<OwnedPdu> {
        let object = memory::malloc(size_of::<coap_pdu_t>().checked_add(extra)?)?.cast::<coap_pdu_t>();
        let Some(buffer) = room.checked_add(HEADER_SPACE).and_then(memory::malloc) else {
            // SAFETY: made above, and nobody knows it.
            unsafe { memory::free(object.as_ptr()) };
            return None;
        };
        let pdu = coap_pdu_t {
            r#type: r#type.into(),
            code: code.into(),
            max_hdr_size: COAP_PDU_MAX_TCP_HEADER_SIZE.into(),
            hdr_size: 0.into(),
            token_length: 0.into(),
            mid: mid.into(),
            max_opt: 0.into(),
            alloc_size: room.into(),
            used_size: 0.into(),
            max_size: size.into(),
            token: buffer.as_ptr().wrapping_add(HEADER_SPACE).into(),
            data: null_mut::<u8>().into(),
            body_data: null::<u8>().into(),
            body_length: 0.into(),
            body_offset: 0.into(),
            body_total: 0.into(),
            lg_xmit: null_mut::<coap_lg_xmit_t>().into(),
        };
        // SAFETY: the block is fresh, large enough, and `malloc` aligns to 16.
        unsafe { object.write(pdu) };
        Some(OwnedPdu(object))
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
        let token = self.token.get();
        // SAFETY: owned, so nobody uses object or buffer any more. A token that is not null is `HEADER_SPACE` bytes
        // into a block of the C allocator: that is how the library makes messages, and `token` is for it to move.
        unsafe {
            if !token.is_null() {
                memory::free(token.wrapping_sub(HEADER_SPACE));
            }
            memory::free(self.0.as_ptr());
        }
    }
}

/// Why a buffer did not grow.
enum Refusal {
    /// The message would become larger than its `max_size`.
    TooLarge,
    /// The message would be larger than memory, or memory ran out.
    NoMemory,
}

impl coap_pdu_t {
    /// `coap_pdu_resize`: makes room for exactly `size` bytes; false, with a log line, if that is too much.
    pub fn resize(&self, size: usize) -> bool {
        self.told(self.try_resize(size))
    }

    /// `coap_pdu_check_resize`: makes room for at least `size` bytes; false if that is too much.
    pub fn check_resize(&self, size: usize) -> bool {
        match self.try_reserve(size) {
            Err(Refusal::TooLarge) => false,
            result => self.told(result),
        }
    }

    /// Makes room for at least `size` bytes without a log line; false if that is too much.
    pub(crate) fn make_room(&self, size: usize) -> bool {
        self.try_reserve(size).is_ok()
    }

    fn told(&self, result: Result<(), Refusal>) -> bool {
        match result {
            Ok(()) => return true,
            Err(Refusal::TooLarge) => {
                log!(LOG_WARNING, "message would be larger than its limit of {}", self.max_size.get())
            }
            Err(Refusal::NoMemory) => log!(LOG_WARNING, "no memory for a message"),
        }
        false
    }

    #[inline]
    fn try_resize(&self, size: usize) -> Result<(), Refusal> {
        let (old, token, data) = (self.alloc_size.get(), self.token.get(), self.data.get());
        if size > old {
            let limit = self.max_size.get();
            if limit != 0 && limit < size {
                return Err(Refusal::TooLarge);
            }
            // `alloc_size` may have been set below what is in use; that must not be cut off.
            let room = size.max(self.used_size.get()).checked_add(HEADER_SPACE);
            let room = room.filter(|&room| room <= isize::MAX as usize);
            let block = if token.is_null() { token } else { token.wrapping_sub(HEADER_SPACE) };
            // SAFETY: null, or the start of this message's buffer, as in `drop`.
            let block = unsafe { memory::realloc(block, room.ok_or(Refusal::NoMemory)?) };
            let moved = block.ok_or(Refusal::NoMemory)?.as_ptr().wrapping_add(HEADER_SPACE);
            let offset = (data as usize).wrapping_sub(token as usize);
            if !data.is_null() && offset <= self.used_size.get() {
                self.data.set(moved.wrapping_add(offset));
            }
            self.token.set(moved);
        }
        self.alloc_size.set(size);
        Ok(())
    }

    #[inline]
    fn try_reserve(&self, size: usize) -> Result<(), Refusal> {
        let old = self.alloc_size.get();
        if size <= old {
            return Ok(());
        }
        let mut room = old.saturating_mul(2).max(FIRST_SIZE);
        while room < size {
            room = room.checked_mul(2).ok_or(Refusal::NoMemory)?;
        }
        let limit = self.max_size.get();
        if limit != 0 && room > limit {
            room = limit;
            if room < size {
                return Err(Refusal::TooLarge);
            }
        }
        self.try_resize(room)
    }

    /// The bytes in use: token, options, marker, payload.
    pub(super) fn used(&self) -> &[u8] {
        self.bytes_before_token(0)
    }

    /// `before` bytes in front of the token, at most [`HEADER_SPACE`], and the bytes in use.
    pub(super) fn bytes_before_token(&self, before: usize) -> &[u8] {
        let token = self.token.get();
        let Some(length) = self.used_size.get().checked_add(before).filter(|&n| n <= isize::MAX as usize) else {
            return &[];
        };
        if token.is_null() || length == 0 {
            return &[];
        }
        // SAFETY: whoever filled in the fields promised `used_size` bytes from `token` on (for the application's own
        // objects that is the contract of the functions that take them), and `max_hdr_size` bytes in front. They are
        // written before they count as used. The slice ends with the next change, see `impl coap_pdu_t` in `pdu`.
        unsafe { core::slice::from_raw_parts(token.wrapping_sub(before), length) }
    }

    /// Where the payload starts, counted from the token: `Ok(None)` without one, `Err` if `data` points elsewhere.
    #[inline]
    pub(super) fn payload_at(&self) -> Result<Option<usize>, Astray> {
        let data = self.data.get() as usize;
        if data == 0 {
            return Ok(None);
        }
        let at = data.checked_sub(self.token.get() as usize).ok_or(Astray)?;
        if at > self.token_length.get().into() && at <= self.used().len() {
            Ok(Some(at))
        } else {
            Err(Astray)
        }
    }

    /// Makes a change to the bytes from `base` on (counted from the token), growing the buffer as needed and moving
    /// `data` along. False, and nothing changed, if there is no room. Logs nothing, so callers may hold what they like.
    pub(super) fn change(&self, base: usize, edit: &Edit, value: &Value) -> bool {
        let used = self.used_size.get();
        let moves_data = matches!(self.payload_at(), Ok(Some(_)));
        let Some(size) = used.checked_sub(edit.removed()).and_then(|kept| kept.checked_add(edit.added())) else {
            return false;
        };
        let span = used.max(size);
        if self.token.get().is_null() || span > isize::MAX as usize || self.try_reserve(size).is_err() {
            return false;
        }
        let token = self.token.get();
        if let Some(head) = used.checked_sub(base).and_then(|used| edit.appended(used)) {
            // SAFETY: the buffer has grown to `size` bytes, which is what head and value take behind the `used` ones;
            // both lie outside of it (`Value::new`).
            unsafe { value.write_to(append(token.wrapping_add(used), head), size - used - head.len()) };
            self.used_size.set(size);
            return true;
        }
        // SAFETY: `used` bytes are there as ever, `size` bytes since the buffer grew, and what was not in use is
        // written here before it is read. `value` holds memory outside this buffer (`Value::new`), and nothing else
        // points into it: slices end with a change, and no code but ours runs meanwhile.
        unsafe {
            token.wrapping_add(used).write_bytes(0, span - used);
            edit.apply(&mut core::slice::from_raw_parts_mut(token, span)[base..], used - base, value.bytes());
        }
        self.used_size.set(size);
        if moves_data {
            let data = self.data.get();
            self.data.set(data.wrapping_add(edit.added()).wrapping_sub(edit.removed()));
        }
        true
    }

    /// Puts `bytes` of a whole message in, `header` of them in front of the token; false if there is no room.
    pub(super) fn fill(&self, bytes: &Value, header: usize) -> bool {
        let Some(size) = bytes.length.checked_sub(header) else { return false };
        if header > HEADER_SPACE || self.token.get().is_null() || !self.resize(size) {
            return false;
        }
        if let Some(bytes) = bytes.bytes() {
            let start = self.token.get().wrapping_sub(header);
            // SAFETY: `HEADER_SPACE` bytes before the token and, after `resize`, `size` behind it are ours; `bytes`
            // is outside this buffer (`Value::new`).
            unsafe { start.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
        }
        self.hdr_size.set(header as u8);
        self.used_size.set(size);
        true
    }

    /// Writes an encoded header in front of the token; false if there is no room for it.
    pub(super) fn put_header(&self, header: &[u8]) -> bool {
        let token = self.token.get();
        if header.len() > usize::from(self.max_hdr_size.get()).min(HEADER_SPACE) || token.is_null() {
            return false;
        }
        // SAFETY: `max_hdr_size` bytes in front of the token belong to the message.
        unsafe { token.wrapping_sub(header.len()).copy_from_nonoverlapping(header.as_ptr(), header.len()) };
        self.hdr_size.set(header.len() as u8);
        true
    }
}

/// Writes `bytes` at `place`; what follows them.
///
/// # Safety
/// There is room for them, elsewhere.
unsafe fn append(place: *mut u8, bytes: &[u8]) -> *mut u8 {
    // SAFETY: handed on to the caller.
    unsafe { place.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
    place.wrapping_add(bytes.len())
}

/// `data` of a message does not point into the message.
#[derive(Debug)]
pub(super) struct Astray;

/// Bytes on their way into a message: the application's, or zero bytes for a null pointer (M17, M18).
pub(super) struct Value {
    copy: Option<Vec<u8>>,
    data: *const u8,
    length: usize,
}

impl Value {
    /// No bytes.
    pub(super) const NONE: Value = Value { copy: None, data: null(), length: 0 };

    /// How many bytes.
    pub(super) fn len(&self) -> usize {
        self.length
    }

    /// `length` bytes from `data` on for `pdu`; copied first if they lie in its buffer, which may move (M19). `None`
    /// without memory, or if no object has so many bytes.
    ///
    /// # Safety
    /// `data` is null, or `length` bytes from it on stay readable while the value lives.
    #[inline]
    pub(super) unsafe fn new(pdu: &coap_pdu_t, data: *const u8, length: usize) -> Option<Value> {
        if length > isize::MAX as usize {
            return None;
        }
        let mut value = Value { copy: None, data, length };
        let start = (pdu.token.get() as usize).saturating_sub(HEADER_SPACE);
        let end = (pdu.token.get() as usize).saturating_add(pdu.alloc_size.get().max(pdu.used_size.get()));
        let address = data as usize;
        if address < end && address.saturating_add(length) > start {
            if let Some(bytes) = value.bytes() {
                value.copy = Some(memory::to_vec(bytes)?);
            }
        }
        Some(value)
    }

    /// Writes the bytes where there is room for `room` of them; zero bytes for those that it has not.
    ///
    /// # Safety
    /// `room` bytes from `place` on are writable, and lie outside of the value.
    #[inline]
    unsafe fn write_to(&self, place: *mut u8, room: usize) {
        let bytes = self.bytes().unwrap_or_default();
        let bytes = bytes.get(..room).unwrap_or(bytes);
        // SAFETY: no more than `room` bytes, by the caller's word.
        let rest = unsafe { append(place, bytes) };
        if bytes.len() < room {
            // SAFETY: as above.
            unsafe { rest.write_bytes(0, room - bytes.len()) };
        }
    }

    /// The bytes; `None` for zero bytes.
    fn bytes(&self) -> Option<&[u8]> {
        match &self.copy {
            Some(copy) => Some(copy),
            None if self.length == 0 => Some(&[]),
            None if self.data.is_null() => None,
            // SAFETY: readable by the word of who called `new`, where `length` was checked.
            None => Some(unsafe { core::slice::from_raw_parts(self.data, self.length) }),
        }
    }
}
