//! URIs that C owns: one block that holds the structure and the text (docs/spec/base.md, section 3.4).

use super::split::{split, Accept};
use crate::abi::*;
use crate::base::memory;
use core::ptr::NonNull;

const HEAD: usize = size_of::<coap_uri_t>();

/// Copies `text` and takes the copy apart (`coap_new_uri`); `None` if it is no URI, as long as C's `unsigned int`
/// can say (B10), or without memory.
pub fn new(text: &[u8]) -> Option<NonNull<coap_uri_t>> {
    if text.len() >= u32::MAX as usize || split(text, Accept::Coap).1.is_err() {
        return None;
    }
    let block = memory::malloc(HEAD.checked_add(text.len())?.checked_add(1)?)?;
    let uri = block.cast::<coap_uri_t>();
    // SAFETY: the block is fresh and holds the structure, the text and a NUL. Whole text and NUL are written before a
    // slice is made of them.
    unsafe {
        let copy = block.as_ptr().add(HEAD);
        copy.copy_from_nonoverlapping(text.as_ptr(), text.len());
        copy.add(text.len()).write(0);
        let copy = core::slice::from_raw_parts(copy, text.len());
        uri.write(split(copy, Accept::Coap).0.to_c());
    }
    Some(uri)
}

/// Copies a URI with its host, path and query (`coap_clone_uri`), and its scheme (B11, X43). Empty parts become absent.
/// `None` without memory.
///
/// # Safety
/// Each part of `uri` points to as many readable bytes as it says.
pub unsafe fn clone(uri: &coap_uri_t) -> Option<NonNull<coap_uri_t>> {
    let mut parts = [uri.host, uri.path, uri.query];
    let mut size = HEAD;
    for part in &parts {
        // SAFETY: readable by the caller's word.
        size = size.checked_add(unsafe { memory::bytes(part.s, part.length) }?.len())?;
    }
    let block = memory::malloc(size)?;
    let mut end = HEAD;
    for part in &mut parts {
        let copy = match part.length {
            0 => core::ptr::null(),
            // SAFETY: the block has room for all parts, one behind the other; the part is readable.
            length => unsafe {
                let copy = block.as_ptr().add(end);
                copy.copy_from_nonoverlapping(part.s, length);
                end += length;
                copy.cast_const()
            },
        };
        part.s = copy;
    }
    let [host, path, query] = parts;
    let clone = block.cast::<coap_uri_t>();
    // SAFETY: the block is fresh, aligned, and begins with room for the structure.
    unsafe { clone.write(coap_uri_t { host, path, query, port: uri.port, scheme: uri.scheme }) };
    Some(clone)
}
