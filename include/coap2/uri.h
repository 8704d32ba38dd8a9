/* <coap2/uri.h>: URIs (RFC 7252, section 6)
 *
 * Part of libcoap-2, BSD-2-Clause: see the file LICENSE.
 */
#ifndef COAP_URI_H_
#define COAP_URI_H_

#include <stddef.h>
#include <stdint.h>

#include "libcoap.h"
#include "coap_forward_decls.h"
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

/**
 * Makes a URI object from a text: one block that holds a copy of the text with a NUL behind it, taken apart as by
 * coap_split_uri().
 *
 * @param uri     The text of the URI.
 * @param length  Its length in bytes.
 *
 * @return The new object, to be released with coap_free(); NULL if the text is no URI, is NULL or UINT_MAX bytes long,
 *         or without memory.
 */
coap_uri_t *coap_new_uri(const uint8_t *uri, unsigned int length);

/**
 * Copies a URI object with its host, path and query into one new block.
 *
 * The parts of the copy are not followed by a NUL, and those of length 0 become absent.
 *
 * @param uri  The URI; its parts need not be in one block.
 *
 * @return The copy, to be released with coap_free(); NULL for NULL or without memory.
 */
coap_uri_t *coap_clone_uri(const coap_uri_t *uri);

/**
 * Takes a URI of scheme coap, coaps, coap+tcp or coaps+tcp apart, or a relative reference that begins with a slash
 * (RFC 7252, section 6).
 *
 * The parts point into the text: nothing is copied, decoded or terminated. A part that is absent has length 0 and s
 * NULL. Without a port in the text, port is the default of the scheme. A fragment is not split off.
 *
 * @param str_var  The text of the URI.
 * @param len      Its length in bytes.
 * @param uri      Receives the parts; on failure those found until then.
 *
 * @return 0, or a negative number: -1 (NULL argument, unknown scheme, something strange after the authority), -2 (no
 *         :// after the scheme), -3 (no host, or a missing bracket), -4 (port above 65535).
 */
int coap_split_uri(const uint8_t *str_var, size_t len, coap_uri_t *uri);

/**
 * Takes an absolute URI apart, one of scheme http or https too: what a proxy is asked for (RFC 7252, section 5.7.2).
 *
 * Otherwise like coap_split_uri(), but for relative references, which are refused.
 *
 * @param str_var  The text of the URI.
 * @param len      Its length in bytes.
 * @param uri      Receives the parts; on failure those found until then.
 *
 * @return 0, or a negative number as coap_split_uri() does.
 */
int coap_split_proxy_uri(const uint8_t *str_var, size_t len, coap_uri_t *uri);

/**
 * Splits a path at its slashes, percent-decodes the segments and writes each as an option with delta 0 and the segment
 * as value (RFC 7252, sections 3.1 and 6.4).
 *
 * Walk over the result with coap_opt_size(), coap_opt_length() and coap_opt_value(). The path ends at the first ? or #.
 * Segments . and .. are dropped; so are segments with a bad percent-escape, with more than 65804 bytes, or without room
 * in the buffer. An empty path has one empty segment.
 *
 * @param s       The path, without its leading slash.
 * @param length  Its length in bytes.
 * @param buf     Receives the options.
 * @param buflen  In: size of the buffer in bytes. Out: how many of them were written.
 *
 * @return The number of segments written; 0 for NULL arguments.
 */
int coap_split_path(const uint8_t *s, size_t length, unsigned char *buf, size_t *buflen);

/**
 * Splits a query at its ampersands, percent-decodes the parts and writes each as an option with delta 0 and the part as
 * value (RFC 7252, sections 3.1 and 6.4).
 *
 * Walk over the result with coap_opt_size(), coap_opt_length() and coap_opt_value(). The query ends at the first #.
 * Parts with a bad percent-escape, with more than 65804 bytes, or without room in the buffer are dropped. An empty
 * query has one empty part.
 *
 * @param s       The query, without its question mark.
 * @param length  Its length in bytes.
 * @param buf     Receives the options.
 * @param buflen  In: size of the buffer in bytes. Out: how many of them were written.
 *
 * @return The number of parts written; 0 for NULL arguments.
 */
int coap_split_query(const uint8_t *s, size_t length, unsigned char *buf, size_t *buflen);

/**
 * Gives the query of a message as text: its Uri-Query options, percent-escaped and joined by & (RFC 7252, section 6.5).
 *
 * An & inside an option is not escaped.
 *
 * @param request  The message; its code and type don't matter.
 *
 * @return A new string, to be released with coap_delete_string(); NULL if there is no such option, for NULL, or without
 *         memory.
 */
coap_string_t *coap_get_query(const coap_pdu_t *request);

/**
 * Gives the path of a message as text: its Uri-Path options, percent-escaped and joined by slashes, without a leading
 * one (RFC 7252, section 6.5).
 *
 * @param request  The message; its code and type don't matter.
 *
 * @return A new string, to be released with coap_delete_string(), which is empty if there is no such option; NULL for
 *         NULL or without memory.
 */
coap_string_t *coap_get_uri_path(const coap_pdu_t *request);

#ifdef __cplusplus
}
#endif

#endif /* COAP_URI_H_ */
