/* <coap2/coap_session.h>: sessions (the relation with one peer) and endpoints (where a server listens)
 *
 * Part of libcoap-2, BSD-2-Clause: see the file LICENSE.
 */
#ifndef COAP_SESSION_H_
#define COAP_SESSION_H_

#include <limits.h>
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

#define COAP_SESSION_TYPE_CLIENT 1 /**< TODO. */
#define COAP_SESSION_TYPE_SERVER 2 /**< TODO. */
#define COAP_SESSION_TYPE_HELLO  3 /**< TODO. */

/** State of a session, COAP_SESSION_STATE_*. */
typedef uint8_t coap_session_state_t;

#define COAP_SESSION_STATE_NONE        0 /**< TODO. */
#define COAP_SESSION_STATE_CONNECTING  1 /**< TODO. */
#define COAP_SESSION_STATE_HANDSHAKE   2 /**< TODO. */
#define COAP_SESSION_STATE_CSM         3 /**< TODO. */
#define COAP_SESSION_STATE_ESTABLISHED 4 /**< TODO. */

/** Whether a protocol delivers without loss: 1 for TCP and TLS. */
#define COAP_PROTO_RELIABLE(p) ((p) == COAP_PROTO_TCP || (p) == COAP_PROTO_TLS)

/** Whether CoAP itself must care for lost messages: 1 for UDP and DTLS. */
#define COAP_PROTO_NOT_RELIABLE(p) ((p) == COAP_PROTO_UDP || (p) == COAP_PROTO_DTLS)

#define COAP_DEFAULT_SESSION_TIMEOUT        300 /**< TODO. */
#define COAP_DEFAULT_MAX_HANDSHAKE_SESSIONS 100 /**< TODO. */

/** TODO. */
#define COAP_PARTIAL_SESSION_TIMEOUT_TICKS (30 * COAP_TICKS_PER_SECOND)

/** TODO. */
typedef struct coap_fixed_point_t {
  uint16_t integer_part;    /**< TODO. */
  uint16_t fractional_part; /**< TODO. */
} coap_fixed_point_t;

/** TODO. */
struct coap_session_t {
  coap_proto_t proto;                   /**< TODO. */
  coap_session_type_t type;             /**< TODO. */
  coap_session_state_t state;           /**< TODO. */
  unsigned int ref;                     /**< TODO. */
  size_t tls_overhead;                  /**< TODO. */
  size_t mtu;                           /**< TODO. */
  coap_addr_hash_t addr_hash;           /**< TODO. */
  UT_hash_handle hh;                    /**< TODO. */
  coap_addr_tuple_t addr_info;          /**< TODO. */
  int ifindex;                          /**< TODO. */
  coap_socket_t sock;                   /**< TODO. */
  coap_endpoint_t *endpoint;            /**< TODO. */
  coap_context_t *context;              /**< TODO. */
  void *tls;                            /**< TODO. */
  uint16_t tx_mid;                      /**< TODO. */
  uint8_t con_active;                   /**< TODO. */
  uint8_t csm_block_supported;          /**< TODO. */
  coap_mid_t last_ping_mid;             /**< TODO. */
  coap_queue_t *delayqueue;             /**< TODO. */
  coap_lg_xmit_t *lg_xmit;              /**< TODO. */
  coap_lg_crcv_t *lg_crcv;              /**< TODO. */
  coap_lg_srcv_t *lg_srcv;              /**< TODO. */
  size_t partial_write;                 /**< TODO. */
  uint8_t read_header[8];               /**< TODO. */
  size_t partial_read;                  /**< TODO. */
  coap_pdu_t *partial_pdu;              /**< TODO. */
  coap_tick_t last_rx_tx;               /**< TODO. */
  coap_tick_t last_tx_rst;              /**< TODO. */
  coap_tick_t last_ping;                /**< TODO. */
  coap_tick_t last_pong;                /**< TODO. */
  coap_tick_t csm_tx;                   /**< TODO. */
  coap_dtls_cpsk_t cpsk_setup_data;     /**< TODO. */
  coap_bin_const_t *psk_identity;       /**< TODO. */
  coap_bin_const_t *psk_key;            /**< TODO. */
  coap_bin_const_t *psk_hint;           /**< TODO. */
  void *app;                            /**< TODO. */
  unsigned int max_retransmit;          /**< TODO. */
  coap_fixed_point_t ack_timeout;       /**< TODO. */
  coap_fixed_point_t ack_random_factor; /**< TODO. */
  unsigned int dtls_timeout_count;      /**< TODO. */
  int dtls_event;                       /**< TODO. */
  uint8_t block_mode;                   /**< TODO. */
  uint64_t tx_token;                    /**< TODO. */
};

/* Lifetime */

/** Frees what a session holds, but not the session. Only in the static library. */
void coap_session_mfree(coap_session_t *session);

/* Sessions with a server */

/* Sessions with clients */

/** Makes a session for a client whose first handshake message has come. Only in the static library. */
coap_session_t *coap_session_new_dtls_session(coap_session_t *session, coap_tick_t now);

/* Pre-shared keys of a session */

int coap_session_refresh_psk_hint(coap_session_t *session, const coap_bin_const_t *psk_hint);

int coap_session_refresh_psk_key(coap_session_t *session, const coap_bin_const_t *psk_key);

/* Endpoints */

/* Using a session */

/* Rate control (RFC 7252, section 4.8) */

/** ACK_TIMEOUT: 2 seconds. */
#define COAP_DEFAULT_ACK_TIMEOUT ((coap_fixed_point_t){2, 0})

/** ACK_RANDOM_FACTOR: 1.5. */
#define COAP_DEFAULT_ACK_RANDOM_FACTOR ((coap_fixed_point_t){1, 500})

#define COAP_DEFAULT_MAX_RETRANSMIT 4   /**< TODO. */
#define COAP_DEFAULT_NSTART         1   /**< TODO. */
#define COAP_MAX_LATENCY            100 /**< TODO. */

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
 * released in it; tmp is a second session pointer for the loop's use.
 */
#define SESSIONS_ITER(e, el, rtmp)                                                                      \
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
#define SESSIONS_FIND(e, k, res)                       \
  {                                                    \
    HASH_FIND(hh, (e), &(k), sizeof(k), (res));        \
  }

#ifdef __cplusplus
}
#endif

#endif /* COAP_SESSION_H_ */
