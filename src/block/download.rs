//! Receiving a body in Block2 blocks: what each one does to it, and what is to be asked next (block chapter, 6.3;
//! RFC 7959, 2.4). Pure.
//!
//! The library gathers the bytes (`SINGLE_BODY`, mode 3), or only follows the transfer while the application does
//! (mode 1). A body is complete when the block without "more" and all bytes before it have arrived, whatever Size2 says
//! (K26). Every block that is asked for brings something new, or ends the transfer, so no peer can make it go on for
//! ever (X35).

#![forbid(unsafe_code)]

use super::assembly::{Assembly, Body, Fragment, Refusal};
use super::identity::Short;
use super::option::{Block, MAX_NUM};
use super::pieces::MAX_RANGES;
use crate::abi::{coap_tick_t, COAP_TICKS_PER_SECOND};

/// How often one body may change while it is received (X35).
pub const MAX_RESTARTS: u8 = 3;

/// A body on its way.
pub struct Download {
    single_body: bool,
    etag: Option<Short>,
    assembly: Assembly,
    /// Mode 1: where the latest block ended.
    reached: usize,
    /// Mode 1: how many blocks began behind that.
    gaps: usize,
}

/// What is to be done with a block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// Mode 1: it goes to the application, as this part of the body, once `ask` is asked for; without that the body is
    /// over.
    Part {
        /// Length of the whole body, as far as known.
        total: usize,
        /// The block to ask for.
        ask: Option<Block>,
    },
    /// Mode 3: it is stored, and this one is to be asked for.
    Ask(Block),
    /// Mode 3: the body is complete.
    Complete,
    /// It belongs to another body: start over (another ETag).
    Changed,
    /// It can't be told what body it belongs to (no ETag where there was one, or another Content-Format).
    Mixed,
    /// Its bytes are there already.
    Repeated,
    /// It can't be used, for this reason.
    Useless(Refusal),
}

impl Download {
    /// The body that begins with this block, none of its bytes stored yet.
    pub fn begin(first: &Fragment, etag: Option<Short>, single_body: bool) -> Download {
        Download { single_body, etag, assembly: Assembly::begin(first), reached: 0, gaps: 0 }
    }

    /// Whether the library gathers the bytes.
    pub fn is_single_body(&self) -> bool {
        self.single_body
    }

    /// Takes in a block of a body of at most `max_body` bytes (mode 3).
    pub fn receive(&mut self, block: &Fragment, etag: Option<Short>, max_body: usize) -> Step {
        match (self.etag, etag) {
            (known, etag) if known == etag => (),
            (Some(_), None) => return Step::Mixed,
            _ => return Step::Changed,
        }
        if self.assembly.check(block).is_err() {
            return Step::Mixed;
        }
        match self.single_body {
            true => self.store(block, max_body),
            false => self.follow(block),
        }
    }

    fn store(&mut self, block: &Fragment, max_body: usize) -> Step {
        if self.assembly.has(block) {
            return Step::Repeated;
        }
        match self.assembly.store(block, max_body) {
            Ok(true) => Step::Complete,
            Ok(false) => ask(self.assembly.wanted_after(block), block.block).map_or(TOO_LONG, Step::Ask),
            Err(refusal) => Step::Useless(refusal),
        }
    }

    fn follow(&mut self, block: &Fragment) -> Step {
        if block.start < self.reached {
            return Step::Repeated;
        }
        if block.start > self.reached {
            self.gaps += 1;
        }
        if self.gaps >= MAX_RANGES {
            return Step::Useless(Refusal::TooManyGaps);
        }
        self.reached = block.end;
        let total = block.total(self.assembly.size1().max(block.size1));
        match (block.block.m, ask(block.end, block.block)) {
            (true, None) => TOO_LONG,
            (true, ask) => Step::Part { total, ask },
            (false, _) => Step::Part { total, ask: None },
        }
    }

    /// The body, once [`receive`](Self::receive) has said that it is complete.
    pub fn into_body(self) -> Body {
        self.assembly.into_body()
    }
}

const TOO_LONG: Step = Step::Useless(Refusal::TooLarge);

/// The block at this place, in the size of `latest` if it can begin there; `None` if no number says so.
fn ask(start: usize, latest: Block) -> Option<Block> {
    // BERT counts in blocks of 1024 bytes, and goes on with exponent 7 (K27).
    let (szx, unit) = match latest.szx {
        7 => (7, 6),
        szx => (szx, szx),
    };
    let aligned = u8::try_from(start.trailing_zeros().saturating_sub(4)).unwrap_or(unit);
    let (szx, unit) = if aligned < unit { (aligned, aligned) } else { (szx, unit) };
    let num = u32::try_from(start >> (unit + 4)).ok().filter(|&num| num <= MAX_NUM)?;
    Some(Block { num, m: false, szx })
}

/// An Observe option, and when it came.
#[derive(Clone, Copy)]
pub struct Observed {
    /// Its 24-bit number.
    pub number: u32,
    /// When, in ticks.
    pub at: coap_tick_t,
}

impl Observed {
    /// Whether this notification is newer than `other` (RFC 7641, section 3.4).
    pub fn is_newer_than(&self, other: Observed) -> bool {
        let (old, new) = (other.number, self.number);
        let ahead = new.wrapping_sub(old) & 0xff_ffff;
        (ahead > 0 && ahead < 1 << 23) || self.at > other.at.saturating_add(128 * COAP_TICKS_PER_SECOND)
    }
}

#[cfg(test)]
#[path = "download_tests.rs"]
mod tests;
