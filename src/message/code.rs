//! Codes of requests and responses (RFC 7252, section 12.1).

#![forbid(unsafe_code)]

use core::ffi::CStr;

/// The code `class.detail` as it stands in a message: `code(4, 4)` is 4.04.
pub const fn code(class: u8, detail: u8) -> u8 {
    class << 5 | detail & 0x1f
}

/// 0.00, the code of an empty message.
pub const EMPTY: u8 = code(0, 0);
/// 0.01 GET.
pub const GET: u8 = code(0, 1);
/// 0.02 POST.
pub const POST: u8 = code(0, 2);
/// 0.03 PUT.
pub const PUT: u8 = code(0, 3);
/// 0.04 DELETE.
pub const DELETE: u8 = code(0, 4);
/// 0.05 FETCH (RFC 8132).
pub const FETCH: u8 = code(0, 5);
/// 0.06 PATCH (RFC 8132).
pub const PATCH: u8 = code(0, 6);
/// 0.07 iPATCH (RFC 8132).
pub const IPATCH: u8 = code(0, 7);
/// 2.01 Created.
pub const CREATED: u8 = code(2, 1);
/// 2.02 Deleted.
pub const DELETED: u8 = code(2, 2);
/// 2.03 Valid.
pub const VALID: u8 = code(2, 3);
/// 2.04 Changed.
pub const CHANGED: u8 = code(2, 4);
/// 2.05 Content.
pub const CONTENT: u8 = code(2, 5);
/// 2.31 Continue (RFC 7959).
pub const CONTINUE: u8 = code(2, 31);
/// 4.00 Bad Request.
pub const BAD_REQUEST: u8 = code(4, 0);
/// 4.01 Unauthorized.
pub const UNAUTHORIZED: u8 = code(4, 1);
/// 4.02 Bad Option.
pub const BAD_OPTION: u8 = code(4, 2);
/// 4.03 Forbidden.
pub const FORBIDDEN: u8 = code(4, 3);
/// 4.04 Not Found.
pub const NOT_FOUND: u8 = code(4, 4);
/// 4.05 Method Not Allowed.
pub const METHOD_NOT_ALLOWED: u8 = code(4, 5);
/// 4.06 Not Acceptable.
pub const NOT_ACCEPTABLE: u8 = code(4, 6);
/// 4.08 Request Entity Incomplete (RFC 7959).
pub const REQUEST_ENTITY_INCOMPLETE: u8 = code(4, 8);
/// 4.12 Precondition Failed.
pub const PRECONDITION_FAILED: u8 = code(4, 12);
/// 4.13 Request Entity Too Large.
pub const REQUEST_ENTITY_TOO_LARGE: u8 = code(4, 13);
/// 4.15 Unsupported Content-Format.
pub const UNSUPPORTED_CONTENT_FORMAT: u8 = code(4, 15);
/// 5.00 Internal Server Error.
pub const INTERNAL_SERVER_ERROR: u8 = code(5, 0);
/// 5.01 Not Implemented.
pub const NOT_IMPLEMENTED: u8 = code(5, 1);
/// 5.02 Bad Gateway.
pub const BAD_GATEWAY: u8 = code(5, 2);
/// 5.03 Service Unavailable.
pub const SERVICE_UNAVAILABLE: u8 = code(5, 3);
/// 5.04 Gateway Timeout.
pub const GATEWAY_TIMEOUT: u8 = code(5, 4);
/// 5.05 Proxying Not Supported.
pub const PROXYING_NOT_SUPPORTED: u8 = code(5, 5);
/// 5.08 Hop Limit Reached (RFC 8768).
pub const HOP_LIMIT_REACHED: u8 = code(5, 8);

/// The phrase of a response code (`coap_response_phrase`), as in the registry; `None` for codes without one.
pub fn response_phrase(code: u8) -> Option<&'static CStr> {
    Some(match code {
        CREATED => c"Created",
        DELETED => c"Deleted",
        VALID => c"Valid",
        CHANGED => c"Changed",
        CONTENT => c"Content",
        CONTINUE => c"Continue",
        BAD_REQUEST => c"Bad Request",
        UNAUTHORIZED => c"Unauthorized",
        BAD_OPTION => c"Bad Option",
        FORBIDDEN => c"Forbidden",
        NOT_FOUND => c"Not Found",
        METHOD_NOT_ALLOWED => c"Method Not Allowed",
        NOT_ACCEPTABLE => c"Not Acceptable",
        REQUEST_ENTITY_INCOMPLETE => c"Request Entity Incomplete",
        PRECONDITION_FAILED => c"Precondition Failed",
        REQUEST_ENTITY_TOO_LARGE => c"Request Entity Too Large",
        UNSUPPORTED_CONTENT_FORMAT => c"Unsupported Content-Format",
        INTERNAL_SERVER_ERROR => c"Internal Server Error",
        NOT_IMPLEMENTED => c"Not Implemented",
        BAD_GATEWAY => c"Bad Gateway",
        SERVICE_UNAVAILABLE => c"Service Unavailable",
        GATEWAY_TIMEOUT => c"Gateway Timeout",
        PROXYING_NOT_SUPPORTED => c"Proxying Not Supported",
        HOP_LIMIT_REACHED => c"Hop Limit Reached",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Section 12: exactly 24 codes have a phrase.
    #[test]
    fn phrases() {
        assert_eq!(response_phrase(0x84), Some(c"Not Found"));
        assert_eq!(response_phrase(0x5f), Some(c"Continue"));
        assert_eq!(response_phrase(0xa8), Some(c"Hop Limit Reached"));
        for none in [code(2, 0), code(4, 9), code(4, 22), code(4, 29), 0, 1, 255] {
            assert_eq!(response_phrase(none), None);
        }
        assert_eq!((0..=255).filter(|&code| response_phrase(code).is_some()).count(), 24);
    }
}
