//! Changes to the bytes of a message, worked out before any byte moves (docs/spec/message.md, section 7).
//!
//! Every change replaces one range of bytes by up to three pieces: the head of an option, a value, and the new head of
//! the option that follows (whose delta counts from the one before it). [`Edit::added`] and [`Edit::removed`] tell the
//! caller how much room that takes; [`Edit::apply`] does it.

#![forbid(unsafe_code)]

use super::option::{HeadBytes, Options, Split};

/// One change. Places count from the start of the bytes that the change was worked out for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Edit {
    at: usize,
    removed: usize,
    head: HeadBytes,
    value: usize,
    follower: HeadBytes,
}

impl Edit {
    /// Replaces the first `old` bytes by a value of `new` bytes (a token).
    pub fn token(old: usize, new: usize) -> Edit {
        Edit { at: 0, removed: old, head: HeadBytes::NONE, value: new, follower: HeadBytes::NONE }
    }

    /// Adds encoded options of `length` bytes at `end`.
    pub fn encoded(end: usize, length: usize) -> Edit {
        Edit { at: end, removed: 0, head: HeadBytes::NONE, value: length, follower: HeadBytes::NONE }
    }

    /// Adds a payload marker and `length` bytes at `end`.
    pub fn payload(end: usize, length: usize) -> Edit {
        Edit { at: end, removed: 0, head: HeadBytes::MARKER, value: length, follower: HeadBytes::NONE }
    }

    /// Adds an option behind the last one, which ends at `end` and has the number `last` (not above `number`); `None`
    /// if such an option can't be encoded.
    #[inline]
    pub fn append(end: usize, last: u16, number: u16, length: usize) -> Option<Edit> {
        let head = HeadBytes::new(number.checked_sub(last)?, length)?;
        Some(Edit { at: end, removed: 0, head, value: length, follower: HeadBytes::NONE })
    }

    /// Adds an option in front of the first one with a greater number. The flag tells whether the new option is the
    /// last one. `None` if the options are malformed or the new one can't be encoded.
    #[inline]
    pub fn insert(options: &[u8], number: u16, length: usize) -> Option<(Edit, bool)> {
        let mut walk = Options::new(options);
        loop {
            let (here, last) = (walk.rest(), walk.number());
            let at = options.len() - here.len();
            match walk.next() {
                Some(option) if option.number > number => {
                    let edit = Edit {
                        removed: Split::first(here)?.head_size,
                        follower: HeadBytes::new(option.number - number, option.value.len())?,
                        ..Edit::append(at, last, number, length)?
                    };
                    return Some((edit, false));
                }
                Some(_) => {}
                None if walk.is_malformed() => return None,
                None => return Some((Edit::append(at, last, number, length)?, true)),
            }
        }
    }

    /// Bytes that go away.
    pub fn removed(&self) -> usize {
        self.removed
    }

    /// Bytes that come in.
    #[inline]
    pub fn added(&self) -> usize {
        self.option_size() + self.follower.as_slice().len()
    }

    /// Bytes of the new option, head and value.
    pub fn option_size(&self) -> usize {
        self.head.as_slice().len() + self.value
    }

    /// Where the first byte of the new value goes.
    pub fn value_at(&self) -> usize {
        self.at + self.head.as_slice().len()
    }

    /// The head, if the change does nothing but add it and a value behind all of the `used` bytes.
    pub fn appended(&self, used: usize) -> Option<&[u8]> {
        let only_adds = self.at == used && self.removed == 0 && self.follower.as_slice().is_empty();
        only_adds.then(|| self.head.as_slice())
    }

    /// Makes the change in `bytes`, of which the first `used` are in use. The value is zero bytes without `value`.
    ///
    /// `bytes` must hold the bytes before and after the change, and `value` as many as the change was worked out for.
    pub fn apply(&self, bytes: &mut [u8], used: usize, value: Option<&[u8]>) {
        let (head, follower) = (self.head.as_slice(), self.follower.as_slice());
        bytes.copy_within(self.at + self.removed..used, self.at + self.added());
        let room = &mut bytes[self.at..][..self.added()];
        let (head_room, room) = room.split_at_mut(head.len());
        let (value_room, follower_room) = room.split_at_mut(self.value);
        head_room.copy_from_slice(head);
        match value {
            Some(value) => value_room.copy_from_slice(value),
            None => value_room.fill(0),
        }
        follower_room.copy_from_slice(follower);
    }
}

/// Where an option was found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Found {
    at: usize,
    size: usize,
    delta: u16,
    number: u16,
}

impl Found {
    /// Looks for the first option with this number; `None` if the readable options have none.
    #[inline]
    pub fn first(options: &[u8], number: u16) -> Option<Found> {
        let mut walk = Options::new(options);
        loop {
            let (here, last) = (walk.rest(), walk.number());
            let option = walk.next()?;
            if option.number == number {
                let (at, size) = (options.len() - here.len(), here.len() - walk.rest().len());
                return Some(Found { at, size, delta: number - last, number });
            }
            if option.number > number {
                return None;
            }
        }
    }

    /// The change that gives this option a value of another length; `None` if that can't be encoded.
    pub fn replace(&self, length: usize) -> Option<Edit> {
        let head = HeadBytes::new(self.delta, length)?;
        Some(Edit { at: self.at, removed: self.size, head, value: length, follower: HeadBytes::NONE })
    }

    /// The change that takes this option out, and the number of the option before it if this was the last one. `None`
    /// if the option that follows is malformed.
    pub fn remove(&self, options: &[u8]) -> Option<(Edit, Option<u16>)> {
        let behind = &options[self.at + self.size..];
        let mut walk = Options::resume(behind, self.number);
        let mut edit = Edit { at: self.at, removed: self.size, ..Edit::token(0, 0) };
        match walk.next() {
            Some(next) => {
                edit.follower = HeadBytes::new(next.number - (self.number - self.delta), next.value.len())?;
                edit.removed += Split::first(behind)?.head_size;
                Some((edit, None))
            }
            None if walk.is_malformed() => None,
            None => Some((edit, Some(self.number - self.delta))),
        }
    }
}
