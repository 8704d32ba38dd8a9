//! Functions of `coap2/coap_session.h`.
