/* <coap2/coap.h>: the one header to include
 *
 * Part of libcoap-2, BSD-2-Clause: see the file LICENSE.
 */
#ifndef COAP_H_
#define COAP_H_

#ifdef __cplusplus
extern "C" {
#endif

/* What the library calls itself. Ours is API 2 of libcoap, as of its release 4.3.0rc1. */

#define LIBCOAP_PACKAGE_NAME "libcoap"
#define LIBCOAP_PACKAGE_VERSION "4.3.0rc1"
#define LIBCOAP_PACKAGE_STRING "libcoap 4.3.0rc1"
#define LIBCOAP_PACKAGE_URL "https://libcoap.net/"
#define LIBCOAP_PACKAGE_BUGREPORT "libcoap-developers@lists.sourceforge.net"

/** The version as a number: 4.3.0 is 4 003 000. */
#define LIBCOAP_VERSION (4003000U)

#include "libcoap.h"

#include "address.h"
#include "async.h"
#include "bits.h"
#include "block.h"
#include "coap_cache.h"
#include "coap_debug.h"
#include "coap_dtls.h"
#include "coap_event.h"
#include "coap_forward_decls.h"
#include "coap_io.h"
#include "coap_prng.h"
#include "coap_time.h"
#include "encode.h"
#include "mem.h"
#include "net.h"
#include "option.h"
#include "pdu.h"
#include "resource.h"
#include "str.h"
#include "subscribe.h"
#include "uri.h"

#ifdef __cplusplus
}
#endif

#endif /* COAP_H_ */
