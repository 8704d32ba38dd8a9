/* flags: -DCOAP_EPOLL_SUPPORT */
/* The loop (docs/spec/io.md, section 6): passes at times of the program's own making, the timer, loops of the
 * application's own, clocks that jump (rows I6, I8, I9, I21 to I26). */
#define _GNU_SOURCE
#include "peer.h"

#include <dlfcn.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/timerfd.h>

/* What the wall clock is ahead of the real one, in milliseconds. */
static long long ahead;
/* How often the timer has been set. */
static int timer_settings;

static void
find_next(void *function, size_t size, const char *name) {
  void *found = dlsym(RTLD_NEXT, name);

  memcpy(function, &found, size);
}

int
clock_gettime(clockid_t clock, struct timespec *time) {
  static int (*next)(clockid_t, struct timespec *);
  long long ms;
  int result;

  if (!next)
    find_next(&next, sizeof(next), "clock_gettime");
  result = next(clock, time);
  if (clock == CLOCK_REALTIME) {
    ms = time->tv_sec * 1000LL + time->tv_nsec / 1000000 + ahead;
    time->tv_sec = ms / 1000;
    time->tv_nsec = ms % 1000 * 1000000;
  }
  return result;
}

int
timerfd_settime(int fd, int flags, const struct itimerspec *value, struct itimerspec *old) {
  static int (*next)(int, int, const struct itimerspec *, struct itimerspec *);

  if (!next)
    find_next(&next, sizeof(next), "timerfd_settime");
  timer_settings++;
  return next(fd, flags, value, old);
}

static coap_tick_t
ticks(void) {
  coap_tick_t now;

  coap_ticks(&now);
  return now;
}

/* Milliseconds until the timer of the context goes off; -1 if it is off. */
static long
timer_left(const coap_context_t *context) {
  struct itimerspec value;

  timerfd_gettime(context->eptimerfd, &value);
  if (!value.it_value.tv_sec && !value.it_value.tv_nsec)
    return -1;
  return (long)value.it_value.tv_sec * 1000 + value.it_value.tv_nsec / 1000000;
}

/* Waits with select() until the descriptor of the context is readable; whether it is in time. */
static int
selected(coap_context_t *context, int ms) {
  struct timeval timeout = {ms / 1000, ms % 1000 * 1000};
  int fd = coap_context_get_coap_fd(context);
  fd_set reads;

  FD_ZERO(&reads);
  FD_SET(fd, &reads);
  return select(fd + 1, &reads, NULL, NULL, &timeout) == 1 && FD_ISSET(fd, &reads);
}

static int sent;
static long long jump; /* the clock jumps by this while a datagram is sent */

static ssize_t
count_sent(coap_socket_t *sock, const coap_session_t *session, const uint8_t *data, size_t length) {
  sent++;
  ahead += jump;
  return coap_network_send(sock, session, data, length);
}

static int nacks;

static void
on_nack(coap_context_t *context, coap_session_t *session, coap_pdu_t *pdu, coap_nack_reason_t reason,
        const coap_mid_t mid) {
  (void)context, (void)session, (void)pdu, (void)mid;
  EXPECT_EQ(reason, COAP_NACK_TOO_MANY_RETRIES);
  nacks++;
}

/* A session whose messages are sent again after exactly `seconds`, twice that, and so on. */
static coap_session_t *
exact_session(coap_context_t *context, uint16_t port, uint16_t seconds) {
  struct server server = {.context = context};
  coap_session_t *session = client_session(&server, port, COAP_PROTO_UDP);

  coap_session_set_ack_timeout(session, (coap_fixed_point_t){seconds, 0});
  coap_session_set_ack_random_factor(session, (coap_fixed_point_t){1, 0});
  return session;
}

static coap_mid_t
send_con(coap_session_t *session, uint16_t mid) {
  return coap_send(session, coap_pdu_init(CON, GET, mid, 100));
}

/* A context that counts what it sends. */
static coap_context_t *
counting_context(void) {
  coap_context_t *context = coap_new_context(NULL);

  context->network_send = count_sent;
  coap_register_nack_handler(context, on_nack);
  sent = nacks = 0;
  return context;
}

/* Section 6.2: what is due at the time given is done, and the result is the time to the next deadline. */
static void
passes(uint16_t port) {
  coap_context_t *context = counting_context();
  coap_session_t *session = exact_session(context, port, 2);
  coap_socket_t *sockets[1] = {(coap_socket_t *)-1};
  unsigned int number = 99, wait;
  int times;

  EXPECT_EQ(coap_io_prepare_io(context, sockets, 1, &number, ticks()), 0);
  EXPECT(number == 0 && sockets[0] == (coap_socket_t *)-1);
  EXPECT_EQ(send_con(session, 1), 1);
  EXPECT_EQ(sent, 1);
  wait = coap_io_prepare_io(context, NULL, 0, &number, context->sendqueue_basetime + 500);
  EXPECT_EQ(wait, 1500);
  for (times = 1; times <= 4; times++) {
    /* The clock itself moves, because what is sent looks at it. */
    wait = coap_io_prepare_io(context, NULL, 0, &number, ticks());
    EXPECT(wait > 0 && wait <= (2000u << (times - 1)) + 1000);
    ahead += wait - 1;
    EXPECT_EQ(sent, times);
    ahead += 1;
    wait = coap_io_prepare_io(context, NULL, 0, &number, ticks());
    EXPECT_EQ(sent, times + 1);
    EXPECT(wait > (2000u << times) - 1000 && wait <= (2000u << times) + 1000); /* sending reads the clock */
  }
  EXPECT_EQ(nacks, 0);
  ahead += wait;
  EXPECT_EQ(coap_io_prepare_io(context, NULL, 0, &number, ticks()), 0);
  EXPECT(nacks == 1 && sent == 5);
  EXPECT_EQ(coap_can_exit(context), 1);
  coap_session_release(session);
  coap_free_context(context);
}

/* I21: a deadline that passes while the pass runs is due at once, and does not switch the timer off. */
static void
late_pass(uint16_t port) {
  coap_context_t *context = counting_context();
  coap_session_t *first = exact_session(context, port, 2), *second = exact_session(context, port, 20);

  EXPECT_EQ(send_con(first, 1), 1);
  EXPECT_EQ(send_con(second, 2), 2);
  ahead += 2500;
  jump = 20000; /* the pass takes its time: meanwhile the second one is due */
  EXPECT(coap_io_prepare_epoll(context, ticks()) >= 1);
  jump = 0;
  EXPECT_EQ(sent, 3);
  EXPECT(selected(context, PATIENCE));
  while (sent < 4 && selected(context, PATIENCE))
    coap_io_process(context, COAP_IO_NO_WAIT);
  EXPECT_EQ(sent, 4);
  coap_session_release(first);
  coap_session_release(second);
  coap_free_context(context);
}

/* I23: the timer holds the true time of what is due first, whatever is sent outside the loop and in what order. */
static void
minimum(uint16_t port) {
  coap_context_t *context = counting_context();
  coap_session_t *slow = exact_session(context, port, 60), *quick = exact_session(context, port, 2);
  coap_session_t *medium = exact_session(context, port, 30);
  coap_tick_t armed;

  EXPECT_EQ((long)timer_left(context), -1);
  EXPECT_EQ(send_con(slow, 1), 1);
  EXPECT(timer_left(context) > 50000 && timer_left(context) <= 60000);
  EXPECT_EQ(send_con(quick, 2), 2); /* not 58 seconds before its neighbour */
  EXPECT(timer_left(context) > 0 && timer_left(context) <= 2000);
  armed = context->next_timeout;
  EXPECT_EQ(send_con(medium, 3), 3); /* and what is due later does not postpone it */
  EXPECT(context->next_timeout == armed && timer_left(context) <= 2000);
  coap_cancel_session_messages(context, quick, COAP_NACK_TOO_MANY_RETRIES);
  /* 30 seconds are left to the third, not to the second what is between them. */
  EXPECT(coap_io_prepare_epoll(context, ticks()) > 20000);
  coap_session_release(slow);
  coap_session_release(quick);
  coap_session_release(medium);
  coap_free_context(context);
}

/* I24: what begins outside the loop has its deadline at once: the keepalive of a session. */
static void
begun_outside(uint16_t port) {
  coap_context_t *context = counting_context();
  struct server server = {.context = context};
  coap_session_t *session;

  coap_context_set_keepalive(context, 5);
  EXPECT_EQ((long)timer_left(context), -1);
  session = client_session(&server, port, COAP_PROTO_UDP);
  EXPECT(timer_left(context) > 0 && timer_left(context) <= 5000);
  ahead += 5500;
  coap_io_prepare_epoll(context, ticks());
  EXPECT(sent == 1 && session->last_ping > 0 && session->last_ping_mid != COAP_INVALID_MID);
  coap_session_release(session);
  coap_free_context(context);
}

/* I22: a change that observers are to hear of makes the descriptor readable at once, and a confirmable message that is
 * sent behind it does not cancel that. */
static void
notified(uint16_t port) {
  struct server server;
  struct peer peer;
  struct datagram d;
  struct reply r;
  coap_session_t *session;
  int i;

  server_start(&server);
  coap_resource_set_get_observable(server.probe, 1);
  peer_open(&peer, &server);
  request(&d, CON, GET, 1, "o");
  option_uint(&d, COAP_OPTION_OBSERVE, 0);
  path(&d, "probe");
  peer_send(&peer, &d);
  EXPECT_REPLY(&peer, &r, ACK, 205);
  session = exact_session(server.context, port, 60);
  for (i = 0; i < 2; i++) {
    server_turn(&server);
    EXPECT(!selected(server.context, 0));
    if (i)
      EXPECT_EQ(send_con(session, 1), 1);
    EXPECT_EQ(coap_resource_notify_observers(server.probe, NULL), 1);
    if (!i)
      EXPECT_EQ(send_con(session, 2), 2);
    EXPECT(selected(server.context, PATIENCE));
    EXPECT(await(&server, peer.fd, &r, PATIENCE) && parse(&r) && r.code == 0x45 && r.token_length == 1);
    coap_cancel_session_messages(server.context, session, COAP_NACK_RST);
  }
  coap_session_release(session);
  peer_close(&peer);
  server_stop(&server);
}

/* I25: a clock that is set back postpones no retransmission by more than its own interval; one that is set forward does
 * no harm. */
static void
jumping_clock(uint16_t port) {
  coap_context_t *context = counting_context();
  coap_session_t *session;
  unsigned int wait;
  int before;

  ahead += 2 * 3600 * 1000; /* so that an hour less is still after the start of the ticks */
  session = exact_session(context, port, 2);
  EXPECT_EQ(send_con(session, 1), 1);
  EXPECT(coap_io_prepare_epoll(context, ticks()) <= 2000);
  ahead -= 3600 * 1000;
  wait = coap_io_prepare_epoll(context, ticks());
  EXPECT(wait >= 1 && wait <= 2000);
  EXPECT(timer_left(context) >= 0 && timer_left(context) <= 2000);
  ahead += 2000;
  before = sent;
  wait = coap_io_prepare_epoll(context, ticks());
  EXPECT_EQ(sent, before + 1);
  EXPECT(wait >= 1 && wait <= 5000);
  ahead += 10 * 3600 * 1000;
  wait = coap_io_prepare_epoll(context, ticks());
  EXPECT_EQ(sent, before + 2);
  EXPECT(wait >= 1 && wait <= 9000);
  ahead -= 20 * 3600 * 1000; /* before the start of the ticks */
  wait = coap_io_prepare_epoll(context, ticks());
  EXPECT(wait >= 1 && wait <= 17000);
  ahead += 12 * 3600 * 1000;
  coap_session_release(session);
  coap_free_context(context);
}

/* Server sessions idle for their time-out by a clock that goes back, too (I25). */
static void
idle_clock(void) {
  struct server server;
  coap_packet_t packet;
  coap_session_t *session;
  coap_tick_t now;
  unsigned int wait;

  server_start(&server);
  server.context->session_timeout = 100;
  ahead += 3600 * 1000;
  now = ticks();
  memset(&packet, 0, sizeof(packet));
  loopback_address(&packet.addr_info.remote, 1);
  loopback_address(&packet.addr_info.local, 2);
  session = coap_endpoint_get_session(server.endpoint, &packet, now);
  wait = coap_io_prepare_epoll(server.context, now);
  EXPECT(wait > 99000 && wait <= 100000);
  ahead -= 1800 * 1000;
  wait = coap_io_prepare_epoll(server.context, ticks());
  EXPECT(wait > 99000 && wait <= 100000);
  EXPECT(coap_session_get_by_peer(server.context, &packet.addr_info.remote, 0) == session);
  ahead += 100 * 1000;
  EXPECT_EQ(coap_io_prepare_epoll(server.context, ticks()), 0);
  EXPECT(coap_session_get_by_peer(server.context, &packet.addr_info.remote, 0) == NULL);
  ahead -= 1700 * 1000 - 3600 * 1000;
  server_stop(&server);
}

/* Milliseconds that some passes take at an endpoint with so many sessions, with nothing due. */
static long long
passes_with(unsigned int sessions) {
  struct server server;
  coap_packet_t packet;
  coap_tick_t now = ticks();
  long long start, took;
  unsigned int i;

  server_start(&server);
  memset(&packet, 0, sizeof(packet));
  loopback_address(&packet.addr_info.local, 2);
  for (i = 0; i < sessions; i++) {
    loopback_address(&packet.addr_info.remote, 3);
    packet.addr_info.remote.addr.sin.sin_addr.s_addr = htonl(0x0a000000 + i);
    EXPECT(coap_endpoint_get_session(server.endpoint, &packet, now) != NULL);
  }
  coap_io_prepare_epoll(server.context, ticks());
  timer_settings = 0;
  start = milliseconds();
  for (i = 0; i < 2000; i++)
    coap_io_prepare_epoll(server.context, ticks());
  took = milliseconds() - start;
  EXPECT_EQ(timer_settings, 0); /* the minimum has not changed */
  server_stop(&server);
  return took;
}

/* I26: a pass with nothing due costs the same with few sessions and with many, and no system call for the timer. */
static void
idle_passes(void) {
  long long few = passes_with(10), many = passes_with(20000);

  EXPECT(many <= 4 * few + 100);
}

/* Section 6.1: the descriptor in a loop of the application's own: in select(), and in an epoll set around it. */
static void
own_loops(uint16_t port) {
  struct server server;
  struct peer peer;
  struct datagram d;
  struct reply r;
  struct epoll_event event = {.events = EPOLLIN}, events[10];
  coap_session_t *session;
  int outer = epoll_create1(EPOLL_CLOEXEC), fd, count;

  server_start(&server);
  server.context->network_send = count_sent;
  fd = coap_context_get_coap_fd(server.context);
  EXPECT(fd >= 0 && fd == coap_context_get_coap_fd(server.context));
  EXPECT(epoll_ctl(outer, EPOLL_CTL_ADD, fd, &event) == 0);
  EXPECT(!selected(server.context, 0));
  peer_open(&peer, &server);
  request(&d, CON, GET, 1, "t");
  path(&d, "probe");
  peer_send(&peer, &d);
  EXPECT(selected(server.context, PATIENCE));
  EXPECT_EQ(epoll_wait(outer, &event, 1, PATIENCE), 1);
  /* The two halves of the loop by themselves. */
  coap_io_prepare_epoll(server.context, ticks());
  count = epoll_wait(fd, events, 10, PATIENCE);
  EXPECT_EQ(count, 1);
  coap_io_do_epoll(server.context, events, 0); /* no event: nothing happens */
  EXPECT(!take(peer.fd, &r));
  coap_io_do_epoll(server.context, events, (size_t)count);
  EXPECT(take(peer.fd, &r) && parse(&r) && r.code == 0x45);
  EXPECT(!selected(server.context, 0));

  /* A deadline makes it readable as well; the timer is the event without data. */
  session = exact_session(server.context, port, 2);
  sent = 0;
  EXPECT_EQ(send_con(session, 1), 1);
  ahead += 1500;
  coap_io_prepare_epoll(server.context, ticks());
  EXPECT_EQ(sent, 1);
  EXPECT_EQ(epoll_wait(outer, &event, 1, PATIENCE), 1);
  count = epoll_wait(fd, events, 10, 0);
  EXPECT(count == 1 && events[0].data.ptr == NULL);
  ahead += 500; /* the timer's clock and the wall clock need not agree to the millisecond */
  coap_io_do_epoll(server.context, events, 1);
  EXPECT_EQ(sent, 2);
  EXPECT(!selected(server.context, 0));
  coap_session_release(session);
  /* I6: data that the library has not given out is for no socket. */
  events[0].data.u64 = 0x7fffffffffff;
  events[0].events = EPOLLIN;
  coap_io_do_epoll(server.context, events, 1);
  EXPECT_ALIVE(&server);
  close(outer);
  peer_close(&peer);
  server_stop(&server);
}

static void
interrupt(int number) {
  (void)number;
}

static int complaints;

static void
on_log(coap_log_t level, const char *message) {
  (void)message;
  complaints += level <= LOG_WARNING;
}

/* Section 6.6: a signal ends the wait early, without a word. */
static void
interrupted(void) {
  coap_context_t *context = coap_new_context(NULL);
  struct sigaction action, old;
  timer_t timer;
  struct sigevent to = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
  struct itimerspec in = {{0, 20000000}, {0, 20000000}};

  memset(&action, 0, sizeof(action));
  action.sa_handler = interrupt;
  sigaction(SIGUSR1, &action, &old);
  coap_set_log_handler(on_log);
  coap_set_log_level(LOG_WARNING);
  complaints = 0;
  EXPECT(timer_create(CLOCK_MONOTONIC, &to, &timer) == 0);
  timer_settime(timer, 0, &in, NULL);
  EXPECT(coap_io_process(context, COAP_IO_WAIT) >= 0);
  timer_delete(timer);
  EXPECT_EQ(complaints, 0);
  coap_set_log_level(LOG_EMERG);
  coap_set_log_handler(NULL);
  sigaction(SIGUSR1, &old, NULL);
  EXPECT(coap_io_process(context, 1) < PATIENCE);
  EXPECT(coap_run_once(context, COAP_IO_NO_WAIT) >= 0);
  EXPECT_EQ(coap_write(context, NULL, 0, NULL, ticks()), 0);
  coap_free_context(context);
}

/* I8, I9: no context, no packet, no session, no endpoint, nothing to send through. */
static void
nothing(uint16_t port) {
  coap_context_t *context = coap_new_context(NULL);
  struct server server = {.context = context};
  coap_session_t *session = client_session(&server, port, COAP_PROTO_UDP);
  coap_packet_t packet;
  unsigned char *address = (unsigned char *)"";
  unsigned int number = 5;
  size_t length = 5;

  EXPECT_EQ(coap_join_mcast_group(context, "224.0.1.187"), -1); /* I8: no endpoint */
  session->sock.flags = COAP_SOCKET_NOT_EMPTY;                 /* I8: neither readable nor connected */
  EXPECT_EQ((long)coap_network_read(&session->sock, &packet), -1);
  EXPECT_EQ((long)coap_network_send(&session->sock, NULL, (const uint8_t *)"x", 1), -1);
  session->sock.flags = 0;
  EXPECT_EQ((long)coap_session_send(session, (const uint8_t *)"x", 1), -1);
  session->sock.flags = 0x0015;
  EXPECT_EQ(coap_context_get_coap_fd(NULL), -1);
  EXPECT_EQ(coap_io_process(NULL, COAP_IO_NO_WAIT), -1);
  EXPECT_EQ(coap_io_process_with_fds(NULL, COAP_IO_NO_WAIT, 0, NULL, NULL, NULL), -1);
  EXPECT_EQ(coap_io_prepare_io(NULL, NULL, 0, &number, 1), 0);
  EXPECT_EQ(coap_io_prepare_io(context, NULL, 0, NULL, ticks()), 0);
  EXPECT_EQ(coap_io_prepare_epoll(NULL, 1), 0);
  coap_io_do_epoll(NULL, NULL, 1);
  coap_io_do_epoll(context, NULL, 1);
  EXPECT_EQ(coap_can_exit(NULL), 1);
  EXPECT_EQ(coap_join_mcast_group_intf(NULL, "224.0.1.187", NULL), -1);
  EXPECT_EQ(coap_join_mcast_group_intf(context, NULL, NULL), -1);
  EXPECT_EQ((long)coap_network_send(NULL, session, (const uint8_t *)"x", 1), -1);
  EXPECT_EQ((long)coap_network_send(&session->sock, session, NULL, 1), -1);
  EXPECT_EQ((long)coap_network_read(NULL, &packet), -1);
  EXPECT_EQ((long)coap_network_read(&session->sock, NULL), -1);
  coap_packet_get_memmapped(NULL, &address, &length);
  EXPECT(address && length == 5);
  coap_packet_get_memmapped(&packet, NULL, &length);
  EXPECT(length == 5);
  coap_session_release(session);
  coap_free_context(context);
}

int
main(void) {
  uint16_t port;
  int silent = silent_socket(&port);

  coap_set_log_level(LOG_EMERG);
  passes(port);
  late_pass(port);
  minimum(port);
  begun_outside(port);
  notified(port);
  jumping_clock(port);
  idle_clock();
  idle_passes();
  own_loops(port);
  interrupted();
  nothing(port);
  coap_cleanup();
  close(silent);
  return expect_done();
}
