//! How a document of known length is cut to fit.

#![forbid(unsafe_code)]

use crate::abi::COAP_MAX_BLOCK_SZX;
use crate::base::varint;
use crate::block::option::Block;
use crate::message::code;

/// Which part of the document goes into a response, and how it says so.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cut {
    /// Length of the document: the value of Size2, and of ETag.
    pub total: usize,
    /// Where the part begins.
    pub offset: usize,
    /// Its length.
    pub length: usize,
    /// The Block2 option, if there is one.
    pub block: Option<Block>,
}

impl Cut {
    /// Cuts a document of `total` bytes for a response with `room` bytes after the token; the error is the code of
    /// the response that says it cannot be done.
    pub fn new(total: usize, requested: Option<Block>, room: usize) -> Result<Cut, u8> {
        if total == 0 {
            return Err(code::BAD_REQUEST);
        }
        let whole = Cut { total, offset: 0, length: total, block: None };
        let requested = match requested {
            Some(Block { szx: 7, .. }) => return Err(code::BAD_REQUEST),
            Some(block) => block,
            None if whole.fits(room) => return Ok(whole),
            None => Block { num: 0, m: false, szx: COAP_MAX_BLOCK_SZX },
        };
        // The size asked for, or the largest below that fits: the same place in smaller blocks (R23).
        (0..=requested.szx)
            .rev()
            .filter_map(|szx| Cut::part(total, requested.shrunk_to(szx)?))
            .find(|cut| cut.fits(room))
            .ok_or(code::SERVICE_UNAVAILABLE)
    }

    /// One block of the document; `None` if it begins behind the end.
    fn part(total: usize, block: Block) -> Option<Cut> {
        let offset = usize::try_from(block.start()).ok()?;
        let rest = total.checked_sub(offset).filter(|&rest| rest > 0)?;
        let block = Block { m: rest > block.size(), ..block };
        Some(Cut { total, offset, length: rest.min(block.size()), block: Some(block) })
    }

    /// Whether options, payload marker and payload take no more than `room` bytes.
    fn fits(&self, room: usize) -> bool {
        let total = length_of(self.total as u64);
        let options = match self.block {
            // ETag, Content-Format, Block2, Size2. One byte each before the value.
            Some(block) => (1 + total) + 2 + (1 + length_of(block.value().into())) + (1 + total),
            // Content-Format, Size2. The step from 12 to 28 takes a byte more.
            None => 2 + (2 + total),
        };
        // The options are a few dozen bytes at most.
        room.checked_sub(options + 1).is_some_and(|room| self.length <= room)
    }
}

/// Length of an unsigned integer in its shortest form.
fn length_of(value: u64) -> usize {
    varint::encode8(value, &mut [0; 8]).len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::option::MAX_NUM;

    fn block(num: u32, szx: u8) -> Option<Block> {
        Some(Block { num, m: false, szx })
    }
    /// Block2 as (NUM, M, SZX), and the part of the document.
    fn parts(total: usize, requested: Option<Block>, room: usize) -> ((u32, u32, u8), core::ops::Range<usize>) {
        let cut = Cut::new(total, requested, room).unwrap();
        let block = cut.block.unwrap();
        ((block.num, block.m.into(), block.szx), cut.offset..cut.offset + cut.length)
    }

    #[test]
    fn errors() {
        assert_eq!(Cut::new(0, None, 1148), Err(code::BAD_REQUEST));
        assert_eq!(Cut::new(0, block(9, 0), 0), Err(code::BAD_REQUEST));
        assert_eq!(Cut::new(27, block(0, 7), 1148), Err(code::BAD_REQUEST));
        assert_eq!(Cut::new(27, block(9, 0), 1148), Err(code::SERVICE_UNAVAILABLE));
        assert_eq!(Cut::new(32, block(2, 0), 1148), Err(code::SERVICE_UNAVAILABLE));
        assert_eq!(Cut::new(usize::MAX, block(MAX_NUM, 6), 0), Err(code::SERVICE_UNAVAILABLE));
        for room in 0..=8 {
            assert_eq!(Cut::new(3, None, room), Err(code::SERVICE_UNAVAILABLE));
            assert_eq!(Cut::new(3, block(0, 0), room), Err(code::SERVICE_UNAVAILABLE));
        }
        for room in 0..22 {
            assert_eq!(Cut::new(100, None, room), Err(code::SERVICE_UNAVAILABLE));
        }
    }

    /// The wire examples of the spec, a document of 27 bytes.
    #[test]
    fn examples() {
        let whole = Cut { total: 27, offset: 0, length: 27, block: None };
        assert_eq!(Cut::new(27, None, 1147), Ok(whole));
        assert_eq!(parts(27, block(0, 0), 1147), ((0, 1, 0), 0..16));
        assert_eq!(parts(27, block(1, 0), 1147), ((1, 0, 0), 16..27));
        assert_eq!(parts(27, block(0, 6), 1147), ((0, 0, 6), 0..27));
    }

    /// R22: what does not fit as a whole is sent in blocks, not cut.
    #[test]
    fn whole_documents() {
        for token in 0..=8 {
            assert_eq!(Cut::new(1141 - token, None, 1148 - token).unwrap().block, None);
            for total in 1142 - token..1200 {
                assert_eq!(parts(total, None, 1148 - token), ((0, 1, 6), 0..1024));
            }
        }
    }

    /// R23: the size follows from what is left when all options are counted.
    #[test]
    fn smaller_blocks() {
        // ETag 3, Content-Format 2, Block2 2, Size2 3, marker 1.
        assert_eq!(parts(4140, None, 1024 + 11), ((0, 1, 6), 0..1024));
        for room in [1024 + 10, 1024, 512 + 11] {
            assert_eq!(parts(4140, None, room), ((0, 1, 5), 0..512));
        }
        assert_eq!(parts(4140, block(3, 6), 600), ((6, 1, 5), 3072..3584));
        // What is left fits, even if a whole block would not.
        assert_eq!(parts(4140, block(4, 6), 100), ((4, 0, 6), 4096..4140));
        assert_eq!(parts(4140, block(4, 6), 44), ((128, 1, 1), 4096..4128));
        assert_eq!(parts(4140, block(4, 6), 28), ((256, 1, 0), 4096..4112));
        assert_eq!(Cut::new(4140, block(4, 6), 27), Err(code::SERVICE_UNAVAILABLE));
        // The number would not fit in a Block option.
        assert_eq!(Cut::new(1 << 30, block(MAX_NUM, 5), 100), Err(code::SERVICE_UNAVAILABLE));
    }

    /// Section 5.5: all blocks from SZX 6 on, the last one without M.
    #[test]
    fn block_by_block() {
        let mut next = 0;
        for num in 0..5 {
            let ((echoed, more, szx), part) = parts(4140, block(num, 6), 1148);
            assert_eq!((echoed, more == 0, szx), (num, num == 4, 6));
            assert_eq!(part.start, next);
            next = part.end;
        }
        assert_eq!(next, 4140);
        assert_eq!(parts(4140, block(1, 1), 1148), ((1, 1, 1), 32..64));
    }

    proptest::proptest! {
        /// Whatever comes out fits, is not empty, and lies where the request asked.
        #[test]
        fn any_request(total in 0_usize..100_000, room in 0_usize..3000, num in 0_u32..200, szx: Option<u8>) {
            let requested = szx.and_then(|szx| block(num, szx & 7));
            if let Ok(cut) = Cut::new(total, requested, room) {
                proptest::prop_assert!(cut.fits(room) && cut.length > 0);
                proptest::prop_assert!(cut.offset + cut.length <= total);
                proptest::prop_assert_eq!(cut.offset as u64, requested.map_or(0, Block::start));
                match cut.block {
                    None => proptest::prop_assert_eq!(cut.length, total),
                    Some(block) => {
                        proptest::prop_assert_eq!(block.start(), cut.offset as u64);
                        proptest::prop_assert_eq!(block.m, cut.offset + cut.length < total);
                        proptest::prop_assert!(!block.m || cut.length == block.size());
                    }
                }
            }
        }
    }
}
