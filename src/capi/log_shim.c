/* The one C file of the library: what stable Rust cannot say.
 *
 * coap_log_impl is variadic, and the standard streams are macros. The rest of logging is in src/base/log.rs, reached
 * through the functions declared here, which src/capi/coap_debug.rs defines.
 */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

/* Room for what a log handler gets, NUL included (COAP_DEBUG_BUF_SIZE). */
#define HANDLER_BUFFER 2056

enum route { ROUTE_NONE, ROUTE_STREAM, ROUTE_HANDLER };

int coap_log_route(int level);
FILE *coap_log_begin(int level);
void coap_log_end(FILE *stream);
void coap_log_deliver(int level, const char *message);

FILE *coap_log_stream(int is_error);
void coap_log_impl(int level, const char *format, ...);

/* The streams as they are now: programs assign and reopen them. */
FILE *
coap_log_stream(int is_error) {
  return is_error ? stderr : stdout;
}

/* The level is an int here because callers see either a short or an enumeration; the Rust side takes its low 16 bits. */
void
coap_log_impl(int level, const char *format, ...) {
  va_list arguments;
  enum route route = ROUTE_NONE;
  int saved_errno = errno;

  if (format != NULL)
    route = (enum route)coap_log_route(level);
  if (route == ROUTE_NONE)
    return;

  va_start(arguments, format);
  if (route == ROUTE_HANDLER) {
    char message[HANDLER_BUFFER];
    message[0] = message[sizeof(message) - 1] = '\0';
    (void)vsnprintf(message, sizeof(message), format, arguments);
    coap_log_deliver(level, message);
  } else {
    FILE *stream = coap_log_begin(level);
    if (stream != NULL)
      (void)vfprintf(stream, format, arguments);
    coap_log_end(stream);
  }
  va_end(arguments);
  errno = saved_errno;
}
