//! Text in a buffer of fixed size: what does not fit is dropped, nothing is allocated and nothing fails.

#![forbid(unsafe_code)]

use core::fmt;

/// Writes into borrowed storage until that is full.
pub struct Bounded<'a> {
    storage: &'a mut [u8],
    length: usize,
}

impl<'a> Bounded<'a> {
    /// An empty text in `storage`.
    pub fn new(storage: &'a mut [u8]) -> Self {
        Bounded { storage, length: 0 }
    }

    /// Appends `bytes`, cut where the storage ends.
    pub fn push(&mut self, bytes: &[u8]) {
        let room = &mut self.storage[self.length..];
        let fitting = bytes.len().min(room.len());
        room[..fitting].copy_from_slice(&bytes[..fitting]);
        self.length += fitting;
    }

    /// Appends all of `bytes` or, if they do not fit, nothing; says whether they did.
    pub fn push_whole(&mut self, bytes: &[u8]) -> bool {
        let fits = bytes.len() <= self.storage.len() - self.length;
        if fits {
            self.push(bytes);
        }
        fits
    }

    /// Ends the line: appends a newline or, in a full buffer, puts it in place of the last byte.
    pub fn end_line(&mut self) {
        self.end_with(b'\n');
    }

    /// Ends the text for C: appends a NUL or, in a full buffer, puts it in place of the last byte. Returns the length
    /// without the NUL.
    pub fn terminate(mut self) -> usize {
        self.end_with(0);
        self.length.saturating_sub(1)
    }

    fn end_with(&mut self, end: u8) {
        self.length = self.length.min(self.storage.len().saturating_sub(1));
        self.push(&[end]);
    }

    /// How many bytes have been written.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether nothing has been written.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Whether nothing more fits.
    pub fn is_full(&self) -> bool {
        self.length == self.storage.len()
    }

    /// What has been written.
    pub fn bytes(&self) -> &[u8] {
        &self.storage[..self.length]
    }
}

/// For `write!`; never fails.
impl fmt::Write for Bounded<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push(text.as_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::fmt::Write;

    #[test]
    fn cuts_what_does_not_fit() {
        let mut storage = [0; 6];
        let mut text = Bounded::new(&mut storage);
        assert!(text.is_empty());
        let _ = write!(text, "{}{}", 12, 34);
        assert!(!text.push_whole(b"abc"));
        assert!(text.push_whole(b"ab"));
        assert!(text.is_full());
        text.push(b"c");
        assert_eq!(text.bytes(), b"1234ab");
        text.end_line();
        assert_eq!(text.bytes(), b"1234a\n");
        assert_eq!(text.terminate(), 5);
        assert_eq!(&storage, b"1234a\0");
    }

    #[test]
    fn no_storage_is_no_problem() {
        let mut text = Bounded::new(&mut []);
        text.push(b"a");
        text.end_line();
        assert_eq!(text.terminate(), 0);
    }
}
