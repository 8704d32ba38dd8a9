//! Types and constants of `coap2/uthash.h`.

use super::*;

/// TODO.
#[repr(C)]
pub struct UT_hash_bucket {
    /// TODO.
    pub hh_head: Cell<*mut UT_hash_handle>,
    /// TODO.
    pub count: Cell<c_uint>,
    /// TODO.
    pub expand_mult: Cell<c_uint>,
}

/// TODO.
#[repr(C)]
pub struct UT_hash_table {
    /// TODO.
    pub buckets: Cell<*mut UT_hash_bucket>,
    /// TODO.
    pub num_buckets: Cell<c_uint>,
    /// TODO.
    pub log2_num_buckets: Cell<c_uint>,
    /// TODO.
    pub num_items: Cell<c_uint>,
    /// TODO.
    pub tail: Cell<*mut UT_hash_handle>,
    /// TODO.
    pub hho: Cell<isize>,
    /// TODO.
    pub ideal_chain_maxlen: Cell<c_uint>,
    /// TODO.
    pub nonideal_items: Cell<c_uint>,
    /// TODO.
    pub ineff_expands: Cell<c_uint>,
    /// TODO.
    pub noexpand: Cell<c_uint>,
    /// TODO.
    pub signature: Cell<u32>,
}

/// TODO.
#[repr(C)]
pub struct UT_hash_handle {
    /// TODO.
    pub tbl: Cell<*mut UT_hash_table>,
    /// TODO.
    pub prev: Cell<*mut c_void>,
    /// TODO.
    pub next: Cell<*mut c_void>,
    /// TODO.
    pub hh_prev: Cell<*mut UT_hash_handle>,
    /// TODO.
    pub hh_next: Cell<*mut UT_hash_handle>,
    /// TODO.
    pub key: Cell<*const c_void>,
    /// TODO.
    pub keylen: Cell<c_uint>,
    /// TODO.
    pub hashv: Cell<c_uint>,
}
