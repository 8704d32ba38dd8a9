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

/** TODO. */
typedef enum coap_tls_library_t {
  COAP_TLS_LIBRARY_NOTLS = 0,    /**< TODO. */
  COAP_TLS_LIBRARY_TINYDTLS = 1, /**< TODO. */
  COAP_TLS_LIBRARY_OPENSSL = 2,  /**< TODO. */
  COAP_TLS_LIBRARY_GNUTLS = 3,   /**< TODO. */
  COAP_TLS_LIBRARY_MBEDTLS = 4   /**< TODO. */
} coap_tls_library_t;

/** TODO. */
typedef struct coap_tls_version_t {
  uint64_t version;        /**< TODO. */
  coap_tls_library_t type; /**< TODO. */
  uint64_t built_version;  /**< TODO. */
} coap_tls_version_t;

/* Retransmission of handshake messages */

#ifndef COAP_DTLS_RETRANSMIT_MS
#define COAP_DTLS_RETRANSMIT_MS 1000 /**< TODO. */
#endif

#ifndef COAP_DTLS_RETRANSMIT_TOTAL_MS
#define COAP_DTLS_RETRANSMIT_TOTAL_MS 60000 /**< TODO. */
#endif

/** TODO. */
#define COAP_DTLS_RETRANSMIT_COAP_TICKS (COAP_DTLS_RETRANSMIT_MS * COAP_TICKS_PER_SECOND / 1000)

/* Certificates */

/** TODO. */
typedef enum coap_asn1_privatekey_type_t {
  COAP_ASN1_PKEY_NONE = 0,      /**< TODO. */
  COAP_ASN1_PKEY_RSA = 1,       /**< TODO. */
  COAP_ASN1_PKEY_RSA2 = 2,      /**< TODO. */
  COAP_ASN1_PKEY_DSA = 3,       /**< TODO. */
  COAP_ASN1_PKEY_DSA1 = 4,      /**< TODO. */
  COAP_ASN1_PKEY_DSA2 = 5,      /**< TODO. */
  COAP_ASN1_PKEY_DSA3 = 6,      /**< TODO. */
  COAP_ASN1_PKEY_DSA4 = 7,      /**< TODO. */
  COAP_ASN1_PKEY_DH = 8,        /**< TODO. */
  COAP_ASN1_PKEY_DHX = 9,       /**< TODO. */
  COAP_ASN1_PKEY_EC = 10,       /**< TODO. */
  COAP_ASN1_PKEY_HMAC = 11,     /**< TODO. */
  COAP_ASN1_PKEY_CMAC = 12,     /**< TODO. */
  COAP_ASN1_PKEY_TLS1_PRF = 13, /**< TODO. */
  COAP_ASN1_PKEY_HKDF = 14      /**< TODO. */
} coap_asn1_privatekey_type_t;

/** TODO. */
typedef enum coap_pki_key_t {
  COAP_PKI_KEY_PEM = 0,     /**< TODO. */
  COAP_PKI_KEY_ASN1 = 1,    /**< TODO. */
  COAP_PKI_KEY_PEM_BUF = 2, /**< TODO. */
  COAP_PKI_KEY_PKCS11 = 3   /**< TODO. */
} coap_pki_key_t;

/** TODO. */
typedef enum coap_dtls_role_t {
  COAP_DTLS_ROLE_CLIENT = 0, /**< TODO. */
  COAP_DTLS_ROLE_SERVER = 1  /**< TODO. */
} coap_dtls_role_t;

/** TODO. */
typedef struct coap_pki_key_pem_t {
  const char *ca_file;     /**< TODO. */
  const char *public_cert; /**< TODO. */
  const char *private_key; /**< TODO. */
} coap_pki_key_pem_t;

/** TODO. */
typedef struct coap_pki_key_pem_buf_t {
  const uint8_t *ca_cert;     /**< TODO. */
  const uint8_t *public_cert; /**< TODO. */
  const uint8_t *private_key; /**< TODO. */
  size_t ca_cert_len;         /**< TODO. */
  size_t public_cert_len;     /**< TODO. */
  size_t private_key_len;     /**< TODO. */
} coap_pki_key_pem_buf_t;

/** TODO. */
typedef struct coap_pki_key_asn1_t {
  const uint8_t *ca_cert;                       /**< TODO. */
  const uint8_t *public_cert;                   /**< TODO. */
  const uint8_t *private_key;                   /**< TODO. */
  size_t ca_cert_len;                           /**< TODO. */
  size_t public_cert_len;                       /**< TODO. */
  size_t private_key_len;                       /**< TODO. */
  coap_asn1_privatekey_type_t private_key_type; /**< TODO. */
} coap_pki_key_asn1_t;

/** TODO. */
typedef struct coap_pki_key_pkcs11_t {
  const char *ca;          /**< TODO. */
  const char *public_cert; /**< TODO. */
  const char *private_key; /**< TODO. */
  const char *user_pin;    /**< TODO. */
} coap_pki_key_pkcs11_t;

/** Key and certificates, in one of four forms. */
typedef struct coap_dtls_key_t {
  coap_pki_key_t key_type; /**< which member of key is in use */
  union {
    coap_pki_key_pem_t pem;         /**< COAP_PKI_KEY_PEM: names of PEM files */
    coap_pki_key_pem_buf_t pem_buf; /**< COAP_PKI_KEY_PEM_BUF: PEM in memory */
    coap_pki_key_asn1_t asn1;       /**< COAP_PKI_KEY_ASN1: DER in memory */
    coap_pki_key_pkcs11_t pkcs11;   /**< COAP_PKI_KEY_PKCS11: URIs of a token (RFC 7512) */
  } key; /**< where they are */
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

#define COAP_DTLS_PKI_SETUP_VERSION 1 /**< TODO. */

/** TODO. */
struct coap_dtls_pki_t {
  uint8_t version;                                           /**< TODO. */
  uint8_t verify_peer_cert;                                  /**< TODO. */
  uint8_t check_common_ca;                                   /**< TODO. */
  uint8_t allow_self_signed;                                 /**< TODO. */
  uint8_t allow_expired_certs;                               /**< TODO. */
  uint8_t cert_chain_validation;                             /**< TODO. */
  uint8_t cert_chain_verify_depth;                           /**< TODO. */
  uint8_t check_cert_revocation;                             /**< TODO. */
  uint8_t allow_no_crl;                                      /**< TODO. */
  uint8_t allow_expired_crl;                                 /**< TODO. */
  uint8_t allow_bad_md_hash;                                 /**< TODO. */
  uint8_t allow_short_rsa_length;                            /**< TODO. */
  uint8_t is_rpk_not_cert;                                   /**< TODO. */
  uint8_t reserved[3];                                       /**< TODO. */
  coap_dtls_cn_callback_t validate_cn_call_back;             /**< TODO. */
  void *cn_call_back_arg;                                    /**< TODO. */
  coap_dtls_pki_sni_callback_t validate_sni_call_back;       /**< TODO. */
  void *sni_call_back_arg;                                   /**< TODO. */
  coap_dtls_security_setup_t additional_tls_setup_call_back; /**< TODO. */
  char *client_sni;                                          /**< TODO. */
  coap_dtls_key_t pki_key;                                   /**< TODO. */
};

/* Pre-shared keys: clients */

/** TODO. */
typedef struct coap_dtls_cpsk_info_t {
  coap_bin_const_t identity; /**< TODO. */
  coap_bin_const_t key;      /**< TODO. */
} coap_dtls_cpsk_info_t;

/** Chooses identity and key for the hint that a server sent. */
typedef const coap_dtls_cpsk_info_t *(*coap_dtls_ih_callback_t)(coap_str_const_t *hint,
                                                                coap_session_t *coap_session, void *arg);

#define COAP_DTLS_CPSK_SETUP_VERSION 1 /**< TODO. */

/** TODO. */
typedef struct coap_dtls_cpsk_t {
  uint8_t version;                               /**< TODO. */
  uint8_t reserved[7];                           /**< TODO. */
  coap_dtls_ih_callback_t validate_ih_call_back; /**< TODO. */
  void *ih_call_back_arg;                        /**< TODO. */
  char *client_sni;                              /**< TODO. */
  coap_dtls_cpsk_info_t psk_info;                /**< TODO. */
} coap_dtls_cpsk_t;

/* Pre-shared keys: servers */

/** TODO. */
typedef struct coap_dtls_spsk_info_t {
  coap_bin_const_t hint; /**< TODO. */
  coap_bin_const_t key;  /**< TODO. */
} coap_dtls_spsk_info_t;

/** Chooses the key for the identity that a client sent. */
typedef const coap_bin_const_t *(*coap_dtls_id_callback_t)(coap_bin_const_t *identity,
                                                           coap_session_t *coap_session, void *arg);

/** Chooses hint and key for a server name that a client asks for. */
typedef const coap_dtls_spsk_info_t *(*coap_dtls_psk_sni_callback_t)(const char *sni,
                                                                     coap_session_t *coap_session, void *arg);

#ifndef COAP_DTLS_HINT_LENGTH
#define COAP_DTLS_HINT_LENGTH 128 /**< TODO. */
#endif

#define COAP_DTLS_SPSK_SETUP_VERSION 1 /**< TODO. */

/** TODO. */
typedef struct coap_dtls_spsk_t {
  uint8_t version;                                     /**< TODO. */
  uint8_t reserved[7];                                 /**< TODO. */
  coap_dtls_id_callback_t validate_id_call_back;       /**< TODO. */
  void *id_call_back_arg;                              /**< TODO. */
  coap_dtls_psk_sni_callback_t validate_sni_call_back; /**< TODO. */
  void *sni_call_back_arg;                             /**< TODO. */
  coap_dtls_spsk_info_t psk_info;                      /**< TODO. */
} coap_dtls_spsk_t;

/*
 * The seam between the original library and its (D)TLS back ends. The shared library does not export these, and none
 * of them is part of this one; they are declared for programs that mention them.
 */

int coap_dtls_context_check_keys_enabled(coap_context_t *coap_context);
int coap_dtls_context_set_cpsk(coap_context_t *coap_context, coap_dtls_cpsk_t *setup_data);
int coap_dtls_context_set_pki(coap_context_t *coap_context, const coap_dtls_pki_t *setup_data, const coap_dtls_role_t role);
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
