//! Types and constants of `coap2/pdu.h`.

use super::*;

/// A message id, or a negative error code.
pub type coap_mid_t = c_int;
/// A transport protocol, `COAP_PROTO_*`.
pub type coap_proto_t = u8;

/// The scheme of URIs without security.
pub const COAP_DEFAULT_SCHEME: &CStr = c"coap";

/// Where a server lists its resources (RFC 6690).
pub const COAP_DEFAULT_URI_WELLKNOWN: &CStr = c".well-known/core";

/// The port of a server with security.
pub const COAPS_DEFAULT_PORT: u16 = 5684;

/// Room for a line of coap_show_pdu(), in bytes.
pub const COAP_DEBUG_BUF_SIZE: usize = 2056;

/// The version of the protocol.
pub const COAP_DEFAULT_VERSION: c_int = 1;

/// The longest packet as long as nothing else is known, in bytes.
pub const COAP_DEFAULT_MTU: usize = 1152;

/// The port of a server without security.
pub const COAP_DEFAULT_PORT: u16 = 5683;

/// The value of a Hop-Limit option that has none yet (RFC 8768).
pub const COAP_DEFAULT_HOP_LIMIT: u8 = 16;

/// Seconds for which a response without Max-Age is fresh.
pub const COAP_DEFAULT_MAX_AGE: c_int = 60;

/// The longest message that is taken from a stream, in bytes.
pub const COAP_DEFAULT_MAX_PDU_RX_SIZE: usize = 8388864;

/// The response was not sent, and need not be.
pub const COAP_DROPPED_RESPONSE: coap_mid_t = -2;

/// The longest result of coap_response_phrase(), in bytes.
pub const COAP_ERROR_PHRASE_LENGTH: c_int = 32;

/// Something has failed.
pub const COAP_INVALID_MID: coap_mid_t = -1;

/// The highest option number.
pub const COAP_MAX_OPT: u16 = 65535;

/// The longest options and payload whose length fits in 4 bits.
pub const COAP_MAX_MESSAGE_SIZE_TCP0: usize = 12;

/// The same with one more byte of length.
pub const COAP_MAX_MESSAGE_SIZE_TCP8: usize = 268;

/// The same with two more bytes of length.
pub const COAP_MAX_MESSAGE_SIZE_TCP16: usize = 65804;

/// As the original has it: no more than with two bytes.
pub const COAP_MAX_MESSAGE_SIZE_TCP32: usize = 65804;

/// text/plain; charset=utf-8
pub const COAP_MEDIATYPE_TEXT_PLAIN: u16 = 0;

/// application/cose; cose-type="cose-encrypt0" (RFC 9052)
pub const COAP_MEDIATYPE_APPLICATION_COSE_ENCRYPT0: u16 = 16;

/// application/cose; cose-type="cose-mac0"
pub const COAP_MEDIATYPE_APPLICATION_COSE_MAC0: u16 = 17;

/// application/cose; cose-type="cose-sign1"
pub const COAP_MEDIATYPE_APPLICATION_COSE_SIGN1: u16 = 18;

/// application/link-format (RFC 6690)
pub const COAP_MEDIATYPE_APPLICATION_LINK_FORMAT: u16 = 40;

/// application/xml
pub const COAP_MEDIATYPE_APPLICATION_XML: u16 = 41;

/// application/octet-stream
pub const COAP_MEDIATYPE_APPLICATION_OCTET_STREAM: u16 = 42;

/// application/rdf+xml
pub const COAP_MEDIATYPE_APPLICATION_RDF_XML: u16 = 43;

/// application/exi
pub const COAP_MEDIATYPE_APPLICATION_EXI: u16 = 47;

/// application/json
pub const COAP_MEDIATYPE_APPLICATION_JSON: u16 = 50;

/// application/cbor (RFC 8949)
pub const COAP_MEDIATYPE_APPLICATION_CBOR: u16 = 60;

/// application/cwt (RFC 8392)
pub const COAP_MEDIATYPE_APPLICATION_CWT: u16 = 61;

/// application/cose; cose-type="cose-encrypt"
pub const COAP_MEDIATYPE_APPLICATION_COSE_ENCRYPT: u16 = 96;

/// application/cose; cose-type="cose-mac"
pub const COAP_MEDIATYPE_APPLICATION_COSE_MAC: u16 = 97;

/// application/cose; cose-type="cose-sign"
pub const COAP_MEDIATYPE_APPLICATION_COSE_SIGN: u16 = 98;

/// application/cose-key
pub const COAP_MEDIATYPE_APPLICATION_COSE_KEY: u16 = 101;

/// application/cose-key-set
pub const COAP_MEDIATYPE_APPLICATION_COSE_KEY_SET: u16 = 102;

/// application/senml+json (RFC 8428)
pub const COAP_MEDIATYPE_APPLICATION_SENML_JSON: u16 = 110;

/// application/sensml+json
pub const COAP_MEDIATYPE_APPLICATION_SENSML_JSON: u16 = 111;

/// application/senml+cbor
pub const COAP_MEDIATYPE_APPLICATION_SENML_CBOR: u16 = 112;

/// application/sensml+cbor
pub const COAP_MEDIATYPE_APPLICATION_SENSML_CBOR: u16 = 113;

/// application/senml-exi
pub const COAP_MEDIATYPE_APPLICATION_SENML_EXI: u16 = 114;

/// application/sensml-exi
pub const COAP_MEDIATYPE_APPLICATION_SENSML_EXI: u16 = 115;

/// application/dots+cbor (RFC 9132)
pub const COAP_MEDIATYPE_APPLICATION_DOTS_CBOR: u16 = 271;

/// application/senml+xml
pub const COAP_MEDIATYPE_APPLICATION_SENML_XML: u16 = 310;

/// application/sensml+xml
pub const COAP_MEDIATYPE_APPLICATION_SENSML_XML: u16 = 311;

/// Any of them.
pub const COAP_MEDIATYPE_ANY: u16 = 255;

/// Confirmable: to be acknowledged.
pub const COAP_MESSAGE_CON: u8 = 0;

/// Non-confirmable.
pub const COAP_MESSAGE_NON: u8 = 1;

/// Acknowledgement.
pub const COAP_MESSAGE_ACK: u8 = 2;

/// Reset: the message could not be processed.
pub const COAP_MESSAGE_RST: u8 = 3;

/// What a length of one more byte counts from.
pub const COAP_MESSAGE_SIZE_OFFSET_TCP8: usize = 13;

/// What a length of two more bytes counts from.
pub const COAP_MESSAGE_SIZE_OFFSET_TCP16: usize = 269;

/// What a length of four more bytes counts from.
pub const COAP_MESSAGE_SIZE_OFFSET_TCP32: usize = 65805;

/// ETag, opaque, 1 to 8 bytes.
pub const COAP_OPTION_ETAG: u16 = 4;

/// Observe, uint, 0 to 3 bytes (RFC 7641).
pub const COAP_OPTION_OBSERVE: u16 = 6;

/// OSCORE, opaque, 0 to 255 bytes (RFC 8613).
pub const COAP_OPTION_OSCORE: u16 = 9;

/// Max-Age, uint, 0 to 4 bytes.
pub const COAP_OPTION_MAXAGE: u16 = 14;

/// Accept, uint, 0 to 2 bytes.
pub const COAP_OPTION_ACCEPT: u16 = 17;

/// Block2, uint, 0 to 3 bytes (RFC 7959).
pub const COAP_OPTION_BLOCK2: u16 = 23;

/// Block1, uint, 0 to 3 bytes (RFC 7959).
pub const COAP_OPTION_BLOCK1: u16 = 27;

/// Size2, uint, 0 to 4 bytes (RFC 7959).
pub const COAP_OPTION_SIZE2: u16 = 28;

/// Size1, uint, 0 to 4 bytes.
pub const COAP_OPTION_SIZE1: u16 = 60;

/// No-Response, uint, 0 or 1 byte (RFC 7967).
pub const COAP_OPTION_NORESPONSE: u16 = 258;

/// Content-Format, uint, 0 to 2 bytes.
pub const COAP_OPTION_CONTENT_FORMAT: u16 = 12;

/// The old name of Content-Format.
pub const COAP_OPTION_CONTENT_TYPE: u16 = 12;

/// Hop-Limit, uint, 1 byte (RFC 8768).
pub const COAP_OPTION_HOP_LIMIT: u16 = 16;

/// If-Match, opaque, 0 to 8 bytes.
pub const COAP_OPTION_IF_MATCH: u16 = 1;

/// If-None-Match, empty.
pub const COAP_OPTION_IF_NONE_MATCH: u16 = 5;

/// Location-Path, string, 0 to 255 bytes.
pub const COAP_OPTION_LOCATION_PATH: u16 = 8;

/// Location-Query, string, 0 to 255 bytes.
pub const COAP_OPTION_LOCATION_QUERY: u16 = 20;

/// Proxy-Uri, string, 1 to 1034 bytes.
pub const COAP_OPTION_PROXY_URI: u16 = 35;

/// Proxy-Scheme, string, 1 to 255 bytes.
pub const COAP_OPTION_PROXY_SCHEME: u16 = 39;

/// Uri-Host, string, 1 to 255 bytes.
pub const COAP_OPTION_URI_HOST: u16 = 3;

/// Uri-Port, uint, 0 to 2 bytes.
pub const COAP_OPTION_URI_PORT: u16 = 7;

/// Uri-Path, string, 0 to 255 bytes.
pub const COAP_OPTION_URI_PATH: u16 = 11;

/// Uri-Query, string, 0 to 255 bytes.
pub const COAP_OPTION_URI_QUERY: u16 = 15;

/// The byte between options and payload.
pub const COAP_PAYLOAD_START: u8 = 255;

/// The message waits for its turn. Not seen outside the library.
pub const COAP_PDU_DELAYED: coap_mid_t = -3;

/// The longest header in front of the token, on streams.
pub const COAP_PDU_MAX_TCP_HEADER_SIZE: u8 = 6;

/// The header in front of the token, in datagrams.
pub const COAP_PDU_MAX_UDP_HEADER_SIZE: u8 = 4;

/// Not known yet.
pub const COAP_PROTO_NONE: coap_proto_t = 0;

/// CoAP over UDP (RFC 7252).
pub const COAP_PROTO_UDP: coap_proto_t = 1;

/// CoAP over DTLS (RFC 7252, section 9).
pub const COAP_PROTO_DTLS: coap_proto_t = 2;

/// CoAP over TCP (RFC 8323).
pub const COAP_PROTO_TCP: coap_proto_t = 3;

/// CoAP over TLS (RFC 8323).
pub const COAP_PROTO_TLS: coap_proto_t = 4;

/// 7.01: capabilities and settings.
pub const COAP_SIGNALING_CSM: u8 = 225;

/// 7.02: ping.
pub const COAP_SIGNALING_PING: u8 = 226;

/// 7.03: the answer to a ping.
pub const COAP_SIGNALING_PONG: u8 = 227;

/// 7.04: please end the connection.
pub const COAP_SIGNALING_RELEASE: u8 = 228;

/// 7.05: the connection ends.
pub const COAP_SIGNALING_ABORT: u8 = 229;

/// Ping, Pong: Custody.
pub const COAP_SIGNALING_OPTION_CUSTODY: u16 = 2;

/// Release: Alternative-Address.
pub const COAP_SIGNALING_OPTION_ALTERNATIVE_ADDRESS: u16 = 2;

/// Abort: Bad-CSM-Option.
pub const COAP_SIGNALING_OPTION_BAD_CSM_OPTION: u16 = 2;

/// CSM: Block-Wise-Transfer.
pub const COAP_SIGNALING_OPTION_BLOCK_WISE_TRANSFER: u16 = 4;

/// Release: Hold-Off.
pub const COAP_SIGNALING_OPTION_HOLD_OFF: u16 = 4;

/// CSM: Max-Message-Size.
pub const COAP_SIGNALING_OPTION_MAX_MESSAGE_SIZE: u16 = 2;

/// The methods.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum coap_request_t {
    /// 0.01
    COAP_REQUEST_GET = 1,
    /// 0.02
    COAP_REQUEST_POST = 2,
    /// 0.03
    COAP_REQUEST_PUT = 3,
    /// 0.04
    COAP_REQUEST_DELETE = 4,
    /// 0.05 (RFC 8132)
    COAP_REQUEST_FETCH = 5,
    /// 0.06 (RFC 8132)
    COAP_REQUEST_PATCH = 6,
    /// 0.07 (RFC 8132)
    COAP_REQUEST_IPATCH = 7,
}

/// The response codes.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum coap_response_code {
    /// 2.00
    COAP_RESPONSE_CODE_OK = 64,
    /// 2.01 Created
    COAP_RESPONSE_CODE_CREATED = 65,
    /// 2.02 Deleted
    COAP_RESPONSE_CODE_DELETED = 66,
    /// 2.03 Valid
    COAP_RESPONSE_CODE_VALID = 67,
    /// 2.04 Changed
    COAP_RESPONSE_CODE_CHANGED = 68,
    /// 2.05 Content
    COAP_RESPONSE_CODE_CONTENT = 69,
    /// 2.31 Continue (RFC 7959)
    COAP_RESPONSE_CODE_CONTINUE = 95,
    /// 4.00 Bad Request
    COAP_RESPONSE_CODE_BAD_REQUEST = 128,
    /// 4.01 Unauthorized
    COAP_RESPONSE_CODE_UNAUTHORIZED = 129,
    /// 4.02 Bad Option
    COAP_RESPONSE_CODE_BAD_OPTION = 130,
    /// 4.03 Forbidden
    COAP_RESPONSE_CODE_FORBIDDEN = 131,
    /// 4.04 Not Found
    COAP_RESPONSE_CODE_NOT_FOUND = 132,
    /// 4.05 Method Not Allowed
    COAP_RESPONSE_CODE_NOT_ALLOWED = 133,
    /// 4.06 Not Acceptable
    COAP_RESPONSE_CODE_NOT_ACCEPTABLE = 134,
    /// 4.08 Request Entity Incomplete (RFC 7959)
    COAP_RESPONSE_CODE_INCOMPLETE = 136,
    /// 4.09 Conflict (RFC 8132)
    COAP_RESPONSE_CODE_CONFLICT = 137,
    /// 4.12 Precondition Failed
    COAP_RESPONSE_CODE_PRECONDITION_FAILED = 140,
    /// 4.13 Request Entity Too Large
    COAP_RESPONSE_CODE_REQUEST_TOO_LARGE = 141,
    /// 4.15 Unsupported Content-Format
    COAP_RESPONSE_CODE_UNSUPPORTED_CONTENT_FORMAT = 143,
    /// 4.22 Unprocessable Entity (RFC 8132)
    COAP_RESPONSE_CODE_UNPROCESSABLE = 150,
    /// 4.29 Too Many Requests (RFC 8516)
    COAP_RESPONSE_CODE_TOO_MANY_REQUESTS = 157,
    /// 5.00 Internal Server Error
    COAP_RESPONSE_CODE_INTERNAL_ERROR = 160,
    /// 5.01 Not Implemented
    COAP_RESPONSE_CODE_NOT_IMPLEMENTED = 161,
    /// 5.02 Bad Gateway
    COAP_RESPONSE_CODE_BAD_GATEWAY = 162,
    /// 5.03 Service Unavailable
    COAP_RESPONSE_CODE_SERVICE_UNAVAILABLE = 163,
    /// 5.04 Gateway Timeout
    COAP_RESPONSE_CODE_GATEWAY_TIMEOUT = 164,
    /// 5.05 Proxying Not Supported
    COAP_RESPONSE_CODE_PROXYING_NOT_SUPPORTED = 165,
    /// 5.08 Hop Limit Reached (RFC 8768)
    COAP_RESPONSE_CODE_HOP_LIMIT_REACHED = 168,
}

/// A message. Programs use the functions below; the fields are public for those that look inside.
#[repr(C)]
pub struct coap_pdu_t {
    /// COAP_MESSAGE_...
    pub r#type: Cell<u8>,
    /// The code: class in the upper three bits, detail in the others.
    pub code: Cell<u8>,
    /// Room for the header, in front of token.
    pub max_hdr_size: Cell<u8>,
    /// Bytes of the header, once there is one; they end where token starts.
    pub hdr_size: Cell<u8>,
    /// Bytes of the token.
    pub token_length: Cell<u8>,
    /// The message id, in host order.
    pub mid: Cell<u16>,
    /// The number of the last option.
    pub max_opt: Cell<u16>,
    /// Bytes of storage from token on.
    pub alloc_size: Cell<usize>,
    /// Bytes in use from token on: token, options, payload.
    pub used_size: Cell<usize>,
    /// How far the storage may grow; 0: no limit.
    pub max_size: Cell<usize>,
    /// The token, then the options, then the payload.
    pub token: Cell<*mut u8>,
    /// The payload inside the storage, or NULL.
    pub data: Cell<*mut u8>,
    /// The large body that the library put together, or NULL.
    pub body_data: Cell<*const u8>,
    /// Bytes at body_data.
    pub body_length: Cell<usize>,
    /// Where these bytes are in the whole body.
    pub body_offset: Cell<usize>,
    /// Bytes of the whole body, as far as known.
    pub body_total: Cell<usize>,
    /// For the library's own use.
    pub lg_xmit: Cell<*mut coap_lg_xmit_t>,
}

/// An option as one structure, its value right behind it. Deprecated: use coap_optlist_t.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_option {
    /// The option number.
    pub key: u16,
    /// Bytes of the value.
    pub length: c_uint,
}
