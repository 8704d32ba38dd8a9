//! A queue of deadlines: the earliest first, each item removable, O(log n) per change and O(1) to look.
//!
//! A binary heap that tells each item its place, so that an item can be moved or taken out. Pushing an item later than
//! it is filed is cheap and lazy: whoever owns the queue may leave an item filed too early, and file it anew when it
//! comes to the front.

#![forbid(unsafe_code)]

/// Place of an item that is not in the queue.
pub const NOWHERE: u32 = u32::MAX;

/// What the queue needs to know of its items: where each one notes its place, and which comes first.
pub trait Place<T> {
    /// Decides among equal deadlines: the lower comes first. It stays the same while the item is in the queue.
    fn order(&self, item: T) -> u64;
    /// Notes that `item` is at `place` now ([`NOWHERE`]: not in the queue).
    fn note(&self, item: T, place: u32);
}

/// The queue. Items are small handles.
#[derive(Default)]
pub struct Deadlines<T> {
    heap: Vec<(u64, T)>,
}

impl<T: Copy> Deadlines<T> {
    /// An empty queue; allocates nothing.
    pub const fn new() -> Self {
        Deadlines { heap: Vec::new() }
    }

    /// How many items are filed.
    pub fn len(&self) -> usize {
        self.heap.len()
    }

    /// Whether no item is filed.
    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }

    /// Makes room for one more item, so that the next [`insert`](Self::insert) can't fail if nothing leaves before it.
    pub fn reserve(&mut self) -> Option<()> {
        self.reserve_for(self.heap.len() + 1)
    }

    /// Makes room for `count` items in all, so that filing them can't fail.
    pub fn reserve_for(&mut self, count: usize) -> Option<()> {
        if count > NOWHERE as usize {
            return None;
        }
        if count <= self.heap.capacity() {
            return Some(());
        }
        // By halves: doubling would leave up to half of the memory unused.
        let length = self.heap.len();
        self.heap.try_reserve_exact((length / 2).max(count - length).max(4)).ok()
    }

    /// The earliest deadline and its item.
    #[inline]
    pub fn first(&self) -> Option<(u64, T)> {
        self.heap.first().copied()
    }

    /// What the item at `place` is filed under; `None` at [`NOWHERE`].
    pub fn at(&self, place: u32) -> Option<u64> {
        self.heap.get(place as usize).map(|&(at, _)| at)
    }

    /// Files `item`; `None` (and nothing changed) without memory.
    pub fn insert(&mut self, at: u64, item: T, places: &impl Place<T>) -> Option<()> {
        self.reserve()?;
        self.heap.push((at, item));
        self.rise(self.heap.len() - 1, places);
        Some(())
    }

    /// Takes out the item at `place`.
    pub fn remove(&mut self, place: u32, places: &impl Place<T>) {
        let place = place as usize;
        let (_, item) = self.heap.swap_remove(place);
        places.note(item, NOWHERE);
        if place < self.heap.len() {
            let place = self.rise(place, places);
            self.sink(place, places);
        } else if self.heap.is_empty() && self.heap.capacity() > 1000 {
            // What a flood of items has left behind.
            self.heap = Vec::new();
        }
    }

    /// Files the item at `place` under another deadline.
    pub fn change(&mut self, place: u32, at: u64, places: &impl Place<T>) {
        self.heap[place as usize].0 = at;
        let place = self.rise(place as usize, places);
        self.sink(place, places);
    }

    /// Whether what is at the place `a` comes before what is at `b`.
    fn precedes(&self, a: usize, b: usize, places: &impl Place<T>) -> bool {
        let ((a_at, a), (b_at, b)) = (self.heap[a], self.heap[b]);
        a_at < b_at || a_at == b_at && places.order(a) < places.order(b)
    }

    fn rise(&mut self, mut place: usize, places: &impl Place<T>) -> usize {
        while place > 0 {
            let parent = (place - 1) / 2;
            if !self.precedes(place, parent, places) {
                break;
            }
            self.heap.swap(parent, place);
            places.note(self.heap[place].1, place as u32);
            place = parent;
        }
        places.note(self.heap[place].1, place as u32);
        place
    }

    fn sink(&mut self, mut place: usize, places: &impl Place<T>) {
        loop {
            let mut least = place;
            for child in [2 * place + 1, 2 * place + 2] {
                if child < self.heap.len() && self.precedes(child, least, places) {
                    least = child;
                }
            }
            if least == place {
                break;
            }
            self.heap.swap(least, place);
            places.note(self.heap[place].1, place as u32);
            place = least;
        }
        places.note(self.heap[place].1, place as u32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::cell::RefCell;

    /// Place and order of each item.
    struct Places(RefCell<Vec<(u32, u64)>>);
    impl Place<usize> for Places {
        fn order(&self, item: usize) -> u64 {
            self.0.borrow()[item].1
        }
        fn note(&self, item: usize, place: u32) {
            self.0.borrow_mut()[item].0 = place;
        }
    }

    #[test]
    fn behaves_like_a_sorted_list() {
        let mut seed = 1u64;
        let mut random = move || {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            seed >> 33
        };
        let places = Places(RefCell::new(vec![(NOWHERE, 0); 64]));
        let mut queue = Deadlines::new();
        let mut model: Vec<(u64, u64, usize)> = Vec::new();
        for step in 0..4000u64 {
            let item = (random() % 64) as usize;
            let at = random() % 50;
            let filed = model.iter().position(|&(_, _, i)| i == item);
            match (filed, random() % 3) {
                (None, _) => {
                    places.0.borrow_mut()[item].1 = step;
                    queue.insert(at, item, &places).unwrap();
                    model.push((at, step, item));
                }
                (Some(i), 0) => {
                    let (place, _) = places.0.borrow()[item];
                    queue.remove(place, &places);
                    model.swap_remove(i);
                }
                (Some(i), _) => {
                    let (place, _) = places.0.borrow()[item];
                    queue.change(place, at, &places);
                    model[i].0 = at;
                }
            }
            model.sort();
            assert_eq!(queue.first(), model.first().map(|&(at, _, item)| (at, item)));
            for &(_, _, item) in &model {
                assert_eq!(queue.heap[places.0.borrow()[item].0 as usize].1, item);
            }
        }
    }
}
