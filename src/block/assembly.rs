//! Receiving a body in Block1 fragments: one upload, and what a fragment does to it (block chapter, 7.2; RFC 7959, 2.5).
//!
//! Pure: fragments in, decisions out. The library re-assembles (`SINGLE_BODY`, mode 3) or only follows the transfer
//! while the application does (mode 1). A body is complete when the block without "more" has arrived and every byte
//! before it, whatever Size1 says (K10).

#![forbid(unsafe_code)]

use super::identity::Short;
use super::option::Block;
use super::pieces::{NotStored, Pieces};
use crate::message::code;
use std::collections::VecDeque;

/// A request with a Block1 option, or a response with Block2, as far as the transfer is concerned.
#[derive(Clone, Copy)]
pub struct Fragment<'a> {
    /// The Block1 option.
    pub block: Block,
    /// The payload.
    pub payload: &'a [u8],
    /// Where the payload belongs in the body.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// The Content-Format option, 0 if absent.
    pub content_format: u32,
    /// The Size1 option of a request, Size2 of a response; 0 if absent.
    pub size1: usize,
    /// The Observe option.
    pub observe: Option<Short>,
    /// Message id and token, where they tell a retransmission (datagrams).
    pub sent_as: Option<(u16, Short)>,
}

/// Why a fragment ends its transfer, or is not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// The payload's length does not agree with the option, or exponent 7 came in a datagram: 4.00 (K8, K9, K27).
    Malformed,
    /// Another Content-Format than the first fragment's: 4.08.
    ContentFormat,
    /// More than three disjoint ranges: 4.08, and the event that says so.
    TooManyGaps,
    /// The fragments disagree about where the body ends: 4.08.
    Contradiction,
    /// The body is longer than what is re-assembled: 4.13 (X30).
    TooLarge,
    /// No memory: 5.00.
    NoMemory,
}

impl From<NotStored> for Refusal {
    fn from(reason: NotStored) -> Refusal {
        match reason {
            NotStored::TooManyRanges => Refusal::TooManyGaps,
            NotStored::NoMemory => Refusal::NoMemory,
        }
    }
}

/// A whole body, and what the first fragment said.
pub struct Body {
    /// The bytes, in one piece.
    pub bytes: VecDeque<u8>,
    /// The Observe option of the first fragment.
    pub observe: Option<Short>,
}

impl<'a> Fragment<'a> {
    /// A fragment, if the payload has the length that the Block option demands: a block that is not the last one is full.
    pub fn new(block: Block, payload: &'a [u8], reliable: bool) -> Result<Fragment<'a>, Refusal> {
        let length = payload.len();
        let (unit, fits) = match (block.szx, reliable) {
            (7, false) => return Err(Refusal::Malformed),
            (7, true) => (1024, !block.m || (length > 0 && length.is_multiple_of(1024))),
            _ => (block.size(), length == block.size() || (!block.m && length < block.size())),
        };
        let start = usize::try_from(u64::from(block.num) * unit as u64).ok().filter(|_| fits);
        let start = start.ok_or(Refusal::Malformed)?;
        let end = start.checked_add(length).ok_or(Refusal::Malformed)?;
        let nothing_else =
            Fragment { block, payload, start, end, content_format: 0, size1: 0, observe: None, sent_as: None };
        Ok(nothing_else)
    }

    /// The length of the body as far as this fragment and a Size1 of `size1` tell: always more than `end` while more follows.
    pub fn total(&self, size1: usize) -> usize {
        match self.block.m {
            true => size1.max(self.end.saturating_add(1)),
            false => self.end,
        }
    }
}

/// One upload under way.
pub struct Assembly {
    content_format: u32,
    size1: usize,
    observe: Option<Short>,
    first: Option<(u16, Short)>,
    first_answer: u8,
    pieces: Pieces,
    end: Option<usize>,
}

impl Assembly {
    /// The upload that begins with this fragment, none of its bytes stored yet.
    pub fn begin(first: &Fragment) -> Assembly {
        Assembly {
            content_format: first.content_format,
            size1: first.size1,
            observe: first.observe,
            first: first.sent_as,
            first_answer: code::CONTINUE,
            pieces: Pieces::new(),
            end: None,
        }
    }

    /// Whether `fragment` is the fragment that the upload began with, sent again (K12).
    pub fn began_with(&self, fragment: &Fragment) -> bool {
        fragment.block.num == 0 && fragment.sent_as.is_some() && fragment.sent_as == self.first
    }

    /// The code that the first fragment was answered with.
    pub fn first_answer(&self) -> u8 {
        self.first_answer
    }

    /// Notes the code that the first fragment was answered with.
    pub fn set_first_answer(&mut self, code: u8) {
        self.first_answer = code;
    }

    /// What the first fragment gave as Size1 (Size2).
    pub fn size1(&self) -> usize {
        self.size1
    }

    /// Whether the fragment can belong to this upload.
    pub fn check(&self, fragment: &Fragment) -> Result<(), Refusal> {
        match self.content_format == fragment.content_format {
            true => Ok(()),
            false => Err(Refusal::ContentFormat),
        }
    }

    /// Stores a fragment of a body of at most `max_body` bytes; whether the body is complete now. Bytes that are there
    /// already stay as they are. After an error the upload is of no use any more.
    pub fn store(&mut self, fragment: &Fragment, max_body: usize) -> Result<bool, Refusal> {
        if fragment.end > max_body {
            return Err(Refusal::TooLarge);
        }
        let agrees = match (fragment.block.m, self.end) {
            (true, Some(end)) => fragment.end < end,
            (true, None) => true,
            (false, Some(end)) => fragment.end == end,
            (false, None) => self.pieces.end() <= fragment.end,
        };
        if !agrees {
            return Err(Refusal::Contradiction);
        }
        self.pieces.add(fragment.start, fragment.payload)?;
        if !fragment.block.m {
            self.end = Some(fragment.end);
        }
        Ok(self.end.is_some_and(|end| self.pieces.cover(end)))
    }

    /// Whether the fragment tells nothing that is not there already.
    pub fn has(&self, fragment: &Fragment) -> bool {
        let end_is_known = fragment.block.m || self.end == Some(fragment.end);
        end_is_known && self.pieces.hold(fragment.start, fragment.end)
    }

    /// What is to be asked for after this fragment was stored and the body is not complete: what follows it, or, where
    /// that is there or the end is known, the first byte missing.
    pub fn wanted_after(&self, fragment: &Fragment) -> usize {
        match self.end.is_some() || self.pieces.hold(fragment.end, fragment.end.saturating_add(1)) {
            true => self.pieces.first_gap(),
            false => fragment.end,
        }
    }

    /// The body, once [`store`](Self::store) has said that it is complete.
    pub fn into_body(self) -> Body {
        Body { bytes: self.pieces.into_body(), observe: self.observe }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO_LIMIT: usize = usize::MAX;

    fn fragment(num: u32, m: bool, szx: u8, payload: &[u8]) -> Result<Fragment<'_>, Refusal> {
        Fragment::new(Block { num, m, szx }, payload, false)
    }

    #[test]
    fn k9_lengths_must_agree() {
        for (m, length, good) in
            [(true, 16, true), (true, 15, false), (true, 0, false), (true, 17, false), (false, 16, true)]
        {
            assert_eq!(fragment(1, m, 0, &vec![0; length]).is_ok(), good, "{m} {length}");
        }
        assert!(fragment(1, false, 0, &[0; 17]).is_err());
        assert!(fragment(1, false, 0, &[]).is_ok(), "K8");
    }

    #[test]
    fn k27_bert() {
        let bert = |num, m, length: usize| {
            Fragment::new(Block { num, m, szx: 7 }, &vec![0; length], true)
                .map(|fragment| (fragment.start, fragment.end))
        };
        assert_eq!(bert(0, true, 4096), Ok((0, 4096)));
        assert_eq!(bert(4, true, 1024), Ok((4096, 5120)));
        assert_eq!(bert(5, false, 100), Ok((5120, 5220)));
        assert_eq!(bert(5, true, 100), Err(Refusal::Malformed));
        assert_eq!(bert(5, true, 0), Err(Refusal::Malformed));
        assert!(fragment(0, true, 7, &[0; 2048]).is_err(), "exponent 7 in a datagram");
    }

    #[test]
    fn totals() {
        let block = [0; 1024];
        assert_eq!(fragment(2, true, 6, &block).unwrap().total(5000), 5000);
        assert_eq!(fragment(2, true, 6, &block).unwrap().total(10), 3073);
        assert_eq!(fragment(4, false, 6, &block[..904]).unwrap().total(9999), 5000);
    }

    fn run(fragments: &[(u32, bool, u8, &[u8])]) -> Result<Option<Vec<u8>>, Refusal> {
        let mut assembly = Assembly::begin(&fragment(0, true, 0, &[0; 16])?);
        for (i, &(num, m, szx, payload)) in fragments.iter().enumerate() {
            if assembly.store(&fragment(num, m, szx, payload)?, 4096)? {
                assert_eq!(i, fragments.len() - 1, "complete too early");
                return Ok(Some(assembly.into_body().bytes.into()));
            }
        }
        Ok(None)
    }

    #[test]
    fn k10_coverage_and_the_last_block_decide() {
        let a: &[u8] = &[1; 16];
        assert_eq!(run(&[(0, true, 0, a), (1, false, 0, &[2])]), Ok(Some([a, &[2]].concat())));
        assert_eq!(run(&[(0, true, 0, a), (2, false, 0, &[2]), (1, true, 0, a)]), Ok(Some([a, a, &[2]].concat())));
        assert_eq!(run(&[(0, true, 0, a), (2, false, 0, &[2]), (2, false, 0, &[2])]), Ok(None));
        assert_eq!(run(&[(0, true, 0, a), (1, false, 0, &[])]), Ok(Some(a.to_vec())), "K8");
        assert_eq!(run(&[(0, true, 0, a), (1, true, 0, a), (1, true, 0, a)]), Ok(None));
    }

    #[test]
    fn k18_sizes_may_change() {
        let (small, large): (&[u8], &[u8]) = (&[1; 16], &[2; 64]);
        let body = [&[2; 64][..], &[1; 16], &[1; 16], &[3]].concat();
        assert_eq!(
            run(&[(0, true, 2, large), (4, true, 0, small), (5, true, 0, small), (6, false, 0, &[3])]),
            Ok(Some(body))
        );
    }

    #[test]
    fn contradictions_end_the_upload() {
        let a: &[u8] = &[1; 16];
        for last in [(3, true, 0, a), (2, true, 0, a), (1, false, 0, a), (3, false, 0, a)] {
            assert_eq!(run(&[(0, true, 0, a), (2, false, 0, a), last]), Err(Refusal::Contradiction), "{last:?}");
        }
        assert_eq!(run(&[(0, true, 0, a), (2, true, 0, a), (1, false, 0, a)]), Err(Refusal::Contradiction));
    }

    #[test]
    fn limits() {
        let a: &[u8] = &[1; 16];
        assert_eq!(run(&[(0, true, 0, a), (255, false, 0, a)]), Ok(None));
        assert_eq!(run(&[(0, true, 0, a), (256, false, 0, &[1])]), Err(Refusal::TooLarge));
        assert_eq!(run(&[(0, true, 0, a), (0xf_ffff, false, 6, &[])]), Err(Refusal::TooLarge));
        let far = [(0, true, 0, a), (2, true, 0, a), (4, true, 0, a), (6, true, 0, a)];
        assert_eq!(run(&far), Err(Refusal::TooManyGaps));
        let mut assembly = Assembly::begin(&fragment(0, true, 6, &[0; 1024]).unwrap());
        assert_eq!(assembly.store(&fragment(0xf_ffff, true, 6, &[0; 1024]).unwrap(), NO_LIMIT), Ok(false));
    }

    #[test]
    fn k12_the_first_fragment_again() {
        let sent_as = |mid, token| Some((mid, Short::new(token).unwrap()));
        let first = Fragment { sent_as: sent_as(7, b"t"), ..fragment(0, true, 0, &[0; 16]).unwrap() };
        let assembly = Assembly::begin(&first);
        assert!(assembly.began_with(&first));
        assert!(!assembly.began_with(&Fragment { sent_as: sent_as(8, b"t"), ..first }));
        assert!(!assembly.began_with(&Fragment { sent_as: sent_as(7, b""), ..first }));
        let stream = Fragment { sent_as: None, ..first };
        assert!(!Assembly::begin(&stream).began_with(&stream));
    }
}
