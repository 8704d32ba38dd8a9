/* A CoAP server that takes large PUTs, block by block, with the help of the cache.
 *
 *     put_block1_server [options]                              (put_block1_server -? says which)
 *
 * It serves one resource, /example_data: PUT stores a body and its content format, GET gives both back, DELETE forgets
 * them. The part worth reading is put_body(): each block of a PUT reaches the handler on its own, and the cache entry
 * of the request holds what has come so far. All blocks of one PUT find the same entry because the Block options do not
 * take part in the cache key, and two clients never share one because the key is that of the session.
 *
 * Only the public interface of libcoap 4.3.0rc1 is used: the program builds and runs with that library as well.
 *
 * Build:   cc -std=c11 put_block1_server.c $(pkg-config --cflags --libs libcoap-2) -o put_block1_server
 *          (libcoap-2-openssl is the library with DTLS and TLS)
 * Try it:  ./put_block1_server &  coap-client -m put -b 64 -f README.md coap://127.0.0.1/example_data
 *          ./put_block1_server -k secret &
 *          coap-client -k secret -u me -m put -b 64 -f README.md coaps://127.0.0.1/example_data
 *
 * (In Debian the client is called coap-client-openssl, in the package libcoap3-bin.) Clients can observe the resource
 * (RFC 7641, `coap-client -s 60 coap://127.0.0.1/example_data`): each PUT is followed by a notification, for which the
 * library calls handle_get() without a request.
 */
#define _GNU_SOURCE

#include <stdarg.h>

#include "security.h"

/* Bodies longer than this are refused (4.13): how much a client may make us keep is for us to say, not for its Size1
 * option. */
#define BODY_MAX ((size_t)16 * 1024 * 1024)

/* What /example_data holds. */
struct content {
  coap_binary_t *body;     /* NULL: nothing, GET answers 4.04 */
  uint16_t media_type;     /* content format */
  uint64_t etag;           /* changes with every change of the content; never 0 */
};

/* The body of a PUT that is under way: the application data of a cache entry. */
struct upload {
  coap_binary_t *body;     /* the bytes so far */
  size_t received;         /* how many, counted from the start without a gap */
  coap_tick_t last_block;  /* when the last block came */
};

/* One block of a request, or all of it. */
struct part {
  size_t length;
  const uint8_t *data;
  size_t offset;
  size_t total;            /* offset + length means: this is the last one */
};

static struct content example_data;
static unsigned int idle_seconds = 30;
static uint8_t block_mode = COAP_BLOCK_USE_LIBCOAP;
static int response_szx = -1;  /* -1: the library picks the block size of responses */
static struct security security;

/* Tells on standard output what happens to a cache entry. */
static void
tell(const char *format, ...) {
  va_list arguments;

  va_start(arguments, format);
  vprintf(format, arguments);
  va_end(arguments);
  putchar('\n');
  fflush(stdout);
}

/* ------------------------------------------------------------------------------------------------------------------
 * PUT
 */

static void
delete_upload(struct upload *upload) {
  coap_delete_binary(upload->body);
  free(upload);
}

/* Called by the library when a cache entry ends that still holds an upload: the client went away in the middle (the
 * entry has been idle for too long), its session ended, or the server stops. */
static void
entry_ends(void *data) {
  struct upload *upload = data;
  coap_tick_t now;

  coap_ticks(&now);
  if (idle_seconds > 0 && now - upload->last_block >= (coap_tick_t)idle_seconds * COAP_TICKS_PER_SECOND)
    tell("entry expired: %zu bytes of an unfinished body dropped", upload->received);
  else
    tell("entry freed: %zu bytes of an unfinished body dropped", upload->received);
  delete_upload(upload);
}

/* Takes the upload out of a cache entry; NULL if there is none. The entry stays, empty. */
static struct upload *
take_upload(coap_cache_entry_t *entry) {
  struct upload *upload = coap_cache_get_app_data(entry);

  coap_cache_set_app_data(entry, NULL, NULL);
  return upload;
}

/* Drops what an earlier, broken-off PUT of the same client left in its entry. */
static void
drop_upload(coap_cache_entry_t *entry) {
  struct upload *upload = take_upload(entry);

  if (upload) {
    tell("entry restarted: %zu bytes of an unfinished body dropped", upload->received);
    delete_upload(upload);
  }
}

/* The part of the body that this request carries. 0 for a Block1 option that makes no sense.
 *
 * Where the library handles blocks it knows offset and total. Where it does not (block mode 0), they follow from the
 * Block1 option, and the answer has to repeat that option (RFC 7959, section 2.3). */
static int
read_part(coap_pdu_t *request, coap_pdu_t *response, struct part *part) {
  coap_block_t block;
  uint8_t value[4];
  size_t size;

  memset(part, 0, sizeof(*part));
  if (!coap_get_data_large(request, &part->length, &part->data, &part->offset, &part->total)) {
    part->length = part->offset = part->total = 0;
    part->data = (const uint8_t *)"";  /* no payload at all: an empty body */
  }
  if ((block_mode & COAP_BLOCK_USE_LIBCOAP) || !coap_get_block(request, COAP_OPTION_BLOCK1, &block))
    return 1;

  size = (size_t)1 << (block.szx + 4);
  if (block.szx > COAP_MAX_BLOCK_SZX || (block.m && part->length != size) || part->length > size)
    return 0;
  part->offset = block.num * size;
  part->total = part->offset + part->length + (block.m ? 1 : 0);
  coap_add_option(response, COAP_OPTION_BLOCK1,
                  coap_encode_var_safe(value, sizeof(value), block.num << 4 | (unsigned)block.m << 3 | block.szx),
                  value);
  return 1;
}

/* Makes `body` the content of the resource, and says whether there was none before (2.01) or other content (2.04). */
static unsigned char
store(coap_resource_t *resource, coap_pdu_t *request, coap_binary_t *body) {
  struct content *content = coap_resource_get_userdata(resource);
  unsigned char code = content->body ? COAP_RESPONSE_CODE_CHANGED : COAP_RESPONSE_CODE_CREATED;
  coap_opt_iterator_t iterator;
  coap_opt_t *format = coap_check_option(request, COAP_OPTION_CONTENT_FORMAT, &iterator);

  coap_delete_binary(content->body);
  content->body = body;
  content->media_type = COAP_MEDIATYPE_TEXT_PLAIN;
  if (format)
    content->media_type = (uint16_t)coap_decode_var_bytes(coap_opt_value(format), coap_opt_length(format));
  content->etag++;
  coap_resource_notify_observers(resource, NULL);
  return code;
}

/* The handler of the manual page: puts the parts of a body together and stores it. Returns the response code. */
static unsigned char
put_body(coap_resource_t *resource, coap_session_t *session, coap_pdu_t *request, const struct part *part) {
  coap_cache_entry_t *entry = coap_cache_get_by_pdu(session, request, COAP_CACHE_IS_SESSION_BASED);
  struct upload *upload;
  coap_binary_t *body;

  if (part->total > BODY_MAX)
    return COAP_RESPONSE_CODE_REQUEST_TOO_LARGE;

  if (part->length == part->total) {
    /* The whole body at once: it came in one message, or the library put it together (block mode 3). */
    if (entry)
      drop_upload(entry);
    body = coap_new_binary(part->total);
    if (!body)
      return COAP_RESPONSE_CODE_INTERNAL_ERROR;
    memcpy(body->s, part->data, part->total);
    return store(resource, request, body);
  }

  if (part->offset == 0) {
    /* First block: a fresh entry, or the one of an earlier PUT of this client, emptied. */
    if (entry)
      drop_upload(entry);
    else
      entry = coap_new_cache_entry(session, request, COAP_CACHE_NOT_RECORD_PDU, COAP_CACHE_IS_SESSION_BASED,
                                   idle_seconds);
    upload = entry ? calloc(1, sizeof(*upload)) : NULL;
    if (!upload)
      return COAP_RESPONSE_CODE_INTERNAL_ERROR;
    coap_cache_set_app_data(entry, upload, entry_ends);
    tell("entry made: %s", coap_session_str(session));
  } else if (!entry) {
    /* A later block of a PUT that we know nothing of: it has idled out, or its first block never came. */
    return COAP_RESPONSE_CODE_INCOMPLETE;
  }

  upload = coap_cache_get_app_data(entry);
  if (!upload || part->offset > upload->received)
    return COAP_RESPONSE_CODE_INCOMPLETE;  /* a block is missing: the client has to start over */
  coap_ticks(&upload->last_block);
  if (part->offset + part->length > upload->received) {
    /* New bytes. The old pointer is not valid any more, whatever the result is. */
    upload->body = coap_block_build_body(upload->body, part->length, part->data, part->offset, part->total);
    if (!upload->body) {
      delete_upload(take_upload(entry));
      return COAP_RESPONSE_CODE_INTERNAL_ERROR;
    }
    upload->received = part->offset + part->length;
  }
  if (part->offset + part->length < part->total)
    return COAP_RESPONSE_CODE_CONTINUE;

  /* The last block. Size1 was a hint: the body ends where the last block ends. */
  upload = take_upload(entry);
  body = upload->body;
  upload->body = NULL;
  body->length = upload->received;
  tell("entry finished: %zu bytes", upload->received);
  delete_upload(upload);
  return store(resource, request, body);
}

static void
handle_put(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *request,
           coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  struct part part;

  (void)context;
  (void)token;
  (void)query;
  if (read_part(request, response, &part))
    response->code = put_body(resource, session, request, &part);
  else
    response->code = COAP_RESPONSE_CODE_BAD_REQUEST;
}

/* ------------------------------------------------------------------------------------------------------------------
 * GET and DELETE
 */

/* Called by the library, once, when it no longer needs the copy that GET made. */
static void
release_copy(coap_session_t *session, void *copy) {
  (void)session;
  coap_delete_binary(copy);
}

static void
handle_get(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *request,
           coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  const struct content *content = coap_resource_get_userdata(resource);
  coap_binary_t *copy;
  coap_block_t block;
  uint8_t value[4];

  (void)context;
  if (!content->body) {
    response->code = COAP_RESPONSE_CODE_NOT_FOUND;
    return;
  }
  response->code = COAP_RESPONSE_CODE_CONTENT;
  if (!(block_mode & COAP_BLOCK_USE_LIBCOAP)) {
    /* The library keeps nothing between the blocks of a response: this handler runs for each of them. */
    coap_add_data_blocked_response(resource, session, request, response, token, content->media_type, -1,
                                   content->body->length, content->body->s);
    return;
  }

  /* The library serves the later blocks by itself, from the bytes we hand over now. A PUT may replace the content
   * meanwhile, so these are a copy, which lives until the library lets go of it. */
  copy = coap_new_binary(content->body->length);
  if (!copy) {
    response->code = COAP_RESPONSE_CODE_INTERNAL_ERROR;
    return;
  }
  memcpy(copy->s, content->body->s, copy->length);
  if (response_szx >= 0 && !(request && coap_get_block(request, COAP_OPTION_BLOCK2, &block)))
    coap_add_option(response, COAP_OPTION_BLOCK2,
                    coap_encode_var_safe(value, sizeof(value), (unsigned int)response_szx), value);
  coap_add_data_large_response(resource, session, request, response, token, query, content->media_type, -1,
                               content->etag, copy->length, copy->s, release_copy, copy);
}

static void
handle_delete(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *request,
              coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  struct content *content = coap_resource_get_userdata(resource);

  (void)context;
  (void)session;
  (void)request;
  (void)token;
  (void)query;
  coap_delete_binary(content->body);
  content->body = NULL;
  content->etag++;
  coap_resource_notify_observers(resource, NULL);
  response->code = COAP_RESPONSE_CODE_DELETED;
}

/* ------------------------------------------------------------------------------------------------------------------
 * The server
 */

static coap_context_t *
new_server(const char *address, unsigned int port) {
  /* With these two out of the cache key, all blocks of one PUT find the same entry. */
  static const uint16_t ignored[] = {COAP_OPTION_BLOCK1, COAP_OPTION_BLOCK2};
  coap_context_t *context = coap_new_context(NULL);
  coap_resource_t *resource = context ? coap_resource_init(coap_make_str_const("example_data"), 0) : NULL;

  if (!resource || !coap_cache_ignore_options(context, ignored, sizeof(ignored) / sizeof(ignored[0]))) {
    fprintf(stderr, "no memory\n");
    /* A resource that belongs to no context yet has no other way to go than with one. */
    if (resource)
      coap_add_resource(context, resource);
    coap_free_context(context);
    return NULL;
  }
  coap_context_set_block_mode(context, block_mode);

  coap_resource_set_userdata(resource, &example_data);
  coap_register_handler(resource, COAP_REQUEST_GET, handle_get);
  coap_register_handler(resource, COAP_REQUEST_PUT, handle_put);
  coap_register_handler(resource, COAP_REQUEST_DELETE, handle_delete);
  coap_resource_set_get_observable(resource, 1);
  coap_add_resource(context, resource);

  if (!open_server(context, address, port, &security)) {
    coap_free_context(context);
    return NULL;
  }
  tell("ready");
  return context;
}

static void
usage(const char *program) {
  fprintf(stderr,
          "usage: %s [options]\n"
          "  -p port     UDP and TCP port, 0 for any free ones (5683)\n"
          "  -A address  address to listen on (0.0.0.0)\n"
          "  -b size     size of the blocks of responses: 16, 32, ... 1024 (as large as fits)\n"
          "  -m mode     block mode: 0 = blocks are our business, 1 = the library answers blocks,\n"
          "              3 = the library puts bodies together (1)\n"
          "  -i seconds  how long an unfinished PUT may be idle, 0 for ever (30)\n"
          "  -v level    log level, 0 to 7 (4)\n"
          SERVER_SECURITY_USAGE,
          program);
  exit(ENDS_WRONG_USAGE);
}

int
main(int argc, char **argv) {
  const char *address = "0.0.0.0";
  unsigned int port = COAP_DEFAULT_PORT;
  coap_context_t *context;
  int option;

  while ((option = getopt(argc, argv, "p:A:b:m:i:v:" SERVER_SECURITY_OPTIONS)) != -1) {
    switch (option) {
    case 'p':
      port = number(optarg, 0, 65535);
      break;
    case 'A':
      address = optarg;
      break;
    case 'b':
      response_szx = (int)block_size_exponent(optarg);
      break;
    case 'm':
      block_mode = (uint8_t)number(optarg, 0, COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
      break;
    case 'i':
      idle_seconds = number(optarg, 0, 0xffffffff);
      break;
    case 'v':
      set_log_level(optarg);
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
  stop_on_signals();
  context = new_server(address, port);
  if (!context)
    return ENDS_WITHOUT_SERVICE;

  /* The time limit only bounds how long a signal that comes just before the wait can go unnoticed. */
  while (!stop)
    coap_io_process(context, 1000);

  coap_free_context(context);
  coap_delete_binary(example_data.body);
  coap_cleanup();
  tell("stopped");
  return ENDS_WELL;
}
