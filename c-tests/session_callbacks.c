/* Every callback of sessions and of the loop does its worst, at every place where it runs (hostile.md X42; session.md S5;
 * io.md I7): one recorded run of a context is repeated, and each time another one of the calls of a callback (log line,
 * hook, handler) does something that the library cannot like. Worth most under valgrind. */
#include "peer.h"

enum kind { LOG_LINE, SEND_HOOK, READ_HOOK, PRNG_HOOK, NACK, RESPONSE, PING, PONG, EVENT, CACHE, REQUEST, KINDS };
enum deed { RELEASE, CANCEL, RUN_LOOP, SEND, DISCONNECT, DELETE_RESOURCE, FREE_SERVER_SESSION, FREE_ENDPOINT, FREE_CONTEXT,
            DEEDS };

static struct server server;
static coap_context_t *context;
static coap_session_t *client, *mute;      /* with our server, and with nobody; NULL when given back */
static coap_resource_t *resource;
static coap_endpoint_t *tcp;               /* beside the one for datagrams, in the run over streams */
static coap_address_t client_address;
static struct datagram d;
static int silent;
static uint16_t silent_port;
static enum kind kind;
static enum deed deed;
static long calls[KINDS], when;
static int entries, ended;                 /* cache entries made and ended */

static coap_pdu_t *
message(coap_session_t *session, uint8_t type, const char *name) {
  coap_pdu_t *pdu = coap_pdu_init(type, GET, coap_new_message_id(session), 200);

  coap_add_token(pdu, 1, (const uint8_t *)"t");
  coap_add_option(pdu, COAP_OPTION_URI_PATH, strlen(name), (const uint8_t *)name);
  return pdu;
}

static void
release(coap_session_t **session) {
  coap_session_t *given = *session;

  *session = NULL;
  coap_session_release(given);
}

static void
cancel(coap_session_t *session) {
  coap_cancel_session_messages(context, session, COAP_NACK_NOT_DELIVERABLE);
  if (context)
    coap_cancel_all_messages(context, session, (const uint8_t *)"t", 1);
}

static void
free_endpoint(coap_endpoint_t **endpoint) {
  coap_endpoint_t *gone = *endpoint;

  *endpoint = NULL;
  coap_free_endpoint(gone);
}

static void
free_context(void) {
  coap_context_t *gone = context;

  /* It gives back the references that making the sessions gave. */
  context = NULL;
  client = mute = NULL;
  resource = NULL;
  server.endpoint = tcp = NULL;
  coap_free_context(gone);
}

static void
do_it(void) {
  coap_session_t *session;
  coap_resource_t *victim;

  switch (deed) {
  case RELEASE:
    release(&client);
    release(&mute);
    break;
  case CANCEL:
    if (client)
      cancel(client);
    if (context && mute)
      cancel(mute);
    break;
  case RUN_LOOP:
    coap_io_process(context, COAP_IO_NO_WAIT);
    break;
  case SEND:
    if (client)
      coap_send(client, message(client, CON, "r"));
    if (mute)
      coap_send(mute, message(mute, NON, "r"));
    break;
  case DISCONNECT:
    if (client)
      coap_session_disconnected(client, COAP_NACK_NOT_DELIVERABLE);
    if (mute)
      coap_session_disconnected(mute, COAP_NACK_NOT_DELIVERABLE);
    break;
  case DELETE_RESOURCE:
    victim = resource;
    resource = NULL;
    if (victim)
      coap_delete_resource(context, victim);
    break;
  case FREE_SERVER_SESSION:
    session = coap_session_get_by_peer(context, &client_address, tcp ? 0 : 1);
    coap_session_free(session);
    break;
  case FREE_ENDPOINT:
    free_endpoint(&server.endpoint);
    free_endpoint(&tcp);
    break;
  case FREE_CONTEXT:
    free_context();
    break;
  default:
    break;
  }
}

/* Called first thing in each callback: once, it does the deed. */
static void
strike(enum kind mine) {
  calls[mine]++;
  if (mine == kind && calls[mine] == when && context)
    do_it();
}

static void
on_log(coap_log_t level, const char *line) {
  (void)level, (void)line;
  strike(LOG_LINE);
}

static ssize_t
on_send(coap_socket_t *sock, const coap_session_t *session, const uint8_t *data, size_t length) {
  ssize_t sent = coap_network_send(sock, session, data, length);

  strike(SEND_HOOK);
  return sent;
}

static ssize_t
on_read(coap_socket_t *sock, coap_packet_t *packet) {
  ssize_t length = coap_network_read(sock, packet);

  strike(READ_HOOK);
  return length;
}

static int
on_prng(void *out, size_t length) {
  memset(out, (int)chance(), length);
  strike(PRNG_HOOK);
  return 1;
}

static void
on_nack(coap_context_t *ctx, coap_session_t *session, coap_pdu_t *sent, coap_nack_reason_t reason,
        const coap_mid_t mid) {
  (void)ctx, (void)session, (void)sent, (void)reason, (void)mid;
  strike(NACK);
}

static coap_response_t
on_response(coap_context_t *ctx, coap_session_t *session, coap_pdu_t *sent, coap_pdu_t *received,
            const coap_mid_t mid) {
  (void)ctx, (void)session, (void)sent, (void)received, (void)mid;
  strike(RESPONSE);
  return COAP_RESPONSE_OK;
}

static void
on_ping(coap_context_t *ctx, coap_session_t *session, coap_pdu_t *received, const coap_mid_t mid) {
  (void)ctx, (void)session, (void)received, (void)mid;
  strike(PING);
}

static void
on_pong(coap_context_t *ctx, coap_session_t *session, coap_pdu_t *received, const coap_mid_t mid) {
  (void)ctx, (void)session, (void)received, (void)mid;
  strike(PONG);
}

static int
on_event(coap_context_t *ctx, coap_event_t event, coap_session_t *session) {
  (void)ctx, (void)event, (void)session;
  strike(EVENT);
  return 0;
}

static void
on_entry(void *data) {
  (void)data;
  ended++;
  strike(CACHE);
}

static void
on_request(coap_context_t *ctx, coap_resource_t *res, coap_session_t *session, coap_pdu_t *req, coap_binary_t *token,
           coap_string_t *query, coap_pdu_t *response) {
  (void)ctx, (void)res, (void)session, (void)req, (void)token, (void)query;
  response->code = COAP_RESPONSE_CODE_CONTENT;
  strike(REQUEST);
}

static void
settle(void) {
  int i;

  for (i = 0; i < 4 && context; i++)
    coap_io_process(context, COAP_IO_NO_WAIT);
}

/* Whoever is mute answers everything by RST. */
static void
reset_all(void) {
  struct sockaddr_in from;
  socklen_t size = sizeof(from);

  while (recvfrom(silent, d.bytes, sizeof(d.bytes), 0, (struct sockaddr *)&from, &size) >= 4) {
    d.bytes[0] = 0x70;
    d.bytes[1] = 0;
    sendto(silent, d.bytes, 4, 0, (struct sockaddr *)&from, size);
  }
  settle();
}

static void
entry_of(coap_session_t *session) {
  coap_pdu_t *pdu = message(session, CON, "cached");
  coap_cache_entry_t *entry = coap_new_cache_entry(session, pdu, COAP_CACHE_NOT_RECORD_PDU, COAP_CACHE_IS_SESSION_BASED, 0);

  if (entry) {
    entries++;
    coap_cache_set_app_data(entry, &entries, on_entry);
  }
  coap_delete_pdu(pdu);
}

static void
send_raw(int fd, const char *hex) {
  datagram_hex(&d, hex);
  send(fd, d.bytes, d.length, MSG_NOSIGNAL); /* perhaps there is nobody any more */
  settle();
}

/* A context with two client sessions; from here on the callbacks are called. */
static void
begin(coap_proto_t proto, uint16_t port) {
  coap_address_t address;

  memset(calls, 0, sizeof(calls));
  entries = ended = 0;
  server_start(&server);
  context = server.context;
  if (proto == COAP_PROTO_TCP) {
    loopback_address(&address, 0);
    tcp = coap_new_endpoint(context, &address, proto);
    server.port = (uint16_t)strtoul(strrchr(coap_endpoint_str(tcp), ':') + 1, NULL, 10);
  }
  client = client_session(&server, server.port, proto);
  mute = client_session(&server, port, proto);
  resource = server_resource(&server, "r", COAP_REQUEST_GET, on_request);
  client_address = client->addr_info.local;
  entry_of(client);
  entry_of(mute);
  context->network_send = on_send;
  context->network_read = on_read;
  coap_set_prng(on_prng);
  coap_register_nack_handler(context, on_nack);
  coap_register_response_handler(context, on_response);
  coap_register_ping_handler(context, on_ping);
  coap_register_pong_handler(context, on_pong);
  coap_register_event_handler(context, on_event);
  coap_set_log_handler(on_log);
  coap_set_log_level(LOG_DEBUG);
}

/* Both sessions are given back, and everything goes. */
static void
end(void) {
  if (mute)
    release(&mute);
  if (client)
    release(&client);
  settle();
  free_endpoint(&server.endpoint);
  free_endpoint(&tcp);
  if (context)
    free_context();
  EXPECT_EQ(ended, entries);
  coap_set_log_level(LOG_EMERG);
  coap_set_log_handler(NULL);
  coap_set_prng(NULL);
}

static void
ask(coap_session_t **session, uint8_t type, const char *name) {
  if (*session)
    coap_send(*session, message(*session, type, name));
}

/* Datagrams. After each step, everything may be gone. */
static void
over_udp(void) {
  coap_mid_t ping = COAP_INVALID_MID;
  int i, peer;

  begin(COAP_PROTO_UDP, silent_port);
  peer = open_socket(NULL, server.port);
  /* Requests, answered and refused; one waits for another. */
  ask(&client, CON, "r");
  ask(&client, CON, "r");
  ask(&client, NON, "nowhere");
  settle();
  /* Pings both ways, garbage, a duplicate, a stray response. */
  send_raw(peer, "40 00 1234");
  send_raw(peer, "60 01 0001 f0");
  send_raw(peer, "40 01 4321 f0");
  send_raw(peer, "41 01 5555 74 b1 72");
  send_raw(peer, "41 01 5555 74 b1 72");
  send_raw(peer, "41 45 5556 74");
  if (context)
    context->ping_timeout = 1000;
  if (mute) {
    mute->last_ping = 1;
    ping = coap_session_send_ping(mute);
  }
  if (mute)
    mute->last_ping_mid = ping;
  reset_all();
  /* Messages that nobody answers: refused, given up, unreachable, cancelled. */
  for (i = 0; i < 3; i++)
    ask(&mute, CON, "r");
  reset_all();
  for (i = 0; i < 6 && mute && context->sendqueue; i++)
    coap_retransmit(context, coap_pop_next(context));
  for (i = 0; i < 3; i++)
    ask(&mute, CON, "r");
  if (mute)
    coap_session_disconnected(mute, COAP_NACK_ICMP_ISSUE);
  if (mute)
    coap_cancel_session_messages(context, mute, COAP_NACK_NOT_DELIVERABLE);
  for (i = 0; i < 2; i++)
    ask(&mute, CON, "r");
  if (mute)
    coap_session_disconnected(mute, COAP_NACK_NOT_DELIVERABLE);
  if (context)
    coap_handle_event(context, COAP_EVENT_TCP_CLOSED, client);
  for (i = 0; i < 2; i++)
    ask(&mute, CON, "r");
  end();
  close(peer);
  while (recv(silent, d.bytes, sizeof(d.bytes), 0) >= 0)
    ;
}

/* Takes the connection of `mute`, which a CSM comes on. */
static int
accepted(int listener) {
  int fd;

  settle();
  fd = accept(listener, NULL, NULL);
  if (fd >= 0)
    send_raw(fd, "50 e1 23 80 01 00 20");
  return fd;
}

/* The same over streams: connecting, CSM, requests, pings, signalling, ends of both kinds, connecting anew. */
static void
over_tcp(void) {
  coap_address_t address;
  socklen_t size = sizeof(address.addr.sin);
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), fd, peer;

  loopback_address(&address, 0);
  if (bind(listener, &address.addr.sa, size) < 0 || listen(listener, 5) < 0 ||
      getsockname(listener, &address.addr.sa, &size) < 0)
    exit(2);
  begin(COAP_PROTO_TCP, ntohs(address.addr.sin.sin_port));
  ask(&client, CON, "r"); /* waits for the connection */
  settle();
  if (client)
    client_address = client->addr_info.local;
  ask(&client, NON, "nowhere");
  settle();
  if (client)
    coap_session_send_ping(client);
  settle();
  fd = accepted(listener);
  ask(&mute, CON, "r");
  send_raw(fd, "00 e2");             /* Ping */
  send_raw(fd, "01 45 74");          /* what it asked for */
  send_raw(fd, "01 45 75");          /* what it did not */
  ask(&mute, CON, "r");
  send_raw(fd, "00 e4");             /* Release */
  if (fd >= 0)
    close(fd);
  ask(&mute, CON, "r");              /* connects anew */
  fd = accepted(listener);
  if (fd >= 0)
    close(fd);                       /* the connection ends */
  settle();
  ask(&mute, CON, "r");
  if (mute)
    coap_session_disconnected(mute, COAP_NACK_NOT_DELIVERABLE);
  close(listener);
  ask(&mute, CON, "r");              /* is refused */
  settle();
  /* A peer of the server's: half a message, an unknown critical option of signalling. */
  peer = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  loopback_address(&address, server.port);
  if (connect(peer, &address.addr.sa, size) == 0) {
    settle();
    send_raw(peer, "50 e1 23 80 01 00 20 01 01 74 b1");
    send_raw(peer, "10 e2 10");
  }
  close(peer);
  settle();
  end();
}

/* How often is each callback called? Then: each call of each one does each deed. */
static void
all_places(void (*run)(void), int udp) {
  long most[KINDS], step;
  int i;

  kind = KINDS;
  run();
  for (i = 0; i < KINDS; i++) {
    most[i] = calls[i];
    EXPECT(most[i] > 0 || (!udp && (i == SEND_HOOK || i == READ_HOOK)));
  }
  for (kind = 0; kind < KINDS; kind++) {
    /* Under valgrind (where no heap is in use) not every one of the many lines. */
    step = heap_in_use() ? 1 : most[kind] / 12 + 1;
    for (deed = 0; deed < DEEDS; deed++)
      for (when = 1; when <= most[kind]; when += step)
        run();
  }
}

int
main(void) {
  coap_set_log_level(LOG_EMERG);
  coap_set_show_pdu_output(0); /* the dump goes to the log handler, too */
  silent = silent_socket(&silent_port);
  all_places(over_udp, 1);
  all_places(over_tcp, 0);
  close(silent);
  server_start(&server);
  EXPECT_ALIVE(&server);
  server_stop(&server);
  return expect_done();
}
