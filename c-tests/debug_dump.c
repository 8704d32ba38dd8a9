/* Messages shown through a log handler (chapter debug, sections 4, 5 and 11; X1). */

#include <coap2/coap.h>
#include <string.h>
#include "expect.h"

static int calls;
static char seen[3][2056];
static coap_pdu_t *pdu;

/* Deletes the message that is being shown. */
static void
remember(coap_log_t level, const char *line) {
  EXPECT_EQ(level, LOG_ERR);
  if (calls < 3)
    strcpy(seen[calls], line);
  calls++;
  coap_delete_pdu(pdu);
  pdu = NULL;
}

/* Deletes the message that is being worked on, whatever is said of it. */
static void
end_it(coap_log_t level, const char *line) {
  (void)level;
  (void)line;
  calls++;
  coap_delete_pdu(pdu);
  pdu = NULL;
}

/* A log line comes when the library needs neither the message nor the value any more. Valgrind looks on. */
static void
handlers_end_messages(void) {
  static const uint8_t bad_length[] = {0x40, 0x01, 0, 1, 0x30};
  uint8_t *value;
  int step;

  coap_set_log_level(LOG_DEBUG);
  coap_set_log_handler(end_it);
  for (step = 0; step < 8; step++) {
    pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_GET, 1, 64);
    coap_add_token(pdu, 1, (const uint8_t *)"t");
    coap_add_option(pdu, COAP_OPTION_ACCEPT, 1, (const uint8_t *)"");
    EXPECT_EQ(coap_add_data(pdu, 4, (const uint8_t *)"data"), 1);
    value = pdu->data;
    calls = 0;
    switch (step) {
    case 0: EXPECT(coap_add_option(pdu, COAP_OPTION_ACCEPT, 1, value) == 2); break;
    case 1: EXPECT(coap_add_option(pdu, COAP_OPTION_URI_PATH, 4, value) == 5); break;
    case 2: EXPECT(coap_add_data(pdu, 4, value) == 0); break;
    case 3: EXPECT(coap_add_token(pdu, 4, value) == 0); break;
    case 4: EXPECT(coap_pdu_resize(pdu, 65) == 0); break;
    case 5: EXPECT(coap_pdu_encode_header(pdu, COAP_PROTO_NONE) == 0); break;
    case 6: EXPECT(coap_pdu_parse(COAP_PROTO_UDP, bad_length, sizeof(bad_length), pdu) == 0); break;
    case 7: coap_show_pdu(LOG_DEBUG, pdu); break;
    }
    EXPECT(calls == 1 && pdu == NULL);
    coap_delete_pdu(pdu);
  }
}

int
main(void) {
  static const uint8_t bad[] = {0x5a, 0x0a, 0x5b, 0x5b};
  static const uint8_t good[] = {0x60, 0x45, 0, 1, 0xc1, 60, 0xff, 0xa1, 0x61, 0x31, 2, 0x20};

  coap_set_log_level(LOG_CRIT);
  coap_set_show_pdu_output(0);
  coap_set_log_handler(remember);

  pdu = coap_pdu_init(0, 0, 0, 100);
  EXPECT_EQ(coap_pdu_parse(COAP_PROTO_UDP, good, sizeof(good), pdu), 1);
  coap_show_pdu(LOG_ERR, pdu);
  EXPECT_EQ(calls, 0);
  coap_set_log_level(LOG_ERR);
  coap_show_pdu(LOG_ERR, pdu);
  EXPECT_EQ(calls, 3);
  EXPECT(!strcmp(seen[0], "v:1 t:ACK c:2.05 i:0001 {} [ Content-Format:application/cbor ] :: binary data length 5\n"));
  EXPECT(!strcmp(seen[1], "<<a161310220>>\n"));
  EXPECT(!strcmp(seen[2], "<<. a 1 .   >>\n"));

  calls = 0;
  pdu = coap_pdu_init(0, 0, 0, 100);
  EXPECT_EQ(coap_pdu_parse(COAP_PROTO_UDP, bad, sizeof(bad), pdu), 0);
  coap_show_pdu(LOG_ERR, pdu);
  EXPECT_EQ(calls, 1);
  EXPECT(!strcmp(seen[0], "v:1 t:NON c:0.10 i:5b5b {} [ ]\n"));

  handlers_end_messages();
  coap_set_log_handler(NULL);
  return expect_done();
}
