//! Functions of `coap2/coap_prng.h`.
