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
    /// One has come after which others may.
    answered: bool,
}

impl Request {
    fn has(&self, token: &[u8]) -> bool {
        self.token[..self.length.into()] == *token
    }
}

/// The requests of a session that wait for an answer, oldest first. Without memory, or beyond the limit, the oldest is
/// forgotten that no answer has come to: the answers of others may just have been lost.
#[derive(Default)]
pub struct Outstanding(Vec<Request>);

impl Outstanding {
    /// Notes a request, or that it was sent again. Whether the one with this token was lasting, if there was one.
    pub fn sent(&mut self, token: &[u8], lasting: bool) -> Option<bool> {
        let mut bytes = [0; 8];
        bytes.get_mut(..token.len())?.copy_from_slice(token);
        if let Some(known) = self.0.iter_mut().find(|request| request.has(token)) {
            return Some(core::mem::replace(&mut known.lasting, lasting));
        }
        let full = self.0.len() >= OUTSTANDING_REQUESTS || self.0.try_reserve(1).is_err();
        if full && !self.0.is_empty() {
            self.0.remove(self.0.iter().position(|request| !request.answered).unwrap_or(0));
        }
        if self.0.len() < self.0.capacity() {
            self.0.push(Request { token: bytes, length: token.len() as u8, lasting, answered: false });
        }
        None
    }

    /// The request did not go out after all: `before` is what [`sent`](Self::sent) has said of it.
    pub fn not_sent(&mut self, token: &[u8], before: Option<bool>) {
        match (before, self.0.iter_mut().find(|request| request.has(token))) {
            (Some(lasting), Some(known)) => known.lasting = lasting,
            (None, Some(_)) => _ = self.forget(token),
            (_, None) => (),
        }
    }

    /// Whether a response with this token answers something. An answer after which others may come leaves the request
    /// outstanding if it is `lasting`, else it is concluded.
    pub fn answered(&mut self, token: &[u8], more_may_come: bool) -> bool {
        let Some(place) = self.0.iter().position(|request| request.has(token)) else { return false };
        match self.0[place].lasting && more_may_come {
            true => self.0[place].answered = true,
            false => _ = self.0.remove(place),
        }
        true
    }

    /// Whether an answer with this token is waited for.
    pub fn awaits(&self, token: &[u8]) -> bool {
        self.0.iter().any(|request| request.has(token))
    }

    /// No answer is waited for any more: the request failed, or is of no interest. Whether it was lasting.
    pub fn forget(&mut self, token: &[u8]) -> bool {
        let place = self.0.iter().position(|request| request.has(token));
        place.is_some_and(|place| self.0.remove(place).lasting)
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
        outstanding.forget(b"c");
        assert!(!outstanding.answered(b"c", false));
    }

    #[test]
    fn what_did_not_go_out_changes_nothing() {
        let mut outstanding = Outstanding::default();
        let before = outstanding.sent(b"a", false);
        outstanding.not_sent(b"a", before);
        assert!(!outstanding.answered(b"a", false));
        outstanding.sent(b"observe", true);
        let before = outstanding.sent(b"observe", false);
        outstanding.not_sent(b"observe", before);
        assert!(outstanding.answered(b"observe", true));
        assert!(outstanding.answered(b"observe", true));
        assert!(outstanding.forget(b"observe"));
        assert!(!outstanding.forget(b"observe"));
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

    #[test]
    fn requests_without_an_answer_do_not_crowd_out_an_observation() {
        let mut outstanding = Outstanding::default();
        outstanding.sent(b"lost", true);
        outstanding.sent(b"observe", true);
        assert!(outstanding.answered(b"observe", true));
        for i in 0..2 * OUTSTANDING_REQUESTS as u32 {
            outstanding.sent(&i.to_be_bytes(), false);
        }
        assert!(!outstanding.awaits(b"lost"));
        assert!(outstanding.answered(b"observe", true));
    }
}
