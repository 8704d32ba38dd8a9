//! Functions of `coap2/coap_event.h`.
