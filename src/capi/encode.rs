//! Functions of `coap2/encode.h`.
