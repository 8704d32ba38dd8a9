//! Ticks: milliseconds of wall-clock time since a process-wide base (docs/spec/base.md, section 7).

#![forbid(unsafe_code)]

use super::wall_clock::since_epoch;
use crate::abi::{coap_tick_t, COAP_TICKS_PER_SECOND};
use core::time::Duration;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Once;

static CLOCK: Clock = Clock::new();

/// Now, in ticks.
pub fn now() -> coap_tick_t {
    CLOCK.ticks_at(since_epoch())
}

/// Lets ticks count from the current second (`coap_clock_init`). Once [`start`] has run, timers count on the base, and
/// it stays (B24).
pub fn init() {
    CLOCK.init(since_epoch());
}

/// Starts the clock for `coap_startup`: ticks count from the current second. Acts the first time only.
pub fn start() {
    CLOCK.start(since_epoch());
}

/// Seconds since the epoch at tick `t`.
pub fn to_seconds(t: coap_tick_t) -> u64 {
    CLOCK.base().saturating_add(t / COAP_TICKS_PER_SECOND)
}

/// Microseconds since the epoch at tick `t`.
pub fn to_microseconds(t: coap_tick_t) -> u64 {
    CLOCK.to_microseconds(t)
}

/// The tick at a time in microseconds since the epoch; 0 for a time before the base (B25).
pub fn from_microseconds(time: u64) -> coap_tick_t {
    CLOCK.tick_of(time)
}

/// Counts ticks; what time it is comes in as time since the epoch.
struct Clock {
    /// Where ticks count from, in whole seconds since the epoch.
    base: AtomicU64,
    started: Once,
}

impl Clock {
    const fn new() -> Self {
        Clock { base: AtomicU64::new(0), started: Once::new() }
    }

    fn base(&self) -> u64 {
        self.base.load(Ordering::Relaxed)
    }

    fn init(&self, now: Duration) {
        if !self.started.is_completed() {
            self.base.store(now.as_secs(), Ordering::Relaxed);
        }
    }

    fn start(&self, now: Duration) {
        self.started.call_once(|| self.base.store(now.as_secs(), Ordering::Relaxed));
    }

    /// Rounds to milliseconds, half up. A time before the base gives a wrapped value, which still compares rightly.
    fn ticks_at(&self, now: Duration) -> coap_tick_t {
        let milliseconds = u64::from((now.subsec_nanos() + 500_000) / 1_000_000);
        now.as_secs().wrapping_sub(self.base()).wrapping_mul(COAP_TICKS_PER_SECOND).wrapping_add(milliseconds)
    }

    /// Wraps on purpose: a tick before the base has wrapped, too, and so comes out right.
    fn to_microseconds(&self, t: coap_tick_t) -> u64 {
        self.base().wrapping_mul(1_000_000).wrapping_add(t.wrapping_mul(1000))
    }

    /// The tick of a time in microseconds since the epoch.
    fn tick_of(&self, time: u64) -> coap_tick_t {
        time.saturating_sub(self.base().saturating_mul(1_000_000)) / 1000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(base: u64) -> Clock {
        Clock { base: AtomicU64::new(base), started: Once::new() }
    }

    #[test]
    fn ticks_round_half_up() {
        for (nanoseconds, milliseconds) in [(0, 0), (499_999, 0), (500_000, 1), (999_499_999, 999), (999_500_000, 1000)]
        {
            assert_eq!(clock(1000).ticks_at(Duration::new(1007, nanoseconds)), 7000 + milliseconds);
        }
        assert_eq!(Clock::new().ticks_at(Duration::new(1007, 0)), 1_007_000);
    }

    #[test]
    fn ticks_wrap_before_the_base() {
        let clock = clock(1000);
        let before = clock.ticks_at(Duration::new(999, 0));
        assert_eq!(before as i64, -1000);
        assert_eq!(clock.to_microseconds(before), 999_000_000);
    }

    #[test]
    fn the_base_moves_until_the_start_b24() {
        let clock = Clock::new();
        clock.init(Duration::new(100, 999_999_999));
        assert_eq!(clock.base(), 100);
        clock.start(Duration::from_secs(200));
        assert_eq!(clock.base(), 200);
        clock.init(Duration::from_secs(300));
        clock.start(Duration::from_secs(400));
        assert_eq!(clock.base(), 200);
    }

    #[test]
    fn dates_b25() {
        let clock = clock(1000);
        assert_eq!(clock.to_microseconds(1500), 1_001_500_000);
        assert_eq!(clock.tick_of(1_001_500_999), 1500);
        assert_eq!(clock.tick_of(999_999_999), 0);
        assert_eq!(clock.tick_of(0), 0);
        clock.to_microseconds(u64::MAX);
        clock.tick_of(u64::MAX);
        assert!(to_seconds(u64::MAX) > to_seconds(0));
    }
}
