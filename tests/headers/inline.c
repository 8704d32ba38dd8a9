/* Inline functions and macros of the headers, without the library. Rows H5, H6, H7 and H8 of docs/spec/headers.md. */
#include <coap2/coap.h>
#include "expect.h"

/* In place of the library's: an option is one byte of length, then the value; 0xff in front means "no value". */
uint32_t
coap_opt_length(const coap_opt_t *opt) {
  return opt[0] == 0xff ? 1 : opt[0];
}

const uint8_t *
coap_opt_value(const coap_opt_t *opt) {
  return opt[0] == 0xff ? NULL : opt + 1;
}

/* H5: no value, no dereference; and 8, not 1, for the more bit. */
static void
block_options(void) {
  const coap_opt_t none[] = {0}, broken[] = {0xff}, more[] = {2, 0x12, 0x0e}, last[] = {1, 0x06};

  EXPECT(COAP_OPT_BLOCK_LAST(none) == 0);
  EXPECT(COAP_OPT_BLOCK_LAST(more) == more + 2);
  EXPECT_EQ(COAP_OPT_BLOCK_MORE(none), 0);
  EXPECT_EQ(COAP_OPT_BLOCK_SZX(none), 0);
  EXPECT_EQ(COAP_OPT_BLOCK_MORE(broken), 0);
  EXPECT_EQ(COAP_OPT_BLOCK_SZX(broken), 0);
  EXPECT_EQ(COAP_OPT_BLOCK_MORE(more), 8);
  EXPECT_EQ(COAP_OPT_BLOCK_SZX(more), 6);
  EXPECT_EQ(COAP_OPT_BLOCK_MORE(last), 0);
  EXPECT_EQ(COAP_OPT_BLOCK_SZX(last), 6);
}

/* H6: a copy of an address of another family stays inside the union. */
static void
addresses(void) {
  struct {
    coap_address_t address;
    unsigned char after[64];
  } to;
  coap_address_t from;

  memset(&from, 0xaa, sizeof(from));
  memset(&to, 0x55, sizeof(to));
  from.size = 60;
  from.addr.sa.sa_family = AF_UNIX;
  coap_address_copy(&to.address, &from);
  EXPECT_EQ(to.address.size, 60);
  EXPECT(memcmp(&to.address.addr, &from.addr, sizeof(from.addr)) == 0);
  EXPECT_EQ(to.after[0], 0x55);

  memset(&from, 0, sizeof(from));
  from.size = sizeof(struct sockaddr_in6);
  from.addr.sin6.sin6_family = AF_INET6;
  from.addr.sin6.sin6_port = htons(5683);
  from.addr.sin6.sin6_flowinfo = 7;
  from.addr.sin6.sin6_scope_id = 3;
  EXPECT_EQ(coap_address_isany(&from), 1);
  from.addr.sin6.sin6_addr.s6_addr[15] = 1;
  EXPECT_EQ(coap_address_isany(&from), 0);
  coap_address_copy(&to.address, &from);
  EXPECT_EQ(to.address.addr.sin6.sin6_port, htons(5683));
  EXPECT_EQ(to.address.addr.sin6.sin6_scope_id, 3);
  EXPECT_EQ(to.address.addr.sin6.sin6_flowinfo, 0);
  EXPECT_EQ(to.address.addr.sin6.sin6_addr.s6_addr[15], 1);

  memset(&from, 0, sizeof(from));
  from.size = sizeof(struct sockaddr_in);
  from.addr.sin.sin_family = AF_INET;
  EXPECT_EQ(coap_address_isany(&from), 1);
  from.addr.sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(coap_address_isany(&from), 0);
  from.addr.sa.sa_family = AF_UNIX;
  EXPECT_EQ(coap_address_isany(&from), 0);
}

/* H7: no product wraps round. */
static void
blocks(void) {
  EXPECT_EQ(coap_more_blocks(1025, 0, 6), 1);
  EXPECT_EQ(coap_more_blocks(1024, 0, 6), 0);
  EXPECT_EQ(coap_more_blocks(100, 0x3fffff, 6), 0);
  EXPECT_EQ(coap_more_blocks(100, 0xffffffffu, 0), 0);
  EXPECT_EQ(coap_more_blocks((size_t)5 << 30, 0x3fffff, 6), 1);
  EXPECT_EQ(coap_more_blocks(SIZE_MAX, 0, 60), 0);
}

/* H8: whole seconds, also where 32 bits are too few. */
static void
rate_control(void) {
  static coap_session_t session;
  coap_session_t *s = &session;

  s->ack_timeout = COAP_DEFAULT_ACK_TIMEOUT;
  s->ack_random_factor = COAP_DEFAULT_ACK_RANDOM_FACTOR;
  s->max_retransmit = COAP_DEFAULT_MAX_RETRANSMIT;
  EXPECT_EQ(COAP_MAX_TRANSMIT_SPAN(s), 45);
  EXPECT_EQ(COAP_MAX_TRANSMIT_WAIT(s), 93);
  EXPECT_EQ(COAP_PROCESSING_DELAY(s), 2);
  EXPECT_EQ(COAP_MAX_RTT(s), 202);
  EXPECT_EQ(COAP_EXCHANGE_LIFETIME(s), 247);
  EXPECT_EQ(COAP_NON_LIFETIME(s), 145);
  s->max_retransmit = 10;
  EXPECT_EQ(COAP_MAX_TRANSMIT_SPAN(s), 3 * 1023);
  s->max_retransmit = 20;
  EXPECT_EQ(COAP_MAX_TRANSMIT_WAIT(s), 3 * 2097151);
  s->ack_timeout.integer_part = s->ack_timeout.fractional_part = 65535;
  s->ack_random_factor = s->ack_timeout;
  s->max_retransmit = 4294967295u;
  EXPECT_EQ(COAP_MAX_TRANSMIT_SPAN(s), 2000000000);
  EXPECT(COAP_EXCHANGE_LIFETIME(s) > 2000000000);
  s->max_retransmit = 0;
  EXPECT_EQ(COAP_MAX_TRANSMIT_SPAN(s), 0);
}

/* Rows of section 3 that need no library. */
static void
macros(void) {
  uint8_t vector[2] = {0, 0};
  coap_pdu_t pdu;
  coap_string_t a = {3, (uint8_t *)"abc"}, b = {3, (uint8_t *)"abd"}, empty = {0, NULL};

  EXPECT_EQ(bits_setb(vector, 2, 9), 1);
  EXPECT_EQ(vector[1], 2);
  EXPECT_EQ(bits_getb(vector, 2, 9), 1);
  EXPECT_EQ(bits_clrb(vector, 2, 9), 1);
  EXPECT_EQ(bits_getb(vector, 2, 9), 0);
  EXPECT_EQ(bits_setb(vector, 2, 16), -1);
  EXPECT_EQ(bits_getb(vector, 2, 16), -1);

  EXPECT_EQ(COAP_RESPONSE_CODE(205), 69);
  EXPECT_EQ(COAP_SIGNALING_CODE(701), COAP_SIGNALING_CSM);
  EXPECT_EQ(COAP_RESPONSE_CLASS(132), 4);
  for (int code = 0; code < 256; code++) {
    pdu.code = (uint8_t)code;
    EXPECT_EQ(COAP_PDU_IS_EMPTY(&pdu), code == 0);
    EXPECT_EQ(COAP_PDU_IS_REQUEST(&pdu), code >= 1 && code <= 31);
    EXPECT_EQ(COAP_PDU_IS_RESPONSE(&pdu), code >= 64 && code <= 223);
    EXPECT_EQ(COAP_PDU_IS_SIGNALING(&pdu), code >= 224);
  }

  EXPECT(!coap_string_equal(&a, &b));
  COAP_SET_STR(&b, 3, a.s)
  EXPECT(coap_string_equal(&a, &b));
  EXPECT(coap_binary_equal(&empty, &empty));
  EXPECT(!coap_binary_equal(&a, &empty));
  EXPECT_EQ(coap_time_lt(UINT64_MAX, 3), 1);
  EXPECT_EQ(coap_time_le(3, 3), 1);
  EXPECT_EQ(coap_time_lt(4, 3), 0);
  EXPECT_EQ(COAP_PRINT_OUTPUT_LENGTH(COAP_PRINT_STATUS_TRUNC | 17), 17);
}

int
main(void) {
  block_options();
  addresses();
  blocks();
  rate_control();
  macros();
  return expect_done();
}
