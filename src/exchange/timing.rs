//! Retransmission timing (RFC 7252, section 4.2; docs/spec/exchange.md, section 3). All of it saturates (X15, E3).

#![forbid(unsafe_code)]

use crate::abi::*;

/// A fixed-point number with 6 bits after the point.
fn q(value: coap_fixed_point_t) -> u64 {
    64 * u64::from(value.integer_part) + (64 * u64::from(value.fractional_part) + 500) / 1000
}

/// `coap_calc_timeout`: the first time-out in ticks, for a random byte `r`.
pub fn first_timeout(ack_timeout: coap_fixed_point_t, random_factor: coap_fixed_point_t, r: u8) -> u32 {
    let spread = (q(random_factor) as i64 - 64) * i64::from(r) + 128;
    let factor = (spread.div_euclid(256) + 64).max(0) as u64;
    let timeout = (factor * q(ack_timeout) + 32) / 64;
    u32::try_from((1000 * timeout + 32) / 64).unwrap_or(u32::MAX)
}

/// The wait after transmission number `count` (from 0).
pub fn backed_off(timeout: u32, count: u8) -> coap_tick_t {
    // A wait of more than 2^62 ms never ends; the bound keeps sums with it in range.
    let most = 1 << 62;
    u64::from(timeout).checked_mul(1u64.checked_shl(count.into()).unwrap_or(most)).map_or(most, |wait| wait.min(most))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixed(integer_part: u16, fractional_part: u16) -> coap_fixed_point_t {
        coap_fixed_point_t { integer_part, fractional_part }
    }

    #[test]
    fn the_table_of_exchange_3() {
        let random = [0, 1, 64, 127, 128, 255];
        for (timeout, factor, expected) in [
            (fixed(2, 0), fixed(1, 500), [2000, 2000, 2250, 2500, 2500, 3000]),
            (fixed(1, 0), fixed(1, 0), [1000; 6]),
            (fixed(3, 500), fixed(1, 500), [3500, 3500, 3938, 4375, 4375, 5250]),
            (fixed(2, 0), fixed(1, 250), [2000, 2000, 2125, 2250, 2250, 2500]),
            (fixed(5, 123), fixed(1, 999), [5125, 5125, 6406, 7688, 7688, 10250]),
            (fixed(2, 8), fixed(1, 500), [2016, 2016, 2266, 2516, 2516, 3031]),
            (fixed(60, 0), fixed(3, 0), [60000, 60938, 90000, 120000, 120000, 180000]),
            (fixed(8, 300), fixed(2, 9), [8297, 8297, 10375, 12453, 12578, 16719]),
            (fixed(2, 0), fixed(0, 500), [2000, 2000, 1750, 1500, 1500, 1000]),
            (fixed(0, 0), fixed(1, 500), [0; 6]),
        ] {
            assert_eq!(random.map(|r| first_timeout(timeout, factor, r)), expected);
        }
    }

    #[test]
    fn x15_e3_extremes_saturate() {
        let most = fixed(u16::MAX, u16::MAX);
        assert_eq!(first_timeout(most, most, 255), u32::MAX);
        assert_eq!(first_timeout(fixed(1024, 0), fixed(1, 0), 0), 1_024_000);
        assert_eq!(backed_off(2000, 3), 16_000);
        assert_eq!(backed_off(u32::MAX, 255), 1 << 62);
        assert_eq!(backed_off(0, 255), 0);
    }
}
