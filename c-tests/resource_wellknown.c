/* Discovery: links, filters, blocks of the well-known document (docs/spec/resource.md, section 5; hostile X36). */
#include <coap2/coap.h>
#include <stdint.h>
#include <string.h>

#include "expect.h"

#define WHOLE                                                                                                         \
  "</>;title=\"General Info\";ct=0,"                                                                                  \
  "</time>;if=\"clock\";rt=\"ticks clock\";ct=0;obs,"                                                                 \
  "</sensors/temp>;equote=\"\";empty=;obs;sz=12;if=sensor;rt=\"temperature-c\","                                      \
  "</dup>;=novalname;rel=\"a  b \";rt=\"two\";rt=\"one\","                                                            \
  "<//lead>;anchor=\"coap://x\""

static const uint8_t *
bytes(const char *text) {
  return (const uint8_t *)text;
}

static void
attribute(coap_resource_t *resource, const char *name, const char *value) {
  coap_str_const_t n = {strlen(name), bytes(name)}, v = {value ? strlen(value) : 0, bytes(value)};
  EXPECT(coap_add_attr(resource, &n, value ? &v : NULL, 0) != NULL);
}

static coap_resource_t *
resource(coap_context_t *context, const char *path) {
  coap_resource_t *made = coap_resource_init(path ? coap_make_str_const(path) : NULL, 0);
  coap_add_resource(context, made);
  return made;
}

static coap_resource_t *
fixture(coap_context_t *context) {
  coap_resource_t *made, *time;

  made = resource(context, NULL);
  attribute(made, "ct", "0");
  attribute(made, "title", "\"General Info\"");
  time = resource(context, "time");
  coap_resource_set_get_observable(time, 1);
  attribute(time, "ct", "0");
  attribute(time, "rt", "\"ticks clock\"");
  attribute(time, "if", "\"clock\"");
  made = resource(context, "sensors/temp");
  attribute(made, "rt", "\"temperature-c\"");
  attribute(made, "if", "sensor");
  attribute(made, "sz", "12");
  attribute(made, "obs", NULL);
  attribute(made, "empty", "");
  attribute(made, "equote", "\"\"");
  made = resource(context, "dup");
  attribute(made, "rt", "\"one\"");
  attribute(made, "rt", "\"two\"");
  attribute(made, "rel", "\"a  b \"");
  attribute(made, "", "novalname");
  made = resource(context, "/lead");
  attribute(made, "anchor", "\"coap://x\"");
  return time;
}

static void
links(coap_resource_t *time) {
  static const struct {
    size_t room, offset;
    coap_print_status_t status;
    size_t after;
    const char *text;
  } cases[] = {
      {0, 15, 0x40000000, 15, ""},
      {5, 0, 0x40000005, 0, "</tim"},
      {10, 15, 0x4000000a, 0, "ck\";rt=\"ti"},
      {10, 30, 0x4000000a, 0, "lock\";ct=0"},
      {15, 30, 0x0000000e, 0, "lock\";ct=0;obs"},
      {40, 0, 0x40000028, 0, "</time>;if=\"clock\";rt=\"ticks clock\";ct=0"},
      {45, 0, 0x0000002c, 0, "</time>;if=\"clock\";rt=\"ticks clock\";ct=0;obs"},
      {5, 45, 0, 1, ""},
      {60, 60, 0, 16, ""},
  };
  size_t i;

  for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    unsigned char buffer[64];
    size_t length = cases[i].room, offset = cases[i].offset, written = strlen(cases[i].text);

    memset(buffer, '#', sizeof(buffer));
    EXPECT_EQ(coap_print_link(time, buffer, &length, &offset), cases[i].status);
    EXPECT_EQ(length, 44);
    EXPECT_EQ(offset, cases[i].after);
    EXPECT(memcmp(buffer, cases[i].text, written > 40 ? 40 : written) == 0);
    EXPECT_EQ(buffer[written], '#'); /* nothing behind it */
  }
}

/* The response to a request with these options; block -1: none. */
static coap_pdu_t *
ask(coap_session_t *session, const char *token, const char *query, int block) {
  coap_pdu_t *request = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_GET, 0x1234, coap_session_max_pdu_size(session));
  coap_pdu_t *response;
  uint8_t value[4];

  EXPECT(coap_add_token(request, strlen(token), bytes(token)));
  if (query)
    EXPECT(coap_add_option(request, COAP_OPTION_URI_QUERY, strlen(query), bytes(query)) > 0);
  if (block >= 0)
    EXPECT(coap_add_option(request, COAP_OPTION_BLOCK2,
                           coap_encode_var_safe(value, sizeof(value), (unsigned int)block), value) > 0);
  response = coap_wellknown_response(session->context, session, request);
  EXPECT(response != NULL);
  EXPECT_EQ(response->type, COAP_MESSAGE_ACK);
  EXPECT_EQ(response->mid, 0x1234);
  coap_delete_pdu(request);
  return response;
}

/* One letter for each link that passes. */
static void
filter(coap_session_t *session, const char *query, const char *expected) {
  static const struct {
    char letter;
    const char *link;
  } all[] = {{'R', "</>"}, {'T', "</time>"}, {'S', "</sensors/temp>"}, {'D', "</dup>"}, {'L', "<//lead>"}};
  coap_pdu_t *response = ask(session, "", query, -1);
  char text[512] = "", letters[6] = "";
  uint8_t *data;
  size_t length, i, count = 0;

  if (coap_get_data(response, &length, &data)) {
    EXPECT_EQ(response->code, COAP_RESPONSE_CODE_CONTENT);
    EXPECT(length < sizeof(text));
    memcpy(text, data, length);
  } else {
    EXPECT_EQ(response->code, COAP_RESPONSE_CODE_BAD_REQUEST);
  }
  for (i = 0; i < 5; i++)
    if (strstr(text, all[i].link))
      letters[count++] = all[i].letter;
  EXPECT(strcmp(letters, expected) == 0);
  if (strcmp(letters, expected) != 0)
    printf("%s: %s, expected %s\n", query, letters, expected);
  coap_delete_pdu(response);
}

static void
filters(coap_session_t *session) {
  static const struct {
    const char *expected, *queries[10];
  } cases[] = {
      {"", {"rt", "rt=", "rt=ticks clock", "rt=CLOCK", "rt=*clock", "rt=\"temperature-c\"", "rt=one"}},
      {"TSD", {"rt=*"}},
      {"T", {"rt=clock", "rt=ticks", "rt=ticks cl*", "rt=clo*"}},
      {"S", {"rt=temp*", "empty", "empty=", "empty=*", "if=sensor", "if=sens*", "sz=1*", "equote", "equote="}},
      {"D", {"rt=two", "rel=a", "rel=b", "rel=", "rel=*"}},
      {"", {"obs", "obs=", "obs=*", "if=sens", "title=General", "title=\"General Info\"", "ct=", "sz=2"}},
      {"R", {"title=General Info", "title=General*", "href=", "href=/"}},
      {"RT", {"ct=0", "ct=*"}},
      {"", {"href", "href=/ti*e", "href=/lead", "href=/lead*", "foo=bar", "ct=0&if=clock"}},
      {"RTSDL", {"href=*", "href=/*", "=x", "=", ""}},
      {"T", {"href=time", "href=/time", "href=ti*", "href=/ti*"}},
      {"S", {"href=/sensors*"}},
      {"L", {"href=//lead", "anchor=coap*"}},
  };
  size_t i, j;

  for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
    for (j = 0; j < 10 && cases[i].queries[j]; j++)
      filter(session, cases[i].queries[j], cases[i].expected);
}

/* Token, options and payload of a response, given in hex and text. */
static void
wire(coap_session_t *session, const char *query, int block, int code, const char *head, size_t head_length,
     const char *payload) {
  coap_pdu_t *response = ask(session, "\x77", query, block);

  EXPECT_EQ(response->code, code);
  EXPECT_EQ(response->used_size, head_length + strlen(payload));
  if (response->used_size == head_length + strlen(payload)) {
    EXPECT(memcmp(response->token, head, head_length) == 0);
    EXPECT(memcmp(response->token + head_length, payload, strlen(payload)) == 0);
  }
  coap_delete_pdu(response);
}

#define WIRE(query, block, code, head, payload) wire(session, query, block, code, head, sizeof(head) - 1, payload)
#define DOCUMENT "</time>;ct=0;rt=\"clock\";obs"

/* Section 5.4, the wire examples. */
static void
examples(coap_session_t *session) {
  coap_resource_t *time = resource(session->context, "time");

  attribute(time, "rt", "\"clock\"");
  attribute(time, "ct", "0");
  coap_resource_set_get_observable(time, 1);
  WIRE(NULL, -1, 0x45, "\x77\xc1\x28\xd1\x03\x1b\xff", DOCUMENT);
  WIRE("rt=x", -1, 0x80, "\x77", "");
  WIRE(NULL, 0x00, 0x45, "\x77\x41\x1b\x81\x28\xb1\x08\x51\x1b\xff", "</time>;ct=0;rt=");
  WIRE(NULL, 0x10, 0x45, "\x77\x41\x1b\x81\x28\xb1\x10\x51\x1b\xff", "\"clock\";obs");
  WIRE(NULL, 0x06, 0x45, "\x77\x41\x1b\x81\x28\xb1\x06\x51\x1b\xff", DOCUMENT);
  WIRE(NULL, 0x90, 0xa3, "\x77", "");
  WIRE(NULL, 0x07, 0x80, "\x77", "");
  coap_delete_resource(session->context, time);
  WIRE(NULL, -1, 0x80, "\x77", "");
  WIRE(NULL, 0x07, 0x80, "\x77", "");
}

/* Documents around the size of a message: one piece, or blocks that together give it whole (R22, R23). */
static void
sizes(coap_session_t *session) {
  static char title[1400];
  size_t size;

  for (size = 1080; size < 1160; size++) {
    coap_resource_t *made = resource(session->context, "x");
    coap_pdu_t *response;
    uint8_t *data;
    coap_block_t block;
    size_t length, total = 0;
    unsigned int num = 0;

    /* </x>;t= and the value */
    memset(title, 't', sizeof(title));
    title[size - 7] = '\0';
    attribute(made, "t", title);
    response = ask(session, "", NULL, -1);
    EXPECT_EQ(response->code, 0x45);
    EXPECT(response->used_size <= response->max_size);
    EXPECT(coap_get_data(response, &length, &data));
    if (size <= 1141) {
      EXPECT_EQ(length, size);
      EXPECT_EQ(coap_get_block(response, COAP_OPTION_BLOCK2, &block), 0);
    } else {
      EXPECT_EQ(length, 1024);
      EXPECT(coap_get_block(response, COAP_OPTION_BLOCK2, &block));
      EXPECT_EQ(block.num, 0);
      EXPECT_EQ(block.m, 1);
      EXPECT_EQ(block.szx, 6);
    }
    coap_delete_pdu(response);
    do {
      response = ask(session, "", NULL, (int)(num << 4 | 5));
      EXPECT(coap_get_block(response, COAP_OPTION_BLOCK2, &block));
      EXPECT_EQ(block.num, num);
      EXPECT_EQ(block.szx, 5);
      EXPECT(coap_get_data(response, &length, &data));
      EXPECT(length == 512 || !block.m);
      total += length;
      num++;
      coap_delete_pdu(response);
    } while (block.m && num < 10);
    EXPECT_EQ(total, size);
    coap_delete_resource(session->context, made);
  }
}

/* R21: a value that the application rewrites in place is seen in the next answer, blocks included. */
static void
fresh(coap_session_t *session) {
  coap_resource_t *made = resource(session->context, "x");
  coap_attr_t *attr;
  coap_str_const_t name = {1, bytes("t")}, value = {4, bytes("1234")};
  coap_pdu_t *response;
  uint8_t *data;
  size_t length;

  attr = coap_add_attr(made, &name, &value, 0);
  EXPECT(attr != NULL);
  response = ask(session, "", NULL, 0);
  EXPECT(coap_get_data(response, &length, &data) && length == 11 && memcmp(data, "</x>;t=1234", 11) == 0);
  coap_delete_pdu(response);
  coap_attr_get_value(attr)->length = 2;
  response = ask(session, "", NULL, 0);
  EXPECT(coap_get_data(response, &length, &data) && length == 9 && memcmp(data, "</x>;t=12", 9) == 0);
  coap_delete_pdu(response);
  response = ask(session, "", "t=12", -1);
  EXPECT_EQ(response->code, 0x45);
  coap_delete_pdu(response);
  coap_delete_resource(session->context, made);
}

int
main(void) {
  coap_context_t *context;
  coap_session_t *session;
  coap_address_t server;
  coap_pdu_t *response;

  coap_startup();
  context = coap_new_context(NULL);
  coap_address_init(&server);
  server.size = sizeof(server.addr.sin);
  server.addr.sin.sin_family = AF_INET;
  server.addr.sin.sin_port = htons(5683);
  server.addr.sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  session = coap_new_client_session(context, NULL, &server, COAP_PROTO_UDP);
  EXPECT(session != NULL);
  if (!session)
    return expect_done();

  examples(session);
  sizes(session);
  fresh(session);
  links(fixture(context));
  response = ask(session, "", NULL, -1);
  EXPECT_EQ(response->used_size, 5 + 1 + 221);
  EXPECT(memcmp(response->data, WHOLE, 221) == 0);
  coap_delete_pdu(response);
  filters(session);

  /* Neither of these appears. */
  coap_add_resource(context, coap_resource_unknown_init(NULL));
  response = ask(session, "", NULL, -1);
  EXPECT_EQ(response->used_size, 5 + 1 + 221);
  coap_delete_pdu(response);

  coap_session_release(session);
  coap_free_context(context);
  coap_cleanup();
  return expect_done();
}
