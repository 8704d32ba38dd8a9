/* Callbacks that do the worst that is allowed, at random, for thousands of messages: request, response, nack, ping and
 * event handlers, release callbacks of bodies, cache entries and resources, log handlers and network hooks release
 * sessions, delete resources (their own too) and cache entries, free endpoints and the whole context, send on every
 * session, over datagrams and streams, cancel, disconnect, notify, answer later, change block modes and handlers, and run the loop (hostile.md X28,
 * X33, X42; exchange.md section 9, E14; session.md S5, S9; io.md section 6.8, I7; resource.md R4, R5, R6, R7, R26). Afterwards the library works, every callback has run once
 * for what it was given, and nothing is left. Worth most under valgrind.
 *
 *     worst_handlers [ROUNDS [FIRST]]    each round is a world of its own; FIRST is the number of the first one
 */
#define _GNU_SOURCE
#include "remote.h"
#include "stream_peer.h"

enum { CLIENTS = 5, HELD = 4, RESOURCES = 5, ENDPOINTS = 3, ENTRIES = 8, ASYNCS = 4, PEERS = 4, REMOTES = 2, STREAMS = 3, STEPS = 250 };

/* The last endpoint is one for TCP. */
enum { TCP_ENDPOINT = ENDPOINTS - 1 };

/* A world: what there is, and may be ended by any callback at any time. What has ended is NULL, before it ends. */
static struct {
  coap_context_t *context;
  coap_session_t *clients[CLIENTS];     /* each with one reference of ours */
  coap_session_t *held[HELD];           /* sessions that we hold another reference of */
  coap_resource_t *resources[RESOURCES];
  coap_endpoint_t *endpoints[ENDPOINTS];
  uint16_t ports[ENDPOINTS];
  coap_cache_entry_t *entries[ENTRIES];
  coap_async_state_t *asyncs[ASYNCS];
  int peers[PEERS];                     /* sockets that send requests */
  int remotes[REMOTES];                 /* sockets that clients talk to */
  uint16_t remote_ports[REMOTES];
  int listener;                         /* a socket that clients connect to */
  uint16_t listener_port;
  int streams[STREAMS];                 /* connections of peers to the last endpoint; of clients to the listener */
  int accepted[STREAMS];
  int wild;                             /* whether callbacks do anything */
  int depth;                            /* of callbacks */
  int budget;                           /* deeds that are left until the next message */
} world;

static int bodies_given, bodies_back, entries_made, entries_ended, handled, answered, whole, notifications, connected;
static int by_log, by_network;          /* whether log handler, network hook do deeds as well */
static uint8_t large[4000];

static uint32_t dice_state;

/* 0 to sides - 1; the same in each run of a round. */
static unsigned int
dice(unsigned int sides) {
  dice_state ^= dice_state << 13;
  dice_state ^= dice_state >> 17;
  dice_state ^= dice_state << 5;
  return dice_state % sides;
}

static void deeds(coap_session_t *session);
static void handle(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *req,
                   coap_binary_t *token, coap_string_t *query, coap_pdu_t *response);

/* --- Callbacks --------------------------------------------------------------------------------------------------- */

static void
body_released(coap_session_t *session, void *body) {
  bodies_back++;
  free(body);
  deeds(session);
}

static void
entry_ended(void *slot) {
  entries_ended++;
  if (slot)
    *(coap_cache_entry_t **)slot = NULL;
  deeds(NULL);
}

static void
resource_ended(void *data) {
  (void)data;
  deeds(NULL);
}

static coap_response_t
on_response(coap_context_t *context, coap_session_t *session, coap_pdu_t *sent, coap_pdu_t *received,
            const coap_mid_t mid) {
  int before = (int)dice(2);

  (void)context;
  if (!before)
    deeds(session);
  EXPECT_EQ(received->mid, mid);
  EXPECT(!sent || sent->used_size >= sent->token_length);
  answered++;
  whole += received->body_data != NULL;
  if (before)
    deeds(session);
  return dice(4) ? COAP_RESPONSE_OK : COAP_RESPONSE_FAIL;
}

static void
on_nack(coap_context_t *context, coap_session_t *session, coap_pdu_t *sent, coap_nack_reason_t reason,
        const coap_mid_t mid) {
  (void)context, (void)reason;
  deeds(session);
  EXPECT_EQ(sent->mid, mid);
}

static void
on_ping(coap_context_t *context, coap_session_t *session, coap_pdu_t *received, const coap_mid_t mid) {
  (void)context, (void)mid;
  deeds(session);
  EXPECT(received->used_size <= 1152);
}

static int
on_event(coap_context_t *context, coap_event_t event, coap_session_t *session) {
  (void)context;
  if (event == COAP_EVENT_SESSION_CONNECTED)
    connected++;
  deeds(session);
  return 0;
}

static void
on_log(coap_log_t level, const char *message) {
  EXPECT(strlen(message) < COAP_DEBUG_BUF_SIZE);
  EXPECT(level > LOG_EMERG); /* which tells of failures inside */
  if (by_log && dice(40) == 0)
    deeds(NULL);
}

static ssize_t (*own_send)(coap_socket_t *, const coap_session_t *, const uint8_t *, size_t);
static ssize_t (*own_read)(coap_socket_t *, coap_packet_t *);

static ssize_t
network_send(coap_socket_t *sock, const coap_session_t *session, const uint8_t *data, size_t length) {
  int what = (int)dice(12);
  ssize_t sent = what == 0 ? -1 : own_send(sock, session, data, length);

  if (what == 1)
    deeds(NULL);
  return sent;
}

static ssize_t
network_read(coap_socket_t *sock, coap_packet_t *packet) {
  ssize_t got = own_read(sock, packet);

  if (dice(12) == 0)
    deeds(NULL);
  return got;
}

/* Fills in a response: nothing, a small body, a large one. */
static void
respond(coap_resource_t *resource, coap_session_t *session, coap_pdu_t *req, coap_binary_t *token,
        coap_string_t *query, coap_pdu_t *response) {
  static const uint8_t codes[] = {0x45, 0x45, 0x45, 0x44, 0x84, 0xa0, 0xa8, 0};
  uint8_t *body;
  size_t length = dice(sizeof(large));

  response->code = codes[dice(sizeof(codes))];
  switch (dice(4)) {
  case 0:
    coap_add_data(response, dice(64), large);
    break;
  case 1:
    body = malloc(length + 1);
    memset(body, 'b', length + 1);
    bodies_given++;
    coap_add_data_large_response(resource, session, req, response, token, query, COAP_MEDIATYPE_TEXT_PLAIN,
                                 (int)dice(100) - 1, dice(2) ? 0 : dice(9), length, body, body_released, body);
    break;
  case 2:
    coap_add_data_blocked_response(resource, session, req, response, token, COAP_MEDIATYPE_TEXT_PLAIN, -1, length,
                                   large);
    break;
  default:
    break;
  }
}

static void
handle(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *req,
       coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  unsigned int i = dice(2 * HELD);
  size_t length, offset, total;
  const uint8_t *data;

  handled++;
  EXPECT(context == world.context); /* no request is served any more once the context ends */
  notifications += req == NULL;
  if (world.wild && i < HELD && !world.held[i])
    world.held[i] = coap_session_reference(session);
  i = dice(4 * ASYNCS);
  if (world.wild && req && i < ASYNCS && !world.asyncs[i]) {
    void *note = malloc(10);

    world.asyncs[i] = coap_register_async(context, session, req, COAP_ASYNC_RELEASE_DATA, note);
    if (!world.asyncs[i])
      free(note);
  }
  /* Either the response first, as long as everything is there, or what does not need resource and session. */
  if (dice(2)) {
    respond(resource, session, req, token, query, response);
    deeds(session);
  } else {
    deeds(session);
    response->code = COAP_RESPONSE_CODE_CONTENT;
    coap_add_data(response, dice(100), large);
  }
  if (req && coap_get_data_large(req, &length, &data, &offset, &total) && length)
    EXPECT(data[0] == data[length - 1] || length > 0);
  EXPECT(token->length <= 8);
}

/* --- Deeds ------------------------------------------------------------------------------------------------------- */

/* What some_pdu() has used last as a token. */
static uint8_t last_token_bytes[8];
static coap_binary_t last_token = {0, last_token_bytes};

static coap_pdu_t *
some_pdu(coap_session_t *session) {
  coap_pdu_t *pdu = coap_pdu_init(dice(3) ? CON : NON, (uint8_t)(1 + dice(5)), coap_new_message_id(session), 1152);
  uint8_t token[8];
  size_t length;

  coap_session_new_token(session, &length, token);
  if (dice(8)) {
    coap_add_token(pdu, length, token);
    memcpy(last_token_bytes, token, length);
    last_token.length = length;
  }
  if (dice(8) == 0)
    coap_add_option(pdu, COAP_OPTION_OBSERVE, 0, NULL);
  if (dice(3)) {
    char path[2] = {(char)('0' + dice(RESOURCES)), 0};

    coap_add_option(pdu, COAP_OPTION_URI_PATH, 1, (const uint8_t *)path);
  }
  return pdu;
}

/* A request by coap_send_large(), with a body that takes one message or several, or none. */
static void
send_large(coap_session_t *session) {
  coap_pdu_t *pdu = some_pdu(session);
  size_t length = dice(sizeof(large));
  uint8_t *body;
  int hold = (int)dice(2);

  /* Without a reference of our own the session may be gone behind the first of the two calls. */
  if (hold)
    coap_session_reference(session);
  if (hold && dice(2)) {
    body = malloc(length + 1);
    memset(body, 'u', length + 1);
    bodies_given++;
    coap_add_data_large_request(session, pdu, length, body, body_released, body);
  }
  coap_send_large(session, pdu);
  if (hold)
    coap_session_release(session);
}

static coap_session_t *
some_session(coap_session_t *current) {
  unsigned int i = dice(CLIENTS + HELD + 4);

  return i < CLIENTS ? world.clients[i] : i < CLIENTS + HELD ? world.held[i - CLIENTS] : current;
}

static void
new_client(unsigned int i) {
  coap_address_t to;
  unsigned int target = dice(REMOTES + ENDPOINTS + 1);
  uint16_t port = target < REMOTES ? world.remote_ports[target]
                  : target < REMOTES + ENDPOINTS ? world.ports[target - REMOTES]
                                                 : world.listener_port;
  coap_session_t *made;

  if (!world.context || world.clients[i] || !port)
    return;
  loopback_address(&to, port);
  made = coap_new_client_session(world.context, NULL, &to,
                                 target >= REMOTES + TCP_ENDPOINT ? COAP_PROTO_TCP : COAP_PROTO_UDP);
  /* A callback may have taken the place, or ended the context and the session with it. */
  if (!made)
    return;
  if (world.clients[i] && world.context)
    coap_session_release(made);
  else if (world.context)
    world.clients[i] = made;
}

static void
new_resource(unsigned int i) {
  char path[2] = {(char)('0' + i), 0};
  coap_resource_t *made;
  coap_request_t method;

  if (!world.context || world.resources[i])
    return;
  made = i == RESOURCES - 1 ? coap_resource_unknown_init(handle)
                            : coap_resource_init(coap_make_str_const(path), (int)dice(2) * COAP_RESOURCE_FLAGS_NOTIFY_CON);
  world.resources[i] = made;
  for (method = COAP_REQUEST_GET; method <= COAP_REQUEST_FETCH; method++)
    coap_register_handler(made, method, handle);
  coap_resource_set_get_observable(made, dice(4) != 0);
  coap_resource_set_userdata(made, &world);
  coap_add_attr(made, coap_make_str_const("rt"), coap_make_str_const("\"worst\""), 0);
  coap_add_resource(world.context, made);
}

static void
new_endpoint(unsigned int i) {
  coap_address_t here;
  coap_endpoint_t *made;

  if (!world.context || world.endpoints[i])
    return;
  loopback_address(&here, 0);
  made = coap_new_endpoint(world.context, &here, i == TCP_ENDPOINT ? COAP_PROTO_TCP : COAP_PROTO_UDP);
  if (!made || !world.context)
    return;
  if (world.endpoints[i]) {
    coap_free_endpoint(made);
    return;
  }
  world.endpoints[i] = made;
  world.ports[i] = (uint16_t)strtoul(strrchr(coap_endpoint_str(made), ':') + 1, NULL, 10);
}

static void
new_entry(coap_session_t *session, unsigned int i) {
  coap_cache_entry_t *made;
  coap_pdu_t *pdu;

  if (!session || !world.context || world.entries[i])
    return;
  pdu = some_pdu(session);
  made = coap_new_cache_entry(session, pdu, dice(2) ? COAP_CACHE_RECORD_PDU : COAP_CACHE_NOT_RECORD_PDU,
                              dice(2) ? COAP_CACHE_IS_SESSION_BASED : COAP_CACHE_NOT_SESSION_BASED, dice(3) * 30);
  coap_delete_pdu(pdu);
  /* Where callbacks run while it is made (limits, log), they may have ended it: then it is left alone. */
  if (made && !world.entries[i] && !by_log && world.context) {
    entries_made++;
    world.entries[i] = made;
    coap_cache_set_app_data(made, &world.entries[i], entry_ended);
  }
}

/* A request that was put off is answered, perhaps, and forgotten. */
static void
answer_later(unsigned int i) {
  coap_async_state_t *state = world.asyncs[i], *removed;
  coap_pdu_t *pdu;

  world.asyncs[i] = NULL;
  if (!state)
    return;
  /* Once it is out of the list it is ours alone, whatever ends while the answer is sent. */
  if (dice(4)) {
    EXPECT_EQ(coap_remove_async(world.context, state->session, state->id, &removed), 1);
    EXPECT(removed == state);
    pdu = coap_pdu_init(state->flags & COAP_ASYNC_CONFIRM ? CON : NON, 0x45, coap_new_message_id(state->session), 64);
    coap_add_token(pdu, state->tokenlen, state->token);
    coap_send(state->session, pdu);
  }
  coap_free_async(state);
}

/* The context ends, and with it all that is in it. */
static void
end_context(void) {
  coap_context_t *context = world.context;
  coap_session_t *session;
  unsigned int i;

  /* The context releases each client session once, on behalf of the application: one that has released its own
   * reference and holds another must not lose that. */
  for (session = context->sessions; session; session = session->hh.next) {
    for (i = 0; i < CLIENTS && world.clients[i] != session; i++)
      ;
    if (i == CLIENTS)
      coap_session_reference(session);
  }
  world.context = NULL;
  memset(world.clients, 0, sizeof(world.clients));
  memset(world.resources, 0, sizeof(world.resources));
  memset(world.endpoints, 0, sizeof(world.endpoints));
  memset(world.asyncs, 0, sizeof(world.asyncs));
  memset(world.ports, 0, sizeof(world.ports));
  coap_free_context(context);
}

/* One deed. `current` may not be used behind it, unless the caller holds it. */
static void
deed(coap_session_t *current) {
  coap_session_t *session = some_session(current);
  coap_context_t *context = world.context;
  unsigned int i;
  void *taken;

  switch (dice(31)) {
  case 0:
    i = dice(CLIENTS);
    taken = world.clients[i];
    world.clients[i] = NULL;
    coap_session_release(taken);
    break;
  case 1:
    i = dice(HELD);
    taken = world.held[i];
    world.held[i] = NULL;
    coap_session_release(taken);
    break;
  case 2:
    new_client(dice(CLIENTS));
    break;
  case 3:
    i = dice(RESOURCES);
    taken = world.resources[i];
    world.resources[i] = NULL;
    if (taken && context)
      coap_delete_resource(context, taken);
    break;
  case 4:
  case 5:
    new_resource(dice(RESOURCES));
    break;
  case 6:
    if (dice(4) == 0) {
      i = dice(ENDPOINTS);
      taken = world.endpoints[i];
      world.endpoints[i] = NULL;
      world.ports[i] = 0;
      coap_free_endpoint(taken);
    }
    break;
  case 7:
    new_endpoint(dice(ENDPOINTS));
    break;
  case 8:
    i = dice(ENTRIES);
    taken = world.entries[i];
    world.entries[i] = NULL;
    if (taken && context)
      coap_delete_cache_entry(context, taken);
    break;
  case 9:
  case 10:
    new_entry(session, dice(ENTRIES));
    break;
  case 11:
    if (session)
      coap_send(session, some_pdu(session));
    break;
  case 12:
  case 13:
    if (session)
      send_large(session);
    break;
  case 14:
    for (i = 0; i < CLIENTS; i++) {
      if (world.clients[i])
        coap_send(world.clients[i], some_pdu(world.clients[i]));
    }
    for (i = 0; i < HELD; i++) {
      if (world.held[i])
        coap_send(world.held[i], some_pdu(world.held[i]));
    }
    break;
  case 15:
    if (session && context)
      coap_cancel_session_messages(context, session, COAP_NACK_NOT_DELIVERABLE);
    break;
  case 16:
    if (session && context)
      coap_cancel_all_messages(context, session, large, dice(2));
    break;
  case 17:
    if (session)
      coap_session_disconnected(session, dice(2) ? COAP_NACK_ICMP_ISSUE : COAP_NACK_NOT_DELIVERABLE);
    break;
  case 18:
    if (context)
      coap_io_process(context, COAP_IO_NO_WAIT);
    break;
  case 19:
    if (context)
      coap_context_set_block_mode(context, (uint8_t)(dice(3) ? 3 : dice(2)));
    break;
  case 20:
    if (context) {
      coap_register_response_handler(context, dice(4) ? on_response : NULL);
      coap_register_nack_handler(context, dice(4) ? on_nack : NULL);
      coap_register_ping_handler(context, dice(4) ? on_ping : NULL);
      coap_register_event_handler(context, dice(4) ? on_event : NULL);
    }
    break;
  case 21:
    i = dice(RESOURCES);
    if (world.resources[i])
      coap_register_handler(world.resources[i], (coap_request_t)(1 + dice(5)), dice(4) ? handle : NULL);
    break;
  case 22:
    if (session)
      coap_session_send_ping(session);
    break;
  case 23:
    if (session) {
      coap_session_set_mtu(session, dice(4) ? 1152 : dice(200));
      coap_session_set_max_retransmit(session, 1 + dice(4));
    }
    break;
  case 24:
    if (context && dice(4) == 0)
      coap_cache_set_limits(context, dice(3) * 4, dice(3) * 2);
    break;
  case 25:
  case 26:
    i = dice(RESOURCES);
    if (world.resources[i])
      coap_resource_notify_observers(world.resources[i], dice(3) ? NULL : &(coap_string_t){dice(2), (uint8_t *)"q"});
    break;
  case 29:
    if (session && !dice(3))
      coap_cancel_observe(session, dice(2) ? &last_token : NULL, (uint8_t)dice(2));
    break;
  case 27:
  case 28:
    answer_later(dice(ASYNCS));
    break;
  default:
    if (context && dice(150) == 0)
      end_context();
    break;
  }
}

/* Some deeds, inside a callback. The session is the application's only while it holds a reference. */
static void
deeds(coap_session_t *session) {
  int hold = session && dice(2), i, count = (int)dice(4);

  if (!world.wild || world.depth > 3)
    return;
  world.depth++;
  if (hold)
    coap_session_reference(session);
  for (i = 0; i < count && world.budget > 0; i++) {
    world.budget--;
    deed(i == 0 || hold ? session : NULL);
  }
  if (hold)
    coap_session_release(session);
  world.depth--;
}

/* --- Peers ------------------------------------------------------------------------------------------------------- */

/* A request, or something else, from a peer to an endpoint. */
static void
peer_speaks(void) {
  static struct datagram d, last;
  struct reply r;
  unsigned int peer = dice(PEERS), endpoint = dice(TCP_ENDPOINT), i;
  static uint16_t mid;
  coap_address_t to;
  char text[9] = "tokentok";

  if (!world.ports[endpoint])
    return;
  text[dice(4)] = 0;
  i = dice(4);
  request(&d, dice(3) ? CON : NON, i ? 1 + dice(6) : GET, mid++, text);
  if (i == 0)
    option_uint(&d, COAP_OPTION_OBSERVE, dice(6) == 0);
  text[0] = (char)('0' + dice(RESOURCES + 1));
  text[1] = 0;
  path(&d, dice(10) ? text : ".well-known/core");
  if (dice(3) == 0)
    option(&d, COAP_OPTION_URI_QUERY, "q", dice(2));
  if (dice(3) == 0)
    block(&d, COAP_OPTION_BLOCK2, dice(8), 0, dice(7));
  i = dice(3);
  if (i == 0)
    block(&d, COAP_OPTION_BLOCK1, dice(3), dice(2), 0);
  if (i == 0 || dice(2))
    payload_of(&d, 'p', 16);
  if (dice(10) == 0)
    d = last; /* a duplicate, or of another peer */
  if (dice(12) == 0)
    d.bytes[dice((unsigned int)d.length)] ^= (uint8_t)(1 << dice(8));
  if (dice(30) == 0)
    request(&d, dice(4), EMPTY, mid++, "");
  last = d;
  loopback_address(&to, world.ports[endpoint]);
  sendto(world.peers[peer], d.bytes, d.length, 0, &to.addr.sa, to.size);
  for (i = 0; i < PEERS; i++) { /* what the library sends to them is answered now and then */
    struct sockaddr_in from;
    socklen_t size = sizeof(from);
    ssize_t got;

    while ((got = recvfrom(world.peers[i], r.bytes, sizeof(r.bytes), MSG_DONTWAIT, (struct sockaddr *)&from, &size)) >
           0) {
      r.length = (size_t)got;
      EXPECT(parse(&r));
      if (r.type == CON && dice(2)) {
        request(&d, dice(2) ? ACK : RST, EMPTY, r.mid, "");
        sendto(world.peers[i], d.bytes, d.length, 0, (struct sockaddr *)&from, size);
      }
    }
  }
}

/* What our clients have asked their remote ends is answered: properly, late, twice, wrongly, by RST, or not at all. */
static void
remote_speaks(void) {
  static struct datagram d;
  struct sockaddr_in from;
  socklen_t size = sizeof(from);
  struct reply r;
  long block1, block2;
  unsigned int i = dice(REMOTES), type, again;
  char token[9] = {0};
  ssize_t got = recvfrom(world.remotes[i], r.bytes, sizeof(r.bytes), MSG_DONTWAIT, (struct sockaddr *)&from, &size);

  if (got <= 0)
    return;
  r.length = (size_t)got;
  EXPECT(parse(&r));
  memcpy(token, r.token, r.token_length);
  block1 = reply_option(&r, COAP_OPTION_BLOCK1);
  block2 = reply_option(&r, COAP_OPTION_BLOCK2);
  type = dice(2) ? (r.type == CON ? ACK : NON) : dice(6);
  if (type == 5)
    return;
  if (type == 4)
    request(&d, dice(2) ? ACK : RST, EMPTY, r.mid, "");
  else
    request(&d, type == RST ? ACK : type, dice(20) == 0 ? 0x84 : block1 >= 0 && block1 & 8 ? 0x5f : 0x45,
            type == ACK || type == RST ? r.mid : r.mid + 1000, dice(10) ? token : "wrong");
  if (type != 4 && dice(20) == 0)
    option_uint(&d, COAP_OPTION_ETAG, dice(3));
  if (type != 4 && dice(4) == 0)
    option_uint(&d, COAP_OPTION_OBSERVE, dice(100));
  if (type != 4 && dice(6)) { /* the block that was asked for, of four; now and then any */
    unsigned long num = dice(8) ? (block2 >= 0 ? (unsigned long)block2 >> 4 : 0) : dice(5);

    block(&d, COAP_OPTION_BLOCK2, num, num < 3, dice(12) ? 0 : dice(3));
  }
  if (type != 4 && block1 >= 0 && dice(10))
    option_uint(&d, COAP_OPTION_BLOCK1, (unsigned long)block1);
  if (type != 4 && dice(10))
    payload_of(&d, 'r', dice(12) ? 16 : dice(20) + 1);
  for (again = 0; again <= dice(2); again++)
    sendto(world.remotes[i], d.bytes, d.length, 0, (struct sockaddr *)&from, size);
}

/* Writes a message to a connection, or a part of it; or what is none; or closes it. */
static void
stream_speaks(int *fd, unsigned int code) {
  static struct datagram d;
  uint8_t trash[4096];
  char token[2] = {(char)('a' + dice(4)), 0}, name[2] = {(char)('0' + dice(RESOURCES)), 0};
  size_t length;
  int i;

  if (*fd < 0)
    return;
  while (recv(*fd, trash, sizeof(trash), MSG_DONTWAIT) > 0)
    ;
  d.length = 0;
  switch (dice(14)) {
  case 0:
    append_hex(&d, CSM);
    break;
  case 1:
    append_hex(&d, "00 e2");
    break;
  case 2:
    append_hex(&d, dice(4) ? "00 00" : dice(2) ? "00 e4" : "00 e5");
    break;
  case 3:
    for (i = 0; i < 20; i++)
      append_byte(&d, dice(256));
    break;
  case 4:
    close(*fd);
    *fd = -1;
    return;
  default:
    append_byte(&d, 0x71);
    append_byte(&d, code ? code : 1 + dice(5));
    append(&d, token, 1);
    d.option = 0;
    option_uint(&d, COAP_OPTION_OBSERVE, dice(3));
    d.bytes[0] = 0x71;
    if (d.length == 4) /* Observe 0 is one byte shorter */
      d.bytes[0] = 0x61;
    option(&d, COAP_OPTION_URI_PATH, name, 1);
    payload(&d, "st", 2);
    if (code)
      d.bytes[1] = (uint8_t)code;
  }
  length = dice(5) ? d.length : dice((unsigned int)d.length + 1);
  if (send(*fd, d.bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
    close(*fd);
    *fd = -1;
  }
}

/* Peers connect and speak; what clients connect to accepts and speaks. */
static void
streams_speak(void) {
  unsigned int i = dice(STREAMS);
  coap_address_t to;

  if (world.streams[i] < 0 && world.ports[TCP_ENDPOINT]) {
    loopback_address(&to, world.ports[TCP_ENDPOINT]);
    world.streams[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(world.streams[i], &to.addr.sa, sizeof(to.addr.sin)) < 0) {
      close(world.streams[i]);
      world.streams[i] = -1;
    } else if (dice(8)) {
      EXPECT(send(world.streams[i], "\x50\xe1\x23\x80\x01\x00\x20", 7, MSG_NOSIGNAL) == 7);
    }
  }
  stream_speaks(&world.streams[i], 0);
  i = dice(STREAMS);
  if (world.accepted[i] < 0) {
    world.accepted[i] = accept(world.listener, NULL, NULL);
    if (world.accepted[i] >= 0 && dice(8))
      send(world.accepted[i], "\x50\xe1\x23\x80\x01\x00\x20", 7, MSG_NOSIGNAL);
  }
  stream_speaks(&world.accepted[i], dice(4) ? 0x45 : 0);
}

/* --- Rounds ------------------------------------------------------------------------------------------------------ */

static void
begin(unsigned int number) {
  unsigned int i;

  dice_state = 2463534242u + number * 7919;
  memset(&world, 0, sizeof(world));
  by_log = number % 4 == 1;
  by_network = number % 4 == 2;
  bodies_given = bodies_back = entries_made = entries_ended = 0;
  coap_startup();
  coap_set_log_handler(on_log);
  coap_set_log_level(by_log ? LOG_DEBUG : LOG_EMERG);
  coap_set_show_pdu_output(0);
  world.context = coap_new_context(NULL);
  own_send = world.context->network_send;
  own_read = world.context->network_read;
  if (by_network) {
    world.context->network_send = network_send;
    world.context->network_read = network_read;
  }
  coap_context_set_block_mode(world.context, 3);
  coap_register_response_handler(world.context, on_response);
  coap_register_nack_handler(world.context, on_nack);
  coap_register_ping_handler(world.context, on_ping);
  coap_register_pong_handler(world.context, on_ping);
  coap_register_event_handler(world.context, on_event);
  coap_resource_release_userdata_handler(world.context, resource_ended);
  for (i = 0; i < PEERS; i++)
    world.peers[i] = silent_socket(&(uint16_t){0});
  for (i = 0; i < REMOTES; i++)
    world.remotes[i] = silent_socket(&world.remote_ports[i]);
  world.listener = stream_listen(&world.listener_port);
  for (i = 0; i < STREAMS; i++)
    world.streams[i] = world.accepted[i] = -1;
  for (i = 0; i < ENDPOINTS; i++)
    new_endpoint(i);
  for (i = 0; i < RESOURCES; i++)
    new_resource(i);
  for (i = 0; i < CLIENTS; i++)
    new_client(i);
  world.wild = 1;
}

/* The world ends: what is left of the context still works, and everything given comes back. */
static void
end(void) {
  struct server server;
  coap_address_t listen;
  unsigned int i;

  world.wild = 0;
  for (i = 0; i < HELD; i++)
    coap_session_release(world.held[i]);
  if (world.context) {
    memset(&server, 0, sizeof(server));
    server.context = world.context;
    server.prober = -1;
    world.context->network_send = own_send;
    world.context->network_read = own_read;
    loopback_address(&listen, 0);
    server.endpoint = coap_new_endpoint(world.context, &listen, COAP_PROTO_UDP);
    EXPECT(server.endpoint != NULL);
    server.port = (uint16_t)strtoul(strrchr(coap_endpoint_str(server.endpoint), ':') + 1, NULL, 10);
    server_resource(&server, "probe", COAP_REQUEST_GET, answer_probe);
    EXPECT_ALIVE(&server);
    server_stop(&server);
  }
  for (i = 0; i < PEERS; i++)
    close(world.peers[i]);
  for (i = 0; i < REMOTES; i++)
    close(world.remotes[i]);
  close(world.listener);
  for (i = 0; i < STREAMS; i++) {
    if (world.streams[i] >= 0)
      close(world.streams[i]);
    if (world.accepted[i] >= 0)
      close(world.accepted[i]);
  }
  EXPECT_EQ(bodies_back, bodies_given);
  EXPECT_EQ(entries_ended, entries_made);
}

static void
round_of(unsigned int number) {
  int step, failed = expect_failed;
  unsigned int i;

  begin(number);
  for (step = 0; step < STEPS && world.context; step++) {
    world.budget = 20;
    peer_speaks();
    for (i = 0; i < 4; i++)
      remote_speaks();
    streams_speak();
    if (dice(8) == 0)
      deeds(NULL);
    i = dice(RESOURCES);
    if (world.resources[i])
      coap_resource_notify_observers(world.resources[i], NULL);
    if (world.context)
      coap_io_process(world.context, COAP_IO_NO_WAIT);
    if (dice(10) == 0)
      stopped_clock += dice(dice(4) ? 3000 : 400000);
  }
  end();
  if (expect_failed != failed)
    printf("in round %u\n", number);
}

int
main(int argc, char **argv) {
  unsigned int rounds = argc > 1 ? (unsigned int)atoi(argv[1]) : 16, first = argc > 2 ? (unsigned int)atoi(argv[2]) : 0;
  unsigned int number;

  for (number = first; number < first + rounds; number++)
    round_of(number);
  printf("%d requests and %d notifications handled, %d responses, %d of them bodies, %d connections\n",
         handled - notifications, notifications, answered, whole, connected);
  EXPECT(handled > 0 && connected > 0 && answered > 0 && notifications > 0 && whole > 0);
  return expect_done();
}
