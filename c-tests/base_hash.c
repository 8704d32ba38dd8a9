/* coap_hash: the table of docs/spec/base.md, section 5. */
#include <coap2/coap.h>
#include <coap2/coap_hashkey.h>
#include <string.h>

#include "expect.h"

static int
hashes_to(const char *text, size_t length, const char *expected) {
  coap_key_t key = {0};
  coap_hash((const unsigned char *)text, length, key);
  return memcmp(key, expected, 4) == 0;
}

int
main(void) {
  EXPECT(hashes_to(NULL, 0, "\0\0\0\0"));
  EXPECT(hashes_to("a", 1, "\x61\0\0\0"));
  EXPECT(hashes_to("ab", 2, "\x43\x30\0\0"));
  EXPECT(hashes_to("ba", 2, "\xc3\x31\0\0"));
  EXPECT(hashes_to("abcd", 4, "\x8a\xe4\x40\x0c"));
  EXPECT(hashes_to("\xff\xff\xff\xff", 4, "\xfc\x7c\xde\x1f"));
  EXPECT(hashes_to("hello world", 11, "\x5c\x50\x76\x25"));
  EXPECT(hashes_to(".well-known/core", 16, "\x14\x13\xf8\xfb"));
  EXPECT(hashes_to("The quick brown fox jumps over the lazy dog", 43, "\x59\x9b\x3f\xfa"));

  coap_key_t key = {1, 2, 3, 4};
  coap_hash((const unsigned char *)"ab", 2, key);
  coap_hash((const unsigned char *)"c", 1, key);
  EXPECT(memcmp(key, "\xa7\x15\x3e\x89", 4) == 0);

  /* X40 */
  coap_hash_impl(NULL, 5, key);
  coap_hash_impl((const unsigned char *)"x", 1, NULL);
  EXPECT(memcmp(key, "\xa7\x15\x3e\x89", 4) == 0);
  return expect_done();
}
