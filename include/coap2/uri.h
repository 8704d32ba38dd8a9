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

/** The schemes. Those with (D)TLS are odd. */
typedef enum coap_uri_scheme_t {
  COAP_URI_SCHEME_COAP = 0,      /**< coap */
  COAP_URI_SCHEME_COAPS = 1,     /**< coaps */
  COAP_URI_SCHEME_COAP_TCP = 2,  /**< coap+tcp */
  COAP_URI_SCHEME_COAPS_TCP = 3, /**< coaps+tcp */
  COAP_URI_SCHEME_HTTP = 4,      /**< http */
  COAP_URI_SCHEME_HTTPS = 5      /**< https */
} coap_uri_scheme_t;

/** The bit of a scheme's number that says: with (D)TLS. */
#define COAP_URI_SCHEME_SECURE_MASK 0x01

/** A URI taken apart. Its strings are parts of the URI, still with percent-encoding. */
typedef struct coap_uri_t {
  coap_str_const_t host;    /**< The host, an IPv6 address without brackets. */
  uint16_t port;            /**< The port, in host order. */
  coap_str_const_t path;    /**< The path, without its first slash. */
  coap_str_const_t query;   /**< The query, without its question mark. */
  coap_uri_scheme_t scheme; /**< The scheme. */
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
