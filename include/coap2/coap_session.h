/* <coap2/coap_session.h>: sessions (the relation with one peer) and endpoints (where a server listens)
 *
 * Part of libcoap-2, BSD-2-Clause: see the file LICENSE.
 */
#ifndef COAP_SESSION_H_
#define COAP_SESSION_H_

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "libcoap.h"
#include "coap_forward_decls.h"
#include "coap_dtls.h"
#include "coap_io.h"
#include "coap_time.h"
#include "pdu.h"
#include "uthash.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Kinds and states of a session */

/** Kind of session, COAP_SESSION_TYPE_*. */
typedef uint8_t coap_session_type_t;

#define COAP_SESSION_TYPE_CLIENT 1 /**< Made by this side, with a server. */
#define COAP_SESSION_TYPE_SERVER 2 /**< Made by an endpoint, with a client. */
#define COAP_SESSION_TYPE_HELLO  3 /**< Of an endpoint, while a client's first handshake message is looked at. */

/** State of a session, COAP_SESSION_STATE_*. */
typedef uint8_t coap_session_state_t;

#define COAP_SESSION_STATE_NONE        0 /**< Not connected. */
#define COAP_SESSION_STATE_CONNECTING  1 /**< The TCP connection is being made. */
#define COAP_SESSION_STATE_HANDSHAKE   2 /**< The (D)TLS handshake is under way. */
#define COAP_SESSION_STATE_CSM         3 /**< Waits for the peer's first CSM (RFC 8323). */
#define COAP_SESSION_STATE_ESTABLISHED 4 /**< Ready for messages. */

/** Whether a protocol delivers without loss: 1 for TCP and TLS. */
#define COAP_PROTO_RELIABLE(p) ((p) == COAP_PROTO_TCP || (p) == COAP_PROTO_TLS)

/** Whether CoAP itself must care for lost messages: 1 for UDP and DTLS. */
#define COAP_PROTO_NOT_RELIABLE(p) ((p) == COAP_PROTO_UDP || (p) == COAP_PROTO_DTLS)

/** Seconds until an idle session with a client ends, if the context says 0. */
#define COAP_DEFAULT_SESSION_TIMEOUT        300
#define COAP_DEFAULT_MAX_HANDSHAKE_SESSIONS 100 /**< How many handshakes may be under way, if the context says 0. */

/** Ticks after which a handshake that has stopped is given up. */
#define COAP_PARTIAL_SESSION_TIMEOUT_TICKS (30 * COAP_TICKS_PER_SECOND)

/** A number with three decimals, such as 1.500. */
typedef struct coap_fixed_point_t {
  uint16_t integer_part;    /**< Before the point. */
  uint16_t fractional_part; /**< After the point, in thousandths. */
} coap_fixed_point_t;

/** A session: the relation with one peer. */
struct coap_session_t {
  coap_proto_t proto;                   /**< The protocol, COAP_PROTO_... */
  coap_session_type_t type;             /**< Who made it, COAP_SESSION_TYPE_... */
  coap_session_state_t state;           /**< How far it is, COAP_SESSION_STATE_... */
  unsigned int ref;                     /**< How many references hold it. */
  size_t tls_overhead;                  /**< Bytes that (D)TLS adds to each message. */
  size_t mtu;                           /**< The longest packet in this session, in bytes. */
  coap_addr_hash_t addr_hash;           /**< The key of a session with a client, else all zero. */
  UT_hash_handle hh;                    /**< Links the sessions of a context or an endpoint: see SESSIONS_ITER. */
  coap_addr_tuple_t addr_info;          /**< The addresses of both ends. */
  int ifindex;                          /**< The number of the interface of the latest packet. */
  coap_socket_t sock;                   /**< The session's own socket, if it has one. */
  coap_endpoint_t *endpoint;            /**< The endpoint of a session with a client, else NULL. */
  coap_context_t *context;              /**< The context. */
  void *tls;                            /**< The session of the (D)TLS library, or NULL. */
  uint16_t tx_mid;                      /**< The message id used last. */
  uint8_t con_active;                   /**< How many confirmable messages are under way. */
  uint8_t csm_block_supported;          /**< 1 if the peer's CSM says that it can do block-wise transfer. */
  coap_mid_t last_ping_mid;             /**< The message id of the latest ping. */
  coap_queue_t *delayqueue;             /**< Messages that wait for their turn. */
  coap_lg_xmit_t *lg_xmit;              /**< Large bodies being sent. */
  coap_lg_crcv_t *lg_crcv;              /**< Large response bodies being received. */
  coap_lg_srcv_t *lg_srcv;              /**< Large request bodies being received. */
  size_t partial_write;                 /**< Bytes already written of the first message in delayqueue. */
  uint8_t read_header[8];               /**< The start of a message being received from a stream. */
  size_t partial_read;                  /**< Bytes already read of it. */
  coap_pdu_t *partial_pdu;              /**< The message being received from a stream, or NULL. */
  coap_tick_t last_rx_tx;               /**< When something was last sent or received, in ticks. */
  coap_tick_t last_tx_rst;              /**< When a reset was last sent, in ticks. */
  coap_tick_t last_ping;                /**< When a ping was last sent, in ticks. */
  coap_tick_t last_pong;                /**< When the peer last answered a ping, in ticks. */
  coap_tick_t csm_tx;                   /**< When our CSM was sent, in ticks. */
  coap_dtls_cpsk_t cpsk_setup_data;     /**< How a client uses pre-shared keys. */
  coap_bin_const_t *psk_identity;       /**< The identity in use, or NULL. */
  coap_bin_const_t *psk_key;            /**< The key in use, or NULL. */
  coap_bin_const_t *psk_hint;           /**< The hint in use, or NULL. */
  void *app;                            /**< The application's own data. */
  unsigned int max_retransmit;          /**< MAX_RETRANSMIT of this session. */
  coap_fixed_point_t ack_timeout;       /**< ACK_TIMEOUT of this session, in seconds. */
  coap_fixed_point_t ack_random_factor; /**< ACK_RANDOM_FACTOR of this session. */
  unsigned int dtls_timeout_count;      /**< How often a handshake message was sent again. */
  int dtls_event;                       /**< The latest (D)TLS event, or -1. */
  uint8_t block_mode;                   /**< COAP_BLOCK_... bits. */
  uint64_t tx_token;                    /**< The token used last, as a number. */
};

/* Lifetime */

/**
 * Takes a reference to a session: it does not end before the reference is given back with coap_session_release().
 *
 * @param session  The session.
 *
 * @return The same session.
 */
coap_session_t *coap_session_reference(coap_session_t *session);

/**
 * Gives back a reference to a session.
 *
 * A client session ends with its last reference. A server session then is idle, and ends some time later (the
 * context's session_timeout).
 *
 * @param session  The session, or NULL.
 */
void coap_session_release(coap_session_t *session);

/**
 * Tells the library that a session can send: what waits is sent, as far as the peer lets it. Applications seldom need
 * this. Over TCP it takes the place of the peer's CSM, and does nothing before the connection stands.
 *
 * @param session  The session.
 */
void coap_session_connected(coap_session_t *session);

/**
 * Ends the connection of a session: the nack handler is told of the confirmable messages that wait, then the event
 * handler of the end of the connection.
 *
 * Over TCP the connection is closed. A client session makes a new one when the next message is sent; a server session
 * ends once nobody refers to it. Over UDP the session can go on being used.
 *
 * @param session  The session.
 * @param reason   Why, for the nack handler.
 */
void coap_session_disconnected(coap_session_t *session, coap_nack_reason_t reason);

/**
 * Ends a session that nobody refers to. Applications use coap_session_release().
 *
 * @param session  The session. Nothing happens if it is NULL or there are references to it.
 */
void coap_session_free(coap_session_t *session);

/**
 * Ends all that belongs to a session that nobody refers to, but not the session itself: it stays in its list as an
 * empty shell, until coap_session_free(). Only in the static library.
 *
 * @param session  The session. Nothing happens if it is NULL or there are references to it.
 */
void coap_session_mfree(coap_session_t *session);

/* Sessions with a server */

/**
 * Makes a client session: the way to a server. A session over anything but UDP comes to its connection in the
 * background: events tell how that goes, and messages wait for it.
 *
 * Over DTLS and TLS it uses the credentials that the context was given last, by any call; without any it takes every
 * server for the right one. A session with credentials of its own is made by coap_new_client_session_psk2() or
 * coap_new_client_session_pki().
 *
 * @param ctx       The context.
 * @param local_if  The address to send from, or NULL for one that the kernel chooses.
 * @param server    The address of the server; port 0 is 5683, over DTLS and TLS 5684.
 * @param proto     The protocol: COAP_PROTO_UDP, COAP_PROTO_DTLS, COAP_PROTO_TCP or COAP_PROTO_TLS.
 *
 * @return The session, with one reference that is the caller's, or NULL if the protocol is not supported, memory is
 *         short, the socket cannot be made or the handshake cannot begin (a log line says why).
 */
coap_session_t *coap_new_client_session(coap_context_t *ctx, const coap_address_t *local_if,
                                        const coap_address_t *server, coap_proto_t proto);

/**
 * Makes a client session with a pre-shared key: the short form of coap_new_client_session_psk2().
 *
 * The texts and bytes stay the application's, and must outlive the session.
 *
 * @param ctx       The context.
 * @param local_if  The address to send from, or NULL for one that the kernel chooses.
 * @param server    The address of the server; port 0 is the default port.
 * @param proto     The protocol.
 * @param identity  The name that the client gives itself, a C string; NULL for none.
 * @param key       The key that it shares with the server; NULL for none.
 * @param key_len   Its length in bytes; 0 for none.
 *
 * @return The session, with one reference that is the caller's, or NULL. A library without DTLS and TLS makes sessions
 *         of other protocols, whatever the credentials.
 */
coap_session_t *coap_new_client_session_psk(coap_context_t *ctx, const coap_address_t *local_if,
                                            const coap_address_t *server, coap_proto_t proto,
                                            const char *identity, const uint8_t *key, unsigned int key_len);

/**
 * Makes a client session with a pre-shared key. Over DTLS and TLS it takes no server that does not know the key,
 * whatever certificate that may have.
 *
 * @param ctx         The context.
 * @param local_if    The address to send from, or NULL for one that the kernel chooses.
 * @param server      The address of the server; port 0 is the default port.
 * @param proto       The protocol. The credentials must be there whatever it is, in a library with DTLS and TLS.
 * @param setup_data  How the client uses pre-shared keys. The structure, the identity and the key are copied; what it
 *                    points to besides stays the application's, and must outlive the session.
 *
 * @return The session, with one reference that is the caller's, or NULL. A library without DTLS and TLS makes sessions
 *         of other protocols, whatever the credentials.
 */
coap_session_t *coap_new_client_session_psk2(coap_context_t *ctx, const coap_address_t *local_if,
                                             const coap_address_t *server, coap_proto_t proto,
                                             coap_dtls_cpsk_t *setup_data);

/**
 * Makes a client session with certificates.
 *
 * The server's certificate is judged as setup_data says, but its name is compared with nothing: validate_cn_call_back
 * can do that.
 *
 * @param ctx         The context.
 * @param local_if    The address to send from, or NULL for one that the kernel chooses.
 * @param server      The address of the server; port 0 is the default port.
 * @param proto       The protocol.
 * @param setup_data  How the client uses certificates; its version must be COAP_DTLS_PKI_SETUP_VERSION. What it points
 *                    to stays the application's, and must outlive the session.
 *
 * @return The session, with one reference that is the caller's, or NULL. A library without DTLS and TLS makes sessions
 *         of other protocols, and does not look at setup_data.
 */
coap_session_t *coap_new_client_session_pki(coap_context_t *ctx, const coap_address_t *local_if,
                                            const coap_address_t *server, coap_proto_t proto,
                                            coap_dtls_pki_t *setup_data);

/* Sessions with clients */

/**
 * Accepts a connection that waits at an endpoint for TCP or TLS, and makes its session. The library does this by
 * itself.
 *
 * @param ctx  The context.
 * @param ep   The endpoint.
 *
 * @return The session, or NULL if no connection waits, memory or descriptors are short, or it has ended at once (the
 *         event handler has been told).
 */
coap_session_t *coap_new_server_session(coap_context_t *ctx, coap_endpoint_t *ep);

/**
 * Finds the session of the peer that sent a packet, or makes it.
 *
 * @param endpoint  The endpoint that the packet arrived on.
 * @param packet    The packet.
 * @param now       The time, in ticks.
 *
 * @return The session, or NULL without memory.
 */
coap_session_t *coap_endpoint_get_session(coap_endpoint_t *endpoint, const coap_packet_t *packet,
                                          coap_tick_t now);

/**
 * Finds the session with a peer.
 *
 * @param ctx          The context.
 * @param remote_addr  The address of the peer.
 * @param ifindex      The interface of the session; 0 for client sessions.
 *
 * @return The first such session, or NULL.
 */
coap_session_t *coap_session_get_by_peer(coap_context_t *ctx, const coap_address_t *remote_addr, int ifindex);

/**
 * Makes a server session of the record that a client's first handshake message made. Only in the static library.
 *
 * @param session  The record, of type COAP_SESSION_TYPE_HELLO.
 * @param now      The time, in ticks.
 *
 * @return The same session; or NULL if it is no such record, or if its handshake cannot begin: then it has ended.
 */
coap_session_t *coap_session_new_dtls_session(coap_session_t *session, coap_tick_t now);

/* Pre-shared keys of a session */

/**
 * Gives a server session another hint for its client to find the right key by.
 *
 * @param session   The session.
 * @param psk_hint  The hint, which is copied; NULL for that of the context.
 *
 * @return 1, or 0 without memory; the session then has the hint of the context.
 */
int coap_session_refresh_psk_hint(coap_session_t *session, const coap_bin_const_t *psk_hint);

/**
 * Gives a session another key. It counts from the next handshake on.
 *
 * @param session  The session.
 * @param psk_key  The key, which is copied; NULL for that of the setup.
 *
 * @return 1, or 0 without memory; the session then has the key of the setup.
 */
int coap_session_refresh_psk_key(coap_session_t *session, const coap_bin_const_t *psk_key);

/* Endpoints */

/**
 * Makes the endpoint that peers send to.
 *
 * @param context      The context.
 * @param listen_addr  The address to bind; port 0 takes a free one.
 * @param proto        The protocol: COAP_PROTO_UDP, COAP_PROTO_DTLS, COAP_PROTO_TCP or COAP_PROTO_TLS. For DTLS and TLS
 *                     the context must have been given credentials before.
 *
 * @return The endpoint, which belongs to the context, or NULL if the protocol is not supported, there are no
 *         credentials, memory is short or the address cannot be bound (a log line says why).
 */
coap_endpoint_t *coap_new_endpoint(coap_context_t *context, const coap_address_t *listen_addr,
                                   coap_proto_t proto);

/**
 * Sets the MTU of the sessions that an endpoint makes from now on.
 *
 * @param endpoint  The endpoint.
 * @param mtu       The largest datagram in bytes, at most 65535.
 */
void coap_endpoint_set_default_mtu(coap_endpoint_t *endpoint, unsigned int mtu);

/**
 * Frees an endpoint and its sessions.
 *
 * @param ep  The endpoint, or NULL.
 */
void coap_free_endpoint(coap_endpoint_t *ep);

/**
 * Describes an endpoint for a log line: its address and protocol.
 *
 * @param endpoint  The endpoint.
 *
 * @return A text that is overwritten by the next call of the same thread; empty for NULL.
 */
const char *coap_endpoint_str(const coap_endpoint_t *endpoint);

/* Using a session */

/**
 * Stores a pointer of the application with a session.
 *
 * @param session  The session.
 * @param data     The pointer; the library does not look at it.
 */
void coap_session_set_app_data(coap_session_t *session, void *data);

/**
 * Gives the pointer that coap_session_set_app_data() stored.
 *
 * @param session  The session.
 *
 * @return The pointer, or NULL if there is none or session is NULL.
 */
void *coap_session_get_app_data(const coap_session_t *session);

/**
 * Sends the library's CSM (Capabilities and Settings, RFC 8323 section 5.3) on a session over TCP, which then waits
 * for that of its peer. The library does this by itself.
 *
 * @param session  The session.
 */
void coap_session_send_csm(coap_session_t *session);

/**
 * Sets the largest datagram that is sent or taken on a session; over TCP, the largest message that is sent.
 *
 * @param session  The session.
 * @param mtu      Its size in bytes.
 */
void coap_session_set_mtu(coap_session_t *session, unsigned int mtu);

/**
 * Tells how large a message on a session may be.
 *
 * @param session  The session.
 *
 * @return The most bytes that token, options and payload may have together; 0 for NULL.
 */
size_t coap_session_max_pdu_size(const coap_session_t *session);

/**
 * Describes a session for a log line: local and remote address, interface, protocol.
 *
 * @param session  The session.
 *
 * @return A text that is overwritten by the next call of the same thread; empty for NULL.
 */
const char *coap_session_str(const coap_session_t *session);

/**
 * Sends one datagram of the application's own making on a session.
 *
 * @param session  The session.
 * @param data     The datagram.
 * @param datalen  Its length in bytes.
 *
 * @return What the network_send function of the context returns: the number of bytes, or less than 0 on an error.
 */
ssize_t coap_session_send(coap_session_t *session, const uint8_t *data, size_t datalen);

/**
 * Writes bytes of the application's own making to the connection of a session over TCP or TLS. Over TLS they are
 * encrypted as those of the library's messages are.
 *
 * @param session  The session.
 * @param data     The bytes.
 * @param datalen  How many there are.
 *
 * @return The number of bytes that were written, 0 if there is no room for any at the moment, or -1 on an error.
 */
ssize_t coap_session_write(coap_session_t *session, const uint8_t *data, size_t datalen);

/**
 * Sends a message whose header is encoded (coap_pdu_encode_header), at once. It is neither queued nor freed.
 *
 * @param session  The session.
 * @param pdu      The message, which stays the caller's.
 *
 * @return The number of bytes sent, or less than 0 on an error.
 */
ssize_t coap_session_send_pdu(coap_session_t *session, coap_pdu_t *pdu);

/**
 * Puts a message into the delay queue of a session, to be sent when the session is ready for it.
 *
 * @param session  The session.
 * @param pdu      The message.
 * @param node     The node that holds the message if it was sent before, or NULL.
 *
 * @return COAP_PDU_DELAYED, and the message is the library's; or -1, and it is still the caller's.
 */
ssize_t coap_session_delay_pdu(coap_session_t *session, coap_pdu_t *pdu, coap_queue_t *node);

/**
 * Sets how often a confirmable message is sent again before it is given up (MAX_RETRANSMIT, RFC 7252 section 4.8).
 *
 * @param session  The session.
 * @param value    The number; 0 changes nothing.
 */
void coap_session_set_max_retransmit(coap_session_t *session, unsigned int value);

/**
 * Sets the time-out of the first transmission of a confirmable message (ACK_TIMEOUT, RFC 7252 section 4.8).
 *
 * @param session  The session.
 * @param value    The time in seconds; less than 1.000 changes nothing.
 */
void coap_session_set_ack_timeout(coap_session_t *session, coap_fixed_point_t value);

/**
 * Sets how far the first time-out is spread at random (ACK_RANDOM_FACTOR, RFC 7252 section 4.8).
 *
 * @param session  The session.
 * @param value    The factor; less than 1.000 changes nothing.
 */
void coap_session_set_ack_random_factor(coap_session_t *session, coap_fixed_point_t value);

/**
 * Tells how often a confirmable message is sent again before it is given up.
 *
 * @param session  The session.
 *
 * @return The number; 0 for NULL.
 */
unsigned int coap_session_get_max_transmit(coap_session_t *session);

/**
 * Tells the time-out of the first transmission of a confirmable message.
 *
 * @param session  The session.
 *
 * @return The time in seconds; 0.000 for NULL.
 */
coap_fixed_point_t coap_session_get_ack_timeout(coap_session_t *session);

/**
 * Tells how far the first time-out is spread at random.
 *
 * @param session  The session.
 *
 * @return The factor; 0.000 for NULL.
 */
coap_fixed_point_t coap_session_get_ack_random_factor(coap_session_t *session);

/**
 * Pings the peer of a session: over UDP with an empty confirmable message, which it answers by a reset; over TCP with
 * a Ping (RFC 8323 section 5.4), which it answers by a Pong.
 *
 * @param session  The session.
 *
 * @return The message id (0 over TCP), or COAP_INVALID_MID on failure.
 */
coap_mid_t coap_session_send_ping(coap_session_t *session);

/**
 * Sets the number that the tokens of a session are counted up from.
 *
 * @param session  The session.
 * @param length   Length of token in bytes; of more than 8, the last 8 count.
 * @param token    The number, most significant byte first.
 */
void coap_session_init_token(coap_session_t *session, size_t length, const uint8_t *token);

/**
 * Makes the next token of a session.
 *
 * @param session  The session.
 * @param length   Set to the length of the token, 0 to 8 bytes.
 * @param token    Room for 8 bytes; the token is put there.
 */
void coap_session_new_token(coap_session_t *session, size_t *length, uint8_t *token);

/* Rate control (RFC 7252, section 4.8) */

/** ACK_TIMEOUT: 2 seconds. */
#define COAP_DEFAULT_ACK_TIMEOUT ((coap_fixed_point_t){2, 0})

/** ACK_RANDOM_FACTOR: 1.5. */
#define COAP_DEFAULT_ACK_RANDOM_FACTOR ((coap_fixed_point_t){1, 500})

#define COAP_DEFAULT_MAX_RETRANSMIT 4   /**< MAX_RETRANSMIT. */
#define COAP_DEFAULT_NSTART         1   /**< NSTART: how many confirmable messages are under way at a time. */
#define COAP_MAX_LATENCY            100 /**< MAX_LATENCY: how long a message may be on its way, in seconds. */

/* The times that follow from a session's own values (RFC 7252, section 4.8.2), in whole seconds, as int. */

/** From the first transmission of a message to its last one, at most. */
#define COAP_MAX_TRANSMIT_SPAN(s) coap_transmit_seconds_((s)->ack_timeout, (s)->ack_random_factor, (s)->max_retransmit)

/** From the first transmission of a message until the sender gives up, at most. */
#define COAP_MAX_TRANSMIT_WAIT(s) \
  coap_transmit_seconds_((s)->ack_timeout, (s)->ack_random_factor, (uint64_t)(s)->max_retransmit + 1)

/** The time a node may take to answer a message. */
#define COAP_PROCESSING_DELAY(s) \
  (((int)(s)->ack_timeout.integer_part * 1000 + (int)(s)->ack_timeout.fractional_part + 500) / 1000)

/** From sending a message to receiving its acknowledgement, at most. */
#define COAP_MAX_RTT(s) (2 * COAP_MAX_LATENCY + COAP_PROCESSING_DELAY(s))

/** How long the id of a confirmable message must not be used again. */
#define COAP_EXCHANGE_LIFETIME(s) (COAP_MAX_TRANSMIT_SPAN(s) + 2 * COAP_MAX_LATENCY + COAP_PROCESSING_DELAY(s))

/** How long the id of a non-confirmable message must not be used again. */
#define COAP_NON_LIFETIME(s) (COAP_MAX_TRANSMIT_SPAN(s) + COAP_MAX_LATENCY)

/*
 * timeout * (2^doublings - 1) * factor in whole seconds, for the macros above. It stops at 2 000 000 000 seconds, so
 * that what is added to it stays an int.
 */
COAP_STATIC_INLINE int
coap_transmit_seconds_(coap_fixed_point_t timeout, coap_fixed_point_t factor, uint64_t doublings) {
  const uint64_t most = (uint64_t)2000000000;
  uint64_t once = ((uint64_t)timeout.integer_part * 1000 + timeout.fractional_part) *
                  ((uint64_t)factor.integer_part * 1000 + factor.fractional_part);
  uint64_t times = ((uint64_t)1 << (doublings < 63 ? doublings : 63)) - 1;
  if (times != 0 && once > most * 1000000 / times)
    return (int)most;
  return (int)(once * times / 1000000);
}

/* Walking over sessions */

/**
 * A loop over the sessions of a list, for example context->sessions. el is the session of each turn and may be
 * released in it; rtmp is a second session pointer for the loop's use.
 */
#define SESSIONS_ITER(e, el, rtmp)                                 \
  for ((el) = (e), (rtmp) = coap_session_after_(el); (el) != NULL; \
       (el) = (rtmp), (rtmp) = coap_session_after_(el))

/** The same. */
#define SESSIONS_ITER_SAFE(e, el, rtmp) SESSIONS_ITER(e, el, rtmp)

/* The session that follows in the list, for the loops above. */
COAP_STATIC_INLINE coap_session_t *
coap_session_after_(const coap_session_t *session) {
  return session ? (coap_session_t *)session->hh.next : NULL;
}

/*
 * These need the full uthash and are for tables of a program's own. The library's lists can be walked and counted
 * (HASH_COUNT), nothing else.
 */
#define SESSIONS_ADD(e, obj) HASH_ADD(hh, (e), addr_hash, sizeof((obj)->addr_hash), (obj))
#define SESSIONS_DELETE(e, obj) HASH_DELETE(hh, (e), (obj))
#define SESSIONS_FIND(e, k, res)                \
  {                                             \
    HASH_FIND(hh, (e), &(k), sizeof(k), (res)); \
  }

#ifdef __cplusplus
}
#endif

#endif /* COAP_SESSION_H_ */
