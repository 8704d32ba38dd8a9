/* <coap2/encode.h>: integers in as few bytes as they need (RFC 7252, section 3.2)
 *
 * Part of libcoap-2, BSD-2-Clause: see the file LICENSE.
 */
#ifndef COAP_ENCODE_H_
#define COAP_ENCODE_H_

#include <stddef.h>
#include <stdint.h>

#if defined(BSD) && BSD >= 199103
#include <string.h>
#else
#include <strings.h>
#endif

#include "libcoap.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifdef HAVE_FLS
#define coap_fls(i) fls(i)
#else
/**
 * Finds the most significant bit set in a number.
 *
 * @param i  The number.
 *
 * @return Its position, counted from 1 at the least significant bit; 0 for 0.
 */
int coap_fls(unsigned int i);
#endif

#ifdef HAVE_FLSLL
#define coap_flsll(i) flsll(i)
#else
/**
 * Finds the most significant bit set in a 64-bit number.
 *
 * @param i  The number.
 *
 * @return Its position, counted from 1 at the least significant bit; 0 for 0, 64 for negative numbers.
 */
int coap_flsll(long long i);
#endif

/**
 * Decodes an unsigned integer of variable length, most significant byte first (RFC 7252, section 3.2).
 *
 * @param buf     The bytes; may be NULL if length is 0.
 * @param length  How many bytes. If they are more than 4, the last 4 count.
 *
 * @return The value; 0 for no bytes.
 */
unsigned int coap_decode_var_bytes(const uint8_t *buf, size_t length);

/**
 * Decodes an unsigned integer of up to 64 bits, most significant byte first (RFC 7252, section 3.2).
 *
 * @param buf     The bytes; may be NULL if length is 0.
 * @param length  How many bytes. If they are more than 8, the last 8 count.
 *
 * @return The value; 0 for no bytes.
 */
uint64_t coap_decode_var_bytes8(const uint8_t *buf, size_t length);

/**
 * Encodes an unsigned integer in as few bytes as possible, most significant byte first (RFC 7252, section 3.2).
 *
 * @param buf     Receives the bytes; may be NULL if value is 0.
 * @param length  Size of buf; 4 is always enough.
 * @param value   The integer.
 *
 * @return How many bytes were written, 0 to 4: none for 0, and none if they don't fit.
 */
unsigned int coap_encode_var_safe(uint8_t *buf, size_t length, unsigned int value);

/** Use coap_encode_var_safe(): this takes for granted that buf has room for 4 bytes. */
COAP_STATIC_INLINE COAP_DEPRECATED int
coap_encode_var_bytes(uint8_t *buf, unsigned int value) {
  return (int)coap_encode_var_safe(buf, sizeof(value), value);
}

/**
 * Encodes an unsigned integer of up to 64 bits in as few bytes as possible, most significant byte first (RFC 7252,
 * section 3.2).
 *
 * @param buf     Receives the bytes; may be NULL if value is 0.
 * @param length  Size of buf; 8 is always enough.
 * @param value   The integer.
 *
 * @return How many bytes were written, 0 to 8: none for 0, and none if they don't fit.
 */
unsigned int coap_encode_var_safe8(uint8_t *buf, size_t length, uint64_t value);

#ifdef __cplusplus
}
#endif

#endif /* COAP_ENCODE_H_ */
