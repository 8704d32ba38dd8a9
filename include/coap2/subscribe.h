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

#define COAP_OBSERVE_ESTABLISH 0 /**< TODO. */
#define COAP_OBSERVE_CANCEL    1 /**< TODO. */

#ifdef __cplusplus
}
#endif

#endif /* COAP_SUBSCRIBE_H_ */
