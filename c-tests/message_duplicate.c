/* Messages for a session: coap_new_pdu() and coap_pdu_duplicate() (docs/spec/message.md, sections 5.1 and 11). */
#include <coap2/coap.h>
#include <arpa/inet.h>
#include <string.h>

#include "expect.h"

int
main(void) {
  coap_context_t *context = coap_new_context(NULL);
  coap_session_t *session;
  coap_address_t server;
  coap_opt_filter_t drop;
  coap_pdu_t *old, *copy;
  uint16_t mid;

  coap_address_init(&server);
  server.size = sizeof(server.addr.sin);
  server.addr.sin.sin_family = AF_INET;
  server.addr.sin.sin_port = htons(5683);
  server.addr.sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  session = coap_new_client_session(context, NULL, &server, COAP_PROTO_UDP);
  EXPECT(session != NULL);

  old = coap_new_pdu(session);
  EXPECT(old != NULL && old->type == COAP_MESSAGE_CON && old->code == 0 && old->mid == 0);
  EXPECT_EQ(old->max_size, coap_session_max_pdu_size(session));
  old->code = COAP_REQUEST_PUT;
  coap_add_token(old, 2, (const uint8_t *)"tk");
  coap_add_option(old, COAP_OPTION_URI_PATH, 4, (const uint8_t *)"path");
  coap_add_option(old, COAP_OPTION_PROXY_SCHEME, 4, (const uint8_t *)"coap");
  coap_add_data(old, 4, (const uint8_t *)"data");
  coap_pdu_encode_header(old, COAP_PROTO_UDP);

  mid = coap_new_message_id(session);
  copy = coap_pdu_duplicate(old, session, 8, (uint8_t *)"newtoken", NULL); /* M11: a longer token than before */
  EXPECT_EQ(copy->mid, (uint16_t)(mid + 1));
  EXPECT(copy->code == COAP_REQUEST_PUT && copy->hdr_size == 0 && copy->data == NULL);
  EXPECT_EQ(copy->max_size, coap_session_max_pdu_size(session));
  EXPECT_EQ(copy->used_size, old->used_size + 6 - 5);
  EXPECT(memcmp(copy->token, "newtoken\xb4path\x51\x10\xd4\x0a" "coap", 21) == 0);
  EXPECT_EQ(copy->max_opt, COAP_OPTION_PROXY_SCHEME);
  coap_delete_pdu(copy);

  coap_option_filter_clear(&drop);
  coap_option_filter_set(&drop, COAP_OPTION_HOP_LIMIT);
  coap_option_filter_set(&drop, COAP_OPTION_URI_PATH);
  copy = coap_pdu_duplicate(old, session, 0, NULL, &drop);
  EXPECT_EQ(copy->mid, (uint16_t)(mid + 2));
  EXPECT(memcmp(copy->token, "\xd1\x03\x10\xd4\x0a" "coap", 9) == 0 && copy->used_size == 9);
  coap_delete_pdu(copy);

  copy = coap_pdu_duplicate(old, session, 9, (uint8_t *)"123456789", NULL);
  EXPECT(copy != NULL && copy->token_length == 0);
  coap_delete_pdu(copy);
  EXPECT(coap_pdu_duplicate(old, session, 1, NULL, NULL) == NULL);

  coap_delete_pdu(old);
  coap_session_release(session);
  coap_free_context(context);
  coap_cleanup();
  return expect_done();
}
