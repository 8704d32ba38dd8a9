/* Messages that wait, what keeps a session alive, and what ends with it (docs/spec/session.md, sections 5 to 8, 10 and
 * 13; rows S3, S4, S6, S8, S9, S14, S15, S25, S26). */
#include "peer.h"

static int nacks, last_reason;
static coap_mid_t nacked[16];

static void
on_nack(coap_context_t *context, coap_session_t *session, coap_pdu_t *sent, coap_nack_reason_t reason,
        const coap_mid_t mid) {
  (void)context, (void)session;
  EXPECT(sent && sent->type == CON && sent->mid == mid);
  if (nacks < 16)
    nacked[nacks] = mid;
  last_reason = reason;
  nacks++;
}

static coap_mid_t
send_con(coap_session_t *session, uint16_t mid) {
  return coap_send(session, coap_pdu_init(CON, GET, mid, 100));
}

/* A node of the application's own that holds a message, filed in the send queue. */
static coap_queue_t *
own_node(struct server *server, coap_session_t *session, uint16_t mid) {
  coap_queue_t *node = coap_new_node();

  node->id = mid;
  node->pdu = coap_pdu_init(CON, GET, mid, 100);
  node->timeout = 60000;
  EXPECT_EQ(coap_wait_ack(server->context, session, node), mid);
  return node;
}

static int
length_of(const coap_queue_t *node) {
  int length = 0;

  for (; node; node = node->next)
    length++;
  return length;
}

/* S3: the node that coap_session_delay_pdu() moves holds the last reference. */
static void
last_reference(struct server *server, uint16_t port) {
  coap_session_t *session = client_session(server, port, COAP_PROTO_UDP);
  coap_queue_t *node;

  nacks = 0;
  EXPECT_EQ(send_con(session, 1), 1);
  node = server->context->sendqueue;
  EXPECT(node && node->session == session && session->ref == 2);
  coap_session_release(session);
  EXPECT(server->context->sessions == session);
  EXPECT_EQ((long)coap_session_delay_pdu(session, node->pdu, node), COAP_PDU_DELAYED);
  /* The session has ended, and the message with it. */
  EXPECT(server->context->sessions == NULL && server->context->sendqueue == NULL);
  EXPECT(nacks == 1 && nacked[0] == 1 && last_reason == COAP_NACK_NOT_DELIVERABLE);
}

/* S4: of two entries with the same session and id, the given one moves. */
static void
given_node(struct server *server, uint16_t port) {
  coap_session_t *session = client_session(server, port, COAP_PROTO_UDP);
  coap_queue_t *first = own_node(server, session, 7), *second = own_node(server, session, 7);

  EXPECT_EQ(session->ref, 3);
  second->retransmit_cnt = 2;
  EXPECT_EQ((long)coap_session_delay_pdu(session, second->pdu, second), COAP_PDU_DELAYED);
  EXPECT(session->delayqueue == second && second->next == NULL && second->session == NULL);
  EXPECT(second->t == 0 && second->retransmit_cnt == 2 && second->timeout == 60000);
  EXPECT(server->context->sendqueue == first && first->next == NULL);
  EXPECT_EQ(session->ref, 2);
  EXPECT_EQ((long)coap_session_delay_pdu(session, first->pdu, first), COAP_PDU_DELAYED);
  EXPECT(session->delayqueue == second && second->next == first);
  nacks = 0;
  coap_session_release(session);
  EXPECT_EQ(nacks, 2);
}

/* S6 */
static void
references(struct server *server, uint16_t port) {
  coap_session_t *session = client_session(server, port, COAP_PROTO_UDP);
  struct peer peer;
  struct datagram d;
  struct reply r;
  coap_packet_t packet;
  coap_tick_t now;

  coap_session_reference(session);
  coap_session_free(session);
  EXPECT(server->context->sessions == session && session->sock.flags != 0);
  coap_session_release(session);
  coap_session_free(session);
  EXPECT(server->context->sessions == session);
  coap_session_release(session);
  EXPECT(server->context->sessions == NULL);
  /* A server session survives its last release, and one more. */
  coap_ticks(&now);
  memset(&packet, 0, sizeof(packet));
  loopback_address(&packet.addr_info.remote, 1);
  loopback_address(&packet.addr_info.local, 2);
  session = coap_endpoint_get_session(server->endpoint, &packet, now);
  EXPECT(coap_session_reference(session) == session);
  coap_session_release(session);
  EXPECT_EQ(session->ref, 0);
  coap_session_release(session);
  EXPECT_EQ(session->ref, 0);
  EXPECT(coap_endpoint_get_session(server->endpoint, &packet, now) == session);
  coap_session_free(session);
  peer_open(&peer, server);
  request(&d, CON, GET, 1, "t");
  path(&d, "probe");
  peer_send(&peer, &d);
  EXPECT_REPLY(&peer, &r, ACK, 205);
  peer_close(&peer);
}

/* S8 */
static void
no_socket(struct server *server, uint16_t port) {
  coap_session_t *session = client_session(server, port, COAP_PROTO_UDP);
  coap_pdu_t *pdu = coap_pdu_init(NON, GET, 1, 100);
  coap_socket_flags_t flags = session->sock.flags;

  EXPECT_EQ((long)coap_session_send_pdu(session, pdu), -1); /* no header yet */
  EXPECT(coap_pdu_encode_header(pdu, COAP_PROTO_UDP) == 4);
  EXPECT_EQ((long)coap_session_send_pdu(session, pdu), 4);
  session->sock.flags = 0;
  EXPECT_EQ((long)coap_session_send_pdu(session, pdu), -1);
  EXPECT_EQ((long)coap_session_send(session, (const uint8_t *)"abcd", 4), -1);
  EXPECT_EQ(send_con(session, 2), COAP_INVALID_MID);
  EXPECT(session->con_active == 0 && session->ref == 1);
  session->sock.flags = flags;
  EXPECT_EQ((long)coap_session_send_pdu(session, pdu), 4);
  coap_delete_pdu(pdu);
  coap_session_release(session);
}

static coap_session_t *kept;

static void
keep(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *req, coap_binary_t *token,
     coap_string_t *query, coap_pdu_t *response) {
  (void)context, (void)resource, (void)req, (void)token, (void)query;
  response->code = COAP_RESPONSE_CODE_CONTENT;
  kept = coap_session_reference(session);
}

/* S9, note b: sessions that the application refers to outlive their endpoint as empty shells. */
static void
endpoint_goes(void) {
  struct server server;
  struct peer peer;
  struct datagram d;
  struct reply r;
  coap_pdu_t *pdu;

  server_start(&server);
  coap_register_nack_handler(server.context, on_nack);
  server_resource(&server, "keep", COAP_REQUEST_GET, keep);
  peer_open(&peer, &server);
  request(&d, CON, GET, 1, "t");
  path(&d, "keep");
  peer_send(&peer, &d);
  EXPECT_REPLY(&peer, &r, ACK, 205);
  EXPECT(kept && kept->ref == 1 && kept->endpoint == server.endpoint);
  nacks = 0;
  EXPECT_EQ(send_con(kept, 100), 100); /* one is outstanding, one waits */
  EXPECT_EQ(send_con(kept, 101), 101);
  pdu = coap_pdu_init(CON, GET, 5, 100);
  coap_free_endpoint(server.endpoint);
  EXPECT(server.context->endpoint == NULL && server.context->sendqueue == NULL);
  EXPECT_EQ(nacks, 1); /* the one that waited (session.md 8); the queue's go silently */
  EXPECT(kept->endpoint == NULL && kept->context == NULL && kept->ref == 1 && kept->delayqueue == NULL);
  EXPECT_EQ(send_con(kept, 102), COAP_INVALID_MID);
  EXPECT_EQ((long)coap_session_delay_pdu(kept, pdu, NULL), -1);
  EXPECT_EQ((long)coap_session_send(kept, (const uint8_t *)"abcd", 4), -1);
  EXPECT_EQ(coap_session_send_ping(kept), COAP_INVALID_MID);
  EXPECT(coap_new_cache_entry(kept, pdu, COAP_CACHE_NOT_RECORD_PDU, COAP_CACHE_IS_SESSION_BASED, 0) == NULL);
  coap_session_disconnected(kept, COAP_NACK_NOT_DELIVERABLE);
  coap_session_connected(kept);
  EXPECT_EQ(coap_handle_dgram(server.context, kept, d.bytes, d.length), 0);
  EXPECT(coap_session_reference(kept) == kept && kept->ref == 2);
  coap_session_release(kept);
  EXPECT_EQ(nacks, 1);
  coap_free_context(server.context);
  EXPECT_EQ(kept->ref, 1);
  coap_delete_pdu(pdu);
  coap_session_release(kept);
  peer_close(&peer);
  if (server.prober >= 0)
    close(server.prober);
}

/* S14: an RST that matches nothing leaves the message that is outstanding where it is, and those behind it waiting. */
static void
stray_reset(struct server *server) {
  uint16_t port;
  int silent = silent_socket(&port);
  coap_session_t *session = client_session(server, port, COAP_PROTO_UDP);
  struct sockaddr_in from;
  socklen_t size = sizeof(from);
  struct datagram d;

  nacks = 0;
  EXPECT_EQ(send_con(session, 1), 1);
  EXPECT_EQ(send_con(session, 2), 2);
  EXPECT(recvfrom(silent, d.bytes, sizeof(d.bytes), 0, (struct sockaddr *)&from, &size) == 4);
  datagram_hex(&d, "70 00 0099");
  EXPECT(sendto(silent, d.bytes, d.length, 0, (struct sockaddr *)&from, size) == 4);
  EXPECT_ALIVE(server);
  EXPECT(session->con_active == 1 && length_of(session->delayqueue) == 1 && nacks == 0);
  datagram_hex(&d, "70 00 0001");
  EXPECT(sendto(silent, d.bytes, d.length, 0, (struct sockaddr *)&from, size) == 4);
  while (nacks == 0 && alive(server))
    ;
  EXPECT(nacks == 1 && nacked[0] == 1 && last_reason == COAP_NACK_RST);
  EXPECT(session->con_active == 1 && session->delayqueue == NULL); /* now the second one is under way */
  coap_cancel_session_messages(server->context, session, COAP_NACK_RST);
  coap_session_release(session);
  close(silent);
}

/* S15: the id of a message that waits is looked at for CON and NON only. */
static void
waiting_ids(struct server *server, uint16_t port) {
  static const struct {
    uint8_t type;
    int taken;
  } kinds[] = {{CON, 0}, {NON, 0}, {ACK, 1}, {RST, 1}};
  coap_session_t *session = client_session(server, port, COAP_PROTO_UDP);
  coap_pdu_t *pdu;
  size_t i;

  session->con_active = 1;
  EXPECT_EQ(send_con(session, 9), 9);
  for (i = 0; i < 4; i++) {
    pdu = coap_pdu_init(kinds[i].type, i < 2 ? GET : EMPTY, 9, 100);
    if (coap_session_delay_pdu(session, pdu, NULL) == COAP_PDU_DELAYED) {
      EXPECT(kinds[i].taken);
    } else {
      EXPECT(!kinds[i].taken);
      coap_delete_pdu(pdu); /* still ours */
    }
  }
  EXPECT_EQ(length_of(session->delayqueue), 3);
  nacks = 0;
  coap_session_release(session);
  EXPECT_EQ(nacks, 1);
}

/* S25: after an ICMP error each message is reported once, those that waited too; all of them stay. */
static void
unreachable(struct server *server, uint16_t port) {
  coap_session_t *session = client_session(server, port, COAP_PROTO_UDP);
  int i, seen[4] = {0};

  for (i = 1; i <= 3; i++)
    EXPECT_EQ(send_con(session, (uint16_t)i), i);
  EXPECT_EQ(length_of(session->delayqueue), 2);
  nacks = 0;
  coap_session_disconnected(session, COAP_NACK_ICMP_ISSUE);
  EXPECT_EQ(nacks, 3);
  for (i = 0; i < 3; i++)
    seen[nacked[i] & 3]++;
  EXPECT(seen[1] == 1 && seen[2] == 1 && seen[3] == 1);
  EXPECT_EQ(last_reason, COAP_NACK_ICMP_ISSUE);
  EXPECT(session->delayqueue == NULL && length_of(server->context->sendqueue) == 3);
  EXPECT(session->state == COAP_SESSION_STATE_ESTABLISHED && session->con_active == 0);
  EXPECT_EQ(send_con(session, 4), 4); /* none of them counts any more (note c) */
  EXPECT_EQ(session->con_active, 1);
  nacks = 0;
  coap_session_disconnected(session, COAP_NACK_NOT_DELIVERABLE);
  EXPECT_EQ(nacks, 4);
  EXPECT(server->context->sendqueue == NULL && session->ref == 1);
  coap_session_disconnected(session, COAP_NACK_NOT_DELIVERABLE); /* nothing is left to report */
  EXPECT_EQ(nacks, 4);
  coap_session_release(session);
}

/* S26: the overhead of (D)TLS that a small MTU has cut comes back with a larger one. */
static void
overhead(struct server *server, uint16_t port) {
  coap_session_t *session = client_session(server, port, COAP_PROTO_UDP);

  session->tls_overhead = 29;
  EXPECT_EQ((long)coap_session_max_pdu_size(session), 1152 - 29 - 4);
  coap_session_set_mtu(session, 20);
  EXPECT(session->mtu == 20 && session->tls_overhead == 20);
  EXPECT_EQ((long)coap_session_max_pdu_size(session), 0);
  coap_session_set_mtu(session, 10);
  EXPECT_EQ((long)session->tls_overhead, 10);
  coap_session_set_mtu(session, 1280);
  EXPECT(session->mtu == 1280 && session->tls_overhead == 29);
  EXPECT_EQ((long)coap_session_max_pdu_size(session), 1280 - 29 - 4);
  session->tls_overhead = 37; /* as after a handshake */
  coap_session_set_mtu(session, 1152);
  EXPECT_EQ((long)session->tls_overhead, 37);
  coap_session_release(session);
}

int
main(void) {
  struct server server;
  uint16_t port;
  int silent = silent_socket(&port);

  coap_set_log_level(LOG_EMERG);
  server_start(&server);
  coap_register_nack_handler(server.context, on_nack);
  last_reference(&server, port);
  given_node(&server, port);
  references(&server, port);
  no_socket(&server, port);
  stray_reset(&server);
  waiting_ids(&server, port);
  unreachable(&server, port);
  overhead(&server, port);
  server_stop(&server);
  endpoint_goes();
  close(silent);
  return expect_done();
}
