//! One datagram through a `coap_socket_t`, with the flags, the log and the simulated loss around the system call
//! (docs/spec/io.md, sections 4.3 and 4.4).

use super::socket;
use crate::abi::*;
