/* Addresses and versions as text, and simulated packet loss (chapter debug, sections 7 to 9). */

#include <coap2/coap.h>
#include <arpa/inet.h>
#include <string.h>
#include "expect.h"

static int draws;

static int
all_ones(void *bytes, size_t length) {
  draws++;
  memset(bytes, 0xff, length);
  return 1;
}

static void
addresses(void) {
  coap_address_t address;
  unsigned char text[INET6_ADDRSTRLEN + 8];

  coap_address_init(&address);
  EXPECT_EQ(coap_print_addr(&address, text, sizeof(text)), 22);
  EXPECT_EQ(coap_print_addr(&address, text, 10), 9); /* D14 */
  EXPECT(!strcmp((char *)text, "(unknown "));
  address.addr.sin.sin_family = AF_INET;
  address.addr.sin.sin_port = htons(65535);
  memset(&address.addr.sin.sin_addr, 255, 4);
  EXPECT_EQ(coap_print_addr(&address, text, 17), 16);
  EXPECT(!strcmp((char *)text, "255.255.255.255:"));
  EXPECT_EQ(coap_print_addr(&address, text, 16), 0);
  EXPECT_EQ(text[0], 0);
  text[0] = 'x';
  EXPECT_EQ(coap_print_addr(&address, NULL, 16), 0); /* D15 */
  EXPECT_EQ(coap_print_addr(&address, text, 0), 0);
  EXPECT_EQ(text[0], 'x');
  EXPECT_EQ(coap_print_addr(NULL, text, sizeof(text)), 0);
  EXPECT_EQ(text[0], 0);
  memset(&address, 0, sizeof(address));
  address.addr.sin6.sin6_family = AF_INET6;
  address.addr.sin6.sin6_port = htons(5683);
  address.addr.sin6.sin6_addr.s6_addr[15] = 1;
  address.addr.sin6.sin6_scope_id = 3;
  EXPECT_EQ(coap_print_addr(&address, text, 49), 10);
  EXPECT(!strcmp((char *)text, "[::1]:5683"));
  EXPECT_EQ(coap_print_addr(&address, text, 48), 0);
}

static void
versions(void) {
  char text[128], cut[5] = "....";
  coap_tls_version_t *version = coap_get_tls_library_version();

  EXPECT(version && version == coap_get_tls_library_version());
  EXPECT(coap_string_tls_version(text, sizeof(text)) == text);
  EXPECT(!strncmp(text, "TLS Library: ", 13));
  EXPECT(coap_string_tls_version(cut, 4) == cut);
  EXPECT(!strcmp(cut, "TLS"));
  EXPECT(coap_string_tls_version(NULL, 0) == NULL);
  EXPECT_EQ(coap_dtls_is_supported(), coap_tls_is_supported());
  EXPECT_EQ(coap_dtls_get_log_level(), 0);
  coap_dtls_set_log_level(-5);
  EXPECT_EQ(coap_dtls_get_log_level(), -5);
  coap_dtls_set_log_level(0);
}

static void
loss(void) {
  coap_set_prng(all_ones);
  EXPECT_EQ(coap_debug_send_packet(), 1);
  EXPECT_EQ(coap_debug_set_packet_loss(NULL), 0);
  EXPECT_EQ(coap_debug_set_packet_loss("2,4-5"), 1);
  EXPECT_EQ(coap_debug_set_packet_loss("7,x"), 0); /* D11 */
  EXPECT_EQ(coap_debug_send_packet(), 1);
  EXPECT_EQ(coap_debug_send_packet(), 0);
  EXPECT_EQ(coap_debug_send_packet(), 1);
  EXPECT_EQ(coap_debug_send_packet(), 0);
  EXPECT_EQ(coap_debug_send_packet(), 0);
  EXPECT_EQ(coap_debug_send_packet(), 1);
  EXPECT_EQ(draws, 0);
  EXPECT_EQ(coap_debug_set_packet_loss("99%"), 1);
  EXPECT_EQ(coap_debug_send_packet(), 1); /* 65535 is not below 64880 */
  EXPECT_EQ(coap_debug_send_packet(), 0); /* the list goes on, and nothing is drawn */
  EXPECT_EQ(draws, 1);
  EXPECT_EQ(coap_debug_set_packet_loss("100%"), 1);
  EXPECT_EQ(coap_debug_send_packet(), 0);
  EXPECT_EQ(coap_debug_set_packet_loss("0%"), 1);
  EXPECT_EQ(coap_debug_set_packet_loss("2147483647"), 1);
  coap_set_prng(NULL);
  EXPECT_EQ(coap_debug_set_packet_loss("1%"), 1);
  EXPECT_EQ(coap_debug_send_packet(), 0); /* the number counts as 0 */
  EXPECT_EQ(coap_debug_set_packet_loss("0%"), 1);
  EXPECT_EQ(coap_debug_send_packet(), 1);
}

int
main(void) {
  addresses();
  versions();
  loss();
  return expect_done();
}
