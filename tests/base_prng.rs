//! The generator of random bytes is process-wide, so its test is a program of its own (docs/spec/base.md, section 6).

use coap2::base::prng::{draw, fill, fill_from_system, set};
use core::ffi::{c_int, c_void};
use core::ptr::null_mut;
use std::sync::atomic::{AtomicUsize, Ordering};

static CALLS: AtomicUsize = AtomicUsize::new(0);

unsafe extern "C" fn sevens(out: *mut c_void, length: usize) -> c_int {
    CALLS.fetch_add(1, Ordering::Relaxed);
    // SAFETY: the library gives a buffer of this length, or nothing and 0.
    unsafe { out.cast::<u8>().write_bytes(7, length.min(32)) };
    1
}

unsafe extern "C" fn failing(_: *mut c_void, _: usize) -> c_int {
    0
}

unsafe extern "C" fn replacing(_: *mut c_void, _: usize) -> c_int {
    set(Some(sevens));
    1
}

fn drawn(bytes: &mut [u8; 32]) -> bool {
    // SAFETY: a buffer and its length.
    unsafe { draw(bytes.as_mut_ptr().cast(), 32) }
}

#[test]
fn generators() {
    let mut bytes = [0; 32];
    assert!(fill(&mut bytes) && bytes != [0; 32]);
    bytes = [0; 32];
    assert!(drawn(&mut bytes) && bytes != [0; 32], "B22");
    // SAFETY: nothing is written.
    assert!(unsafe { draw(null_mut(), 0) });

    set(Some(sevens));
    assert!(fill(&mut bytes) && bytes == [7; 32]);
    bytes = [0; 32];
    assert!(drawn(&mut bytes) && bytes == [7; 32]);
    assert_eq!(CALLS.load(Ordering::Relaxed), 2);

    set(Some(failing));
    assert!(!fill(&mut bytes) && bytes == [0; 32], "X14, B23");
    assert!(drawn(&mut bytes), "whatever the generator returned");
    assert!(fill_from_system(&mut bytes) && bytes != [0; 32]);

    set(Some(replacing));
    assert!(fill(&mut bytes) && bytes == [0; 32]);
    assert!(fill(&mut bytes) && bytes == [7; 32]);

    set(None);
    assert!(fill(&mut bytes) && bytes == [0; 32], "B23");
    bytes = [9; 32];
    assert!(!drawn(&mut bytes) && bytes == [9; 32]);
}
