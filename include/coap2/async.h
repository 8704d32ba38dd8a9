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

#define COAP_ASYNC_CONFIRM      1 /**< TODO. */
#define COAP_ASYNC_SEPARATE     2 /**< TODO. */
#define COAP_ASYNC_RELEASE_DATA 8 /**< TODO. */

/** TODO. */
struct coap_async_state_t {
  unsigned char flags;      /**< TODO. */
  coap_tick_t created;      /**< TODO. */
  void *appdata;            /**< TODO. */
  coap_session_t *session;  /**< TODO. */
  coap_mid_t id;            /**< TODO. */
  coap_async_state_t *next; /**< TODO. */
  size_t tokenlen;          /**< TODO. */
  uint8_t token[8];         /**< TODO. */
};

/** Deletes all states of a context. Only in the static library; coap_free_context() does the same. */
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
