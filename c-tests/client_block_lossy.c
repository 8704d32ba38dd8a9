/* Our client and our server, and between them a network that loses, doubles and reorders datagrams: every large body
 * arrives whole, once, in both directions (block.md 6 and 7; K12, K22, K26; X11, X29, X35). */
#include "client_block.h"

static ssize_t (*real_send)(coap_socket_t *, const coap_session_t *, const uint8_t *, size_t);
static struct {
  coap_socket_t *sock;
  const coap_session_t *session;
  size_t length;
  uint8_t bytes[2048];
} held;

static uint8_t got[70000];
static size_t got_length;
static int puts_seen, gets_seen, done_puts, done_gets, wrong, loss;

static ssize_t
lossy_send(coap_socket_t *sock, const coap_session_t *session, const uint8_t *data, size_t length) {
  uint32_t die = chance() % 100;

  if (die < (uint32_t)loss)
    return (ssize_t)length;
  if (die < 2 * (uint32_t)loss && !held.length && length <= sizeof(held.bytes)) {
    held.sock = sock;
    held.session = session;
    held.length = length;
    memcpy(held.bytes, data, length);
    return (ssize_t)length;
  }
  if (die < 3 * (uint32_t)loss)
    real_send(sock, session, data, length);
  return real_send(sock, session, data, length);
}

static void
let_go(void) {
  size_t length = held.length;

  held.length = 0;
  if (length)
    real_send(held.sock, held.session, held.bytes, length);
}

static void
handle_put(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *req,
           coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  const uint8_t *data;
  size_t length, offset, total;

  (void)context, (void)resource, (void)session, (void)token, (void)query;
  response->code = COAP_RESPONSE_CODE_CHANGED;
  if (!coap_get_data_large(req, &length, &data, &offset, &total) || offset + length > sizeof(got)) {
    wrong++;
    return;
  }
  memcpy(got + offset, data, length);
  got_length = offset + length;
  if (got_length == total)
    puts_seen++;
}

static void
handle_get(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *req,
           coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  (void)context;
  response->code = COAP_RESPONSE_CODE_CONTENT;
  gets_seen++;
  coap_add_data_large_response(resource, session, req, response, token, query, 0, -1, 7, 20000, body, on_release,
                               &released);
}

static coap_response_t
take_response(coap_context_t *context, coap_session_t *session, coap_pdu_t *sent, coap_pdu_t *received,
              const coap_mid_t mid) {
  static size_t next;
  const uint8_t *data;
  size_t length, offset, total;

  (void)context, (void)session, (void)sent, (void)mid;
  if (received->token_length == 1 && received->token[0] == 'p') {
    wrong += received->code != COAP_RESPONSE_CODE_CHANGED;
    done_puts++;
  } else if (received->token_length == 1 && received->token[0] == 'g') {
    if (!coap_get_data_large(received, &length, &data, &offset, &total) || offset + length > 20000) {
      wrong++;
      return COAP_RESPONSE_OK;
    }
    if (offset == 0)
      next = 0;
    wrong += offset != next || memcmp(data, body + offset, length) != 0 || total != 20000;
    next = offset + length;
    done_gets += next == 20000;
  } else {
    wrong++;
  }
  return COAP_RESPONSE_OK;
}

static void
run(unsigned int mode, int percent) {
  coap_session_t *session;
  coap_pdu_t *pdu;
  int i, turns, uploaded = 0;

  start(mode);
  remote_close(&remote);
  coap_register_response_handler(server.context, take_response);
  server_resource(&server, "put", COAP_REQUEST_PUT, handle_put);
  server_resource(&server, "get", COAP_REQUEST_GET, handle_get);
  session = client_session(&server, server.port, COAP_PROTO_UDP);
  coap_session_set_max_retransmit(session, 12);
  puts_seen = gets_seen = done_puts = done_gets = wrong = 0;
  real_send = server.context->network_send;
  server.context->network_send = lossy_send;
  loss = percent;
  for (i = 1; i <= 5; i++) {
    pdu = coap_pdu_init(CON, PUT, coap_new_message_id(session), coap_session_max_pdu_size(session));
    coap_add_token(pdu, 1, (const uint8_t *)"p");
    coap_add_option(pdu, COAP_OPTION_URI_PATH, 3, (const uint8_t *)"put");
    EXPECT_EQ(coap_add_data_large_request(session, pdu, 15000, body + i, on_release, &uploaded), 1);
    EXPECT(coap_send_large(session, pdu) != COAP_INVALID_MID);
    pdu = coap_pdu_init(CON, GET, coap_new_message_id(session), coap_session_max_pdu_size(session));
    coap_add_token(pdu, 1, (const uint8_t *)"g");
    coap_add_option(pdu, COAP_OPTION_URI_PATH, 3, (const uint8_t *)"get");
    EXPECT(coap_send_large(session, pdu) != COAP_INVALID_MID);
    for (turns = 0; turns < 5000 && (done_puts < i || done_gets < i); turns++) {
      server_turn(&server);
      if (turns % 8 == 7)
        let_go();
      if (turns % 16 == 15)
        later(&server, 1000);
    }
    EXPECT_EQ(done_puts, i);
    EXPECT_EQ(done_gets, i);
    EXPECT_EQ(puts_seen, i);
    EXPECT(gets_seen >= i);
    EXPECT_EQ(got_length, 15000);
    EXPECT(memcmp(got, body + i, 15000) == 0);
    EXPECT_EQ(uploaded, i);
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(nacks, 0);
    if (expect_failed)
      break;
  }
  held.length = 0;
  server.context->network_send = real_send;
  coap_session_release(session);
  EXPECT_ALIVE(&server);
  server_stop(&server);
}

int
main(void) {
  unsigned int mode;
  int percent;

  coap_set_log_level(LOG_EMERG);
  for (percent = 0; percent <= 20; percent += 5) {
    for (mode = 1; mode <= 3; mode += 2)
      run(mode, percent);
  }
  return expect_done();
}
