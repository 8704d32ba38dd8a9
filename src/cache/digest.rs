//! Digests over marked parts: SHA-256 in a build with TLS, eight lanes of `coap_hash` in one without.
//!
//! Both take a sequence of parts. Each part enters with its tag, number and length in fixed width before its bytes, so
//! different sequences never feed the same bytes (C3).

#![forbid(unsafe_code)]

#[cfg(any(test, not(feature = "openssl")))]
use std::hash::{BuildHasher, RandomState};
#[cfg(any(test, not(feature = "openssl")))]
use std::sync::OnceLock;

/// What a part of the input is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Tag {
    /// The identity of the session.
    Session = 1,
    /// An option: its number and value.
    Option = 2,
    /// The payload of a FETCH request.
    Payload = 3,
    /// A FETCH request without payload.
    NoPayload = 4,
}

/// A digest over a sequence of parts.
pub trait Digest: Default {
    /// Takes in the next part. `number` is the option number, 0 for other parts.
    fn part(&mut self, tag: Tag, number: u16, value: &[u8]);
    /// Returns the digest.
    fn finish(self) -> [u8; 32];
}

/// The digest of this build.
#[cfg(feature = "openssl")]
pub type Chosen = Sha256;
/// The digest of this build.
#[cfg(not(feature = "openssl"))]
pub type Chosen = Lanes;

/// SHA-256 (FIPS 180-4).
#[cfg(any(test, feature = "openssl"))]
#[derive(Default)]
pub struct Sha256(sha2::Sha256);

#[cfg(any(test, feature = "openssl"))]
impl Digest for Sha256 {
    #[inline]
    fn part(&mut self, tag: Tag, number: u16, value: &[u8]) {
        use sha2::Digest;
        let mut header = [0; 11];
        header[0] = tag as u8;
        header[1..3].copy_from_slice(&number.to_be_bytes());
        header[3..].copy_from_slice(&(value.len() as u64).to_be_bytes());
        self.0.update(header);
        self.0.update(value);
    }

    fn finish(self) -> [u8; 32] {
        use sha2::Digest;
        self.0.finalize().into()
    }
}

/// Eight lanes of `coap_hash` (docs/spec/base.md, section 5), each started differently.
///
/// `coap_hash` alone is little more than a sum: swapped bytes and long runs of equal ones cancel out. So the input first
/// runs through four chains that multiply and fold, each with its own factor and start; the eight hashes then take in
/// the ends of the chains and the products of neighbours, byte l of each word going to hash l. A folded 128-bit product
/// lets every bit of a word reach the whole chain, in each chain in another way. (A plain 64-bit product would not do:
/// the top bit of a word would stay where it is whatever the factor, and could be cancelled in all chains at once.) The
/// chains start from a secret, so the digests of one process say nothing about those of another.
#[cfg(any(test, not(feature = "openssl")))]
pub struct Lanes {
    chains: [u64; 4],
    length: u64,
}

/// The first digits of pi after the point, made odd.
#[cfg(any(test, not(feature = "openssl")))]
const FACTORS: [u64; 4] = [0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7345, 0xa409_3822_299f_31d1, 0x082e_fa98_ec4e_6c89];

/// The product of two words, its halves folded into one.
#[inline]
pub fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

/// Less than eight bytes as a word: different words for different bytes of one length.
#[cfg(any(test, not(feature = "openssl")))]
#[inline]
fn short_word(bytes: &[u8]) -> u64 {
    match (bytes.first_chunk(), bytes.last_chunk()) {
        // The two halves overlap.
        (Some(&first), Some(&last)) => u64::from(u32::from_le_bytes(first)) | u64::from(u32::from_le_bytes(last)) << 32,
        _ => bytes.iter().fold(0, |word, &byte| word << 8 | u64::from(byte)),
    }
}

/// Where the chains start, a secret of this process: who sends messages can't work out which of them have equal keys.
#[cfg(any(test, not(feature = "openssl")))]
fn starts() -> [u64; 4] {
    static SECRET: OnceLock<[u64; 4]> = OnceLock::new();
    *SECRET.get_or_init(|| {
        let random = RandomState::new();
        FACTORS.map(|factor| random.hash_one(factor))
    })
}

#[cfg(any(test, not(feature = "openssl")))]
impl Default for Lanes {
    fn default() -> Self {
        Lanes { chains: starts(), length: 0 }
    }
}

#[cfg(any(test, not(feature = "openssl")))]
impl Lanes {
    #[inline]
    fn word(&mut self, word: u64) {
        for (chain, factor) in self.chains.iter_mut().zip(FACTORS) {
            *chain = fold(*chain ^ word, factor);
        }
    }
}

#[cfg(any(test, not(feature = "openssl")))]
impl Digest for Lanes {
    #[inline]
    fn part(&mut self, tag: Tag, number: u16, value: &[u8]) {
        let length = value.len() as u64;
        // The header has 40 bits of the length. Only a payload can be longer, there is one at most, and the length of
        // the whole input goes in at the end, so this stays injective.
        self.word(u64::from(tag as u8) | u64::from(number) << 8 | length << 24);
        let (words, rest) = value.as_chunks();
        for &word in words {
            self.word(u64::from_le_bytes(word));
        }
        if !rest.is_empty() {
            self.word(short_word(rest));
        }
        self.length = self.length.wrapping_add(length);
    }

    fn finish(mut self) -> [u8; 32] {
        self.word(self.length);
        let [a, b, c, d] = self.chains;
        let mut hash = EightHashes([0x0706_0504_0302_0100; 4]);
        // The first four words put everything into the hashes, the others spread it.
        for word in [a, b, c, d, fold(a, b | 1), fold(b, c | 1), fold(c, d | 1), fold(d, a | 1)] {
            hash.update(word);
        }
        let mut digest = [0; 32];
        for (bytes, state) in digest.chunks_exact_mut(8).zip(hash.0) {
            bytes.copy_from_slice(&state.to_le_bytes());
        }
        digest
    }
}

/// Eight `coap_hash` states side by side: byte l of word j is the byte h_j of hash l.
#[cfg(any(test, not(feature = "openssl")))]
struct EightHashes([u64; 4]);

#[cfg(any(test, not(feature = "openssl")))]
impl EightHashes {
    /// Feeds byte l of `input` to hash l.
    #[inline]
    fn update(&mut self, input: u64) {
        const LOW: u64 = 0x0101_0101_0101_0101;
        const HIGH: u64 = LOW << 7;
        // In each byte: 129 h = h + 128 h, of which only the lowest bit of h is left; and sums without carry between
        // bytes.
        let times_129 = |h: u64| h ^ (h & LOW) << 7;
        let half = |h: u64| h >> 1 & !HIGH;
        let sum = |a: u64, b: u64| ((a & !HIGH) + (b & !HIGH)) ^ ((a ^ b) & HIGH);
        let [h0, h1, h2, h3] = self.0;
        self.0 = [
            sum(times_129(h0), input),
            sum(times_129(h1), half(h0)),
            sum(times_129(h2), half(h1)),
            sum(times_129(h3), half(h2)),
        ];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of docs/spec/base.md, section 5: each hash of the eight gives it.
    #[test]
    fn the_eight_hashes_are_coap_hashes() {
        let rows: [(&[u8], [u8; 4]); 6] = [
            (b"a", [0x61, 0, 0, 0]),
            (b"ab", [0x43, 0x30, 0, 0]),
            (b"abcd", [0x8a, 0xe4, 0x40, 0x0c]),
            (&[0xff; 4], [0xfc, 0x7c, 0xde, 0x1f]),
            (b"hello world", [0x5c, 0x50, 0x76, 0x25]),
            (b"The quick brown fox jumps over the lazy dog", [0x59, 0x9b, 0x3f, 0xfa]),
        ];
        for (text, expected) in rows {
            for lane in 0..8 {
                let mut hashes = EightHashes([0; 4]);
                for &byte in text {
                    // The other lanes get something else and must not disturb.
                    let others = 0xff11_ee22_dd33_cc44u64 & !(0xff << (8 * lane));
                    hashes.update(others | u64::from(byte) << (8 * lane));
                }
                assert_eq!(hashes.0.map(|word| (word >> (8 * lane)) as u8), expected);
            }
        }
    }

    /// C11: all 32 bytes depend on the input, and each bit about half of the time.
    #[test]
    fn every_bit_of_the_lanes_is_used() {
        let mut set = [0u32; 256];
        let rounds = 4096u32;
        for round in 0..rounds {
            let mut lanes = Lanes::default();
            lanes.part(Tag::Option, 11, &round.to_be_bytes());
            let digest = lanes.finish();
            for (bit, count) in set.iter_mut().enumerate() {
                *count += u32::from(digest[bit / 8] >> (bit % 8) & 1);
            }
        }
        for (bit, count) in set.into_iter().enumerate() {
            assert!(count.abs_diff(rounds / 2) < rounds / 16, "bit {bit} is set {count} times of {rounds}");
        }
    }

    /// Each four bytes that one hash leaves collide no more often than chance would have it.
    #[test]
    fn each_hash_spreads_over_its_32_bits() {
        let count = 100_000u32;
        let mut hashes = vec![Vec::new(); 8];
        for i in 0..count {
            let mut lanes = Lanes::default();
            lanes.part(Tag::Option, 11, &i.to_le_bytes());
            let digest = lanes.finish();
            for (lane, seen) in hashes.iter_mut().enumerate() {
                seen.push([digest[lane], digest[8 + lane], digest[16 + lane], digest[24 + lane]]);
            }
        }
        for (lane, seen) in hashes.iter_mut().enumerate() {
            seen.sort();
            seen.dedup();
            // Expected: about 1.2 pairs.
            assert!(count as usize - seen.len() < 12, "hash {lane}: {} distinct", seen.len());
        }
    }
}
