//! Datagrams that come too early in a handshake over DTLS: OpenSSL keeps them until their turn comes (X25).

#![forbid(unsafe_code)]

use crate::exchange::limits::EARLY_DATAGRAMS;
use core::cell::Cell;

/// How many datagrams with encrypted records have come while the handshake is not complete.
#[derive(Default)]
pub struct Early(Cell<u32>);

impl Early {
    /// Counts a datagram; whether it is one too many of those whose turn may be later.
    pub fn is_one_too_many(&self, datagram: &[u8]) -> bool {
        if !has_encrypted_record(datagram) {
            return false;
        }
        self.0.set(self.0.get().saturating_add(1));
        self.0.get() > EARLY_DATAGRAMS
    }

    /// Another peer's come from now on.
    pub fn forget(&self) {
        self.0.set(0);
    }
}

/// Whether a datagram has a record of another epoch than the first, in which nothing is encrypted (RFC 6347, section 4.1).
fn has_encrypted_record(mut datagram: &[u8]) -> bool {
    const HEADER: usize = 13;
    while let Some((header, rest)) = datagram.split_first_chunk::<HEADER>() {
        if header[3..5] != [0, 0] {
            return true;
        }
        let length = usize::from(u16::from_be_bytes([header[11], header[12]]));
        datagram = rest.get(length..).unwrap_or_default();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(epoch: u8, length: u8) -> Vec<u8> {
        let header = [22, 0xfe, 0xfd, 0, epoch, 0, 0, 0, 0, 0, 0, 0, length];
        [&header[..], &vec![7; length.into()]].concat()
    }

    #[test]
    fn encrypted_records_are_found() {
        let (plain, encrypted) = (record(0, 20), record(1, 20));
        assert!(!has_encrypted_record(&[]) && !has_encrypted_record(&plain) && has_encrypted_record(&encrypted));
        assert!(has_encrypted_record(&[&plain[..], &encrypted].concat()));
        assert!(!has_encrypted_record(&[&plain[..], &encrypted[..12]].concat()));
        // What is inside a record is none.
        assert!(!has_encrypted_record(&[&record(0, 33)[..13], &encrypted].concat()));
        assert!(!has_encrypted_record(&[&record(0, 255)[..13], &encrypted].concat()));
    }

    #[test]
    fn x25_they_are_counted() {
        let early = Early::default();
        for _ in 0..2 {
            for _ in 0..EARLY_DATAGRAMS {
                assert!(!early.is_one_too_many(&record(1, 5)) && !early.is_one_too_many(&record(0, 5)));
            }
            assert!(early.is_one_too_many(&record(1, 5)) && !early.is_one_too_many(&record(0, 5)));
            early.forget();
        }
    }
}
