//! Functions of `coap2/subscribe.h`.
