//! Functions of `coap2/coap_debug.h`.
