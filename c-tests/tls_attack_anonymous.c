/* A system whose configuration takes OpenSSL's security level down to 0, at which it also knows suites without
 * authentication, without encryption, and the versions before 1.2: none of them is used, in any role (security.md 6.1;
 * T1, T19, T21). */
/* only: openssl */
/* flags: -Wl,--no-as-needed -lssl -lcrypto */
#include "psk_world.h"

static const char *root_file, *server_file;
static struct credential root, server, client;

static unsigned int
server_key(SSL *ssl, const char *identity, unsigned char *key, unsigned int room) {
  (void)ssl, (void)identity;
  if (room < 6)
    return 0;
  memcpy(key, "secret", 6);
  return 6;
}

/* A server of OpenSSL's that takes these suites, and these versions; what becomes of a session of ours. */
static int
meets(int with_key, const char *suites, int oldest, int newest) {
  SSL_CTX *settings = SSL_CTX_new(TLS_server_method());
  coap_context_t *context = coap_new_context(NULL);
  coap_dtls_cpsk_t key = psk_client("me", "secret");
  coap_dtls_pki_t pki = pki_pem(root_file, NULL);
  coap_session_t *session;
  struct sockaddr_in own;
  socklen_t size = sizeof(own);
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), fd, result = 0;
  long long start = milliseconds();
  coap_address_t to;
  SSL *ssl;

  EXPECT_EQ(SSL_CTX_set_cipher_list(settings, suites), 1);
  SSL_CTX_set_min_proto_version(settings, oldest);
  SSL_CTX_set_max_proto_version(settings, newest);
  SSL_CTX_set_dh_auto(settings, 1);
  SSL_CTX_set_psk_server_callback(settings, server_key);
  SSL_CTX_use_certificate(settings, server.certificate);
  SSL_CTX_use_PrivateKey(settings, server.key);
  loopback_address(&to, 0);
  if (bind(listener, &to.addr.sa, to.size) < 0 || listen(listener, 1) < 0 ||
      getsockname(listener, (struct sockaddr *)&own, &size) < 0)
    exit(2);
  loopback_address(&to, ntohs(own.sin_port));
  coap_register_event_handler(context, pki_client_event);
  session = with_key ? coap_new_client_session_psk2(context, NULL, &to, COAP_PROTO_TLS, &key)
                     : coap_new_client_session_pki(context, NULL, &to, COAP_PROTO_TLS, &pki);
  EXPECT(session != NULL);
  coap_io_process(context, COAP_IO_NO_WAIT);
  fd = accept(listener, NULL, NULL);
  fcntl(fd, F_SETFL, O_NONBLOCK);
  ssl = SSL_new(settings);
  SSL_set_fd(ssl, fd);
  memset(&pki_seen, 0, sizeof(pki_seen));
  while (!pki_seen.over && result != 1 && milliseconds() < start + PATIENCE) {
    result = SSL_accept(ssl);
    if (result != 1 && SSL_get_error(ssl, result) != SSL_ERROR_WANT_READ)
      break;
    coap_io_process(context, 1);
  }
  if (result == 1)
    printf("%s: %s, %s\n", suites, SSL_get_version(ssl), SSL_get_cipher_name(ssl));
  SSL_free(ssl);
  SSL_CTX_free(settings);
  close(fd);
  close(listener);
  coap_session_release(session);
  coap_free_context(context);
  return result == 1;
}

static int
allow_dh(void *tls, coap_dtls_pki_t *setup) {
  (void)setup;
  return SSL_set_dh_auto((SSL *)tls, 1) == 1;
}

/* A client of OpenSSL's that offers these suites, and these versions, meets a server of ours. */
static int
met_by(coap_proto_t proto, int with_key, const char *suites, int oldest, int newest) {
  coap_dtls_spsk_t psk = psk_server("a hint", "secret");
  coap_dtls_pki_t pki = pki_pem(root_file, server_file);
  SSL_CTX *settings = openssl_client(proto, "me", "secret");
  struct pki_world world;
  int result;
  SSL *ssl;

  pki.verify_peer_cert = 0;
  pki.additional_tls_setup_call_back = allow_dh;
  EXPECT_EQ(SSL_CTX_set_cipher_list(settings, suites), 1);
  SSL_CTX_set_min_proto_version(settings, oldest);
  SSL_CTX_set_max_proto_version(settings, newest);
  if (with_key)
    psk_world_open(&world, proto, &psk);
  else
    pki_world_open(&world, proto, &pki);
  ssl = openssl_open(&world, settings);
  result = openssl_connect(&world, ssl);
  if (result == ANSWERED)
    printf("%s: %s, %s\n", suites, SSL_get_version(ssl), SSL_get_cipher_name(ssl));
  EXPECT_EQ(pki_seen.servers_connected, result == ANSWERED);
  openssl_close(ssl);
  pki_turn(&world);
  SSL_CTX_free(settings);
  pki_world_close(&world);
  return result == ANSWERED;
}

#define WEAK "@SECLEVEL=0:"

int
main(void) {
  static char root_name[320], server_name[320];
  int with_key;

  coap_set_log_level(LOG_EMERG);
  certificates_open();
  /* OpenSSL reads it when it is called first. */
  setenv("OPENSSL_CONF", text_file("weak.cnf", "openssl_conf = all\n[all]\nssl_conf = ssl\n[ssl]\nsystem_default = d\n"
                                               "[d]\nCipherString = DEFAULT:@SECLEVEL=0\n"), 1);
  root_make(&root, "root");
  certificate_make(&server, &root, "server");
  certificate_make(&client, &root, "client");
  root_file = strcpy(root_name, file("root.pem", PEM_CERTIFICATE, &root));
  server_file = strcpy(server_name, file("server.pem", PEM_KEY | PEM_CERTIFICATE, &server));

  /* The way to try it works. */
  EXPECT(meets(0, "ECDHE-ECDSA-AES128-GCM-SHA256", TLS1_2_VERSION, TLS1_2_VERSION));
  EXPECT(meets(1, "PSK-AES128-GCM-SHA256", TLS1_2_VERSION, TLS1_2_VERSION));
  EXPECT(met_by(COAP_PROTO_TLS, 0, "ECDHE-ECDSA-AES128-CCM8", TLS1_2_VERSION, TLS1_2_VERSION));
  EXPECT(met_by(COAP_PROTO_DTLS, 1, "PSK-AES128-CCM8", DTLS1_2_VERSION, DTLS1_2_VERSION));
  /* Nobody is who they seem to be. */
  EXPECT(!meets(0, WEAK "ADH", TLS1_2_VERSION, TLS1_2_VERSION));
  EXPECT(!meets(0, WEAK "aNULL", TLS1_2_VERSION, TLS1_2_VERSION));
  EXPECT(!meets(1, WEAK "aNULL", TLS1_2_VERSION, TLS1_2_VERSION));
  EXPECT(!meets(1, WEAK "ECDHE-ECDSA-AES128-GCM-SHA256", TLS1_2_VERSION, TLS1_2_VERSION));
  for (with_key = 0; with_key < 2; with_key++) {
    EXPECT(!met_by(COAP_PROTO_TLS, with_key, WEAK "aNULL", TLS1_2_VERSION, TLS1_2_VERSION));
    EXPECT(!met_by(COAP_PROTO_DTLS, with_key, WEAK "aNULL", DTLS1_2_VERSION, DTLS1_2_VERSION));
    /* Everybody can read it. */
    EXPECT(!meets(with_key, WEAK "eNULL", TLS1_2_VERSION, TLS1_2_VERSION));
    EXPECT(!met_by(COAP_PROTO_TLS, with_key, WEAK "eNULL", TLS1_2_VERSION, TLS1_2_VERSION));
    EXPECT(!met_by(COAP_PROTO_DTLS, with_key, WEAK "eNULL", DTLS1_2_VERSION, DTLS1_2_VERSION));
    /* T19 */
    EXPECT(!meets(with_key, WEAK "ALL", TLS1_VERSION, TLS1_1_VERSION));
    EXPECT(!met_by(COAP_PROTO_TLS, with_key, WEAK "ALL", TLS1_VERSION, TLS1_1_VERSION));
    EXPECT(!met_by(COAP_PROTO_DTLS, with_key, WEAK "ALL", DTLS1_VERSION, DTLS1_VERSION));
  }
  credential_free(&root);
  credential_free(&server);
  credential_free(&client);
  certificates_close();
  return expect_done();
}
