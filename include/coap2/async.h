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

/** Deletes all states of a context. Not in the library yet; coap_free_context() does the same. */
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
