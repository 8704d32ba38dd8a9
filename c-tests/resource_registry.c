/* Adding, looking up, replacing and deleting resources; user data and its release (docs/spec/resource.md, section 2;
 * hostile X42). */
#include <coap2/coap.h>
#include <stdint.h>
#include <string.h>

#include "expect.h"

static coap_context_t *context;
static char released[32];
static coap_resource_t *to_delete, *to_add;

/* User data is a one-letter name; some letters do more. */
static void
release(void *data) {
  const char *name = data;
  coap_resource_t *resource;

  strcat(released, name);
  switch (*name) {
  case '1': /* deletes another one, and itself once more */
    resource = to_delete;
    to_delete = NULL;
    if (resource)
      coap_delete_resource(context, resource);
    break;
  case '2': /* adds one */
    resource = to_add;
    to_add = NULL;
    if (resource)
      coap_add_resource(context, resource);
    break;
  default:
    break;
  }
}

static coap_str_const_t *
path(const char *text) {
  return coap_make_str_const(text);
}

static coap_resource_t *
find(const char *text) {
  return coap_get_resource_from_uri_path(context, path(text));
}

static coap_resource_t *
named(coap_resource_t *resource, const char *name) {
  coap_resource_set_userdata(resource, (void *)(uintptr_t)name);
  return resource;
}

static coap_resource_t *
make(const char *text, const char *name) {
  return named(coap_resource_init(path(text), 0), name);
}

static coap_resource_t *
make_proxy(const char *name) {
  const char *names[] = {"me"};
  return named(coap_resource_proxy_uri_init(NULL, 1, names), name);
}

static void
begin(void) {
  released[0] = '\0';
  context = coap_new_context(NULL);
  coap_resource_release_userdata_handler(context, release);
}

static void
end(const char *expected) {
  coap_free_context(context);
  EXPECT(strcmp(released, expected) == 0);
  if (strcmp(released, expected) != 0)
    printf("released: %s\n", released);
}

static void
look_up(void) {
  coap_resource_t *root, *a, *lead;

  begin();
  EXPECT(context->resources == NULL);
  coap_add_resource(context, root = make("", "r"));
  coap_add_resource(context, a = make("a", "a"));
  coap_add_resource(context, lead = make("/lead", NULL));
  coap_add_resource(context, named(coap_resource_unknown_init(NULL), "u"));
  coap_add_resource(context, make_proxy("p"));
  EXPECT(context->resources && context->unknown_resource && context->proxy_uri_resource);
  EXPECT(find("") == root && find("a") == a && find("/lead") == lead);
  EXPECT(!find("lead") && !find("A") && !find("a/") && !find("- Unknown -") && !find("- Proxy URI -"));

  /* R14: again changes nothing. */
  coap_add_resource(context, a);
  EXPECT(find("a") == a);
  EXPECT_EQ(coap_delete_resource(context, root), 1);
  EXPECT(!find("") && context->resources);
  EXPECT_EQ(coap_delete_resource(context, lead), 1);
  EXPECT(find("a") == a && context->resources);
  EXPECT_EQ(coap_delete_resource(context, a), 1);
  EXPECT(context->resources == NULL);
  end("raup");
}

/* A descriptor on the stack, with RELEASE_URI: only its bytes count once the resource is made. */
static void
dead_descriptor(void) {
  static coap_str_const_t *descriptor;
  coap_resource_t *resource;

  begin();
  descriptor = coap_new_str_const((const uint8_t *)"stays", 5);
  resource = coap_resource_init(descriptor, COAP_RESOURCE_FLAGS_RELEASE_URI);
  coap_add_resource(context, resource);
  descriptor->length = 77;
  descriptor->s = NULL;
  EXPECT(find("stays") == resource);
  EXPECT(coap_resource_get_uri_path(resource) == descriptor);
  EXPECT_EQ(coap_delete_resource(context, resource), 1);
  EXPECT(!find("stays"));
  end("");
}

static void
replace(void) {
  coap_resource_t *second, *unknown, *proxy;

  begin();
  coap_add_resource(context, make("a", "a"));
  coap_add_resource(context, make("b", "b"));
  coap_add_resource(context, second = make("a", "A"));
  EXPECT(find("a") == second);
  EXPECT(strcmp(released, "a") == 0);
  coap_add_resource(context, named(coap_resource_unknown_init(NULL), "u"));
  coap_add_resource(context, unknown = named(coap_resource_unknown_init(NULL), "U"));
  EXPECT(context->unknown_resource == unknown);
  coap_add_resource(context, make_proxy("p"));
  coap_add_resource(context, proxy = make_proxy("P"));
  EXPECT(context->proxy_uri_resource == proxy);
  EXPECT(strcmp(released, "aup") == 0);
  coap_delete_resource(context, unknown);
  EXPECT(context->unknown_resource == NULL);
  /* The new one took the last position. */
  end("aupUbAP");
}

/* R13, R14: the resource stays with its context. */
static void
two_contexts(void) {
  coap_context_t *other = coap_new_context(NULL);
  coap_resource_t *resource;

  begin();
  coap_add_resource(context, resource = make("a", "a"));
  coap_add_resource(other, resource);
  EXPECT(other->resources == NULL && find("a") == resource);
  EXPECT_EQ(coap_delete_resource(other, resource), 1);
  EXPECT(context->resources == NULL);
  coap_free_context(other);
  end("a");
}

/* X42: the release callback deletes and adds. */
static void
busy_release(void) {
  coap_resource_t *resource, *late;

  begin();
  coap_add_resource(context, resource = make("x", "1"));
  coap_add_resource(context, to_delete = make("y", "y"));
  coap_delete_resource(context, resource);
  EXPECT(!find("x") && !find("y"));

  /* Itself. */
  coap_add_resource(context, resource = make("x", "1"));
  to_delete = resource;
  coap_delete_resource(context, resource);
  EXPECT(context->resources == NULL);

  /* While it is being replaced: the one that replaces it is deleted, or added by the callback. */
  coap_add_resource(context, make("x", "1"));
  to_delete = make("x", "d");
  coap_add_resource(context, to_delete);
  EXPECT(!find("x"));
  coap_add_resource(context, make("x", "2"));
  coap_add_resource(context, to_add = resource = make("x", "e"));
  EXPECT(find("x") == resource);

  /* An unknown resource gives way to one that is added while it goes. */
  coap_add_resource(context, resource = named(coap_resource_unknown_init(NULL), "2"));
  to_add = late = named(coap_resource_unknown_init(NULL), "u");
  coap_delete_resource(context, resource);
  EXPECT(context->unknown_resource == late);

  /* While the context ends. */
  coap_add_resource(context, make("z", "2"));
  to_add = make("w", "w");
  /* 1y 1 1 (d was never added: no callback) 2 2, then e 2 w u */
  end("1y1122e2wu");
}

static void
many(void) {
  char text[8];
  int number, found = 0;

  begin();
  for (number = 0; number < 3000; number++) {
    snprintf(text, sizeof(text), "%04d", number);
    coap_add_resource(context, make(text, NULL));
  }
  for (number = 0; number < 3000; number += 2) {
    snprintf(text, sizeof(text), "%04d", number);
    coap_delete_resource(context, find(text));
  }
  for (number = 0; number < 3000; number++) {
    snprintf(text, sizeof(text), "%04d", number);
    found += find(text) != NULL;
    EXPECT((find(text) != NULL) == (number % 2 == 1));
  }
  EXPECT_EQ(found, 1500);
  end("");
}

int
main(void) {
  coap_startup();
  coap_set_log_level(LOG_ERR);
  look_up();
  dead_descriptor();
  replace();
  two_contexts();
  busy_release();
  many();
  coap_cleanup();
  return expect_done();
}
