//! Options that must be understood (RFC 7252, section 5.4; docs/spec/exchange.md, section 8).

#![forbid(unsafe_code)]

use crate::abi::*;

/// `coap_option_check_critical`: whether every critical option is known to the library or to the application, and none
/// that may stand only once is repeated (X6).
pub fn critical_options_known(known: &coap_opt_filter_t, pdu: &coap_pdu_t) -> bool {
    let mut before = None;
    pdu.options().all(|option| {
        let repeated = before.replace(option.number) == Some(option.number);
        match option.number {
            number if number % 2 == 0 => true,
            // If-Match, Uri-Path and Uri-Query may be repeated.
            1 | 11 | 15 => true,
            3 | 5 | 7 | 17 | 23 | 27 | 35 | 39 => !repeated,
            number => known.contains(number),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::pdu::OwnedPdu;

    fn with(options: &[u16]) -> OwnedPdu {
        let pdu = OwnedPdu::new(0, 1, 0, 1000).unwrap();
        for &number in options {
            assert_ne!(pdu.add_option(number, b""), 0);
        }
        pdu
    }

    const NONE: coap_opt_filter_t = coap_opt_filter_t { mask: 0, long_opts: [0; 2], short_opts: [0; 6] };

    #[test]
    fn odd_numbers_must_be_known() {
        assert!(critical_options_known(&NONE, &with(&[])));
        assert!(critical_options_known(&NONE, &with(&[1, 3, 5, 7, 11, 15, 17, 23, 27, 35, 39])));
        assert!(critical_options_known(&NONE, &with(&[2, 1000, 65534])));
        for number in [9, 13, 19, 2049, 65535] {
            assert!(!critical_options_known(&NONE, &with(&[number])), "{number}");
        }
        let known = coap_opt_filter_t { mask: 0x82, long_opts: [0, 2049], short_opts: [0, 0, 0, 0, 0, 9] };
        assert!(critical_options_known(&known, &with(&[9, 2049])));
        assert!(!critical_options_known(&known, &with(&[13])));
        let stale = coap_opt_filter_t { mask: 0, ..known };
        assert!(!critical_options_known(&stale, &with(&[9])));
    }

    #[test]
    fn x6_a_repeated_critical_option_is_unknown() {
        for number in [3, 5, 7, 17, 23, 27, 35, 39] {
            assert!(!critical_options_known(&NONE, &with(&[number, number])), "{number}");
        }
        assert!(critical_options_known(&NONE, &with(&[1, 1, 11, 11, 15, 15, 12, 12])));
    }
}
