/* Certificates when memory is short: the k-th allocation fails, the library's or OpenSSL's, in a handshake in which
 * both sides are ours and verify each other (hostile.md X26, X41; security.md row T17). */

/* only: openssl */
/* flags: -lssl -lcrypto */
/* no valgrind: this program has its own allocator */

#include "allocation.h"
#include "pki_usual.h"

static int calls;

static int
count(const char *cn, const uint8_t *der, size_t length, coap_session_t *session, unsigned int depth, int validated,
      void *arg) {
  (void)cn, (void)der, (void)session, (void)depth, (void)validated, (void)arg;
  calls += length > 0;
  return 1;
}

/* How far apart the allocations are that fail. A prime number, so that runs differ in which they are. */
#define STEP 61

/* A handshake as far as it comes without waiting for anything. */
static void
shake_hands(struct pki_world *world, coap_dtls_pki_t *setup) {
  coap_session_t *session = pki_session(world, setup);
  int turns;

  for (turns = 0; session && turns < 12 && session->state != COAP_SESSION_STATE_ESTABLISHED; turns++) {
    coap_io_process(world->server, COAP_IO_NO_WAIT);
    coap_io_process(world->client, COAP_IO_NO_WAIT);
  }
  if (session)
    coap_session_release(session);
  coap_io_process(world->server, COAP_IO_NO_WAIT);
}

int
main(void) {
  size_t i;

  coap_startup();
  coap_set_log_level(-1);
  usual_open();
  for (i = 0; i < PKI_PROTOS; i++) {
    coap_dtls_pki_t of_server = pki_pem(root_file, server_file), of_client = pki_pem(root_file, client_file);
    struct pki_world world;
    long k, total, before;
    int failed = 0;

    of_server.validate_cn_call_back = of_client.validate_cn_call_back = count;
    /* What OpenSSL makes once is there from here on. */
    EXPECT_EQ(pki_meet(pki_protos[i], &of_server, &of_client), ANSWERED);
    before = live_blocks;
    pki_world_open(&world, pki_protos[i], &of_server);
    EXPECT_EQ(pki_try(&world, &of_client), ANSWERED);
    fail_allocation(1000000, 1);
    shake_hands(&world, &of_client);
    stop_failing();
    total = 1000000 - allocations_to_come;
    EXPECT(total > 100);
    for (k = 1 + (long)(getpid() % STEP); k < total; k += STEP) {
      fail_allocation(k, k % 2);
      shake_hands(&world, &of_client);
      failed += stop_failing();
      if (k % 4 == 0)
        EXPECT_EQ(pki_try(&world, &of_client), ANSWERED);
    }
    EXPECT(failed > total / STEP / 2);
    EXPECT_EQ(pki_try(&world, &of_client), ANSWERED);
    pki_world_close(&world);
    printf("protocol %d: %ld allocations in a handshake, %ld blocks left behind\n", pki_protos[i], total,
           live_blocks - before);
    EXPECT(live_blocks - before < 40);
  }
  EXPECT(calls > 0);
  usual_close();
  coap_cleanup();
  return expect_done();
}
