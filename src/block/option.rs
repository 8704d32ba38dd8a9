//! The Block option: number, more, size exponent (RFC 7959, section 2.2; docs/spec/block.md, section 1).

#![forbid(unsafe_code)]

use super::identity::Short;
use crate::abi::*;
use crate::base::varint;

/// The highest block number that an option holds: 20 bits.
pub const MAX_NUM: u32 = 0xF_FFFF;

/// A Block1 or Block2 option taken apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Block {
    /// Number of the block, counted in blocks of this size.
    pub num: u32,
    /// Whether more blocks follow.
    pub m: bool,
    /// Size exponent, 0 to 7.
    pub szx: u8,
}

/// Why a block can't be written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoBlock {
    /// It begins behind the end of the body, or its number can't be encoded (K5).
    BeyondEnd,
    /// Not even 16 bytes are left in the message.
    NoRoom,
}

impl NoBlock {
    /// The error as `coap_write_block_opt` returns it.
    pub fn code(self) -> core::ffi::c_int {
        match self {
            NoBlock::BeyondEnd => -2,
            NoBlock::NoRoom => -3,
        }
    }
}

/// Bytes in a block with this size exponent, 2^(szx+4): 16 to 2048 for exponents 0 to 7. `None` when no number holds it.
pub fn size_of_exponent(szx: u8) -> Option<u64> {
    1u64.checked_shl(u32::from(szx) + 4)
}

/// The exponent of the largest block that fits into `room` bytes, at most 6; `None` below 16 bytes.
pub fn largest_exponent(room: usize) -> Option<u8> {
    let log = room.checked_ilog2()?;
    Some(log.checked_sub(4)?.min(u32::from(COAP_MAX_BLOCK_SZX)) as u8)
}

/// `coap_opt_block_num`: the number in an option's value, unchecked.
pub fn number(value: &[u8]) -> u32 {
    varint::decode(value) >> 4
}

impl Block {
    /// Takes an option's value apart. `Err` holds size and "more" of a block whose number is above 2^20-1.
    #[inline]
    pub fn decode(value: &[u8]) -> Result<Block, Block> {
        let last = value.last().copied().unwrap_or(0);
        let block = Block { num: number(value), m: last & 8 != 0, szx: last & 7 };
        match block.num <= MAX_NUM {
            true => Ok(block),
            false => Err(Block { num: 0, ..block }),
        }
    }

    /// The first option of `pdu` with this number (`COAP_OPTION_BLOCK1` or `COAP_OPTION_BLOCK2`, but any is taken);
    /// `None` if there is none or its block number is above 2^20-1.
    #[inline]
    pub fn of(pdu: &coap_pdu_t, option: u16) -> Option<Block> {
        Block::decode(pdu.option(option)?).ok()
    }

    /// Bytes per block: 16 to 2048 (exponent 7 taken as a size, not as BERT).
    pub fn size(self) -> usize {
        16 << (self.szx & 7)
    }

    /// Where the block begins in the body.
    pub fn start(self) -> u64 {
        u64::from(self.num) * self.size() as u64
    }

    /// The option's value as an integer; its shortest form goes on the wire.
    pub fn value(self) -> u32 {
        self.num << 4 | u32::from(self.m) << 3 | u32::from(self.szx & 7)
    }

    /// The same place in the body in smaller blocks; `None` if the number gets too high. A larger `szx` changes nothing.
    pub fn shrunk_to(self, szx: u8) -> Option<Block> {
        let Some(steps) = self.szx.checked_sub(szx) else { return Some(self) };
        let num = u64::from(self.num) << steps;
        Some(Block { num: u32::try_from(num).ok().filter(|&num| num <= MAX_NUM)?, szx, ..self })
    }

    /// Chooses what `coap_write_block_opt` writes: the block of a body of `length` bytes that fits into `room` bytes,
    /// with "more" set right, and made smaller where it has to be.
    pub fn fitted(self, length: usize, room: usize) -> Result<Block, NoBlock> {
        let (length, start) = (length as u64, self.start());
        if (self.num != 0 && length <= start) || self.num > MAX_NUM {
            return Err(NoBlock::BeyondEnd);
        }
        let left = length.saturating_sub(start);
        if self.size() <= room {
            return Ok(Block { m: left > self.size() as u64, ..self });
        }
        if left <= room as u64 {
            return Ok(Block { m: false, ..self });
        }
        let szx = largest_exponent(room).ok_or(NoBlock::NoRoom)?;
        let smaller = self.shrunk_to(szx).ok_or(NoBlock::BeyondEnd)?;
        Ok(Block { m: true, ..smaller })
    }

    /// `coap_write_block_opt`: fits the block into `pdu` and appends the option. Returns what was written.
    ///
    /// As in the reference the space is reckoned without the option itself and the payload marker, and an option that
    /// does not fit is left out without an error. A message without size limit has no room (K1).
    pub fn write(self, option: u16, pdu: &coap_pdu_t, length: usize) -> Result<Block, NoBlock> {
        let used = pdu.used_size.get().saturating_add(usize::from(pdu.hdr_size.get()));
        let block = self.fitted(length, pdu.max_size.get().saturating_sub(used))?;
        pdu.add_uint_option(option, block.value().into());
        Ok(block)
    }

    /// The same block of a body of `length` bytes: more follow, or not.
    pub fn of_body(self, length: u64) -> Block {
        Block { m: length.saturating_sub(self.start()) > self.size() as u64, ..self }
    }

    /// Whether this block of a body of `length` bytes fits behind what `pdu` has; then there is memory for it, too.
    pub fn fits(self, pdu: &coap_pdu_t, length: u64) -> Result<bool, NoBlock> {
        let length = length.saturating_sub(self.start()).min(self.size() as u64) as usize;
        if length > room_for_payload(pdu) {
            return Ok(false);
        }
        let used = pdu.used_size.get().saturating_add(if length > 0 { 1 + length } else { 0 });
        if pdu.make_room(used) {
            Ok(true)
        } else {
            Err(NoBlock::NoRoom)
        }
    }

    /// Sets the option to the block at this place of a body of `length` bytes, made smaller until it fits behind all
    /// the options of `pdu`, and 1024 bytes at most (K17, K27, K29). Returns what was written; `pdu` then has room for
    /// the block, so that adding it neither fails nor logs. After an error `pdu` may hold the option.
    pub fn settle(self, option: u16, pdu: &coap_pdu_t, length: usize) -> Result<Block, NoBlock> {
        let mut block = self.shrunk_to(COAP_MAX_BLOCK_SZX).ok_or(NoBlock::BeyondEnd)?;
        let length = length as u64;
        loop {
            if block.num != 0 && length <= block.start() {
                return Err(NoBlock::BeyondEnd);
            }
            block = block.of_body(length);
            let value = Short::integer(block.value().into());
            if pdu.option(option) != Some(value.bytes()) && pdu.update_option(option, value.bytes()) == 0 {
                return Err(NoBlock::NoRoom);
            }
            if block.fits(pdu, length)? {
                return Ok(block);
            }
            let szx = largest_exponent(room_for_payload(pdu)).ok_or(NoBlock::NoRoom)?;
            block = block.shrunk_to(szx).ok_or(NoBlock::BeyondEnd)?;
        }
    }

    /// What a request asks for with its Block2 option. Exponent 7 is BERT on a stream, where its number counts 1024
    /// bytes, and 2048 bytes in a datagram; either way at most 1024 are sent (K27).
    #[inline]
    pub fn asked_for(request: &coap_pdu_t, reliable: bool) -> Option<Block> {
        let asked = Block::of(request, COAP_OPTION_BLOCK2)?;
        Some(match (asked.szx, reliable) {
            (7, true) => Block { szx: COAP_MAX_BLOCK_SZX, ..asked },
            // A number that can't be scaled is far behind the end of everything, and the highest one says so, too.
            _ => {
                asked.shrunk_to(COAP_MAX_BLOCK_SZX).unwrap_or(Block { num: MAX_NUM, szx: COAP_MAX_BLOCK_SZX, ..asked })
            }
        })
    }
}

/// How many bytes of payload `pdu` takes, marker deducted.
pub fn room_for_payload(pdu: &coap_pdu_t) -> usize {
    match pdu.max_size.get() {
        0 => usize::MAX,
        max => max.saturating_sub(pdu.used_size.get()).saturating_sub(pdu.hdr_size.get().into()).saturating_sub(1),
    }
}

impl From<Block> for coap_block_t {
    fn from(block: Block) -> coap_block_t {
        coap_block_t { num: block.num, m_szx: u32::from(block.m) | u32::from(block.szx & 7) << 1 }
    }
}

impl From<coap_block_t> for Block {
    fn from(block: coap_block_t) -> Block {
        Block { num: block.num, m: block.m_szx & 1 != 0, szx: (block.m_szx >> 1 & 7) as u8 }
    }
}

/// `coap_get_block`: what `*block` becomes, and whether the option is there with a valid number.
pub fn get(pdu: &coap_pdu_t, option: u16) -> (Block, bool) {
    match pdu.option(option).map(Block::decode) {
        Some(Ok(block)) => (block, true),
        Some(Err(block)) => (block, false),
        None => (Block::default(), false),
    }
}

/// The bytes of block `num` of `body`; `None` if it begins at or behind the end, or no number holds its place.
pub fn slice(body: &[u8], num: u32, szx: u8) -> Option<&[u8]> {
    let size = size_of_exponent(szx)?;
    let start = u64::from(num).checked_mul(size)?;
    let rest = body.get(usize::try_from(start).ok()?..)?;
    let length = usize::try_from(size).unwrap_or(usize::MAX).min(rest.len());
    rest.get(..length).filter(|slice| !slice.is_empty())
}

/// `coap_add_block`: adds block `num` of `body` as payload; false, and `pdu` unchanged, if there is no such block, it does
/// not fit, or `pdu` has a payload already (K1).
pub fn add_block(pdu: &coap_pdu_t, body: &[u8], num: u32, szx: u8) -> bool {
    match slice(body, num, szx) {
        Some(block) => pdu.data.get().is_null() && pdu.add_data(block),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::pdu::OwnedPdu;

    fn block(num: u32, m: bool, size: usize) -> Block {
        Block { num, m, szx: (size.ilog2() - 4) as u8 }
    }

    #[test]
    fn values_are_read() {
        assert_eq!(Block::decode(&[]), Ok(block(0, false, 16)));
        assert_eq!(Block::decode(&[0x0e]), Ok(block(0, true, 1024)));
        assert_eq!(Block::decode(&[0x07]), Ok(block(0, false, 2048)));
        assert_eq!(Block::decode(&[0xff, 0xff, 0xf9]), Ok(block(MAX_NUM, true, 32)));
        assert_eq!(Block::decode(&[0x01, 0x00, 0x00, 0x0a]), Err(block(0, true, 64)));
        assert_eq!(number(&[]), 0);
        assert_eq!(number(&[0xff, 0xff, 0xff]), MAX_NUM);
        assert_eq!(number(&[0xff, 0xff, 0xff, 0xff]), 0x0fff_ffff);
    }

    #[test]
    fn c_bit_fields_are_kept_apart() {
        let c = coap_block_t::from(block(5, true, 512));
        assert_eq!((c.num, c.m_szx), (5, 1 | 5 << 1));
        assert_eq!(Block::from(coap_block_t { num: 9, m_szx: 0xffff_ff00 | 6 << 1 }), block(9, false, 1024));
    }

    #[test]
    fn blocks_are_fitted_as_the_table_says() {
        let fit = |num, size, room, length| block(num, false, size).fitted(length, room);
        assert_eq!(fit(3, 1024, 600, 5000), Ok(block(6, true, 512)));
        assert_eq!(fit(0, 1024, 1024, 1020), Ok(block(0, false, 1024)));
        assert_eq!(fit(1, 2048, 1152, 5000), Ok(block(2, true, 1024)));
        assert_eq!(fit(0, 1024, 15, 15), Ok(block(0, false, 1024)));
        assert_eq!(fit(0, 1024, 15, 16), Err(NoBlock::NoRoom));
        assert_eq!(fit(1, 16, 100, 16), Err(NoBlock::BeyondEnd));
        assert_eq!(fit(0, 16, 100, 0), Ok(block(0, false, 16)));
        assert_eq!(fit(1, 16, 100, 32), Ok(block(1, false, 16)));
        assert_eq!(fit(1, 16, 100, 33), Ok(block(1, true, 16)));
    }

    #[test]
    fn k5_numbers_never_wrap() {
        let last = Block { num: u32::MAX, m: false, szx: 7 };
        assert_eq!(last.fitted(usize::MAX, 4096), Err(NoBlock::BeyondEnd));
        assert_eq!(Block { num: MAX_NUM, ..last }.fitted(usize::MAX, 16), Err(NoBlock::BeyondEnd));
        assert_eq!(slice(&[1, 2, 3], u32::MAX, 200), None);
        assert_eq!(slice(&[1, 2, 3], u32::MAX, 59), None);
        assert_eq!(slice(&[1, 2, 3], 0, 59), Some(&[1, 2, 3][..]));
    }

    #[test]
    fn blocks_are_cut() {
        let body: Vec<u8> = (0..100).collect();
        assert_eq!(slice(&body, 0, 0), Some(&body[..16]));
        assert_eq!(slice(&body, 6, 0), Some(&body[96..]));
        assert_eq!(slice(&body, 7, 0), None);
        assert_eq!(slice(&[], 0, 0), None);
        assert_eq!(slice(&body[..16], 1, 0), None);
        assert_eq!(slice(&body, 0, 7), Some(&body[..]));
    }

    #[test]
    fn exponents_fit_their_room() {
        assert_eq!(largest_exponent(0), None);
        assert_eq!(largest_exponent(15), None);
        assert_eq!(largest_exponent(16), Some(0));
        assert_eq!(largest_exponent(1145), Some(6));
        assert_eq!(largest_exponent(usize::MAX), Some(6));
    }

    fn pdu(max_size: usize) -> OwnedPdu {
        OwnedPdu::new(COAP_MESSAGE_ACK, 69, 1, max_size).unwrap()
    }

    #[test]
    fn k17_k29_settled_blocks_fit() {
        for max_size in 0..300 {
            for (num, szx) in [(0, 6), (1, 6), (3, 2), (40, 0), (0, 0)] {
                let response = pdu(max_size);
                response.add_option(COAP_OPTION_ETAG, &[1, 2, 3, 4]);
                let body = [7; 1500];
                let asked = Block { num, m: false, szx };
                match asked.settle(COAP_OPTION_BLOCK2, &response, body.len()) {
                    Ok(block) => {
                        assert_eq!(Block::of(&response, COAP_OPTION_BLOCK2), Some(block));
                        assert_eq!(block.start(), asked.start());
                        assert_eq!(block.m, block.start() as usize + block.size() < body.len());
                        assert!(block.szx <= szx);
                        assert!(add_block(&response, &body, block.num, block.szx), "{max_size} {num} {szx}");
                    }
                    Err(reason) => assert!(reason == NoBlock::NoRoom && (1..40).contains(&max_size), "{max_size}"),
                }
            }
        }
        let beyond = Block { num: 2, m: false, szx: 6 };
        assert_eq!(beyond.settle(COAP_OPTION_BLOCK2, &pdu(0), 2048), Err(NoBlock::BeyondEnd));
    }

    #[test]
    fn settling_replaces_the_option() {
        let response = pdu(1152);
        response.add_uint_option(COAP_OPTION_BLOCK2, 0x1e);
        let first = Block { num: 0, m: true, szx: 6 };
        assert_eq!(first.settle(COAP_OPTION_BLOCK2, &response, 5000), Ok(first));
        assert_eq!(response.options().filter(|option| option.number == COAP_OPTION_BLOCK2).count(), 1);
    }

    #[test]
    fn k27_exponent_7_is_answered_with_1024_bytes() {
        let request = pdu(100);
        request.add_uint_option(COAP_OPTION_BLOCK2, 3 << 4 | 7);
        assert_eq!(Block::asked_for(&request, true), Some(Block { num: 3, m: false, szx: 6 }));
        assert_eq!(Block::asked_for(&request, false), Some(Block { num: 6, m: false, szx: 6 }));
        request.update_option(COAP_OPTION_BLOCK2, &[0xff, 0xff, 0xf7]);
        assert_eq!(Block::asked_for(&request, false), Some(Block { num: MAX_NUM, m: false, szx: 6 }));
    }

    #[test]
    fn k1_messages_that_take_no_block() {
        let unlimited = pdu(0);
        assert_eq!(Block::default().write(COAP_OPTION_BLOCK2, &unlimited, 10), Err(NoBlock::NoRoom));
        let full = pdu(100);
        assert!(add_block(&full, &[1; 40], 0, 0));
        assert!(!add_block(&full, &[1; 40], 1, 0), "a second payload");
        let small = pdu(10);
        assert!(!add_block(&small, &[1; 40], 0, 0));
        assert_eq!(small.used_size.get(), 0);
    }
}
