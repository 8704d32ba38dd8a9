/* The k-th allocation fails, for k = 1, 2, ..., from the first hello to the goodbye of a DTLS session with both ends in
 * this program (hostile.md X41, T17): no crash, no leak, and a library that works afterwards. OpenSSL's allocations count, too.
 * A client session that cannot be made leaves nothing (S2). */
/* only: openssl */
/* no valgrind: it puts its own malloc in place of the failing one; leaks are counted here instead */
#define _GNU_SOURCE
#include "allocation.h"
#include "peer.h"

#define MANY 20000
#define REPEATED 40

static int answered;

static coap_response_t
response_hook(coap_context_t *context, coap_session_t *session, coap_pdu_t *sent, coap_pdu_t *received,
              const coap_mid_t id) {
  (void)context, (void)session, (void)sent, (void)id;
  answered = received->code == COAP_RESPONSE_CODE_CONTENT;
  return COAP_RESPONSE_OK;
}

/* What happens once both contexts and the endpoint stand. */
static void
converse(coap_context_t *server, coap_context_t *client, const coap_address_t *address) {
  coap_session_t *session = coap_new_client_session_psk(client, NULL, address, COAP_PROTO_DTLS, "me",
                                                        (const uint8_t *)"secret", 6);
  coap_pdu_t *pdu;
  int i;

  if (!session) {
    EXPECT(client->sessions == NULL);
    return;
  }
  pdu = coap_pdu_init(CON, GET, coap_new_message_id(session), 64);
  if (pdu) {
    coap_add_option(pdu, COAP_OPTION_URI_PATH, 5, (const uint8_t *)"probe");
    coap_send(session, pdu);
  }
  for (i = 0; i < 8 && !answered; i++) {
    coap_io_process(server, COAP_IO_NO_WAIT);
    coap_io_process(client, COAP_IO_NO_WAIT);
  }
  coap_session_release(session);
  coap_io_process(server, COAP_IO_NO_WAIT);
}

/* A world, disturbed at the k-th allocation of the conversation, or of everything; then a conversation that must work
 * (in the same world, unless making it was disturbed). Whether an allocation has failed. */
static int
round_of(long which, int only_that, int everything) {
  coap_context_t *server, *client = NULL;
  coap_endpoint_t *endpoint = NULL;
  coap_resource_t *resource = NULL;
  coap_address_t address;
  const char *colon;
  int failed;

  answered = 0;
  if (everything)
    fail_allocation(which, only_that);
  loopback_address(&address, 0);
  server = coap_new_context(NULL);
  if (server)
    client = coap_new_context(NULL);
  if (client && coap_context_set_psk(server, "hint", (const uint8_t *)"secret", 6) == 1)
    endpoint = coap_new_endpoint(server, &address, COAP_PROTO_DTLS);
  if (endpoint)
    resource = coap_resource_init(coap_make_str_const("probe"), 0);
  if (resource) {
    coap_register_handler(resource, COAP_REQUEST_GET, answer_probe);
    coap_add_resource(server, resource);
    coap_register_response_handler(client, response_hook);
    colon = strrchr(coap_endpoint_str(endpoint), ':');
    loopback_address(&address, (uint16_t)(colon ? strtoul(colon + 1, NULL, 10) : 1));
    if (!everything)
      fail_allocation(which, only_that);
    converse(server, client, &address);
    failed = stop_failing();
    if (!everything) {
      answered = 0;
      converse(server, client, &address);
      EXPECT(answered);
    }
  } else {
    failed = stop_failing();
    EXPECT(failed);
  }
  coap_free_context(client);
  coap_free_context(server);
  return failed;
}

/* The first time OpenSSL makes things that it keeps. */
static void
warm_up(void) {
  int i;

  for (i = 0; i < 3; i++) {
    round_of(MANY, 1, 0); /* none fails */
    EXPECT(answered);
  }
}

static void
scenario(const char *name, int only_that, int everything, long step) {
  long which, before, grown = 0;
  int i;

  for (which = 1; which < MANY; which += step) {
    before = live_blocks;
    if (!round_of(which, only_that, everything))
      break;
    /* OpenSSL makes some things when it first needs them, for good, and keeps the texts of its latest errors: a leak
     * would show each time. */
    for (i = 0; live_blocks > before && i < REPEATED; i++) {
      before = live_blocks;
      round_of(which, only_that, everything);
    }
    grown += i > 0;
    EXPECT(i < REPEATED);
  }
  EXPECT(which > 10 && which < MANY);
  printf("%s: %ld allocations, %ld times something was made for good\n", name, which, grown);
}

int
main(void) {
  if (!coap_dtls_is_supported())
    return 0;
  coap_startup();
  coap_set_log_level(LOG_EMERG);
  warm_up();
  scenario("one fails", 1, 0, 1);
  scenario("all fail from some point on", 0, 0, 29);
  scenario("one fails, from the context on", 1, 1, 13);
  return expect_done();
}
