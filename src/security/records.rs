//! What a step of a (D)TLS connection wants sent.

#![forbid(unsafe_code)]

/// More room than this is not kept from one step to the next.
const KEPT_ROOM: usize = 64 * 1024;

/// Bytes for the peer: datagrams over DTLS, a run of bytes over TLS.
#[derive(Default)]
pub struct Records {
    bytes: Vec<u8>,
    /// Where each datagram ends in `bytes`.
    ends: Vec<usize>,
}

impl Records {
    /// Adds a datagram; false, and nothing added, without memory.
    pub fn push(&mut self, datagram: &[u8]) -> bool {
        if self.bytes.try_reserve(datagram.len()).is_err() || self.ends.try_reserve(1).is_err() {
            return false;
        }
        self.bytes.extend_from_slice(datagram);
        self.ends.push(self.bytes.len());
        true
    }

    /// Adds the datagrams of another; false if there is not memory for all of them.
    pub fn append(&mut self, other: &Records) -> bool {
        other.datagrams().all(|datagram| self.push(datagram))
    }

    /// The datagrams, in order.
    pub fn datagrams(&self) -> impl Iterator<Item = &[u8]> {
        let mut from = 0;
        self.ends.iter().map(move |&end| &self.bytes[core::mem::replace(&mut from, end)..end])
    }

    /// All of them as one run of bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether there is nothing to send.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Forgets the first bytes of the run, which have been sent. What is left counts as one datagram.
    pub fn cut(&mut self, length: usize) {
        self.bytes.drain(..length.min(self.bytes.len()));
        self.ends.truncate(1);
        if let Some(end) = self.ends.first_mut() {
            *end = self.bytes.len();
        }
    }

    /// Forgets them; the room stays for the next step, unless it is a lot.
    pub fn clear(&mut self) {
        // To shrink it would take an allocation, which may fail.
        if self.bytes.capacity() > KEPT_ROOM || self.ends.capacity() > KEPT_ROOM / size_of::<usize>() {
            *self = Records::default();
        }
        self.bytes.clear();
        self.ends.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn datagrams_keep_their_ends() {
        let mut records = Records::default();
        assert!(records.is_empty());
        for datagram in [&b"first"[..], b"", b"third"] {
            assert!(records.push(datagram));
        }
        assert_eq!(records.datagrams().collect::<Vec<_>>(), [&b"first"[..], b"", b"third"]);
        assert_eq!(records.bytes(), b"firstthird");
        let mut copy = Records::default();
        assert!(copy.append(&records) && copy.append(&records));
        assert_eq!(copy.datagrams().collect::<Vec<_>>(), [&b"first"[..], b"", b"third", b"first", b"", b"third"]);
        records.clear();
        assert_eq!(records.datagrams().count(), 0);
    }

    #[test]
    fn what_has_been_sent_is_not_kept() {
        let mut records = Records::default();
        for _ in 0..1000 {
            assert!(records.push(b"a record") && records.push(b"another"));
            records.cut(15);
            assert!(records.push(b"x"));
            records.cut(1);
            assert!(records.is_empty() && records.ends.len() == 1);
        }
        assert!(records.bytes.capacity() < 100 && records.ends.capacity() < 10);
        assert!(records.push(b"a record"));
        records.cut(2);
        assert_eq!(records.bytes(), b"record");
        records.cut(7);
        assert_eq!(records.bytes(), b"");
    }

    #[test]
    fn little_room_is_kept() {
        let mut records = Records::default();
        records.push(&[1; 1000]);
        records.clear();
        assert!(records.is_empty() && records.bytes.capacity() >= 1000);
        for _ in 0..KEPT_ROOM {
            records.push(&[1]);
        }
        records.push(&[2]);
        records.clear();
        assert!(records.is_empty() && records.datagrams().count() == 0);
        assert!(records.bytes.capacity() <= KEPT_ROOM && records.ends.capacity() <= KEPT_ROOM / size_of::<usize>());
    }
}
