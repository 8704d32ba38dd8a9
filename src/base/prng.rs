//! Random bytes: the generator that the application chose, and the kernel's (docs/spec/base.md, section 6).

use crate::abi::coap_rand_func_t;
use core::ffi::{c_int, c_void};
use std::sync::{PoisonError, RwLock};

/// Where random bytes come from.
#[derive(Clone, Copy)]
enum Generator {
    /// The kernel.
    System,
    /// A function of the application; none means that nothing is drawn at all.
    Application(coap_rand_func_t),
}

static GENERATOR: RwLock<Generator> = RwLock::new(Generator::System);

/// The generator of the moment, copied out: it may be replaced from inside the application's function.
fn generator() -> Generator {
    *GENERATOR.read().unwrap_or_else(PoisonError::into_inner)
}

/// Replaces the generator for the whole process (`coap_set_prng`). With `None` nothing is drawn any more.
///
/// The application vouches for the function: it fills as many bytes as it is told to, where it is told to.
pub fn set(function: coap_rand_func_t) {
    *GENERATOR.write().unwrap_or_else(PoisonError::into_inner) = Generator::Application(function);
}

/// Fills `bytes` for the library's own use. They are zeroed first (B23), and stay zero when the application chose to
/// have no generator.
///
/// Returns whether the generator succeeded: an application's function reports failure by 0 or less, and the operation
/// that needs the bytes then fails (X14). It is a callback: hold nothing while drawing.
pub fn fill(bytes: &mut [u8]) -> bool {
    bytes.fill(0);
    match generator() {
        Generator::System => fill_from_system(bytes),
        Generator::Application(None) => true,
        // SAFETY: the pointer and the length are those of `bytes`; the application vouched for the function.
        Generator::Application(Some(function)) => unsafe { function(bytes.as_mut_ptr().cast(), bytes.len()) > 0 },
    }
}

/// Fills `bytes` with the kernel's random data, past any generator of the application's: for secrets that must not be
/// guessed, such as table keys (X18) and first tokens (X14).
///
/// Returns whether all bytes could be had.
pub fn fill_from_system(bytes: &mut [u8]) -> bool {
    // SAFETY: the pointer and the length are those of `bytes`.
    unsafe { system(bytes.as_mut_ptr().cast(), bytes.len()) }
}

/// Lets the generator fill an application's buffer (`coap_prng`): it is called once with exactly these arguments.
///
/// Returns whether there was a generator; what an application's function reports is not looked at, but a failure of
/// the kernel's is told (B22). A null buffer with a length is refused.
///
/// # Safety
/// `length` bytes from `buffer` on are writable, if `buffer` is not null.
pub unsafe fn draw(buffer: *mut c_void, length: usize) -> bool {
    if buffer.is_null() && length > 0 {
        return false;
    }
    match generator() {
        // SAFETY: handed on to the caller.
        Generator::System => unsafe { system(buffer, length) },
        Generator::Application(None) => false,
        Generator::Application(Some(function)) => {
            // SAFETY: the buffer by the caller's word, the function by that of the application that set it.
            let _: c_int = unsafe { function(buffer, length) };
            true
        }
    }
}

/// Asks the kernel until all bytes are there (B22).
///
/// # Safety
/// `length` bytes from `buffer` on are writable.
unsafe fn system(buffer: *mut c_void, length: usize) -> bool {
    let mut done = 0;
    while done < length {
        // SAFETY: `done < length`, so this is the rest of the caller's buffer.
        match unsafe { libc::getrandom(buffer.byte_add(done), length - done, 0) } {
            filled @ 1.. => done += filled as usize,
            _ if std::io::Error::last_os_error().kind() == std::io::ErrorKind::Interrupted => continue,
            _ => return false,
        }
    }
    true
}
