//! Filters of `.well-known/core` (RFC 6690, section 4.1; docs/spec/resource.md, section 5.3).

#![forbid(unsafe_code)]

use super::link::{Attr, Link};

/// Attributes whose value is a list of words.
const WORD_LISTS: [&[u8]; 3] = [b"rt", b"if", b"rel"];

/// A filter, taken apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Filter<'a> {
    /// Lets every link pass.
    All,
    /// The attribute must be there, with an empty value.
    Empty(&'a [u8]),
    /// The path must match.
    Path(Pattern<'a>),
    /// One word of the attribute's value must match.
    Word(&'a [u8], Pattern<'a>),
    /// The attribute's value must match as a whole.
    Value(&'a [u8], Pattern<'a>),
}

/// What a text is compared with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pattern<'a> {
    text: &'a [u8],
    /// The text need only begin like this (the pattern ended in `*`).
    is_prefix: bool,
}

impl<'a> Pattern<'a> {
    fn new(pattern: &'a [u8]) -> Self {
        match pattern {
            [text @ .., b'*'] => Pattern { text, is_prefix: true },
            text => Pattern { text, is_prefix: false },
        }
    }

    fn matches(self, text: &[u8]) -> bool {
        if self.is_prefix {
            text.starts_with(self.text)
        } else {
            text == self.text
        }
    }

    /// A prefix is compared with all that follows from the start of a word on, so it may run over a space.
    fn matches_word(self, value: &[u8]) -> bool {
        let mut rest = value;
        while !rest.is_empty() {
            let (word, next) = match rest.iter().position(|&byte| byte == b' ') {
                Some(space) => (&rest[..space], &rest[space + 1..]),
                None => (rest, &rest[rest.len()..]),
            };
            if self.matches(if self.is_prefix { rest } else { word }) {
                return true;
            }
            rest = next;
        }
        false
    }
}

impl<'a> Filter<'a> {
    /// Reads the filter in the value of a Uri-Query option.
    pub fn new(query: &'a [u8]) -> Self {
        let Some(equals) = query.iter().position(|&byte| byte == b'=') else {
            return if query.is_empty() { Filter::All } else { Filter::Empty(query) };
        };
        let (name, pattern) = (&query[..equals], &query[equals + 1..]);
        match name {
            b"" => Filter::All,
            b"href" => Filter::Path(Pattern::new(pattern.strip_prefix(b"/").unwrap_or(pattern))),
            _ if WORD_LISTS.contains(&name) => Filter::Word(name, Pattern::new(pattern)),
            _ => Filter::Value(name, Pattern::new(pattern)),
        }
    }

    /// Whether a link passes.
    pub fn matches(&self, link: &impl Link) -> bool {
        match *self {
            Filter::All => true,
            Filter::Empty(name) => value(link, name).is_some_and(<[u8]>::is_empty),
            Filter::Path(pattern) => pattern.matches(link.path()),
            Filter::Word(name, pattern) => value(link, name).is_some_and(|value| pattern.matches_word(value)),
            Filter::Value(name, pattern) => value(link, name).is_some_and(|value| pattern.matches(value)),
        }
    }
}

/// The value of the newest attribute of this name, without its quotes.
fn value<'l>(link: &'l impl Link, name: &[u8]) -> Option<&'l [u8]> {
    let attribute: Attr = link.attributes().find(|attribute| attribute.name == name)?;
    Some(match attribute.value? {
        [b'"', inner @ .., _] => inner,
        b"\"" => b"",
        plain => plain,
    })
}

#[cfg(test)]
mod tests {
    use super::super::link::fixture::*;
    use super::*;

    /// The paths' initials (R root, T time, S sensors/temp, D dup, L lead) of the links that pass.
    fn passing(filter: &str) -> String {
        let filter = Filter::new(filter.as_bytes());
        SAMPLES
            .iter()
            .zip("RTSDL".chars())
            .filter(|(sample, _)| filter.matches(*sample))
            .map(|(_, name)| name)
            .collect()
    }

    #[test]
    fn table_of_the_spec() {
        for (filters, expected) in [
            (&["rt", "rt=", "rt=ticks clock", "rt=CLOCK", "rt=*clock", "rt=\"temperature-c\"", "rt=one"][..], ""),
            (&["rt=*"], "TSD"),
            (&["rt=clock", "rt=ticks", "rt=ticks cl*", "rt=clo*"], "T"),
            (&["rt=temp*"], "S"),
            (&["rt=two"], "D"),
            (&["obs", "obs=", "obs=*"], ""),
            (&["empty", "empty=", "empty=*"], "S"),
            (&["rel=a", "rel=b", "rel=", "rel=*"], "D"),
            (&["if=sensor", "if=sens*"], "S"),
            (&["if=sens", "title=General", "title=\"General Info\"", "ct=", "sz=2"], ""),
            (&["title=General Info", "title=General*"], "R"),
            (&["ct=0", "ct=*"], "RT"),
            (&["sz=1*", "equote", "equote="], "S"),
            (&["href", "href=/ti*e", "href=/lead", "href=/lead*", "foo=bar", "ct=0&if=clock"], ""),
            (&["href=", "href=/"], "R"),
            (&["href=*", "href=/*", "=x", "=", ""], "RTSDL"),
            (&["href=time", "href=/time", "href=ti*", "href=/ti*"], "T"),
            (&["href=/sensors*"], "S"),
            (&["href=//lead", "anchor=coap*"], "L"),
        ] {
            for filter in filters {
                assert_eq!(passing(filter), expected, "{filter}");
            }
        }
    }

    /// R1: a pattern without a byte, or with nothing but `/`.
    #[test]
    fn empty_patterns() {
        let empty = Pattern { text: b"", is_prefix: false };
        assert_eq!(Filter::new(b"href="), Filter::Path(empty));
        assert_eq!(Filter::new(b"href=/"), Filter::Path(empty));
        assert_eq!(Filter::new(b"href=/*"), Filter::Path(Pattern { is_prefix: true, ..empty }));
        assert_eq!(Filter::new(b"rt="), Filter::Word(b"rt", empty));
        assert_eq!(Filter::new(b"x="), Filter::Value(b"x", empty));
    }

    /// R2: a prefix longer than what is left of the value; R3: a value that is one quote; X36: short values.
    #[test]
    fn borders_of_values() {
        let link = |value| Sample::new("x", false, value);
        let matches = |sample: &Sample, filter: &str| Filter::new(filter.as_bytes()).matches(sample);

        let quote = link(&[("rt", Some("\"")), ("sz", Some("\""))]);
        for filter in ["rt", "sz", "sz=", "sz=*"] {
            assert!(matches(&quote, filter), "{filter}");
        }
        for filter in ["rt=", "rt=*", "rt=\"", "sz=\"", "sz=x*"] {
            assert!(!matches(&quote, filter), "{filter}");
        }
        // The last byte falls with the first quote, whatever it is.
        let unbalanced = link(&[("sz", Some("\"ab")), ("rt", Some("\"x"))]);
        assert!(matches(&unbalanced, "sz=a"));
        assert!(matches(&unbalanced, "rt"));
        let words = link(&[("rt", Some("a bc")), ("if", Some(" "))]);
        for filter in ["rt=bc*", "rt=a bc*", "rt=bc", "if=", "if=*"] {
            assert!(matches(&words, filter), "{filter}");
        }
        for filter in ["rt=bcd*", "rt=a bcd*", "rt=c*", "if= "] {
            assert!(!matches(&words, filter), "{filter}");
        }
    }

    proptest::proptest! {
        /// X36: any filter on any value does what a plain reading of the rules gives, and never panics.
        #[test]
        fn any_filter(value in "[\" ab*]{0,6}", pattern in "[\"/ ab*]{0,8}", name in "(rt|sz|href|)") {
            let value: &'static str = Box::leak(value.into_boxed_str());
            let sample = Sample::new(value, false, Box::leak(Box::new([("rt", Some(value)), ("sz", Some(value))])));
            let query = [name.as_str(), "=", &pattern].concat();
            let passes = Filter::new(query.as_bytes()).matches(&sample);

            let bare = match value.strip_prefix('"') {
                Some(rest) => rest.get(..rest.len().saturating_sub(1)).unwrap(),
                None => value,
            };
            let pattern = if name == "href" { pattern.strip_prefix('/').unwrap_or(&pattern) } else { &pattern };
            let (text, prefix) = match pattern.strip_suffix('*') {
                Some(text) => (text, true),
                None => (pattern, false),
            };
            let fits = |whole: &str| if prefix { whole.starts_with(text) } else { whole == text };
            let expected = match name.as_str() {
                "" => true,
                "href" => fits(value),
                "sz" => fits(bare),
                _ => {
                    let starts = (0..bare.len()).filter(|&at| at == 0 || bare.as_bytes()[at - 1] == b' ');
                    starts.map(|at| &bare[at..]).any(|rest| {
                        fits(if prefix { rest } else { rest.split(' ').next().unwrap() })
                    })
                }
            };
            proptest::prop_assert_eq!(passes, expected, "{:?} on {:?}", query, value);
        }
    }
}
