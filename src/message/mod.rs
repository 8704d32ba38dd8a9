//! Messages: options, PDUs and their framing (docs/spec/message.md).

pub mod option;
pub mod pdu;
