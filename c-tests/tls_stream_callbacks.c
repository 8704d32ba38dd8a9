/* X42, T12 to T14 over TLS: whatever a callback does, at whichever place one runs (events, handlers, keys asked for in the
 * middle of a handshake, log lines), no memory is touched that has gone, and each end is told of once. */
/* only: openssl */
#include "stream_peer.h"

#define KEY ((const uint8_t *)"a key")

enum action {
  NOTHING, DISCONNECT_CLIENT, DISCONNECT_SERVER, RELEASE, FREE_ENDPOINT, RUN_LOOP, SEND, SEND_CSM, CLOSE_SOCKET,
  FREE_CONTEXT, ACTIONS
};

static coap_context_t *server, *client;
static coap_session_t *session, *accepted;
static coap_endpoint_t *endpoint;
static enum action action;
static int in, at, count, acting, connected, closed, answers;

static void
act(void) {
  if (acting || !in || count++ != at)
    return;
  acting = 1;
  switch (action) {
  case DISCONNECT_CLIENT:
    coap_session_disconnected(session, COAP_NACK_NOT_DELIVERABLE);
    break;
  case DISCONNECT_SERVER:
    coap_session_disconnected(accepted, COAP_NACK_TLS_FAILED);
    break;
  case RELEASE:
    if (session)
      coap_session_release(session);
    session = NULL;
    break;
  case FREE_ENDPOINT:
    accepted = NULL;
    coap_free_endpoint(endpoint);
    endpoint = NULL;
    break;
  case RUN_LOOP:
    coap_io_process(client, COAP_IO_NO_WAIT);
    coap_io_process(server, COAP_IO_NO_WAIT);
    break;
  case SEND: {
    coap_pdu_t *pdu = session ? coap_pdu_init(COAP_MESSAGE_NON, GET, 1, 0) : NULL;

    if (pdu)
      coap_send(session, pdu);
    pdu = accepted ? coap_pdu_init(COAP_MESSAGE_CON, GET, 1, 0) : NULL;
    if (pdu)
      coap_send(accepted, pdu);
    break;
  }
  case SEND_CSM:
    coap_session_send_csm(session);
    coap_session_send_csm(accepted);
    break;
  case CLOSE_SOCKET:
    if (session && session->sock.fd > 0)
      shutdown(session->sock.fd, SHUT_RDWR);
    break;
  case FREE_CONTEXT:
    session = NULL;
    coap_free_context(client);
    client = NULL;
    break;
  default:
    break;
  }
  acting = 0;
}

static int
on_event(coap_context_t *context, coap_event_t event, coap_session_t *s) {
  if (context == server && (event == COAP_EVENT_TCP_CONNECTED || !accepted))
    accepted = s;
  connected += context == client && event == COAP_EVENT_DTLS_CONNECTED;
  closed += context == client && event == COAP_EVENT_DTLS_CLOSED;
  act();
  if (context == server && (event == COAP_EVENT_SESSION_CLOSED || event == COAP_EVENT_SESSION_FAILED))
    accepted = NULL; /* swept soon */
  return 0;
}

static void
on_nack(coap_context_t *context, coap_session_t *s, coap_pdu_t *sent, coap_nack_reason_t reason, const coap_mid_t mid) {
  (void)context, (void)s, (void)sent, (void)reason, (void)mid;
  act();
}

static coap_response_t
on_response(coap_context_t *context, coap_session_t *s, coap_pdu_t *sent, coap_pdu_t *received, const coap_mid_t mid) {
  (void)context, (void)s, (void)sent, (void)received, (void)mid;
  answers++;
  act();
  return COAP_RESPONSE_OK;
}

static void
answer(coap_context_t *context, coap_resource_t *resource, coap_session_t *s, coap_pdu_t *asked, coap_binary_t *token,
       coap_string_t *query, coap_pdu_t *response) {
  (void)context, (void)resource, (void)s, (void)asked, (void)token, (void)query;
  response->code = COAP_RESPONSE_CODE(205);
  act();
}

static const coap_bin_const_t *
on_identity(coap_bin_const_t *identity, coap_session_t *s, void *arg) {
  static coap_bin_const_t key = {5, (const uint8_t *)"a key"};

  (void)identity, (void)s, (void)arg;
  act();
  return &key;
}

static const coap_dtls_cpsk_info_t *
on_hint(coap_str_const_t *hint, coap_session_t *s, void *arg) {
  static coap_dtls_cpsk_info_t info = {{2, (const uint8_t *)"me"}, {5, (const uint8_t *)"a key"}};

  (void)hint, (void)s, (void)arg;
  act();
  return &info;
}

static void
on_log(coap_log_t level, const char *message) {
  (void)level, (void)message;
  act();
}

static void
set_up(int with_hint) {
  coap_dtls_spsk_t spsk;
  coap_dtls_cpsk_t cpsk;
  coap_address_t address;
  coap_resource_t *resource = coap_resource_init(coap_make_str_const("r"), 0);

  memset(&spsk, 0, sizeof(spsk));
  spsk.version = COAP_DTLS_SPSK_SETUP_VERSION;
  spsk.psk_info.key.s = KEY;
  spsk.psk_info.key.length = 5;
  spsk.validate_id_call_back = on_identity;
  memset(&cpsk, 0, sizeof(cpsk));
  cpsk.version = COAP_DTLS_CPSK_SETUP_VERSION;
  cpsk.psk_info.identity.s = (const uint8_t *)"me";
  cpsk.psk_info.identity.length = 2;
  cpsk.psk_info.key = spsk.psk_info.key;
  if (with_hint)
    cpsk.validate_ih_call_back = on_hint; /* version 1.2, then */
  server = coap_new_context(NULL);
  client = coap_new_context(NULL);
  EXPECT(coap_context_set_psk2(server, &spsk));
  loopback_address(&address, 0);
  endpoint = coap_new_endpoint(server, &address, COAP_PROTO_TLS);
  address.addr.sin.sin_port = htons((uint16_t)strtoul(strrchr(coap_endpoint_str(endpoint), ':') + 1, NULL, 10));
  coap_register_handler(resource, COAP_REQUEST_GET, answer);
  coap_add_resource(server, resource);
  coap_register_event_handler(server, on_event);
  coap_register_event_handler(client, on_event);
  coap_register_nack_handler(client, on_nack);
  coap_register_nack_handler(server, on_nack);
  coap_register_response_handler(client, on_response);
  connected = closed = answers = count = 0;
  accepted = NULL;
  session = coap_new_client_session_psk2(client, NULL, &address, COAP_PROTO_TLS, &cpsk);
  EXPECT(session != NULL);
}

static void
turns(int n) {
  while (n-- > 0) {
    if (client)
      coap_io_process(client, COAP_IO_NO_WAIT);
    if (server)
      coap_io_process(server, COAP_IO_NO_WAIT);
  }
}

static void
life(int with_hint) {
  coap_pdu_t *pdu;

  set_up(with_hint);
  in = 1;
  pdu = coap_pdu_init(COAP_MESSAGE_CON, GET, 1, 100);
  coap_add_option(pdu, COAP_OPTION_URI_PATH, 1, (const uint8_t *)"r");
  coap_send(session, pdu);
  turns(30);
  if (session && client)
    coap_session_disconnected(session, COAP_NACK_NOT_DELIVERABLE);
  turns(3);
  if (session)
    coap_session_release(session);
  session = NULL;
  turns(2);
  coap_free_context(client);
  coap_free_context(server);
  in = 0;
  /* As often as a connection was made, at most, has one ended. */
  EXPECT(closed <= 3);
  EXPECT(connected <= closed || action == FREE_CONTEXT);
}

int
main(void) {
  int with_hint, logs, reached;

  coap_startup();
  coap_set_log_handler(on_log);
  coap_set_show_pdu_output(0);
  for (logs = 0; logs < 2; logs++) {
    coap_set_log_level(logs ? LOG_DEBUG : LOG_EMERG);
    coap_dtls_set_log_level(logs ? LOG_DEBUG : LOG_EMERG);
    for (with_hint = 0; with_hint < 2; with_hint++) {
      for (action = NOTHING; action < ACTIONS; action++) {
        for (at = 0, reached = 1; reached; at += logs ? 1 + (int)(chance() % 12) : 1) {
          life(with_hint);
          reached = action != NOTHING && count > at;
        }
        if (action == NOTHING) {
          EXPECT_EQ(answers, 1);
          EXPECT_EQ(connected, 1);
          EXPECT_EQ(closed, 1);
        }
        EXPECT(at > (logs ? 50 : 10) || action == NOTHING);
      }
    }
  }
  coap_set_log_handler(NULL);
  coap_cleanup();
  return expect_done();
}
