/* <coap2/coap_dtls.h>: security: what is supported, and how keys and certificates are given
 *
 * Part of libcoap-2, BSD-2-Clause: see the file LICENSE.
 */
#ifndef COAP_DTLS_H_
#define COAP_DTLS_H_

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "coap_forward_decls.h"
#include "coap_time.h"
#include "str.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What the library supports */

/** The library that does DTLS and TLS. */
typedef enum coap_tls_library_t {
  COAP_TLS_LIBRARY_NOTLS = 0,    /**< There is none. */
  COAP_TLS_LIBRARY_TINYDTLS = 1, /**< TinyDTLS. */
  COAP_TLS_LIBRARY_OPENSSL = 2,  /**< OpenSSL. */
  COAP_TLS_LIBRARY_GNUTLS = 3,   /**< GnuTLS. */
  COAP_TLS_LIBRARY_MBEDTLS = 4   /**< Mbed TLS. */
} coap_tls_library_t;

/** Which (D)TLS library there is, and its version. */
typedef struct coap_tls_version_t {
  uint64_t version;        /**< The version in use, in the form of that library. */
  coap_tls_library_t type; /**< Which library it is. */
  uint64_t built_version;  /**< The version this library was built with. */
} coap_tls_version_t;

/**
 * Tells whether DTLS can be used.
 *
 * @return 1 if it can, else 0.
 */
int coap_dtls_is_supported(void);

/**
 * Tells whether TLS can be used.
 *
 * @return 1 if it can, else 0.
 */
int coap_tls_is_supported(void);

/**
 * Tells kind and version of the TLS library.
 *
 * @return The same static object at each call, never NULL.
 */
coap_tls_version_t *coap_get_tls_library_version(void);

/**
 * Sets the level for log lines about the TLS library's own doing: its states (LOG_DEBUG), its alerts (LOG_INFO, fatal
 * ones LOG_WARNING) and failed handshakes (LOG_WARNING). They appear if the level for all lines allows it, too.
 *
 * @param level  Stored as it is. At first 0: no such lines.
 */
void coap_dtls_set_log_level(int level);

/**
 * Tells the level for messages of the TLS library.
 *
 * @return What coap_dtls_set_log_level() stored last, 0 at first.
 */
int coap_dtls_get_log_level(void);

/* Retransmission of handshake messages */

#ifndef COAP_DTLS_RETRANSMIT_MS
#define COAP_DTLS_RETRANSMIT_MS 1000 /**< Time before the first retransmission, in milliseconds. */
#endif

#ifndef COAP_DTLS_RETRANSMIT_TOTAL_MS
#define COAP_DTLS_RETRANSMIT_TOTAL_MS 60000 /**< Time after which a handshake has failed, in milliseconds. */
#endif

/** The same in ticks. */
#define COAP_DTLS_RETRANSMIT_COAP_TICKS (COAP_DTLS_RETRANSMIT_MS * COAP_TICKS_PER_SECOND / 1000)

/* Certificates */

/** The kind of a private key in DER. The names follow those of OpenSSL, EVP_PKEY_... */
typedef enum coap_asn1_privatekey_type_t {
  COAP_ASN1_PKEY_NONE = 0,      /**< Not said. */
  COAP_ASN1_PKEY_RSA = 1,       /**< RSA. */
  COAP_ASN1_PKEY_RSA2 = 2,      /**< RSA, by its older identifier. */
  COAP_ASN1_PKEY_DSA = 3,       /**< DSA. */
  COAP_ASN1_PKEY_DSA1 = 4,      /**< DSA, second identifier. */
  COAP_ASN1_PKEY_DSA2 = 5,      /**< DSA, third identifier. */
  COAP_ASN1_PKEY_DSA3 = 6,      /**< DSA, fourth identifier. */
  COAP_ASN1_PKEY_DSA4 = 7,      /**< DSA, fifth identifier. */
  COAP_ASN1_PKEY_DH = 8,        /**< Diffie-Hellman. */
  COAP_ASN1_PKEY_DHX = 9,       /**< Diffie-Hellman in the form of X9.42. */
  COAP_ASN1_PKEY_EC = 10,       /**< Elliptic curve. */
  COAP_ASN1_PKEY_HMAC = 11,     /**< HMAC. */
  COAP_ASN1_PKEY_CMAC = 12,     /**< CMAC. */
  COAP_ASN1_PKEY_TLS1_PRF = 13, /**< Key derivation of TLS 1. */
  COAP_ASN1_PKEY_HKDF = 14      /**< HKDF. */
} coap_asn1_privatekey_type_t;

/** How a key and its certificate are given. */
typedef enum coap_pki_key_t {
  COAP_PKI_KEY_PEM = 0,     /**< As names of PEM files. */
  COAP_PKI_KEY_ASN1 = 1,    /**< As DER in memory. */
  COAP_PKI_KEY_PEM_BUF = 2, /**< As PEM in memory. */
  COAP_PKI_KEY_PKCS11 = 3   /**< As PKCS #11 URIs (RFC 7512). */
} coap_pki_key_t;

/** The side of a handshake. */
typedef enum coap_dtls_role_t {
  COAP_DTLS_ROLE_CLIENT = 0, /**< The one that starts it. */
  COAP_DTLS_ROLE_SERVER = 1  /**< The other one. */
} coap_dtls_role_t;

/** Names of PEM files. Each is a NUL-terminated string, or NULL for none. */
typedef struct coap_pki_key_pem_t {
  const char *ca_file;     /**< Certificates of authorities to trust; looked at with check_common_ca only. */
  /** The certificate: the first one in the file. Those above it are sent if they are among the authorities trusted. */
  const char *public_cert;
  const char *private_key; /**< The private key, not encrypted. It may be in the same file. */
} coap_pki_key_pem_t;

/** PEM in memory. A terminating NUL may be counted. */
typedef struct coap_pki_key_pem_buf_t {
  const uint8_t *ca_cert;     /**< Certificates of authorities to trust, or NULL. */
  const uint8_t *public_cert; /**< The certificate: the first one there. */
  const uint8_t *private_key; /**< The private key, not encrypted. It may be in the same buffer. */
  size_t ca_cert_len;         /**< Bytes at ca_cert. */
  size_t public_cert_len;     /**< Bytes at public_cert. */
  size_t private_key_len;     /**< Bytes at private_key. */
} coap_pki_key_pem_buf_t;

/** DER in memory. */
typedef struct coap_pki_key_asn1_t {
  const uint8_t *ca_cert;                       /**< The certificate of an authority to trust, or NULL. */
  const uint8_t *public_cert;                   /**< The certificate, or NULL. */
  const uint8_t *private_key;                   /**< The private key, or NULL. */
  size_t ca_cert_len;                           /**< Bytes at ca_cert. */
  size_t public_cert_len;                       /**< Bytes at public_cert. */
  size_t private_key_len;                       /**< Bytes at private_key. */
  coap_asn1_privatekey_type_t private_key_type; /**< The kind of the private key. */
} coap_pki_key_asn1_t;

/** PKCS #11 URIs (RFC 7512), or names of DER files. NUL-terminated strings, or NULL for none. */
typedef struct coap_pki_key_pkcs11_t {
  const char *ca;          /**< The certificate of an authority to trust. */
  const char *public_cert; /**< The certificate. */
  const char *private_key; /**< The private key. */
  const char *user_pin;    /**< The PIN of the token. */
} coap_pki_key_pkcs11_t;

/** Key and certificates, in one of four forms. */
typedef struct coap_dtls_key_t {
  coap_pki_key_t key_type; /**< Which member of key is in use. */
  union {
    coap_pki_key_pem_t pem;         /**< COAP_PKI_KEY_PEM: names of PEM files */
    coap_pki_key_pem_buf_t pem_buf; /**< COAP_PKI_KEY_PEM_BUF: PEM in memory */
    coap_pki_key_asn1_t asn1;       /**< COAP_PKI_KEY_ASN1: DER in memory */
    coap_pki_key_pkcs11_t pkcs11;   /**< COAP_PKI_KEY_PKCS11: URIs of a token (RFC 7512) */
  } key; /**< Where they are. */
} coap_dtls_key_t;

typedef struct coap_dtls_pki_t coap_dtls_pki_t;

/** Validates the common name of a certificate; 1 accepts. */
typedef int (*coap_dtls_cn_callback_t)(const char *cn, const uint8_t *asn1_public_cert, size_t asn1_length,
                                       coap_session_t *coap_session, unsigned int depth, int validated,
                                       void *arg);

/** Chooses the key for a server name that a client asks for. */
typedef coap_dtls_key_t *(*coap_dtls_pki_sni_callback_t)(const char *sni, void *arg);

/** Last adjustments to a TLS session. */
typedef int (*coap_dtls_security_setup_t)(void *tls_session, coap_dtls_pki_t *setup_data);

/** The common name under which a raw public key (RFC 7250) is shown to the callback. */
#define COAP_DTLS_RPK_CERT_CN "RPK"

#define COAP_DTLS_PKI_SETUP_VERSION 1 /**< The version of coap_dtls_pki_t described here. */

/** How certificates are used. Set it to zero first, then version, then what is wanted. */
struct coap_dtls_pki_t {
  uint8_t version;                                           /**< COAP_DTLS_PKI_SETUP_VERSION. */
  /** 1: the peer must prove who it is; 0: failures are let pass. */
  uint8_t verify_peer_cert;
  /**
   * 1: no certificate may be its own authority; PEM files: trust the authorities in ca_file, too. (The other kinds of
   * pki_key do that always.)
   */
  uint8_t check_common_ca;
  /** 1: a certificate may be its own authority, unless check_common_ca is set. */
  uint8_t allow_self_signed;
  /** 1: a certificate may be past its time, or before it. */
  uint8_t allow_expired_certs;
  uint8_t cert_chain_validation;                             /**< 1: cert_chain_verify_depth counts. */
  /** How many authorities may stand between the peer and the one that is trusted: in fact one more, for servers two. */
  uint8_t cert_chain_verify_depth;
  /** 1: look whether the peer's certificate has been revoked. */
  uint8_t check_cert_revocation;
  uint8_t allow_no_crl;                                      /**< 1: a list of revoked certificates may be missing. */
  /** 1: a list of revoked certificates may be out of date. */
  uint8_t allow_expired_crl;
  uint8_t allow_bad_md_hash;                                 /**< Has no effect. */
  uint8_t allow_short_rsa_length;                            /**< Has no effect. */
  /** 1: raw public keys (RFC 7250), which are not supported. */
  uint8_t is_rpk_not_cert;
  uint8_t reserved[3];                                       /**< 0. */
  /** Judges the common name of each certificate, or NULL. */
  coap_dtls_cn_callback_t validate_cn_call_back;
  void *cn_call_back_arg;                                    /**< Passed to validate_cn_call_back. */
  coap_dtls_pki_sni_callback_t validate_sni_call_back;       /**< Server: chooses the key for a server name, or NULL. */
  void *sni_call_back_arg;                                   /**< Passed to validate_sni_call_back. */
  coap_dtls_security_setup_t additional_tls_setup_call_back; /**< Server: last adjustments to a TLS session, or NULL. */
  /** Client: the name of the server it asks for, or NULL. */
  char *client_sni;
  coap_dtls_key_t pki_key;                                   /**< Key and certificates. */
};

/* Pre-shared keys: clients */

/** Who a client is. */
typedef struct coap_dtls_cpsk_info_t {
  coap_bin_const_t identity; /**< The name it gives itself. */
  coap_bin_const_t key;      /**< The key it shares with the server. */
} coap_dtls_cpsk_info_t;

/** Chooses identity and key for the hint that a server sent. */
typedef const coap_dtls_cpsk_info_t *(*coap_dtls_ih_callback_t)(coap_str_const_t *hint,
                                                                coap_session_t *coap_session, void *arg);

#define COAP_DTLS_CPSK_SETUP_VERSION 1 /**< The version of coap_dtls_cpsk_t described here. */

/** How a client uses pre-shared keys. Set it to zero first, then version, then what is wanted. */
typedef struct coap_dtls_cpsk_t {
  uint8_t version;                               /**< COAP_DTLS_CPSK_SETUP_VERSION. */
  uint8_t reserved[7];                           /**< 0. */
  coap_dtls_ih_callback_t validate_ih_call_back; /**< Chooses identity and key for the server's hint, or NULL. */
  void *ih_call_back_arg;                        /**< Passed to validate_ih_call_back. */
  char *client_sni;                              /**< The name of the server it asks for, or NULL. */
  coap_dtls_cpsk_info_t psk_info;                /**< Identity and key. */
} coap_dtls_cpsk_t;

/* Pre-shared keys: servers */

/** What a server has for its clients. */
typedef struct coap_dtls_spsk_info_t {
  coap_bin_const_t hint; /**< The hint by which a client finds the right key. */
  coap_bin_const_t key;  /**< The key it shares with its clients. */
} coap_dtls_spsk_info_t;

/** Chooses the key for the identity that a client sent. */
typedef const coap_bin_const_t *(*coap_dtls_id_callback_t)(coap_bin_const_t *identity,
                                                           coap_session_t *coap_session, void *arg);

/** Chooses hint and key for a server name that a client asks for. */
typedef const coap_dtls_spsk_info_t *(*coap_dtls_psk_sni_callback_t)(const char *sni,
                                                                     coap_session_t *coap_session, void *arg);

#ifndef COAP_DTLS_HINT_LENGTH
#define COAP_DTLS_HINT_LENGTH 128 /**< Room that programs usually give a hint, in bytes. */
#endif

#define COAP_DTLS_SPSK_SETUP_VERSION 1 /**< The version of coap_dtls_spsk_t described here. */

/** How a server uses pre-shared keys. Set it to zero first, then version, then what is wanted. */
typedef struct coap_dtls_spsk_t {
  uint8_t version;                                     /**< COAP_DTLS_SPSK_SETUP_VERSION. */
  uint8_t reserved[7];                                 /**< 0. */
  coap_dtls_id_callback_t validate_id_call_back;       /**< Chooses the key for a client's identity, or NULL. */
  void *id_call_back_arg;                              /**< Passed to validate_id_call_back. */
  coap_dtls_psk_sni_callback_t validate_sni_call_back; /**< Chooses hint and key for a server name, or NULL. */
  void *sni_call_back_arg;                             /**< Passed to validate_sni_call_back. */
  coap_dtls_spsk_info_t psk_info;                      /**< Hint and key. */
} coap_dtls_spsk_t;

/*
 * The seam between the original library and its (D)TLS back ends. The shared library does not export these, and none
 * of them is part of this one; they are declared for programs that mention them.
 */

int coap_dtls_context_check_keys_enabled(coap_context_t *coap_context);
int coap_dtls_context_set_cpsk(coap_context_t *coap_context, coap_dtls_cpsk_t *setup_data);
int coap_dtls_context_set_pki(coap_context_t *coap_context, const coap_dtls_pki_t *setup_data,
                              const coap_dtls_role_t role);
int coap_dtls_context_set_pki_root_cas(coap_context_t *coap_context, const char *ca_file, const char *ca_dir);
int coap_dtls_context_set_spsk(coap_context_t *coap_context, coap_dtls_spsk_t *setup_data);
void coap_dtls_free_context(void *dtls_context);
void coap_dtls_free_session(coap_session_t *coap_session);
coap_tick_t coap_dtls_get_context_timeout(void *dtls_context);
unsigned int coap_dtls_get_overhead(coap_session_t *coap_session);
coap_tick_t coap_dtls_get_timeout(coap_session_t *coap_session, coap_tick_t now);
void coap_dtls_handle_timeout(coap_session_t *coap_session);
int coap_dtls_hello(coap_session_t *coap_session, const uint8_t *data, size_t data_len);
int coap_dtls_is_context_timeout(void);
void *coap_dtls_new_client_session(coap_session_t *coap_session);
void *coap_dtls_new_context(coap_context_t *coap_context);
void *coap_dtls_new_server_session(coap_session_t *coap_session);
int coap_dtls_receive(coap_session_t *coap_session, const uint8_t *data, size_t data_len);
int coap_dtls_send(coap_session_t *coap_session, const uint8_t *data, size_t data_len);
void coap_dtls_session_update_mtu(coap_session_t *coap_session);
void coap_dtls_shutdown(void);
void coap_dtls_startup(void);
void coap_tls_free_session(coap_session_t *coap_session);
void *coap_tls_new_client_session(coap_session_t *coap_session, int *connected);
void *coap_tls_new_server_session(coap_session_t *coap_session, int *connected);
ssize_t coap_tls_read(coap_session_t *coap_session, uint8_t *data, size_t data_len);
ssize_t coap_tls_write(coap_session_t *coap_session, const uint8_t *data, size_t data_len);

#ifdef __cplusplus
}
#endif

#endif /* COAP_DTLS_H_ */
