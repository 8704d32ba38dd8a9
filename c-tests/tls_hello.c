/* How a server answers a ClientHello: pre-shared keys or certificates, by what is offered and by the name that is asked
 * for (security.md 5.3; rows T4, T6, T11, X26). */
/* only: openssl */
/* flags: -Wl,--no-as-needed -lssl -lcrypto */
#include "both_world.h"

/* --- What callbacks choose --------------------------------------------------------------------------------------- */

static coap_bin_const_t secret;
static coap_dtls_spsk_info_t of_psk_name;
static coap_dtls_key_t of_pki_name;

static const coap_bin_const_t *
on_identity(coap_bin_const_t *identity, coap_session_t *session, void *arg) {
  (void)session, (void)arg;
  seen.identities++;
  snprintf(seen.identity, sizeof(seen.identity), "%s", (const char *)identity->s);
  return strcmp(seen.identity, "me") ? NULL : &secret;
}

static const coap_dtls_spsk_info_t *
on_psk_name(const char *name, coap_session_t *session, void *arg) {
  (void)session, (void)arg;
  seen.psk_names++;
  snprintf(seen.psk_name, sizeof(seen.psk_name), "%s", name);
  return seen.refuse_name ? NULL : &of_psk_name;
}

static coap_dtls_key_t *
on_pki_name(const char *name, void *arg) {
  EXPECT(arg == &of_pki_name);
  seen.pki_names++;
  snprintf(seen.pki_name, sizeof(seen.pki_name), "%s", name);
  return seen.refuse_name ? NULL : &of_pki_name;
}

/* --- Pre-shared keys and certificates on one server (T6) -------------------------------------------------------- */

static void
both(coap_proto_t proto) {
  coap_dtls_spsk_t psk = psk_server("a hint", NULL);
  coap_dtls_pki_t pki = certificates(), client = pki_pem(root_file, NULL);
  coap_dtls_cpsk_t key = psk_client("me", "secret"), newest = psk_client("you", "secret");
  struct pki_world world;
  int psk_first;

  /* Keys come from the callback only. */
  psk.validate_id_call_back = on_identity;
  psk.validate_sni_call_back = on_psk_name;
  pki.validate_sni_call_back = on_pki_name;
  pki.sni_call_back_arg = &of_pki_name;
  pki.additional_tls_setup_call_back = on_setup;
  of_psk_name.hint = bin("of name");
  of_pki_name = pki.pki_key;
  for (psk_first = 0; psk_first < 2; psk_first++) {
    both_world_open(&world, proto, &psk, &pki, psk_first);
    key.client_sni = client.client_sni = newest.client_sni = (char *)"coap.example";
    EXPECT_EQ(psk_try(&world, &key), ANSWERED);
    EXPECT(seen.identities == 1 && seen.psk_names == 1 && seen.pki_names == 0 && seen.setups == 1);
    EXPECT(!strcmp(seen.psk_name, "coap.example") && !strcmp(seen.identity, "me"));
    /* Without verify_peer_cert nothing is demanded, and the callback is told so. */
    EXPECT(seen.setup.verify_peer_cert == 0 && seen.setup.check_common_ca == 0);
    EXPECT(seen.setup.allow_self_signed == 1 && seen.setup.cert_chain_verify_depth == 10);
    EXPECT_EQ(pki_try(&world, &client), ANSWERED);
    EXPECT(seen.identities == 1 && seen.psk_names == 1 && seen.pki_names == 1 && seen.setups == 2);
    EXPECT(!strcmp(seen.pki_name, "coap.example"));
    EXPECT(seen.setup.check_common_ca == 0 && seen.setup.allow_expired_crl == 1);
    /* T11, in either world. */
    key.client_sni = client.client_sni = (char *)"COAP.example";
    EXPECT_EQ(psk_try(&world, &key), ANSWERED);
    EXPECT_EQ(pki_try(&world, &client), ANSWERED);
    EXPECT(seen.psk_names == 1 && seen.pki_names == 1);
    seen.refuse_name = 1;
    client.client_sni = (char *)"elsewhere";
    EXPECT_EQ(pki_try(&world, &client), GOT(112));
    EXPECT_EQ(pki_try(&world, &client), GOT(112));
    EXPECT(seen.psk_names == 1 && seen.pki_names == 3);
    client.client_sni = (char *)"coap.example";
    EXPECT_EQ(coap_context_set_pki(world.server, &pki), 1);
    EXPECT_EQ(pki_try(&world, &client), GOT(112));
    EXPECT_EQ(psk_try(&world, &key), ANSWERED);
    seen.refuse_name = 0;
    /* A key that is not known is not made up for by a certificate. */
    EXPECT(psk_try(&world, &newest) > ANSWERED);
    /* The application has the last word. */
    seen.refuse_setup = 1;
    EXPECT_EQ(psk_try(&world, &key), GOT(80));
    EXPECT_EQ(pki_try(&world, &client), GOT(80));
    seen.refuse_setup = 0;
    EXPECT_EQ(psk_try(&world, &key), ANSWERED);
    EXPECT_EQ(pki_try(&world, &client), ANSWERED);
    pki_world_close(&world);
  }
  /* A key of that name. A server without pre-shared keys takes such clients for any others. */
  pki.pki_key.key.pem.private_key = "/nonexistent";
  of_pki_name = certificates().pki_key;
  pki_world_open(&world, proto, &pki);
  EXPECT_EQ(pki_try(&world, &client), ANSWERED);
  pki.validate_sni_call_back = NULL;
  EXPECT_EQ(coap_context_set_pki(world.server, &pki), 1);
  EXPECT_EQ(pki_try(&world, &client), GOT(40));
  pki_world_close(&world);
}

/* --- OpenSSL as the client -------------------------------------------------------------------------------------- */

static const uint8_t *types;
static size_t types_length;

static int
add_types(SSL *ssl, unsigned int kind, unsigned int context, const unsigned char **out, size_t *length, X509 *x,
          size_t chain, int *alert, void *arg) {
  (void)ssl, (void)kind, (void)context, (void)x, (void)chain, (void)alert, (void)arg;
  *out = types;
  *length = types_length;
  return types != NULL;
}

/* The extension client_certificate_type. */
static void
certificate_types(coap_proto_t proto) {
  static const struct { uint8_t bytes[3]; size_t length; int taken; } all[] = {
    {{1, 0}, 2, 1}, {{2, 2, 0}, 3, 1}, {{1, 2}, 2, 0}, {{0}, 1, 0}, {{0}, 0, 0},
  };
  coap_dtls_spsk_t psk = psk_server("a hint", "secret");
  coap_dtls_pki_t pki = certificates();
  SSL_CTX *settings = SSL_CTX_new(proto == COAP_PROTO_DTLS ? DTLS_client_method() : TLS_client_method());
  SSL_CTX *with_key = openssl_client(proto, "me", "secret");
  struct pki_world world;
  unsigned int i;
  SSL *ssl;

  EXPECT_EQ(SSL_CTX_add_custom_ext(settings, 19, SSL_EXT_CLIENT_HELLO, add_types, NULL, NULL, NULL, NULL), 1);
  EXPECT_EQ(SSL_CTX_add_custom_ext(with_key, 19, SSL_EXT_CLIENT_HELLO, add_types, NULL, NULL, NULL, NULL), 1);
  both_world_open(&world, proto, &psk, &pki, 0);
  for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
    types = all[i].bytes;
    types_length = all[i].length;
    ssl = openssl_open(&world, settings);
    EXPECT_EQ(openssl_connect(&world, ssl), all[i].taken ? ANSWERED : GOT(110));
    openssl_close(ssl);
    pki_turn(&world);
    /* Whoever has a pre-shared key shows no certificate. */
    ssl = openssl_open(&world, with_key);
    EXPECT_EQ(openssl_connect(&world, ssl), ANSWERED);
    openssl_close(ssl);
    pki_turn(&world);
  }
  types = NULL;
  SSL_CTX_free(settings);
  SSL_CTX_free(with_key);
  pki_world_close(&world);
}

static int
only_p384(SSL *ssl) {
  return SSL_set1_groups_list(ssl, "P-384") == 1;
}

/* A second ClientHello does no harm: the client's share is in a group that the server does not take. */
static void
retried(void) {
  coap_dtls_spsk_t psk = psk_server("a hint", NULL);
  coap_dtls_pki_t pki = certificates(), client = pki_pem(root_file, client_file);
  coap_dtls_cpsk_t key = psk_client("me", "secret");
  struct pki_world world;

  psk.validate_id_call_back = on_identity;
  psk.validate_sni_call_back = on_psk_name;
  pki.validate_sni_call_back = on_pki_name;
  pki.sni_call_back_arg = &of_pki_name;
  of_pki_name = pki.pki_key;
  pki.verify_peer_cert = 1;
  pki.additional_tls_setup_call_back = on_setup;
  both_world_open(&world, COAP_PROTO_TLS, &psk, &pki, 1);
  seen.additional = only_p384;
  EXPECT_EQ(psk_try(&world, &key), ANSWERED);
  EXPECT(seen.setups == 2 && seen.psk_names == 1 && seen.identities == 2);
  EXPECT_EQ(pki_try(&world, &client), ANSWERED);
  EXPECT(seen.setups == 4 && seen.pki_names == 1);
  pki_world_close(&world);
}

/* A session that can be resumed, of another server in memory. */
static SSL_SESSION *other_session;

static int
take_session(SSL *ssl, SSL_SESSION *session) {
  (void)ssl;
  SSL_SESSION_free(other_session);
  other_session = session;
  return 1;
}

static void
get_ticket(SSL_CTX *settings) {
  SSL_CTX *issuer = SSL_CTX_new(TLS_server_method());
  BIO *to_server = BIO_new(BIO_s_mem()), *to_client = BIO_new(BIO_s_mem());
  SSL *server, *client;
  char none;
  int i;

  SSL_CTX_use_certificate(issuer, server_credential.certificate);
  SSL_CTX_use_PrivateKey(issuer, server_credential.key);
  server = SSL_new(issuer);
  client = SSL_new(settings);
  SSL_set_accept_state(server);
  SSL_set_connect_state(client);
  BIO_up_ref(to_server);
  BIO_up_ref(to_client);
  SSL_set_bio(server, to_server, to_client);
  SSL_set_bio(client, to_client, to_server);
  for (i = 0; i < 5; i++) {
    SSL_read(client, &none, 1);
    SSL_read(server, &none, 1);
  }
  SSL_shutdown(client);
  SSL_free(server);
  SSL_free(client);
  SSL_CTX_free(issuer);
}

/* T4: a ticket of another server (or of the one that was here before us) is no identity. */
static void
tickets(void) {
  coap_dtls_spsk_t psk = psk_server("a hint", "secret");
  coap_dtls_pki_t pki = certificates();
  SSL_CTX *settings = SSL_CTX_new(TLS_client_method());
  struct pki_world world;
  SSL *ssl;

  SSL_CTX_set_session_cache_mode(settings, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(settings, take_session);
  get_ticket(settings);
  EXPECT(other_session && SSL_SESSION_is_resumable(other_session));
  SSL_CTX_sess_set_new_cb(settings, NULL);
  both_world_open(&world, COAP_PROTO_TLS, &psk, &pki, 1);
  ssl = openssl_open(&world, settings);
  SSL_set_session(ssl, other_session);
  EXPECT_EQ(openssl_connect(&world, ssl), ANSWERED);
  EXPECT(!SSL_session_reused(ssl));
  openssl_close(ssl);
  pki_turn(&world);
  /* Nor is it in the way of one. */
  psk.validate_id_call_back = on_identity;
  EXPECT_EQ(coap_context_set_psk2(world.server, &psk), 1);
  openssl_identity = "me";
  openssl_key = "secret";
  SSL_CTX_set_psk_client_callback(settings, openssl_psk);
  ssl = openssl_open(&world, settings);
  SSL_set_session(ssl, other_session);
  EXPECT_EQ(openssl_connect(&world, ssl), ANSWERED);
  EXPECT(SSL_session_reused(ssl));
  EXPECT(seen.identities == 1 && !strcmp(seen.identity, "me"));
  openssl_close(ssl);
  pki_turn(&world);
  /* Version 1.3 only, with a pre-shared key: no suite says so. */
  SSL_CTX_set_min_proto_version(settings, TLS1_3_VERSION);
  ssl = openssl_open(&world, settings);
  EXPECT_EQ(openssl_connect(&world, ssl), ANSWERED);
  EXPECT(SSL_session_reused(ssl) && seen.identities == 2);
  openssl_close(ssl);
  SSL_SESSION_free(other_session);
  other_session = NULL;
  SSL_CTX_free(settings);
  pki_world_close(&world);
}

/* --- Hellos that are not quite right (X26) ---------------------------------------------------------------------- */

/* The first flight of a client that asks for a name, and offers everything. */
static size_t
good_hello(uint8_t *bytes, size_t size) {
  SSL_CTX *settings = openssl_client(COAP_PROTO_TLS, "me", "secret");
  BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
  SSL *ssl;
  int length;

  SSL_CTX_set_cipher_list(settings, "ALL");
  ssl = SSL_new(settings);
  SSL_set_tlsext_host_name(ssl, "coap.example");
  SSL_set_bio(ssl, in, out);
  SSL_connect(ssl);
  length = BIO_read(out, bytes, (int)size);
  SSL_free(ssl);
  SSL_CTX_free(settings);
  return length > 0 ? (size_t)length : 0;
}

/* Sends a first flight, and looks whether the server gets over it. */
static void
say_hello(struct pki_world *world, const uint8_t *bytes, size_t length) {
  coap_address_t to;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), i;

  loopback_address(&to, world->port);
  EXPECT(fd >= 0 && connect(fd, &to.addr.sa, to.size) == 0);
  EXPECT(send(fd, bytes, length, MSG_NOSIGNAL) == (ssize_t)length);
  for (i = 0; i < 3; i++)
    coap_io_process(world->server, COAP_IO_NO_WAIT);
  close(fd);
  coap_io_process(world->server, COAP_IO_NO_WAIT);
}

static void
odd_hellos(void) {
  coap_dtls_spsk_t psk = psk_server("a hint", NULL);
  coap_dtls_pki_t pki = certificates(), client = pki_pem(root_file, NULL);
  coap_dtls_cpsk_t key = psk_client("me", "secret");
  uint8_t good[4096], bad[4096];
  size_t length = good_hello(good, sizeof(good)), i;
  struct pki_world world;

  EXPECT(length > 100 && length < sizeof(good));
  psk.validate_id_call_back = on_identity;
  psk.validate_sni_call_back = on_psk_name;
  pki.validate_sni_call_back = on_pki_name;
  pki.sni_call_back_arg = &of_pki_name;
  of_pki_name = pki.pki_key;
  both_world_open(&world, COAP_PROTO_TLS, &psk, &pki, 1);
  say_hello(&world, good, length);
  EXPECT(!strcmp(seen.psk_name, "coap.example"));
  for (i = 0; i < 300; i++) {
    size_t cut = length, changes = chance() % 4;

    memcpy(bad, good, length);
    if (i % 3 == 0) {
      /* Cut short, with lengths of record and message that fit. */
      cut = 9 + chance() % (length - 9);
      bad[3] = (uint8_t)((cut - 5) >> 8), bad[4] = (uint8_t)(cut - 5);
      bad[6] = 0, bad[7] = (uint8_t)((cut - 9) >> 8), bad[8] = (uint8_t)(cut - 9);
    }
    /* Behind the lengths. */
    while (changes-- > 0 && cut > 44)
      bad[44 + chance() % (cut - 44)] = (uint8_t)(chance() % 3 ? chance() : 0);
    say_hello(&world, bad, cut);
  }
  EXPECT_EQ(psk_try(&world, &key), ANSWERED);
  EXPECT_EQ(pki_try(&world, &client), ANSWERED);
  pki_world_close(&world);
}

int
main(void) {
  coap_proto_t protos[] = {COAP_PROTO_DTLS, COAP_PROTO_TLS};
  unsigned int i;

  coap_startup();
  coap_set_log_level(LOG_EMERG);
  secret = bin("secret");
  both_open();
  for (i = 0; i < 2; i++) {
    both(protos[i]);
    certificate_types(protos[i]);
  }
  retried();
  tickets();
  odd_hellos();
  both_close();
  coap_cleanup();
  return expect_done();
}
