//! Functions of `coap2/block.h`.
