//! Sending a body in Block1 fragments: which one follows an answer (block chapter, 6.2; RFC 7959, 2.5). Pure.

#![forbid(unsafe_code)]

use super::identity::Short;
use super::option::{Block, MAX_NUM};
use crate::base::varint;

/// A body on its way, as far as its fragments are concerned.
pub struct Sending {
    length: usize,
    block: Block,
    count: u64,
}

impl Sending {
    /// A body of `length` bytes whose first fragment is `first`.
    pub fn new(length: usize, first: Block) -> Sending {
        Sending { length, block: first, count: 1 }
    }

    /// What follows an answer to the fragment that is on its way: the place of the next fragment, whose "more" is still
    /// to be set. `None`: the transfer is over, and this is what the application is to see.
    ///
    /// A smaller size that the peer asks for is kept to from now on, a larger one is not. An answer to another fragment
    /// than the one on its way ends the transfer (K23).
    pub fn after(&self, code: u8, block1: Option<Block>) -> Option<Block> {
        let answer = block1.filter(|_| code >> 5 == 2)?;
        let end = self.end();
        if end >= self.length as u64 || !self.is_acknowledged_by(answer) {
            return None;
        }
        let szx = answer.szx.min(self.block.szx);
        let num = u32::try_from(end >> (szx + 4)).ok().filter(|&num| num <= MAX_NUM)?;
        Some(Block { num, m: true, szx })
    }

    fn end(&self) -> u64 {
        self.block.start() + self.block.size() as u64
    }

    /// Peers that ask for smaller blocks repeat the number they got, or count in their own blocks.
    fn is_acknowledged_by(&self, answer: Block) -> bool {
        let their_end = answer.start() + answer.size() as u64;
        answer.num == self.block.num || answer.start() == self.block.start() || their_end == self.end()
    }

    /// The token of the next fragment: its number above the low 32 bits of the application's token (6.1). `attempt`
    /// counts those that are in use already.
    pub fn next_token(&self, application: Short, attempt: u64) -> Short {
        let number = self.count.saturating_add(1).saturating_add(attempt) & u64::from(u32::MAX);
        Short::integer(number << 32 | varint::decode8(application.bytes()) & u64::from(u32::MAX))
    }

    /// Notes that `block` is on its way now.
    pub fn sent(&mut self, block: Block) {
        self.block = block;
        self.count += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::code::{CHANGED, CONTINUE, REQUEST_ENTITY_INCOMPLETE, REQUEST_ENTITY_TOO_LARGE};
    use proptest::prelude::*;

    fn block(num: u32, size: usize) -> Block {
        Block { num, m: true, szx: (size.ilog2() - 4) as u8 }
    }

    /// The numbers of all fragments of a body, answered by `answer`.
    fn run(length: usize, size: usize, answer: impl Fn(Block) -> Block) -> Vec<(u32, usize)> {
        let mut on_its_way = block(0, size);
        let mut sending = Sending::new(length, on_its_way);
        let mut seen = vec![(0, size)];
        while let Some(next) = sending.after(CONTINUE, Some(answer(on_its_way))) {
            sending.sent(next);
            seen.push((next.num, next.size()));
            on_its_way = next;
        }
        seen
    }

    #[test]
    fn fragments_follow_each_other() {
        assert_eq!(run(5000, 1024, |block| block), [(0, 1024), (1, 1024), (2, 1024), (3, 1024), (4, 1024)]);
        assert_eq!(run(2048, 1024, |block| block), [(0, 1024), (1, 1024)]);
    }

    #[test]
    fn a_smaller_size_is_kept_to() {
        let mut numbers = run(3000, 1024, |answered| Block { szx: 4, ..answered });
        assert_eq!(numbers.remove(0), (0, 1024));
        assert_eq!(numbers, (4..12).map(|num| (num, 256)).collect::<Vec<_>>());
        let rescaled = |answered: Block| answered.shrunk_to(4).unwrap();
        assert_eq!(run(3000, 1024, rescaled)[1], (4, 256));
        let rounded_up = |answered: Block| Block { num: answered.num * 4 + 3, szx: 4, ..answered };
        let sending = Sending::new(3000, block(0, 1024));
        assert_eq!(sending.after(CONTINUE, Some(rounded_up(block(0, 1024)))), Some(block(4, 256)));
    }

    #[test]
    fn k23_a_larger_size_is_not_and_a_wrong_number_ends() {
        assert_eq!(run(100, 16, |answered| Block { szx: 6, ..answered }).len(), 7);
        assert_eq!(run(100, 16, |answered| Block { szx: 7, ..answered }).len(), 7);
        let mut sending = Sending::new(5000, block(0, 1024));
        assert_eq!(sending.after(CONTINUE, Some(block(1, 1024))), None);
        sending.sent(block(1, 1024));
        assert_eq!(sending.after(CONTINUE, Some(block(0, 1024))), None);
        assert_eq!(sending.after(CONTINUE, Some(block(MAX_NUM, 1024))), None);
        assert_eq!(sending.after(CONTINUE, Some(block(1, 1024))), Some(block(2, 1024)));
    }

    #[test]
    fn what_ends_a_transfer() {
        let sending = Sending::new(5000, block(0, 1024));
        assert_eq!(sending.after(CHANGED, None), None);
        assert_eq!(sending.after(REQUEST_ENTITY_TOO_LARGE, Some(block(0, 1024))), None);
        assert_eq!(sending.after(REQUEST_ENTITY_INCOMPLETE, Some(block(0, 1024))), None);
        assert_eq!(sending.after(CHANGED, Some(block(0, 1024))), Some(block(1, 1024)));
    }

    #[test]
    fn tokens_count_above_the_application_s() {
        let mut sending = Sending::new(5000, block(0, 1024));
        let token = |bytes: &[u8]| Short::new(bytes).unwrap();
        assert_eq!(sending.next_token(token(b""), 0), token(&[2, 0, 0, 0, 0]));
        assert_eq!(sending.next_token(token(b"ab"), 1), token(&[3, 0, 0, b'a', b'b']));
        sending.sent(block(1, 1024));
        assert_eq!(sending.next_token(token(b"12345678"), 0), token(b"\x035678"));
    }

    proptest! {
        #[test]
        fn no_answer_makes_it_go_back_or_beyond(
            length in 1usize..100_000, szx in 0u8..7,
            answers in prop::collection::vec((0u32..40, 0u8..8, any::<bool>()), 0..60),
        ) {
            let mut sending = Sending::new(length, Block { num: 0, m: true, szx });
            let mut at = sending.end();
            for (num, szx, good) in answers {
                let answer = if good { Block { szx, ..sending.block } } else { Block { num, m: false, szx } };
                let Some(next) = sending.after(CONTINUE, Some(answer)) else { break };
                prop_assert_eq!(next.start(), at);
                prop_assert!(next.start() < length as u64);
                prop_assert!(next.szx <= sending.block.szx);
                sending.sent(next);
                at = sending.end();
            }
        }
    }
}
