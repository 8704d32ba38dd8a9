//! The build without DTLS and TLS (docs/spec/security.md, section 12).

use super::records::Records;
use super::{Backend, ClientSetup, SecureConnection, Step};
use crate::abi::*;
use crate::base::keep::{Keep, Keepable, Kept};
use crate::base::tls_version::TlsVersion;
use crate::exchange::{Context, Session};
use core::cell::Cell;
use core::ffi::{c_uint, c_void, CStr};
use core::mem::MaybeUninit;
use core::ptr::null_mut;

/// No library for DTLS and TLS: nothing secure can be made, and credentials are let pass for sessions that need none.
pub struct NoTls;

impl Backend for NoTls {
    type Settings = ();
    type Connection = Never;

    fn speaks(_proto: coap_proto_t) -> bool {
        false
    }

    fn version() -> TlsVersion {
        TlsVersion { library: coap_tls_library_t::COAP_TLS_LIBRARY_NOTLS as c_uint, runtime: 0, built: 0 }
    }

    fn handle(_settings: &()) -> *mut c_void {
        null_mut()
    }

    fn use_server_psk(_context: &Context) -> bool {
        false
    }

    fn use_server_pki(_context: &Context, _setup: &coap_dtls_pki_t) -> bool {
        false
    }

    fn trust(_context: &Context, _file: Option<&CStr>, _directory: Option<&CStr>) -> bool {
        false
    }

    fn use_client_psk(_context: &Context, _setup: &coap_dtls_cpsk_t) -> bool {
        true
    }

    fn use_client_pki(_context: &Context, _setup: Option<&coap_dtls_pki_t>) -> bool {
        true
    }

    fn is_set_up(_context: &Context) -> bool {
        false
    }

    fn connect(_context: &Context, _session: &Session, _setup: &ClientSetup) -> Option<Kept<Never>> {
        None
    }

    fn accept(_context: &Context, _session: &Session) -> Option<Kept<Never>> {
        None
    }

    fn clean_up() {}

    fn listen(
        _context: &Context,
        _listener: &Cell<Option<Kept<Never>>>,
        _peer: &coap_addr_tuple_t,
        _datagram: &[u8],
        _records: &mut Records,
    ) -> Option<Kept<Never>> {
        None
    }
}

/// The connection that never is.
pub enum Never {}

// SAFETY: there is none.
unsafe impl Keepable for Never {
    fn keep(&self) -> &Keep {
        match *self {}
    }
}

impl SecureConnection for Never {
    fn belong_to(&self, _session: &Session, _proto: coap_proto_t) {
        match *self {}
    }

    fn leave(&self) {
        match *self {}
    }

    fn handle(&self) -> *mut c_void {
        match *self {}
    }

    fn is_busy(&self) -> bool {
        match *self {}
    }

    fn read(&self, _input: &mut &[u8], _plain: &mut [MaybeUninit<u8>], _records: &mut Records) -> Step {
        match *self {}
    }

    fn write(&self, _message: &[u8], _records: &mut Records) -> Step {
        match *self {}
    }

    fn write_record(&self, _data: &[u8], _records: &mut Records) -> Option<usize> {
        match *self {}
    }

    fn has_more(&self) -> bool {
        match *self {}
    }

    fn is_unanswered(&self) -> bool {
        match *self {}
    }

    fn has_new_flight(&self) -> bool {
        match *self {}
    }

    fn send_again(&self, _records: &mut Records) -> bool {
        match *self {}
    }

    fn close(&self, _records: &mut Records) {
        match *self {}
    }

    fn set_mtu(&self, _mtu: usize) {
        match *self {}
    }

    fn overhead(&self) -> usize {
        match *self {}
    }
}
