//! Functions of `coap2/coap_hashkey.h`.
