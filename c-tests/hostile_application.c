/* Callbacks that pull the rug from under the library: they release the session, delete the resource, cancel their own
 * message, free the endpoint's peers' state, and run the loop again (hostile.md X42). NULL arguments (X40) are in
 * null_arguments.c, failing allocations (X41) in allocation_failures.c. Worth most under valgrind. */
#define _GNU_SOURCE
#include "peer.h"

/* What a callback does to the library; each is tried at each place. */
enum deed { NOTHING, RELEASE, DELETE_RESOURCE, CANCEL, RUN_LOOP, SEND, DISCONNECT, CACHE, DEEDS };

static struct server server;
static struct datagram d;
static enum deed deed;
static int called, depth;
static coap_session_t *held;        /* a client session of which we hold a reference */
static coap_resource_t *victim;
static coap_cache_entry_t *entry;

static void
do_it(coap_session_t *session, coap_resource_t *resource) {
  coap_context_t *context = server.context;
  coap_pdu_t *pdu;

  called++;
  if (depth > 2)
    return;
  depth++;
  switch (deed) {
  case RELEASE:
    if (held && session == held) {
      held = NULL;
      coap_session_release(session);
    }
    break;
  case DELETE_RESOURCE:
    if (resource && resource == victim) {
      victim = NULL;
      coap_delete_resource(context, resource);
    }
    break;
  case CANCEL:
    if (session) {
      coap_cancel_session_messages(context, session, COAP_NACK_NOT_DELIVERABLE);
      coap_cancel_all_messages(context, session, (const uint8_t *)"t", 1);
    }
    break;
  case RUN_LOOP:
    coap_io_process(context, COAP_IO_NO_WAIT);
    break;
  case SEND:
    if (session) {
      pdu = coap_pdu_init(NON, GET, coap_new_message_id(session), 64);
      coap_send(session, pdu);
    }
    break;
  case DISCONNECT:
    if (session)
      coap_session_disconnected(session, COAP_NACK_NOT_DELIVERABLE);
    break;
  case CACHE:
    if (entry) {
      coap_cache_entry_t *gone = entry;

      entry = NULL;
      coap_delete_cache_entry(context, gone);
    }
    break;
  default:
    break;
  }
  depth--;
}

static void
handle(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *req,
       coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  (void)context, (void)req, (void)token, (void)query;
  response->code = COAP_RESPONSE_CODE_CONTENT;
  coap_add_data(response, 4, (const uint8_t *)"done");
  do_it(session, resource);
}

static uint8_t large[3000];

static void
on_release(coap_session_t *session, void *count) {
  ++*(int *)count;
  do_it(session, NULL);
}

static int given, back;

static void
handle_large(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *req,
             coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  (void)context;
  response->code = COAP_RESPONSE_CODE_CONTENT;
  given++;
  coap_add_data_large_response(resource, session, req, response, token, query, 0, -1, 0, sizeof(large), large,
                               on_release, &back);
  do_it(session, resource);
}

static coap_response_t
on_response(coap_context_t *context, coap_session_t *session, coap_pdu_t *sent, coap_pdu_t *received,
            const coap_mid_t mid) {
  (void)context, (void)sent, (void)received, (void)mid;
  do_it(session, NULL);
  return deed == NOTHING ? COAP_RESPONSE_OK : COAP_RESPONSE_FAIL;
}

static void
on_nack(coap_context_t *context, coap_session_t *session, coap_pdu_t *sent, coap_nack_reason_t reason,
        const coap_mid_t mid) {
  (void)context, (void)sent, (void)reason, (void)mid;
  do_it(session, NULL);
}

static void
on_ping(coap_context_t *context, coap_session_t *session, coap_pdu_t *received, const coap_mid_t mid) {
  (void)context, (void)received, (void)mid;
  do_it(session, NULL);
}

static int
on_event(coap_context_t *context, coap_event_t event, coap_session_t *session) {
  (void)context, (void)event;
  do_it(session, NULL);
  return 0;
}

static void
on_app_data(void *data) {
  (void)data;
  do_it(NULL, NULL);
}

static void
on_userdata(void *data) {
  (void)data;
  do_it(NULL, NULL);
}

/* Every line that the library logs is a callback too. */
static void
on_log(coap_log_t level, const char *message) {
  (void)level, (void)message;
  if (depth == 0) {
    depth++;
    coap_io_process(server.context, COAP_IO_NO_WAIT);
    depth--;
  }
}

static void
send_get(coap_session_t *session, unsigned int type, const char *name) {
  coap_pdu_t *pdu = coap_pdu_init((uint8_t)type, GET, coap_new_message_id(session), 200);

  EXPECT(pdu != NULL);
  coap_add_token(pdu, 1, (const uint8_t *)"t");
  coap_add_option(pdu, COAP_OPTION_URI_PATH, strlen(name), (const uint8_t *)name);
  coap_send_large(session, pdu);
}

/* The loop, until nothing happens any more. */
static void
settle(void) {
  int i;

  for (i = 0; i < 20; i++)
    coap_io_process(server.context, COAP_IO_NO_WAIT);
}

static void
drop_client(void) {
  coap_session_t *session = held;

  held = NULL;
  coap_session_release(session);
}

/* Method handler: of a resource that deletes itself, of a request that came from a session of ours. */
static void
in_a_handler(void) {
  struct peer peer;
  struct reply r;
  unsigned int type;

  for (type = CON; type <= NON; type++) {
    victim = server_resource(&server, "victim", COAP_REQUEST_GET, handle);
    peer_open(&peer, &server);
    request(&d, type, GET, 0x4200 + type, "t");
    path(&d, "victim");
    peer_send(&peer, &d);
    settle();
    if (deed == NOTHING || deed == DELETE_RESOURCE) /* the answer is sent all the same (resource.md 2.5) */
      EXPECT(take(peer.fd, &r) && parse(&r) && r.code == 0x45);
    EXPECT_ALIVE(&server);
    peer_close(&peer);
  }
  victim = NULL;
}

/* Response handler, of confirmable and other requests, and with a body of several blocks. */
static void
in_a_response(void) {
  static const char *const names[] = {"probe", "large"};
  unsigned int type, i;

  for (type = CON; type <= NON; type++) {
    for (i = 0; i < 2; i++) {
      held = client_session(&server, server.port, COAP_PROTO_UDP);
      EXPECT(held != NULL);
      send_get(held, type, names[i]);
      send_get(held, type, names[i]);
      settle();
      drop_client();
      EXPECT_ALIVE(&server);
    }
  }
}

/* Nack handler: on RST, when the session goes, and when its messages are cancelled. */
static void
in_a_nack(void) {
  struct sockaddr_in from;
  socklen_t size;
  uint16_t port;
  int i, way, fd;
  ssize_t got;

  for (way = 0; way < 3; way++) {
    fd = silent_socket(&port);
    held = client_session(&server, port, COAP_PROTO_UDP);
    EXPECT(held != NULL);
    for (i = 0; i < 3; i++)
      send_get(held, CON, "x"); /* one on its way, two waiting */
    settle();
    if (way == 0) {
      for (i = 0; i < 5; i++) { /* each is answered by RST */
        size = sizeof(from);
        while ((got = recvfrom(fd, d.bytes, sizeof(d.bytes), 0, (struct sockaddr *)&from, &size)) >= 4) {
          d.bytes[0] = 0x70;
          d.bytes[1] = 0;
          sendto(fd, d.bytes, 4, 0, (struct sockaddr *)&from, size);
        }
        settle();
      }
    } else if (way == 1) {
      coap_cancel_session_messages(server.context, held, COAP_NACK_NOT_DELIVERABLE);
    } else {
      coap_session_disconnected(held, COAP_NACK_NOT_DELIVERABLE);
    }
    settle();
    drop_client();
    settle();
    EXPECT_ALIVE(&server);
    close(fd);
  }
}

/* Ping handler. */
static void
in_a_ping(void) {
  struct peer peer;

  peer_open(&peer, &server);
  request(&d, CON, EMPTY, 0x4250, "");
  peer_send(&peer, &d);
  settle();
  EXPECT_ALIVE(&server);
  peer_close(&peer);
}

/* Event handler, over TCP: connected, closed by the peer. */
static void
in_an_event(void) {
  coap_address_t listen;
  coap_endpoint_t *endpoint;
  coap_session_t *session;
  uint16_t port;

  if (!coap_tcp_is_supported())
    return;
  loopback_address(&listen, 0);
  endpoint = coap_new_endpoint(server.context, &listen, COAP_PROTO_TCP);
  EXPECT(endpoint != NULL);
  if (!endpoint)
    return;
  port = (uint16_t)strtoul(strrchr(coap_endpoint_str(endpoint), ':') + 1, NULL, 10);
  held = client_session(&server, port, COAP_PROTO_TCP);
  EXPECT(held != NULL);
  if (held)
    send_get(held, CON, "probe");
  settle();
  session = held;
  if (session)
    drop_client(); /* the server's side sees the end of the connection */
  settle();
  coap_free_endpoint(endpoint);
  EXPECT_ALIVE(&server);
}

/* Release callback of a large body: replaced, and with the session. */
static void
in_a_release(void) {
  struct peer peer;
  unsigned int i;

  peer_open(&peer, &server);
  for (i = 0; i < 3; i++) {
    request(&d, CON, GET, 0x4260 + i, "l");
    path(&d, "large");
    peer_send(&peer, &d);
    settle();
  }
  EXPECT_ALIVE(&server);
  peer_close(&peer);

  coap_pdu_t *pdu;
  int released = 0;

  held = client_session(&server, server.port, COAP_PROTO_UDP);
  EXPECT(held != NULL);
  pdu = coap_pdu_init(NON, PUT, coap_new_message_id(held), coap_session_max_pdu_size(held));
  coap_add_data_large_request(held, pdu, sizeof(large), large, on_release, &released);
  coap_send_large(held, pdu);
  drop_client();
  settle();
  EXPECT_EQ(released, 1);
  EXPECT_ALIVE(&server);
}

/* Callback of a cache entry: deleted, and with its session; it deletes another entry, or makes the loop run. */
static void
in_a_cache_entry(void) {
  coap_session_t *session = client_session(&server, server.port, COAP_PROTO_UDP);
  coap_cache_entry_t *entries[3];
  coap_pdu_t *pdu = coap_pdu_init(NON, GET, 1, 64);
  int i, before = called;

  EXPECT(session && pdu);
  for (i = 0; i < 3; i++) {
    entries[i] = coap_new_cache_entry(session, pdu, COAP_CACHE_RECORD_PDU, COAP_CACHE_IS_SESSION_BASED, 0);
    EXPECT(entries[i] != NULL);
    coap_cache_set_app_data(entries[i], entries, on_app_data);
  }
  entry = entries[1];
  coap_delete_cache_entry(server.context, entries[0]);
  EXPECT_EQ(called - before, deed == CACHE ? 2 : 1);
  entry = deed == CACHE ? entries[2] : NULL;
  if (deed == CACHE)
    coap_cache_set_app_data(entry, NULL, NULL), coap_delete_cache_entry(server.context, entries[2]);
  entry = NULL;
  coap_session_release(session);
  EXPECT_EQ(called - before, deed == CACHE ? 2 : 3);
  coap_delete_pdu(pdu);
  settle();
}

/* Release handler of a resource's user data. */
static void
in_a_deletion(void) {
  coap_resource_t *resource = server_resource(&server, "data", COAP_REQUEST_GET, handle);
  int before = called;

  coap_resource_set_userdata(resource, &server);
  coap_delete_resource(server.context, resource);
  EXPECT_EQ(called, before + 1);
  settle();
}

int
main(void) {
  coap_set_log_level(LOG_EMERG);
  for (deed = NOTHING; deed < DEEDS; deed++) {
    given = back = called = 0;
    server_start(&server);
    coap_context_set_block_mode(server.context, COAP_BLOCK_USE_LIBCOAP);
    server_resource(&server, "large", COAP_REQUEST_GET, handle_large);
    coap_register_response_handler(server.context, on_response);
    coap_register_nack_handler(server.context, on_nack);
    coap_register_ping_handler(server.context, on_ping);
    coap_register_pong_handler(server.context, on_ping);
    coap_register_event_handler(server.context, on_event);
    coap_resource_release_userdata_handler(server.context, on_userdata);
    if (deed == RUN_LOOP) {
      coap_set_log_handler(on_log);
      coap_set_log_level(LOG_DEBUG);
      coap_set_show_pdu_output(0);
    }
    in_a_handler();
    in_a_response();
    in_a_nack();
    in_a_ping();
    in_an_event();
    in_a_release();
    in_a_cache_entry();
    in_a_deletion();
    EXPECT_ALIVE(&server);
    coap_set_log_level(LOG_EMERG);
    coap_set_log_handler(NULL);
    coap_set_show_pdu_output(1);
    server_stop(&server);
    EXPECT_EQ(back, given);
    EXPECT(called > 0);
  }
  return expect_done();
}
