//! The one door: every exported function runs its body through [`door`].

use crate::base::log::{LOG_EMERG, LOG_WARNING};
use crate::log;
use core::any::Any;
use std::panic::{catch_unwind, AssertUnwindSafe};

/// Runs the body of an exported function. `None` from the body (a `NULL` argument, a failure) and a panic in it become
/// `otherwise`, the error value that the spec names; a panic is logged and never unwinds into C.
pub fn door<T>(otherwise: T, body: impl FnOnce() -> Option<T>) -> T {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Some(value)) => value,
        Ok(None) => otherwise,
        Err(panic) => {
            report(panic);
            otherwise
        }
    }
}

/// Says that there was a panic. (Once for all functions, not in each of them.)
#[cold]
#[inline(never)]
fn report(panic: Box<dyn Any + Send>) {
    drop(panic);
    log!(LOG_EMERG, "libcoap: a function failed inside; please report this");
}

/// An argument that a function cannot do without: a line in the log says which one is missing (S7).
pub fn needed<T>(argument: Option<T>, name: &str) -> Option<T> {
    if argument.is_none() {
        log!(LOG_WARNING, "the argument {} is NULL", name);
    }
    argument
}

/// A result as C has it: 1 or 0.
pub fn int(success: bool) -> core::ffi::c_int {
    success.into()
}
