/* A server with pre-shared keys and with certificates, in the worlds of psk_world.h.
 *
 *     both_open();                                          // the certificates
 *     psk = psk_server("a hint", "secret"), pki = certificates();
 *     both_world_open(&world, COAP_PROTO_DTLS, &psk, &pki, 1);
 *     ...
 *     pki_world_close(&world);
 *     both_close();
 */
#ifndef BOTH_WORLD_H
#define BOTH_WORLD_H

#include "psk_world.h"

static struct credential root, server_credential, other_credential, rsa_credential;
static char root_file[160], server_file[160], other_file[160], client_file[160];

/* --- What callbacks have seen ----------------------------------------------------------------------------------- */

static struct {
  int identities, psk_names, pki_names, setups;
  int refuse_setup, refuse_name;
  char identity[100], psk_name[300], pki_name[300];
  coap_dtls_pki_t setup;
  int (*additional)(SSL *ssl);
} seen;

static inline int
on_setup(void *tls, coap_dtls_pki_t *setup) {
  coap_session_t *session = SSL_get_app_data((SSL *)tls);

  seen.setups++;
  seen.setup = *setup;
  EXPECT(session && session->tls == tls);
  if (seen.additional)
    EXPECT(seen.additional(tls));
  setup->verify_peer_cert = 77; /* it is a copy */
  return !seen.refuse_setup;
}

/* A server's settings: certificates that all clients take, nothing demanded of them. */
static inline coap_dtls_pki_t
certificates(void) {
  coap_dtls_pki_t setup = pki_pem(root_file, server_file);

  setup.verify_peer_cert = 0;
  return setup;
}

/* A server with both, told of in one order or the other. */
static inline void
both_world_open(struct pki_world *world, coap_proto_t proto, coap_dtls_spsk_t *psk, coap_dtls_pki_t *pki, int psk_first) {
  memset(&seen, 0, sizeof(seen));
  if (psk_first) {
    psk_world_open(world, proto, psk);
    EXPECT_EQ(coap_context_set_pki(world->server, pki), 1);
  } else {
    pki_world_open(world, proto, pki);
    EXPECT_EQ(coap_context_set_psk2(world->server, psk), 1);
  }
}

/* The certificates, and their files. */
static inline void
both_open(void) {
  struct credential own;

  certificates_open();
  root_make(&root, "root");
  certificate_make(&server_credential, &root, "server");
  root_make(&other_credential, "other");
  recipe.rsa = 1;
  certificate_make(&rsa_credential, NULL, "rsa");
  certificate_make(&own, &root, "client");
  keep(root_file, file("root.pem", PEM_CERTIFICATE, &root));
  keep(server_file, file("server.pem", PEM_KEY | PEM_CERTIFICATE, &server_credential));
  keep(other_file, file("other.pem", PEM_KEY | PEM_CERTIFICATE, &other_credential));
  keep(client_file, file("client.pem", PEM_KEY | PEM_CERTIFICATE, &own));
  credential_free(&own);
}

static inline void
both_close(void) {
  credential_free(&root);
  credential_free(&server_credential);
  credential_free(&other_credential);
  credential_free(&rsa_credential);
  certificates_close();
}

#endif
