/* <coap2/coap_hashkey.h>: a 4-byte hash over bytes; <coap2/coap.h> does not include this header
 *
 * Part of libcoap-2, BSD-2-Clause: see the file LICENSE.
 */
#ifndef COAP_HASHKEY_H_
#define COAP_HASHKEY_H_

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "libcoap.h"
#include "str.h"
#include "uthash.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The 4 bytes of a coap_hash. */
typedef unsigned char coap_key_t[4];

#ifndef coap_hash

/** Defined as long as coap_hash() is the library's. */
#define COAP_DEFAULT_HASH

/**
 * Feeds bytes into a hash of 4 bytes.
 *
 * Set the hash to four zero bytes to begin with; feeding in pieces gives the same as feeding at once. The hash is weak:
 * good to tell versions of a body apart, not to keep anybody out.
 *
 * @param s    The bytes; may be NULL if len is 0.
 * @param len  How many bytes.
 * @param h    The hash, 4 bytes, which is updated. NULL: no effect.
 */
void coap_hash_impl(const unsigned char *s, size_t len, unsigned char *h);

/** Hashes Length bytes at String into the coap_key_t Result, which carries on from what it holds. */
#define coap_hash(String, Length, Result) coap_hash_impl((String), (Length), (Result))

#endif

/** Hashes a string (pointer to coap_string_t or coap_str_const_t) into the coap_key_t H, from a fresh start. */
#define coap_str_hash(Str, H)                \
  {                                          \
    assert(Str);                             \
    memset((H), 0, sizeof(coap_key_t));      \
    coap_hash((Str)->s, (Str)->length, (H)); \
  }

#ifdef __cplusplus
}
#endif

#endif /* COAP_HASHKEY_H_ */
