//! The names that clients ask for (RFC 6066, section 3; docs/spec/security.md, sections 4.2, 4.3 and 5.3).

use super::extensions::LONGEST_NAME;
use super::sys::handshake;
use crate::base::log::LOG_WARNING;
use crate::base::memory;
use crate::exchange::limits::SERVER_NAMES;
use crate::log;
use core::cell::{Cell, RefCell};
use core::ffi::{c_char, CStr};
use core::hash::BuildHasher;
use hashbrown::HashTable;
use openssl::ssl::SslRef;
use std::hash::RandomState;

/// A client asks for the server of that name, if there is one; false without memory.
///
/// # Safety
/// `name` is null or a C string.
pub unsafe fn ask_for(ssl: &SslRef, name: *const c_char) -> bool {
    // SAFETY: handed on to the caller.
    let Some(name) = (unsafe { memory::text(name) }) else { return true };
    if (1..=LONGEST_NAME).contains(&name.count_bytes()) {
        return handshake::ask_for(ssl, name);
    }
    log!(LOG_WARNING, "client_sni: a name has 1 to {} bytes, this one has {}", LONGEST_NAME, name.count_bytes());
    true
}

/// The name that a client asks for; empty if it asks for none.
pub struct ServerName([u8; LONGEST_NAME + 1]);

impl ServerName {
    /// A name without a NUL in it; empty if it is too long.
    pub fn new(name: &[u8]) -> Self {
        let mut bytes = [0; LONGEST_NAME + 1];
        if name.len() <= LONGEST_NAME {
            bytes[..name.len()].copy_from_slice(name);
        }
        ServerName(bytes)
    }

    /// The name as C wants it.
    pub fn as_c_str(&self) -> &CStr {
        CStr::from_bytes_until_nul(&self.0).unwrap_or_default()
    }
}

/// What the application has said about names seen before (T11). Peers choose the names, so their hash has a secret key.
pub struct Names<T> {
    known: RefCell<HashTable<(Vec<u8>, T)>>,
    secret: RandomState,
    /// How often all was forgotten.
    forgotten: Cell<u64>,
}

impl<T> Default for Names<T> {
    fn default() -> Self {
        Names { known: RefCell::default(), secret: RandomState::default(), forgotten: Cell::new(0) }
    }
}

impl<T: Copy> Names<T> {
    /// Forgets all: the settings are new.
    pub fn forget(&self) {
        self.forgotten.set(self.forgotten.get().wrapping_add(1));
        self.known.take();
    }

    /// What was said about a name, or is said by `ask`, which may call back in here. `None` from that is asked again
    /// next time. Beyond [`SERVER_NAMES`], or without memory, `ask` is asked each time.
    pub fn look_up(&self, name: &ServerName, ask: impl FnOnce(&CStr) -> Option<T>) -> Option<T> {
        let mut key = name.0;
        key.make_ascii_lowercase();
        let key = &key[..name.as_c_str().count_bytes()];
        let hash = self.secret.hash_one(key);
        if let Some((_, known)) = self.known.borrow().find(hash, |(name, _)| name == key) {
            return Some(*known);
        }
        let forgotten = self.forgotten.get();
        let said = ask(name.as_c_str())?;
        // What the old settings say is not what the new ones do.
        if self.forgotten.get() == forgotten {
            self.remember(hash, key, said);
        }
        Some(said)
    }

    fn remember(&self, hash: u64, key: &[u8], said: T) {
        let mut known = self.known.borrow_mut();
        let hash_of = |(name, _): &(Vec<u8>, T)| self.secret.hash_one(&name[..]);
        // A handshake inside the callback may have asked for the same name.
        let is_known = known.find(hash, |(name, _)| name == key).is_some();
        if is_known || known.len() >= SERVER_NAMES || known.try_reserve(1, hash_of).is_err() {
            return;
        }
        if let Some(key) = memory::to_vec(key) {
            known.insert_unique(hash, (key, said), hash_of);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is found for a name, and whether that had to be asked.
    fn find(names: &Names<u32>, name: &[u8], said: Option<u32>) -> (Option<u32>, bool) {
        let asked = Cell::new(false);
        let found = names.look_up(&ServerName::new(name), |asked_for| {
            assert_eq!(asked_for.to_bytes(), name);
            asked.set(true);
            said
        });
        (found, asked.get())
    }

    #[test]
    fn names_are_asked_about_once() {
        let names = Names::default();
        assert_eq!(find(&names, b"one", Some(1)), (Some(1), true));
        assert_eq!(find(&names, b"oNE", Some(2)), (Some(1), false));
        assert_eq!(find(&names, b"", Some(3)), (Some(3), true));
        assert_eq!(find(&names, b"", None), (Some(3), false));
        // T11: what is refused is not remembered.
        assert_eq!(find(&names, b"two", None), (None, true));
        assert_eq!(find(&names, b"two", Some(2)), (Some(2), true));
        names.forget();
        assert_eq!(find(&names, b"one", Some(4)), (Some(4), true));
        // Only ASCII has cases here.
        assert_eq!(find(&names, "Ä".as_bytes(), Some(5)), (Some(5), true));
        assert_eq!(find(&names, "ä".as_bytes(), Some(6)), (Some(6), true));
    }

    #[test]
    fn t11_names_are_bounded() {
        let names = Names::default();
        for n in 0..SERVER_NAMES as u32 + 10 {
            find(&names, n.to_string().as_bytes(), Some(n));
        }
        assert_eq!(names.known.borrow().len(), SERVER_NAMES);
        assert_eq!(find(&names, b"7", None), (Some(7), false));
        let beyond = SERVER_NAMES.to_string();
        assert_eq!(find(&names, beyond.as_bytes(), Some(1)), (Some(1), true));
        assert_eq!(find(&names, beyond.as_bytes(), Some(2)), (Some(2), true));
    }

    #[test]
    fn new_settings_inside_the_callback() {
        let names = Names::default();
        let found = names.look_up(&ServerName::new(b"one"), |_| {
            assert_eq!(find(&names, b"one", Some(2)), (Some(2), true));
            names.forget();
            Some(1)
        });
        assert_eq!(found, Some(1));
        assert_eq!(find(&names, b"one", Some(3)), (Some(3), true));
    }

    #[test]
    fn names_of_any_length() {
        assert_eq!(ServerName::new(&[b'x'; 255]).as_c_str().count_bytes(), 255);
        assert_eq!(ServerName::new(&[b'x'; 256]).as_c_str(), c"");
        assert_eq!(ServerName::new(b"").as_c_str(), c"");
    }
}
