/* H10, H11: switches that changed the layout of structures in the reference leave it alone. */
/* flags: -DWITHOUT_ASYNC -DCOAP_RXBUFFER_SIZE=64 */
#include <coap2/coap.h>
#include <coap2/coap_hashkey.h>

_Static_assert(offsetof(coap_context_t, sendqueue_basetime) == 56, "H10");
_Static_assert(sizeof(coap_packet_t) == 1552, "H11");

int
main(void) {
  return COAP_RXBUFFER_SIZE != 64;
}
