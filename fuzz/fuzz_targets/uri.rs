//! Any bytes as a URI, a path and a query, in memory of exactly their size (X10, B2 to B6, X43).
#![no_main]

use coap2::abi::*;
use coap2::capi::{option::*, uri::*};
use core::mem::MaybeUninit;
use libcoap_2_fuzz::silent_log;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    silent_log();
    let &[room, ref text @ ..] = data else { return };
    // SAFETY: as many bytes as the slice has, and memory for the results.
    unsafe {
        for split in [coap_split_uri, coap_split_proxy_uri] {
            let mut uri = MaybeUninit::<coap_uri_t>::uninit();
            let result = split(text.as_ptr(), text.len(), uri.as_mut_ptr());
            let uri = uri.assume_init();
            assert!((-4..=0).contains(&result));
            for part in [uri.host, uri.path, uri.query] {
                if !part.s.is_null() {
                    let start = part.s as usize - text.as_ptr() as usize;
                    assert!(start + part.length <= text.len());
                }
            }
            let clone = coap_clone_uri(&uri);
            assert_eq!(((*clone).port, raw((*clone).scheme)), (uri.port, raw(uri.scheme)), "X43");
            assert_eq!((*clone).path.length, uri.path.length);
            libc::free(clone.cast());
        }
        let new = coap_new_uri(text.as_ptr(), text.len() as u32);
        libc::free(new.cast());
        for split in [coap_split_path, coap_split_query] {
            for capacity in [usize::from(room), 3 * text.len() + 8] {
                let mut buffer = vec![0u8; capacity].into_boxed_slice();
                let mut length = capacity;
                let count = split(text.as_ptr(), text.len(), buffer.as_mut_ptr(), &mut length);
                assert!(length <= capacity);
                let (mut at, mut seen) = (0, 0);
                while at < length {
                    at += coap_opt_size(buffer.as_ptr().add(at));
                    seen += 1;
                }
                assert_eq!((at, seen), (length, count));
            }
        }
    }
});
