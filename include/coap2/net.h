/* <coap2/net.h>: contexts, sending, and the I/O loop
 *
 * Part of libcoap-2, BSD-2-Clause: see the file LICENSE.
 */
#ifndef COAP_NET_H_
#define COAP_NET_H_

#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#include "libcoap.h"
#include "coap_forward_decls.h"
#include "coap_dtls.h"
#include "coap_event.h"
#include "coap_io.h"
#include "coap_prng.h"
#include "coap_session.h"
#include "coap_time.h"
#include "option.h"
#include "pdu.h"
#include "resource.h"

#ifdef __cplusplus
extern "C" {
#endif

struct epoll_event;

/* Callbacks */

/** TODO. */
typedef enum coap_response_t {
  COAP_RESPONSE_FAIL = 0, /**< TODO. */
  COAP_RESPONSE_OK = 1    /**< TODO. */
} coap_response_t;

/** Told about each response. */
typedef coap_response_t (*coap_response_handler_t)(coap_context_t *context, coap_session_t *session,
                                                   coap_pdu_t *sent, coap_pdu_t *received, const coap_mid_t id);

/** Told about each confirmable message that failed. */
typedef void (*coap_nack_handler_t)(coap_context_t *context, coap_session_t *session, coap_pdu_t *sent,
                                    coap_nack_reason_t reason, coap_mid_t id);

/** Told about each ping received. */
typedef void (*coap_ping_handler_t)(coap_context_t *context, coap_session_t *session, coap_pdu_t *received,
                                    coap_mid_t id);

/** Told about each answer to a ping of ours. */
typedef void (*coap_pong_handler_t)(coap_context_t *context, coap_session_t *session, coap_pdu_t *received,
                                    coap_mid_t id);

/* The context: one instance of the stack, with its resources, endpoints and sessions */

/** TODO. */
struct coap_context_t {
  coap_opt_filter_t known_options;                           /**< TODO. */
  coap_resource_t *resources;                                /**< TODO. */
  coap_resource_t *unknown_resource;                         /**< TODO. */
  coap_resource_t *proxy_uri_resource;                       /**< TODO. */
  coap_resource_release_userdata_handler_t release_userdata; /**< TODO. */
  coap_async_state_t *async_state;                           /**< TODO. */
  coap_tick_t sendqueue_basetime;                            /**< TODO. */
  coap_queue_t *sendqueue;                                   /**< TODO. */
  coap_endpoint_t *endpoint;                                 /**< TODO. */
  coap_session_t *sessions;                                  /**< TODO. */
  coap_response_handler_t response_handler;                  /**< TODO. */
  coap_nack_handler_t nack_handler;                          /**< TODO. */
  coap_ping_handler_t ping_handler;                          /**< TODO. */
  coap_pong_handler_t pong_handler;                          /**< TODO. */
  coap_event_handler_t handle_event;                         /**< TODO. */
  /** TODO. */
  ssize_t (*network_send)(coap_socket_t *sock, const coap_session_t *session, const uint8_t *data,
                          size_t datalen);
  /** TODO. */
  ssize_t (*network_read)(coap_socket_t *sock, coap_packet_t *packet);
  /** TODO. */
  size_t (*get_client_psk)(const coap_session_t *session, const uint8_t *hint, size_t hint_len,
                           uint8_t *identity, size_t *identity_len, size_t max_identity_len, uint8_t *psk,
                           size_t max_psk_len);
  /** TODO. */
  size_t (*get_server_psk)(const coap_session_t *session, const uint8_t *identity, size_t identity_len,
                           uint8_t *psk, size_t max_psk_len);
  /** TODO. */
  size_t (*get_server_hint)(const coap_session_t *session, uint8_t *hint, size_t max_hint_len);
  void *dtls_context;                                        /**< TODO. */
  coap_dtls_spsk_t spsk_setup_data;                          /**< TODO. */
  unsigned int session_timeout;                              /**< TODO. */
  unsigned int max_idle_sessions;                            /**< TODO. */
  unsigned int max_handshake_sessions;                       /**< TODO. */
  unsigned int ping_timeout;                                 /**< TODO. */
  unsigned int csm_timeout;                                  /**< TODO. */
  uint8_t observe_pending;                                   /**< TODO. */
  uint8_t block_mode;                                        /**< TODO. */
  uint64_t etag;                                             /**< TODO. */
  coap_cache_entry_t *cache;                                 /**< TODO. */
  uint16_t *cache_ignore_options;                            /**< TODO. */
  size_t cache_ignore_count;                                 /**< TODO. */
  void *app;                                                 /**< TODO. */
#if defined(COAP_EPOLL_SUPPORT)
  int epfd; /**< The epoll descriptor that coap_context_get_coap_fd gives. */
  int eptimerfd; /**< The timer descriptor inside epfd. */
  coap_tick_t next_timeout; /**< When the timer fires next, in ticks; 0 when it is off. */
#endif
};

/** Sets the function that is told about responses; NULL for none. */
COAP_STATIC_INLINE void
coap_register_response_handler(coap_context_t *context, coap_response_handler_t handler) {
  context->response_handler = handler;
}

/** Sets the function that is told about confirmable messages that failed; NULL for none. */
COAP_STATIC_INLINE void
coap_register_nack_handler(coap_context_t *context, coap_nack_handler_t handler) {
  context->nack_handler = handler;
}

/** Sets the function that is told about pings of peers; NULL for none. */
COAP_STATIC_INLINE void
coap_register_ping_handler(coap_context_t *context, coap_ping_handler_t handler) {
  context->ping_handler = handler;
}

/** Sets the function that is told about answers to pings; NULL for none. */
COAP_STATIC_INLINE void
coap_register_pong_handler(coap_context_t *context, coap_pong_handler_t handler) {
  context->pong_handler = handler;
}

/** Declares that the program understands an option, so that it is not refused when it is critical. */
COAP_STATIC_INLINE void
coap_register_option(coap_context_t *ctx, uint16_t type) {
  coap_option_filter_set(&ctx->known_options, type);
}

/* Sending */

coap_mid_t coap_send_message_type(coap_session_t *session, const coap_pdu_t *request, unsigned char type);

/** Answers a message with a reset. Returns the message id, or COAP_INVALID_MID. */
COAP_STATIC_INLINE coap_mid_t
coap_send_rst(coap_session_t *session, coap_pdu_t *request) {
  return coap_send_message_type(session, request, COAP_MESSAGE_RST);
}

/** Gives the next message id of a session, in host order. */
COAP_STATIC_INLINE uint16_t
coap_new_message_id(coap_session_t *session) {
  return ++session->tx_mid;
}

/* The I/O loop */

#define COAP_IO_WAIT 0 /**< TODO. */

/** TODO. */
#define COAP_IO_NO_WAIT ((uint32_t)-1)

/* Old names of the two: using them is an error that tells the new one. */
#define COAP_RUN_BLOCK COAP_RUN_BLOCK_deprecated_use_COAP_IO_WAIT
#define COAP_RUN_NONBLOCK COAP_RUN_NONBLOCK_deprecated_use_COAP_IO_NO_WAIT

int coap_io_process(coap_context_t *ctx, uint32_t timeout_ms);

unsigned int coap_io_prepare_io(coap_context_t *ctx, coap_socket_t *sockets[], unsigned int max_sockets,
                                unsigned int *num_sockets, coap_tick_t now);

void coap_io_do_io(coap_context_t *ctx, coap_tick_t now);

/** Use coap_io_process(). */
COAP_STATIC_INLINE COAP_DEPRECATED int
coap_run_once(coap_context_t *ctx, uint32_t timeout_ms) {
  return coap_io_process(ctx, timeout_ms);
}

/** Use coap_io_prepare_io(). */
COAP_STATIC_INLINE COAP_DEPRECATED unsigned int
coap_write(coap_context_t *ctx, coap_socket_t *sockets[], unsigned int max_sockets, unsigned int *num_sockets,
           coap_tick_t now) {
  return coap_io_prepare_io(ctx, sockets, max_sockets, num_sockets, now);
}

/** Use coap_io_do_io(). */
COAP_STATIC_INLINE COAP_DEPRECATED void
coap_read(coap_context_t *ctx, coap_tick_t now) {
  coap_io_do_io(ctx, now);
}

/* Multicast */

/** Joins a multicast group on the interface that the system chooses. */
#define coap_join_mcast_group(ctx, groupname) (coap_join_mcast_group_intf((ctx), (groupname), NULL))

/* The queue of messages that wait for their acknowledgement */

/** TODO. */
struct coap_queue_t {
  coap_queue_t *next;           /**< TODO. */
  coap_tick_t t;                /**< TODO. */
  unsigned char retransmit_cnt; /**< TODO. */
  unsigned int timeout;         /**< TODO. */
  coap_session_t *session;      /**< TODO. */
  coap_mid_t id;                /**< TODO. */
  coap_pdu_t *pdu;              /**< TODO. */
};

/** Deletes all messages of a queue. Only in the static library. */
void coap_delete_all(coap_queue_t *queue);

#ifdef __cplusplus
}
#endif

#endif /* COAP_NET_H_ */
