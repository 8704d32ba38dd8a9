/* What a client does with pre-shared keys: its own, those of a hook, and those that a callback chooses by the server's
 * hint (security.md 4.1, 4.3, 6.1 and 6.3; rows T2, T18, T20, T21). */
/* only: openssl */
/* flags: -Wl,--no-as-needed -lssl -lcrypto */
#include "psk_world.h"
#ifndef PROTOS
#define PROTOS 2
#endif

static char long_text[600];

/* The first `length` bytes of a long text. */
static coap_bin_const_t
long_bin(size_t length) {
  coap_bin_const_t value = {length, (const uint8_t *)long_text};

  return value;
}

/* --- The callback for hints ------------------------------------------------------------------------------------- */

enum { GIVE, GIVE_NONE, GIVE_OWN, GIVE_HALF, RELEASE };

static struct {
  int what, calls;
  coap_dtls_cpsk_info_t info;
  char hint[200];
  size_t length;
  int is_in_session;
  long version;
} chooser;

static const coap_dtls_cpsk_info_t *
choose(coap_str_const_t *hint, coap_session_t *session, void *arg) {
  EXPECT(arg == &chooser);
  chooser.calls++;
  chooser.length = hint->length;
  EXPECT(hint->s != NULL && hint->length < sizeof(chooser.hint));
  memcpy(chooser.hint, hint->s, hint->length);
  chooser.hint[hint->length] = '\0';
  chooser.is_in_session = hint->length ? holds(session->psk_hint, chooser.hint) : session->psk_hint == NULL;
  chooser.version = SSL_version(session->tls);
  EXPECT(SSL_get_app_data((SSL *)session->tls) == session);
  switch (chooser.what) {
  case GIVE_NONE:
    return NULL;
  case GIVE_OWN: /* the very copies that are replaced */
    chooser.info.identity = *session->psk_identity;
    chooser.info.key = *session->psk_key;
    break;
  case GIVE_HALF:
    chooser.info.identity.length = session->psk_identity->length - 1;
    chooser.info.identity.s = session->psk_identity->s + 1;
    chooser.info.key = *session->psk_key;
    break;
  case RELEASE:
    coap_session_release(session);
    break;
  }
  return &chooser.info;
}

static coap_dtls_cpsk_t
choosing_client(int what, coap_bin_const_t identity, coap_bin_const_t key) {
  coap_dtls_cpsk_t setup = psk_client("first", "secret");

  memset(&chooser, 0, sizeof(chooser));
  chooser.what = what;
  chooser.info.identity = identity;
  chooser.info.key = key;
  setup.validate_ih_call_back = choose;
  setup.ih_call_back_arg = &chooser;
  return setup;
}

static void
hints(coap_proto_t proto) {
  coap_dtls_spsk_t server = psk_server("a hint", "secret");
  coap_dtls_cpsk_t client;
  coap_session_t *session;
  struct pki_world world;

  psk_world_open(&world, proto, &server);
  client = choosing_client(GIVE, bin("chosen"), bin("secret"));
  session = psk_session(&world, &client);
  EXPECT(holds(session->psk_identity, "first"));
  EXPECT_EQ(pki_ask(&world, session), ANSWERED);
  EXPECT_EQ(chooser.calls, 1);
  EXPECT(!strcmp(chooser.hint, "a hint") && chooser.is_in_session);
  EXPECT_EQ(chooser.version, proto == COAP_PROTO_DTLS ? DTLS1_2_VERSION : TLS1_2_VERSION);
  EXPECT(holds(session->psk_identity, "chosen") && holds(session->psk_key, "secret"));
  EXPECT(holds(session->psk_hint, "a hint"));
  coap_session_release(session);

  /* What it gives may be the session's own copies, or a part of them. */
  client = choosing_client(GIVE_OWN, bin(NULL), bin(NULL));
  session = psk_session(&world, &client);
  EXPECT_EQ(pki_ask(&world, session), ANSWERED);
  EXPECT(holds(session->psk_identity, "first") && holds(session->psk_key, "secret"));
  coap_session_release(session);
  client = choosing_client(GIVE_HALF, bin(NULL), bin(NULL));
  session = psk_session(&world, &client);
  EXPECT_EQ(pki_ask(&world, session), ANSWERED);
  EXPECT(holds(session->psk_identity, "irst") && holds(session->psk_key, "secret"));
  coap_session_release(session);

  /* Nothing, and too much. */
  client = choosing_client(GIVE_NONE, bin(NULL), bin(NULL));
  EXPECT_EQ(psk_try(&world, &client), SENT(40));
  client = choosing_client(GIVE, long_bin(256), bin("secret"));
  EXPECT_EQ(psk_try(&world, &client), SENT(40));
  client = choosing_client(GIVE, bin("chosen"), long_bin(513));
  EXPECT_EQ(psk_try(&world, &client), SENT(40));
  client = choosing_client(GIVE, bin("chosen"), bin(NULL));
  EXPECT_EQ(psk_try(&world, &client), SENT(40));
  client = choosing_client(GIVE, long_bin(255), bin("secret"));
  EXPECT_EQ(psk_try(&world, &client), ANSWERED);
  client = choosing_client(GIVE, bin(""), bin("secret"));
  EXPECT_EQ(psk_try(&world, &client), ANSWERED);

  /* No hint is an empty one. */
  server = psk_server(NULL, "secret");
  EXPECT_EQ(coap_context_set_psk2(world.server, &server), 1);
  client = choosing_client(GIVE, bin("chosen"), bin("secret"));
  EXPECT_EQ(psk_try(&world, &client), ANSWERED);
  EXPECT(chooser.calls == 1 && chooser.length == 0 && chooser.is_in_session);

  /* The longest key. */
  server.psk_info.key = long_bin(512);
  EXPECT_EQ(coap_context_set_psk2(world.server, &server), 1);
  client = choosing_client(GIVE, bin("chosen"), long_bin(512));
  EXPECT_EQ(psk_try(&world, &client), ANSWERED);

  /* The application releases the session in there. */
  client = choosing_client(RELEASE, bin("chosen"), bin("secret"));
  session = psk_session(&world, &client);
  memset(&pki_seen, 0, sizeof(pki_seen));
  {
    long long start = milliseconds();

    while (!chooser.calls && milliseconds() < start + PATIENCE)
      pki_turn(&world);
  }
  EXPECT_EQ(chooser.calls, 1);
  pki_turn(&world);
  EXPECT(world.client->sessions == NULL);
  pki_world_close(&world);
}

/* --- The hook --------------------------------------------------------------------------------------------------- */

static struct {
  int calls;
  size_t of_identity, of_key, max_identity, max_key;
  char hint[200];
} hook;

static size_t
hooked(const coap_session_t *session, const uint8_t *hint, size_t hint_len, uint8_t *identity, size_t *identity_len,
       size_t max_identity_len, uint8_t *psk, size_t max_psk_len) {
  EXPECT(session != NULL);
  hook.calls++;
  hook.max_identity = max_identity_len;
  hook.max_key = max_psk_len;
  snprintf(hook.hint, sizeof(hook.hint), "%.*s", (int)hint_len, hint ? (const char *)hint : "");
  memset(identity, 'i', max_identity_len);
  memset(psk, 'k', max_psk_len);
  *identity_len = hook.of_identity;
  return hook.of_key;
}

static void
hooks(coap_proto_t proto) {
  coap_dtls_spsk_t server = psk_server("a hint", "kkkkkk");
  coap_dtls_cpsk_t client = psk_client("first", "secret");
  static const struct { size_t identity, key; int result; } cases[] = {
    {3, 6, ANSWERED}, {255, 6, ANSWERED}, {3, 0, 40},
    {256, 6, 40}, {(size_t)-1, 6, 40}, {3, 513, 40}, {3, (size_t)-1, 40},   /* T18 */
  };
  struct pki_world world;
  unsigned int i;

  psk_world_open(&world, proto, &server);
  world.client->get_client_psk = hooked;
  for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    int result = cases[i].result == 40 ? SENT(40) : cases[i].result;

    hook.calls = 0;
    hook.of_identity = cases[i].identity;
    hook.of_key = cases[i].key;
    if (proto == COAP_PROTO_TLS && cases[i].result == 40) {
      /* In version 1.3 such a client has no key to offer, so the server has none to use. */
      EXPECT(psk_try(&world, &client) > ANSWERED);
    } else {
      EXPECT_EQ(psk_try(&world, &client), result);
    }
    EXPECT(hook.calls >= 1 && hook.max_identity == 255 && hook.max_key == 512);
    EXPECT(!strcmp(hook.hint, proto == COAP_PROTO_DTLS ? "a hint" : ""));
  }
  /* Without it there is no key, not even that of a callback. */
  world.client->get_client_psk = NULL;
  client = choosing_client(GIVE, bin("chosen"), bin("kkkkkk"));
  EXPECT_EQ(psk_try(&world, &client), SENT(40));
  EXPECT_EQ(chooser.calls, 0);
  pki_world_close(&world);
}

/* --- What is offered, and what is used -------------------------------------------------------------------------- */

static int
has_suite(STACK_OF(SSL_CIPHER) *suites, uint16_t number) {
  int i;

  for (i = 0; i < sk_SSL_CIPHER_num(suites); i++)
    if (SSL_CIPHER_get_protocol_id(sk_SSL_CIPHER_value(suites, i)) == number)
      return 1;
  return 0;
}

static void
suites(coap_proto_t proto) {
  coap_dtls_spsk_t server = psk_server("a hint", "secret");
  coap_dtls_cpsk_t client = psk_client("me", "secret");
  coap_dtls_pki_t pki = pki_setup(COAP_PKI_KEY_PEM);
  coap_session_t *session;
  STACK_OF(SSL_CIPHER) *offered;
  struct pki_world world;
  int i;

  psk_world_open(&world, proto, &server);
  session = psk_session(&world, &client);
  EXPECT_EQ(pki_ask(&world, session), ANSWERED);
  EXPECT(!strcmp(SSL_get_cipher_name((SSL *)session->tls), proto == COAP_PROTO_DTLS ? "ECDHE-PSK-CHACHA20-POLY1305"
                                                                                     : "TLS_CHACHA20_POLY1305_SHA256"));
  EXPECT_EQ((long)session->tls_overhead, proto == COAP_PROTO_DTLS ? 29 : 0);
  /* T20: there are servers without RFC 5746. */
  if (proto == COAP_PROTO_DTLS)
    EXPECT(SSL_get_options((SSL *)session->tls) & SSL_OP_LEGACY_SERVER_CONNECT);
  /* Nothing but pre-shared keys up to version 1.2. T21: of these, at a level that takes 256 bits, only that of
   * RFC 7252. */
  offered = SSL_get1_supported_ciphers((SSL *)session->tls);
  for (i = 0; i < sk_SSL_CIPHER_num(offered); i++) {
    const SSL_CIPHER *suite = sk_SSL_CIPHER_value(offered, i);

    EXPECT(strstr(SSL_CIPHER_get_name(suite), "PSK") || !strncmp(SSL_CIPHER_get_name(suite), "TLS_", 4));
  }
  EXPECT(!has_suite(offered, 0xc0ae));
  if (proto == COAP_PROTO_DTLS) { /* after a handshake in version 1.3 there are no others left */
    EXPECT(has_suite(offered, 0xc0a8) && has_suite(offered, 0xc0a4));
    sk_SSL_CIPHER_free(offered);
    SSL_set_security_level((SSL *)session->tls, 5);
    offered = SSL_get1_supported_ciphers((SSL *)session->tls);
    EXPECT(has_suite(offered, 0xc0a8) && !has_suite(offered, 0xc0a4));
  }
  sk_SSL_CIPHER_free(offered);
  coap_session_release(session);

  /* T2: one with certificates has no pre-shared keys, whatever others of its context have. */
  session = pki_session(&world, &pki);
  if (session && session->tls) {
    offered = SSL_get1_supported_ciphers((SSL *)session->tls);
    for (i = 0; i < sk_SSL_CIPHER_num(offered); i++)
      EXPECT(!strstr(SSL_CIPHER_get_name(sk_SSL_CIPHER_value(offered, i)), "PSK"));
    EXPECT(has_suite(offered, 0xc0ae) && has_suite(offered, 0xc0ac));
    sk_SSL_CIPHER_free(offered);
    SSL_set_security_level((SSL *)session->tls, 5);
    offered = SSL_get1_supported_ciphers((SSL *)session->tls);
    EXPECT(has_suite(offered, 0xc0ae) && !has_suite(offered, 0xc0ac));
    sk_SSL_CIPHER_free(offered);
  }
  coap_session_release(session);
  pki_world_close(&world);
}

/* A session made without credentials uses what its context was ever told (section 6.3), through the hook. */
static void
plain_sessions(coap_proto_t proto) {
  coap_dtls_spsk_t server = psk_server("a hint", "kkkkkk");
  coap_address_t to;
  struct pki_world world;

  psk_world_open(&world, proto, &server);
  loopback_address(&to, world.port);
  EXPECT_EQ(coap_context_set_psk(world.client, NULL, (const uint8_t *)"other", 5), 1);
  world.client->get_client_psk = hooked;
  hook.calls = 0;
  hook.of_identity = 3;
  hook.of_key = 6;
  EXPECT_EQ(pki_finish(&world, coap_new_client_session(world.client, NULL, &to, proto)), ANSWERED);
  EXPECT(hook.calls >= 1);
  pki_world_close(&world);
}

int
main(void) {
  coap_proto_t protos[] = {COAP_PROTO_DTLS, COAP_PROTO_TLS};
  unsigned int i;

  coap_startup();
  coap_set_log_level(LOG_EMERG);
  memset(long_text, 'x', sizeof(long_text));
  for (i = 0; i < PROTOS; i++) {
    hints(protos[i]);
    hooks(protos[i]);
    suites(protos[i]);
    plain_sessions(protos[i]);
  }
  coap_cleanup();
  return expect_done();
}
