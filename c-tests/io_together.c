/* I29 (docs/spec/io.md, section 6.4): what the library answers while it works through an event goes out together, and
 * nobody can tell but by the clock and by counting system calls. The system calls are counted by standing in for them.
 * Peers are sockets of this program; everything runs in one thread. */
/* no valgrind: under it every handler is slow, and what slow handlers answer goes out one by one */
#define _GNU_SOURCE
#include <sys/syscall.h>

#include "peer.h"

static struct server server;
static struct peer peers[2];
static struct datagram d;
static unsigned int together, alone, fail_at, sent_together;

int
sendmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags) {
  together++;
  /* The datagram with that number, counted from 1, fails: what is before it goes out. */
  if (fail_at > sent_together && fail_at <= sent_together + count) {
    count = fail_at - sent_together - 1;
    if (count == 0) {
      sent_together++;
      errno = ENETUNREACH;
      return -1;
    }
  }
  sent_together += count;
  return (int)syscall(SYS_sendmmsg, fd, messages, count, flags);
}

ssize_t
sendmsg(int fd, const struct msghdr *message, int flags) {
  alone++;
  return syscall(SYS_sendmsg, fd, message, flags);
}

static void
count_anew(void) {
  together = alone = fail_at = sent_together = 0;
}

static void
ask(struct peer *peer, const char *what, unsigned int mid) {
  request(&d, CON, GET, mid, "");
  path(&d, what);
  peer_send(peer, &d);
}

/* The message id of the next answer that has come, -1 if none has. */
static int
answered(struct peer *peer) {
  struct reply r;

  return take(peer->fd, &r) && parse(&r) ? (int)r.mid : -1;
}

/* A burst of requests is answered completely and in order, with few system calls, also when there are more of them than
 * fit together. */
static void
a_burst(unsigned int mid) {
  long long end = milliseconds() + PATIENCE;
  unsigned int i;

  /* A machine that is busy with other things makes handlers look slow; what they answer goes out one by one then. */
  do {
    count_anew();
    for (i = 0; i < 100; i++, mid++)
      ask(&peers[i % 2], "probe", mid & 0xffff);
    EXPECT_ALIVE(&server);
    for (i = 0; i < 100; i++)
      EXPECT_EQ(answered(&peers[i % 2]), (mid - 100 + i) & 0xffff);
    EXPECT_EQ(alone + sent_together, 101);
  } while ((alone || together > 12) && milliseconds() < end);
  EXPECT_EQ(alone, 0);
  EXPECT(together >= 4 && together <= 12);
}

/* Garbage, duplicates and what was sent again are answered likewise. */
static void
other_answers(void) {
  count_anew();
  ask(&peers[0], "probe", 2000);
  ask(&peers[0], "probe", 2000);
  datagram_hex(&d, "40 01 2001 ff");
  peer_send(&peers[0], &d);
  datagram_hex(&d, "40 00 2002");
  peer_send(&peers[0], &d);
  EXPECT_ALIVE(&server);
  EXPECT_EQ(answered(&peers[0]), 2000);
  EXPECT_EQ(answered(&peers[0]), 2000);
  EXPECT_EQ(answered(&peers[0]), 0x2001);
  EXPECT_EQ(answered(&peers[0]), 0x2002);
  EXPECT_EQ(answered(&peers[0]), -1);
}

/* One that cannot be sent does not keep the others. */
static void
a_failure(void) {
  long long end = milliseconds() + PATIENCE;
  unsigned int i, mid = 3000;
  enum { BURST = 16 }; /* fewer are answered one by one */
  int answers[BURST];

  coap_set_log_level(LOG_EMERG);
  do {
    count_anew();
    fail_at = 3;
    for (i = 0; i < BURST; i++, mid++)
      ask(&peers[0], "probe", mid);
    EXPECT_ALIVE(&server);
    for (i = 0; i < BURST; i++)
      answers[i] = answered(&peers[0]);
  } while (alone && milliseconds() < end);
  EXPECT_EQ(alone, 0);
  for (i = 0; i < BURST - 1; i++)
    EXPECT_EQ(answers[i], mid - BURST + i + (i >= 2));
  EXPECT_EQ(answers[BURST - 1], -1);
  coap_set_log_level(LOG_WARNING);
  count_anew();
}

/* The simulated loss counts each datagram as it would alone. */
static void
loss(void) {
  unsigned int i;

  EXPECT_EQ(coap_debug_set_packet_loss("2,4"), 1);
  for (i = 0; i < 5; i++)
    ask(&peers[0], "probe", 4000 + i);
  EXPECT_ALIVE(&server);
  EXPECT_EQ(coap_debug_set_packet_loss("0%"), 1);
  EXPECT_EQ(coap_debug_set_packet_loss("99999"), 1);
  EXPECT_EQ(answered(&peers[0]), 4000);
  EXPECT_EQ(answered(&peers[0]), 4002);
  EXPECT_EQ(answered(&peers[0]), 4004);
  EXPECT_EQ(answered(&peers[0]), -1);
}

/* What a handler does while the answer to the request before its own waits. */
static enum { SENDS, RUNS_THE_LOOP, HAS_A_HOOK, FREES_THE_ENDPOINT, IS_SLOW, AFTER_SLOW } what;
static int handled, hooked, first = 5000;
static ssize_t (*built_in)(coap_socket_t *, const coap_session_t *, const uint8_t *, size_t);

static ssize_t
hook(coap_socket_t *sock, const coap_session_t *session, const uint8_t *data, size_t length) {
  hooked++;
  return built_in(sock, session, data, length);
}

static void
act(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *req, coap_binary_t *token,
    coap_string_t *query, coap_pdu_t *response) {
  coap_pdu_t *pdu;
  struct timespec moment = {0, 20 * 1000 * 1000};

  (void)resource, (void)token, (void)query;
  handled++;
  response->code = COAP_RESPONSE_CODE_CHANGED;
  switch (what) {
  case SENDS:
    /* At once, and behind the answer that waits. */
    pdu = coap_pdu_init(COAP_MESSAGE_NON, COAP_RESPONSE_CODE_CONTENT, 0x5555, 64);
    EXPECT_EQ(coap_send(session, pdu), 0x5555);
    EXPECT_EQ(answered(&peers[0]), first);
    EXPECT_EQ(answered(&peers[0]), 0x5555);
    break;
  case RUNS_THE_LOOP:
    coap_io_process(context, COAP_IO_NO_WAIT);
    EXPECT_EQ(answered(&peers[0]), first);
    break;
  case HAS_A_HOOK:
    /* From here on the hook gets each datagram at once; what waits is none of its business. */
    built_in = context->network_send;
    context->network_send = hook;
    break;
  case FREES_THE_ENDPOINT:
    coap_free_endpoint(server.endpoint);
    EXPECT_EQ(answered(&peers[0]), first);
    break;
  case IS_SLOW:
    nanosleep(&moment, NULL);
    what = AFTER_SLOW;
    break;
  case AFTER_SLOW:
    /* Nothing waits any more. */
    EXPECT_EQ(answered(&peers[0]), req->mid - 2);
    EXPECT_EQ(answered(&peers[0]), req->mid - 1);
    break;
  }
}

/* One that is answered without a handler of this file, and then one that is handled by it, in one go. */
static void
two_in_one_go(int does) {
  what = does;
  handled = hooked = 0;
  first += 10;
  ask(&peers[0], "probe", (unsigned int)first);
  ask(&peers[0], "act", (unsigned int)first + 1);
}

static void
handlers(void) {
  server_resource(&server, "act", COAP_REQUEST_GET, act);

  two_in_one_go(SENDS);
  EXPECT_ALIVE(&server);
  EXPECT_EQ(answered(&peers[0]), first + 1);
  EXPECT_EQ(handled, 1);

  two_in_one_go(RUNS_THE_LOOP);
  EXPECT_ALIVE(&server);
  EXPECT_EQ(answered(&peers[0]), first + 1);
  EXPECT_EQ(handled, 1);

  two_in_one_go(HAS_A_HOOK);
  EXPECT_ALIVE(&server);
  EXPECT_EQ(answered(&peers[0]), first);
  EXPECT_EQ(answered(&peers[0]), first + 1);
  EXPECT_EQ(hooked, 2);                  /* this answer, and the one that the probe of EXPECT_ALIVE got */
  server.context->network_send = built_in;
  EXPECT_ALIVE(&server);
  EXPECT_EQ(hooked, 2);

  two_in_one_go(IS_SLOW);
  ask(&peers[0], "act", (unsigned int)first + 2);
  EXPECT_ALIVE(&server);
  EXPECT_EQ(answered(&peers[0]), first + 2);
  EXPECT_EQ(handled, 2);
  a_burst(6000);                         /* after a while it is trusted again */

  two_in_one_go(FREES_THE_ENDPOINT);
  server_turn(&server);
  EXPECT_EQ(handled, 1);
  EXPECT_EQ(answered(&peers[0]), -1);
}

int
main(void) {
  server_start(&server);
  peer_open(&peers[0], &server);
  peer_open(&peers[1], &server);
  a_burst(1000);
  other_answers();
  a_failure();
  loss();
  handlers();
  peer_close(&peers[0]);
  peer_close(&peers[1]);
  server_stop(&server);
  return expect_done();
}
