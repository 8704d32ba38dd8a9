/* <coap2/coap_event.h>: events: what happens to connections and transfers
 *
 * Part of libcoap-2, BSD-2-Clause: see the file LICENSE.
 */
#ifndef COAP_EVENT_H_
#define COAP_EVENT_H_

#include "libcoap.h"
#include "coap_forward_decls.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Number of an event. */
typedef unsigned int coap_event_t;

/* (D)TLS */

#define COAP_EVENT_DTLS_CLOSED      0   /**< A (D)TLS session has ended. */
#define COAP_EVENT_DTLS_CONNECTED   478 /**< A (D)TLS handshake has succeeded. */
#define COAP_EVENT_DTLS_RENEGOTIATE 479 /**< The peer has asked for another handshake. */
#define COAP_EVENT_DTLS_ERROR       512 /**< Something has failed in (D)TLS. */

/* TCP */

#define COAP_EVENT_TCP_CONNECTED 4097 /**< A TCP connection stands. */
#define COAP_EVENT_TCP_CLOSED    4098 /**< A TCP connection has ended. */
#define COAP_EVENT_TCP_FAILED    4099 /**< A TCP connection could not be made. */

/* Sessions */

#define COAP_EVENT_SESSION_CONNECTED 8193 /**< The peer's first CSM has come: the session can be used. */
#define COAP_EVENT_SESSION_CLOSED    8194 /**< A session that could be used has ended. */
#define COAP_EVENT_SESSION_FAILED    8195 /**< A session has ended before it could be used. */

/* Block-wise transfer */

#define COAP_EVENT_PARTIAL_BLOCK 12289 /**< A large body could not be put together. */

/** Told about events; the result is handed on by coap_handle_event only. */
typedef int (*coap_event_handler_t)(coap_context_t *context, coap_event_t event, coap_session_t *session);

/**
 * Sets the function that is told about events of a context, in place of the one before.
 *
 * @param context  The context. NULL: no effect.
 * @param hnd      The function; NULL for none.
 */
void coap_register_event_handler(coap_context_t *context, coap_event_handler_t hnd);

/**
 * Does the same as coap_register_event_handler(), which is to be used instead.
 *
 * @param context  The context. NULL: no effect.
 * @param hnd      The function; NULL for none.
 */
COAP_DEPRECATED void coap_set_event_handler(coap_context_t *context, coap_event_handler_t hnd);

/**
 * Removes the function that is told about events of a context; coap_register_event_handler() with NULL does the same,
 * and is to be used instead.
 *
 * @param context  The context. NULL: no effect.
 */
COAP_DEPRECATED void coap_clear_event_handler(coap_context_t *context);

#ifdef __cplusplus
}
#endif

#endif /* COAP_EVENT_H_ */
