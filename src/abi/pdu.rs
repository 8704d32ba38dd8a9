//! Types and constants of `coap2/pdu.h`.

use super::*;

/// A message id, or a negative error code.
pub type coap_mid_t = c_int;
/// A transport protocol, `COAP_PROTO_*`.
pub type coap_proto_t = u8;

/// TODO.
pub const COAP_DEFAULT_SCHEME: &CStr = c"coap";

/// TODO.
pub const COAP_DEFAULT_URI_WELLKNOWN: &CStr = c".well-known/core";

/// TODO.
pub const COAPS_DEFAULT_PORT: u16 = 5684;

/// TODO.
pub const COAP_DEBUG_BUF_SIZE: usize = 2056;

/// TODO.
pub const COAP_DEFAULT_VERSION: c_int = 1;

/// TODO.
pub const COAP_DEFAULT_MTU: usize = 1152;

/// TODO.
pub const COAP_DEFAULT_PORT: u16 = 5683;

/// TODO.
pub const COAP_DEFAULT_HOP_LIMIT: u8 = 16;

/// TODO.
pub const COAP_DEFAULT_MAX_AGE: c_int = 60;

/// TODO.
pub const COAP_DEFAULT_MAX_PDU_RX_SIZE: usize = 8388864;

/// TODO.
pub const COAP_DROPPED_RESPONSE: coap_mid_t = -2;

/// TODO.
pub const COAP_ERROR_PHRASE_LENGTH: c_int = 32;

/// TODO.
pub const COAP_INVALID_MID: coap_mid_t = -1;

/// TODO.
pub const COAP_MAX_OPT: u16 = 65535;

/// TODO.
pub const COAP_MAX_MESSAGE_SIZE_TCP0: usize = 12;

/// TODO.
pub const COAP_MAX_MESSAGE_SIZE_TCP8: usize = 268;

/// TODO.
pub const COAP_MAX_MESSAGE_SIZE_TCP16: usize = 65804;

/// TODO.
pub const COAP_MAX_MESSAGE_SIZE_TCP32: usize = 65804;

/// TODO.
pub const COAP_MEDIATYPE_ANY: u16 = 255;

/// TODO.
pub const COAP_MEDIATYPE_APPLICATION_XML: u16 = 41;

/// TODO.
pub const COAP_MEDIATYPE_APPLICATION_EXI: u16 = 47;

/// TODO.
pub const COAP_MEDIATYPE_APPLICATION_JSON: u16 = 50;

/// TODO.
pub const COAP_MEDIATYPE_APPLICATION_CBOR: u16 = 60;

/// TODO.
pub const COAP_MEDIATYPE_APPLICATION_CWT: u16 = 61;

/// TODO.
pub const COAP_MEDIATYPE_APPLICATION_COSE_ENCRYPT0: u16 = 16;

/// TODO.
pub const COAP_MEDIATYPE_APPLICATION_COSE_MAC0: u16 = 17;

/// TODO.
pub const COAP_MEDIATYPE_APPLICATION_COSE_SIGN1: u16 = 18;

/// TODO.
pub const COAP_MEDIATYPE_APPLICATION_COSE_ENCRYPT: u16 = 96;

/// TODO.
pub const COAP_MEDIATYPE_APPLICATION_COSE_MAC: u16 = 97;

/// TODO.
pub const COAP_MEDIATYPE_APPLICATION_COSE_SIGN: u16 = 98;

/// TODO.
pub const COAP_MEDIATYPE_APPLICATION_COSE_KEY: u16 = 101;

/// TODO.
pub const COAP_MEDIATYPE_APPLICATION_COSE_KEY_SET: u16 = 102;

/// TODO.
pub const COAP_MEDIATYPE_APPLICATION_DOTS_CBOR: u16 = 271;

/// TODO.
pub const COAP_MEDIATYPE_APPLICATION_LINK_FORMAT: u16 = 40;

/// TODO.
pub const COAP_MEDIATYPE_APPLICATION_OCTET_STREAM: u16 = 42;

/// TODO.
pub const COAP_MEDIATYPE_APPLICATION_RDF_XML: u16 = 43;

/// TODO.
pub const COAP_MEDIATYPE_APPLICATION_SENML_JSON: u16 = 110;

/// TODO.
pub const COAP_MEDIATYPE_APPLICATION_SENML_CBOR: u16 = 112;

/// TODO.
pub const COAP_MEDIATYPE_APPLICATION_SENML_EXI: u16 = 114;

/// TODO.
pub const COAP_MEDIATYPE_APPLICATION_SENML_XML: u16 = 310;

/// TODO.
pub const COAP_MEDIATYPE_APPLICATION_SENSML_JSON: u16 = 111;

/// TODO.
pub const COAP_MEDIATYPE_APPLICATION_SENSML_CBOR: u16 = 113;

/// TODO.
pub const COAP_MEDIATYPE_APPLICATION_SENSML_EXI: u16 = 115;

/// TODO.
pub const COAP_MEDIATYPE_APPLICATION_SENSML_XML: u16 = 311;

/// TODO.
pub const COAP_MEDIATYPE_TEXT_PLAIN: u16 = 0;

/// TODO.
pub const COAP_MESSAGE_CON: u8 = 0;

/// TODO.
pub const COAP_MESSAGE_NON: u8 = 1;

/// TODO.
pub const COAP_MESSAGE_ACK: u8 = 2;

/// TODO.
pub const COAP_MESSAGE_RST: u8 = 3;

/// TODO.
pub const COAP_MESSAGE_SIZE_OFFSET_TCP8: usize = 13;

/// TODO.
pub const COAP_MESSAGE_SIZE_OFFSET_TCP16: usize = 269;

/// TODO.
pub const COAP_MESSAGE_SIZE_OFFSET_TCP32: usize = 65805;

/// TODO.
pub const COAP_OPTION_ETAG: u16 = 4;

/// TODO.
pub const COAP_OPTION_OBSERVE: u16 = 6;

/// TODO.
pub const COAP_OPTION_OSCORE: u16 = 9;

/// TODO.
pub const COAP_OPTION_MAXAGE: u16 = 14;

/// TODO.
pub const COAP_OPTION_ACCEPT: u16 = 17;

/// TODO.
pub const COAP_OPTION_BLOCK2: u16 = 23;

/// TODO.
pub const COAP_OPTION_BLOCK1: u16 = 27;

/// TODO.
pub const COAP_OPTION_SIZE2: u16 = 28;

/// TODO.
pub const COAP_OPTION_SIZE1: u16 = 60;

/// TODO.
pub const COAP_OPTION_NORESPONSE: u16 = 258;

/// TODO.
pub const COAP_OPTION_CONTENT_FORMAT: u16 = 12;

/// TODO.
pub const COAP_OPTION_CONTENT_TYPE: u16 = 12;

/// TODO.
pub const COAP_OPTION_HOP_LIMIT: u16 = 16;

/// TODO.
pub const COAP_OPTION_IF_MATCH: u16 = 1;

/// TODO.
pub const COAP_OPTION_IF_NONE_MATCH: u16 = 5;

/// TODO.
pub const COAP_OPTION_LOCATION_PATH: u16 = 8;

/// TODO.
pub const COAP_OPTION_LOCATION_QUERY: u16 = 20;

/// TODO.
pub const COAP_OPTION_PROXY_URI: u16 = 35;

/// TODO.
pub const COAP_OPTION_PROXY_SCHEME: u16 = 39;

/// TODO.
pub const COAP_OPTION_URI_HOST: u16 = 3;

/// TODO.
pub const COAP_OPTION_URI_PORT: u16 = 7;

/// TODO.
pub const COAP_OPTION_URI_PATH: u16 = 11;

/// TODO.
pub const COAP_OPTION_URI_QUERY: u16 = 15;

/// TODO.
pub const COAP_PAYLOAD_START: u8 = 255;

/// TODO.
pub const COAP_PDU_DELAYED: coap_mid_t = -3;

/// TODO.
pub const COAP_PDU_MAX_TCP_HEADER_SIZE: u8 = 6;

/// TODO.
pub const COAP_PDU_MAX_UDP_HEADER_SIZE: u8 = 4;

/// TODO.
pub const COAP_PROTO_NONE: coap_proto_t = 0;

/// TODO.
pub const COAP_PROTO_UDP: coap_proto_t = 1;

/// TODO.
pub const COAP_PROTO_DTLS: coap_proto_t = 2;

/// TODO.
pub const COAP_PROTO_TCP: coap_proto_t = 3;

/// TODO.
pub const COAP_PROTO_TLS: coap_proto_t = 4;

/// TODO.
pub const COAP_SIGNALING_CSM: u8 = 225;

/// TODO.
pub const COAP_SIGNALING_PING: u8 = 226;

/// TODO.
pub const COAP_SIGNALING_PONG: u8 = 227;

/// TODO.
pub const COAP_SIGNALING_RELEASE: u8 = 228;

/// TODO.
pub const COAP_SIGNALING_ABORT: u8 = 229;

/// TODO.
pub const COAP_SIGNALING_OPTION_CUSTODY: u16 = 2;

/// TODO.
pub const COAP_SIGNALING_OPTION_ALTERNATIVE_ADDRESS: u16 = 2;

/// TODO.
pub const COAP_SIGNALING_OPTION_BAD_CSM_OPTION: u16 = 2;

/// TODO.
pub const COAP_SIGNALING_OPTION_BLOCK_WISE_TRANSFER: u16 = 4;

/// TODO.
pub const COAP_SIGNALING_OPTION_HOLD_OFF: u16 = 4;

/// TODO.
pub const COAP_SIGNALING_OPTION_MAX_MESSAGE_SIZE: u16 = 2;

/// TODO.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum coap_request_t {
    /// TODO.
    COAP_REQUEST_GET = 1,
    /// TODO.
    COAP_REQUEST_POST = 2,
    /// TODO.
    COAP_REQUEST_PUT = 3,
    /// TODO.
    COAP_REQUEST_DELETE = 4,
    /// TODO.
    COAP_REQUEST_FETCH = 5,
    /// TODO.
    COAP_REQUEST_PATCH = 6,
    /// TODO.
    COAP_REQUEST_IPATCH = 7,
}

/// TODO.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum coap_response_code {
    /// TODO.
    COAP_RESPONSE_CODE_OK = 64,
    /// TODO.
    COAP_RESPONSE_CODE_CREATED = 65,
    /// TODO.
    COAP_RESPONSE_CODE_DELETED = 66,
    /// TODO.
    COAP_RESPONSE_CODE_VALID = 67,
    /// TODO.
    COAP_RESPONSE_CODE_CHANGED = 68,
    /// TODO.
    COAP_RESPONSE_CODE_CONTENT = 69,
    /// TODO.
    COAP_RESPONSE_CODE_CONTINUE = 95,
    /// TODO.
    COAP_RESPONSE_CODE_BAD_REQUEST = 128,
    /// TODO.
    COAP_RESPONSE_CODE_UNAUTHORIZED = 129,
    /// TODO.
    COAP_RESPONSE_CODE_BAD_OPTION = 130,
    /// TODO.
    COAP_RESPONSE_CODE_FORBIDDEN = 131,
    /// TODO.
    COAP_RESPONSE_CODE_NOT_FOUND = 132,
    /// TODO.
    COAP_RESPONSE_CODE_NOT_ALLOWED = 133,
    /// TODO.
    COAP_RESPONSE_CODE_NOT_ACCEPTABLE = 134,
    /// TODO.
    COAP_RESPONSE_CODE_INCOMPLETE = 136,
    /// TODO.
    COAP_RESPONSE_CODE_CONFLICT = 137,
    /// TODO.
    COAP_RESPONSE_CODE_PRECONDITION_FAILED = 140,
    /// TODO.
    COAP_RESPONSE_CODE_REQUEST_TOO_LARGE = 141,
    /// TODO.
    COAP_RESPONSE_CODE_UNSUPPORTED_CONTENT_FORMAT = 143,
    /// TODO.
    COAP_RESPONSE_CODE_UNPROCESSABLE = 150,
    /// TODO.
    COAP_RESPONSE_CODE_TOO_MANY_REQUESTS = 157,
    /// TODO.
    COAP_RESPONSE_CODE_INTERNAL_ERROR = 160,
    /// TODO.
    COAP_RESPONSE_CODE_NOT_IMPLEMENTED = 161,
    /// TODO.
    COAP_RESPONSE_CODE_BAD_GATEWAY = 162,
    /// TODO.
    COAP_RESPONSE_CODE_SERVICE_UNAVAILABLE = 163,
    /// TODO.
    COAP_RESPONSE_CODE_GATEWAY_TIMEOUT = 164,
    /// TODO.
    COAP_RESPONSE_CODE_PROXYING_NOT_SUPPORTED = 165,
    /// TODO.
    COAP_RESPONSE_CODE_HOP_LIMIT_REACHED = 168,
}

/// TODO.
#[repr(C)]
pub struct coap_pdu_t {
    /// TODO.
    pub r#type: Cell<u8>,
    /// TODO.
    pub code: Cell<u8>,
    /// TODO.
    pub max_hdr_size: Cell<u8>,
    /// TODO.
    pub hdr_size: Cell<u8>,
    /// TODO.
    pub token_length: Cell<u8>,
    /// TODO.
    pub mid: Cell<u16>,
    /// TODO.
    pub max_opt: Cell<u16>,
    /// TODO.
    pub alloc_size: Cell<usize>,
    /// TODO.
    pub used_size: Cell<usize>,
    /// TODO.
    pub max_size: Cell<usize>,
    /// TODO.
    pub token: Cell<*mut u8>,
    /// TODO.
    pub data: Cell<*mut u8>,
    /// TODO.
    pub body_data: Cell<*const u8>,
    /// TODO.
    pub body_length: Cell<usize>,
    /// TODO.
    pub body_offset: Cell<usize>,
    /// TODO.
    pub body_total: Cell<usize>,
    /// TODO.
    pub lg_xmit: Cell<*mut coap_lg_xmit_t>,
}

/// TODO.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_option {
    /// TODO.
    pub key: u16,
    /// TODO.
    pub length: c_uint,
}
