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

/// The version of coap_dtls_cpsk_t described here.
pub const COAP_DTLS_CPSK_SETUP_VERSION: c_int = 1;

/// Room that programs usually give a hint, in bytes.
pub const COAP_DTLS_HINT_LENGTH: c_int = 128;

/// The version of coap_dtls_pki_t described here.
pub const COAP_DTLS_PKI_SETUP_VERSION: c_int = 1;

/// Time before the first retransmission, in milliseconds.
pub const COAP_DTLS_RETRANSMIT_MS: c_int = 1000;

/// The same in ticks.
pub const COAP_DTLS_RETRANSMIT_COAP_TICKS: usize = 1000;

/// Time after which a handshake has failed, in milliseconds.
pub const COAP_DTLS_RETRANSMIT_TOTAL_MS: c_int = 60000;

/// The version of coap_dtls_spsk_t described here.
pub const COAP_DTLS_SPSK_SETUP_VERSION: c_int = 1;

/// The library that does DTLS and TLS.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum coap_tls_library_t {
    /// There is none.
    COAP_TLS_LIBRARY_NOTLS = 0,
    /// TinyDTLS.
    COAP_TLS_LIBRARY_TINYDTLS = 1,
    /// OpenSSL.
    COAP_TLS_LIBRARY_OPENSSL = 2,
    /// GnuTLS.
    COAP_TLS_LIBRARY_GNUTLS = 3,
    /// Mbed TLS.
    COAP_TLS_LIBRARY_MBEDTLS = 4,
}

/// The kind of a private key in DER. The names follow those of OpenSSL, EVP_PKEY_...
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum coap_asn1_privatekey_type_t {
    /// Not said.
    COAP_ASN1_PKEY_NONE = 0,
    /// RSA.
    COAP_ASN1_PKEY_RSA = 1,
    /// RSA, by its older identifier.
    COAP_ASN1_PKEY_RSA2 = 2,
    /// DSA.
    COAP_ASN1_PKEY_DSA = 3,
    /// DSA, second identifier.
    COAP_ASN1_PKEY_DSA1 = 4,
    /// DSA, third identifier.
    COAP_ASN1_PKEY_DSA2 = 5,
    /// DSA, fourth identifier.
    COAP_ASN1_PKEY_DSA3 = 6,
    /// DSA, fifth identifier.
    COAP_ASN1_PKEY_DSA4 = 7,
    /// Diffie-Hellman.
    COAP_ASN1_PKEY_DH = 8,
    /// Diffie-Hellman in the form of X9.42.
    COAP_ASN1_PKEY_DHX = 9,
    /// Elliptic curve.
    COAP_ASN1_PKEY_EC = 10,
    /// HMAC.
    COAP_ASN1_PKEY_HMAC = 11,
    /// CMAC.
    COAP_ASN1_PKEY_CMAC = 12,
    /// Key derivation of TLS 1.
    COAP_ASN1_PKEY_TLS1_PRF = 13,
    /// HKDF.
    COAP_ASN1_PKEY_HKDF = 14,
}

/// How a key and its certificate are given.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum coap_pki_key_t {
    /// As names of PEM files.
    COAP_PKI_KEY_PEM = 0,
    /// As DER in memory.
    COAP_PKI_KEY_ASN1 = 1,
    /// As PEM in memory.
    COAP_PKI_KEY_PEM_BUF = 2,
    /// As PKCS #11 URIs (RFC 7512).
    COAP_PKI_KEY_PKCS11 = 3,
}

/// The side of a handshake.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum coap_dtls_role_t {
    /// The one that starts it.
    COAP_DTLS_ROLE_CLIENT = 0,
    /// The other one.
    COAP_DTLS_ROLE_SERVER = 1,
}

/// Which (D)TLS library there is, and its version.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_tls_version_t {
    /// The version in use, in the form of that library.
    pub version: u64,
    /// Which library it is.
    pub r#type: MaybeUninit<coap_tls_library_t>,
    /// The version this library was built with.
    pub built_version: u64,
}

/// Names of PEM files. Each is a NUL-terminated string, or NULL for none.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_pki_key_pem_t {
    /// Certificates of authorities to trust; looked at with check_common_ca only.
    pub ca_file: *const c_char,
    /// The certificate: the first one in the file. Those above it are sent if they are among the authorities trusted.
    pub public_cert: *const c_char,
    /// The private key, not encrypted. It may be in the same file.
    pub private_key: *const c_char,
}

/// PEM in memory. A terminating NUL may be counted.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_pki_key_pem_buf_t {
    /// Certificates of authorities to trust, or NULL.
    pub ca_cert: *const u8,
    /// The certificate: the first one there.
    pub public_cert: *const u8,
    /// The private key, not encrypted. It may be in the same buffer.
    pub private_key: *const u8,
    /// Bytes at ca_cert.
    pub ca_cert_len: usize,
    /// Bytes at public_cert.
    pub public_cert_len: usize,
    /// Bytes at private_key.
    pub private_key_len: usize,
}

/// DER in memory.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_pki_key_asn1_t {
    /// The certificate of an authority to trust, or NULL.
    pub ca_cert: *const u8,
    /// The certificate, or NULL.
    pub public_cert: *const u8,
    /// The private key, or NULL.
    pub private_key: *const u8,
    /// Bytes at ca_cert.
    pub ca_cert_len: usize,
    /// Bytes at public_cert.
    pub public_cert_len: usize,
    /// Bytes at private_key.
    pub private_key_len: usize,
    /// The kind of the private key.
    pub private_key_type: MaybeUninit<coap_asn1_privatekey_type_t>,
}

/// PKCS #11 URIs (RFC 7512), or names of DER files. NUL-terminated strings, or NULL for none.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_pki_key_pkcs11_t {
    /// The certificate of an authority to trust.
    pub ca: *const c_char,
    /// The certificate.
    pub public_cert: *const c_char,
    /// The private key.
    pub private_key: *const c_char,
    /// The PIN of the token.
    pub user_pin: *const c_char,
}

/// How certificates are used. Set it to zero first, then version, then what is wanted.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_dtls_pki_t {
    /// COAP_DTLS_PKI_SETUP_VERSION.
    pub version: u8,
    /// 1: the peer must prove who it is; 0: failures are let pass.
    pub verify_peer_cert: u8,
    /// 1: no certificate may be its own authority; PEM files: trust the authorities in ca_file, too. (The other kinds of
    /// pki_key do that always.)
    pub check_common_ca: u8,
    /// 1: a certificate may be its own authority, unless check_common_ca is set.
    pub allow_self_signed: u8,
    /// 1: a certificate may be past its time, or before it.
    pub allow_expired_certs: u8,
    /// 1: cert_chain_verify_depth counts.
    pub cert_chain_validation: u8,
    /// How many authorities may stand between the peer and the one that is trusted: in fact one more, for servers two.
    pub cert_chain_verify_depth: u8,
    /// 1: look whether the peer's certificate has been revoked.
    pub check_cert_revocation: u8,
    /// 1: a list of revoked certificates may be missing.
    pub allow_no_crl: u8,
    /// 1: a list of revoked certificates may be out of date.
    pub allow_expired_crl: u8,
    /// Has no effect.
    pub allow_bad_md_hash: u8,
    /// Has no effect.
    pub allow_short_rsa_length: u8,
    /// 1: raw public keys (RFC 7250), which are not supported.
    pub is_rpk_not_cert: u8,
    /// 0.
    pub reserved: [u8; 3],
    /// Judges the common name of each certificate, or NULL.
    pub validate_cn_call_back: coap_dtls_cn_callback_t,
    /// Passed to validate_cn_call_back.
    pub cn_call_back_arg: *mut c_void,
    /// Server: chooses the key for a server name, or NULL.
    pub validate_sni_call_back: coap_dtls_pki_sni_callback_t,
    /// Passed to validate_sni_call_back.
    pub sni_call_back_arg: *mut c_void,
    /// Server: last adjustments to a TLS session, or NULL.
    pub additional_tls_setup_call_back: coap_dtls_security_setup_t,
    /// Client: the name of the server it asks for, or NULL.
    pub client_sni: *mut c_char,
    /// Key and certificates.
    pub pki_key: coap_dtls_key_t,
}

/// Who a client is.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_dtls_cpsk_info_t {
    /// The name it gives itself.
    pub identity: coap_bin_const_t,
    /// The key it shares with the server.
    pub key: coap_bin_const_t,
}

/// How a client uses pre-shared keys. Set it to zero first, then version, then what is wanted.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_dtls_cpsk_t {
    /// COAP_DTLS_CPSK_SETUP_VERSION.
    pub version: u8,
    /// 0.
    pub reserved: [u8; 7],
    /// Chooses identity and key for the server's hint, or NULL.
    pub validate_ih_call_back: coap_dtls_ih_callback_t,
    /// Passed to validate_ih_call_back.
    pub ih_call_back_arg: *mut c_void,
    /// The name of the server it asks for, or NULL.
    pub client_sni: *mut c_char,
    /// Identity and key.
    pub psk_info: coap_dtls_cpsk_info_t,
}

/// What a server has for its clients.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_dtls_spsk_info_t {
    /// The hint by which a client finds the right key.
    pub hint: coap_bin_const_t,
    /// The key it shares with its clients.
    pub key: coap_bin_const_t,
}

/// How a server uses pre-shared keys. Set it to zero first, then version, then what is wanted.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_dtls_spsk_t {
    /// COAP_DTLS_SPSK_SETUP_VERSION.
    pub version: u8,
    /// 0.
    pub reserved: [u8; 7],
    /// Chooses the key for a client's identity, or NULL.
    pub validate_id_call_back: coap_dtls_id_callback_t,
    /// Passed to validate_id_call_back.
    pub id_call_back_arg: *mut c_void,
    /// Chooses hint and key for a server name, or NULL.
    pub validate_sni_call_back: coap_dtls_psk_sni_callback_t,
    /// Passed to validate_sni_call_back.
    pub sni_call_back_arg: *mut c_void,
    /// Hint and key.
    pub psk_info: coap_dtls_spsk_info_t,
}
