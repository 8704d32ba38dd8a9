/* Very many peers, very many descriptors, sessions that end in the same batch of events: hostile.md X18, X23, X24. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/select.h>

#include "peer.h"

static struct datagram d;
static coap_session_t *a, *b;
static int responses;

/* A socket with an address of its own: 127.x.y.1, any port. */
static int
socket_number(const struct server *server, unsigned int number) {
  char source[32];

  snprintf(source, sizeof(source), "127.%u.%u.1", number >> 8 & 255, number & 255);
  return open_socket(source, server->port);
}

/* One exchange of a peer that comes and goes. Leaves its address in *from. */
static int
visit(struct server *server, unsigned int number, int malformed, coap_address_t *from) {
  struct reply r;
  int answered = 0, fd = socket_number(server, number);
  socklen_t size = sizeof(from->addr.sin);

  if (fd < 0)
    return 0;
  if (from) {
    coap_address_init(from);
    from->size = size;
    getsockname(fd, &from->addr.sa, &size);
  }
  if (malformed) {
    datagram_hex(&d, "60 01 0001 f0"); /* an ACK, so not even an RST comes back */
    answered = send_datagram(fd, &d);
    server_turn(server);
  } else {
    request(&d, CON, GET, number & 0xffff, "v");
    path(&d, "probe");
    if (send_datagram(fd, &d))
      answered = await(server, fd, &r, PATIENCE) && parse(&r) && r.code == 0x45;
  }
  close(fd);
  return answered;
}

/* X18: a session is found or made in the same time, whatever their number; malformed datagrams make none. */
static void
many_peers(struct server *server) {
  enum { ROUND = 1000, ROUNDS = 4 };
  long long took[ROUNDS], start;
  size_t before, after;
  unsigned int i, round, unanswered = 0;

  EXPECT(visit(server, 0, 0, NULL));
  before = heap_in_use();
  for (i = 1; i <= 2000; i++)
    unanswered += !visit(server, i, 1, NULL);
  EXPECT_EQ(unanswered, 0);
  after = heap_in_use();
  EXPECT(after < before + 64 * 1024);
  for (round = 0; round < ROUNDS; round++) {
    start = milliseconds();
    for (i = 1; i <= ROUND; i++)
      unanswered += !visit(server, round * ROUND + i, 0, NULL);
    took[round] = milliseconds() - start;
  }
  EXPECT_EQ(unanswered, 0);
  EXPECT(took[ROUNDS - 1] <= 4 * took[0] + 200);
  EXPECT(heap_in_use() - after < (size_t)ROUNDS * ROUND * 8192);
  EXPECT_ALIVE(server);
}

/* X18: beyond the limit the sessions that have been idle longest go, and nobody else notices. */
static void
idle_limit(void) {
  struct server server;
  coap_address_t first, last;
  unsigned int i;
  int interface; /* a session is found by its peer and the interface */

  server_start(&server);
  server.context->max_idle_sessions = 10;
  EXPECT(visit(&server, 1, 0, &first));
  for (interface = 0; interface < 64 && !coap_session_get_by_peer(server.context, &first, interface); interface++)
    ;
  EXPECT(interface < 64);
  for (i = 2; i <= 100; i++)
    EXPECT(visit(&server, i, 0, &last));
  EXPECT(coap_session_get_by_peer(server.context, &first, interface) == NULL);
  EXPECT(coap_session_get_by_peer(server.context, &last, interface) != NULL);
  EXPECT_ALIVE(&server);
  server_stop(&server);
}

/* X23: descriptors beyond 1,023 work with both calls, and running out of them does not stop what goes on. */
static void
many_descriptors(void) {
  static int held[70000];
  struct server server;
  struct rlimit limit, old;
  struct peer peer;
  struct reply r;
  coap_session_t *session;
  fd_set reads;
  int count = 0, fd;

  getrlimit(RLIMIT_NOFILE, &old);
  limit = old;
  limit.rlim_cur = old.rlim_max < 4096 ? old.rlim_max : 4096;
  setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < 1200) {
    printf("descriptors: skipped, this machine gives us only %lu\n", (unsigned long)limit.rlim_cur);
    return;
  }
  do
    fd = held[count++] = open("/dev/null", O_RDONLY | O_CLOEXEC);
  while (fd >= 0 && fd < 1100);

  server_start(&server);
  EXPECT(coap_context_get_coap_fd(server.context) > 1023);
  EXPECT_ALIVE(&server);
  peer_open(&peer, &server);
  request(&d, CON, GET, 0x2300, "f");
  path(&d, "probe");
  peer_send(&peer, &d);
  FD_ZERO(&reads);
  FD_SET(0, &reads);
  EXPECT(coap_io_process_with_fds(server.context, 1000, 1, &reads, NULL, NULL) >= 0);
  EXPECT(take(peer.fd, &r) && parse(&r) && r.code == 0x45);
  EXPECT(FD_ISSET(0, &reads)); /* the sets are left as they were (io.md 6.7) */

  /* Now use up all that are left. */
  while (count < 70000 && (fd = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0)
    held[count++] = fd;
  session = client_session(&server, server.port, COAP_PROTO_UDP);
  EXPECT(session == NULL);
  EXPECT(coap_new_context(NULL) == NULL);
  EXPECT_ALIVE(&server);
  while (count > 0)
    if ((fd = held[--count]) >= 0)
      close(fd);
  session = client_session(&server, server.port, COAP_PROTO_UDP);
  EXPECT(session != NULL);
  coap_session_release(session);
  EXPECT_ALIVE(&server);
  peer_close(&peer);
  server_stop(&server);
  setrlimit(RLIMIT_NOFILE, &old);
}

/* Ends the other session, whose answer waits in the same batch of events. */
static coap_response_t
on_response(coap_context_t *context, coap_session_t *session, coap_pdu_t *sent, coap_pdu_t *received,
            const coap_mid_t mid) {
  coap_session_t **other = session == a ? &b : &a;

  (void)context, (void)sent, (void)received, (void)mid;
  responses++;
  coap_session_release(*other);
  *other = NULL;
  return COAP_RESPONSE_OK;
}

static coap_session_t *
asking_client(struct server *server, uint16_t port) {
  coap_session_t *session = client_session(server, port, COAP_PROTO_UDP);
  coap_pdu_t *pdu;

  EXPECT(session != NULL);
  pdu = coap_pdu_init(NON, GET, coap_new_message_id(session), 100);
  coap_add_token(pdu, 1, (const uint8_t *)"x");
  EXPECT(coap_send(session, pdu) != COAP_INVALID_MID);
  return session;
}

/* X24: an event for a session that another event of the same batch has ended does nothing. */
static void
freed_in_a_batch(void) {
  struct server server;
  struct sockaddr_in from;
  socklen_t size;
  uint16_t ports[2];
  int fds[2], i, round;

  server_start(&server);
  coap_register_response_handler(server.context, on_response);
  for (round = 0; round < 20; round++) {
    for (i = 0; i < 2; i++)
      fds[i] = silent_socket(&ports[i]);
    a = asking_client(&server, ports[0]);
    b = asking_client(&server, ports[1]);
    responses = 0;
    for (i = 0; i < 2; i++) { /* both answers are there before the loop looks */
      size = sizeof(from);
      EXPECT(recvfrom(fds[i], d.bytes, sizeof(d.bytes), 0, (struct sockaddr *)&from, &size) > 4);
      d.bytes[1] = 0x45;
      d.length = 5;
      EXPECT(sendto(fds[i], d.bytes, d.length, 0, (struct sockaddr *)&from, size) == 5);
    }
    EXPECT_ALIVE(&server);
    EXPECT_EQ(responses, 1);
    EXPECT((a == NULL) != (b == NULL));
    coap_session_release(a ? a : b);
    close(fds[0]);
    close(fds[1]);
  }
  server_stop(&server);
}

int
main(void) {
  struct server server;

  coap_set_log_level(LOG_EMERG);
  server_start(&server);
  many_peers(&server);
  server_stop(&server);
  idle_limit();
  many_descriptors();
  freed_in_a_batch();
  return expect_done();
}
