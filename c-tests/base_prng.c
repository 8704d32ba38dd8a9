/* Random bytes and the hook (docs/spec/base.md, section 6). */
#include <coap2/coap.h>
#include <string.h>

#include "expect.h"

static int calls, result;
static void *last_out;
static size_t last_len;

static int
generate(void *out, size_t len) {
  calls++;
  last_out = out;
  last_len = len;
  if (out)
    memset(out, 7, len);
  return result;
}

int
main(void) {
  unsigned char a[32] = {0}, b[32] = {0}, zero[32] = {0};
  coap_prng_init(5);
  EXPECT_EQ(coap_prng(a, sizeof(a)), 1);
  EXPECT_EQ(coap_prng(b, sizeof(b)), 1);
  EXPECT(memcmp(a, b, 32) != 0 && memcmp(a, zero, 32) != 0);
  EXPECT_EQ(coap_prng(NULL, 0), 1);
  EXPECT_EQ(coap_prng(NULL, 1), 0);

  /* Called once with exactly these arguments; whatever it returns, coap_prng() tells success. */
  coap_set_prng(generate);
  for (result = -1; result <= 2; result++) {
    calls = 0;
    EXPECT_EQ(coap_prng(a, 16), 1);
    EXPECT(calls == 1 && last_out == a && last_len == 16 && a[15] == 7);
  }
  EXPECT_EQ(coap_prng(a, 0), 1);
  EXPECT_EQ(last_len, 0);

  coap_set_prng(NULL);
  memset(a, 9, sizeof(a));
  EXPECT_EQ(coap_prng(a, sizeof(a)), 0);
  EXPECT_EQ(a[0], 9);
  return expect_done();
}
