/* Strings and binaries (docs/spec/base.md, section 1). */
#include <coap2/coap.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "expect.h"

static const uint8_t *
bytes(const char *text) {
  return (const uint8_t *)text;
}

static void
made_and_released(void) {
  coap_string_t *string = coap_new_string(4);
  EXPECT(string && string->length == 4 && string->s == (uint8_t *)string + 16 && string->s[4] == 0);
  memset(string->s, 'x', 4);
  coap_delete_string(string);

  string = coap_new_string(0);
  EXPECT(string && string->length == 0 && string->s && string->s[0] == 0);
  coap_free(string);

  coap_binary_t *binary = coap_new_binary(3);
  EXPECT(binary && binary->length == 3 && binary->s[3] == 0);
  free(binary);

  coap_str_const_t *text = coap_new_str_const(bytes("hello"), 5);
  EXPECT(text && text->length == 5 && strcmp((const char *)text->s, "hello") == 0);
  coap_delete_str_const(text);

  coap_bin_const_t *data = coap_new_bin_const(bytes("\0\1"), 2);
  EXPECT(data && data->length == 2 && memcmp(data->s, "\0\1\0", 3) == 0);
  data->s = NULL;
  data->length = 99;
  coap_delete_bin_const(data);

  text = coap_new_str_const(NULL, 0);
  EXPECT(text && text->length == 0 && text->s && text->s[0] == 0);
  /* The four types are one. */
  coap_delete_binary((coap_binary_t *)text);

  coap_delete_string(NULL);
  coap_delete_str_const(NULL);
  coap_delete_binary(NULL);
  coap_delete_bin_const(NULL);
}

/* B12, B13, B14. SIZE_MAX comes in through a volatile, or the compiler warns. */
static void
impossible_sizes(void) {
  volatile size_t huge = SIZE_MAX;
  for (size_t less = 0; less < 20; less++) {
    EXPECT(coap_new_string(huge - less) == NULL);
    EXPECT(coap_new_binary(huge - less) == NULL);
    EXPECT(coap_new_str_const(bytes(""), huge - less) == NULL);
    EXPECT(coap_new_bin_const(bytes(""), huge - less) == NULL);
    EXPECT(coap_resize_binary(NULL, huge - less) == NULL);
  }
  EXPECT(coap_new_str_const(NULL, 1) == NULL);
  EXPECT(coap_new_bin_const(NULL, 1) == NULL);

  coap_binary_t *binary = coap_new_binary(2);
  memcpy(binary->s, "ab", 2);
  EXPECT(coap_resize_binary(binary, huge) == NULL);
  EXPECT(coap_resize_binary(binary, huge - 16) == NULL);
  EXPECT(binary->length == 2 && memcmp(binary->s, "ab", 2) == 0);
  coap_delete_binary(binary);
}

static void
resized(void) {
  coap_binary_t *binary = coap_resize_binary(NULL, 2);
  EXPECT(binary && binary->length == 2);
  memcpy(binary->s, "ab", 2);
  binary = coap_resize_binary(binary, 10000);
  EXPECT(binary && binary->length == 10000 && memcmp(binary->s, "ab", 2) == 0);
  memset(binary->s, 7, 10000);
  uint8_t elsewhere[1];
  binary->s = elsewhere;
  binary = coap_resize_binary(binary, 1);
  EXPECT(binary && binary->length == 1 && binary->s == (uint8_t *)binary + 16 && binary->s[0] == 7);
  binary = coap_resize_binary(binary, 0);
  EXPECT(binary && binary->length == 0);
  coap_delete_binary(binary);
}

/* B15, B16. */
static void
described(void) {
  coap_str_const_t *made[16];
  const char *texts[] = {"one", "", "three", "four"};
  for (int i = 0; i < 16; i++)
    made[i] = coap_make_str_const(texts[i % 4]);
  for (int i = 0; i < 16; i++) {
    EXPECT(made[i]->s == bytes(texts[i % 4]));
    EXPECT_EQ(made[i]->length, strlen(texts[i % 4]));
  }
  coap_str_const_t *none = coap_make_str_const(NULL);
  EXPECT(none && none->length == 0 && none->s && none->s[0] == 0);
  coap_str_const_t a = {0, NULL};
  EXPECT(coap_string_equal(&a, none));
}

int
main(void) {
  made_and_released();
  impossible_sizes();
  resized();
  described();
  return expect_done();
}
