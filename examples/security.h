/* Keys and certificates for the examples: the options that name them, and how client sessions and servers get them.
 *
 * The letters of the options are those of libcoap's own coap-client and coap-server. A key on the command line is good
 * enough for trying things out, but who else uses the machine can read it there (ps): a program of yours reads its keys
 * from a file that only it can read.
 *
 * The library copies only the structs that it is given. What they point to has to stay until the last session is gone:
 * so all of it is in a struct security, which is a static variable of the program.
 */
#ifndef EXAMPLE_SECURITY_H
#define EXAMPLE_SECURITY_H

#include <sys/stat.h>

#include "example.h"
#include "table.h"

/* ------------------------------------------------------------------------------------------------------------------
 * Options
 */

struct security {
  const char *key, *identity;             /* a pre-shared key, and under which name */
  const char *hint;                       /* a server's hint; a client's file with what to answer to which hint */
  const char *certificate, *private_key;  /* PEM files; private_key may be missing if it is in the same file */
  const char *ca, *roots;                 /* PEM files with authorities to trust; roots may be a directory */
  int trusts_all;
  char name[256];                         /* a client: the name of the server; "" for none */

  struct table hints;
  coap_dtls_cpsk_info_t hint_answer;
  coap_dtls_cpsk_t cpsk;
  coap_dtls_spsk_t spsk;                  /* the callbacks in here and in pki are for the program to set */
  coap_dtls_pki_t pki;
};

#define CLIENT_SECURITY_OPTIONS "k:u:h:c:j:C:R:S:n"
#define CLIENT_SECURITY_USAGE                                                                                          \
  "for coaps:// and coaps+tcp://, either a pre-shared key:\n"                                                          \
  "  -k key      the key\n"                                                                                            \
  "  -u identity the name under which the server knows it\n"                                                           \
  "  -h file     other names and keys for servers that give a hint; lines of hint,identity,key\n"                      \
  "or certificates, in PEM files:\n"                                                                                   \
  "  -c file     our certificate\n"                                                                                    \
  "  -j file     our private key (in the file of the certificate)\n"                                                   \
  "  -C file     authorities that vouch for the server\n"                                                              \
  "  -R file     the same; may also be a directory, as openssl rehash leaves it\n"                                     \
  "  -n          trust whoever is there\n"                                                                             \
  "  -S name     the name of the server: it is asked for by this name, and its certificate has to be for\n"            \
  "              it (the host of the URI, if that is a name)\n"

#define SERVER_SECURITY_OPTIONS "k:h:c:j:C:R:n"
#define SERVER_SECURITY_USAGE                                                                                          \
  "for DTLS and TLS (at the next port, usually 5684), either or both of\n"                                             \
  "  -k key      a pre-shared key, which clients may have under any name\n"                                            \
  "  -h hint     tells clients which key is meant\n"                                                                   \
  "and, in PEM files,\n"                                                                                               \
  "  -c file     our certificate\n"                                                                                    \
  "  -j file     our private key (in the file of the certificate)\n"                                                   \
  "  -C file     authorities that vouch for clients, who then need certificates, too\n"                                \
  "  -R file     the same; may also be a directory, as openssl rehash leaves it\n"                                     \
  "  -n          ask clients for no certificates all the same\n"

/* Takes an option that is one of these. Returns 0 for others. */
static inline int
take_security_option(struct security *security, int option, const char *value) {
  switch (option) {
  case 'k':
    security->key = value;
    return 1;
  case 'u':
    security->identity = value;
    return 1;
  case 'h':
    security->hint = value;
    return 1;
  case 'c':
    security->certificate = value;
    return 1;
  case 'j':
    security->private_key = value;
    return 1;
  case 'C':
    security->ca = value;
    return 1;
  case 'R':
    security->roots = value;
    return 1;
  case 'S':
    snprintf(security->name, sizeof(security->name), "%s", value);
    return 1;
  case 'n':
    security->trusts_all = 1;
    return 1;
  default:
    return 0;
  }
}

/* Ends with a complaint if that is wrong. */
static inline void
complain_if(int wrong, const char *complaint) {
  if (wrong) {
    fprintf(stderr, "%s\n", complaint);
    exit(ENDS_WRONG_USAGE);
  }
}

/* A file that cannot be read, the library would only mention in its log, and at each handshake. */
static inline void
need_file(const char *name) {
  if (name && access(name, R_OK) != 0) {
    fprintf(stderr, "%s: %s\n", name, strerror(errno));
    exit(ENDS_WRONG_USAGE);
  }
}

static inline void
need_certificate_files(const struct security *security) {
  need_file(security->certificate);
  need_file(security->private_key);
  need_file(security->ca);
  need_file(security->roots);
}

static inline int
has_certificate_options(const struct security *security) {
  return security->certificate || security->private_key || security->ca || security->roots || security->trusts_all;
}

/* ------------------------------------------------------------------------------------------------------------------
 * Certificates
 */

/* Judges the certificates of a peer, which authorities have vouched for: the highest of these authorities comes first,
 * the peer itself last, at depth 0. They only say that the name in the certificate is true; that it is the right one,
 * the library leaves to us. `expected` is that name, or NULL if any is right. */
static inline int
judge_certificate(const char *name, const uint8_t *certificate, size_t length, coap_session_t *session,
                  unsigned int depth, int validated, void *expected) {
  (void)certificate;
  (void)length;
  (void)session;
  (void)validated;
  fprintf(stderr, "certificate at depth %u: %s\n", depth, name ? name : "(without a name)");
  if (depth > 0 || !expected || (name && strcasecmp(name, expected) == 0))
    return 1;
  fprintf(stderr, "this is not %s\n", (const char *)expected);
  return 0;
}

/* Sets up security->pki, but for what is special to a role. */
static inline void
set_up_certificates(struct security *security, int verify) {
  coap_dtls_pki_t *pki = &security->pki;

  pki->version = COAP_DTLS_PKI_SETUP_VERSION;
  pki->verify_peer_cert = verify != 0;
  pki->check_common_ca = security->ca != NULL;
  pki->cert_chain_validation = 1;
  pki->cert_chain_verify_depth = 3;
  pki->check_cert_revocation = 1;  /* where the authorities' files have lists of revoked certificates */
  pki->allow_no_crl = 1;
  pki->pki_key.key_type = COAP_PKI_KEY_PEM;
  pki->pki_key.key.pem.ca_file = security->ca;
  pki->pki_key.key.pem.public_cert = security->certificate;
  pki->pki_key.key.pem.private_key = security->private_key ? security->private_key : security->certificate;
}

/* Tells the library about the authorities of -R. Returns 0 with a complaint. */
static inline int
trust_roots(coap_context_t *context, const char *roots) {
  struct stat status;
  int is_directory = roots && stat(roots, &status) == 0 && S_ISDIR(status.st_mode);

  if (roots && !coap_context_set_pki_root_cas(context, is_directory ? NULL : roots, is_directory ? roots : NULL)) {
    fprintf(stderr, "%s: cannot be used\n", roots);
    return 0;
  }
  return 1;
}

/* ------------------------------------------------------------------------------------------------------------------
 * Clients
 */

/* Ends with a complaint if these options do not go with the URI. */
static inline void
check_client_security(struct security *security, const coap_uri_t *uri) {
  int certificates = has_certificate_options(security);

  if (!coap_uri_scheme_is_secure(uri)) {
    complain_if(security->key || certificates, "keys and certificates are for coaps:// and coaps+tcp:// only");
    return;
  }
  need_tls(uri->scheme == COAP_URI_SCHEME_COAPS ? coap_dtls_is_supported() : coap_tls_is_supported());
  complain_if(security->key && certificates, "either a key or certificates");
  complain_if(security->key && !security->identity, "a key (-k) needs an identity (-u)");
  complain_if(!security->key && (security->identity || security->hint), "-u and -h need a key (-k)");
  complain_if(!security->key && !security->ca && !security->roots && !security->trusts_all,
              "how is the server to be trusted? By a key (-k, -u), an authority (-C, -R), or without reason (-n)");
  complain_if(security->private_key && !security->certificate, "a private key (-j) needs its certificate (-c)");
  need_certificate_files(security);
  if (!security->name[0] && host_is_a_name(uri))
    snprintf(security->name, sizeof(security->name), "%.*s", (int)uri->host.length, (const char *)uri->host.s);
  if (security->hint)
    read_table(&security->hints, security->hint);
}

/* Which name and key a client uses for a server that gives this hint. */
static inline const coap_dtls_cpsk_info_t *
answer_hint(coap_str_const_t *hint, coap_session_t *session, void *arg) {
  struct security *security = arg;
  const struct row *row;
  size_t i;

  (void)session;
  fprintf(stderr, "hint: %.*s\n", (int)hint->length, (const char *)hint->s);
  for (i = 0; i < security->hints.count; i++) {
    row = &security->hints.rows[i];
    if (is_text(&row->texts[0], hint->s, hint->length)) {
      security->hint_answer.identity = row->texts[1];
      security->hint_answer.key = row->texts[2];
      return &security->hint_answer;
    }
  }
  return &security->cpsk.psk_info;
}

static inline coap_session_t *
connect_with_key(coap_context_t *context, const coap_address_t *server, coap_proto_t proto,
                 struct security *security) {
  coap_dtls_cpsk_t *cpsk = &security->cpsk;

  cpsk->version = COAP_DTLS_CPSK_SETUP_VERSION;
  cpsk->client_sni = security->name[0] ? security->name : NULL;
  cpsk->psk_info.identity.s = (const uint8_t *)security->identity;
  cpsk->psk_info.identity.length = strlen(security->identity);
  cpsk->psk_info.key.s = (const uint8_t *)security->key;
  cpsk->psk_info.key.length = strlen(security->key);
  if (security->hint) {
    cpsk->validate_ih_call_back = answer_hint;
    cpsk->ih_call_back_arg = security;
  }
  return coap_new_client_session_psk2(context, NULL, server, proto, cpsk);
}

static inline coap_session_t *
connect_with_certificates(coap_context_t *context, const coap_address_t *server, coap_proto_t proto,
                          struct security *security) {
  if (!trust_roots(context, security->roots))
    return NULL;
  set_up_certificates(security, !security->trusts_all);
  security->pki.client_sni = security->name[0] ? security->name : NULL;
  security->pki.validate_cn_call_back = judge_certificate;
  security->pki.cn_call_back_arg = security->trusts_all ? NULL : security->pki.client_sni;
  return coap_new_client_session_pki(context, NULL, server, proto, &security->pki);
}

/* Begins a session with the server of a URI. Returns NULL with a complaint. */
static inline coap_session_t *
connect_to(coap_context_t *context, const coap_uri_t *uri, struct security *security) {
  static const coap_proto_t protos[] = {
    [COAP_URI_SCHEME_COAP] = COAP_PROTO_UDP,
    [COAP_URI_SCHEME_COAPS] = COAP_PROTO_DTLS,
    [COAP_URI_SCHEME_COAP_TCP] = COAP_PROTO_TCP,
    [COAP_URI_SCHEME_COAPS_TCP] = COAP_PROTO_TLS,
  };
  coap_proto_t proto = protos[uri->scheme];
  coap_session_t *session = NULL;
  coap_address_t server;
  char host[256], port[8];

  snprintf(host, sizeof(host), "%.*s", (int)uri->host.length, (const char *)uri->host.s);
  snprintf(port, sizeof(port), "%u", uri->port);
  if (resolve(host, port, 0, &server)) {
    if (!coap_uri_scheme_is_secure(uri))
      session = coap_new_client_session(context, NULL, &server, proto);
    else if (security->key)
      session = connect_with_key(context, &server, proto, security);
    else
      session = connect_with_certificates(context, &server, proto, security);
  }
  if (!session)
    fprintf(stderr, "no session with %s port %s\n", host, port);
  return session;
}

/* ------------------------------------------------------------------------------------------------------------------
 * Servers
 */

/* Ends with a complaint if a server cannot do what the options say. */
static inline void
check_server_security(const struct security *security) {
  complain_if(security->hint && !security->key, "a hint (-h) needs a key (-k)");
  complain_if(!security->certificate && has_certificate_options(security), "-j, -C, -R and -n need a certificate (-c)");
  if (security->key || security->certificate)
    need_tls(coap_dtls_is_supported());
  need_certificate_files(security);
}

/* Gives a server its key and certificate. Returns 0 with a complaint. */
static inline int
set_up_server(coap_context_t *context, struct security *security) {
  if (security->key) {
    security->spsk.version = COAP_DTLS_SPSK_SETUP_VERSION;
    security->spsk.psk_info.hint.s = (const uint8_t *)security->hint;
    security->spsk.psk_info.hint.length = security->hint ? strlen(security->hint) : 0;
    security->spsk.psk_info.key.s = (const uint8_t *)security->key;
    security->spsk.psk_info.key.length = strlen(security->key);
    if (!coap_context_set_psk2(context, &security->spsk)) {
      fprintf(stderr, "the key cannot be used\n");
      return 0;
    }
  }
  if (security->certificate) {
    set_up_certificates(security, (security->ca || security->roots) && !security->trusts_all);
    if (!security->pki.validate_cn_call_back)
      security->pki.validate_cn_call_back = judge_certificate;
    if (!trust_roots(context, security->roots))
      return 0;
    if (!coap_context_set_pki(context, &security->pki)) {
      fprintf(stderr, "the certificate cannot be used\n");
      return 0;
    }
  }
  return 1;
}

/* Sets a server up as the options say, and lets it listen: on UDP and TCP, and with a key or a certificate on DTLS and
 * TLS. Returns 0 with a complaint. */
static inline int
open_server(coap_context_t *context, const char *address, unsigned int port, struct security *security) {
  coap_register_event_handler(context, on_server_event);
  return set_up_server(context, security) &&
         listen_on_all(context, address, port, security->key || security->certificate);
}

#endif /* EXAMPLE_SECURITY_H */
