//! The C interface as data: every public type and constant, one file per public header.
//!
//! This is the bottom floor: nothing here does anything, and every room may use it. `capi/` holds the functions that
//! go with these types; cbindgen writes a header from the two files of the same name.
//!
//! C may write any field whenever its code runs, so the fields of objects that the library and the application share
//! are `Cell`s. Values that are only handed over (addresses, strings, blocks, …) are plain.
//!
//! An enumeration of C arrives as an integer that may hold anything, hence `MaybeUninit<coap_…_t>` in signatures: it
//! has the size and calling convention of the enumeration without the promise that the value is one of its names.
//! [`raw`] reads it.

#![allow(non_camel_case_types)]

use core::cell::Cell;
use core::ffi::{c_char, c_int, c_uchar, c_uint, c_void, CStr};
use core::mem::MaybeUninit;
use libc::{socklen_t, time_t};

mod address;
mod r#async;
mod block;
mod coap;
mod coap_cache;
mod coap_debug;
mod coap_dtls;
mod coap_event;
mod coap_forward_decls;
mod coap_hashkey;
mod coap_io;
mod coap_prng;
mod coap_session;
mod coap_time;
mod mem;
mod net;
mod option;
mod pdu;
mod resource;
mod str;
mod subscribe;
mod uri;
mod uthash;

mod layout;

pub use address::*;
pub use block::*;
pub use coap::*;
pub use coap_cache::*;
pub use coap_debug::*;
pub use coap_dtls::*;
pub use coap_event::*;
pub use coap_forward_decls::*;
pub use coap_hashkey::*;
pub use coap_io::*;
pub use coap_prng::*;
pub use coap_session::*;
pub use coap_time::*;
pub use mem::*;
pub use net::*;
pub use option::*;
pub use pdu::*;
pub use r#async::*;
pub use resource::*;
pub use str::*;
pub use subscribe::*;
pub use uri::*;
pub use uthash::*;

/// The integer behind an enumeration that came from C.
pub fn raw<E>(value: MaybeUninit<E>) -> c_uint {
    const { assert!(size_of::<E>() == size_of::<c_uint>()) };
    // SAFETY: the value came through a C signature or a field that C initialised, so its four bytes are set, and any
    // four bytes are an integer.
    unsafe { core::mem::transmute_copy(&value) }
}

/// An integer on its way to C as an enumeration.
pub fn as_enum<E>(value: c_uint) -> MaybeUninit<E> {
    const { assert!(size_of::<E>() == size_of::<c_uint>()) };
    // SAFETY: `MaybeUninit` may hold any bytes, and the sizes are equal.
    unsafe { core::mem::transmute_copy(&value) }
}
