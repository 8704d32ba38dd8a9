/* The k-th allocation of a handshake with a pre-shared key fails, for many a k: a refused handshake at worst, and a
 * usable library afterwards (hostile.md X26, X41). */
/* only: openssl */
/* flags: -Wl,--no-as-needed -lssl -lcrypto -ldl */
/* no valgrind: it does the same to the allocator */
/* no sanitizer: it has an allocator of its own */
#define _GNU_SOURCE
#include "psk_world.h"

#include "allocation.h"

static coap_dtls_spsk_info_t of_name;
static coap_dtls_cpsk_info_t of_hint;
static coap_bin_const_t secret;

static const coap_dtls_spsk_info_t *
on_name(const char *name, coap_session_t *session, void *arg) {
  (void)name, (void)session, (void)arg;
  return &of_name;
}

static const coap_bin_const_t *
on_identity(coap_bin_const_t *identity, coap_session_t *session, void *arg) {
  (void)identity, (void)session, (void)arg;
  return &secret;
}

static const coap_dtls_cpsk_info_t *
on_hint(coap_str_const_t *hint, coap_session_t *session, void *arg) {
  (void)hint, (void)session, (void)arg;
  return &of_hint;
}

/* A handshake, a request and its answer; nobody waits for what does not come. */
static int
once(struct pki_world *world, coap_dtls_cpsk_t *setup) {
  coap_session_t *session = psk_session(world, setup);
  coap_pdu_t *request;
  int i;

  memset(&pki_seen, 0, sizeof(pki_seen));
  if (!session)
    return 0;
  request = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_GET, coap_new_message_id(session), 100);
  if (request && coap_add_option(request, COAP_OPTION_URI_PATH, 5, (const uint8_t *)"probe"))
    coap_send(session, request);
  else if (request)
    coap_delete_pdu(request);
  for (i = 0; i < 12 && !pki_seen.answered && !pki_seen.over; i++) {
    coap_io_process(world->server, COAP_IO_NO_WAIT);
    coap_io_process(world->client, COAP_IO_NO_WAIT);
  }
  coap_session_release(session);
  coap_io_process(world->server, COAP_IO_NO_WAIT);
  return pki_seen.answered;
}

static void
run(coap_proto_t proto, int newest) {
  coap_dtls_spsk_t server = psk_server("a hint", NULL);
  coap_dtls_cpsk_t client = psk_client("me", "secret");
  struct pki_world world;
  coap_tick_t now;
  long k;
  int failed = 1;

  server.validate_sni_call_back = on_name;
  server.validate_id_call_back = on_identity;
  client.client_sni = (char *)"coap.example";
  if (!newest)
    client.validate_ih_call_back = on_hint;
  of_name.hint = bin("name's hint");
  of_hint.identity = bin("you");
  of_hint.key = secret;
  for (k = 1; failed && k < 20000; k += 1 + k / 60) {
    long before = live_blocks;

    psk_world_open(&world, proto, &server);
    fail_allocation(k, 1);
    once(&world, &client);
    failed = stop_failing();
    /* Without memory for a connection, the server accepts none for a second. */
    coap_ticks(&now);
    coap_io_prepare_epoll(world.server, now + 2000);
    EXPECT_EQ(psk_try(&world, &client), ANSWERED);
    pki_world_close(&world);
    /* At first, OpenSSL makes what it keeps for good. */
    if (k > 20)
      EXPECT_EQ(live_blocks, before);
  }
  EXPECT(!failed);
  printf("protocol %d: %ld allocations\n", proto, k);
}

int
main(void) {
  coap_startup();
  coap_set_log_level(LOG_EMERG);
  secret = bin("secret");
  run(COAP_PROTO_DTLS, 0);
  run(COAP_PROTO_TLS, 0);
  run(COAP_PROTO_TLS, 1);
  coap_cleanup();
  return expect_done();
}
