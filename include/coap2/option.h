/* <coap2/option.h>: options of messages (RFC 7252, section 5.4)
 *
 * Part of libcoap-2, BSD-2-Clause: see the file LICENSE.
 */
#ifndef COAP_OPTION_H_
#define COAP_OPTION_H_

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "libcoap.h"
#include "bits.h"
#include "coap_forward_decls.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One option */

/** One encoded option, as a pointer to its first byte. */
typedef uint8_t coap_opt_t;

/** A pointer as pointer to an option. */
#define PCHAR(p) ((coap_opt_t *)(p))

/** One option, decoded. */
typedef struct coap_option_t {
  uint16_t delta;       /**< The difference to the number of the option before it. */
  size_t length;        /**< Bytes of the value. */
  const uint8_t *value; /**< The value, inside the message. */
} coap_option_t;

/**
 * Decodes one option from a buffer.
 *
 * Fills in delta, length and value of result; value points into the buffer, behind the option's head, also
 * when the value is empty. After a failure the fields hold what was decoded until then, and the others are untouched.
 *
 * @param opt     The first byte of the option.
 * @param length  The number of bytes that may be read from there.
 * @param result  Where to put what was decoded.
 *
 * @return The size of the encoded option in bytes, head and value; 0 if it is malformed (a reserved nibble, which
 *         includes the payload marker, or a delta above 65535), cut short, or if an argument is NULL.
 *
 * See RFC 7252, section 3.1.
 */
size_t coap_opt_parse(const coap_opt_t *opt, size_t length, coap_option_t *result);

/**
 * Gives the size of an encoded option, head and value.
 *
 * Trusts the head of the option and reads nothing of its value.
 *
 * @param opt  The first byte of a valid option.
 *
 * @return The size in bytes; 0 if opt is NULL, has a reserved nibble, or a delta above 65535.
 *
 * See RFC 7252, section 3.1.
 */
size_t coap_opt_size(const coap_opt_t *opt);

/**
 * Gives the length of the value of an encoded option.
 *
 * Trusts the head of the option and reads nothing of its value.
 *
 * @param opt  The first byte of a valid option.
 *
 * @return The length in bytes, 0 to 65804; 0 if opt is NULL or has a reserved nibble.
 *
 * See RFC 7252, section 3.1.
 */
uint32_t coap_opt_length(const coap_opt_t *opt);

/**
 * Gives the value of an encoded option.
 *
 * Trusts the head of the option.
 *
 * @param opt  The first byte of a valid option.
 *
 * @return A pointer to the first byte of the value (behind the head, if the value is empty); NULL if opt is NULL or has
 *         a reserved nibble. The value belongs to whoever owns the option.
 *
 * See RFC 7252, section 3.1.
 */
const uint8_t *coap_opt_value(const coap_opt_t *opt);

/**
 * Writes the head of an option in its shortest form.
 *
 * @param opt     Where to write.
 * @param maxlen  The number of bytes that may be written there.
 * @param delta   The distance from the number of the option before.
 * @param length  The length of the value in bytes, at most 65804.
 *
 * @return The size of the head in bytes, 1 to 5; 0 if it does not fit, if length is too much, or if opt is NULL.
 *
 * See RFC 7252, section 3.1.
 */
size_t coap_opt_setheader(coap_opt_t *opt, size_t maxlen, uint16_t delta, size_t length);

/**
 * Writes an option, head and value.
 *
 * @param opt     Where to write.
 * @param n       The number of bytes that may be written there.
 * @param delta   The distance from the number of the option before.
 * @param val     The value; NULL to write the head only and leave room for the value.
 * @param length  The length of the value in bytes, at most 65804.
 *
 * @return The size of the option in bytes, head and value; 0 if it does not fit, if length is too much, or if opt is
 *         NULL.
 *
 * See RFC 7252, section 3.1.
 */
size_t coap_opt_encode(coap_opt_t *opt, size_t n, uint16_t delta, const uint8_t *val, size_t length);

/**
 * Gives the size that an option has when encoded, head and value.
 *
 * Pure arithmetic; whether an option of this length can be encoded at all is not checked.
 *
 * @param delta   The distance from the number of the option before.
 * @param length  The length of the value in bytes.
 *
 * @return The size in bytes.
 *
 * See RFC 7252, section 3.1.
 */
size_t coap_opt_encode_size(uint16_t delta, size_t length);

/* A set of option numbers */

#define COAP_OPT_FILTER_LONG  2 /**< How many numbers above 255 a filter can hold. */
#define COAP_OPT_FILTER_SHORT 6 /**< How many numbers up to 255 a filter can hold. */

/** A set of option numbers, for coap_option_filter_set() and its like. */
typedef struct coap_opt_filter_t {
  uint16_t mask;         /**< Which of the places below are taken. */
  uint16_t long_opts[2]; /**< Numbers above 255. */
  uint8_t short_opts[6]; /**< Numbers up to 255. */
} coap_opt_filter_t;

/** The filter that lets all options pass. */
#define COAP_OPT_ALL NULL

/** Empties a filter. */
COAP_STATIC_INLINE void
coap_option_filter_clear(coap_opt_filter_t *f) {
  memset(f, 0, sizeof(*f));
}

/**
 * Adds an option number to a filter.
 *
 * A filter has room for 6 numbers up to 255 and for 2 above. A filter of zero bytes is empty.
 *
 * @param filter  The filter.
 * @param type    The option number.
 *
 * @return 1 if the filter has the number now; 0 if there is no room for it, or if filter is NULL.
 */
int coap_option_filter_set(coap_opt_filter_t *filter, uint16_t type);

/**
 * Takes an option number out of a filter.
 *
 * @param filter  The filter.
 * @param type    The option number.
 *
 * @return 1 if the filter had the number; 0 if not, or if filter is NULL.
 */
int coap_option_filter_unset(coap_opt_filter_t *filter, uint16_t type);

/**
 * Tells whether a filter has an option number.
 *
 * @param filter  The filter.
 * @param type    The option number.
 *
 * @return 1 if the filter has the number; 0 if not, or if filter is NULL.
 */
int coap_option_filter_get(coap_opt_filter_t *filter, uint16_t type);

/** Use coap_option_filter_set(). Returns 1, or -1 on failure. */
COAP_STATIC_INLINE COAP_DEPRECATED int
coap_option_setb(coap_opt_filter_t *filter, uint16_t type) {
  return coap_option_filter_set(filter, type) ? 1 : -1;
}

/** Use coap_option_filter_unset(). Returns 1, or -1 on failure. */
COAP_STATIC_INLINE COAP_DEPRECATED int
coap_option_clrb(coap_opt_filter_t *filter, uint16_t type) {
  return coap_option_filter_unset(filter, type) ? 1 : -1;
}

/** Use coap_option_filter_get(). */
COAP_STATIC_INLINE COAP_DEPRECATED int
coap_option_getb(coap_opt_filter_t *filter, uint16_t type) {
  return coap_option_filter_get(filter, type);
}

/* Walking over the options of a message */

/** State of a walk over the options of a message. */
typedef struct {
  size_t length;             /**< Bytes from next_option to the end of the message. */
  uint16_t type;             /**< Number of the option decoded last. */
  unsigned int bad : 1;      /**< 1 when the walk is over. */
  unsigned int filtered : 1; /**< 1 when filter is in use. */
  coap_opt_t *next_option;   /**< First byte not yet decoded. */
  coap_opt_filter_t filter;  /**< The numbers asked for. */
} coap_opt_iterator_t;

/**
 * Sets up an iterator over the options of a message; coap_option_next() then gives one option after the other.
 *
 * Only token, token_length and used_size of the message are used. The iterator is good until the message is
 * changed. It needs no clean-up.
 *
 * @param pdu     The message.
 * @param oi      The iterator; what it holds before does not matter.
 * @param filter  The option numbers to look at (copied); NULL (COAP_OPT_ALL) for all of them.
 *
 * @return Oi; NULL if nothing follows the token, or if pdu or oi is NULL.
 */
coap_opt_iterator_t *coap_option_iterator_init(const coap_pdu_t *pdu, coap_opt_iterator_t *oi,
                                               const coap_opt_filter_t *filter);

/**
 * Gives the next option of an iterator; its number is then in oi->type.
 *
 * Options that the iterator's filter does not have are skipped. oi->bad is 1 from the end of the options, or from
 * a malformed one, on.
 *
 * @param oi  An iterator that coap_option_iterator_init() has set up.
 *
 * @return A pointer to the first byte of the option, in the message; NULL at the end, at a malformed option, or if oi
 *         is NULL.
 */
coap_opt_t *coap_option_next(coap_opt_iterator_t *oi);

/**
 * Looks for an option in a message.
 *
 * Later options with the same number come from calling coap_option_next() with the same iterator.
 *
 * @param pdu   The message.
 * @param type  The option number.
 * @param oi    An iterator; what it holds before does not matter.
 *
 * @return A pointer to the first byte of the first option with this number, in the message; NULL if there is none, or
 *         if pdu or oi is NULL.
 */
coap_opt_t *coap_check_option(coap_pdu_t *pdu, uint16_t type, coap_opt_iterator_t *oi);

/* A list of options, to be sorted before they go into a message */

/** An option in a list. */
typedef struct coap_optlist_t {
  struct coap_optlist_t *next; /**< The next option, or NULL. */
  uint16_t number;             /**< Its number. */
  size_t length;               /**< Bytes of its value. */
  uint8_t *data;               /**< Its value, part of the same piece of memory. */
} coap_optlist_t;

/**
 * Makes a node for a list of options, with a copy of a value.
 *
 * Number, length and bytes of the value may be changed afterwards. The node goes into a list by
 * coap_insert_optlist(), and is freed with the list by coap_delete_optlist(), never by itself.
 *
 * @param number  The option number.
 * @param length  The length of the value in bytes.
 * @param data    The value; may be NULL if length is 0.
 *
 * @return The node; NULL without memory, or if data is NULL and length is not 0.
 */
struct coap_optlist_t *coap_new_optlist(uint16_t number, size_t length, const uint8_t *data);

/**
 * Puts a node at the end of a list of options, which owns it from then on.
 *
 * @param optlist_chain  Where the first node of the list is noted; a list that begins with NULL is empty.
 * @param optlist        The node, from coap_new_optlist().
 *
 * @return 1; 0 if an argument is NULL, and then the list is as it was.
 */
int coap_insert_optlist(struct coap_optlist_t **optlist_chain, struct coap_optlist_t *optlist);

/**
 * Adds all options of a list to a message.
 *
 * The list is sorted by number first (equal numbers stay in their order), and is the caller's afterwards as before. An
 * option that does not fit is left out, and the others are added all the same.
 *
 * @param pdu            The message.
 * @param optlist_chain  Where the first node of the list is noted; the new first node is noted there.
 *
 * @return 1; 0 if the list is empty or an argument is NULL.
 */
int coap_add_optlist_pdu(coap_pdu_t *pdu, struct coap_optlist_t **optlist_chain);

/**
 * Frees a list of options, values included.
 *
 * @param optlist_chain  The first node of the list, or NULL.
 */
void coap_delete_optlist(struct coap_optlist_t *optlist_chain);

#ifdef __cplusplus
}
#endif

#endif /* COAP_OPTION_H_ */
