/* Contexts that cannot be made (E1), 5.08 answers (E5), missing arguments (E13), a second start (E15): docs/spec/exchange.md,
 * sections 1 to 5 and 8. */
#include <dirent.h>
#include <sys/resource.h>

#include "peer.h"

static struct server server;

static int
open_descriptors(void) {
  DIR *dir = opendir("/proc/self/fd");
  int count = -3;                        /* ".", "..", and its own */

  while (dir && readdir(dir))
    count++;
  closedir(dir);
  return count;
}

/* E1: whatever fails, and wherever, nothing is left behind. */
static void
contexts_that_fail(void) {
  coap_address_t listen, nowhere;
  coap_context_t *context;
  struct rlimit limit, less;
  int before, more, made = 0, lowest;
  size_t heap;

  loopback_address(&nowhere, 0);
  nowhere.addr.sin.sin_addr.s_addr = inet_addr("192.0.2.1");
  loopback_address(&listen, 0);
  coap_free_context(coap_new_context(&listen));
  EXPECT(coap_new_context(&nowhere) == NULL);
  before = open_descriptors();
  heap = heap_in_use();
  EXPECT(coap_new_context(&nowhere) == NULL);
  nowhere.addr.sa.sa_family = AF_UNIX;
  EXPECT(coap_new_context(&nowhere) == NULL);
  EXPECT_EQ(open_descriptors(), before);
  EXPECT_EQ(heap_in_use(), heap);

  /* One descriptor after the other is missing: epoll, timer, socket. */
  lowest = dup(0);
  close(lowest);
  EXPECT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  for (more = 0; more < 5 && !made; more++) {
    less = limit;
    less.rlim_cur = (rlim_t)(lowest + more);
    EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &less), 0);
    context = coap_new_context(&listen);
    EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
    made = context != NULL;
    EXPECT_EQ(made, more >= 3);
    coap_free_context(context);
    EXPECT_EQ(open_descriptors(), before);
    EXPECT_EQ(heap_in_use(), heap);
  }
  EXPECT(made);
}

/* Sends a 5.08 with an empty token, and these options and this payload; gives what coap_send() returns, and in *r what
 * went out. `room` is the size of the message. */
static coap_mid_t
hop_limit_reached(coap_session_t *session, int fd, size_t room, int limit, const char *text, size_t length,
                  struct reply *r) {
  coap_pdu_t *pdu = coap_pdu_init(NON, COAP_RESPONSE_CODE_HOP_LIMIT_REACHED, 16, room);
  uint8_t value = (uint8_t)limit;
  coap_mid_t mid;

  if (limit >= 0)
    EXPECT(coap_add_option(pdu, COAP_OPTION_HOP_LIMIT, 1, &value) > 0);
  EXPECT_EQ(coap_add_data(pdu, length, (const uint8_t *)text), 1);
  mid = coap_send(session, pdu);
  EXPECT_EQ(take(fd, r) && parse(r), mid >= 0);
  return mid;
}

static int
has_payload(const struct reply *r, const char *text, size_t length) {
  return r->payload_length == length && memcmp(r->payload, text, length) == 0;
}

/* E5: the address is looked for as a whole word, each time it occurs; there is one Hop-Limit; nothing is written behind
 * the message's room; a payload may hold NUL bytes. */
static void
hop_limit(void) {
  coap_session_t *session;
  struct reply r;
  uint16_t port;
  int fd = silent_socket(&port);
  const uint8_t wire[] = {0x50, 0xa8, 0x00, 0x10, 0xd1, 0x03, 0xff, 0xff, '1', '2', '7', '.', '0', '.', '0', '.', '1'};

  session = client_session(&server, port, COAP_PROTO_UDP);
  EXPECT_EQ(hop_limit_reached(session, fd, 100, -1, "", 0, &r), 16);
  EXPECT_EQ(r.length, sizeof(wire));
  EXPECT(memcmp(r.bytes, wire, sizeof(wire)) == 0);

  EXPECT_EQ(hop_limit_reached(session, fd, 100, -1, "proxy", 5, &r), 16);
  EXPECT(has_payload(&r, "127.0.0.1 proxy", 15));
  EXPECT_EQ(reply_option(&r, COAP_OPTION_HOP_LIMIT), -1);
  EXPECT_EQ(hop_limit_reached(session, fd, 100, -1, "127.0.0.11", 10, &r), 16);
  EXPECT(has_payload(&r, "127.0.0.1 127.0.0.11", 20));
  EXPECT_EQ(hop_limit_reached(session, fd, 100, -1, "a 127.0.0.1", 11, &r), COAP_DROPPED_RESPONSE);
  EXPECT_EQ(hop_limit_reached(session, fd, 100, -1, "127.0.0.11 127.0.0.1 b", 22, &r), COAP_DROPPED_RESPONSE);
  EXPECT_EQ(hop_limit_reached(session, fd, 100, -1, "x\0y", 3, &r), 16);
  EXPECT(has_payload(&r, "127.0.0.1 x\0y", 13));
  EXPECT_EQ(hop_limit_reached(session, fd, 100, -1, "x\0 127.0.0.1", 12, &r), COAP_DROPPED_RESPONSE);

  EXPECT_EQ(hop_limit_reached(session, fd, 100, 7, "", 0, &r), 16);
  EXPECT_EQ(reply_option(&r, COAP_OPTION_HOP_LIMIT), 6);
  EXPECT_EQ(r.length, 4 + 3 + 1 + 9);                  /* there is no second Hop-Limit */
  EXPECT_EQ(hop_limit_reached(session, fd, 100, 1, "", 0, &r), COAP_DROPPED_RESPONSE);
  EXPECT_EQ(hop_limit_reached(session, fd, 100, 0, "", 0, &r), COAP_DROPPED_RESPONSE);

  /* Marker and payload fill the room to the last byte, or the address is left out. */
  EXPECT_EQ(hop_limit_reached(session, fd, 16, -1, "proxy", 5, &r), 16);
  EXPECT(has_payload(&r, "127.0.0.1 proxy", 15));
  EXPECT_EQ(hop_limit_reached(session, fd, 15, -1, "proxy", 5, &r), 16);
  EXPECT(has_payload(&r, "proxy", 5));
  coap_session_release(session);
  close(fd);
}

/* E13 */
static void
missing_arguments(void) {
  coap_pdu_t *request = coap_pdu_init(CON, GET, 7, 64), *response;
  coap_session_t *session;
  uint16_t port;
  int fd = silent_socket(&port);

  session = client_session(&server, port, COAP_PROTO_UDP);
  EXPECT(coap_add_option(request, COAP_OPTION_URI_HOST, 4, (const uint8_t *)"time") > 0);
  EXPECT_EQ(coap_send(NULL, coap_pdu_init(CON, GET, 8, 64)), COAP_INVALID_MID);   /* and the message is freed */
  EXPECT_EQ(coap_send(session, NULL), COAP_INVALID_MID);
  EXPECT_EQ(coap_send_ack(NULL, request), COAP_INVALID_MID);
  EXPECT_EQ(coap_send_ack(session, NULL), COAP_INVALID_MID);
  EXPECT_EQ(coap_send_message_type(NULL, request, RST), COAP_INVALID_MID);
  EXPECT_EQ(coap_send_message_type(session, NULL, RST), COAP_INVALID_MID);
  EXPECT_EQ(coap_send_error(NULL, request, COAP_RESPONSE_CODE_NOT_FOUND, NULL), COAP_INVALID_MID);
  EXPECT_EQ(coap_send_error(session, NULL, COAP_RESPONSE_CODE_NOT_FOUND, NULL), COAP_INVALID_MID);
  EXPECT_EQ(coap_retransmit(NULL, NULL), COAP_INVALID_MID);
  EXPECT_EQ(coap_retransmit(server.context, NULL), COAP_INVALID_MID);
  EXPECT_EQ(coap_wait_ack(server.context, session, NULL), COAP_INVALID_MID);
  EXPECT_EQ(coap_handle_dgram(NULL, session, (uint8_t *)"@\1\0\0", 4), -1);
  EXPECT_EQ(coap_handle_dgram(server.context, NULL, (uint8_t *)"@\1\0\0", 4), -1);
  EXPECT_EQ(coap_handle_dgram(server.context, session, NULL, 4), -1);
  coap_dispatch(NULL, session, request);
  coap_dispatch(server.context, NULL, request);
  coap_dispatch(server.context, session, NULL);
  coap_cancel_session_messages(NULL, session, COAP_NACK_RST);
  coap_cancel_session_messages(server.context, NULL, COAP_NACK_RST);
  coap_cancel_all_messages(server.context, NULL, (const uint8_t *)"t", 1);
  EXPECT(coap_new_error_response(NULL, COAP_RESPONSE_CODE_NOT_FOUND, NULL) == NULL);
  response = coap_new_error_response(request, COAP_RESPONSE_CODE_NOT_FOUND, NULL);
  EXPECT(response != NULL && response->used_size == 10);      /* the payload: NULL copies no option */
  coap_delete_pdu(response);
  coap_delete_pdu(request);
  EXPECT_EQ(coap_can_exit(server.context), 1);
  coap_session_release(session);
  close(fd);
}

int
main(void) {
  coap_startup();
  coap_set_log_level(LOG_EMERG);
  contexts_that_fail();
  coap_set_log_level(LOG_WARNING);
  server_start(&server);
  hop_limit();
  missing_arguments();
  EXPECT_ALIVE(&server);
  server_stop(&server);

  /* E15: server_stop() has called coap_cleanup(); this is a start like the first. */
  server_start(&server);
  EXPECT_ALIVE(&server);
  server_stop(&server);
  coap_cleanup();
  return expect_done();
}
