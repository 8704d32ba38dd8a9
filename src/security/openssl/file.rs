//! Files that applications name: read whole, afresh at each use, and without waiting for anything.

use super::sys;
use crate::base::errno::Errno;
use crate::base::log::{LOG_ERR, LOG_WARNING};
use core::ffi::CStr;
use core::fmt;
use core::ops::Deref;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::os::fd::FromRawFd;

/// The longest file that is read. (All authorities that a system trusts, in PEM, take less than 1 MiB; lists of revoked
/// certificates may be longer.)
const LONGEST: usize = 64 * 1024 * 1024;
/// What is made room for at first, if the system does not say how long a file is.
const AT_FIRST: usize = 4096;

/// Why something could not be had.
#[derive(Debug)]
pub enum Trouble {
    /// The system says this.
    System(Errno),
    /// It is no file: a directory, a pipe, a device.
    NoFile,
    /// It is longer than a file of this kind ever is.
    Long,
    /// There is nothing of the kind in it.
    Nothing,
    /// OpenSSL says this.
    Content(&'static CStr),
    /// There is nothing that could read tokens.
    NoTokens,
    /// There is no memory.
    Memory,
}

impl Trouble {
    /// What OpenSSL has noted last about what it was given, and forgets now; or that there was nothing in it.
    pub fn with_content() -> Self {
        sys::last_error().map_or(Trouble::Nothing, Trouble::Content)
    }

    /// The level at which it is logged: a library that is not what the application needs is worse than a bad file.
    pub fn level(&self) -> i16 {
        match self {
            Trouble::NoTokens => LOG_ERR,
            _ => LOG_WARNING,
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::System(error) => error.fmt(f),
            Trouble::NoFile => f.write_str("not a regular file"),
            Trouble::Long => f.write_str("too long"),
            Trouble::Nothing => f.write_str("nothing of the kind in it"),
            Trouble::Content(reason) => f.write_str(reason.to_str().unwrap_or("can't be used")),
            Trouble::NoTokens => f.write_str("OpenSSL has no provider named pkcs11"),
            Trouble::Memory => f.write_str("out of memory"),
        }
    }
}

/// Bytes that may be secret: they are wiped when they go.
pub struct Secret(Vec<u8>);

impl Secret {
    fn with_room(room: usize) -> Result<Self, Trouble> {
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(room).map_err(|_| Trouble::Memory)?;
        Ok(Secret(bytes))
    }
}

impl Deref for Secret {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        // SAFETY: all of the vector's room is its own.
        unsafe { libc::explicit_bzero(self.0.as_mut_ptr().cast(), self.0.capacity()) }
    }
}

/// Reads a file whole.
pub fn read(name: &CStr) -> Result<Secret, Trouble> {
    let system = |error: std::io::Error| Trouble::System(Errno::from(&error));
    // Without waiting: opening a pipe would, and some devices.
    let flags = libc::O_RDONLY | libc::O_CLOEXEC | libc::O_NONBLOCK | libc::O_NOCTTY;
    // SAFETY: the name is a C string.
    let opened = unsafe { libc::open(name.as_ptr(), flags) };
    if opened < 0 {
        return Err(system(std::io::Error::last_os_error()));
    }
    // SAFETY: just opened, and ours.
    let mut file = unsafe { File::from_raw_fd(opened) };
    let about = file.metadata().map_err(system)?;
    if !about.is_file() {
        return Err(Trouble::NoFile);
    }
    let length = usize::try_from(about.len()).unwrap_or(usize::MAX);
    if length > LONGEST {
        return Err(Trouble::Long);
    }
    // A byte more than it is long, so that its end is noticed in the same room.
    let mut content = Secret::with_room(length.max(AT_FIRST) + 1)?;
    loop {
        if content.0.len() == content.0.capacity() {
            if content.0.len() > LONGEST {
                return Err(Trouble::Long);
            }
            let mut larger = Secret::with_room(2 * content.0.len())?;
            larger.0.extend_from_slice(&content);
            content = larger;
        }
        let (length, room) = (content.0.len(), content.0.capacity());
        // Within the capacity, so nothing is allocated.
        content.0.resize(room, 0);
        let read = file.read(&mut content.0[length..]);
        content.0.truncate(length + read.as_ref().map_or(0, |&read| read));
        match read {
            Ok(0) => return Ok(content),
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(system(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Folder;
    use super::*;

    #[test]
    fn files_are_read_whole() {
        let folder = Folder::new("file");
        for length in [0, 1, AT_FIRST - 1, AT_FIRST, AT_FIRST + 1, 100_000] {
            let bytes: Vec<u8> = (0..length).map(|index| index as u8).collect();
            assert_eq!(&*read(&folder.put("some", &bytes)).unwrap(), bytes);
        }
        // The system does not say how long this one is.
        assert!(!read(c"/proc/self/status").unwrap().is_empty());
    }

    #[test]
    fn what_is_no_file_is_refused_at_once() {
        let folder = Folder::new("no-file");
        assert!(matches!(read(&folder.name("missing")), Err(Trouble::System(Errno(libc::ENOENT)))));
        assert!(matches!(read(&folder.name("")), Err(Trouble::NoFile)));
        assert!(matches!(read(c"/dev/zero"), Err(Trouble::NoFile)));
        let pipe = folder.name("pipe");
        // SAFETY: a C string.
        assert_eq!(unsafe { libc::mkfifo(pipe.as_ptr(), 0o600) }, 0);
        assert!(matches!(read(&pipe), Err(Trouble::NoFile)));
        let huge = folder.put("huge", b"x");
        // SAFETY: a C string.
        assert_eq!(unsafe { libc::truncate(huge.as_ptr(), LONGEST as libc::off_t + 1) }, 0);
        assert!(matches!(read(&huge), Err(Trouble::Long)));
    }
}
