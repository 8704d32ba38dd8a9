//! Types and constants of `coap2/uthash.h`.

use super::*;

/// A bucket of a table of uthash.
#[repr(C)]
pub struct UT_hash_bucket {
    /// The first handle in the bucket.
    pub hh_head: Cell<*mut UT_hash_handle>,
    /// How many there are.
    pub count: Cell<c_uint>,
    /// How much longer than others the bucket may get.
    pub expand_mult: Cell<c_uint>,
}

/// A table of uthash.
#[repr(C)]
pub struct UT_hash_table {
    /// The buckets.
    pub buckets: Cell<*mut UT_hash_bucket>,
    /// How many there are.
    pub num_buckets: Cell<c_uint>,
    /// The same as a power of two.
    pub log2_num_buckets: Cell<c_uint>,
    /// How many elements the table has.
    pub num_items: Cell<c_uint>,
    /// The handle of the last element.
    pub tail: Cell<*mut UT_hash_handle>,
    /// Where the handle is in an element.
    pub hho: Cell<isize>,
    /// How long a bucket should be at most.
    pub ideal_chain_maxlen: Cell<c_uint>,
    /// How many elements are in longer buckets.
    pub nonideal_items: Cell<c_uint>,
    /// How often more buckets did not help.
    pub ineff_expands: Cell<c_uint>,
    /// 1 if there will be no more buckets.
    pub noexpand: Cell<c_uint>,
    /// Marks a table.
    pub signature: Cell<u32>,
}

/// What makes an object an element of a table of uthash.
#[repr(C)]
pub struct UT_hash_handle {
    /// The table.
    pub tbl: Cell<*mut UT_hash_table>,
    /// The element before it, or NULL.
    pub prev: Cell<*mut c_void>,
    /// The element after it, or NULL.
    pub next: Cell<*mut c_void>,
    /// The handle before it in its bucket.
    pub hh_prev: Cell<*mut UT_hash_handle>,
    /// The handle after it in its bucket.
    pub hh_next: Cell<*mut UT_hash_handle>,
    /// The key.
    pub key: Cell<*const c_void>,
    /// Bytes of the key.
    pub keylen: Cell<c_uint>,
    /// The hash of the key.
    pub hashv: Cell<c_uint>,
}
