/* The worst that an application may do in the callbacks of a DTLS handshake, at both ends: it frees the session, the
 * endpoint, the context, disconnects, sends, runs the loop, from each of the hooks, at its first call, its second, ...
 * Nothing may break, and everything is freed (docs/spec/security.md, section 15, design notes; T12 to T14, T17). */
/* only: openssl */
/* flags: -lssl -lcrypto */
#include "peer.h"

enum hook { SERVER_EVENT, CLIENT_EVENT, SERVER_KEY, SERVER_HINT, CLIENT_KEY, SERVER_SEND, CLIENT_SEND, SERVER_READ, LOG,
            NACK, REQUEST, RESPONSE, RANDOM, HOOKS };
enum action { DISCONNECT, RELEASE_CLIENT, FREE_ENDPOINT, FREE_SERVER, FREE_CLIENT, SEND, LOOP, PASS_LATER, SET_MTU,
              REFER_AND_DISCONNECT, BEGIN_ANEW, ACTIONS };

static enum hook where;
static enum action what;
static int countdown, active, done;

static coap_context_t *server, *client;
static coap_endpoint_t *endpoint;
static coap_session_t *client_session_, *referred, *server_session;
static int answered;

static ssize_t (*built_in_read)(coap_socket_t *, coap_packet_t *);
static ssize_t (*built_in_send)(coap_socket_t *, const coap_session_t *, const uint8_t *, size_t);
static size_t (*built_in_server_key)(const coap_session_t *, const uint8_t *, size_t, uint8_t *, size_t);
static size_t (*built_in_hint)(const coap_session_t *, uint8_t *, size_t);
static size_t (*built_in_client_key)(const coap_session_t *, const uint8_t *, size_t, uint8_t *, size_t *, size_t,
                                     uint8_t *, size_t);

static void
ask(coap_session_t *session) {
  coap_pdu_t *pdu = coap_pdu_init(CON, GET, coap_new_message_id(session), 64);

  if (pdu) {
    coap_add_option(pdu, COAP_OPTION_URI_PATH, 5, (const uint8_t *)"probe");
    coap_send(session, pdu);
  }
}

static void
act(coap_session_t *session) {
  coap_context_t *context;
  coap_tick_t now;

  switch (what) {
  case DISCONNECT:
    if (session)
      coap_session_disconnected(session, COAP_NACK_TLS_FAILED);
    break;
  case REFER_AND_DISCONNECT:
    if (session && !referred) {
      unsigned int before = session->ref;

      coap_session_reference(session);
      if (session->ref > before) /* else it is being torn down (session.md, S5) */
        referred = session;
      coap_session_disconnected(session, COAP_NACK_TLS_FAILED);
    }
    break;
  case RELEASE_CLIENT:
    if (client_session_) {
      session = client_session_;
      client_session_ = NULL;
      coap_session_release(session);
    }
    break;
  case FREE_ENDPOINT:
    if (endpoint) {
      coap_endpoint_t *old = endpoint;

      endpoint = NULL;
      coap_free_endpoint(old);
    }
    break;
  case FREE_SERVER:
    if (server) {
      context = server;
      server = NULL;
      endpoint = NULL;
      coap_free_context(context);
    }
    break;
  case FREE_CLIENT:
    if (client) {
      context = client;
      client = NULL;
      client_session_ = NULL;
      coap_free_context(context);
    }
    break;
  case SEND:
    if (session)
      ask(session);
    break;
  case LOOP:
    if (server)
      coap_io_process(server, COAP_IO_NO_WAIT);
    if (client)
      coap_io_process(client, COAP_IO_NO_WAIT);
    if (server)
      coap_io_process(server, COAP_IO_NO_WAIT);
    break;
  case PASS_LATER:
    coap_ticks(&now);
    if (client)
      coap_io_prepare_epoll(client, now + 1100);
    if (server)
      coap_io_prepare_epoll(server, now + 400000);
    break;
  case BEGIN_ANEW: /* a client begins another handshake, from inside the first one */
    if (session) {
      coap_session_reference(session);
      coap_session_disconnected(session, COAP_NACK_TLS_FAILED);
      ask(session);
      coap_session_release(session);
    }
    break;
  case SET_MTU:
    if (session)
      coap_session_set_mtu(session, 250);
    break;
  default:
    break;
  }
}

static void
at(enum hook hook, const coap_session_t *session) {
  if (hook != where || active || countdown < 0)
    return;
  if (countdown-- > 0)
    return;
  active = done = 1;
  act((coap_session_t *)(uintptr_t)session);
  active = 0;
}

static int
server_event(coap_context_t *context, coap_event_t event, coap_session_t *session) {
  (void)context, (void)event;
  at(SERVER_EVENT, session);
  return 0;
}

static int
client_event(coap_context_t *context, coap_event_t event, coap_session_t *session) {
  (void)context, (void)event;
  at(CLIENT_EVENT, session);
  return 0;
}

static size_t
server_key(const coap_session_t *session, const uint8_t *identity, size_t length, uint8_t *key, size_t most) {
  size_t result = built_in_server_key(session, identity, length, key, most);

  at(SERVER_KEY, session);
  return result;
}

static size_t
server_hint(const coap_session_t *session, uint8_t *hint, size_t most) {
  size_t result = built_in_hint(session, hint, most);

  at(SERVER_HINT, session);
  return result;
}

static size_t
client_key(const coap_session_t *session, const uint8_t *hint, size_t hint_length, uint8_t *identity, size_t *length,
           size_t room, uint8_t *key, size_t most) {
  size_t result = built_in_client_key(session, hint, hint_length, identity, length, room, key, most);

  at(CLIENT_KEY, session);
  return result;
}

static ssize_t
send_hook(coap_socket_t *sock, const coap_session_t *session, const uint8_t *data, size_t length) {
  int ours = session && session->type == COAP_SESSION_TYPE_CLIENT;
  ssize_t sent = built_in_send(sock, session, data, length);

  at(ours ? CLIENT_SEND : SERVER_SEND, session);
  return sent;
}

static ssize_t
read_hook(coap_socket_t *sock, coap_packet_t *packet) {
  ssize_t got = built_in_read(sock, packet);

  at(SERVER_READ, client_session_);
  return got;
}

static void
log_hook(coap_log_t level, const char *text) {
  (void)level, (void)text;
  at(LOG, client_session_);
}

static int
random_hook(void *bytes, size_t length) {
  static uint8_t next;

  memset(bytes, ++next, length);
  at(RANDOM, client_session_);
  return 1;
}

static void
nack_hook(coap_context_t *context, coap_session_t *session, coap_pdu_t *sent, coap_nack_reason_t reason,
          const coap_mid_t id) {
  (void)context, (void)sent, (void)reason, (void)id;
  at(NACK, session);
}

static void
request_hook(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *req,
             coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  (void)context, (void)resource, (void)req, (void)token, (void)query;
  response->code = COAP_RESPONSE_CODE_CONTENT;
  server_session = session;
  at(REQUEST, session);
}

static coap_response_t
response_hook(coap_context_t *context, coap_session_t *session, coap_pdu_t *sent, coap_pdu_t *received,
              const coap_mid_t id) {
  (void)context, (void)sent, (void)received, (void)id;
  answered = 1;
  at(RESPONSE, session);
  return COAP_RESPONSE_OK;
}

static void
turns(int count) {
  while (count--) {
    if (client)
      coap_io_process(client, COAP_IO_NO_WAIT);
    if (server)
      coap_io_process(server, COAP_IO_NO_WAIT);
  }
}

/* A conversation, from the first hello to the goodbye. */
static void
converse(int disturbed) {
  coap_address_t address;
  coap_resource_t *resource;
  coap_session_t *session;
  const char *colon;

  answered = done = 0;
  referred = server_session = NULL;
  server = coap_new_context(NULL);
  client = coap_new_context(NULL);
  coap_context_set_psk(server, "hint", (const uint8_t *)"secret", 6);
  loopback_address(&address, 0);
  endpoint = coap_new_endpoint(server, &address, COAP_PROTO_DTLS);
  colon = endpoint ? strrchr(coap_endpoint_str(endpoint), ':') : NULL;
  if (!colon)
    exit(2);
  loopback_address(&address, (uint16_t)strtoul(colon + 1, NULL, 10));
  resource = coap_resource_init(coap_make_str_const("probe"), 0);
  coap_register_handler(resource, COAP_REQUEST_GET, request_hook);
  coap_add_resource(server, resource);
  coap_register_event_handler(server, server_event);
  coap_register_event_handler(client, client_event);
  coap_register_nack_handler(server, nack_hook);
  coap_register_nack_handler(client, nack_hook);
  coap_register_response_handler(client, response_hook);
  built_in_read = client->network_read;
  built_in_send = client->network_send;
  built_in_server_key = server->get_server_psk;
  built_in_hint = server->get_server_hint;
  built_in_client_key = client->get_client_psk;
  if (disturbed) {
    server->get_server_psk = server_key;
    server->get_server_hint = server_hint;
    client->get_client_psk = client_key;
    if (where == SERVER_READ)
      server->network_read = client->network_read = read_hook;
    if (where == SERVER_SEND || where == CLIENT_SEND)
      server->network_send = client->network_send = send_hook;
  }
  session = coap_new_client_session_psk(client, NULL, &address, COAP_PROTO_DTLS, "me", (const uint8_t *)"secret", 6);
  if (client && session && !(done && what == RELEASE_CLIENT)) {
    client_session_ = session;
    ask(session);
    turns(12);
  }
  if (disturbed && server && server_session && !answered)
    turns(4);
  if (where == NACK && client_session_)
    ask(client_session_);
  if (client_session_)
    coap_session_disconnected(client_session_, COAP_NACK_TLS_FAILED);
  turns(4);
  if (client_session_) {
    session = client_session_;
    client_session_ = NULL;
    coap_session_release(session);
  }
  turns(2);
  if (referred && referred->type == COAP_SESSION_TYPE_CLIENT) { /* its context would give this reference back, too */
    coap_session_release(referred);
    referred = NULL;
  }
  if (client)
    coap_free_context(client);
  if (server)
    coap_free_context(server);
  client = server = NULL;
  endpoint = NULL;
  if (referred)
    coap_session_release(referred);
}

int
main(void) {
  static const char *const hooks[] = {"server's event", "client's event", "get_server_psk", "get_server_hint",
                                      "get_client_psk", "server's network_send", "client's network_send",
                                      "network_read", "log", "nack", "request", "response", "prng"};
  int which, most, runs = 0;

  coap_startup();
  coap_set_log_handler(log_hook);
  coap_set_prng(random_hook);
  coap_set_show_pdu_output(0);
  for (where = 0; where < HOOKS; where++) {
    coap_set_log_level(where == LOG ? LOG_DEBUG : LOG_EMERG);
    coap_dtls_set_log_level(where == LOG ? LOG_DEBUG : 0);
    most = 0;
    for (what = 0; what < ACTIONS; what++) {
      for (which = 0;; which += where == LOG ? 5 : 1) {
        countdown = which;
        converse(1);
        runs++;
        if (!done)
          break;
        most = which + 1 > most ? which + 1 : most;
      }
      countdown = -1;
      coap_set_log_level(LOG_EMERG);
      converse(0);
      EXPECT(answered);
      coap_set_log_level(where == LOG ? LOG_DEBUG : LOG_EMERG);
    }
    printf("%s: up to %d calls\n", hooks[where], most);
    EXPECT(most > 0);
  }
  printf("%d conversations\n", runs);
  coap_cleanup();
  return expect_done();
}
