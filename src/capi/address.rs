//! Functions of `coap2/address.h`.
