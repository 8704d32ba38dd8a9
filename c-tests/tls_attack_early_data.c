/* Early data (RFC 8446, section 2.3), which can be played back to a server by anybody: none is taken in, and the
 * handshake goes on without (T4). Then a pre_shared_key extension with every byte of it changed: nobody gets in. */
/* only: openssl */
/* flags: -Wl,--no-as-needed -lssl -lcrypto */
#include "psk_world.h"

static int handled;
static const char *const key = "secret";

/* A CSM, and a GET of /probe. */
static const uint8_t early[] = {0x00, 0xe1, 0x61, 0x01, 't', 0xb5, 'p', 'r', 'o', 'b', 'e'};

static void
on_request(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *request,
           coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  handled++;
  answer_probe(context, resource, session, request, token, query, response);
}

/* The key of the server's, with which data may go early. */
static int
use_session(SSL *ssl, const EVP_MD *digest, const unsigned char **id, size_t *length, SSL_SESSION **session) {
  static const unsigned char suite[2] = {0x13, 0x01};

  (void)digest;
  *id = (const unsigned char *)"me";
  *length = 2;
  *session = SSL_SESSION_new();
  return SSL_SESSION_set1_master_key(*session, (const unsigned char *)key, strlen(key)) &&
         SSL_SESSION_set_cipher(*session, SSL_CIPHER_find(ssl, suite)) &&
         SSL_SESSION_set_protocol_version(*session, TLS1_3_VERSION) && SSL_SESSION_set_max_early_data(*session, 1000);
}

static SSL_CTX *
client_settings(void) {
  SSL_CTX *settings = SSL_CTX_new(TLS_client_method());

  SSL_CTX_set_min_proto_version(settings, TLS1_3_VERSION);
  SSL_CTX_set_ciphersuites(settings, "TLS_AES_128_GCM_SHA256");
  SSL_CTX_set_psk_use_session_callback(settings, use_session);
  return settings;
}

static void
early_data(struct pki_world *world) {
  SSL_CTX *settings = client_settings();
  SSL *ssl = openssl_open(world, settings);
  size_t written = 0;
  long long end;

  EXPECT_EQ(SSL_write_early_data(ssl, early, sizeof(early), &written), 1);
  EXPECT_EQ(written, sizeof(early));
  EXPECT_EQ(openssl_connect(world, ssl), ANSWERED);
  EXPECT(SSL_session_reused(ssl));
  EXPECT_EQ(SSL_get_early_data_status(ssl), SSL_EARLY_DATA_REJECTED);
  for (end = milliseconds() + 50; milliseconds() < end;)
    coap_io_process(world->server, 1);
  EXPECT_EQ(handled, 0);
  /* Said again, when everybody is known, it counts. */
  EXPECT_EQ(SSL_write(ssl, early, sizeof(early)), (int)sizeof(early));
  for (end = milliseconds() + PATIENCE; !handled && milliseconds() < end;)
    coap_io_process(world->server, 1);
  EXPECT_EQ(handled, 1);
  openssl_close(ssl);
  pki_turn(world);
  SSL_CTX_free(settings);
}

/* A ClientHello of a client that has the key. */
static size_t
hello(uint8_t *bytes, size_t size) {
  SSL_CTX *settings = client_settings();
  SSL *ssl = SSL_new(settings);
  BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
  int length;

  SSL_set_bio(ssl, in, out);
  SSL_connect(ssl);
  length = BIO_read(out, bytes, (int)size);
  SSL_free(ssl);
  SSL_CTX_free(settings);
  return length > 0 ? (size_t)length : 0;
}

/* The extension is the last one, its binders the last of that: the identity, its age, 33 bytes of binder. */
static void
binders(struct pki_world *world) {
  uint8_t bytes[2048], answer[2048];
  size_t length, at;
  coap_address_t to;
  ssize_t got;
  int fd, i;

  loopback_address(&to, world->port);
  for (at = 0; at < 50; at++) {
    length = hello(bytes, sizeof(bytes));
    EXPECT(length > 200);
    if (at)
      bytes[length - at] ^= 1;
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT(fd >= 0 && connect(fd, &to.addr.sa, to.size) == 0);
    EXPECT(send(fd, bytes, length, MSG_NOSIGNAL) == (ssize_t)length);
    for (i = 0; i < 3; i++)
      coap_io_process(world->server, COAP_IO_NO_WAIT);
    got = recv(fd, answer, sizeof(answer), MSG_DONTWAIT);
    if (!at)
      EXPECT(got > 50 && answer[0] == 22); /* a ServerHello */
    else
      EXPECT(got <= 0 || answer[0] == 21);
    close(fd);
    coap_io_process(world->server, COAP_IO_NO_WAIT);
  }
}

int
main(void) {
  coap_dtls_spsk_t setup = psk_server("a hint", key);
  struct pki_world world;

  coap_set_log_level(LOG_EMERG);
  psk_world_open(&world, COAP_PROTO_TLS, &setup);
  coap_register_handler(coap_get_resource_from_uri_path(world.server, coap_make_str_const("probe")), COAP_REQUEST_GET,
                        on_request);
  early_data(&world);
  memset(&pki_seen, 0, sizeof(pki_seen));
  binders(&world);
  EXPECT_EQ(pki_seen.servers_connected, 0);
  pki_world_close(&world);
  return expect_done();
}
