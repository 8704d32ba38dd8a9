/* <coap2/coap_cache.h>: the request cache
 *
 * Part of libcoap-2, BSD-2-Clause: see the file LICENSE.
 */
#ifndef COAP_CACHE_H_
#define COAP_CACHE_H_

#include <stddef.h>
#include <stdint.h>

#include "coap_forward_decls.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A server that gets a body in many blocks, or wants to answer the same question twice without working twice, has to
 * recognise what belongs together. The cache does that:
 *
 * - a cache key (coap_cache_key_t) stands for what a message asks for: two messages with equal keys ask for the same
 *   (RFC 7252, section 5.6);
 * - a cache entry (coap_cache_entry_t) holds the program's data, and a copy of the message if it wants one, under the
 *   key of a message.
 *
 * The usual course, in a handler of a PUT request that may come in blocks:
 *
 *     coap_cache_entry_t *entry = coap_cache_get_by_pdu(session, request, COAP_CACHE_IS_SESSION_BASED);
 *     if (!entry) {
 *       entry = coap_new_cache_entry(session, request, COAP_CACHE_NOT_RECORD_PDU, COAP_CACHE_IS_SESSION_BASED, 0);
 *       if (!entry) { ... answer 5.00 ... }
 *       coap_cache_set_app_data(entry, my_new_body(), my_free_body);
 *     }
 *     body = coap_cache_get_app_data(entry);
 *
 * with this at start-up, so that the number of the block does not make each block a request of its own:
 *
 *     static const uint16_t ignored[] = { COAP_OPTION_BLOCK1, COAP_OPTION_BLOCK2 };
 *     coap_cache_ignore_options(context, ignored, sizeof(ignored) / sizeof(ignored[0]));
 */

/** TODO. */
typedef enum coap_cache_session_based_t {
  COAP_CACHE_NOT_SESSION_BASED = 0, /**< TODO. */
  COAP_CACHE_IS_SESSION_BASED = 1   /**< TODO. */
} coap_cache_session_based_t;

/** TODO. */
typedef enum coap_cache_record_pdu_t {
  COAP_CACHE_NOT_RECORD_PDU = 0, /**< TODO. */
  COAP_CACHE_RECORD_PDU = 1      /**< TODO. */
} coap_cache_record_pdu_t;

/** Releases the application data of a cache entry that ends. */
typedef void (*coap_cache_app_data_free_callback_t)(void *data);

/* Keys */

/* Entries */

/* The program's data in an entry */

/* Limits: not part of the original libcoap, so programs that use them ask for this macro first. */

/** Defined where coap_cache_set_limits() exists. */
#define COAP_CACHE_HAS_LIMITS 1

#ifdef __cplusplus
}
#endif

#endif /* COAP_CACHE_H_ */
