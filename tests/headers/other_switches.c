/* Section 2 of docs/spec/headers.md: what a program may define before it includes the headers. */
/* flags: -DHAVE_SYSLOG_H -DSHORT_ERROR_RESPONSE -DCOAP_EPOLL_SUPPORT -DHAVE_FLS -DHAVE_FLSLL -DCOAP_CONSTRAINED_STACK=1 */
#define COAP_DEFAULT_MTU 600
#define COAP_DEFAULT_HOP_LIMIT 8
#define COAP_DEFAULT_MAX_PDU_RX_SIZE 1000
#define COAP_DEBUG_BUF_SIZE 100
#define COAP_MAX_BLOCK_SZX 2
#define COAP_DTLS_HINT_LENGTH 10
#define COAP_DTLS_RETRANSMIT_MS 10
#define COAP_DTLS_RETRANSMIT_TOTAL_MS 20
#define COAP_RESOURCE_CHECK_TIME 9
#define COAP_MAX_STR_CONST_FUNC 4
#define COAP_MAX_EPOLL_EVENTS 3
#define COAP_DEBUG_FD stderr
#define COAP_ERR_FD stdout
#define coap_mcast_interface(Local) 7
#define coap_log(level, ...) (void)(level)
#define coap_hash(String, Length, Result) ((Result)[0] = (String)[(Length) - 1])
#include <coap2/coap.h>
#include <coap2/coap_hashkey.h>
#include <coap2/coap_mutex.h>

#ifdef COAP_DEFAULT_HASH
#error "COAP_DEFAULT_HASH is for the library's hash"
#endif
#ifdef coap_fls
_Static_assert(sizeof(coap_log_t) == sizeof(short), "with <syslog.h>");
#else
#error "coap_fls should be fls"
#endif
_Static_assert(sizeof(coap_context_t) == 312 + 16, "with the epoll fields");
_Static_assert(COAP_ERROR_PHRASE_LENGTH == 0, "without phrases");
_Static_assert(COAP_DTLS_RETRANSMIT_COAP_TICKS == 10, "follows COAP_DTLS_RETRANSMIT_MS");

int
main(void) {
  coap_key_t key;
  coap_str_const_t text = {3, (const uint8_t *)"abc"};
  coap_mutex_t mutex = COAP_MUTEX_INITIALIZER;

  coap_log(LOG_ERR, "%d", 1);
  coap_str_hash(&text, key)
  return key[0] != 'c' || coap_response_phrase(64) != NULL || coap_mcast_interface(0) != 7 ||
         coap_mutex_lock(&mutex) != 1 || coap_mutex_unlock(&mutex) != 0;
}
