//! The ground floor: memory, text, numbers, addresses, clock, chance, log (docs/spec/base.md, docs/spec/debug.md).

pub mod address;
pub mod address_text;
pub mod bounded;
pub mod clock;
pub mod deadlines;
pub mod errno;
pub mod hash;
pub mod keep;
pub mod log;
pub mod loss;
pub mod memory;
pub mod prng;
pub mod rare;
pub mod stdio;
pub mod string;
pub mod timestamp;
pub mod tls_version;
pub mod tree;
pub mod uri;
pub mod varint;
pub mod wall_clock;
