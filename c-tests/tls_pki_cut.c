/* Certificates and keys in DER that are cut off, at every length, right before a page that nobody may read: nobody reads
 * past their end (T25), and nothing of them is used. */
/* only: openssl */
/* flags: -lssl -lcrypto */
/* no valgrind: the pages see to it, and are quicker */

#include <sys/mman.h>

#include "pki_world.h"

struct der {
  const uint8_t *bytes;
  size_t length;
};

static struct credential root, client;
static uint16_t port;

/* What becomes of a client session with these; each is the application's own block. */
static int
works(coap_context_t *context, struct der certificate, struct der key, struct der ca) {
  coap_dtls_pki_t setup = pki_setup(COAP_PKI_KEY_ASN1);
  coap_address_t to;
  coap_session_t *session;

  setup.pki_key.key.asn1.public_cert = certificate.bytes;
  setup.pki_key.key.asn1.public_cert_len = certificate.length;
  setup.pki_key.key.asn1.private_key = key.bytes;
  setup.pki_key.key.asn1.private_key_len = key.length;
  setup.pki_key.key.asn1.ca_cert = ca.bytes;
  setup.pki_key.key.asn1.ca_cert_len = ca.length;
  loopback_address(&to, port);
  session = coap_new_client_session_pki(context, NULL, &to, COAP_PROTO_DTLS, &setup);
  coap_session_release(session);
  return session != NULL;
}

/* Two pages, of which the second cannot be read. */
static uint8_t *
pages(void) {
  uint8_t *first = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  EXPECT(first != MAP_FAILED && !mprotect(first + 4096, 4096, PROT_NONE));
  return first;
}

/* The first bytes of a value, at the very end of the first page. */
static struct der
cut(uint8_t *page, const struct buffer *whole, size_t length) {
  struct der part = {page + 4096 - length, length};

  memcpy(page + 4096 - length, whole->bytes, length);
  return part;
}

int
main(void) {
  static struct buffer whole_certificate, whole_key, whole_ca;
  struct der certificate, key, ca;
  uint8_t *page[3] = {pages(), pages(), pages()};
  coap_context_t *context;
  size_t length;
  int silent = silent_socket(&port);

  coap_startup();
  coap_set_log_level(LOG_EMERG);
  certificates_open();
  root_make(&root, "root");
  certificate_make(&client, &root, "client");
  buffer_fill(&whole_certificate, DER_CERTIFICATE, &client);
  buffer_fill(&whole_key, DER_KEY, &client);
  buffer_fill(&whole_ca, DER_CERTIFICATE, &root);
  context = coap_new_context(NULL);
  certificate = cut(page[0], &whole_certificate, whole_certificate.length);
  key = cut(page[1], &whole_key, whole_key.length);
  ca = cut(page[2], &whole_ca, whole_ca.length);
  EXPECT(works(context, certificate, key, ca));
  for (length = 1; length < whole_certificate.length; length++)
    EXPECT(!works(context, cut(page[0], &whole_certificate, length), key, ca));
  certificate = cut(page[0], &whole_certificate, whole_certificate.length);
  for (length = 1; length < whole_key.length; length++)
    EXPECT(!works(context, certificate, cut(page[1], &whole_key, length), ca));
  key = cut(page[1], &whole_key, whole_key.length);
  for (length = 1; length < whole_ca.length; length++)
    EXPECT(works(context, certificate, key, cut(page[2], &whole_ca, length))); /* a client does without (5.2) */
  coap_free_context(context);
  credential_free(&root);
  credential_free(&client);
  certificates_close();
  close(silent);
  for (length = 0; length < 3; length++)
    munmap(page[length], 8192);
  coap_cleanup();
  return expect_done();
}
