/* Addresses (docs/spec/base.md, section 4). */
#include <arpa/inet.h>
#include <coap2/coap.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

#include "expect.h"

static coap_address_t
ip(const char *text, uint16_t port) {
  coap_address_t address;
  memset(&address, 0xee, sizeof(address));
  coap_address_init(&address);
  if (strchr(text, ':')) {
    address.addr.sin6.sin6_family = AF_INET6;
    EXPECT_EQ(inet_pton(AF_INET6, text, &address.addr.sin6.sin6_addr), 1);
    address.addr.sin6.sin6_port = htons(port);
  } else {
    address.size = sizeof(address.addr.sin);
    address.addr.sin.sin_family = AF_INET;
    EXPECT_EQ(inet_pton(AF_INET, text, &address.addr.sin.sin_addr), 1);
    address.addr.sin.sin_port = htons(port);
  }
  return address;
}

static void
emptied(void) {
  coap_address_t address, zero;
  memset(&address, 0xee, sizeof(address));
  memset(&zero, 0, sizeof(zero));
  coap_address_init(&address);
  EXPECT_EQ(address.size, 28);
  EXPECT(memcmp(&address.addr, &zero.addr, 28) == 0);
  EXPECT_EQ(coap_address_get_port(&address), 0);
  coap_address_set_port(&address, 1);
  EXPECT(memcmp(&address.addr, &zero.addr, 28) == 0);
  EXPECT_EQ(coap_address_equals(&address, &address), 0);
}

static void
ports(void) {
  const char *texts[] = {"1.2.3.4", "::1"};
  for (int i = 0; i < 2; i++) {
    coap_address_t address = ip(texts[i], 5683);
    EXPECT_EQ(coap_address_get_port(&address), 5683);
    coap_address_set_port(&address, 0xabcd);
    EXPECT_EQ(coap_address_get_port(&address), 0xabcd);
    coap_address_t expected = ip(texts[i], 0xabcd);
    EXPECT(coap_address_equals(&address, &expected));
  }
}

static void
equality(void) {
  coap_address_t a = ip("1.2.3.4", 1), b = ip("1.2.3.4", 1), c = ip("1.2.3.4", 2), d = ip("1.2.3.5", 1);
  coap_address_t mapped = ip("::ffff:1.2.3.4", 1);
  memset(b.addr.sin.sin_zero, 0xff, sizeof(b.addr.sin.sin_zero));
  EXPECT_EQ(coap_address_equals(&a, &b), 1);
  EXPECT_EQ(coap_address_equals(&a, &c), 0);
  EXPECT_EQ(coap_address_equals(&a, &d), 0);
  EXPECT_EQ(coap_address_equals(&a, &mapped), 0);
  b.size = 28;
  EXPECT_EQ(coap_address_equals(&a, &b), 0);

  coap_address_t e = ip("fe80::1", 1), f = ip("fe80::1", 1);
  f.addr.sin6.sin6_flowinfo = 5;
  f.addr.sin6.sin6_scope_id = 6;
  EXPECT_EQ(coap_address_equals(&e, &f), 1);

  a.addr.sa.sa_family = AF_UNIX;
  EXPECT_EQ(coap_address_equals(&a, &a), 0);
}

/* B21 */
static void
multicast(void) {
  static const struct {
    const char *text;
    int expected;
  } cases[] = {
      {"224.0.0.0", 1},       {"239.255.255.255", 1}, {"223.255.255.255", 0},  {"240.0.0.0", 0},
      {"255.255.255.255", 0}, {"0.0.0.0", 0},         {"ff00::", 1},           {"ff02::fd", 1},
      {"fe80::1", 0},         {"::", 0},              {"::ffff:224.0.1.187", 1}, {"::ffff:1.2.3.4", 0},
      {"::224.0.0.1", 0},
  };
  for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
    coap_address_t address = ip(cases[i].text, 5683);
    EXPECT_EQ(coap_is_mcast(&address), cases[i].expected);
  }
}

/* B20 */
static void
null(void) {
  coap_address_t address = ip("1.2.3.4", 1);
  coap_address_init(NULL);
  coap_address_set_port(NULL, 1);
  EXPECT_EQ(coap_address_get_port(NULL), 0);
  EXPECT_EQ(coap_address_equals(NULL, &address), 0);
  EXPECT_EQ(coap_address_equals(&address, NULL), 0);
  EXPECT_EQ(coap_is_mcast(NULL), 0);
}

int
main(void) {
  emptied();
  ports();
  equality();
  multicast();
  null();
  return expect_done();
}
