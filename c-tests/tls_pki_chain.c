/* What a certificate may be used for, where a chain may end, and which authorities a server names (security.md 5.2, 5.5
 * and 5.6). */

/* only: openssl */
/* flags: -lssl -lcrypto */

#include "pki_usual.h"

/* KeyPurposeIds of RFC 5280, section 4.2.1.12, in an extended key usage extension. */
#define FOR_SERVERS "\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01"
#define FOR_CLIENTS "\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x02"

/* A file with a new certificate, by what the recipe says, and its key. */
static const char *
own_file(const struct credential *issuer, const char *name, const char *file_of_it) {
  struct credential own;
  const char *made;

  certificate_make(&own, issuer, name);
  made = file(file_of_it, PEM_KEY | PEM_CERTIFICATE, &own);
  credential_free(&own);
  return made;
}

/* A certificate for clients is none for a server, and the other way round: unsupported_certificate. */
static void
purposes(coap_proto_t proto) {
  coap_dtls_pki_t of_server, of_client;
  char for_servers[160], for_clients[160];
  int way;

  recipe.extension = NID_ext_key_usage, recipe.bytes = FOR_SERVERS;
  keep(for_servers, own_file(&root, "for servers", "for-servers.pem"));
  recipe.extension = NID_ext_key_usage, recipe.bytes = FOR_CLIENTS;
  keep(for_clients, own_file(&root, "for clients", "for-clients.pem"));
  for (way = 0; way < 4; way++) {
    of_server = pki_pem(root_file, way & 1 ? for_clients : for_servers);
    of_client = pki_pem(root_file, way & 2 ? for_servers : for_clients);
    /* The client is the first to judge. */
    EXPECT_EQ(pki_meet(proto, &of_server, &of_client), way & 1 ? SENT(43) : way & 2 ? GOT(43) : ANSWERED);
  }
}

/* Somebody with a certificate is no authority: with it they can vouch for nobody else. (That certificate comes along
 * with the chain: its owner has it among their authorities.) */
static void
no_authority(coap_proto_t proto) {
  coap_dtls_pki_t plain, forged;
  struct credential intermediate;
  char chain_file[160], forged_file[160], good_file[160];
  FILE *to;

  keep(forged_file, own_file(&client, "forged", "forged.pem"));
  to = fopen(file("chain.pem", PEM_CERTIFICATE, &root), "a");
  CERTIFICATES_NEED(to && PEM_write_X509(to, client.certificate));
  fclose(to);
  keep(chain_file, file_name("chain.pem"));
  forged = pki_pem(chain_file, forged_file);
  plain = pki_pem(root_file, server_file);
  EXPECT_EQ(pki_meet(proto, &forged, &plain), SENT(48));
  EXPECT_EQ(pki_meet(proto, &plain, &forged), GOT(48));

  /* An authority below the root can, as long as the chain comes with the certificate. */
  recipe.authority = 1;
  certificate_make(&intermediate, &root, "intermediate");
  keep(good_file, own_file(&intermediate, "good", "good.pem"));
  to = fopen(file("chain.pem", PEM_CERTIFICATE, &root), "a");
  CERTIFICATES_NEED(to && PEM_write_X509(to, intermediate.certificate));
  fclose(to);
  forged = pki_pem(chain_file, good_file);
  EXPECT_EQ(pki_meet(proto, &forged, &plain), ANSWERED);
  EXPECT_EQ(pki_meet(proto, &plain, &forged), ANSWERED);
  forged = pki_pem(root_file, good_file);
  EXPECT_EQ(pki_meet(proto, &forged, &plain), SENT(48));
  credential_free(&intermediate);
}

/* A chain ends with a certificate that signs itself, which may be the peer's own. An authority in between is no end,
 * unless it is marked as one, as OpenSSL does that: "TRUSTED CERTIFICATE". */
static void
ends(coap_proto_t proto) {
  coap_dtls_pki_t of_server, of_client = pki_pem(NULL, NULL), named;
  struct credential intermediate, alone;
  struct pki_world world;
  char intermediate_file[160], marked_file[160], alone_file[160], own[160];
  FILE *to;

  recipe.authority = 1;
  certificate_make(&intermediate, &root, "intermediate");
  keep(intermediate_file, file("intermediate.pem", PEM_CERTIFICATE, &intermediate));
  keep(own, own_file(&intermediate, "own", "own.pem"));
  CERTIFICATES_NEED(X509_add1_trust_object(intermediate.certificate, OBJ_nid2obj(NID_server_auth)));
  keep(marked_file, file_name("marked.pem"));
  to = fopen(marked_file, "w");
  CERTIFICATES_NEED(to && PEM_write_X509_AUX(to, intermediate.certificate));
  fclose(to);
  certificate_make(&alone, NULL, "alone");
  keep(alone_file, file("alone.pem", PEM_CERTIFICATE | PEM_KEY, &alone));

  of_server = pki_pem(NULL, own);
  of_server.verify_peer_cert = 0;
  pki_world_open(&world, proto, &of_server);
  named = pki_pem(intermediate_file, NULL);
  EXPECT_EQ(pki_try(&world, &named), SENT(48));
  named = pki_pem(marked_file, NULL);
  EXPECT_EQ(pki_try(&world, &named), ANSWERED);
  EXPECT_EQ(pki_try(&world, &of_client), SENT(48));
  EXPECT_EQ(coap_context_set_pki_root_cas(world.client, intermediate_file, NULL), 1);
  EXPECT_EQ(pki_try(&world, &of_client), SENT(48));
  pki_world_close(&world);
  pki_world_open(&world, proto, &of_server);
  EXPECT_EQ(coap_context_set_pki_root_cas(world.client, marked_file, NULL), 1);
  EXPECT_EQ(pki_try(&world, &of_client), ANSWERED);
  pki_world_close(&world);

  of_server = pki_pem(NULL, alone_file);
  of_server.verify_peer_cert = 0;
  named = pki_pem(alone_file, NULL);
  EXPECT_EQ(pki_meet(proto, &of_server, &named), ANSWERED);
  credential_free(&intermediate);
  credential_free(&alone);
}

/* A server names the authorities of its key definition, and those of the whole context not. */
static void
names_of_authorities(coap_proto_t proto) {
  coap_dtls_pki_t of_server, of_client = pki_pem(root_file, client_file);
  struct credential other;
  struct pki_world world;
  char other_file[160];
  int named;

  root_make(&other, "other");
  keep(other_file, file("other.pem", PEM_CERTIFICATE, &other));
  for (named = 0; named < 2; named++) {
    const STACK_OF(X509_NAME) *list;
    coap_session_t *session;

    of_server = pki_pem(named ? root_file : NULL, server_file);
    pki_world_open(&world, proto, &of_server);
    EXPECT_EQ(coap_context_set_pki_root_cas(world.server, other_file, NULL), 1);
    EXPECT_EQ(coap_context_set_pki_root_cas(world.server, root_file, NULL), 1);
    session = pki_session(&world, &of_client);
    EXPECT_EQ(pki_ask(&world, session), ANSWERED);
    list = SSL_get0_peer_CA_list(session->tls);
    EXPECT_EQ(list ? sk_X509_NAME_num(list) : 0, named);
    EXPECT(!named || !X509_NAME_cmp(sk_X509_NAME_value(list, 0), X509_get_subject_name(root.certificate)));
    coap_session_release(session);
    pki_world_close(&world);
  }
  credential_free(&other);
}

int
main(void) {
  size_t i;

  coap_startup();
  coap_set_log_level(LOG_CRIT);
  usual_open();
  for (i = 0; i < PKI_PROTOS; i++) {
    purposes(pki_protos[i]);
    no_authority(pki_protos[i]);
    ends(pki_protos[i]);
    names_of_authorities(pki_protos[i]);
  }
  usual_close();
  coap_cleanup();
  return expect_done();
}
