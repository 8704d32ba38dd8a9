/* A client that gets a body of 1 MB from 127.0.0.1, or puts one there, with the library's functions for large bodies.
 * Prints lines of
 *
 *     <operation> 1024 <value>
 *
 *     client port get|put times seconds
 *
 * Ends after so many bodies or seconds.
 */
#define _GNU_SOURCE
#include "coap.h"

static uint8_t body[BODY_LENGTH];
static int answered, is_get;

RESPONSE_HANDLER(take) {
  const uint8_t *data;
  size_t length, offset, total;

  UNUSED_RESPONSE_HANDLER_ARGUMENTS;
  if (is_get)
    answered = coap_get_data_large(received, &length, &data, &offset, &total) && length == sizeof(body) &&
               !memcmp(data, body, length);
  else
    answered = CODE_OF(received) == COAP_RESPONSE_CODE(204);
  if (!answered) {
    fprintf(stderr, "client: not the answer\n");
    exit(1);
  }
  return COAP_RESPONSE_OK;
}

static void
send_request(coap_session_t *session) {
  coap_pdu_t *request = coap_pdu_init(COAP_MESSAGE_CON, is_get ? 1 : 3, coap_new_message_id(session),
                                      coap_session_max_pdu_size(session));
  uint8_t token[8];
  size_t length;

  if (!request)
    fail("no request");
  coap_session_new_token(session, &length, token);
  coap_add_token(request, length, token);
  coap_add_option(request, COAP_OPTION_URI_PATH, 5, (const uint8_t *)"large");
  if (!is_get && !coap_add_data_large_request(session, request, sizeof(body), body, NULL, NULL))
    fail("no body");
  if (coap_send_large(session, request) == COAP_INVALID_MID)
    fail("not sent");
}

int
main(int argc, char **argv) {
  coap_context_t *context;
  coap_session_t *session;
  coap_address_t to;
  unsigned long times, done;
  double start, now, limit;
  struct timespec used_time;
  size_t i;

  if (argc != 5)
    return 2;
  for (i = 0; i < sizeof(body); i++)
    body[i] = body_byte(i);
  is_get = !strcmp(argv[2], "get");
  times = strtoul(argv[3], NULL, 10);
  limit = strtod(argv[4], NULL);
  coap_startup();
  coap_set_log_level(LOG_EMERG);
  context = coap_new_context(NULL);
  if (!context)
    fail("no context");
  coap_context_set_block_mode(context, COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
  coap_register_response_handler(context, take);
  to_loopback(&to, (unsigned int)strtoul(argv[1], NULL, 10));
  session = coap_new_client_session(context, NULL, &to, COAP_PROTO_UDP);
  if (!session)
    fail("no session");
  start = now = seconds();
  for (done = 0; done < times && now - start < limit; done++, now = seconds()) {
    answered = 0;
    send_request(session);
    while (!answered)
      coap_io_process(context, COAP_IO_WAIT);
  }
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used_time);
  printf("client-%s-MB-per-second 1024 %.2f\n", argv[2], (double)done * BODY_LENGTH / 1e6 / (now - start));
  printf("client-%s-block-time 1024 %.0f\n", argv[2],
         ((double)used_time.tv_sec * 1e9 + (double)used_time.tv_nsec) / (double)done / BLOCKS);
  coap_session_release(session);
  coap_free_context(context);
  coap_cleanup();
  return 0;
}
