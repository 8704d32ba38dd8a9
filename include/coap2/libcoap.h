/* <coap2/libcoap.h>: start and end of the library, and attributes the other headers use
 *
 * Part of libcoap-2, BSD-2-Clause: see the file LICENSE.
 */
#ifndef COAP_LIBCOAP_H_
#define COAP_LIBCOAP_H_

#include <netinet/in.h>
#include <sys/socket.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A function defined in a header. */
#ifndef COAP_STATIC_INLINE
#  ifdef __cplusplus
#    define COAP_STATIC_INLINE inline
#  else
#    define COAP_STATIC_INLINE static inline
#  endif
#endif

/* A function that has a better successor. */
#ifndef COAP_DEPRECATED
#  define COAP_DEPRECATED __attribute__((deprecated))
#endif

/* A parameter, variable or function that may stay unused. */
#ifndef COAP_UNUSED
#  define COAP_UNUSED __attribute__((unused))
#endif

/**
 * Prepares the library: starts its clock, so that ticks count from about now.
 *
 * Acts once per process. coap_new_context() calls it, so that programs need not.
 */
void coap_startup(void);

/**
 * Releases what the library holds for the whole process.
 *
 * Contexts are to be freed before. The clock goes on counting from where it started.
 */
void coap_cleanup(void);

#ifdef __cplusplus
}
#endif

#endif /* COAP_LIBCOAP_H_ */
