/* The hooks for datagrams (docs/spec/io.md, sections 4.1 to 4.5): what they get, what their results mean, and datagrams
 * that are too long (X9, I18), empty, or come with nothing to say where they arrived (I11). I19, I28. */
#define _GNU_SOURCE
#include "peer.h"

static struct server server;
static struct datagram d;

static int reads, sends;
static ssize_t read_result, send_result; /* what the hooks return instead of the truth, if not 0 */
static coap_packet_t before, after;
static coap_socket_flags_t flags_seen;
static const coap_socket_t *sock_seen;

static ssize_t
on_read(coap_socket_t *sock, coap_packet_t *packet) {
  ssize_t length;

  reads++;
  before = *packet;
  flags_seen = sock->flags;
  sock_seen = sock;
  length = coap_network_read(sock, packet);
  after = *packet;
  return read_result ? read_result : length;
}

static ssize_t
on_send(coap_socket_t *sock, const coap_session_t *session, const uint8_t *data, size_t length) {
  sends++;
  sock_seen = sock;
  return send_result ? send_result : coap_network_send(sock, session, data, length);
}

static int lines;

static void
on_log(coap_log_t level, const char *message) {
  (void)message;
  lines += level <= LOG_WARNING;
}

static int nacks;

static void
on_nack(coap_context_t *context, coap_session_t *session, coap_pdu_t *sent, coap_nack_reason_t reason,
        const coap_mid_t mid) {
  (void)context, (void)session, (void)sent, (void)mid;
  EXPECT_EQ(reason, COAP_NACK_ICMP_ISSUE);
  nacks++;
}

/* Serves until the read hook has been called so often. */
static void
until_read(int wanted) {
  long long end = milliseconds() + PATIENCE;

  while (reads < wanted && milliseconds() < end)
    coap_io_process(server.context, 100);
  EXPECT_EQ(reads, wanted);
}

/* At an endpoint: one call for each event, and what the packet holds before and after. */
static void
at_the_endpoint(void) {
  coap_address_t bound, none;
  struct peer peer;
  struct reply r;
  int i;

  loopback_address(&bound, server.port);
  coap_address_init(&none);
  peer_open(&peer, &server);
  for (i = 0; i < 3; i++) { /* I28: a hook sees no call that the kernel did not announce */
    request(&d, CON, GET, 0x100 + (unsigned)i, "t");
    path(&d, "probe");
    peer_send(&peer, &d);
  }
  reads = sends = 0;
  until_read(1);
  EXPECT_EQ(sends, 1);
  EXPECT(flags_seen == 0x0113 && sock_seen->endpoint == server.endpoint && sock_seen->session == NULL);
  EXPECT(coap_address_equals(&before.addr_info.local, &bound));
  EXPECT(before.addr_info.remote.size == none.size && !memcmp(&before.addr_info.remote.addr, &none.addr, 28));
  EXPECT(after.length == d.length && after.addr_info.remote.addr.sin.sin_addr.s_addr == htonl(INADDR_LOOPBACK));
  EXPECT(coap_address_equals(&after.addr_info.local, &bound));
  EXPECT(after.ifindex > 0);
  EXPECT(take(peer.fd, &r) && parse(&r) && r.code == 0x45);
  EXPECT(!take(peer.fd, &r));
  until_read(3);
  EXPECT(take(peer.fd, &r) && take(peer.fd, &r) && !take(peer.fd, &r));

  /* What the hook says counts: nothing, or an error, whatever the packet holds. */
  for (i = 0; i < 3; i++) {
    static const ssize_t results[] = {-1, -2, -77};

    lines = 0;
    read_result = results[i];
    request(&d, CON, GET, 0x200 + (unsigned)i, "t");
    path(&d, "probe");
    peer_send(&peer, &d);
    reads = sends = 0;
    until_read(1);
    EXPECT(sends == 0 && lines == 1);
    EXPECT(!take(peer.fd, &r));
  }
  read_result = 0;
  /* Empty ones are nothing to do, and no reason to say anything. */
  lines = 0;
  EXPECT(send(peer.fd, "", 0, 0) == 0);
  reads = sends = 0;
  until_read(1);
  EXPECT(sends == 0 && lines == 0);
  EXPECT_ALIVE(&server);
  peer_close(&peer);
}

/* A packet that a hook claims to be longer than it is, is read as far as it goes. */
static ssize_t
boast(coap_socket_t *sock, coap_packet_t *packet) {
  ssize_t length = coap_network_read(sock, packet);

  reads++;
  packet->length = 1000000;
  return length > 0 ? 1000000 : length;
}

static void
boasting_hook(void) {
  struct peer peer;

  peer_open(&peer, &server);
  server.context->network_read = boast;
  reads = 0;
  request(&d, CON, GET, 0x300, "t");
  path(&d, "probe");
  peer_send(&peer, &d);
  until_read(1);
  server.context->network_read = on_read;
  EXPECT_ALIVE(&server);
  peer_close(&peer);
}

/* A client session: its addresses go in, and what comes out overwrites them (section 4.5). */
static void
at_a_client(void) {
  uint16_t port;
  int silent = silent_socket(&port);
  coap_session_t *session = client_session(&server, port, COAP_PROTO_UDP);
  coap_addr_tuple_t addresses = session->addr_info;
  struct sockaddr_in from;
  socklen_t size = sizeof(from);
  coap_tick_t since;

  session->addr_info.local.size = 16;
  sends = 0;
  EXPECT(coap_send(session, coap_pdu_init(NON, GET, 1, 100)) == 1);
  EXPECT(sends == 1 && sock_seen == &session->sock);
  EXPECT(recvfrom(silent, d.bytes, sizeof(d.bytes), 0, (struct sockaddr *)&from, &size) == 4);
  EXPECT(sendto(silent, "\x60\0\0\1", 4, 0, (struct sockaddr *)&from, size) == 4);
  session->last_rx_tx = 0;
  reads = 0;
  until_read(1);
  EXPECT(flags_seen == 0x0115 && sock_seen == &session->sock);
  EXPECT(coap_address_equals(&before.addr_info.remote, &addresses.remote));
  EXPECT(coap_address_equals(&before.addr_info.local, &addresses.local));
  EXPECT(session->last_rx_tx != 0);
  EXPECT(coap_address_equals(&session->addr_info.remote, &addresses.remote) && session->ifindex == 0);

  /* A hook's 0 leaves last_rx_tx alone; its -2 is an ICMP error. */
  session->last_rx_tx = since = 1;
  EXPECT(sendto(silent, "", 0, 0, (struct sockaddr *)&from, size) == 0);
  until_read(2);
  EXPECT(session->last_rx_tx == since);
  EXPECT(coap_send(session, coap_pdu_init(CON, GET, 2, 100)) == 2);
  nacks = 0;
  read_result = -2;
  EXPECT(sendto(silent, "\x60\0\0\1", 4, 0, (struct sockaddr *)&from, size) == 4);
  until_read(3);
  read_result = 0;
  EXPECT(nacks == 1 && session->state == COAP_SESSION_STATE_ESTABLISHED && server.context->sendqueue);
  coap_cancel_all_messages(server.context, session, NULL, 0);

  /* What the send hook returns, other than the length, is passed up and counts as not sent. */
  session->last_rx_tx = since = 1;
  send_result = 3;
  EXPECT_EQ((long)coap_session_send(session, (const uint8_t *)"abcd", 4), 3);
  send_result = -9;
  EXPECT_EQ((long)coap_session_send(session, (const uint8_t *)"abcd", 4), -9);
  EXPECT_EQ(coap_send(session, coap_pdu_init(NON, GET, 3, 100)), COAP_INVALID_MID);
  EXPECT_EQ(coap_send(session, coap_pdu_init(CON, GET, 4, 100)), COAP_INVALID_MID);
  EXPECT(session->last_rx_tx == since && session->con_active == 0 && session->ref == 1);
  send_result = 0;
  EXPECT_EQ((long)coap_session_send(session, (const uint8_t *)"abcd", 4), 4);
  EXPECT(session->last_rx_tx != since);
  coap_session_release(session);
  close(silent);
}

/* X9, I18: a datagram longer than a packet is dropped, by the built-in function in either use of it. */
static void
too_long(int by_hook) {
  struct peer peer;
  struct reply r;

  server.context->network_read = by_hook ? on_read : coap_network_read;
  peer_open(&peer, &server);
  request(&d, CON, GET, 0x400, "t");
  path(&d, "probe");
  option(&d, COAP_OPTION_URI_QUERY, "q", 1);
  payload_of(&d, 'x', 1473 - d.length - 1); /* a message that is well-formed if it is cut */
  EXPECT_EQ((long)d.length, 1473);
  peer_send(&peer, &d);
  EXPECT_SILENCE(&peer);
  request(&d, CON, GET, 0x401, "t");
  path(&d, "probe");
  peer_send(&peer, &d);
  EXPECT_REPLY(&peer, &r, ACK, 205);
  server.context->network_read = on_read;
  peer_close(&peer);
}

/* I11: the socket of a session with a group does not ask where datagrams arrived. */
static void
group(void) {
  coap_address_t to;
  coap_session_t *session;
  struct sockaddr_in local;
  coap_packet_t packet;
  socklen_t size = sizeof(local);
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

  loopback_address(&to, 5683);
  to.addr.sin.sin_addr.s_addr = inet_addr("224.0.1.187");
  session = coap_new_client_session(server.context, NULL, &to, COAP_PROTO_UDP);
  EXPECT(session && session->sock.flags == 0x1011);
  EXPECT(getsockname(session->sock.fd, (struct sockaddr *)&local, &size) == 0);
  local.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  /* Nothing there: no error worth a word (I19). */
  lines = 0;
  session->sock.flags |= COAP_SOCKET_CAN_READ;
  EXPECT_EQ((long)coap_network_read(&session->sock, &packet), -1);
  EXPECT(lines == 0 && session->sock.flags == 0x1011);
  EXPECT(sendto(fd, "\x60\0\0\1", 4, 0, (struct sockaddr *)&local, size) == 4);
  reads = 0;
  until_read(1);
  EXPECT(after.length == 4 && after.ifindex == 0);
  EXPECT(after.addr_info.local.addr.sin.sin_port == local.sin_port);
  /* The session follows its last responder, and takes no confirmable message all the same (section 4.5). */
  EXPECT(session->addr_info.remote.addr.sin.sin_addr.s_addr == htonl(INADDR_LOOPBACK));
  EXPECT_EQ(coap_send(session, coap_pdu_init(CON, GET, 1, 100)), COAP_INVALID_MID);
  coap_session_release(session);
  close(fd);
}

/* coap_packet_get_memmapped() tells where the payload is. */
static void
memmapped(void) {
  coap_packet_t packet;
  unsigned char *address = NULL;
  size_t length = 0;

  packet.length = 77;
  coap_packet_get_memmapped(&packet, &address, &length);
  EXPECT(address == packet.payload && length == 77);
}

int
main(void) {
  coap_set_log_level(LOG_WARNING);
  coap_set_log_handler(on_log);
  server_start(&server);
  EXPECT(server.context->network_read == coap_network_read && server.context->network_send == coap_network_send);
  server.context->network_read = on_read;
  server.context->network_send = on_send;
  coap_register_nack_handler(server.context, on_nack);
  at_the_endpoint();
  boasting_hook();
  at_a_client();
  too_long(0);
  too_long(1);
  group();
  memmapped();
  server_stop(&server);
  coap_set_log_handler(NULL);
  return expect_done();
}
