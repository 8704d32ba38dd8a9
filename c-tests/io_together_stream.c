/* I29 (docs/spec/io.md, section 6.4) on a stream: the answers to requests that came in one piece go out with one write,
 * in the order of the calls, whatever a handler does. The writes are counted by standing in for send(). */
/* no valgrind: under it every handler is slow, and what slow handlers answer goes out one by one */
#define _GNU_SOURCE
#include <sys/socket.h>

#include "stream_peer.h"

static struct server server;
static struct stream peer;
static unsigned int writes;

static const char probe[] = "61 01 74 b5 70726f6265";
static const char alive_answer[] = "61 45 74 ff 616c697665";

ssize_t
send(int fd, const void *data, size_t length, int flags) {
  writes++;
  return sendto(fd, data, length, flags, NULL, 0);
}

enum action { SENDS, WRITES, DISCONNECTS, RUNS_THE_LOOP };
static enum action action;

static void
act(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *request,
    coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  static const uint8_t pong[] = {0x00, 0xe3};
  coap_pdu_t *pdu;
  struct pollfd waiting = {.fd = peer.fd, .events = POLLIN};

  (void)resource, (void)request, (void)token, (void)query;
  switch (action) {
  case SENDS:
    pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_PUT, 0, 0);
    EXPECT(coap_send(session, pdu) != COAP_INVALID_MID);
    break;
  case WRITES:
    EXPECT_EQ(coap_session_write(session, pong, sizeof(pong)), 2);
    break;
  case DISCONNECTS:
    coap_session_disconnected(session, COAP_NACK_NOT_DELIVERABLE);
    break;
  case RUNS_THE_LOOP:
    coap_io_process(context, COAP_IO_NO_WAIT);
    EXPECT_EQ(poll(&waiting, 1, 1000), 1);
    break;
  }
  response->code = COAP_RESPONSE_CODE(204);
}

/* A burst is answered in order, with few writes. A machine that is busy makes handlers look slow, so it is tried anew. */
static void
a_burst(void) {
  enum { REQUESTS = 40 };
  long long end = milliseconds() + PATIENCE;
  uint8_t requests[REQUESTS * 9], answers[REQUESTS * 9];
  size_t i;
  int ended;

  for (i = 0; i < REQUESTS; i++)
    memcpy(requests + 9 * i, "\x61\x01?\xb5probe", 9), requests[9 * i + 2] = (uint8_t)i;
  do {
    writes = 0;
    EXPECT(stream_write(&peer, requests, sizeof(requests)));
    EXPECT_EQ(stream_read(&peer, answers, sizeof(answers), PATIENCE, &ended), sizeof(answers));
    for (i = 0; i < REQUESTS; i++)
      EXPECT(!memcmp(answers + 9 * i, "\x61\x45", 2) && answers[9 * i + 2] == i &&
             !memcmp(answers + 9 * i + 3, "\xff" "alive", 6));
  } while (writes > 4 && milliseconds() < end);
  EXPECT(writes >= 1 && writes <= 4);
}

/* The first request is answered before what the handler of the second does reaches the peer. */
static void
in_order(enum action what, const char *expected) {
  char bytes[200];

  action = what;
  snprintf(bytes, sizeof(bytes), "%s 41 01 74 b3 616374 %s", probe, probe);
  stream_hex(&peer, bytes);
  snprintf(bytes, sizeof(bytes), "%s %s", alive_answer, expected);
  EXPECT_BYTES(&peer, bytes);
}

static void
connect_anew(void) {
  stream_open(&peer, &server);
  stream_hex(&peer, CSM);
  EXPECT_BYTES(&peer, CSM);
}

int
main(void) {
  char rest[100];

  server_start(&server);
  stream_endpoint(&server);
  server_resource(&server, "act", COAP_REQUEST_GET, act);
  connect_anew();
  a_burst();
  snprintf(rest, sizeof(rest), "00 03 01 44 74 %s", alive_answer);
  in_order(SENDS, rest);
  snprintf(rest, sizeof(rest), "00 e3 01 44 74 %s", alive_answer);
  in_order(WRITES, rest);
  /* The loop in the handler finds the third request (I28). */
  snprintf(rest, sizeof(rest), "%s 01 44 74", alive_answer);
  in_order(RUNS_THE_LOOP, rest);
  coap_set_log_level(LOG_EMERG);
  in_order(DISCONNECTS, "");
  EXPECT_END(&peer);
  stream_close(&peer);
  server_stop(&server);
  return expect_done();
}
