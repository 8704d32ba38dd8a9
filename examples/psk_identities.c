/* A CoAP server that has a key for each of its clients, and several names of its own: pre-shared keys chosen during the
 * handshake.
 *
 *     psk_identities [options]                                 (psk_identities -? says which)
 *
 * A client may say first by which name it knows the server (the server name indication of RFC 6066). choose_by_name()
 * answers with what belongs to that name: a hint, which is sent to the client so that it finds the right key, and a key
 * for whoever has none of its own. Then the client says who it is, and choose_by_identity() gives the key that this
 * client must have. What either of them does not know, it rejects by returning NULL, and the handshake ends.
 *
 * (By TLS 1.3 no hints are sent, and before the handshake's first answer only the name is known; the rest is the same.)
 *
 * GET of any path tells a client what it is known as. Tables, for example:
 *
 *     names.txt: name,hint,key                   identities.txt: hint,identity,key
 *     north.example,north,northern key           north,alice,key of alice in the north
 *     south.example,south,                       south,alice,key of alice in the south
 *
 * By the name south.example only alice gets in, by north.example everyone with the northern key, but for alice, who has
 * to have her own.
 *
 * Build:   cc -std=c11 psk_identities.c $(pkg-config --cflags --libs libcoap-2-openssl) -o psk_identities
 * Try it:  ./psk_identities -s names.txt -i identities.txt &
 *          ./client -S south.example -u alice -k 'key of alice in the south' coaps://127.0.0.1/
 */
#define _GNU_SOURCE

#include "table.h"

/* Both callbacks return pointers to what the library goes on to use: they point into these, which stay. */
static struct table names, identities;
static coap_dtls_spsk_info_t by_name[MAX_ROWS];  /* what to answer for names.rows[i] */
static coap_dtls_spsk_t setup = {.version = COAP_DTLS_SPSK_SETUP_VERSION};

/* The hint and key of one of our names. The library asks once for each name, and remembers the answer. */
static const coap_dtls_spsk_info_t *
choose_by_name(const char *name, coap_session_t *session, void *arg) {
  size_t i;

  (void)session;
  (void)arg;
  fprintf(stderr, "name: %s\n", name);
  if (!*name)
    return &setup.psk_info;  /* the client does not care: what -h and -k say */
  for (i = 0; i < names.count; i++) {
    const struct row *row = &names.rows[i];

    if (row->texts[0].length == strlen(name) && strncasecmp((const char *)row->texts[0].s, name, strlen(name)) == 0) {
      by_name[i].hint = row->texts[1];
      by_name[i].key = row->texts[2];
      return &by_name[i];
    }
  }
  fprintf(stderr, "this is no name of ours\n");
  return NULL;
}

/* The key of a client. The hint by which it was asked tells which of our names it has used. */
static const coap_bin_const_t *
choose_by_identity(coap_bin_const_t *identity, coap_session_t *session, void *arg) {
  /* What choose_by_name() has chosen, the library keeps in the session. */
  const coap_bin_const_t *hint = session->psk_hint ? session->psk_hint : &setup.psk_info.hint;
  const coap_bin_const_t *key = setup.validate_sni_call_back ? session->psk_key : &setup.psk_info.key;
  size_t i;

  (void)arg;
  fprintf(stderr, "identity: %.*s\n", (int)identity->length, (const char *)identity->s);
  for (i = 0; i < identities.count; i++) {
    const struct row *row = &identities.rows[i];

    if (is_text(&row->texts[0], hint->s, hint->length) && is_text(&row->texts[1], identity->s, identity->length))
      return &row->texts[2];
  }
  /* Nobody we know: the key of the name that it has used, if that has one. */
  if (key && key->length)
    return key;
  fprintf(stderr, "this is nobody we know\n");
  return NULL;
}

static void
say_who(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *request,
        coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  const coap_bin_const_t *identity = session->psk_identity;
  char text[300];

  (void)context;
  (void)resource;
  (void)request;
  (void)token;
  (void)query;
  snprintf(text, sizeof(text), "You are %.*s.\n", identity ? (int)identity->length : 0,
           identity ? (const char *)identity->s : "");
  response->code = COAP_RESPONSE_CODE_CONTENT;
  coap_add_data(response, strlen(text), (const uint8_t *)text);
}

static void
usage(const char *program) {
  fprintf(stderr,
          "usage: %s [options]\n"
          "  -p port     UDP and TCP port, 0 for any free ones (5684)\n"
          "  -A address  address to listen on (0.0.0.0)\n"
          "  -s file     our names; lines of name,hint,key\n"
          "  -i file     our clients; lines of hint,identity,key\n"
          "  -h hint     the hint for clients that use no name of ours (none)\n"
          "  -k key      the key for unknown clients that use no name of ours (none)\n"
          "  -v level    log level, 0 to 7 (4)\n",
          program);
  exit(ENDS_WRONG_USAGE);
}

static coap_context_t *
new_server(const char *address, unsigned int port) {
  coap_context_t *context = coap_new_context(NULL);
  coap_resource_t *resource = context ? coap_resource_init(coap_make_str_const(""), 0) : NULL;

  if (!resource) {
    fprintf(stderr, "no memory\n");
    coap_free_context(context);
    return NULL;
  }
  coap_register_handler(resource, COAP_REQUEST_GET, say_who);
  coap_add_resource(context, resource);
  coap_register_event_handler(context, on_server_event);
  if (!coap_context_set_psk2(context, &setup) || !listen_on(context, address, port, COAP_PROTO_DTLS) ||
      (coap_tls_is_supported() && !listen_on(context, address, port, COAP_PROTO_TLS))) {
    coap_free_context(context);
    return NULL;
  }
  return context;
}

int
main(int argc, char **argv) {
  const char *address = "0.0.0.0", *hint = NULL, *key = NULL, *names_file = NULL, *identities_file = NULL;
  unsigned int port = COAPS_DEFAULT_PORT;
  coap_context_t *context;
  int option;

  while ((option = getopt(argc, argv, "p:A:s:i:h:k:v:")) != -1) {
    switch (option) {
    case 'p':
      port = number(optarg, 0, 65535);
      break;
    case 'A':
      address = optarg;
      break;
    case 's':
      names_file = optarg;
      break;
    case 'i':
      identities_file = optarg;
      break;
    case 'h':
      hint = optarg;
      break;
    case 'k':
      key = optarg;
      break;
    case 'v':
      set_log_level(optarg);
      break;
    default:
      usage(argv[0]);
    }
  }
  if (optind != argc || !(names_file || identities_file || key))
    usage(argv[0]);

  coap_startup();
  need_tls(coap_dtls_is_supported());
  if (names_file) {
    read_table(&names, names_file);
    setup.validate_sni_call_back = choose_by_name;
  }
  if (identities_file)
    read_table(&identities, identities_file);
  setup.validate_id_call_back = choose_by_identity;
  setup.psk_info.hint.s = (const uint8_t *)hint;
  setup.psk_info.hint.length = hint ? strlen(hint) : 0;
  setup.psk_info.key.s = (const uint8_t *)key;
  setup.psk_info.key.length = key ? strlen(key) : 0;

  stop_on_signals();
  context = new_server(address, port);
  if (!context)
    return ENDS_WITHOUT_SERVICE;
  printf("ready\n");
  fflush(stdout);
  while (!stop)
    coap_io_process(context, 1000);

  coap_free_context(context);
  coap_delete_binary(names.file);
  coap_delete_binary(identities.file);
  coap_cleanup();
  return ENDS_WELL;
}
