/* flags: -static */
/* no valgrind: it does not see into a static program's allocator */
/* no sanitizer: AddressSanitizer has no static runtime for a static program */
/* coap_delete_all_async(), which only the static library has (headers.md 8). */
#include "peer.h"

int
main(void) {
  struct server server;
  uint16_t port;
  int fd = silent_socket(&port);
  coap_session_t *session;
  coap_pdu_t *pdu;
  unsigned int i;

  server_start(&server);
  session = client_session(&server, port, COAP_PROTO_UDP);
  pdu = coap_pdu_init(CON, GET, 0, 10);
  for (i = 0; i < 5; i++) {
    pdu->mid = (uint16_t)i;
    EXPECT(coap_register_async(server.context, session, pdu, COAP_ASYNC_RELEASE_DATA, malloc(4)) != NULL);
  }
  EXPECT_EQ(session->ref, 6);
  coap_delete_all_async(server.context);
  EXPECT_EQ(session->ref, 1);
  EXPECT(server.context->async_state == NULL && coap_find_async(server.context, session, 3) == NULL);
  coap_delete_all_async(server.context);
  coap_delete_all_async(NULL);
  coap_delete_pdu(pdu);
  coap_session_release(session);
  server_stop(&server);
  close(fd);
  return expect_done();
}
