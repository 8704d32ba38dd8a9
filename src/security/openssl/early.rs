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

/// Whether a datagram may have a record of the epochs after the first, in which records are encrypted (RFC 6347, section
/// 4.1): whether something looks like the header of one, wherever that is, since OpenSSL goes on right behind headers that
/// it does not like.
fn has_encrypted_record(datagram: &[u8]) -> bool {
    datagram.windows(5).any(|header| matches!(header, [20..=23, 0xfe, _version, 0, 1 | 2]))
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
        for (datagram, found) in [
            (&plain[..], false),
            (&encrypted, true),
            (&encrypted[..5], true),
            (&encrypted[..4], false),
            (&[], false),
            (&[&plain[..], &encrypted].concat(), true),
            // Inside of one that is dropped for its version.
            (&[&[22, 0x7e][..], &plain[2..13], &encrypted].concat(), true),
        ] {
            assert_eq!(has_encrypted_record(datagram), found, "{datagram:02x?}");
        }
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
