/* Making sessions and endpoints: what fails leaves nothing behind and harms nobody else, and what makes a peer the same
 * peer (docs/spec/session.md, sections 2 to 4; rows S1, S7, S10, S11, S27, S31, S32). */
#define _GNU_SOURCE
#include "peer.h"

#include <dirent.h>
#include <dlfcn.h>
#include <sys/epoll.h>

/* epoll takes no more sockets while this is set. */
static int epoll_is_full;

int
epoll_ctl(int epfd, int op, int fd, struct epoll_event *event) {
  static int (*next)(int, int, int, struct epoll_event *);
  void *found;

  if (op == EPOLL_CTL_ADD && epoll_is_full) {
    errno = ENOSPC;
    return -1;
  }
  if (!next) {
    found = dlsym(RTLD_NEXT, "epoll_ctl");
    memcpy(&next, &found, sizeof(next));
  }
  return next(epfd, op, fd, event);
}

/* How many descriptors the program has. */
static int
descriptors(void) {
  DIR *directory = opendir("/proc/self/fd");
  int count = 0;

  while (directory && readdir(directory))
    count++;
  if (directory)
    closedir(directory);
  return count;
}

static int lines;

static void
on_log(coap_log_t level, const char *message) {
  (void)message;
  lines += level <= LOG_WARNING;
}

static int
refuse(void *out, size_t length) {
  (void)out, (void)length;
  return 0;
}

/* Each way in which making a session can fail; the number tells which. */
static coap_session_t *
failing(coap_context_t *context, unsigned int way) {
  coap_address_t to, local;
  coap_session_t *session;

  loopback_address(&to, 9);
  loopback_address(&local, 0);
  switch (way) {
  case 0: /* S7 */
    return coap_new_client_session(context, NULL, &to, COAP_PROTO_NONE);
  case 1: /* S7 */
    return coap_new_client_session(context, NULL, &to, (coap_proto_t)77);
  case 2: /* S7 */
    return coap_new_client_session(context, NULL, NULL, COAP_PROTO_UDP);
  case 3: /* S10: more than an address has room for, and no family to go by */
    to.addr.sa.sa_family = AF_UNIX;
    to.size = 200;
    return coap_new_client_session(context, NULL, &to, COAP_PROTO_UDP);
  case 4:
    to.addr.sa.sa_family = AF_UNSPEC;
    return coap_new_client_session(context, NULL, &to, COAP_PROTO_UDP);
  case 5: /* S10 */
    local.addr.sa.sa_family = AF_UNIX;
    local.size = 200;
    return coap_new_client_session(context, &local, &to, COAP_PROTO_UDP);
  case 6: /* an address that is not ours */
    local.addr.sin.sin_addr.s_addr = htonl(0xc0000201);
    return coap_new_client_session(context, &local, &to, COAP_PROTO_UDP);
  case 7: /* S11 */
    epoll_is_full = 1;
    session = coap_new_client_session(context, NULL, &to, COAP_PROTO_UDP);
    epoll_is_full = 0;
    return session;
  case 8: /* X14 */
    coap_set_prng(refuse);
    session = coap_new_client_session(context, NULL, &to, COAP_PROTO_UDP);
    coap_set_prng(NULL);
    return session;
  default:
    return NULL;
  }
}

/* S1: whatever fails, the other sessions stay listed and work, and no descriptor is left open. */
static void
others_unaffected(struct server *server) {
  coap_context_t *context = server->context;
  coap_session_t *sessions[3], *session, *next;
  struct reply r;
  uint16_t port;
  int silent = silent_socket(&port), before, seen;
  unsigned int way, i;

  for (i = 0; i < 3; i++)
    sessions[i] = client_session(server, port, COAP_PROTO_UDP);
  before = descriptors();
  for (way = 0; way <= 8; way++) {
    lines = 0;
    EXPECT(failing(context, way) == NULL);
    EXPECT(lines > 0 || way == 8);
    EXPECT_EQ(descriptors(), before);
    seen = 0;
    SESSIONS_ITER(context->sessions, session, next) {
      EXPECT(session == sessions[seen]);
      seen++;
    }
    EXPECT_EQ(seen, 3);
    EXPECT_EQ(HASH_COUNT(context->sessions), 3);
    for (i = 0; i < 3; i++) {
      EXPECT(coap_send(sessions[i], coap_pdu_init(NON, GET, (uint16_t)i, 100)) == (coap_mid_t)i);
      EXPECT(take(silent, &r));
    }
  }
  for (i = 0; i < 3; i++)
    coap_session_release(sessions[i]);
  EXPECT(context->sessions == NULL);
  close(silent);
}

/* The same for endpoints and contexts (S7, S10, S11). */
static void
endpoints(struct server *server) {
  coap_context_t *context = server->context;
  coap_address_t address;
  int before = descriptors();

  lines = 0;
  EXPECT(coap_new_endpoint(context, NULL, COAP_PROTO_UDP) == NULL); /* S7 */
  EXPECT_EQ(lines, 1);
  loopback_address(&address, 0);
  EXPECT(coap_new_endpoint(NULL, &address, COAP_PROTO_UDP) == NULL); /* S7 */
  EXPECT_EQ(lines, 2);
  EXPECT(coap_new_endpoint(context, &address, COAP_PROTO_NONE) == NULL);
  EXPECT(coap_new_endpoint(context, &address, (coap_proto_t)200) == NULL);
  EXPECT_EQ(lines, 4);
  epoll_is_full = 1;
  EXPECT(coap_new_endpoint(context, &address, COAP_PROTO_UDP) == NULL); /* S11 */
  EXPECT(coap_new_context(NULL) == NULL);
  EXPECT(coap_new_context(&address) == NULL);
  epoll_is_full = 0;
  address.addr.sa.sa_family = AF_UNIX;
  address.size = 200;
  EXPECT(coap_new_endpoint(context, &address, COAP_PROTO_UDP) == NULL); /* S10 */
  EXPECT(coap_new_context(&address) == NULL);
  address.addr.sa.sa_family = AF_INET;
  address.size = 4;
  EXPECT(coap_new_endpoint(context, &address, COAP_PROTO_UDP) == NULL);
  EXPECT(context->endpoint == server->endpoint);
  EXPECT_EQ(descriptors(), before);
  EXPECT_ALIVE(server);
}

static void
packet_from(coap_packet_t *packet, uint32_t source, uint16_t port) {
  memset(packet, 0, sizeof(*packet));
  loopback_address(&packet->addr_info.remote, port);
  packet->addr_info.remote.addr.sin.sin_addr.s_addr = htonl(source);
  loopback_address(&packet->addr_info.local, 5683);
  packet->length = 4;
}

/* What makes a peer the same peer: its address and port, the scope of IPv6, and the local port. Not padding (S32), not
 * flow information, not the local address or the interface, which follow the packet. */
static void
peers(struct server *server) {
  coap_packet_t packet;
  coap_session_t *first, *other;
  coap_tick_t now;

  coap_ticks(&now);
  packet_from(&packet, 0x7f010101, 1000);
  first = coap_endpoint_get_session(server->endpoint, &packet, now);
  EXPECT(first && first->type == COAP_SESSION_TYPE_SERVER && first->ref == 0 && first->sock.flags == 0);
  EXPECT_EQ(first->addr_hash.lport, 5683);
  EXPECT(coap_address_equals(&first->addr_hash.remote, &packet.addr_info.remote));
  memset(packet.addr_info.remote.addr.sin.sin_zero, 0xa5, sizeof(packet.addr_info.remote.addr.sin.sin_zero));
  packet.addr_info.remote.size = 28;
  packet.addr_info.local.addr.sin.sin_addr.s_addr = htonl(0x7f000002);
  packet.ifindex = 7;
  EXPECT(coap_endpoint_get_session(server->endpoint, &packet, now + 5) == first); /* S32 */
  EXPECT_EQ(first->ifindex, 7);
  EXPECT_EQ(first->last_rx_tx, now + 5);
  EXPECT_EQ(first->addr_info.local.addr.sin.sin_addr.s_addr, htonl(0x7f000002));
  packet_from(&packet, 0x7f010101, 1001);
  other = coap_endpoint_get_session(server->endpoint, &packet, now);
  EXPECT(other && other != first);
  packet_from(&packet, 0x7f010101, 1000);
  packet.addr_info.local.addr.sin.sin_port = htons(5684);
  other = coap_endpoint_get_session(server->endpoint, &packet, now);
  EXPECT(other && other != first);

  packet_from(&packet, 0, 0);
  memset(&packet.addr_info.remote, 0, sizeof(coap_address_t));
  packet.addr_info.remote.size = sizeof(struct sockaddr_in6);
  packet.addr_info.remote.addr.sin6.sin6_family = AF_INET6;
  packet.addr_info.remote.addr.sin6.sin6_addr.s6_addr[0] = 0xfe;
  packet.addr_info.remote.addr.sin6.sin6_addr.s6_addr[1] = 0x80;
  packet.addr_info.remote.addr.sin6.sin6_scope_id = 1;
  first = coap_endpoint_get_session(server->endpoint, &packet, now);
  packet.addr_info.remote.addr.sin6.sin6_flowinfo = 99;
  EXPECT(first && coap_endpoint_get_session(server->endpoint, &packet, now) == first);
  packet.addr_info.remote.addr.sin6.sin6_scope_id = 2;
  EXPECT(coap_endpoint_get_session(server->endpoint, &packet, now) != first);

  /* S10: a source of no known family makes no session. */
  packet.addr_info.remote.addr.sa.sa_family = AF_UNIX;
  packet.addr_info.remote.size = 4000;
  EXPECT(coap_endpoint_get_session(server->endpoint, &packet, now) == NULL);
}

/* S31, X18: a peer's session is found or made in the same time, whether there are few others or many. */
static void
many(void) {
  enum { ROUND = 5000, ROUNDS = 10 };
  struct server server;
  coap_packet_t packet;
  long long took[ROUNDS], start;
  coap_tick_t now;
  unsigned int round, i;
  int failed = 0;

  server_start(&server);
  coap_ticks(&now);
  for (round = 0; round < ROUNDS; round++) {
    start = milliseconds();
    for (i = 0; i < ROUND; i++) {
      packet_from(&packet, 0x0a000000 + round * ROUND + i, 4000);
      failed += !coap_endpoint_get_session(server.endpoint, &packet, now);
      failed += !coap_endpoint_get_session(server.endpoint, &packet, now);
    }
    took[round] = milliseconds() - start;
  }
  EXPECT_EQ(failed, 0);
  EXPECT(took[ROUNDS - 1] <= 4 * took[0] + 200);
  server_stop(&server);
}

/* S27: an MTU that 16 bits do not hold is as large as they can say; it counts for later sessions only. */
static void
default_mtu(struct server *server) {
  coap_packet_t packet;
  coap_tick_t now;
  coap_session_t *before;

  coap_ticks(&now);
  packet_from(&packet, 0x7f020202, 1);
  before = coap_endpoint_get_session(server->endpoint, &packet, now);
  coap_endpoint_set_default_mtu(server->endpoint, 65536);
  EXPECT_EQ(before->mtu, 1152);
  packet_from(&packet, 0x7f020202, 2);
  EXPECT_EQ(coap_endpoint_get_session(server->endpoint, &packet, now)->mtu, 65535);
  coap_endpoint_set_default_mtu(server->endpoint, 0xffffffff);
  packet_from(&packet, 0x7f020202, 3);
  EXPECT_EQ(coap_endpoint_get_session(server->endpoint, &packet, now)->mtu, 65535);
  coap_endpoint_set_default_mtu(server->endpoint, 100);
  packet_from(&packet, 0x7f020202, 4);
  EXPECT_EQ(coap_endpoint_get_session(server->endpoint, &packet, now)->mtu, 100);
}

int
main(void) {
  struct server server;

  coap_set_log_level(LOG_WARNING);
  coap_set_log_handler(on_log);
  server_start(&server);
  others_unaffected(&server);
  endpoints(&server);
  peers(&server);
  default_mtu(&server);
  server_stop(&server);
  many();
  coap_set_log_handler(NULL);
  return expect_done();
}
