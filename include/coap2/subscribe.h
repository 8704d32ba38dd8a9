/* <coap2/subscribe.h>: observation of resources (RFC 7641)
 *
 * Part of libcoap-2, BSD-2-Clause: see the file LICENSE.
 */
#ifndef COAP_SUBSCRIBE_H_
#define COAP_SUBSCRIBE_H_

#include <stdint.h>

#include "libcoap.h"
#include "coap_forward_decls.h"
#include "str.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Values of the Observe option in a request */

#define COAP_OBSERVE_ESTABLISH 0 /**< Start to observe. */
#define COAP_OBSERVE_CANCEL    1 /**< Stop observing. */

/**
 * Makes a resource observable (RFC 7641) or not.
 *
 * Observers that are there when it ceases to be observable stay, and get nothing until it is observable again.
 *
 * @param resource  The resource; NULL is ignored.
 * @param mode      0: not observable (as it is at first); anything else: observable.
 */
void coap_resource_set_get_observable(coap_resource_t *resource, int mode);

/**
 * Tells the library that a resource has changed: its observers are notified (RFC 7641, section 4.2).
 *
 * Nothing is sent yet. The loop wakes at once, and calls the handler of the resource for each observer, with NULL for
 * the request, to make the notification. Several calls before that make one notification, which shows the resource as
 * it is then. A call from inside such a handler, for the same resource, leads to no further one.
 *
 * A notification that is confirmable waits while another confirmable message to the same client is not acknowledged.
 *
 * @param resource  The resource.
 * @param query     NULL to notify all observers; else only those whose request had this query.
 *
 * @return 1 if there are such observers. 0 if not, or if the resource is not observable
 *         (coap_resource_set_get_observable()) or NULL.
 */
int coap_resource_notify_observers(coap_resource_t *resource, const coap_string_t *query);

#ifdef __cplusplus
}
#endif

#endif /* COAP_SUBSCRIBE_H_ */
