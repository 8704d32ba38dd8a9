//! Functions of `coap2/mem.h`.
