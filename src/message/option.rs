//! Options on the wire.

/// One option of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Opt<'a> {
    /// The option number.
    pub number: u16,
    /// Its value.
    pub value: &'a [u8],
}

/// Walks over encoded options up to a payload marker, the end, or the first malformed option.
#[derive(Clone)]
pub struct Options<'a> {
    _bytes: &'a [u8],
}

impl<'a> Options<'a> {
    /// Walks over `bytes`: the message after its token, payload marker and payload included.
    pub fn new(bytes: &'a [u8]) -> Self {
        Options { _bytes: bytes }
    }

    /// Whether the walk stopped at a malformed option (only to be asked after the end).
    pub fn is_malformed(&self) -> bool {
        todo!()
    }
}

impl<'a> Iterator for Options<'a> {
    type Item = Opt<'a>;
    fn next(&mut self) -> Option<Opt<'a>> {
        todo!()
    }
}
