//! Functions of `coap2/coap_time.h`.
