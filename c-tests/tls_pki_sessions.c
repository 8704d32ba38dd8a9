/* Whose certificates are whose, where a server and several clients share a context (security.md 2, 5.4, 6.3; rows T2,
 * T3). */

/* only: openssl */
/* flags: -lssl -lcrypto */

#include "pki_world.h"

static struct credential root, other_root;

/* The name at the end of the chain that each side has seen last. */
static char of_client[32], of_server[32];

static int
note_name(const char *cn, const uint8_t *der, size_t length, coap_session_t *session, unsigned int depth, int validated,
          void *arg) {
  (void)der, (void)length, (void)session, (void)validated;
  if (depth == 0)
    snprintf(arg, sizeof(of_client), "%s", cn ? cn : "");
  return 1;
}

/* A certificate of this name; the settings that use it, and that trust `root_file`. */
static coap_dtls_pki_t
setup_of(const char *name, const struct credential *issuer, const char *root_file, int server) {
  static char names[8][160];
  static int next;
  struct credential own;
  coap_dtls_pki_t setup;
  char *place = names[next++ % 8], text[32];

  certificate_make(&own, issuer, name);
  snprintf(text, sizeof(text), "%s.pem", name);
  snprintf(place, sizeof(names[0]), "%s", file(text, PEM_KEY | PEM_CERTIFICATE, &own));
  credential_free(&own);
  setup = pki_pem(root_file, place);
  setup.validate_cn_call_back = note_name;
  setup.cn_call_back_arg = server ? of_client : of_server;
  return setup;
}

/* Begins a new handshake on a session, and asks. */
static int
again(struct pki_world *world, coap_session_t *session) {
  coap_session_disconnected(session, COAP_NACK_TLS_FAILED);
  pki_turn(world);
  of_client[0] = of_server[0] = 0;
  return pki_ask(world, session);
}

#define EXPECT_NAMES(client, server) EXPECT(!strcmp(of_client, client) && !strcmp(of_server, server))

int
main(void) {
  char root_file[160], other_file[160];
  size_t i;

  coap_startup();
  coap_set_log_level(LOG_ERR);
  certificates_open();
  root_make(&root, "root");
  root_make(&other_root, "other root");
  keep(root_file, file("root.pem", PEM_CERTIFICATE, &root));
  keep(other_file, file("other.pem", PEM_CERTIFICATE, &other_root));
  for (i = 0; i < PKI_PROTOS; i++) {
    coap_dtls_pki_t server = setup_of("server", &root, root_file, 1), one = setup_of("one", &root, root_file, 0);
    coap_dtls_pki_t two = setup_of("two", &root, root_file, 0), newer = setup_of("newer", &other_root, root_file, 1);
    coap_dtls_pki_t three = setup_of("three", &root, other_file, 0);
    coap_session_t *first, *second, *third;
    struct pki_world world;

    pki_world_open(&world, pki_protos[i], &server);
    pki_share(&world);
    first = pki_session(&world, &one);
    EXPECT_EQ(pki_ask(&world, first), ANSWERED);
    EXPECT_NAMES("one", "server");
    second = pki_session(&world, &two);
    EXPECT_EQ(pki_ask(&world, second), ANSWERED);
    EXPECT_NAMES("two", "server");
    /* The caller's structures were copied: what becomes of them is of no account, and neither is the second session. */
    memset(&one, 0, sizeof(one));
    memset(&server, 0, sizeof(server));
    EXPECT_EQ(again(&world, first), ANSWERED);
    EXPECT_NAMES("one", "server");
    EXPECT_EQ(again(&world, second), ANSWERED);
    EXPECT_NAMES("two", "server");
    /* A session that trusts somebody else does not make the others trust them. */
    third = pki_session(&world, &three);
    EXPECT_EQ(pki_ask(&world, third), SENT(48));
    EXPECT_EQ(again(&world, first), ANSWERED);
    EXPECT_NAMES("one", "server");
    /* New settings of the server's are the server's only, and for handshakes from now on. */
    EXPECT_EQ(coap_context_set_pki(world.server, &newer), 1);
    EXPECT_EQ(pki_ask(&world, second), ANSWERED);
    EXPECT_EQ(again(&world, second), SENT(48));
    EXPECT_EQ(again(&world, third), ANSWERED);
    EXPECT_NAMES("three", "newer");
    coap_session_release(first);
    coap_session_release(second);
    coap_session_release(third);
    pki_world_close(&world);
  }
  credential_free(&root);
  credential_free(&other_root);
  certificates_close();
  coap_cleanup();
  return expect_done();
}
