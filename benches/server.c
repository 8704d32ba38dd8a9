/* The least a server can do: GET /hello. Serves on 127.0.0.1 until it is killed.
 *
 *     server port
 */
#define _GNU_SOURCE
#include "coap.h"

HANDLER(hello) {
  UNUSED_HANDLER_ARGUMENTS;
  SET_CODE(response, COAP_RESPONSE_CODE(205));
  coap_add_data(response, 5, (const uint8_t *)"hello");
}

int
main(int argc, char **argv) {
  coap_context_t *context;
  coap_resource_t *resource;
  coap_address_t listen;

  coap_startup();
  context = coap_new_context(NULL);
  loopback(&listen, argc > 1 ? (unsigned int)strtoul(argv[1], NULL, 10) : 5683);
  resource = coap_resource_init(coap_make_str_const("hello"), 0);
  if (!context || !resource || !coap_new_endpoint(context, &listen, COAP_PROTO_UDP)) {
    fprintf(stderr, "server: cannot start\n");
    return 1;
  }
  coap_register_handler(resource, (coap_request_t)1, hello);
  coap_add_resource(context, resource);
  printf("ready\n");
  fflush(stdout);
  for (;;)
    coap_io_process(context, COAP_IO_WAIT);
}
