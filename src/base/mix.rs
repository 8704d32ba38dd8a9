//! A hash for tables that are looked into several times for each message, and whose keys are numbers of our own or of
//! the application: a secret key and two multiplications. What peers choose freely is hashed with SipHash (X18).

#![forbid(unsafe_code)]

use core::hash::{BuildHasher, Hasher};
use std::hash::RandomState;

/// Secret numbers; each table has its own.
pub struct Mix {
    added: u64,
    factor: u64,
}

impl Default for Mix {
    fn default() -> Self {
        let random = RandomState::new();
        Mix { added: random.hash_one(0), factor: random.hash_one(1) | 1 }
    }
}

impl BuildHasher for Mix {
    type Hasher = Mixed;
    fn build_hasher(&self) -> Mixed {
        Mixed { state: self.added, factor: self.factor }
    }
}

/// The hash so far.
pub struct Mixed {
    state: u64,
    factor: u64,
}

impl Hasher for Mixed {
    fn write_u64(&mut self, number: u64) {
        self.state = folded(self.state ^ number, self.factor);
    }

    fn write(&mut self, bytes: &[u8]) {
        for piece in bytes.chunks(8) {
            let mut number = [0; 8];
            number[..piece.len()].copy_from_slice(piece);
            self.write_u64(u64::from_le_bytes(number));
        }
    }

    fn finish(&self) -> u64 {
        // Once more, because any odd number may be the secret one. This is 2^64 divided by the golden ratio.
        folded(self.state, 0x9e37_79b9_7f4a_7c15)
    }
}

/// Both halves of a product, each of which depends on other bits.
fn folded(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product >> 64) as u64 ^ product as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    /// Tables look at the low bits and at the seven highest: numbers that differ in few bits differ there.
    #[test]
    fn near_numbers_are_spread() {
        for step in (0..100).flat_map(|_| [1, 1 << 16, 1 << 32, 1 << 48]) {
            let mix = Mix::default();
            let hashes = || (0..1024u64).map(|i| mix.hash_one(i.wrapping_mul(step)));
            assert_eq!(hashes().collect::<HashSet<_>>().len(), 1024);
            assert!(hashes().map(|hash| hash % 1024).collect::<HashSet<_>>().len() > 400, "{step}");
            assert!(hashes().map(|hash| hash >> 57).collect::<HashSet<_>>().len() > 60, "{step}");
        }
    }
}
