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

/** Seconds since the epoch. */
typedef time_t coap_time_t;

/** A difference of two coap_tick_t. */
typedef int64_t coap_tick_diff_t;

/** Ticks in a second: a tick is a millisecond. */
#define COAP_TICKS_PER_SECOND ((coap_tick_t)(1000U))

/**
 * Lets ticks count from the current second on.
 *
 * coap_startup() calls it, and so does coap_new_context(). After that it has no effect, because timers are running.
 */
void coap_clock_init(void);

/**
 * Tells the time in ticks: milliseconds of the wall clock, counted from where coap_clock_init() began.
 *
 * @param t  Receives the ticks. NULL: no effect.
 */
void coap_ticks(coap_tick_t *t);

/**
 * Turns ticks into a date.
 *
 * @param t  The ticks.
 *
 * @return Seconds since the epoch, rounded down.
 */
coap_time_t coap_ticks_to_rt(coap_tick_t t);

/**
 * Turns ticks into a date in microseconds.
 *
 * @param t  The ticks.
 *
 * @return Microseconds since the epoch.
 */
uint64_t coap_ticks_to_rt_us(coap_tick_t t);

/**
 * Turns a date in microseconds into ticks.
 *
 * @param t  Microseconds since the epoch.
 *
 * @return The ticks, rounded down; 0 for a time before ticks began.
 */
coap_tick_t coap_ticks_from_rt_us(uint64_t t);

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
