//! Types and constants of `coap2/mem.h`.

/// TODO.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum coap_memory_tag_t {
    /// TODO.
    COAP_STRING = 0,
    /// TODO.
    COAP_ATTRIBUTE_NAME = 1,
    /// TODO.
    COAP_ATTRIBUTE_VALUE = 2,
    /// TODO.
    COAP_PACKET = 3,
    /// TODO.
    COAP_NODE = 4,
    /// TODO.
    COAP_CONTEXT = 5,
    /// TODO.
    COAP_ENDPOINT = 6,
    /// TODO.
    COAP_PDU = 7,
    /// TODO.
    COAP_PDU_BUF = 8,
    /// TODO.
    COAP_RESOURCE = 9,
    /// TODO.
    COAP_RESOURCEATTR = 10,
    /// TODO.
    COAP_SESSION = 11,
    /// TODO.
    COAP_OPTLIST = 12,
    /// TODO.
    COAP_CACHE_KEY = 13,
    /// TODO.
    COAP_CACHE_ENTRY = 14,
    /// TODO.
    COAP_LG_XMIT = 15,
    /// TODO.
    COAP_LG_CRCV = 16,
    /// TODO.
    COAP_LG_SRCV = 17,
}
