/* The least a server can do. Serves on 127.0.0.1, over UDP and TCP, until it is killed; if there is a port for them,
 * over DTLS and TLS, too.
 *
 *     server port [secure port]
 *
 *     GET /hello          a few bytes
 *     GET, PUT /large     a body of 1 MB
 *     GET /observed       a few bytes that may be observed; POST says that they have changed
 *     GET /heap           how many bytes of the heap are in use
 */
#define _GNU_SOURCE
#include <malloc.h>

#include "coap.h"

#define MOST_SESSIONS 200000

static coap_resource_t *observed;
static uint8_t body[BODY_LENGTH];

HANDLER(get_hello) {
  UNUSED_HANDLER_ARGUMENTS;
  SET_CODE(response, COAP_RESPONSE_CODE(205));
  coap_add_data(response, 5, (const uint8_t *)"hello");
}

HANDLER(get_large) {
  UNUSED_HANDLER_ARGUMENTS;
  SET_CODE(response, COAP_RESPONSE_CODE(205));
  ADD_LARGE_RESPONSE(sizeof(body), body);
}

HANDLER(put_large) {
  const uint8_t *data;
  size_t length, offset, total;
  int whole = coap_get_data_large(request, &length, &data, &offset, &total) && length == total &&
              length == sizeof(body) && !memcmp(data, body, length);

  UNUSED_HANDLER_ARGUMENTS;
  SET_CODE(response, whole ? COAP_RESPONSE_CODE(204) : COAP_RESPONSE_CODE(400));
}

HANDLER(post_observed) {
  UNUSED_HANDLER_ARGUMENTS;
  coap_resource_notify_observers(observed, NULL);
  SET_CODE(response, COAP_RESPONSE_CODE(204));
}

HANDLER(get_heap) {
  struct mallinfo2 info = mallinfo2();
  char text[32];

  UNUSED_HANDLER_ARGUMENTS;
  snprintf(text, sizeof(text), "%zu", info.uordblks + info.hblkhd);
  SET_CODE(response, COAP_RESPONSE_CODE(205));
  coap_add_data(response, strlen(text), (const uint8_t *)text);
}

static coap_resource_t *
add(coap_context_t *context, const char *path) {
  coap_resource_t *resource = coap_resource_init(coap_make_str_const(path), 0);

  if (!resource)
    fail("no resource");
  coap_add_resource(context, resource);
  return resource;
}

static void
serve_at(coap_context_t *context, const char *port, coap_proto_t datagrams, coap_proto_t streams) {
  coap_address_t listen;

  to_loopback(&listen, (unsigned int)strtoul(port, NULL, 10));
  if (!coap_new_endpoint(context, &listen, datagrams) || !coap_new_endpoint(context, &listen, streams))
    fail("no endpoint");
}

int
main(int argc, char **argv) {
  coap_context_t *context;
  coap_resource_t *resource;
  size_t i;

  if (argc < 2)
    return 2;
  for (i = 0; i < sizeof(body); i++)
    body[i] = body_byte(i);
  coap_startup();
  coap_set_log_level(LOG_EMERG);
  context = coap_new_context(NULL);
  if (!context)
    fail("no context");
  SET_MAX_IDLE_SESSIONS(context, MOST_SESSIONS);
  coap_context_set_block_mode(context, COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
  serve_at(context, argv[1], COAP_PROTO_UDP, COAP_PROTO_TCP);
  if (argc > 2) {
    if (!coap_context_set_psk(context, "", (const uint8_t *)KEY, strlen(KEY)))
      fail("no key");
    serve_at(context, argv[2], COAP_PROTO_DTLS, COAP_PROTO_TLS);
  }
  coap_register_handler(add(context, "hello"), (coap_request_t)1, get_hello);
  resource = add(context, "large");
  coap_register_handler(resource, (coap_request_t)1, get_large);
  coap_register_handler(resource, (coap_request_t)3, put_large);
  observed = add(context, "observed");
  coap_resource_set_get_observable(observed, 1);
  coap_register_handler(observed, (coap_request_t)1, get_hello);
  coap_register_handler(observed, (coap_request_t)2, post_observed);
  coap_register_handler(add(context, "heap"), (coap_request_t)1, get_heap);
  printf("ready\n");
  fflush(stdout);
  for (;;)
    coap_io_process(context, COAP_IO_WAIT);
}
