/* Loads a server on 127.0.0.1 over DTLS with a pre-shared key, as many peers. Prints lines of
 *
 *     <operation> <peers> <value>
 *
 *     dtls port process handshakes suite at-once handshakes seconds
 *     dtls port process requests suite sessions outstanding requests seconds
 *     dtls port process idle suite sessions requests
 *
 * `process` is the server's, whose processor time is measured (0: is not); `suite` is the only cipher suite that is
 * offered, by OpenSSL's name.
 *
 * handshakes: so many at once all the time, each by a peer that nobody has heard of before, with the exchange of a
 * cookie. Its session is closed when the handshake is complete.
 * requests: so many sessions, then GETs for /hello as `load` does them.
 * idle: so many sessions, each of which asks for /hello so many times. They are left open.
 *
 * Another tenth of the handshakes or requests (at most 5000) warms up before, and does not count.
 */
#define _GNU_SOURCE
#define LONGEST_MESSAGE 1500
#include "crowd.h"
#include "tls.h"

#define MOST_OUTSTANDING 1024

struct peer {
  SSL *ssl;
  uint32_t number;
  const uint8_t *datagram; /* the one that has come for it, NULL when OpenSSL has read it */
  size_t length;
};

static SSL_CTX *clients;
static BIO_METHOD *method;
static const char *suite, *process;
static struct peer *peers;
static unsigned long peer_count;

/* OpenSSL sends a datagram. */
static int
put(BIO *bio, const char *bytes, int length) {
  const struct peer *peer = BIO_get_data(bio);
  uint8_t *to = crowd_message(peer->number);

  if (length > LONGEST_MESSAGE)
    return -1;
  memcpy(to, bytes, (size_t)length);
  crowd_written(to + length);
  return length;
}

/* OpenSSL receives one. */
static int
get(BIO *bio, char *bytes, int size) {
  struct peer *peer = BIO_get_data(bio);

  BIO_clear_retry_flags(bio);
  if (!peer->datagram || peer->length > (size_t)size) {
    BIO_set_retry_read(bio);
    return -1;
  }
  memcpy(bytes, peer->datagram, peer->length);
  peer->datagram = NULL;
  return (int)peer->length;
}

static long
control(BIO *bio, int command, long number, void *pointer) {
  (void)bio, (void)number, (void)pointer;
  return command == BIO_CTRL_FLUSH || command == BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT;
}

/* A peer that begins its handshake. */
static void
begin(struct peer *peer, uint32_t number) {
  BIO *bio = BIO_new(method);

  peer->number = number;
  peer->datagram = NULL;
  peer->ssl = SSL_new(clients);
  if (!bio || !peer->ssl)
    tls_fail("SSL_new");
  BIO_set_data(bio, peer);
  BIO_set_init(bio, 1);
  SSL_set_bio(peer->ssl, bio, bio);
  SSL_set_options(peer->ssl, SSL_OP_NO_QUERY_MTU);
  SSL_set_mtu(peer->ssl, 1400);
  SSL_connect(peer->ssl);
}

/* The peer that datagram i is for, with that datagram; NULL: none that is still there. */
static struct peer *
receiver(unsigned int i) {
  uint32_t number = crowd_peer(i);
  struct peer *peer = &peers[number % peer_count];

  if (!peer->ssl || peer->number != number)
    return NULL;
  peer->datagram = in_bytes[i];
  peer->length = in_messages[i].msg_len;
  return peer;
}

/* Goes on with a handshake when something has come; whether that has completed it. */
static int
completed(struct peer *peer) {
  if (SSL_is_init_finished(peer->ssl))
    return 0;
  if (SSL_connect(peer->ssl) == 1) {
    tls_check(peer->ssl, suite);
    return 1;
  }
  if (SSL_get_error(peer->ssl, -1) != SSL_ERROR_WANT_READ)
    tls_fail("handshake");
  return 0;
}

/* Nothing has come for a while: whoever is not through sends again if it is time for that. */
static void
resend(void) {
  unsigned long i;

  for (i = 0; i < peer_count; i++)
    if (peers[i].ssl && !SSL_is_init_finished(peers[i].ssl) && DTLSv1_handle_timeout(peers[i].ssl) > 0)
      fprintf(stderr, "dtls: a flight sent again\n");
}

/* Prints what a load has come to. */
static void
report(const char *what, unsigned long done, double start, double before) {
  printf("dtls-%ss-per-second %lu %.0f\n", what, peer_count, (double)done / (seconds() - start));
  printf("dtls-%s-time %lu %.0f\n", what, peer_count, (used(process) - before) / (double)done);
}

static void
load_handshakes(unsigned long wanted, double limit) {
  unsigned long warm = wanted < 50000 ? wanted / 10 : 5000, done = 0;
  double start = seconds(), before = used(process);
  unsigned int i, count;

  for (i = 0; i < peer_count; i++)
    begin(&peers[i], i);
  crowd_flush();
  while (done < warm + wanted && (done < warm || seconds() - start < limit)) {
    count = crowd_receive();
    for (i = 0; i < count; i++) {
      struct peer *peer = receiver(i);

      if (!peer || !completed(peer))
        continue;
      if (++done == warm) {
        start = seconds();
        before = used(process);
      }
      SSL_shutdown(peer->ssl);
      SSL_free(peer->ssl);
      begin(peer, peer->number + (uint32_t)peer_count);
    }
    if (!count)
      resend();
    crowd_flush();
  }
  report("handshake", done - warm, start, before);
}

/* All peers shake hands, a few at a time. */
static void
open_sessions(void) {
  unsigned long begun = 0, done = 0;
  unsigned int i, count;

  while (done < peer_count) {
    for (; begun < peer_count && begun < done + 8; begun++)
      begin(&peers[begun], (uint32_t)begun);
    crowd_flush();
    count = crowd_receive();
    for (i = 0; i < count; i++) {
      struct peer *peer = receiver(i);

      done += peer && completed(peer);
    }
    if (!count)
      resend();
  }
}

/* CON GET /hello with the request's number for a token. */
static void
ask(uint32_t number) {
  static const uint8_t hello[] = {0xb5, 'h', 'e', 'l', 'l', 'o'};
  uint32_t mid = number / (uint32_t)peer_count, token = htonl(number);
  uint8_t bytes[8 + sizeof(hello)] = {0x44, 0x01, (uint8_t)(mid >> 8), (uint8_t)mid};

  memcpy(bytes + 4, &token, 4);
  memcpy(bytes + 8, hello, sizeof(hello));
  if (SSL_write(peers[number % peer_count].ssl, bytes, sizeof(bytes)) != sizeof(bytes))
    tls_fail("SSL_write");
}

/* Whether a peer has got a 2.05 in an ACK; the number of the request. */
static int
answered(struct peer *peer, uint32_t *number) {
  uint8_t bytes[128];
  int length = SSL_read(peer->ssl, bytes, sizeof(bytes));

  if (length < 8 || bytes[0] != 0x64 || bytes[1] != 0x45)
    return 0;
  memcpy(number, bytes + 4, 4);
  *number = ntohl(*number);
  return 1;
}

#define NONE UINT32_MAX

/* One peer asks after the other; so many requests are outstanding until all are asked. */
static void
load_requests(unsigned long outstanding, unsigned long wanted, unsigned long warm, double limit) {
  static uint32_t current[MOST_OUTSTANDING]; /* the number of the request that is outstanding at this place */
  unsigned long done = 0, all = warm + wanted;
  double start = seconds(), before = used(process);
  unsigned int i, count;
  uint32_t number, next;

  memset(current, 0xff, sizeof(current));
  for (i = 0; i < outstanding && i < all; i++)
    ask(current[i] = i);
  crowd_flush();
  while (done < all && (done < warm || seconds() - start < limit)) {
    count = crowd_receive();
    for (i = 0; i < count; i++) {
      struct peer *peer = receiver(i);

      if (!peer || !answered(peer, &number) || current[number % outstanding] != number)
        continue;
      if (++done == warm) {
        start = seconds();
        before = used(process);
      }
      next = number + (uint32_t)outstanding;
      current[number % outstanding] = next < all ? next : NONE;
      if (next < all)
        ask(next);
    }
    if (!count) {
      fprintf(stderr, "dtls: requests or answers were lost\n");
      for (i = 0; i < outstanding; i++)
        if (current[i] != NONE)
          ask(current[i]);
    }
    crowd_flush();
  }
  report("request", done - warm, start, before);
}

int
main(int argc, char **argv) {
  const char *mode = argc > 6 ? argv[3] : "";
  unsigned long n[4] = {0};
  int i;

  for (i = 5; i < argc && i < 9; i++)
    n[i - 5] = strtoul(argv[i], NULL, 10);
  peer_count = n[0];
  peers = calloc(peer_count, sizeof(*peers));
  method = BIO_meth_new(BIO_TYPE_DGRAM, "peer");
  if (!peers || !method || peer_count < 1)
    return 2;
  process = argv[2];
  suite = argv[4];
  BIO_meth_set_write(method, put);
  BIO_meth_set_read(method, get);
  BIO_meth_set_ctrl(method, control);
  clients = tls_clients(DTLS_client_method(), suite);
  crowd_open(strtoul(argv[1], NULL, 10));
  crowd_tell_peers();
  if (!strcmp(mode, "handshakes") && argc == 8) {
    load_handshakes(n[1], strtod(argv[7], NULL));
    return 0;
  }
  if (!strcmp(mode, "requests") && argc == 9 && n[1] >= 1 && n[1] <= MOST_OUTSTANDING) {
    open_sessions();
    load_requests(n[1], n[2], n[2] < 50000 ? n[2] / 10 : 5000, strtod(argv[8], NULL));
    return 0;
  }
  if (!strcmp(mode, "idle") && argc == 7) {
    open_sessions();
    if (n[1])
      load_requests(8, n[1] * peer_count, 0, 600);
    return 0;
  }
  return 2;
}
