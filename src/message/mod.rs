//! Messages: options, PDUs and their framing (docs/spec/message.md; RFC 7252, section 3; RFC 8323, section 3).
//!
//! - [`option`]: options on the wire. [`raw`]: the same behind the pointers that C holds.
//! - [`filter`]: sets of option numbers. [`optlist`]: options that wait to be put into a message.
//! - [`pdu`]: what can be done with a message. [`buffer`]: its memory. [`edit`]: changes to its bytes.
//!   `copy`: copies of it.
//! - [`framing`]: message headers. [`parse`]: what a received message must be like. [`code`]: methods and responses.
//! - [`uri_text`]: the path or query of a message as text. [`dump`]: all of it as text, for people.

pub mod buffer;
pub mod code;
mod copy;
pub mod dump;
pub mod edit;
pub mod filter;
pub mod framing;
pub mod incoming;
pub mod option;
pub mod optlist;
pub mod parse;
pub mod pdu;
pub mod raw;
pub mod signalling;
pub mod uri_text;
