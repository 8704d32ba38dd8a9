/* URIs taken apart, copied, split into options and put together again (docs/spec/base.md, section 3). The tables of that
 * section are held against the code by tests/base_uri.rs; here it is what C sees. */
#include <coap2/coap.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "expect.h"

static const uint8_t *
bytes(const char *text) {
  return (const uint8_t *)text;
}

static int
is(coap_str_const_t part, const char *text) {
  if (text == NULL)
    return part.length == 0 && part.s == NULL;
  return part.s != NULL && part.length == strlen(text) && memcmp(part.s, text, part.length) == 0;
}

static int
string_is(coap_string_t *string, const char *text) {
  int same = string != NULL && string->length == strlen(text) && strcmp((char *)string->s, text) == 0;
  coap_delete_string(string);
  return same;
}

static void
split(void) {
  const char *text = "coaps+tcp://[::1]:7/a/b?c=d&e";
  coap_uri_t uri;
  memset(&uri, 0xee, sizeof(uri));
  EXPECT_EQ(coap_split_uri(bytes(text), strlen(text), &uri), 0);
  EXPECT_EQ(uri.scheme, COAP_URI_SCHEME_COAPS_TCP);
  EXPECT(coap_uri_scheme_is_secure(&uri));
  EXPECT_EQ(uri.port, 7);
  EXPECT(is(uri.host, "::1") && is(uri.path, "a/b") && is(uri.query, "c=d&e"));
  EXPECT(uri.host.s == bytes(text) + 13);

  text = "coap://localhost/?";
  EXPECT_EQ(coap_split_uri(bytes(text), strlen(text), &uri), 0);
  EXPECT(is(uri.host, "localhost") && is(uri.path, NULL) && is(uri.query, ""));
  EXPECT(uri.query.s == bytes(text) + strlen(text));

  EXPECT_EQ(coap_split_uri(bytes("/x?y"), 4, &uri), 0);
  EXPECT(is(uri.host, NULL) && is(uri.path, "x") && is(uri.query, "y"));
  EXPECT_EQ(coap_split_proxy_uri(bytes("/x?y"), 4, &uri), -1);
  EXPECT(is(uri.path, NULL) && is(uri.query, NULL));

  text = "HTTPS://h:8443/a?b";
  EXPECT_EQ(coap_split_uri(bytes(text), strlen(text), &uri), -1);
  EXPECT_EQ(coap_split_proxy_uri(bytes(text), strlen(text), &uri), 0);
  EXPECT_EQ(uri.scheme, COAP_URI_SCHEME_HTTPS);
  EXPECT_EQ(uri.port, 8443);

  /* B2, B3 */
  memset(&uri, 0xee, sizeof(uri));
  EXPECT_EQ(coap_split_uri(bytes("/"), 0, &uri), -1);
  EXPECT(is(uri.host, NULL) && uri.port == 5683 && uri.scheme == COAP_URI_SCHEME_COAP);
  text = "coap://[?a]xyz";
  EXPECT_EQ(coap_split_uri(bytes(text), strlen(text), &uri), -1);
  EXPECT(is(uri.host, "?a") && is(uri.path, NULL) && is(uri.query, NULL));

  /* X40: the result is untouched. */
  memset(&uri, 0xee, sizeof(uri));
  EXPECT_EQ(coap_split_uri(NULL, 5, &uri), -1);
  EXPECT_EQ(coap_split_proxy_uri(NULL, 0, &uri), -1);
  EXPECT_EQ(uri.port, 0xeeee);
  EXPECT_EQ(coap_split_uri(bytes("coap://h"), 8, NULL), -1);
  EXPECT_EQ(coap_split_proxy_uri(bytes("coap://h"), 8, NULL), -1);
}

/* X10: every truncation, in memory of exactly its size, into memory of exactly its size. */
static void
split_exactly(void) {
  static const char *const texts[] = {
      "coap://[::1]:5683/a/%2e%2E/b%?q%41&%4&%", "coaps+tcp://h:65536/", "https://[x]?%f", "/a//b?&&#",
      "a/%zz/../%4",
  };
  for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
    for (size_t length = 0; length <= strlen(texts[i]); length++) {
      uint8_t *text = malloc(length ? length : 1), *out = malloc(10);
      memcpy(text, texts[i], length);
      coap_uri_t uri;
      coap_split_uri(text, length, &uri);
      coap_split_proxy_uri(text, length, &uri);
      EXPECT(coap_clone_uri(NULL) == NULL);
      coap_free(coap_clone_uri(&uri));
      coap_free(coap_new_uri(text, (unsigned)length));
      for (size_t capacity = 0; capacity <= 10; capacity++) {
        size_t size = capacity;
        EXPECT(coap_split_path(text, length, out, &size) >= 0 && size <= capacity);
        size = capacity;
        EXPECT(coap_split_query(text, length, out, &size) >= 0 && size <= capacity);
      }
      free(text);
      free(out);
    }
  }
}

static void
split_into_options(void) {
  uint8_t buffer[100];
  size_t size = sizeof(buffer);
  EXPECT_EQ(coap_split_path(bytes("a/%2F//0123456789abc?x"), 22, buffer, &size), 4);
  EXPECT_EQ(size, 2 + 2 + 1 + 15);
  const char *expected[] = {"a", "/", "", "0123456789abc"};
  uint8_t *option = buffer;
  for (int i = 0; i < 4; i++) {
    EXPECT_EQ(coap_opt_length(option), strlen(expected[i]));
    EXPECT(memcmp(coap_opt_value(option), expected[i], strlen(expected[i])) == 0);
    option += coap_opt_size(option);
  }
  EXPECT(option == buffer + size);

  size = sizeof(buffer);
  EXPECT_EQ(coap_split_query(bytes("a=1&b#c"), 7, buffer, &size), 2);
  EXPECT(size == 6 && memcmp(buffer, "\003a=1\001b", 6) == 0);

  /* B6 */
  size = sizeof(buffer);
  EXPECT_EQ(coap_split_path(NULL, 0, buffer, &size), 1);
  EXPECT(size == 1 && buffer[0] == 0);
  size = sizeof(buffer);
  EXPECT_EQ(coap_split_path(NULL, 1, buffer, &size), 0);
  EXPECT_EQ(size, 0);
  size = sizeof(buffer);
  EXPECT_EQ(coap_split_query(bytes("a"), 1, NULL, &size), 0);
  EXPECT_EQ(size, 0);
  EXPECT_EQ(coap_split_query(bytes("a"), 1, buffer, NULL), 0);
}

static void
objects(void) {
  char text[] = "coaps://host:1/path?query";
  coap_uri_t *uri = coap_new_uri(bytes(text), (unsigned)strlen(text));
  EXPECT(uri != NULL);
  memset(text, 'x', strlen(text));
  EXPECT(is(uri->host, "host") && is(uri->path, "path") && is(uri->query, "query") && uri->port == 1);
  EXPECT_EQ(uri->query.s[uri->query.length], 0);

  /* B11, X43 */
  coap_uri_t *clone = coap_clone_uri(uri);
  coap_free(uri);
  EXPECT(is(clone->host, "host") && is(clone->path, "path") && is(clone->query, "query") && clone->port == 1);
  EXPECT_EQ(clone->scheme, COAP_URI_SCHEME_COAPS);
  free(clone);

  uri = coap_new_uri(bytes("coap://h/?"), 10);
  EXPECT(uri && is(uri->query, ""));
  clone = coap_clone_uri(uri);
  EXPECT(clone && is(clone->host, "h") && is(clone->path, NULL) && is(clone->query, NULL));
  coap_free(uri);
  coap_free(clone);

  /* B10 */
  EXPECT(coap_new_uri(NULL, 0) == NULL);
  EXPECT(coap_new_uri(NULL, UINT_MAX) == NULL);
  EXPECT(coap_new_uri(bytes("coap://h"), UINT_MAX) == NULL);
  EXPECT(coap_new_uri(bytes("coap:/h"), 7) == NULL);
  coap_uri_t broken = {.host = {3, NULL}};
  EXPECT(coap_clone_uri(&broken) == NULL);
}

static coap_pdu_t *
message(uint16_t number, int count, const char *const *values) {
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_GET, 1, 200000);
  coap_add_option(pdu, COAP_OPTION_URI_HOST, 1, bytes("h"));
  for (int i = 0; i < count; i++)
    coap_add_option(pdu, number, strlen(values[i]), bytes(values[i]));
  coap_add_option(pdu, COAP_OPTION_PROXY_URI, 8, bytes("coap://x"));
  coap_add_data(pdu, 3, bytes("abc"));
  return pdu;
}

static void
text_of_options(void) {
  static const struct {
    int count;
    const char *values[3], *path, *query;
  } cases[] = {
      {0, {NULL}, "", NULL},
      {1, {""}, "", ""},
      {2, {"foo", ""}, "foo/", "foo&"},
      {2, {"", ""}, "/", "&"},
      {2, {"", "foo"}, "/foo", "&foo"},
      {1, {"a/b"}, "a%2Fb", "a/b"},
      {1, {"\x7f\x80\xff"}, "%7F%80%FF", "%7F%80%FF"},
      {2, {".", ".."}, "./..", ".&.."},
      {3, {"a", "", "b"}, "a//b", "a&&b"},
      {1, {"a&b=/?#% "}, "a&b=%2F%3F%23%25%20", "a&b=/?%23%25%20"},
  };
  for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
    coap_pdu_t *pdu = message(COAP_OPTION_URI_PATH, cases[i].count, cases[i].values);
    EXPECT(string_is(coap_get_uri_path(pdu), cases[i].path));
    EXPECT(coap_get_query(pdu) == NULL);
    coap_delete_pdu(pdu);
    pdu = message(COAP_OPTION_URI_QUERY, cases[i].count, cases[i].values);
    EXPECT(string_is(coap_get_uri_path(pdu), ""));
    if (cases[i].query)
      EXPECT(string_is(coap_get_query(pdu), cases[i].query));
    else
      EXPECT(coap_get_query(pdu) == NULL);
    coap_delete_pdu(pdu);
  }
}

/* Structures made by hand, a malformed option, no token, no message: B9. */
static void
text_of_odd_messages(void) {
  EXPECT(coap_get_uri_path(NULL) == NULL);
  EXPECT(coap_get_query(NULL) == NULL);

  uint8_t good[] = "\xb1"
                   "a\x01"
                   "b\x41q\x01r";
  coap_pdu_t pdu;
  memset(&pdu, 0, sizeof(pdu));
  EXPECT(string_is(coap_get_uri_path(&pdu), ""));
  EXPECT(coap_get_query(&pdu) == NULL);
  pdu.token = good;
  pdu.used_size = pdu.max_size = sizeof(good) - 1;
  EXPECT(string_is(coap_get_uri_path(&pdu), "a/b"));
  EXPECT(string_is(coap_get_query(&pdu), "q&r"));

  /* The last option says that it is longer than the message. */
  uint8_t bad[] = "TK\xb1"
                  "a\x45x";
  pdu.token = bad;
  pdu.token_length = 2;
  pdu.used_size = pdu.max_size = sizeof(bad) - 1;
  EXPECT(string_is(coap_get_uri_path(&pdu), "a"));
  EXPECT(coap_get_query(&pdu) == NULL);
}

int
main(void) {
  split();
  split_exactly();
  split_into_options();
  objects();
  text_of_options();
  text_of_odd_messages();
  return expect_done();
}
