/* A server with pre-shared keys and certificates, and a client without any key that wants to be taken for somebody: it
 * names an identity in one ClientHello, of which nothing can be used, and shakes hands by the server's certificate (T1,
 * T6; security.md 4.2). Whom the application finds in the session has proved to have the key. */
/* only: openssl */
/* flags: -Wl,--no-as-needed -lssl -lcrypto */
#include "psk_world.h"

static const char *server_file;
static int connected, claimed, identities, hellos;

/* In which ClientHello the identity is named: a bit for each. */
static unsigned int named_in;

static const coap_bin_const_t *
on_identity(coap_bin_const_t *identity, coap_session_t *session, void *arg) {
  static coap_bin_const_t key;

  (void)session;
  identities++;
  key = bin("secret");
  return arg || holds(identity, "admin") ? &key : NULL;
}

static int
only_p384(void *tls, coap_dtls_pki_t *setup) {
  (void)setup;
  return SSL_set1_groups_list((SSL *)tls, "P-384") == 1;
}

static int
on_event(coap_context_t *context, coap_event_t event, coap_session_t *session) {
  (void)context;
  if (event == COAP_EVENT_DTLS_CONNECTED) {
    pki_seen.servers_connected++;
    connected++;
    claimed += session->psk_identity != NULL;
  }
  return 0;
}

/* An identity without its key, for the hash of the suite that is offered. */
static int
claim(SSL *ssl, const EVP_MD *digest, const unsigned char **id, size_t *length, SSL_SESSION **session) {
  static const unsigned char suite[2] = {0x13, 0x02}, wrong[4] = "none";

  (void)digest;
  *id = (const unsigned char *)"admin";
  *length = 5;
  *session = NULL;
  if (!(named_in >> hellos++ & 1))
    return 1;
  *session = SSL_SESSION_new();
  return SSL_SESSION_set1_master_key(*session, wrong, sizeof(wrong)) &&
         SSL_SESSION_set_cipher(*session, SSL_CIPHER_find(ssl, suite)) &&
         SSL_SESSION_set_protocol_version(*session, TLS1_3_VERSION);
}

static void
spoofed(int known) {
  coap_dtls_spsk_t psk = psk_server("a hint", NULL);
  coap_dtls_pki_t pki = pki_pem(NULL, server_file);
  struct pki_world world;
  SSL_CTX *settings = SSL_CTX_new(TLS_client_method());
  SSL *ssl;

  psk.validate_id_call_back = on_identity;
  psk.id_call_back_arg = known ? &world : NULL;
  pki.verify_peer_cert = 0;
  pki.additional_tls_setup_call_back = only_p384;
  psk_world_open(&world, COAP_PROTO_TLS, &psk);
  EXPECT_EQ(coap_context_set_pki(world.server, &pki), 1);
  coap_register_event_handler(world.server, on_event);
  SSL_CTX_set_min_proto_version(settings, TLS1_3_VERSION);
  SSL_CTX_set1_groups_list(settings, "X25519:P-384");
  SSL_CTX_set_cipher_list(settings, "ECDHE-ECDSA-AES256-GCM-SHA384");
  SSL_CTX_set_ciphersuites(settings, "TLS_AES_256_GCM_SHA384");
  SSL_CTX_set_psk_use_session_callback(settings, claim);
  for (named_in = 0; named_in < 4; named_in++) {
    connected = claimed = identities = hellos = 0;
    ssl = openssl_open(&world, settings);
    openssl_connect(&world, ssl);
    printf("identity in hellos %u: %d connected, %d claimed, %d asked, %d hellos\n", named_in, connected, claimed,
           identities, hellos);
    EXPECT_EQ(claimed, 0);
    EXPECT_EQ(connected, !named_in);
    EXPECT_EQ(identities > 0, named_in > 0);
    openssl_close(ssl);
    pki_turn(&world);
  }
  SSL_CTX_free(settings);
  pki_world_close(&world);
}

int
main(void) {
  struct credential server;
  char name[320];

  coap_set_log_level(LOG_EMERG);
  certificates_open();
  certificate_make(&server, NULL, "server");
  server_file = strcpy(name, file("server.pem", PEM_KEY | PEM_CERTIFICATE, &server));
  spoofed(0);
  spoofed(1);
  credential_free(&server);
  certificates_close();
  return expect_done();
}
