/* <coap2/coap_debug.h>: logging, printing of messages, simulated packet loss
 *
 * Part of libcoap-2, BSD-2-Clause: see the file LICENSE.
 */
#ifndef COAP_DEBUG_H_
#define COAP_DEBUG_H_

#include <stddef.h>
#include <stdio.h>

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
 * Logs a message: what coap_log() calls.
 *
 * level is the level of the message, format and what follows are those of printf(). The level is checked here again.
 * A newline at the end is up to the caller.
 */
void coap_log_impl(coap_log_t level, const char *format, ...) __attribute__((format(printf, 2, 3)));

coap_log_t coap_get_log_level(void);

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

/* Messages and addresses in readable form */

/* Simulated packet loss */

#ifdef __cplusplus
}
#endif

#endif /* COAP_DEBUG_H_ */
