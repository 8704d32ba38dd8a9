/* no valgrind: what waits depends on how fast the kernel and the library take turns */
/* Output that piles up: many small messages, notifications that replace each other, what a client sends, and bytes of the
 * application's own (docs/spec/io.md, I15; docs/spec/hostile.md, X17, X22). */
#include "stream_peer.h"

static struct server server;
static struct stream peer;
static coap_session_t *session;
static int listener;
static uint16_t port;

static void
small_buffers(int fd) {
  int size = 8192;

  setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
  setsockopt(peer.fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

static void
open_peer(void) {
  stream_open(&peer, &server);
  stream_hex(&peer, CSM);
  EXPECT_BYTES(&peer, CSM);
  EXPECT(told(&server, "SESSION_CONNECTED"));
  session = recorded_session;
  recorded[0] = 0;
  small_buffers(session->sock.fd);
}

static unsigned int
waiting(void) {
  const coap_queue_t *node;
  unsigned int count = 0;

  for (node = session->delayqueue; node; node = node->next)
    count++;
  return count;
}

/* Reads and drops all that comes until nothing waits any more; whether that is so. */
static int
read_all(void) {
  static uint8_t bytes[1 << 16];
  long long end = milliseconds() + PATIENCE;
  int ended;

  while ((session->delayqueue || session->sock.flags & COAP_SOCKET_WANT_WRITE) && milliseconds() < end)
    stream_read(&peer, bytes, sizeof(bytes), 20, &ended);
  while (stream_read(&peer, bytes, sizeof(bytes), 20, &ended) > 0)
    continue;
  return session->delayqueue == NULL;
}

/* Sends pings as long as they are taken, and reads no pong; how many. */
static unsigned int
ping_without_reading(unsigned int most) {
  static uint8_t pings[4096];
  unsigned int sent = 0, quiet = 0;
  size_t i;
  ssize_t n;

  for (i = 0; i < sizeof(pings); i++)
    pings[i] = i % 2 ? 0xe2 : 0;
  while (sent < most && quiet < 20) {
    /* Whole pings only: what is not taken is not sent again. */
    n = send(peer.fd, pings, sizeof(pings), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n > 0 && n % 2)
      EXPECT(stream_write(&peer, pings + n, 1));
    quiet = n > 0 ? 0 : quiet + 1;
    sent += n > 0 ? (unsigned int)(n + 1) / 2 : 0;
    server_turn(&server);
  }
  for (quiet = 0; quiet < 20; quiet++)
    server_turn(&server);
  return sent;
}

/* X22: an answer of three bytes takes more than three bytes while it waits. */
static void
pings(void) {
  size_t before;
  static uint8_t pongs[3 * 100000];
  unsigned int sent;
  int ended;

  open_peer();
  before = heap_in_use();
  sent = ping_without_reading(60000);
  EXPECT(waiting() > 1000);
  EXPECT(waiting() <= 4200);
  EXPECT(heap_in_use() <= before + 2 * (1 << 20));
  EXPECT_ALIVE(&server);
  /* Each is answered once the peer reads. */
  EXPECT(sent <= 100000);
  EXPECT_EQ(stream_read(&peer, pongs, 3 * sent, PATIENCE, &ended), 3 * sent);
  EXPECT(!memcmp(pongs, "\x10\xe3\x20", 3) && !memcmp(pongs, pongs + 3, 3 * sent - 3));
  EXPECT_EQ(session->sock.flags, 0x15);
  stream_hex(&peer, "61 01 74 b5 70726f6265");
  EXPECT_BYTES(&peer, "61 45 74 ff 616c697665");
  stream_close(&peer);
  EXPECT(told(&server, "SESSION_CLOSED"));
  recorded[0] = 0;
}

static void
temperature(coap_context_t *context, coap_resource_t *resource, coap_session_t *s, coap_pdu_t *req,
            coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  static uint8_t bytes[1100];

  (void)context, (void)query;
  response->code = COAP_RESPONSE_CODE_CONTENT;
  coap_add_data_blocked_response(resource, s, req, response, token, 0, -1, sizeof(bytes), bytes);
}

/* X17, X22: what a notification counted that was replaced by a newer one counts no more. */
static void
replaced_notifications(void) {
  coap_resource_t *watched = server_resource(&server, "temp", COAP_REQUEST_GET, temperature);
  unsigned int i, held_back = 0;

  coap_resource_set_get_observable(watched, 1);
  open_peer();
  stream_hex(&peer, "61 01 74 60 54 74656d70 61 01 75 60 54 74656d70");
  for (i = 0; i < 100000 && held_back < 1100; i++) {
    coap_resource_notify_observers(watched, NULL);
    server_turn(&server);
    held_back += session->delayqueue != NULL;
  }
  EXPECT_EQ(held_back, 1100);
  EXPECT(waiting() <= 3);
  EXPECT(read_all());
  stream_hex(&peer, "61 01 73 b5 70726f6265");
  EXPECT_BYTES(&peer, "61 45 73 ff 616c697665");
  stream_close(&peer);
  EXPECT(told(&server, "SESSION_CLOSED"));
  recorded[0] = 0;
  coap_delete_resource(server.context, watched);
}

static coap_mid_t
post(size_t size) {
  static uint8_t bytes[2 << 20];
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_NON, POST, coap_new_message_id(session), 0);

  coap_add_data(pdu, size, bytes);
  return coap_send(session, pdu);
}

/* X22: a server may make a client answer and not read; a client may send without end. Sending fails then. */
static void
clients(void) {
  unsigned int sent = 0;
  coap_mid_t mid = 0;
  size_t before = heap_in_use();

  session = client_session(&server, port, COAP_PROTO_TCP);
  while (sent < 100 && (mid = post(100 * 1000)) >= 0)
    sent++;
  EXPECT_EQ(mid, COAP_INVALID_MID);
  EXPECT_EQ(sent, 42);
  EXPECT_EQ(waiting(), 42);
  EXPECT(heap_in_use() <= before + 6 * (1 << 20));
  stream_accept(&peer, &server, listener);
  stream_hex(&peer, CSM);
  EXPECT_STATE(&server, session, IN_ESTABLISHED);
  EXPECT(read_all());
  EXPECT(post(1) >= 0);
  small_buffers(session->sock.fd);
  ping_without_reading(60000);
  EXPECT(waiting() > 10000);
  EXPECT(waiting() < 17000);
  EXPECT_EQ(post(1), COAP_INVALID_MID);
  EXPECT_EQ(coap_session_send_ping(session), COAP_INVALID_MID);
  EXPECT(read_all());
  EXPECT(post(1) >= 0);
  coap_session_release(session);
  stream_close(&peer);
  recorded[0] = 0;
}

/* X22: a peer that has taken everything has not stalled, also where the bytes were not the library's. */
static void
written_by_hand(void) {
  static uint8_t zeros[1 << 20];
  unsigned int sockets;
  coap_tick_t now;

  open_peer();
  while (coap_session_write(session, zeros, sizeof(zeros)) > 0)
    continue;
  EXPECT(session->sock.flags & COAP_SOCKET_WANT_WRITE);
  EXPECT(read_all());
  EXPECT_EQ(session->sock.flags, 0x15);
  coap_ticks(&now);
  coap_io_prepare_io(server.context, NULL, 0, &sockets, now + 61000);
  EXPECT_RECORD("");
  stream_close(&peer);
  EXPECT(told(&server, "SESSION_CLOSED"));
  recorded[0] = 0;
}

/* What the application sends before the peer's CSM does not keep that from being read. */
static int
send_at_once(coap_context_t *context, coap_event_t event, coap_session_t *s) {
  session = s;
  if (event == COAP_EVENT_TCP_CONNECTED && s->endpoint)
    coap_session_reference(s);
  return record_event(context, event, s);
}

static void
before_the_csm(void) {
  coap_register_event_handler(server.context, send_at_once);
  stream_open(&peer, &server);
  EXPECT_BYTES(&peer, CSM);
  EXPECT_EQ(session->state, IN_CSM);
  EXPECT(post(2 << 20) >= 0);
  EXPECT_EQ(post(1), COAP_INVALID_MID);
  stream_hex(&peer, CSM);
  EXPECT(told(&server, "SESSION_CONNECTED"));
  EXPECT(read_all());
  stream_hex(&peer, "61 01 74 b5 70726f6265");
  EXPECT_BYTES(&peer, "61 45 74 ff 616c697665");
  coap_register_event_handler(server.context, record_event);
  coap_session_release(session);
  stream_close(&peer);
  recorded[0] = 0;
}

int
main(void) {
  server_start(&server);
  stream_endpoint(&server);
  record(server.context);
  coap_register_ping_handler(server.context, NULL);
  listener = stream_listen(&port);
  coap_set_log_level(LOG_CRIT);
  pings();
  replaced_notifications();
  clients();
  written_by_hand();
  before_the_csm();
  EXPECT_ALIVE(&server);
  close(listener);
  server_stop(&server);
  return expect_done();
}
