//! Functions of `coap2/resource.h`.
