/* Which addresses sockets and sessions have, bound or not, IPv4 and IPv6, and from which one an answer leaves
 * (docs/spec/session.md, sections 1.1, 2 and 3; docs/spec/io.md, sections 2, 3 and 4.3 to 4.5). */
#define _GNU_SOURCE
#include "peer.h"

static struct datagram d;

static void
loopback6(coap_address_t *address, uint16_t port) {
  coap_address_init(address);
  address->size = sizeof(address->addr.sin6);
  address->addr.sin6.sin6_family = AF_INET6;
  address->addr.sin6.sin6_addr = in6addr_loopback;
  address->addr.sin6.sin6_port = htons(port);
}

/* Not every machine has IPv6. */
static int
have_ipv6(void) {
  coap_address_t address;
  int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0), have;

  loopback6(&address, 0);
  have = fd >= 0 && bind(fd, &address.addr.sa, sizeof(address.addr.sin6)) == 0;
  if (fd >= 0)
    close(fd);
  return have;
}

static uint16_t
port_of(const coap_endpoint_t *endpoint) {
  return (uint16_t)strtoul(strrchr(coap_endpoint_str(endpoint), ':') + 1, NULL, 10);
}

/* A client bound to an address of ours, to any, or to an address that is none. */
static void
bound(coap_context_t *context) {
  coap_address_t to, local;
  coap_session_t *session;
  int family;

  loopback_address(&to, 0);
  loopback_address(&local, 0);
  local.addr.sin.sin_addr.s_addr = inet_addr("127.0.0.9");
  session = coap_new_client_session(context, &local, &to, COAP_PROTO_UDP);
  EXPECT(session && session->sock.flags == 0x0017 && session->sock.session == session);
  EXPECT(session->addr_info.local.addr.sin.sin_addr.s_addr == inet_addr("127.0.0.9"));
  EXPECT(coap_address_get_port(&session->addr_info.local) != 0);
  EXPECT_EQ(coap_address_get_port(&session->addr_info.remote), 5683);
  EXPECT(session->addr_info.local.size == 16 && session->addr_info.remote.size == 16);
  coap_session_release(session);

  coap_address_init(&local); /* family 0: the kernel chooses, and the flag is set all the same */
  session = coap_new_client_session(context, &local, &to, COAP_PROTO_UDP);
  EXPECT(session && session->sock.flags == 0x0017);
  EXPECT(session->addr_info.local.addr.sin.sin_addr.s_addr == htonl(INADDR_LOOPBACK));
  coap_session_release(session);

  to.size = 28; /* an address of IPv4 that still says 28 works */
  session = coap_new_client_session(context, NULL, &to, COAP_PROTO_UDP);
  EXPECT(session && session->addr_info.remote.size == 16);
  coap_session_release(session);

  for (family = 0; family < 2 && have_ipv6(); family++) {
    loopback6(&local, 0);
    loopback6(&to, 5683);
    if (family)
      to.addr.sin6.sin6_addr = in6addr_any; /* connecting to the wildcard works, too */
    session = coap_new_client_session(context, &local, &to, COAP_PROTO_UDP);
    EXPECT(session && session->state == COAP_SESSION_STATE_ESTABLISHED && session->sock.flags == 0x0017);
    EXPECT(session->addr_info.local.size == 28 && session->addr_info.remote.size == 28);
    EXPECT(session->addr_info.local.addr.sin6.sin6_port != 0);
    coap_session_release(session);
  }
  EXPECT(context->sessions == NULL);
}

/* An answer leaves from the address that the request was sent to, whichever of ours that was. */
static void
answers_from(coap_context_t *context) {
  struct server server = {.context = context};
  coap_address_t any;
  coap_session_t *session;
  struct sockaddr_in to, from;
  struct reply r;
  coap_tick_t now;
  socklen_t size;
  int i, fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  static const char *const ours[] = {"127.0.0.1", "127.3.2.1"};

  coap_address_init(&any);
  any.size = 16;
  any.addr.sin.sin_family = AF_INET;
  server.endpoint = coap_new_endpoint(context, &any, COAP_PROTO_UDP);
  EXPECT(server.endpoint && context->endpoint == server.endpoint);
  memset(&to, 0, sizeof(to));
  to.sin_family = AF_INET;
  to.sin_port = htons(port_of(server.endpoint));
  session = NULL;
  for (i = 0; i < 4; i++) {
    long long end = milliseconds() + PATIENCE;

    to.sin_addr.s_addr = inet_addr(ours[i & 1]);
    request(&d, CON, GET, (unsigned)i, "t");
    path(&d, "nowhere");
    EXPECT(sendto(fd, d.bytes, d.length, 0, (struct sockaddr *)&to, sizeof(to)) == (ssize_t)d.length);
    do {
      server_turn(&server);
      size = sizeof(from);
      r.length = (size_t)recvfrom(fd, r.bytes, sizeof(r.bytes), MSG_DONTWAIT, (struct sockaddr *)&from, &size);
    } while ((ssize_t)r.length < 0 && milliseconds() < end);
    EXPECT(parse(&r) && r.code == 0x84);
    EXPECT(from.sin_addr.s_addr == to.sin_addr.s_addr && from.sin_port == to.sin_port);
    /* One session, whose local address follows (session.md 4.1). */
    size = sizeof(from);
    getsockname(fd, (struct sockaddr *)&from, &size);
    loopback_address(&any, ntohs(from.sin_port));
    coap_ticks(&now);
    if (!session)
      session = coap_session_get_by_peer(context, &any, 1);
    EXPECT(session && session == coap_session_get_by_peer(context, &any, 1));
    EXPECT(session->addr_info.local.addr.sin.sin_addr.s_addr == to.sin_addr.s_addr);
    EXPECT(session->ifindex == 1 && now - session->last_rx_tx < PATIENCE);
  }
  EXPECT(session->sock.flags == 0 && session->sock.fd == 0 && session->sock.session == NULL);
  EXPECT(session->endpoint == server.endpoint && session->type == COAP_SESSION_TYPE_SERVER && session->ref == 0);
  close(fd);
}

/* An endpoint of IPv6 serves IPv4 as well, and shows its peers as mapped addresses. */
static void
dual_stack(coap_context_t *context) {
  struct server server = {.context = context, .prober = -1};
  coap_address_t any;
  struct peer peer;
  struct reply r;
  struct sockaddr_in own;
  socklen_t size = sizeof(own);
  coap_session_t *session;

  if (!have_ipv6())
    return;
  coap_address_init(&any);
  any.size = 28;
  any.addr.sin6.sin6_family = AF_INET6;
  server.endpoint = coap_new_endpoint(context, &any, COAP_PROTO_UDP);
  EXPECT(server.endpoint != NULL);
  server.port = port_of(server.endpoint);
  peer_open(&peer, &server); /* over IPv4 */
  request(&d, CON, GET, 9, "t");
  path(&d, "nowhere");
  peer_send(&peer, &d);
  EXPECT_REPLY(&peer, &r, ACK, 404);
  getsockname(peer.fd, (struct sockaddr *)&own, &size);
  coap_address_init(&any);
  any.size = 28;
  any.addr.sin6.sin6_family = AF_INET6;
  any.addr.sin6.sin6_port = own.sin_port;
  EXPECT(inet_pton(AF_INET6, "::ffff:127.0.0.1", &any.addr.sin6.sin6_addr) == 1);
  session = coap_session_get_by_peer(context, &any, 1);
  EXPECT(session && IN6_IS_ADDR_V4MAPPED(&session->addr_info.local.addr.sin6.sin6_addr));
  EXPECT(session && session->addr_hash.lport == server.port);
  peer_close(&peer);
}

/* The latest endpoint comes first; a port can be taken by one wildcard of each family. */
static void
endpoints(void) {
  coap_address_t listen;
  coap_context_t *context;
  coap_endpoint_t *first, *second;

  loopback_address(&listen, 0);
  context = coap_new_context(&listen);
  EXPECT(context && context->endpoint);
  first = context->endpoint;
  EXPECT(port_of(first) != 0);
  second = coap_new_endpoint(context, &listen, COAP_PROTO_UDP);
  EXPECT(second && context->endpoint == second && port_of(second) != port_of(first));
  coap_free_endpoint(second);
  EXPECT(context->endpoint == first);
  coap_free_endpoint(NULL);
  coap_free_context(context);
}

int
main(void) {
  coap_context_t *context = coap_new_context(NULL);

  coap_set_log_level(LOG_EMERG);
  bound(context);
  answers_from(context);
  dual_stack(context);
  coap_free_context(context);
  endpoints();
  return expect_done();
}
