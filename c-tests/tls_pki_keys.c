/* Certificates and keys in all forms, for both roles; bad ones; and what the log says of them (security.md 5.2 to 5.4;
 * rows T10, T24, X26). */

/* only: openssl */
/* flags: -lssl -lcrypto */

#include "pki_world.h"

#define SECRET "pin-5309-secret"

static struct credential root, wrong_root, server, client;
static char root_pem[160], root_der[160], pem[2][160], der[2][160], der_key[2][160];
static struct buffer pem_buffer[2], key_buffer[2], der_buffer[2], der_key_buffer[2], root_buffer, root_der_buffer;

/* The lines of the log at each level since forget_lines(); a secret must never be among them. */
static char warned[4096], failed[4096];
static int secrets;

static void
add_line(char *lines, const char *line) {
  size_t length = strlen(lines);

  snprintf(lines + length, sizeof(warned) - length, "%s", line);
}

static void
look_at_line(coap_log_t level, const char *line) {
  if (level == LOG_WARNING)
    add_line(warned, line);
  if (level == LOG_ERR)
    add_line(failed, line);
  secrets += strstr(line, SECRET) != NULL;
}

static int
said(const char *lines, const char *what) {
  int found = strstr(lines, what) != NULL;

  if (!found)
    printf("not '%s', but: %s\n", what, lines);
  return found;
}

static void
forget_lines(void) {
  warned[0] = failed[0] = 0;
}

/* A key definition of each kind, for server (0) or client (1), all of it there. */
static coap_dtls_pki_t
definition(coap_pki_key_t kind, int who) {
  coap_dtls_pki_t setup = pki_setup(kind);

  switch (kind) {
  case COAP_PKI_KEY_PEM:
    setup.check_common_ca = 1;
    setup.pki_key.key.pem.ca_file = root_pem;
    setup.pki_key.key.pem.public_cert = pem[who];
    setup.pki_key.key.pem.private_key = pem[who];
    break;
  case COAP_PKI_KEY_ASN1:
    setup.pki_key.key.asn1.ca_cert = root_der_buffer.bytes;
    setup.pki_key.key.asn1.ca_cert_len = root_der_buffer.length;
    setup.pki_key.key.asn1.public_cert = der_buffer[who].bytes;
    setup.pki_key.key.asn1.public_cert_len = der_buffer[who].length;
    setup.pki_key.key.asn1.private_key = der_key_buffer[who].bytes;
    setup.pki_key.key.asn1.private_key_len = der_key_buffer[who].length;
    setup.pki_key.key.asn1.private_key_type = COAP_ASN1_PKEY_EC;
    break;
  case COAP_PKI_KEY_PEM_BUF:
    setup.pki_key.key.pem_buf.ca_cert = root_buffer.bytes;
    setup.pki_key.key.pem_buf.ca_cert_len = root_buffer.length;
    setup.pki_key.key.pem_buf.public_cert = pem_buffer[who].bytes;
    setup.pki_key.key.pem_buf.public_cert_len = pem_buffer[who].length;
    setup.pki_key.key.pem_buf.private_key = key_buffer[who].bytes;
    setup.pki_key.key.pem_buf.private_key_len = key_buffer[who].length;
    break;
  default:
    setup.pki_key.key.pkcs11.ca = root_der;
    setup.pki_key.key.pkcs11.public_cert = der[who];
    setup.pki_key.key.pkcs11.private_key = der_key[who];
    setup.pki_key.key.pkcs11.user_pin = SECRET;
    break;
  }
  return setup;
}

static const coap_pki_key_t kinds[] = {COAP_PKI_KEY_PEM, COAP_PKI_KEY_ASN1, COAP_PKI_KEY_PEM_BUF, COAP_PKI_KEY_PKCS11};

/* Each kind at the server with each kind at the client: both are verified. */
static void
all_kinds(coap_proto_t proto) {
  int i, j;

  forget_lines();
  for (i = 0; i < 4; i++) {
    for (j = 0; j < 4; j++) {
      coap_dtls_pki_t of_server = definition(kinds[i], 0), of_client = definition(kinds[j], 1);

      EXPECT_EQ(pki_meet(proto, &of_server, &of_client), ANSWERED);
    }
  }
  EXPECT(!warned[0] && !failed[0]);
}

/* What a client may do without: certificate, key, or both. */
static void
absent(coap_proto_t proto) {
  coap_dtls_pki_t of_server = definition(COAP_PKI_KEY_PEM, 0), setup;
  struct pki_world world;

  of_server.verify_peer_cert = 0;
  pki_world_open(&world, proto, &of_server);

  setup = definition(COAP_PKI_KEY_PEM, 1);
  setup.pki_key.key.pem.public_cert = NULL;
  EXPECT_EQ(pki_try(&world, &setup), NO_KEYS(proto));
  setup.pki_key.key.pem.private_key = "";
  EXPECT_EQ(pki_try(&world, &setup), ANSWERED);
  setup.pki_key.key.pem.public_cert = pem[1];
  EXPECT_EQ(pki_try(&world, &setup), NO_KEYS(proto));

  setup = definition(COAP_PKI_KEY_ASN1, 1);
  setup.pki_key.key.asn1.public_cert_len = 0;
  EXPECT_EQ(pki_try(&world, &setup), NO_KEYS(proto));
  setup.pki_key.key.asn1.private_key = NULL;
  EXPECT_EQ(pki_try(&world, &setup), ANSWERED);

  setup = definition(COAP_PKI_KEY_PEM_BUF, 1);
  setup.pki_key.key.pem_buf.public_cert = NULL;
  setup.pki_key.key.pem_buf.private_key = NULL;
  EXPECT_EQ(pki_try(&world, &setup), NO_KEYS(proto));

  setup = definition(COAP_PKI_KEY_PKCS11, 1);
  setup.pki_key.key.pkcs11.private_key = NULL;
  EXPECT_EQ(pki_try(&world, &setup), ANSWERED);
  setup.pki_key.key.pkcs11.public_cert = NULL;
  EXPECT_EQ(pki_try(&world, &setup), ANSWERED);

  setup = definition(COAP_PKI_KEY_PEM, 1);
  setup.is_rpk_not_cert = 1;
  forget_lines();
  EXPECT_EQ(pki_try(&world, &setup), NO_KEYS(proto));
  EXPECT(said(failed, "raw public key"));
  setup = definition(COAP_PKI_KEY_PEM, 1);
  setup.pki_key.key_type = (coap_pki_key_t)4;
  forget_lines();
  EXPECT_EQ(pki_try(&world, &setup), NO_KEYS(proto));
  EXPECT(failed[0]);
  setup = definition(COAP_PKI_KEY_PEM, 1);
  setup.version = 2;
  EXPECT_EQ(pki_try(&world, &setup), NO_SESSION);
  pki_world_close(&world);

  /* A server needs both, whatever the kind. Then it has nothing in common with its clients; and goes on. */
  of_server = definition(COAP_PKI_KEY_PEM, 0);
  of_server.pki_key.key.pem.private_key = NULL;
  setup = definition(COAP_PKI_KEY_PEM, 1);
  EXPECT_EQ(pki_meet(proto, &of_server, &setup), GOT(40));
  of_server = definition(COAP_PKI_KEY_ASN1, 0);
  of_server.pki_key.key.asn1.public_cert = NULL;
  EXPECT_EQ(pki_meet(proto, &of_server, &setup), GOT(40));
  of_server = definition(COAP_PKI_KEY_PEM_BUF, 0);
  of_server.pki_key.key.pem_buf.private_key = NULL;
  EXPECT_EQ(pki_meet(proto, &of_server, &setup), GOT(40));
  of_server = definition(COAP_PKI_KEY_PKCS11, 0);
  of_server.pki_key.key.pkcs11.private_key = NULL;
  EXPECT_EQ(pki_meet(proto, &of_server, &setup), GOT(40));
}

/* X26: files that are no good; at a client there is no session, at a server no handshake, and the log names the file.
 * The server goes on: with good files the next client is served. */
static void
bad_files(coap_proto_t proto) {
  static const char broken[] = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  struct credential rsa;
  coap_dtls_pki_t of_server = definition(COAP_PKI_KEY_PEM, 0), good = definition(COAP_PKI_KEY_PEM, 1);
  struct pki_world world;
  char bad[10][160];
  int i, part, count = 0;

  recipe.rsa = 1;
  certificate_make(&rsa, &root, "rsa");
  keep(bad[count++], file_name("missing"));
  keep(bad[count++], certificates_directory);
  keep(bad[count++], text_file("empty", ""));
  keep(bad[count++], text_file("text", "nothing in PEM\n"));
  keep(bad[count++], text_file("broken", broken));
  keep(bad[count++], file("encrypted", PEM_ENCRYPTED, &server));
  keep(bad[count++], file("another", PEM_KEY, &client));
  keep(bad[count++], file("another-kind", PEM_KEY, &rsa));
  keep(bad[count++], file_name("pipe"));
  EXPECT_EQ(mkfifo(bad[count - 1], 0600), 0);
  snprintf(bad[count++], 160, "/dev/zero");
  for (part = 0; part < 2; part++) {
    for (i = 0; i < count; i++) {
      coap_dtls_pki_t setup = definition(COAP_PKI_KEY_PEM, 0);

      if (part)
        setup.pki_key.key.pem.private_key = bad[i];
      else
        setup.pki_key.key.pem.public_cert = bad[i];
      pki_world_open(&world, proto, &setup);
      forget_lines();
      EXPECT_EQ(pki_try(&world, &good), GOT(40));
      EXPECT(said(warned, bad[i]));
      forget_lines();
      EXPECT_EQ(pki_try(&world, &setup), NO_KEYS(proto));
      EXPECT(said(warned, bad[i]));
      EXPECT_EQ(coap_context_set_pki(world.server, &of_server), 1);
      EXPECT_EQ(pki_try(&world, &good), ANSWERED);
      pki_world_close(&world);
    }
  }
  unlink(file_name("pipe"));
  credential_free(&rsa);
}

/* Authorities that can't be loaded: a server has certificate and key all the same, but trusts nobody; a client of the
 * first three kinds goes on, and trusts nobody. */
static void
bad_authorities(coap_proto_t proto) {
  coap_dtls_pki_t of_server = definition(COAP_PKI_KEY_PEM, 0), of_client = definition(COAP_PKI_KEY_PEM, 1);
  char missing[160];

  keep(missing, file_name("missing"));
  of_server.pki_key.key.pem.ca_file = missing;
  forget_lines();
  EXPECT_EQ(pki_meet(proto, &of_server, &of_client), GOT(48));
  EXPECT(said(warned, "certificate of"));
  of_server = definition(COAP_PKI_KEY_PEM, 0);
  of_client.pki_key.key.pem.ca_file = missing;
  EXPECT_EQ(pki_meet(proto, &of_server, &of_client), SENT(48));
  of_client = definition(COAP_PKI_KEY_ASN1, 1);
  of_client.pki_key.key.asn1.ca_cert_len = 5;
  EXPECT_EQ(pki_meet(proto, &of_server, &of_client), SENT(48));
  of_client = definition(COAP_PKI_KEY_PEM_BUF, 1);
  of_client.pki_key.key.pem_buf.ca_cert_len = 5;
  EXPECT_EQ(pki_meet(proto, &of_server, &of_client), SENT(48));
  of_client = definition(COAP_PKI_KEY_PKCS11, 1);
  of_client.pki_key.key.pkcs11.ca = missing;
  forget_lines();
  EXPECT_EQ(pki_meet(proto, &of_server, &of_client), NO_KEYS(proto));
  EXPECT(said(warned, missing));
}

static int
open_files(void) {
  DIR *directory = opendir("/proc/self/fd");
  int count = 0;

  while (directory && readdir(directory))
    count++;
  closedir(directory);
  return count;
}

/* T10: the authority of a token is the one named for that, not the certificate; its file is closed. T24: no PIN is in
 * the log, whatever fails. (There is no token here; what a URI names can't be had.) */
static void
tokens(coap_proto_t proto) {
  coap_dtls_pki_t of_server = definition(COAP_PKI_KEY_PKCS11, 0), of_client = definition(COAP_PKI_KEY_PKCS11, 1), setup;
  char wrong[160];
  int part, before = open_files();

  keep(wrong, file("wrong.der", DER_CERTIFICATE, &wrong_root));
  EXPECT_EQ(pki_meet(proto, &of_server, &of_client), ANSWERED);
  of_client.pki_key.key.pkcs11.ca = wrong;
  EXPECT_EQ(pki_meet(proto, &of_server, &of_client), SENT(48));
  for (part = 0; part < 3; part++) {
    static const char uri[] = "pkcs11:token=none;object=none?pin-value=" SECRET;

    setup = definition(COAP_PKI_KEY_PKCS11, 1);
    if (part == 0)
      setup.pki_key.key.pkcs11.ca = uri;
    else if (part == 1)
      setup.pki_key.key.pkcs11.public_cert = uri;
    else
      setup.pki_key.key.pkcs11.private_key = uri;
    forget_lines();
    EXPECT_EQ(pki_meet(proto, &of_server, &setup), NO_KEYS(proto));
    EXPECT(said(failed[0] ? failed : warned, "pkcs11:token=none;object=none'"));
  }
  EXPECT_EQ(secrets, 0);
  EXPECT_EQ(open_files(), before);
}

/* Types of private keys: what contradicts the key fails; an unknown type is a warning. */
static void
types(coap_proto_t proto) {
  coap_dtls_pki_t of_server = definition(COAP_PKI_KEY_PEM, 0);
  int type;

  for (type = -1; type <= 16; type++) {
    coap_dtls_pki_t setup = definition(COAP_PKI_KEY_ASN1, 1);
    int fits = type <= 0 || type > COAP_ASN1_PKEY_HKDF || type == COAP_ASN1_PKEY_EC;

    setup.pki_key.key.asn1.private_key_type = (coap_asn1_privatekey_type_t)type;
    forget_lines();
    EXPECT_EQ(pki_meet(proto, &of_server, &setup), fits ? ANSWERED : NO_KEYS(proto));
    EXPECT(!warned[0] == (type == 0 || type == COAP_ASN1_PKEY_EC));
  }
}

/* Files are read afresh at every handshake, and so are buffers of servers. */
static void
replaced(coap_proto_t proto) {
  coap_dtls_pki_t of_server = definition(COAP_PKI_KEY_PEM, 0), of_client = definition(COAP_PKI_KEY_PEM, 1);
  struct credential late;
  struct pki_world world;
  struct buffer kept = pem_buffer[0];
  coap_session_t *session;

  recipe.begins = 3600, recipe.ends = 7200;
  certificate_make(&late, &root, "late");
  pki_world_open(&world, proto, &of_server);
  session = pki_session(&world, &of_client);
  EXPECT_EQ(pki_ask(&world, session), ANSWERED);
  file("0.pem", PEM_KEY | PEM_CERTIFICATE, &late);
  EXPECT_EQ(pki_try(&world, &of_client), SENT(42));
  EXPECT_EQ(pki_ask(&world, session), ANSWERED); /* not affected */
  text_file("0.pem", "");
  EXPECT_EQ(pki_try(&world, &of_client), GOT(40));
  file("0.pem", PEM_KEY | PEM_CERTIFICATE, &server);
  EXPECT_EQ(pki_try(&world, &of_client), ANSWERED);
  coap_session_release(session);

  /* The same in the application's memory. */
  of_server = definition(COAP_PKI_KEY_PEM_BUF, 0);
  EXPECT_EQ(coap_context_set_pki(world.server, &of_server), 1);
  EXPECT_EQ(pki_try(&world, &of_client), ANSWERED);
  memset(pem_buffer[0].bytes, 'x', pem_buffer[0].length);
  EXPECT_EQ(pki_try(&world, &of_client), GOT(40));
  pem_buffer[0] = kept;
  EXPECT_EQ(pki_try(&world, &of_client), ANSWERED);
  pki_world_close(&world);
  credential_free(&late);
}

/* A server that wants another group than the client has guessed sends a HelloRetryRequest (RFC 8446, section 4.1.4),
 * and the client says hello again: then all is loaded a second time, from what the files are by then. */
static struct {
  const char *content;
  int calls;
} retry;

static int
want_other_group(void *tls, coap_dtls_pki_t *setup) {
  (void)setup;
  if (retry.calls++ == 0 && retry.content)
    text_file("0.pem", retry.content);
  return SSL_set1_groups_list(tls, "P-384:P-256");
}

static void
hello_again(coap_proto_t proto) {
  coap_dtls_pki_t of_server = definition(COAP_PKI_KEY_PEM, 0), of_client = definition(COAP_PKI_KEY_PEM, 1);
  int hellos = proto == COAP_PROTO_TLS ? 2 : 1;

  of_server.additional_tls_setup_call_back = want_other_group;
  memset(&retry, 0, sizeof(retry));
  EXPECT_EQ(pki_meet(proto, &of_server, &of_client), ANSWERED);
  EXPECT_EQ(retry.calls, hellos);
  /* What was loaded for the first hello is not used any more: in DTLS there is only that one. */
  memset(&retry, 0, sizeof(retry));
  retry.content = "nothing in PEM\n";
  EXPECT_EQ(pki_meet(proto, &of_server, &of_client), hellos == 2 ? GOT(40) : ANSWERED);
  EXPECT_EQ(retry.calls, hellos);
  file("0.pem", PEM_KEY | PEM_CERTIFICATE, &server);
  EXPECT_EQ(pki_meet(proto, &of_server, &of_client), ANSWERED);
}

static void
make(struct credential *credential, const char *name, int who) {
  char text[16];

  certificate_make(credential, &root, name);
  snprintf(text, sizeof(text), "%d.pem", who);
  keep(pem[who], file(text, PEM_KEY | PEM_CERTIFICATE, credential));
  snprintf(text, sizeof(text), "%d.der", who);
  keep(der[who], file(text, DER_CERTIFICATE, credential));
  snprintf(text, sizeof(text), "%d-key.der", who);
  keep(der_key[who], file(text, DER_KEY, credential));
  buffer_fill(&pem_buffer[who], PEM_CERTIFICATE, credential);
  buffer_fill(&key_buffer[who], PEM_KEY, credential);
  buffer_fill(&der_buffer[who], DER_CERTIFICATE, credential);
  buffer_fill(&der_key_buffer[who], DER_KEY, credential);
  /* With its NUL, or without. */
  pem_buffer[who].bytes[pem_buffer[who].length++] = 0;
}

int
main(void) {
  size_t i;

  coap_startup();
  coap_set_log_level(COAP_LOG_CIPHERS);
  coap_dtls_set_log_level(COAP_LOG_CIPHERS);
  coap_set_log_handler(look_at_line);
  coap_set_show_pdu_output(0);
  certificates_open();
  root_make(&root, "root");
  root_make(&wrong_root, "wrong root");
  keep(root_pem, file("root.pem", PEM_CERTIFICATE, &root));
  keep(root_der, file("root.der", DER_CERTIFICATE, &root));
  buffer_fill(&root_buffer, PEM_CERTIFICATE, &root);
  buffer_fill(&root_der_buffer, DER_CERTIFICATE, &root);
  make(&server, "server", 0);
  make(&client, "client", 1);
  for (i = 0; i < PKI_PROTOS; i++) {
    all_kinds(pki_protos[i]);
    absent(pki_protos[i]);
    bad_files(pki_protos[i]);
    bad_authorities(pki_protos[i]);
    tokens(pki_protos[i]);
    types(pki_protos[i]);
    replaced(pki_protos[i]);
    hello_again(pki_protos[i]);
  }
  EXPECT_EQ(secrets, 0);
  credential_free(&root);
  credential_free(&wrong_root);
  credential_free(&server);
  credential_free(&client);
  certificates_close();
  coap_cleanup();
  return expect_done();
}
