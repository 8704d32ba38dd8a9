/* Allocation: the functions of mem.h (docs/spec/base.md, section 8), and what happens when memory runs out (X41).
 *
 * malloc and its kin are replaced here, so that the k-th call fails and every block is accounted for. Valgrind puts its
 * own in their place: under it nothing fails, and the second half is left out. */
#include <coap2/coap.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "expect.h"

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void __libc_free(void *block);

/* Counts down to the call that fails; 0: none does. */
static int until_failure;
static long live;

static int
fails(void) {
  if (until_failure == 0 || --until_failure > 0)
    return 0;
  errno = ENOMEM;
  return 1;
}

static void *
counted(void *block) {
  live += block != NULL;
  return block;
}

void *
malloc(size_t size) {
  return fails() ? NULL : counted(__libc_malloc(size));
}

void *
calloc(size_t count, size_t size) {
  return fails() ? NULL : counted(__libc_calloc(count, size));
}

void *
realloc(void *block, size_t size) {
  if (block == NULL)
    return malloc(size);
  if (fails())
    return NULL;
  void *moved = __libc_realloc(block, size);
  live -= moved == NULL && size == 0;
  return moved;
}

void
free(void *block) {
  live -= block != NULL;
  __libc_free(block);
}

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
  until_failure = 1;
  EXPECT(coap_realloc_type(COAP_STRING, p, 100000) == NULL);
  EXPECT(memcmp(p, "abc", 4) == 0);
  free(p);
  until_failure = 1;
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
    long before = live;
    void *made = NULL;
    for (int k = 1; k < 10 && made == NULL; k++) {
      until_failure = k;
      made = operations[i]();
      EXPECT(live == before + (made != NULL));
      EXPECT(k > 1 || made == NULL);
    }
    until_failure = 0;
    EXPECT(made != NULL);
    free(made);
    EXPECT_EQ(live, before);
  }
  coap_delete_pdu(pdu);

  /* B13: the object stays. */
  coap_binary_t *binary = coap_new_binary(2);
  memcpy(binary->s, "ab", 2);
  until_failure = 1;
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
  until_failure = 1;
  void *probe = coap_malloc(1);
  until_failure = 0;
  if (probe == NULL) {
    types_without_memory();
    runs_out();
  }
  coap_free(probe);
  return expect_done();
}
