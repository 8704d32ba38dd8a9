/* <coap2/async.h>: separate responses: answers that come after the acknowledgement (RFC 7252, section 5.2.2)
 *
 * Part of libcoap-2, BSD-2-Clause: see the file LICENSE.
 */
#ifndef COAP_ASYNC_H_
#define COAP_ASYNC_H_

#include "libcoap.h"
#include "coap_forward_decls.h"
#include "coap_time.h"
#include "net.h"
#include "pdu.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifndef WITHOUT_ASYNC

/* Flags of coap_register_async(). */

#define COAP_ASYNC_CONFIRM      1 /**< The answer goes out as a confirmable message. */
/** The answer is sent separately. Kept for the program; the library does not look at it. */
#define COAP_ASYNC_SEPARATE     2
#define COAP_ASYNC_RELEASE_DATA 8 /**< coap_free_async() also frees appdata, with free(). */

/** What is kept of a request whose answer comes later. */
struct coap_async_state_t {
  unsigned char flags;      /**< COAP_ASYNC_... bits. */
  coap_tick_t created;      /**< When the state was made, in ticks; see coap_touch_async(). */
  void *appdata;            /**< The application's own data. */
  coap_session_t *session;  /**< The session to answer in; the state holds a reference to it. */
  coap_mid_t id;            /**< The message id of the request. */
  coap_async_state_t *next; /**< The next older state of the context. */
  size_t tokenlen;          /**< How many bytes of token count. */
  uint8_t token[8];         /**< The token of the request, which the answer must carry. */
};

/**
 * Notes a request that will be answered later (RFC 7252, section 5.2.2).
 *
 * A handler that cannot answer yet calls this and leaves the code of its response 0; the client of a confirmable
 * request then gets an empty acknowledgement. When the answer is there, send it with coap_send(): a message of your
 * own with the token of the state, confirmable if its flags have COAP_ASYNC_CONFIRM. Then call coap_remove_async() and
 * coap_free_async(). The library only keeps the note: it sends nothing by itself.
 *
 * Requests over TCP and TLS have no message id (theirs is 0), so one state per such session can be registered at a
 * time.
 *
 * @param context  The context.
 * @param session  The session of the request. The state holds a reference to it.
 * @param request  The request. Its message id and token are noted.
 * @param flags    COAP_ASYNC_* bits. COAP_ASYNC_CONFIRM is set here, or not, as the request is confirmable or not.
 * @param data     A pointer of yours; with COAP_ASYNC_RELEASE_DATA coap_free_async() gives it to free().
 *
 * @return The state, owned by the context. NULL if a state with this session and message id is registered, if context,
 *         session or request is NULL, or without memory; then data is yours still.
 */
coap_async_state_t *coap_register_async(coap_context_t *context, coap_session_t *session, coap_pdu_t *request,
                                        unsigned char flags, void *data);

/**
 * Finds the state of a request.
 *
 * @param context  The context.
 * @param session  The session of the request.
 * @param id       The message id of the request.
 *
 * @return The state, still registered; NULL if there is none, or for NULL.
 */
coap_async_state_t *coap_find_async(coap_context_t *context, coap_session_t *session, coap_mid_t id);

/**
 * Takes the state of a request out of its context. It is yours then; coap_free_async() ends it.
 *
 * @param context  The context.
 * @param session  The session of the request.
 * @param id       The message id of the request.
 * @param s        Where to put the state; NULL is put there if there is none.
 *
 * @return 1 if there was such a state. 0 if not, or if an argument is NULL.
 */
int coap_remove_async(coap_context_t *context, coap_session_t *session, coap_mid_t id, coap_async_state_t **s);

/**
 * Ends a state: its reference to the session goes, and its data if the flags have COAP_ASYNC_RELEASE_DATA. A state
 * that is still registered is taken out of its context first.
 *
 * @param state  The state; NULL is ignored.
 */
void coap_free_async(coap_async_state_t *state);

/**
 * Ends all states that are registered in a context, as coap_free_async() does; coap_free_context() does the same.
 *
 * @param context  The context; NULL is ignored.
 */
void coap_delete_all_async(coap_context_t *context);

/** Notes the present time in a state, for programs that give up old ones. */
COAP_STATIC_INLINE void
coap_touch_async(coap_async_state_t *s) {
  coap_ticks(&s->created);
}

#endif /* WITHOUT_ASYNC */

#ifdef __cplusplus
}
#endif

#endif /* COAP_ASYNC_H_ */
