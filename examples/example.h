/* What the examples share: numbers from the command line, addresses, URIs, endpoints, files, signals. What they share
 * about keys and certificates stands in security.h.
 *
 * Nothing in here is special to a single example; what CoAP is about stands in the examples themselves. All functions
 * are static inline, so that an example that does not call one of them compiles without a warning.
 */
#ifndef EXAMPLE_H
#define EXAMPLE_H

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <coap2/coap.h>

/* How a program ends. */
enum {
  ENDS_WELL = 0,
  ENDS_WITH_ERROR_RESPONSE = 1,  /* a client */
  ENDS_WITHOUT_SERVICE = 1,      /* a server that cannot start */
  ENDS_WRONG_USAGE = 2,
  ENDS_WITHOUT_RESPONSE = 3,     /* a client */
  ENDS_WITHOUT_TLS = 4           /* what was asked for needs DTLS or TLS, and this build of the library has neither */
};

/* Set by SIGINT and SIGTERM. */
static volatile sig_atomic_t stop;

static inline void
on_signal(int number) {
  (void)number;
  stop = 1;
}

/* From now on SIGINT and SIGTERM set `stop`. Without SA_RESTART: they also end a wait inside coap_io_process(). */
static inline void
stop_on_signals(void) {
  struct sigaction action;

  memset(&action, 0, sizeof(action));
  action.sa_handler = on_signal;
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
}

/* A number from the command line, or an end with a complaint. */
static inline unsigned int
number(const char *text, unsigned int min, unsigned int max) {
  char *end;
  unsigned long value;

  errno = 0;
  value = strtoul(text, &end, 10);
  if (errno || end == text || *end || *text == '-' || value < min || value > max) {
    fprintf(stderr, "not a number from %u to %u: %s\n", min, max, text);
    exit(ENDS_WRONG_USAGE);
  }
  return (unsigned int)value;
}

/* The size exponent of a block size from the command line: 0 for 16 bytes to 6 for 1024. */
static inline unsigned int
block_size_exponent(const char *text) {
  unsigned int size = number(text, 16, 1024);

  if (size & (size - 1)) {
    fprintf(stderr, "not a block size (16, 32, 64, ... 1024): %s\n", text);
    exit(ENDS_WRONG_USAGE);
  }
  return (unsigned int)coap_fls(size) - 5;
}

/* Lets the library lose datagrams on purpose, to see how a program and its peers get along with that. */
static inline void
lose_datagrams(const char *loss) {
  if (!coap_debug_set_packet_loss(loss)) {
    fprintf(stderr, "not a loss like 20%% or 3,7-9: %s\n", loss);
    exit(ENDS_WRONG_USAGE);
  }
}

/* How much the library logs, and how much of what happens inside DTLS and TLS. */
static inline void
set_log_level(const char *text) {
  unsigned int level = number(text, 0, LOG_DEBUG);

  coap_set_log_level((coap_log_t)level);
  coap_dtls_set_log_level((int)level);
}

/* Ends with a complaint where DTLS and TLS are needed and missing. */
static inline void
need_tls(int is_supported) {
  if (!is_supported) {
    fprintf(stderr, "this build of the library has no DTLS and TLS\n");
    exit(ENDS_WITHOUT_TLS);
  }
}

/* Milliseconds since some moment in the past. */
static inline uint64_t
milliseconds(void) {
  coap_tick_t now;

  coap_ticks(&now);
  return (uint64_t)now * 1000 / COAP_TICKS_PER_SECOND;
}

/* ------------------------------------------------------------------------------------------------------------------
 * Addresses
 */

/* Finds the address of a host and a port. Returns 1, or 0 with a complaint. */
static inline int
resolve(const char *host, const char *port, int flags, coap_address_t *address) {
  struct addrinfo hints, *found = NULL;
  int error, fits;

  memset(&hints, 0, sizeof(hints));
  hints.ai_socktype = SOCK_DGRAM;  /* or each address comes once for every type of socket */
  hints.ai_flags = flags | AI_NUMERICSERV;
  error = getaddrinfo(host, port, &hints, &found);
  if (error) {
    fprintf(stderr, "%s: %s\n", host ? host : "any address", gai_strerror(error));
    return 0;
  }
  coap_address_init(address);
  fits = found->ai_addrlen <= sizeof(address->addr);
  if (fits) {
    address->size = found->ai_addrlen;
    memcpy(&address->addr, found->ai_addr, found->ai_addrlen);
  }
  freeaddrinfo(found);
  return fits;
}

/* Opens an endpoint and says on which port it listens: "UDP port 5683". With port 0 the system picks one. Returns 1, or
 * 0 with a complaint. */
static inline int
listen_on(coap_context_t *context, const char *host, unsigned int port, coap_proto_t proto) {
  static const char *const kinds[] = {
    [COAP_PROTO_UDP] = "UDP", [COAP_PROTO_DTLS] = "DTLS", [COAP_PROTO_TCP] = "TCP", [COAP_PROTO_TLS] = "TLS"};
  const char *kind = kinds[proto], *colon;
  coap_endpoint_t *endpoint = NULL;
  coap_address_t address;
  char digits[8];

  snprintf(digits, sizeof(digits), "%u", port);
  if (resolve(host, digits, AI_PASSIVE, &address))
    endpoint = coap_new_endpoint(context, &address, proto);
  if (!endpoint) {
    fprintf(stderr, "cannot listen on %s, %s port %u\n", host, kind, port);
    return 0;
  }
  /* The name of an endpoint is its address, then what it is: "127.0.0.1:5683 UDP". */
  colon = strrchr(coap_endpoint_str(endpoint), ':');
  port = colon ? (unsigned int)strtoul(colon + 1, NULL, 10) : port;
  printf("%s port %u\n", kind, port);
  fflush(stdout);
  return 1;
}

/* Listens on UDP and TCP, and if clients can be told by keys or certificates also on DTLS and TLS, at the next port
 * (5684 beside 5683). With port 0 the system picks one for each. Returns 1, or 0 with a complaint. */
static inline int
listen_on_all(coap_context_t *context, const char *host, unsigned int port, int secure) {
  unsigned int secure_port = port ? port + 1 : 0;

  return listen_on(context, host, port, COAP_PROTO_UDP) &&
         (!coap_tcp_is_supported() || listen_on(context, host, port, COAP_PROTO_TCP)) &&
         (!secure || listen_on(context, host, secure_port, COAP_PROTO_DTLS)) &&
         (!secure || !coap_tls_is_supported() || listen_on(context, host, secure_port, COAP_PROTO_TLS));
}

/* ------------------------------------------------------------------------------------------------------------------
 * URIs
 */

/* Takes apart the URI that a request goes to, or ends with a complaint. The parts point into the text. */
static inline void
read_uri(coap_uri_t *uri, const char *text) {
  if (coap_split_uri((const uint8_t *)text, strlen(text), uri) < 0 || uri->scheme > COAP_URI_SCHEME_COAPS_TCP) {
    fprintf(stderr, "not a URI with coap://, coap+tcp://, coaps:// or coaps+tcp://: %s\n", text);
    exit(ENDS_WRONG_USAGE);
  }
}

/* Whether the host of a URI is a name, and not an address. */
static inline int
host_is_a_name(const coap_uri_t *uri) {
  struct in6_addr literal;
  char host[256];

  snprintf(host, sizeof(host), "%.*s", (int)uri->host.length, (const char *)uri->host.s);
  return inet_pton(AF_INET, host, &literal) != 1 && inet_pton(AF_INET6, host, &literal) != 1;
}

/* Adds an option to a list. Returns 0 without memory. */
static inline int
add_option(coap_optlist_t **list, uint16_t number, size_t length, const uint8_t *value) {
  return coap_insert_optlist(list, coap_new_optlist(number, length, value));
}

/* The same for an option whose value is a number. */
static inline int
add_number_option(coap_optlist_t **list, uint16_t number, unsigned int value) {
  uint8_t bytes[4];

  return add_option(list, number, coap_encode_var_safe(bytes, sizeof(bytes), value), bytes);
}

/* Adds each segment of a path, or each part of a query, as an option of its own. Returns 0 without memory. */
static inline int
add_segments(coap_optlist_t **list, uint16_t number, const coap_str_const_t *text,
             int (*split)(const uint8_t *, size_t, unsigned char *, size_t *)) {
  /* An option has a byte of header where the URI has a slash or an ampersand, and a second and third one only if it is
   * longer than 12 and 268 bytes: so twice the room is enough. What there is no room for would be left out. */
  size_t size = 2 * text->length + 1;
  unsigned char *buffer = malloc(size), *segment = buffer;
  int count = buffer ? split(text->s, text->length, buffer, &size) : 0, fine = buffer != NULL;

  for (; fine && count > 0; count--) {
    fine = add_option(list, number, coap_opt_length(segment), coap_opt_value(segment));
    segment += coap_opt_size(segment);
  }
  free(buffer);
  return fine;
}

/* Adds what a URI becomes in a request (RFC 7252, section 6.4): Uri-Host if the host is a name, Uri-Path, Uri-Query.
 * Uri-Port is not needed: it is the port that the request goes to. Returns 0 without memory. */
static inline int
add_uri_options(coap_optlist_t **list, const coap_uri_t *uri) {
  if (host_is_a_name(uri) && !add_option(list, COAP_OPTION_URI_HOST, uri->host.length, uri->host.s))
    return 0;
  if (uri->path.length && !add_segments(list, COAP_OPTION_URI_PATH, &uri->path, coap_split_path))
    return 0;
  return !uri->query.length || add_segments(list, COAP_OPTION_URI_QUERY, &uri->query, coap_split_query);
}

/* ------------------------------------------------------------------------------------------------------------------
 * Messages
 */

/* Says which response this is, on standard error: "2.05" or "4.04 Not Found". */
static inline void
say_code(uint8_t code) {
  const char *phrase = coap_response_phrase(code);

  fprintf(stderr, "%u.%02u%s%s\n", COAP_RESPONSE_CLASS(code), code & 0x1fu, phrase ? " " : "", phrase ? phrase : "");
}

/* Says why a request will not be answered, on standard error. */
static inline void
say_nack(coap_nack_reason_t reason) {
  switch (reason) {
  case COAP_NACK_TOO_MANY_RETRIES:
    fprintf(stderr, "nack TOO_MANY_RETRIES: no answer, whatever we try\n");
    break;
  case COAP_NACK_NOT_DELIVERABLE:
    fprintf(stderr, "nack NOT_DELIVERABLE: the request could not be delivered\n");
    break;
  case COAP_NACK_RST:
    fprintf(stderr, "nack RST: the server refuses the request with a reset\n");
    break;
  case COAP_NACK_TLS_FAILED:
    fprintf(stderr, "nack TLS_FAILED: no secure session with the server\n");
    break;
  case COAP_NACK_ICMP_ISSUE:
    fprintf(stderr, "nack ICMP_ISSUE: the network says that nobody is there\n");
    break;
  default:
    fprintf(stderr, "nack %d\n", (int)reason);
  }
}

/* Says what has happened to a connection or a transfer, on standard error: "event DTLS_CONNECTED". */
static inline void
say_event(coap_event_t event) {
  static const struct {
    coap_event_t event;
    const char *name;
  } events[] = {
    {COAP_EVENT_DTLS_CLOSED, "DTLS_CLOSED"},
    {COAP_EVENT_DTLS_CONNECTED, "DTLS_CONNECTED"},
    {COAP_EVENT_DTLS_RENEGOTIATE, "DTLS_RENEGOTIATE"},
    {COAP_EVENT_DTLS_ERROR, "DTLS_ERROR"},
    {COAP_EVENT_TCP_CONNECTED, "TCP_CONNECTED"},
    {COAP_EVENT_TCP_CLOSED, "TCP_CLOSED"},
    {COAP_EVENT_TCP_FAILED, "TCP_FAILED"},
    {COAP_EVENT_SESSION_CONNECTED, "SESSION_CONNECTED"},
    {COAP_EVENT_SESSION_CLOSED, "SESSION_CLOSED"},
    {COAP_EVENT_SESSION_FAILED, "SESSION_FAILED"},
    {COAP_EVENT_PARTIAL_BLOCK, "PARTIAL_BLOCK"},
  };
  size_t i;

  for (i = 0; i < sizeof(events) / sizeof(events[0]); i++)
    if (events[i].event == event)
      fprintf(stderr, "event %s\n", events[i].name);
}

/* From now on nothing is said any more: what happens to connections because we end is no news. */
static inline void
ignore_the_end(coap_context_t *context) {
  coap_register_event_handler(context, NULL);
  coap_register_nack_handler(context, NULL);
}

/* The event handler of the servers. */
static inline int
on_server_event(coap_context_t *context, coap_event_t event, coap_session_t *session) {
  (void)context;
  (void)session;
  say_event(event);
  return 0;
}

/* Reads a whole file, "-" for standard input. Returns NULL with a complaint. (coap_block_build_body() takes the memory
 * that it cannot enlarge back.) */
static inline coap_binary_t *
read_file(const char *name) {
  FILE *file = strcmp(name, "-") == 0 ? stdin : fopen(name, "rb");
  coap_binary_t *content = NULL;
  uint8_t piece[4096];
  size_t offset = 0, length;

  if (!file) {
    fprintf(stderr, "%s: %s\n", name, strerror(errno));
    return NULL;
  }
  content = coap_new_binary(0);
  while (content && (length = fread(piece, 1, sizeof(piece), file)) > 0) {
    content = coap_block_build_body(content, length, piece, offset, 0);
    offset += length;
  }
  if (!content) {
    fprintf(stderr, "%s: no memory\n", name);
  } else if (ferror(file)) {
    fprintf(stderr, "%s: %s\n", name, strerror(errno));
    coap_delete_binary(content);
    content = NULL;
  }
  if (file != stdin)
    fclose(file);
  return content;
}

#endif /* EXAMPLE_H */
