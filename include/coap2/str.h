/* <coap2/str.h>: strings and byte sequences that know their length
 *
 * Part of libcoap-2, BSD-2-Clause: see the file LICENSE.
 */
#ifndef COAP_STR_H_
#define COAP_STR_H_

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "libcoap.h"

#ifdef __cplusplus
extern "C" {
#endif

/** TODO. */
typedef struct coap_string_t {
  size_t length; /**< TODO. */
  uint8_t *s;    /**< TODO. */
} coap_string_t;

/** TODO. */
typedef struct coap_str_const_t {
  size_t length;    /**< TODO. */
  const uint8_t *s; /**< TODO. */
} coap_str_const_t;

/** TODO. */
typedef struct coap_binary_t {
  size_t length; /**< TODO. */
  uint8_t *s;    /**< TODO. */
} coap_binary_t;

/** TODO. */
typedef struct coap_bin_const_t {
  size_t length;    /**< TODO. */
  const uint8_t *s; /**< TODO. */
} coap_bin_const_t;

/** Lets the string at st hold l bytes at v. */
#define COAP_SET_STR(st, l, v) \
  {                            \
    (st)->length = (l);        \
    (st)->s = (v);             \
  }

/** How many results of coap_make_str_const() are valid at a time. */
#ifndef COAP_MAX_STR_CONST_FUNC
#define COAP_MAX_STR_CONST_FUNC 2
#endif

/** Tells whether the strings at two pointers have the same bytes: 1 or 0. Bytes, not characters, are compared. */
#define coap_string_equal(string1, string2)                                     \
  ((string1)->length == (string2)->length &&                                    \
   ((string1)->length == 0 || ((string1)->s != NULL && (string2)->s != NULL &&  \
                               memcmp((string1)->s, (string2)->s, (string1)->length) == 0)))

/** Tells whether the byte sequences at two pointers are the same: 1 or 0. */
#define coap_binary_equal(binary1, binary2) coap_string_equal(binary1, binary2)

#ifdef __cplusplus
}
#endif

#endif /* COAP_STR_H_ */
