/* When a handshake over DTLS is sent again, and given up, by a clock that stands still unless it is moved: forwards, back,
 * and by leaps (docs/spec/security.md, 7.4 and T23). */
/* only: openssl */
/* flags: -lssl -lcrypto -rdynamic */
#include <sys/time.h>

#include "remote.h"

#include "dtls_peer.h"

/* What OpenSSL goes by. */
int
gettimeofday(struct timeval *restrict now, void *restrict zone) {
  struct timespec precise;
  int result = clock_gettime(CLOCK_REALTIME, &precise);

  (void)zone;
  now->tv_sec = precise.tv_sec;
  now->tv_usec = precise.tv_nsec / 1000;
  return result;
}

static struct dtls_world world;

/* A pass at that time; how long nothing is due after it, in milliseconds. */
static unsigned int
pass(coap_tick_t now) {
  coap_socket_t *sockets[4];
  unsigned int count;

  return coap_io_prepare_io(world.server.context, sockets, 4, &count, now);
}

/* Time goes by; then the library does what is due. So many datagrams have come by then. */
static int
datagrams_after(struct dtls_peer *peer, long long ms) {
  int count = 0;

  later(&world.server, ms);
  while (dtls_take(peer))
    count++;
  return count;
}

static coap_session_t *
client(uint16_t port) {
  coap_address_t to;

  loopback_address(&to, port);
  return coap_new_client_session_psk(world.server.context, NULL, &to, COAP_PROTO_DTLS, "me", (const uint8_t *)KEY,
                                     sizeof(KEY) - 1);
}

/* 7.4: again after 1, 3, 7 and 15 seconds, given up after 31. */
static void
schedule(void) {
  static const int waits[] = {1000, 2000, 4000, 8000};
  struct dtls_peer peer;
  coap_session_t *session = client(dtls_open_server(&peer, &world, KEY));
  coap_pdu_t *pdu = coap_pdu_init(CON, GET, coap_new_message_id(session), 64);
  unsigned int next, i;

  EXPECT(coap_send(session, pdu) != COAP_INVALID_MID);
  EXPECT_EQ(datagrams_after(&peer, 0), 1);
  for (i = 0; i < 4; i++) {
    coap_tick_t now;

    EXPECT_EQ(session->dtls_timeout_count, i);
    EXPECT_EQ(datagrams_after(&peer, waits[i] / 2), 0);
    coap_ticks(&now);
    next = pass(now);
    EXPECT_EQ(next, waits[i] / 2);
    EXPECT_EQ(datagrams_after(&peer, waits[i] / 2 - 20), 0);
    EXPECT_EQ(datagrams_after(&peer, 20), 1);
    EXPECT_EQ(session->state, COAP_SESSION_STATE_HANDSHAKE);
  }
  EXPECT_EQ(datagrams_after(&peer, 15990), 0);
  EXPECT_NO_EVENT();
  EXPECT_EQ(datagrams_after(&peer, 10), 0);
  EXPECT_EQ(event_count, 1); /* and no DTLS_ERROR (section 9) */
  EXPECT(CLOSED_EVENT(0));
  EXPECT_EQ(nack_count, 1);
  EXPECT_EQ(nacks[0], COAP_NACK_TLS_FAILED);
  EXPECT_EQ(session->state, COAP_SESSION_STATE_NONE);
  EXPECT_EQ(session->dtls_timeout_count, 5);
  forget_events();
  /* The next attempt counts anew, and the wait is as short as at first. */
  pdu = coap_pdu_init(CON, GET, coap_new_message_id(session), 64);
  coap_session_set_max_retransmit(session, 1);
  EXPECT(coap_send(session, pdu) != COAP_INVALID_MID);
  EXPECT_EQ(session->dtls_timeout_count, 0);
  EXPECT_EQ(datagrams_after(&peer, 0), 1);
  EXPECT_EQ(datagrams_after(&peer, 1000), 1);
  EXPECT_EQ(datagrams_after(&peer, 1990), 0);
  EXPECT_NO_EVENT();
  EXPECT_EQ(datagrams_after(&peer, 10), 0);
  EXPECT(CLOSED_EVENT(0));
  forget_events();
  coap_session_release(session);
  EXPECT_NO_EVENT();
  dtls_close(&peer);
}

/* The same for a server, whose flight is more than one record; it is freed soon after. */
static void
schedule_of_a_server(void) {
  struct dtls_peer peer;
  int i;

  dtls_open(&peer, &world, KEY);
  EXPECT(!dtls_step(&peer));
  dtls_post(&peer);
  EXPECT(dtls_await(&peer, PATIENCE));
  EXPECT(!dtls_step(&peer));
  dtls_post(&peer);
  EXPECT(datagrams_after(&peer, 0) >= 1);
  for (i = 0; i < 4; i++) {
    EXPECT_EQ(datagrams_after(&peer, (1000 << i) - 20), 0);
    EXPECT(datagrams_after(&peer, 20) >= 1);
  }
  EXPECT(dtls_session(&peer) != NULL);
  EXPECT_EQ(datagrams_after(&peer, 16000), 0);
  EXPECT_EQ(event_count, 1);
  EXPECT(CLOSED_EVENT(0));
  EXPECT_EQ(states[0], COAP_SESSION_STATE_HANDSHAKE);
  later(&world.server, 0);
  EXPECT(!dtls_session(&peer));
  forget_events();
  dtls_close(&peer);
}

/* T23: the wall clock leaps while a handshake waits. */
static void
leaps(long long leap) {
  struct dtls_peer peer;
  coap_session_t *session = client(dtls_open_server(&peer, &world, KEY));
  int i, count = 0;

  EXPECT_EQ(datagrams_after(&peer, 0), 1);
  EXPECT_EQ(datagrams_after(&peer, 500), 0);
  stopped_clock += leap;
  if (leap > 0) {
    EXPECT_EQ(datagrams_after(&peer, 0), 1); /* its time has come, by all that can be seen */
    EXPECT_EQ(datagrams_after(&peer, 1900), 0);
    EXPECT_EQ(datagrams_after(&peer, 100), 1);
  } else {
    EXPECT_EQ(datagrams_after(&peer, 0), 0);
    EXPECT_EQ(datagrams_after(&peer, 400), 0);
    EXPECT_EQ(datagrams_after(&peer, 100), 1);
    EXPECT_EQ(datagrams_after(&peer, 1900), 0);
    EXPECT_EQ(datagrams_after(&peer, 100), 1);
  }
  /* And what was sent is good for a handshake. */
  peer.in.length = 0;
  for (i = 0; i < 100 && SSL_in_init(peer.ssl); i++) {
    later(&world.server, 100);
    while (dtls_take(&peer)) {
      count++;
      dtls_step(&peer);
      dtls_post(&peer);
      later(&world.server, 0);
    }
  }
  EXPECT(count > 0);
  EXPECT(!SSL_in_init(peer.ssl));
  later(&world.server, 0);
  EXPECT_EVENTS(COAP_EVENT_DTLS_CONNECTED);
  EXPECT_EQ(session->state, COAP_SESSION_STATE_ESTABLISHED);
  coap_session_release(session);
  forget_events();
  dtls_close(&peer);
}

/* The time that a pass is told is the one that counts. */
static void
time_as_told(void) {
  struct dtls_peer peer;
  coap_session_t *session = client(dtls_open_server(&peer, &world, KEY));
  coap_tick_t now;
  int i;

  EXPECT(dtls_take(&peer));
  for (i = 0, coap_ticks(&now); i < 5; now += (coap_tick_t)1000 << i++) {
    EXPECT_EQ(session->dtls_timeout_count, i);
    pass(now + (1000 << i) - 1);
    EXPECT_EQ(session->dtls_timeout_count, i);
    pass(now + (1000 << i));
    EXPECT_EQ(dtls_take(&peer), i < 4);
  }
  EXPECT_EQ(event_count, 1);
  EXPECT(CLOSED_EVENT(0));
  EXPECT_EQ(session->state, COAP_SESSION_STATE_NONE);
  forget_events();
  coap_session_release(session);
  dtls_close(&peer);
}

static coap_session_t *sessions[6];

static int
release_all(coap_context_t *context, coap_event_t event, coap_session_t *session) {
  int i;

  note_event(context, event, session);
  for (i = 0; i < 6; i++) {
    coap_session_t *released = sessions[i];

    sessions[i] = NULL;
    if (released)
      coap_session_release(released);
  }
  return 0;
}

/* T13: several handshakes are given up in the same pass, and the application frees all of them at the first. */
static void
all_at_once(void) {
  struct dtls_peer peer;
  uint16_t port = dtls_open_server(&peer, &world, KEY);
  int i;

  for (i = 0; i < 6; i++) {
    sessions[i] = client(port);
    coap_session_set_max_retransmit(sessions[i], 1);
  }
  coap_register_event_handler(world.server.context, release_all);
  EXPECT_EQ(datagrams_after(&peer, 0), 6);
  EXPECT_EQ(datagrams_after(&peer, 1000), 6);
  EXPECT_EQ(datagrams_after(&peer, 2000), 0);
  coap_register_event_handler(world.server.context, note_event);
  EXPECT_EQ(event_count, 6);
  for (i = 0; i < 6; i++)
    EXPECT(CLOSED_EVENT(i));
  EXPECT(world.server.context->sessions == NULL);
  forget_events();
  dtls_close(&peer);
}

int
main(void) {
  coap_set_log_level(LOG_EMERG);
  world_start(&world);
  later(&world.server, 0);
  schedule();
  schedule_of_a_server();
  leaps(100000);
  later(&world.server, 7200000);
  leaps(-3600000);
  leaps(-500);
  time_as_told();
  all_at_once();
  EXPECT_ALIVE(&world.server);
  world_stop(&world);
  return expect_done();
}
