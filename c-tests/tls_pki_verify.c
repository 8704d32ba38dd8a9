/* Whom a server and a client take for who they are: what may be wrong with a certificate, which alert says so, and the
 * callback for names (security.md 5.1, 5.5 to 5.7; rows T3, T8, X26). */

/* only: openssl */
/* flags: -lssl -lcrypto */

#include "pki_usual.h"

static struct credential other;

/* Each of these certificates as the client's and as the server's, judged by the other side with `judge`. */
static void
both_ways(coap_proto_t proto, struct credential *own, coap_dtls_pki_t judge, int alert, int line) {
  coap_dtls_pki_t odd, good = pki_pem(root_file, client_file);
  int as_server, as_client, failed = expect_failed;

  odd = pki_pem(root_file, file("odd.pem", PEM_KEY | PEM_CERTIFICATE, own));
  /* The other file name may be needed meanwhile. */
  odd.pki_key.key.pem.public_cert = odd.pki_key.key.pem.private_key;
  judge.pki_key = good.pki_key;
  as_server = pki_meet(proto, &odd, &judge);
  as_client = pki_meet(proto, &judge, &odd);
  EXPECT_EQ(as_server, alert ? SENT(alert) : ANSWERED);
  EXPECT_EQ(as_client, alert ? GOT(alert) : ANSWERED);
  if (expect_failed > failed)
    printf("  (line %d, protocol %d)\n", line, proto);
}

#define BOTH_WAYS(own, judge, alert) both_ways(proto, own, judge, alert, __LINE__)

/* Times, and authorities. */
static void
certificates(coap_proto_t proto) {
  struct credential expired, early, alone, strange;
  coap_dtls_pki_t judge = pki_pem(root_file, NULL), relaxed;

  recipe.begins = -7200, recipe.ends = -3600;
  certificate_make(&expired, &root, "expired");
  recipe.begins = 3600, recipe.ends = 7200;
  certificate_make(&early, &root, "early");
  certificate_make(&alone, NULL, "alone");
  certificate_make(&strange, &other, "strange");
  BOTH_WAYS(&server, judge, 0);
  BOTH_WAYS(&expired, judge, 45);
  BOTH_WAYS(&early, judge, 42);
  BOTH_WAYS(&alone, judge, 48);
  BOTH_WAYS(&strange, judge, 48);
  judge.allow_expired_certs = 1;
  BOTH_WAYS(&expired, judge, 0);
  BOTH_WAYS(&early, judge, 0);
  BOTH_WAYS(&strange, judge, 48);
  /* check_common_ca forbids what allow_self_signed allows. */
  judge.allow_self_signed = 1;
  BOTH_WAYS(&alone, judge, 48);
  judge.check_common_ca = 0;
  BOTH_WAYS(&alone, judge, 0);
  BOTH_WAYS(&strange, judge, 48);
  relaxed = pki_pem(root_file, NULL);
  relaxed.verify_peer_cert = 0;
  BOTH_WAYS(&expired, relaxed, 0);
  BOTH_WAYS(&strange, relaxed, 0);
  BOTH_WAYS(&alone, relaxed, 0);
  credential_free(&expired);
  credential_free(&early);
  credential_free(&alone);
  credential_free(&strange);
}

/* A server that demands a certificate, and a client that has none. */
static void
no_certificate(coap_proto_t proto) {
  coap_dtls_pki_t strict = pki_pem(root_file, server_file), bare = pki_pem(root_file, NULL);

  EXPECT_EQ(pki_meet(proto, &strict, &bare), GOT(proto == COAP_PROTO_DTLS ? 40 : 116));
  strict.verify_peer_cert = 0;
  EXPECT_EQ(pki_meet(proto, &strict, &bare), ANSWERED);
}

/* Lists of revoked certificates: missing, too old, too new, with and without the peer's certificate. They come as a
 * part of a file for coap_context_set_pki_root_cas(), or as one of their own. */
static void
revocation(coap_proto_t proto) {
  static const struct {
    long begins, ends;
    int revoked, expected, if_allowed;
  } cases[] = {
    {-60, 3600, 0, ANSWERED, ANSWERED},
    {-60, 3600, 1, SENT(44), SENT(44)},
    {-7200, -3600, 0, SENT(45), ANSWERED},
    {3600, 7200, 0, SENT(42), ANSWERED},
    {0, 0, 0, SENT(48), ANSWERED},          /* no list */
  };
  coap_dtls_pki_t of_server = pki_pem(root_file, server_file), of_client = pki_pem(NULL, client_file);
  unsigned int i, allowed;

  of_server.verify_peer_cert = 0;
  of_client.check_cert_revocation = 1;
  for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    for (allowed = 0; allowed < 2; allowed++) {
      struct pki_world world;
      const char *name = cases[i].ends ? revocation_file("crl.pem", !allowed, &root, cases[i].revoked ? &server : NULL,
                                                         cases[i].begins, cases[i].ends)
                                       : root_file;

      of_client.allow_no_crl = of_client.allow_expired_crl = (uint8_t)allowed;
      pki_world_open(&world, proto, &of_server);
      EXPECT_EQ(coap_context_set_pki_root_cas(world.client, name, NULL), 1);
      if (allowed)
        EXPECT_EQ(coap_context_set_pki_root_cas(world.client, root_file, NULL), 1);
      EXPECT_EQ(pki_try(&world, &of_client), allowed ? cases[i].if_allowed : cases[i].expected);
      pki_world_close(&world);
    }
  }
}

/* T3: whom one session trusts, no other session of its context does; and the reference's roots are for all. */
static void
trust(coap_proto_t proto) {
  coap_dtls_pki_t of_server = pki_pem(root_file, server_file), trusting = pki_pem(root_file, client_file);
  coap_dtls_pki_t doubting = pki_pem(NULL, client_file);
  struct pki_world world;
  coap_session_t *session;

  pki_world_open(&world, proto, &of_server);
  EXPECT_EQ(pki_try(&world, &doubting), SENT(48));
  EXPECT_EQ(pki_try(&world, &trusting), ANSWERED);
  EXPECT_EQ(pki_try(&world, &doubting), SENT(48));
  session = pki_session(&world, &trusting);
  EXPECT_EQ(pki_ask(&world, session), ANSWERED);
  EXPECT_EQ(pki_try(&world, &doubting), SENT(48));
  EXPECT_EQ(pki_ask(&world, session), ANSWERED);
  coap_session_release(session);

  EXPECT_EQ(coap_context_set_pki_root_cas(world.client, NULL, NULL), 0);
  EXPECT_EQ(coap_context_set_pki_root_cas(world.client, file_name("missing"), NULL), 0);
  EXPECT_EQ(coap_context_set_pki_root_cas(world.client, certificates_directory, NULL), 0);
  EXPECT_EQ(coap_context_set_pki_root_cas(world.client, NULL, file_name("missing")), 1);
  EXPECT_EQ(pki_try(&world, &doubting), SENT(48));
  EXPECT_EQ(coap_context_set_pki_root_cas(world.client, file("other.pem", PEM_CERTIFICATE, &other), NULL), 1);
  EXPECT_EQ(pki_try(&world, &doubting), SENT(48));
  EXPECT_EQ(coap_context_set_pki_root_cas(world.client, root_file, NULL), 1);
  EXPECT_EQ(pki_try(&world, &doubting), ANSWERED);
  pki_world_close(&world);
}

/* The same with a directory of certificates and lists under hashed names. */
static void
directory(coap_proto_t proto) {
  coap_dtls_pki_t of_server = pki_pem(root_file, server_file), doubting = pki_pem(NULL, client_file);
  unsigned long hash = X509_NAME_hash_ex(X509_get_subject_name(root.certificate), NULL, NULL, NULL);
  struct pki_world world;
  char name[32];

  of_server.verify_peer_cert = 0;
  doubting.check_cert_revocation = 1;
  pki_world_open(&world, proto, &of_server);
  EXPECT_EQ(coap_context_set_pki_root_cas(world.client, NULL, certificates_directory), 1);
  EXPECT_EQ(pki_try(&world, &doubting), SENT(48));
  snprintf(name, sizeof(name), "%08lx.0", hash);
  file(name, PEM_CERTIFICATE, &root);
  EXPECT_EQ(pki_try(&world, &doubting), SENT(48)); /* no list */
  snprintf(name, sizeof(name), "%08lx.r0", hash);
  revocation_file(name, 0, &root, NULL, -60, 3600);
  EXPECT_EQ(pki_try(&world, &doubting), ANSWERED);
  pki_world_close(&world);
  unlink(file_name(name));
  snprintf(name, sizeof(name), "%08lx.0", hash);
  unlink(file_name(name));
}

/* What the callback for names has been asked. */
static struct asked {
  int calls;
  unsigned int depth[4];
  int has_name[4];
  char name[4][300];
} asked;

enum { TAKE, REFUSE_PEER, REFUSE_ROOT, END_SESSION, REFUSE_AND_DISCONNECT };

static int
judge_name(const char *cn, const uint8_t *der, size_t length, coap_session_t *session, unsigned int depth,
           int validated, void *arg) {
  int what = *(int *)arg, call = asked.calls++;
  X509 *certificate = d2i_X509(NULL, &der, (long)length);

  EXPECT(certificate != NULL);
  X509_free(certificate);
  EXPECT(session != NULL && validated == 1);
  if (call < 4) {
    asked.depth[call] = depth;
    asked.has_name[call] = cn != NULL;
    if (cn)
      snprintf(asked.name[call], sizeof(asked.name[call]), "%s", cn);
  }
  if (what == END_SESSION && call == 0)
    coap_session_release(session);
  if (what == REFUSE_AND_DISCONNECT)
    coap_session_disconnected(session, COAP_NACK_TLS_FAILED);
  return what == TAKE || what == END_SESSION || depth != (what == REFUSE_PEER || what > END_SESSION ? 0 : 1);
}

static void
names(coap_proto_t proto) {
  coap_dtls_pki_t of_server = pki_pem(root_file, server_file), of_client = pki_pem(root_file, client_file);
  coap_dtls_pki_t *judges[2] = {&of_client, &of_server};
  int what, way;

  for (way = 0; way < 2; way++) {
    coap_dtls_pki_t *judge = judges[way];

    judge->validate_cn_call_back = judge_name;
    judge->cn_call_back_arg = &what;
    for (what = TAKE; what <= REFUSE_ROOT; what++) {
      int alert = what == REFUSE_PEER ? 42 : 48;

      memset(&asked, 0, sizeof(asked));
      EXPECT_EQ(pki_meet(proto, &of_server, &of_client), what == TAKE ? ANSWERED : way ? GOT(alert) : SENT(alert));
      EXPECT_EQ(asked.calls, what == REFUSE_ROOT ? 1 : 2);
      EXPECT(asked.depth[0] == 1 && !strcmp(asked.name[0], "root"));
      EXPECT(what == REFUSE_ROOT || !strcmp(asked.name[1], way ? "client" : "server"));
    }
    judge->validate_cn_call_back = NULL;
  }
  /* Where nothing is demanded, a client asks all the same; the answer does not count. A server does not ask. */
  what = REFUSE_PEER;
  for (way = 0; way < 2; way++) {
    struct pki_world world;

    judges[way]->verify_peer_cert = 0;
    judges[way]->validate_cn_call_back = judge_name;
    memset(&asked, 0, sizeof(asked));
    pki_world_open(&world, proto, &of_server);
    EXPECT_EQ(coap_context_set_pki_root_cas(world.client, root_file, NULL), 1);
    EXPECT_EQ(pki_try(&world, &of_client), ANSWERED);
    pki_world_close(&world);
    EXPECT_EQ(asked.calls, way ? 0 : 2);
    judges[way]->validate_cn_call_back = NULL;
    judges[way]->verify_peer_cert = 1;
  }
}

/* What the log has said about a certificate. */
static char said[256];
static int said_at;

static void
note_line(coap_log_t level, const char *line) {
  if (strstr(line, "certificate of")) {
    snprintf(said, sizeof(said), "%s", line);
    said_at = level;
  }
}

/* Each failure is a warning, each that is let pass is told, both with name and depth, whatever the level for OpenSSL.
 * What a peer puts into its name steers no terminal. */
static void
log_lines(coap_proto_t proto) {
  coap_dtls_pki_t of_server, of_client = pki_pem(root_file, client_file);
  struct credential late;
  int allowed;

  recipe.begins = -7200, recipe.ends = -3600;
  certificate_make(&late, &root, "late\n\033[2J");
  of_server = pki_pem(root_file, file("late.pem", PEM_KEY | PEM_CERTIFICATE, &late));
  coap_set_log_level(LOG_INFO);
  coap_set_log_handler(note_line);
  for (allowed = 0; allowed < 2; allowed++) {
    of_client.allow_expired_certs = (uint8_t)allowed;
    said[0] = 0;
    EXPECT_EQ(pki_meet(proto, &of_server, &of_client), allowed ? ANSWERED : SENT(45));
    EXPECT_EQ(said_at, allowed ? LOG_INFO : LOG_WARNING);
    EXPECT(strstr(said, "'late\\n\\u{1b}[2J', depth 0") && strstr(said, "expired"));
  }
  coap_set_log_handler(NULL);
  coap_set_log_level(LOG_CRIT);
  credential_free(&late);
}

/* The callback ends the session that it is asked for. */
static void
ended_by_callback(coap_proto_t proto) {
  coap_dtls_pki_t of_server = pki_pem(root_file, server_file), of_client = pki_pem(root_file, client_file);
  struct pki_world world;
  coap_session_t *session;
  long long start = milliseconds();
  int what = END_SESSION;

  of_client.validate_cn_call_back = judge_name;
  of_client.cn_call_back_arg = &what;
  pki_world_open(&world, proto, &of_server);
  memset(&asked, 0, sizeof(asked));
  memset(&pki_seen, 0, sizeof(pki_seen));
  session = pki_session(&world, &of_client);
  EXPECT(session != NULL);
  while (!pki_seen.over && milliseconds() < start + PATIENCE)
    pki_turn(&world);
  EXPECT(asked.calls > 0 && pki_seen.over && !pki_seen.servers_connected);

  /* And one that is disconnected there. The session stays the application's. */
  what = REFUSE_AND_DISCONNECT;
  memset(&asked, 0, sizeof(asked));
  session = pki_session(&world, &of_client);
  EXPECT(session != NULL);
  pki_ask(&world, session);
  EXPECT_EQ(asked.calls, 1);
  EXPECT(!pki_seen.answered);
  coap_session_release(session);
  what = TAKE;
  EXPECT_EQ(pki_try(&world, &of_client), ANSWERED);
  pki_world_close(&world);
}

/* T8 and X26: odd subjects, on both sides; `expected` NULL: there is no name. */
static void
odd_name(coap_proto_t proto, const char *expected, int line) {
  coap_dtls_pki_t of_server, of_client;
  struct credential odd;
  char odd_file[160];
  int what = TAKE, way, failed = expect_failed;

  certificate_make(&odd, &root, "unused");
  keep(odd_file, file("odd.pem", PEM_KEY | PEM_CERTIFICATE, &odd));
  for (way = 0; way < 2; way++) {
    coap_dtls_pki_t *judge = way ? &of_server : &of_client;

    of_server = pki_pem(root_file, way ? server_file : odd_file);
    of_client = pki_pem(root_file, way ? odd_file : client_file);
    judge->validate_cn_call_back = judge_name;
    judge->cn_call_back_arg = &what;
    memset(&asked, 0, sizeof(asked));
    EXPECT_EQ(pki_meet(proto, &of_server, &of_client), ANSWERED);
    EXPECT_EQ(asked.calls, 2);
    EXPECT_EQ(asked.has_name[1], expected != NULL);
    EXPECT(!expected || !strcmp(asked.name[1], expected));
  }
  if (expect_failed > failed)
    printf("  (line %d, protocol %d)\n", line, proto);
  credential_free(&odd);
}

#define SUBJECT(index, field, text) recipe.subject[index] = (struct entry){NID_##field, text, sizeof(text) - 1}
#define ODD_NAME(expected) odd_name(proto, expected, __LINE__)

static void
odd_names(coap_proto_t proto) {
  char long_name[256];

  SUBJECT(0, organizationName, "xCN=admin");
  SUBJECT(1, commonName, "real");
  ODD_NAME("real");
  SUBJECT(0, commonName, "a/CN=b");
  ODD_NAME("a/CN=b");
  SUBJECT(0, commonName, "first");
  SUBJECT(1, commonName, "second");
  ODD_NAME("first");
  recipe.no_subject = 1;
  ODD_NAME(NULL);
  SUBJECT(0, organizationName, "nobody");
  ODD_NAME(NULL);
  SUBJECT(0, commonName, "");
  ODD_NAME("");
  SUBJECT(0, commonName, "good\0.evil");
  ODD_NAME(NULL);
  memset(long_name, 'n', 255);
  long_name[255] = 0;
  recipe.subject[0] = (struct entry){NID_commonName, long_name, 255};
  ODD_NAME(long_name);
  recipe.name = "good\0.evil", recipe.name_length = 10, recipe.names = 3;
  ODD_NAME("name-0.example");
  recipe.name = "good\0.evil", recipe.name_length = 10;
  SUBJECT(0, commonName, "cn");
  ODD_NAME("cn");
  recipe.name = "dns.example", recipe.name_length = 11;
  ODD_NAME("dns.example");
}

/* X26: a certificate with 1,000 alternative names is 20,000 bytes long, and does not hurt: over DTLS it comes in
 * pieces. */
static void
many_names(coap_proto_t proto) {
  recipe.names = 1000;
  ODD_NAME("name-0.example");
}

/* X26: extensions that are no ASN.1, or that nobody knows and everybody must. The handshake is refused, and nobody is
 * asked about the certificate; a client that demands nothing goes on. (Over DTLS a server of ours does not even show
 * such a certificate, if it is no ASN.1: it has none that it could use.) */
static void
odd_extensions(coap_proto_t proto) {
  static const struct {
    int extension, critical, alert;
  } odd[] = {{NID_subject_alt_name, 0, 48}, {NID_basic_constraints, 1, 48}, {NID_netscape_comment, 1, 46}};
  unsigned int i;
  int what = TAKE;

  for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
    int shown = proto == COAP_PROTO_TLS || odd[i].extension == NID_netscape_comment;
    coap_dtls_pki_t of_server, of_client = pki_pem(root_file, client_file);
    struct credential own;
    char odd_file[160];

    recipe.extension = odd[i].extension, recipe.critical = odd[i].critical, recipe.bytes = "\x30\x7frubbish";
    certificate_make(&own, &root, "odd");
    keep(odd_file, file("odd.pem", PEM_KEY | PEM_CERTIFICATE, &own));
    credential_free(&own);
    of_server = pki_pem(root_file, odd_file);
    of_client.validate_cn_call_back = judge_name;
    of_client.cn_call_back_arg = &what;
    memset(&asked, 0, sizeof(asked));
    EXPECT_EQ(pki_meet(proto, &of_server, &of_client), shown ? SENT(odd[i].alert) : GOT(40));
    EXPECT_EQ(asked.calls, 0);
    of_client.verify_peer_cert = 0;
    EXPECT_EQ(pki_meet(proto, &of_server, &of_client), shown ? ANSWERED : GOT(40));
    /* The same at the client. */
    of_server = pki_pem(root_file, server_file);
    of_client = pki_pem(root_file, odd_file);
    EXPECT_EQ(pki_meet(proto, &of_server, &of_client), GOT(odd[i].alert));
  }
}

int
main(void) {
  size_t i;

  coap_startup();
  coap_set_log_level(LOG_CRIT);
  usual_open();
  root_make(&other, "other");
  for (i = 0; i < PKI_PROTOS; i++) {
    certificates(pki_protos[i]);
    no_certificate(pki_protos[i]);
    revocation(pki_protos[i]);
    trust(pki_protos[i]);
    directory(pki_protos[i]);
    names(pki_protos[i]);
    log_lines(pki_protos[i]);
    ended_by_callback(pki_protos[i]);
    odd_names(pki_protos[i]);
    many_names(pki_protos[i]);
    odd_extensions(pki_protos[i]);
  }
  credential_free(&other);
  usual_close();
  coap_cleanup();
  return expect_done();
}
