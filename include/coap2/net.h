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

/** What a program thinks of a response. */
typedef enum coap_response_t {
  COAP_RESPONSE_FAIL = 0, /**< It is refused, with a reset. */
  COAP_RESPONSE_OK = 1    /**< It is fine. */
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

/** A context: one instance of the stack, with its resources, endpoints and sessions. */
struct coap_context_t {
  /** The options that the program understands; see coap_register_option(). */
  coap_opt_filter_t known_options;
  coap_resource_t *resources;                                /**< The resources. */
  coap_resource_t *unknown_resource;                         /**< The resource for paths that no other has, or NULL. */
  coap_resource_t *proxy_uri_resource;                       /**< The resource for requests to a proxy, or NULL. */
  coap_resource_release_userdata_handler_t release_userdata; /**< Releases the user data of resources, or NULL. */
  /** The latest state of a separate response; the others follow by next. */
  coap_async_state_t *async_state;
  /** The time that t of the first message in sendqueue counts from, in ticks. */
  coap_tick_t sendqueue_basetime;
  /** Messages that wait for their acknowledgement, the one due first in front. */
  coap_queue_t *sendqueue;
  coap_endpoint_t *endpoint;                                 /**< The endpoints. */
  coap_session_t *sessions;                                  /**< The sessions with servers: see SESSIONS_ITER. */
  coap_response_handler_t response_handler;                  /**< Told about responses, or NULL. */
  /** Told about confirmable messages that failed, or NULL. */
  coap_nack_handler_t nack_handler;
  coap_ping_handler_t ping_handler;                          /**< Told about pings of peers, or NULL. */
  coap_pong_handler_t pong_handler;                          /**< Told about answers to pings, or NULL. */
  coap_event_handler_t handle_event;                         /**< Told about events, or NULL. */
  /** Sends a datagram. A program may put its own function here. */
  ssize_t (*network_send)(coap_socket_t *sock, const coap_session_t *session, const uint8_t *data,
                          size_t datalen);
  /** Receives a datagram. A program may put its own function here. */
  ssize_t (*network_read)(coap_socket_t *sock, coap_packet_t *packet);
  /** Gives identity and key of a client. A program may put its own function here. */
  size_t (*get_client_psk)(const coap_session_t *session, const uint8_t *hint, size_t hint_len,
                           uint8_t *identity, size_t *identity_len, size_t max_identity_len, uint8_t *psk,
                           size_t max_psk_len);
  /** Gives the key for a client's identity. A program may put its own function here. */
  size_t (*get_server_psk)(const coap_session_t *session, const uint8_t *identity, size_t identity_len,
                           uint8_t *psk, size_t max_psk_len);
  /** Gives the hint of a server. A program may put its own function here. */
  size_t (*get_server_hint)(const coap_session_t *session, uint8_t *hint, size_t max_hint_len);
  void *dtls_context;                                        /**< The context of the (D)TLS library, or NULL. */
  coap_dtls_spsk_t spsk_setup_data;                          /**< How a server uses pre-shared keys. */
  /** Seconds after which an idle session with a client ends; 0 means 300. */
  unsigned int session_timeout;
  /** How many idle sessions with clients an endpoint keeps; 0: no limit of the program's. */
  unsigned int max_idle_sessions;
  /** How many handshakes may be under way at an endpoint; 0 means 100. */
  unsigned int max_handshake_sessions;
  /** Seconds of silence after which a client sends a ping; 0: never. */
  unsigned int ping_timeout;
  /** Seconds to wait for the peer's first CSM; 0: without end. */
  unsigned int csm_timeout;
  uint8_t observe_pending;                                   /**< 1 while observers wait for notifications. */
  uint8_t block_mode;                                        /**< COAP_BLOCK_... bits for new sessions. */
  uint64_t etag;                                             /**< The ETag that the library made last. */
  coap_cache_entry_t *cache;                                 /**< The cache entries. */
  /** The options that take no part in cache keys; see coap_cache_ignore_options(). */
  uint16_t *cache_ignore_options;
  size_t cache_ignore_count;                                 /**< How many these are. */
  void *app;                                                 /**< The program's own data. */
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

coap_mid_t coap_send_message_type(coap_session_t *session, coap_pdu_t *request, unsigned char type);

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

#define COAP_IO_WAIT 0 /**< coap_io_process() waits until something happens. */

/** coap_io_process() does not wait. */
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

/** A message in a queue. */
struct coap_queue_t {
  coap_queue_t *next;           /**< The next message. */
  coap_tick_t t;                /**< When it is due, in ticks from the one before it. */
  unsigned char retransmit_cnt; /**< How often it has been sent again. */
  unsigned int timeout;         /**< The first waiting time, in ticks. */
  coap_session_t *session;      /**< The session; the message holds a reference to it. */
  coap_mid_t id;                /**< The message id. */
  coap_pdu_t *pdu;              /**< The message. */
};

/** Deletes all messages of a queue. Only in the static library. */
void coap_delete_all(coap_queue_t *queue);

#ifdef __cplusplus
}
#endif

#endif /* COAP_NET_H_ */
