/* <coap2/coap_io.h>: sockets and packets, and why a message was not delivered
 *
 * Part of libcoap-2, BSD-2-Clause: see the file LICENSE.
 */
#ifndef COAP_IO_H_
#define COAP_IO_H_

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "address.h"
#include "coap_forward_decls.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A file descriptor. */
typedef int coap_fd_t;

/** Flags of a socket, COAP_SOCKET_*. */
typedef uint16_t coap_socket_flags_t;

#define COAP_INVALID_SOCKET (-1) /**< In place of a descriptor: there is none. */
#define COAP_SOCKET_ERROR   (-1) /**< What a failed call on a socket returns. */

/** Closes a socket of this platform; needs <unistd.h>. */
#define coap_closesocket close

#ifndef COAP_MAX_EPOLL_EVENTS
#define COAP_MAX_EPOLL_EVENTS 10 /**< How many events the library takes from epoll at a time. */
#endif

#ifndef COAP_RXBUFFER_SIZE
#define COAP_RXBUFFER_SIZE 1472 /**< The longest datagram that is received, in bytes. */
#endif

/** The interface on which a session joined a multicast group: 0, the system's choice. */
#ifndef coap_mcast_interface
#define coap_mcast_interface(Local) 0
#endif

/* Flags of a socket: what it is, what it waits for, what it can do now. */

#define COAP_SOCKET_EMPTY        0    /**< Not in use. */
#define COAP_SOCKET_NOT_EMPTY    1    /**< In use. */
#define COAP_SOCKET_BOUND        2    /**< Bound to a local address. */
#define COAP_SOCKET_CONNECTED    4    /**< Connected to a peer. */
#define COAP_SOCKET_WANT_READ    16   /**< Waits until it can read. */
#define COAP_SOCKET_WANT_WRITE   32   /**< Waits until it can write. */
#define COAP_SOCKET_WANT_ACCEPT  64   /**< Waits for connections. */
#define COAP_SOCKET_WANT_CONNECT 128  /**< Waits for its connection to be made. */
#define COAP_SOCKET_CAN_READ     256  /**< Can read. */
#define COAP_SOCKET_CAN_WRITE    512  /**< Can write. */
#define COAP_SOCKET_CAN_ACCEPT   1024 /**< Has a connection to accept. */
#define COAP_SOCKET_CAN_CONNECT  2048 /**< Its connection is made, or has failed. */
#define COAP_SOCKET_MULTICAST    4096 /**< Joined a multicast group. */

/** A socket and its state. */
typedef struct coap_socket_t {
  coap_fd_t fd;              /**< The descriptor. */
  coap_socket_flags_t flags; /**< COAP_SOCKET_... bits. */
  coap_session_t *session;   /**< The session it belongs to, or NULL. */
  coap_endpoint_t *endpoint; /**< The endpoint it belongs to, or NULL. */
} coap_socket_t;

/** By what the session of an incoming packet is found. */
typedef struct coap_addr_hash_t {
  coap_address_t remote; /**< The address of the peer. */
  uint16_t lport;        /**< The local port, in host order. */
} coap_addr_hash_t;

/** Both ends. */
typedef struct coap_addr_tuple_t {
  coap_address_t remote; /**< The address of the peer. */
  coap_address_t local;  /**< The local address. */
} coap_addr_tuple_t;

/** A received datagram. The payload has this size whatever COAP_RXBUFFER_SIZE says. */
struct coap_packet_t {
  coap_addr_tuple_t addr_info; /**< Where it came from, and the address it was sent to. */
  int ifindex;                 /**< The number of the interface it came through. */
  size_t length;               /**< Bytes of payload that count. */
  unsigned char payload[1472]; /**< The bytes. */
};

/** Why a confirmable message was not delivered. */
typedef enum coap_nack_reason_t {
  COAP_NACK_TOO_MANY_RETRIES = 0, /**< No answer came to any of its transmissions. */
  COAP_NACK_NOT_DELIVERABLE = 1,  /**< It could not be sent, or the session has ended. */
  COAP_NACK_RST = 2,              /**< The peer has answered with a reset. */
  COAP_NACK_TLS_FAILED = 3,       /**< Something has failed in (D)TLS. */
  COAP_NACK_ICMP_ISSUE = 4        /**< The network says that the peer cannot be reached. */
} coap_nack_reason_t;

/**
 * Allocates storage for an endpoint that is not one yet.
 *
 * No application needs this: coap_new_endpoint() makes endpoints.
 *
 * @return Zero-filled storage to be released with coap_free_type(COAP_ENDPOINT, ...), or NULL without memory.
 */
coap_endpoint_t *coap_malloc_endpoint(void);

/**
 * Sends one datagram; the built-in network_send of a context.
 *
 * On a connected socket it goes to the peer of the socket, otherwise to the remote address of session, from the
 * local address and interface that the session was last heard on. The simulated packet loss of
 * coap_debug_set_packet_loss() acts here.
 *
 * @param sock     The socket to send through.
 * @param session  Where to send; may be NULL if the socket is connected.
 * @param data     The datagram.
 * @param datalen  Its length in bytes.
 *
 * @return The number of bytes sent, or -1 with errno set.
 */
ssize_t coap_network_send(coap_socket_t *sock, const coap_session_t *session, const uint8_t *data,
                          size_t datalen);

/**
 * Reads one datagram; the built-in network_read of a context.
 *
 * Does nothing unless COAP_SOCKET_CAN_READ is set in the flags of the socket, and clears it.
 *
 * @param sock    The socket to read from.
 * @param packet  Filled in: the payload and its length; on a socket that is not connected also the source, the local
 *                address and the interface.
 *
 * @return The number of bytes read; 0 for an empty datagram, or for one that was longer than a packet and has been
 *         dropped; -2 if the peer of a connected socket cannot be reached; -1 if there was nothing to read, or on an
 *         error.
 */
ssize_t coap_network_read(coap_socket_t *sock, coap_packet_t *packet);

/**
 * Tells where the payload of a packet is.
 *
 * @param packet   The packet.
 * @param address  Set to the first byte of its payload.
 * @param length   Set to the number of bytes in it.
 */
void coap_packet_get_memmapped(coap_packet_t *packet, unsigned char **address, size_t *length);

/**
 * Tells whether the library can do CoAP over TCP.
 *
 * @return 1: it can.
 */
int coap_tcp_is_supported(void);

/**
 * Describes the error in errno.
 *
 * @return A text that is not to be freed and lives until the next call.
 */
const char *coap_socket_strerror(void);

/**
 * Describes a system error. Only in the static library.
 *
 * @param error  Its number, as in errno.
 *
 * @return A text that is not to be freed and lives until the next call.
 */
const char *coap_socket_format_errno(int error);

/**
 * Gives storage back that coap_malloc_endpoint() allocated. An endpoint that is in use ends, as by
 * coap_free_endpoint(). Only in the static library.
 *
 * @param ep  The storage, or NULL.
 */
void coap_mfree_endpoint(coap_endpoint_t *ep);

/**
 * Closes a socket: the event loop forgets it, fd becomes -1 and everything else 0. Only in the static library.
 *
 * @param sock  The socket. One that is not open stays so.
 */
void coap_socket_close(coap_socket_t *sock);

/**
 * Sends one datagram through the network_send function of the session's context. Only in the static library.
 *
 * @param sock      The socket to send through.
 * @param session   The session to send on.
 * @param data      The datagram.
 * @param data_len  Its length in bytes.
 *
 * @return What that function returns: the number of bytes, or less than 0 on an error.
 */
ssize_t coap_socket_send(coap_socket_t *sock, coap_session_t *session, const uint8_t *data, size_t data_len);

/**
 * Writes to a stream. Only in the static library. Over TLS the bytes go to the socket as they are: no peer takes them
 * but one that has left TLS. coap_session_write encrypts.
 *
 * @param sock      The socket, connected.
 * @param data      The bytes.
 * @param data_len  How many.
 *
 * @return How many were taken: fewer than data_len, and COAP_SOCKET_WANT_WRITE set in the flags of the socket, if there
 *         was no room for the rest; -1 on an error.
 */
ssize_t coap_socket_write(coap_socket_t *sock, const uint8_t *data, size_t data_len);

/**
 * Reads from a stream. Only in the static library.
 *
 * @param sock      The socket, connected.
 * @param data      Where the bytes are put.
 * @param data_len  How many there is room for.
 *
 * @return How many there were, 0 if there are none now, or -1 at the end of the stream or on an error.
 */
ssize_t coap_socket_read(coap_socket_t *sock, uint8_t *data, size_t data_len);

/* Not part of the shared library, here or in the original: declared for programs that mention them. */

/** Makes a UDP socket that is connected with a server. Returns 1, or 0 on failure. */
int coap_socket_connect_udp(coap_socket_t *sock, const coap_address_t *local_if, const coap_address_t *server,
                            int default_port, coap_address_t *local_addr, coap_address_t *remote_addr);

/** Makes a UDP socket that is bound to an address. Returns 1, or 0 on failure. */
int coap_socket_bind_udp(coap_socket_t *sock, const coap_address_t *listen_addr, coap_address_t *bound_addr);

/** Changes the events that epoll watches a socket for. */
void coap_epoll_ctl_mod(coap_socket_t *sock, uint32_t events, const char *func);

#ifdef __cplusplus
}
#endif

#endif /* COAP_IO_H_ */
