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

#ifdef __cplusplus
}
#endif

#endif /* COAP_SUBSCRIBE_H_ */
