/* What a server does with pre-shared keys: its own, those of hooks, and those that callbacks choose by server name and
 * by identity (security.md 4.1, 4.2 and 5.3; rows T11, T18, T22). */
/* only: openssl */
/* flags: -Wl,--no-as-needed -lssl -lcrypto */
#include "psk_world.h"

static char long_text[600];

/* --- What is seen of a server ----------------------------------------------------------------------------------- */

static struct {
  int errors;
  char identity[300], key[600], hint[600];     /* of the session, at its last event; "-" if it has none */
} seen;

static void
note(char *place, size_t size, const coap_bin_const_t *copy) {
  snprintf(place, size, "%s", copy ? (const char *)copy->s : "-");
  EXPECT(!copy || copy->length == strlen(place));
}

static int
on_event(coap_context_t *context, coap_event_t event, coap_session_t *session) {
  if (event == COAP_EVENT_DTLS_CONNECTED || event == COAP_EVENT_DTLS_ERROR) {
    seen.errors += event == COAP_EVENT_DTLS_ERROR;
    note(seen.identity, sizeof(seen.identity), session->psk_identity);
    note(seen.key, sizeof(seen.key), session->psk_key);
    note(seen.hint, sizeof(seen.hint), session->psk_hint);
  }
  return pki_server_event(context, event, session);
}

static char hint_seen[600];

/* The client's side: which hint has come? Limits it to version 1.2, too. */
static const coap_dtls_cpsk_info_t *
look_at_hint(coap_str_const_t *hint, coap_session_t *session, void *arg) {
  (void)session;
  snprintf(hint_seen, sizeof(hint_seen), "%.*s", (int)hint->length, (const char *)hint->s);
  return arg;
}

static coap_dtls_cpsk_t
looking_client(const char *identity, const char *key) {
  static coap_dtls_cpsk_info_t info;
  coap_dtls_cpsk_t setup = psk_client(identity, key);

  info = setup.psk_info;
  setup.validate_ih_call_back = look_at_hint;
  setup.ih_call_back_arg = &info;
  strcpy(hint_seen, "none");
  return setup;
}

/* --- Identities ------------------------------------------------------------------------------------------------- */

enum { BY_NAME, OWN_COPY, RELEASE_ENDPOINT };

static struct {
  int what, calls, refuse;
  coap_bin_const_t key;
  char identity[300];
  coap_bin_const_t copy;
  struct pki_world *world;
} keeper;

static const coap_bin_const_t *
keep_key(coap_bin_const_t *identity, coap_session_t *session, void *arg) {
  EXPECT(arg == &keeper);
  keeper.calls++;
  snprintf(keeper.identity, sizeof(keeper.identity), "%s", (const char *)identity->s);
  EXPECT(identity->length == strlen(keeper.identity));
  EXPECT(holds(session->psk_identity, keeper.identity));
  if (keeper.refuse)
    return NULL;
  switch (keeper.what) {
  case OWN_COPY:
    keeper.copy = *session->psk_key;
    return &keeper.copy;
  case RELEASE_ENDPOINT:
    coap_free_endpoint(keeper.world->endpoint);
    return &keeper.key;
  default:
    return &keeper.key;
  }
}

static void
identities(coap_proto_t proto) {
  coap_dtls_spsk_t server = psk_server("a hint", "secret");
  coap_dtls_cpsk_t client = psk_client("me", "secret"), older = looking_client("me", "secret");
  /* Version 1.3 has no alert for identities that are not known. */
  int unknown = proto == COAP_PROTO_DTLS ? GOT(115) : GOT(40);
  struct pki_world world;

  psk_world_open(&world, proto, &server);
  coap_register_event_handler(world.server, on_event);
  /* Anybody who has the key. */
  EXPECT_EQ(psk_try(&world, &client), ANSWERED);
  EXPECT(!strcmp(seen.identity, "me") && !strcmp(seen.key, "-") && !strcmp(seen.hint, "-"));
  client = psk_client("you", "secret");
  EXPECT_EQ(psk_try(&world, &client), ANSWERED);
  EXPECT(!strcmp(seen.identity, "you"));
  client = psk_client("", "secret");
  EXPECT_EQ(psk_try(&world, &client), ANSWERED); /* not in version 1.3 */
  EXPECT(!strcmp(seen.identity, ""));

  /* The one that the callback knows. */
  memset(&keeper, 0, sizeof(keeper));
  server.validate_id_call_back = keep_key;
  server.id_call_back_arg = &keeper;
  EXPECT_EQ(coap_context_set_psk2(world.server, &server), 1);
  keeper.key = bin("another");
  client = psk_client("you", "another");
  EXPECT_EQ(psk_try(&world, &client), ANSWERED);
  EXPECT(keeper.calls == 1 && !strcmp(keeper.identity, "you"));
  EXPECT(!strcmp(seen.identity, "you") && !strcmp(seen.key, "another"));
  keeper.refuse = 1;
  seen.errors = 0;
  EXPECT_EQ(psk_try(&world, &client), unknown);
  EXPECT_EQ(psk_try(&world, &older), GOT(115));
  EXPECT(keeper.calls == 3 && seen.errors == 2);
  /* It is in the session even though it was refused. */
  EXPECT(!strcmp(seen.identity, "me") && !strcmp(seen.key, "-"));
  keeper.refuse = 0;
  keeper.key.s = (const uint8_t *)long_text;
  keeper.key.length = 513;
  EXPECT_EQ(psk_try(&world, &client), unknown);
  keeper.key.length = 0;
  EXPECT_EQ(psk_try(&world, &client), unknown);
  keeper.key = bin(NULL);
  EXPECT_EQ(psk_try(&world, &client), unknown);
  keeper.key.s = (const uint8_t *)long_text;
  keeper.key.length = 512;
  client.psk_info.key = keeper.key;
  EXPECT_EQ(psk_try(&world, &client), ANSWERED);
  EXPECT(strlen(seen.key) == 512);

  /* No hook, no key: not even that of the callback. */
  keeper.calls = 0;
  world.server->get_server_psk = NULL;
  EXPECT_EQ(psk_try(&world, &client), unknown);
  EXPECT_EQ(keeper.calls, 0);
  pki_world_close(&world);

  /* The endpoint goes, and with it the session. */
  psk_world_open(&world, proto, &server);
  keeper.world = &world;
  keeper.what = RELEASE_ENDPOINT;
  keeper.key = bin("secret");
  client = psk_client("me", "secret");
  {
    coap_session_t *session = psk_session(&world, &client);
    long long start = milliseconds();

    while (!keeper.calls && milliseconds() < start + PATIENCE)
      pki_turn(&world);
    pki_turn(&world);
    coap_session_release(session);
  }
  EXPECT_EQ(keeper.calls, 1);
  EXPECT(world.server->endpoint == NULL);
  pki_world_close(&world);
}

/* A wrong key: an alert over TLS, silence over DTLS (section 4.2). */
static void
wrong_key(coap_proto_t proto) {
  coap_dtls_spsk_t server = psk_server("a hint", "secret");
  coap_dtls_cpsk_t newest = psk_client("me", "secrex"), older = looking_client("me", "secrex");
  struct pki_world world;
  coap_session_t *session;
  int i;

  psk_world_open(&world, proto, &server);
  if (proto == COAP_PROTO_TLS) {
    EXPECT_EQ(psk_try(&world, &newest), GOT(47));  /* the binder is wrong */
    EXPECT_EQ(psk_try(&world, &older), GOT(20));   /* the record is */
  } else {
    memset(&pki_seen, 0, sizeof(pki_seen));
    session = psk_session(&world, &newest);
    SSL_set_msg_callback(session->tls, pki_message);
    for (i = 0; i < 20; i++)
      pki_turn(&world);
    EXPECT(session->state == COAP_SESSION_STATE_HANDSHAKE && !pki_seen.alert && !pki_seen.over);
    EXPECT_EQ(SSL_get_state((SSL *)session->tls), TLS_ST_CW_FINISHED);
    coap_session_release(session);
  }
  EXPECT_EQ(pki_seen.servers_connected, 0);
  pki_world_close(&world);
}

/* --- Hooks ------------------------------------------------------------------------------------------------------ */

static struct {
  int keys, hints;
  size_t of_key, of_hint, max_key, max_hint;
} hook;

static size_t
hooked_key(const coap_session_t *session, const uint8_t *identity, size_t identity_len, uint8_t *psk,
           size_t max_psk_len) {
  EXPECT(session && identity_len == 2 && !memcmp(identity, "me", 3));
  hook.keys++;
  hook.max_key = max_psk_len;
  memset(psk, 'k', max_psk_len);
  return hook.of_key;
}

static size_t
hooked_hint(const coap_session_t *session, uint8_t *hint, size_t max_hint_len) {
  EXPECT(session != NULL);
  hook.hints++;
  hook.max_hint = max_hint_len;
  memset(hint, 'h', max_hint_len);
  return hook.of_hint;
}

static void
hooks(coap_proto_t proto) {
  coap_dtls_spsk_t server = psk_server("a hint", "secret");
  coap_dtls_cpsk_t client = looking_client("me", "kkkkkk");
  struct pki_world world;

  psk_world_open(&world, proto, &server);
  coap_register_event_handler(world.server, on_event);
  world.server->get_server_psk = hooked_key;
  world.server->get_server_hint = hooked_hint;
  memset(&hook, 0, sizeof(hook));
  hook.of_key = 6;
  hook.of_hint = 3;
  EXPECT_EQ(psk_try(&world, &client), ANSWERED);
  EXPECT(!strcmp(hint_seen, "hhh"));
  EXPECT(hook.keys == 1 && hook.hints == 1 && hook.max_key == 512 && hook.max_hint == 127);
  EXPECT(!strcmp(seen.hint, "-"));
  hook.of_hint = 127;
  EXPECT_EQ(psk_try(&world, &client), ANSWERED);
  EXPECT_EQ((long)strlen(hint_seen), 127);
  /* T18: more than there is room for is no hint, and no key. */
  hook.of_hint = 128;
  EXPECT_EQ(psk_try(&world, &client), ANSWERED);
  EXPECT(!strcmp(hint_seen, "a hint"));
  hook.of_hint = (size_t)-1;
  EXPECT_EQ(psk_try(&world, &client), ANSWERED);
  EXPECT(!strcmp(hint_seen, "a hint"));
  hook.of_key = 513;
  EXPECT_EQ(psk_try(&world, &client), GOT(115));
  hook.of_key = (size_t)-1;
  EXPECT_EQ(psk_try(&world, &client), GOT(115));
  hook.of_key = 0;
  EXPECT_EQ(psk_try(&world, &client), GOT(115));
  hook.of_key = 6;
  world.server->get_server_hint = NULL;
  EXPECT_EQ(psk_try(&world, &client), ANSWERED);
  EXPECT(!strcmp(hint_seen, "a hint"));

  /* T22: new settings leave nothing of the old ones; a hint is cut at 127 bytes. */
  EXPECT_EQ(coap_context_set_psk(world.server, NULL, (const uint8_t *)"kkkkkk", 6), 1);
  EXPECT_EQ(psk_try(&world, &client), ANSWERED);
  EXPECT(!strcmp(hint_seen, ""));
  EXPECT_EQ(coap_context_set_psk(world.server, long_text, (const uint8_t *)"kkkkkk", 6), 1);
  EXPECT_EQ(psk_try(&world, &client), ANSWERED);
  EXPECT_EQ((long)strlen(hint_seen), 127);
  pki_world_close(&world);
}

/* --- Server names ----------------------------------------------------------------------------------------------- */

static struct {
  int calls;
  char name[300];
  coap_dtls_spsk_info_t info;
  coap_session_state_t state;
} namer;

static const coap_dtls_spsk_info_t *
choose_name(const char *sni, coap_session_t *session, void *arg) {
  EXPECT(arg == &namer && session != NULL);
  namer.calls++;
  namer.state = session->state;
  snprintf(namer.name, sizeof(namer.name), "%s", sni);
  return strstr(sni, "unknown") ? NULL : &namer.info;
}

static void
names(coap_proto_t proto) {
  coap_dtls_spsk_t server = psk_server("a hint", "secret");
  coap_dtls_cpsk_t client = looking_client("me", "of-name"), newer;
  char *long_name = calloc(1, 300);
  struct pki_world world;

  memset(&namer, 0, sizeof(namer));
  server.validate_sni_call_back = choose_name;
  server.sni_call_back_arg = &namer;
  namer.info.hint = bin("name's hint");
  namer.info.key = bin("of-name");
  psk_world_open(&world, proto, &server);
  coap_register_event_handler(world.server, on_event);

  client.client_sni = (char *)"Coap.Example";
  EXPECT_EQ(psk_try(&world, &client), ANSWERED);
  EXPECT(namer.calls == 1 && !strcmp(namer.name, "Coap.Example"));
  EXPECT_EQ(namer.state, proto == COAP_PROTO_DTLS ? COAP_SESSION_STATE_NONE : COAP_SESSION_STATE_HANDSHAKE);
  EXPECT(!strcmp(hint_seen, "name's hint"));
  EXPECT(!strcmp(seen.hint, "name's hint") && !strcmp(seen.key, "of-name"));
  /* T11: remembered, whatever the case; what was pointed to is read anew. */
  client.client_sni = (char *)"cOAP.eXAMPLE";
  EXPECT_EQ(psk_try(&world, &client), ANSWERED);
  EXPECT_EQ(namer.calls, 1);
  EXPECT(!strcmp(hint_seen, "name's hint"));
  /* Nobody asks for a name. */
  client.client_sni = NULL;
  EXPECT_EQ(psk_try(&world, &client), ANSWERED);
  EXPECT(namer.calls == 2 && !strcmp(namer.name, ""));
  /* One that is not known is asked about each time. */
  client.client_sni = (char *)"unknown";
  seen.errors = 0;
  EXPECT_EQ(psk_try(&world, &client), GOT(112));
  EXPECT_EQ(psk_try(&world, &client), GOT(112));
  EXPECT_EQ(namer.calls, 4);
  /* New settings: all is asked anew. */
  EXPECT_EQ(coap_context_set_psk2(world.server, &server), 1);
  client.client_sni = (char *)"coap.example";
  namer.info.hint = bin(NULL);
  EXPECT_EQ(psk_try(&world, &client), ANSWERED);
  EXPECT_EQ(namer.calls, 5);
  EXPECT(!strcmp(hint_seen, "a hint") && !strcmp(seen.hint, "-"));
  /* A name without a key: that of the context. */
  namer.info.key = bin(NULL);
  client = looking_client("me", "secret");
  client.client_sni = (char *)"second.example";
  EXPECT_EQ(psk_try(&world, &client), ANSWERED);
  EXPECT(!strcmp(seen.key, "-"));
  /* A long hint is cut. */
  namer.info.hint.s = (const uint8_t *)long_text;
  namer.info.hint.length = 500;
  client.client_sni = (char *)"third.example";
  EXPECT_EQ(psk_try(&world, &client), ANSWERED);
  EXPECT_EQ((long)strlen(hint_seen), 127);
  EXPECT_EQ((long)strlen(seen.hint), 500);

  /* What a client asks for: 1 to 255 bytes, or nothing. */
  memset(long_name, 'n', 255);
  client.client_sni = long_name;
  EXPECT_EQ(psk_try(&world, &client), ANSWERED);
  EXPECT(!strcmp(namer.name, long_name));
  long_name[255] = 'n';
  EXPECT_EQ(coap_context_set_psk2(world.server, &server), 1);
  EXPECT_EQ(psk_try(&world, &client), ANSWERED);
  EXPECT(!strcmp(namer.name, ""));
  client.client_sni = (char *)"";
  namer.calls = 0;
  EXPECT_EQ(psk_try(&world, &client), ANSWERED);
  EXPECT_EQ(namer.calls, 0);

  /* The callback for identities comes later, and wins. */
  memset(&keeper, 0, sizeof(keeper));
  server.validate_id_call_back = keep_key;
  server.id_call_back_arg = &keeper;
  keeper.what = OWN_COPY;
  namer.info.key = bin("of-name");
  EXPECT_EQ(coap_context_set_psk2(world.server, &server), 1);
  newer = psk_client("me", "of-name");
  EXPECT_EQ(psk_try(&world, &newer), ANSWERED);
  EXPECT(keeper.calls == 1 && !strcmp(seen.key, "of-name"));
  keeper.what = BY_NAME;
  keeper.key = bin("of-identity");
  newer = psk_client("me", "of-identity");
  EXPECT_EQ(psk_try(&world, &newer), ANSWERED);
  EXPECT(!strcmp(seen.key, "of-identity"));
  free(long_name);
  pki_world_close(&world);
}

/* --- The log ---------------------------------------------------------------------------------------------------- */

static struct {
  int identities, hints, offered, chosen, keys;
} lines;

static void
on_line(coap_log_t level, const char *line) {
  lines.identities += level == LOG_DEBUG && strstr(line, "identity 'me\\u{1b}'");
  lines.hints += level == LOG_DEBUG && strstr(line, "hint 'a hint'");
  lines.offered += level == COAP_LOG_CIPHERS && strstr(line, "offers ECDHE-PSK-CHACHA20-POLY1305");
  lines.chosen += level == COAP_LOG_CIPHERS && strstr(line, "ECDHE-PSK-CHACHA20-POLY1305 is used");
  lines.keys += strstr(line, "secret") != NULL;
}

/* What is said of a handshake, whatever the level of the (D)TLS library's own lines (section 11); never a key. */
static void
log_lines(coap_proto_t proto) {
  coap_dtls_spsk_t server = psk_server("a hint", "secret");
  /* What a peer says does not get at anybody's terminal. */
  coap_dtls_cpsk_t client = looking_client("me\x1b", "secret");
  struct pki_world world;

  memset(&lines, 0, sizeof(lines));
  psk_world_open(&world, proto, &server);
  coap_set_log_handler(on_line);
  coap_set_log_level(COAP_LOG_CIPHERS);
  EXPECT_EQ(psk_try(&world, &client), ANSWERED);
  client.psk_info.key = bin("secret!");
  client.validate_ih_call_back = NULL;
  if (proto == COAP_PROTO_TLS)
    EXPECT(psk_try(&world, &client) > ANSWERED);
  coap_set_log_level(LOG_EMERG);
  coap_set_log_handler(NULL);
  EXPECT(lines.identities >= 1 && lines.hints == 1 && lines.offered >= 1 && lines.chosen == 2);
  EXPECT_EQ(lines.keys, 0);
  pki_world_close(&world);
}

int
main(void) {
  coap_proto_t protos[] = {COAP_PROTO_DTLS, COAP_PROTO_TLS};
  unsigned int i;

  coap_startup();
  coap_set_log_level(LOG_EMERG);
  coap_set_show_pdu_output(0);
  memset(long_text, 'x', sizeof(long_text) - 1);
  for (i = 0; i < 2; i++) {
    identities(protos[i]);
    wrong_key(protos[i]);
    hooks(protos[i]);
    names(protos[i]);
    log_lines(protos[i]);
  }
  coap_cleanup();
  return expect_done();
}
