/* X41: the k-th allocation fails, for every k, in the life of connections on both sides: made, used, ended, made again. */
/* no valgrind: the program has an allocator of its own */
#define _GNU_SOURCE
#include "allocation.h"
#include "stream_peer.h"

/* A client and a server in one context. */
static void
life(long k, int once, int *failed) {
  struct server server;
  struct stream peer;
  coap_session_t *session;
  coap_pdu_t *pdu;
  char text[] = "t";
  int turn;

  server_start(&server);
  stream_endpoint(&server);
  peer.server = &server;
  fail_allocation(k, once);
  stream_open(&peer, &server);
  session = client_session(&server, stream_port, COAP_PROTO_TCP);
  for (turn = 0; turn < 40; turn++) {
    server_turn(&server);
    if (turn % 10 == 3 && session) {
      pdu = coap_pdu_init(COAP_MESSAGE_CON, GET, 1, 100);
      if (pdu && coap_add_token(pdu, 1, (const uint8_t *)text) &&
          coap_add_option(pdu, COAP_OPTION_URI_PATH, 5, (const uint8_t *)"probe"))
        coap_send(session, pdu);
      else
        coap_delete_pdu(pdu);
    }
    if (turn == 5)
      send(peer.fd, "\x50\xe1\x23\x80\x01\x00\x20\x00\xe2\x61\x01\x74\xb5pro", 16, MSG_NOSIGNAL);
    if (turn == 8)
      send(peer.fd, "be", 2, MSG_NOSIGNAL);
    if (turn == 20 && session)
      coap_session_disconnected(session, COAP_NACK_NOT_DELIVERABLE);
  }
  *failed = stop_failing();
  if (session)
    coap_session_release(session);
  /* It is usable afterwards: accepting may pause for a second. */
  stream_close(&peer);
  stream_open(&peer, &server);
  stream_hex(&peer, CSM "61 01 74 b5 70726f6265");
  EXPECT_BYTES(&peer, CSM "61 45 74 ff 616c697665");
  stream_close(&peer);
  server_stop(&server);
}

int
main(void) {
  long before, k;
  int failed, once;

  coap_set_log_level(LOG_EMERG);
  life(1000000, 0, &failed);
  for (once = 0; once < 2; once++) {
    for (k = 1, failed = 1; failed && k < 400; k++) {
      before = live_blocks;
      life(k, once, &failed);
      EXPECT_EQ(live_blocks, before);
    }
    EXPECT(k > 30);
    printf("%ld allocations\n", k);
  }
  return expect_done();
}
