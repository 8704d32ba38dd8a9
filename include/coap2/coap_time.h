/* <coap2/coap_time.h>: the clock
 *
 * Part of libcoap-2, BSD-2-Clause: see the file LICENSE.
 */
#ifndef COAP_TIME_H_
#define COAP_TIME_H_

#include <stdint.h>
#include <time.h>

#include "libcoap.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A point in time, in milliseconds since the clock was started. */
typedef uint64_t coap_tick_t;

/** A difference of two coap_tick_t. */
typedef int64_t coap_tick_diff_t;

/** Seconds since the epoch. */
typedef time_t coap_time_t;

/** TODO. */
#define COAP_TICKS_PER_SECOND ((coap_tick_t)(1000U))

void coap_ticks(coap_tick_t *t);

/** Tells whether a is before b; right also when the clock has wrapped round between them. Returns 1 or 0. */
COAP_STATIC_INLINE int
coap_time_lt(coap_tick_t a, coap_tick_t b) {
  return (coap_tick_diff_t)(a - b) < 0;
}

/** Tells whether a is before b or the same. Returns 1 or 0. */
COAP_STATIC_INLINE int
coap_time_le(coap_tick_t a, coap_tick_t b) {
  return a == b || coap_time_lt(a, b);
}

#ifdef __cplusplus
}
#endif

#endif /* COAP_TIME_H_ */
