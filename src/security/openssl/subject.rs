//! Whose a certificate is (docs/spec/security.md, section 5.7; T8).

use super::sys::certificates::utf8;
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

/// The name of a certificate's owner: its first dNSName (RFC 5280, section 4.2.1.6) without a NUL in it, or else the
/// first common name of its subject, which counts as absent if it has a NUL in it or is no text.
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

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use openssl::asn1::Asn1Type;
    use openssl::x509::{X509Name, X509NameBuilder};

    /// A name of entries as they are, whatever RFC 5280 says.
    fn subject(entries: &[(&str, &str)]) -> X509Name {
        let mut builder = X509NameBuilder::new().unwrap();
        for (field, value) in entries {
            builder.append_entry_by_text_with_type(field, value, Asn1Type::UTF8STRING).unwrap();
        }
        builder.build()
    }

    fn name(subject: X509Name, names: &[&str]) -> Option<String> {
        let recipe = Recipe { subject, names: names.to_vec(), ..Recipe::new("x", None) };
        let name = name_of(&recipe.make().certificate).unwrap()?;
        Some(name.as_c_str().to_str().unwrap().to_owned())
    }

    #[test]
    fn common_names_are_taken_whole() {
        // T8: the reference makes "admin" of this one, and cuts at '/' and after 255 characters of subject.
        assert_eq!(name(subject(&[("O", "xCN=admin"), ("CN", "real")]), &[]).unwrap(), "real");
        assert_eq!(name(subject(&[("CN", "a/b=c")]), &[]).unwrap(), "a/b=c");
        assert_eq!(name(subject(&[("O", &"o".repeat(300)), ("CN", "real")]), &[]).unwrap(), "real");
        assert_eq!(name(subject(&[("CN", "first"), ("CN", "second")]), &[]).unwrap(), "first");
        assert_eq!(name(subject(&[("CN", "Zo\u{eb}")]), &[]).unwrap(), "Zo\u{eb}");
    }

    #[test]
    fn odd_names() {
        // X26: none, empty, with NUL, 255 bytes, 1,000 alternative names.
        assert_eq!(name(subject(&[]), &[]), None);
        assert_eq!(name(subject(&[("O", "only")]), &[]), None);
        assert_eq!(name(subject(&[("CN", "")]), &[]).unwrap(), "");
        assert_eq!(name(subject(&[("CN", "good\0.evil")]), &[]), None);
        assert_eq!(name(subject(&[("CN", "good\0"), ("CN", "other")]), &[]), None);
        assert_eq!(name(subject(&[("CN", &"n".repeat(255))]), &[]).unwrap(), "n".repeat(255));
        let many: Vec<String> = (0..1000).map(|number| format!("{number}.example")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(name(subject(&[("CN", "cn")]), &many).unwrap(), "0.example");
    }

    #[test]
    fn alternative_names_come_first() {
        assert_eq!(name(subject(&[("CN", "cn")]), &["dns"]).unwrap(), "dns");
        assert_eq!(name(subject(&[("CN", "cn")]), &["good\0.evil", "next"]).unwrap(), "next");
        assert_eq!(name(subject(&[("CN", "cn")]), &["good\0.evil"]).unwrap(), "cn");
        assert_eq!(name(subject(&[]), &["dns"]).unwrap(), "dns");
    }

    #[test]
    fn shown_without_surprises() {
        assert_eq!(Shown(b"plain /\xc3\xab").to_string(), "plain /\u{eb}");
        assert_eq!(Shown(b"a\n\x1b[1m\xffz\xc3").to_string(), "a\\n\\u{1b}[1m\\xffz\\xc3");
    }
}
