/* H12: a uthash.h that the program includes first wins through the common guard. */
#define UTHASH_H
#include <stdint.h>
#include <stddef.h>
typedef struct UT_hash_table UT_hash_table;
typedef struct UT_hash_handle {
  struct UT_hash_table *tbl;
  void *prev, *next;
  struct UT_hash_handle *hh_prev, *hh_next;
  const void *key;
  unsigned keylen, hashv;
} UT_hash_handle;
#include <coap2/coap.h>

#ifdef HASH_ITER
#error "another uthash.h has been included"
#endif

int
main(void) {
  return sizeof(coap_session_t) != 480;
}
