//! To be written: show(level, pdu).
use crate::abi::*;
pub fn set_stdio(_: bool) {}
pub fn show(_level: i16, _pdu: &coap_pdu_t) {}
