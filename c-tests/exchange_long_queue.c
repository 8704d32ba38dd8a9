/* E16 (docs/spec/exchange.md, section 2): a long send queue costs nobody a walk, and it is deleted without recursion. Many
 * messages wait that are due at random times; each is found by its session and id, and other due times stay (E2). */
/* no valgrind: it measures time */
#include <limits.h>
#include <pthread.h>

#include "peer.h"

enum { SESSIONS = 500, EACH = 60, COUNT = SESSIONS * EACH };

static struct server server;
static coap_session_t *sessions[SESSIONS];

/* `each` messages of each session. */
static void
fill(int each) {
  int i;

  for (i = 0; i < SESSIONS * each; i++) {
    coap_queue_t *node = coap_new_node();

    node->id = i / SESSIONS;
    node->timeout = chance() % 1000000;
    EXPECT_EQ(coap_wait_ack(server.context, sessions[i % SESSIONS], node), node->id);
  }
}

/* Files messages, and takes each one out again; nanoseconds for one. The last one is due when it was. */
static long long
cost(int each) {
  coap_queue_t *node;
  coap_tick_t last = 0;
  struct timespec start, end;
  int i;

  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
  fill(each);
  for (node = server.context->sendqueue; node; node = node->next)
    last += node->t;
  for (i = 0; i < SESSIONS * each; i++) {
    EXPECT_EQ(coap_remove_from_queue(&server.context->sendqueue, sessions[i % SESSIONS], i / SESSIONS, &node), 1);
    EXPECT(node->session == sessions[i % SESSIONS] && node->id == i / SESSIONS && node->t <= last);
    coap_delete_node(node);
  }
  EXPECT(server.context->sendqueue == NULL);
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
  return ((end.tv_sec - start.tv_sec) * 1000000000LL + end.tv_nsec - start.tv_nsec) / (SESSIONS * each);
}

static int
in_queue(void) {
  const coap_queue_t *node;
  int count = 0;

  for (node = server.context->sendqueue; node; node = node->next)
    count++;
  return count;
}

static void *
end(void *unused) {
  coap_free_context(server.context);
  return unused;
}

int
main(void) {
  pthread_attr_t small;
  pthread_t thread;
  long long few = LLONG_MAX, many = LLONG_MAX, once;
  uint16_t port;
  int fd = silent_socket(&port), i;

  server_start(&server);
  for (i = 0; i < SESSIONS; i++)
    EXPECT((sessions[i] = client_session(&server, port, COAP_PROTO_UDP)) != NULL);
  /* Walks would cost twenty times as much with twenty times as many. Processor time, the best of three. */
  for (i = 0; i < 3; i++) {
    once = cost(EACH / 20);
    few = once < few ? once : few;
    once = cost(EACH);
    many = once < many ? once : many;
  }
  printf("%d messages: %lld ns for each; %d messages: %lld ns for each\n", COUNT / 20, few, COUNT, many);
  EXPECT(many < 8 * few);

  fill(EACH);
  for (i = 0; i < SESSIONS; i++)
    coap_cancel_all_messages(server.context, sessions[i], NULL, 0);   /* nodes without a message have no token */
  EXPECT_EQ(in_queue(), COUNT);
  for (i = 0; i < SESSIONS / 2; i++)
    coap_cancel_session_messages(server.context, sessions[i], COAP_NACK_NOT_DELIVERABLE);
  EXPECT_EQ(in_queue(), COUNT / 2);
  /* The rest ends with the context, on a stack that has no room for a call per message. */
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 256 * 1024);
  EXPECT_EQ(pthread_create(&thread, &small, end, NULL), 0);
  pthread_join(thread, NULL);
  coap_cleanup();
  close(fd);
  return expect_done();
}
