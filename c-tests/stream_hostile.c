/* Streams: events for sessions that have gone, callbacks that end what the library is working on, peers that never stop
 * (docs/spec/io.md, I5 to I7, I14, I16; docs/spec/hostile.md, X24, X42). */
#include "stream_peer.h"

#define PROBE "61 01 74 b5 70726f6265 "
#define ALIVE "61 45 74 ff 616c697665 "

static struct server server;
static struct stream peer;
static coap_session_t *session;
static int listener;
static uint16_t port;

static void
open_peer(struct stream *stream) {
  stream_open(stream, &server);
  stream_hex(stream, CSM);
  EXPECT_BYTES(stream, CSM);
  EXPECT(told(&server, "SESSION_CONNECTED"));
  recorded[0] = 0;
}

static coap_pdu_t *
get(coap_session_t *to, const char *token) {
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, GET, coap_new_message_id(to), 64);

  coap_add_token(pdu, strlen(token), (const uint8_t *)token);
  return pdu;
}

/* X24, I6: both sessions have something to read; the handler of one ends the other. */
static coap_session_t *pair[2];
static int responses;

static coap_response_t
end_the_other(coap_context_t *context, coap_session_t *s, coap_pdu_t *sent, coap_pdu_t *received, const coap_mid_t mid) {
  int other = s == pair[0];

  (void)context, (void)sent, (void)received, (void)mid;
  responses++;
  coap_session_release(pair[other]);
  pair[other] = NULL;
  return COAP_RESPONSE_OK;
}

static void
events_of_the_gone(void) {
  struct stream peers[2];
  int i;

  for (i = 0; i < 2; i++) {
    pair[i] = client_session(&server, port, COAP_PROTO_TCP);
    stream_accept(&peers[i], &server, listener);
    stream_hex(&peers[i], CSM);
    EXPECT_STATE(&server, pair[i], IN_ESTABLISHED);
    EXPECT(coap_send(pair[i], get(pair[i], "g")) >= 0);
    EXPECT_BYTES(&peers[i], CSM "01 01 67");
  }
  coap_register_response_handler(server.context, end_the_other);
  stream_hex(&peers[0], "01 45 67");
  stream_hex(&peers[1], "01 45 67");
  server_turn(&server);
  EXPECT_EQ(responses, 1);
  coap_register_response_handler(server.context, record_response);
  coap_session_release(pair[0] ? pair[0] : pair[1]);
  stream_close(&peers[0]);
  stream_close(&peers[1]);
  recorded[0] = 0;
}

/* X42: what an application does at the event of this number: the connection is refused (from 10 on: it is made, used and
 * closed by the peer). */
enum { RELEASE, DISCONNECT, SEND, RUN, BEHAVE };
static int moment, deed, events;

static int
misbehave(coap_context_t *context, coap_event_t event, coap_session_t *s) {
  (void)context, (void)event;
  if (events++ != moment || s->type != COAP_SESSION_TYPE_CLIENT)
    return 0;
  if (deed == RELEASE) {
    coap_session_release(s);
    session = NULL;
  } else if (deed == DISCONNECT) {
    coap_session_disconnected(s, COAP_NACK_NOT_DELIVERABLE);
  } else if (deed == SEND) {
    coap_send(s, get(s, "m"));
  } else if (deed == RUN) {
    coap_io_process(context, COAP_IO_NO_WAIT);
  }
  return 0;
}

static void
misbehave_on_nack(coap_context_t *context, coap_session_t *s, coap_pdu_t *sent, coap_nack_reason_t reason,
                  const coap_mid_t mid) {
  (void)sent, (void)reason, (void)mid;
  misbehave(context, 0, s);
}

static void
misbehaving(int refused) {
  int turns;

  events = 0;
  session = client_session(&server, refused ? closed_port() : port, COAP_PROTO_TCP);
  EXPECT(coap_send(session, get(session, "a")) >= 0);
  EXPECT(coap_send(session, get(session, "b")) >= 0);
  peer.server = &server;
  peer.fd = -1;
  for (turns = 0; turns < 20; turns++) {
    coap_io_process(server.context, 1);
    if (!refused && peer.fd < 0 && (peer.fd = accept(listener, NULL, NULL)) >= 0) {
      send(peer.fd, "\x00\xe1", 2, MSG_NOSIGNAL);
    } else if (turns == 10 && peer.fd >= 0) {
      if (session)
        coap_send(session, get(session, "c"));
      stream_close(&peer);
    }
  }
  if (session)
    coap_session_release(session);
  if (peer.fd >= 0)
    stream_close(&peer);
  while ((turns = accept(listener, NULL, NULL)) >= 0)
    close(turns);
}

static void
callbacks(void) {
  coap_register_event_handler(server.context, misbehave);
  coap_register_nack_handler(server.context, misbehave_on_nack);
  for (deed = RELEASE; deed <= BEHAVE; deed++) {
    for (moment = 0; moment < 6; moment++) {
      misbehaving(1);
      misbehaving(0);
    }
  }
  coap_register_event_handler(server.context, record_event);
  coap_register_nack_handler(server.context, record_nack);
  EXPECT_ALIVE(&server);
}

/* The same on the server's side: an endpoint or a context that ends at each event. */
static struct server other;
static int what_ends;

static int
end_all(coap_context_t *context, coap_event_t event, coap_session_t *s) {
  (void)event;
  if (events++ != moment)
    return 0;
  if (what_ends == 0)
    coap_free_endpoint(s->endpoint);
  else if (what_ends == 1)
    coap_session_disconnected(s, COAP_NACK_NOT_DELIVERABLE);
  else {
    coap_free_context(context);
    other.context = NULL;
  }
  return 0;
}

static void
server_ends(void) {
  struct stream stream;
  uint16_t before = stream_port;
  int turns;

  for (what_ends = 0; what_ends < 3; what_ends++) {
    for (moment = 0; moment < 4; moment++) {
      events = 0;
      server_start(&other);
      stream_endpoint(&other);
      coap_register_event_handler(other.context, end_all);
      stream_open(&stream, &other);
      send(stream.fd, "\x00\xe1\x00\x01", 4, MSG_NOSIGNAL);
      for (turns = 0; turns < 12 && other.context; turns++) {
        coap_io_process(other.context, 1);
        if (turns == 6)
          shutdown(stream.fd, SHUT_WR);
      }
      stream_close(&stream);
      EXPECT(events > moment || moment > 1);
      if (other.context)
        server_stop(&other);
    }
  }
  stream_port = before;
}

/* I5, X42: request handlers that end the connection, or the session, whose request they serve; and one that runs the loop
 * (what follows in the same segment is handled in it, in order). */
static int depth, deepest, served;

static void
handle_badly(coap_context_t *context, coap_resource_t *resource, coap_session_t *s, coap_pdu_t *req,
             coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  (void)resource, (void)token, (void)query;
  served++;
  if (++depth > deepest)
    deepest = depth;
  if (deed == DISCONNECT)
    coap_session_disconnected(s, COAP_NACK_NOT_DELIVERABLE);
  if (deed == RUN && depth < 3)
    coap_io_process(context, COAP_IO_NO_WAIT);
  EXPECT_EQ(req->code, GET);
  response->code = COAP_RESPONSE_CODE_CONTENT;
  depth--;
}

static void
handlers(void) {
  server_resource(&server, "bad", COAP_REQUEST_GET, handle_badly);
  deed = DISCONNECT;
  open_peer(&peer);
  stream_hex(&peer, "41 01 31 b3 626164 " PROBE);
  EXPECT_END(&peer);
  EXPECT_RECORD("TCP_CLOSED SESSION_CLOSED ");
  stream_close(&peer);
  EXPECT_EQ(served, 1);
  deed = RUN;
  open_peer(&peer);
  stream_hex(&peer, "41 01 31 b3 626164 41 01 32 b3 626164 41 01 33 b3 626164 41 01 34 b3 626164");
  /* The innermost one is answered first. */
  EXPECT_BYTES(&peer, "01 45 33 01 45 34 01 45 32 01 45 31");
  EXPECT_EQ(deepest, 3);
  stream_close(&peer);
  EXPECT(told(&server, "SESSION_CLOSED"));
  recorded[0] = 0;
}

/* I14: a peer that sends without end does not keep others from being served. */
static void
one_that_never_stops(void) {
  static uint8_t bytes[1 << 20];
  struct stream fast;
  size_t at;
  ssize_t sent;
  int i;

  /* Messages of 1,024 bytes, of a class that is dropped. */
  for (at = 0; at < sizeof(bytes); at++)
    bytes[at] = (uint8_t)(at % 1024 < 5 ? "\xe0\x02\xef\xc0\xff"[at % 1024] : 0x61);
  open_peer(&peer);
  open_peer(&fast);
  for (at = 0, i = 0; i < 10; i++) {
    while ((sent = send(fast.fd, bytes + at, sizeof(bytes) - at, MSG_DONTWAIT | MSG_NOSIGNAL)) > 0)
      at = (at + (size_t)sent) % sizeof(bytes);
    stream_hex(&peer, PROBE);
    EXPECT_BYTES(&peer, ALIVE);
  }
  /* I16: a peer that is gone; the program is still there after a write. */
  stream_reset(&fast);
  EXPECT(told(&server, "SESSION_CLOSED"));
  stream_close(&peer);
  EXPECT(told(&server, "SESSION_CLOSED TCP_CLOSED SESSION_CLOSED"));
  recorded[0] = 0;
}

/* I16: writing to a connection that the peer has reset raises no signal. S18: a server session without its connection
 * takes no messages. S20, session §4.3: it ends when it is released. */
static void
write_to_the_gone(void) {
  coap_session_t *held;
  coap_pdu_t *pdu;

  open_peer(&peer);
  held = coap_session_reference(recorded_session);
  stream_reset(&peer);
  pdu = coap_pdu_init(COAP_MESSAGE_NON, GET, 7, 16);
  EXPECT_EQ(coap_send(held, pdu), COAP_INVALID_MID);
  EXPECT(told(&server, "SESSION_CLOSED"));
  EXPECT_EQ(held->state, IN_NONE);
  pdu = coap_pdu_init(COAP_MESSAGE_CON, GET, 7, 16);
  EXPECT_EQ(coap_send(held, pdu), COAP_INVALID_MID);
  EXPECT_EQ(held->state, IN_NONE);
  EXPECT(held->delayqueue == NULL);
  coap_session_connected(held);
  EXPECT_EQ(held->state, IN_NONE);
  EXPECT_EQ(coap_session_write(held, (const uint8_t *)"", 1), -1);
  EXPECT_RECORD("TCP_CLOSED SESSION_CLOSED ");
  coap_session_release(held);
  EXPECT(coap_io_process(server.context, COAP_IO_NO_WAIT) >= 0);
  EXPECT_RECORD("");
}

/* S1: other sessions are as they were when one cannot be made. */
static void
failed_creation(void) {
  coap_address_t nowhere;
  coap_session_t *first = client_session(&server, port, COAP_PROTO_TCP), *last;

  stream_accept(&peer, &server, listener);
  stream_hex(&peer, CSM);
  EXPECT_STATE(&server, first, IN_ESTABLISHED);
  loopback_address(&nowhere, 9);
  nowhere.addr.sin.sin_addr.s_addr = INADDR_BROADCAST;
  EXPECT(coap_new_client_session(server.context, NULL, &nowhere, COAP_PROTO_TCP) == NULL);
  EXPECT(server.context->sessions == first);
  last = client_session(&server, port, COAP_PROTO_TCP);
  EXPECT(first->hh.next == last);
  coap_session_release(last);
  coap_session_release(first);
  EXPECT(server.context->sessions == NULL);
  stream_close(&peer);
  recorded[0] = 0;
}

int
main(void) {
  server_start(&server);
  stream_endpoint(&server);
  record(server.context);
  listener = stream_listen(&port);
  coap_set_log_level(LOG_WARNING);
  events_of_the_gone();
  coap_set_log_level(LOG_ALERT);
  callbacks();
  server_ends();
  handlers();
  one_that_never_stops();
  write_to_the_gone();
  failed_creation();
  EXPECT_ALIVE(&server);
  close(listener);
  server_stop(&server);
  return expect_done();
}
