/* <coap2/block.h>: block-wise transfer of large bodies (RFC 7959)
 *
 * Part of libcoap-2, BSD-2-Clause: see the file LICENSE.
 */
#ifndef COAP_BLOCK_H_
#define COAP_BLOCK_H_

#include "libcoap.h"
#include "coap_forward_decls.h"
#include "encode.h"
#include "option.h"
#include "pdu.h"
#include "str.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The largest size exponent: blocks of 2^(6 + 4) = 1024 bytes. */
#ifndef COAP_MAX_BLOCK_SZX
/** TODO. */
#define COAP_MAX_BLOCK_SZX 6

#endif

/* Bits of coap_context_set_block_mode(). */

#define COAP_BLOCK_SINGLE_BODY 2 /**< TODO. */
#define COAP_BLOCK_USE_LIBCOAP 1 /**< TODO. */

/** A Block option taken apart (RFC 7959, section 2.2). */
typedef struct {
  unsigned int num;     /**< number of the block, from 0 */
  unsigned int m : 1;   /**< 1 if more blocks follow */
  unsigned int szx : 3; /**< size exponent: a block holds 2^(szx + 4) bytes */
} coap_block_t;

/** Called once when the library no longer needs the data of a large body. */
typedef void (*coap_release_large_data_t)(coap_session_t *session, void *app_ptr);

/** The address of the last byte of an option's value, 0 if the value is empty. */
#define COAP_OPT_BLOCK_LAST(opt) \
  (coap_opt_length(opt) ? (coap_opt_value(opt) + (coap_opt_length(opt) - 1)) : 0)

/** The more bit of a Block option: 8 if it is set, else 0. */
#define COAP_OPT_BLOCK_MORE(opt) (coap_opt_last_octet_(opt) & 0x08)

/** The size exponent of a Block option: 0 to 7, and 0 if the option is empty. */
#define COAP_OPT_BLOCK_SZX(opt) (coap_opt_last_octet_(opt) & 0x07)

/* The last byte of an option's value, 0 if there is none. For the two macros above. */
COAP_STATIC_INLINE int
coap_opt_last_octet_(const coap_opt_t *opt) {
  uint32_t length = (uint32_t)coap_opt_length(opt);
  const uint8_t *value = coap_opt_value(opt);
  return length && value ? value[length - 1] : 0;
}

/**
 * Tells whether blocks follow block number num of a body of data_len bytes, cut into blocks of 2^(szx + 4) bytes.
 *
 * Returns 1 if so, else 0.
 */
COAP_STATIC_INLINE int
coap_more_blocks(size_t data_len, unsigned int num, uint16_t szx) {
  return szx < 24 && (((size_t)num + 1) << (szx + 4)) < data_len;
}

#ifdef __cplusplus
}
#endif

#endif /* COAP_BLOCK_H_ */
