//! Types and constants of `coap2/str.h`.

/// A string that knows its length. A NUL after its bytes is not counted.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_string_t {
    /// How many bytes.
    pub length: usize,
    /// The bytes.
    pub s: *mut u8,
}

/// A string that is only read.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_str_const_t {
    /// How many bytes.
    pub length: usize,
    /// The bytes.
    pub s: *const u8,
}

/// A sequence of bytes that knows its length.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_binary_t {
    /// How many bytes.
    pub length: usize,
    /// The bytes.
    pub s: *mut u8,
}

/// A sequence of bytes that is only read.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_bin_const_t {
    /// How many bytes.
    pub length: usize,
    /// The bytes.
    pub s: *const u8,
}
