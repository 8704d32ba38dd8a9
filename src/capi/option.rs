//! Functions of `coap2/option.h`.
