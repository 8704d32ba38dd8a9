//! Datagrams that come too early in a handshake over DTLS: OpenSSL keeps them until their turn comes (X25).

#![forbid(unsafe_code)]

use crate::exchange::limits::EARLY_DATAGRAMS;
use core::cell::Cell;

/// How many datagrams with encrypted records have come while the handshake is not complete.
#[derive(Default)]
pub struct Early(Cell<u32>);

impl Early {
    /// How much of a datagram may be taken at a time before the peer has changed to its keys; 0: none, and never. What it
    /// sends with those is taken apart from what comes before, which may be just that change.
    pub fn takes(&self, datagram: &[u8]) -> usize {
        let length = length_in_clear(datagram);
        let (clear, rest) = datagram.split_at(length);
        if length > 0 && !has_encrypted_record(clear) {
            return length;
        }
        self.0.set(self.0.get().saturating_add(1));
        match self.0.get() > EARLY_DATAGRAMS {
            true => 0,
            false if length > 0 => length,
            false => rest.len(),
        }
    }

    /// Another peer's come from now on.
    pub fn forget(&self) {
        self.0.set(0);
    }
}

/// How much of a datagram are records of the first epoch, before any of another: those in which nothing is encrypted.
fn length_in_clear(datagram: &[u8]) -> usize {
    const HEADER: usize = 13;
    let mut rest = datagram;
    while let Some((header, payload)) = rest.split_first_chunk::<HEADER>() {
        if header[3..5] != [0, 0] {
            return datagram.len() - rest.len();
        }
        let length = usize::from(u16::from_be_bytes([header[11], header[12]]));
        rest = payload.get(length..).unwrap_or_default();
    }
    datagram.len()
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
    fn what_is_encrypted_is_taken_by_itself() {
        let (plain, encrypted) = (record(0, 20), record(1, 20));
        for (datagram, taken) in [
            (&[][..], 0),
            (&plain, 33),
            (&encrypted, 33),
            (&[&plain[..], &plain].concat(), 66),
            (&[&plain[..], &encrypted, &plain].concat(), 33),
            (&[&encrypted[..], &plain].concat(), 66),
            (&[&plain[..], &encrypted[..12]].concat(), 45),
            (&plain[..20], 20),
            (&record(0, 255)[..40], 40),
        ] {
            assert_eq!(Early::default().takes(datagram), taken, "{datagram:02x?}");
        }
    }

    #[test]
    fn x25_what_comes_early_is_counted() {
        let early = Early::default();
        let hidden = [&[22, 0x7e][..], &record(0, 33)[2..13], &record(1, 20)].concat();
        for _ in 0..2 {
            for n in 0..EARLY_DATAGRAMS {
                assert_eq!(early.takes(if n % 2 == 0 { &hidden } else { &hidden[13..] }), 46 - 13 * (n as usize % 2));
                assert_eq!(early.takes(&record(0, 5)), 18);
            }
            assert_eq!((early.takes(&hidden), early.takes(&hidden[13..]), early.takes(&record(0, 5))), (0, 0, 18));
            early.forget();
        }
    }
}
