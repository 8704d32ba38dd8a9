//! Types and constants of `coap2/mem.h`.

/// What a piece of memory is for. The library does not look at it: all memory is that of malloc().
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum coap_memory_tag_t {
    /// A string.
    COAP_STRING = 0,
    /// The name of an attribute.
    COAP_ATTRIBUTE_NAME = 1,
    /// The value of an attribute.
    COAP_ATTRIBUTE_VALUE = 2,
    /// A packet.
    COAP_PACKET = 3,
    /// An entry of a queue.
    COAP_NODE = 4,
    /// A context.
    COAP_CONTEXT = 5,
    /// An endpoint.
    COAP_ENDPOINT = 6,
    /// A message.
    COAP_PDU = 7,
    /// The bytes of a message.
    COAP_PDU_BUF = 8,
    /// A resource.
    COAP_RESOURCE = 9,
    /// An attribute.
    COAP_RESOURCEATTR = 10,
    /// A session.
    COAP_SESSION = 11,
    /// An entry of a list of options.
    COAP_OPTLIST = 12,
    /// A cache key.
    COAP_CACHE_KEY = 13,
    /// A cache entry.
    COAP_CACHE_ENTRY = 14,
    /// A large body being sent.
    COAP_LG_XMIT = 15,
    /// A large response body being received.
    COAP_LG_CRCV = 16,
    /// A large request body being received.
    COAP_LG_SRCV = 17,
}
