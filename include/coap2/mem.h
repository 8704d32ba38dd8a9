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

/** TODO. */
typedef enum coap_memory_tag_t {
  COAP_STRING = 0,          /**< TODO. */
  COAP_ATTRIBUTE_NAME = 1,  /**< TODO. */
  COAP_ATTRIBUTE_VALUE = 2, /**< TODO. */
  COAP_PACKET = 3,          /**< TODO. */
  COAP_NODE = 4,            /**< TODO. */
  COAP_CONTEXT = 5,         /**< TODO. */
  COAP_ENDPOINT = 6,        /**< TODO. */
  COAP_PDU = 7,             /**< TODO. */
  COAP_PDU_BUF = 8,         /**< TODO. */
  COAP_RESOURCE = 9,        /**< TODO. */
  COAP_RESOURCEATTR = 10,   /**< TODO. */
  COAP_SESSION = 11,        /**< TODO. */
  COAP_OPTLIST = 12,        /**< TODO. */
  COAP_CACHE_KEY = 13,      /**< TODO. */
  COAP_CACHE_ENTRY = 14,    /**< TODO. */
  COAP_LG_XMIT = 15,        /**< TODO. */
  COAP_LG_CRCV = 16,        /**< TODO. */
  COAP_LG_SRCV = 17         /**< TODO. */
} coap_memory_tag_t;

void *coap_malloc_type(coap_memory_tag_t type, size_t size);

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
