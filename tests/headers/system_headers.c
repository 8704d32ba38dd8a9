/* Section 1 of docs/spec/headers.md: the system headers that come with coap.h, and those that do not. */
#include <coap2/coap.h>

#if defined(_STDIO_H) || defined(_UNISTD_H) || defined(_ARPA_INET_H) || defined(_NETDB_H) || defined(_ERRNO_H) || \
    defined(_SYS_EPOLL_H) || defined(_SYS_SYSLOG_H)
#error "coap.h brings a system header that it did not bring before"
#endif

int
main(void) {
  fd_set set;
  struct timeval now;
  struct in6_addr any = in6addr_any;
  time_t seconds = time(NULL);
  ssize_t nothing = 0;

  FD_ZERO(&set);
  assert(strcasecmp("a", "A") == 0);
  return gettimeofday(&now, NULL) != 0 || any.s6_addr[0] != 0 || seconds == (time_t)-1 || nothing != 0 ||
         socket(-1, 0, 0) != -1 || offsetof(coap_pdu_t, code) != 1 || abs(-1) != 1 || UINT16_MAX != 65535;
}
