/* Sockets that take little of what is to be written over TLS, or nothing: what arrives is exactly the messages, the CSM
 * first (docs/spec/security.md, T15; docs/spec/hostile.md, X19, X22; docs/spec/io.md, I1, I3, I16). */
/* only: openssl */
/* flags: -lssl -lcrypto */
#include <sys/syscall.h>

#include "tls_peer.h"

static struct server server;
static struct tls peer;
static int version;

/* --- The kernel, as it may be ----------------------------------------------------------------------------------------- */

enum { AS_IT_IS, CUTS, SINGLE_BYTES, FULL } kernel;
static unsigned int cuts, without_nosignal;

/* This definition comes before that of the C library. The peer is not cut short. */
ssize_t
send(int fd, const void *data, size_t length, int flags) {
  static int refused;

  if (fd != peer.stream.fd) {
    without_nosignal += !(flags & MSG_NOSIGNAL);
    if (kernel == FULL || (kernel == CUTS && chance() % 3 == 0) || (kernel == SINGLE_BYTES && (refused = !refused))) {
      cuts++;
      errno = EAGAIN;
      return -1;
    }
    if (kernel == CUTS && length > 1) {
      cuts++;
      length = 1 + chance() % (length - 1);
    } else if (kernel == SINGLE_BYTES) {
      length = 1;
    }
  }
  return syscall(SYS_sendto, fd, data, length, flags, NULL, 0);
}

/* --- Servers ---------------------------------------------------------------------------------------------------------- */

static uint8_t body[70000];

static void
answer(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *asked,
       coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  size_t length = (size_t)asked->token[0] << 8 | asked->token[1];

  (void)context, (void)resource, (void)token, (void)query, (void)session;
  response->code = COAP_RESPONSE_CODE(205);
  EXPECT(coap_add_data(response, length, body));
}

/* The answer to a request with this token of two bytes: its length. */
static size_t
frame(uint8_t *to, size_t length) {
  size_t counts = 1 + length, at = 0;

  if (counts < 13) {
    to[at++] = (uint8_t)(counts << 4 | 2);
  } else if (counts < 269) {
    to[at++] = 0xd2;
    to[at++] = (uint8_t)(counts - 13);
  } else {
    to[at++] = 0xe2;
    to[at++] = (uint8_t)((counts - 269) >> 8);
    to[at++] = (uint8_t)(counts - 269);
  }
  to[at++] = 0x45;
  to[at++] = (uint8_t)(length >> 8);
  to[at++] = (uint8_t)length;
  to[at++] = 0xff;
  memcpy(to + at, body, length);
  return at + length;
}

/* X19, I1, I3: answers of every length. */
static void
answers(int how, unsigned int rounds, size_t longest) {
  uint8_t *expected = malloc(12 * 70000), *have = malloc(12 * 70000), request[] = {0x22, 1, 0, 0, 0xb1, 'a'};
  size_t length, lengths;
  unsigned int round, i;
  int ended;

  kernel = how;
  tls_open(&peer, &server, version);
  EXPECT(tls_handshake(&peer));
  tls_hex(&peer, CSM);
  EXPECT_PLAIN(&peer, CSM);
  for (round = 0; round < rounds; round++) {
    lengths = 0;
    tls_hold(&peer);
    for (i = 0; i < 12; i++) {
      length = 1 + chance() % longest;
      request[2] = (uint8_t)(length >> 8);
      request[3] = (uint8_t)length;
      EXPECT(tls_write(&peer, request, sizeof(request)));
      lengths += frame(expected + lengths, length);
    }
    EXPECT(tls_send(&peer));
    EXPECT_EQ(tls_read(&peer, have, lengths, &ended), lengths);
    EXPECT(!memcmp(expected, have, lengths));
  }
  server_turn(&server);
  EXPECT_EQ(recorded_session->sock.flags, 0x15);
  EXPECT(recorded_session->delayqueue == NULL);
  EXPECT_EQ(recorded_session->partial_write, 0);
  kernel = AS_IT_IS;
  EXPECT_RECORD("TCP_CONNECTED DTLS_CONNECTED SESSION_CONNECTED ");
  tls_close(&peer);
  EXPECT(told(&server, "SESSION_CLOSED"));
  recorded[0] = 0;
  free(expected);
  free(have);
}

/* X22: a peer stalls, too, that does not read what TLS itself has to say: here, that it does not renegotiate. */
static void
refusal(void) {
  struct pollfd full;
  coap_tick_t now;

  if (version != TLS1_2_VERSION)
    return;
  tls_open(&peer, &server, version);
  EXPECT(tls_handshake(&peer));
  tls_hex(&peer, CSM);
  EXPECT_PLAIN(&peer, CSM);
  EXPECT_STATE(&server, recorded_session, IN_ESTABLISHED);
  full.fd = recorded_session->sock.fd;
  full.events = POLLOUT;
  while (poll(&full, 1, 50) == 1)
    syscall(SYS_sendto, full.fd, body, sizeof(body), MSG_DONTWAIT, NULL, 0);
  kernel = FULL; /* the last corner, too */
  EXPECT_EQ(SSL_renegotiate(peer.ssl), 1);
  SSL_do_handshake(peer.ssl);
  tls_send(&peer);
  EXPECT(told(&server, "DTLS_RENEGOTIATE"));
  EXPECT(recorded_session->sock.flags & COAP_SOCKET_WANT_WRITE);
  coap_session_reference(recorded_session);
  recorded[0] = 0;
  coap_ticks(&now);
  coap_io_prepare_epoll(server.context, now + 59000);
  EXPECT_RECORD("");
  coap_io_prepare_epoll(server.context, now + 61000);
  EXPECT_RECORD("DTLS_CLOSED TCP_CLOSED SESSION_CLOSED ");
  coap_session_release(recorded_session);
  kernel = AS_IT_IS;
  tls_close(&peer);
}

/* --- Clients ---------------------------------------------------------------------------------------------------------- */

static coap_pdu_t *
get(coap_session_t *session, const char *token) {
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, GET, coap_new_message_id(session), 64);

  coap_add_token(pdu, strlen(token), (const uint8_t *)token);
  return pdu;
}

/* T15: the socket is full when the handshake is complete. Then nothing precedes the CSM, and nothing stalls. */
static void
full_in_handshake(void) {
  coap_session_t *session;
  uint16_t port = 0;
  int listener = stream_listen(&port), i;

  session = tls_client(&server, port);
  EXPECT(coap_send(session, get(session, "1")) >= 0);
  tls_accept(&peer, &server, listener, version);
  for (i = 0; i < 1000 && SSL_do_handshake(peer.ssl) != 1; i++) {
    if (BIO_ctrl_pending(peer.out))
      kernel = version == TLS1_3_VERSION ? FULL : AS_IT_IS;
    tls_send(&peer);
    tls_take(&peer, 1);
    if (kernel == FULL && session->state == IN_CSM)
      break;
  }
  if (version == TLS1_3_VERSION) {
    /* The client is through, and could send neither its Finished nor its CSM. */
    EXPECT_EQ(session->state, IN_CSM);
    EXPECT(session->sock.flags & COAP_SOCKET_WANT_WRITE);
    EXPECT_RECORD("TCP_CONNECTED DTLS_CONNECTED ");
    EXPECT(coap_send(session, get(session, "2")) >= 0);
    for (i = 0; i < 10; i++)
      server_turn(&server);
  }
  kernel = SINGLE_BYTES;
  EXPECT(tls_handshake(&peer));
  EXPECT_PLAIN(&peer, CSM);
  if (version == TLS1_2_VERSION)
    EXPECT(coap_send(session, get(session, "2")) >= 0);
  tls_hex(&peer, CSM);
  EXPECT_PLAIN(&peer, "01 01 31 01 01 32");
  kernel = AS_IT_IS;
  EXPECT_EQ(session->state, IN_ESTABLISHED);
  EXPECT(session->delayqueue == NULL);
  coap_session_release(session);
  EXPECT_TLS_END(&peer, SSL_ERROR_ZERO_RETURN);
  tls_close(&peer);
  recorded[0] = 0;
  /* I15, X22: 4 MiB wait on a client session, the records with them; then sending fails. */
  session = tls_client(&server, port);
  tls_accept(&peer, &server, listener, version);
  EXPECT(tls_handshake(&peer));
  tls_hex(&peer, CSM);
  EXPECT_PLAIN(&peer, CSM);
  EXPECT_STATE(&server, session, IN_ESTABLISHED);
  kernel = FULL;
  for (i = 0; i < 200; i++) {
    coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_NON, PUT, coap_new_message_id(session), sizeof(body) + 64);

    EXPECT(coap_add_data(pdu, sizeof(body), body));
    if (coap_send(session, pdu) == COAP_INVALID_MID)
      break;
  }
  EXPECT(i >= 55 && i <= 62);
  kernel = AS_IT_IS;
  coap_session_release(session);
  tls_close(&peer);
  close(listener);
  recorded[0] = 0;
}

int
main(void) {
  int versions[] = {TLS1_3_VERSION, TLS1_2_VERSION}, i;
  size_t n;

  server_start(&server);
  peer.stream.fd = -1;
  for (n = 0; n < sizeof(body); n++)
    body[n] = (uint8_t)chance();
  coap_set_log_level(LOG_EMERG);
  tls_server(&server);
  server_resource(&server, "a", COAP_REQUEST_GET, answer);
  record(server.context);
  for (i = 0; i < 2; i++) {
    version = versions[i];
    answers(CUTS, 10, 700);
    answers(CUTS, 2, 60000);
    answers(SINGLE_BYTES, 2, 40);
    refusal();
    full_in_handshake();
  }
  EXPECT(cuts > 100);
  EXPECT_EQ(without_nosignal, 0);
  server_stop(&server);
  return expect_done();
}
