/* H3: <syslog.h> before coap.h, without HAVE_SYSLOG_H. */
#include <syslog.h>
#include <coap2/coap.h>

int
main(void) {
  coap_log_t level = LOG_WARNING;
  return level != 4 || COAP_LOG_CIPHERS != 9;
}
