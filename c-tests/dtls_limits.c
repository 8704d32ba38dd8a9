/* How many peers of an endpoint over DTLS may be in their handshake, and what may be kept of those that are not yet
 * (docs/spec/session.md, 4.1, S28 to S30; hostile.md X25). */
/* only: openssl */
/* flags: -lssl -lcrypto */
#include "dtls_peer.h"

static struct dtls_world world;

#define MOST 3

/* Up to the server's first flight, which is not read. */
static void
begin(struct dtls_peer *peer) {
  dtls_open(peer, &world, KEY);
  EXPECT(!dtls_step(peer));
  dtls_post(peer);
  EXPECT(dtls_await(peer, PATIENCE));
  EXPECT(!dtls_step(peer));
  dtls_post(peer);
  server_turn(&world.server);
}

/* X25: the oldest unfinished handshake gives way; but not one that is referred to, and none that is complete. */
static void
handshakes(void) {
  struct dtls_peer done, peers[MOST], more, last;
  coap_session_t *first, *kept[MOST];
  int i;

  world.server.context->max_handshake_sessions = MOST;
  dtls_open(&done, &world, KEY);
  EXPECT(dtls_handshake(&done));
  EXPECT_EVENTS(COAP_EVENT_DTLS_CONNECTED);
  for (i = 0; i < MOST; i++)
    begin(&peers[i]);
  first = coap_session_reference(dtls_session(&peers[0]));
  EXPECT_NO_EVENT();
  begin(&more);
  EXPECT_EQ(event_count, 1);
  EXPECT(CLOSED_EVENT(0));
  forget_events();
  EXPECT(dtls_session(&peers[0]) == first);
  EXPECT(!dtls_session(&peers[1]));
  EXPECT(dtls_session(&peers[2]) && dtls_session(&more));
  /* All of them are referred to: the next one has to wait. */
  kept[0] = first;
  kept[1] = coap_session_reference(dtls_session(&peers[2]));
  kept[2] = coap_session_reference(dtls_session(&more));
  begin(&last);
  EXPECT(!dtls_session(&last));
  EXPECT_NO_EVENT();
  dtls_close(&last);
  for (i = 0; i < MOST; i++)
    coap_session_release(kept[i]);
  begin(&last);
  EXPECT(dtls_session(&last) != NULL);
  EXPECT(CLOSED_EVENT(0));
  EXPECT(dtls_handshake(&last));
  EXPECT(dtls_session(&done) != NULL);
  dtls_ask(&done, CON, 1);
  dtls_post(&done);
  EXPECT(dtls_answered(&done, 1));
  forget_events();
  dtls_close(&done);
  dtls_close(&more);
  dtls_close(&last);
  for (i = 0; i < MOST; i++)
    dtls_close(&peers[i]);
  world.server.context->max_handshake_sessions = 0;
}

/* A packet as if it had come from this port. */
static coap_packet_t *
packet(uint16_t port, const char *bytes, size_t length) {
  static coap_packet_t packet;

  memset(&packet, 0, sizeof(packet));
  loopback_address(&packet.addr_info.remote, port);
  loopback_address(&packet.addr_info.local, world.port);
  memcpy(packet.payload, bytes, length);
  packet.length = length;
  return &packet;
}

static const char hello[] = "\x16\xfe\xfd\0\0\0\0\0\0\0\0\0\x01\x01";
enum { HELLO = 14 };

static coap_session_t *
record(uint16_t port, coap_tick_t now) {
  return coap_endpoint_get_session(world.endpoint, packet(port, hello, HELLO), now);
}

/* S28, S30, note f: records that the application asks for. */
static void
records(void) {
  struct dtls_peer peer, idle;
  coap_session_t *session, *again;
  coap_tick_t now;
  struct sockaddr_in own;
  socklen_t size = sizeof(own);
  int i;

  /* S28: garbage makes none, and drives nobody away. */
  world.server.context->max_idle_sessions = 1;
  dtls_open(&idle, &world, KEY);
  EXPECT(dtls_handshake(&idle));
  server_turn(&world.server);
  forget_events();
  coap_ticks(&now);
  EXPECT(!coap_endpoint_get_session(world.endpoint, packet(1000, hello, HELLO - 1), now));
  EXPECT(!coap_endpoint_get_session(world.endpoint, packet(1000, "\x17\xfe\xfd\0\0\0\0\0\0\0\0\0\x01\x01", 14), now));
  EXPECT(!coap_endpoint_get_session(world.endpoint, packet(1000, "\x16\xfe\xfd\0\0\0\0\0\0\0\0\0\x01\x02", 14), now));
  packet(1000, hello, HELLO)->length = 5000;
  dtls_open(&peer, &world, KEY);
  dtls_send_bytes(&peer, "garbage of more than 14 bytes", 29);
  dtls_send_bytes(&peer, hello, HELLO);
  EXPECT(!dtls_await(&peer, 50));
  EXPECT_NO_EVENT();
  EXPECT(dtls_session(&idle) != NULL);

  /* A record: HELLO, NONE, no reference; the oldest idle session gave way to it, since one is the limit. */
  session = record(1000, now);
  EXPECT(session != NULL);
  EXPECT_EQ(session->type, COAP_SESSION_TYPE_HELLO);
  EXPECT_EQ(session->state, COAP_SESSION_STATE_NONE);
  EXPECT_EQ(session->ref, 0);
  EXPECT(session->tls == NULL);
  EXPECT_EQ(session->last_rx_tx, now);
  session->app = &world; /* a later one has none, even where its memory is the same */
  EXPECT_EQ(session->tls_overhead, 29);
  EXPECT(CLOSED_EVENT(0));
  EXPECT(record(1000, now + 1)->app == &world);
  forget_events();
  world.server.context->max_idle_sessions = 0;

  /* It is swept after 30 seconds, unless somebody refers to it. */
  again = coap_session_reference(record(1001, now));
  coap_io_prepare_epoll(world.server.context, now + 29000);
  EXPECT(record(1000, now)->app == &world);
  coap_io_prepare_epoll(world.server.context, now + 30000);
  EXPECT(record(1000, now)->app == NULL);
  coap_session_release(again);
  EXPECT(record(1001, now) == again);
  coap_io_prepare_epoll(world.server.context, now + 60000);
  EXPECT_NO_EVENT();

  /* S30: with the limit reached the oldest gives way, and exactly as many stay. */
  world.server.context->max_handshake_sessions = MOST;
  for (i = 0; i < MOST + 2; i++)
    EXPECT(record((uint16_t)(2000 + i), now + 100 + (coap_tick_t)i) != NULL);
  for (i = 0; i < MOST; i++)
    EXPECT(coap_session_reference(record((uint16_t)(2002 + i), now)) != NULL);
  EXPECT(!record(2001, now)); /* all are referred to */
  for (i = 0; i < MOST; i++)
    coap_session_release(record((uint16_t)(2002 + i), now));

  /* None is a reason to drop a ClientHello with a cookie; and the record of its own peer is the one that it gets. */
  EXPECT(getsockname(peer.fd, (struct sockaddr *)&own, &size) == 0);
  session = record(ntohs(own.sin_port), now);
  EXPECT(session != NULL && session->type == COAP_SESSION_TYPE_HELLO);
  EXPECT(dtls_handshake(&peer));
  EXPECT(dtls_session(&peer) == session);
  EXPECT_EQ(session->type, COAP_SESSION_TYPE_SERVER);
  EXPECT_EQ(session->state, COAP_SESSION_STATE_ESTABLISHED);
  EXPECT_EVENTS(COAP_EVENT_DTLS_CONNECTED);
  world.server.context->max_handshake_sessions = 0;
  dtls_close(&peer);
  dtls_close(&idle);
}

/* 7.3: who refuses in the first flight says so, and nothing else happens. */
static void
refused(void) {
  struct dtls_peer peer;

  dtls_open(&peer, &world, KEY);
  SSL_set_cipher_list(peer.ssl, "ECDHE-ECDSA-AES128-GCM-SHA256");
  EXPECT(!dtls_step(&peer));
  dtls_post(&peer);
  EXPECT(dtls_await(&peer, PATIENCE));
  EXPECT(!dtls_step(&peer));
  dtls_post(&peer);
  EXPECT(dtls_await(&peer, PATIENCE));
  EXPECT_EQ(peer.in.bytes[0], 21);
  EXPECT_EQ(peer.in.bytes[13], 2);
  EXPECT(peer.in.bytes[14] == 40 || peer.in.bytes[14] == 115);
  EXPECT(!dtls_session(&peer));
  EXPECT_NO_EVENT();
  dtls_close(&peer);
}

int
main(void) {
  coap_set_log_level(LOG_EMERG);
  world_start(&world);
  handshakes();
  records();
  refused();
  EXPECT_ALIVE(&world.server);
  world_stop(&world);
  return expect_done();
}
