//! The bytes of a body that have arrived so far: byte ranges with their data (X29).
//!
//! Memory grows with received bytes only (K4): what lies between the ranges is not stored. Ranges grow at both ends at
//! a constant cost per byte and merge the shorter into the longer, so that no order of arrival is expensive.

#![forbid(unsafe_code)]

use std::collections::VecDeque;

/// Most disjoint ranges that are tracked (block chapter, 7.2).
pub const MAX_RANGES: usize = 3;

/// Why bytes were not stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotStored {
    /// They would make more than [`MAX_RANGES`] disjoint ranges.
    TooManyRanges,
    /// No memory.
    NoMemory,
}

struct Range {
    start: usize,
    bytes: VecDeque<u8>,
}

impl Range {
    fn end(&self) -> usize {
        self.start.saturating_add(self.bytes.len())
    }
}

/// Disjoint ranges in order; neighbours that touch are merged.
#[derive(Default)]
pub struct Pieces {
    ranges: Vec<Range>,
}

impl Pieces {
    /// No bytes; allocates nothing.
    pub const fn new() -> Self {
        Pieces { ranges: Vec::new() }
    }

    /// Stores `bytes` at `start`. Where something is there already the old bytes stay. After an error a part of the
    /// bytes may be stored: the caller gives the body up.
    pub fn add(&mut self, start: usize, bytes: &[u8]) -> Result<(), NotStored> {
        let end = start.checked_add(bytes.len()).ok_or(NotStored::NoMemory)?;
        // Only what is not there yet: the gaps of `start..end`.
        let mut at = start;
        while at < end {
            let next = self.ranges.iter().find(|range| range.end() > at);
            let (gap_end, resume) = match next {
                Some(range) if range.start <= at => (at, range.end()),
                Some(range) => (range.start.min(end), range.end()),
                None => (end, end),
            };
            if let Some(new) = bytes.get(at - start..gap_end - start).filter(|new| !new.is_empty()) {
                self.fill(at, new)?;
            }
            at = resume;
        }
        Ok(())
    }

    /// Stores bytes that lie in a gap.
    fn fill(&mut self, start: usize, bytes: &[u8]) -> Result<(), NotStored> {
        let after = self.ranges.iter().position(|range| range.start > start).unwrap_or(self.ranges.len());
        let end = start + bytes.len();
        let touches_before = after.checked_sub(1).filter(|&before| self.ranges[before].end() == start);
        let touches_after = self.ranges.get(after).is_some_and(|range| range.start == end);
        match touches_before {
            Some(before) => {
                append(&mut self.ranges[before].bytes, bytes)?;
                if touches_after {
                    let range = self.ranges.remove(after);
                    join(&mut self.ranges[before].bytes, range.bytes)?;
                }
            }
            None if touches_after => {
                let range = &mut self.ranges[after];
                prepend(&mut range.bytes, bytes.iter().rev())?;
                range.start = start;
            }
            None => {
                if self.ranges.len() >= MAX_RANGES {
                    return Err(NotStored::TooManyRanges);
                }
                self.ranges.try_reserve(1).map_err(|_| NotStored::NoMemory)?;
                let mut new = VecDeque::new();
                append(&mut new, bytes)?;
                self.ranges.insert(after, Range { start, bytes: new });
            }
        }
        Ok(())
    }

    /// Where the last range ends: no byte at or behind it has arrived.
    pub fn end(&self) -> usize {
        self.ranges.last().map_or(0, Range::end)
    }

    /// Whether the bytes from 0 up to `end`, and no others, have arrived.
    pub fn cover(&self, end: usize) -> bool {
        match self.ranges.as_slice() {
            [] => end == 0,
            [range] => range.start == 0 && range.end() == end,
            _ => false,
        }
    }

    /// The first byte that is missing.
    pub fn first_gap(&self) -> usize {
        match self.ranges.first() {
            Some(range) if range.start == 0 => range.end(),
            _ => 0,
        }
    }

    /// Whether all bytes from `start` up to `end` have arrived.
    pub fn hold(&self, start: usize, end: usize) -> bool {
        start >= end || self.ranges.iter().any(|range| range.start <= start && end <= range.end())
    }

    /// The first range as one piece: the body, when [`cover`](Self::cover) says that it is complete.
    pub fn into_body(mut self) -> VecDeque<u8> {
        let mut body = self.ranges.drain(..).next().map(|range| range.bytes).unwrap_or_default();
        body.make_contiguous();
        body
    }
}

fn append(to: &mut VecDeque<u8>, bytes: &[u8]) -> Result<(), NotStored> {
    to.try_reserve(bytes.len()).map_err(|_| NotStored::NoMemory)?;
    to.extend(bytes);
    Ok(())
}

fn prepend<'a>(to: &mut VecDeque<u8>, backwards: impl ExactSizeIterator<Item = &'a u8>) -> Result<(), NotStored> {
    to.try_reserve(backwards.len()).map_err(|_| NotStored::NoMemory)?;
    backwards.for_each(|&byte| to.push_front(byte));
    Ok(())
}

/// Puts `back` behind `front`, moving the shorter of the two.
fn join(front: &mut VecDeque<u8>, mut back: VecDeque<u8>) -> Result<(), NotStored> {
    if front.len() < back.len() {
        prepend(&mut back, front.iter().rev())?;
        *front = back;
        return Ok(());
    }
    let (first, second) = back.as_slices();
    append(front, first)?;
    append(front, second)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(pieces: Pieces) -> Vec<u8> {
        pieces.into_body().into()
    }

    #[test]
    fn any_order_gives_the_body() {
        let whole: Vec<u8> = (0..64).collect();
        for order in [[0, 1, 2, 3], [3, 2, 1, 0], [0, 2, 1, 3], [1, 3, 2, 0], [0, 3, 1, 2], [2, 0, 3, 1]] {
            let mut pieces = Pieces::new();
            for block in order {
                pieces.add(block * 16, &whole[block * 16..][..16]).unwrap();
            }
            assert!(pieces.cover(64) && !pieces.cover(63) && !pieces.cover(65));
            assert_eq!(body(pieces), whole);
        }
    }

    #[test]
    fn overlaps_fill_only_the_gaps() {
        let mut pieces = Pieces::new();
        pieces.add(2, &[1, 1]).unwrap();
        pieces.add(6, &[2, 2]).unwrap();
        pieces.add(0, &[9; 10]).unwrap();
        assert!(pieces.cover(10));
        assert_eq!(body(pieces), [9, 9, 1, 1, 9, 9, 2, 2, 9, 9]);
    }

    #[test]
    fn a_fourth_range_is_refused() {
        let mut pieces = Pieces::new();
        for start in [0, 10, 20] {
            pieces.add(start, &[1]).unwrap();
        }
        assert_eq!(pieces.add(30, &[1]), Err(NotStored::TooManyRanges));
        assert_eq!(pieces.end(), 21);
        pieces.add(21, &[1]).unwrap();
        assert_eq!(pieces.add(usize::MAX, &[1, 2]), Err(NotStored::NoMemory));
    }

    #[test]
    fn k4_far_bytes_cost_only_themselves() {
        let mut pieces = Pieces::new();
        pieces.add(1 << 40, &[1; 16]).unwrap();
        assert!(pieces.ranges[0].bytes.capacity() < 64);
        assert_eq!(pieces.end(), (1 << 40) + 16);
    }

    #[test]
    fn what_is_there_and_what_is_missing() {
        let mut pieces = Pieces::new();
        assert_eq!(pieces.first_gap(), 0);
        assert!(pieces.hold(5, 5) && !pieces.hold(0, 1));
        pieces.add(4, &[1; 4]).unwrap();
        assert_eq!(pieces.first_gap(), 0);
        assert!(pieces.hold(4, 8) && !pieces.hold(3, 8) && !pieces.hold(4, 9));
        pieces.add(0, &[1; 4]).unwrap();
        assert_eq!(pieces.first_gap(), 8);
        assert!(pieces.hold(0, 8));
    }

    #[test]
    fn nothing_covers_nothing() {
        let mut pieces = Pieces::new();
        pieces.add(5, &[]).unwrap();
        assert!(pieces.cover(0) && !pieces.cover(1));
        assert!(body(pieces).is_empty());
    }
}
