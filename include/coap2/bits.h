/* <coap2/bits.h>: bit vectors
 *
 * Part of libcoap-2, BSD-2-Clause: see the file LICENSE.
 */
#ifndef COAP_BITS_H_
#define COAP_BITS_H_

#include <stddef.h>
#include <stdint.h>

#include "libcoap.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Bit n of a vector is bit (n mod 8), counted from the least significant one, of byte (n div 8). All three functions
 * return -1 and touch nothing when the vector of size bytes has no bit n.
 */

/** Sets a bit of a vector of size bytes. Returns 1, or -1 if there is no such bit. */
COAP_STATIC_INLINE int
bits_setb(uint8_t *vec, size_t size, uint8_t bit) {
  if ((size_t)(bit >> 3) >= size)
    return -1;
  vec[bit >> 3] = (uint8_t)(vec[bit >> 3] | (1u << (bit & 7)));
  return 1;
}

/** Clears a bit of a vector of size bytes. Returns 1, or -1 if there is no such bit. */
COAP_STATIC_INLINE int
bits_clrb(uint8_t *vec, size_t size, uint8_t bit) {
  if ((size_t)(bit >> 3) >= size)
    return -1;
  vec[bit >> 3] = (uint8_t)(vec[bit >> 3] & ~(1u << (bit & 7)));
  return 1;
}

/** Reads a bit of a vector of size bytes. Returns 1 or 0, or -1 if there is no such bit. */
COAP_STATIC_INLINE int
bits_getb(const uint8_t *vec, size_t size, uint8_t bit) {
  if ((size_t)(bit >> 3) >= size)
    return -1;
  return (vec[bit >> 3] >> (bit & 7)) & 1;
}

#ifdef __cplusplus
}
#endif

#endif /* COAP_BITS_H_ */
