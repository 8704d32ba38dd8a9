//! Functions of `coap2/coap_io.h`.
