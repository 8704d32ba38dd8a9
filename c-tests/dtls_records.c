/* Records over DTLS between two of ours: OpenSSL's errors of somebody else's making end no session, and messages may be
 * longer than what there is room for at first (docs/spec/security.md, sections 7.1 and 9). */
/* only: openssl */
/* flags: -lssl -lcrypto */
#include <arpa/inet.h>
#include <coap2/coap.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <string.h>
#include <unistd.h>

#include "expect.h"

#define KEY "a key of the tests"

static coap_context_t *server, *client;
static coap_session_t *session;
static int responses, closed;
static size_t longest;

static void
get(coap_context_t *context, coap_resource_t *resource, coap_session_t *of, coap_pdu_t *request, coap_binary_t *token,
    coap_string_t *query, coap_pdu_t *response) {
  (void)context, (void)resource, (void)of, (void)request, (void)token, (void)query;
  response->code = COAP_RESPONSE_CODE(205);
}

static coap_response_t
note_response(coap_context_t *context, coap_session_t *of, coap_pdu_t *sent, coap_pdu_t *received,
              const coap_mid_t id) {
  (void)context, (void)of, (void)sent, (void)received, (void)id;
  responses++;
  return COAP_RESPONSE_OK;
}

static int
note_event(coap_context_t *context, coap_event_t event, coap_session_t *of) {
  (void)context, (void)of;
  closed += event == COAP_EVENT_DTLS_CLOSED || event == COAP_EVENT_DTLS_ERROR;
  return 0;
}

static ssize_t
note_length(coap_socket_t *sock, const coap_session_t *of, const uint8_t *data, size_t length) {
  if (length > longest)
    longest = length;
  return coap_network_send(sock, of, data, length);
}

/* The application has used OpenSSL for something else, and that has failed. */
static void
leave_an_error(void) {
  EXPECT(BIO_new_file("/there is no such file", "r") == NULL);
  EXPECT(ERR_peek_error() != 0);
}

static void
run(int milliseconds, int errors) {
  int wanted = responses + 1;

  for (; milliseconds > 0 && responses < wanted; milliseconds -= 10) {
    if (errors)
      leave_an_error();
    coap_io_process(client, 5);
    if (errors)
      leave_an_error();
    coap_io_process(server, 5);
  }
}

static coap_mid_t
ask(size_t payload) {
  static uint8_t bytes[16000];
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_NON, COAP_REQUEST_GET, coap_new_message_id(session), payload + 64);

  coap_add_option(pdu, COAP_OPTION_URI_PATH, 1, (const uint8_t *)"r");
  if (payload)
    coap_add_data(pdu, payload, bytes);
  return coap_send(session, pdu);
}

static void
open_both(void) {
  coap_address_t at;
  coap_resource_t *resource;
  socklen_t length = sizeof(at.addr.sin);
  int probe = socket(AF_INET, SOCK_DGRAM, 0);

  coap_address_init(&at);
  at.size = sizeof(at.addr.sin);
  at.addr.sin.sin_family = AF_INET;
  at.addr.sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(bind(probe, &at.addr.sa, at.size), 0);
  EXPECT_EQ(getsockname(probe, &at.addr.sa, &length), 0);
  close(probe);
  server = coap_new_context(NULL);
  client = coap_new_context(NULL);
  EXPECT_EQ(coap_context_set_psk(server, "", (const uint8_t *)KEY, strlen(KEY)), 1);
  EXPECT(coap_new_endpoint(server, &at, COAP_PROTO_DTLS) != NULL);
  resource = coap_resource_init(coap_make_str_const("r"), 0);
  coap_register_handler(resource, COAP_REQUEST_GET, get);
  coap_add_resource(server, resource);
  coap_register_response_handler(client, note_response);
  coap_register_event_handler(client, note_event);
  coap_register_event_handler(server, note_event);
  session = coap_new_client_session_psk(client, NULL, &at, COAP_PROTO_DTLS, "me", (const uint8_t *)KEY, strlen(KEY));
  EXPECT(session != NULL);
}

/* Not by what OpenSSL has noted for the thread is a connection judged, but by what became of the call. */
static void
errors_of_others(void) {
  static const uint8_t spoiled[40] = {23, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 1, 0, 0, 27};
  int i;

  leave_an_error();
  ask(0);
  run(10000, 1);
  EXPECT_EQ(responses, 1);
  for (i = 2; i <= 4; i++) {
    EXPECT_EQ(send(session->sock.fd, spoiled, sizeof(spoiled), 0), (ssize_t)sizeof(spoiled));
    ask(0);
    run(10000, 1);
    EXPECT_EQ(responses, i);
  }
  EXPECT_EQ(closed, 0);
  EXPECT_EQ(session->state, COAP_SESSION_STATE_ESTABLISHED);
  ERR_clear_error();
}

/* Each is longer than all before. What becomes of such a datagram is up to the network. */
static void
long_messages(void) {
  size_t payload;

  client->network_send = note_length;
  coap_session_set_mtu(session, 16000);
  for (payload = 1400; payload < 15000; payload += payload / 3) {
    longest = 0;
    EXPECT(ask(payload) != COAP_INVALID_MID);
    EXPECT(longest > payload);
    EXPECT_EQ(session->state, COAP_SESSION_STATE_ESTABLISHED);
  }
  responses = 0;
  run(200, 0);
  responses = 0;
  ask(0);
  run(10000, 0);
  EXPECT_EQ(responses, 1);
  EXPECT_EQ(closed, 0);
}

int
main(void) {
  coap_startup();
  open_both();
  errors_of_others();
  long_messages();
  coap_session_release(session);
  coap_free_context(client);
  coap_free_context(server);
  coap_cleanup();
  return expect_done();
}
