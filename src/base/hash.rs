//! `coap_hash`: the 4-byte hash that peers see as an ETag (docs/spec/base.md, section 5).

#![forbid(unsafe_code)]

/// Feeds `bytes` into `state`. A hash starts from four zero bytes; feeding in pieces gives the same as feeding at once.
pub fn coap_hash(state: &mut [u8; 4], bytes: &[u8]) {
    let [mut h0, mut h1, mut h2, mut h3] = *state;
    for &byte in bytes {
        // From the highest down, because each takes the old value of the one below.
        h3 = h3.wrapping_mul(129).wrapping_add(h2 / 2);
        h2 = h2.wrapping_mul(129).wrapping_add(h1 / 2);
        h1 = h1.wrapping_mul(129).wrapping_add(h0 / 2);
        h0 = h0.wrapping_mul(129).wrapping_add(byte);
    }
    *state = [h0, h1, h2, h3];
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hash(mut state: [u8; 4], bytes: &[u8]) -> u32 {
        coap_hash(&mut state, bytes);
        u32::from_be_bytes(state)
    }

    #[test]
    fn table() {
        let all: Vec<u8> = (0..=255).collect();
        for (bytes, expected) in [
            (&b""[..], 0),
            (b"a", 0x61000000),
            (b"ab", 0x43300000),
            (b"ba", 0xc3310000),
            (b"abc", 0x26511800),
            (b"abcd", 0x8ae4400c),
            (&[0xff; 4], 0xfc7cde1f),
            (b"hello", 0x944862c0),
            (b"hello world", 0x5c507625),
            (b".well-known/core", 0x1413f8fb),
            (b"The quick brown fox jumps over the lazy dog", 0x599b3ffa),
            (&all, 0x80c0c000),
            (b"aaaaaaaaaaaaaaaabbbbbbbbbbbbbb", 0x6c13c3fd),
            (&[b'x'; 1024], 0),
        ] {
            assert_eq!(hash([0; 4], bytes), expected, "{bytes:?}");
        }
        assert_eq!(hash([1, 2, 3, 4], b"abc"), 0xa7153e89);
        assert_eq!(hash([0xff; 4], b"a"), 0xe0fefefe);
    }

    proptest! {
        #[test]
        fn pieces_give_the_same(state: [u8; 4], bytes: Vec<u8>, cut: usize) {
            let (first, second) = bytes.split_at(cut % (bytes.len() + 1));
            let mut pieces = state;
            coap_hash(&mut pieces, first);
            coap_hash(&mut pieces, second);
            prop_assert_eq!(hash(state, &bytes), u32::from_be_bytes(pieces));
        }
    }
}
