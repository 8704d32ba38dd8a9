/* What the programs about the cache have in common: sessions that send nothing, messages in one line, and a diary of
 * the entries that ended.
 */
#ifndef CACHE_WORLD_H
#define CACHE_WORLD_H

#include <coap2/coap.h>
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include "expect.h"

#define OWN COAP_CACHE_IS_SESSION_BASED
#define ALL COAP_CACHE_NOT_SESSION_BASED
#define NO_COPY COAP_CACHE_NOT_RECORD_PDU

/* A client session to a port where nobody listens. */
static inline coap_session_t *
new_session(coap_context_t *context) {
  coap_address_t address;
  coap_address_init(&address);
  address.addr.sin.sin_family = AF_INET;
  address.addr.sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.addr.sin.sin_port = htons(9);
  address.size = sizeof(address.addr.sin);
  return coap_new_client_session(context, NULL, &address, COAP_PROTO_UDP);
}

/* A message without options. */
static inline coap_pdu_t *
new_message(uint8_t code) {
  static uint16_t mid = 0;
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, code, ++mid, 1152);
  uint8_t token[2];
  token[0] = (uint8_t)mid;
  token[1] = 't';
  EXPECT(pdu != NULL);
  EXPECT(coap_add_token(pdu, sizeof(token), token));
  return pdu;
}

static inline void
add_text(coap_pdu_t *pdu, uint16_t number, const char *value) {
  EXPECT(coap_add_option(pdu, number, strlen(value), (const uint8_t *)value) > 0);
}

/* A GET of one path segment. */
static inline coap_pdu_t *
new_get(const char *path) {
  coap_pdu_t *pdu = new_message(COAP_REQUEST_GET);
  add_text(pdu, COAP_OPTION_URI_PATH, path);
  return pdu;
}

/* Whether two messages have equal keys; -1 if one of them has none. */
static inline int
same_key(coap_session_t *a_session, const coap_pdu_t *a, coap_session_t *b_session, const coap_pdu_t *b,
         coap_cache_session_based_t session_based) {
  coap_cache_key_t *a_key = coap_cache_derive_key(a_session, a, session_based);
  coap_cache_key_t *b_key = coap_cache_derive_key(b_session, b, session_based);
  int same = a_key && b_key ? memcmp(a_key, b_key, 32) == 0 : -1;
  coap_delete_cache_key(a_key);
  coap_delete_cache_key(b_key);
  return same;
}

/* The data of the entries that ended, in order, each a letter. */
static char diary[64];

static inline void
note(void *data) {
  size_t length = strlen(diary);
  EXPECT(length + 1 < sizeof(diary));
  if (length + 1 < sizeof(diary))
    diary[length] = *(const char *)data;
}

/* Expects these ends since the last time. */
#define EXPECT_ENDED(letters)                                                        \
  do {                                                                               \
    EXPECT(strcmp(diary, letters) == 0);                                             \
    if (strcmp(diary, letters) != 0)                                                 \
      printf("  the diary says \"%s\", not \"%s\"\n", diary, letters);               \
    memset(diary, 0, sizeof(diary));                                                 \
  } while (0)

/* An entry for a GET of this path; its end is noted under the path's first letter. */
static inline coap_cache_entry_t *
new_entry(coap_session_t *session, const char *path, coap_cache_session_based_t session_based, unsigned int idle) {
  coap_pdu_t *pdu = new_get(path);
  coap_cache_entry_t *entry = coap_new_cache_entry(session, pdu, NO_COPY, session_based, idle);
  coap_cache_set_app_data(entry, (void *)(uintptr_t)path, note);
  coap_delete_pdu(pdu);
  return entry;
}

/* The entry for a GET of this path. */
static inline coap_cache_entry_t *
find_entry(coap_session_t *session, const char *path, coap_cache_session_based_t session_based) {
  coap_pdu_t *pdu = new_get(path);
  coap_cache_entry_t *entry = coap_cache_get_by_pdu(session, pdu, session_based);
  coap_delete_pdu(pdu);
  return entry;
}

/* Lets the loop pass `seconds` (and a bit) after now. */
static inline void
pass_after(coap_context_t *context, unsigned int seconds) {
  coap_tick_t now;
  coap_ticks(&now);
  coap_io_prepare_epoll(context, now + seconds * (coap_tick_t)COAP_TICKS_PER_SECOND + 100);
}

#endif
