/* Callbacks that end, from inside, what the library is working on, or send and loop at an awkward moment
 * (docs/spec/hostile.md, X42; docs/spec/exchange.md, E14; docs/spec/session.md, S5, S9, S13; docs/spec/io.md, I7, I28).
 * Worth most under valgrind. */
#include "peer.h"

static struct server server;
static struct datagram d;
static struct reply r;

/* --- A server of its own for tests that end it ------------------------------------------------------------------- */

static struct server other;
static coap_session_t *held;
static int nacks, nested;
static coap_endpoint_t *made;

static coap_pdu_t *
message(coap_session_t *session, unsigned int type, const char *token) {
  coap_pdu_t *pdu = coap_pdu_init((uint8_t)type, GET, coap_new_message_id(session), 64);

  EXPECT_EQ(coap_add_token(pdu, strlen(token), (const uint8_t *)token), 1);
  return pdu;
}

static void
keep_session(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *req,
             coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  (void)context, (void)resource, (void)req, (void)token, (void)query;
  held = coap_session_reference(session);
  response->code = COAP_RESPONSE_CODE_CONTENT;
}

/* A server session that we hold a reference of, with a message in its delay queue. */
static void
hold_session(struct peer *peer) {
  held = NULL;
  nacks = 0;
  server_start(&other);
  server_resource(&other, "keep", COAP_REQUEST_GET, keep_session);
  peer_open(peer, &other);
  request(&d, CON, GET, 1, "k");
  path(&d, "keep");
  peer_send(peer, &d);
  EXPECT_REPLY(peer, &r, ACK, 205);
  EXPECT(held != NULL);
  EXPECT_EQ(coap_session_delay_pdu(held, message(held, CON, "d"), NULL), COAP_PDU_DELAYED);
}

static void
nack_frees_endpoint(coap_context_t *context, coap_session_t *session, coap_pdu_t *sent, coap_nack_reason_t reason,
                    const coap_mid_t mid) {
  (void)context, (void)sent, (void)mid;
  EXPECT_EQ(reason, COAP_NACK_NOT_DELIVERABLE);
  EXPECT(session == held);
  nacks++;
  coap_free_endpoint(other.endpoint);
}

static void
nack_frees_context(coap_context_t *context, coap_session_t *session, coap_pdu_t *sent, coap_nack_reason_t reason,
                   const coap_mid_t mid) {
  (void)session, (void)sent, (void)reason, (void)mid;
  nacks++;
  coap_free_context(context);
}

static void
nack_releases(coap_context_t *context, coap_session_t *session, coap_pdu_t *sent, coap_nack_reason_t reason,
              const coap_mid_t mid) {
  (void)context, (void)sent, (void)reason, (void)mid;
  nacks++;
  EXPECT(session == held);
  /* S5: a pair of them is without effect. */
  coap_session_reference(session);
  coap_session_release(session);
  held = NULL;
  coap_session_release(session);
}

/* S9, X42: the endpoint goes; while its session is torn down, a callback frees the endpoint again. */
static void
endpoint_freed_twice(void) {
  struct peer peer;

  hold_session(&peer);
  coap_register_nack_handler(other.context, nack_frees_endpoint);
  coap_free_endpoint(other.endpoint);
  EXPECT_EQ(nacks, 1);
  EXPECT_EQ(held->ref, 1);
  EXPECT(held->context == NULL && held->endpoint == NULL);
  /* What is left is inert. */
  EXPECT_EQ(coap_send(held, message(held, NON, "x")), COAP_INVALID_MID);
  coap_session_release(held);
  peer_close(&peer);
  server_stop(&other);
}

/* S9: a reference that is given back while the session is torn down counts: the record goes. */
static void
released_in_teardown(void) {
  struct peer peer;

  hold_session(&peer);
  coap_register_nack_handler(other.context, nack_releases);
  coap_free_endpoint(other.endpoint);
  EXPECT_EQ(nacks, 1);
  EXPECT(held == NULL);
  peer_close(&peer);
  server_stop(&other);
}

/* X42: the nack handler of a session that is being released, or of a context that is being freed, frees the context. */
static void
context_freed_in_teardown(int whole) {
  coap_context_t *context = coap_new_context(NULL);
  coap_session_t *session;
  coap_address_t to;
  uint16_t port;
  int fd = silent_socket(&port);

  nacks = 0;
  loopback_address(&to, port);
  session = coap_new_client_session(context, NULL, &to, COAP_PROTO_UDP);
  EXPECT(session != NULL);
  coap_register_nack_handler(context, nack_frees_context);
  EXPECT_EQ(coap_session_delay_pdu(session, message(session, CON, "a"), NULL), COAP_PDU_DELAYED);
  EXPECT_EQ(coap_session_delay_pdu(session, message(session, CON, "b"), NULL), COAP_PDU_DELAYED);
  if (whole)
    coap_free_context(context);
  else
    coap_session_release(session);
  EXPECT(nacks >= 1);
  close(fd);
}

static void
nack_makes_endpoint(coap_context_t *context, coap_session_t *session, coap_pdu_t *sent, coap_nack_reason_t reason,
                    const coap_mid_t mid) {
  coap_address_t here;

  (void)session, (void)sent, (void)reason, (void)mid;
  nacks++;
  loopback_address(&here, 0);
  made = coap_new_endpoint(context, &here, COAP_PROTO_UDP);
  EXPECT(coap_new_client_session(context, NULL, &session->addr_info.remote, COAP_PROTO_UDP) == NULL);
}

/* X42: a context that ends takes up nothing new. */
static void
nothing_new_at_the_end(void) {
  coap_context_t *context = coap_new_context(NULL);
  coap_session_t *session;
  coap_address_t to;
  uint16_t port;
  int fd = silent_socket(&port);

  nacks = 0;
  made = NULL;
  loopback_address(&to, port);
  session = coap_new_client_session(context, NULL, &to, COAP_PROTO_UDP);
  coap_register_nack_handler(context, nack_makes_endpoint);
  EXPECT_EQ(coap_session_delay_pdu(session, message(session, CON, "a"), NULL), COAP_PDU_DELAYED);
  coap_free_context(context);
  EXPECT_EQ(nacks, 1);
  EXPECT(made == NULL);
  close(fd);
}

/* --- Hooks ------------------------------------------------------------------------------------------------------- */

static ssize_t (*own_send)(coap_socket_t *, const coap_session_t *, const uint8_t *, size_t);
static ssize_t (*own_read)(coap_socket_t *, coap_packet_t *);
static coap_session_t *client;

static ssize_t
send_sends(coap_socket_t *sock, const coap_session_t *session, const uint8_t *data, size_t length) {
  if (!nested++)
    EXPECT(coap_send(client, message(client, CON, "2")) >= 0);
  return own_send(sock, session, data, length);
}

static size_t
arrived(int fd) {
  ssize_t got = recv(fd, d.bytes, sizeof(d.bytes), MSG_DONTWAIT);

  return got > 0 ? (size_t)got : 0;
}

/* S13, NSTART: a confirmable message sent from inside network_send waits for the one being sent; nothing stays behind
 * in con_active. */
static void
send_in_send(void) {
  uint16_t port;
  int fd = silent_socket(&port);

  client = client_session(&server, port, COAP_PROTO_UDP);
  nested = 0;
  server.context->network_send = send_sends;
  EXPECT(coap_send(client, message(client, CON, "1")) >= 0);
  server.context->network_send = own_send;
  EXPECT_EQ(nested, 1);
  EXPECT_EQ(arrived(fd), 5);
  EXPECT_EQ(d.bytes[4], '1');
  EXPECT_EQ(arrived(fd), 0);
  EXPECT_EQ(client->con_active, 1);
  coap_cancel_all_messages(server.context, client, (const uint8_t *)"1", 1);
  EXPECT_EQ(arrived(fd), 5);
  EXPECT_EQ(d.bytes[4], '2');
  EXPECT_EQ(client->con_active, 1);
  coap_cancel_all_messages(server.context, client, (const uint8_t *)"2", 1);
  EXPECT_EQ(client->con_active, 0);
  coap_session_release(client);
  close(fd);
}

static coap_session_t *stranger;

static ssize_t
send_references(coap_socket_t *sock, const coap_session_t *session, const uint8_t *data, size_t length) {
  ssize_t sent = own_send(sock, session, data, length);

  coap_session_reference((coap_session_t *)(uintptr_t)session);
  if (nested++)
    stranger = (coap_session_t *)(uintptr_t)session;
  else
    coap_session_release((coap_session_t *)(uintptr_t)session);
  return sent;
}

/* X18: garbage makes no session, whatever the hook does with the one that its answer is sent by. */
static void
reference_of_a_stranger(void) {
  struct peer peer;
  int i;

  nested = 0;
  stranger = NULL;
  server.context->network_send = send_references;
  for (i = 0; i < 2; i++) {
    peer_open(&peer, &server);
    datagram_hex(&d, "40 01 12 34 ff");
    peer_send(&peer, &d);
    EXPECT_REPLY(&peer, &r, RST, 0);
    peer_close(&peer);
  }
  server.context->network_send = own_send;
  EXPECT(stranger != NULL && stranger->ref == 1 && stranger->context == NULL);
  coap_session_release(stranger);
  EXPECT_ALIVE(&server);
  coap_io_prepare_io(server.context, NULL, 0, &(unsigned int){0}, (coap_tick_t)1 << 40);
  EXPECT_ALIVE(&server);
}

static int
prng_frees(void *out, size_t length) {
  memset(out, 7, length);
  if (!nested++)
    coap_free_endpoint(other.endpoint);
  return 1;
}

static ssize_t
read_frees(coap_socket_t *sock, coap_packet_t *packet) {
  ssize_t got = own_read(sock, packet);

  coap_free_endpoint(other.endpoint);
  return got;
}

static int
prng_loops(void *out, size_t length) {
  memset(out, 7, length);
  if (!nested++)
    coap_io_process(other.context, COAP_IO_NO_WAIT);
  return 1;
}

/* X42: the endpoint goes while a session is being made at it: none is made. */
static void
endpoint_freed_in_hook(int by_prng) {
  struct peer peer;

  nested = 0;
  server_start(&other);
  peer_open(&peer, &other);
  request(&d, CON, GET, 1, "");
  path(&d, "probe");
  peer_send(&peer, &d);
  if (by_prng)
    coap_set_prng(prng_frees);
  else
    other.context->network_read = read_frees;
  server_turn(&other);
  coap_set_prng(NULL);
  EXPECT(!take(peer.fd, &r));
  server_turn(&other);
  peer_close(&peer);
  server_stop(&other);
}

/* The PRNG hook runs the loop, and so handles the next datagram of the very peer whose session is being made: there is
 * one session in the end. */
static void
loop_in_prng(void) {
  struct peer peer;
  coap_session_t *first;
  unsigned int i;

  nested = 0;
  held = NULL;
  server_start(&other);
  server_resource(&other, "keep", COAP_REQUEST_GET, keep_session);
  peer_open(&peer, &other);
  for (i = 1; i <= 2; i++) {
    request(&d, CON, GET, i, "");
    path(&d, "keep");
    peer_send(&peer, &d);
  }
  coap_set_prng(prng_loops);
  server_turn(&other);
  EXPECT(nested > 0);
  coap_set_prng(NULL);
  EXPECT_REPLY(&peer, &r, ACK, 205);
  EXPECT_REPLY(&peer, &r, ACK, 205);
  first = held;
  EXPECT_EQ(first->ref, 2);
  EXPECT(first->hh.next == NULL && first->hh.prev == NULL);
  coap_session_release(first);
  coap_session_release(first);
  peer_close(&peer);
  server_stop(&other);
}

/* --- Loops in handlers ------------------------------------------------------------------------------------------- */

static int order[8], orders, by_descriptor;

static void
nest(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *req,
     coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  struct pollfd waiting = {coap_context_get_coap_fd(context), POLLIN, 0};

  (void)resource, (void)session, (void)token, (void)query;
  response->code = COAP_RESPONSE_CODE_CONTENT;
  if (orders < 8)
    order[orders++] = req->mid;
  if (nested++)
    return;
  if (by_descriptor)
    EXPECT_EQ(poll(&waiting, 1, 1000), 1);
  coap_io_process(context, by_descriptor ? COAP_IO_NO_WAIT : 1000);
  EXPECT_EQ(orders, 4);
}

/* io §6.8, I28: what had arrived before is handled by a loop inside the handler, in the order of arrival. */
static void
loop_in_handler(int descriptor) {
  struct peer peers[2];
  unsigned int i;

  by_descriptor = descriptor;
  nested = orders = 0;
  server_resource(&server, "nest", COAP_REQUEST_GET, nest);
  peer_open(&peers[0], &server);
  peer_open(&peers[1], &server);
  for (i = 0; i < 4; i++) {
    request(&d, CON, GET, 0x100 + i, "");
    path(&d, "nest");
    peer_send(&peers[i / 2], &d);
  }
  server_turn(&server);
  EXPECT_EQ(orders, 4);
  for (i = 0; i < 4; i++)
    EXPECT_EQ(order[i], 0x100 + i);
  for (i = 0; i < 4; i++)
    EXPECT_REPLY(&peers[i / 2], &r, ACK, 205);
  EXPECT_SILENCE(&peers[0]);
  peer_close(&peers[0]);
  peer_close(&peers[1]);
}

/* --- Messages that the nack handler sends ------------------------------------------------------------------------ */

static coap_mid_t told[8];

static void
nack_sends(coap_context_t *context, coap_session_t *session, coap_pdu_t *sent, coap_nack_reason_t reason,
           const coap_mid_t mid) {
  (void)context, (void)sent, (void)reason;
  if (nacks < 8)
    told[nacks] = mid;
  if (!nacks++)
    EXPECT(coap_send(session, message(session, CON, "new")) >= 0);
}

/* E14: cancelling ends what was queued, and not what the nack handler sends instead, whatever is due first. */
static void
cancel_and_send(void) {
  coap_queue_t *node;
  uint16_t port;
  int fd = silent_socket(&port), i;

  client = client_session(&server, port, COAP_PROTO_UDP);
  for (i = 0; i < 2; i++) {
    node = coap_new_node();
    node->pdu = message(client, CON, "old");
    node->id = node->pdu->mid;
    node->timeout = i ? 3600 * 1000 : 1;
    EXPECT_EQ(coap_wait_ack(server.context, client, node), node->id);
  }
  nacks = 0;
  coap_register_nack_handler(server.context, nack_sends);
  coap_cancel_session_messages(server.context, client, COAP_NACK_NOT_DELIVERABLE);
  EXPECT_EQ(nacks, 2);
  EXPECT_EQ(told[1], told[0] + 1);
  node = server.context->sendqueue;
  EXPECT(node != NULL && node->next == NULL && node->session == client && node->pdu->token_length == 3);
  EXPECT(node->pdu->token[0] == 'n');
  EXPECT_EQ(client->con_active, 1);
  coap_register_nack_handler(server.context, NULL);
  coap_cancel_session_messages(server.context, client, COAP_NACK_NOT_DELIVERABLE);
  EXPECT(server.context->sendqueue == NULL);
  EXPECT_EQ(client->con_active, 0);
  coap_session_release(client);
  close(fd);
}

/* What of the queue functions is asked of a session that has ended fails, and nothing is taken. */
static void
ended_sessions(void) {
  struct peer peer;
  coap_queue_t *node = coap_new_node();
  coap_pdu_t *pdu;

  hold_session(&peer);
  coap_free_endpoint(other.endpoint);
  pdu = message(held, CON, "x");
  node->pdu = pdu;
  EXPECT_EQ(coap_wait_ack(other.context, held, node), COAP_INVALID_MID);
  EXPECT_EQ(coap_session_delay_pdu(held, pdu, node), -1);
  EXPECT_EQ(coap_session_delay_pdu(held, pdu, NULL), -1);
  EXPECT(other.context->sendqueue == NULL && held->delayqueue == NULL);
  EXPECT_EQ(held->ref, 1);
  EXPECT_EQ(coap_delete_node(node), 1);
  EXPECT_EQ(coap_session_send_ping(held), COAP_INVALID_MID);
  coap_session_disconnected(held, COAP_NACK_NOT_DELIVERABLE);
  coap_session_release(held);
  peer_close(&peer);
  server_stop(&other);
}

/* --- Deadlines, and sessions with a group ------------------------------------------------------------------------- */

/* I24: a session that becomes idle outside the loop has its deadline at once. */
static void
idle_outside_the_loop(void) {
  struct peer peer;
  struct pollfd waiting;

  hold_session(&peer);
  coap_session_disconnected(held, COAP_NACK_NOT_DELIVERABLE);    /* nothing waits any more */
  EXPECT_EQ(coap_io_prepare_epoll(other.context, held->last_rx_tx), 0);
  waiting.fd = coap_context_get_coap_fd(other.context);
  waiting.events = POLLIN;
  EXPECT_EQ(poll(&waiting, 1, 0), 0);
  held->last_rx_tx = 0;
  other.context->session_timeout = 1;
  coap_ticks(&held->last_rx_tx);
  held->last_rx_tx -= held->last_rx_tx < 2000 ? held->last_rx_tx : 2000;
  coap_session_release(held);
  EXPECT_EQ(poll(&waiting, 1, 2000), 1);
  peer_close(&peer);
  server_stop(&other);
}

/* The second of two endpoints is swept, and its deadline is known, although a callback frees the first on the way (I7). */
static void
endpoint_freed_in_pass(void) {
  struct peer peers[2];
  coap_endpoint_t *second;
  coap_address_t here;
  coap_pdu_t *pdu;
  int i;

  server_start(&other);
  server_resource(&other, "keep", COAP_REQUEST_GET, keep_session);
  second = other.endpoint;
  loopback_address(&here, 0);
  peer_open(&peers[1], &other);
  other.endpoint = coap_new_endpoint(other.context, &here, COAP_PROTO_UDP);   /* now the first of the list */
  other.port = (uint16_t)strtoul(strrchr(coap_endpoint_str(other.endpoint), ':') + 1, NULL, 10);
  peer_open(&peers[0], &other);
  for (i = 0; i < 2; i++) {
    request(&d, CON, GET, 1, "k");
    path(&d, "keep");
    peer_send(&peers[i], &d);
    EXPECT_REPLY(&peers[i], &r, ACK, 205);
    if (i == 0) {
      /* The end of the first one's session ends its endpoint. */
      pdu = message(held, CON, "c");
      coap_cache_entry_t *entry =
          coap_new_cache_entry(held, pdu, COAP_CACHE_NOT_RECORD_PDU, COAP_CACHE_IS_SESSION_BASED, 0);

      coap_cache_set_app_data(entry, other.endpoint, (coap_cache_app_data_free_callback_t)coap_free_endpoint);
      coap_delete_pdu(pdu);
      held->last_rx_tx = 1;
    }
    coap_session_release(held);
  }
  EXPECT(second != other.endpoint);
  other.context->session_timeout = 100;
  i = (int)coap_io_prepare_epoll(other.context, held->last_rx_tx);
  EXPECT(i > 99000 && i <= 100000);
  peer_close(&peers[0]);
  peer_close(&peers[1]);
  server_stop(&other);
}

static int responses;

static coap_response_t
count_responses(coap_context_t *context, coap_session_t *session, coap_pdu_t *sent, coap_pdu_t *received,
                const coap_mid_t mid) {
  (void)context, (void)session, (void)sent, (void)received;
  EXPECT_EQ(mid, 5);
  responses++;
  return COAP_RESPONSE_OK;
}

/* X11: members of a group may answer with the same message id, that of the request even. Each is heard, once. */
static void
answers_of_a_group(void) {
  struct in_addr loopback = {htonl(INADDR_LOOPBACK)};
  coap_address_t group, to;
  int i, members[2];
  uint16_t port;

  loopback_address(&group, 0);
  group.addr.sin.sin_addr.s_addr = inet_addr("224.0.1.187");
  client = coap_new_client_session(server.context, NULL, &group, COAP_PROTO_UDP);
  EXPECT(client != NULL);
  setsockopt(client->sock.fd, IPPROTO_IP, IP_MULTICAST_IF, &loopback, sizeof(loopback));
  coap_send(client, message(client, NON, "g"));
  EXPECT_EQ(coap_send(client, message(client, CON, "g")), COAP_INVALID_MID);
  coap_register_response_handler(server.context, count_responses);
  loopback_address(&to, ntohs(client->addr_info.local.addr.sin.sin_port));
  responses = 0;
  for (i = 0; i < 4; i++) {
    if (i < 2)
      members[i] = silent_socket(&port);
    request(&d, NON, 0x45, 5, "g");
    EXPECT(sendto(members[i % 2], d.bytes, d.length, 0, &to.addr.sa, to.size) > 0);
  }
  server_turn(&server);
  EXPECT_EQ(responses, 2);
  coap_register_response_handler(server.context, NULL);
  coap_session_release(client);
  close(members[0]);
  close(members[1]);
}

int
main(void) {
  server_start(&server);
  own_send = server.context->network_send;
  own_read = server.context->network_read;
  endpoint_freed_twice();
  released_in_teardown();
  context_freed_in_teardown(0);
  context_freed_in_teardown(1);
  nothing_new_at_the_end();
  send_in_send();
  reference_of_a_stranger();
  endpoint_freed_in_hook(0);
  endpoint_freed_in_hook(1);
  loop_in_prng();
  loop_in_handler(0);
  loop_in_handler(1);
  cancel_and_send();
  ended_sessions();
  idle_outside_the_loop();
  endpoint_freed_in_pass();
  answers_of_a_group();
  server_stop(&server);
  return expect_done();
}
