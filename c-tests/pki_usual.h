/* The certificates that most programs start from: an authority, and a server's and a client's certificate by it, in
 * files with their keys.
 *
 *     usual_open();
 *     ... pki_pem(root_file, server_file) ...
 *     usual_close();
 */
#ifndef PKI_USUAL_H
#define PKI_USUAL_H

#include "pki_world.h"

static struct credential root, server, client;
static char root_file[160], server_file[160], client_file[160];

static inline void
usual_open(void) {
  certificates_open();
  root_make(&root, "root");
  certificate_make(&server, &root, "server");
  certificate_make(&client, &root, "client");
  keep(root_file, file("root.pem", PEM_CERTIFICATE, &root));
  keep(server_file, file("server.pem", PEM_KEY | PEM_CERTIFICATE, &server));
  keep(client_file, file("client.pem", PEM_KEY | PEM_CERTIFICATE, &client));
}

static inline void
usual_close(void) {
  credential_free(&root);
  credential_free(&server);
  credential_free(&client);
  certificates_close();
}

#endif
