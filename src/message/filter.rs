//! Sets of option numbers (docs/spec/message.md, section 2).

#![forbid(unsafe_code)]

use crate::abi::*;

/// Mask bit of the first short number; the long ones come before.
const SHORT: usize = COAP_OPT_FILTER_LONG;

/// Applications may read the public fields, so the order in which slots are taken is kept: the highest free one first.
impl coap_opt_filter_t {
    /// The empty filter.
    pub const EMPTY: Self = coap_opt_filter_t { mask: 0, long_opts: [0; 2], short_opts: [0; 6] };

    /// Whether the filter holds `number` (`coap_option_filter_get`).
    pub fn contains(&self, number: u16) -> bool {
        self.find(number).is_some()
    }

    /// Adds `number` (`coap_option_filter_set`); false if there is no room for it.
    pub fn insert(&mut self, number: u16) -> bool {
        if self.contains(number) {
            return true;
        }
        let slots = if number > 255 { 0..SHORT } else { SHORT..SHORT + COAP_OPT_FILTER_SHORT };
        let Some(slot) = slots.rev().find(|&slot| !self.is_used(slot)) else { return false };
        match u8::try_from(number) {
            Ok(short) => self.short_opts[slot - SHORT] = short,
            Err(_) => self.long_opts[slot] = number,
        }
        self.mask |= 1 << slot;
        true
    }

    /// Takes `number` out (`coap_option_filter_unset`); false if it was not there.
    pub fn remove(&mut self, number: u16) -> bool {
        let Some(slot) = self.find(number) else { return false };
        self.mask &= !(1 << slot);
        true
    }

    fn is_used(&self, slot: usize) -> bool {
        self.mask & 1 << slot != 0
    }

    fn find(&self, number: u16) -> Option<usize> {
        match u8::try_from(number) {
            Ok(short) => (0..COAP_OPT_FILTER_SHORT)
                .find(|&i| self.is_used(SHORT + i) && self.short_opts[i] == short)
                .map(|i| SHORT + i),
            Err(_) => (0..COAP_OPT_FILTER_LONG).find(|&i| self.is_used(i) && self.long_opts[i] == number),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_fill_from_the_highest() {
        let mut filter = coap_opt_filter_t::EMPTY;
        for (i, mask) in [0x80u16, 0xc0, 0xe0, 0xf0, 0xf8, 0xfc].into_iter().enumerate() {
            assert!(filter.insert(i as u16 + 250));
            assert_eq!(filter.mask, mask);
            assert_eq!(filter.short_opts[5 - i], i as u8 + 250);
        }
        assert!(!filter.insert(1));
        assert!(filter.insert(252), "already there");
        assert!(filter.insert(256));
        assert_eq!((filter.mask, filter.long_opts[1]), (0xfe, 256));
        assert!(filter.insert(65535));
        assert_eq!((filter.mask, filter.long_opts[0]), (0xff, 65535));
        assert!(!filter.insert(300));
        assert!(filter.remove(252));
        assert_eq!((filter.mask, filter.short_opts[3]), (0xdf, 252));
        assert!(!filter.remove(252) && !filter.contains(252));
        assert!(filter.insert(0) && filter.contains(0));
        assert_eq!(filter.short_opts[3], 0);
        assert!(filter.remove(256) && filter.contains(65535));
    }

    #[test]
    fn an_empty_filter_holds_nothing() {
        assert!(!(0..=65535).any(|number| coap_opt_filter_t::EMPTY.contains(number)));
    }
}
