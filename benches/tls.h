/* What the programs share that speak DTLS or TLS, by OpenSSL. */
#ifndef BENCH_TLS_H
#define BENCH_TLS_H

#include "wire.h"
#include <openssl/err.h>
#include <openssl/ssl.h>

static inline void
tls_fail(const char *what) {
  fprintf(stderr, "%s: ", what);
  ERR_print_errors_fp(stderr);
  fprintf(stderr, "\n");
  exit(1);
}

static inline unsigned int
tls_key(SSL *ssl, const char *hint, char *identity, unsigned int identity_size, unsigned char *key,
        unsigned int key_size) {
  (void)ssl, (void)hint;
  if (identity_size < sizeof(IDENTITY) || key_size < strlen(KEY))
    return 0;
  memcpy(identity, IDENTITY, sizeof(IDENTITY));
  memcpy(key, KEY, strlen(KEY));
  return strlen(KEY);
}

/* Clients that have the key, and offer this cipher suite alone, by OpenSSL's name: one of TLS 1.3 over TLS, else of
 * DTLS 1.2. */
static inline SSL_CTX *
tls_clients(const SSL_METHOD *method, const char *suite) {
  SSL_CTX *clients = SSL_CTX_new(method);
  int newest = !strncmp(suite, "TLS_", 4);

  if (!clients || (newest && !SSL_CTX_set_min_proto_version(clients, TLS1_3_VERSION)) ||
      !(newest ? SSL_CTX_set_ciphersuites(clients, suite) : SSL_CTX_set_cipher_list(clients, suite)))
    tls_fail(suite);
  SSL_CTX_set_psk_client_callback(clients, tls_key);
  SSL_CTX_set_session_cache_mode(clients, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(clients, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
  return clients;
}

/* Fails unless the handshake is over and chose the suite. */
static inline void
tls_check(SSL *ssl, const char *suite) {
  if (!SSL_is_init_finished(ssl) || strcmp(SSL_get_cipher_name(ssl), suite))
    tls_fail("not the cipher suite that was asked for");
}

#endif
