//! What the log says of handshakes (docs/spec/security.md, section 11).

use super::connection::Connection;
use super::sys;
use super::sys::handshake::Hello;
use crate::base::log::{self, LOG_CIPHERS, LOG_DEBUG, LOG_INFO, LOG_WARNING};
use crate::exchange::Session;
use crate::log;
use crate::security::log_level;
use core::ffi::{c_int, CStr};
use openssl_sys as ffi;

/// A constant of OpenSSL's, as text.
fn text(text: &CStr) -> &str {
    text.to_str().unwrap_or("?")
}

/// Whether a line of OpenSSL's at this level is wanted.
fn wanted(level: c_int) -> bool {
    level <= log_level()
}

fn number(connection: &Connection) -> u64 {
    connection.session().map_or(0, |session| session.id)
}

/// A connection has failed: says why, as far as OpenSSL knows.
pub fn failure(connection: &Connection) {
    let reason = sys::last_error();
    if let Some(reason) = reason.filter(|_| wanted(LOG_WARNING as c_int)) {
        log!(LOG_WARNING, "session {}: {}", number(connection), text(reason));
    }
}

/// What a client offers (`COAP_LOG_CIPHERS`).
pub fn offer(session: &Session, hello: Hello) {
    let names = hello.suites().iter().filter_map(|suite| hello.name_of(suite));
    for name in names.take_while(|_| log::enabled(LOG_CIPHERS) && !session.is_ended()) {
        log!(LOG_CIPHERS, "session {}: client offers {}", session.id, text(name));
    }
}

/// What a handshake that is complete has agreed on (`COAP_LOG_CIPHERS`).
pub fn agreement(connection: &Connection) {
    let suite = connection.ssl().current_cipher().map_or("nothing", |suite| suite.name());
    log!(LOG_CIPHERS, "session {}: {} is used", number(connection), suite);
}

/// What the information callback of each connection is told.
pub unsafe extern "C" fn information(ssl: *const ffi::SSL, kind: c_int, value: c_int) {
    sys::guarded_apart((), || {
        let Some(connection) = Connection::of(ssl) else { return };
        connection.noticed(kind, value);
        if connection.is_quiet() {
            return;
        }
        if kind & sys::CB_ALERT != 0 {
            let fatal = value >> 8 == 2 && value & 0xff != sys::ALERT_CLOSE_NOTIFY;
            let level = if fatal { LOG_WARNING } else { LOG_INFO };
            if wanted(level as c_int) {
                let way = if kind & sys::CB_READ != 0 { "received" } else { "sent" };
                let (severity, meaning) = sys::alert_text(value);
                log!(level, "session {}: alert {}: {}: {}", number(&connection), way, text(severity), text(meaning));
            }
        } else if kind & sys::CB_LOOP != 0 && wanted(LOG_DEBUG as c_int) {
            log!(LOG_DEBUG, "session {}: {}", number(&connection), text(sys::state_text(ssl)));
        }
    });
}
