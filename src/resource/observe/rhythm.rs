//! Which notifications are confirmable (docs/spec/resource.md, section 6.5; X28).

#![forbid(unsafe_code)]

use crate::abi::*;

/// This many non-confirmable notifications may follow each other.
const NON_IN_A_ROW: u8 = 5;

/// No more than this passes without a confirmable notification, in ticks (RFC 7641, section 4.5).
const DAY: coap_tick_t = 24 * 60 * 60 * COAP_TICKS_PER_SECOND;

/// What has been sent to one observer.
#[derive(Clone, Copy, Debug)]
pub struct Rhythm {
    /// Non-confirmable notifications since the last confirmable one.
    non: u8,
    /// When the last confirmable notification was sent, or the observation began.
    confirmable: coap_tick_t,
}

impl Rhythm {
    /// An observation that begins at `now`.
    pub fn new(now: coap_tick_t) -> Rhythm {
        Rhythm { non: 0, confirmable: now }
    }

    /// Whether the next notification has to be confirmable, whatever resource and handler say.
    pub fn is_overdue(self, now: coap_tick_t) -> bool {
        now.saturating_sub(self.confirmable) >= DAY
    }

    /// The type of the next notification; `flags` are the resource's `COAP_RESOURCE_FLAGS_*`.
    pub fn next(self, flags: i32, now: coap_tick_t) -> u8 {
        let by_count = flags & COAP_RESOURCE_FLAGS_NOTIFY_NON_ALWAYS == 0 && self.non >= NON_IN_A_ROW;
        match by_count || flags & COAP_RESOURCE_FLAGS_NOTIFY_CON != 0 || self.is_overdue(now) {
            true => COAP_MESSAGE_CON,
            false => COAP_MESSAGE_NON,
        }
    }

    /// A notification of this type is sent at `now`.
    pub fn sent(self, kind: u8, flags: i32, now: coap_tick_t) -> Rhythm {
        let confirmable = kind == COAP_MESSAGE_CON;
        let is_reset = confirmable || flags & COAP_RESOURCE_FLAGS_NOTIFY_NON_ALWAYS != 0;
        Rhythm {
            non: if is_reset { 0 } else { self.non.saturating_add(1) },
            confirmable: if confirmable { now } else { self.confirmable },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULT: i32 = COAP_RESOURCE_FLAGS_NOTIFY_NON;
    const ALWAYS_CON: i32 = COAP_RESOURCE_FLAGS_NOTIFY_CON;
    const ALWAYS_NON: i32 = COAP_RESOURCE_FLAGS_NOTIFY_NON_ALWAYS;

    /// The types of notifications sent every `interval` ticks: C or N.
    fn types(flags: i32, interval: coap_tick_t, count: u64) -> String {
        let mut rhythm = Rhythm::new(1000);
        (1..=count)
            .map(|i| {
                let now = 1000 + i * interval;
                let kind = rhythm.next(flags, now);
                rhythm = rhythm.sent(kind, flags, now);
                if kind == COAP_MESSAGE_CON {
                    'C'
                } else {
                    'N'
                }
            })
            .collect()
    }

    #[test]
    fn x28_no_more_than_five_non_in_a_row() {
        assert_eq!(types(DEFAULT, 10, 14), "NNNNNCNNNNNCNN");
        assert_eq!(types(ALWAYS_CON, 10, 3), "CCC");
        assert_eq!(types(ALWAYS_CON | ALWAYS_NON, 10, 3), "CCC");
        assert_eq!(types(ALWAYS_NON, 10, 14), "NNNNNNNNNNNNNN");
    }

    #[test]
    fn x28_one_a_day_is_confirmable() {
        assert_eq!(types(DEFAULT, DAY / 3, 9), "NNCNNCNNC");
        assert_eq!(types(ALWAYS_NON, DAY / 3, 9), "NNCNNCNNC");
        assert_eq!(types(ALWAYS_NON, DAY - 1, 4), "NCNC");
        assert_eq!(types(ALWAYS_NON, DAY, 3), "CCC");
    }

    #[test]
    fn the_handlers_choice_counts() {
        let mut rhythm = Rhythm::new(0);
        for _ in 0..4 {
            rhythm = rhythm.sent(COAP_MESSAGE_NON, DEFAULT, 0);
        }
        rhythm = rhythm.sent(COAP_MESSAGE_CON, DEFAULT, 0);
        assert_eq!(rhythm.non, 0);
        for _ in 0..300 {
            rhythm = rhythm.sent(COAP_MESSAGE_NON, DEFAULT, 0);
            assert!(rhythm.non > 0);
        }
        assert_eq!(rhythm.next(DEFAULT, 0), COAP_MESSAGE_CON);
        // A clock that was set back.
        assert!(!Rhythm::new(u64::MAX).is_overdue(0));
    }
}
