/* H3: <syslog.h> after coap.h, without HAVE_SYSLOG_H. */
#include <coap2/coap.h>
#include <syslog.h>

int
main(void) {
  coap_log_t level = (coap_log_t)LOG_WARNING;
  return level != 4 || COAP_LOG_CIPHERS != 9;
}
