/* The k-th allocation fails, for k = 1, 2, ...: over the public functions, and over what a server does with its peers
 * (hostile.md X41). Each time: no crash, no leak, and a library that works afterwards. */
/* no valgrind: it puts its own malloc in place of the failing one; leaks are counted here instead */
#define _GNU_SOURCE
#include "allocation.h"
#include "peer.h"

/* More allocations than any of the scenarios makes. */
#define MANY 3000

static const uint8_t *const text = (const uint8_t *)"text";
static struct datagram d;

/* ------------------------------------------------------------------------------------------------------------------
 * Scenarios without a server. Each makes, uses and frees objects, and takes NULL for an answer.
 */

static void
strings(void) {
  coap_string_t *string = coap_new_string(10);
  coap_str_const_t *str_const = coap_new_str_const(text, 4);
  coap_binary_t *binary = coap_new_binary(10), *larger;
  coap_bin_const_t *bin_const = coap_new_bin_const(text, 4);

  coap_delete_string(string);
  coap_delete_str_const(str_const);
  if (binary) {
    larger = coap_resize_binary(binary, 5000);
    coap_delete_binary(larger ? larger : binary);
  }
  coap_delete_bin_const(bin_const);
}

static void
uris(void) {
  static const char name[] = "coap://host:1/a/b?c&d";
  coap_uri_t *uri = coap_new_uri((const uint8_t *)name, sizeof(name) - 1), *copy;

  if (uri) {
    copy = coap_clone_uri(uri);
    if (copy)
      coap_free(copy);
    coap_free(uri);
  }
}

static void
bodies(void) {
  coap_binary_t *body = coap_block_build_body(NULL, 4, text, 0, 100);

  body = body ? coap_block_build_body(body, 4, text, 98, 100) : NULL;
  body = body ? coap_block_build_body(body, 4, text, 5000, 100) : NULL;
  coap_delete_binary(body);
}

static void
option_lists(void) {
  coap_optlist_t *chain = NULL, *option;
  coap_pdu_t *pdu;
  uint16_t number;

  for (number = 20; number > 0; number--) {
    option = coap_new_optlist(number, 4, text);
    if (option)
      coap_insert_optlist(&chain, option);
  }
  pdu = coap_pdu_init(CON, GET, 1, 1000);
  if (pdu)
    coap_add_optlist_pdu(pdu, &chain);
  coap_delete_pdu(pdu);
  coap_delete_optlist(chain);
}

static void
messages(void) {
  static const uint8_t wire[] = {0x42, 1, 0, 1, 'a', 'b', 0xb1, 'p', 0xff, 'x'};
  static uint8_t large[900];
  coap_pdu_t *pdu = coap_pdu_init(CON, PUT, 1, 0), *parsed = coap_pdu_init(0, 0, 0, sizeof(wire));
  coap_pdu_t *error;
  coap_opt_filter_t filter;
  coap_string_t *string;

  if (pdu) {
    coap_add_token(pdu, 4, text);
    coap_add_option(pdu, COAP_OPTION_URI_PATH, 4, text);
    coap_add_option(pdu, COAP_OPTION_URI_QUERY, 4, text);
    coap_add_option(pdu, COAP_OPTION_URI_HOST, 4, text);
    coap_add_data(pdu, sizeof(large), large);
    string = coap_get_uri_path(pdu);
    coap_delete_string(string);
    string = coap_get_query(pdu);
    coap_delete_string(string);
    coap_pdu_encode_header(pdu, COAP_PROTO_UDP);
    coap_pdu_resize(pdu, 4000);
    memset(&filter, 0, sizeof(filter));
    coap_option_filter_set(&filter, COAP_OPTION_URI_PATH);
    error = coap_new_error_response(pdu, 0x82, &filter);
    coap_delete_pdu(error);
  }
  coap_delete_pdu(pdu);
  if (parsed) {
    coap_pdu_parse(COAP_PROTO_UDP, wire, sizeof(wire), parsed);
    coap_pdu_clear(parsed, 100);
  }
  coap_delete_pdu(parsed);
}

static void
nodes(void) {
  coap_queue_t *queue = NULL, *node;
  int i;

  for (i = 0; i < 4; i++) {
    node = coap_new_node();
    if (node)
      coap_insert_node(&queue, node);
  }
  while (queue) {
    node = queue;
    queue = queue->next;
    coap_delete_node(node);
  }
}

static uint8_t large[3000];

static void
nobody(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *req,
       coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  (void)context, (void)resource, (void)session, (void)req, (void)token, (void)query;
  response->code = COAP_RESPONSE_CODE_CONTENT;
}

/* A resource goes with its context, so here it is deleted through one. */
static void
resources(void) {
  static const char *names[] = {"one", "two"};
  static coap_str_const_t name = {4, (const uint8_t *)"text"};
  coap_context_t *context = coap_new_context(NULL);
  coap_resource_t *resource;
  int i;

  if (!context)
    return;
  for (i = 0; i < 3; i++) {
    resource = i == 0 ? coap_resource_init(&name, 0)
                      : i == 1 ? coap_resource_unknown_init(nobody) : coap_resource_proxy_uri_init(nobody, 2, names);
    if (resource) {
      coap_register_handler(resource, COAP_REQUEST_GET, nobody);
      coap_add_attr(resource, &name, &name, 0);
      coap_add_attr(resource, &name, NULL, 0);
      coap_add_resource(context, resource);
    }
  }
  coap_free_context(context);
}

static void
count_release(coap_session_t *session, void *count) {
  (void)session;
  ++*(int *)count;
}

static int app_data_freed;

static void
free_app_data(void *data) {
  (void)data;
  app_data_freed++;
}

/* Everything that a client does before an answer comes: session, messages, cache, async, a large request. */
static void
client(void) {
  static const uint16_t ignored[] = {23, 27}, others[] = {1, 2, 3};
  coap_context_t *context = coap_new_context(NULL);
  coap_address_t to;
  coap_session_t *session = NULL;
  coap_cache_entry_t *entry;
  coap_cache_key_t *key;
  coap_pdu_t *pdu, *copy;
  int released = 0, handed_over = 0;

  loopback_address(&to, 9);
  if (context)
    session = coap_new_client_session(context, NULL, &to, COAP_PROTO_UDP);
  if (session) {
    coap_context_set_block_mode(context, COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
    coap_cache_ignore_options(context, ignored, 2);
    coap_cache_ignore_options(context, others, 3);
    pdu = coap_new_pdu(session);
    if (pdu) {
      pdu->type = NON;
      pdu->code = GET;
      coap_add_option(pdu, COAP_OPTION_URI_PATH, 4, text);
      key = coap_cache_derive_key(session, pdu, COAP_CACHE_IS_SESSION_BASED);
      coap_delete_cache_key(key);
      entry = coap_new_cache_entry(session, pdu, COAP_CACHE_RECORD_PDU, COAP_CACHE_IS_SESSION_BASED, 10);
      app_data_freed = 0;
      if (entry)
        coap_cache_set_app_data(entry, &app_data_freed, free_app_data);
      EXPECT(coap_cache_get_by_pdu(session, pdu, COAP_CACHE_IS_SESSION_BASED) == entry || !entry);
      coap_delete_cache_entry(context, entry);
      EXPECT_EQ(app_data_freed, entry != NULL);
      coap_new_cache_entry(session, pdu, COAP_CACHE_NOT_RECORD_PDU, COAP_CACHE_NOT_SESSION_BASED, 0);
      copy = coap_pdu_duplicate(pdu, session, 0, NULL, NULL);
      coap_delete_pdu(copy);
      coap_async_state_t *async = coap_register_async(context, session, pdu, 0, NULL);
      if (async && coap_remove_async(context, session, async->id, &async))
        coap_free_async(async);
      coap_send(session, pdu);
    }
    pdu = coap_pdu_init(CON, GET, coap_new_message_id(session), 100);
    if (pdu)
      coap_send(session, pdu);
    pdu = coap_pdu_init(CON, GET, coap_new_message_id(session), 100);
    if (pdu)
      coap_send(session, pdu); /* waits for the first */
    pdu = coap_new_pdu(session);
    if (pdu) {
      pdu->type = NON;
      pdu->code = PUT;
      handed_over = 1;
      coap_add_data_large_request(session, pdu, sizeof(large), large, count_release, &released);
      coap_send_large(session, pdu);
    }
  }
  coap_session_release(session);
  if (context)
    coap_free_context(context);
  EXPECT_EQ(released, handed_over); /* X33 */
}

/* C9: an ignore list that cannot be replaced stays as it was. */
static void
ignore_list_stays(void) {
  static const uint16_t first[] = {COAP_OPTION_URI_QUERY}, second[] = {COAP_OPTION_URI_PATH};
  struct server server;
  coap_session_t *session;
  coap_pdu_t *plain, *query;

  server_start(&server);
  session = client_session(&server, server.port, COAP_PROTO_UDP);
  plain = coap_pdu_init(CON, GET, 1, 100);
  query = coap_pdu_init(CON, GET, 2, 100);
  coap_add_option(plain, COAP_OPTION_URI_PATH, 4, text);
  coap_add_option(query, COAP_OPTION_URI_PATH, 4, text);
  coap_add_option(query, COAP_OPTION_URI_QUERY, 4, text);
  EXPECT(coap_cache_ignore_options(server.context, first, 1) == 1);
  EXPECT(coap_new_cache_entry(session, plain, COAP_CACHE_NOT_RECORD_PDU, COAP_CACHE_IS_SESSION_BASED, 0) != NULL);
  fail_allocation(1, 0);
  EXPECT(coap_cache_ignore_options(server.context, second, 1) == 0);
  stop_failing();
  EXPECT(coap_cache_get_by_pdu(session, query, COAP_CACHE_IS_SESSION_BASED) != NULL);
  coap_delete_pdu(plain);
  coap_delete_pdu(query);
  coap_session_release(session);
  server_stop(&server);
}

/* H9: without memory for an entry of a table, the call that needs the entry fails, and nothing else has changed. */
static void
tables(void) {
  struct server server;
  coap_packet_t packet;
  coap_session_t *session, *first = NULL;
  coap_address_t to;
  coap_tick_t now;
  unsigned int i;
  int failed;
  long k;

  server_start(&server);
  coap_ticks(&now);
  memset(&packet, 0, sizeof(packet));
  loopback_address(&packet.addr_info.local, 1);
  loopback_address(&to, 9);
  for (i = 0; i < 300; i++) { /* the tables grow several times */
    loopback_address(&packet.addr_info.remote, (uint16_t)(1000 + i));
    for (k = 1, failed = 1; failed; k++) {
      fail_allocation(k, 1);
      session = coap_endpoint_get_session(server.endpoint, &packet, now);
      failed = stop_failing();
      EXPECT((session == NULL) == failed);
      EXPECT((coap_session_get_by_peer(server.context, &packet.addr_info.remote, 0) == NULL) == failed);
    }
  }
  for (i = 0; i < 40; i++) {
    for (k = 1, failed = 1; failed; k++) {
      fail_allocation(k, 1);
      session = coap_new_client_session(server.context, NULL, &to, COAP_PROTO_UDP);
      failed = stop_failing();
      EXPECT((session == NULL) == failed);
      first = first ? first : session;
      EXPECT(server.context->sessions == first);
      EXPECT((int)HASH_COUNT(server.context->sessions) == (int)i + !failed);
    }
  }
  EXPECT_ALIVE(&server);
  server_stop(&server);
}

/* Without memory for a key, the session has none (session.md 2). */
static void
keys(void) {
  static const coap_bin_const_t old = {3, (const uint8_t *)"old"}, new = {3, (const uint8_t *)"new"};
  struct server server;
  coap_session_t *session;
  coap_address_t to;
  int failed;
  long k;

  server_start(&server);
  loopback_address(&to, 9);
  for (k = 1, failed = 1; failed; k++) {
    fail_allocation(k, 1);
    session = coap_new_client_session_psk(server.context, NULL, &to, COAP_PROTO_UDP, "name", text, 4);
    failed = stop_failing();
    EXPECT((session == NULL) == failed);
    EXPECT(server.context->sessions == session);
  }
  EXPECT_EQ(coap_session_refresh_psk_key(session, &old), 1);
  fail_allocation(1, 0);
  EXPECT_EQ(coap_session_refresh_psk_key(session, &old), 1); /* is there already */
  EXPECT_EQ(coap_session_refresh_psk_key(session, &new), 0);
  EXPECT(session->psk_key == NULL);
  EXPECT_EQ(coap_session_refresh_psk_hint(session, &new), 0);
  stop_failing();
  EXPECT_EQ(coap_session_refresh_psk_key(session, &new), 1);
  server_stop(&server);
}

/* ------------------------------------------------------------------------------------------------------------------
 * A server and what its peers send
 */

static int large_given, large_back;

static void
handle_large(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *req,
             coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  (void)context;
  response->code = COAP_RESPONSE_CODE_CONTENT;
  large_given++;
  coap_add_data_large_response(resource, session, req, response, token, query, 0, -1, 0, sizeof(large), large,
                               count_release, &large_back);
}

static void
delete_body(void *body) {
  coap_delete_binary(body);
}

static void
handle_put(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *req,
           coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  size_t length = 0, offset = 0, total = 0;
  const uint8_t *data = NULL;
  coap_cache_entry_t *entry = coap_cache_get_by_pdu(session, req, COAP_CACHE_IS_SESSION_BASED);
  coap_binary_t *body;

  (void)context, (void)resource, (void)token, (void)query;
  response->code = COAP_RESPONSE_CODE_INTERNAL_ERROR;
  if (!coap_get_data_large(req, &length, &data, &offset, &total))
    return;
  if (!entry && offset == 0)
    entry = coap_new_cache_entry(session, req, COAP_CACHE_RECORD_PDU, COAP_CACHE_IS_SESSION_BASED, 5);
  if (!entry)
    return;
  body = coap_block_build_body(coap_cache_get_app_data(entry), length, data, offset, total);
  coap_cache_set_app_data(entry, body, delete_body);
  response->code = offset + length < total ? COAP_RESPONSE_CODE_CONTINUE : COAP_RESPONSE_CODE_CHANGED;
}

/* Sends what is in `d`, lets the server work, and takes the answer if there is one. */
static void
exchange(struct peer *peer) {
  struct reply r;

  send_datagram(peer->fd, &d);
  server_turn(peer->server);
  server_turn(peer->server);
  while (take(peer->fd, &r))
    ;
}

static void
conversation(struct peer *peer) {
  static unsigned int base; /* message ids are never used again */
  unsigned int i;

  base += 64;
  request(&d, CON, GET, (base + 1) & 0xffff, "a"); /* a new session */
  path(&d, "probe");
  exchange(peer);
  exchange(peer); /* and a duplicate */
  request(&d, NON, GET, (base + 2) & 0xffff, "b");
  path(&d, ".well-known/core");
  option(&d, COAP_OPTION_URI_QUERY, "rt=*", 4);
  exchange(peer);
  request(&d, CON, GET, (base + 3) & 0xffff, "c");
  path(&d, "nowhere");
  exchange(peer);
  request(&d, CON, GET, (base + 4) & 0xffff, "d");
  option(&d, 9, "x", 1); /* unknown critical */
  exchange(peer);
  for (i = 0; i < 3; i++) {
    request(&d, CON, PUT, (base + 10 + i) & 0xffff, "e");
    path(&d, "put");
    block(&d, COAP_OPTION_BLOCK1, i, i < 2, 2);
    payload_of(&d, 'x', 64);
    exchange(peer);
  }
  for (i = 0; i < 3; i++) {
    request(&d, CON, GET, (base + 20 + i) & 0xffff, "f");
    path(&d, "large");
    option(&d, COAP_OPTION_URI_QUERY, "q=1", 3);
    if (i > 0)
      block(&d, COAP_OPTION_BLOCK2, i, 0, 6);
    exchange(peer);
  }
  request(&d, CON, EMPTY, (base + 30) & 0xffff, ""); /* ping */
  exchange(peer);
}

static int single_body;

static void
server_and_peers(long k, int once, int *failed) {
  static const uint16_t ignored[] = {COAP_OPTION_BLOCK1, COAP_OPTION_BLOCK2};
  struct server server;
  struct peer peer;

  large_given = large_back = 0;
  server_start(&server);
  coap_context_set_block_mode(server.context, COAP_BLOCK_USE_LIBCOAP | (single_body ? COAP_BLOCK_SINGLE_BODY : 0));
  coap_cache_ignore_options(server.context, ignored, 2);
  server_resource(&server, "put", COAP_REQUEST_PUT, handle_put);
  server_resource(&server, "large", COAP_REQUEST_GET, handle_large);
  peer_open(&peer, &server);
  fail_allocation(k, once);
  conversation(&peer);
  *failed = stop_failing();
  EXPECT_ALIVE(&server);
  conversation(&peer); /* the same peer again, now with memory */
  EXPECT_ALIVE(&server);
  peer_close(&peer);
  server_stop(&server);
  EXPECT_EQ(large_back, large_given);
}

/* ------------------------------------------------------------------------------------------------------------------ */

static const struct {
  const char *name;
  void (*run)(void);
} scenarios[] = {
    {"strings", strings}, {"uris", uris},           {"bodies", bodies}, {"option lists", option_lists},
    {"messages", messages}, {"nodes", nodes}, {"resources", resources}, {"client", client},
};

int
main(void) {
  size_t i;
  long k, before;
  int once, failed;

  coap_set_log_level(LOG_EMERG);
  coap_startup();
  setvbuf(stdout, NULL, _IONBF, 0); /* no memory of stdio's own */

  for (i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
    scenarios[i].run(); /* what is allocated once and for all is allocated now */
    scenarios[i].run();
    for (once = 1; once >= 0; once--) {
      for (k = 1, failed = 1; failed && k < MANY; k++) {
        before = live_blocks;
        fail_allocation(k, once);
        scenarios[i].run();
        failed = stop_failing();
        if (live_blocks != before)
          printf("%s: allocation %ld failing%s: %ld blocks too many\n", scenarios[i].name, k,
                 once ? "" : " and all later ones", live_blocks - before);
        EXPECT_EQ(live_blocks, before);
      }
      EXPECT(k > 2 && k < MANY); /* it did allocate, and it came to an end */
    }
    scenarios[i].run(); /* and it still works */
  }

  ignore_list_stays();
  tables();
  keys();

  for (single_body = 0; single_body < 2; single_body++) {
    server_and_peers(MANY, 1, &failed);
    server_and_peers(MANY, 1, &failed);
    for (once = 1; once >= 0; once--) {
      for (k = 1, failed = 1; failed && k < MANY; k++) {
        before = live_blocks;
        server_and_peers(k, once, &failed);
        if (live_blocks != before)
          printf("server: allocation %ld failing%s: %ld blocks too many\n", k, once ? "" : " and all later ones",
                 live_blocks - before);
        EXPECT_EQ(live_blocks, before);
      }
      EXPECT(k > 2 && k < MANY);
    }
  }
  return expect_done();
}
