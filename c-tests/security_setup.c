/* Credentials in a library with DTLS and TLS: what the calls answer and what they store, before any handshake (security.md
 * 1 and 2, session.md 2 and 3; rows S7, T22). */
/* only: openssl */
/* flags: -lcrypto */
#include "peer.h"

#include <openssl/crypto.h>
#include <openssl/opensslv.h>

static const uint8_t key[] = "s3cret-key";
static const coap_bin_const_t identity = {4, (const uint8_t *)"name"}, secret = {10, key};

static void
support(void) {
  coap_tls_version_t *version = coap_get_tls_library_version();

  EXPECT_EQ(coap_dtls_is_supported(), 1);
  EXPECT_EQ(coap_tls_is_supported(), 1);
  EXPECT_EQ(version->type, COAP_TLS_LIBRARY_OPENSSL);
  EXPECT(version->version == OpenSSL_version_num());
  EXPECT(version->built_version == OPENSSL_VERSION_NUMBER);
  EXPECT(coap_get_tls_library_version() == version);
}

/* Which endpoints can be made. */
static int
opens(coap_context_t *context, coap_proto_t proto) {
  coap_address_t address;
  coap_endpoint_t *endpoint;

  loopback_address(&address, 0);
  endpoint = coap_new_endpoint(context, &address, proto);
  coap_free_endpoint(endpoint);
  return endpoint != NULL;
}

static int warnings;

static void
on_log(coap_log_t level, const char *message) {
  warnings += (level == LOG_ERR || level == LOG_WARNING) && message[0];
}

static void
servers(void) {
  coap_context_t *context = coap_new_context(NULL);
  coap_dtls_spsk_t setup;
  coap_dtls_pki_t pki;
  coap_bin_const_t *stored = &context->spsk_setup_data.psk_info.hint;

  EXPECT(context->dtls_context != NULL);
  EXPECT(context->get_client_psk && context->get_server_psk && context->get_server_hint);
  EXPECT(!opens(context, COAP_PROTO_DTLS) && !opens(context, COAP_PROTO_TLS));
  EXPECT_EQ(coap_context_set_psk2(context, NULL), 0);
  EXPECT(!opens(context, COAP_PROTO_DTLS));
  EXPECT_EQ(coap_context_set_psk(context, "hint", key, 10), 1);
  EXPECT(stored->length == 4 && !memcmp(stored->s, "hint", 4));
  EXPECT(context->spsk_setup_data.psk_info.key.s == key);
  EXPECT(opens(context, COAP_PROTO_DTLS) && opens(context, COAP_PROTO_TLS));
  /* T22: what is not given is not left from before. */
  EXPECT_EQ(coap_context_set_psk(context, NULL, key, 0), 1);
  EXPECT(stored->s == NULL && stored->length == 0);
  EXPECT(context->spsk_setup_data.psk_info.key.s == NULL);
  memset(&setup, 0, sizeof(setup));
  setup.version = 99; /* not looked at */
  setup.psk_info.key = secret;
  EXPECT_EQ(coap_context_set_psk2(context, &setup), 1);
  EXPECT(!memcmp(&context->spsk_setup_data, &setup, sizeof(setup)));
  coap_free_context(context);

  context = coap_new_context(NULL);
  memset(&pki, 0, sizeof(pki));
  coap_set_log_level(LOG_WARNING);
  coap_set_log_handler(on_log);
  EXPECT_EQ(coap_context_set_pki(context, NULL), 0);
  warnings = 0;
  EXPECT_EQ(coap_context_set_pki(context, &pki), 0);
  EXPECT_EQ(warnings, 1);
  coap_set_log_handler(NULL);
  coap_set_log_level(LOG_EMERG);
  EXPECT(!opens(context, COAP_PROTO_TLS));
  pki.version = COAP_DTLS_PKI_SETUP_VERSION;
  pki.pki_key.key.pem.public_cert = "/nowhere/at/all"; /* looked at when a client comes (5.3) */
  EXPECT_EQ(coap_context_set_pki(context, &pki), 1);
  EXPECT(opens(context, COAP_PROTO_DTLS) && opens(context, COAP_PROTO_TLS));
  coap_free_context(context);
}

/* The arguments are looked at whatever the protocol (session.md 2). */
static void
clients(uint16_t port, coap_proto_t proto) {
  coap_context_t *context = coap_new_context(NULL);
  coap_dtls_cpsk_t setup;
  coap_dtls_pki_t pki;
  coap_address_t to;
  coap_session_t *session;

  loopback_address(&to, port);
  memset(&setup, 0, sizeof(setup));
  memset(&pki, 0, sizeof(pki));
  EXPECT(coap_new_client_session_psk(context, NULL, &to, proto, NULL, key, 10) == NULL);
  EXPECT(coap_new_client_session_psk(context, NULL, &to, proto, "name", NULL, 10) == NULL);
  EXPECT(coap_new_client_session_psk(context, NULL, &to, proto, "name", key, 0) == NULL);
  EXPECT(coap_new_client_session_psk2(context, NULL, &to, proto, NULL) == NULL);
  EXPECT(coap_new_client_session_psk2(context, NULL, &to, proto, &setup) == NULL);
  setup.psk_info.identity = identity;
  EXPECT(coap_new_client_session_psk2(context, NULL, &to, proto, &setup) == NULL);
  EXPECT(coap_new_client_session_pki(context, NULL, &to, proto, NULL) == NULL);
  EXPECT(coap_new_client_session_pki(context, NULL, &to, proto, &pki) == NULL); /* version 0 */
  EXPECT(context->sessions == NULL);
  EXPECT(!opens(context, COAP_PROTO_DTLS));

  setup.version = 77; /* not looked at */
  setup.psk_info.key = secret;
  setup.psk_info.identity.length = 0; /* empty is not absent */
  session = coap_new_client_session_psk2(context, NULL, &to, proto, &setup);
  EXPECT(session && session->ref == 1 && session->psk_identity && session->psk_identity->length == 0);
  EXPECT(session && session->psk_key && !strcmp((const char *)session->psk_key->s, "s3cret-key"));
  EXPECT(session && !memcmp(&session->cpsk_setup_data, &setup, sizeof(setup)));
  /* From here on endpoints can be made (security.md 2). */
  EXPECT(opens(context, COAP_PROTO_DTLS));
  EXPECT_EQ(session->state, proto == COAP_PROTO_DTLS ? COAP_SESSION_STATE_HANDSHAKE : COAP_SESSION_STATE_ESTABLISHED);
  EXPECT_EQ((long)session->tls_overhead, proto == COAP_PROTO_DTLS ? 29 : 0);
  EXPECT_EQ(session->tls != NULL, proto == COAP_PROTO_DTLS);
  coap_session_release(session);
  EXPECT(context->sessions == NULL);
  coap_free_context(context);
}

int
main(void) {
  uint16_t port;
  int silent = silent_socket(&port);

  coap_startup();
  coap_set_log_level(LOG_EMERG);
  support();
  servers();
  clients(port, COAP_PROTO_UDP);
  clients(port, COAP_PROTO_DTLS);
  close(silent);
  coap_cleanup();
  return expect_done();
}
