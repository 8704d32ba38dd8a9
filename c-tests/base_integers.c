/* Integers of variable length, and finding the last bit set (docs/spec/base.md, section 2). */
#include <coap2/coap.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "expect.h"

static void
decoded(void) {
  const uint8_t digits[10] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  EXPECT(coap_decode_var_bytes(NULL, 0) == 0);
  EXPECT(coap_decode_var_bytes8(NULL, 0) == 0);
  EXPECT(coap_decode_var_bytes(digits, 1) == 1);
  EXPECT(coap_decode_var_bytes(digits, 5) == 0x02030405);
  EXPECT(coap_decode_var_bytes8(digits, 5) == 0x0102030405);
  EXPECT(coap_decode_var_bytes(digits, 10) == 0x0708090a);
  EXPECT(coap_decode_var_bytes8(digits, 10) == 0x030405060708090a);
  /* X40 */
  EXPECT(coap_decode_var_bytes(NULL, 3) == 0);
  EXPECT(coap_decode_var_bytes8(NULL, 3) == 0);
}

static void
encoded(void) {
  static const struct {
    uint64_t value;
    unsigned size;
    const char *bytes;
  } cases[] = {
      {0, 0, ""},
      {1, 1, "\x01"},
      {0xff, 1, "\xff"},
      {0x100, 2, "\x01\x00"},
      {0x10000, 3, "\x01\x00\x00"},
      {0xffffffff, 4, "\xff\xff\xff\xff"},
      {0xff000000000000, 7, "\xff\0\0\0\0\0\0"},
      {UINT64_MAX, 8, "\xff\xff\xff\xff\xff\xff\xff\xff"},
  };
  for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
    /* Exactly as large as needed, so that valgrind sees a byte too many. */
    uint8_t *buffer = malloc(cases[i].size ? cases[i].size : 1);
    EXPECT_EQ(coap_encode_var_safe8(buffer, cases[i].size, cases[i].value), cases[i].size);
    EXPECT(memcmp(buffer, cases[i].bytes, cases[i].size) == 0);
    EXPECT(coap_decode_var_bytes8(buffer, cases[i].size) == cases[i].value);
    if (cases[i].value <= UINT_MAX) {
      memset(buffer, 0xee, cases[i].size);
      EXPECT_EQ(coap_encode_var_safe(buffer, cases[i].size, (unsigned)cases[i].value), cases[i].size);
      EXPECT(memcmp(buffer, cases[i].bytes, cases[i].size) == 0);
    }
    free(buffer);
  }
}

/* B17 */
static void
encoded_without_room(void) {
  uint8_t buffer[8];
  memset(buffer, 0xee, sizeof(buffer));
  EXPECT_EQ(coap_encode_var_safe(buffer, 1, 256), 0);
  EXPECT_EQ(coap_encode_var_safe(buffer, 0, 1), 0);
  EXPECT_EQ(coap_encode_var_safe8(buffer, 7, UINT64_MAX), 0);
  for (size_t i = 0; i < sizeof(buffer); i++)
    EXPECT_EQ(buffer[i], 0xee);
  EXPECT_EQ(coap_encode_var_safe(NULL, 0, 0), 0);
  EXPECT_EQ(coap_encode_var_safe8(NULL, 0, 0), 0);
  EXPECT_EQ(coap_encode_var_safe(NULL, 4, 1), 0);
}

/* B18 */
static void
last_bit(void) {
  EXPECT_EQ(coap_fls(0), 0);
  EXPECT_EQ(coap_fls(1), 1);
  EXPECT_EQ(coap_fls(2), 2);
  EXPECT_EQ(coap_fls(255), 8);
  EXPECT_EQ(coap_fls(256), 9);
  EXPECT_EQ(coap_fls(0xffffffff), 32);
  EXPECT_EQ(coap_flsll(0), 0);
  EXPECT_EQ(coap_flsll(1LL << 32), 33);
  EXPECT_EQ(coap_flsll(LLONG_MAX), 63);
  EXPECT_EQ(coap_flsll(-1), 64);
  EXPECT_EQ(coap_flsll(LLONG_MIN), 64);
}

int
main(void) {
  decoded();
  encoded();
  encoded_without_room();
  last_bit();
  return expect_done();
}
