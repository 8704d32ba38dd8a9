//! Whose a certificate is (docs/spec/security.md, section 5.7; T8).

use super::sys::certificates::utf8;
use crate::base::memory;
use core::ffi::CStr;
use core::fmt::{self, Write};
use openssl::nid::Nid;
use openssl::x509::X509Ref;

/// The name in a certificate, for C.
pub struct Name(Vec<u8>);

/// There was no memory for a name.
#[derive(Debug)]
pub struct NoMemory;

impl Name {
    /// `None` without memory. A name ends where it has a NUL.
    fn new(name: &[u8]) -> Option<Name> {
        let mut copy = Vec::new();
        copy.try_reserve_exact(name.len().checked_add(1)?).ok()?;
        copy.extend_from_slice(name);
        copy.push(0);
        Some(Name(copy))
    }

    /// The name as C wants it.
    pub fn as_c_str(&self) -> &CStr {
        CStr::from_bytes_until_nul(&self.0).unwrap_or_default()
    }
}

/// The name of a certificate's owner: its first dNSName (RFC 5280, section 4.2.1.6) without a NUL in it, or else the first
/// common name of its subject, which counts as absent if it has a NUL in it or is no text.
pub fn name_of(certificate: &X509Ref) -> Result<Option<Name>, NoMemory> {
    let others = certificate.subject_alt_names();
    let others = others.iter().flatten();
    if let Some(name) = others.filter_map(|name| name.dnsname()).find(|name| !name.contains('\0')) {
        return Name::new(name.as_bytes()).map(Some).ok_or(NoMemory);
    }
    let Some(entry) = certificate.subject_name().entries_by_nid(Nid::COMMONNAME).next() else { return Ok(None) };
    match utf8(entry.data()).filter(|name| !name.contains(&0)) {
        Some(name) => Name::new(&name).map(Some).ok_or(NoMemory),
        None => Ok(None),
    }
}

/// Bytes of a peer's or an application's as text for the log: what is no text, or steers a terminal, is escaped.
pub struct Shown<'a>(pub &'a [u8]);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            for character in chunk.valid().chars() {
                match character.is_control() {
                    true => write!(f, "{}", character.escape_default())?,
                    false => f.write_char(character)?,
                }
            }
            write!(f, "{}", chunk.invalid().escape_ascii())?;
        }
        Ok(())
    }
}
