/* Credentials in a library without DTLS and TLS: what the calls answer, what they store, and the look-ups of keys
 * (security.md 1, 2, 4.1 and 12, session.md 2; rows S7, S9, T18, T22). */
/* only: notls */
#include "peer.h"

static const uint8_t key[] = "s3cret-key";
static coap_bin_const_t identity = {4, (const uint8_t *)"name"}, secret = {10, key}, hint = {4, (const uint8_t *)"hint"};
static const coap_bin_const_t absent = {0, NULL};

static int
holds(const coap_bin_const_t *copy, const char *text) {
  /* A NUL follows that is not counted: programs use strcmp(). */
  return copy && copy->length == strlen(text) && !strcmp((const char *)copy->s, text);
}

static void
support(void) {
  coap_tls_version_t *version = coap_get_tls_library_version();

  EXPECT_EQ(coap_dtls_is_supported(), 0);
  EXPECT_EQ(coap_tls_is_supported(), 0);
  EXPECT_EQ(version->type, COAP_TLS_LIBRARY_NOTLS);
  EXPECT(version->version == 0 && version->built_version == 0);
  EXPECT(coap_get_tls_library_version() == version);
}

/* What the calls for servers answer, and that pre-shared keys are stored all the same. */
static void
servers(coap_context_t *context) {
  coap_dtls_spsk_t setup;
  coap_dtls_pki_t pki;
  coap_address_t address;
  uint8_t room[128];
  coap_bin_const_t *stored = &context->spsk_setup_data.psk_info.hint;

  EXPECT(context->dtls_context == NULL);
  EXPECT(context->get_client_psk && context->get_server_psk && context->get_server_hint);
  EXPECT_EQ(coap_context_set_psk(context, "hint", key, 10), 0);
  EXPECT(stored->length == 4 && !memcmp(stored->s, "hint", 4));
  EXPECT(context->spsk_setup_data.psk_info.key.s == key);
  /* T22: what is not given is not left from before. */
  EXPECT_EQ(coap_context_set_psk(context, NULL, key, 0), 0);
  EXPECT(stored->s == NULL && stored->length == 0);
  EXPECT(context->spsk_setup_data.psk_info.key.s == NULL);
  EXPECT_EQ(coap_context_set_psk2(context, NULL), 0);
  memset(&setup, 0, sizeof(setup));
  setup.version = 99; /* not looked at */
  setup.psk_info.hint = hint;
  setup.psk_info.key = secret;
  EXPECT_EQ(coap_context_set_psk2(context, &setup), 0);
  EXPECT(!memcmp(&context->spsk_setup_data, &setup, sizeof(setup)));
  EXPECT_EQ((long)context->get_server_hint(NULL, room, sizeof(room)), 0);
  EXPECT_EQ((long)context->get_server_psk(NULL, NULL, 0, room, sizeof(room)), 0);
  memset(&pki, 0, sizeof(pki));
  EXPECT_EQ(coap_context_set_pki(context, &pki), 0);
  pki.version = COAP_DTLS_PKI_SETUP_VERSION;
  EXPECT_EQ(coap_context_set_pki(context, &pki), 0);
  EXPECT_EQ(coap_context_set_pki(context, NULL), 0);
  EXPECT_EQ(coap_context_set_pki_root_cas(context, "/dev/null", NULL), 0);
  EXPECT_EQ(coap_context_set_pki_root_cas(context, NULL, NULL), 0);
  loopback_address(&address, 0);
  EXPECT(coap_new_endpoint(context, &address, COAP_PROTO_DTLS) == NULL);
  EXPECT(coap_new_endpoint(context, &address, COAP_PROTO_TLS) == NULL);
}

static int pki_complaints;

static void
on_log(coap_log_t level, const char *message) {
  pki_complaints += level == LOG_ERR && strstr(message, "version") != NULL;
}

/* The version of the PKI structure is looked at, and a line says so (section 12). */
static void
pki_version(coap_context_t *context) {
  coap_dtls_pki_t pki;
  coap_log_t level = coap_get_log_level();

  memset(&pki, 0, sizeof(pki));
  coap_set_log_level(LOG_ERR);
  coap_set_log_handler(on_log);
  pki.version = 2;
  EXPECT_EQ(coap_context_set_pki(context, &pki), 0);
  coap_set_log_handler(NULL);
  coap_set_log_level(level);
  EXPECT_EQ(pki_complaints, 1);
}

/* Sessions that need no security are made whatever the credentials are; secure ones are not made at all. */
static void
clients(coap_context_t *context, uint16_t port) {
  coap_address_t to;
  coap_dtls_cpsk_t setup;
  coap_dtls_pki_t pki;
  coap_session_t *session;

  loopback_address(&to, port);
  session = coap_new_client_session_psk(context, NULL, &to, COAP_PROTO_UDP, "name", key, 10);
  EXPECT(session && session->ref == 1 && session->state == COAP_SESSION_STATE_ESTABLISHED);
  EXPECT(holds(session->psk_identity, "name"));
  EXPECT(holds(session->psk_key, "s3cret-key"));
  EXPECT(session->psk_hint == NULL);
  EXPECT(session->cpsk_setup_data.psk_info.key.s == key);
  coap_session_release(session);

  session = coap_new_client_session_psk(context, NULL, &to, COAP_PROTO_UDP, NULL, key, 0);
  EXPECT(session && !session->psk_identity && !session->psk_key);
  EXPECT(session->cpsk_setup_data.psk_info.key.s == NULL);
  coap_session_release(session);

  memset(&setup, 0, sizeof(setup));
  setup.version = 77; /* not looked at */
  setup.ih_call_back_arg = &setup;
  setup.psk_info.identity.s = (const uint8_t *)""; /* empty is not absent */
  session = coap_new_client_session_psk2(context, NULL, &to, COAP_PROTO_UDP, &setup);
  EXPECT(session && holds(session->psk_identity, "") && !session->psk_key);
  EXPECT(!memcmp(&session->cpsk_setup_data, &setup, sizeof(setup)));
  coap_session_release(session);

  memset(&pki, 0, sizeof(pki));
  session = coap_new_client_session_pki(context, NULL, &to, COAP_PROTO_UDP, &pki);
  EXPECT(session != NULL);
  coap_session_release(session);
  session = coap_new_client_session_pki(context, NULL, &to, COAP_PROTO_UDP, NULL);
  EXPECT(session != NULL);
  coap_session_release(session);

  setup.psk_info.identity = identity;
  setup.psk_info.key = secret;
  EXPECT(coap_new_client_session_psk2(context, NULL, &to, COAP_PROTO_DTLS, &setup) == NULL);
  EXPECT(coap_new_client_session_psk(context, NULL, &to, COAP_PROTO_TLS, "name", key, 10) == NULL);
  EXPECT(coap_new_client_session_pki(context, NULL, &to, COAP_PROTO_DTLS, &pki) == NULL);
  EXPECT(coap_new_client_session(context, NULL, &to, COAP_PROTO_TLS) == NULL);
  EXPECT(context->sessions == NULL);

  /* S7 */
  EXPECT(coap_new_client_session_psk2(context, NULL, &to, COAP_PROTO_UDP, NULL) == NULL);
  EXPECT(coap_new_client_session_psk2(context, NULL, NULL, COAP_PROTO_UDP, &setup) == NULL);
  EXPECT(coap_new_client_session_psk2(NULL, NULL, &to, COAP_PROTO_UDP, &setup) == NULL);
  EXPECT(coap_new_client_session_pki(context, NULL, NULL, COAP_PROTO_UDP, &pki) == NULL);
  EXPECT(coap_new_client_session_psk(NULL, NULL, &to, COAP_PROTO_UDP, "name", key, 10) == NULL);
  EXPECT(context->sessions == NULL);
}

/* coap_session_refresh_psk_*: what is there is replaced, dropped or left alone. */
static void
refresh(coap_session_t *session) {
  coap_bin_const_t part, *before;

  EXPECT_EQ(coap_session_refresh_psk_hint(session, &hint), 1);
  EXPECT(holds(session->psk_hint, "hint"));
  before = session->psk_hint;
  EXPECT_EQ(coap_session_refresh_psk_hint(session, &hint), 1);
  EXPECT(session->psk_hint == before);
  part.length = 3; /* of the very copy that it replaces */
  part.s = before->s + 1;
  EXPECT_EQ(coap_session_refresh_psk_hint(session, &part), 1);
  EXPECT(holds(session->psk_hint, "int"));
  EXPECT_EQ(coap_session_refresh_psk_hint(session, &absent), 1);
  EXPECT(session->psk_hint == NULL);
  EXPECT_EQ(coap_session_refresh_psk_key(session, &secret), 1);
  EXPECT(holds(session->psk_key, "s3cret-key"));
  EXPECT_EQ(coap_session_refresh_psk_key(session, NULL), 1);
  EXPECT(session->psk_key == NULL);
  EXPECT_EQ(coap_session_refresh_psk_key(NULL, &secret), 0);
}

/* The look-ups that a new context names (security.md 4.1). They never write past a buffer (T18). */
static void
lookups(coap_context_t *context, uint16_t port) {
  coap_address_t to;
  coap_dtls_cpsk_t setup;
  coap_session_t *session, *server;
  uint8_t name[256], psk[512], room[128];
  size_t length = 99;

  loopback_address(&to, port);
  memset(&setup, 0, sizeof(setup));
  session = coap_new_client_session_psk2(context, NULL, &to, COAP_PROTO_UDP, &setup);
#define ASK(name_size, psk_size) (long)context->get_client_psk(session, NULL, 0, name, &length, name_size, psk, psk_size)
  EXPECT_EQ(ASK(255, 512), 0);
  EXPECT_EQ((long)length, 0);
  session->cpsk_setup_data.psk_info.identity = identity;
  EXPECT_EQ(ASK(255, 512), 0); /* both or none */
  EXPECT_EQ((long)length, 0);
  session->cpsk_setup_data.psk_info.key = hint;
  EXPECT_EQ(ASK(255, 512), 4);
  EXPECT(length == 4 && !memcmp(name, "name", 4) && !memcmp(psk, "hint", 4));
  EXPECT_EQ(ASK(3, 512), 0);
  EXPECT_EQ((long)length, 0);
  memset(psk, 'x', sizeof(psk));
  EXPECT_EQ(ASK(255, 3), 0);
  EXPECT(psk[3] == 'x');
  coap_session_release(session);
  /* The session's own copies come first, where they fit. */
  session = coap_new_client_session_psk(context, NULL, &to, COAP_PROTO_UDP, "name", key, 10);
  EXPECT_EQ(ASK(255, 512), 10);
  EXPECT(length == 4 && !memcmp(psk, key, 10));
  session->cpsk_setup_data.psk_info.key = hint;
  EXPECT_EQ(ASK(255, 9), 4);
  EXPECT(!memcmp(psk, "hint", 4));
  length = 99;
  EXPECT_EQ((long)context->get_client_psk(NULL, NULL, 0, name, &length, 255, psk, 512), 0);
  EXPECT_EQ((long)length, 0);
  coap_session_release(session);

  server = client_session(&(struct server){.context = context}, port, COAP_PROTO_UDP);
  memset(&context->spsk_setup_data, 0, sizeof(context->spsk_setup_data));
  EXPECT_EQ((long)context->get_server_psk(server, name, 4, psk, 512), 0);
  EXPECT_EQ((long)context->get_server_hint(server, room, 127), 0);
  context->spsk_setup_data.psk_info.key = secret;
  context->spsk_setup_data.psk_info.hint = hint;
  EXPECT_EQ((long)context->get_server_psk(server, name, 4, psk, 512), 10); /* any identity */
  EXPECT_EQ((long)context->get_server_psk(server, name, 4, psk, 9), 0);
  EXPECT_EQ((long)context->get_server_hint(server, room, 127), 4);
  EXPECT_EQ((long)context->get_server_hint(server, room, 3), 0);
  coap_session_refresh_psk_key(server, &identity);
  coap_session_refresh_psk_hint(server, &identity);
  EXPECT_EQ((long)context->get_server_psk(server, name, 4, psk, 512), 4);
  EXPECT_EQ((long)context->get_server_hint(server, room, 127), 4);
  EXPECT(!memcmp(psk, "name", 4) && !memcmp(room, "name", 4));
  /* A hint of no length is none. */
  coap_session_refresh_psk_hint(server, &(coap_bin_const_t){0, (const uint8_t *)""});
  EXPECT_EQ((long)context->get_server_hint(server, room, 127), 4);
  EXPECT(!memcmp(room, "hint", 4));
  memset(&context->spsk_setup_data, 0, sizeof(context->spsk_setup_data));
  coap_session_release(server);
}

/* A session that outlives its context has no keys any more, and takes none (S9). */
static void
shell(void) {
  coap_context_t *context = coap_new_context(NULL);
  coap_address_t to;
  coap_session_t *session;
  uint16_t port;
  int fd = silent_socket(&port);

  loopback_address(&to, port);
  session = coap_new_client_session_psk(context, NULL, &to, COAP_PROTO_UDP, "name", key, 10);
  coap_session_reference(session);
  coap_free_context(context);
  EXPECT(!session->psk_identity && !session->psk_key && !session->psk_hint);
  EXPECT_EQ(coap_session_refresh_psk_key(session, &secret), 0);
  EXPECT_EQ(coap_session_refresh_psk_hint(session, &hint), 0);
  EXPECT(!session->psk_key && !session->psk_hint);
  coap_session_release(session);
  close(fd);
}

int
main(void) {
  coap_context_t *context;
  coap_session_t *session;
  uint16_t port;
  int fd = silent_socket(&port);

  coap_set_log_level(LOG_EMERG);
  context = coap_new_context(NULL);
  support();
  servers(context);
  pki_version(context);
  clients(context, port);
  session = client_session(&(struct server){.context = context}, port, COAP_PROTO_UDP);
  refresh(session);
  coap_session_release(session);
  lookups(context, port);
  coap_free_context(context);
  shell();
  coap_cleanup();
  close(fd);
  return expect_done();
}
