//! OpenSSL's view of the network: a BIO over bytes in memory.

use super::guarded;
use core::ffi::{c_char, c_int, c_long, c_void};
use core::mem::MaybeUninit;
use core::ptr::{null_mut, NonNull};
use foreign_types::ForeignTypeRef;
use openssl::ssl::SslRef;
use openssl_sys as ffi;

/// A command of a BIO: how many bytes the layers below a datagram's payload take. OpenSSL takes the most for granted where
/// it checks an MTU.
const BIO_CTRL_DGRAM_GET_MTU_OVERHEAD: c_int = 49;
const MTU_OVERHEAD: c_long = 48;

/// What stands behind a BIO of ours.
pub trait Wire {
    /// Takes up to so many bytes of what has come; `None`: there is nothing.
    fn take(&self, room: &mut [MaybeUninit<u8>]) -> Option<usize>;

    /// Is to send these bytes; false if there is no memory.
    fn give(&self, bytes: &[u8]) -> bool;
}

/// Gives a connection a BIO over `wire`; `None` without memory.
///
/// # Safety
/// `wire` lives as long as the connection, or until [`cut`].
pub unsafe fn set<W: Wire>(ssl: &SslRef, method: &BioMethod, wire: NonNull<W>) -> Option<()> {
    // SAFETY: the method is live for ever; the BIO goes to the connection, both as reader and as writer.
    unsafe {
        let bio = NonNull::new(ffi::BIO_new(method.0.as_ptr()))?.as_ptr();
        ffi::BIO_set_data(bio, wire.as_ptr().cast());
        ffi::BIO_set_init(bio, 1);
        ffi::SSL_set_bio(ssl.as_ptr(), bio, bio);
    }
    Some(())
}

/// What stands behind the BIO of a connection; `None` if that has been cut.
pub fn of<W: Wire>(ssl: *const ffi::SSL) -> Option<NonNull<W>> {
    // SAFETY: the object is live, since OpenSSL calls back about it, and so is its BIO.
    unsafe {
        let bio = ffi::SSL_get_rbio(ssl);
        if bio.is_null() {
            return None;
        }
        NonNull::new(ffi::BIO_get_data(bio).cast())
    }
}

/// Nothing stands behind the BIO of a connection any more: an application may have taken a reference to the connection.
pub fn cut(ssl: &SslRef) {
    // SAFETY: the object is live, and so is its BIO.
    unsafe {
        let bio = ffi::SSL_get_rbio(ssl.as_ptr());
        if !bio.is_null() {
            ffi::BIO_set_data(bio, null_mut());
        }
    }
}

/// How a kind of BIO works.
pub struct BioMethod(NonNull<ffi::BIO_METHOD>);

// SAFETY: it is not changed once it is made.
unsafe impl Send for BioMethod {}
// SAFETY: as above.
unsafe impl Sync for BioMethod {}

impl BioMethod {
    /// The kind whose BIOs stand in front of a `W`; `None` without memory. Never freed.
    pub fn new<W: Wire>() -> Option<BioMethod> {
        // SAFETY: just made; the functions are as OpenSSL wants them.
        unsafe {
            let method = NonNull::new(ffi::BIO_meth_new(0, c"coap".as_ptr()))?;
            ffi::BIO_meth_set_write__fixed_rust(method.as_ptr(), Some(bio_write::<W>));
            ffi::BIO_meth_set_read__fixed_rust(method.as_ptr(), Some(bio_read::<W>));
            ffi::BIO_meth_set_ctrl__fixed_rust(method.as_ptr(), Some(bio_ctrl));
            Some(BioMethod(method))
        }
    }
}

/// # Safety
/// `bio` is one of ours; what stands behind it is live, or was cut.
unsafe fn behind<'a, W: Wire>(bio: *mut ffi::BIO) -> Option<&'a W> {
    // SAFETY: by the caller's word.
    unsafe { ffi::BIO_get_data(bio).cast::<W>().as_ref() }
}

unsafe extern "C" fn bio_read<W: Wire>(bio: *mut ffi::BIO, room: *mut c_char, length: c_int) -> c_int {
    // SAFETY: OpenSSL gives a BIO of ours, and room for so many bytes.
    unsafe {
        ffi::BIO_clear_flags(bio, ffi::BIO_FLAGS_RWS | ffi::BIO_FLAGS_SHOULD_RETRY);
        let room = match usize::try_from(length) {
            Ok(length) if length > 0 => core::slice::from_raw_parts_mut(room.cast::<MaybeUninit<u8>>(), length),
            _ => return 0,
        };
        match guarded(None, || behind::<W>(bio)?.take(room)) {
            Some(taken) => taken as c_int,
            None => {
                ffi::BIO_set_retry_read(bio);
                -1
            }
        }
    }
}

unsafe extern "C" fn bio_write<W: Wire>(bio: *mut ffi::BIO, bytes: *const c_char, length: c_int) -> c_int {
    // SAFETY: OpenSSL gives a BIO of ours, and so many bytes.
    unsafe {
        ffi::BIO_clear_flags(bio, ffi::BIO_FLAGS_RWS | ffi::BIO_FLAGS_SHOULD_RETRY);
        let bytes = match usize::try_from(length) {
            Ok(length) if length > 0 => core::slice::from_raw_parts(bytes.cast::<u8>(), length),
            _ => return 0,
        };
        match guarded(false, || behind::<W>(bio).is_some_and(|wire| wire.give(bytes))) {
            true => length,
            false => -1,
        }
    }
}

unsafe extern "C" fn bio_ctrl(_bio: *mut ffi::BIO, command: c_int, _number: c_long, _data: *mut c_void) -> c_long {
    match command {
        ffi::BIO_CTRL_FLUSH => 1,
        BIO_CTRL_DGRAM_GET_MTU_OVERHEAD => MTU_OVERHEAD,
        _ => 0,
    }
}
