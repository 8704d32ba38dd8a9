#!/usr/bin/env python3
"""Writes c-tests/null_arguments.c (hostile.md X40): each exported function with NULL for each of its pointer arguments.

    tools/null_calls.py > c-tests/null_arguments.c

Each function is called once with NULL for all pointers, and once for each pointer with NULL for that one while the
others are live. What is called comes from tests/abi/libcoap-2.json; what "live" means, and where NULL is a legitimate
argument, is said below. `make headers` runs this, and `make check` compares.
"""
import json
import os

FACTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "abi", "libcoap-2.json")

# A live object of each type. They exist for the whole run, so no call may take them over.
LIVE = {
    "coap_context_t *": "context",
    "coap_session_t *": "session",
    "coap_pdu_t *": "pdu",
    "coap_resource_t *": "resource",
    "coap_endpoint_t *": "server.endpoint",
    "coap_attr_t *": "attribute",
    "coap_queue_t *": "node",
    "coap_queue_t **": "&queue",
    "coap_optlist_t *": "options",
    "coap_optlist_t **": "&chain",
    "coap_cache_entry_t *": "entry",
    "coap_cache_key_t *": "key",
    "coap_address_t *": "&address",
    "coap_packet_t *": "&packet",
    "coap_socket_t *": "&session->sock",
    "coap_binary_t *": "&binary",
    "coap_bin_const_t *": "&bin_const",
    "coap_string_t *": "&string",
    "coap_str_const_t *": "&str_const",
    "coap_opt_filter_t *": "&filter",
    "coap_opt_iterator_t *": "&iterator",
    "coap_option_t *": "&parsed",
    "coap_opt_t *": "option_bytes",
    "coap_block_t *": "&the_block",
    "coap_uri_t *": "&uri",
    "coap_async_state_t *": "&async",
    "coap_async_state_t **": "&async_found",
    "coap_tick_t *": "&ticks",
    "coap_dtls_pki_t *": "&pki",
    "coap_dtls_cpsk_t *": "&cpsk",
    "coap_dtls_spsk_t *": "&spsk",
    "coap_socket_t *[]": "sockets",
    "struct epoll_event *": "NULL",
    "fd_set *": "&fds",
    "char *": "text",
    "unsigned char *": "bytes",
    "unsigned char **": "&address_of_bytes",
    "uint8_t *": "bytes",
    "uint16_t *": "numbers",
    "uint8_t **": "&address_of_bytes",
    "size_t *": "&size",
    "unsigned int *": "&number",
    "void *": "bytes",
    "char *[]": "names",
}
# Values of arguments that are not pointers, by type or name; 1 for all others.
VALUES = {
    "timeout_ms": "COAP_IO_NO_WAIT",
    "coap_opt_filter_t": "filter",
    "coap_fixed_point_t": "(coap_fixed_point_t){2, 0}",
    "coap_proto_t": "COAP_PROTO_UDP",
    "nfds": "0",
    "flags": "0",
    "nevents": "0",
    "level": "LOG_EMERG",
    "coap_tick_t": "ticks",
}
# What ours exports besides.
ADDED = {
    "coap_session_refresh_psk_hint": None,
    "coap_session_refresh_psk_key": None,
    "coap_cache_set_limits": {
        "ret": "int", "variadic": False,
        "params": [{"name": "context", "type": "coap_context_t *"}, {"name": "max_entries", "type": "size_t"},
                   {"name": "max_entries_per_session", "type": "size_t"}],
    },
}
# Not called at all, or not with live companions: they end or take over an argument, or it is in order that they act.
ONLY_NULL = {
    "coap_session_delay_pdu", "coap_wait_ack", "coap_send", "coap_send_large", "coap_network_read",
    "coap_session_send_pdu", "coap_insert_node", "coap_insert_optlist", "coap_retransmit",
}
# (function, parameter) where NULL is an ordinary argument: the result may be anything, and a new object is given back.
OPTIONAL = {
    ("coap_new_context", "listen_addr"), ("coap_resource_init", "uri_path"), ("coap_pdu_duplicate", "token"),
    ("coap_pdu_duplicate", "drop_options"), ("coap_new_error_response", "opts"), ("coap_add_attr", "value"),
    ("coap_option_iterator_init", "filter"), ("coap_new_client_session", "local_if"),
    ("coap_new_client_session_psk", "local_if"), ("coap_new_client_session_psk", "identity"),
    ("coap_new_client_session_psk", "key"), ("coap_new_client_session_psk2", "local_if"),
    ("coap_new_client_session_psk2", "setup_data"), ("coap_new_client_session_pki", "local_if"),
    ("coap_new_client_session_pki", "setup_data"), ("coap_realloc_type", "p"), ("coap_resize_binary", "binary"),
    ("coap_register_async", "data"),
    ("coap_block_build_body", "body_data"), ("coap_io_process_with_fds", "readfds"), ("coap_new_pdu", "session"),
    ("coap_string_tls_version", "buffer"), ("coap_check_option", "oi"), ("coap_session_get_by_peer", "remote_addr"),
    ("coap_make_str_const", "string"), ("coap_find_async", "session"), ("coap_resource_unknown_init", "put_handler"),
    ("coap_resource_proxy_uri_init", "handler"),
    ("coap_session_str", "session"), ("coap_endpoint_str", "endpoint"),
}
# What is made by a call that NULL did not stop goes back.
GIVE_BACK = {
    "coap_context_t *": "coap_free_context(result);",
    "coap_pdu_t *": "if (result != pdu) coap_delete_pdu(result);",
    "coap_session_t *": "if (result != session) coap_session_release(result);",
    "coap_string_t *": "coap_delete_string(result);",
    "coap_binary_t *": "if (result != &binary) coap_delete_binary(result);",
    "coap_bin_const_t *": "coap_delete_bin_const(result);",
    "coap_cache_key_t *": "coap_delete_cache_key(result);",
    "coap_uri_t *": "coap_free(result);",
    "coap_optlist_t *": "coap_delete_optlist(result);",
    "void *": "if (result != (void *)bytes) coap_free(result);",
    "coap_async_state_t *": "if (result) { coap_async_state_t *found = NULL;\n"
                            "    coap_remove_async(context, session, result->id, &found);\n"
                            "    coap_free_async(found); }",
    "coap_cache_entry_t *": "if (result != entry) coap_delete_cache_entry(context, result);",
    "coap_resource_t *": "if (result != resource) coap_add_resource(context, result);",
}
# Not owned by the caller, whatever it is.
BORROWED = {"coap_make_str_const", "coap_get_app_data", "coap_session_get_app_data", "coap_cache_get_app_data",
            "coap_resource_get_userdata", "coap_session_get_by_peer", "coap_get_resource_from_uri_path",
            "coap_find_async", "coap_peek_next", "coap_pop_next", "coap_endpoint_get_session"}
# These have other arguments than their like, so that the live call is harmless.
ARGUMENTS = {
    ("coap_block_build_body", "body_data"): "NULL",
    ("coap_resize_binary", "binary"): "NULL",
    ("coap_realloc_type", "p"): "NULL",
    ("coap_session_connected", "session"): "NULL",
    ("coap_pdu_parse", "pdu"): "scrap",
    ("coap_pdu_clear", "pdu"): "scrap",
    ("coap_add_data_blocked_response", "response"): "scrap",
    ("coap_add_data_large_response", "response"): "scrap",
    ("coap_add_data_large_request", "pdu"): "scrap",
    ("coap_handle_dgram", "data"): "(uint8_t *)datagram",
    ("coap_cache_set_app_data", "data"): "NULL",
    ("coap_delete_cache_entry", "cache_entry"): "NULL",
    ("coap_delete_resource", "resource"): "NULL",
    ("coap_print_link", "offset"): "&offset",
    ("coap_session_set_app_data", "data"): "NULL",
    ("coap_set_app_data", "data"): "NULL",
    ("coap_resource_set_userdata", "data"): "NULL",
}

HEAD = r"""/* NULL for each pointer argument of each exported function (hostile.md X40).
 *
 * Written by tools/null_calls.py from tests/abi/libcoap-2.json. Do not edit: change the script, and run it again.
 */
#define _GNU_SOURCE
#include <sys/select.h>

#include <coap2/coap_hashkey.h>

#include "peer.h"

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

static struct server server;
static coap_context_t *context;
static coap_session_t *session;
static coap_pdu_t *pdu, *scrap;
static coap_resource_t *resource;
static coap_attr_t *attribute;
static coap_queue_t *node, *queue;
static coap_optlist_t *options, *chain;
static coap_cache_entry_t *entry;
static coap_cache_key_t *key;
static coap_address_t address;
static coap_packet_t packet;
static coap_binary_t binary;
static coap_bin_const_t bin_const;
static coap_string_t string;
static coap_str_const_t str_const;
static coap_opt_filter_t filter;
static coap_opt_iterator_t iterator;
static coap_option_t parsed;
static coap_block_t the_block;
static coap_uri_t uri;
static coap_async_state_t async, *async_found;
static coap_tick_t ticks;
static coap_dtls_pki_t pki;
static coap_dtls_cpsk_t cpsk;
static coap_dtls_spsk_t spsk;
static coap_socket_t *sockets[1];
static fd_set fds;
static uint8_t option_bytes[8] = {0x51, 'x'};
static const uint8_t datagram[4] = {0x60, 0, 0, 1};
static char text[32] = "text";
static uint8_t bytes[64] = "bytes", *address_of_bytes = bytes;
static const char *names[1] = {"name"};
static size_t size, offset;
static unsigned int number;
static uint16_t numbers[1];

"""

MAIN = r"""
/* Fresh where calls leave traces; the rest lasts. */
static void
tidy(void) {
  coap_delete_pdu(scrap);
  scrap = coap_pdu_init(CON, GET, 1, 100);
  memset(&filter, 0, sizeof(filter));
  memset(&async, 0, sizeof(async));
  memset(&cpsk, 0, sizeof(cpsk));
  memset(&spsk, 0, sizeof(spsk));
  memset(&pki, 0, sizeof(pki));
  chain = NULL;
  queue = NULL;
  async_found = NULL;
  iterator.next_option = option_bytes;
  binary.length = string.length = bin_const.length = str_const.length = 4;
  binary.s = string.s = bytes;
  bin_const.s = str_const.s = bytes;
  memcpy(text, "text", 5);
  size = sizeof(bytes);
  offset = 0;
}

int
main(void) {
  size_t i;

  coap_set_log_level(LOG_EMERG);
  coap_set_show_pdu_output(0);
  server_start(&server);
  context = server.context;
  resource = server_resource(&server, "null", COAP_REQUEST_GET, answer_probe);
  attribute = coap_add_attr(resource, coap_make_str_const("rt"), coap_make_str_const("x"), 0);
  loopback_address(&address, server.port);
  session = coap_new_client_session(context, NULL, &address, COAP_PROTO_UDP);
  pdu = coap_pdu_init(CON, GET, 1, 200);
  coap_add_token(pdu, 1, bytes);
  coap_add_option(pdu, COAP_OPTION_URI_PATH, 4, bytes);
  options = coap_new_optlist(COAP_OPTION_URI_PATH, 4, bytes);
  node = coap_new_node();
  entry = coap_new_cache_entry(session, pdu, COAP_CACHE_RECORD_PDU, COAP_CACHE_IS_SESSION_BASED, 0);
  key = coap_cache_derive_key(session, pdu, COAP_CACHE_IS_SESSION_BASED);
  coap_split_uri((const uint8_t *)"coap://h/p", 10, &uri);
  coap_ticks(&ticks);
  EXPECT(session && pdu && options && node && entry && key && attribute);

  for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
    tidy();
    current = calls[i].name;
    if (getenv("VERBOSE"))
      printf("%s\n", current);
    calls[i].call();
    EXPECT(coap_get_log_level() == LOG_EMERG); /* still there */
    coap_set_log_level(LOG_EMERG);
  }
  coap_set_prng(NULL);
  coap_set_log_handler(NULL);
  EXPECT_ALIVE(&server);

  coap_delete_pdu(pdu);
  coap_delete_pdu(scrap);
  coap_delete_optlist(options);
  coap_delete_node(node);
  coap_delete_cache_key(key);
  coap_delete_cache_entry(context, entry);
  coap_session_release(session);
  server_stop(&server);
  return expect_done();
}
"""


def bare(kind):
    """The type without const and struct."""
    return kind.replace("const ", "").replace("struct ", "").strip()


def is_callback(kind):
    return bare(kind).endswith(("_callback_t", "_handler_t", "_func_t", "_large_data_t"))


def is_pointer(kind):
    return "*" in kind or is_callback(kind)


def value(function, parameter):
    name, kind = parameter["name"], parameter["type"]
    if (function, name) in ARGUMENTS:
        return ARGUMENTS[function, name]
    if is_callback(kind):
        return "NULL"
    if is_pointer(kind):
        live = LIVE[bare(kind)] if bare(kind) in LIVE else LIVE[kind.replace("const ", "").strip()]
        if bare(kind) in ("uint8_t **",) and "const" in kind:
            live = "(const uint8_t **)" + live
        return live
    return VALUES.get(name) or VALUES.get(bare(kind)) or "1"


def main():
    facts = json.load(open(FACTS))
    print(HEAD, end="")
    print("static const char *current;\n")
    calls = []
    for function in facts["exports"] + list(ADDED):
        fact = ADDED.get(function) or facts["functions"].get(function)
        if fact is None or not any(is_pointer(p["type"]) for p in fact["params"]):
            continue
        parameters = fact["params"]
        pointers = [p for p in parameters if is_pointer(p["type"])]
        rounds = [pointers]
        if len(pointers) > 1 and function not in ONLY_NULL:
            rounds += [[p] for p in pointers]
        for index, missing in enumerate(rounds):
            name = "%s_%d" % (function[len("coap_"):], index)
            arguments = ["NULL" if p in missing else value(function, p) for p in parameters]
            call = "%s(%s)" % (function, ", ".join(arguments))
            if fact["variadic"]:
                call = "%s(%s)" % (function, ", ".join(arguments[:-1] + ["no_text"]))
            optional = any((function, p["name"]) in OPTIONAL for p in missing)
            result = fact["ret"].strip()
            body = []
            if fact["variadic"]:
                body.append("  const char *volatile no_text = NULL;")
            if is_pointer(result):
                body.append("  %s%sresult = %s;" % (result, "" if result.endswith("*") else " ", call))
                if not optional:
                    body.append("  EXPECT(result == NULL);")
                if bare(result) in GIVE_BACK and "const" not in result and function not in BORROWED:
                    body.append("  %s" % GIVE_BACK[bare(result)])
                else:
                    body.append("  (void)result;")
            else:
                body.append("  (void)%s;" % call if result != "void" else "  %s;" % call)
            print("static void\n%s(void) {\n%s\n}\n" % ("call_" + name, "\n".join(body)))
            calls.append(name)
    print("static const struct {\n  const char *name;\n  void (*call)(void);\n} calls[] = {")
    for name in calls:
        print('    {"coap_%s", call_%s},' % (name, name))
    print("};")
    print(MAIN, end="")


if __name__ == "__main__":
    main()
