/* flags: -static */
/* no valgrind: it does not see into a static program's allocator */
/* The functions of pdu.h that only the static library has (docs/spec/message.md, sections 5.2, 6 and 7). */
#include <coap2/coap.h>
#include <string.h>

#include "expect.h"

#define BYTES(...) ((uint8_t[]){__VA_ARGS__})

/* The bytes from the token on. */
#define EXPECT_BYTES(pdu, text)                                                                                        \
  do {                                                                                                                 \
    EXPECT_EQ((pdu)->used_size, sizeof(text) - 1);                                                                     \
    EXPECT(memcmp((pdu)->token, text, sizeof(text) - 1) == 0);                                                         \
  } while (0)

int
main(void) {
  static const size_t sizes[] = {256, 512, 1024, 1152};
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_RESPONSE_CODE_CONTENT, 1, 1152);
  size_t i;

  for (i = 0; i < 4; i++) {
    EXPECT_EQ(coap_pdu_check_resize(pdu, i ? sizes[i - 1] + 1 : 1), 1);
    EXPECT_EQ(pdu->alloc_size, sizes[i]);
  }
  EXPECT_EQ(coap_pdu_check_resize(pdu, 1153), 0);
  EXPECT_EQ(coap_pdu_check_resize(pdu, (size_t)-1), 0); /* M5 */
  EXPECT_EQ(coap_pdu_check_resize(NULL, 1), 0);

  EXPECT_EQ(coap_update_token(pdu, 2, BYTES('t', 'k')), 1);
  EXPECT_EQ(coap_add_option(pdu, 11, 1, BYTES('p')), 2);
  EXPECT_EQ(coap_add_option(pdu, 280, 1, BYTES('z')), 4);
  EXPECT_EQ(coap_add_data(pdu, 1, BYTES('d')), 1);
  EXPECT_BYTES(pdu, "tk\xb1p\xe1\x00\x00z\xff" "d");

  /* M7: the delta of the follower passes 269 both ways. */
  EXPECT_EQ(coap_insert_option(pdu, 12, 1, BYTES('i')), 2);
  EXPECT_BYTES(pdu, "tk\xb1p\x11i\xd1\xffz\xff" "d");
  EXPECT(pdu->data == pdu->token + 10);
  EXPECT_EQ(pdu->max_opt, 280);
  EXPECT_EQ(coap_insert_option(pdu, 11, 0, NULL), 1);
  EXPECT_BYTES(pdu, "tk\xb1p\x00\x11i\xd1\xffz\xff" "d");
  EXPECT_EQ(coap_remove_option(pdu, 12), 1); /* M8 */
  EXPECT_BYTES(pdu, "tk\xb1p\x00\xe1\x00\x00z\xff" "d");
  EXPECT_EQ(coap_update_option(pdu, 11, 3, BYTES('a', 'b', 'c')), 1);
  EXPECT_EQ(coap_update_option(pdu, 1, 1, BYTES('x')), 2);
  EXPECT_BYTES(pdu, "tk\x11x\xa3" "abc\x00\xe1\x00\x00z\xff" "d");
  EXPECT_EQ(coap_update_token(pdu, 8, BYTES('1', '2', '3', '4', '5', '6', '7', '8')), 1);
  EXPECT_EQ(coap_update_token(pdu, 9, BYTES('1', '2', '3', '4', '5', '6', '7', '8', '9')), 0);
  EXPECT_EQ(coap_update_token(pdu, 0, NULL), 1);
  EXPECT_BYTES(pdu, "\x11x\xa3" "abc\x00\xe1\x00\x00z\xff" "d");
  EXPECT_EQ(coap_remove_option(pdu, 280), 1);
  EXPECT_EQ(pdu->max_opt, 11);
  EXPECT_EQ(coap_remove_option(pdu, 280), 0);
  EXPECT_BYTES(pdu, "\x11x\xa3" "abc\x00\xff" "d");
  EXPECT(pdu->data == pdu->token + 8);

  /* M10: max_opt is wrong. */
  pdu->max_opt = 1000;
  EXPECT_EQ(coap_insert_option(pdu, 12, 0, NULL), 1);
  EXPECT_BYTES(pdu, "\x11x\xa3" "abc\x00\x10\xff" "d");
  /* M19: a value that lies in the message. */
  EXPECT_EQ(coap_insert_option(pdu, 3, 3, pdu->token + 3), 4);
  EXPECT_BYTES(pdu, "\x11x\x23" "abc\x83" "abc\x00\x10\xff" "d");

  EXPECT_EQ(coap_update_token(NULL, 0, NULL), 0);
  EXPECT_EQ(coap_insert_option(NULL, 0, 0, NULL), 0);
  EXPECT_EQ(coap_update_option(NULL, 0, 0, NULL), 0);
  EXPECT_EQ(coap_remove_option(NULL, 0), 0);
  coap_delete_pdu(pdu);
  return expect_done();
}
