/* What a request gets: the table of docs/spec/exchange.md, section 6.1, suppression (6.4, E12), Hop-Limit, proxies (E10,
 * E11), error responses (8), and what a handler is given (6.2). */
#include "peer.h"

static struct datagram d;
static struct server server;
static struct peer peer;
static unsigned int mid = 0x2000;
static int calls;
static char seen_query[64];
static int seen_hop_limit;

static void
handle(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *req,
       coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  coap_opt_iterator_t oi;
  coap_opt_t *hop;

  EXPECT(context == server.context);
  EXPECT(resource != NULL);
  EXPECT(session->type == COAP_SESSION_TYPE_SERVER);
  /* Nobody but the application refers to a datagram server session. */
  EXPECT_EQ(session->ref, 0);
  EXPECT_EQ(token->length, 1);
  EXPECT(token->s[0] == 't');
  EXPECT_EQ(response->code, 0);
  EXPECT_EQ(response->mid, req->mid);
  EXPECT_EQ(response->type, req->type == CON ? ACK : NON);
  EXPECT_EQ(response->max_size, 1148);
  EXPECT_EQ(response->token_length, 1);
  snprintf(seen_query, sizeof(seen_query), "%s", query ? (const char *)query->s : "-");
  hop = coap_check_option(req, COAP_OPTION_HOP_LIMIT, &oi);
  seen_hop_limit = hop ? (int)coap_decode_var_bytes(coap_opt_value(hop), coap_opt_length(hop)) : -1;
  calls++;
  response->code = COAP_RESPONSE_CODE_CHANGED;
}

static void
refuse(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *req,
       coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  (void)context, (void)resource, (void)session, (void)req, (void)token, (void)query;
  response->code = COAP_RESPONSE_CODE_FORBIDDEN;
}

static void
defer(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *req,
      coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  (void)context, (void)resource, (void)session, (void)req, (void)token, (void)query;
  coap_add_data(response, 4, (const uint8_t *)"lost");
}

static void
ask(unsigned int type, unsigned int method, const char *where) {
  request(&d, type, method, ++mid, "t");
  if (*where)
    path(&d, where);
}

static void
expect(unsigned int type, unsigned int code) {
  struct reply r;

  peer_send(&peer, &d);
  EXPECT_REPLY(&peer, &r, type, code);
  EXPECT_EQ(r.mid, mid);
}

static void
targets(void) {
  int before;

  ask(CON, PUT, "here"), expect(ACK, 204);
  ask(NON, PUT, "here"), expect(NON, 204);
  ask(CON, GET, "here"), expect(ACK, 405);
  ask(CON, GET, "nowhere"), expect(ACK, 404);
  ask(NON, GET, "nowhere"), expect(NON, 404);
  ask(CON, DELETE, "nowhere"), expect(ACK, 202);
  ask(CON, 8, "here"), expect(ACK, 405);
  ask(CON, 31, "nowhere"), expect(ACK, 404);
  ask(CON, GET, ".well-known/core"), expect(ACK, 205);
  ask(CON, PUT, ".well-known/core"), expect(ACK, 405);
  ask(CON, GET, "refused"), expect(ACK, 403);

  before = calls;
  ask(CON, PUT, "here");
  option(&d, COAP_OPTION_URI_QUERY, "a=1", 3);
  option(&d, COAP_OPTION_URI_QUERY, "b c", 3);
  expect(ACK, 204);
  EXPECT_EQ(calls, before + 1);
  EXPECT(strcmp(seen_query, "a=1&b%20c") == 0);
}

static void
hop_limits(void) {
  ask(CON, PUT, "here"), option(&d, COAP_OPTION_HOP_LIMIT, "\x02", 1), expect(ACK, 204);
  EXPECT_EQ(seen_hop_limit, 1);
  ask(CON, PUT, "here"), option(&d, COAP_OPTION_HOP_LIMIT, "\x01", 1), expect(ACK, 508);
  ask(CON, PUT, "here"), option(&d, COAP_OPTION_HOP_LIMIT, "\x00", 1), expect(ACK, 400);
  ask(CON, PUT, "here"), expect(ACK, 204);
  EXPECT_EQ(seen_hop_limit, -1);
}

/* X8: a 5.08 that a handler or this server makes names this server, whatever payload it had. */
static size_t payload_508;

static void
loop_found(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *req,
           coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  uint8_t text[1200];

  (void)context, (void)resource, (void)session, (void)req, (void)token, (void)query;
  memset(text, 'x', sizeof(text));
  response->code = COAP_RESPONSE_CODE_HOP_LIMIT_REACHED;
  EXPECT_EQ(coap_add_data(response, payload_508, text), 1);
}

static void
diagnostics_508(void) {
  static const char own[] = "127.0.0.1";
  struct reply r;

  ask(CON, PUT, "here");
  option(&d, COAP_OPTION_HOP_LIMIT, "\x01", 1);
  peer_send(&peer, &d);
  EXPECT_REPLY(&peer, &r, ACK, 508);
  EXPECT_EQ(reply_option(&r, COAP_OPTION_HOP_LIMIT), 255);
  EXPECT_EQ(r.payload_length, strlen(own));
  EXPECT(r.payload && memcmp(r.payload, own, strlen(own)) == 0);
  server_resource(&server, "loop", COAP_REQUEST_GET, loop_found);
  /* 1148 bytes are the most; the token and the marker take 2 of them. */
  for (payload_508 = 0; payload_508 <= 1146; payload_508 += payload_508 < 1120 ? 97 : 1) {
    ask(CON, GET, "loop");
    peer_send(&peer, &d);
    EXPECT_REPLY(&peer, &r, ACK, 508);
    if (payload_508 == 0)
      EXPECT(r.payload_length == 9 && memcmp(r.payload, own, 9) == 0);
    else if (payload_508 + 10 <= 1146)
      EXPECT(r.payload_length == payload_508 + 10 && memcmp(r.payload, "127.0.0.1 xxx", payload_508 > 2 ? 13 : 10) == 0);
    else
      EXPECT(r.payload_length == payload_508 && r.payload[0] == 'x');
  }
}

/* E12, RFC 7967: what the client does not want is not sent, error responses of any kind included. */
static void
suppression(void) {
  struct reply r;
  static const uint8_t no_success = 2, no_client_errors = 8, nothing = 26;

  ask(CON, PUT, "here"), option(&d, COAP_OPTION_NORESPONSE, &no_success, 1), expect(ACK, 0);
  ask(CON, PUT, "here"), option(&d, COAP_OPTION_NORESPONSE, &no_client_errors, 1), expect(ACK, 204);
  ask(CON, PUT, "here"), option(&d, COAP_OPTION_NORESPONSE, NULL, 0), expect(ACK, 204);
  ask(CON, GET, "nowhere"), option(&d, COAP_OPTION_NORESPONSE, &nothing, 1), expect(ACK, 0);
  ask(NON, PUT, "here"), option(&d, COAP_OPTION_NORESPONSE, &no_success, 1);
  peer_send(&peer, &d);
  EXPECT_SILENCE(&peer);
  ask(NON, GET, "refused"), option(&d, COAP_OPTION_NORESPONSE, &no_client_errors, 1);
  peer_send(&peer, &d);
  EXPECT_SILENCE(&peer);
  /* An unknown critical option: 4.02, suppressed in the same way. */
  ask(CON, PUT, "here"), option(&d, 2049, "x", 1), expect(ACK, 402);
  request(&d, CON, PUT, ++mid, "t");
  option(&d, 9, "x", 1), option(&d, COAP_OPTION_URI_PATH, "here", 4);
  option(&d, COAP_OPTION_NORESPONSE, &no_client_errors, 1), expect(ACK, 0);
  /* A handler that leaves the code at 0 defers its answer: an empty ACK, without token or payload. */
  ask(CON, GET, "later");
  peer_send(&peer, &d);
  EXPECT_REPLY(&peer, &r, ACK, 0);
  EXPECT_EQ(r.length, 4);
  ask(NON, GET, "later");
  peer_send(&peer, &d);
  EXPECT_SILENCE(&peer);
}

/* E10, E11: proxy requests. */
static void
proxies(void) {
  const char *names[] = {"me", "also.me"};
  coap_resource_t *proxy;
  int before;

  ask(CON, PUT, "here"), option(&d, COAP_OPTION_PROXY_URI, "coap://me/here", 14), expect(ACK, 505);
  proxy = coap_resource_proxy_uri_init(refuse, 2, names);
  coap_add_resource(server.context, proxy);
  before = calls;
  ask(CON, PUT, ""), option(&d, COAP_OPTION_PROXY_URI, "coap://me/here", 14), expect(ACK, 204);
  EXPECT_EQ(calls, before + 1);
  ask(CON, PUT, ""), option(&d, COAP_OPTION_PROXY_URI, "coap://you/here", 15), expect(ACK, 403);
  ask(CON, PUT, ""), option(&d, COAP_OPTION_PROXY_URI, "gopher://me/", 12), expect(ACK, 505);
  ask(CON, GET, ""), option(&d, COAP_OPTION_PROXY_URI, "coap://you/.well-known/core", 27), expect(ACK, 403);
  ask(CON, GET, ".well-known/core"), option(&d, COAP_OPTION_PROXY_SCHEME, "coap", 4), expect(ACK, 403);
  request(&d, CON, PUT, ++mid, "t");
  option(&d, COAP_OPTION_URI_HOST, "also.me", 7), option(&d, COAP_OPTION_URI_PATH, "here", 4);
  option(&d, COAP_OPTION_PROXY_SCHEME, "coap", 4), expect(ACK, 204);
  /* A request that names this server by its proxy names is at its end: its Hop-Limit does not matter (6.1, step 1). */
  request(&d, CON, PUT, ++mid, "t");
  option(&d, COAP_OPTION_URI_HOST, "me", 2), option(&d, COAP_OPTION_URI_PATH, "here", 4);
  option(&d, COAP_OPTION_HOP_LIMIT, "\x01", 1), option(&d, COAP_OPTION_PROXY_SCHEME, "coap", 4), expect(ACK, 204);
  EXPECT_EQ(seen_hop_limit, 1);
  ask(CON, PUT, ""), option(&d, COAP_OPTION_HOP_LIMIT, "\x01", 1);
  option(&d, COAP_OPTION_PROXY_URI, "coap://me/here", 14), expect(ACK, 204);
}

static void
unknown_resource(void) {
  coap_add_resource(server.context, coap_resource_unknown_init(handle));
  ask(CON, PUT, "anything/at/all"), expect(ACK, 204);
  ask(CON, GET, "anything"), expect(ACK, 404);
  ask(CON, DELETE, "anything"), expect(ACK, 202);
}

/* The rows of section 8 that a unit test of the original looks at. */
static void
error_responses(void) {
  static const struct {
    const char *request;
    uint16_t copied;
    uint8_t code;
    const char *response;
  } rows[] = {
    {"40 01 12 34", 0, 128, "60 80 12 34 ff 42616420 52657175657374"},
    {"55 01 12 34 746f6b656e 34 74696d65", 0, 132, "55 84 12 34 746f6b656e ff 4e6f7420466f756e64"},
    {"45 01 00 00 746f6b656e 90", 9, 130, "65 82 00 00 746f6b656e 90 ff 426164204f7074696f6e"},
    {"40 01 00 01 b1 61 c3 000102", 11, 157, "60 9d 00 01 b1 61"},
  };
  uint8_t in[64], out[64];
  size_t i, length;
  struct datagram bytes;

  for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    coap_pdu_t *req = coap_pdu_init(0, 0, 0, 1000), *response;
    coap_opt_filter_t filter;

    datagram_hex(&bytes, rows[i].request);
    memcpy(in, bytes.bytes, bytes.length);
    EXPECT_EQ(coap_pdu_parse(COAP_PROTO_UDP, in, bytes.length, req), 1);
    coap_option_filter_clear(&filter);
    if (rows[i].copied)
      coap_option_filter_set(&filter, rows[i].copied);
    coap_option_filter_set(&filter, COAP_OPTION_CONTENT_FORMAT);
    response = coap_new_error_response(req, rows[i].code, &filter);
    EXPECT_EQ(coap_option_filter_get(&filter, COAP_OPTION_CONTENT_FORMAT), 0);
    EXPECT_EQ(response->hdr_size, 0);
    EXPECT_EQ(response->used_size, response->max_size);
    EXPECT_EQ(coap_pdu_encode_header(response, COAP_PROTO_UDP), 4);
    datagram_hex(&bytes, rows[i].response);
    length = response->used_size + 4;
    EXPECT_EQ(length, bytes.length);
    memcpy(out, response->token - 4, length < sizeof(out) ? length : sizeof(out));
    EXPECT(memcmp(out, bytes.bytes, bytes.length) == 0);
    coap_delete_pdu(req);
    coap_delete_pdu(response);
  }
}

int
main(void) {
  server_start(&server);
  server_resource(&server, "here", COAP_REQUEST_PUT, handle);
  server_resource(&server, "refused", COAP_REQUEST_GET, refuse);
  server_resource(&server, "later", COAP_REQUEST_GET, defer);
  peer_open(&peer, &server);
  targets();
  hop_limits();
  diagnostics_508();
  suppression();
  proxies();
  unknown_resource();
  error_responses();
  EXPECT_ALIVE(&server);
  peer_close(&peer);
  server_stop(&server);
  return expect_done();
}
