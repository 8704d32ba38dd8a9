/* The send queue (docs/spec/exchange.md, section 2) and retransmission timing (section 3), on nodes without messages
 * as the original's unit tests use them. */
#include <coap2/coap.h>

#include "expect.h"

static coap_queue_t *
node_due(coap_tick_t t, int id) {
  coap_queue_t *node = coap_new_node();

  EXPECT(node != NULL);
  EXPECT_EQ(node->t, 0);
  EXPECT(node->next == NULL && node->session == NULL && node->pdu == NULL);
  node->t = t;
  node->id = id;
  return node;
}

static void
insertion_and_removal(void) {
  coap_queue_t *queue = NULL, *node = NULL, *untouched = NULL;
  coap_tick_t deltas[] = {30, 70, 60, 40};
  size_t i;

  EXPECT_EQ(coap_insert_node(&queue, node_due(100, 1)), 1);
  EXPECT_EQ(coap_insert_node(&queue, node_due(200, 2)), 1);
  EXPECT_EQ(coap_insert_node(&queue, node_due(30, 3)), 1);
  EXPECT_EQ(coap_insert_node(&queue, node_due(160, 4)), 1);
  for (node = queue, i = 0; node; node = node->next, i++)
    EXPECT_EQ(node->t, deltas[i]);
  EXPECT_EQ(i, 4);
  EXPECT_EQ(coap_insert_node(&queue, NULL), 0);
  EXPECT_EQ(coap_insert_node(NULL, queue), 0);

  /* Removing keeps every other due time. */
  EXPECT_EQ(coap_remove_from_queue(&queue, NULL, 1, &node), 1);
  EXPECT_EQ(node->id, 1);
  EXPECT_EQ(node->t, 70);
  EXPECT(node->next == NULL);
  EXPECT_EQ(queue->next->id, 4);
  EXPECT_EQ(queue->next->t, 130);
  EXPECT_EQ(coap_delete_node(node), 1);
  EXPECT_EQ(coap_remove_from_queue(&queue, NULL, 77, &untouched), 0);
  EXPECT(untouched == NULL);
  EXPECT_EQ(coap_remove_from_queue(NULL, NULL, 1, &untouched), 0);

  /* Equal times stay in the order of insertion. */
  coap_insert_node(&queue, node_due(160, 5));
  EXPECT_EQ(queue->next->id, 4);
  EXPECT_EQ(queue->next->next->id, 5);
  EXPECT_EQ(queue->next->next->t, 0);
  while (queue) {
    node = queue;
    queue = queue->next;
    node->next = NULL;
    coap_delete_node(node);
  }
  EXPECT_EQ(coap_delete_node(NULL), 0);
}

static void
base_time(void) {
  coap_context_t *context = coap_new_context(NULL);
  coap_tick_t adjusted[] = {0, 0, 10, 40};
  coap_queue_t *node;
  size_t i;

  EXPECT(coap_peek_next(context) == NULL);
  EXPECT(coap_pop_next(context) == NULL);
  EXPECT(coap_peek_next(NULL) == NULL);
  EXPECT_EQ(coap_adjust_basetime(context, 1000), 0);
  EXPECT_EQ(context->sendqueue_basetime, 1000);
  coap_insert_node(&context->sendqueue, node_due(50, 1));
  coap_insert_node(&context->sendqueue, node_due(120, 2));
  coap_insert_node(&context->sendqueue, node_due(180, 3));
  coap_insert_node(&context->sendqueue, node_due(220, 4));
  EXPECT_EQ(coap_peek_next(context)->id, 1);
  EXPECT_EQ(coap_adjust_basetime(context, 1130), 2);
  for (node = context->sendqueue, i = 0; node; node = node->next, i++)
    EXPECT_EQ(node->t, adjusted[i]);
  EXPECT_EQ(context->sendqueue_basetime, 1130);
  /* Backwards: the head waits longer. */
  EXPECT_EQ(coap_adjust_basetime(context, 1100), 0);
  EXPECT_EQ(context->sendqueue->t, 30);

  node = coap_pop_next(context);
  EXPECT_EQ(node->id, 1);
  EXPECT_EQ(node->t, 30);
  EXPECT(node->next == NULL);
  EXPECT_EQ(context->sendqueue->t, 30);
  coap_delete_node(node);
  /* What is left is freed with the context. */
  coap_free_context(context);
}

/* E16: nodes that the application declares or allocates itself, on a list of its own and in a context's queue. Behind
 * them is nothing: valgrind and AddressSanitizer watch. */
static void
nodes_of_ones_own(void) {
  coap_context_t *context = coap_new_context(NULL);
  coap_queue_t declared[3], *queue = NULL, *node = NULL;
  coap_queue_t *allocated = coap_malloc_type(COAP_NODE, sizeof(*allocated));
  size_t i;

  memset(declared, 0, sizeof(declared));
  for (i = 0; i < 3; i++) {
    declared[i].t = 10 * (3 - i);
    declared[i].id = (coap_mid_t)i;
    EXPECT_EQ(coap_insert_node(&queue, &declared[i]), 1);
  }
  EXPECT_EQ(coap_insert_node(&queue, node_due(15, 7)), 1);
  EXPECT(queue == &declared[2] && queue->next->id == 7 && queue->next->t == 5 && queue->next->next == &declared[1]);
  EXPECT_EQ(coap_remove_from_queue(&queue, NULL, 1, &node), 1);
  EXPECT(node == &declared[1]);
  EXPECT_EQ(coap_remove_from_queue(&queue, NULL, 7, &node), 1);
  EXPECT_EQ(queue->next->t, 20);
  coap_delete_node(node);

  memset(allocated, 0, sizeof(*allocated));
  allocated->t = 50;
  coap_insert_node(&context->sendqueue, node_due(60, 8));
  EXPECT_EQ(coap_insert_node(&context->sendqueue, allocated), 1);
  coap_insert_node(&context->sendqueue, node_due(40, 9));
  EXPECT_EQ(context->sendqueue->id, 9);
  EXPECT(context->sendqueue->next == allocated && allocated->t == 10 && allocated->next->t == 10);
  node = coap_pop_next(context);
  EXPECT_EQ(node->id, 9);
  coap_delete_node(node);
  EXPECT(coap_pop_next(context) == allocated);
  EXPECT_EQ(allocated->t, 50);
  EXPECT_EQ(coap_delete_node(allocated), 1);
  coap_free_context(context);
}

/* E2, S13: a node of a session leaves the queue with the session reference, and other due times stay. */
static void
nodes_of_sessions(void) {
  coap_context_t *context = coap_new_context(NULL);
  coap_address_t peer;
  coap_session_t *session;
  coap_queue_t *nodes[3];
  int i;

  coap_address_init(&peer);
  peer.size = sizeof(peer.addr.sin);
  peer.addr.sin.sin_family = AF_INET;
  peer.addr.sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  coap_address_set_port(&peer, 9);
  session = coap_new_client_session(context, NULL, &peer, COAP_PROTO_UDP);
  EXPECT(session != NULL);
  EXPECT_EQ(session->ref, 1);
  for (i = 0; i < 3; i++) {
    nodes[i] = node_due(0, 10 + i);
    nodes[i]->timeout = 1000u * (unsigned int)(i + 1);
    EXPECT_EQ(coap_wait_ack(context, session, nodes[i]), 10 + i);
  }
  EXPECT_EQ(session->ref, 4);
  EXPECT(nodes[0]->t > 900 && nodes[0]->t <= 1100);
  EXPECT_EQ(coap_delete_node(nodes[0]), 1);
  EXPECT_EQ(session->ref, 3);
  EXPECT(context->sendqueue == nodes[1]);
  EXPECT(nodes[1]->t > 1900 && nodes[1]->t <= 2100);
  coap_cancel_session_messages(context, session, COAP_NACK_NOT_DELIVERABLE);
  EXPECT(context->sendqueue == NULL);
  EXPECT_EQ(session->ref, 1);
  EXPECT_EQ(coap_can_exit(context), 1);
  coap_session_release(session);
  EXPECT(context->sessions == NULL);
  coap_free_context(context);
}

/* X15, E3: the first time-out from any parameters. */
static void
timeouts(void) {
  coap_context_t *context = coap_new_context(NULL);
  coap_address_t peer;
  coap_session_t *session;
  coap_fixed_point_t one = {1, 0}, half = {0, 500}, bad = {5, 1000}, most = {65535, 999};

  coap_address_init(&peer);
  peer.size = sizeof(peer.addr.sin);
  peer.addr.sin.sin_family = AF_INET;
  peer.addr.sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  session = coap_new_client_session(context, NULL, &peer, COAP_PROTO_UDP);
  EXPECT_EQ(coap_calc_timeout(session, 0), 2000);
  EXPECT_EQ(coap_calc_timeout(session, 128), 2500);
  EXPECT_EQ(coap_calc_timeout(session, 255), 3000);
  coap_session_set_ack_timeout(session, one);
  coap_session_set_ack_random_factor(session, one);
  EXPECT_EQ(coap_calc_timeout(session, 255), 1000);
  coap_session_set_ack_timeout(session, half);
  coap_session_set_ack_timeout(session, bad);
  EXPECT_EQ(coap_session_get_ack_timeout(session).integer_part, 1);
  coap_session_set_ack_timeout(session, most);
  coap_session_set_ack_random_factor(session, most);
  EXPECT(coap_calc_timeout(session, 255) >= coap_calc_timeout(session, 0));
  EXPECT_EQ(coap_session_get_ack_random_factor(session).fractional_part, 999);
  coap_session_set_max_retransmit(session, 0);
  EXPECT_EQ(coap_session_get_max_transmit(session), 4);
  coap_session_set_max_retransmit(session, 4000000000u);
  EXPECT_EQ(coap_session_get_max_transmit(session), 4000000000u);
  EXPECT_EQ(coap_calc_timeout(NULL, 0), 0);
  coap_session_release(session);
  coap_free_context(context);
}

int
main(void) {
  insertion_and_removal();
  base_time();
  nodes_of_ones_own();
  nodes_of_sessions();
  timeouts();
  return expect_done();
}
