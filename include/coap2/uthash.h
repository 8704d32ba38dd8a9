/* <coap2/uthash.h>: what the library's lists share with uthash
 *
 * The lists of sessions look like tables of uthash, the hash table for C by Troy D. Hanson, to programs that walk over
 * them. If uthash is installed, this header includes it, so that programs can keep tables of their own as well; if
 * not, it defines as much as walking and counting need. A copy of uthash that a program includes first is used, too.
 *
 * Part of libcoap-2, BSD-2-Clause: see the file LICENSE.
 */
#ifndef COAP_UTHASH_H_
#define COAP_UTHASH_H_

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/*
 * Where this directory itself is searched for system headers, <uthash.h> is this very file: then nothing comes of
 * including it, and what follows takes its place.
 */
#if !defined(UTHASH_H) && defined(__has_include)
#  if __has_include(<uthash.h>)
#    include <uthash.h>
#  endif
#endif

#ifndef UTHASH_H
#define UTHASH_H

#ifdef __cplusplus
extern "C" {
#endif

struct UT_hash_handle;

/** A bucket of a table of uthash. */
typedef struct UT_hash_bucket {
  struct UT_hash_handle *hh_head; /**< The first handle in the bucket. */
  unsigned int count;             /**< How many there are. */
  unsigned int expand_mult;       /**< How much longer than others the bucket may get. */
} UT_hash_bucket;

/** A table of uthash. */
typedef struct UT_hash_table {
  UT_hash_bucket *buckets;         /**< The buckets. */
  unsigned int num_buckets;        /**< How many there are. */
  unsigned int log2_num_buckets;   /**< The same as a power of two. */
  unsigned int num_items;          /**< How many elements the table has. */
  struct UT_hash_handle *tail;     /**< The handle of the last element. */
  ptrdiff_t hho;                   /**< Where the handle is in an element. */
  unsigned int ideal_chain_maxlen; /**< How long a bucket should be at most. */
  unsigned int nonideal_items;     /**< How many elements are in longer buckets. */
  unsigned int ineff_expands;      /**< How often more buckets did not help. */
  unsigned int noexpand;           /**< 1 if there will be no more buckets. */
  uint32_t signature;              /**< Marks a table. */
} UT_hash_table;

/** What makes an object an element of a table of uthash. */
typedef struct UT_hash_handle {
  UT_hash_table *tbl;             /**< The table. */
  void *prev;                     /**< The element before it, or NULL. */
  void *next;                     /**< The element after it, or NULL. */
  struct UT_hash_handle *hh_prev; /**< The handle before it in its bucket. */
  struct UT_hash_handle *hh_next; /**< The handle after it in its bucket. */
  const void *key;                /**< The key. */
  unsigned int keylen;            /**< Bytes of the key. */
  unsigned int hashv;             /**< The hash of the key. */
} UT_hash_handle;

/** A loop over a table: el is the element of each turn and may be removed in it, tmp is for the loop's use. */
#define HASH_ITER(hh, head, el, tmp)                                                             \
  for ((el) = (head), (tmp) = (__typeof__(el))((el) ? (el)->hh.next : NULL); (el) != NULL;       \
       (el) = (tmp), (tmp) = (__typeof__(el))((tmp) ? (tmp)->hh.next : NULL))

/** The number of elements of a table. */
#define HASH_CNT(hh, head) ((head) ? (head)->hh.tbl->num_items : 0U)

/** The number of elements of a table whose handle is called hh. */
#define HASH_COUNT(head) HASH_CNT(hh, head)

#ifdef __cplusplus
}
#endif

#endif /* UTHASH_H */

/* Sessions hold a handle. Another size (HASH_BLOOM, another release) would shift all that follows it. */
typedef char coap_uthash_handle_has_the_right_size_
    [sizeof(UT_hash_handle) == 6 * sizeof(void *) + 2 * sizeof(unsigned int) ? 1 : -1];

#endif /* COAP_UTHASH_H_ */
