//! Types and constants of `coap2/coap_forward_decls.h`.

/// Opaque.
/// cbindgen:ignore
#[repr(C)]
pub struct coap_resource_t {
    _private: [u8; 0],
}

/// Opaque.
/// cbindgen:ignore
#[repr(C)]
pub struct coap_attr_t {
    _private: [u8; 0],
}

/// Opaque.
/// cbindgen:ignore
#[repr(C)]
pub struct coap_subscription_t {
    _private: [u8; 0],
}

/// Opaque.
/// cbindgen:ignore
#[repr(C)]
pub struct coap_cache_entry_t {
    _private: [u8; 0],
}

/// Opaque.
/// cbindgen:ignore
#[repr(C)]
pub struct coap_cache_key_t {
    _private: [u8; 0],
}

/// Opaque.
/// cbindgen:ignore
#[repr(C)]
pub struct coap_endpoint_t {
    _private: [u8; 0],
}

/// Opaque.
/// cbindgen:ignore
#[repr(C)]
pub struct coap_lg_xmit_t {
    _private: [u8; 0],
}

/// Opaque.
/// cbindgen:ignore
#[repr(C)]
pub struct coap_lg_crcv_t {
    _private: [u8; 0],
}

/// Opaque.
/// cbindgen:ignore
#[repr(C)]
pub struct coap_lg_srcv_t {
    _private: [u8; 0],
}
