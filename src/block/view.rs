//! Whole bodies in the log, where the messages on the wire hold parts of them (docs/spec/debug.md, section 6.1).

use crate::abi::coap_pdu_t;
use crate::base::log::{self, LOG_DEBUG};
use crate::log;
use crate::message::dump;

/// Shows a message with its whole body, as the application gave or gets it; `whose` says which. The log may call the
/// application.
pub fn show(whose: &str, pdu: &coap_pdu_t) {
    if log::enabled(LOG_DEBUG) {
        log!(LOG_DEBUG, "{} (whole body):", whose);
        dump::show(LOG_DEBUG, pdu);
    }
}

/// [`show`] for a message that does not have the body yet.
pub fn show_with(whose: &str, pdu: &coap_pdu_t, body: &[u8]) {
    let before = (pdu.body_data.replace(body.as_ptr()), pdu.body_length.replace(body.len()));
    show(whose, pdu);
    pdu.body_data.set(before.0);
    pdu.body_length.set(before.1);
}
