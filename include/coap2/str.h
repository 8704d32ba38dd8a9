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

/** A string that knows its length. A NUL after its bytes is not counted. */
typedef struct coap_string_t {
  size_t length; /**< How many bytes. */
  uint8_t *s;    /**< The bytes. */
} coap_string_t;

/** A string that is only read. */
typedef struct coap_str_const_t {
  size_t length;    /**< How many bytes. */
  const uint8_t *s; /**< The bytes. */
} coap_str_const_t;

/** A sequence of bytes that knows its length. */
typedef struct coap_binary_t {
  size_t length; /**< How many bytes. */
  uint8_t *s;    /**< The bytes. */
} coap_binary_t;

/** A sequence of bytes that is only read. */
typedef struct coap_bin_const_t {
  size_t length;    /**< How many bytes. */
  const uint8_t *s; /**< The bytes. */
} coap_bin_const_t;

/** Lets the string at st hold l bytes at v. */
#define COAP_SET_STR(st, l, v) \
  {                            \
    (st)->length = (l);        \
    (st)->s = (v);             \
  }

/**
 * Makes a string with room for size bytes and a NUL behind them; the bytes are not initialised.
 *
 * @param size  How many bytes; 0 is fine.
 *
 * @return The string, with length = size, to be released with coap_delete_string(); NULL without memory.
 */
coap_string_t *coap_new_string(size_t size);

/**
 * Releases a string made by coap_new_string(). NULL: no effect.
 *
 * @param string  The string.
 */
void coap_delete_string(coap_string_t *string);

/**
 * Makes a string that holds a copy of some bytes, with a NUL behind them.
 *
 * @param data  The bytes; may be NULL if size is 0.
 * @param size  How many bytes.
 *
 * @return The string, to be released with coap_delete_str_const(); NULL without memory or without bytes.
 */
coap_str_const_t *coap_new_str_const(const uint8_t *data, size_t size);

/**
 * Releases a string made by coap_new_str_const(). NULL: no effect.
 *
 * @param string  The string.
 */
void coap_delete_str_const(coap_str_const_t *string);

/**
 * Makes a binary with room for size bytes, which are not initialised.
 *
 * @param size  How many bytes; 0 is fine.
 *
 * @return The binary, with length = size, to be released with coap_delete_binary(); NULL without memory.
 */
coap_binary_t *coap_new_binary(size_t size);

/**
 * Releases a binary made by coap_new_binary(). NULL: no effect.
 *
 * @param binary  The binary.
 */
void coap_delete_binary(coap_binary_t *binary);

/**
 * Makes a binary that holds a copy of some bytes.
 *
 * @param data  The bytes; may be NULL if size is 0.
 * @param size  How many bytes.
 *
 * @return The binary, to be released with coap_delete_bin_const(); NULL without memory or without bytes.
 */
coap_bin_const_t *coap_new_bin_const(const uint8_t *data, size_t size);

/**
 * Releases a binary made by coap_new_bin_const(). NULL: no effect.
 *
 * @param binary  The binary.
 */
void coap_delete_bin_const(coap_bin_const_t *binary);

/**
 * Changes the size of a binary made by coap_new_binary(). Bytes that are added are not initialised.
 *
 * @param binary    The binary, which must not be used any more after success; NULL makes a new one.
 * @param new_size  How many bytes; 0 is fine.
 *
 * @return The binary, perhaps at another address; NULL without memory, and the old binary stays as it was.
 */
coap_binary_t *coap_resize_binary(coap_binary_t *binary, size_t new_size);

/**
 * Describes a C string without copying it, for functions that take a coap_str_const_t.
 *
 * The result is one of 16 static objects: the 16th call from here on overwrites it. It must not be freed.
 *
 * @param string  The string, which must outlive the use of the result; NULL counts as empty.
 *
 * @return The description, never NULL.
 */
coap_str_const_t *coap_make_str_const(const char *string);

/** How many results of coap_make_str_const() a program may count on at a time, with the original too. */
#ifndef COAP_MAX_STR_CONST_FUNC
#define COAP_MAX_STR_CONST_FUNC 2
#endif

/** Tells whether the strings at two pointers have the same bytes: 1 or 0. Bytes, not characters, are compared. */
#define coap_string_equal(string1, string2)                                    \
  ((string1)->length == (string2)->length &&                                   \
   ((string1)->length == 0 || ((string1)->s != NULL && (string2)->s != NULL && \
                               memcmp((string1)->s, (string2)->s, (string1)->length) == 0)))

/** Tells whether the byte sequences at two pointers are the same: 1 or 0. */
#define coap_binary_equal(binary1, binary2) coap_string_equal(binary1, binary2)

#ifdef __cplusplus
}
#endif

#endif /* COAP_STR_H_ */
