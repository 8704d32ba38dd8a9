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
 * - a cache entry (coap_cache_entry_t) holds the application's data, and a copy of the message if it wants one, under
 *   the key of a message.
 *
 * The usual course, in a handler of a PUT request that may come in blocks:
 *
 *     coap_cache_entry_t *entry = coap_cache_get_by_pdu(session, request, COAP_CACHE_IS_SESSION_BASED);
 *     if (!entry) {
 *       entry = coap_new_cache_entry(session, request, COAP_CACHE_NOT_RECORD_PDU, COAP_CACHE_IS_SESSION_BASED, 30);
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

/** Whether a cache key, or a cache entry, belongs to one session. */
typedef enum coap_cache_session_based_t {
  COAP_CACHE_NOT_SESSION_BASED = 0, /**< The same for all sessions; an entry outlives the session that made it. */
  COAP_CACHE_IS_SESSION_BASED = 1   /**< This session's own; an entry ends with the session. */
} coap_cache_session_based_t;

/** Whether a cache entry keeps a copy of its message. */
typedef enum coap_cache_record_pdu_t {
  COAP_CACHE_NOT_RECORD_PDU = 0, /**< No copy. */
  COAP_CACHE_RECORD_PDU = 1      /**< A copy, which coap_cache_get_pdu() gives. */
} coap_cache_record_pdu_t;

/**
 * Releases the application data of a cache entry that ends.
 *
 * Called once, when the entry can no longer be found. May call any function of the library.
 */
typedef void (*coap_cache_app_data_free_callback_t)(void *data);

/* Keys */

/**
 * Derives the cache key of a message: a digest over what the message asks for (RFC 7252 section 5.6).
 *
 * Two messages have equal keys exactly when they have the same options with the same values in the same order and,
 * for FETCH (RFC 8132), the same payload or body. Left out are NoCacheKey options such as Size1 and Size2, Observe,
 * and the options named by coap_cache_ignore_options(). Type, message id, token and method play no part.
 *
 * @param session        The session; its context says which options are ignored.
 * @param pdu            The message, received or made by the application.
 * @param session_based  COAP_CACHE_IS_SESSION_BASED if keys of different sessions are to differ.
 *
 * @return The key, to be freed with coap_delete_cache_key(), or NULL if an argument is NULL, the options are malformed,
 *         or memory runs out.
 */
coap_cache_key_t *coap_cache_derive_key(const coap_session_t *session, const coap_pdu_t *pdu,
                                        coap_cache_session_based_t session_based);

/**
 * Frees a cache key.
 *
 * @param cache_key  The key, or NULL. Cache entries do not depend on it.
 */
void coap_delete_cache_key(coap_cache_key_t *cache_key);

/**
 * Sets the options that are left out of cache keys derived from now on. Existing entries keep their keys.
 *
 * An application that puts together the blocks of large requests itself ignores Block1 and Block2, so that all blocks
 * of one request have the same key.
 *
 * @param context  The context.
 * @param options  The option numbers; they are copied, and replace the ones set before.
 * @param count    How many; 0 empties the list, whatever options is.
 *
 * @return 1, or 0 (and nothing has changed) if context is NULL, if options is NULL and count is not 0, or if memory
 *         runs out.
 */
int coap_cache_ignore_options(coap_context_t *context, const uint16_t *options, size_t count);

/* Entries */

/**
 * Makes a cache entry for a message, in the context of the session.
 *
 * A living entry with the same key is hidden until the new one ends.
 *
 * @param session        The session.
 * @param pdu            The message whose key the entry gets.
 * @param record_pdu     COAP_CACHE_RECORD_PDU to keep a copy of the message, body included, in the entry.
 * @param session_based  COAP_CACHE_IS_SESSION_BASED if the entry is this session's own: its key holds for this session
 *                       only, and the entry ends when the session is freed.
 * @param idle_time      Seconds after its last use (creation or look-up) at which the entry ends; 0 = never.
 *
 * @return The entry, owned by the context, or NULL if an argument is NULL, the options are malformed, memory runs out,
 *         the session or context is being freed, or callbacks took the place that the limits leave.
 */
coap_cache_entry_t *coap_new_cache_entry(coap_session_t *session, const coap_pdu_t *pdu,
                                         coap_cache_record_pdu_t record_pdu,
                                         coap_cache_session_based_t session_based, unsigned int idle_time);

/**
 * Ends a cache entry: it can no longer be found, the callback set with its data is called, and the entry is freed.
 *
 * @param context      The context.
 * @param cache_entry  The entry. If it or the context is NULL, nothing happens.
 */
void coap_delete_cache_entry(coap_context_t *context, coap_cache_entry_t *cache_entry);

/**
 * Looks up a cache entry by its key, and starts its idle time again.
 *
 * @param context    The context.
 * @param cache_key  The key.
 *
 * @return The newest entry with this key, or NULL if there is none or an argument is NULL.
 */
coap_cache_entry_t *coap_cache_get_by_key(coap_context_t *context, const coap_cache_key_t *cache_key);

/**
 * Looks up a cache entry by the key of a message, and starts its idle time again.
 *
 * @param session        The session; the entry is looked up in its context.
 * @param pdu            The message.
 * @param session_based  COAP_CACHE_IS_SESSION_BASED to look for an entry of this session only.
 *
 * @return The newest entry with the key of the message, or NULL if there is none, an argument is NULL, or the options
 *         are malformed.
 */
coap_cache_entry_t *coap_cache_get_by_pdu(coap_session_t *session, const coap_pdu_t *pdu,
                                          coap_cache_session_based_t session_based);

/**
 * Returns the message that a cache entry has recorded.
 *
 * @param cache_entry  The entry.
 *
 * @return The message, owned by the entry and not to be changed, or NULL if none was recorded or cache_entry is NULL.
 */
const coap_pdu_t *coap_cache_get_pdu(const coap_cache_entry_t *cache_entry);

/* The program's data in an entry */

/**
 * Hangs data of the application on a cache entry.
 *
 * Data that were there before are neither freed nor passed to the callback set before.
 *
 * @param cache_entry  The entry; if it is NULL, nothing happens.
 * @param data         The data, or NULL.
 * @param callback     Called with the data when the entry ends, unless data is NULL; may be NULL.
 */
void coap_cache_set_app_data(coap_cache_entry_t *cache_entry, void *data,
                             coap_cache_app_data_free_callback_t callback);

/**
 * Returns the data that the application hung on a cache entry.
 *
 * @param cache_entry  The entry.
 *
 * @return The data, or NULL if there are none or cache_entry is NULL.
 */
void *coap_cache_get_app_data(const coap_cache_entry_t *cache_entry);

/* Limits: not part of the original libcoap, so programs that use them look for this macro first. */

#define COAP_CACHE_HAS_LIMITS 1 /**< Defined where coap_cache_set_limits() is there. */

/**
 * Bounds the number of cache entries, as a guard against peers that make the application create ever more of them.
 *
 * At a limit, coap_new_cache_entry() first ends the entry that has been idle longest (of the session, or of the
 * context), with its callback. Setting limits ends nothing by itself. There are no limits unless they are set. Not part
 * of libcoap 4.3.0: COAP_CACHE_HAS_LIMITS is defined where this function is there.
 *
 * @param context                  The context.
 * @param max_entries              Most entries in the context; 0 = no limit.
 * @param max_entries_per_session  Most entries made through one session; 0 = no limit.
 *
 * @return 1, or 0 if context is NULL or being freed.
 */
int coap_cache_set_limits(coap_context_t *context, size_t max_entries, size_t max_entries_per_session);

#ifdef __cplusplus
}
#endif

#endif /* COAP_CACHE_H_ */
