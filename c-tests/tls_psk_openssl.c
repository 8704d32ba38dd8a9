/* A server with pre-shared keys, and OpenSSL itself as the client: with sessions and versions of old, and suites of all
 * sorts (security.md 6.1; rows T4, T19). */
/* only: openssl */
/* flags: -Wl,--no-as-needed -lssl -lcrypto */
#include "psk_world.h"

static struct {
  int calls, refuse;
} keeper;

static const coap_bin_const_t *
keep_key(coap_bin_const_t *identity, coap_session_t *session, void *arg) {
  static coap_bin_const_t key;

  (void)session;
  EXPECT(arg == &keeper && holds(identity, "me"));
  keeper.calls++;
  key = bin("secret");
  return keeper.refuse ? NULL : &key;
}

/* T4: an identity that was accepted once and is refused now does not get in with its old session. */
static void
old_sessions(coap_proto_t proto) {
  coap_dtls_spsk_t server = psk_server(NULL, NULL);
  int version, oldest = proto == COAP_PROTO_DTLS ? DTLS1_2_VERSION : TLS1_2_VERSION;
  int newest = proto == COAP_PROTO_DTLS ? DTLS1_2_VERSION : TLS1_3_VERSION;

  server.validate_id_call_back = keep_key;
  server.id_call_back_arg = &keeper;
  for (version = oldest;; version = newest) {
    SSL_CTX *settings = openssl_client(proto, "me", "secret");
    SSL_SESSION *old;
    struct pki_world world;
    SSL *ssl;

    SSL_CTX_set_max_proto_version(settings, version);
    memset(&keeper, 0, sizeof(keeper));
    psk_world_open(&world, proto, &server);
    ssl = openssl_open(&world, settings);
    EXPECT_EQ(openssl_connect(&world, ssl), ANSWERED);
    EXPECT(keeper.calls == 1 && !SSL_SESSION_has_ticket(SSL_get_session(ssl)));
    old = SSL_get1_session(ssl);
    openssl_close(ssl);
    pki_turn(&world);
    /* Known: a full handshake all the same. */
    ssl = openssl_open(&world, settings);
    SSL_set_session(ssl, old);
    EXPECT_EQ(openssl_connect(&world, ssl), ANSWERED);
    EXPECT_EQ(keeper.calls, 2);
    if (version != TLS1_3_VERSION)
      EXPECT(!SSL_session_reused(ssl));
    openssl_close(ssl);
    pki_turn(&world);
    /* Refused: out. */
    keeper.refuse = 1;
    ssl = openssl_open(&world, settings);
    SSL_set_session(ssl, old);
    EXPECT_EQ(openssl_connect(&world, ssl), version == TLS1_3_VERSION ? GOT(40) : GOT(115));
    EXPECT_EQ(keeper.calls, 3);
    openssl_close(ssl);
    SSL_SESSION_free(old);
    SSL_CTX_free(settings);
    pki_world_close(&world);
    if (version == newest)
      break;
  }
}

/* T19: no version before 1.2. */
static void
old_versions(coap_proto_t proto) {
  coap_dtls_spsk_t server = psk_server(NULL, "secret");
  struct pki_world world;
  SSL_CTX *settings = openssl_client(proto, "me", "secret");
  SSL *ssl;

  SSL_CTX_set_security_level(settings, 0);
  SSL_CTX_set_min_proto_version(settings, 0);
  SSL_CTX_set_max_proto_version(settings, proto == COAP_PROTO_DTLS ? DTLS1_VERSION : TLS1_1_VERSION);
  SSL_CTX_set_cipher_list(settings, "PSK:@SECLEVEL=0");
  psk_world_open(&world, proto, &server);
  ssl = openssl_open(&world, settings);
  EXPECT_EQ(openssl_connect(&world, ssl), GOT(70));
  openssl_close(ssl);
  SSL_CTX_set_max_proto_version(settings, 0);
  ssl = openssl_open(&world, settings);
  EXPECT_EQ(openssl_connect(&world, ssl), ANSWERED);
  openssl_close(ssl);
  SSL_CTX_free(settings);
  pki_world_close(&world);
}

/* Which suites a server takes (section 6.1). */
static void
suites(coap_proto_t proto) {
  static const struct { const char *name; int taken; } all[] = {
    {"PSK-AES128-CCM8", 1}, {"PSK-AES256-GCM-SHA384", 1}, {"ECDHE-PSK-CHACHA20-POLY1305", 1},
    {"PSK-AES128-CBC-SHA", 0}, {"PSK-AES128-CBC-SHA256", 0},
  };
  coap_dtls_spsk_t server = psk_server(NULL, "secret");
  struct pki_world world;
  SSL_CTX *settings = openssl_client(proto, "me", "secret");
  unsigned int i;

  SSL_CTX_set_max_proto_version(settings, proto == COAP_PROTO_DTLS ? DTLS1_2_VERSION : TLS1_2_VERSION);
  psk_world_open(&world, proto, &server);
  for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
    SSL *ssl = openssl_open(&world, settings);

    EXPECT_EQ(SSL_set_cipher_list(ssl, all[i].name), 1);
    EXPECT_EQ(openssl_connect(&world, ssl), all[i].taken ? ANSWERED : GOT(40));
    openssl_close(ssl);
    pki_turn(&world);
  }
  SSL_CTX_free(settings);
  pki_world_close(&world);
}

int
main(void) {
  coap_proto_t protos[] = {COAP_PROTO_DTLS, COAP_PROTO_TLS};
  unsigned int i;

  coap_startup();
  coap_set_log_level(LOG_EMERG);
  for (i = 0; i < 2; i++) {
    old_sessions(protos[i]);
    old_versions(protos[i]);
    suites(protos[i]);
  }
  coap_cleanup();
  return expect_done();
}
