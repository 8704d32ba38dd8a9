//! Functions of `coap2/libcoap.h`.
