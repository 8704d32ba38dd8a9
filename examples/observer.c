/* Observes a resource (RFC 7641): registers with its server, prints what the server tells about it, cancels after a
 * number of notifications, and ends once the server has confirmed that.
 *
 *     observer [options] coap://host[:port]/path[?query]      or coap+tcp://, coaps://, coaps+tcp://
 *
 * The bodies go to standard output, one behind the other; what happens is told on standard error. Exit status: 0 if the
 * count was reached and the cancellation answered, 1 for an error response, 2 for wrong usage, 3 if the server falls
 * silent, 4 if the library has no DTLS and TLS and it would take that.
 *
 * Worth knowing: coap_send_large() rather than coap_send() sends the registration, because then the library knows of it:
 * it fetches the later blocks of large notifications, and coap_cancel_observe() finds what to cancel.
 *
 * Build:   cc -std=c11 observer.c $(pkg-config --cflags --libs libcoap-2) -o observer
 *          (libcoap-2-openssl is the library with DTLS and TLS)
 * Try it:  ./server & ./observer -s 5 coap://127.0.0.1/clock
 */
#define _GNU_SOURCE

#include "security.h"

/* How far we are. */
enum progress {
  REGISTERING,  /* the server has not answered yet */
  OBSERVING,
  CANCELLING,   /* the next response without an Observe option is the answer to that */
  OVER
};

static struct {
  enum progress progress;
  unsigned int wanted, seen;  /* notifications, the answer to the registration included */
  uint32_t newest;            /* the Observe option of the newest one */
  coap_binary_t token;        /* the token of the registration, which all of them carry */
  uint8_t token_bytes[8];
  uint8_t type;
  int status;
} observation = {.wanted = 5, .type = COAP_MESSAGE_CON, .token.s = observation.token_bytes};

static struct security security;

static void
end(int status) {
  if (observation.progress != OVER) {
    observation.progress = OVER;
    observation.status = status;
  }
}

/* Whether the state of the resource in a notification is newer than what we have. Numbers wrap at 2^24, so "newer" means
 * less than half of that ahead (RFC 7641, section 3.4; without the 128 seconds, as we cancel long before). */
static int
is_newer(uint32_t number) {
  return observation.seen == 0 || ((number - observation.newest) & 0xffffff) - 1 < 0x7fffff;
}

static void
take_notification(coap_session_t *session, const coap_pdu_t *received, uint32_t number) {
  size_t length, offset, total;
  const uint8_t *data;

  if (!is_newer(number)) {
    fprintf(stderr, "notification %u comes late\n", number);
    return;
  }
  observation.newest = number;
  observation.seen++;
  if (!coap_get_data_large(received, &length, &data, &offset, &total))
    length = 0;
  fprintf(stderr, "notification %u: %zu bytes\n", number, length);
  if (length)
    fwrite(data, 1, length, stdout);
  putchar('\n');
  fflush(stdout);

  observation.progress = OBSERVING;
  if (observation.seen >= observation.wanted) {
    observation.progress = CANCELLING;
    if (!coap_cancel_observe(session, &observation.token, observation.type)) {
      fprintf(stderr, "cannot cancel\n");
      end(ENDS_WITHOUT_RESPONSE);
    }
  }
}

static coap_response_t
on_response(coap_context_t *context, coap_session_t *session, coap_pdu_t *sent, coap_pdu_t *received,
            const coap_mid_t id) {
  coap_opt_iterator_t iterator;
  coap_opt_t *observe = coap_check_option(received, COAP_OPTION_OBSERVE, &iterator);

  (void)context;
  (void)sent;
  (void)id;
  if (observation.progress == OVER)
    return COAP_RESPONSE_OK;
  if (COAP_RESPONSE_CLASS(received->code) != 2) {
    say_code(received->code);
    end(ENDS_WITH_ERROR_RESPONSE);
  } else if (observe && observation.progress == CANCELLING) {
    fprintf(stderr, "a notification crosses the cancellation\n");
  } else if (observe) {
    take_notification(session, received, coap_decode_var_bytes(coap_opt_value(observe), coap_opt_length(observe)));
  } else if (observation.progress == CANCELLING) {
    fprintf(stderr, "cancelled\n");
    end(ENDS_WELL);
  } else {
    fprintf(stderr, "the resource cannot be observed\n");
    end(ENDS_WITH_ERROR_RESPONSE);
  }
  return COAP_RESPONSE_OK;
}

static void
on_nack(coap_context_t *context, coap_session_t *session, coap_pdu_t *sent, coap_nack_reason_t reason,
        const coap_mid_t id) {
  (void)context;
  (void)session;
  (void)sent;
  (void)id;
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

/* Sends the registration: a GET with the Observe option. */
static int
start_observing(coap_session_t *session, const coap_uri_t *uri, int szx) {
  coap_pdu_t *request = coap_new_pdu(session);
  coap_optlist_t *options = NULL;
  int fine;

  if (!request)
    return 0;
  request->type = observation.type;
  request->code = COAP_REQUEST_GET;
  request->mid = coap_new_message_id(session);
  coap_session_new_token(session, &observation.token.length, observation.token_bytes);
  fine = coap_add_token(request, observation.token.length, observation.token.s) &&
         add_number_option(&options, COAP_OPTION_OBSERVE, COAP_OBSERVE_ESTABLISH) && add_uri_options(&options, uri) &&
         (szx < 0 || add_number_option(&options, COAP_OPTION_BLOCK2, (unsigned int)szx)) &&
         coap_add_optlist_pdu(request, &options);
  coap_delete_optlist(options);
  if (!fine) {
    coap_delete_pdu(request);
    return 0;
  }
  return coap_send_large(session, request) != COAP_INVALID_MID;
}

static void
usage(const char *program) {
  fprintf(stderr,
          "usage: %s [options] coap://host[:port]/path[?query] | coap+tcp://... | coaps://... | coaps+tcp://...\n"
          "  -s count    cancel after this many notifications (5)\n"
          "  -b size     block size, 16 to 1024 (as large as fits)\n"
          "  -B seconds  wait no longer than this (90)\n"
          "  -N          send non-confirmable messages\n"
          "  -l loss     lose datagrams we send, for instance 20%% or 3,7-9\n"
          "  -v level    log level, 0 to 7 (4)\n"
          CLIENT_SECURITY_USAGE,
          program);
  exit(ENDS_WRONG_USAGE);
}

int
main(int argc, char **argv) {
  unsigned int patience = 90;
  int option, szx = -1;
  coap_context_t *context;
  coap_session_t *session;
  uint64_t now, deadline;
  coap_uri_t uri;

  coap_startup();
  while ((option = getopt(argc, argv, "s:b:B:Nl:v:" CLIENT_SECURITY_OPTIONS)) != -1) {
    switch (option) {
    case 's':
      observation.wanted = number(optarg, 1, 1000000);
      break;
    case 'b':
      szx = (int)block_size_exponent(optarg);
      break;
    case 'B':
      patience = number(optarg, 1, 100000);
      break;
    case 'N':
      observation.type = COAP_MESSAGE_NON;
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
  if (optind != argc - 1)
    usage(argv[0]);
  read_uri(&uri, argv[optind]);
  check_client_security(&security, &uri);

  context = coap_new_context(NULL);
  if (!context) {
    fprintf(stderr, "no memory\n");
    return ENDS_WITHOUT_RESPONSE;
  }
  stop_on_signals();
  coap_context_set_block_mode(context, COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
  coap_register_response_handler(context, on_response);
  coap_register_nack_handler(context, on_nack);
  coap_register_event_handler(context, on_event);

  session = connect_to(context, &uri, &security);
  if (!session || !start_observing(session, &uri, szx)) {
    fprintf(stderr, "cannot send\n");
    end(ENDS_WITHOUT_RESPONSE);
  }
  deadline = milliseconds() + patience * 1000ull;
  while (observation.progress != OVER && !stop && (now = milliseconds()) < deadline)
    coap_io_process(context, (uint32_t)(deadline - now));
  if (observation.progress != OVER)
    fprintf(stderr, "%u notifications within %u seconds\n", observation.seen, patience);
  end(ENDS_WITHOUT_RESPONSE);

  ignore_the_end(context);
  coap_session_release(session);
  coap_free_context(context);
  coap_delete_binary(security.hints.file);
  coap_cleanup();
  return observation.status;
}
