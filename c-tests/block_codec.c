/* The Block option, blocks of a body, and bodies put together by the application: docs/spec/block.md, sections 1 and 2. */
#include <coap2/coap.h>
#include <string.h>

#include "expect.h"

static uint8_t body[5000];

static void
block_numbers(void) {
  static const uint8_t empty[] = {0xd0, 10}, one[] = {0xd1, 10, 0x1e}, three[] = {0xd3, 10, 0xff, 0xff, 0xff};
  static const uint8_t four[] = {0xd4, 10, 0xff, 0xff, 0xff, 0xff};

  EXPECT_EQ(coap_opt_block_num(empty), 0);
  EXPECT_EQ(coap_opt_block_num(one), 1);
  EXPECT_EQ(coap_opt_block_num(three), 0xfffff);
  EXPECT_EQ(coap_opt_block_num(four), 0xfffffff);
  EXPECT_EQ(coap_opt_block_num(NULL), 0); /* K1, X40 */
}

static void
get_block(void) {
  static const uint8_t values[][4] = {{0x3e}, {0x07}, {0x10, 0, 0, 0x0a}};
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_GET, 1, 1000);
  coap_block_t block;

  memset(&block, 0xff, sizeof(block));
  EXPECT_EQ(coap_get_block(pdu, COAP_OPTION_BLOCK1, &block), 0);
  EXPECT(block.num == 0 && block.m == 0 && block.szx == 0);
  coap_add_option(pdu, COAP_OPTION_BLOCK2, 1, values[0]);
  coap_add_option(pdu, COAP_OPTION_BLOCK2, 1, values[1]);
  EXPECT_EQ(coap_get_block(pdu, COAP_OPTION_BLOCK2, &block), 1); /* the first one counts */
  EXPECT(block.num == 3 && block.m == 1 && block.szx == 6);
  coap_add_option(pdu, 2000, 1, values[1]);
  EXPECT_EQ(coap_get_block(pdu, 2000, &block), 1); /* any number */
  EXPECT(block.num == 0 && block.m == 0 && block.szx == 7);
  coap_add_option(pdu, 2001, 4, values[2]);
  EXPECT_EQ(coap_get_block(pdu, 2001, &block), 0); /* number too high */
  EXPECT(block.num == 0 && block.m == 1 && block.szx == 2);
  EXPECT_EQ(coap_get_block(NULL, COAP_OPTION_BLOCK2, &block), 0);
  EXPECT(block.num == 0 && block.m == 0 && block.szx == 0);
  EXPECT_EQ(coap_get_block(pdu, COAP_OPTION_BLOCK2, NULL), 0); /* K1 */
  coap_delete_pdu(pdu);
}

static void
write_block(void) {
  /* max_size, num, szx, length -> result, num, m, szx */
  static const struct {
    size_t max_size;
    unsigned int num, szx;
    size_t length;
    int result;
    unsigned int num_after, m_after, szx_after;
  } rows[] = {
      {600, 3, 6, 5000, 1, 6, 1, 5},   {1024, 0, 6, 1020, 1, 0, 0, 6}, {1152, 1, 7, 5000, 1, 2, 1, 6},
      {15, 0, 6, 15, 1, 0, 0, 6},      {15, 0, 6, 16, -3, 0, 0, 6},    {1152, 5, 6, 5120, -2, 5, 0, 6},
      {1152, 4, 6, 5120, 1, 4, 0, 6},  {1152, 4, 6, 5121, 1, 4, 1, 6}, {1152, 0, 6, 0, 1, 0, 0, 6},
      {0, 0, 6, 100, -3, 0, 0, 6} /* K1 */,
  };
  coap_block_t block, written;
  coap_pdu_t *pdu;
  size_t i, used;

  for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_GET, 1, rows[i].max_size);
    memset(&block, 0, sizeof(block));
    block.num = rows[i].num;
    block.szx = rows[i].szx & 7;
    EXPECT_EQ(coap_write_block_opt(&block, COAP_OPTION_BLOCK2, pdu, rows[i].length), rows[i].result);
    EXPECT_EQ(block.num, rows[i].num_after);
    EXPECT_EQ(block.m, rows[i].m_after);
    EXPECT_EQ(block.szx, rows[i].szx_after);
    EXPECT_EQ(coap_get_block(pdu, COAP_OPTION_BLOCK2, &written), rows[i].result == 1);
    if (rows[i].result == 1) {
      EXPECT(written.num == block.num && written.m == block.m && written.szx == block.szx);
      used = pdu->used_size;
      coap_write_block_opt(&block, COAP_OPTION_BLOCK2, pdu, rows[i].length);
      EXPECT(pdu->used_size > used || rows[i].max_size == 15); /* appended again */
    } else {
      EXPECT_EQ(pdu->used_size, 0);
    }
    coap_delete_pdu(pdu);
  }
  pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_GET, 1, 1152);
  memset(&block, 0, sizeof(block));
  block.num = 0xffffffff; /* K5 */
  block.szx = 7;
  EXPECT(coap_write_block_opt(&block, COAP_OPTION_BLOCK2, pdu, SIZE_MAX) < 0);
  EXPECT(coap_write_block_opt(NULL, COAP_OPTION_BLOCK2, pdu, 1) < 0);
  EXPECT(coap_write_block_opt(&block, COAP_OPTION_BLOCK2, NULL, 1) < 0);
  EXPECT_EQ(pdu->used_size, 0);
  coap_delete_pdu(pdu);
}

static void
add_block(void) {
  coap_pdu_t *pdu;
  uint8_t *data;
  size_t length, i;
  static const struct {
    size_t length;
    unsigned int num;
    unsigned char szx;
    int result;
    size_t start, bytes;
  } rows[] = {
      {5000, 0, 6, 1, 0, 1024}, {5000, 4, 6, 1, 4096, 904},          {5000, 5, 6, 0, 0, 0},
      {0, 0, 6, 0, 0, 0},       {5000, 0, 7, 1, 0, 2048},            {16, 1, 0, 0, 0, 0},
      {17, 1, 0, 1, 16, 1},     {5000, 0xffffffff, 7, 0, 0, 0},      {5000, 0xffffffff, 255, 0, 0, 0},
  };

  for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_PUT, 1, 3000);
    EXPECT_EQ(coap_add_block(pdu, rows[i].length, body, rows[i].num, rows[i].szx), rows[i].result);
    EXPECT_EQ(coap_get_data(pdu, &length, &data), rows[i].result);
    if (rows[i].result) {
      EXPECT_EQ(length, rows[i].bytes);
      EXPECT(memcmp(data, body + rows[i].start, length) == 0);
      EXPECT_EQ(coap_add_block(pdu, rows[i].length, body, rows[i].num, rows[i].szx), 0); /* K1 */
    }
    coap_delete_pdu(pdu);
  }
  pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_PUT, 1, 100);
  EXPECT_EQ(coap_add_block(pdu, sizeof(body), body, 0, 6), 0); /* does not fit */
  EXPECT_EQ(pdu->used_size, 0);
  EXPECT_EQ(coap_add_block(pdu, sizeof(body), NULL, 0, 0), 0);
  EXPECT_EQ(coap_add_block(NULL, sizeof(body), body, 0, 0), 0);
  coap_delete_pdu(pdu);
}

/* The table of section 2, each row going on from the one before. */
static void
build_body(void) {
  static const struct {
    size_t length, offset, total, result;
  } rows[] = {
      {16, 0, 64, 64}, {16, 48, 64, 64}, {16, 64, 64, 80}, {16, 32, 64, 80},
      {16, 16, 0, 32}, {16, 100, 48, 116}, {16, 32, 200, 48}, {0, 0, 200, 0},
  };
  coap_binary_t *binary, *before;
  size_t i, j;

  EXPECT(coap_block_build_body(NULL, 16, body, 0, 0) == NULL);
  EXPECT(coap_block_build_body(NULL, 16, NULL, 0, 64) == NULL);
  binary = coap_block_build_body(NULL, 0, body, 0, 10);
  EXPECT(binary && binary->length == 10);
  coap_delete_binary(binary);
  binary = coap_block_build_body(NULL, 16, body, 100, 64);
  EXPECT(binary && binary->length == 116);
  for (j = 0; j < 100; j++)
    EXPECT_EQ(binary->s[j], 0); /* K2 */
  coap_delete_binary(binary);

  binary = NULL;
  for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    before = binary;
    binary = coap_block_build_body(binary, rows[i].length, body + rows[i].offset, rows[i].offset, rows[i].total);
    EXPECT(binary != NULL);
    if (i == 1)
      EXPECT(binary == before);
    EXPECT_EQ(binary->length, rows[i].result);
    EXPECT(memcmp(binary->s + rows[i].offset, body + rows[i].offset, rows[i].length) == 0);
    for (j = 0; j < binary->length; j++)
      EXPECT(binary->s[j] == 0 || binary->s[j] == body[j]); /* K2 */
  }
  before = binary;
  EXPECT(coap_block_build_body(binary, 16, NULL, 0, 64) == NULL); /* untouched */
  EXPECT_EQ(before->length, 0);
  EXPECT(coap_block_build_body(binary, 16, body, SIZE_MAX - 4, 64) == NULL); /* K5: freed */
}

static void
block_mode(void) {
  static const uint8_t modes[][2] = {{0, 0}, {1, 1}, {2, 0}, {3, 3}, {0xff, 3}, {0xfe, 0}};
  coap_context_t *context = coap_new_context(NULL);
  size_t i;

  for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
    coap_context_set_block_mode(context, modes[i][0]);
    EXPECT_EQ(context->block_mode, modes[i][1]);
  }
  coap_context_set_block_mode(NULL, 1);
  coap_free_context(context);
}

int
main(void) {
  size_t i;

  for (i = 0; i < sizeof(body); i++)
    body[i] = (uint8_t)(i % 251 + 1);
  coap_startup();
  coap_set_log_level(LOG_EMERG);
  block_numbers();
  get_block();
  write_block();
  add_block();
  build_body();
  block_mode();
  coap_cleanup();
  return expect_done();
}
