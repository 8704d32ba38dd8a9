//! Functions of `coap2/uri.h`.
