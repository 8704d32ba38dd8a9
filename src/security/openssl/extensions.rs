//! The extensions of a ClientHello that a server looks at by itself, as bytes.

#![forbid(unsafe_code)]

/// Types of extensions (IANA, "TLS ExtensionType Values").
pub const SERVER_NAME: u16 = 0;
pub const CLIENT_CERTIFICATE_TYPE: u16 = 19;
pub const PRE_SHARED_KEY: u16 = 41;
pub const PSK_KEY_EXCHANGE_MODES: u16 = 45;

/// The longest server name, in bytes.
pub const LONGEST_NAME: usize = 255;

/// The longest identity in a pre_shared_key extension that OpenSSL asks its callback about (`PSK_MAX_IDENTITY_LEN`).
const LONGEST_IDENTITY: usize = 256;

/// Splits off a number of two bytes.
fn number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((u16::from_be_bytes(*number).into(), rest))
}

/// Splits off bytes that stand behind their length, which has two bytes.
fn vector(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = number(bytes)?;
    rest.split_at_checked(length)
}

/// The host name in a server_name extension (RFC 6066, section 3), if it holds just that, and it can be one.
pub fn server_name(body: &[u8]) -> Option<&[u8]> {
    const HOST_NAME: u8 = 0;
    let (list, behind) = vector(body)?;
    let (&kind, entry) = list.split_first()?;
    let (name, more) = vector(entry)?;
    let one = behind.is_empty() && more.is_empty() && kind == HOST_NAME;
    (one && (1..=LONGEST_NAME).contains(&name.len()) && !name.contains(&0)).then_some(name)
}

/// Whether a client_certificate_type extension (RFC 7250, section 3) has room for certificates of X.509.
pub fn takes_x509(body: &[u8]) -> bool {
    const X509: u8 = 0;
    body.len() >= 2 && body.contains(&X509)
}

/// The identities in a pre_shared_key extension (RFC 8446, section 4.2.11), each with its age.
fn identities(body: &[u8]) -> impl Iterator<Item = (&[u8], u32)> {
    let mut left = vector(body).map_or(&[][..], |(list, _binders)| list);
    core::iter::from_fn(move || {
        let (identity, rest) = vector(left)?;
        let (age, rest) = rest.split_first_chunk()?;
        left = rest;
        Some((identity, u32::from_be_bytes(*age)))
    })
}

/// Which identities of a pre_shared_key extension name keys that were agreed on beforehand: the others are tickets, which
/// we never issue (T4). Those that OpenSSL asks about are counted, and the first 64 of them are looked at.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Agreed {
    /// Bit 0 is the one asked about next.
    bits: u64,
}

impl Agreed {
    /// What the extension offers.
    pub fn new(body: &[u8]) -> Self {
        let asked_about = identities(body).filter(|(identity, _)| identity.len() <= LONGEST_IDENTITY);
        // A ticket's age is disguised by a random number, that of an agreed key is 0.
        let is_agreed = asked_about.take(u64::BITS as usize).map(|(_, age)| age == 0);
        Agreed { bits: is_agreed.enumerate().fold(0, |bits, (place, agreed)| bits | u64::from(agreed) << place) }
    }

    /// Whether there are any.
    pub fn any(self) -> bool {
        self.bits != 0
    }

    /// Whether the next one is, and those that come after it.
    pub fn next(self) -> (bool, Self) {
        (self.bits & 1 == 1, Agreed { bits: self.bits >> 1 })
    }
}

/// Whether a list of protocols (RFC 7301, section 3.1; without its length) has this one.
pub fn offers_protocol(mut list: &[u8], protocol: &[u8]) -> bool {
    while let Some((&length, rest)) = list.split_first() {
        let Some((name, rest)) = rest.split_at_checked(length.into()) else { return false };
        if name == protocol {
            return true;
        }
        list = rest;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Bytes behind their length.
    fn counted(bytes: &[u8]) -> Vec<u8> {
        [&(bytes.len() as u16).to_be_bytes()[..], bytes].concat()
    }

    fn name_list(entries: &[(u8, &[u8])]) -> Vec<u8> {
        counted(&entries.iter().flat_map(|(kind, name)| [vec![*kind], counted(name)].concat()).collect::<Vec<_>>())
    }

    #[test]
    fn a_name_alone() {
        assert_eq!(server_name(&name_list(&[(0, b"coap.example")])), Some(&b"coap.example"[..]));
        let odd: [&[(u8, &[u8])]; 5] = [&[], &[(0, b"a"), (0, b"b")], &[(1, b"a")], &[(0, b"")], &[(0, b"a\0b")]];
        for entries in odd {
            assert_eq!(server_name(&name_list(entries)), None);
        }
        assert!(server_name(&name_list(&[(0, &[b'x'; 255])])).is_some());
        assert_eq!(server_name(&name_list(&[(0, &[b'x'; 256])])), None);
        assert_eq!(server_name(&[&name_list(&[(0, b"a")])[..], b"b"].concat()), None);
    }

    #[test]
    fn certificate_types() {
        assert!(takes_x509(&[1, 0]));
        assert!(takes_x509(&[2, 2, 0]));
        assert!(!takes_x509(&[1, 2]));
        assert!(!takes_x509(&[0]));
        assert!(!takes_x509(&[]));
    }

    /// The numbers of those that are agreed on.
    fn agreed(identities: &[(&[u8], u32)]) -> Vec<usize> {
        let entry = |(identity, age): &(&[u8], u32)| [counted(identity), age.to_be_bytes().to_vec()].concat();
        let list = counted(&identities.iter().flat_map(entry).collect::<Vec<_>>());
        let (mut left, mut numbers) = (Agreed::new(&[list, counted(&[1, 2, 3])].concat()), Vec::new());
        assert_eq!(left.any(), left != Agreed::default());
        for number in 0..100 {
            let (agreed, rest) = left.next();
            left = rest;
            if agreed {
                numbers.push(number);
            }
        }
        numbers
    }

    #[test]
    fn tickets_are_told_from_agreed_keys() {
        assert_eq!(agreed(&[(b"me", 0)]), [0]);
        assert_eq!(agreed(&[(b"ticket", 7)]), [0; 0]);
        assert_eq!(agreed(&[(b"ticket", 7), (b"me", 0), (b"other", 0)]), [1, 2]);
        // OpenSSL asks nobody about what is too long.
        assert_eq!(agreed(&[(&[1; 257], 0), (&[1; 256], 5), (b"me", 0)]), [1]);
        assert_eq!(agreed(&[(&b"me"[..], 0); 100]).len(), 64);
    }

    #[test]
    fn protocols() {
        assert!(offers_protocol(b"\x02h2\x04coap", b"coap"));
        assert!(!offers_protocol(b"\x05coaps\x03coa", b"coap"));
        assert!(!offers_protocol(b"\x04coa", b"coap"));
        assert!(!offers_protocol(b"", b"coap"));
    }

    proptest! {
        /// X26: whatever comes, nothing panics, and what is found lies inside.
        #[test]
        fn anything(body in proptest::collection::vec(0u8..=255, 0..200)) {
            if let Some(name) = server_name(&body) {
                prop_assert_eq!(name_list(&[(0, name)]), body.clone());
            }
            let total: usize = identities(&body).map(|(identity, _)| identity.len() + 6).sum();
            prop_assert!(total <= body.len());
            let _ = (Agreed::new(&body), takes_x509(&body), offers_protocol(&body, b"coap"));
        }

        /// X26: a name that is cut short, or followed by something, is none.
        #[test]
        fn cut_names(name in proptest::collection::vec(1u8..=255, 1..=255), cut in 0usize..300, more in 1usize..4) {
            let whole = name_list(&[(0, &name)]);
            prop_assert_eq!(server_name(&whole), Some(&name[..]));
            if cut < whole.len() {
                prop_assert_eq!(server_name(&whole[..cut]), None);
            }
            let longer = [whole, vec![0; more]].concat();
            prop_assert_eq!(server_name(&longer), None);
        }

        /// Small alphabets make lists that are nearly right.
        #[test]
        fn nearly_right(body in proptest::collection::vec(proptest::sample::select(&[0u8, 1, 2, 6, 9][..]), 0..40)) {
            if let Some(name) = server_name(&body) {
                prop_assert_eq!(name.len() + 5, body.len());
            }
            let mut left = Agreed::new(&body);
            for _ in 0..64 {
                left = left.next().1;
            }
            prop_assert!(!left.any());
        }
    }
}
