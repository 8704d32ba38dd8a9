/* Sessions as C sees them: initial values (docs/spec/session.md, section 1), references (5), sizes (10), tokens (12),
 * and the tables that can be walked (docs/spec/headers.md, section 7; H13). */
#include <coap2/coap.h>

#include "expect.h"

static coap_address_t
loopback(uint16_t port) {
  coap_address_t address;

  coap_address_init(&address);
  address.size = sizeof(address.addr.sin);
  address.addr.sin.sin_family = AF_INET;
  address.addr.sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  coap_address_set_port(&address, port);
  return address;
}

static void
initial_values(coap_context_t *context) {
  coap_address_t peer = loopback(0), group = loopback(0);
  coap_session_t *session;
  coap_addr_hash_t zero;

  context->block_mode = 3;
  session = coap_new_client_session(context, NULL, &peer, COAP_PROTO_UDP);
  context->block_mode = 0;
  EXPECT(session != NULL);
  EXPECT_EQ(session->proto, COAP_PROTO_UDP);
  EXPECT_EQ(session->type, COAP_SESSION_TYPE_CLIENT);
  EXPECT_EQ(session->state, COAP_SESSION_STATE_ESTABLISHED);
  EXPECT_EQ(session->ref, 1);
  EXPECT_EQ(session->tls_overhead, 0);
  EXPECT_EQ(session->mtu, 1152);
  memset(&zero, 0, sizeof(zero));
  EXPECT_EQ(memcmp(&session->addr_hash, &zero, sizeof(zero)), 0);
  EXPECT_EQ(coap_address_get_port(&session->addr_info.remote), 5683);
  EXPECT_EQ(session->addr_info.remote.size, 16);
  EXPECT_EQ(session->addr_info.local.size, 16);
  EXPECT(coap_address_get_port(&session->addr_info.local) != 0);
  EXPECT_EQ(session->ifindex, 0);
  EXPECT_EQ(session->sock.flags, 0x0015);
  EXPECT(session->sock.fd >= 0);
  EXPECT(session->sock.session == session);
  EXPECT(session->sock.endpoint == NULL);
  EXPECT(session->endpoint == NULL);
  EXPECT(session->context == context);
  EXPECT(session->tls == NULL);
  EXPECT_EQ(session->con_active, 0);
  EXPECT_EQ(session->last_ping_mid, COAP_INVALID_MID);
  EXPECT_EQ(session->dtls_event, -1);
  EXPECT(session->delayqueue == NULL && session->lg_xmit == NULL && session->lg_crcv == NULL);
  EXPECT(session->lg_srcv == NULL && session->partial_pdu == NULL && session->app == NULL);
  EXPECT(session->last_rx_tx > 0 || session->last_rx_tx < 1000);
  EXPECT_EQ(session->max_retransmit, 4);
  EXPECT_EQ(session->ack_timeout.integer_part, 2);
  EXPECT_EQ(session->ack_random_factor.fractional_part, 500);
  EXPECT_EQ(session->block_mode, 3);
  /* X14: where nothing protects the transport, tokens start at an unpredictable 4-byte value. */
  EXPECT(session->tx_token >= 1u << 31 && session->tx_token <= UINT32_MAX);
  EXPECT_EQ(coap_session_max_pdu_size(session), 1148);
  EXPECT_EQ(COAP_EXCHANGE_LIFETIME(session), 247);
  EXPECT_EQ(COAP_NON_LIFETIME(session), 145);
  coap_session_release(session);
  EXPECT(context->sessions == NULL);

  /* A multicast destination is not connected. */
  group.addr.sin.sin_addr.s_addr = htonl(0xe00001bb);
  session = coap_new_client_session(context, NULL, &group, COAP_PROTO_UDP);
  EXPECT(session != NULL);
  if (session) {
    coap_pdu_t *pdu = coap_new_pdu(session);

    EXPECT_EQ(session->sock.flags, 0x1011);
    EXPECT(coap_address_get_port(&session->addr_info.local) != 0);
    EXPECT_EQ(coap_address_get_port(&session->addr_info.remote), 5683);
    /* A confirmable message to a group is refused (RFC 7252, section 8.1). */
    pdu->type = COAP_MESSAGE_CON;
    pdu->code = COAP_REQUEST_GET;
    EXPECT_EQ(coap_send(session, pdu), COAP_INVALID_MID);
    coap_session_release(session);
  }

  /* S7, S10: what cannot be is refused. */
  EXPECT(coap_new_client_session(context, NULL, &peer, COAP_PROTO_NONE) == NULL);
  EXPECT(coap_new_client_session(context, NULL, &peer, 77) == NULL);
  EXPECT(coap_new_client_session(context, NULL, NULL, COAP_PROTO_UDP) == NULL);
  EXPECT(coap_new_client_session(NULL, NULL, &peer, COAP_PROTO_UDP) == NULL);
  coap_address_init(&group);
  group.size = 4000;
  EXPECT(coap_new_client_session(context, NULL, &group, COAP_PROTO_UDP) == NULL);
  EXPECT(coap_new_endpoint(context, &group, COAP_PROTO_UDP) == NULL);
  EXPECT(coap_new_endpoint(context, &peer, 77) == NULL);
  EXPECT(context->sessions == NULL);
}

static void
sizes(coap_session_t *session) {
  static const struct {
    coap_proto_t proto;
    unsigned int mtu;
    size_t size;
  } rows[] = {
    {COAP_PROTO_UDP, 0, 0},     {COAP_PROTO_UDP, 4, 0},       {COAP_PROTO_UDP, 5, 1},       {COAP_PROTO_UDP, 1152, 1148},
    {COAP_PROTO_TCP, 2, 0},     {COAP_PROTO_TCP, 3, 1},       {COAP_PROTO_TCP, 14, 12},     {COAP_PROTO_TCP, 15, 12},
    {COAP_PROTO_TCP, 271, 268}, {COAP_PROTO_TCP, 272, 268},   {COAP_PROTO_TCP, 65808, 65804},
    {COAP_PROTO_TCP, 65809, 65803},                           {COAP_PROTO_TCP, 8388864, 8388858},
  };
  size_t i;

  for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    session->proto = rows[i].proto;
    coap_session_set_mtu(session, rows[i].mtu);
    EXPECT_EQ(session->mtu, rows[i].mtu);
    EXPECT_EQ(coap_session_max_pdu_size(session), rows[i].size);
  }
  session->proto = COAP_PROTO_UDP;
  coap_session_set_mtu(session, 1152);
}

static void
tokens(coap_session_t *session) {
  static const uint8_t ff = 0xff, nine[9] = {9, 0, 0, 0, 0, 0, 0, 0, 7};
  uint8_t token[8];
  size_t length;
  uint16_t mid = session->tx_mid;

  coap_session_init_token(session, 0, NULL);
  coap_session_new_token(session, &length, token);
  EXPECT(length == 1 && token[0] == 1);
  coap_session_init_token(session, 1, &ff);
  coap_session_new_token(session, &length, token);
  EXPECT(length == 2 && token[0] == 1 && token[1] == 0);
  coap_session_init_token(session, 9, nine);
  EXPECT_EQ(session->tx_token, 7);
  session->tx_token = UINT64_MAX;
  coap_session_new_token(session, &length, token);
  EXPECT_EQ(length, 0);
  EXPECT_EQ(coap_new_message_id(session), (uint16_t)(mid + 1));
  session->tx_mid = 65535;
  EXPECT_EQ(coap_new_message_id(session), 0);
}

/* The sessions of a context can be walked by the public macros, and released on the way. */
static void
walks(coap_context_t *context) {
  coap_address_t peer = loopback(9);
  coap_session_t *sessions[5], *session, *next;
  int i;

  for (i = 0; i < 5; i++)
    sessions[i] = coap_new_client_session(context, NULL, &peer, COAP_PROTO_UDP);
  EXPECT_EQ(HASH_COUNT(context->sessions), 5);
  i = 0;
  SESSIONS_ITER(context->sessions, session, next) {
    EXPECT(session == sessions[i]);
    i++;
  }
  EXPECT_EQ(i, 5);
  EXPECT(sessions[1]->hh.prev == sessions[0] && sessions[3]->hh.next == sessions[4]);
  EXPECT(sessions[0]->hh.prev == NULL && sessions[4]->hh.next == NULL);
  coap_session_release(sessions[2]);
  EXPECT_EQ(HASH_COUNT(context->sessions), 4);
  EXPECT(sessions[1]->hh.next == sessions[3]);
  EXPECT(coap_session_get_by_peer(context, &sessions[3]->addr_info.remote, 0) == sessions[0]);
  EXPECT(coap_session_get_by_peer(context, &sessions[3]->addr_info.remote, 5) == NULL);
  SESSIONS_ITER_SAFE(context->sessions, session, next) {
    coap_session_release(session);
  }
  EXPECT(context->sessions == NULL);
}

static int nacked;

static void
on_nack(coap_context_t *context, coap_session_t *session, coap_pdu_t *sent, coap_nack_reason_t reason,
        const coap_mid_t mid) {
  (void)context;
  EXPECT(sent != NULL && sent->type == COAP_MESSAGE_CON);
  EXPECT_EQ(reason, COAP_NACK_NOT_DELIVERABLE);
  EXPECT_EQ(session->ref, 0);
  EXPECT_EQ(session->sock.flags, 0);
  EXPECT(mid == 2 || mid == 3);
  /* S5: whatever the application does to a dying session has no effect. */
  coap_session_release(coap_session_reference(session));
  EXPECT_EQ(coap_send(session, coap_pdu_init(COAP_MESSAGE_NON, 1, 1, 100)), COAP_INVALID_MID);
  nacked++;
}

/* Delayed messages are reported when their session ends; the outstanding one keeps it alive until it is concluded. */
static void
delayed_messages(coap_context_t *context) {
  /* Somebody has to be there, or the kernel tells of an unreachable port. Nobody answers, though: no loop runs. */
  coap_address_t peer = loopback(0);
  coap_endpoint_t *endpoint = coap_new_endpoint(context, &peer, COAP_PROTO_UDP);
  coap_session_t *session;
  coap_pdu_t *pdu;
  coap_queue_t *node;
  int mid;

  coap_address_set_port(&peer, (uint16_t)atoi(strchr(coap_endpoint_str(endpoint), ':') + 1));
  session = coap_new_client_session(context, NULL, &peer, COAP_PROTO_UDP);
  coap_register_nack_handler(context, on_nack);
  for (mid = 1; mid <= 3; mid++) {
    pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_GET, (uint16_t)mid, 100);
    EXPECT_EQ(coap_send(session, pdu), mid);
  }
  EXPECT_EQ(session->con_active, 1);
  EXPECT(context->sendqueue != NULL && context->sendqueue->next == NULL);
  EXPECT(session->delayqueue != NULL && session->delayqueue->id == 2);
  EXPECT_EQ(session->delayqueue->next->id, 3);
  EXPECT_EQ(coap_can_exit(context), 0);
  /* S15: the same id cannot wait twice. */
  EXPECT_EQ(coap_send(session, coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_GET, 3, 100)), COAP_INVALID_MID);
  /* Others overtake. */
  EXPECT_EQ(coap_send(session, coap_pdu_init(COAP_MESSAGE_NON, COAP_REQUEST_GET, 4, 100)), 4);
  EXPECT_EQ(session->ref, 2);
  coap_session_release(session);
  EXPECT(context->sessions == session);
  node = coap_pop_next(context);
  EXPECT_EQ(node->id, 1);
  EXPECT_EQ(session->con_active, 0);
  coap_delete_node(node);
  EXPECT_EQ(nacked, 2);
  EXPECT(context->sessions == NULL);
  coap_register_nack_handler(context, NULL);
  coap_free_endpoint(endpoint);
}

int
main(void) {
  coap_context_t *context = coap_new_context(NULL);
  coap_address_t peer = loopback(9);
  coap_session_t *session;
  coap_endpoint_t *storage;

  EXPECT(context != NULL);
  EXPECT_EQ(context->csm_timeout, 30);
  EXPECT(context->network_send != NULL && context->network_read != NULL);
  initial_values(context);
  session = coap_new_client_session(context, NULL, &peer, COAP_PROTO_UDP);
  sizes(session);
  tokens(session);
  EXPECT(coap_session_reference(session) == session);
  EXPECT_EQ(session->ref, 2);
  coap_session_release(session);
  EXPECT_EQ(session->ref, 1);
  coap_session_set_app_data(session, &peer);
  EXPECT(coap_session_get_app_data(session) == &peer);
  coap_session_free(session);  /* S6: referenced, so nothing happens */
  EXPECT(context->sessions == session);
  coap_session_release(session);
  walks(context);
  delayed_messages(context);
  /* I10: storage for an endpoint is none yet, and may be given to the free functions. */
  storage = coap_malloc_endpoint();
  EXPECT(storage != NULL);
  coap_free_endpoint(storage);
  coap_free_type(COAP_ENDPOINT, storage);
  coap_free_context(context);

  /* S9: a session that the application refers to outlives its context as an empty shell. */
  context = coap_new_context(NULL);
  session = coap_session_reference(coap_new_client_session(context, NULL, &peer, COAP_PROTO_UDP));
  coap_free_context(context);
  EXPECT(session->context == NULL);
  EXPECT_EQ(session->ref, 1);
  EXPECT_EQ(coap_send(session, coap_pdu_init(COAP_MESSAGE_NON, 1, 1, 100)), COAP_INVALID_MID);
  EXPECT(coap_cache_derive_key(session, NULL, COAP_CACHE_IS_SESSION_BASED) == NULL);
  coap_session_release(session);
  coap_free_context(NULL);
  return expect_done();
}
