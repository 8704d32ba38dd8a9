//! The requests that a session received last, and what each was answered with: a duplicate gets the same answer again
//! and is not processed (RFC 7252, section 4.5; X11). Bounded in number and bytes.

#![forbid(unsafe_code)]

use super::limits::{RECENT_BYTES, RECENT_REQUESTS};
use crate::abi::coap_tick_t;
use crate::base::address::Peer;
use crate::base::memory;

/// What a message is told by: its sender (a session with a group hears many) and its message id.
pub type Id = (Option<Peer>, u16);

struct Request {
    id: Id,
    /// From here on the message id may stand for a new request.
    until: coap_tick_t,
    /// The datagram that answered it; `None` if it got nothing (so far).
    reply: Option<Vec<u8>>,
}

/// The newest requests of a session, oldest first.
#[derive(Default)]
pub struct Recent {
    requests: Vec<Request>,
    bytes: usize,
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
    pub fn look_up(&self, id: Id, now: coap_tick_t) -> Seen<'_> {
        match self.requests.iter().rev().find(|request| request.id == id && now < request.until) {
            None => Seen::New,
            Some(request) => Seen::Before(request.reply.as_deref()),
        }
    }

    /// Notes a request before it is processed. Without memory it is not noted: a duplicate would be processed anew.
    pub fn note(&mut self, id: Id, until: coap_tick_t) {
        if let Some(old) = self.requests.iter().position(|request| request.id == id) {
            self.forget(old);
        }
        if self.requests.len() >= RECENT_REQUESTS {
            self.forget(0);
        }
        if self.requests.len() == self.requests.capacity() {
            let room = (self.requests.len() * 2).clamp(1, RECENT_REQUESTS) - self.requests.len();
            if self.requests.try_reserve_exact(room).is_err() {
                return;
            }
        }
        self.requests.push(Request { id, until, reply: None });
    }

    /// Keeps the answer to a request noted before.
    pub fn answered(&mut self, id: Id, reply: &[u8]) {
        let Some(copy) = memory::to_vec(reply) else { return };
        let Some(request) = self.requests.iter_mut().rev().find(|request| request.id == id) else { return };
        self.bytes += copy.len();
        if let Some(old) = request.reply.replace(copy) {
            self.bytes -= old.len();
        }
        while self.bytes > RECENT_BYTES && !self.requests.is_empty() {
            self.forget(0);
        }
    }

    fn forget(&mut self, place: usize) {
        let request = self.requests.remove(place);
        self.bytes -= request.reply.map_or(0, |reply| reply.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x11_a_duplicate_finds_the_first_answer() {
        let mut recent = Recent::default();
        assert_eq!(recent.look_up((None, 7), 0), Seen::New);
        recent.note((None, 7), 100);
        assert_eq!(recent.look_up((None, 7), 0), Seen::Before(None));
        recent.answered((None, 7), b"reply");
        assert_eq!(recent.look_up((None, 7), 99), Seen::Before(Some(b"reply")));
        assert_eq!(recent.look_up((None, 7), 100), Seen::New);
        assert_eq!(recent.look_up((None, 8), 0), Seen::New);
        recent.note((None, 7), 300);
        assert_eq!(recent.look_up((None, 7), 200), Seen::Before(None));
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
            assert!(recent.bytes <= RECENT_BYTES);
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
    }
}
