/* Copies of keys are wiped before their memory goes (session.md, row S12). */
/* no valgrind: it looks at blocks as they are freed, whatever is in them */
#define _GNU_SOURCE
#include "peer.h"

#include <dlfcn.h>

/* Blocks that held a key when they were freed. */
static int secrets_freed;

void
free(void *block) {
  static void (*next)(void *);
  void *found;

  if (!next) {
    found = dlsym(RTLD_NEXT, "free");
    memcpy(&next, &found, sizeof(next));
  }
  if (block && memmem(block, malloc_usable_size(block), "s3cret", 6))
    secrets_freed++;
  next(block);
}

static const uint8_t key[] = "s3cret-key";
static const coap_bin_const_t secret = {10, key}, hint = {4, (const uint8_t *)"hint"};

/* S12: a copy of a key is wiped before its memory goes: on refresh, at the end of a session, where making one fails. */
static void
wiped(coap_context_t *context, uint16_t port) {
  coap_address_t to;
  coap_session_t *session;

  secrets_freed = 0;
  coap_delete_str_const(coap_new_str_const(key, 10));
  EXPECT_EQ(secrets_freed, 1); /* the test would see it */
  secrets_freed = 0;
  loopback_address(&to, port);
  session = coap_new_client_session_psk(context, NULL, &to, COAP_PROTO_UDP, "name", key, 10);
  EXPECT(coap_session_refresh_psk_key(session, &hint));
  EXPECT(coap_session_refresh_psk_key(session, &secret));
  EXPECT(coap_session_refresh_psk_hint(session, &secret));
  EXPECT(coap_session_refresh_psk_hint(session, NULL));
  coap_session_reference(session);
  coap_session_free(session); /* has no effect: it is referenced */
  EXPECT(session->psk_key && session->psk_key->length == 10);
  coap_session_release(session);
  coap_session_release(session);
  to.addr.sa.sa_family = AF_UNIX; /* fails when the copies have been made */
  EXPECT(coap_new_client_session_psk(context, NULL, &to, COAP_PROTO_UDP, "name", key, 10) == NULL);
  EXPECT_EQ(secrets_freed, 0);
}

int
main(void) {
  coap_context_t *context;
  uint16_t port;
  int fd = silent_socket(&port);

  coap_set_log_level(LOG_EMERG);
  context = coap_new_context(NULL);
  wiped(context, port);
  coap_free_context(context);
  coap_cleanup();
  close(fd);
  return expect_done();
}
