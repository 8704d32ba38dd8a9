/* no valgrind: the allocator is the program's own */
/* X41 for observations: the k-th allocation fails while a client registers, while the observers are notified, and while
 * their resource is deleted. What cannot be made now is made later; nothing leaks. */
#include "allocation.h"
#include "observer.h"

static struct server server;

/* What is sent has been taken in; with made-up time what waits for a better time is tried again. */
static void
pass_in(unsigned int seconds) {
  coap_tick_t now;
  unsigned int sockets;

  coap_ticks(&now);
  coap_io_prepare_io(server.context, NULL, 0, &sockets, now + seconds * COAP_TICKS_PER_SECOND);
}

/* Registers although the k-th allocation fails, if there are so many; whether one failed. */
static int
registering(long k) {
  static struct datagram d;
  struct peer peer;
  struct reply r;
  coap_resource_t *watched;
  int failed, has_come;
  long value;

  server_start(&server);
  watched = watch_resource(&server, "temp");
  peer_open(&peer, &server);
  observe_request(&d, CON, GET, "t", "temp", "a query", 0);
  fail_allocation(k, 1);
  peer_send(&peer, &d);
  server_turn(&server);
  failed = stop_failing();
  has_come = take(peer.fd, &r) && parse(&r) && r.code == 0x45;
  EXPECT(has_come || failed);
  value = has_come ? reply_option(&r, COAP_OPTION_OBSERVE) : -1;
  if (value == 0) {
    EXPECT_CHANGE(watched, &peer, &r, NON, 1);
  } else if (has_come) {
    /* Served as a request without Observe. */
    EXPECT_EQ(coap_resource_notify_observers(watched, NULL), 0);
  }
  EXPECT(observe(&peer, &r, "t", "temp", "a query", 0) >= 0); /* works the next time */
  EXPECT_EQ(handler_session->ref, 1);
  server_stop(&server);
  peer_close(&peer);
  return failed;
}

static int
notifying(long k) {
  struct peer peer;
  struct reply r;
  coap_resource_t *watched;
  unsigned int i, notified = 0;
  char token[2] = "a", query[2] = "a";
  int failed;

  server_start(&server);
  watched = watch_resource(&server, "temp");
  peer_open(&peer, &server);
  for (i = 0; i < 8; i++) {
    token[0] = query[0] = (char)('a' + i);
    observe(&peer, &r, token, "temp", query, 0);
  }
  EXPECT_EQ(coap_resource_notify_observers(watched, NULL), 1);
  fail_allocation(k, 1);
  server_turn(&server);
  failed = stop_failing();
  pass_in(5);
  while (take(peer.fd, &r) && parse(&r)) {
    notified++;
    EXPECT(r.code == 0x45 || r.code == 0x80 || r.code == 0xa0); /* 4.00, 5.00: the handler's helper had no memory */
  }
  EXPECT_EQ(notified, 8);
  fail_allocation(k, 1);
  coap_delete_resource(server.context, watched);
  failed |= stop_failing();
  EXPECT_EQ(handler_session->ref, 0);
  EXPECT_ALIVE(&server);
  server_stop(&server);
  peer_close(&peer);
  return failed;
}

static int
deferring(long k) {
  coap_async_state_t *state;
  coap_session_t *session;
  coap_pdu_t *pdu;
  uint16_t port;
  int failed, fd = silent_socket(&port);

  server_start(&server);
  session = client_session(&server, port, COAP_PROTO_UDP);
  pdu = coap_pdu_init(CON, GET, 1, 10);
  fail_allocation(k, 1);
  state = coap_register_async(server.context, session, pdu, 0, NULL);
  failed = stop_failing();
  EXPECT((state == NULL) == failed);
  EXPECT(server.context->async_state == state);
  EXPECT_EQ(session->ref, failed ? 1 : 2);
  EXPECT(coap_find_async(server.context, session, 1) == state);
  coap_free_async(state);
  EXPECT(coap_register_async(server.context, session, pdu, 0, NULL) != NULL);
  coap_delete_pdu(pdu);
  coap_session_release(session);
  server_stop(&server);
  close(fd);
  return failed;
}

int
main(void) {
  int (*const parts[])(long) = {registering, notifying, deferring};
  unsigned int i;
  long k, blocks = 0;

  coap_set_log_level(LOG_EMERG);
  for (i = 0; i < 3; i++) {
    parts[i](1000000); /* what the C library keeps for itself is there now */
    for (k = 1, blocks = live_blocks; parts[i](k) && k < 1000; k++) {
      EXPECT_EQ(live_blocks, blocks);
      blocks = live_blocks;
    }
    EXPECT(k > 1 && k < 1000);
    EXPECT_EQ(live_blocks, blocks);
  }
  return expect_done();
}
