/* <coap2/coap_prng.h>: random numbers
 *
 * Part of libcoap-2, BSD-2-Clause: see the file LICENSE.
 */
#ifndef COAP_PRNG_H_
#define COAP_PRNG_H_

#include <stddef.h>

#include "libcoap.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Fills len bytes at out with random data; not 1 means failure. */
typedef int (*coap_rand_func_t)(void *out, size_t len);

#ifdef __cplusplus
}
#endif

#endif /* COAP_PRNG_H_ */
