/* What applications do inside the callbacks of a client's block-wise transfers: end the session, end the context, use the
 * token again, cancel, let the loop run; at every place where a callback runs, log lines and network_send included (hostile.md X33,
 * X42). The interesting part is valgrind's. */
#include "client_block.h"

static enum deed {
  NOTHING, RELEASE_SESSION, FREE_CONTEXT, REUSE_TOKEN, CANCEL, DISCONNECT, RUN_LOOP, CANCEL_MESSAGES, DEEDS
} deed;
static enum place { IN_RESPONSE, IN_RELEASE, IN_NACK, IN_EVENT, IN_SEND, IN_LOG, PLACES } place;
static int done, added, freed, depth;
static coap_session_t *session;
static ssize_t (*real_send)(coap_socket_t *, const coap_session_t *, const uint8_t *, size_t);

static void on_freed(coap_session_t *of, void *data);

/* Does the deed, once per run, if this is the place. */
static void
here(enum place now) {
  coap_session_t *ending = session;
  coap_context_t *context = server.context;
  coap_pdu_t *pdu;

  if (now != place || done || !session || depth)
    return;
  depth++;
  switch (deed) {
  case RELEASE_SESSION:
    done = 1;
    session = NULL;
    coap_session_release(ending);
    break;
  case FREE_CONTEXT: /* the session goes with it */
    done = 1;
    session = NULL;
    server.context = NULL;
    coap_free_context(context);
    break;
  case REUSE_TOKEN:
    done = 1;
    pdu = coap_pdu_init(CON, PUT, coap_new_message_id(session), coap_session_max_pdu_size(session));
    coap_add_token(pdu, 1, (const uint8_t *)"a");
    added++;
    coap_add_data_large_request(session, pdu, 3000, body, on_freed, NULL);
    coap_send_large(session, pdu);
    break;
  case CANCEL: {
    coap_binary_t token = {1, (uint8_t *)"a"};

    done = coap_cancel_observe(session, &token, CON);
    break;
  }
  case DISCONNECT:
    done = 1;
    coap_session_disconnected(session, COAP_NACK_NOT_DELIVERABLE);
    break;
  case RUN_LOOP:
    coap_io_process(server.context, COAP_IO_NO_WAIT);
    break;
  case CANCEL_MESSAGES:
    coap_cancel_all_messages(server.context, session, (const uint8_t *)"a", 1);
    break;
  default:
    break;
  }
  depth--;
}

static void
on_freed(coap_session_t *of, void *data) {
  (void)of, (void)data;
  freed++;
  here(IN_RELEASE);
}

static coap_response_t
respond_here(coap_context_t *context, coap_session_t *of, coap_pdu_t *sent, coap_pdu_t *received,
             const coap_mid_t mid) {
  const uint8_t *data;
  size_t length, offset, total, i;
  static volatile uint8_t sum;

  (void)context, (void)of, (void)sent, (void)mid;
  here(IN_RESPONSE);
  if (coap_get_data_large(received, &length, &data, &offset, &total)) {
    for (i = 0; i < length; i++)
      sum ^= data[i];
  }
  return COAP_RESPONSE_OK;
}

static void
nack_here(coap_context_t *context, coap_session_t *of, coap_pdu_t *sent, coap_nack_reason_t reason,
          const coap_mid_t mid) {
  (void)context, (void)of, (void)sent, (void)reason, (void)mid;
  here(IN_NACK);
}

static int
event_here(coap_context_t *context, coap_event_t event, coap_session_t *of) {
  (void)context, (void)event, (void)of;
  here(IN_EVENT);
  return 0;
}

static ssize_t
send_here(coap_socket_t *sock, const coap_session_t *of, const uint8_t *data, size_t length) {
  ssize_t sent = real_send(sock, of, data, length);

  if (of == session)
    here(IN_SEND);
  return sent;
}

static void
log_here(coap_log_t level, const char *message) {
  (void)level, (void)message;
  here(IN_LOG);
}

/* The remote end: answers what it hears, each time in another way. */
static void
converse(unsigned int turns, unsigned int way) {
  unsigned int i, num;
  long block1, block2;

  for (i = 0; i < turns && session; i++) {
    server_turn(&server);
    if (!heard(&remote, &r)) {
      later(&server, 40000);
      continue;
    }
    if (r.code == EMPTY)
      continue;
    if ((i + way) % 7 == 6) {
      answer(&remote, RST, EMPTY, (coap_mid_t)r.mid, "");
      continue;
    }
    block1 = reply_option(&r, COAP_OPTION_BLOCK1);
    block2 = reply_option(&r, COAP_OPTION_BLOCK2);
    num = block2 > 0 ? (unsigned int)block2 >> 4 : 0;
    if (block1 >= 0 && (block1 & 8)) {
      respond(r.type == CON ? ACK : NON, 231);
      option_uint(&d, COAP_OPTION_BLOCK1, (unsigned long)block1);
      with_body(0, 0);
      continue;
    }
    respond(r.type == CON ? ACK : NON, 205);
    option_uint(&d, COAP_OPTION_ETAG, way + (num == 2 && i < 6));
    if (reply_option(&r, COAP_OPTION_OBSERVE) == 0)
      option_uint(&d, COAP_OPTION_OBSERVE, 1 + i);
    block(&d, COAP_OPTION_BLOCK2, num, num < 3, 6);
    with_body(num * 1024, num < 3 ? 1024 : 100);
  }
}

static void
run(unsigned int mode, unsigned int way) {
  static const uint8_t methods[] = {GET, PUT, FETCH, GET};
  coap_pdu_t *pdu;
  unsigned int request;

  for (request = 0; request < 4; request++) {
    start(mode);
    coap_register_response_handler(server.context, respond_here);
    coap_register_nack_handler(server.context, nack_here);
    coap_register_event_handler(server.context, event_here);
    real_send = server.context->network_send;
    server.context->network_send = send_here;
    coap_set_log_handler(log_here);
    coap_set_log_level(place == IN_LOG ? LOG_DEBUG : LOG_EMERG);
    session = remote.session;
    remote.session = NULL;
    done = added = freed = depth = 0;
    coap_session_set_max_retransmit(session, 1);
    pdu = coap_pdu_init(way % 2 ? CON : NON, methods[request], coap_new_message_id(session), 1148);
    coap_add_token(pdu, 1, (const uint8_t *)"a");
    if (request >= 2)
      coap_add_option(pdu, COAP_OPTION_OBSERVE, 0, NULL);
    coap_add_option(pdu, COAP_OPTION_URI_PATH, 1, (const uint8_t *)"x");
    if (methods[request] != GET && session) {
      added++;
      coap_add_data_large_request(session, pdu, 3000, body, on_freed, NULL);
    }
    if (session)
      coap_send_large(session, pdu);
    else
      coap_delete_pdu(pdu);
    converse(14, way);
    if (session && request >= 2) {
      coap_binary_t token = {1, (uint8_t *)"a"};

      coap_cancel_observe(session, &token, CON);
    }
    converse(4, way + 1);
    if (session)
      coap_session_release(session);
    session = NULL;
    coap_set_log_handler(NULL);
    coap_set_log_level(LOG_EMERG);
    EXPECT_EQ(freed, added); /* X33 */
    if (server.context)
      EXPECT_ALIVE(&server);
    stop();
  }
}

/* Ends the session when the log tells that the body is whole. */
static void
end_at_body(coap_log_t level, const char *message) {
  coap_session_t *ending = remote.session;

  (void)level;
  if (ending && strstr(message, "response for the application")) {
    remote.session = NULL;
    coap_session_release(ending);
  }
}

/* A body ends with the call that shows it, or should have: the message, which is the caller's, does not point to it. */
static void
body_leaves_its_message(void) {
  coap_pdu_t *pdu;

  start(BOTH);
  coap_send_large(remote.session, make(NON, GET, "61"));
  EXPECT(hears(NON, GET, "61"));
  respond(NON, 205);
  block(&d, COAP_OPTION_BLOCK2, 0, 1, 6);
  with_body(0, 1024);
  EXPECT(hears(NON, GET, "01"));
  respond(NON, 205);
  block(&d, COAP_OPTION_BLOCK2, 1, 0, 6);
  payload(&d, body + 1024, 500);
  pdu = coap_pdu_init(0, 0, 0, 2000);
  EXPECT(coap_pdu_parse(COAP_PROTO_UDP, d.bytes, d.length, pdu));
  coap_set_log_handler(end_at_body);
  coap_set_log_level(LOG_DEBUG);
  coap_dispatch(server.context, remote.session, pdu);
  coap_set_log_handler(NULL);
  coap_set_log_level(LOG_EMERG);
  EXPECT(remote.session == NULL);
  EXPECT_EQ(seen.calls, 0);
  EXPECT(pdu->body_data == NULL);
  coap_delete_pdu(pdu);
  stop();
}

/* Its release callback begins another upload with the same token, which nobody sends; so often. */
static int again;

static void
on_freed_again(coap_session_t *of, void *data) {
  (void)data;
  freed++;
  if (again-- > 0) {
    coap_pdu_t *pdu = make(CON, PUT, "61");

    added++;
    coap_add_data_large_request(of, pdu, 3000, body, on_freed_again, NULL);
    coap_delete_pdu(pdu);
  }
}

static int
add_again(coap_pdu_t *pdu) {
  added++;
  return coap_add_data_large_request(remote.session, pdu, 3000, body, on_freed_again, NULL);
}

/* A token that is taken again while its request makes way for another: no body is lost, and none is left behind when the
 * session has gone. */
static void
token_taken_meanwhile(void) {
  coap_pdu_t *pdu;
  unsigned int way;

  for (way = 0; way < 4; way++) {
    start(BOTH);
    added = freed = 0;
    again = way == 2 ? 100 : 1;
    pdu = make(CON, PUT, "61");
    EXPECT_EQ(add_again(pdu), 1);
    if (way == 3) {             /* the final answer to the first fragment */
      coap_send(remote.session, pdu);
      EXPECT(hears(CON, PUT, "61"));
      respond(ACK, 204);
      with_body(0, 0);
      EXPECT_EQ(seen.calls, 1);
      EXPECT_EQ(freed, 1);
      EXPECT(remote.session->lg_xmit != NULL);
    } else {
      coap_delete_pdu(pdu);
      pdu = make(CON, way ? PUT : GET, "61");
      if (way)
        EXPECT_EQ(add_again(pdu), way == 1);
      if (way == 2)
        coap_delete_pdu(pdu);
      else /* what a callback begins last stays */
        EXPECT_EQ(coap_send_large(remote.session, pdu) != COAP_INVALID_MID, way == 1);
    }
    again = 0;
    coap_session_disconnected(remote.session, COAP_NACK_NOT_DELIVERABLE);
    EXPECT_EQ(freed, added);
    coap_session_release(remote.session);
    remote.session = NULL;
    later(&server, 300000);
    EXPECT_ALIVE(&server);
    stop();
  }
}

int
main(void) {
  unsigned int mode, way;
  int p, what;

  coap_set_show_pdu_output(0); /* so that the log handler gets all of it */
  body_leaves_its_message();
  token_taken_meanwhile();
  for (mode = 1; mode <= 3; mode += 2) {
    for (p = 0; p < PLACES; p++) {
      for (what = 0; what < DEEDS; what++) {
        for (way = 1; way < 4; way++) {
          place = (enum place)p;
          deed = (enum deed)what;
          run(mode, way);
        }
      }
    }
  }
  return expect_done();
}
