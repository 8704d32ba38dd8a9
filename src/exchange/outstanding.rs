//! The requests of a session that may still be answered: a response that belongs to none of them is refused (RFC 7252,
//! sections 4.2 and 5.3; X12).

#![forbid(unsafe_code)]

use super::limits::OUTSTANDING_REQUESTS;

/// A request without its answer, or an observation.
struct Request {
    token: [u8; 8],
    length: u8,
    /// More than one response may come: it asks to observe, or went to a group.
    lasting: bool,
}

impl Request {
    fn has(&self, token: &[u8]) -> bool {
        self.token[..self.length.into()] == *token
    }
}

/// The requests of a session that wait for an answer, oldest first. Without memory, or beyond the limit, the oldest is
/// forgotten.
#[derive(Default)]
pub struct Outstanding(Vec<Request>);

impl Outstanding {
    /// Notes a request, or that it was sent again.
    pub fn sent(&mut self, token: &[u8], lasting: bool) {
        let mut bytes = [0; 8];
        let Some(start) = bytes.get_mut(..token.len()) else { return };
        start.copy_from_slice(token);
        if let Some(known) = self.0.iter_mut().find(|request| request.has(token)) {
            known.lasting = lasting;
            return;
        }
        let full = self.0.len() >= OUTSTANDING_REQUESTS || self.0.try_reserve(1).is_err();
        if full && !self.0.is_empty() {
            self.0.remove(0);
        }
        if self.0.len() < self.0.capacity() {
            self.0.push(Request { token: bytes, length: token.len() as u8, lasting });
        }
    }

    /// Whether a response with this token answers something. An answer after which others may come leaves the request
    /// outstanding if it is `lasting`, else it is concluded.
    pub fn answered(&mut self, token: &[u8], more_may_come: bool) -> bool {
        let Some(place) = self.0.iter().position(|request| request.has(token)) else { return false };
        if !(self.0[place].lasting && more_may_come) {
            self.0.remove(place);
        }
        true
    }

    /// Whether an answer with this token is waited for.
    pub fn awaits(&self, token: &[u8]) -> bool {
        self.0.iter().any(|request| request.has(token))
    }

    /// The request failed: no answer is waited for any more.
    pub fn failed(&mut self, token: &[u8]) {
        self.0.retain(|request| !request.has(token));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x12_each_request_is_answered_once() {
        let mut outstanding = Outstanding::default();
        assert!(!outstanding.answered(b"", false));
        outstanding.sent(b"a", false);
        outstanding.sent(b"a", false);
        outstanding.sent(b"", false);
        assert!(!outstanding.answered(b"b", false));
        assert!(!outstanding.answered(b"aa", false));
        assert!(outstanding.answered(b"a", true));
        assert!(!outstanding.answered(b"a", true));
        assert!(outstanding.answered(b"", false));
        outstanding.sent(b"c", false);
        outstanding.failed(b"c");
        assert!(!outstanding.answered(b"c", false));
    }

    #[test]
    fn x12_an_observation_is_answered_until_it_ends() {
        let mut outstanding = Outstanding::default();
        outstanding.sent(b"observe", true);
        assert!(outstanding.answered(b"observe", true));
        assert!(outstanding.answered(b"observe", true));
        assert!(outstanding.answered(b"observe", false));
        assert!(!outstanding.answered(b"observe", true));
    }

    #[test]
    fn the_oldest_gives_way() {
        let mut outstanding = Outstanding::default();
        for i in 0..=OUTSTANDING_REQUESTS as u32 {
            outstanding.sent(&i.to_be_bytes(), false);
        }
        assert!(!outstanding.answered(&0u32.to_be_bytes(), false));
        assert!(outstanding.answered(&1u32.to_be_bytes(), false));
    }
}
