/* Notification handlers that run the loop while their observer registers anew, cancels, or rejects; and that do so for
 * each other (docs/spec/resource.md section 6, R4 to R6; docs/spec/hostile.md X42; docs/spec/io.md section 6.8). */
#define _GNU_SOURCE
#include "remote.h"

static struct server server;
static struct datagram d;
static struct reply r;
static struct peer peer;
static coap_resource_t *resource;
static int notified, depth;
static enum { NOTHING, REGISTER, OTHER_QUERY, CANCEL, ERROR, END, END_REGISTER, DEEDS } deed;

static void
log_line(coap_log_t level, const char *message) {
  if (level == LOG_EMERG)
    printf("%s", message);
  EXPECT(level > LOG_EMERG); /* which tells of failures inside */
}

static void
ask_to_observe(unsigned int value, const char *query) {
  static unsigned int mid = 0x5000;

  request(&d, CON, GET, ++mid, "o");
  option_uint(&d, COAP_OPTION_OBSERVE, value);
  path(&d, "observed");
  option(&d, COAP_OPTION_URI_QUERY, query, strlen(query));
  peer_send(&peer, &d);
}

static void
handle(coap_context_t *context, coap_resource_t *of, coap_session_t *session, coap_pdu_t *req, coap_binary_t *token,
       coap_string_t *query, coap_pdu_t *response) {
  response->code = COAP_RESPONSE_CODE_CONTENT;
  coap_add_data_blocked_response(of, session, req, response, token, 0, -1, 4, (const uint8_t *)"data");
  if (req)
    return;
  notified++;
  EXPECT(query != NULL && query->length == 1);
  if (depth++ == 0) {
    switch (deed) {
    case REGISTER:
      ask_to_observe(COAP_OBSERVE_ESTABLISH, "a");
      break;
    case OTHER_QUERY:
      ask_to_observe(COAP_OBSERVE_ESTABLISH, "b");
      break;
    case CANCEL:
      ask_to_observe(COAP_OBSERVE_CANCEL, "a");
      break;
    case ERROR:
      ask_to_observe(COAP_OBSERVE_ESTABLISH, "a");
      response->code = COAP_RESPONSE_CODE_NOT_FOUND;
      break;
    case END:
    case END_REGISTER:
      if (deed == END_REGISTER)
        ask_to_observe(COAP_OBSERVE_ESTABLISH, "a");
      coap_delete_resource(context, resource);
      resource = NULL;
      break;
    default:
      break;
    }
    coap_io_process(context, COAP_IO_NO_WAIT);
  }
  depth--;
  EXPECT(query->s[0] == 'a' || query->s[0] == 'b');
  EXPECT(token->length == 1 && token->s[0] == 'o');
}

/* Takes all that has come for the observer; counts the notifications (NON here, and without a request), and the last
 * code among them. */
static int
notifications(unsigned int *code) {
  int count = 0;

  while (take(peer.fd, &r)) {
    EXPECT(parse(&r));
    EXPECT(r.type == ACK || r.type == NON);
    if (r.type != NON)
      continue;
    EXPECT(r.token_length == 1 && r.token[0] == 'o');
    *code = r.code;
    count++;
  }
  return count;
}

static void
one(void) {
  /* What the observer gets at the first change, and whether it is still one at the second. */
  static const unsigned int codes[DEEDS] = {0x45, 0x45, 0x45, 0, 0, 0x84, 0x84};
  static const int stays[DEEDS] = {1, 1, 1, 0, 0, 0, 0};
  unsigned int code = 0;

  server_start(&server);
  resource = server_resource(&server, "observed", COAP_REQUEST_GET, handle);
  coap_resource_set_get_observable(resource, 1);
  peer_open(&peer, &server);
  ask_to_observe(COAP_OBSERVE_ESTABLISH, "a");
  EXPECT_REPLY(&peer, &r, ACK, 205);
  EXPECT_EQ(reply_option(&r, COAP_OPTION_OBSERVE), 0);
  notified = 0;
  EXPECT_EQ(coap_resource_notify_observers(resource, NULL), 1);
  server_turn(&server);
  server_turn(&server);
  EXPECT_EQ(notified, 1);
  EXPECT(notifications(&code) <= 1);
  if (codes[deed])
    EXPECT_EQ(code, codes[deed]);
  if (resource) {
    EXPECT_EQ(coap_resource_notify_observers(resource, NULL), stays[deed]);
    server_turn(&server);
    EXPECT_EQ(notifications(&code), stays[deed]);
    EXPECT_EQ(notified, 1 + stays[deed]);
  }
  EXPECT_ALIVE(&server);
  peer_close(&peer);
  server_stop(&server);
}

int
main(void) {
  coap_set_log_handler(log_line);
  coap_set_log_level(LOG_EMERG);
  for (deed = NOTHING; deed < DEEDS; deed++)
    one();
  return expect_done();
}
