/* Responses that nobody asked for: hostile.md X12. */
#define _GNU_SOURCE
#include "peer.h"

static struct datagram d;
static int responses;

static coap_response_t
on_response(coap_context_t *context, coap_session_t *session, coap_pdu_t *sent, coap_pdu_t *received,
            const coap_mid_t mid) {
  (void)context, (void)session, (void)sent, (void)received, (void)mid;
  responses++;
  return COAP_RESPONSE_OK;
}

/* Sends a 2.05 from a socket to a client session, and tells the type of what comes back: -1 for nothing. */
static int
respond(struct server *server, int fd, const struct sockaddr_in *to, unsigned int type, unsigned int mid,
        const char *token) {
  struct reply r;

  request(&d, type, 0x45, mid, token);
  EXPECT(sendto(fd, d.bytes, d.length, 0, (const struct sockaddr *)to, sizeof(*to)) == (ssize_t)d.length);
  EXPECT_ALIVE(server);
  return take(fd, &r) && parse(&r) && r.mid == mid && r.code == EMPTY ? (int)r.type : -1;
}

/* X12: only the answer to a question is delivered, once; another one is refused if that is possible. */
static void
stray_responses(struct server *server) {
  struct sockaddr_in from;
  socklen_t size = sizeof(from);
  coap_session_t *session;
  coap_pdu_t *pdu;
  unsigned int type;
  uint16_t port, mid;
  int fd = silent_socket(&port);

  coap_register_response_handler(server->context, on_response);
  session = client_session(server, port, COAP_PROTO_UDP);
  EXPECT(session != NULL);
  for (type = CON; type <= NON; type++) {
    responses = 0;
    mid = coap_new_message_id(session);
    pdu = coap_pdu_init((uint8_t)type, GET, mid, 64);
    coap_add_token(pdu, 2, (const uint8_t *)"ab");
    EXPECT(coap_send(session, pdu) == mid);
    EXPECT(recvfrom(fd, d.bytes, sizeof(d.bytes), 0, (struct sockaddr *)&from, &size) == 6);
    EXPECT_EQ(respond(server, fd, &from, CON, 0x1201, "ax"), RST);
    EXPECT_EQ(respond(server, fd, &from, CON, 0x1202, "abc"), RST);
    EXPECT_EQ(respond(server, fd, &from, CON, 0x1203, ""), RST);
    EXPECT_EQ(respond(server, fd, &from, NON, 0x1204, "ax"), -1);
    EXPECT_EQ(respond(server, fd, &from, ACK, (mid + 1u) & 0xffff, "ab"), -1);
    EXPECT_EQ(responses, 0);
    if (type == CON)
      EXPECT_EQ(respond(server, fd, &from, ACK, mid, "ab"), -1);
    else
      EXPECT_EQ(respond(server, fd, &from, CON, 0x1206, "ab"), ACK);
    EXPECT_EQ(responses, 1);
    EXPECT_EQ(respond(server, fd, &from, CON, 0x1207, "ab"), RST); /* that question has had its answer */
    EXPECT_EQ(respond(server, fd, &from, NON, 0x1208, "ab"), -1);
    EXPECT_EQ(responses, 1);
  }
  coap_session_release(session);
  coap_register_response_handler(server->context, NULL);
  close(fd);
}

int
main(void) {
  struct server server;

  server_start(&server);
  coap_set_log_level(LOG_EMERG);
  stray_responses(&server);
  EXPECT_ALIVE(&server);
  server_stop(&server);
  return expect_done();
}
