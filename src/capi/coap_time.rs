//! Functions of `coap2/coap_time.h`.

use super::door::door;
use crate::abi::*;
use crate::base::clock;
use libc::time_t;

/// Lets ticks count from the current second on.
///
/// coap_startup() calls it, and so does coap_new_context(). After that it has no effect, because timers are running.
#[no_mangle]
pub unsafe extern "C" fn coap_clock_init() {
    door((), || {
        clock::init();
        Some(())
    })
}

/// Tells the time in ticks: milliseconds of the wall clock, counted from where coap_clock_init() began.
///
/// @param t Receives the ticks. NULL: no effect.
#[no_mangle]
pub unsafe extern "C" fn coap_ticks(t: *mut coap_tick_t) {
    door((), || {
        if t.is_null() {
            return None;
        }
        // SAFETY: not null, so the caller's memory for ticks, which may hold anything yet.
        unsafe { t.write(clock::now()) };
        Some(())
    })
}

/// Turns ticks into a date.
///
/// @param t The ticks.
///
/// @return Seconds since the epoch, rounded down.
#[no_mangle]
pub unsafe extern "C" fn coap_ticks_to_rt(t: coap_tick_t) -> coap_time_t {
    door(0, || Some(clock::to_seconds(t) as time_t))
}

/// Turns ticks into a date in microseconds.
///
/// @param t The ticks.
///
/// @return Microseconds since the epoch.
#[no_mangle]
pub unsafe extern "C" fn coap_ticks_to_rt_us(t: coap_tick_t) -> u64 {
    door(0, || Some(clock::to_microseconds(t)))
}

/// Turns a date in microseconds into ticks.
///
/// @param t Microseconds since the epoch.
///
/// @return The ticks, rounded down; 0 for a time before ticks began.
#[no_mangle]
pub unsafe extern "C" fn coap_ticks_from_rt_us(t: u64) -> coap_tick_t {
    door(0, || Some(clock::from_microseconds(t)))
}
