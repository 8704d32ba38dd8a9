//! Functions of `coap2/str.h`.
