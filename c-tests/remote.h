/* The other end of a client session: a raw UDP socket that a session of ours talks to, and that answers what it likes.
 * The clock that the library reads stands still unless later() moves it, so that what happens when can be told to the
 * millisecond, and nobody waits.
 *
 *     struct remote remote;
 *     struct reply r;
 *
 *     remote_open(&remote, &server);
 *     mid = ask(remote.session, CON, "t");             // a GET with this token
 *     EXPECT_HEARD(&remote, &r, CON, mid);             // it has arrived
 *     answer(&remote, ACK, EMPTY, mid, "");            // is sent, and handled by the library
 *     EXPECT_NOTHING_HEARD(&remote);
 *     later(&server, 2000);                            // two seconds pass, and what is due is done
 *     remote_close(&remote);                           // releases the session, too
 */
#ifndef REMOTE_H
#define REMOTE_H

#include <sys/syscall.h>

#include "peer.h"

/* --- The clock --------------------------------------------------------------------------------------------------- */

/* Wall-clock time as the library sees it, in milliseconds; 0 = not stopped yet. */
static long long stopped_clock;

/* This definition comes before that of the C library; the monotonic clock goes on as it does. */
int
clock_gettime(clockid_t clock, struct timespec *now) {
  int result = (int)syscall(SYS_clock_gettime, clock, now);

  if (result == 0 && clock == CLOCK_REALTIME) {
    if (!stopped_clock)
      stopped_clock = now->tv_sec * 1000LL;
    now->tv_sec = (time_t)(stopped_clock / 1000);
    now->tv_nsec = (long)(stopped_clock % 1000) * 1000000;
  }
  return result;
}

/* Time goes by, in milliseconds; then the library does what is due. */
static inline void
later(struct server *server, long long ms) {
  stopped_clock += ms;
  server_turn(server);
}

/* --- The remote end ---------------------------------------------------------------------------------------------- */

struct remote {
  struct server *server;
  int fd;
  uint16_t port;
  struct sockaddr_in client;    /* where the last datagram came from */
  coap_session_t *session;
};

static inline void
remote_open(struct remote *remote, struct server *server) {
  memset(remote, 0, sizeof(*remote));
  remote->server = server;
  remote->fd = silent_socket(&remote->port);
  remote->session = client_session(server, remote->port, COAP_PROTO_UDP);
  if (!remote->session) {
    printf("no client session\n");
    exit(2);
  }
  remote->client = remote->session->addr_info.local.addr.sin;
}

static inline void
remote_close(struct remote *remote) {
  if (remote->session)
    coap_session_release(remote->session);
  close(remote->fd);
}

/* Sends a request without options, of this type and with this token. */
static inline coap_mid_t
ask(coap_session_t *session, unsigned int type, const char *token) {
  coap_pdu_t *pdu = coap_pdu_init((uint8_t)type, GET, coap_new_message_id(session), 64);

  EXPECT_EQ(coap_add_token(pdu, strlen(token), (const uint8_t *)token), 1);
  return coap_send(session, pdu);
}

/* Takes the next datagram that the session has sent; 0 if there is none. What is no message ends the program. */
static inline int
heard(struct remote *remote, struct reply *r) {
  socklen_t size = sizeof(remote->client);
  ssize_t got = recvfrom(remote->fd, r->bytes, sizeof(r->bytes), MSG_DONTWAIT, (struct sockaddr *)&remote->client,
                         &size);

  r->length = got > 0 ? (size_t)got : 0;
  if (r->length && !parse(r)) {
    printf("the client sends what is no message: ");
    print_bytes(r->bytes, r->length);
    printf("\n");
    exit(1);
  }
  return r->length > 0;
}

static inline int
expect_heard(const char *file, int line, struct remote *remote, struct reply *r, unsigned int type, coap_mid_t mid) {
  int came = heard(remote, r);

  expect_made++;
  if (came && r->type == type && r->mid == (unsigned int)mid)
    return 1;
  expect_failed++;
  printf("%s:%d: expected a message of type %u with id %04x; ", file, line, type, (unsigned int)mid);
  if (!came)
    printf("none came\n");
  else {
    printf("got ");
    print_bytes(r->bytes, r->length);
    printf("\n");
  }
  return 0;
}
#define EXPECT_HEARD(remote, reply, type, mid) expect_heard(__FILE__, __LINE__, remote, reply, type, mid)

static inline int
expect_nothing_heard(const char *file, int line, struct remote *remote) {
  struct reply r;

  expect_made++;
  if (!heard(remote, &r))
    return 1;
  expect_failed++;
  printf("%s:%d: expected no message; got ", file, line);
  print_bytes(r.bytes, r.length);
  printf("\n");
  return 0;
}
#define EXPECT_NOTHING_HEARD(remote) expect_nothing_heard(__FILE__, __LINE__, remote)

/* Sends bytes to the session, and lets the library handle them. */
static inline void
tell(struct remote *remote, const struct datagram *d) {
  EXPECT(sendto(remote->fd, d->bytes, d->length, 0, (struct sockaddr *)&remote->client, sizeof(remote->client)) ==
         (ssize_t)d->length);
  server_turn(remote->server);
}

/* Sends a message of header and token. */
static inline void
answer(struct remote *remote, unsigned int type, unsigned int code, coap_mid_t mid, const char *token) {
  static struct datagram d;

  request(&d, type, code, (unsigned int)mid & 0xffff, token);
  tell(remote, &d);
}

#endif
