//! Link format (RFC 6690): the text of one link and of a whole document, any part of it at a time.

#![forbid(unsafe_code)]

/// An attribute of a link.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Attr<'a> {
    /// Its name.
    pub name: &'a [u8],
    /// Its value as it appears in the text, quotes included; `None` if the name stands alone.
    pub value: Option<&'a [u8]>,
}

/// What a link is made from.
pub trait Link {
    /// The path, without the first `/`.
    fn path(&self) -> &[u8];
    /// The attributes, most recently added first.
    fn attributes(&self) -> impl Iterator<Item = Attr<'_>>;
    /// Whether the link ends in `;obs`.
    fn is_observable(&self) -> bool;
}

/// A window on a text that is never held as a whole: of the pieces that go in, the part between `skip` and
/// `skip + room` reaches `sink`, and the length of all is counted.
pub struct Window<S> {
    skip: usize,
    room: usize,
    total: usize,
    sink: S,
}

impl<S: FnMut(&[u8])> Window<S> {
    /// A window that opens `skip` bytes into the text and is `room` bytes wide.
    pub fn new(skip: usize, room: usize, sink: S) -> Self {
        Window { skip, room, total: 0, sink }
    }

    /// The next piece of the text.
    fn push(&mut self, piece: &[u8]) {
        let start = self.skip.saturating_sub(self.total).min(piece.len());
        let end = self.skip.saturating_add(self.room).saturating_sub(self.total).min(piece.len());
        if let Some(seen @ [_, ..]) = piece.get(start..end) {
            (self.sink)(seen);
        }
        self.total = self.total.saturating_add(piece.len());
    }

    /// Prints one link.
    pub fn link(&mut self, link: &impl Link) {
        self.push(b"</");
        self.push(link.path());
        self.push(b">");
        for attribute in link.attributes() {
            self.push(b";");
            self.push(attribute.name);
            if let Some(value) = attribute.value {
                self.push(b"=");
                self.push(value);
            }
        }
        if link.is_observable() {
            self.push(b";obs");
        }
    }

    /// Prints links, joined by commas.
    pub fn document<'a, L: Link + 'a>(&mut self, links: impl Iterator<Item = &'a L>) {
        for (index, link) in links.enumerate() {
            if index > 0 {
                self.push(b",");
            }
            self.link(link);
        }
    }

    /// Length of the whole text so far.
    pub fn total(&self) -> usize {
        self.total
    }
}

#[cfg(test)]
pub mod fixture {
    //! Links for tests, among them those of docs/spec/resource.md, section 5.3.

    use super::*;

    /// A link made of data.
    pub struct Sample {
        path: &'static str,
        /// In order of adding.
        attributes: &'static [(&'static str, Option<&'static str>)],
        observable: bool,
    }

    impl Sample {
        pub const fn new(
            path: &'static str,
            observable: bool,
            attributes: &'static [(&'static str, Option<&'static str>)],
        ) -> Self {
            Sample { path, attributes, observable }
        }
    }

    impl Link for Sample {
        fn path(&self) -> &[u8] {
            self.path.as_bytes()
        }
        fn attributes(&self) -> impl Iterator<Item = Attr<'_>> {
            self.attributes
                .iter()
                .rev()
                .map(|(name, value)| Attr { name: name.as_bytes(), value: value.map(str::as_bytes) })
        }
        fn is_observable(&self) -> bool {
            self.observable
        }
    }

    pub const SAMPLES: [Sample; 5] = [
        Sample::new("", false, &[("ct", Some("0")), ("title", Some("\"General Info\""))]),
        Sample::new("time", true, &[("ct", Some("0")), ("rt", Some("\"ticks clock\"")), ("if", Some("\"clock\""))]),
        Sample::new(
            "sensors/temp",
            false,
            &[
                ("rt", Some("\"temperature-c\"")),
                ("if", Some("sensor")),
                ("sz", Some("12")),
                ("obs", None),
                ("empty", Some("")),
                ("equote", Some("\"\"")),
            ],
        ),
        Sample::new(
            "dup",
            false,
            &[("rt", Some("\"one\"")), ("rt", Some("\"two\"")), ("rel", Some("\"a  b \"")), ("", Some("novalname"))],
        ),
        Sample::new("/lead", false, &[("anchor", Some("\"coap://x\""))]),
    ];

    pub const DOCUMENT: &str = concat!(
        "</>;title=\"General Info\";ct=0,",
        "</time>;if=\"clock\";rt=\"ticks clock\";ct=0;obs,",
        "</sensors/temp>;equote=\"\";empty=;obs;sz=12;if=sensor;rt=\"temperature-c\",",
        "</dup>;=novalname;rel=\"a  b \";rt=\"two\";rt=\"one\",",
        "<//lead>;anchor=\"coap://x\"",
    );

    /// What a window shows of the links, and the length of the whole.
    pub fn seen<'a>(links: impl Iterator<Item = &'a Sample>, skip: usize, room: usize) -> (String, usize) {
        let mut shown = Vec::new();
        let mut window = Window::new(skip, room, |piece: &[u8]| shown.extend_from_slice(piece));
        window.document(links);
        let total = window.total();
        (String::from_utf8(shown).unwrap(), total)
    }
}

#[cfg(test)]
mod tests {
    use super::fixture::*;

    #[test]
    fn whole_document() {
        assert_eq!(seen(SAMPLES.iter(), 0, 4096), (DOCUMENT.into(), 221));
        let lengths = [29, 44, 71, 47, 26];
        for (sample, length) in SAMPLES.iter().zip(lengths) {
            assert_eq!(seen([sample].into_iter(), 0, 0), (String::new(), length));
        }
    }

    #[test]
    fn every_window() {
        for skip in 0..=DOCUMENT.len() + 2 {
            for room in 0..=DOCUMENT.len() + 2 {
                let start = skip.min(DOCUMENT.len());
                let end = (skip + room).min(DOCUMENT.len());
                assert_eq!(seen(SAMPLES.iter(), skip, room), (DOCUMENT[start..end].into(), 221));
            }
        }
        assert_eq!(seen(SAMPLES.iter(), usize::MAX, usize::MAX), (String::new(), 221));
        assert_eq!(seen(SAMPLES.iter(), 1, usize::MAX), (DOCUMENT[1..].into(), 221));
    }

    #[test]
    fn nothing() {
        assert_eq!(seen([].into_iter(), 0, 10), (String::new(), 0));
    }
}
