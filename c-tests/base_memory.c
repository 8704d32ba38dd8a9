/* Allocation: the functions of mem.h (docs/spec/base.md, section 8), and what happens when memory runs out (X41).
 *
 * Valgrind puts its own allocator in the place of the one that fails: under it nothing fails, and the second half is
 * left out. */
#include <coap2/coap.h>
#include <stdlib.h>
#include <string.h>

#include "allocation.h"
#include "expect.h"

static void
types(void) {
  coap_memory_init();
  for (int tag = -1; tag < 30; tag++) {
    void *p = coap_malloc_type((coap_memory_tag_t)tag, 5);
    EXPECT(p != NULL);
    memcpy(p, "1234", 5);
    p = coap_realloc_type((coap_memory_tag_t)tag, p, 5000);
    EXPECT(p && memcmp(p, "1234", 5) == 0);
    coap_free_type((coap_memory_tag_t)tag, p);
    coap_free_type((coap_memory_tag_t)tag, NULL);
  }
  void *p = coap_malloc(0), *q = coap_realloc_type(COAP_PDU, NULL, 0);
  EXPECT(p && q && p != q);
  free(p);
  EXPECT(coap_realloc_type(COAP_PDU, q, 0) == NULL);
}

static void
types_without_memory(void) {
  void *p = coap_malloc(4);
  memcpy(p, "abc", 4);
  fail_allocation(1, 1);
  EXPECT(coap_realloc_type(COAP_STRING, p, 100000) == NULL);
  EXPECT(memcmp(p, "abc", 4) == 0);
  free(p);
  fail_allocation(1, 1);
  EXPECT(coap_malloc_type(COAP_STRING, 1) == NULL);
}

/* One operation that gives a block, or NULL. */
typedef void *operation_t(void);

static coap_pdu_t *pdu;
static coap_uri_t uri;

static void *
new_string(void) {
  return coap_new_string(5);
}
static void *
new_binary(void) {
  return coap_new_binary(5);
}
static void *
new_str_const(void) {
  return coap_new_str_const((const uint8_t *)"abc", 3);
}
static void *
new_bin_const(void) {
  return coap_new_bin_const((const uint8_t *)"abc", 3);
}
static void *
new_resized(void) {
  return coap_resize_binary(NULL, 5);
}
static void *
new_uri(void) {
  return coap_new_uri((const uint8_t *)"coap://h/p?q", 12);
}
static void *
clone_uri(void) {
  return coap_clone_uri(&uri);
}
static void *
get_uri_path(void) {
  return coap_get_uri_path(pdu);
}
static void *
get_query(void) {
  return coap_get_query(pdu);
}

static void
runs_out(void) {
  static operation_t *const operations[] = {
      new_string, new_binary, new_str_const, new_bin_const, new_resized,
      new_uri,    clone_uri,  get_uri_path,  get_query,
  };
  pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_GET, 1, 10000);
  uint8_t value[300];
  memset(value, '#', sizeof(value));
  coap_add_option(pdu, COAP_OPTION_URI_PATH, 255, value);
  coap_add_option(pdu, COAP_OPTION_URI_QUERY, 255, value);
  coap_split_uri((const uint8_t *)"coap://h/p?q", 12, &uri);

  for (size_t i = 0; i < sizeof(operations) / sizeof(*operations); i++) {
    long before = live_blocks;
    void *made = NULL;
    for (int k = 1; k < 10 && made == NULL; k++) {
      fail_allocation(k, 1);
      made = operations[i]();
      EXPECT(live_blocks == before + (made != NULL));
      EXPECT(k > 1 || made == NULL);
    }
    stop_failing();
    EXPECT(made != NULL);
    free(made);
    EXPECT_EQ(live_blocks, before);
  }
  coap_delete_pdu(pdu);

  /* B13: the object stays. */
  coap_binary_t *binary = coap_new_binary(2);
  memcpy(binary->s, "ab", 2);
  fail_allocation(1, 1);
  EXPECT(coap_resize_binary(binary, 100000) == NULL);
  EXPECT(binary->length == 2 && memcmp(binary->s, "ab", 2) == 0);
  coap_delete_binary(binary);
}

int
main(void) {
  /* The first line of output allocates its buffer. */
  printf("begin\n");
  coap_set_log_level(LOG_EMERG);
  types();
  fail_allocation(1, 1);
  void *probe = coap_malloc(1);
  stop_failing();
  if (probe == NULL) {
    types_without_memory();
    runs_out();
  }
  coap_free(probe);
  return expect_done();
}
