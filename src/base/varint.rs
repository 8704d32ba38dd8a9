//! Unsigned integers of variable length, as options carry them (RFC 7252 section 3.2; docs/spec/base.md, section 2).

#![forbid(unsafe_code)]

/// The big-endian value of `bytes`, modulo 2^32; no bytes give 0.
pub fn decode(bytes: &[u8]) -> u32 {
    decode8(bytes) as u32
}

/// The big-endian value of `bytes`, modulo 2^64; no bytes give 0.
pub fn decode8(bytes: &[u8]) -> u64 {
    let tail = &bytes[bytes.len().saturating_sub(8)..];
    tail.iter().fold(0, |value, &byte| value << 8 | u64::from(byte))
}

/// Writes the shortest big-endian form of `value` into `buffer` and returns it: 0 to 8 bytes.
pub fn encode8(value: u64, buffer: &mut [u8; 8]) -> &[u8] {
    *buffer = value.to_be_bytes();
    &buffer[value.leading_zeros() as usize / 8..]
}

/// The 1-based index of the most significant bit set in `value`; 0 for 0.
pub fn last_set(value: u64) -> u32 {
    u64::BITS - value.leading_zeros()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn examples() {
        let digits = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
        assert_eq!((decode(&[]), decode8(&[])), (0, 0));
        assert_eq!((decode(&digits[..5]), decode8(&digits[..5])), (0x02030405, 0x0102030405));
        assert_eq!((decode(&digits), decode8(&digits)), (0x0708090a, 0x030405060708090a));
        for (value, expected) in [
            (0, &[][..]),
            (0xff, &[0xff]),
            (0x100, &[1, 0]),
            (0x10000, &[1, 0, 0]),
            (0xffff_ffff, &[0xff; 4]),
            (0xff_0000_0000_0000, &[0xff, 0, 0, 0, 0, 0, 0]),
        ] {
            assert_eq!(encode8(value, &mut [0; 8]), expected);
        }
    }

    #[test]
    fn find_last_set() {
        for (value, expected) in [
            (0, 0),
            (1, 1),
            (2, 2),
            (255, 8),
            (256, 9),
            (0xffff_ffff, 32),
            (1 << 32, 33),
            (i64::MAX as u64, 63),
            (u64::MAX, 64),
        ] {
            assert_eq!(last_set(value), expected);
        }
    }

    proptest! {
        #[test]
        fn decoding_undoes_encoding(value: u64) {
            let mut buffer = [0; 8];
            let bytes = encode8(value, &mut buffer);
            prop_assert_eq!(decode8(bytes), value);
            prop_assert_eq!(decode(bytes), value as u32);
            prop_assert_ne!(bytes.first(), Some(&0));
        }
    }
}
