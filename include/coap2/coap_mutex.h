/* <coap2/coap_mutex.h>: a mutex for programs with little stack; nothing unless COAP_CONSTRAINED_STACK is set
 *
 * Part of libcoap-2, BSD-2-Clause: see the file LICENSE.
 */
#ifndef COAP_MUTEX_H_
#define COAP_MUTEX_H_

#ifdef __cplusplus
extern "C" {
#endif

#if defined(COAP_CONSTRAINED_STACK) && COAP_CONSTRAINED_STACK

#if defined(HAVE_PTHREAD_H) && defined(HAVE_PTHREAD_MUTEX_LOCK)

#include <pthread.h>

typedef pthread_mutex_t coap_mutex_t;

#define COAP_MUTEX_INITIALIZER PTHREAD_MUTEX_INITIALIZER
#define coap_mutex_lock(a) pthread_mutex_lock(a)
#define coap_mutex_trylock(a) pthread_mutex_trylock(a)
#define coap_mutex_unlock(a) pthread_mutex_unlock(a)

#else /* no threads: the mutex only notes its state */

typedef int coap_mutex_t;

#define COAP_MUTEX_INITIALIZER 0
#define coap_mutex_lock(a) (*(a) = 1)
#define coap_mutex_trylock(a) (*(a) = 1)
#define coap_mutex_unlock(a) (*(a) = 0)

#endif

#endif

#ifdef __cplusplus
}
#endif

#endif /* COAP_MUTEX_H_ */
