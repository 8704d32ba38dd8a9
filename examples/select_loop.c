/* A CoAP server inside a program that waits with select(): what is typed, line by line, is what its clients read.
 *
 *     select_loop [options]                                    (select_loop -? says which)
 *
 * The resource /line holds the last line that came on standard input, and can be observed. The program ends when
 * standard input does.
 *
 * Two ways to wait, one for each kind of build of the library:
 *
 * - Where it uses epoll, as it does on Linux, coap_context_get_coap_fd() gives one descriptor for all that the library
 *   waits for. It goes into the set beside our own, and coap_io_process() is called when it is readable.
 * - Where it does not, that function returns -1, and the library does the waiting, for our descriptors too:
 *   coap_io_process_with_fds() takes sets like select(). (The library with epoll has the function as well, but does not
 *   look at the sets.)
 *
 * Build:   cc -std=c11 select_loop.c $(pkg-config --cflags --libs libcoap-2) -o select_loop
 *          (libcoap-2-openssl is the library with DTLS and TLS)
 * Try it:  ./select_loop      and in another window: ./observer coap://127.0.0.1/line
 */
#define _GNU_SOURCE

#include <sys/select.h>

#include "security.h"

static char line[1024];      /* what came last, without its end of line */
static size_t line_length;
static char typed[sizeof(line)];  /* what has come of the next line */
static size_t typed_length;
static struct security security;

static void
get_line(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *request,
         coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  (void)context;
  (void)query;
  response->code = COAP_RESPONSE_CODE_CONTENT;
  /* Copies what goes into this response, and keeps nothing: `line` may change at any time. A client that fetches it
   * in blocks meanwhile sees from the ETag that it did. */
  coap_add_data_blocked_response(resource, session, request, response, token, COAP_MEDIATYPE_TEXT_PLAIN, -1,
                                 line_length, (const uint8_t *)line);
}

/* Takes what is there on standard input. Returns 0 at its end. */
static int
read_lines(coap_resource_t *resource) {
  char bytes[512];
  ssize_t count = read(STDIN_FILENO, bytes, sizeof(bytes)), i;

  for (i = 0; i < count; i++) {
    if (bytes[i] != '\n') {
      if (typed_length < sizeof(typed))  /* the rest of a long line is dropped */
        typed[typed_length++] = bytes[i];
      continue;
    }
    memcpy(line, typed, typed_length);
    line_length = typed_length;
    typed_length = 0;
    coap_resource_notify_observers(resource, NULL);
  }
  return count > 0 || (count < 0 && errno == EINTR);
}

/* Waits until there is something to do, and lets the library do its part. Returns whether there is something to read on
 * standard input; that it cannot be waited for counts as something, too: reading will say so. */
static int
wait_for_something(coap_context_t *context) {
  int coap = coap_context_get_coap_fd(context);
  fd_set readable;

  FD_ZERO(&readable);
  FD_SET(STDIN_FILENO, &readable);
  if (coap < 0) {
    coap_io_process_with_fds(context, COAP_IO_WAIT, STDIN_FILENO + 1, &readable, NULL, NULL);
    return FD_ISSET(STDIN_FILENO, &readable) != 0;
  }
  FD_SET(coap, &readable);
  if (select((coap > STDIN_FILENO ? coap : STDIN_FILENO) + 1, &readable, NULL, NULL, NULL) < 0)
    return errno != EINTR;
  if (FD_ISSET(coap, &readable))
    coap_io_process(context, COAP_IO_NO_WAIT);
  return FD_ISSET(STDIN_FILENO, &readable) != 0;
}

static void
usage(const char *program) {
  fprintf(stderr,
          "usage: %s [options]\n"
          "  -p port     UDP and TCP port, 0 for any free ones (5683)\n"
          "  -A address  address to listen on (0.0.0.0)\n"
          SERVER_SECURITY_USAGE,
          program);
  exit(ENDS_WRONG_USAGE);
}

int
main(int argc, char **argv) {
  const char *address = "0.0.0.0";
  unsigned int port = COAP_DEFAULT_PORT;
  coap_resource_t *resource;
  coap_context_t *context;
  int option;

  while ((option = getopt(argc, argv, "p:A:" SERVER_SECURITY_OPTIONS)) != -1) {
    switch (option) {
    case 'p':
      port = number(optarg, 0, 65535);
      break;
    case 'A':
      address = optarg;
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
  resource = context ? coap_resource_init(coap_make_str_const("line"), 0) : NULL;
  if (!resource) {
    fprintf(stderr, "no memory\n");
    coap_free_context(context);
    return ENDS_WITHOUT_SERVICE;
  }
  coap_register_handler(resource, COAP_REQUEST_GET, get_line);
  coap_resource_set_get_observable(resource, 1);
  coap_add_resource(context, resource);
  if (!open_server(context, address, port, &security)) {
    coap_free_context(context);
    return ENDS_WITHOUT_SERVICE;
  }

  printf("ready\n");
  fflush(stdout);
  while (!wait_for_something(context) || read_lines(resource))
    ;
  coap_free_context(context);
  coap_cleanup();
  return 0;
}
