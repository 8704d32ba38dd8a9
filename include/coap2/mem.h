/* <coap2/mem.h>: memory
 *
 * Part of libcoap-2, BSD-2-Clause: see the file LICENSE.
 */
#ifndef COAP_MEM_H_
#define COAP_MEM_H_

#include <stddef.h>
#include <stdlib.h>

#include "libcoap.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What a piece of memory is for. The library does not look at it: all memory is that of malloc(). */
typedef enum coap_memory_tag_t {
  COAP_STRING = 0,          /**< A string. */
  COAP_ATTRIBUTE_NAME = 1,  /**< The name of an attribute. */
  COAP_ATTRIBUTE_VALUE = 2, /**< The value of an attribute. */
  COAP_PACKET = 3,          /**< A packet. */
  COAP_NODE = 4,            /**< An entry of a queue. */
  COAP_CONTEXT = 5,         /**< A context. */
  COAP_ENDPOINT = 6,        /**< An endpoint. */
  COAP_PDU = 7,             /**< A message. */
  COAP_PDU_BUF = 8,         /**< The bytes of a message. */
  COAP_RESOURCE = 9,        /**< A resource. */
  COAP_RESOURCEATTR = 10,   /**< An attribute. */
  COAP_SESSION = 11,        /**< A session. */
  COAP_OPTLIST = 12,        /**< An entry of a list of options. */
  COAP_CACHE_KEY = 13,      /**< A cache key. */
  COAP_CACHE_ENTRY = 14,    /**< A cache entry. */
  COAP_LG_XMIT = 15,        /**< A large body being sent. */
  COAP_LG_CRCV = 16,        /**< A large response body being received. */
  COAP_LG_SRCV = 17         /**< A large request body being received. */
} coap_memory_tag_t;

/** Does nothing: memory needs no preparation. */
void coap_memory_init(void);

/**
 * Allocates memory, as malloc() does.
 *
 * @param type  Ignored.
 * @param size  How many bytes.
 *
 * @return The memory, not initialised, to be released with coap_free_type() or free(); NULL if there is none.
 */
void *coap_malloc_type(coap_memory_tag_t type, size_t size);

/**
 * Changes the size of allocated memory, as realloc() does.
 *
 * @param type  Ignored.
 * @param p     The memory, from coap_malloc_type() or malloc(); NULL allocates.
 * @param size  How many bytes; 0 releases the memory.
 *
 * @return The memory, perhaps at another address; NULL if there is none, and the old memory stays as it was, or for
 *         size 0.
 */
void *coap_realloc_type(coap_memory_tag_t type, void *p, size_t size);

/**
 * Releases allocated memory, as free() does. NULL: no effect.
 *
 * @param type  Ignored.
 * @param p     The memory, from coap_malloc_type() or malloc().
 */
void coap_free_type(coap_memory_tag_t type, void *p);

/** Allocates size bytes. Returns NULL if there is not enough memory. */
COAP_STATIC_INLINE void *
coap_malloc(size_t size) {
  return coap_malloc_type(COAP_STRING, size);
}

/** Frees what coap_malloc() returned; NULL is fine. */
COAP_STATIC_INLINE void
coap_free(void *object) {
  coap_free_type(COAP_STRING, object);
}

#ifdef __cplusplus
}
#endif

#endif /* COAP_MEM_H_ */
