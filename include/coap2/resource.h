/* <coap2/resource.h>: resources that a server offers, and their attributes
 *
 * Part of libcoap-2, BSD-2-Clause: see the file LICENSE.
 */
#ifndef COAP_RESOURCE_H_
#define COAP_RESOURCE_H_

#include <stddef.h>
#include <stdint.h>

#include "libcoap.h"
#include "coap_forward_decls.h"
#include "block.h"
#include "pdu.h"
#include "str.h"
#include "subscribe.h"
#include "uthash.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifndef COAP_RESOURCE_CHECK_TIME
#define COAP_RESOURCE_CHECK_TIME 2 /**< TODO. */
#endif

/* Flags of coap_resource_init() */

#define COAP_RESOURCE_FLAGS_RELEASE_URI       1 /**< TODO. */
#define COAP_RESOURCE_FLAGS_NOTIFY_NON        0 /**< TODO. */
#define COAP_RESOURCE_FLAGS_NOTIFY_CON        2 /**< TODO. */
#define COAP_RESOURCE_FLAGS_NOTIFY_NON_ALWAYS 4 /**< TODO. */

/* Flags of coap_add_attr() */

#define COAP_ATTR_FLAGS_RELEASE_NAME  1 /**< TODO. */
#define COAP_ATTR_FLAGS_RELEASE_VALUE 2 /**< TODO. */

/** Serves a request, or builds a notification (then request is NULL). */
typedef void (*coap_method_handler_t)(coap_context_t *context, coap_resource_t *resource,
                                      coap_session_t *session, coap_pdu_t *request, coap_binary_t *token,
                                      coap_string_t *query, coap_pdu_t *response);

/** Releases the user data of a resource that ends. */
typedef void (*coap_resource_release_userdata_handler_t)(void *user_data);

/* Resources */

/* Attributes */

/* Links (RFC 6690) */

/** Result of printing links: the number of bytes written and COAP_PRINT_STATUS_* bits. */
typedef unsigned int coap_print_status_t;

/** TODO. */
#define COAP_PRINT_STATUS_MASK 0xF0000000u

/** TODO. */
#define COAP_PRINT_STATUS_ERROR 0x80000000u

/** TODO. */
#define COAP_PRINT_STATUS_TRUNC 0x40000000u

/** The number of bytes written, out of a coap_print_status_t. */
#define COAP_PRINT_OUTPUT_LENGTH(v) ((v) & ~COAP_PRINT_STATUS_MASK)

#ifdef __cplusplus
}
#endif

/* Last, since they need the types above. */
#include "async.h"
#include "net.h"

#endif /* COAP_RESOURCE_H_ */
