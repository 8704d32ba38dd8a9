/* A CoAP client for the command line: sends a request, with a body of any size if there is one, and gives the body of
 * the response, of any size too.
 *
 *     client [options] coap://host[:port]/path[?query]        or coap+tcp://, coaps://, coaps+tcp://
 *
 * The body of the response goes to standard output. To standard error go its code ("2.05 Content"), and in lines of
 * their own what happens to the connection ("event DTLS_CONNECTED"), whom the server proves to be ("certificate at
 * depth 0: example.com"), and why no response comes ("nack TLS_FAILED: ..."). Exit status: 0 for success (2.xx), 1 for
 * an error response, 2 for wrong usage, 3 if no response came, 4 if the library lacks the DTLS and TLS it would take.
 *
 * The part worth reading is new_request(), which leaves the blocks of a large body to the library, and on_response(),
 * which puts the response together. In block mode 3 it is called once, with the whole body; in block mode 1 once for
 * each block. The same lines do for both.
 *
 * Build:   cc -std=c11 client.c $(pkg-config --cflags --libs libcoap-2) -o client
 *          (libcoap-2-openssl is the library with DTLS and TLS)
 * Try it:  ./server -k secret & ./client coap://127.0.0.1/.well-known/core
 *          ./client -k secret -u me coaps://127.0.0.1/clock
 */
#define _GNU_SOURCE

#include "security.h"

/* What the command line asks for. */
struct task {
  uint8_t method;
  uint8_t type;                /* confirmable or not */
  uint8_t block_mode;
  int szx;                     /* block size exponent; -1: as large as fits */
  int content_format, accept;  /* -1: none */
  unsigned int retransmits;    /* 0: as the RFC has it */
  unsigned int ack_timeout;    /* milliseconds; 0: as the RFC has it */
  unsigned int patience;       /* seconds */
  unsigned int count;          /* how often the request is sent, and */
  unsigned int pause;          /* how long after one response, in milliseconds */
  const char *token;
  coap_binary_t *body;
  const char *output;
};

/* What has come of it. */
struct outcome {
  int done;                    /* the exit status is known */
  int status;
  coap_binary_t *body;         /* the response, as far as it has come */
  size_t length;               /* bytes of it */
};

static struct outcome outcome;
static struct security security;

static void
end(int status) {
  if (!outcome.done) {
    outcome.done = 1;
    outcome.status = status;
  }
}

/* ------------------------------------------------------------------------------------------------------------------
 * The response
 */

static coap_response_t
on_response(coap_context_t *context, coap_session_t *session, coap_pdu_t *sent, coap_pdu_t *received,
            const coap_mid_t id) {
  size_t length, offset, total;
  const uint8_t *data;

  (void)context;
  (void)session;
  (void)sent;
  (void)id;
  if (outcome.done)
    return COAP_RESPONSE_OK;
  if (coap_get_data_large(received, &length, &data, &offset, &total)) {
    /* `total` is a guess until the last block is there: the body ends where that ends. */
    outcome.body = coap_block_build_body(outcome.body, length, data, offset, total);
    if (!outcome.body) {
      fprintf(stderr, "no memory\n");
      outcome.length = 0;
      end(ENDS_WITHOUT_RESPONSE);
      return COAP_RESPONSE_OK;
    }
    outcome.length = offset + length;
    if (outcome.length < total)
      return COAP_RESPONSE_OK;  /* more blocks follow, and the library has asked for them */
  } else {
    outcome.length = 0;
  }
  say_code(received->code);
  end(COAP_RESPONSE_CLASS(received->code) == 2 ? ENDS_WELL : ENDS_WITH_ERROR_RESPONSE);
  return COAP_RESPONSE_OK;
}

static void
on_nack(coap_context_t *context, coap_session_t *session, coap_pdu_t *sent, coap_nack_reason_t reason,
        const coap_mid_t id) {
  (void)context;
  (void)session;
  (void)sent;
  (void)id;
  /* The network may be wrong about nobody being there, and the request will be sent again; but a user in front of a
   * screen would rather know. */
  say_nack(reason);
  end(ENDS_WITHOUT_RESPONSE);
}

static int
on_event(coap_context_t *context, coap_event_t event, coap_session_t *session) {
  (void)context;
  (void)session;
  say_event(event);
  if (event == COAP_EVENT_TCP_FAILED || event == COAP_EVENT_TCP_CLOSED || event == COAP_EVENT_DTLS_CLOSED)
    end(ENDS_WITHOUT_RESPONSE);
  return 0;
}

/* ------------------------------------------------------------------------------------------------------------------
 * The request
 */

/* Collects the options of the request. Returns 0 without memory. */
static int
add_options(coap_optlist_t **options, const struct task *task, const coap_uri_t *uri) {
  int fine = add_uri_options(options, uri);

  if (task->body && task->content_format >= 0)
    fine = fine && add_number_option(options, COAP_OPTION_CONTENT_FORMAT, (unsigned int)task->content_format);
  if (task->accept >= 0)
    fine = fine && add_number_option(options, COAP_OPTION_ACCEPT, (unsigned int)task->accept);
  if (task->szx >= 0) {
    /* Block 0 of the size we like: of the request, if it has a body, and of the response, which may have one. The
     * library takes the size from here and sees to the rest. */
    if (task->body)
      fine = fine && add_number_option(options, COAP_OPTION_BLOCK1, (unsigned int)task->szx);
    if (task->method == COAP_REQUEST_GET || task->method == COAP_REQUEST_FETCH)
      fine = fine && add_number_option(options, COAP_OPTION_BLOCK2, (unsigned int)task->szx);
  }
  return fine;
}

/* The body of the request has been sent, or will not be. */
static void
release_body(coap_session_t *session, void *body) {
  (void)session;
  coap_delete_binary(body);
}

/* The request, ready to be sent. The body becomes the library's, which reads from it until the last block is on its way
 * and then calls release_body(); it does so, too, if there is no room for the body. NULL with a complaint. */
static coap_pdu_t *
new_request(struct task *task, const coap_uri_t *uri, coap_session_t *session) {
  coap_pdu_t *request = coap_new_pdu(session);
  coap_optlist_t *options = NULL;
  uint8_t token[8];
  size_t length;
  int fine;

  if (!request || !add_options(&options, task, uri)) {
    fprintf(stderr, "no memory\n");
    coap_delete_optlist(options);
    coap_delete_pdu(request);
    return NULL;
  }
  request->type = task->type;
  request->code = task->method;
  request->mid = coap_new_message_id(session);
  if (task->token) {
    length = strlen(task->token);
    fine = coap_add_token(request, length, (const uint8_t *)task->token);
  } else {
    coap_session_new_token(session, &length, token);
    fine = coap_add_token(request, length, token);
  }
  fine = fine && (!options || coap_add_optlist_pdu(request, &options));
  coap_delete_optlist(options);
  if (fine && task->body) {
    fine = coap_add_data_large_request(session, request, task->body->length, task->body->s, release_body, task->body);
    task->body = NULL;
  }
  if (!fine) {
    fprintf(stderr, "the request does not fit into a message\n");
    coap_delete_pdu(request);
    return NULL;
  }
  return request;
}

/* ------------------------------------------------------------------------------------------------------------------
 * The command line
 */

static void
usage(const char *program) {
  fprintf(stderr,
          "usage: %s [options] coap://host[:port]/path[?query] | coap+tcp://... | coaps://... | coaps+tcp://...\n"
          "  -m method   get, post, put, delete, fetch, patch or ipatch (get)\n"
          "  -f file     the body of the request; - for standard input\n"
          "  -e text     the body of the request\n"
          "  -t format   its content format, a number\n"
          "  -A format   the content format we would like for the response\n"
          "  -b size     block size, 16 to 1024 (as large as fits)\n"
          "  -M mode     block mode: 1 = response handler once per block, 3 = once per body (3)\n"
          "  -o file     where the body of the response goes (standard output)\n"
          "  -T token    token of the request, up to 8 characters (one that counts up)\n"
          "  -N          send a non-confirmable message\n"
          "  -B seconds  wait no longer than this (90)\n"
          "  -G count    send the request that often, by the same session; it may have no body then (1)\n"
          "  -I ms       how long to pause before sending it again (1000)\n"
          "  -r count    how often a message is sent again (4)\n"
          "  -a ms       how long an acknowledgement may take before that (2000)\n"
          "  -l loss     lose datagrams we send, for instance 20%% or 3,7-9\n"
          "  -v level    log level, 0 to 7 (4)\n"
          CLIENT_SECURITY_USAGE,
          program);
  exit(ENDS_WRONG_USAGE);
}

static uint8_t
method(const char *name, const char *program) {
  static const char *const names[] = {"get", "post", "put", "delete", "fetch", "patch", "ipatch"};
  uint8_t i;

  for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
    if (strcmp(name, names[i]) == 0)
      return (uint8_t)(COAP_REQUEST_GET + i);
  usage(program);
  return 0;
}

static coap_binary_t *
text_body(const char *text) {
  coap_binary_t *body = coap_new_binary(strlen(text));

  if (body)
    memcpy(body->s, text, body->length);
  else
    fprintf(stderr, "no memory\n");
  return body;
}

/* Reads the command line. The body is read last, when nothing else is wrong. */
static void
read_options(struct task *task, coap_uri_t *uri, int argc, char **argv) {
  const char *file = NULL, *text = NULL;
  int option;

  while ((option = getopt(argc, argv, "m:f:e:t:A:b:M:o:T:NB:G:I:r:a:l:v:" CLIENT_SECURITY_OPTIONS)) != -1) {
    switch (option) {
    case 'm':
      task->method = method(optarg, argv[0]);
      break;
    case 'f':
      file = optarg;
      break;
    case 'e':
      text = optarg;
      break;
    case 't':
      task->content_format = (int)number(optarg, 0, 65535);
      break;
    case 'A':
      task->accept = (int)number(optarg, 0, 65535);
      break;
    case 'b':
      task->szx = (int)block_size_exponent(optarg);
      break;
    case 'M':
      task->block_mode = (uint8_t)number(optarg, 1, 3);
      break;
    case 'o':
      task->output = optarg;
      break;
    case 'T':
      task->token = optarg;
      break;
    case 'N':
      task->type = COAP_MESSAGE_NON;
      break;
    case 'B':
      task->patience = number(optarg, 1, 100000);
      break;
    case 'G':
      task->count = number(optarg, 1, 1000000);
      break;
    case 'I':
      task->pause = number(optarg, 0, 1000000000);
      break;
    case 'r':
      task->retransmits = number(optarg, 1, 20);
      break;
    case 'a':
      task->ack_timeout = number(optarg, 1, 60000);
      break;
    case 'l':
      lose_datagrams(optarg);
      break;
    case 'v':
      set_log_level(optarg);
      break;
    default:
      if (!take_security_option(&security, option, optarg))
        usage(argv[0]);
    }
  }
  if (optind != argc - 1 || (task->token && strlen(task->token) > 8) || (file && text) ||
      (task->count > 1 && (file || text)))
    usage(argv[0]);
  read_uri(uri, argv[optind]);
  check_client_security(&security, uri);
  if (file || text) {
    task->body = file ? read_file(file) : text_body(text);
    if (!task->body)
      exit(ENDS_WRONG_USAGE);
  }
}

/* Writes the body of the response where it shall go. Returns 0 with a complaint. */
static int
write_body(const char *name) {
  FILE *file = name ? fopen(name, "wb") : stdout;
  int fine = file != NULL;

  if (fine && outcome.length)
    fine = fwrite(outcome.body->s, 1, outcome.length, file) == outcome.length;
  if (file)
    fine = (name ? fclose(file) : fflush(file)) == 0 && fine;
  if (!fine)
    fprintf(stderr, "%s: %s\n", name ? name : "standard output", strerror(errno));
  return fine;
}

/* Gives the library time to work until the request is done with, or until then. */
static void
work(coap_context_t *context, uint64_t until, const int *done) {
  uint64_t now;

  while (!*done && !stop && (now = milliseconds()) < until)
    coap_io_process(context, (uint32_t)(until - now));
}

/* Sends the request, and waits until it is done with. If the session has ended since the last one, the library begins
 * it anew. */
static void
send_one(struct task *task, coap_context_t *context, coap_session_t *session, const coap_uri_t *uri,
         uint64_t deadline) {
  coap_pdu_t *request = new_request(task, uri, session);

  outcome.done = 0;
  outcome.length = 0;
  /* coap_send_large() owns the request from here on, whatever becomes of it. */
  if (!request || coap_send_large(session, request) == COAP_INVALID_MID) {
    fprintf(stderr, "cannot send\n");
    end(ENDS_WITHOUT_RESPONSE);
  }
  work(context, deadline, &outcome.done);
  if (!outcome.done)
    fprintf(stderr, "no response within %u seconds\n", task->patience);
  end(ENDS_WITHOUT_RESPONSE);
}

static void
run(struct task *task, coap_context_t *context, const coap_uri_t *uri) {
  coap_session_t *session = connect_to(context, uri, &security);
  uint64_t deadline = milliseconds() + task->patience * 1000ull;
  int never = 0;

  if (!session) {
    end(ENDS_WITHOUT_RESPONSE);
    return;
  }
  if (task->retransmits)
    coap_session_set_max_retransmit(session, task->retransmits);
  if (task->ack_timeout) {
    /* The field, because coap_session_set_ack_timeout() takes no less than a second. */
    session->ack_timeout.integer_part = (uint16_t)(task->ack_timeout / 1000);
    session->ack_timeout.fractional_part = (uint16_t)(task->ack_timeout % 1000);
  }
  send_one(task, context, session, uri, deadline);
  while (--task->count && !stop) {
    work(context, milliseconds() + task->pause, &never);
    send_one(task, context, session, uri, deadline);
  }
  ignore_the_end(context);
  coap_session_release(session);
}

int
main(int argc, char **argv) {
  struct task task = {
    .method = COAP_REQUEST_GET,
    .type = COAP_MESSAGE_CON,
    .block_mode = COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY,
    .szx = -1,
    .content_format = -1,
    .accept = -1,
    .patience = 90,
    .count = 1,
    .pause = 1000,
  };
  coap_context_t *context;
  coap_uri_t uri;

  coap_startup();
  read_options(&task, &uri, argc, argv);
  context = coap_new_context(NULL);
  if (!context) {
    fprintf(stderr, "no memory\n");
    coap_delete_binary(task.body);
    return ENDS_WITHOUT_RESPONSE;
  }
  stop_on_signals();
  coap_context_set_block_mode(context, task.block_mode);
  coap_register_response_handler(context, on_response);
  coap_register_nack_handler(context, on_nack);
  coap_register_event_handler(context, on_event);

  run(&task, context, &uri);
  if (!write_body(task.output) && outcome.status == ENDS_WELL)
    outcome.status = ENDS_WITHOUT_RESPONSE;

  coap_free_context(context);
  coap_delete_binary(task.body);
  coap_delete_binary(outcome.body);
  coap_delete_binary(security.hints.file);
  coap_cleanup();
  return outcome.status;
}
