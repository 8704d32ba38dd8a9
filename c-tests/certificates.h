/* Certificates, keys and lists of revoked certificates, made by the test program itself with libcrypto: in files, and
 * in memory.
 *
 *     struct credential root, server;
 *
 *     certificates_open();                               // a directory for the files
 *     root_make(&root, "root");                          // an authority that signs itself
 *     certificate_make(&server, &root, "server");        // a certificate by it
 *     ... file("server.pem", PEM_CERTIFICATE | PEM_KEY, &server) ...
 *     credential_free(&server);
 *     certificates_close();                              // removes the directory
 *
 * What is odd about a certificate is set in `recipe`, for the next one that is made.
 */
#ifndef CERTIFICATES_H
#define CERTIFICATES_H

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

struct credential {
  X509 *certificate;
  EVP_PKEY *key;
};

/* What the next certificate has beside the usual: it is valid from `begins` to `ends` (seconds from now). */
static struct recipe {
  int authority, rsa;
  long begins, ends;
  /* Its subject, instead of a common name: {field, bytes, length}. */
  struct entry { int nid; const char *bytes; int length; } subject[4];
  int no_subject;
  /* Alternative names: this one if it is not NULL, and so many numbered ones. */
  const char *name;
  int name_length, names;
  /* An extension of this kind with these bytes in it. */
  int extension, critical;
  const char *bytes;
} recipe;

static char certificates_directory[64];

static inline void
certificates_fail(const char *what) {
  printf("certificates: %s\n", what);
  exit(2);
}

#define CERTIFICATES_NEED(condition) ((condition) ? (void)0 : certificates_fail(#condition))

static inline void
certificates_open(void) {
  strcpy(certificates_directory, "/tmp/coap-certificates-XXXXXX");
  CERTIFICATES_NEED(mkdtemp(certificates_directory));
}

/* The name of a file in the directory; one of eight places, used in turn. */
static inline const char *
file_name(const char *name) {
  static char names[8][320];
  static unsigned int next;
  char *place = names[next++ % 8];

  snprintf(place, sizeof(names[0]), "%s/%s", certificates_directory, name);
  return place;
}

/* A file name that stays. */
static inline void
keep(char place[160], const char *name) {
  snprintf(place, 160, "%s", name);
}

static inline void
certificates_close(void) {
  DIR *directory = opendir(certificates_directory);
  struct dirent *entry;

  while (directory && (entry = readdir(directory)))
    unlink(file_name(entry->d_name));
  if (directory)
    closedir(directory);
  rmdir(certificates_directory);
}

static inline void
credential_free(struct credential *credential) {
  X509_free(credential->certificate);
  EVP_PKEY_free(credential->key);
  credential->certificate = NULL;
  credential->key = NULL;
}

static inline void
alternative_name(GENERAL_NAMES *names, const char *bytes, int length) {
  ASN1_IA5STRING *text = ASN1_IA5STRING_new();
  GENERAL_NAME *name = GENERAL_NAME_new();

  CERTIFICATES_NEED(text && name && ASN1_STRING_set(text, bytes, length));
  GENERAL_NAME_set0_value(name, GEN_DNS, text);
  CERTIFICATES_NEED(sk_GENERAL_NAME_push(names, name));
}

/* A certificate with this common name, unless the recipe has another subject, by `issuer` or by itself. */
static inline void
certificate_make(struct credential *made, const struct credential *issuer, const char *common_name) {
  static long serial = 1000;
  X509 *certificate = X509_new();
  X509_NAME *name = X509_NAME_new();
  int i;

  CERTIFICATES_NEED(certificate && name);
  made->key = recipe.rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
  CERTIFICATES_NEED(made->key);
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate), recipe.begins ? recipe.begins : -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate), recipe.ends ? recipe.ends : 3600);
  for (i = 0; i < 4 && recipe.subject[i].nid; i++)
    CERTIFICATES_NEED(X509_NAME_add_entry_by_NID(name, recipe.subject[i].nid, V_ASN1_UTF8STRING,
                                                 (const unsigned char *)recipe.subject[i].bytes,
                                                 recipe.subject[i].length, -1, 0));
  if (i == 0 && !recipe.no_subject)
    CERTIFICATES_NEED(X509_NAME_add_entry_by_NID(name, NID_commonName, V_ASN1_UTF8STRING,
                                                 (const unsigned char *)common_name, -1, -1, 0));
  X509_set_subject_name(certificate, name);
  X509_set_issuer_name(certificate, issuer ? X509_get_subject_name(issuer->certificate) : name);
  X509_NAME_free(name);
  X509_set_pubkey(certificate, made->key);
  if (recipe.authority) {
    BASIC_CONSTRAINTS constraints;

    memset(&constraints, 0, sizeof(constraints));
    constraints.ca = 1;
    CERTIFICATES_NEED(X509_add1_ext_i2d(certificate, NID_basic_constraints, &constraints, 1, 0));
  }
  if (recipe.name || recipe.names) {
    GENERAL_NAMES *names = GENERAL_NAMES_new();

    CERTIFICATES_NEED(names);
    if (recipe.name)
      alternative_name(names, recipe.name, recipe.name_length);
    for (i = 0; i < recipe.names; i++) {
      char text[32];

      alternative_name(names, text, snprintf(text, sizeof(text), "name-%d.example", i));
    }
    CERTIFICATES_NEED(X509_add1_ext_i2d(certificate, NID_subject_alt_name, names, 0, 0));
    GENERAL_NAMES_free(names);
  }
  if (recipe.extension) {
    ASN1_OCTET_STRING *bytes = ASN1_OCTET_STRING_new();
    X509_EXTENSION *extension;

    CERTIFICATES_NEED(bytes && ASN1_OCTET_STRING_set(bytes, (const unsigned char *)recipe.bytes, -1));
    extension = X509_EXTENSION_create_by_NID(NULL, recipe.extension, recipe.critical, bytes);
    CERTIFICATES_NEED(extension && X509_add_ext(certificate, extension, -1));
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(bytes);
  }
  CERTIFICATES_NEED(X509_sign(certificate, issuer ? issuer->key : made->key, EVP_sha256()));
  made->certificate = certificate;
  memset(&recipe, 0, sizeof(recipe));
}

/* An authority that signs itself. */
static inline void
root_make(struct credential *made, const char *common_name) {
  recipe.authority = 1;
  certificate_make(made, NULL, common_name);
}

/* What goes into a file or a buffer, in this order. */
enum { PEM_KEY = 1, PEM_CERTIFICATE = 2, PEM_ENCRYPTED = 4, DER_CERTIFICATE = 8, DER_KEY = 16 };

/* Writes parts of a credential. */
static inline void
credential_write(BIO *to, int parts, const struct credential *credential) {
  if (parts & PEM_KEY)
    CERTIFICATES_NEED(PEM_write_bio_PrivateKey(to, credential->key, NULL, NULL, 0, NULL, NULL));
  if (parts & PEM_ENCRYPTED)
    CERTIFICATES_NEED(PEM_write_bio_PrivateKey(to, credential->key, EVP_aes_128_cbc(), (unsigned char *)"secret", 6,
                                               NULL, NULL));
  if (parts & PEM_CERTIFICATE)
    CERTIFICATES_NEED(PEM_write_bio_X509(to, credential->certificate));
  if (parts & DER_CERTIFICATE)
    CERTIFICATES_NEED(i2d_X509_bio(to, credential->certificate));
  if (parts & DER_KEY)
    CERTIFICATES_NEED(i2d_PrivateKey_bio(to, credential->key));
}

/* Writes a file of the directory; its name, as long as file_name() keeps it. */
static inline const char *
file(const char *name, int parts, const struct credential *credential) {
  BIO *to = BIO_new_file(name = file_name(name), "w");

  CERTIFICATES_NEED(to);
  credential_write(to, parts, credential);
  BIO_free(to);
  return name;
}

/* A file with this text in it. */
static inline const char *
text_file(const char *name, const char *text) {
  FILE *to = fopen(name = file_name(name), "w");

  CERTIFICATES_NEED(to);
  fputs(text, to);
  fclose(to);
  return name;
}

struct buffer {
  uint8_t bytes[8192];
  size_t length;
};

/* The same in memory. */
static inline void
buffer_fill(struct buffer *buffer, int parts, const struct credential *credential) {
  BIO *to = BIO_new(BIO_s_mem());
  int length;

  CERTIFICATES_NEED(to);
  credential_write(to, parts, credential);
  length = BIO_read(to, buffer->bytes, sizeof(buffer->bytes));
  CERTIFICATES_NEED(length > 0 && length < (int)sizeof(buffer->bytes));
  buffer->length = (size_t)length;
  BIO_free(to);
}

/* A list of revoked certificates by `issuer`, with one or none in it, valid from `begins` to `ends` (seconds from now);
 * behind the issuer's own certificate if that is wanted. */
static inline const char *
revocation_file(const char *name, int with_issuer, const struct credential *issuer, const struct credential *revoked,
                long begins, long ends) {
  X509_CRL *list = X509_CRL_new();
  ASN1_TIME *time = ASN1_TIME_new();
  BIO *to = BIO_new_file(name = file_name(name), "w");

  CERTIFICATES_NEED(list && time && to);
  X509_CRL_set_version(list, 1);
  X509_CRL_set_issuer_name(list, X509_get_subject_name(issuer->certificate));
  X509_gmtime_adj(time, begins);
  X509_CRL_set1_lastUpdate(list, time);
  X509_gmtime_adj(time, ends);
  X509_CRL_set1_nextUpdate(list, time);
  if (revoked) {
    X509_REVOKED *entry = X509_REVOKED_new();

    X509_gmtime_adj(time, begins);
    CERTIFICATES_NEED(X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(revoked->certificate)) &&
                      X509_REVOKED_set_revocationDate(entry, time) && X509_CRL_add0_revoked(list, entry));
  }
  CERTIFICATES_NEED(X509_CRL_sign(list, issuer->key, EVP_sha256()));
  CERTIFICATES_NEED(!with_issuer || PEM_write_bio_X509(to, issuer->certificate));
  CERTIFICATES_NEED(PEM_write_bio_X509_CRL(to, list));
  BIO_free(to);
  ASN1_TIME_free(time);
  X509_CRL_free(list);
  return name;
}

#endif
