//! Types and constants of `coap2/address.h`.

use super::*;

/// A socket address: the kernel's structure and how much of it counts.
///
/// The C header shows `addr` as a union of `sockaddr`, `sockaddr_in` and `sockaddr_in6`; here it is the raw storage,
/// read through [`crate::base::address`].
/// cbindgen:ignore
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_address_t {
    /// Bytes of `addr` that are in use: 16 or 28.
    pub size: socklen_t,
    /// `sa_family`, then what that family says, as the kernel has it.
    pub addr: [u32; 7],
}
