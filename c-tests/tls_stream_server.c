/* Servers over TLS (docs/spec/security.md, sections 8 to 10, T5, T14 to T16; docs/spec/hostile.md, X19 and X22).
 */
/* only: openssl */
/* flags: -lssl -lcrypto */
#include "tls_peer.h"

#define PROBE "61 01 74 b5 70726f6265"
#define ALIVE "61 45 74 ff 616c697665"

static struct server server;
static struct tls peer;
static int version;

static coap_session_t *
accepted(void) {
  return recorded_session;
}

/* A client that has finished its handshake and sent its CSM. */
static void
open_peer(void) {
  tls_open(&peer, &server, version);
  EXPECT(tls_handshake(&peer));
  tls_hex(&peer, CSM);
  EXPECT_PLAIN(&peer, CSM);
  EXPECT(told(&server, "SESSION_CONNECTED"));
  recorded[0] = 0;
}

/* Section 8: from the connection to its end by close_notify, which is answered (section 10). */
static void
life(void) {
  coap_session_t *session;
  socklen_t size = sizeof(int);
  int on = 0;

  recorded_states = 1;
  tls_open(&peer, &server, version);
  EXPECT(told(&server, "TCP_CONNECTED"));
  session = accepted();
  EXPECT_RECORD("TCP_CONNECTED/0 ");
  EXPECT_EQ(session->state, IN_HANDSHAKE);
  EXPECT_EQ(session->proto, COAP_PROTO_TLS);
  EXPECT_EQ(session->type, COAP_SESSION_TYPE_SERVER);
  EXPECT_EQ(session->sock.flags, 0x15);
  EXPECT(!getsockopt(session->sock.fd, IPPROTO_TCP, TCP_NODELAY, &on, &size) && on);
  EXPECT_EQ(session->tls_overhead, 0);
  EXPECT_EQ(session->dtls_event, -1);
  EXPECT(session->tls != NULL);
  EXPECT(SSL_get_app_data((SSL *)session->tls) == (void *)session);
  EXPECT(tls_handshake(&peer));
  EXPECT_PLAIN(&peer, CSM);
  EXPECT_RECORD("DTLS_CONNECTED/2 ");
  EXPECT_EQ(session->state, IN_CSM);
  EXPECT_EQ(session->tls_overhead, 0);
  tls_hex(&peer, CSM PROBE);
  EXPECT_PLAIN(&peer, ALIVE);
  EXPECT_RECORD("SESSION_CONNECTED/3 ");
  EXPECT_EQ(session->state, IN_ESTABLISHED);
  EXPECT_EQ(session->mtu, 8388864);
  EXPECT_EQ(session->tls_overhead, 0);
  /* A Ping is answered in its record; several requests in one record are answered in their order. */
  tls_hex(&peer, "00 e2 61 01 31 b5 70726f6265 61 01 32 b5 70726f6265");
  EXPECT_PLAIN(&peer, "10 e3 20 61 45 31 ff 616c697665 61 45 32 ff 616c697665");
  SSL_shutdown(peer.ssl);
  tls_send(&peer);
  EXPECT(told(&server, "SESSION_CLOSED"));
  EXPECT_RECORD("PING/4 DTLS_CLOSED/4 TCP_CLOSED/0closed SESSION_CLOSED/0closed ");
  EXPECT_TLS_END(&peer, SSL_ERROR_ZERO_RETURN);
  tls_close(&peer);
  recorded_states = 0;
}

/* T5: what shares a segment with Finished is acted on, after DTLS_CONNECTED. In version 1.2 the server's Finished is the
 * last: there the data follows at once. */
static void
data_with_finished(void) {
  tls_open(&peer, &server, version);
  if (version == TLS1_3_VERSION) {
    EXPECT_EQ(SSL_do_handshake(peer.ssl), -1);
    tls_send(&peer);
    tls_hold(&peer);
  }
  EXPECT(tls_handshake(&peer));
  tls_hold(&peer);
  tls_hex(&peer, CSM);
  tls_hex(&peer, PROBE "00 e2");
  SSL_shutdown(peer.ssl);
  EXPECT(tls_send(&peer));
  EXPECT_PLAIN(&peer, CSM ALIVE "10 e3 20");
  EXPECT_TLS_END(&peer, SSL_ERROR_ZERO_RETURN);
  EXPECT_RECORD("TCP_CONNECTED DTLS_CONNECTED SESSION_CONNECTED PING DTLS_CLOSED TCP_CLOSED SESSION_CLOSED ");
  tls_close(&peer);
}

/* X19: a conversation one byte at a time; then two records, cut in two and in three in every way. */
static void
cuts(void) {
  uint8_t records[200];
  size_t first, second, length = 100;

  tls_open(&peer, &server, version);
  peer.cut = 1;
  EXPECT(tls_handshake(&peer));
  tls_hex(&peer, CSM PROBE);
  EXPECT_PLAIN(&peer, CSM ALIVE);
  peer.cut = 0;
  tls_hold(&peer);
  for (first = 1; first < length; first++) {
    /* How records are put together again is the same in either version. */
    for (second = version == TLS1_3_VERSION ? first + 1 : length; second <= length; second++) {
      tls_hex(&peer, "61 01 74");
      tls_hex(&peer, "b5 70726f6265");
      length = (size_t)BIO_read(peer.out, records, sizeof(records));
      second = second < length ? second : length;
      EXPECT(stream_write(&peer.stream, records, first));
      server_turn(&server);
      EXPECT(stream_write(&peer.stream, records + first, second - first));
      server_turn(&server);
      EXPECT(stream_write(&peer.stream, records + second, length - second));
      EXPECT_PLAIN(&peer, ALIVE);
    }
  }
  EXPECT(length > 50);
  EXPECT_RECORD("TCP_CONNECTED DTLS_CONNECTED SESSION_CONNECTED ");
  tls_close(&peer);
  EXPECT(told(&server, "SESSION_CLOSED"));
  recorded[0] = 0;
}

/* X19: the handshake, cut behind some of its bytes. */
static void
handshake_cuts(void) {
  size_t cut;

  for (cut = 1; cut < 250; cut += 1 + chance() % 16) {
    tls_open(&peer, &server, version);
    peer.first_cut = cut;
    EXPECT(tls_handshake(&peer));
    tls_hex(&peer, CSM PROBE);
    EXPECT_PLAIN(&peer, CSM ALIVE);
    EXPECT_RECORD("TCP_CONNECTED DTLS_CONNECTED SESSION_CONNECTED ");
    tls_close(&peer);
    EXPECT(told(&server, "SESSION_CLOSED"));
    EXPECT_RECORD("DTLS_CLOSED TCP_CLOSED SESSION_CLOSED ");
  }
}

/* Section 9, T14, T16: handshakes that fail, each told of once. */
static void
failures(void) {
  static const char *const garbage[] = {
    CSM PROBE,
    "474554202f20485454502f312e310d0a0d0a474554202f20485454502f312e310d0a0d0a",
    "16030100040100000016030100040100000016030100040100000016030100040100000016030100040100000016030100040100ffff",
    "16030100050200000000 00000000000000000000000000000000000000000000000000000000",
    "1603030010 ff00000c 000000000000000000000000",
    "15030300020228 00000000000000000000",
    "17030300020000 00000000000000000000",
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  };
  size_t i;

  /* A wrong key. */
  tls_open(&peer, &server, version);
  peer.key = "a wrong key";
  recorded_states = 1;
  EXPECT(!tls_handshake(&peer));
  EXPECT(told(&server, "SESSION_FAILED"));
  EXPECT_RECORD("TCP_CONNECTED/0 DTLS_ERROR/2 DTLS_CLOSED/2 TCP_CLOSED/0closed SESSION_FAILED/0closed ");
  recorded_states = 0;
  tls_close(&peer);
  /* A plain client, and other things that are not TLS: the connection goes at once, whether an alert was sent or not. */
  for (i = 0; i < sizeof(garbage) / sizeof(garbage[0]); i++) {
    tls_open(&peer, &server, version);
    stream_hex(&peer.stream, garbage[i]);
    EXPECT(told(&server, "SESSION_FAILED"));
    if (strstr(recorded, "DTLS_ERROR"))
      EXPECT_RECORD("TCP_CONNECTED DTLS_ERROR DTLS_CLOSED TCP_CLOSED SESSION_FAILED ");
    else
      EXPECT_RECORD("TCP_CONNECTED DTLS_CLOSED TCP_CLOSED SESSION_FAILED ");
    tls_close(&peer);
  }
  EXPECT_ALIVE(&server);
}

/* Handshakes that are cut off, behind some of their bytes. */
static void
truncated(void) {
  uint8_t hello[2048];
  int length, cut;

  tls_open(&peer, &server, version);
  EXPECT_EQ(SSL_do_handshake(peer.ssl), -1);
  length = BIO_read(peer.out, hello, sizeof(hello));
  tls_close(&peer);
  EXPECT(length > 100);
  EXPECT(told(&server, "SESSION_FAILED"));
  EXPECT_RECORD("TCP_CONNECTED DTLS_CLOSED TCP_CLOSED SESSION_FAILED ");
  for (cut = 1; cut <= length; cut += 23) {
    tls_open(&peer, &server, version);
    EXPECT(stream_write(&peer.stream, hello, (size_t)cut));
    server_turn(&server);
    tls_close(&peer);
    EXPECT(told(&server, "SESSION_FAILED"));
    EXPECT_RECORD("TCP_CONNECTED DTLS_CLOSED TCP_CLOSED SESSION_FAILED ");
  }
  /* Finished, and no CSM. */
  tls_open(&peer, &server, version);
  EXPECT(tls_handshake(&peer));
  EXPECT_PLAIN(&peer, CSM);
  tls_close(&peer);
  EXPECT(told(&server, "SESSION_FAILED"));
  EXPECT_RECORD("TCP_CONNECTED DTLS_CONNECTED DTLS_CLOSED TCP_CLOSED SESSION_FAILED ");
}

/* Section 9: fatal alerts afterwards, of either side; and messages that are no CSM (X21). */
static void
alerts(void) {
  open_peer();
  tls_alert(&peer);
  EXPECT(told(&server, "SESSION_CLOSED"));
  EXPECT_RECORD("DTLS_ERROR DTLS_CLOSED TCP_CLOSED SESSION_CLOSED ");
  tls_close(&peer);
  open_peer();
  stream_hex(&peer.stream, "1703030020 0000000000000000000000000000000000000000000000000000000000000000");
  EXPECT(told(&server, "SESSION_CLOSED"));
  EXPECT_RECORD("DTLS_ERROR DTLS_CLOSED TCP_CLOSED SESSION_CLOSED ");
  EXPECT_TLS_END(&peer, SSL_ERROR_SSL);
  tls_close(&peer);
  /* Abort, and our goodbye after it. */
  tls_open(&peer, &server, version);
  EXPECT(tls_handshake(&peer));
  tls_hex(&peer, PROBE);
  EXPECT_PLAIN(&peer, CSM "00 e5");
  EXPECT_TLS_END(&peer, SSL_ERROR_ZERO_RETURN);
  EXPECT_RECORD("TCP_CONNECTED DTLS_CONNECTED DTLS_CLOSED TCP_CLOSED SESSION_FAILED ");
  tls_close(&peer);
  open_peer();
  tls_hex(&peer, "00 e4");
  EXPECT_TLS_END(&peer, SSL_ERROR_ZERO_RETURN);
  EXPECT_RECORD("DTLS_CLOSED TCP_CLOSED SESSION_CLOSED ");
  tls_close(&peer);
}

static void
pass_in(coap_tick_t ms) {
  coap_tick_t now;

  coap_ticks(&now);
  coap_io_prepare_epoll(server.context, now + ms);
}

/* X22: a handshake has 30 seconds; then the CSM has its own time. */
static void
silent(void) {
  coap_tick_t now;
  unsigned int next;

  tls_open(&peer, &server, version);
  EXPECT(told(&server, "TCP_CONNECTED"));
  coap_ticks(&now);
  next = coap_io_prepare_epoll(server.context, now);
  EXPECT(next > 25000 && next <= 30000);
  EXPECT_RECORD("TCP_CONNECTED ");
  pass_in(29000);
  EXPECT_RECORD("");
  pass_in(30001);
  EXPECT_RECORD("DTLS_CLOSED TCP_CLOSED SESSION_FAILED ");
  tls_close(&peer);
}

/* The same with a ClientHello sent. */
static void
half_a_handshake(void) {
  tls_open(&peer, &server, version);
  EXPECT_EQ(SSL_do_handshake(peer.ssl), -1);
  tls_send(&peer);
  EXPECT(tls_take(&peer, 100));
  EXPECT(tls_take(&peer, 100));
  pass_in(29000);
  EXPECT_RECORD("TCP_CONNECTED ");
  EXPECT_EQ(accepted()->state, IN_HANDSHAKE);
  pass_in(30001);
  EXPECT_RECORD("DTLS_CLOSED TCP_CLOSED SESSION_FAILED ");
  tls_close(&peer);
  /* A peer in time waits for its CSM anew. */
  server.context->csm_timeout = 5;
  tls_open(&peer, &server, version);
  EXPECT(tls_handshake(&peer));
  EXPECT_PLAIN(&peer, CSM);
  pass_in(3900);
  EXPECT_RECORD("TCP_CONNECTED DTLS_CONNECTED ");
  pass_in(5001);
  EXPECT_RECORD("DTLS_CLOSED TCP_CLOSED SESSION_FAILED ");
  EXPECT_TLS_END(&peer, SSL_ERROR_ZERO_RETURN);
  tls_close(&peer);
  server.context->csm_timeout = 30;
}

/* --- Large messages, and peers that read slowly ----------------------------------------------------------------------- */

static uint8_t *body;
static size_t body_length;

static void
answer_large(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *asked,
             coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  uint8_t *data;
  size_t length;

  (void)context, (void)resource, (void)token, (void)query, (void)session;
  if (coap_get_data(asked, &length, &data)) {
    /* What was sent has come whole. */
    EXPECT_EQ(length, body_length);
    EXPECT(length == body_length && !memcmp(data, body, length));
  }
  response->code = COAP_RESPONSE_CODE(205);
  EXPECT(coap_add_data(response, body_length, body));
}

/* A message with this payload, framed (RFC 8323, section 3.2). */
static size_t
frame(uint8_t *to, uint8_t code, uint8_t token, const char *uri_path, size_t length) {
  size_t options = strlen(uri_path) + (*uri_path != 0), counts = options + 1 + length, at = 0;

  if (counts >= 65805) {
    to[at++] = 0xf1;
    to[at++] = (uint8_t)((counts - 65805) >> 24);
    to[at++] = (uint8_t)((counts - 65805) >> 16);
    to[at++] = (uint8_t)((counts - 65805) >> 8);
    to[at++] = (uint8_t)(counts - 65805);
  } else {
    to[at++] = 0xe1;
    to[at++] = (uint8_t)((counts - 269) >> 8);
    to[at++] = (uint8_t)(counts - 269);
  }
  to[at++] = code;
  to[at++] = token;
  if (options) {
    to[at++] = (uint8_t)(0xb0 | strlen(uri_path));
    memcpy(to + at, uri_path, strlen(uri_path));
    at += strlen(uri_path);
  }
  to[at++] = 0xff;
  memcpy(to + at, body, length);
  return at + length;
}

/* 60 kB and 1 MB, both ways; the answers through sockets that take little at a time. */
static void
large(void) {
  size_t lengths[] = {60000, 1000000}, i, j, length, have;
  uint8_t *message = malloc(1100000), *bytes = malloc(1100000);
  int small = 40000, ended;

  for (i = 0; i < 2; i++) {
    body_length = lengths[i];
    open_peer();
    setsockopt(peer.stream.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    setsockopt(accepted()->sock.fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
    length = frame(message, 3, 0x70, "large", body_length);
    EXPECT(tls_write(&peer, message, length));
    length = frame(message, 0x45, 0x70, "", body_length);
    have = tls_read(&peer, bytes, length, &ended);
    EXPECT_EQ(have, length);
    EXPECT(have == length && !memcmp(bytes, message, length));
    /* Several at once: what was asked later comes later. */
    for (j = 0; j < 3; j++)
      tls_hex(&peer, "61 01 71 b5 6c61726765");
    length = frame(message, 0x45, 0x71, "", body_length);
    for (j = 0; j < 3; j++) {
      have = tls_read(&peer, bytes, length, &ended);
      EXPECT_EQ(have, length);
      EXPECT(have == length && !memcmp(bytes, message, length));
    }
    tls_close(&peer);
    EXPECT(told(&server, "SESSION_CLOSED"));
    EXPECT_RECORD("DTLS_CLOSED TCP_CLOSED SESSION_CLOSED ");
  }
  free(message);
  free(bytes);
}

/* X22: what waits for a peer that does not read is bounded, and after 60 seconds it is dropped. */
static void
does_not_read(void) {
  size_t before, i;
  int small = 4096;

  body_length = 20000;
  open_peer();
  setsockopt(peer.stream.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
  setsockopt(accepted()->sock.fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
  before = heap_in_use();
  tls_hold(&peer);
  for (i = 0; i < 400; i++)
    tls_hex(&peer, "61 01 72 b5 6c61726765");
  EXPECT(tls_send(&peer));
  for (i = 0; i < 200; i++)
    server_turn(&server);
  EXPECT(heap_in_use() < before + 2 * 1024 * 1024);
  EXPECT_ALIVE(&server);
  pass_in(59000);
  EXPECT_RECORD("");
  pass_in(61000);
  EXPECT_RECORD("DTLS_CLOSED TCP_CLOSED SESSION_CLOSED ");
  tls_close(&peer);
}

/* Section 6.2: a server refuses to renegotiate, and says so to the application. In version 1.3 there are new keys, which
 * nobody hears of. */
static void
renegotiation(void) {
  open_peer();
  if (version == TLS1_2_VERSION) {
    EXPECT_EQ(SSL_renegotiate(peer.ssl), 1);
    SSL_do_handshake(peer.ssl);
    tls_send(&peer);
    EXPECT(told(&server, "DTLS_RENEGOTIATE"));
    EXPECT_EQ(accepted()->state, IN_ESTABLISHED);
    EXPECT_RECORD("DTLS_RENEGOTIATE ");
  } else {
    int i;

    for (i = 0; i < 20; i++) {
      EXPECT_EQ(SSL_key_update(peer.ssl, SSL_KEY_UPDATE_REQUESTED), 1);
      tls_hex(&peer, PROBE);
      EXPECT_PLAIN(&peer, ALIVE);
    }
    EXPECT_RECORD("");
  }
  tls_close(&peer);
  EXPECT(told(&server, "SESSION_CLOSED"));
  recorded[0] = 0;
}

/* X42: a loop inside the handler of TCP_CONNECTED finds that the client has said hello, and nobody to say it to. The
 * handshake goes on afterwards. */
static int
loops(coap_context_t *context, coap_event_t event, coap_session_t *session) {
  record_event(context, event, session);
  if (event == COAP_EVENT_TCP_CONNECTED) {
    EXPECT_EQ(session->state, IN_NONE);
    coap_io_process(context, COAP_IO_NO_WAIT);
    coap_io_process(context, COAP_IO_NO_WAIT);
  }
  return 0;
}

static void
loop_when_accepted(void) {
  coap_register_event_handler(server.context, loops);
  tls_open(&peer, &server, version);
  EXPECT_EQ(SSL_do_handshake(peer.ssl), -1);
  EXPECT(tls_send(&peer));
  EXPECT(tls_handshake(&peer));
  tls_hex(&peer, CSM PROBE);
  EXPECT_PLAIN(&peer, CSM ALIVE);
  EXPECT_RECORD("TCP_CONNECTED DTLS_CONNECTED SESSION_CONNECTED ");
  coap_register_event_handler(server.context, record_event);
  tls_close(&peer);
  EXPECT(told(&server, "SESSION_CLOSED"));
  recorded[0] = 0;
}

/* X42: a loop inside a callback of the handshake finds what the client has sent meanwhile, and nobody to say it to. It
 * waits as it was told to. */
static int asked;

static const coap_bin_const_t *
loops_for_key(coap_bin_const_t *identity, coap_session_t *session, void *arg) {
  static coap_bin_const_t key = {sizeof(TLS_KEY) - 1, (const uint8_t *)TLS_KEY};
  long long began;

  (void)identity, (void)session, (void)arg;
  asked++;
  stream_hex(&peer.stream, "ffff");
  coap_io_process(server.context, COAP_IO_NO_WAIT);
  coap_io_process(server.context, COAP_IO_NO_WAIT);
  began = milliseconds();
  coap_io_process(server.context, 100);
  EXPECT(milliseconds() - began >= 90);
  return &key;
}

static void
loop_for_key(void) {
  coap_dtls_spsk_t spsk;

  memset(&spsk, 0, sizeof(spsk));
  spsk.version = COAP_DTLS_SPSK_SETUP_VERSION;
  spsk.validate_id_call_back = loops_for_key;
  EXPECT(coap_context_set_psk2(server.context, &spsk));
  tls_open(&peer, &server, version);
  asked = 0;
  while (!asked) {
    SSL_do_handshake(peer.ssl);
    EXPECT(tls_send(&peer));
    EXPECT(tls_take(&peer, 100));
  }
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(SSL_do_handshake(peer.ssl), 1);
  EXPECT_EQ(accepted()->state, version == TLS1_3_VERSION ? IN_HANDSHAKE : IN_CSM);
  /* What was sent meanwhile, in the client's name, is read now. */
  stream_hex(&peer.stream, "ffff ffff ffff");
  EXPECT(told(&server, "SESSION_FAILED"));
  recorded[0] = 0;
  tls_close(&peer);
  EXPECT(coap_context_set_psk(server.context, "hint", (const uint8_t *)TLS_KEY, sizeof(TLS_KEY) - 1));
}

/* coap_session_write() goes through TLS. */
static void
own_bytes(void) {
  open_peer();
  EXPECT_EQ(coap_session_write(accepted(), (const uint8_t *)"\0\342", 2), 2);
  EXPECT_PLAIN(&peer, "00 e2");
  tls_close(&peer);
  EXPECT(told(&server, "SESSION_CLOSED"));
  recorded[0] = 0;
}

int
main(void) {
  coap_resource_t *resource;
  int versions[] = {TLS1_3_VERSION, TLS1_2_VERSION}, i;
  size_t n;

  server_start(&server);
  body = malloc(1000000);
  for (n = 0; n < 1000000; n++)
    body[n] = (uint8_t)chance();
  coap_set_log_level(LOG_EMERG);
  tls_server(&server);
  resource = server_resource(&server, "large", COAP_REQUEST_GET, answer_large);
  coap_register_handler(resource, COAP_REQUEST_PUT, answer_large);
  record(server.context);
  for (i = 0; i < 2; i++) {
    version = versions[i];
    life();
    data_with_finished();
    cuts();
    handshake_cuts();
    failures();
    truncated();
    alerts();
    silent();
    half_a_handshake();
    large();
    does_not_read();
    renegotiation();
    own_bytes();
    loop_when_accepted();
    loop_for_key();
  }
  server_stop(&server);
  free(body);
  return expect_done();
}
