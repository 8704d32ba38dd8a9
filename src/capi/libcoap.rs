//! Functions of `coap2/libcoap.h`.

use super::door::door;
use crate::base::clock;
use crate::security::{Backend, Tls};

/// Prepares the library: starts its clock, so that ticks count from about now.
///
/// Acts once per process. coap_new_context() calls it, so that programs need not.
#[no_mangle]
pub extern "C" fn coap_startup() {
    door((), || {
        clock::start();
        Some(())
    })
}

/// Releases what the library holds for the whole process.
///
/// Contexts are to be freed before. The clock goes on counting from where it started.
#[no_mangle]
pub extern "C" fn coap_cleanup() {
    door((), || {
        Tls::clean_up();
        Some(())
    })
}
