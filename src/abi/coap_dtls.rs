//! Types and constants of `coap2/coap_dtls.h`.

use super::*;

/// How a key and its certificate are given.
/// cbindgen:ignore
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_dtls_key_t {
    /// Which member of `key` is in use.
    pub key_type: MaybeUninit<coap_pki_key_t>,
    /// The members, one over the other.
    pub key: coap_dtls_key_union_t,
}

/// The union inside [`coap_dtls_key_t`].
/// cbindgen:ignore
#[repr(C)]
#[derive(Clone, Copy)]
pub union coap_dtls_key_union_t {
    /// PEM files.
    pub pem: coap_pki_key_pem_t,
    /// PEM buffers.
    pub pem_buf: coap_pki_key_pem_buf_t,
    /// DER buffers.
    pub asn1: coap_pki_key_asn1_t,
    /// PKCS#11 URIs.
    pub pkcs11: coap_pki_key_pkcs11_t,
}

/// Validates the common name of a certificate; 1 accepts.
pub type coap_dtls_cn_callback_t = Option<
    unsafe extern "C" fn(
        cn: *const c_char,
        asn1_public_cert: *const u8,
        asn1_length: usize,
        coap_session: *mut coap_session_t,
        depth: c_uint,
        validated: c_int,
        arg: *mut c_void,
    ) -> c_int,
>;
/// Chooses the key for a server name that a client asks for.
pub type coap_dtls_pki_sni_callback_t =
    Option<unsafe extern "C" fn(sni: *const c_char, arg: *mut c_void) -> *mut coap_dtls_key_t>;
/// Last adjustments to a TLS session.
pub type coap_dtls_security_setup_t =
    Option<unsafe extern "C" fn(tls_session: *mut c_void, setup_data: *mut coap_dtls_pki_t) -> c_int>;
/// Chooses identity and key for the hint that a server sent.
pub type coap_dtls_ih_callback_t = Option<
    unsafe extern "C" fn(
        hint: *mut coap_str_const_t,
        coap_session: *mut coap_session_t,
        arg: *mut c_void,
    ) -> *const coap_dtls_cpsk_info_t,
>;
/// Chooses the key for the identity that a client sent.
pub type coap_dtls_id_callback_t = Option<
    unsafe extern "C" fn(
        identity: *mut coap_bin_const_t,
        coap_session: *mut coap_session_t,
        arg: *mut c_void,
    ) -> *const coap_bin_const_t,
>;
/// Chooses hint and key for a server name that a client asks for.
pub type coap_dtls_psk_sni_callback_t = Option<
    unsafe extern "C" fn(
        sni: *const c_char,
        coap_session: *mut coap_session_t,
        arg: *mut c_void,
    ) -> *const coap_dtls_spsk_info_t,
>;

/// TODO.
pub const COAP_DTLS_CPSK_SETUP_VERSION: c_int = 1;

/// TODO.
pub const COAP_DTLS_HINT_LENGTH: c_int = 128;

/// TODO.
pub const COAP_DTLS_PKI_SETUP_VERSION: c_int = 1;

/// TODO.
pub const COAP_DTLS_RETRANSMIT_MS: c_int = 1000;

/// TODO.
pub const COAP_DTLS_RETRANSMIT_COAP_TICKS: usize = 1000;

/// TODO.
pub const COAP_DTLS_RETRANSMIT_TOTAL_MS: c_int = 60000;

/// TODO.
pub const COAP_DTLS_SPSK_SETUP_VERSION: c_int = 1;

/// TODO.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum coap_tls_library_t {
    /// TODO.
    COAP_TLS_LIBRARY_NOTLS = 0,
    /// TODO.
    COAP_TLS_LIBRARY_TINYDTLS = 1,
    /// TODO.
    COAP_TLS_LIBRARY_OPENSSL = 2,
    /// TODO.
    COAP_TLS_LIBRARY_GNUTLS = 3,
    /// TODO.
    COAP_TLS_LIBRARY_MBEDTLS = 4,
}

/// TODO.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum coap_asn1_privatekey_type_t {
    /// TODO.
    COAP_ASN1_PKEY_NONE = 0,
    /// TODO.
    COAP_ASN1_PKEY_RSA = 1,
    /// TODO.
    COAP_ASN1_PKEY_RSA2 = 2,
    /// TODO.
    COAP_ASN1_PKEY_DSA = 3,
    /// TODO.
    COAP_ASN1_PKEY_DSA1 = 4,
    /// TODO.
    COAP_ASN1_PKEY_DSA2 = 5,
    /// TODO.
    COAP_ASN1_PKEY_DSA3 = 6,
    /// TODO.
    COAP_ASN1_PKEY_DSA4 = 7,
    /// TODO.
    COAP_ASN1_PKEY_DH = 8,
    /// TODO.
    COAP_ASN1_PKEY_DHX = 9,
    /// TODO.
    COAP_ASN1_PKEY_EC = 10,
    /// TODO.
    COAP_ASN1_PKEY_HMAC = 11,
    /// TODO.
    COAP_ASN1_PKEY_CMAC = 12,
    /// TODO.
    COAP_ASN1_PKEY_TLS1_PRF = 13,
    /// TODO.
    COAP_ASN1_PKEY_HKDF = 14,
}

/// TODO.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum coap_pki_key_t {
    /// TODO.
    COAP_PKI_KEY_PEM = 0,
    /// TODO.
    COAP_PKI_KEY_ASN1 = 1,
    /// TODO.
    COAP_PKI_KEY_PEM_BUF = 2,
    /// TODO.
    COAP_PKI_KEY_PKCS11 = 3,
}

/// TODO.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum coap_dtls_role_t {
    /// TODO.
    COAP_DTLS_ROLE_CLIENT = 0,
    /// TODO.
    COAP_DTLS_ROLE_SERVER = 1,
}

/// TODO.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_tls_version_t {
    /// TODO.
    pub version: u64,
    /// TODO.
    pub r#type: MaybeUninit<coap_tls_library_t>,
    /// TODO.
    pub built_version: u64,
}

/// TODO.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_pki_key_pem_t {
    /// TODO.
    pub ca_file: *const c_char,
    /// TODO.
    pub public_cert: *const c_char,
    /// TODO.
    pub private_key: *const c_char,
}

/// TODO.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_pki_key_pem_buf_t {
    /// TODO.
    pub ca_cert: *const u8,
    /// TODO.
    pub public_cert: *const u8,
    /// TODO.
    pub private_key: *const u8,
    /// TODO.
    pub ca_cert_len: usize,
    /// TODO.
    pub public_cert_len: usize,
    /// TODO.
    pub private_key_len: usize,
}

/// TODO.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_pki_key_asn1_t {
    /// TODO.
    pub ca_cert: *const u8,
    /// TODO.
    pub public_cert: *const u8,
    /// TODO.
    pub private_key: *const u8,
    /// TODO.
    pub ca_cert_len: usize,
    /// TODO.
    pub public_cert_len: usize,
    /// TODO.
    pub private_key_len: usize,
    /// TODO.
    pub private_key_type: MaybeUninit<coap_asn1_privatekey_type_t>,
}

/// TODO.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_pki_key_pkcs11_t {
    /// TODO.
    pub ca: *const c_char,
    /// TODO.
    pub public_cert: *const c_char,
    /// TODO.
    pub private_key: *const c_char,
    /// TODO.
    pub user_pin: *const c_char,
}

/// TODO.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_dtls_pki_t {
    /// TODO.
    pub version: u8,
    /// TODO.
    pub verify_peer_cert: u8,
    /// TODO.
    pub check_common_ca: u8,
    /// TODO.
    pub allow_self_signed: u8,
    /// TODO.
    pub allow_expired_certs: u8,
    /// TODO.
    pub cert_chain_validation: u8,
    /// TODO.
    pub cert_chain_verify_depth: u8,
    /// TODO.
    pub check_cert_revocation: u8,
    /// TODO.
    pub allow_no_crl: u8,
    /// TODO.
    pub allow_expired_crl: u8,
    /// TODO.
    pub allow_bad_md_hash: u8,
    /// TODO.
    pub allow_short_rsa_length: u8,
    /// TODO.
    pub is_rpk_not_cert: u8,
    /// TODO.
    pub reserved: [u8; 3],
    /// TODO.
    pub validate_cn_call_back: coap_dtls_cn_callback_t,
    /// TODO.
    pub cn_call_back_arg: *mut c_void,
    /// TODO.
    pub validate_sni_call_back: coap_dtls_pki_sni_callback_t,
    /// TODO.
    pub sni_call_back_arg: *mut c_void,
    /// TODO.
    pub additional_tls_setup_call_back: coap_dtls_security_setup_t,
    /// TODO.
    pub client_sni: *mut c_char,
    /// TODO.
    pub pki_key: coap_dtls_key_t,
}

/// TODO.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_dtls_cpsk_info_t {
    /// TODO.
    pub identity: coap_bin_const_t,
    /// TODO.
    pub key: coap_bin_const_t,
}

/// TODO.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_dtls_cpsk_t {
    /// TODO.
    pub version: u8,
    /// TODO.
    pub reserved: [u8; 7],
    /// TODO.
    pub validate_ih_call_back: coap_dtls_ih_callback_t,
    /// TODO.
    pub ih_call_back_arg: *mut c_void,
    /// TODO.
    pub client_sni: *mut c_char,
    /// TODO.
    pub psk_info: coap_dtls_cpsk_info_t,
}

/// TODO.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_dtls_spsk_info_t {
    /// TODO.
    pub hint: coap_bin_const_t,
    /// TODO.
    pub key: coap_bin_const_t,
}

/// TODO.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_dtls_spsk_t {
    /// TODO.
    pub version: u8,
    /// TODO.
    pub reserved: [u8; 7],
    /// TODO.
    pub validate_id_call_back: coap_dtls_id_callback_t,
    /// TODO.
    pub id_call_back_arg: *mut c_void,
    /// TODO.
    pub validate_sni_call_back: coap_dtls_psk_sni_callback_t,
    /// TODO.
    pub sni_call_back_arg: *mut c_void,
    /// TODO.
    pub psk_info: coap_dtls_spsk_info_t,
}
