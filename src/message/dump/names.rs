//! The names that a dump shows for numbers (docs/spec/debug.md, sections 5.1 to 5.3).

use crate::abi::*;

/// How the value of an option is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// As a number.
    Uint,
    /// Printable characters as they are, others escaped.
    Text,
    /// All bytes escaped.
    Escaped,
    /// `0x` and hex digits.
    Hex,
    /// Number, more flag and size of a block.
    Block,
    /// The name of a content format, or its number.
    ContentFormat,
    /// Not at all.
    Empty,
}

/// The name of a message type.
pub fn message_type(number: u8) -> &'static str {
    ["CON", "NON", "ACK", "RST"].get(usize::from(number)).unwrap_or(&"???")
}

/// The name of a code that has one.
pub fn code(code: u8) -> Option<&'static str> {
    Some(match code {
        1 => "GET",
        2 => "POST",
        3 => "PUT",
        4 => "DELETE",
        5 => "FETCH",
        6 => "PATCH",
        7 => "iPATCH",
        CSM => "CSM",
        PING => "Ping",
        PONG => "Pong",
        RELEASE => "Release",
        ABORT => "Abort",
        _ => return None,
    })
}

// Signalling codes (RFC 8323, section 5).
const CSM: u8 = 225;
const PING: u8 = 226;
const PONG: u8 = 227;
const RELEASE: u8 = 228;
const ABORT: u8 = 229;

/// Name and form of an option that has a name in messages with this code.
pub fn option(code: u8, number: u16) -> Option<(&'static str, Form)> {
    use Form::*;
    Some(match (code, number) {
        (CSM, 2) => ("Max-Message-Size", Uint),
        (CSM, 4) => ("Block-wise-Transfer", Empty),
        (PING | PONG, 2) => ("Custody", Empty),
        (RELEASE, 2) => ("Alternative-Address", Text),
        (RELEASE, 4) => ("Hold-Off", Uint),
        (ABORT, 2) => ("Bad-CSM-Option", Uint),
        (CSM..=ABORT, _) => return None,
        (_, COAP_OPTION_IF_MATCH) => ("If-Match", Hex),
        (_, COAP_OPTION_URI_HOST) => ("Uri-Host", Text),
        (_, COAP_OPTION_ETAG) => ("ETag", Hex),
        (_, COAP_OPTION_IF_NONE_MATCH) => ("If-None-Match", Escaped),
        (_, COAP_OPTION_OBSERVE) => ("Observe", Uint),
        (_, COAP_OPTION_URI_PORT) => ("Uri-Port", Uint),
        (_, COAP_OPTION_LOCATION_PATH) => ("Location-Path", Text),
        (_, COAP_OPTION_URI_PATH) => ("Uri-Path", Text),
        (_, COAP_OPTION_CONTENT_FORMAT) => ("Content-Format", ContentFormat),
        (_, COAP_OPTION_MAXAGE) => ("Max-Age", Uint),
        (_, COAP_OPTION_URI_QUERY) => ("Uri-Query", Text),
        (_, COAP_OPTION_HOP_LIMIT) => ("Hop-Limit", Uint),
        (_, COAP_OPTION_ACCEPT) => ("Accept", ContentFormat),
        (_, COAP_OPTION_LOCATION_QUERY) => ("Location-Query", Text),
        (_, COAP_OPTION_BLOCK2) => ("Block2", Block),
        (_, COAP_OPTION_BLOCK1) => ("Block1", Block),
        (_, COAP_OPTION_SIZE2) => ("Size2", Uint),
        (_, COAP_OPTION_PROXY_URI) => ("Proxy-Uri", Text),
        (_, COAP_OPTION_PROXY_SCHEME) => ("Proxy-Scheme", Text),
        (_, COAP_OPTION_SIZE1) => ("Size1", Uint),
        // A uint in truth (RFC 7967), shown this way for compatibility.
        (_, COAP_OPTION_NORESPONSE) => ("No-Response", Escaped),
        _ => return None,
    })
}

/// The form of options without a name in messages with this code.
pub fn unknown(code: u8) -> Form {
    match code {
        CSM..=ABORT => Form::Empty,
        _ => Form::Escaped,
    }
}

/// The name of a content format that has one.
pub fn content_format(number: u32) -> Option<&'static str> {
    Some(match number {
        0 => "text/plain",
        16 => "application/cose; cose-type=\"cose-encrypt0\"",
        17 => "application/cose; cose-type=\"cose-mac0\"",
        18 => "application/cose; cose-type=\"cose-sign1\"",
        40 => "application/link-format",
        41 => "application/xml",
        42 => "application/octet-stream",
        43 => "application/rdf+xml",
        47 => "application/exi",
        50 => "application/json",
        60 => "application/cbor",
        61 => "application/cwt",
        75 => "application/dcaf+cbor",
        96 => "application/cose; cose-type=\"cose-encrypt\"",
        97 => "application/cose; cose-type=\"cose-mac\"",
        98 => "application/cose; cose-type=\"cose-sign\"",
        101 => "application/cose-key",
        102 => "application/cose-key-set",
        110 => "application/senml+json",
        111 => "application/sensml+json",
        112 => "application/senml+cbor",
        113 => "application/sensml+cbor",
        114 => "application/senml-exi",
        115 => "application/sensml-exi",
        271 => "application/dots+cbor",
        310 => "application/senml+xml",
        311 => "application/sensml+xml",
        _ => return None,
    })
}

/// Whether a payload with this content format (or with none) is shown as text.
pub fn is_text(content_format: Option<i32>) -> bool {
    // -1 can be sent, and has always been taken for "none".
    matches!(content_format, None | Some(-1 | 0 | 40 | 41 | 50))
}
