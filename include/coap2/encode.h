/* <coap2/encode.h>: integers in as few bytes as they need (RFC 7252, section 3.2)
 *
 * Part of libcoap-2, BSD-2-Clause: see the file LICENSE.
 */
#ifndef COAP_ENCODE_H_
#define COAP_ENCODE_H_

#include <stddef.h>
#include <stdint.h>

#include "libcoap.h"

#ifdef __cplusplus
extern "C" {
#endif

#if defined(BSD) && BSD >= 199103
#include <string.h>
#else
#include <strings.h>
#endif

#ifdef HAVE_FLS
#define coap_fls(i) fls(i)
#else
#endif

#ifdef HAVE_FLSLL
#define coap_flsll(i) flsll(i)
#else
#endif

unsigned int coap_encode_var_safe(uint8_t *buf, size_t length, unsigned int value);

/** Use coap_encode_var_safe(): this takes for granted that buf has room for 4 bytes. */
COAP_STATIC_INLINE COAP_DEPRECATED int
coap_encode_var_bytes(uint8_t *buf, unsigned int value) {
  return (int)coap_encode_var_safe(buf, sizeof(value), value);
}

#ifdef __cplusplus
}
#endif

#endif /* COAP_ENCODE_H_ */
