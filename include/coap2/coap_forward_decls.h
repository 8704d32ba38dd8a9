/* <coap2/coap_forward_decls.h>: names of the library's objects
 *
 * Part of libcoap-2, BSD-2-Clause: see the file LICENSE.
 */
#ifndef COAP_FORWARD_DECLS_H_
#define COAP_FORWARD_DECLS_H_

#ifdef __cplusplus
extern "C" {
#endif

/* Objects that only the library sees into. Programs hold pointers to them. */

/** A resource that a server offers. */
typedef struct coap_resource_t coap_resource_t;

/** An attribute of a resource, as in the link "</r>;name=value". */
typedef struct coap_attr_t coap_attr_t;

/** A client that observes a resource (RFC 7641). */
typedef struct coap_subscription_t coap_subscription_t;

/** An entry of the request cache. */
typedef struct coap_cache_entry_t coap_cache_entry_t;

/** What tells one request from another in the cache (RFC 7252, section 5.6). */
typedef struct coap_cache_key_t coap_cache_key_t;

/** A local address at which a server listens. */
typedef struct coap_endpoint_t coap_endpoint_t;

/** A large body being sent (RFC 7959). */
typedef struct coap_lg_xmit_t coap_lg_xmit_t;

/** A large response body being received by a client. */
typedef struct coap_lg_crcv_t coap_lg_crcv_t;

/** A large request body being received by a server. */
typedef struct coap_lg_srcv_t coap_lg_srcv_t;

/* Objects with public fields. The header that describes each is named beside it. */

typedef struct coap_context_t coap_context_t;         /* net.h */
typedef struct coap_queue_t coap_queue_t;             /* net.h */
typedef struct coap_session_t coap_session_t;         /* coap_session.h */
typedef struct coap_pdu_t coap_pdu_t;                 /* pdu.h */
typedef struct coap_packet_t coap_packet_t;           /* coap_io.h */
typedef struct coap_async_state_t coap_async_state_t; /* async.h */

#ifdef __cplusplus
}
#endif

#endif /* COAP_FORWARD_DECLS_H_ */
