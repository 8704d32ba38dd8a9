//! Functions of `coap2/coap_cache.h`.
