//! State that most objects never have: it takes no more room than a pointer until it is needed.

#![forbid(unsafe_code)]

use super::memory::Owned;
use core::cell::OnceCell;

/// A value that is made, in a block of its own, when it is first needed.
pub struct Rare<T>(OnceCell<Owned<T>>);

impl<T> Default for Rare<T> {
    fn default() -> Self {
        Rare(OnceCell::new())
    }
}

impl<T: Default> Rare<T> {
    /// The value, if it has been needed so far.
    pub fn get(&self) -> Option<&T> {
        self.0.get().map(|value| &**value)
    }

    /// The value, made now if need be; `None` without memory.
    pub fn make(&self) -> Option<&T> {
        if self.0.get().is_none() {
            let value = Owned::new(T::default())?;
            return Some(self.0.get_or_init(|| value));
        }
        self.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::cell::Cell;

    #[test]
    fn made_once() {
        let rare = Rare::<Cell<u8>>::default();
        assert!(rare.get().is_none());
        rare.make().unwrap().set(7);
        assert_eq!(rare.make().unwrap().get(), 7);
        assert_eq!(rare.get().unwrap().get(), 7);
        assert_eq!(size_of::<Rare<[u64; 9]>>(), size_of::<usize>());
    }
}
