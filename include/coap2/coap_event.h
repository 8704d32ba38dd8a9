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

#define COAP_EVENT_DTLS_CLOSED      0   /**< TODO. */
#define COAP_EVENT_DTLS_CONNECTED   478 /**< TODO. */
#define COAP_EVENT_DTLS_RENEGOTIATE 479 /**< TODO. */
#define COAP_EVENT_DTLS_ERROR       512 /**< TODO. */

/* TCP */

#define COAP_EVENT_TCP_CONNECTED 4097 /**< TODO. */
#define COAP_EVENT_TCP_CLOSED    4098 /**< TODO. */
#define COAP_EVENT_TCP_FAILED    4099 /**< TODO. */

/* Sessions */

#define COAP_EVENT_SESSION_CONNECTED 8193 /**< TODO. */
#define COAP_EVENT_SESSION_CLOSED    8194 /**< TODO. */
#define COAP_EVENT_SESSION_FAILED    8195 /**< TODO. */

/* Block-wise transfer */

#define COAP_EVENT_PARTIAL_BLOCK 12289 /**< TODO. */

/** Told about events; the result is handed on by coap_handle_event only. */
typedef int (*coap_event_handler_t)(coap_context_t *context, coap_event_t event, coap_session_t *session);

#ifdef __cplusplus
}
#endif

#endif /* COAP_EVENT_H_ */
