/* Applications that use OpenSSL themselves in their callbacks, and leave its errors noted: those are not the handshake's
 * (security.md 4.2, 4.3, 5.3, 5.7 and 11). */

/* only: openssl */
/* flags: -lssl -lcrypto */

#include <openssl/err.h>

#include "pki_usual.h"
#include "psk_world.h"

static int calls;

/* Looks at something, finds it bad, and says so to nobody. */
static void
be_careless(void) {
  const uint8_t rubbish[] = {1, 2, 3}, *at = rubbish;

  EXPECT(!d2i_X509(NULL, &at, sizeof(rubbish)));
  EXPECT(ERR_peek_error() != 0);
  calls++;
}

static void
careless_log(coap_log_t level, const char *line) {
  (void)level, (void)line;
  be_careless();
}

/* From here on each line of the log is a call, too. */
static void
log_all(int on) {
  coap_set_log_handler(on ? careless_log : NULL);
  coap_set_log_level(on ? COAP_LOG_CIPHERS : LOG_CRIT);
  coap_dtls_set_log_level(on ? COAP_LOG_CIPHERS : 0);
}

/* --- Certificates ------------------------------------------------------------------------------------------------- */

static coap_dtls_key_t key_of_name;

static int
careless_cn(const char *cn, const uint8_t *der, size_t length, coap_session_t *session, unsigned int depth,
            int validated, void *arg) {
  (void)cn, (void)der, (void)length, (void)session, (void)depth, (void)validated, (void)arg;
  be_careless();
  return 1;
}

static int
careless_setup(void *tls, coap_dtls_pki_t *setup) {
  (void)tls, (void)setup;
  be_careless();
  return 1;
}

static coap_dtls_key_t *
careless_key_name(const char *sni, void *arg) {
  (void)sni, (void)arg;
  be_careless();
  return &key_of_name;
}

static void
certificates(coap_proto_t proto) {
  int which;

  for (which = 0; which < 5; which++) {
    coap_dtls_pki_t of_server = pki_pem(root_file, server_file), of_client = pki_pem(root_file, client_file);

    calls = 0;
    key_of_name = of_server.pki_key;
    if (which == 0)
      of_client.validate_cn_call_back = careless_cn;
    if (which == 1)
      of_server.validate_cn_call_back = careless_cn;
    if (which == 2)
      of_server.additional_tls_setup_call_back = careless_setup;
    if (which == 3)
      of_server.validate_sni_call_back = careless_key_name;
    log_all(which == 4);
    EXPECT_EQ(pki_meet(proto, &of_server, &of_client), ANSWERED);
    log_all(0);
    EXPECT(calls > 0);
  }
}

/* --- Pre-shared keys ---------------------------------------------------------------------------------------------- */

static coap_dtls_spsk_info_t info_of_name;
static coap_dtls_cpsk_info_t info_of_hint;
static coap_bin_const_t key_of_identity;

static const coap_dtls_spsk_info_t *
careless_psk_name(const char *name, coap_session_t *session, void *arg) {
  (void)name, (void)session, (void)arg;
  be_careless();
  return &info_of_name;
}

static const coap_bin_const_t *
careless_identity(coap_bin_const_t *identity, coap_session_t *session, void *arg) {
  (void)identity, (void)session, (void)arg;
  be_careless();
  return &key_of_identity;
}

static const coap_dtls_cpsk_info_t *
careless_hint(coap_str_const_t *hint, coap_session_t *session, void *arg) {
  (void)hint, (void)session, (void)arg;
  be_careless();
  return &info_of_hint;
}

static void
pre_shared_keys(coap_proto_t proto) {
  int which;

  for (which = 0; which < 4; which++) {
    coap_dtls_spsk_t of_server = psk_server("hint", "secret");
    coap_dtls_cpsk_t of_client = psk_client("me", "secret");
    struct pki_world world;

    calls = 0;
    info_of_name = of_server.psk_info;
    info_of_hint = of_client.psk_info;
    key_of_identity = of_client.psk_info.key;
    if (which == 0)
      of_server.validate_sni_call_back = careless_psk_name;
    if (which == 1)
      of_server.validate_id_call_back = careless_identity;
    if (which == 2)
      of_client.validate_ih_call_back = careless_hint;
    log_all(which == 3);
    psk_world_open(&world, proto, &of_server);
    EXPECT_EQ(psk_try(&world, &of_client), ANSWERED);
    log_all(0);
    EXPECT(calls > 0);
    pki_world_close(&world);
  }
}

int
main(void) {
  size_t i;

  coap_startup();
  log_all(0);
  coap_set_show_pdu_output(0);
  usual_open();
  for (i = 0; i < PKI_PROTOS; i++) {
    certificates(pki_protos[i]);
    pre_shared_keys(pki_protos[i]);
  }
  ERR_clear_error();
  usual_close();
  coap_cleanup();
  return expect_done();
}
