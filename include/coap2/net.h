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

/** What the application thinks of a response. */
typedef enum coap_response_t {
  COAP_RESPONSE_FAIL = 0, /**< It is refused, with a reset. */
  COAP_RESPONSE_OK = 1    /**< It is fine. */
} coap_response_t;

/**
 * Told about each response.
 *
 * @param context   The context.
 * @param session   The session that the response came on.
 * @param sent      The request it came back with, or NULL if that is not known any more (a separate response).
 * @param received  The response. It belongs to the library; so do the messages in the other handlers.
 * @param id        The message id of the response.
 *
 * @return COAP_RESPONSE_OK, or COAP_RESPONSE_FAIL to answer it with a reset.
 */
typedef coap_response_t (*coap_response_handler_t)(coap_context_t *context, coap_session_t *session,
                                                   coap_pdu_t *sent, coap_pdu_t *received, const coap_mid_t id);

/**
 * Told about each confirmable message that was not delivered.
 *
 * @param context  The context.
 * @param session  The session that the message was for.
 * @param sent     The message.
 * @param reason   Why: COAP_NACK_TOO_MANY_RETRIES and so on.
 * @param id       The message id.
 */
typedef void (*coap_nack_handler_t)(coap_context_t *context, coap_session_t *session, coap_pdu_t *sent,
                                    coap_nack_reason_t reason, coap_mid_t id);

/**
 * Told about each ping of a peer; the library answers it.
 *
 * @param context   The context.
 * @param session   The session that the ping came on.
 * @param received  The ping.
 * @param id        Its message id; 0 on streams.
 */
typedef void (*coap_ping_handler_t)(coap_context_t *context, coap_session_t *session, coap_pdu_t *received,
                                    coap_mid_t id);

/**
 * Told about each answer to a ping of ours.
 *
 * @param context   The context.
 * @param session   The session that the answer came on.
 * @param received  The answer.
 * @param id        Its message id; 0 on streams.
 */
typedef void (*coap_pong_handler_t)(coap_context_t *context, coap_session_t *session, coap_pdu_t *received,
                                    coap_mid_t id);

/* The context: one instance of the stack, with its resources, endpoints and sessions */

/** A context: one instance of the stack, with its resources, endpoints and sessions. */
struct coap_context_t {
  coap_opt_filter_t known_options;                           /**< Options the application understands. */
  coap_resource_t *resources;                                /**< The resources. */
  coap_resource_t *unknown_resource;                         /**< Serves paths that no other has, or NULL. */
  coap_resource_t *proxy_uri_resource;                       /**< Serves requests to a proxy, or NULL. */
  coap_resource_release_userdata_handler_t release_userdata; /**< Releases the user data of resources, or NULL. */
  coap_async_state_t *async_state;                           /**< The newest async state; others follow by next. */
  coap_tick_t sendqueue_basetime;                            /**< What t of the first in sendqueue counts from. */
  coap_queue_t *sendqueue;                                   /**< Messages not yet acknowledged, by due time. */
  coap_endpoint_t *endpoint;                                 /**< The endpoints. */
  coap_session_t *sessions;                                  /**< The sessions with servers: see SESSIONS_ITER. */
  coap_response_handler_t response_handler;                  /**< Told about responses, or NULL. */
  coap_nack_handler_t nack_handler;                          /**< Told about undelivered messages, or NULL. */
  coap_ping_handler_t ping_handler;                          /**< Told about pings of peers, or NULL. */
  coap_pong_handler_t pong_handler;                          /**< Told about answers to pings, or NULL. */
  coap_event_handler_t handle_event;                         /**< Told about events, or NULL. */
  /** Sends a datagram. The application may put its own function here. */
  ssize_t (*network_send)(coap_socket_t *sock, const coap_session_t *session, const uint8_t *data,
                          size_t datalen);
  /** Receives a datagram. The application may put its own function here. */
  ssize_t (*network_read)(coap_socket_t *sock, coap_packet_t *packet);
  /** Gives identity and key of a client. The application may put its own function here. */
  size_t (*get_client_psk)(const coap_session_t *session, const uint8_t *hint, size_t hint_len,
                           uint8_t *identity, size_t *identity_len, size_t max_identity_len, uint8_t *psk,
                           size_t max_psk_len);
  /** Gives the key for a client's identity. The application may put its own function here. */
  size_t (*get_server_psk)(const coap_session_t *session, const uint8_t *identity, size_t identity_len,
                           uint8_t *psk, size_t max_psk_len);
  /** Gives the hint of a server. The application may put its own function here. */
  size_t (*get_server_hint)(const coap_session_t *session, uint8_t *hint, size_t max_hint_len);
  void *dtls_context;                                        /**< The context of the (D)TLS library, or NULL. */
  coap_dtls_spsk_t spsk_setup_data;                          /**< How a server uses pre-shared keys. */
  unsigned int session_timeout;                              /**< Seconds a server session may idle; 0 means 300. */
  unsigned int max_idle_sessions;                            /**< Idle server sessions per endpoint; 0 means 65536. */
  unsigned int max_handshake_sessions;                       /**< Handshakes under way per endpoint; 0 means 100. */
  unsigned int ping_timeout;                                 /**< Seconds of silence before a ping; 0: never. */
  unsigned int csm_timeout;                                  /**< Seconds to wait for the peer's CSM; 0: for ever. */
  uint8_t observe_pending;                                   /**< 1 while observers wait for notifications. */
  uint8_t block_mode;                                        /**< COAP_BLOCK_... bits for new sessions. */
  uint64_t etag;                                             /**< The ETag that the library made last. */
  coap_cache_entry_t *cache;                                 /**< The cache entries. */
  uint16_t *cache_ignore_options;                            /**< The options that take no part in cache keys. */
  size_t cache_ignore_count;                                 /**< How many these are. */
  void *app;                                                 /**< The application's own data. */
#if defined(COAP_EPOLL_SUPPORT)
  int epfd;                 /**< The epoll descriptor that coap_context_get_coap_fd gives. */
  int eptimerfd;            /**< The timer descriptor inside epfd. */
  coap_tick_t next_timeout; /**< When the timer fires next, in ticks; 0 when it is off. */
#endif
};

/**
 * Makes a context: the state of one CoAP stack, to which endpoints, sessions and resources belong.
 *
 * @param listen_addr  Where to listen for datagrams, or NULL for a context without an endpoint.
 *
 * @return The context, to be released with coap_free_context(), or NULL if there is no memory or no descriptor left, or
 *         if the address cannot be bound (a log line says why).
 */
coap_context_t *coap_new_context(const coap_address_t *listen_addr);

/**
 * Frees a context and all that belongs to it: resources, queued messages, cache entries, endpoints, sessions.
 *
 * Release callbacks run, nack handlers of queued messages do not. Client sessions lose the reference that their
 * creation gave; one that the application refers to besides stays as an empty shell until its last release.
 *
 * @param context  The context, or NULL.
 */
void coap_free_context(coap_context_t *context);

/**
 * Stores a pointer of the application with a context.
 *
 * @param context  The context.
 * @param data     The pointer; the library does not look at it.
 */
void coap_set_app_data(coap_context_t *context, void *data);

/**
 * Gives the pointer that coap_set_app_data() stored.
 *
 * @param context  The context.
 *
 * @return The pointer, or NULL if there is none or context is NULL.
 */
void *coap_get_app_data(const coap_context_t *context);

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

/** Declares that the application understands an option, so that it is not refused when it is critical. */
COAP_STATIC_INLINE void
coap_register_option(coap_context_t *ctx, uint16_t type) {
  coap_option_filter_set(&ctx->known_options, type);
}

/**
 * Tells whether every critical option of a message is known.
 *
 * @param ctx      The context; its known_options count besides those that the library knows.
 * @param pdu      The message.
 * @param unknown  Not used: the structure is passed by value.
 *
 * @return 1 if all are known, else 0. RFC 7252, section 5.4.1.
 */
int coap_option_check_critical(coap_context_t *ctx, coap_pdu_t *pdu, coap_opt_filter_t unknown);

/**
 * Tells the event handler of the application that something happened.
 *
 * @param context  The context.
 * @param event    What happened, COAP_EVENT_*.
 * @param session  The session that it happened to.
 *
 * @return What the handler returns, or 0 without one.
 */
int coap_handle_event(coap_context_t *context, coap_event_t event, coap_session_t *session);

/**
 * Sets how long a client session may be quiet until its server is pinged. A server that does not answer until the same
 * time has passed again is taken for lost: see coap_session_disconnected().
 *
 * @param context  The context.
 * @param seconds  The time in seconds; 0: no pings, as at first.
 */
void coap_context_set_keepalive(coap_context_t *context, unsigned int seconds);

/**
 * Sets the pre-shared keys of servers: the short form of coap_context_set_psk2().
 *
 * The texts and bytes stay the application's, and must outlive the sessions.
 *
 * @param context  The context.
 * @param hint     What clients are told to find the right key by, a C string; NULL for nothing.
 * @param key      The key that servers share with their clients; NULL for none.
 * @param key_len  Its length in bytes; 0 for none.
 *
 * @return 1, or 0 on failure: always 0 in a library without DTLS and TLS.
 */
int coap_context_set_psk(coap_context_t *context, const char *hint, const uint8_t *key, size_t key_len);

/**
 * Sets the pre-shared keys of servers. It replaces what was set before; sessions that are there already keep theirs.
 *
 * A client that offers cipher suites with pre-shared keys is served by these, any other by the certificates of
 * coap_context_set_pki(), where both have been set.
 *
 * @param context     The context.
 * @param setup_data  How servers use pre-shared keys. The structure is copied; what it points to stays the
 *                    application's, and must outlive the sessions.
 *
 * @return 1, or 0 on failure: always 0 in a library without DTLS and TLS.
 */
int coap_context_set_psk2(coap_context_t *context, coap_dtls_spsk_t *setup_data);

/**
 * Sets the certificates of servers. It replaces what was set before; sessions that are there already keep theirs.
 *
 * Files are read when a client comes, each time anew, and not by this call: it succeeds where they are missing. A
 * client is then told that the handshake has failed, and the log says why.
 *
 * @param context     The context.
 * @param setup_data  How servers use certificates; its version must be COAP_DTLS_PKI_SETUP_VERSION. The structure is
 *                    copied; what it points to stays the application's, and must outlive the sessions.
 *
 * @return 1, or 0 on failure: always 0 in a library without DTLS and TLS.
 */
int coap_context_set_pki(coap_context_t *context, const coap_dtls_pki_t *setup_data);

/**
 * Trusts certificate authorities, in addition to those that are trusted already.
 *
 * @param context  The context.
 * @param ca_file  The name of a file with their certificates (PEM), or NULL.
 * @param ca_dir   The name of a directory with their certificates, each file named by its hash, or NULL.
 *
 * @return 1, or 0 on failure: with neither of them, or if one cannot be used; always 0 in a library without DTLS and
 *         TLS.
 */
int coap_context_set_pki_root_cas(coap_context_t *context, const char *ca_file, const char *ca_dir);

/* Sending */

/**
 * Sends a message.
 *
 * @param session  The session to send on.
 * @param pdu      The message; it belongs to the library from now on, whatever the result.
 *
 * @return The message id; COAP_INVALID_MID if the message could not be sent; COAP_DROPPED_RESPONSE for a 5.08 that has
 *         gone in a circle. A confirmable message is retransmitted until it is acknowledged or the nack handler is
 *         told.
 */
coap_mid_t coap_send(coap_session_t *session, coap_pdu_t *pdu);

/**
 * Sends a request whose body, or whose response, may be larger than one message. With COAP_BLOCK_USE_LIBCOAP
 * (coap_context_set_block_mode()) the library does the block-wise transfers: it sends the fragments of a body that was
 * added by coap_add_data_large_request(), asks for the blocks of the response, and follows an observation with large
 * notifications. The response handler and the nack handler see the token that the request was made with, whatever
 * tokens go over the network.
 *
 * Anything else is sent as by coap_send().
 *
 * @param session  The session to send on.
 * @param pdu      The message; it belongs to the library from now on, whatever the result.
 *
 * @return The message id, or COAP_INVALID_MID if the message could not be sent; then a large body has been released.
 *
 * See RFC 7959.
 */
coap_mid_t coap_send_large(coap_session_t *session, coap_pdu_t *pdu);

/**
 * Sends an empty acknowledgement of a confirmable message.
 *
 * @param session  The session to send on.
 * @param request  The message.
 *
 * @return The message id, or COAP_INVALID_MID if the message is not confirmable, came over a stream, or if sending
 *         fails.
 */
coap_mid_t coap_send_ack(coap_session_t *session, coap_pdu_t *request);

/**
 * Sends an empty message with the message id of another one.
 *
 * @param session  The session to send on.
 * @param request  The message whose id is taken.
 * @param type     The type: COAP_MESSAGE_ACK or COAP_MESSAGE_RST.
 *
 * @return The message id, or COAP_INVALID_MID on failure.
 */
coap_mid_t coap_send_message_type(coap_session_t *session, coap_pdu_t *request, unsigned char type);

/**
 * Sends an error response.
 *
 * @param session  The session to send on.
 * @param request  The request that is answered.
 * @param code     The response code.
 * @param opts     The options of the request to copy, or NULL for none.
 *
 * @return The message id, or COAP_INVALID_MID on failure. See coap_new_error_response().
 */
coap_mid_t coap_send_error(coap_session_t *session, coap_pdu_t *request, unsigned char code,
                           coap_opt_filter_t *opts);

/**
 * Makes an error response: type, message id and token as the answer to a request has them, and the phrase of the code
 * as payload.
 *
 * @param request  The request.
 * @param code     The response code, for instance COAP_RESPONSE_CODE(404).
 * @param opts     The options of the request to copy, or NULL for none. Content-Format and Hop-Limit are removed from
 *                 it.
 *
 * @return The message, which is the caller's, or NULL without memory.
 */
coap_pdu_t *coap_new_error_response(coap_pdu_t *request, unsigned char code, coap_opt_filter_t *opts);

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

/**
 * Waits for something to happen on a context and handles it.
 *
 * @param ctx         The context.
 * @param timeout_ms  How long to wait at most, in milliseconds; COAP_IO_WAIT: as long as it takes; COAP_IO_NO_WAIT: not
 *                    at all.
 *
 * @return The milliseconds that it took, or -1 for NULL.
 */
int coap_io_process(coap_context_t *ctx, uint32_t timeout_ms);

/**
 * The same as coap_io_process(): the sets stay as they are, and the descriptors in them are not watched. To watch
 * descriptors of your own, put coap_context_get_coap_fd() beside them into a loop of your own.
 *
 * @param ctx         The context.
 * @param timeout_ms  How long to wait at most, as for coap_io_process().
 * @param nfds        Not used.
 * @param readfds     Not used.
 * @param writefds    Not used.
 * @param exceptfds   Not used.
 *
 * @return The milliseconds that it took, or -1 for NULL.
 */
int coap_io_process_with_fds(coap_context_t *ctx, uint32_t timeout_ms, int nfds, fd_set *readfds,
                             fd_set *writefds, fd_set *exceptfds);

/**
 * Gives the descriptor to wait on in an event loop of the application's own: it is readable when coap_io_process()
 * with COAP_IO_NO_WAIT has something to do, timers included.
 *
 * @param context  The context.
 *
 * @return The descriptor, which belongs to the context; -1 for NULL.
 */
int coap_context_get_coap_fd(coap_context_t *context);

/**
 * Does what is due, and sets the timer in the descriptor of the context to what is due next.
 *
 * @param ctx  The context.
 * @param now  The time, in ticks.
 *
 * @return The milliseconds until something is due next; 0 if nothing is.
 */
unsigned int coap_io_prepare_epoll(coap_context_t *ctx, coap_tick_t now);

/**
 * Handles events that epoll_wait() reported on the descriptor of the context.
 *
 * @param ctx      The context.
 * @param events   The events.
 * @param nevents  How many there are.
 */
void coap_io_do_epoll(coap_context_t *ctx, struct epoll_event *events, size_t nevents);

/**
 * Does what is due: ends idle sessions and entries, retransmits.
 *
 * @param ctx          The context.
 * @param sockets      Not used with epoll.
 * @param max_sockets  Not used with epoll.
 * @param num_sockets  Set to 0 with epoll.
 * @param now          The time, in ticks.
 *
 * @return The milliseconds until something is due next; 0 if nothing is.
 */
unsigned int coap_io_prepare_io(coap_context_t *ctx, coap_socket_t **sockets, unsigned int max_sockets,
                                unsigned int *num_sockets, coap_tick_t now);

/**
 * Does nothing but log: the sockets are served by epoll, in coap_io_process() or coap_io_do_epoll().
 *
 * @param ctx  The context.
 * @param now  The time, in ticks.
 */
void coap_io_do_io(coap_context_t *ctx, coap_tick_t now);

/**
 * Tells whether a context has nothing more to send, so that it may be freed without losing a message.
 *
 * @param context  The context.
 *
 * @return 1 if nothing waits to be sent or acknowledged, or for NULL; else 0.
 */
int coap_can_exit(coap_context_t *context);

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

/**
 * Joins a multicast group with every UDP endpoint of a context.
 *
 * @param ctx        The context.
 * @param groupname  Name or address of the group.
 * @param ifname     Name of the interface, or NULL for the one that the kernel chooses.
 *
 * @return 0, or an error (-1, or the EAI_* code of a group that cannot be resolved).
 */
int coap_join_mcast_group_intf(coap_context_t *ctx, const char *groupname, const char *ifname);

/** Joins a multicast group on the interface that the system chooses. Returns 0, or less than 0 on failure. */
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

/**
 * Makes a node for a send queue.
 *
 * @return A zero-filled node, or NULL without memory.
 */
coap_queue_t *coap_new_node(void);

/**
 * Puts a node into a queue where its time wants it, behind those that are due at the same time.
 *
 * @param queue  The head of the queue.
 * @param node   The node; on entry its t is relative to the base time, afterwards to the node before.
 *
 * @return 1, or 0 if an argument is NULL.
 */
int coap_insert_node(coap_queue_t **queue, coap_queue_t *node);

/**
 * Takes the first node with this session and message id out of a queue. No other due time moves.
 *
 * @param queue    The head of the queue.
 * @param session  The session looked for.
 * @param id       The message id looked for.
 * @param node     Set to the node, which is the caller's from then on.
 *
 * @return 1 if there was one, else 0.
 */
int coap_remove_from_queue(coap_queue_t **queue, coap_session_t *session, coap_mid_t id, coap_queue_t **node);

/**
 * Deletes a node and its message, and releases its session reference. It leaves the send queue first if it is in
 * there.
 *
 * @param node  The node.
 *
 * @return 1, or 0 for NULL.
 */
int coap_delete_node(coap_queue_t *node);

/**
 * Deletes every node of a queue. Only in the static library.
 *
 * @param queue  The first node, or NULL.
 */
void coap_delete_all(coap_queue_t *queue);

/**
 * Looks at the first node of a context's send queue.
 *
 * @param context  The context.
 *
 * @return The node, which stays in the queue, or NULL if there is none.
 */
coap_queue_t *coap_peek_next(coap_context_t *context);

/**
 * Takes the first node out of a context's send queue.
 *
 * @param context  The context.
 *
 * @return The node, which is the caller's from then on, or NULL if there is none.
 */
coap_queue_t *coap_pop_next(coap_context_t *context);

/**
 * Moves the time that the due times of a context's send queue count from.
 *
 * @param ctx  The context.
 * @param now  The new base time, in ticks.
 *
 * @return The number of nodes that are overdue.
 */
unsigned int coap_adjust_basetime(coap_context_t *ctx, coap_tick_t now);

/**
 * Cancels all queued messages of a session; the nack handler is told of the confirmable ones.
 *
 * @param context  The context.
 * @param session  The session.
 * @param reason   Why, for the nack handler.
 */
void coap_cancel_session_messages(coap_context_t *context, coap_session_t *session, coap_nack_reason_t reason);

/**
 * Cancels all queued messages of a session that carry a certain token, without telling the nack handler. If they
 * belong to a request that coap_send_large() does block-wise transfer for, that ends, and its body is released; an
 * observation goes on.
 *
 * @param context       The context.
 * @param session       The session.
 * @param token         The token.
 * @param token_length  Its length in bytes.
 */
void coap_cancel_all_messages(coap_context_t *context, coap_session_t *session, const uint8_t *token,
                              size_t token_length);

/**
 * Calculates the first time-out of a confirmable message from the parameters of a session.
 *
 * @param session  The session.
 * @param r        A random number, 0 to 255.
 *
 * @return The time-out in ticks; 0 for NULL. RFC 7252, section 4.2.
 */
unsigned int coap_calc_timeout(coap_session_t *session, unsigned char r);

/**
 * Files a node in the send queue, due after its time-out, which doubles with each retransmission.
 *
 * @param context  The context.
 * @param session  The session that the message was sent on; the node takes a reference of its own to it.
 * @param node     The node; it belongs to the queue from now on.
 *
 * @return The message id of the node; or COAP_INVALID_MID if an argument is NULL or the session has ended, and the node
 *         is still the caller's.
 */
coap_mid_t coap_wait_ack(coap_context_t *context, coap_session_t *session, coap_queue_t *node);

/**
 * Sends the message of a node again, or gives it up after max_retransmit times and tells the nack handler.
 *
 * @param context  The context.
 * @param node     A node that coap_pop_next() gave; it belongs to the library from now on.
 *
 * @return The message id, or COAP_INVALID_MID if the message was given up or could not be sent.
 */
coap_mid_t coap_retransmit(coap_context_t *context, coap_queue_t *node);

/**
 * Takes in one datagram, as if it had arrived on the session.
 *
 * @param ctx       The context.
 * @param session   A datagram session.
 * @param data      The datagram.
 * @param data_len  Its length in bytes.
 *
 * @return 0, or -1 if the datagram is no message (a malformed one is answered by a RST).
 */
int coap_handle_dgram(coap_context_t *ctx, coap_session_t *session, uint8_t *data, size_t data_len);

/**
 * Acts on one message: finds its handler, answers it, matches it with what was sent.
 *
 * @param context  The context.
 * @param session  The session that it came on.
 * @param pdu      The message. It stays the caller's, but may be changed.
 */
void coap_dispatch(coap_context_t *context, coap_session_t *session, coap_pdu_t *pdu);

/**
 * Makes the response to a request for .well-known/core, filtered by its first Uri-Query option (RFC 6690).
 *
 * @param context  The context.
 * @param session  The session of the request.
 * @param request  The request.
 *
 * @return The message, which is the caller's, or NULL without memory.
 */
coap_pdu_t *coap_wellknown_response(coap_context_t *context, coap_session_t *session, coap_pdu_t *request);

#ifdef __cplusplus
}
#endif

#endif /* COAP_NET_H_ */
