/* Applications that do as they like inside the callbacks of a handshake (hostile.md X42; security.md 4 and 5.3): they
 * end the session, its endpoint or the context, send, replace keys and settings. */
/* only: openssl */
/* flags: -Wl,--no-as-needed -lssl -lcrypto */
#include "psk_world.h"

enum { IDENTITY, KEY_HOOK, HINT_HOOK, NAME, CERTIFICATE_NAME, SETUP, LOG_LINE, SERVER_PLACES };
enum { HINT = SERVER_PLACES, CLIENT_HOOK, CLIENT_LOG_LINE, PLACES };
/* The last three need no session. */
enum { NOTHING, SEND, REPLACE_KEYS, RELEASE, DISCONNECT, REPLACE_SETTINGS, FREE_ENDPOINT, FREE_CONTEXT, ACTIONS };

static struct pki_world world;
static unsigned int place, action;
static int done;
static coap_dtls_spsk_t psk;
static coap_dtls_pki_t pki;
static coap_dtls_cpsk_info_t of_client;
static coap_bin_const_t secret;
static coap_session_t *session_of_client;

/* Whether there is a session to do something to. */
static int
has_session(void) {
  return place != CERTIFICATE_NAME && place != LOG_LINE;
}

static void
send_something(coap_session_t *session) {
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_NON, COAP_REQUEST_GET, coap_new_message_id(session), 100);

  if (pdu)
    coap_send(session, pdu);
}

/* What is done here, if this is the place for it. */
static void
act(unsigned int here, coap_session_t *session) {
  int is_client = here >= SERVER_PLACES;

  if (here != place || done || (has_session() ? !session : action < REPLACE_SETTINGS))
    return;
  done = 1;
  switch (action) {
  case SEND:
    send_something(session);
    coap_session_send_ping(session);
    if (world.server)
      coap_io_process(world.server, COAP_IO_NO_WAIT);
    if (world.client)
      coap_io_process(world.client, COAP_IO_NO_WAIT);
    break;
  case REPLACE_KEYS:
    coap_session_refresh_psk_key(session, &secret);
    coap_session_refresh_psk_hint(session, &secret);
    coap_session_set_mtu(session, 500);
    break;
  case REPLACE_SETTINGS:
    if (!is_client) {
      coap_context_set_psk2(world.server, &psk);
      coap_context_set_pki(world.server, &pki);
    }
    break;
  case RELEASE:
    if (is_client) {
      session_of_client = NULL;
      coap_session_release(session);
    } else {
      coap_session_reference(session);
      coap_session_release(session);
    }
    break;
  case DISCONNECT:
    coap_session_disconnected(session, COAP_NACK_RST);
    break;
  case FREE_ENDPOINT:
    if (!is_client)
      coap_free_endpoint(world.endpoint);
    break;
  case FREE_CONTEXT:
    if (is_client) {
      session_of_client = NULL;
      coap_free_context(world.client);
      world.client = NULL;
    } else {
      coap_free_context(world.server);
      world.server = NULL;
    }
    break;
  default:
    break;
  }
}

static const coap_bin_const_t *
on_identity(coap_bin_const_t *identity, coap_session_t *session, void *arg) {
  (void)identity, (void)arg;
  act(IDENTITY, session);
  return &secret;
}

static size_t
key_hook(const coap_session_t *session, const uint8_t *identity, size_t identity_len, uint8_t *key, size_t room) {
  (void)identity, (void)identity_len, (void)room;
  memcpy(key, "secret", 6);
  act(KEY_HOOK, (coap_session_t *)session);
  return 6;
}

static size_t
hint_hook(const coap_session_t *session, uint8_t *hint, size_t room) {
  (void)room;
  memcpy(hint, "hook", 4);
  act(HINT_HOOK, (coap_session_t *)session);
  return 4;
}

static const coap_dtls_spsk_info_t *
on_name(const char *name, coap_session_t *session, void *arg) {
  static coap_dtls_spsk_info_t info;

  (void)name, (void)arg;
  act(NAME, session);
  return &info;
}

/* This one gets no session. */
static coap_dtls_key_t *
on_certificate_name(const char *name, void *arg) {
  (void)name, (void)arg;
  act(CERTIFICATE_NAME, NULL);
  return &pki.pki_key;
}

static int
on_setup(void *tls, coap_dtls_pki_t *setup) {
  (void)setup;
  act(SETUP, SSL_get_app_data((SSL *)tls));
  return 1;
}

static const coap_dtls_cpsk_info_t *
on_hint(coap_str_const_t *hint, coap_session_t *session, void *arg) {
  (void)hint, (void)arg;
  act(HINT, session);
  return &of_client;
}

static size_t
client_hook(const coap_session_t *session, const uint8_t *hint, size_t hint_len, uint8_t *identity,
            size_t *identity_len, size_t room, uint8_t *key, size_t room_for_key) {
  (void)hint, (void)hint_len, (void)room, (void)room_for_key;
  memcpy(identity, "me", 2);
  *identity_len = 2;
  memcpy(key, "secret", 6);
  act(CLIENT_HOOK, (coap_session_t *)session);
  return 6;
}

/* Lines about identity and hint, in the middle of handshakes. */
static void
on_log(coap_log_t level, const char *line) {
  (void)level;
  if (strstr(line, ": identity '"))
    act(LOG_LINE, NULL);
  if (strstr(line, ": hint '"))
    act(CLIENT_LOG_LINE, session_of_client);
}

static void
run(coap_proto_t proto, const char *file) {
  coap_dtls_cpsk_t key = psk_client("me", "secret");
  coap_dtls_pki_t trusting;
  long long start;
  int turns = 0;

  psk = psk_server(NULL, "secret");
  psk.validate_sni_call_back = on_name;
  pki = pki_pem(NULL, file);
  pki.verify_peer_cert = 0;
  pki.validate_sni_call_back = on_certificate_name;
  pki.additional_tls_setup_call_back = on_setup;
  if (place != KEY_HOOK)
    psk.validate_id_call_back = on_identity;
  if (place != CLIENT_HOOK)
    key.validate_ih_call_back = on_hint;
  of_client = key.psk_info;
  done = 0;
  psk_world_open(&world, proto, &psk);
  EXPECT_EQ(coap_context_set_pki(world.server, &pki), 1);
  world.server->get_server_psk = key_hook;
  world.server->get_server_hint = hint_hook;
  world.client->get_client_psk = client_hook;
  trusting = pki_pem(NULL, NULL);
  trusting.verify_peer_cert = 0;
  session_of_client = place == CERTIFICATE_NAME ? pki_session(&world, &trusting) : psk_session(&world, &key);
  if (session_of_client)
    send_something(session_of_client);
  for (start = milliseconds(); turns < 5 && milliseconds() < start + PATIENCE;) {
    if (world.server)
      coap_io_process(world.server, COAP_IO_NO_WAIT);
    if (world.client)
      coap_io_process(world.client, 1);
    turns += done || (session_of_client && session_of_client->state == COAP_SESSION_STATE_ESTABLISHED);
  }
  EXPECT_EQ(done, has_session() || action >= REPLACE_SETTINGS);
  if (action == NOTHING)
    EXPECT(session_of_client && session_of_client->state == COAP_SESSION_STATE_ESTABLISHED);
  if (session_of_client)
    coap_session_release(session_of_client);
  session_of_client = NULL;
  if (world.client)
    coap_free_context(world.client);
  if (world.server)
    coap_free_context(world.server);
}

static int left;

/* The session leaves its connection, and has another key from then on. */
static const coap_dtls_cpsk_info_t *
leave(coap_str_const_t *hint, coap_session_t *session, void *arg) {
  coap_bin_const_t own = bin("its own");

  (void)hint, (void)arg;
  left = 1;
  coap_session_disconnected(session, COAP_NACK_RST);
  EXPECT_EQ(coap_session_refresh_psk_key(session, &own), 1);
  return &of_client;
}

/* What a callback chooses for a handshake that is over is nothing to the session, which may be in another one. */
static void
left_behind(coap_proto_t proto) {
  coap_dtls_spsk_t server = psk_server("a hint", "secret");
  coap_dtls_cpsk_t client = psk_client("me", "secret");
  long long start = milliseconds();
  coap_session_t *session;

  of_client = psk_client("you", "secret").psk_info;
  client.validate_ih_call_back = leave;
  left = 0;
  psk_world_open(&world, proto, &server);
  session = psk_session(&world, &client);
  while (!left && milliseconds() < start + PATIENCE)
    pki_turn(&world);
  EXPECT_EQ(left, 1);
  EXPECT(holds(session->psk_identity, "me") && holds(session->psk_key, "its own"));
  EXPECT(!session->tls && session->state == COAP_SESSION_STATE_NONE);
  coap_session_release(session);
  pki_world_close(&world);
}

int
main(void) {
  coap_proto_t protos[] = {COAP_PROTO_DTLS, COAP_PROTO_TLS};
  struct credential own;
  unsigned int i;
  char file_of_own[160];

  coap_startup();
  secret = bin("secret");
  certificates_open();
  certificate_make(&own, NULL, "server");
  keep(file_of_own, file("server.pem", PEM_KEY | PEM_CERTIFICATE, &own));
  coap_set_log_level(LOG_DEBUG);
  coap_set_log_handler(on_log);
  coap_set_show_pdu_output(0);
  for (i = 0; i < 2; i++)
    for (place = 0; place < PLACES; place++)
      for (action = 0; action < ACTIONS; action++)
        run(protos[i], file_of_own);
  for (i = 0; i < 2; i++)
    left_behind(protos[i]);
  coap_set_log_handler(NULL);
  credential_free(&own);
  certificates_close();
  coap_cleanup();
  return expect_done();
}
