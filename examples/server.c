/* A CoAP server with several resources, over UDP and TCP, and with a key or a certificate over DTLS and TLS.
 *
 *     server [options]                                         (server -? says which)
 *
 *     /             what this server is
 *     /clock        the time; observable, and changes every second (-c)
 *     /large        some text; ?size=50000 says how much of it
 *     /slow         answers when it is ready, by a separate response; ?ms=500 says when that is
 *     /echo         POST and FETCH give back what was sent
 *     /anything     PUT and POST create resources of any other name, GET reads them, FETCH reads the part of them that
 *                   the body of the request names (10-19: ten bytes), POST appends, DELETE removes them; they too can
 *                   be observed
 *
 * The library takes care of blocks: with COAP_BLOCK_SINGLE_BODY handlers see whole bodies, and give whole bodies. (How a
 * server looks that takes the blocks of a request itself, put_block1_server.c shows.)
 *
 * Whom to let in, when authorities vouch for the clients' certificates, judge_client() decides. (Keys by which clients
 * are told apart, psk_identities.c shows.)
 *
 * Build:   cc -std=c11 server.c $(pkg-config --cflags --libs libcoap-2) -o server
 *          (libcoap-2-openssl is the library with DTLS and TLS)
 * Try it:  ./server & ./client -m put -e hello coap://127.0.0.1/greeting && ./client coap://127.0.0.1/greeting
 *          ./server -p 7000 -k secret & ./client -k secret -u me coaps://127.0.0.1:7001/
 */
#define _GNU_SOURCE

#include <time.h>

#include "security.h"

/* What clients may make us keep. (The library has its own limits for bodies that are still coming in.) */
#define MAX_ITEMS 1000
#define MAX_BODY ((size_t)16 * 1024 * 1024)

/* As many names of clients as the command line may have. */
#define MAX_CLIENTS 16

/* The bytes of a response. The library may still be serving the blocks of a response when the resource has changed or
 * is gone: so they belong to all who need them, and the last one frees them. */
struct body {
  unsigned int users;
  size_t length;
  uint8_t bytes[];
};

/* What a resource that a client created holds: the user data of the resource. */
struct item {
  struct body *body;
  uint16_t format;
  uint64_t etag;     /* changes with every change of the body */
};

static coap_resource_t *clock_resource;
static unsigned int items;
static uint64_t last_etag;
static struct security security;
static const char *clients[MAX_CLIENTS];  /* whose certificates we accept; none: everyone's */
static unsigned int client_count;

static struct body *
new_body(size_t length) {
  struct body *body = length <= MAX_BODY ? malloc(sizeof(*body) + length) : NULL;

  if (body) {
    body->users = 1;
    body->length = length;
  }
  return body;
}

static struct body *
text_body(const char *text) {
  struct body *body = new_body(strlen(text));

  if (body)
    memcpy(body->bytes, text, body->length);
  return body;
}

static void
release_body(struct body *body) {
  if (body && --body->users == 0)
    free(body);
}

/* The library is done with the body of a response. */
static void
response_served(coap_session_t *session, void *body) {
  (void)session;
  release_body(body);
}

/* ------------------------------------------------------------------------------------------------------------------
 * What all handlers do
 */

/* The request that a handler is called with; none for a notification. */
struct call {
  coap_resource_t *resource;
  coap_session_t *session;
  coap_pdu_t *request;
  coap_binary_t *token;
  coap_string_t *query;
  coap_pdu_t *response;
};

/* Every handler gets these arguments: they are named once. */
#define HANDLER(name)                                                                                                  \
  name(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *request,               \
       coap_binary_t *token, coap_string_t *query, coap_pdu_t *response)
#define CALL                                                                                                           \
  struct call call = {resource, session, request, token, query, response};                                             \
  (void)context;                                                                                                       \
  (void)call

/* Answers 2.05 with a body, which becomes the library's; NULL, for want of memory, is answered by 5.00. */
static void
answer(const struct call *call, uint16_t format, int max_age, uint64_t etag, struct body *body) {
  if (!body) {
    call->response->code = COAP_RESPONSE_CODE_INTERNAL_ERROR;
    return;
  }
  call->response->code = COAP_RESPONSE_CODE_CONTENT;
  coap_add_data_large_response(call->resource, call->session, call->request, call->response, call->token, call->query,
                               format, max_age, etag, body->length, body->bytes, response_served, body);
}

/* The value of a number in the query, like 500 in "ms=500"; `otherwise` if it is not there. */
static unsigned int
query_number(const coap_string_t *query, const char *name, unsigned int max, unsigned int otherwise) {
  char text[64];
  const char *found;
  unsigned long value;

  if (!query || query->length >= sizeof(text))
    return otherwise;
  memcpy(text, query->s, query->length);
  text[query->length] = '\0';
  found = strstr(text, name);
  if (!found || found[strlen(name)] != '=')
    return otherwise;
  value = strtoul(found + strlen(name) + 1, NULL, 10);
  return value < max ? (unsigned int)value : max;
}

/* The body of a request, and its content format. Without a payload: an empty body. */
static void
request_body(coap_pdu_t *request, size_t *length, const uint8_t **data, uint16_t *format) {
  coap_opt_iterator_t iterator;
  coap_opt_t *option = coap_check_option(request, COAP_OPTION_CONTENT_FORMAT, &iterator);
  size_t offset, total;

  if (!coap_get_data_large(request, length, data, &offset, &total)) {
    *length = 0;
    *data = (const uint8_t *)"";
  }
  *format = COAP_MEDIATYPE_TEXT_PLAIN;
  if (option)
    *format = (uint16_t)coap_decode_var_bytes(coap_opt_value(option), coap_opt_length(option));
}

/* ------------------------------------------------------------------------------------------------------------------
 * / and /large and /echo
 */

static void
HANDLER(get_index) {
  CALL;
  answer(&call, COAP_MEDIATYPE_TEXT_PLAIN, -1, 0,
         text_body("An example server of libcoap-2. What there is: /.well-known/core\n"));
}

static void
HANDLER(get_large) {
  size_t size = query_number(query, "size", 1000000, 50000), i;
  struct body *body = new_body(size);
  char line[32];
  CALL;

  /* Lines of 16 bytes which say where they are. */
  for (i = 0; body && i < size; i++) {
    if (i % 16 == 0)
      snprintf(line, sizeof(line), "byte %10zu\n", i);
    body->bytes[i] = (uint8_t)line[i % 16];
  }
  /* The same size is the same text: so the ETag says all there is to say. */
  answer(&call, COAP_MEDIATYPE_TEXT_PLAIN, -1, size + 1, body);
}

static void
HANDLER(echo) {
  struct body *body;
  const uint8_t *data;
  uint16_t format;
  size_t length;
  CALL;

  request_body(request, &length, &data, &format);
  body = new_body(length);
  if (body)
    memcpy(body->bytes, data, length);
  answer(&call, format, 0, 0, body);
}

/* ------------------------------------------------------------------------------------------------------------------
 * /clock
 */

static void
HANDLER(get_clock) {
  struct timespec now;
  struct tm local;
  char text[64];
  size_t length;
  CALL;

  clock_gettime(CLOCK_REALTIME, &now);
  localtime_r(&now.tv_sec, &local);
  length = strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &local);
  snprintf(text + length, sizeof(text) - length, ".%03ld", now.tv_nsec / 1000000);
  answer(&call, COAP_MEDIATYPE_TEXT_PLAIN, 1, 0, text_body(text));
}

/* ------------------------------------------------------------------------------------------------------------------
 * /slow
 */

/* Acknowledges the request, if it wants that, and leaves the answer for later. */
static void
HANDLER(get_slow) {
  coap_async_state_t *state;
  uint64_t *due;
  CALL;

  state = coap_find_async(context, session, request->mid);
  if (state) {
    /* The same request once more is being worked on. Over TCP it is another one: there are no message ids, all are 0. */
    if (state->tokenlen != token->length || memcmp(state->token, token->s, token->length) != 0)
      response->code = COAP_RESPONSE_CODE_SERVICE_UNAVAILABLE;
    return;
  }
  due = malloc(sizeof(*due));
  state = due ? coap_register_async(context, session, request, COAP_ASYNC_SEPARATE | COAP_ASYNC_RELEASE_DATA, due)
              : NULL;
  if (!state) {
    free(due);
    response->code = COAP_RESPONSE_CODE_SERVICE_UNAVAILABLE;
    return;
  }
  *due = milliseconds() + query_number(query, "ms", 60000, 1000);
  /* response->code stays 0: no response yet. */
}

static void
send_slow_answer(const coap_async_state_t *state) {
  static const char text[] = "Here it is at last.\n";
  coap_pdu_t *response = coap_new_pdu(state->session);
  uint8_t format[2];

  if (!response)
    return;
  response->type = state->flags & COAP_ASYNC_CONFIRM ? COAP_MESSAGE_CON : COAP_MESSAGE_NON;
  response->code = COAP_RESPONSE_CODE_CONTENT;
  response->mid = coap_new_message_id(state->session);
  if (!coap_add_token(response, state->tokenlen, state->token) ||
      !coap_add_option(response, COAP_OPTION_CONTENT_FORMAT,
                       coap_encode_var_safe(format, sizeof(format), COAP_MEDIATYPE_TEXT_PLAIN), format) ||
      !coap_add_data(response, sizeof(text) - 1, (const uint8_t *)text)) {
    coap_delete_pdu(response);
    return;
  }
  coap_send(state->session, response);
}

/* Sends the answers that are due. Returns when the next one is. */
static uint64_t
send_slow_answers(coap_context_t *context, uint64_t now) {
  coap_async_state_t *state = context->async_state, *next;
  uint64_t earliest = UINT64_MAX;

  for (; state; state = next) {
    uint64_t due = *(uint64_t *)state->appdata;

    next = state->next;
    if (due > now) {
      if (due < earliest)
        earliest = due;
      continue;
    }
    send_slow_answer(state);
    if (coap_remove_async(context, state->session, state->id, &state))
      coap_free_async(state);
  }
  return earliest;
}

/* ------------------------------------------------------------------------------------------------------------------
 * The resources that clients create
 */

/* The library calls this with the user data of a resource that goes. Our own resources have none. */
static void
release_item(void *data) {
  struct item *item = data;

  release_body(item->body);
  free(item);
  items--;
}

/* Replaces what an item holds by `first`, then `second`. Returns the response code. */
static uint8_t
store(struct item *item, const uint8_t *first, size_t first_length, const uint8_t *second, size_t second_length,
      uint16_t format) {
  struct body *body;

  if (first_length > MAX_BODY || second_length > MAX_BODY - first_length)
    return COAP_RESPONSE_CODE_REQUEST_TOO_LARGE;
  body = new_body(first_length + second_length);
  if (!body)
    return COAP_RESPONSE_CODE_INTERNAL_ERROR;
  if (first_length)
    memcpy(body->bytes, first, first_length);
  if (second_length)
    memcpy(body->bytes + first_length, second, second_length);
  release_body(item->body);
  item->body = body;
  item->format = format;
  item->etag = ++last_etag;
  return COAP_RESPONSE_CODE_CHANGED;
}

static void
HANDLER(get_item) {
  struct item *item = coap_resource_get_userdata(resource);
  CALL;

  item->body->users++;
  answer(&call, item->format, -1, item->etag, item->body);
}

static void
HANDLER(put_item) {
  const uint8_t *data;
  uint16_t format;
  size_t length;
  CALL;

  request_body(request, &length, &data, &format);
  response->code = store(coap_resource_get_userdata(resource), NULL, 0, data, length, format);
  if (response->code == COAP_RESPONSE_CODE_CHANGED)
    coap_resource_notify_observers(resource, NULL);
}

static void
HANDLER(post_item) {
  struct item *item = coap_resource_get_userdata(resource);
  const uint8_t *data;
  uint16_t format;
  size_t length;
  CALL;

  request_body(request, &length, &data, &format);
  response->code = store(item, item->body->bytes, item->body->length, data, length, item->format);
  if (response->code == COAP_RESPONSE_CODE_CHANGED)
    coap_resource_notify_observers(resource, NULL);
}

/* The body of the request names the bytes that the client wants: "10-19", with content format text/plain. An observer
 * by FETCH is notified with what it asked for first, all of it: the library keeps no bodies of requests for us. */
static void
HANDLER(fetch_item) {
  struct item *item = coap_resource_get_userdata(resource);
  size_t length, first = 0, last = SIZE_MAX, end;
  struct body *body;
  const uint8_t *data;
  uint16_t format;
  char range[64];
  CALL;

  if (request) {
    request_body(request, &length, &data, &format);
    if (format != COAP_MEDIATYPE_TEXT_PLAIN) {
      response->code = COAP_RESPONSE_CODE_UNSUPPORTED_CONTENT_FORMAT;
      return;
    }
    snprintf(range, sizeof(range), "%.*s", (int)(length < sizeof(range) ? length : sizeof(range)), (const char *)data);
    if (sscanf(range, "%zu-%zu", &first, &last) != 2 || first > last || first >= item->body->length) {
      response->code = COAP_RESPONSE_CODE_BAD_REQUEST;
      return;
    }
  }
  end = last < item->body->length ? last + 1 : item->body->length;
  body = new_body(end - first);
  if (body)
    memcpy(body->bytes, item->body->bytes + first, body->length);
  answer(&call, item->format, -1, 0, body);
}

static void
HANDLER(delete_item) {
  CALL;
  response->code = COAP_RESPONSE_CODE_DELETED;
  coap_delete_resource(context, resource);
}

/* PUT or POST to a name that no resource has. */
static void
HANDLER(create_item) {
  coap_string_t *path = coap_get_uri_path(request);
  struct item *item = NULL;
  const uint8_t *data;
  uint16_t format;
  size_t length;
  CALL;

  response->code = COAP_RESPONSE_CODE_INTERNAL_ERROR;
  if (items >= MAX_ITEMS)
    response->code = COAP_RESPONSE_CODE_FORBIDDEN;
  else if (path && (item = calloc(1, sizeof(*item))) != NULL) {
    coap_str_const_t name = {path->length, path->s};

    request_body(request, &length, &data, &format);
    response->code = store(item, NULL, 0, data, length, format);
    resource = response->code == COAP_RESPONSE_CODE_CHANGED ? coap_resource_init(&name, 0) : NULL;
    if (resource) {
      items++;
      coap_resource_set_userdata(resource, item);
      coap_resource_set_get_observable(resource, 1);
      coap_register_handler(resource, COAP_REQUEST_GET, get_item);
      coap_register_handler(resource, COAP_REQUEST_PUT, put_item);
      coap_register_handler(resource, COAP_REQUEST_POST, post_item);
      coap_register_handler(resource, COAP_REQUEST_FETCH, fetch_item);
      coap_register_handler(resource, COAP_REQUEST_DELETE, delete_item);
      coap_add_resource(context, resource);
      response->code = COAP_RESPONSE_CODE_CREATED;
    } else {
      release_body(item->body);
      free(item);
    }
  }
  coap_delete_string(path);
}

/* ------------------------------------------------------------------------------------------------------------------
 * The server
 */

/* A resource for GET, with what .well-known/core says about it (RFC 6690). */
static coap_resource_t *
add_resource(coap_context_t *context, const char *path, coap_method_handler_t get, const char *title) {
  coap_resource_t *resource = coap_resource_init(coap_make_str_const(path), 0);
  char quoted[80];

  if (!resource)
    return NULL;
  coap_register_handler(resource, COAP_REQUEST_GET, get);
  snprintf(quoted, sizeof(quoted), "\"%s\"", title);
  coap_add_attr(resource, coap_make_str_const("ct"), coap_make_str_const("0"), 0);
  coap_add_attr(resource, coap_make_str_const("title"), coap_make_str_const(quoted), 0);
  coap_add_resource(context, resource);
  return resource;
}

static int
add_resources(coap_context_t *context) {
  coap_resource_t *echoing, *unknown = coap_resource_unknown_init(create_item);

  if (unknown) {
    coap_register_handler(unknown, COAP_REQUEST_POST, create_item);
    coap_add_resource(context, unknown);
  }
  clock_resource = add_resource(context, "clock", get_clock, "The time");
  echoing = add_resource(context, "echo", NULL, "Gives back what was sent");
  if (!unknown || !clock_resource || !echoing || !add_resource(context, "", get_index, "About this server") ||
      !add_resource(context, "large", get_large, "Much text") ||
      !add_resource(context, "slow", get_slow, "Answers when it is ready"))
    return 0;
  coap_resource_set_get_observable(clock_resource, 1);
  coap_add_attr(clock_resource, coap_make_str_const("rt"), coap_make_str_const("\"clock\""), 0);
  coap_register_handler(echoing, COAP_REQUEST_POST, echo);
  coap_register_handler(echoing, COAP_REQUEST_FETCH, echo);
  return 1;
}

/* ------------------------------------------------------------------------------------------------------------------
 * The clients' certificates
 */

/* Called during the handshake for each certificate, the client's own last. The authorities have vouched for all of
 * them: what is left to decide is whether we want to have to do with this client. */
static int
judge_client(const char *name, const uint8_t *certificate, size_t length, coap_session_t *session, unsigned int depth,
             int validated, void *arg) {
  unsigned int i;

  if (!judge_certificate(name, certificate, length, session, depth, validated, arg))
    return 0;
  if (depth > 0 || client_count == 0)
    return 1;
  for (i = 0; name && i < client_count; i++)
    if (strcmp(name, clients[i]) == 0)
      return 1;
  fprintf(stderr, "this is none of our clients\n");
  return 0;
}

/* ------------------------------------------------------------------------------------------------------------------
 * The server
 */

/* Serves until a signal comes, and ticks meanwhile. */
static void
serve(coap_context_t *context, unsigned int tick) {
  uint64_t now = milliseconds(), next_tick = now + tick, wake;

  while (!stop) {
    if (now >= next_tick) {
      coap_resource_notify_observers(clock_resource, NULL);
      next_tick = now + tick;
    }
    wake = send_slow_answers(context, now);
    if (wake > next_tick)
      wake = next_tick;
    /* At least 1: 0 would mean "as long as it takes". A new request for /slow also ends the wait, so that its time is
     * looked at. */
    coap_io_process(context, wake > now ? (uint32_t)(wake - now) : 1);
    now = milliseconds();
  }
}

static void
usage(const char *program) {
  fprintf(stderr,
          "usage: %s [options]\n"
          "  -p port     UDP and TCP port, 0 for any free ones (5683)\n"
          "  -A address  address to listen on (0.0.0.0)\n"
          "  -t ms       how often the clock ticks (1000)\n"
          "  -g group    join a multicast group, for instance 224.0.1.187\n"
          "  -l loss     lose datagrams we send, for instance 20%% or 3,7-9\n"
          "  -v level    log level, 0 to 7 (4)\n"
          SERVER_SECURITY_USAGE
          "  -a name     let in only this client, as its certificate names it; several times for several\n",
          program);
  exit(ENDS_WRONG_USAGE);
}

int
main(int argc, char **argv) {
  const char *address = "0.0.0.0", *group = NULL;
  unsigned int port = COAP_DEFAULT_PORT, tick = 1000;
  coap_context_t *context;
  int option;

  coap_startup();
  while ((option = getopt(argc, argv, "p:A:t:g:l:v:a:" SERVER_SECURITY_OPTIONS)) != -1) {
    switch (option) {
    case 'p':
      port = number(optarg, 0, 65535);
      break;
    case 'A':
      address = optarg;
      break;
    case 't':
      tick = number(optarg, 1, 1000000000);
      break;
    case 'g':
      group = optarg;
      break;
    case 'l':
      lose_datagrams(optarg);
      break;
    case 'v':
      set_log_level(optarg);
      break;
    case 'a':
      if (client_count == MAX_CLIENTS)
        usage(argv[0]);
      clients[client_count++] = optarg;
      break;
    default:
      if (!take_security_option(&security, option, optarg))
        usage(argv[0]);
    }
  }
  if (optind != argc)
    usage(argv[0]);
  check_server_security(&security);
  complain_if(client_count && !(security.ca || security.roots), "names of clients (-a) need an authority (-C, -R)");
  security.pki.validate_cn_call_back = judge_client;

  context = coap_new_context(NULL);
  if (!context || !add_resources(context)) {
    fprintf(stderr, "no memory\n");
    coap_free_context(context);
    return ENDS_WITHOUT_SERVICE;
  }
  coap_context_set_block_mode(context, COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
  coap_resource_release_userdata_handler(context, release_item);
  if (!open_server(context, address, port, &security) || (group && coap_join_mcast_group(context, group) != 0)) {
    coap_free_context(context);
    return ENDS_WITHOUT_SERVICE;
  }

  stop_on_signals();
  printf("ready\n");
  fflush(stdout);
  serve(context, tick);

  coap_free_context(context);
  coap_cleanup();
  return 0;
}
