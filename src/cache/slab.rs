//! Where entries live: chunks from `malloc`, so that an entry's address, which C knows, never changes.

use super::entry::{Entry, NONE};
use crate::base::deadlines::Place;
use crate::base::memory;
use core::cell::Cell;
use core::mem::align_of;
use core::ptr::{addr_of_mut, NonNull};

const PER_CHUNK: u32 = 32;

/// A block of entries. All of them are initialised, in use or not.
#[repr(C)]
struct Chunk {
    /// One bit per entry that is not in use.
    free: Cell<u32>,
    /// Neighbours among the chunks with room.
    previous: Cell<u32>,
    next: Cell<u32>,
    entries: [Entry; PER_CHUNK as usize],
}

const _: () = assert!(align_of::<Chunk>() <= 16);

/// Holds a chunk, or the number of the next seat without one.
enum Seat {
    Chunk(NonNull<Chunk>),
    Free(u32),
}

/// The entries of a cache, named by index.
pub struct Slab {
    seats: Vec<Seat>,
    /// The first chunk with room.
    roomy: u32,
    /// The first seat without a chunk.
    free_seat: u32,
}

impl Default for Slab {
    fn default() -> Self {
        Slab { seats: Vec::new(), roomy: NONE, free_seat: NONE }
    }
}

impl Slab {
    /// The entry with this index, which [`take`](Self::take) gave and [`give_back`](Self::give_back) has not taken back.
    pub fn get(&self, index: u32) -> &Entry {
        &self.chunk(index / PER_CHUNK).entries[(index % PER_CHUNK) as usize]
    }

    /// The entry's address, as C knows it.
    pub fn address(&self, index: u32) -> NonNull<Entry> {
        NonNull::from(self.get(index))
    }

    /// Whether `entry` is the one with this index.
    pub fn is_at(&self, index: u32, entry: NonNull<Entry>) -> bool {
        matches!(self.seats.get((index / PER_CHUNK) as usize), Some(Seat::Chunk(_))) && self.address(index) == entry
    }

    /// A vacant entry for use; `None` without memory.
    pub fn take(&mut self) -> Option<u32> {
        if self.roomy == NONE {
            self.add_chunk()?;
        }
        let number = self.roomy;
        let chunk = self.chunk(number);
        let free = chunk.free.get();
        chunk.free.set(free & (free - 1));
        if chunk.free.get() == 0 {
            self.leave_roomy(number);
        }
        Some(number * PER_CHUNK + free.trailing_zeros())
    }

    /// Makes an entry vacant. Its chunk goes when it is empty, unless it is the only one with room: so a program that
    /// makes and deletes one entry again and again does not allocate each time.
    pub fn give_back(&mut self, index: u32) {
        let number = index / PER_CHUNK;
        let chunk = match self.seats[number as usize] {
            Seat::Chunk(chunk) => chunk,
            Seat::Free(_) => return,
        };
        // SAFETY: the chunk is live, and the entry in it, not borrowed by anyone as `self` is borrowed for change;
        // what C holds is a plain address.
        unsafe { addr_of_mut!((*chunk.as_ptr()).entries[(index % PER_CHUNK) as usize]).write(Entry::vacant()) };
        let chunk = self.chunk(number);
        let before = chunk.free.get();
        let after = before | 1 << (index % PER_CHUNK);
        chunk.free.set(after);
        if before == 0 {
            self.join_roomy(number);
        }
        let chunk = self.chunk(number);
        if after == u32::MAX && (chunk.previous.get(), chunk.next.get()) != (NONE, NONE) {
            self.leave_roomy(number);
            self.free_chunk(number);
        }
    }

    fn chunk(&self, number: u32) -> &Chunk {
        match self.seats[number as usize] {
            // SAFETY: a seat holds a live chunk, and chunks are only freed under `&mut self`.
            Seat::Chunk(chunk) => unsafe { chunk.as_ref() },
            Seat::Free(_) => unreachable!("an index outlived its entry"),
        }
    }

    fn add_chunk(&mut self) -> Option<()> {
        if self.free_seat == NONE {
            // So many chunks that the highest index stays below `NONE`.
            if self.seats.len() >= (NONE / PER_CHUNK) as usize {
                return None;
            }
            self.seats.try_reserve(1).ok()?;
        }
        let chunk = memory::malloc(size_of::<Chunk>())?.cast::<Chunk>();
        let at = chunk.as_ptr();
        // SAFETY: fresh memory of the right size and alignment; every field is written before a reference is made.
        unsafe {
            addr_of_mut!((*at).free).write(Cell::new(u32::MAX));
            addr_of_mut!((*at).previous).write(Cell::new(NONE));
            addr_of_mut!((*at).next).write(Cell::new(NONE));
            for slot in 0..PER_CHUNK as usize {
                addr_of_mut!((*at).entries[slot]).write(Entry::vacant());
            }
        }
        let number = match self.free_seat {
            NONE => {
                self.seats.push(Seat::Chunk(chunk));
                (self.seats.len() - 1) as u32
            }
            number => {
                if let Seat::Free(next) = core::mem::replace(&mut self.seats[number as usize], Seat::Chunk(chunk)) {
                    self.free_seat = next;
                }
                number
            }
        };
        self.join_roomy(number);
        Some(())
    }

    fn free_chunk(&mut self, number: u32) {
        let seat = core::mem::replace(&mut self.seats[number as usize], Seat::Free(self.free_seat));
        self.free_seat = number;
        if let Seat::Chunk(chunk) = seat {
            // SAFETY: from `malloc`, out of its seat, no reference left; entries need no drop.
            unsafe { memory::free(chunk.as_ptr()) }
        }
    }

    fn join_roomy(&mut self, number: u32) {
        let chunk = self.chunk(number);
        chunk.previous.set(NONE);
        chunk.next.set(self.roomy);
        if self.roomy != NONE {
            self.chunk(self.roomy).previous.set(number);
        }
        self.roomy = number;
    }

    fn leave_roomy(&mut self, number: u32) {
        let chunk = self.chunk(number);
        let (previous, next) = (chunk.previous.replace(NONE), chunk.next.replace(NONE));
        if next != NONE {
            self.chunk(next).previous.set(previous);
        }
        match previous {
            NONE => self.roomy = next,
            previous => self.chunk(previous).next.set(next),
        }
    }
}

impl Drop for Slab {
    fn drop(&mut self) {
        for number in 0..self.seats.len() as u32 {
            self.free_chunk(number);
        }
    }
}

impl Place<u32> for Slab {
    fn order(&self, item: u32) -> u64 {
        self.get(item).order.get()
    }

    fn note(&self, item: u32, place: u32) {
        self.get(item).place.set(place);
    }
}
