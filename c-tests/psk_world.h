/* Handshakes with pre-shared keys: a server and a client of ours, each with a context of its own, in one thread; or
 * OpenSSL itself as the client.
 *
 *     struct pki_world world;
 *
 *     psk_world_open(&world, COAP_PROTO_DTLS, &server_setup);
 *     EXPECT_EQ(psk_try(&world, &client_setup), ANSWERED);    // a request has been answered
 *     EXPECT_EQ(psk_try(&world, &other_setup), GOT(115));     // the server has sent that alert
 *     pki_world_close(&world);
 */
#ifndef PSK_WORLD_H
#define PSK_WORLD_H

#include "pki_world.h"

static inline coap_bin_const_t
bin(const char *text) {
  coap_bin_const_t value = {text ? strlen(text) : 0, (const uint8_t *)text};

  return value;
}

static inline int
holds(const coap_bin_const_t *copy, const char *text) {
  /* A NUL follows that is not counted: programs use strcmp(). */
  return copy && copy->length == strlen(text) && !strcmp((const char *)copy->s, text);
}

/* A server's settings: hint and key, NULL for none. */
static inline coap_dtls_spsk_t
psk_server(const char *hint, const char *key) {
  coap_dtls_spsk_t setup;

  memset(&setup, 0, sizeof(setup));
  setup.version = COAP_DTLS_SPSK_SETUP_VERSION;
  setup.psk_info.hint = bin(hint);
  setup.psk_info.key = bin(key);
  return setup;
}

/* A client's settings. */
static inline coap_dtls_cpsk_t
psk_client(const char *identity, const char *key) {
  coap_dtls_cpsk_t setup;

  memset(&setup, 0, sizeof(setup));
  setup.version = COAP_DTLS_CPSK_SETUP_VERSION;
  setup.psk_info.identity = bin(identity);
  setup.psk_info.key = bin(key);
  return setup;
}

static inline void
psk_world_open(struct pki_world *world, coap_proto_t proto, coap_dtls_spsk_t *setup) {
  pki_world_start(world, proto);
  EXPECT_EQ(coap_context_set_psk2(world->server, setup), 1);
  pki_listen(world);
}

static inline coap_session_t *
psk_session(struct pki_world *world, coap_dtls_cpsk_t *setup) {
  coap_address_t to;

  loopback_address(&to, world->port);
  return coap_new_client_session_psk2(world->client, NULL, &to, world->proto, setup);
}

/* What becomes of a client with this setup. */
static inline int
psk_try(struct pki_world *world, coap_dtls_cpsk_t *setup) {
  return pki_finish(world, psk_session(world, setup));
}

/* --- OpenSSL as the client -------------------------------------------------------------------------------------- */

static const char *openssl_identity, *openssl_key;

static unsigned int
openssl_psk(SSL *ssl, const char *hint, char *identity, unsigned int max_identity, unsigned char *key,
            unsigned int max_key) {
  (void)ssl, (void)hint;
  if (strlen(openssl_identity) >= max_identity || strlen(openssl_key) > max_key)
    return 0;
  strcpy(identity, openssl_identity);
  memcpy(key, openssl_key, strlen(openssl_key));
  return (unsigned int)strlen(openssl_key);
}

/* Settings for a client that has a pre-shared key, and nothing else. */
static inline SSL_CTX *
openssl_client(coap_proto_t proto, const char *identity, const char *key) {
  SSL_CTX *settings = SSL_CTX_new(proto == COAP_PROTO_DTLS ? DTLS_client_method() : TLS_client_method());

  openssl_identity = identity;
  openssl_key = key;
  if (!settings || !SSL_CTX_set_cipher_list(settings, "PSK:!NULL")) {
    printf("OpenSSL has no client\n");
    exit(2);
  }
  SSL_CTX_set_psk_client_callback(settings, openssl_psk);
  return settings;
}

/* A client on a socket of its own. */
static inline SSL *
openssl_open(struct pki_world *world, SSL_CTX *settings) {
  int datagrams = world->proto == COAP_PROTO_DTLS;
  int fd = socket(AF_INET, (datagrams ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
  coap_address_t to;
  SSL *ssl = SSL_new(settings);
  BIO *bio;

  loopback_address(&to, world->port);
  if (!ssl || fd < 0 || connect(fd, &to.addr.sa, to.size) < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) < 0) {
    perror("OpenSSL's client");
    exit(2);
  }
  if (datagrams) {
    bio = BIO_new_dgram(fd, BIO_CLOSE);
    BIO_ctrl(bio, BIO_CTRL_DGRAM_SET_CONNECTED, 0, &to.addr);
  } else {
    bio = BIO_new_socket(fd, BIO_CLOSE);
  }
  SSL_set_bio(ssl, bio, bio);
  memset(&pki_seen, 0, sizeof(pki_seen));
  SSL_set_msg_callback(ssl, pki_message);
  return ssl;
}

static inline void
openssl_close(SSL *ssl) {
  SSL_shutdown(ssl);
  SSL_free(ssl);
}

/* Lets it shake hands: ANSWERED if it is connected, and the server, too; or what went wrong. */
static inline int
openssl_connect(struct pki_world *world, SSL *ssl) {
  long long start = milliseconds();
  int result = 0;

  while (milliseconds() < start + PATIENCE && !(result == 1 && pki_seen.servers_connected) && !pki_seen.alert) {
    if (result != 1) {
      result = SSL_connect(ssl);
    } else {
      char none;

      /* In version 1.3 the server may refuse later. */
      SSL_read(ssl, &none, 1);
    }
    coap_io_process(world->server, 1);
  }
  return pki_seen.alert ? pki_seen.alert : result == 1 ? ANSWERED : FAILED_WITHOUT_ALERT;
}

#endif
