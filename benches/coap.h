/* One source for two libraries: libcoap-2 (ours), and Debian's libcoap3 with -DCOAP3. What the benchmarks use has the
 * same name in both, but for what stands here. */
#ifndef BENCH_COAP_H
#define BENCH_COAP_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire.h"

#ifdef COAP3
#include <coap3/coap.h>
#define HANDLER(name)                                                                                   \
  static void name(coap_resource_t *resource, coap_session_t *session, const coap_pdu_t *request,      \
                   const coap_string_t *query, coap_pdu_t *response)
#define UNUSED_HANDLER_ARGUMENTS (void)resource, (void)session, (void)request, (void)query
#define SET_CODE(pdu, code) coap_pdu_set_code(pdu, code)
#define RESPONSE_HANDLER(name)                                                                          \
  static coap_response_t name(coap_session_t *session, const coap_pdu_t *sent,                         \
                              const coap_pdu_t *received, const coap_mid_t mid)
#define UNUSED_RESPONSE_HANDLER_ARGUMENTS (void)session, (void)sent, (void)received, (void)mid
#define CODE_OF(pdu) coap_pdu_get_code(pdu)
#define ADD_LARGE_RESPONSE(length, data)                                                                \
  coap_add_data_large_response(resource, session, request, response, query, 0, -1, 0, length, data, NULL, NULL)
#define SET_MAX_IDLE_SESSIONS(context, most) coap_context_set_max_idle_sessions(context, most)
#else
#include <coap2/coap.h>
#define HANDLER(name)                                                                                   \
  static void name(coap_context_t *context, coap_resource_t *resource, coap_session_t *session,        \
                   coap_pdu_t *request, coap_binary_t *token, coap_string_t *query, coap_pdu_t *response)
#define UNUSED_HANDLER_ARGUMENTS                                                                        \
  (void)context, (void)resource, (void)session, (void)request, (void)token, (void)query
#define SET_CODE(pdu, value) ((pdu)->code = (value))
#define RESPONSE_HANDLER(name)                                                                          \
  static coap_response_t name(coap_context_t *context, coap_session_t *session, coap_pdu_t *sent,      \
                              coap_pdu_t *received, const coap_mid_t mid)
#define UNUSED_RESPONSE_HANDLER_ARGUMENTS (void)context, (void)session, (void)sent, (void)received, (void)mid
#define CODE_OF(pdu) ((pdu)->code)
#define ADD_LARGE_RESPONSE(length, data)                                                                \
  coap_add_data_large_response(resource, session, request, response, token, query, 0, -1, 0, length, data, NULL, NULL)
#define SET_MAX_IDLE_SESSIONS(context, most) ((context)->max_idle_sessions = (most))
#endif

/* 127.0.0.1 */
static inline void
to_loopback(coap_address_t *address, unsigned int port) {
  coap_address_init(address);
  address->size = sizeof(address->addr.sin);
  address->addr.sin.sin_family = AF_INET;
  address->addr.sin.sin_port = htons((uint16_t)port);
  address->addr.sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
}

#endif
