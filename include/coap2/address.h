/* <coap2/address.h>: socket addresses
 *
 * Part of libcoap-2, BSD-2-Clause: see the file LICENSE.
 */
#ifndef COAP_ADDRESS_H_
#define COAP_ADDRESS_H_

#include <assert.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

#include "libcoap.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A socket address: the system's structure and how much of it counts. */
typedef struct coap_address_t {
  socklen_t size; /**< Bytes of addr in use, for example sizeof(struct sockaddr_in6). */
  union {
    struct sockaddr sa;
    struct sockaddr_in sin;
    struct sockaddr_in6 sin6;
  } addr; /**< The address; sa.sa_family says which member counts. */
} coap_address_t;

/**
 * Empties an address: all bytes become zero and size the size of the union (28).
 *
 * Call it before filling in an address. Any memory will do, it need not hold an address yet. NULL: no effect.
 *
 * @param addr  The address.
 */
void coap_address_init(coap_address_t *addr);

/**
 * Gives the port of an address.
 *
 * @param addr  The address.
 *
 * @return The port in host byte order; 0 if the family is neither AF_INET nor AF_INET6, or for NULL.
 */
uint16_t coap_address_get_port(const coap_address_t *addr);

/**
 * Stores a port in an address of family AF_INET or AF_INET6; no effect on others and for NULL.
 *
 * @param addr  The address.
 * @param port  The port, in host byte order.
 */
void coap_address_set_port(coap_address_t *addr, uint16_t port);

/**
 * Compares two addresses by size, family, port and IP address. Flow info and scope id don't count.
 *
 * @param a  One address.
 * @param b  The other address.
 *
 * @return 1 if they are equal, otherwise 0: also for NULL, and for families other than AF_INET and AF_INET6.
 */
int coap_address_equals(const coap_address_t *a, const coap_address_t *b);

/**
 * Tells whether an address is a multicast address: 224.0.0.0/4, ff00::/8, or the former mapped into IPv6.
 *
 * @param a  The address.
 *
 * @return 1 if it is, otherwise 0; also for NULL.
 */
int coap_is_mcast(const coap_address_t *a);

/**
 * Tells whether an address is the unspecified one of its family: 0.0.0.0 or ::, whatever the port.
 *
 * Returns 1 if so, else 0. Use coap_address_isany(), which also asserts that there is an address.
 */
COAP_STATIC_INLINE int
_coap_address_isany_impl(const coap_address_t *a) {
  switch (a->addr.sa.sa_family) {
  case AF_INET:
    return a->addr.sin.sin_addr.s_addr == INADDR_ANY;
  case AF_INET6:
    return memcmp(&a->addr.sin6.sin6_addr, &in6addr_any, sizeof(in6addr_any)) == 0;
  default:
    return 0;
  }
}

/**
 * Tells whether an address is the unspecified one of its family: 0.0.0.0 or ::, whatever the port.
 *
 * Returns 1 if so, else 0, also for other families. The pointer must not be NULL.
 */
COAP_STATIC_INLINE int
coap_address_isany(const coap_address_t *a) {
  assert(a);
  return _coap_address_isany_impl(a);
}

/**
 * Copies what identifies an address.
 *
 * Everything else in dst is zero afterwards: an IPv6 flow label is not copied, so that copies of equal addresses
 * are equal byte by byte. Of an address of another family at most sizeof(dst->addr) bytes are copied.
 */
COAP_STATIC_INLINE void
coap_address_copy(coap_address_t *dst, const coap_address_t *src) {
  memset(dst, 0, sizeof(*dst));
  dst->size = src->size;
  if (src->addr.sa.sa_family == AF_INET6) {
    dst->addr.sin6.sin6_family = src->addr.sin6.sin6_family;
    dst->addr.sin6.sin6_port = src->addr.sin6.sin6_port;
    dst->addr.sin6.sin6_addr = src->addr.sin6.sin6_addr;
    dst->addr.sin6.sin6_scope_id = src->addr.sin6.sin6_scope_id;
  } else if (src->addr.sa.sa_family == AF_INET) {
    dst->addr.sin = src->addr.sin;
  } else {
    size_t size = src->size;
    memcpy(&dst->addr, &src->addr, size < sizeof(dst->addr) ? size : sizeof(dst->addr));
  }
}

#ifdef __cplusplus
}
#endif

#endif /* COAP_ADDRESS_H_ */
