/* Encoded options, filters, iterators and option lists (docs/spec/message.md, sections 1 to 4 and 14). */
#include <coap2/coap.h>
#include <stdlib.h>
#include <string.h>

#include "expect.h"

#define BYTES(...) ((uint8_t[]){__VA_ARGS__})

static coap_option_t parsed;

/* Parses into fields that are easily told from decoded ones. */
static size_t
parse(const uint8_t *bytes, size_t length) {
  parsed.delta = 4711;
  parsed.length = 4711;
  parsed.value = NULL;
  return coap_opt_parse(bytes, length, &parsed);
}

static void
test_parse(void) {
  static uint8_t long_option[5 + 65535];
  uint8_t *bytes;

  EXPECT_EQ(parse(BYTES(0x00), 1), 1);
  EXPECT_EQ(parsed.delta, 0);
  EXPECT_EQ(parsed.length, 0);
  EXPECT(parsed.value != NULL);

  bytes = BYTES(0x12, 0xff, 0x61);
  EXPECT_EQ(parse(bytes, 3), 3);
  EXPECT_EQ(parsed.delta, 1);
  EXPECT_EQ(parsed.length, 2);
  EXPECT(parsed.value == bytes + 1);

  long_option[0] = 0xee;
  memcpy(long_option + 1, BYTES(0xfe, 0xf2, 0xfe, 0xf2), 4);
  EXPECT_EQ(parse(long_option, sizeof(long_option)), 65540);
  EXPECT_EQ(parsed.delta, 65535);
  EXPECT_EQ(parsed.length, 65535);
  EXPECT(parsed.value == long_option + 5);
  EXPECT_EQ(parse(long_option, sizeof(long_option) - 1), 0);
  EXPECT(parsed.value == long_option + 5);

  /* Failures, and what the fields hold then. */
  EXPECT_EQ(parse(BYTES(0x00), 0), 0);
  EXPECT_EQ(parsed.delta, 4711);
  EXPECT_EQ(parse(BYTES(0xff), 1), 0);
  EXPECT_EQ(parsed.delta, 15);
  EXPECT_EQ(parse(BYTES(0xd2), 1), 0);
  EXPECT_EQ(parsed.delta, 13);
  EXPECT_EQ(parse(BYTES(0xe2), 1), 0);
  EXPECT_EQ(parsed.delta, 14);
  EXPECT_EQ(parse(BYTES(0xe2, 0x01), 2), 0);
  EXPECT_EQ(parsed.delta, 525);
  EXPECT_EQ(parsed.length, 2);
  EXPECT_EQ(parse(BYTES(0x3f, 0x01), 2), 0);
  EXPECT_EQ(parsed.delta, 3);
  EXPECT_EQ(parsed.length, 15);
  EXPECT_EQ(parse(BYTES(0x33, 0x01), 2), 0);
  EXPECT_EQ(parsed.length, 3);
  EXPECT_EQ(parse(BYTES(0xe0, 0xfe, 0xf3), 3), 0); /* M1 */
  EXPECT_EQ(parse(BYTES(0xe0, 0xfe, 0xff), 3), 0); /* M1 */

  EXPECT_EQ(coap_opt_parse(NULL, 3, &parsed), 0); /* M15 */
  EXPECT_EQ(coap_opt_parse(BYTES(0x00), 1, NULL), 0);
}

static void
test_accessors(void) {
  uint8_t *bytes = BYTES(0xde, 0xff, 0xfe, 0xf2);
  static const uint8_t empty[] = {0x50};

  EXPECT_EQ(coap_opt_length(bytes), 65535);
  EXPECT(coap_opt_value(bytes) == bytes + 4);
  EXPECT_EQ(coap_opt_size(bytes), 65539);
  EXPECT_EQ(coap_opt_length(empty), 0);
  EXPECT(coap_opt_value(empty) == empty + 1);
  EXPECT_EQ(coap_opt_size(empty), 1);
  for (bytes = BYTES(0xf0, 0x0f, 0xff); *bytes != 0xff; bytes++) {
    EXPECT_EQ(coap_opt_length(bytes), 0);
    EXPECT(coap_opt_value(bytes) == NULL);
    EXPECT_EQ(coap_opt_size(bytes), 0);
  }
  EXPECT_EQ(coap_opt_size(BYTES(0xe0, 0xfe, 0xf3)), 0); /* M1 */
  EXPECT_EQ(coap_opt_length(NULL), 0);                  /* M15 */
  EXPECT(coap_opt_value(NULL) == NULL);
  EXPECT_EQ(coap_opt_size(NULL), 0);
}

static void
test_encode(void) {
  static const struct {
    uint16_t delta;
    size_t length;
    size_t size;
    uint8_t bytes[5];
  } heads[] = {
      {0, 0, 1, {0x00}},
      {5, 268, 2, {0x5d, 0xff}},
      {14, 1, 2, {0xd1, 0x01}},
      {268, 184, 3, {0xdd, 0xff, 0xab}},
      {5133, 268, 4, {0xed, 0x13, 0x00, 0xff}},
      {269, 1, 3, {0xe1, 0x00, 0x00}},
      {65535, 65535, 5, {0xee, 0xfe, 0xf2, 0xfe, 0xf2}},
      {0, 65804, 3, {0x0e, 0xff, 0xff}},
  };
  uint8_t buffer[8];
  size_t i, room;

  for (i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
    memset(buffer, 0xaa, sizeof(buffer));
    EXPECT_EQ(coap_opt_setheader(buffer, sizeof(buffer), heads[i].delta, heads[i].length), heads[i].size);
    EXPECT(memcmp(buffer, heads[i].bytes, heads[i].size) == 0);
    EXPECT_EQ(buffer[heads[i].size], 0xaa);
    EXPECT_EQ(coap_opt_encode_size(heads[i].delta, heads[i].length), heads[i].size + heads[i].length);
    for (room = 0; room < heads[i].size; room++) {
      memset(buffer, 0xaa, sizeof(buffer));
      EXPECT_EQ(coap_opt_setheader(buffer, room, heads[i].delta, heads[i].length), 0);
      EXPECT_EQ(buffer[room], 0xaa);
    }
  }

  memset(buffer, 0xaa, sizeof(buffer));
  EXPECT_EQ(coap_opt_encode(buffer, 6, 300, BYTES(7, 8, 9), 3), 6);
  EXPECT(memcmp(buffer, BYTES(0xe3, 0, 31, 7, 8, 9, 0xaa), 7) == 0);
  EXPECT_EQ(coap_opt_encode(buffer, 5, 300, BYTES(7, 8, 9), 3), 0);
  memset(buffer, 0xaa, sizeof(buffer));
  EXPECT_EQ(coap_opt_encode(buffer, 8, 1, NULL, 3), 4);
  EXPECT(memcmp(buffer, BYTES(0x13, 0xaa, 0xaa), 3) == 0);

  EXPECT_EQ(coap_opt_setheader(buffer, 8, 0, 65805), 0); /* M4 */
  EXPECT_EQ(coap_opt_encode(buffer, (size_t)-1, 0, NULL, 65805), 0);
  EXPECT_EQ(coap_opt_encode_size(0, 65805), 65808);
  EXPECT(coap_opt_encode_size(1, (size_t)-1) == (size_t)-1);
  EXPECT_EQ(coap_opt_setheader(NULL, 8, 0, 0), 0); /* M15 */
  EXPECT_EQ(coap_opt_encode(NULL, 8, 0, NULL, 0), 0);
}

static void
test_filter(void) {
  coap_opt_filter_t filter;
  uint16_t i;

  coap_option_filter_clear(&filter);
  for (i = 0; i < 6; i++) {
    EXPECT_EQ(coap_option_filter_set(&filter, 250 + i), 1);
    EXPECT_EQ(filter.short_opts[5 - i], 250 + i);
  }
  EXPECT_EQ(filter.mask, 0xfc);
  EXPECT_EQ(coap_option_filter_set(&filter, 0), 0);
  EXPECT_EQ(coap_option_filter_set(&filter, 255), 1);
  EXPECT_EQ(coap_option_filter_set(&filter, 256), 1);
  EXPECT_EQ(filter.mask, 0xfe);
  EXPECT_EQ(filter.long_opts[1], 256);
  EXPECT_EQ(coap_option_filter_set(&filter, 65535), 1);
  EXPECT_EQ(coap_option_filter_set(&filter, 1000), 0);
  EXPECT_EQ(coap_option_filter_get(&filter, 65535), 1);
  EXPECT_EQ(coap_option_filter_get(&filter, 1000), 0);
  EXPECT_EQ(coap_option_filter_unset(&filter, 1000), 0);
  EXPECT_EQ(coap_option_filter_unset(&filter, 252), 1);
  EXPECT_EQ(coap_option_filter_get(&filter, 252), 0);
  EXPECT_EQ(coap_option_filter_set(&filter, 8), 1);
  EXPECT_EQ(filter.short_opts[3], 8);
  EXPECT_EQ(coap_option_filter_set(NULL, 1), 0); /* M15 */
  EXPECT_EQ(coap_option_filter_unset(NULL, 1), 0);
  EXPECT_EQ(coap_option_filter_get(NULL, 1), 0);
}

/* A message on the stack: only these fields are filled in. */
static coap_pdu_t
on_stack(uint8_t *bytes, size_t size, uint8_t token_length) {
  coap_pdu_t pdu;
  memset(&pdu, 0x55, sizeof(pdu));
  pdu.token = bytes;
  pdu.token_length = token_length;
  pdu.used_size = size;
  pdu.max_size = size;
  return pdu;
}

static void
test_iterator(void) {
  uint8_t bytes[] = {'t', 0x33, 'a', 'b', 'c', 0x80, 0x01, 'x', 0xe0, 0x01, 0x00, 0xff, 'p'};
  uint8_t bad[] = {0x11, 'a', 0x10, 0xf0};
  uint8_t wrap[] = {0x10, 0xe0, 0xfe, 0xf2};
  uint8_t marker[] = {0xff, 'p'};
  coap_pdu_t pdu = on_stack(bytes, sizeof(bytes), 1);
  coap_opt_iterator_t oi;
  coap_opt_filter_t filter;

  memset(&oi, 0x55, sizeof(oi));
  EXPECT(coap_option_iterator_init(&pdu, &oi, COAP_OPT_ALL) == &oi);
  EXPECT_EQ(oi.bad, 0);
  EXPECT_EQ(oi.filtered, 0);
  EXPECT_EQ(oi.length, 12);
  EXPECT(oi.next_option == bytes + 1);
  EXPECT(coap_option_next(&oi) == bytes + 1);
  EXPECT_EQ(oi.type, 3);
  EXPECT_EQ(oi.bad, 0);
  EXPECT(coap_option_next(&oi) == bytes + 5);
  EXPECT_EQ(oi.type, 11);
  EXPECT(coap_option_next(&oi) == bytes + 6);
  EXPECT_EQ(oi.type, 11);
  EXPECT(coap_option_next(&oi) == bytes + 8);
  EXPECT_EQ(oi.type, 11 + 269 + 256);
  EXPECT_EQ(oi.bad, 0);
  EXPECT(coap_option_next(&oi) == NULL);
  EXPECT_EQ(oi.bad, 1);
  EXPECT(coap_option_next(&oi) == NULL);
  EXPECT_EQ(oi.length, 2);

  /* A filter; the numbers walked over show in the end. */
  coap_option_filter_clear(&filter);
  EXPECT(coap_option_iterator_init(&pdu, &oi, &filter) == &oi);
  EXPECT_EQ(oi.filtered, 1);
  EXPECT(coap_option_next(&oi) == NULL);
  EXPECT_EQ(oi.type, 536);
  coap_option_filter_set(&filter, 11);
  coap_option_iterator_init(&pdu, &oi, &filter);
  EXPECT(coap_option_next(&oi) == bytes + 5);
  EXPECT(coap_option_next(&oi) == bytes + 6);
  EXPECT(coap_option_next(&oi) == NULL);
  EXPECT_EQ(oi.bad, 1);
  EXPECT_EQ(oi.type, 536);

  EXPECT(coap_check_option(&pdu, 11, &oi) == bytes + 5);
  EXPECT_EQ(oi.type, 11);
  EXPECT(coap_option_next(&oi) == bytes + 6);
  EXPECT(coap_check_option(&pdu, 536, &oi) == bytes + 8);
  EXPECT(coap_check_option(&pdu, 12, &oi) == NULL);

  /* Nothing to walk over. */
  pdu = on_stack(bytes, 1, 1);
  EXPECT(coap_option_iterator_init(&pdu, &oi, COAP_OPT_ALL) == NULL);
  EXPECT_EQ(oi.bad, 1);
  EXPECT_EQ(oi.length, 0);
  EXPECT(oi.next_option == bytes + 1);
  EXPECT(coap_option_next(&oi) == NULL);
  pdu = on_stack(bytes, 1, 3);
  EXPECT(coap_option_iterator_init(&pdu, &oi, COAP_OPT_ALL) == NULL);
  pdu = on_stack(marker, 2, 0);
  EXPECT(coap_option_iterator_init(&pdu, &oi, COAP_OPT_ALL) == &oi);
  EXPECT_EQ(oi.bad, 0);
  EXPECT(coap_option_next(&oi) == NULL);

  /* A malformed option; a number above 65535 (M2). */
  pdu = on_stack(bad, sizeof(bad), 0);
  coap_option_iterator_init(&pdu, &oi, COAP_OPT_ALL);
  EXPECT(coap_option_next(&oi) == bad);
  EXPECT(coap_option_next(&oi) == bad + 2);
  EXPECT(coap_option_next(&oi) == NULL);
  EXPECT_EQ(oi.bad, 1);
  EXPECT_EQ(oi.type, 2);
  EXPECT(oi.next_option == bad + 3);
  pdu = on_stack(wrap, sizeof(wrap), 0);
  coap_option_iterator_init(&pdu, &oi, COAP_OPT_ALL);
  EXPECT(coap_option_next(&oi) == wrap);
  EXPECT(coap_option_next(&oi) == NULL);
  EXPECT_EQ(oi.bad, 1);
  EXPECT_EQ(oi.type, 1);

  EXPECT(coap_option_iterator_init(NULL, &oi, NULL) == NULL); /* M15 */
  EXPECT(coap_option_iterator_init(&pdu, NULL, NULL) == NULL);
  EXPECT(coap_option_next(NULL) == NULL);
  EXPECT(coap_check_option(NULL, 1, &oi) == NULL);
  EXPECT(coap_check_option(&pdu, 1, NULL) == NULL);
}

static void
test_optlist(void) {
  static const uint8_t expected[] = {0x11, 'f', 0xa1, 'a', 0x01, 'b', 0x01, 'c', 0x11, 'd', 0x31, 'e'};
  static const struct {
    uint16_t number;
    char value;
  } entries[] = {{12, 'd'}, {11, 'a'}, {15, 'e'}, {11, 'b'}, {1, 'f'}, {11, 'c'}};
  coap_optlist_t *list = NULL, *node;
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, 0, 1, 100);
  size_t i;

  EXPECT_EQ(coap_add_optlist_pdu(pdu, &list), 0);
  for (i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
    node = coap_new_optlist(entries[i].number, 1, (const uint8_t *)&entries[i].value);
    EXPECT(node != NULL && node->data == (uint8_t *)(node + 1) && node->next == NULL);
    EXPECT_EQ(coap_insert_optlist(&list, node), 1);
    EXPECT(node->next == NULL);
  }
  EXPECT_EQ(list->number, 12); /* not sorted yet */
  EXPECT_EQ(coap_add_optlist_pdu(pdu, &list), 1);
  EXPECT_EQ(list->number, 1);
  EXPECT_EQ(pdu->used_size, sizeof(expected));
  EXPECT(memcmp(pdu->token, expected, sizeof(expected)) == 0);
  EXPECT_EQ(pdu->max_opt, 15);

  /* The list serves once more; into a message with no room for anything the result is 1 too. */
  coap_pdu_clear(pdu, 100);
  EXPECT_EQ(coap_add_optlist_pdu(pdu, &list), 1);
  EXPECT_EQ(pdu->used_size, sizeof(expected));
  coap_pdu_clear(pdu, 1);
  EXPECT_EQ(coap_add_optlist_pdu(pdu, &list), 1);
  EXPECT_EQ(pdu->used_size, 0);

  node = coap_new_optlist(7, 0, NULL);
  EXPECT(node != NULL && node->data != NULL && node->length == 0);
  EXPECT_EQ(coap_insert_optlist(&list, NULL), 0); /* M15 */
  EXPECT_EQ(coap_insert_optlist(NULL, node), 0);
  EXPECT_EQ(coap_add_optlist_pdu(NULL, &list), 0);
  EXPECT_EQ(coap_add_optlist_pdu(pdu, NULL), 0);
  coap_delete_optlist(node);
  coap_delete_optlist(list);
  coap_delete_optlist(NULL);
  EXPECT(coap_new_optlist(1, 1, NULL) == NULL); /* M20 */
  EXPECT(coap_new_optlist(1, (size_t)-1, (const uint8_t *)"") == NULL);
  EXPECT(coap_new_optlist(1, (size_t)-1 / 2, (const uint8_t *)"") == NULL);
  coap_delete_pdu(pdu);
}

int
main(void) {
  test_parse();
  test_accessors();
  test_encode();
  test_filter();
  test_iterator();
  test_optlist();
  return expect_done();
}
