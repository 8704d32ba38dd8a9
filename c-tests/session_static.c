/* flags: -static */
/* no valgrind: it does not see into a static program's allocator */
/* The functions of sessions and sockets that only the static library has (headers.md 8, session.md 4.1 and 8, io.md 3,
 * 4.1 and 7). */
#include "peer.h"

#include <fcntl.h>

static int hooked;

static ssize_t
hook(coap_socket_t *sock, const coap_session_t *session, const uint8_t *data, size_t length) {
  EXPECT(sock && session && data && length == 3);
  hooked++;
  return 77;
}

static int nacks, released;

static void
on_nack(coap_context_t *context, coap_session_t *session, coap_pdu_t *sent, coap_nack_reason_t reason,
        const coap_mid_t mid) {
  (void)context, (void)sent, (void)mid;
  EXPECT_EQ(reason, COAP_NACK_NOT_DELIVERABLE);
  EXPECT_EQ(session->sock.fd, -1);
  coap_session_mfree(session); /* being torn down: nothing happens */
  nacks++;
}

static void
release_entry(void *data) {
  (void)data;
  released++;
}

/* What belongs to the session goes, the session stays in its list until it is freed. */
static void
mfree(struct server *server, uint16_t port, int then_free) {
  coap_context_t *context = server->context;
  coap_session_t *session = client_session(server, port, COAP_PROTO_UDP);
  coap_pdu_t *pdu = coap_pdu_init(CON, GET, 1, 100);
  coap_cache_entry_t *entry;

  nacks = released = 0;
  coap_register_nack_handler(context, on_nack);
  entry = coap_new_cache_entry(session, pdu, COAP_CACHE_NOT_RECORD_PDU, COAP_CACHE_IS_SESSION_BASED, 0);
  coap_cache_set_app_data(entry, context, release_entry);
  session->con_active = 1; /* so that the message waits */
  EXPECT_EQ(coap_send(session, pdu), 1);
  EXPECT_EQ(coap_session_refresh_psk_key(session, &(coap_bin_const_t){1, (const uint8_t *)"k"}), 1);
  coap_session_mfree(session); /* referenced: nothing happens (S6) */
  EXPECT(session->sock.flags != 0 && session->delayqueue && nacks == 0);
  session->ref = 0;
  coap_session_mfree(session);
  EXPECT(nacks == 1 && released == 1);
  EXPECT(session->sock.flags == 0 && session->sock.fd == -1 && !session->delayqueue && !session->psk_key);
  EXPECT(context->sessions == session && session->context == context);
  coap_session_mfree(session);
  coap_session_release(coap_session_reference(session)); /* nothing revives it */
  EXPECT(context->sessions == session);
  EXPECT_EQ(coap_send(session, coap_pdu_init(NON, GET, 2, 100)), COAP_INVALID_MID);
  EXPECT_ALIVE(server);
  if (then_free) {
    coap_session_free(session);
    EXPECT(context->sessions == NULL);
  }
  EXPECT_EQ(nacks, 1);
  coap_register_nack_handler(context, NULL);
}

static void
sockets(struct server *server, uint16_t port) {
  coap_session_t *session = client_session(server, port, COAP_PROTO_UDP);
  coap_socket_t own;
  ssize_t (*before)(coap_socket_t *, const coap_session_t *, const uint8_t *, size_t) = server->context->network_send;
  int fd = session->sock.fd;

  server->context->network_send = hook;
  EXPECT_EQ((long)coap_socket_send(&session->sock, session, (const uint8_t *)"abc", 3), 77);
  EXPECT_EQ(hooked, 1);
  EXPECT_EQ((long)coap_socket_send(NULL, session, (const uint8_t *)"abc", 3), -1);
  EXPECT_EQ((long)coap_socket_send(&session->sock, NULL, (const uint8_t *)"abc", 3), -1);
  EXPECT_EQ((long)coap_socket_send(&session->sock, session, NULL, 3), -1);
  EXPECT_EQ(hooked, 1);
  server->context->network_send = before;

  coap_socket_close(&session->sock);
  EXPECT(session->sock.fd == -1 && session->sock.flags == 0 && session->sock.session == NULL);
  EXPECT(fcntl(fd, F_GETFD) == -1 && errno == EBADF);
  coap_socket_close(&session->sock);
  EXPECT_EQ(coap_send(session, coap_pdu_init(NON, GET, 2, 100)), COAP_INVALID_MID); /* S8 */
  coap_session_release(session);

  /* One that is neither a session's nor an endpoint's. */
  memset(&own, 0, sizeof(own));
  own.fd = dup(0);
  own.flags = COAP_SOCKET_NOT_EMPTY;
  fd = own.fd;
  coap_socket_close(&own);
  EXPECT(own.fd == -1 && own.flags == 0 && fcntl(fd, F_GETFD) == -1);
  /* A server session's has 0 for a descriptor, which is not one of its own (io.md 2). */
  memset(&own, 0, sizeof(own));
  coap_socket_close(&own);
  EXPECT(fcntl(0, F_GETFD) != -1);
  coap_socket_close(NULL);
}

/* Streams: coap_socket_read() and coap_socket_write() (io.md 5.1; I16). */
static void
streams(void) {
  static uint8_t much[1 << 20], back[1 << 20];
  coap_socket_t ends[2];
  int fds[2], i;
  ssize_t count;

  memset(ends, 0, sizeof(ends));
  EXPECT_EQ((long)coap_socket_write(&ends[0], much, 1), -1); /* not open: descriptor 0 is none of its own */
  EXPECT_EQ((long)coap_socket_read(&ends[0], back, 1), -1);
  EXPECT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0);
  for (i = 0; i < 2; i++) {
    ends[i].fd = fds[i];
    ends[i].flags = COAP_SOCKET_NOT_EMPTY | COAP_SOCKET_CONNECTED | COAP_SOCKET_CAN_READ;
  }
  EXPECT_EQ((long)coap_socket_write(&ends[0], (const uint8_t *)"abc", 3), 3);
  EXPECT(!(ends[0].flags & COAP_SOCKET_WANT_WRITE));
  EXPECT_EQ((long)coap_socket_write(&ends[0], NULL, 3), -1);
  EXPECT_EQ((long)coap_socket_read(&ends[1], NULL, 3), -1);
  EXPECT_EQ((long)coap_socket_read(&ends[1], back, 0), 0);
  EXPECT_EQ((long)coap_socket_read(&ends[1], back, 2), 2);
  EXPECT(ends[1].flags & COAP_SOCKET_CAN_READ);
  EXPECT_EQ((long)coap_socket_read(&ends[1], back, 2), 1); /* fewer than there is room for */
  EXPECT(!(ends[1].flags & COAP_SOCKET_CAN_READ) && back[0] == 'c');
  EXPECT_EQ((long)coap_socket_read(&ends[1], back, 2), 0); /* none now */
  count = coap_socket_write(&ends[0], much, sizeof(much));
  EXPECT(count > 0 && count < (ssize_t)sizeof(much) && ends[0].flags & COAP_SOCKET_WANT_WRITE);
  EXPECT_EQ((long)coap_socket_write(&ends[0], much, 1), 0);
  while (coap_socket_read(&ends[1], back, sizeof(back)) > 0)
    ;
  EXPECT_EQ((long)coap_socket_write(&ends[0], much, 1), 1);
  EXPECT(!(ends[0].flags & COAP_SOCKET_WANT_WRITE));
  coap_socket_close(&ends[0]);
  EXPECT_EQ((long)coap_socket_read(&ends[1], back, 2), 1);
  EXPECT_EQ((long)coap_socket_read(&ends[1], back, 2), -1); /* the end */
  EXPECT_EQ((long)coap_socket_write(&ends[1], much, 1), -1); /* I16: and no SIGPIPE */
  coap_socket_close(&ends[1]);
}

int
main(void) {
  struct server server;
  coap_session_t *session;
  coap_endpoint_t *endpoint;
  coap_address_t address;
  uint16_t port;
  int silent = silent_socket(&port);

  coap_set_log_level(LOG_EMERG);
  server_start(&server);
  mfree(&server, port, 1);
  sockets(&server, port);
  streams();

  EXPECT(!strcmp(coap_socket_format_errno(ENOENT), "No such file or directory"));
  coap_mfree_endpoint(coap_malloc_endpoint());
  coap_mfree_endpoint(NULL);
  loopback_address(&address, 0);
  endpoint = coap_new_endpoint(server.context, &address, COAP_PROTO_UDP);
  EXPECT(server.context->endpoint == endpoint);
  coap_mfree_endpoint(endpoint); /* in use: it ends */
  EXPECT(server.context->endpoint == server.endpoint);

  /* No handshake can begin in a library without DTLS, and nothing else is turned into a server session. */
  session = client_session(&server, port, COAP_PROTO_UDP);
  EXPECT(coap_session_new_dtls_session(session, 1) == NULL);
  EXPECT(coap_session_new_dtls_session(NULL, 1) == NULL);
  EXPECT_EQ(session->type, COAP_SESSION_TYPE_CLIENT);
  coap_session_release(session);
  EXPECT(server.context->sessions == NULL);

  mfree(&server, port, 0); /* its memory goes with the context */
  server_stop(&server);
  close(silent);
  return expect_done();
}
