/* Handshakes with certificates where both sides are ours: a server and a client, each with a context of its own, in one
 * thread, and what becomes of them.
 *
 *     struct pki_world world;
 *
 *     pki_world_open(&world, COAP_PROTO_DTLS, &server_setup);
 *     EXPECT_EQ(pki_try(&world, &client_setup), ANSWERED);    // a request has been answered
 *     EXPECT_EQ(pki_try(&world, &other_setup), SENT(48));     // the client has sent that alert
 *     EXPECT_EQ(pki_try(&world, &third_setup), GOT(42));      // the server has
 *     pki_world_close(&world);
 */
#ifndef PKI_WORLD_H
#define PKI_WORLD_H

#include <openssl/ssl.h>

#include "certificates.h"
#include "peer.h"

/* What all of it is done with. */
static const coap_proto_t pki_protos[] = {COAP_PROTO_DTLS, COAP_PROTO_TLS};

#define PKI_PROTOS (sizeof(pki_protos) / sizeof(pki_protos[0]))

/* What a handshake came to. */
enum { ANSWERED = 1, NO_SESSION = 2, FAILED_WITHOUT_ALERT = 3 };
/* A client whose keys can't be loaded: over TLS that is noticed when the connection stands. */
#define NO_KEYS(proto) ((proto) == COAP_PROTO_DTLS ? NO_SESSION : FAILED_WITHOUT_ALERT)
#define SENT(alert) (1000 + (alert))
#define GOT(alert) (2000 + (alert))

struct pki_world {
  coap_proto_t proto;
  coap_context_t *server, *client;
  coap_endpoint_t *endpoint;
  uint16_t port;
};

static struct {
  int alert;                /* SENT or GOT, the first fatal one that the client knows of */
  int answered, over;
  int servers_connected;    /* events of the server */
} pki_seen;

/* OpenSSL tells what the client sends and receives, decrypted. */
static void
pki_message(int sent, int version, int content, const void *bytes, size_t length, SSL *ssl, void *arg) {
  const uint8_t *alert = bytes;

  (void)version, (void)ssl, (void)arg;
  if (content == SSL3_RT_ALERT && length == 2 && alert[0] == SSL3_AL_FATAL && !pki_seen.alert)
    pki_seen.alert = sent ? SENT(alert[1]) : GOT(alert[1]);
}

static int
pki_client_event(coap_context_t *context, coap_event_t event, coap_session_t *session) {
  (void)context;
  if (session->type != COAP_SESSION_TYPE_CLIENT)
    return 0;
  if (event == COAP_EVENT_DTLS_CLOSED || event == COAP_EVENT_SESSION_FAILED)
    pki_seen.over = 1;
  return 0;
}

static int
pki_server_event(coap_context_t *context, coap_event_t event, coap_session_t *session) {
  (void)context, (void)session;
  pki_seen.servers_connected += event == COAP_EVENT_DTLS_CONNECTED;
  return 0;
}

static coap_response_t
pki_response(coap_context_t *context, coap_session_t *session, coap_pdu_t *sent, coap_pdu_t *received,
             const coap_mid_t mid) {
  (void)context, (void)session, (void)sent, (void)mid;
  pki_seen.answered = received->code == COAP_RESPONSE_CODE_CONTENT;
  return COAP_RESPONSE_OK;
}

/* An endpoint of the world's protocol, on a free port of 127.0.0.1. */
static inline void
pki_listen(struct pki_world *world) {
  coap_address_t listen;
  int tries;

  /* Port 0 would be 5684, so it is one that was free just now. */
  for (tries = 0; !world->endpoint && tries < 20; tries++) {
    close(silent_socket(&world->port));
    loopback_address(&listen, world->port);
    world->endpoint = coap_new_endpoint(world->server, &listen, world->proto);
  }
  if (!world->endpoint) {
    printf("the server does not start\n");
    exit(2);
  }
}

/* A server without credentials, and a client. */
static inline void
pki_world_start(struct pki_world *world, coap_proto_t proto) {
  coap_resource_t *resource = coap_resource_init(coap_make_str_const("probe"), 0);

  memset(world, 0, sizeof(*world));
  world->proto = proto;
  world->server = coap_new_context(NULL);
  world->client = coap_new_context(NULL);
  coap_register_handler(resource, COAP_REQUEST_GET, answer_probe);
  coap_add_resource(world->server, resource);
  coap_register_event_handler(world->server, pki_server_event);
  coap_register_event_handler(world->client, pki_client_event);
  coap_register_response_handler(world->client, pki_response);
}

static inline void
pki_world_open(struct pki_world *world, coap_proto_t proto, coap_dtls_pki_t *setup) {
  pki_world_start(world, proto);
  EXPECT_EQ(coap_context_set_pki(world->server, setup), 1);
  pki_listen(world);
}

/* From now on the clients are in the server's context. */
static inline void
pki_share(struct pki_world *world) {
  coap_free_context(world->client);
  world->client = world->server;
  coap_register_event_handler(world->client, pki_client_event);
  coap_register_response_handler(world->client, pki_response);
}

static inline void
pki_world_close(struct pki_world *world) {
  if (world->client != world->server)
    coap_free_context(world->client);
  coap_free_context(world->server);
}

/* Both sides do what there is to do. */
static inline void
pki_turn(struct pki_world *world) {
  coap_io_process(world->server, COAP_IO_NO_WAIT);
  coap_io_process(world->client, 1);
}

/* Sends a request on a session, and waits for what becomes of it. */
static inline int
pki_ask(struct pki_world *world, coap_session_t *session) {
  coap_pdu_t *request = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_GET, coap_new_message_id(session),
                                      coap_session_max_pdu_size(session));
  long long start = milliseconds();

  memset(&pki_seen, 0, sizeof(pki_seen));
  if (session->tls)
    SSL_set_msg_callback(session->tls, pki_message);
  coap_add_token(request, 1, (const uint8_t *)"t");
  coap_add_option(request, COAP_OPTION_URI_PATH, 5, (const uint8_t *)"probe");
  EXPECT(coap_send(session, request) != COAP_INVALID_MID);
  while (!pki_seen.answered && !pki_seen.over && milliseconds() < start + PATIENCE) {
    pki_turn(world);
    if (session->tls)
      SSL_set_msg_callback(session->tls, pki_message);
  }
  return pki_seen.answered ? ANSWERED : pki_seen.alert ? pki_seen.alert : FAILED_WITHOUT_ALERT;
}

/* A client session with certificates; NULL if there is none. */
static inline coap_session_t *
pki_session(struct pki_world *world, coap_dtls_pki_t *setup) {
  coap_address_t to;

  loopback_address(&to, world->port);
  return coap_new_client_session_pki(world->client, NULL, &to, world->proto, setup);
}

/* What becomes of a session, which is released. */
static inline int
pki_finish(struct pki_world *world, coap_session_t *session) {
  int result;

  if (!session)
    return NO_SESSION;
  result = pki_ask(world, session);
  coap_session_release(session);
  /* The server hears of that, too. */
  pki_turn(world);
  return result;
}

/* What becomes of a client with this setup. */
static inline int
pki_try(struct pki_world *world, coap_dtls_pki_t *setup) {
  return pki_finish(world, pki_session(world, setup));
}

/* The same for a server with this setup, too. */
static inline int
pki_meet(coap_proto_t proto, coap_dtls_pki_t *server, coap_dtls_pki_t *client) {
  struct pki_world world;
  int result;

  pki_world_open(&world, proto, server);
  result = pki_try(&world, client);
  pki_world_close(&world);
  return result;
}

/* Settings that demand everything, with a key definition of this kind. */
static inline coap_dtls_pki_t
pki_setup(coap_pki_key_t kind) {
  coap_dtls_pki_t setup;

  memset(&setup, 0, sizeof(setup));
  setup.version = COAP_DTLS_PKI_SETUP_VERSION;
  setup.verify_peer_cert = 1;
  setup.pki_key.key_type = kind;
  return setup;
}

/* The same with PEM files: authorities (NULL: none), and a file with certificate and key (NULL: none). */
static inline coap_dtls_pki_t
pki_pem(const char *authorities, const char *own) {
  coap_dtls_pki_t setup = pki_setup(COAP_PKI_KEY_PEM);

  setup.check_common_ca = authorities != NULL;
  setup.pki_key.key.pem.ca_file = authorities;
  setup.pki_key.key.pem.public_cert = own;
  setup.pki_key.key.pem.private_key = own;
  return setup;
}

#endif
