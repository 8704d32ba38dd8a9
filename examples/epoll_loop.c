/* A CoAP server inside a program that has an epoll loop of its own.
 *
 *     epoll_loop [options]                                     (epoll_loop -? says which)
 *
 * The library keeps its sockets and its timers behind one descriptor, which coap_context_get_coap_fd() gives. The loop
 * waits for that as for any other, and calls coap_io_process() with COAP_IO_NO_WAIT when it is readable. No time-out
 * has to be worked out for the library's sake: the descriptor also becomes readable when something is due, a
 * retransmission or the next step of a DTLS handshake for instance. The other descriptors here are a timer, at whose
 * ticks the observable resource /ticks changes, and signals, which come as descriptor too.
 *
 * Build:   cc -std=c11 epoll_loop.c $(pkg-config --cflags --libs libcoap-2) -o epoll_loop
 *          (libcoap-2-openssl is the library with DTLS and TLS)
 * Try it:  ./epoll_loop & ./observer coap://127.0.0.1/ticks
 */
#define _GNU_SOURCE

#include <inttypes.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

#include "security.h"

static uint64_t ticks;
static struct security security;

static void
get_ticks(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *request,
          coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  char text[24];

  (void)context;
  (void)query;
  snprintf(text, sizeof(text), "%" PRIu64, ticks);
  response->code = COAP_RESPONSE_CODE_CONTENT;
  /* Small enough for one message, whatever the block size: so the library need not keep it, and no release function
   * is needed. This also adds the Observe option. */
  coap_add_data_blocked_response(resource, session, request, response, token, COAP_MEDIATYPE_TEXT_PLAIN, 1,
                                 strlen(text), (const uint8_t *)text);
}

static coap_resource_t *
add_ticks(coap_context_t *context) {
  coap_resource_t *resource = coap_resource_init(coap_make_str_const("ticks"), 0);

  if (resource) {
    coap_register_handler(resource, COAP_REQUEST_GET, get_ticks);
    coap_resource_set_get_observable(resource, 1);
    coap_add_resource(context, resource);
  }
  return resource;
}

/* A descriptor that becomes readable every so many milliseconds. */
static int
open_timer(unsigned int period) {
  struct itimerspec times;
  int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);

  memset(&times, 0, sizeof(times));
  times.it_interval.tv_sec = times.it_value.tv_sec = period / 1000;
  times.it_interval.tv_nsec = times.it_value.tv_nsec = period % 1000 * 1000000l;
  if (fd >= 0 && timerfd_settime(fd, 0, &times, NULL) < 0) {
    close(fd);
    fd = -1;
  }
  return fd;
}

/* A descriptor that becomes readable when SIGINT or SIGTERM comes. */
static int
open_signals(void) {
  sigset_t signals;

  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigprocmask(SIG_BLOCK, &signals, NULL);
  return signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
}

static int
watch(int loop, int fd) {
  struct epoll_event event;

  memset(&event, 0, sizeof(event));
  event.events = EPOLLIN;
  event.data.fd = fd;
  return epoll_ctl(loop, EPOLL_CTL_ADD, fd, &event) == 0;
}

/* Serves until a signal comes. Returns 0 with a complaint if that cannot be. */
static int
run(coap_context_t *context, coap_resource_t *resource, unsigned int period) {
  int loop = epoll_create1(EPOLL_CLOEXEC), timer = open_timer(period), signals = open_signals();
  int coap = coap_context_get_coap_fd(context), running, fine, i, count;
  struct epoll_event events[8];
  uint64_t expirations;

  /* Where one of these could not be opened, it cannot be watched. */
  fine = watch(loop, coap) && watch(loop, timer) && watch(loop, signals);
  if (fine) {
    printf("ready\n");
    fflush(stdout);
  }
  for (running = fine; running;) {
    count = epoll_wait(loop, events, sizeof(events) / sizeof(events[0]), -1);
    if (count < 0 && errno != EINTR)
      running = fine = 0;
    for (i = 0; i < count; i++) {
      if (events[i].data.fd == signals) {
        running = 0;
      } else if (events[i].data.fd == timer) {
        if (read(timer, &expirations, sizeof(expirations)) == sizeof(expirations)) {
          ticks += expirations;
          /* This makes the library's descriptor readable, so that the notifications go out. */
          coap_resource_notify_observers(resource, NULL);
        }
      } else {
        coap_io_process(context, COAP_IO_NO_WAIT);
      }
    }
  }
  if (!fine)
    perror("epoll");
  close(signals);
  close(timer);
  close(loop);
  return fine;
}

static void
usage(const char *program) {
  fprintf(stderr,
          "usage: %s [options]\n"
          "  -p port     UDP and TCP port, 0 for any free ones (5683)\n"
          "  -A address  address to listen on (0.0.0.0)\n"
          "  -t ms       time from tick to tick (1000)\n"
          SERVER_SECURITY_USAGE,
          program);
  exit(ENDS_WRONG_USAGE);
}

int
main(int argc, char **argv) {
  const char *address = "0.0.0.0";
  unsigned int port = COAP_DEFAULT_PORT, period = 1000;
  coap_resource_t *resource;
  coap_context_t *context;
  int option, fine;

  while ((option = getopt(argc, argv, "p:A:t:" SERVER_SECURITY_OPTIONS)) != -1) {
    switch (option) {
    case 'p':
      port = number(optarg, 0, 65535);
      break;
    case 'A':
      address = optarg;
      break;
    case 't':
      period = number(optarg, 1, 1000000000);
      break;
    default:
      if (!take_security_option(&security, option, optarg))
        usage(argv[0]);
    }
  }
  if (optind != argc)
    usage(argv[0]);

  coap_startup();
  check_server_security(&security);
  context = coap_new_context(NULL);
  resource = context ? add_ticks(context) : NULL;
  if (!resource)
    fprintf(stderr, "no memory\n");
  if (!resource || !open_server(context, address, port, &security)) {
    coap_free_context(context);
    return ENDS_WITHOUT_SERVICE;
  }
  fine = run(context, resource, period);
  coap_free_context(context);
  coap_cleanup();
  return fine ? ENDS_WELL : ENDS_WITHOUT_SERVICE;
}
