/* <coap2/uri.h>: URIs (RFC 7252, section 6)
 *
 * Part of libcoap-2, BSD-2-Clause: see the file LICENSE.
 */
#ifndef COAP_URI_H_
#define COAP_URI_H_

#include <stddef.h>
#include <stdint.h>

#include "libcoap.h"
#include "str.h"

#ifdef __cplusplus
extern "C" {
#endif

/** TODO. */
typedef enum coap_uri_scheme_t {
  COAP_URI_SCHEME_COAP = 0,      /**< TODO. */
  COAP_URI_SCHEME_COAPS = 1,     /**< TODO. */
  COAP_URI_SCHEME_COAP_TCP = 2,  /**< TODO. */
  COAP_URI_SCHEME_COAPS_TCP = 3, /**< TODO. */
  COAP_URI_SCHEME_HTTP = 4,      /**< TODO. */
  COAP_URI_SCHEME_HTTPS = 5      /**< TODO. */
} coap_uri_scheme_t;

/** TODO. */
#define COAP_URI_SCHEME_SECURE_MASK 0x01

/** TODO. */
typedef struct coap_uri_t {
  coap_str_const_t host;    /**< TODO. */
  uint16_t port;            /**< TODO. */
  coap_str_const_t path;    /**< TODO. */
  coap_str_const_t query;   /**< TODO. */
  coap_uri_scheme_t scheme; /**< TODO. */
} coap_uri_t;

/** Tells whether a URI asks for (D)TLS. Returns 1 if so, else 0, also for NULL. */
static inline int
coap_uri_scheme_is_secure(const coap_uri_t *uri) {
  return uri && (uri->scheme & COAP_URI_SCHEME_SECURE_MASK) != 0;
}

#ifdef __cplusplus
}
#endif

#endif /* COAP_URI_H_ */
