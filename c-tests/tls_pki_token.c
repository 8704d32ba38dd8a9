/* Certificates and keys on a PKCS #11 token, whose provider for OpenSSL this program is itself (security.md 5.2; rows
 * T10, T24). */

/* only: openssl */
/* flags: -lssl -lcrypto */

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/core_object.h>
#include <openssl/provider.h>

#include "pki_world.h"

#define PIN "pin-5309-secret"

/* --- The provider ------------------------------------------------------------------------------------------------- */

/* An object of the token is the file in DER of the name behind "object=". It has been loaded so often. */
static int objects_loaded, pins_asked, pins_right, needs_pin;

struct object {
  char name[64];
  int key, done;
};

static void *
object_open(void *provider, const char *uri) {
  struct object *object = calloc(1, sizeof(*object));
  const char *name = strstr(uri, "object=");

  (void)provider;
  if (object && name) {
    snprintf(object->name, sizeof(object->name), "%.*s", (int)strcspn(name + 7, ";?"), name + 7);
    object->key = strstr(object->name, "key") != NULL;
  }
  return object;
}

static int
object_set(void *object, const OSSL_PARAM params[]) {
  (void)object, (void)params;
  return 1;
}

static const OSSL_PARAM *
object_settable(void *provider) {
  static const OSSL_PARAM none[] = {OSSL_PARAM_END};

  (void)provider;
  return none;
}

static int
object_load(void *loader, OSSL_CALLBACK *found, void *found_arg, OSSL_PASSPHRASE_CALLBACK *ask, void *ask_arg) {
  struct object *object = loader;
  uint8_t bytes[4096];
  char pin[64];
  size_t length, pin_length = 0;
  int kind = object->key ? OSSL_OBJECT_PKEY : OSSL_OBJECT_CERT;
  OSSL_PARAM params[4], *param = params;
  FILE *from = fopen(file_name(object->name), "r");

  object->done = 1;
  if (!from)
    return 0;
  length = fread(bytes, 1, sizeof(bytes), from);
  fclose(from);
  if (object->key && needs_pin) {
    pins_asked++;
    if (!ask(pin, sizeof(pin), &pin_length, NULL, ask_arg) || pin_length != strlen(PIN) || memcmp(pin, PIN, pin_length))
      return 0;
    pins_right++;
  }
  objects_loaded++;
  *param++ = OSSL_PARAM_construct_int(OSSL_OBJECT_PARAM_TYPE, &kind);
  if (object->key)
    *param++ = OSSL_PARAM_construct_utf8_string(OSSL_OBJECT_PARAM_DATA_STRUCTURE, (char *)"type-specific", 0);
  *param++ = OSSL_PARAM_construct_octet_string(OSSL_OBJECT_PARAM_DATA, bytes, length);
  *param = OSSL_PARAM_construct_end();
  return found(params, found_arg);
}

static int
object_end(void *object) {
  return ((struct object *)object)->done;
}

static int
object_close(void *object) {
  free(object);
  return 1;
}

static const OSSL_DISPATCH store_functions[] = {
  {OSSL_FUNC_STORE_OPEN, (void (*)(void))object_open},
  {OSSL_FUNC_STORE_SETTABLE_CTX_PARAMS, (void (*)(void))object_settable},
  {OSSL_FUNC_STORE_SET_CTX_PARAMS, (void (*)(void))object_set},
  {OSSL_FUNC_STORE_LOAD, (void (*)(void))object_load},
  {OSSL_FUNC_STORE_EOF, (void (*)(void))object_end},
  {OSSL_FUNC_STORE_CLOSE, (void (*)(void))object_close},
  {0, NULL},
};

static const OSSL_ALGORITHM *
query(void *provider, int operation, int *no_cache) {
  static const OSSL_ALGORITHM stores[] = {{"pkcs11", "provider=pkcs11", store_functions, NULL}, {0}};

  (void)provider;
  *no_cache = 0;
  return operation == OSSL_OP_STORE ? stores : NULL;
}

static int
provider_init(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in, const OSSL_DISPATCH **out, void **provider) {
  static const OSSL_DISPATCH functions[] = {{OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))query}, {0, NULL}};

  (void)in;
  *out = functions;
  *provider = (void *)handle;
  return 1;
}

/* --- The test ----------------------------------------------------------------------------------------------------- */

static char lines[8192];

static void
keep_line(coap_log_t level, const char *line) {
  size_t length = strlen(lines);

  (void)level;
  snprintf(lines + length, sizeof(lines) - length, "%s", line);
  EXPECT(!strstr(line, PIN));
}

/* All from the token. */
static coap_dtls_pki_t
of_token(const char *certificate, const char *key) {
  coap_dtls_pki_t setup = pki_setup(COAP_PKI_KEY_PKCS11);

  setup.pki_key.key.pkcs11.ca = "pkcs11:token=t;object=root.der";
  setup.pki_key.key.pkcs11.public_cert = certificate;
  setup.pki_key.key.pkcs11.private_key = key;
  return setup;
}

static void
tokens(coap_proto_t proto, const char *root_file, const char *client_file) {
  coap_dtls_pki_t of_server = of_token("PKCS11:object=server.der", "pkcs11:object=server-key.der;type=private");
  coap_dtls_pki_t of_client = of_token("pkcs11:object=client.der", "pkcs11:object=client-key.der"), setup;
  coap_dtls_pki_t in_files = pki_pem(root_file, client_file);

  needs_pin = 0;
  objects_loaded = 0;
  /* T10: a client whose authority is on the token takes a server by that authority, and so does a server. */
  EXPECT_EQ(pki_meet(proto, &of_server, &of_client), ANSWERED);
  EXPECT_EQ(objects_loaded, 6);
  EXPECT_EQ(pki_meet(proto, &of_server, &in_files), ANSWERED);
  of_client.pki_key.key.pkcs11.ca = "pkcs11:object=client.der";
  EXPECT_EQ(pki_meet(proto, &of_server, &of_client), SENT(48));
  of_client.pki_key.key.pkcs11.ca = "pkcs11:object=root.der";

  /* What is not there. */
  setup = of_client;
  setup.pki_key.key.pkcs11.ca = "pkcs11:object=missing.der";
  EXPECT_EQ(pki_meet(proto, &of_server, &setup), NO_KEYS(proto));
  setup = of_client;
  setup.pki_key.key.pkcs11.private_key = "pkcs11:object=server-key.der"; /* another's */
  EXPECT_EQ(pki_meet(proto, &of_server, &setup), NO_KEYS(proto));
  setup.pki_key.key.pkcs11.private_key = "pkcs11:object=client.der"; /* a certificate */
  EXPECT_EQ(pki_meet(proto, &of_server, &setup), NO_KEYS(proto));

  /* The PIN: right, wrong, absent. T24: it is not in the log, nor is what a URI says of one. */
  needs_pin = 1;
  pins_asked = pins_right = 0;
  of_client.pki_key.key.pkcs11.user_pin = PIN;
  EXPECT_EQ(pki_meet(proto, &of_server, &of_client), GOT(40));
  EXPECT(pins_asked == 2 && pins_right == 1);
  of_server.pki_key.key.pkcs11.user_pin = PIN;
  EXPECT_EQ(pki_meet(proto, &of_server, &of_client), ANSWERED);
  of_client.pki_key.key.pkcs11.user_pin = PIN "-wrong";
  lines[0] = 0;
  EXPECT_EQ(pki_meet(proto, &of_server, &of_client), NO_KEYS(proto));
  EXPECT(strstr(lines, "pkcs11:object=client-key.der"));
  of_client.pki_key.key.pkcs11.private_key = "pkcs11:object=client-key.der?pin-value=" PIN;
  lines[0] = 0;
  EXPECT_EQ(pki_meet(proto, &of_server, &of_client), NO_KEYS(proto));
  EXPECT(strstr(lines, "pkcs11:object=client-key.der'"));
}

int
main(void) {
  struct credential root, server, client;
  char root_file[160], client_file[160];
  size_t i;

  coap_startup();
  coap_set_log_level(COAP_LOG_CIPHERS);
  coap_dtls_set_log_level(COAP_LOG_CIPHERS);
  coap_set_log_handler(keep_line);
  coap_set_show_pdu_output(0);
  certificates_open();
  EXPECT_EQ(OSSL_PROVIDER_add_builtin(NULL, "pkcs11", provider_init), 1);
  root_make(&root, "root");
  certificate_make(&server, &root, "server");
  certificate_make(&client, &root, "client");
  file("root.der", DER_CERTIFICATE, &root);
  file("server.der", DER_CERTIFICATE, &server);
  file("server-key.der", DER_KEY, &server);
  file("client.der", DER_CERTIFICATE, &client);
  file("client-key.der", DER_KEY, &client);
  keep(root_file, file("root.pem", PEM_CERTIFICATE, &root));
  keep(client_file, file("client.pem", PEM_KEY | PEM_CERTIFICATE, &client));
  EXPECT_EQ(OSSL_PROVIDER_available(NULL, "pkcs11"), 0);
  for (i = 0; i < PKI_PROTOS; i++)
    tokens(pki_protos[i], root_file, client_file);
  EXPECT_EQ(OSSL_PROVIDER_available(NULL, "pkcs11"), 1);
  EXPECT_EQ(OSSL_PROVIDER_available(NULL, "default"), 1);
  coap_cleanup();
  EXPECT_EQ(OSSL_PROVIDER_available(NULL, "pkcs11"), 0);
  credential_free(&root);
  credential_free(&server);
  credential_free(&client);
  certificates_close();
  return expect_done();
}
