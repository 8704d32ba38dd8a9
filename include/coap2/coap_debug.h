/* <coap2/coap_debug.h>: logging, printing of messages, simulated packet loss
 *
 * Part of libcoap-2, BSD-2-Clause: see the file LICENSE.
 */
#ifndef COAP_DEBUG_H_
#define COAP_DEBUG_H_

#include <stddef.h>

#include "libcoap.h"
#include "address.h"
#include "coap_forward_decls.h"
#include "coap_dtls.h"
#include "pdu.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifdef HAVE_SYSLOG_H
#include <syslog.h>
#endif

/** Where messages go whose level is above LOG_CRIT. The library itself always uses stdout. */
#ifndef COAP_DEBUG_FD
#define COAP_DEBUG_FD stdout
#endif

/** Where messages go whose level is LOG_CRIT or below. The library itself always uses stderr. */
#ifndef COAP_ERR_FD
#define COAP_ERR_FD stderr
#endif

#if defined(HAVE_SYSLOG_H) || defined(LOG_EMERG)

/** A log level: one of the LOG_... macros of <syslog.h>, or COAP_LOG_CIPHERS. */
typedef short coap_log_t;

#ifndef COAP_LOG_CIPHERS
#define COAP_LOG_CIPHERS (LOG_DEBUG + 2) /**< What the (D)TLS library tells about its ciphers. */
#endif

#else /* <syslog.h> has not been included */

/** A log level. The lower it is, the more serious is the message. */
typedef enum coap_log_t {
  LOG_EMERG = 0,       /**< The system cannot be used. */
  LOG_ALERT = 1,       /**< Someone must act at once. */
  LOG_CRIT = 2,        /**< Something essential has failed. */
  LOG_ERR = 3,         /**< Something has failed. */
  LOG_WARNING = 4,     /**< Something looks wrong; the default limit. */
  LOG_NOTICE = 5,      /**< Something unusual, but in order. */
  LOG_INFO = 6,        /**< What goes on, in outline. */
  LOG_DEBUG = 7,       /**< What goes on, in detail, with all messages. */
  COAP_LOG_CIPHERS = 9 /**< What the (D)TLS library tells about its ciphers. */
} coap_log_t;

#endif

/**
 * Receives each log message that passes the level.
 *
 * The message is a line of at most 2055 bytes, without time and level; it is valid during the call only.
 */
typedef void (*coap_log_handler_t)(coap_log_t level, const char *message);

/* Logging */

/**
 * Tells the maximum log level.
 *
 * @return What coap_set_log_level() stored last, LOG_WARNING at first.
 */
coap_log_t coap_get_log_level(void);

/**
 * Sets the maximum log level: messages of a higher level are not logged.
 *
 * @param level  One of the LOG_* levels. Any value is stored as it is; a negative one silences everything.
 */
void coap_set_log_level(coap_log_t level);

/**
 * Sets the function that receives every log message that passes the level.
 *
 * The handler is called on the thread that logs, without any lock held; the message is its own only during the call,
 * has at most 2055 characters, and normally ends in a newline.
 *
 * @param handler  The function, or NULL to log to stdout and stderr as at first.
 */
void coap_set_log_handler(coap_log_handler_t handler);

/**
 * Logs a message: what coap_log() calls.
 *
 * The level is checked here again. A newline at the end is up to the caller.
 *
 * @param level   The level of the message.
 * @param format  The format of printf(), and its arguments.
 */
void coap_log_impl(coap_log_t level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/**
 * Logs a message if its level passes coap_get_log_level(). Format and arguments are those of printf(), and evaluated
 * only if the message is wanted. A program may define its own macro of this name before it includes this header.
 */
#ifndef coap_log
#define coap_log(level, ...)                       \
  do {                                             \
    if ((int)(level) <= (int)coap_get_log_level()) \
      coap_log_impl((level), __VA_ARGS__);         \
  } while (0)
#endif

/**
 * Tells the name of this package.
 *
 * @return "libcoap", a static string.
 */
const char *coap_package_name(void);

/**
 * Tells the name and version of this package.
 *
 * @return "libcoap 4.3.0rc1", a static string.
 */
const char *coap_package_version(void);

/* Messages and addresses in readable form */

/**
 * Shows a message: one line, or three if its payload is binary.
 *
 * @param level  Nothing happens if this is above the maximum log level.
 * @param pdu    The message to show. NULL shows nothing.
 */
void coap_show_pdu(coap_log_t level, const coap_pdu_t *pdu);

/**
 * Chooses where coap_show_pdu() writes.
 *
 * @param use_fprintf  Not 0 (as it is at first): to stdout, whatever the level. 0: through the log, one message for
 *                     each line, and so to the log handler if there is one.
 */
void coap_set_show_pdu_output(int use_fprintf);

/**
 * Writes address and port as text: "192.0.2.1:5683" or "[2001:db8::1]:5683".
 *
 * @param address  The address to print.
 * @param buffer   Receives the text and a NUL. INET6_ADDRSTRLEN + 8 bytes are always enough.
 * @param size     Size of the buffer in bytes, at least 17 for an IPv4 address and 49 for an IPv6 address.
 *
 * @return The length of the text without the NUL; 0 (and an empty text) if the buffer is too small.
 */
size_t coap_print_addr(const coap_address_t *address, unsigned char *buffer, size_t size);

/**
 * Writes the kind and version of the TLS library into a buffer.
 *
 * @param buffer   Receives the text and a NUL, cut to fit.
 * @param bufsize  Size of the buffer in bytes; 128 is enough. With 0 nothing is written.
 *
 * @return The buffer.
 */
char *coap_string_tls_version(char *buffer, size_t bufsize);

/**
 * Logs the kind and version of the TLS library.
 *
 * @param level  Level of the message.
 */
void coap_show_tls_version(coap_log_t level);

/* Simulated packet loss */

/**
 * Simulates a bad network: some of the datagrams that the library sends are lost. For tests.
 *
 * @param loss_level  A percentage, "25%", or a list of up to nine datagrams and ranges of them, "1,3,5-7", counted from
 *                    1 from this call on. Percentage and list are independent of each other and replace only their own
 *                    kind; "0%" ends the percentage.
 *
 * @return 1, or 0 (and nothing changes) if the text can't be understood.
 */
int coap_debug_set_packet_loss(const char *loss_level);

/**
 * Counts a datagram and tells whether it is to be sent, according to coap_debug_set_packet_loss().
 *
 * @return 1 to send it, 0 to drop it.
 */
int coap_debug_send_packet(void);

#ifdef __cplusplus
}
#endif

#endif /* COAP_DEBUG_H_ */
