/* no valgrind: it brings an allocator of its own */
/* X41: each allocation in turn fails while messages are made, changed and parsed. */
#include <coap2/coap.h>
#include <stdlib.h>
#include <string.h>

#include "allocation.h"
#include "expect.h"

/* A message as far as it comes; 1 if all of it succeeded. After a failure nothing may have changed. */
static int
build(coap_pdu_t *pdu) {
  static const uint8_t value[200] = "value";
  size_t before;
  uint8_t number;

  if (!coap_add_token(pdu, 8, (const uint8_t *)"12345678"))
    return 0;
  for (number = 1; number < 6; number++) {
    before = pdu->used_size;
    if (!coap_add_option(pdu, (number * 3) % 5 + 2000, sizeof(value), value)) {
      EXPECT_EQ(pdu->used_size, before);
      return 0;
    }
  }
  before = pdu->used_size;
  /* A value that lies in the message itself is copied first (M19). */
  if (!coap_add_option(pdu, 11, 100, pdu->token + 20)) {
    EXPECT_EQ(pdu->used_size, before);
    return 0;
  }
  before = pdu->used_size;
  if (!coap_add_data(pdu, sizeof(value), value)) {
    EXPECT(pdu->used_size == before && pdu->data == NULL);
    return 0;
  }
  return 1;
}

static int
all(void) {
  static uint8_t message[900] = {0x41, 0x45, 0, 1, 't', 0xff};
  coap_optlist_t *list = NULL, *node;
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_RESPONSE_CODE_CONTENT, 1, 0);
  int done = 0;

  if (pdu == NULL)
    return 0;
  if (build(pdu) && coap_pdu_encode_header(pdu, COAP_PROTO_UDP)) {
    coap_pdu_clear(pdu, 2000);
    coap_pdu_resize(pdu, 10);
    done = coap_pdu_parse(COAP_PROTO_UDP, message, sizeof(message), pdu);
  }
  node = coap_new_optlist(11, 3, (const uint8_t *)"abc");
  coap_insert_optlist(&list, node);
  coap_add_optlist_pdu(pdu, &list);
  done = done && pdu->max_opt == 11;
  coap_delete_optlist(list);
  coap_delete_pdu(pdu);
  return done;
}

int
main(void) {
  long runs, before;
  int done = 0, failed;

  coap_set_log_level(LOG_EMERG);
  EXPECT_EQ(all(), 1);
  for (runs = 1; !done && runs < 100; runs++) {
    before = live_blocks;
    fail_allocation(runs, 1);
    done = all();
    failed = stop_failing();
    EXPECT_EQ(live_blocks, before);
    EXPECT_EQ(done, !failed);
  }
  EXPECT(runs > 8 && done);
  return expect_done();
}
