//! Datagrams that come too early in a handshake over DTLS: OpenSSL keeps them until their turn comes (X25).

#![forbid(unsafe_code)]

use crate::exchange::limits::EARLY_DATAGRAMS;
use core::cell::Cell;

/// How many datagrams have come that have records of a later epoch than the peer's next one.
#[derive(Default)]
pub struct Early(Cell<u32>);

impl Early {
    /// How much of a datagram, or of what is left of it, OpenSSL may have now, where the peer's next record is one of
    /// `epoch`. 0: nothing, it is one too many of those whose turn may be later.
    ///
    /// Later records go apart from those before them: one of these may be the change to the next epoch, and then their turn
    /// has come. So neither what a peer repeats counts nor can others keep its handshake from ending with what they send in
    /// its name.
    pub fn takes(&self, datagram: &[u8], epoch: u8) -> usize {
        let length = match length_up_to(datagram, epoch) {
            0 => datagram.len(),
            length => length,
        };
        if !is_ahead(&datagram[..length], epoch) {
            return length;
        }
        self.0.set(self.0.get().saturating_add(1));
        if self.0.get() > EARLY_DATAGRAMS {
            0
        } else {
            length
        }
    }

    /// Another peer's come from now on.
    pub fn forget(&self) {
        self.0.set(0);
    }
}

/// How many bytes the records take that a datagram begins with and that are of no later epoch than this (RFC 6347, section
/// 4.1).
fn length_up_to(datagram: &[u8], epoch: u8) -> usize {
    const HEADER: usize = 13;
    let mut rest = datagram;
    while let Some((header, payload)) = rest.split_first_chunk::<HEADER>() {
        if [header[3], header[4]] > [0, epoch] {
            return datagram.len() - rest.len();
        }
        let length = usize::from(u16::from_be_bytes([header[11], header[12]]));
        rest = payload.get(length..).unwrap_or_default();
    }
    datagram.len()
}

/// Whether a datagram may have a record of a later epoch than this: whether something looks like the header of one, wherever
/// that is, since OpenSSL goes on right behind headers that it does not like.
fn is_ahead(datagram: &[u8], epoch: u8) -> bool {
    datagram.windows(5).any(|header| matches!(header, [20..=23, 0xfe, _version, 0, later @ 1..=2] if *later > epoch))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(epoch: u8, length: u8) -> Vec<u8> {
        let header = [22, 0xfe, 0xfd, 0, epoch, 0, 0, 0, 0, 0, 0, 0, length];
        [&header[..], &vec![7; length.into()]].concat()
    }

    #[test]
    fn later_records_are_found() {
        let (plain, encrypted, later) = (record(0, 20), record(1, 20), record(2, 20));
        for (datagram, [in_first, in_second]) in [
            (&plain[..], [false, false]),
            (&encrypted, [true, false]),
            (&later, [true, true]),
            (&encrypted[..5], [true, false]),
            (&encrypted[..4], [false, false]),
            (&[], [false, false]),
            (&[&plain[..], &encrypted].concat(), [true, false]),
            (&[&encrypted[..], &later].concat(), [true, true]),
            // Inside of one that is dropped for its version.
            (&[&[22, 0x7e][..], &plain[2..13], &encrypted].concat(), [true, false]),
        ] {
            assert_eq!([is_ahead(datagram, 0), is_ahead(datagram, 1)], [in_first, in_second], "{datagram:02x?}");
        }
    }

    #[test]
    fn later_records_go_apart() {
        let early = Early::default();
        let flight = [record(0, 20), record(0, 1), record(1, 40)].concat();
        for _ in 0..=EARLY_DATAGRAMS {
            assert_eq!(early.takes(&flight, 0), 33 + 14);
            assert_eq!(early.takes(&flight[33 + 14..], 1), 53);
            assert_eq!(early.takes(&flight[..20], 0), 20);
            assert_eq!(early.takes(&[], 0), 0);
        }
        assert_eq!(early.0.get(), 0);
    }

    #[test]
    fn x25_they_are_counted() {
        let early = Early::default();
        for epoch in 0..2 {
            let (timely, ahead) = (record(epoch, 5), record(epoch + 1, 5));
            // One inside of what seems to be a record of its time.
            let hidden = [&[22, 0x7e, 0xfd, 0, epoch, 0, 0, 0, 0, 0, 0, 0, 18][..], &ahead].concat();
            for i in 0..EARLY_DATAGRAMS {
                let datagram = if i % 2 == 0 { &ahead } else { &hidden };
                assert_eq!((early.takes(datagram, epoch), early.takes(&timely, epoch)), (datagram.len(), 18));
            }
            assert_eq!(early.takes(&ahead, epoch) + early.takes(&hidden, epoch), 0);
            assert_eq!(early.takes(&timely, epoch), 18);
            early.forget();
        }
    }
}
