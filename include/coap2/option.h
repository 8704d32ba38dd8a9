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

/** TODO. */
typedef struct coap_option_t {
  uint16_t delta;       /**< TODO. */
  size_t length;        /**< TODO. */
  const uint8_t *value; /**< TODO. */
} coap_option_t;

/* A set of option numbers */

#define COAP_OPT_FILTER_LONG  2 /**< TODO. */
#define COAP_OPT_FILTER_SHORT 6 /**< TODO. */

/** TODO. */
typedef struct coap_opt_filter_t {
  uint16_t mask;         /**< TODO. */
  uint16_t long_opts[2]; /**< TODO. */
  uint8_t short_opts[6]; /**< TODO. */
} coap_opt_filter_t;

/** The filter that lets all options pass. */
#define COAP_OPT_ALL NULL

/** Empties a filter. */
COAP_STATIC_INLINE void
coap_option_filter_clear(coap_opt_filter_t *f) {
  memset(f, 0, sizeof(*f));
}

int coap_option_filter_set(coap_opt_filter_t *filter, uint16_t number);

int coap_option_filter_unset(coap_opt_filter_t *filter, uint16_t number);

int coap_option_filter_get(coap_opt_filter_t *filter, uint16_t number);

uint32_t coap_opt_length(const coap_opt_t *opt);

const uint8_t *coap_opt_value(const coap_opt_t *opt);

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
  size_t length;             /**< bytes from next_option to the end of the message */
  uint16_t type;             /**< number of the option decoded last */
  unsigned int bad : 1;      /**< 1 when the walk is over */
  unsigned int filtered : 1; /**< 1 when filter is in use */
  coap_opt_t *next_option;   /**< first byte not yet decoded */
  coap_opt_filter_t filter;  /**< the numbers asked for */
} coap_opt_iterator_t;

/* A list of options, to be sorted before they go into a message */

/** TODO. */
typedef struct coap_optlist_t {
  struct coap_optlist_t *next; /**< TODO. */
  uint16_t number;             /**< TODO. */
  size_t length;               /**< TODO. */
  uint8_t *data;               /**< TODO. */
} coap_optlist_t;

#ifdef __cplusplus
}
#endif

#endif /* COAP_OPTION_H_ */
