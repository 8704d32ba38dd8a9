//! Functions of `coap2/net.h`.
