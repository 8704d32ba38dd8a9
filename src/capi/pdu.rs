//! Functions of `coap2/pdu.h`.
