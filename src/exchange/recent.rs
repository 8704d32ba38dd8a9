//! The requests that a session received last, and what each was answered with: a duplicate gets the same answer again
//! and is not processed (RFC 7252, section 4.5; X11). Bounded in number and bytes.

#![forbid(unsafe_code)]

use super::limits::{RECENT_BYTES, RECENT_REQUESTS};
use crate::abi::{coap_tick_t, COAP_TICKS_PER_SECOND};
use crate::base::address::Peer;
use crate::base::memory::Owned;

/// What a message is told by: its sender, where a session (with a group) hears many, and its message id.
pub type Id = (Option<Peer>, u16);

/// A request. There is at least one in every session of a server, so it is kept small.
struct Request {
    /// The sender, as [`Sender`] has it, and the datagram that answered it.
    bytes: Box<[u8]>,
    /// The second from which on the message id may stand for a new request.
    until: u32,
    mid: u16,
    sender_length: u8,
    /// Whether it has been answered.
    replied: bool,
}

impl Request {
    #[inline]
    fn is(&self, sender: &Sender, mid: u16) -> bool {
        self.mid == mid && self.bytes.get(..self.sender_length.into()) == Some(sender.bytes())
    }

    fn reply(&self) -> Option<&[u8]> {
        self.bytes.get(self.sender_length.into()..).filter(|_| self.replied)
    }
}

/// A peer as bytes: none, or address, port and scope id one after the other.
struct Sender {
    bytes: [u8; 22],
    length: u8,
}

impl Sender {
    fn new(peer: Option<Peer>) -> Sender {
        let mut bytes = [0; 22];
        let length = match peer {
            None => 0,
            Some(Peer::V4(host, port)) => {
                bytes[..4].copy_from_slice(&host);
                bytes[4..6].copy_from_slice(&port.to_ne_bytes());
                6
            }
            Some(Peer::V6(host, port, scope)) => {
                bytes[..16].copy_from_slice(&host);
                bytes[16..18].copy_from_slice(&port.to_ne_bytes());
                bytes[18..].copy_from_slice(&scope.to_ne_bytes());
                22
            }
        };
        Sender { bytes, length }
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length.into()]
    }
}

fn in_seconds(time: coap_tick_t) -> u32 {
    (time / COAP_TICKS_PER_SECOND).try_into().unwrap_or(u32::MAX)
}

/// The newest requests of a session. Few peers that a server hears of ask more than once, so what one request takes
/// counts: the newest is in here.
#[derive(Default)]
pub struct Recent {
    newest: Option<Request>,
    /// The others, oldest first.
    older: Option<Owned<Vec<Request>>>,
}

/// What is known of a message.
#[derive(Debug, PartialEq, Eq)]
pub enum Seen<'a> {
    /// Not seen, or long ago: process it.
    New,
    /// Seen, and answered with this datagram; `None`: with nothing.
    Before(Option<&'a [u8]>),
}

impl Recent {
    /// Looks a message up.
    pub fn look_up(&self, (peer, mid): Id, now: coap_tick_t) -> Seen<'_> {
        let (sender, now) = (Sender::new(peer), in_seconds(now));
        let newest_first = self.newest.iter().chain(self.older.iter().flat_map(|older| older.iter().rev()));
        match newest_first.into_iter().find(|request| request.is(&sender, mid) && now < request.until) {
            None => Seen::New,
            Some(request) => Seen::Before(request.reply()),
        }
    }

    /// Notes a request before it is processed, until `until`, or the full second after that. Without memory it is not
    /// noted: a duplicate would be processed anew.
    pub fn note(&mut self, id: Id, until: coap_tick_t) {
        self.forget(id);
        let sender = Sender::new(id.0);
        let Some(bytes) = joined(sender.bytes(), &[]) else { return };
        if self.file_newest().is_none() {
            return;
        }
        let until = in_seconds(until.saturating_add(COAP_TICKS_PER_SECOND - 1));
        self.newest = Some(Request { bytes, until, mid: id.1, sender_length: sender.length, replied: false });
    }

    /// Makes room for a request that is newer than all; `None`, and nothing changed, without memory.
    fn file_newest(&mut self) -> Option<()> {
        if self.newest.is_none() {
            return Some(());
        }
        if self.older.is_none() {
            self.older = Some(Owned::new(Vec::new())?);
        }
        let older = self.older.as_deref_mut()?;
        if older.len() == older.capacity() && older.len() + 1 < RECENT_REQUESTS {
            let room = (older.len() * 2).clamp(1, RECENT_REQUESTS - 1) - older.len();
            older.try_reserve_exact(room).ok()?;
        }
        if older.len() + 1 >= RECENT_REQUESTS {
            older.remove(0);
        }
        older.extend(self.newest.take());
        Some(())
    }

    /// Keeps the answer to a request noted before.
    pub fn answered(&mut self, (peer, mid): Id, reply: &[u8]) {
        let sender = Sender::new(peer);
        let older = self.older.as_deref_mut().map(|older| older.iter_mut().rev()).into_iter().flatten();
        let Some(request) = self.newest.iter_mut().chain(older).find(|request| request.is(&sender, mid)) else {
            return;
        };
        let Some(bytes) = joined(sender.bytes(), reply) else { return };
        request.bytes = bytes;
        request.replied = true;
        let mut bytes = self.bytes();
        while bytes > RECENT_BYTES {
            let oldest = match self.older.as_deref_mut().filter(|older| !older.is_empty()) {
                Some(older) => Some(older.remove(0)),
                None => self.newest.take(),
            };
            let Some(oldest) = oldest else { return };
            bytes -= oldest.bytes.len();
        }
    }

    /// The message was not processed after all: when it comes again it is new.
    pub fn forget(&mut self, (peer, mid): Id) {
        let sender = Sender::new(peer);
        if self.newest.as_ref().is_some_and(|request| request.is(&sender, mid)) {
            self.newest = None;
        } else if let Some(older) = self.older.as_deref_mut() {
            if let Some(place) = older.iter().position(|request| request.is(&sender, mid)) {
                older.remove(place);
            }
        }
    }

    fn bytes(&self) -> usize {
        self.newest
            .iter()
            .chain(self.older.iter().flat_map(|older| older.iter()))
            .map(|request| request.bytes.len())
            .sum()
    }
}

/// Both one after the other; `None` without memory.
fn joined(one: &[u8], other: &[u8]) -> Option<Box<[u8]>> {
    let mut both = Vec::new();
    both.try_reserve_exact(one.len().checked_add(other.len())?).ok()?;
    both.extend_from_slice(one);
    both.extend_from_slice(other);
    // Exactly as long as was reserved, so nothing is allocated anew.
    Some(both.into_boxed_slice())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x11_a_duplicate_finds_the_first_answer() {
        let mut recent = Recent::default();
        assert_eq!(recent.look_up((None, 7), 0), Seen::New);
        recent.note((None, 7), 100_000);
        assert_eq!(recent.look_up((None, 7), 0), Seen::Before(None));
        recent.answered((None, 7), b"reply");
        assert_eq!(recent.look_up((None, 7), 99_999), Seen::Before(Some(b"reply")));
        assert_eq!(recent.look_up((None, 7), 100_000), Seen::New);
        assert_eq!(recent.look_up((None, 8), 0), Seen::New);
        recent.forget((None, 7));
        assert_eq!(recent.look_up((None, 7), 0), Seen::New);
        recent.note((None, 7), 300_000);
        assert_eq!(recent.look_up((None, 7), 200_000), Seen::Before(None));
    }

    #[test]
    fn x11_sixteen_requests_and_sixteen_kibibytes_are_kept() {
        let mut recent = Recent::default();
        for mid in 0..20 {
            recent.note((None, mid), 100);
            recent.answered((None, mid), &[1; 10]);
        }
        assert_eq!(recent.look_up((None, 3), 0), Seen::New);
        assert_ne!(recent.look_up((None, 4), 0), Seen::New);
        for mid in 100..116 {
            recent.note((None, mid), 100);
            recent.answered((None, mid), &[1; 2000]);
            assert!(recent.bytes() <= RECENT_BYTES);
        }
        assert_eq!(recent.look_up((None, 107), 0), Seen::New);
        assert_eq!(recent.look_up((None, 108), 0), Seen::Before(Some(&[1; 2000])));
    }

    #[test]
    fn x11_the_same_id_from_two_members_of_a_group_is_two_messages() {
        let member = |host| Some(Peer::V4([10, 0, 0, host], 5683));
        let mut recent = Recent::default();
        recent.note((member(1), 7), 100);
        assert_eq!(recent.look_up((member(2), 7), 0), Seen::New);
        assert_eq!(recent.look_up((member(1), 7), 0), Seen::Before(None));
        recent.answered((member(2), 7), b"nothing");
        recent.answered((member(1), 7), b"reply");
        assert_eq!(recent.look_up((member(1), 7), 0), Seen::Before(Some(b"reply")));
        let other = Some(Peer::V6([1; 16], 5683, 2));
        recent.note((other, 7), 100);
        assert_eq!(recent.look_up((other, 7), 0), Seen::Before(None));
        assert_eq!(recent.look_up((Some(Peer::V6([1; 16], 5683, 3)), 7), 0), Seen::New);
    }
}
