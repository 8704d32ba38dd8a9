/* Floods of a DTLS endpoint from spoofed addresses (hostile.md X25): what a ClientHello without cookie costs, what stays of
 * 100,000 of them, and whether an honest client gets through meanwhile. The addresses are made up in network_read. */
/* only: openssl */
/* no valgrind: it counts bytes of heap, which are 0 there */
/* no sanitizer: it counts bytes of heap */
/* flags: -lssl -lcrypto */
#include "dtls_peer.h"

#define HELLOS 100000
#define SOURCES 10000

static struct dtls_world world;
static struct dtls_datagram hello;
static ssize_t (*built_in_read)(coap_socket_t *, coap_packet_t *);
static ssize_t (*built_in_send)(coap_socket_t *, const coap_session_t *, const uint8_t *, size_t);
static long flood, answers, other_answers;

/* A hello of the flood, or what has really come. */
static ssize_t
read_flood(coap_socket_t *sock, coap_packet_t *packet) {
  if (!flood)
    return built_in_read(sock, packet);
  flood--;
  loopback_address(&packet->addr_info.remote, (uint16_t)(1024 + flood % SOURCES));
  packet->addr_info.remote.addr.sin.sin_addr.s_addr = htonl(0x0a000000u + (uint32_t)(flood / 1000));
  packet->length = hello.length;
  memcpy(packet->payload, hello.bytes, hello.length);
  return (ssize_t)hello.length;
}

/* Answers to the flood go nowhere. */
static ssize_t
send_flood(coap_socket_t *sock, const coap_session_t *session, const uint8_t *data, size_t length) {
  if (session && ntohl(session->addr_info.remote.addr.sin.sin_addr.s_addr) >> 24 == 10) {
    if (session->type == COAP_SESSION_TYPE_HELLO && length == 60 && data[13] == 3)
      answers++;
    else
      other_answers++;
    return (ssize_t)length;
  }
  return built_in_send(sock, session, data, length);
}

/* So many hellos, one after the other; a wake-up datagram for each, since the loop asks the socket first. */
static void
hellos(long count, struct dtls_peer *waker) {
  long i;

  for (i = 0; i < count; i++) {
    flood = 1;
    EXPECT(send(waker->fd, "x", 1, 0) == 1);
    while (flood)
      server_turn(&world.server);
    server_turn(&world.server); /* the "x" itself */
  }
}

static long
sessions(void) {
  long count = 0;
  int port;

  for (port = 1024; port < 1024 + 100; port++) {
    coap_address_t address;
    int ifindex;

    loopback_address(&address, (uint16_t)port);
    address.addr.sin.sin_addr.s_addr = htonl(0x0a000000u);
    for (ifindex = 0; ifindex < 4; ifindex++)
      count += coap_session_get_by_peer(world.server.context, &address, ifindex) != NULL;
  }
  return count;
}

static long long
microseconds(void) {
  struct timespec now;

  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

int
main(void) {
  struct dtls_peer waker, honest;
  long long start, spent, idle;
  size_t before, after;
  int i, round;

  coap_set_log_level(LOG_EMERG);
  world_start(&world);
  built_in_read = world.server.context->network_read;
  built_in_send = world.server.context->network_send;
  world.server.context->network_read = read_flood;
  world.server.context->network_send = send_flood;
  dtls_open(&waker, &world, KEY);
  dtls_step(&waker);
  hello = waker.out[0];
  hellos(1000, &waker); /* whatever is made once has been made */

  start = microseconds();
  for (i = 0; i < 10000; i++) {
    EXPECT(send(waker.fd, "x", 1, 0) == 1);
    server_turn(&world.server);
  }
  idle = microseconds() - start;
  before = heap_in_use();
  start = microseconds();
  hellos(HELLOS, &waker);
  spent = microseconds() - start;
  after = heap_in_use();
  printf("%d hellos: %lld us each, of which %lld us are for the wake-up; heap %zu bytes before, %zu after\n", HELLOS,
         spent / HELLOS, 2 * idle / 10000, before, after);
  EXPECT_EQ(answers, HELLOS + 1000);
  EXPECT_EQ(other_answers, 0);
  EXPECT_EQ(sessions(), 0);
  EXPECT(after < before + 4096);
  EXPECT(spent / HELLOS < 1000);

  /* Honest clients, with 300 hellos between any two of their datagrams. */
  for (round = 0; round < 3; round++) {
    dtls_open(&honest, &world, KEY);
    while (!dtls_step(&honest)) {
      dtls_post(&honest);
      hellos(300, &waker);
      EXPECT(dtls_await(&honest, PATIENCE));
    }
    EXPECT_EQ(dtls_session(&honest) != NULL, 1);
    dtls_ask(&honest, CON, (unsigned int)round);
    dtls_post(&honest);
    hellos(300, &waker);
    EXPECT(dtls_answered(&honest, (unsigned int)round));
    dtls_close(&honest);
  }
  EXPECT_EQ(other_answers, 0);
  dtls_close(&waker);
  world_stop(&world);
  return expect_done();
}
