/* The ground functions at the edges of memory: nothing is read behind what was given, however long it is said to be, and
 * impossible arguments get a result instead of an abort (base.md B1, B2, B4, B12, B13, B17, B19; hostile.md X10). */
#include <coap2/coap.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "expect.h"

/* A page that may be used, and behind it one that may not; the end of the first is the edge. */
static uint8_t *edge;
static size_t page;

static void
make_edge(void) {
  uint8_t *pages;

  page = (size_t)sysconf(_SC_PAGESIZE);
  pages = mmap(NULL, 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED || mprotect(pages, page, PROT_READ | PROT_WRITE))
    exit(2);
  edge = pages + page;
}

/* The text, so that it ends at the edge. */
static const uint8_t *
at_edge(const char *text) {
  return memcpy(edge - strlen(text), text, strlen(text));
}

/* B4, X10: an escape that ends with the text. Were the page behind it read, this would crash. */
static void
split_at_the_edge(void) {
  static const char *const texts[] = {"a/%", "a/%4", "a&%", "a&%f", "%", "%0", "a/b%2", "%41%4"};
  uint8_t buffer[32];
  size_t i, length;

  for (i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
    int parts = strchr(texts[i], '/') || strchr(texts[i], '&') ? 1 : 0;

    length = sizeof(buffer);
    EXPECT_EQ(coap_split_path(at_edge(texts[i]), strlen(texts[i]), buffer, &length), strchr(texts[i], '/') ? parts : 0);
    length = sizeof(buffer);
    EXPECT_EQ(coap_split_query(at_edge(texts[i]), strlen(texts[i]), buffer, &length), strchr(texts[i], '&') ? parts : 0);
  }
}

/* B2, X10: every beginning of some URIs, the empty one included. */
static void
uris_at_the_edge(void) {
  static const char *const uris[] = {"coaps+tcp://[::1]:5683/a/%41?b=%42&c", "https://h:1?q", "/a?b", "coap://h/%"};
  char text[64];
  size_t i, length;
  coap_uri_t uri;

  for (i = 0; i < sizeof(uris) / sizeof(*uris); i++) {
    for (length = 0; length <= strlen(uris[i]); length++) {
      memcpy(text, uris[i], length);
      text[length] = '\0';
      EXPECT(coap_split_uri(at_edge(text), length, &uri) <= 0);
      EXPECT(coap_split_proxy_uri(at_edge(text), length, &uri) <= 0);
    }
  }
  EXPECT_EQ(coap_split_uri(edge, 0, &uri), -1);
  EXPECT(uri.port == COAP_DEFAULT_PORT && uri.host.s == NULL && uri.host.length == 0);
}

/* B19: more than 2^32 bytes, of which only the last may be read. */
static void
long_integers(void) {
  size_t length = ((size_t)1 << 32) + 16, size = length + 2 * page, i;
  uint8_t *space = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  uint8_t *end;

  if (space == MAP_FAILED) {
    printf("no address space for B19\n");
    return;
  }
  end = space + size - size % page - page;
  if (mprotect(end - page, page, PROT_READ | PROT_WRITE))
    exit(2);
  for (i = 1; i <= 8; i++)
    end[-(ptrdiff_t)i] = (uint8_t)i;
  EXPECT_EQ(coap_decode_var_bytes(end - length, length), 0x04030201);
  EXPECT(coap_decode_var_bytes8(end - length, length) == 0x0807060504030201);
  munmap(space, size);
}

/* B1: where the reference aborts. That this line is reached and the others are is what is tested. */
static void
no_abort(void) {
  coap_address_t address;
  uint8_t bytes[1] = {0xee};
  coap_binary_t *binary = coap_new_binary(4);

  EXPECT(coap_new_string(SIZE_MAX) == NULL);
  EXPECT(coap_new_binary(SIZE_MAX) == NULL);
  EXPECT(coap_new_str_const(bytes, SIZE_MAX) == NULL);
  EXPECT(coap_new_bin_const(bytes, SIZE_MAX - 16) == NULL);
  EXPECT(coap_resize_binary(binary, SIZE_MAX) == NULL);
  EXPECT_EQ(binary->length, 4);
  coap_delete_binary(binary);
  EXPECT_EQ(coap_encode_var_safe(bytes, 1, 0x100), 0);
  EXPECT_EQ(coap_encode_var_safe8(bytes, 0, 1), 0);
  EXPECT_EQ(bytes[0], 0xee);
  coap_address_init(&address);
  coap_address_init(NULL);
  coap_address_set_port(NULL, 1);
  EXPECT_EQ(coap_address_get_port(NULL), 0);
  EXPECT_EQ(coap_address_equals(&address, NULL) + coap_address_equals(NULL, &address), 0);
  EXPECT(coap_get_query(NULL) == NULL && coap_get_uri_path(NULL) == NULL);
}

int
main(void) {
  make_edge();
  coap_set_log_level(LOG_EMERG);
  split_at_the_edge();
  uris_at_the_edge();
  long_integers();
  no_abort();
  return expect_done();
}
