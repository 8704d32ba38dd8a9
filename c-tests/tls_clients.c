/* What clients use, and what they do not let pass; which protocol is agreed on (security.md 6.2 and 6.3; rows T1, T2). */
/* only: openssl */
/* flags: -Wl,--no-as-needed -lssl -lcrypto */
#include "both_world.h"

/* --- Clients that must not be taken in (T1), and what they use (T2) --------------------------------------------- */

static int
need_rsa(SSL *ssl) {
  return SSL_use_certificate(ssl, rsa_credential.certificate) && SSL_use_PrivateKey(ssl, rsa_credential.key) &&
         SSL_set_cipher_list(ssl, "RSA-PSK-AES128-GCM-SHA256");
}

static void
clients(coap_proto_t proto) {
  coap_dtls_pki_t pki = certificates(), client = pki_pem(root_file, NULL), trusting = pki_pem(NULL, NULL), strange;
  coap_dtls_spsk_t psk = psk_server("a hint", "secret");
  coap_dtls_cpsk_t key = psk_client("me", "secret");
  struct pki_world world;
  coap_session_t *session;
  coap_address_t to;

  /* T1: a certificate is no pre-shared key. (Up to version 1.2 there is no suite for both.) */
  pki_world_open(&world, proto, &pki);
  EXPECT_EQ(psk_try(&world, &key), proto == COAP_PROTO_DTLS ? GOT(40) : SENT(40));
  EXPECT_EQ(pki_seen.servers_connected, 0);
  /* Nor is it when the context knows of certificates. */
  trusting.verify_peer_cert = 0;
  EXPECT_EQ(coap_context_set_pki(world.client, &trusting), 1);
  EXPECT_EQ(psk_try(&world, &key), proto == COAP_PROTO_DTLS ? GOT(40) : SENT(40));
  pki_world_close(&world);
  pki_world_open(&world, proto, &pki);
  /* Nor for a session without credentials, in a context that knows of pre-shared keys only. */
  loopback_address(&to, world.port);
  EXPECT_EQ(coap_context_set_psk(world.client, NULL, (const uint8_t *)"secret", 6), 1);
  EXPECT_EQ(pki_finish(&world, coap_new_client_session(world.client, NULL, &to, proto)),
            proto == COAP_PROTO_DTLS ? GOT(40) : SENT(40));
  EXPECT_EQ(pki_seen.servers_connected, 0);
  pki_world_close(&world);
  /* Beside a pre-shared key it does no harm. */
  pki.additional_tls_setup_call_back = on_setup;
  both_world_open(&world, COAP_PROTO_DTLS, &psk, &pki, 1);
  seen.additional = need_rsa;
  session = psk_session(&world, &key);
  EXPECT_EQ(pki_ask(&world, session), ANSWERED);
  EXPECT(!strcmp(SSL_get_cipher_name((SSL *)session->tls), "RSA-PSK-AES128-GCM-SHA256"));
  coap_session_release(session);
  pki_world_close(&world);
  pki.additional_tls_setup_call_back = NULL;

  /* T2: sessions without credentials use what the context was told last, the others what they were. */
  pki_world_open(&world, proto, &pki);
  loopback_address(&to, world.port);
  EXPECT_EQ(pki_finish(&world, coap_new_client_session(world.client, NULL, &to, proto)), ANSWERED);
  strange = pki_pem(other_file, NULL);
  EXPECT_EQ(coap_context_set_pki(world.client, &strange), 1);
  EXPECT_EQ(pki_finish(&world, coap_new_client_session(world.client, NULL, &to, proto)), SENT(48));
  EXPECT_EQ(pki_try(&world, &client), ANSWERED);
  EXPECT_EQ(pki_finish(&world, coap_new_client_session(world.client, NULL, &to, proto)), ANSWERED);
  EXPECT_EQ(pki_try(&world, &strange), SENT(48));
  EXPECT_EQ(pki_try(&world, &client), ANSWERED);
  /* T2: what a session on the server's own context uses is nothing to the server. */
  strange = pki_pem(other_file, other_file);
  session = coap_new_client_session_pki(world.server, NULL, &to, proto, &strange);
  EXPECT(session != NULL);
  EXPECT_EQ(pki_try(&world, &client), ANSWERED);
  coap_session_release(session);
  pki_world_close(&world);
}

/* --- Protocols over TLS (section 6.2) --------------------------------------------------------------------------- */

static int
speaks(SSL *ssl, const char *protocol) {
  const unsigned char *name;
  unsigned int length;

  SSL_get0_alpn_selected(ssl, &name, &length);
  return length == strlen(protocol) && !memcmp(name ? (const char *)name : "", protocol, length);
}

static int
offers(struct pki_world *world, SSL_CTX *settings, const char *protocols, const char *chosen) {
  SSL *ssl = openssl_open(world, settings);
  int result;

  SSL_set_alpn_protos(ssl, (const unsigned char *)protocols, (unsigned int)strlen(protocols));
  result = openssl_connect(world, ssl) == ANSWERED && speaks(ssl, chosen);
  openssl_close(ssl);
  pki_turn(world);
  return result;
}

static void
protocols(coap_proto_t proto) {
  coap_dtls_spsk_t psk = psk_server("a hint", "secret");
  coap_dtls_pki_t pki = certificates(), client = pki_pem(root_file, NULL);
  coap_dtls_cpsk_t key = psk_client("me", "secret");
  struct pki_world world;
  SSL_CTX *settings = openssl_client(proto, "me", "secret");
  coap_session_t *session;
  int tls = proto == COAP_PROTO_TLS;

  psk_world_open(&world, proto, &psk);
  EXPECT(offers(&world, settings, "\4coap", ""));
  EXPECT_EQ(coap_context_set_pki(world.server, &pki), 1);
  EXPECT(offers(&world, settings, "\2h2\4coap", tls ? "coap" : ""));
  EXPECT(offers(&world, settings, "\2h2\5coaps", ""));
  session = pki_session(&world, &client);
  EXPECT_EQ(pki_ask(&world, session), ANSWERED);
  EXPECT(speaks(session->tls, tls ? "coap" : ""));
  EXPECT(!strcmp(SSL_get_cipher_name((SSL *)session->tls), tls ? "TLS_AES_256_GCM_SHA384"
                                                               : "ECDHE-ECDSA-AES256-GCM-SHA384"));
  coap_session_release(session);
  /* T2: with a pre-shared key, none is offered. */
  EXPECT_EQ(coap_context_set_pki(world.client, &client), 1);
  session = psk_session(&world, &key);
  EXPECT_EQ(pki_ask(&world, session), ANSWERED);
  EXPECT(speaks(session->tls, ""));
  coap_session_release(session);
  SSL_CTX_free(settings);
  pki_world_close(&world);
}

int
main(void) {
  coap_proto_t protos[] = {COAP_PROTO_DTLS, COAP_PROTO_TLS};
  unsigned int i;

  coap_startup();
  coap_set_log_level(LOG_EMERG);
  both_open();
  for (i = 0; i < 2; i++) {
    clients(protos[i]);
    protocols(protos[i]);
  }
  both_close();
  coap_cleanup();
  return expect_done();
}
