//! Functions of `coap2/coap_debug.h`.

use super::door::{door, int};
use crate::abi::*;
use crate::base::bounded::Bounded;
use crate::base::stdio::Stream;
use crate::base::tls_version::TEXT_SIZE;
use crate::base::{address_text, log, loss, memory};
use crate::message::dump;
use crate::security::{Backend, Tls};
use core::ffi::{c_char, c_int, c_uchar, CStr};
use core::fmt::Write;
use core::ptr::NonNull;

/// The level in an argument register: its low 16 bits, signed.
fn low16(level: coap_log_t) -> i16 {
    level as i16
}

/// Lets `print` write a C string of at most `N` bytes, cut to `size`, and copies it to the application's buffer; gives
/// its length. The buffer itself may hold anything yet, so it is only written to. `None` if it has no room.
///
/// # Safety
/// `buffer` is null, or `size` bytes from it on are writable.
unsafe fn text<const N: usize>(buffer: *mut u8, size: usize, print: impl FnOnce(&mut [u8]) -> usize) -> Option<usize> {
    if size == 0 {
        return None;
    }
    let mut text = [0; N];
    let length = print(&mut text[..size.min(N)]);
    // SAFETY: handed on to the caller.
    unsafe { memory::write(buffer, size, text.get(..=length)?) }?;
    Some(length)
}

/// Tells the name of this package.
///
/// Returns "libcoap", a static string.
#[no_mangle]
pub unsafe extern "C" fn coap_package_name() -> *const c_char {
    c"libcoap".as_ptr()
}

/// Tells the name and version of this package.
///
/// Returns "libcoap 4.3.0rc1", a static string.
#[no_mangle]
pub unsafe extern "C" fn coap_package_version() -> *const c_char {
    c"libcoap 4.3.0rc1".as_ptr()
}

/// Chooses where coap_show_pdu() writes.
///
/// @param use_fprintf Not 0 (as it is at first): to stdout, whatever the level. 0: through the log, one message for
///                     each line, and so to the log handler if there is one.
#[no_mangle]
pub unsafe extern "C" fn coap_set_show_pdu_output(use_fprintf: c_int) {
    dump::set_stdio(use_fprintf != 0);
}

/// Shows a message: one line, or three if its payload is binary.
///
/// @param level Nothing happens if this is above the maximum log level.
/// @param pdu The message to show. NULL shows nothing.
#[no_mangle]
pub unsafe extern "C" fn coap_show_pdu(level: coap_log_t, pdu: *const coap_pdu_t) {
    door((), || {
        // SAFETY: the caller's word: NULL or a live message, which all fields of are cells.
        dump::show(low16(level), unsafe { pdu.as_ref() }?);
        Some(())
    })
}

/// Logs the kind and version of the TLS library.
///
/// @param level Level of the message.
#[no_mangle]
pub unsafe extern "C" fn coap_show_tls_version(level: coap_log_t) {
    door((), || {
        crate::log!(low16(level), "{}", Tls::version());
        Some(())
    })
}

/// Writes the kind and version of the TLS library into a buffer.
///
/// @param buffer Receives the text and a NUL, cut to fit.
/// @param bufsize Size of the buffer in bytes; 128 is enough. With 0 nothing is written.
///
/// Returns the buffer.
#[no_mangle]
pub unsafe extern "C" fn coap_string_tls_version(buffer: *mut c_char, bufsize: usize) -> *mut c_char {
    door(buffer, || {
        let print = |text: &mut [u8]| {
            let mut text = Bounded::new(text);
            let _ = write!(text, "{}", Tls::version());
            text.terminate()
        };
        // SAFETY: the caller's word: NULL or `bufsize` bytes.
        unsafe { text::<TEXT_SIZE>(buffer.cast(), bufsize, print) }?;
        Some(buffer)
    })
}

/// Tells the maximum log level.
///
/// Returns what coap_set_log_level() stored last, LOG_WARNING at first.
#[no_mangle]
pub unsafe extern "C" fn coap_get_log_level() -> coap_log_t {
    log::level().into()
}

/// Sets the maximum log level: messages of a higher level are not logged.
///
/// @param level One of the LOG_* levels. Any value is stored as it is; a negative one silences everything.
#[no_mangle]
pub unsafe extern "C" fn coap_set_log_level(level: coap_log_t) {
    log::set_level(low16(level));
}

/// Sets the function that receives every log message that passes the level.
///
/// The handler is called on the thread that logs, without any lock held; the message is its own only during the call,
/// has at most 2055 characters, and normally ends in a newline.
///
/// @param handler The function, or NULL to log to stdout and stderr as at first.
#[no_mangle]
pub unsafe extern "C" fn coap_set_log_handler(handler: coap_log_handler_t) {
    log::set_handler(handler);
}

/// Writes address and port as text: "192.0.2.1:5683" or "[2001:db8::1]:5683".
///
/// @param address The address to print.
/// @param buffer Receives the text and a NUL. INET6_ADDRSTRLEN + 8 bytes are always enough.
/// @param size Size of the buffer in bytes, at least 17 for an IPv4 address and 49 for an IPv6 address.
///
/// Returns the length of the text without the NUL; 0 (and an empty text) if the buffer is too small.
#[no_mangle]
pub unsafe extern "C" fn coap_print_addr(address: *const coap_address_t, buffer: *mut c_uchar, size: usize) -> usize {
    door(0, || {
        // SAFETY: the caller's word: NULL or an address.
        let print = |text: &mut [u8]| match unsafe { address.as_ref() } {
            Some(address) => address_text::print(address, text),
            None => 0,
        };
        // SAFETY: the caller's word: NULL or `size` bytes.
        unsafe { text::<{ address_text::TEXT_SIZE }>(buffer, size, print) }
    })
}

/// Simulates a bad network: some of the datagrams that the library sends are lost. For tests.
///
/// @param loss_level A percentage, "25%", or a list of up to nine datagrams and ranges of them, "1,3,5-7", counted from
///                    1 from this call on. Percentage and list are independent of each other and replace only their
///                    own kind; "0%" ends the percentage.
///
/// Returns 1, or 0 (and nothing changes) if the text can't be understood.
#[no_mangle]
pub unsafe extern "C" fn coap_debug_set_packet_loss(loss_level: *const c_char) -> c_int {
    door(0, || {
        let spec = NonNull::new(loss_level.cast_mut())?;
        // SAFETY: the caller's word: a C string.
        Some(int(loss::set(unsafe { CStr::from_ptr(spec.as_ptr()) }.to_bytes())))
    })
}

/// Counts a datagram and tells whether it is to be sent, according to coap_debug_set_packet_loss().
///
/// Returns 1 to send it, 0 to drop it.
#[no_mangle]
pub unsafe extern "C" fn coap_debug_send_packet() -> c_int {
    door(1, || Some(int(loss::send_packet())))
}

// What log_shim.c needs for coap_log_impl.

/// Which way a message goes: 0 nowhere, 1 to a stream, 2 to the handler.
#[no_mangle]
extern "C" fn coap_log_route(level: coap_log_t) -> c_int {
    match log::handler() {
        _ if !log::enabled(low16(level)) => 0,
        None => 1,
        Some(_) => 2,
    }
}

/// Locks the stream for a message and writes the prefix.
#[no_mangle]
extern "C" fn coap_log_begin(level: coap_log_t) -> *mut libc::FILE {
    log::begin(low16(level)).into_raw()
}

/// Flushes and unlocks the stream.
///
/// # Safety
/// `stream` came from `coap_log_begin` on this thread.
#[no_mangle]
unsafe extern "C" fn coap_log_end(stream: *mut libc::FILE) {
    // SAFETY: the caller's word.
    unsafe { Stream::from_raw(stream) }.flush();
}

/// Hands a finished message to the handler.
///
/// # Safety
/// `message` is a C string.
#[no_mangle]
unsafe extern "C" fn coap_log_deliver(level: coap_log_t, message: *const c_char) {
    if let Some(handler) = log::handler() {
        // SAFETY: the application's function, called as it was declared.
        unsafe { handler(low16(level).into(), message) }
    }
}
