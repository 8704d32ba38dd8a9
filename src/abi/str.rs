//! Types and constants of `coap2/str.h`.

/// TODO.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_string_t {
    /// TODO.
    pub length: usize,
    /// TODO.
    pub s: *mut u8,
}

/// TODO.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_str_const_t {
    /// TODO.
    pub length: usize,
    /// TODO.
    pub s: *const u8,
}

/// TODO.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_binary_t {
    /// TODO.
    pub length: usize,
    /// TODO.
    pub s: *mut u8,
}

/// TODO.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_bin_const_t {
    /// TODO.
    pub length: usize,
    /// TODO.
    pub s: *const u8,
}
