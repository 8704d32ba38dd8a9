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

/**
 * Replaces the generator of random bytes, for the whole process.
 *
 * The library calls it wherever it draws random bytes, on the thread that needs them. There is no way back to the
 * default generator, which is the kernel's.
 *
 * @param rng  The function, which fills the bytes it is given and returns 1, or 0 on failure. With NULL nothing is
 *             drawn any more, and the library's own random numbers become 0.
 */
void coap_set_prng(coap_rand_func_t rng);

/**
 * Does nothing: the default generator needs no seed.
 *
 * @param seed  Ignored.
 */
void coap_prng_init(unsigned int seed);

/**
 * Fills memory with random bytes from the current generator.
 *
 * @param buf  The memory.
 * @param len  How many bytes.
 *
 * @return 1, whatever a function given to coap_set_prng() returned; 0 without a generator, for NULL, or if the kernel's
 *         random bytes could not be had.
 */
int coap_prng(void *buf, size_t len);

#ifdef __cplusplus
}
#endif

#endif /* COAP_PRNG_H_ */
