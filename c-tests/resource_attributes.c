/* Resources and their attributes: creation, adoption, live values (docs/spec/resource.md, sections 2 and 4). */
#include <coap2/coap.h>
#include <stdint.h>
#include <string.h>

#include "expect.h"

static void
handler(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *request,
        coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  (void)context, (void)resource, (void)session, (void)request, (void)token, (void)query, (void)response;
}

static coap_str_const_t *
string(const char *text) {
  return coap_new_str_const((const uint8_t *)text, strlen(text));
}

static int
is(const coap_str_const_t *string, const char *text) {
  return string && string->length == strlen(text) && memcmp(string->s, text, string->length) == 0;
}

static void
paths(coap_context_t *context) {
  coap_str_const_t *mine = string("a/b"), stack = {3, (const uint8_t *)"c/d"};
  coap_resource_t *adopted = coap_resource_init(mine, COAP_RESOURCE_FLAGS_RELEASE_URI);
  coap_resource_t *copied = coap_resource_init(&stack, 0);
  coap_resource_t *root = coap_resource_init(NULL, 0);
  const char *names[] = {"one", "two"};
  coap_resource_t *unknown = coap_resource_unknown_init(handler);
  coap_resource_t *proxy = coap_resource_proxy_uri_init(handler, 2, names);

  EXPECT(coap_resource_get_uri_path(adopted) == mine);
  EXPECT(is(coap_resource_get_uri_path(copied), "c/d"));
  EXPECT(coap_resource_get_uri_path(copied)->s != stack.s);
  EXPECT_EQ(coap_resource_get_uri_path(copied)->s[3], 0);
  EXPECT(is(coap_resource_get_uri_path(root), ""));
  EXPECT(is(coap_resource_get_uri_path(unknown), "- Unknown -"));
  EXPECT(is(coap_resource_get_uri_path(proxy), "- Proxy URI -"));

  /* R17 */
  names[1] = NULL;
  EXPECT(coap_resource_proxy_uri_init(handler, 2, names) == NULL);
  EXPECT(coap_resource_proxy_uri_init(handler, 1, NULL) == NULL);
  EXPECT(coap_resource_proxy_uri_init(handler, 0, names) == NULL);

  /* R12: none of them was ever added. */
  EXPECT_EQ(coap_delete_resource(context, adopted), 1);
  EXPECT_EQ(coap_delete_resource(context, copied), 1);
  EXPECT_EQ(coap_delete_resource(context, root), 1);
  EXPECT_EQ(coap_delete_resource(context, unknown), 1);
  EXPECT_EQ(coap_delete_resource(context, proxy), 1);
}

static void
attributes(coap_context_t *context) {
  coap_resource_t *resource = coap_resource_init(NULL, 0);
  coap_str_const_t *rt = string("rt"), *one = string("\"one\""), *two = string("\"two\"");
  coap_attr_t *older = coap_add_attr(resource, rt, one, COAP_ATTR_FLAGS_RELEASE_NAME);
  coap_attr_t *newer = coap_add_attr(resource, rt, two, COAP_ATTR_FLAGS_RELEASE_VALUE);
  coap_str_const_t other = {1, (const uint8_t *)"r"};
  coap_str_const_t *value;

  EXPECT(older && newer && older != newer);
  EXPECT(coap_find_attr(resource, rt) == newer);
  EXPECT(coap_find_attr(resource, &other) == NULL);
  EXPECT(coap_attr_get_value(newer) == two);
  value = coap_attr_get_value(older);
  EXPECT(value != one && is(value, "\"one\""));
  coap_delete_str_const(one);

  /* Live: what is written into the value is shown. */
  {
    unsigned char buffer[64];
    size_t length = sizeof(buffer), offset = 0;
    value->length = 3;
    memcpy((uint8_t *)(uintptr_t)two->s, "\"TWO\"", 5);
    EXPECT_EQ(coap_print_link(resource, buffer, &length, &offset), 19);
    EXPECT_EQ(length, 19);
    EXPECT(memcmp(buffer, "</>;rt=\"TWO\";rt=\"on", 19) == 0);
  }

  /* No value, an empty one; X40: NULL. */
  EXPECT(coap_attr_get_value(coap_add_attr(resource, &other, NULL, 0)) == NULL);
  EXPECT(coap_add_attr(NULL, &other, NULL, 0) == NULL);
  EXPECT(coap_add_attr(resource, NULL, &other, 0) == NULL);
  EXPECT(coap_find_attr(NULL, &other) == NULL);
  EXPECT(coap_find_attr(resource, NULL) == NULL);
  EXPECT(coap_attr_get_value(NULL) == NULL);
  coap_delete_resource(context, resource);
}

static void
null_and_nonsense(coap_context_t *context) {
  coap_resource_t *resource = coap_resource_init(NULL, 0);
  size_t length = 10, offset = 0;
  unsigned char buffer[10];

  /* R15, R16, X37, X40 */
  coap_register_handler(NULL, COAP_REQUEST_GET, handler);
  coap_register_handler(resource, (coap_request_t)0, handler);
  coap_register_handler(resource, (coap_request_t)8, handler);
  coap_register_handler(resource, (coap_request_t)0x7fffffff, handler);
  coap_add_resource(NULL, resource);
  coap_add_resource(context, NULL);
  coap_resource_set_mode(NULL, 2);
  coap_resource_set_get_observable(NULL, 1);
  coap_resource_set_userdata(NULL, &length);
  coap_resource_release_userdata_handler(NULL, NULL);
  EXPECT(coap_resource_get_userdata(NULL) == NULL);
  EXPECT(coap_resource_get_uri_path(NULL) == NULL);
  EXPECT(coap_get_resource_from_uri_path(context, NULL) == NULL);
  EXPECT(coap_get_resource_from_uri_path(NULL, coap_resource_get_uri_path(resource)) == NULL);
  EXPECT_EQ(coap_delete_resource(context, NULL), 0);
  EXPECT_EQ(coap_delete_resource(NULL, resource), 0);
  EXPECT_EQ(coap_print_link(NULL, buffer, &length, &offset), COAP_PRINT_STATUS_ERROR);
  EXPECT_EQ(coap_print_link(resource, NULL, &length, &offset), COAP_PRINT_STATUS_ERROR);
  EXPECT_EQ(coap_print_link(resource, buffer, NULL, &offset), COAP_PRINT_STATUS_ERROR);
  EXPECT_EQ(coap_print_link(resource, buffer, &length, NULL), COAP_PRINT_STATUS_ERROR);
  EXPECT_EQ(length, 10);
  length = 0;
  EXPECT_EQ(coap_print_link(resource, NULL, &length, &offset), COAP_PRINT_STATUS_TRUNC);
  EXPECT_EQ(length, 3);

  EXPECT(coap_resource_get_userdata(resource) == NULL);
  coap_resource_set_userdata(resource, &length);
  EXPECT(coap_resource_get_userdata(resource) == &length);
  coap_delete_resource(context, resource);
}

int
main(void) {
  coap_context_t *context;

  coap_startup();
  context = coap_new_context(NULL);
  paths(context);
  attributes(context);
  null_and_nonsense(context);
  coap_free_context(context);
  coap_cleanup();
  return expect_done();
}
