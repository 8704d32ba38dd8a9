/* Cookies where they do not belong, and datagrams that come again (security.md 7.1 to 7.3; hostile.md X25): the cookie
 * of another address, another endpoint, another context; the ClientHello of a session that is established, or has
 * ended; CoAP at an endpoint for DTLS, and records at one for UDP; records of types that are no more. */
/* only: openssl */
/* flags: -lssl -lcrypto */
#include "dtls_peer.h"

static struct dtls_world world, other;
static int handled;

static void
on_request(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *request,
           coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  handled++;
  answer_probe(context, resource, session, request, token, query, response);
}

/* A second endpoint of the world's. */
static uint16_t
second(coap_proto_t proto, coap_endpoint_t **endpoint) {
  coap_address_t listen;

  loopback_address(&listen, 0);
  *endpoint = coap_new_endpoint(world.server.context, &listen, proto);
  return port_of(*endpoint);
}

/* Up to the ClientHello with the cookie, which is kept, and not sent. */
static struct dtls_datagram
hello_of(struct dtls_peer *peer) {
  struct dtls_datagram hello = {0, {0}};

  EXPECT(!dtls_step(peer));
  dtls_post(peer);
  EXPECT(dtls_await(peer, PATIENCE));
  EXPECT(!dtls_step(peer));
  EXPECT_EQ(peer->out_count, 1);
  hello = peer->out[0];
  return hello;
}

/* Sends a hello from a socket, and looks whether all that it gets is a HelloVerifyRequest. */
static void
is_stranger(struct dtls_world *where, int fd, const struct dtls_datagram *hello) {
  uint8_t bytes[2048];
  long long end = milliseconds() + PATIENCE;
  ssize_t got;

  EXPECT(send(fd, hello->bytes, hello->length, 0) == (ssize_t)hello->length);
  do {
    server_turn(&where->server);
    got = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
  } while (got < 0 && milliseconds() < end);
  EXPECT_EQ(got, 60);
  EXPECT(bytes[0] == 22 && bytes[13] == 3);
  server_turn(&where->server);
  EXPECT(recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) < 0);
}

/* A socket with the address of a peer's, to another port. */
static int
same_socket(struct dtls_peer *peer, uint16_t port) {
  struct sockaddr_in own, to;
  socklen_t size = sizeof(own);
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), yes = 1;

  memset(&to, 0, sizeof(to));
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0 || getsockname(peer->fd, (struct sockaddr *)&own, &size) < 0 ||
      setsockopt(peer->fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) < 0 ||
      setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) < 0 ||
      bind(fd, (struct sockaddr *)&own, size) < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
    perror("a socket with the same address");
    exit(2);
  }
  return fd;
}

static void
misplaced(void) {
  coap_endpoint_t *endpoint;
  uint16_t port = second(COAP_PROTO_DTLS, &endpoint);
  struct dtls_peer peer;
  struct dtls_datagram hello;
  int fd;

  dtls_open(&peer, &world, KEY);
  hello = hello_of(&peer);
  /* Another address. */
  fd = open_socket(NULL, world.port);
  is_stranger(&world, fd, &hello);
  close(fd);
  /* The same address at another endpoint, and at another context's. */
  fd = same_socket(&peer, port);
  is_stranger(&world, fd, &hello);
  close(fd);
  fd = same_socket(&peer, other.port);
  is_stranger(&other, fd, &hello);
  close(fd);
  EXPECT(!dtls_session(&peer));
  EXPECT_NO_EVENT();
  /* A cookie with a bit changed. (It is behind headers of 25 bytes, the version, 32 random bytes, and no session.) */
  fd = same_socket(&peer, world.port);
  EXPECT_EQ(hello.bytes[60], 32);
  hello.bytes[61 + 31] ^= 1;
  is_stranger(&world, fd, &hello);
  hello.bytes[61 + 31] ^= 1;
  close(fd);
  EXPECT(!dtls_session(&peer));
  /* It is good where it belongs. */
  EXPECT(dtls_handshake(&peer));
  dtls_ask(&peer, CON, 1);
  dtls_post(&peer);
  EXPECT(dtls_answered(&peer, 1));
  EXPECT_EVENTS(COAP_EVENT_DTLS_CONNECTED);
  dtls_close(&peer);
  coap_free_endpoint(endpoint);
}

/* The same hello, when the session is established, and when it has ended: nobody gets in by that. */
static void
repeated(void) {
  struct dtls_peer peer;
  struct dtls_datagram hello;
  coap_session_t *session;
  int i;

  dtls_open(&peer, &world, KEY);
  hello = hello_of(&peer);
  EXPECT(dtls_handshake(&peer));
  session = dtls_session(&peer);
  forget_events();
  for (i = 0; i < 10; i++)
    dtls_send_bytes(&peer, hello.bytes, hello.length);
  EXPECT(!dtls_await(&peer, 100));
  EXPECT(dtls_session(&peer) == session);
  EXPECT_EQ(session->state, COAP_SESSION_STATE_ESTABLISHED);
  dtls_ask(&peer, CON, 2);
  dtls_post(&peer);
  EXPECT(dtls_answered(&peer, 2));
  EXPECT_NO_EVENT();
  SSL_shutdown(peer.ssl);
  dtls_post(&peer);
  server_turn(&world.server);
  while (dtls_await(&peer, 50))
    ;
  EXPECT(!dtls_session(&peer) || dtls_session(&peer)->state == COAP_SESSION_STATE_NONE);
  forget_events();
  /* A new handshake begins, once, and comes to nothing. */
  for (i = 0; i < 10; i++)
    dtls_send_bytes(&peer, hello.bytes, hello.length);
  server_turn(&world.server);
  session = dtls_session(&peer);
  EXPECT(session && session->state == COAP_SESSION_STATE_HANDSHAKE);
  /* Nor do records of the old one count. */
  dtls_renew(&peer, 0);
  EXPECT_NO_EVENT();
  dtls_close(&peer);
}

/* What belongs to the other protocol. */
static void
mixed_up(void) {
  static const uint8_t get[] = {0x40, 1, 0x12, 0x34, 0xb5, 'p', 'r', 'o', 'b', 'e'};
  coap_endpoint_t *endpoint;
  uint16_t port = second(COAP_PROTO_UDP, &endpoint);
  struct dtls_peer peer;
  struct dtls_datagram hello;
  uint8_t bytes[100];
  int fd, i;

  coap_register_handler(coap_get_resource_from_uri_path(world.server.context, coap_make_str_const("probe")),
                        COAP_REQUEST_GET, on_request);
  forget_events();
  /* CoAP, at DTLS: from a stranger, and from the address of a session. */
  fd = open_socket(NULL, world.port);
  for (i = 0; i < 3; i++) {
    EXPECT(send(fd, get, sizeof(get), 0) == sizeof(get));
    server_turn(&world.server);
  }
  EXPECT(recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) < 0);
  close(fd);
  dtls_open(&peer, &world, KEY);
  EXPECT(dtls_handshake(&peer));
  dtls_send_bytes(&peer, get, sizeof(get));
  EXPECT(!dtls_await(&peer, 100));
  /* Application data without keys (epoch 0), and of other keys (epochs 1 and 2); a heartbeat; an alert without keys. */
  for (i = 0; i < 5; i++) {
    memset(bytes, 0, sizeof(bytes));
    bytes[0] = (uint8_t[]){23, 23, 23, 24, 21}[i];
    bytes[1] = 0xfe, bytes[2] = 0xfd;
    bytes[4] = (uint8_t[]){0, 1, 2, 1, 0}[i];
    bytes[10] = 99;
    bytes[12] = i == 4 ? 2 : 40;
    memcpy(bytes + 13, get, sizeof(get));
    if (i == 4)
      bytes[13] = 2, bytes[14] = 40;
    dtls_send_bytes(&peer, bytes, 13u + bytes[12]);
    EXPECT(!dtls_await(&peer, 50));
  }
  EXPECT_EVENTS(COAP_EVENT_DTLS_CONNECTED);
  EXPECT_EQ(handled, 0);
  dtls_ask(&peer, CON, 3);
  dtls_post(&peer);
  EXPECT(dtls_answered(&peer, 3));
  EXPECT_EQ(handled, 1);
  dtls_close(&peer);
  /* Records, at UDP. */
  dtls_open(&peer, &world, KEY);
  EXPECT(!dtls_step(&peer));
  hello = peer.out[0];
  fd = open_socket(NULL, port);
  EXPECT(send(fd, hello.bytes, hello.length, 0) == (ssize_t)hello.length);
  server_turn(&world.server);
  EXPECT(recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) < 0);
  close(fd);
  EXPECT_NO_EVENT();
  dtls_close(&peer);
  coap_free_endpoint(endpoint);
}

int
main(void) {
  coap_set_log_level(LOG_EMERG);
  world_start(&world);
  world_start(&other);
  misplaced();
  repeated();
  mixed_up();
  EXPECT_ALIVE(&world.server);
  world_stop(&other);
  world_stop(&world);
  return expect_done();
}
