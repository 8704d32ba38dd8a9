/* Peers that do not read, and connections that take little at a time (docs/spec/io.md, section 5.3, I1, I3, I15;
 * docs/spec/hostile.md, X19, X22). */
#include "stream_peer.h"

#define SIZE 20000

static struct server server;
static struct stream peer;
static coap_session_t *session;
static int listener;
static uint16_t port;
static unsigned int calls, partly;

/* The body of the response to the request with this token, or of the request itself. */
static void
body_of(uint8_t *bytes, unsigned int number) {
  size_t i;

  for (i = 0; i < SIZE; i++)
    bytes[i] = (uint8_t)(number * 31 + i * 7 + i / 256);
}

static void
answer_large(coap_context_t *context, coap_resource_t *resource, coap_session_t *s, coap_pdu_t *req,
             coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  static uint8_t bytes[SIZE];

  (void)context, (void)resource, (void)s, (void)req, (void)query;
  calls++;
  body_of(bytes, (unsigned int)token->s[0] << 8 | token->s[1]);
  response->code = COAP_RESPONSE_CODE_CONTENT;
  EXPECT_EQ(coap_add_data(response, SIZE, bytes), 1);
}

/* What a message with such a body starts with: Len 20001 = 269 + 0x4d14. */
#define HEADER_SIZE 6
static void
header_of(uint8_t *header, unsigned int code, unsigned int number) {
  header[0] = 0xe2;
  header[1] = 0x4d;
  header[2] = 0x14;
  header[3] = (uint8_t)code;
  header[4] = (uint8_t)(number >> 8);
  header[5] = (uint8_t)number;
}

/* Reads a message, in pieces; whether it is the expected one. */
static int
comes(unsigned int code, unsigned int number, size_t piece) {
  static uint8_t expected[HEADER_SIZE + 1 + SIZE], got[sizeof(expected)];
  size_t have = 0, want, came;
  int ended = 0;

  header_of(expected, code, number);
  expected[HEADER_SIZE] = 0xff;
  body_of(expected + HEADER_SIZE + 1, number);
  while (have < sizeof(got) && !ended) {
    want = sizeof(got) - have < piece ? sizeof(got) - have : piece;
    came = stream_read(&peer, got + have, want, PATIENCE, &ended);
    if (came == 0)
      break;
    have += came;
    partly += session->partial_write > 0;
  }
  return have == sizeof(got) && !memcmp(got, expected, have);
}

static void
small_buffers(int fd) {
  int size = 8192, on = 1;

  setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

static void
open_peer(void) {
  stream_open(&peer, &server);
  stream_hex(&peer, CSM);
  EXPECT_BYTES(&peer, CSM);
  EXPECT(told(&server, "SESSION_CONNECTED"));
  session = recorded_session;
  recorded[0] = 0;
}

/* Sends requests for large answers and reads nothing, until the server takes no more of them. */
static unsigned int
do_not_read(void) {
  struct datagram d;
  unsigned int number;
  ssize_t sent = 0;
  size_t at;
  int turns;

  for (number = 0; number <= 400; number++) {
    datagram_hex(&d, "62 01 0000 b5 6c61726765");
    d.bytes[2] = (uint8_t)(number >> 8);
    d.bytes[3] = (uint8_t)number;
    for (at = 0; at < d.length; at += sent > 0 ? (size_t)sent : 0) {
      sent = send(peer.fd, d.bytes + at, d.length - at, MSG_DONTWAIT | MSG_NOSIGNAL);
      server_turn(&server);
      if (sent < 0 && at > 0) {
        stream_wait(&server, peer.fd, POLLOUT, 10);
        continue;
      }
      if (sent < 0)
        break;
    }
    if (sent < 0)
      break;
  }
  for (turns = 0; turns < 20; turns++)
    server_turn(&server);
  return number;
}

/* I15, X22: 401 answers of 20 kB, of which 1 MiB and what the kernel holds are made before the peer reads. Then all come
 * as they must, however the connection cuts them. */
static void
back_pressure(void) {
  unsigned int asked, made, number, good = 0;
  size_t before;

  open_peer();
  small_buffers(session->sock.fd);
  before = heap_in_use();
  calls = 0;
  asked = do_not_read();
  made = calls;
  EXPECT_EQ(asked, 401);
  EXPECT(made >= 53);
  EXPECT(made < asked);
  EXPECT(heap_in_use() <= before + (1 << 20) + 4 * SIZE + 65536);
  EXPECT(session->delayqueue != NULL);
  EXPECT(session->sock.flags & COAP_SOCKET_WANT_WRITE);
  EXPECT_EQ(coap_can_exit(server.context), 0);
  /* Others are served meanwhile, and the loop does not spin. */
  EXPECT_ALIVE(&server);
  EXPECT_EQ(calls, made);
  for (number = 0; number < 3; number++)
    coap_io_process(server.context, 20);
  for (number = 0; number < asked; number++)
    good += (unsigned int)comes(0x45, number, number % 3 ? 5000 : 700);
  EXPECT_EQ(good, asked);
  EXPECT(partly > 0);
  partly = 0;
  EXPECT_EQ(calls, asked);
  EXPECT(session->delayqueue == NULL);
  EXPECT_EQ(session->partial_write, 0);
  EXPECT_EQ(session->sock.flags, 0x15);
  stream_close(&peer);
  EXPECT(told(&server, "SESSION_CLOSED"));
  EXPECT_RECORD("TCP_CLOSED SESSION_CLOSED ");
}

/* X22: a peer that has not read for 60 seconds is dropped. */
static void
never_reads(void) {
  coap_tick_t now;
  unsigned int sockets;

  open_peer();
  small_buffers(session->sock.fd);
  do_not_read();
  coap_ticks(&now);
  coap_io_prepare_io(server.context, NULL, 0, &sockets, now + 59000);
  EXPECT_RECORD("");
  coap_io_prepare_io(server.context, NULL, 0, &sockets, now + 60500);
  EXPECT(told(&server, "SESSION_CLOSED"));
  EXPECT(strstr(recorded, "TCP_CLOSED SESSION_CLOSED ") != NULL);
  recorded[0] = 0;
  stream_close(&peer);
  /* One that resets the connection while too much waits is noticed. */
  open_peer();
  small_buffers(session->sock.fd);
  do_not_read();
  stream_reset(&peer);
  EXPECT(told(&server, "SESSION_CLOSED"));
  recorded[0] = 0;
}

static coap_pdu_t *
post(unsigned int number) {
  static uint8_t bytes[SIZE];
  uint8_t token[2] = {(uint8_t)(number >> 8), (uint8_t)number};
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, POST, (uint16_t)number, 0);

  coap_add_token(pdu, 2, token);
  body_of(bytes, number);
  coap_add_data(pdu, SIZE, bytes);
  return pdu;
}

/* I1, I3: what a client sends arrives whole and in order; a ping among it does not come in between. */
static void
client(void) {
  unsigned int number, good = 0;
  ssize_t sent;

  session = client_session(&server, port, COAP_PROTO_TCP);
  stream_accept(&peer, &server, listener);
  small_buffers(session->sock.fd);
  small_buffers(peer.fd);
  stream_hex(&peer, CSM);
  EXPECT_STATE(&server, session, IN_ESTABLISHED);
  EXPECT_BYTES(&peer, CSM);
  for (number = 0; number < 100; number++)
    EXPECT_EQ(coap_send(session, post(number)), (int)number);
  EXPECT(session->delayqueue != NULL);
  EXPECT_EQ(coap_session_send_ping(session), 0);
  /* Bytes of the application's own do not come between the parts of a message. */
  sent = session->partial_write > 0 ? coap_session_write(session, (const uint8_t *)"", 1) : 0;
  EXPECT_EQ(sent, 0);
  for (number = 0; number < 100; number++)
    good += (unsigned int)comes(2, number, number % 4 ? 20000 : 999);
  EXPECT_EQ(good, 100);
  EXPECT_BYTES(&peer, "00 e2");
  EXPECT(session->delayqueue == NULL);
  EXPECT_EQ(session->sock.flags, 0x15);
  EXPECT_EQ(coap_session_write(session, (const uint8_t *)"\0\0", 2), 2);
  EXPECT_BYTES(&peer, "00 00");
  /* A write that fails: what waits fails with the connection. */
  recorded[0] = 0;
  for (number = 0; number < 4; number++)
    EXPECT_EQ(coap_send(session, post(number)), (int)number);
  stream_reset(&peer);
  EXPECT(told(&server, "SESSION_CLOSED"));
  EXPECT(strstr(recorded, "NACK(1) TCP_CLOSED SESSION_CLOSED ") != NULL);
  recorded[0] = 0;
  coap_session_release(session);
}

/* I17: an application that has written half of something; then the library goes on. */
static void
written_by_hand(void) {
  static uint8_t zeros[1 << 20];
  size_t written = 0, got = 0, came;
  ssize_t n;
  int ended = 0;

  session = client_session(&server, port, COAP_PROTO_TCP);
  stream_accept(&peer, &server, listener);
  small_buffers(session->sock.fd);
  stream_hex(&peer, CSM);
  EXPECT_STATE(&server, session, IN_ESTABLISHED);
  EXPECT_BYTES(&peer, CSM);
  while ((n = coap_session_write(session, zeros, sizeof(zeros))) > 0)
    written += (size_t)n;
  EXPECT_EQ(n, 0);
  EXPECT(session->sock.flags & COAP_SOCKET_WANT_WRITE);
  do {
    came = written - got < sizeof(zeros) ? written - got : sizeof(zeros);
    got += came = stream_read(&peer, zeros, came, PATIENCE, &ended);
  } while (got < written && !ended && came > 0);
  EXPECT_EQ(got, written);
  while (session->sock.flags & COAP_SOCKET_WANT_WRITE)
    coap_io_process(server.context, 50);
  EXPECT_EQ(coap_send(session, post(9)), 9);
  EXPECT(comes(2, 9, SIZE));
  coap_session_release(session);
  stream_close(&peer);
}

int
main(void) {
  server_start(&server);
  stream_endpoint(&server);
  server_resource(&server, "large", COAP_REQUEST_GET, answer_large);
  record(server.context);
  listener = stream_listen(&port);
  coap_set_log_level(LOG_WARNING);
  back_pressure();
  never_reads();
  client();
  written_by_hand();
  EXPECT_ALIVE(&server);
  close(listener);
  server_stop(&server);
  return expect_done();
}
