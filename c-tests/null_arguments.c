/* NULL for each pointer argument of each exported function (hostile.md X40).
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

static const char *current;

static void
call_add_attr_0(void) {
  coap_attr_t *result = coap_add_attr(NULL, NULL, NULL, 0);
  (void)result;
}

static void
call_add_attr_1(void) {
  coap_attr_t *result = coap_add_attr(NULL, &str_const, &str_const, 0);
  EXPECT(result == NULL);
  (void)result;
}

static void
call_add_attr_2(void) {
  coap_attr_t *result = coap_add_attr(resource, NULL, &str_const, 0);
  EXPECT(result == NULL);
  (void)result;
}

static void
call_add_attr_3(void) {
  coap_attr_t *result = coap_add_attr(resource, &str_const, NULL, 0);
  (void)result;
}

static void
call_add_block_0(void) {
  (void)coap_add_block(NULL, 1, NULL, 1, 1);
}

static void
call_add_block_1(void) {
  (void)coap_add_block(NULL, 1, bytes, 1, 1);
}

static void
call_add_block_2(void) {
  (void)coap_add_block(pdu, 1, NULL, 1, 1);
}

static void
call_add_data_0(void) {
  (void)coap_add_data(NULL, 1, NULL);
}

static void
call_add_data_1(void) {
  (void)coap_add_data(NULL, 1, bytes);
}

static void
call_add_data_2(void) {
  (void)coap_add_data(pdu, 1, NULL);
}

static void
call_add_data_after_0(void) {
  uint8_t *result = coap_add_data_after(NULL, 1);
  EXPECT(result == NULL);
  (void)result;
}

static void
call_add_data_blocked_response_0(void) {
  coap_add_data_blocked_response(NULL, NULL, NULL, NULL, NULL, 1, 1, 1, NULL);
}

static void
call_add_data_blocked_response_1(void) {
  coap_add_data_blocked_response(NULL, session, pdu, scrap, &binary, 1, 1, 1, bytes);
}

static void
call_add_data_blocked_response_2(void) {
  coap_add_data_blocked_response(resource, NULL, pdu, scrap, &binary, 1, 1, 1, bytes);
}

static void
call_add_data_blocked_response_3(void) {
  coap_add_data_blocked_response(resource, session, NULL, scrap, &binary, 1, 1, 1, bytes);
}

static void
call_add_data_blocked_response_4(void) {
  coap_add_data_blocked_response(resource, session, pdu, NULL, &binary, 1, 1, 1, bytes);
}

static void
call_add_data_blocked_response_5(void) {
  coap_add_data_blocked_response(resource, session, pdu, scrap, NULL, 1, 1, 1, bytes);
}

static void
call_add_data_blocked_response_6(void) {
  coap_add_data_blocked_response(resource, session, pdu, scrap, &binary, 1, 1, 1, NULL);
}

static void
call_add_data_large_request_0(void) {
  (void)coap_add_data_large_request(NULL, NULL, 1, NULL, NULL, NULL);
}

static void
call_add_data_large_request_1(void) {
  (void)coap_add_data_large_request(NULL, scrap, 1, bytes, NULL, bytes);
}

static void
call_add_data_large_request_2(void) {
  (void)coap_add_data_large_request(session, NULL, 1, bytes, NULL, bytes);
}

static void
call_add_data_large_request_3(void) {
  (void)coap_add_data_large_request(session, scrap, 1, NULL, NULL, bytes);
}

static void
call_add_data_large_request_4(void) {
  (void)coap_add_data_large_request(session, scrap, 1, bytes, NULL, bytes);
}

static void
call_add_data_large_request_5(void) {
  (void)coap_add_data_large_request(session, scrap, 1, bytes, NULL, NULL);
}

static void
call_add_data_large_response_0(void) {
  (void)coap_add_data_large_response(NULL, NULL, NULL, NULL, NULL, NULL, 1, 1, 1, 1, NULL, NULL, NULL);
}

static void
call_add_data_large_response_1(void) {
  (void)coap_add_data_large_response(NULL, session, pdu, scrap, &binary, &string, 1, 1, 1, 1, bytes, NULL, bytes);
}

static void
call_add_data_large_response_2(void) {
  (void)coap_add_data_large_response(resource, NULL, pdu, scrap, &binary, &string, 1, 1, 1, 1, bytes, NULL, bytes);
}

static void
call_add_data_large_response_3(void) {
  (void)coap_add_data_large_response(resource, session, NULL, scrap, &binary, &string, 1, 1, 1, 1, bytes, NULL, bytes);
}

static void
call_add_data_large_response_4(void) {
  (void)coap_add_data_large_response(resource, session, pdu, NULL, &binary, &string, 1, 1, 1, 1, bytes, NULL, bytes);
}

static void
call_add_data_large_response_5(void) {
  (void)coap_add_data_large_response(resource, session, pdu, scrap, NULL, &string, 1, 1, 1, 1, bytes, NULL, bytes);
}

static void
call_add_data_large_response_6(void) {
  (void)coap_add_data_large_response(resource, session, pdu, scrap, &binary, NULL, 1, 1, 1, 1, bytes, NULL, bytes);
}

static void
call_add_data_large_response_7(void) {
  (void)coap_add_data_large_response(resource, session, pdu, scrap, &binary, &string, 1, 1, 1, 1, NULL, NULL, bytes);
}

static void
call_add_data_large_response_8(void) {
  (void)coap_add_data_large_response(resource, session, pdu, scrap, &binary, &string, 1, 1, 1, 1, bytes, NULL, bytes);
}

static void
call_add_data_large_response_9(void) {
  (void)coap_add_data_large_response(resource, session, pdu, scrap, &binary, &string, 1, 1, 1, 1, bytes, NULL, NULL);
}

static void
call_add_option_0(void) {
  (void)coap_add_option(NULL, 1, 1, NULL);
}

static void
call_add_option_1(void) {
  (void)coap_add_option(NULL, 1, 1, bytes);
}

static void
call_add_option_2(void) {
  (void)coap_add_option(pdu, 1, 1, NULL);
}

static void
call_add_optlist_pdu_0(void) {
  (void)coap_add_optlist_pdu(NULL, NULL);
}

static void
call_add_optlist_pdu_1(void) {
  (void)coap_add_optlist_pdu(NULL, &chain);
}

static void
call_add_optlist_pdu_2(void) {
  (void)coap_add_optlist_pdu(pdu, NULL);
}

static void
call_add_resource_0(void) {
  coap_add_resource(NULL, NULL);
}

static void
call_add_resource_1(void) {
  coap_add_resource(NULL, resource);
}

static void
call_add_resource_2(void) {
  coap_add_resource(context, NULL);
}

static void
call_add_token_0(void) {
  (void)coap_add_token(NULL, 1, NULL);
}

static void
call_add_token_1(void) {
  (void)coap_add_token(NULL, 1, bytes);
}

static void
call_add_token_2(void) {
  (void)coap_add_token(pdu, 1, NULL);
}

static void
call_address_equals_0(void) {
  (void)coap_address_equals(NULL, NULL);
}

static void
call_address_equals_1(void) {
  (void)coap_address_equals(NULL, &address);
}

static void
call_address_equals_2(void) {
  (void)coap_address_equals(&address, NULL);
}

static void
call_address_get_port_0(void) {
  (void)coap_address_get_port(NULL);
}

static void
call_address_init_0(void) {
  coap_address_init(NULL);
}

static void
call_address_set_port_0(void) {
  coap_address_set_port(NULL, 1);
}

static void
call_adjust_basetime_0(void) {
  (void)coap_adjust_basetime(NULL, ticks);
}

static void
call_attr_get_value_0(void) {
  coap_str_const_t *result = coap_attr_get_value(NULL);
  EXPECT(result == NULL);
  (void)result;
}

static void
call_block_build_body_0(void) {
  coap_binary_t *result = coap_block_build_body(NULL, 1, NULL, 1, 1);
  if (result != &binary) coap_delete_binary(result);
}

static void
call_block_build_body_1(void) {
  coap_binary_t *result = coap_block_build_body(NULL, 1, bytes, 1, 1);
  if (result != &binary) coap_delete_binary(result);
}

static void
call_block_build_body_2(void) {
  coap_binary_t *result = coap_block_build_body(NULL, 1, NULL, 1, 1);
  EXPECT(result == NULL);
  if (result != &binary) coap_delete_binary(result);
}

static void
call_cache_derive_key_0(void) {
  coap_cache_key_t *result = coap_cache_derive_key(NULL, NULL, 1);
  EXPECT(result == NULL);
  coap_delete_cache_key(result);
}

static void
call_cache_derive_key_1(void) {
  coap_cache_key_t *result = coap_cache_derive_key(NULL, pdu, 1);
  EXPECT(result == NULL);
  coap_delete_cache_key(result);
}

static void
call_cache_derive_key_2(void) {
  coap_cache_key_t *result = coap_cache_derive_key(session, NULL, 1);
  EXPECT(result == NULL);
  coap_delete_cache_key(result);
}

static void
call_cache_get_app_data_0(void) {
  void *result = coap_cache_get_app_data(NULL);
  EXPECT(result == NULL);
  (void)result;
}

static void
call_cache_get_by_key_0(void) {
  coap_cache_entry_t *result = coap_cache_get_by_key(NULL, NULL);
  EXPECT(result == NULL);
  if (result != entry) coap_delete_cache_entry(context, result);
}

static void
call_cache_get_by_key_1(void) {
  coap_cache_entry_t *result = coap_cache_get_by_key(NULL, key);
  EXPECT(result == NULL);
  if (result != entry) coap_delete_cache_entry(context, result);
}

static void
call_cache_get_by_key_2(void) {
  coap_cache_entry_t *result = coap_cache_get_by_key(context, NULL);
  EXPECT(result == NULL);
  if (result != entry) coap_delete_cache_entry(context, result);
}

static void
call_cache_get_by_pdu_0(void) {
  coap_cache_entry_t *result = coap_cache_get_by_pdu(NULL, NULL, 1);
  EXPECT(result == NULL);
  if (result != entry) coap_delete_cache_entry(context, result);
}

static void
call_cache_get_by_pdu_1(void) {
  coap_cache_entry_t *result = coap_cache_get_by_pdu(NULL, pdu, 1);
  EXPECT(result == NULL);
  if (result != entry) coap_delete_cache_entry(context, result);
}

static void
call_cache_get_by_pdu_2(void) {
  coap_cache_entry_t *result = coap_cache_get_by_pdu(session, NULL, 1);
  EXPECT(result == NULL);
  if (result != entry) coap_delete_cache_entry(context, result);
}

static void
call_cache_get_pdu_0(void) {
  const coap_pdu_t *result = coap_cache_get_pdu(NULL);
  EXPECT(result == NULL);
  (void)result;
}

static void
call_cache_ignore_options_0(void) {
  (void)coap_cache_ignore_options(NULL, NULL, 1);
}

static void
call_cache_ignore_options_1(void) {
  (void)coap_cache_ignore_options(NULL, numbers, 1);
}

static void
call_cache_ignore_options_2(void) {
  (void)coap_cache_ignore_options(context, NULL, 1);
}

static void
call_cache_set_app_data_0(void) {
  coap_cache_set_app_data(NULL, NULL, NULL);
}

static void
call_cache_set_app_data_1(void) {
  coap_cache_set_app_data(NULL, NULL, NULL);
}

static void
call_cache_set_app_data_2(void) {
  coap_cache_set_app_data(entry, NULL, NULL);
}

static void
call_cache_set_app_data_3(void) {
  coap_cache_set_app_data(entry, NULL, NULL);
}

static void
call_calc_timeout_0(void) {
  (void)coap_calc_timeout(NULL, 1);
}

static void
call_can_exit_0(void) {
  (void)coap_can_exit(NULL);
}

static void
call_cancel_all_messages_0(void) {
  coap_cancel_all_messages(NULL, NULL, NULL, 1);
}

static void
call_cancel_all_messages_1(void) {
  coap_cancel_all_messages(NULL, session, bytes, 1);
}

static void
call_cancel_all_messages_2(void) {
  coap_cancel_all_messages(context, NULL, bytes, 1);
}

static void
call_cancel_all_messages_3(void) {
  coap_cancel_all_messages(context, session, NULL, 1);
}

static void
call_cancel_observe_0(void) {
  (void)coap_cancel_observe(NULL, NULL, 1);
}

static void
call_cancel_observe_1(void) {
  (void)coap_cancel_observe(NULL, &binary, 1);
}

static void
call_cancel_observe_2(void) {
  (void)coap_cancel_observe(session, NULL, 1);
}

static void
call_cancel_session_messages_0(void) {
  coap_cancel_session_messages(NULL, NULL, 1);
}

static void
call_cancel_session_messages_1(void) {
  coap_cancel_session_messages(NULL, session, 1);
}

static void
call_cancel_session_messages_2(void) {
  coap_cancel_session_messages(context, NULL, 1);
}

static void
call_check_option_0(void) {
  coap_opt_t *result = coap_check_option(NULL, 1, NULL);
  (void)result;
}

static void
call_check_option_1(void) {
  coap_opt_t *result = coap_check_option(NULL, 1, &iterator);
  EXPECT(result == NULL);
  (void)result;
}

static void
call_check_option_2(void) {
  coap_opt_t *result = coap_check_option(pdu, 1, NULL);
  (void)result;
}

static void
call_clear_event_handler_0(void) {
  coap_clear_event_handler(NULL);
}

static void
call_clone_uri_0(void) {
  coap_uri_t *result = coap_clone_uri(NULL);
  EXPECT(result == NULL);
  coap_free(result);
}

static void
call_context_get_coap_fd_0(void) {
  (void)coap_context_get_coap_fd(NULL);
}

static void
call_context_set_block_mode_0(void) {
  coap_context_set_block_mode(NULL, 1);
}

static void
call_context_set_keepalive_0(void) {
  coap_context_set_keepalive(NULL, 1);
}

static void
call_context_set_pki_0(void) {
  (void)coap_context_set_pki(NULL, NULL);
}

static void
call_context_set_pki_1(void) {
  (void)coap_context_set_pki(NULL, &pki);
}

static void
call_context_set_pki_2(void) {
  (void)coap_context_set_pki(context, NULL);
}

static void
call_context_set_pki_root_cas_0(void) {
  (void)coap_context_set_pki_root_cas(NULL, NULL, NULL);
}

static void
call_context_set_pki_root_cas_1(void) {
  (void)coap_context_set_pki_root_cas(NULL, text, text);
}

static void
call_context_set_pki_root_cas_2(void) {
  (void)coap_context_set_pki_root_cas(context, NULL, text);
}

static void
call_context_set_pki_root_cas_3(void) {
  (void)coap_context_set_pki_root_cas(context, text, NULL);
}

static void
call_context_set_psk_0(void) {
  (void)coap_context_set_psk(NULL, NULL, NULL, 1);
}

static void
call_context_set_psk_1(void) {
  (void)coap_context_set_psk(NULL, text, bytes, 1);
}

static void
call_context_set_psk_2(void) {
  (void)coap_context_set_psk(context, NULL, bytes, 1);
}

static void
call_context_set_psk_3(void) {
  (void)coap_context_set_psk(context, text, NULL, 1);
}

static void
call_context_set_psk2_0(void) {
  (void)coap_context_set_psk2(NULL, NULL);
}

static void
call_context_set_psk2_1(void) {
  (void)coap_context_set_psk2(NULL, &spsk);
}

static void
call_context_set_psk2_2(void) {
  (void)coap_context_set_psk2(context, NULL);
}

static void
call_debug_set_packet_loss_0(void) {
  (void)coap_debug_set_packet_loss(NULL);
}

static void
call_decode_var_bytes_0(void) {
  (void)coap_decode_var_bytes(NULL, 1);
}

static void
call_decode_var_bytes8_0(void) {
  (void)coap_decode_var_bytes8(NULL, 1);
}

static void
call_delete_bin_const_0(void) {
  coap_delete_bin_const(NULL);
}

static void
call_delete_binary_0(void) {
  coap_delete_binary(NULL);
}

static void
call_delete_cache_entry_0(void) {
  coap_delete_cache_entry(NULL, NULL);
}

static void
call_delete_cache_entry_1(void) {
  coap_delete_cache_entry(NULL, NULL);
}

static void
call_delete_cache_entry_2(void) {
  coap_delete_cache_entry(context, NULL);
}

static void
call_delete_cache_key_0(void) {
  coap_delete_cache_key(NULL);
}

static void
call_delete_node_0(void) {
  (void)coap_delete_node(NULL);
}

static void
call_delete_optlist_0(void) {
  coap_delete_optlist(NULL);
}

static void
call_delete_pdu_0(void) {
  coap_delete_pdu(NULL);
}

static void
call_delete_resource_0(void) {
  (void)coap_delete_resource(NULL, NULL);
}

static void
call_delete_resource_1(void) {
  (void)coap_delete_resource(NULL, NULL);
}

static void
call_delete_resource_2(void) {
  (void)coap_delete_resource(context, NULL);
}

static void
call_delete_str_const_0(void) {
  coap_delete_str_const(NULL);
}

static void
call_delete_string_0(void) {
  coap_delete_string(NULL);
}

static void
call_dispatch_0(void) {
  coap_dispatch(NULL, NULL, NULL);
}

static void
call_dispatch_1(void) {
  coap_dispatch(NULL, session, pdu);
}

static void
call_dispatch_2(void) {
  coap_dispatch(context, NULL, pdu);
}

static void
call_dispatch_3(void) {
  coap_dispatch(context, session, NULL);
}

static void
call_encode_var_safe_0(void) {
  (void)coap_encode_var_safe(NULL, 1, 1);
}

static void
call_encode_var_safe8_0(void) {
  (void)coap_encode_var_safe8(NULL, 1, 1);
}

static void
call_endpoint_get_session_0(void) {
  coap_session_t *result = coap_endpoint_get_session(NULL, NULL, ticks);
  EXPECT(result == NULL);
  (void)result;
}

static void
call_endpoint_get_session_1(void) {
  coap_session_t *result = coap_endpoint_get_session(NULL, &packet, ticks);
  EXPECT(result == NULL);
  (void)result;
}

static void
call_endpoint_get_session_2(void) {
  coap_session_t *result = coap_endpoint_get_session(server.endpoint, NULL, ticks);
  EXPECT(result == NULL);
  (void)result;
}

static void
call_endpoint_set_default_mtu_0(void) {
  coap_endpoint_set_default_mtu(NULL, 1);
}

static void
call_endpoint_str_0(void) {
  const char *result = coap_endpoint_str(NULL);
  (void)result;
}

static void
call_find_async_0(void) {
  coap_async_state_t *result = coap_find_async(NULL, NULL, 1);
  (void)result;
}

static void
call_find_async_1(void) {
  coap_async_state_t *result = coap_find_async(NULL, session, 1);
  EXPECT(result == NULL);
  (void)result;
}

static void
call_find_async_2(void) {
  coap_async_state_t *result = coap_find_async(context, NULL, 1);
  (void)result;
}

static void
call_find_attr_0(void) {
  coap_attr_t *result = coap_find_attr(NULL, NULL);
  EXPECT(result == NULL);
  (void)result;
}

static void
call_find_attr_1(void) {
  coap_attr_t *result = coap_find_attr(NULL, &str_const);
  EXPECT(result == NULL);
  (void)result;
}

static void
call_find_attr_2(void) {
  coap_attr_t *result = coap_find_attr(resource, NULL);
  EXPECT(result == NULL);
  (void)result;
}

static void
call_free_async_0(void) {
  coap_free_async(NULL);
}

static void
call_free_context_0(void) {
  coap_free_context(NULL);
}

static void
call_free_endpoint_0(void) {
  coap_free_endpoint(NULL);
}

static void
call_free_type_0(void) {
  coap_free_type(1, NULL);
}

static void
call_get_app_data_0(void) {
  void *result = coap_get_app_data(NULL);
  EXPECT(result == NULL);
  (void)result;
}

static void
call_get_block_0(void) {
  (void)coap_get_block(NULL, 1, NULL);
}

static void
call_get_block_1(void) {
  (void)coap_get_block(NULL, 1, &the_block);
}

static void
call_get_block_2(void) {
  (void)coap_get_block(pdu, 1, NULL);
}

static void
call_get_data_0(void) {
  (void)coap_get_data(NULL, NULL, NULL);
}

static void
call_get_data_1(void) {
  (void)coap_get_data(NULL, &size, &address_of_bytes);
}

static void
call_get_data_2(void) {
  (void)coap_get_data(pdu, NULL, &address_of_bytes);
}

static void
call_get_data_3(void) {
  (void)coap_get_data(pdu, &size, NULL);
}

static void
call_get_data_large_0(void) {
  (void)coap_get_data_large(NULL, NULL, NULL, NULL, NULL);
}

static void
call_get_data_large_1(void) {
  (void)coap_get_data_large(NULL, &size, (const uint8_t **)&address_of_bytes, &size, &size);
}

static void
call_get_data_large_2(void) {
  (void)coap_get_data_large(pdu, NULL, (const uint8_t **)&address_of_bytes, &size, &size);
}

static void
call_get_data_large_3(void) {
  (void)coap_get_data_large(pdu, &size, NULL, &size, &size);
}

static void
call_get_data_large_4(void) {
  (void)coap_get_data_large(pdu, &size, (const uint8_t **)&address_of_bytes, NULL, &size);
}

static void
call_get_data_large_5(void) {
  (void)coap_get_data_large(pdu, &size, (const uint8_t **)&address_of_bytes, &size, NULL);
}

static void
call_get_query_0(void) {
  coap_string_t *result = coap_get_query(NULL);
  EXPECT(result == NULL);
  coap_delete_string(result);
}

static void
call_get_resource_from_uri_path_0(void) {
  coap_resource_t *result = coap_get_resource_from_uri_path(NULL, NULL);
  EXPECT(result == NULL);
  (void)result;
}

static void
call_get_resource_from_uri_path_1(void) {
  coap_resource_t *result = coap_get_resource_from_uri_path(NULL, &str_const);
  EXPECT(result == NULL);
  (void)result;
}

static void
call_get_resource_from_uri_path_2(void) {
  coap_resource_t *result = coap_get_resource_from_uri_path(context, NULL);
  EXPECT(result == NULL);
  (void)result;
}

static void
call_get_uri_path_0(void) {
  coap_string_t *result = coap_get_uri_path(NULL);
  EXPECT(result == NULL);
  coap_delete_string(result);
}

static void
call_handle_dgram_0(void) {
  (void)coap_handle_dgram(NULL, NULL, NULL, 1);
}

static void
call_handle_dgram_1(void) {
  (void)coap_handle_dgram(NULL, session, (uint8_t *)datagram, 1);
}

static void
call_handle_dgram_2(void) {
  (void)coap_handle_dgram(context, NULL, (uint8_t *)datagram, 1);
}

static void
call_handle_dgram_3(void) {
  (void)coap_handle_dgram(context, session, NULL, 1);
}

static void
call_handle_event_0(void) {
  (void)coap_handle_event(NULL, 1, NULL);
}

static void
call_handle_event_1(void) {
  (void)coap_handle_event(NULL, 1, session);
}

static void
call_handle_event_2(void) {
  (void)coap_handle_event(context, 1, NULL);
}

static void
call_hash_impl_0(void) {
  coap_hash_impl(NULL, 1, NULL);
}

static void
call_hash_impl_1(void) {
  coap_hash_impl(NULL, 1, bytes);
}

static void
call_hash_impl_2(void) {
  coap_hash_impl(bytes, 1, NULL);
}

static void
call_insert_node_0(void) {
  (void)coap_insert_node(NULL, NULL);
}

static void
call_insert_optlist_0(void) {
  (void)coap_insert_optlist(NULL, NULL);
}

static void
call_io_do_epoll_0(void) {
  coap_io_do_epoll(NULL, NULL, 0);
}

static void
call_io_do_epoll_1(void) {
  coap_io_do_epoll(NULL, NULL, 0);
}

static void
call_io_do_epoll_2(void) {
  coap_io_do_epoll(context, NULL, 0);
}

static void
call_io_do_io_0(void) {
  coap_io_do_io(NULL, ticks);
}

static void
call_io_prepare_epoll_0(void) {
  (void)coap_io_prepare_epoll(NULL, ticks);
}

static void
call_io_prepare_io_0(void) {
  (void)coap_io_prepare_io(NULL, NULL, 1, NULL, ticks);
}

static void
call_io_prepare_io_1(void) {
  (void)coap_io_prepare_io(NULL, sockets, 1, &number, ticks);
}

static void
call_io_prepare_io_2(void) {
  (void)coap_io_prepare_io(context, NULL, 1, &number, ticks);
}

static void
call_io_prepare_io_3(void) {
  (void)coap_io_prepare_io(context, sockets, 1, NULL, ticks);
}

static void
call_io_process_0(void) {
  (void)coap_io_process(NULL, COAP_IO_NO_WAIT);
}

static void
call_io_process_with_fds_0(void) {
  (void)coap_io_process_with_fds(NULL, COAP_IO_NO_WAIT, 0, NULL, NULL, NULL);
}

static void
call_io_process_with_fds_1(void) {
  (void)coap_io_process_with_fds(NULL, COAP_IO_NO_WAIT, 0, &fds, &fds, &fds);
}

static void
call_io_process_with_fds_2(void) {
  (void)coap_io_process_with_fds(context, COAP_IO_NO_WAIT, 0, NULL, &fds, &fds);
}

static void
call_io_process_with_fds_3(void) {
  (void)coap_io_process_with_fds(context, COAP_IO_NO_WAIT, 0, &fds, NULL, &fds);
}

static void
call_io_process_with_fds_4(void) {
  (void)coap_io_process_with_fds(context, COAP_IO_NO_WAIT, 0, &fds, &fds, NULL);
}

static void
call_is_mcast_0(void) {
  (void)coap_is_mcast(NULL);
}

static void
call_join_mcast_group_intf_0(void) {
  (void)coap_join_mcast_group_intf(NULL, NULL, NULL);
}

static void
call_join_mcast_group_intf_1(void) {
  (void)coap_join_mcast_group_intf(NULL, text, text);
}

static void
call_join_mcast_group_intf_2(void) {
  (void)coap_join_mcast_group_intf(context, NULL, text);
}

static void
call_join_mcast_group_intf_3(void) {
  (void)coap_join_mcast_group_intf(context, text, NULL);
}

static void
call_log_impl_0(void) {
  const char *volatile no_text = NULL;
  coap_log_impl(LOG_EMERG, no_text);
}

static void
call_make_str_const_0(void) {
  coap_str_const_t *result = coap_make_str_const(NULL);
  (void)result;
}

static void
call_network_read_0(void) {
  (void)coap_network_read(NULL, NULL);
}

static void
call_network_send_0(void) {
  (void)coap_network_send(NULL, NULL, NULL, 1);
}

static void
call_network_send_1(void) {
  (void)coap_network_send(NULL, session, bytes, 1);
}

static void
call_network_send_2(void) {
  (void)coap_network_send(&session->sock, NULL, bytes, 1);
}

static void
call_network_send_3(void) {
  (void)coap_network_send(&session->sock, session, NULL, 1);
}

static void
call_new_bin_const_0(void) {
  coap_bin_const_t *result = coap_new_bin_const(NULL, 1);
  EXPECT(result == NULL);
  (void)result;
}

static void
call_new_cache_entry_0(void) {
  coap_cache_entry_t *result = coap_new_cache_entry(NULL, NULL, 1, 1, 1);
  EXPECT(result == NULL);
  if (result != entry) coap_delete_cache_entry(context, result);
}

static void
call_new_cache_entry_1(void) {
  coap_cache_entry_t *result = coap_new_cache_entry(NULL, pdu, 1, 1, 1);
  EXPECT(result == NULL);
  if (result != entry) coap_delete_cache_entry(context, result);
}

static void
call_new_cache_entry_2(void) {
  coap_cache_entry_t *result = coap_new_cache_entry(session, NULL, 1, 1, 1);
  EXPECT(result == NULL);
  if (result != entry) coap_delete_cache_entry(context, result);
}

static void
call_new_client_session_0(void) {
  coap_session_t *result = coap_new_client_session(NULL, NULL, NULL, COAP_PROTO_UDP);
  if (result != session) coap_session_release(result);
}

static void
call_new_client_session_1(void) {
  coap_session_t *result = coap_new_client_session(NULL, &address, &address, COAP_PROTO_UDP);
  EXPECT(result == NULL);
  if (result != session) coap_session_release(result);
}

static void
call_new_client_session_2(void) {
  coap_session_t *result = coap_new_client_session(context, NULL, &address, COAP_PROTO_UDP);
  if (result != session) coap_session_release(result);
}

static void
call_new_client_session_3(void) {
  coap_session_t *result = coap_new_client_session(context, &address, NULL, COAP_PROTO_UDP);
  EXPECT(result == NULL);
  if (result != session) coap_session_release(result);
}

static void
call_new_client_session_pki_0(void) {
  coap_session_t *result = coap_new_client_session_pki(NULL, NULL, NULL, COAP_PROTO_UDP, NULL);
  if (result != session) coap_session_release(result);
}

static void
call_new_client_session_pki_1(void) {
  coap_session_t *result = coap_new_client_session_pki(NULL, &address, &address, COAP_PROTO_UDP, &pki);
  EXPECT(result == NULL);
  if (result != session) coap_session_release(result);
}

static void
call_new_client_session_pki_2(void) {
  coap_session_t *result = coap_new_client_session_pki(context, NULL, &address, COAP_PROTO_UDP, &pki);
  if (result != session) coap_session_release(result);
}

static void
call_new_client_session_pki_3(void) {
  coap_session_t *result = coap_new_client_session_pki(context, &address, NULL, COAP_PROTO_UDP, &pki);
  EXPECT(result == NULL);
  if (result != session) coap_session_release(result);
}

static void
call_new_client_session_pki_4(void) {
  coap_session_t *result = coap_new_client_session_pki(context, &address, &address, COAP_PROTO_UDP, NULL);
  if (result != session) coap_session_release(result);
}

static void
call_new_client_session_psk_0(void) {
  coap_session_t *result = coap_new_client_session_psk(NULL, NULL, NULL, COAP_PROTO_UDP, NULL, NULL, 1);
  if (result != session) coap_session_release(result);
}

static void
call_new_client_session_psk_1(void) {
  coap_session_t *result = coap_new_client_session_psk(NULL, &address, &address, COAP_PROTO_UDP, text, bytes, 1);
  EXPECT(result == NULL);
  if (result != session) coap_session_release(result);
}

static void
call_new_client_session_psk_2(void) {
  coap_session_t *result = coap_new_client_session_psk(context, NULL, &address, COAP_PROTO_UDP, text, bytes, 1);
  if (result != session) coap_session_release(result);
}

static void
call_new_client_session_psk_3(void) {
  coap_session_t *result = coap_new_client_session_psk(context, &address, NULL, COAP_PROTO_UDP, text, bytes, 1);
  EXPECT(result == NULL);
  if (result != session) coap_session_release(result);
}

static void
call_new_client_session_psk_4(void) {
  coap_session_t *result = coap_new_client_session_psk(context, &address, &address, COAP_PROTO_UDP, NULL, bytes, 1);
  if (result != session) coap_session_release(result);
}

static void
call_new_client_session_psk_5(void) {
  coap_session_t *result = coap_new_client_session_psk(context, &address, &address, COAP_PROTO_UDP, text, NULL, 1);
  if (result != session) coap_session_release(result);
}

static void
call_new_client_session_psk2_0(void) {
  coap_session_t *result = coap_new_client_session_psk2(NULL, NULL, NULL, COAP_PROTO_UDP, NULL);
  if (result != session) coap_session_release(result);
}

static void
call_new_client_session_psk2_1(void) {
  coap_session_t *result = coap_new_client_session_psk2(NULL, &address, &address, COAP_PROTO_UDP, &cpsk);
  EXPECT(result == NULL);
  if (result != session) coap_session_release(result);
}

static void
call_new_client_session_psk2_2(void) {
  coap_session_t *result = coap_new_client_session_psk2(context, NULL, &address, COAP_PROTO_UDP, &cpsk);
  if (result != session) coap_session_release(result);
}

static void
call_new_client_session_psk2_3(void) {
  coap_session_t *result = coap_new_client_session_psk2(context, &address, NULL, COAP_PROTO_UDP, &cpsk);
  EXPECT(result == NULL);
  if (result != session) coap_session_release(result);
}

static void
call_new_client_session_psk2_4(void) {
  coap_session_t *result = coap_new_client_session_psk2(context, &address, &address, COAP_PROTO_UDP, NULL);
  if (result != session) coap_session_release(result);
}

static void
call_new_context_0(void) {
  coap_context_t *result = coap_new_context(NULL);
  coap_free_context(result);
}

static void
call_new_endpoint_0(void) {
  coap_endpoint_t *result = coap_new_endpoint(NULL, NULL, COAP_PROTO_UDP);
  EXPECT(result == NULL);
  (void)result;
}

static void
call_new_endpoint_1(void) {
  coap_endpoint_t *result = coap_new_endpoint(NULL, &address, COAP_PROTO_UDP);
  EXPECT(result == NULL);
  (void)result;
}

static void
call_new_endpoint_2(void) {
  coap_endpoint_t *result = coap_new_endpoint(context, NULL, COAP_PROTO_UDP);
  EXPECT(result == NULL);
  (void)result;
}

static void
call_new_error_response_0(void) {
  coap_pdu_t *result = coap_new_error_response(NULL, 1, NULL);
  if (result != pdu) coap_delete_pdu(result);
}

static void
call_new_error_response_1(void) {
  coap_pdu_t *result = coap_new_error_response(NULL, 1, &filter);
  EXPECT(result == NULL);
  if (result != pdu) coap_delete_pdu(result);
}

static void
call_new_error_response_2(void) {
  coap_pdu_t *result = coap_new_error_response(pdu, 1, NULL);
  if (result != pdu) coap_delete_pdu(result);
}

static void
call_new_optlist_0(void) {
  coap_optlist_t *result = coap_new_optlist(1, 1, NULL);
  EXPECT(result == NULL);
  coap_delete_optlist(result);
}

static void
call_new_pdu_0(void) {
  coap_pdu_t *result = coap_new_pdu(NULL);
  if (result != pdu) coap_delete_pdu(result);
}

static void
call_new_server_session_0(void) {
  coap_session_t *result = coap_new_server_session(NULL, NULL);
  EXPECT(result == NULL);
  if (result != session) coap_session_release(result);
}

static void
call_new_server_session_1(void) {
  coap_session_t *result = coap_new_server_session(NULL, server.endpoint);
  EXPECT(result == NULL);
  if (result != session) coap_session_release(result);
}

static void
call_new_server_session_2(void) {
  coap_session_t *result = coap_new_server_session(context, NULL);
  EXPECT(result == NULL);
  if (result != session) coap_session_release(result);
}

static void
call_new_str_const_0(void) {
  coap_str_const_t *result = coap_new_str_const(NULL, 1);
  EXPECT(result == NULL);
  (void)result;
}

static void
call_new_uri_0(void) {
  coap_uri_t *result = coap_new_uri(NULL, 1);
  EXPECT(result == NULL);
  coap_free(result);
}

static void
call_opt_block_num_0(void) {
  (void)coap_opt_block_num(NULL);
}

static void
call_opt_encode_0(void) {
  (void)coap_opt_encode(NULL, 1, 1, NULL, 1);
}

static void
call_opt_encode_1(void) {
  (void)coap_opt_encode(NULL, 1, 1, bytes, 1);
}

static void
call_opt_encode_2(void) {
  (void)coap_opt_encode(option_bytes, 1, 1, NULL, 1);
}

static void
call_opt_length_0(void) {
  (void)coap_opt_length(NULL);
}

static void
call_opt_parse_0(void) {
  (void)coap_opt_parse(NULL, 1, NULL);
}

static void
call_opt_parse_1(void) {
  (void)coap_opt_parse(NULL, 1, &parsed);
}

static void
call_opt_parse_2(void) {
  (void)coap_opt_parse(option_bytes, 1, NULL);
}

static void
call_opt_setheader_0(void) {
  (void)coap_opt_setheader(NULL, 1, 1, 1);
}

static void
call_opt_size_0(void) {
  (void)coap_opt_size(NULL);
}

static void
call_opt_value_0(void) {
  const uint8_t *result = coap_opt_value(NULL);
  EXPECT(result == NULL);
  (void)result;
}

static void
call_option_check_critical_0(void) {
  (void)coap_option_check_critical(NULL, NULL, filter);
}

static void
call_option_check_critical_1(void) {
  (void)coap_option_check_critical(NULL, pdu, filter);
}

static void
call_option_check_critical_2(void) {
  (void)coap_option_check_critical(context, NULL, filter);
}

static void
call_option_filter_get_0(void) {
  (void)coap_option_filter_get(NULL, 1);
}

static void
call_option_filter_set_0(void) {
  (void)coap_option_filter_set(NULL, 1);
}

static void
call_option_filter_unset_0(void) {
  (void)coap_option_filter_unset(NULL, 1);
}

static void
call_option_iterator_init_0(void) {
  coap_opt_iterator_t *result = coap_option_iterator_init(NULL, NULL, NULL);
  (void)result;
}

static void
call_option_iterator_init_1(void) {
  coap_opt_iterator_t *result = coap_option_iterator_init(NULL, &iterator, &filter);
  EXPECT(result == NULL);
  (void)result;
}

static void
call_option_iterator_init_2(void) {
  coap_opt_iterator_t *result = coap_option_iterator_init(pdu, NULL, &filter);
  EXPECT(result == NULL);
  (void)result;
}

static void
call_option_iterator_init_3(void) {
  coap_opt_iterator_t *result = coap_option_iterator_init(pdu, &iterator, NULL);
  (void)result;
}

static void
call_option_next_0(void) {
  coap_opt_t *result = coap_option_next(NULL);
  EXPECT(result == NULL);
  (void)result;
}

static void
call_packet_get_memmapped_0(void) {
  coap_packet_get_memmapped(NULL, NULL, NULL);
}

static void
call_packet_get_memmapped_1(void) {
  coap_packet_get_memmapped(NULL, &address_of_bytes, &size);
}

static void
call_packet_get_memmapped_2(void) {
  coap_packet_get_memmapped(&packet, NULL, &size);
}

static void
call_packet_get_memmapped_3(void) {
  coap_packet_get_memmapped(&packet, &address_of_bytes, NULL);
}

static void
call_pdu_clear_0(void) {
  coap_pdu_clear(NULL, 1);
}

static void
call_pdu_duplicate_0(void) {
  coap_pdu_t *result = coap_pdu_duplicate(NULL, NULL, 1, NULL, NULL);
  if (result != pdu) coap_delete_pdu(result);
}

static void
call_pdu_duplicate_1(void) {
  coap_pdu_t *result = coap_pdu_duplicate(NULL, session, 1, bytes, &filter);
  EXPECT(result == NULL);
  if (result != pdu) coap_delete_pdu(result);
}

static void
call_pdu_duplicate_2(void) {
  coap_pdu_t *result = coap_pdu_duplicate(pdu, NULL, 1, bytes, &filter);
  EXPECT(result == NULL);
  if (result != pdu) coap_delete_pdu(result);
}

static void
call_pdu_duplicate_3(void) {
  coap_pdu_t *result = coap_pdu_duplicate(pdu, session, 1, NULL, &filter);
  if (result != pdu) coap_delete_pdu(result);
}

static void
call_pdu_duplicate_4(void) {
  coap_pdu_t *result = coap_pdu_duplicate(pdu, session, 1, bytes, NULL);
  if (result != pdu) coap_delete_pdu(result);
}

static void
call_pdu_encode_header_0(void) {
  (void)coap_pdu_encode_header(NULL, COAP_PROTO_UDP);
}

static void
call_pdu_parse_0(void) {
  (void)coap_pdu_parse(COAP_PROTO_UDP, NULL, 1, NULL);
}

static void
call_pdu_parse_1(void) {
  (void)coap_pdu_parse(COAP_PROTO_UDP, NULL, 1, scrap);
}

static void
call_pdu_parse_2(void) {
  (void)coap_pdu_parse(COAP_PROTO_UDP, bytes, 1, NULL);
}

static void
call_pdu_parse_header_0(void) {
  (void)coap_pdu_parse_header(NULL, COAP_PROTO_UDP);
}

static void
call_pdu_parse_header_size_0(void) {
  (void)coap_pdu_parse_header_size(COAP_PROTO_UDP, NULL);
}

static void
call_pdu_parse_opt_0(void) {
  (void)coap_pdu_parse_opt(NULL);
}

static void
call_pdu_parse_size_0(void) {
  (void)coap_pdu_parse_size(COAP_PROTO_UDP, NULL, 1);
}

static void
call_pdu_resize_0(void) {
  (void)coap_pdu_resize(NULL, 1);
}

static void
call_peek_next_0(void) {
  coap_queue_t *result = coap_peek_next(NULL);
  EXPECT(result == NULL);
  (void)result;
}

static void
call_pop_next_0(void) {
  coap_queue_t *result = coap_pop_next(NULL);
  EXPECT(result == NULL);
  (void)result;
}

static void
call_print_addr_0(void) {
  (void)coap_print_addr(NULL, NULL, 1);
}

static void
call_print_addr_1(void) {
  (void)coap_print_addr(NULL, bytes, 1);
}

static void
call_print_addr_2(void) {
  (void)coap_print_addr(&address, NULL, 1);
}

static void
call_print_link_0(void) {
  (void)coap_print_link(NULL, NULL, NULL, NULL);
}

static void
call_print_link_1(void) {
  (void)coap_print_link(NULL, bytes, &size, &offset);
}

static void
call_print_link_2(void) {
  (void)coap_print_link(resource, NULL, &size, &offset);
}

static void
call_print_link_3(void) {
  (void)coap_print_link(resource, bytes, NULL, &offset);
}

static void
call_print_link_4(void) {
  (void)coap_print_link(resource, bytes, &size, NULL);
}

static void
call_prng_0(void) {
  (void)coap_prng(NULL, 1);
}

static void
call_realloc_type_0(void) {
  void *result = coap_realloc_type(1, NULL, 1);
  if (result != (void *)bytes) coap_free(result);
}

static void
call_register_async_0(void) {
  coap_async_state_t *result = coap_register_async(NULL, NULL, NULL, 0, NULL);
  if (result) { coap_async_state_t *found = NULL;
    coap_remove_async(context, session, result->id, &found);
    coap_free_async(found); }
}

static void
call_register_async_1(void) {
  coap_async_state_t *result = coap_register_async(NULL, session, pdu, 0, bytes);
  EXPECT(result == NULL);
  if (result) { coap_async_state_t *found = NULL;
    coap_remove_async(context, session, result->id, &found);
    coap_free_async(found); }
}

static void
call_register_async_2(void) {
  coap_async_state_t *result = coap_register_async(context, NULL, pdu, 0, bytes);
  EXPECT(result == NULL);
  if (result) { coap_async_state_t *found = NULL;
    coap_remove_async(context, session, result->id, &found);
    coap_free_async(found); }
}

static void
call_register_async_3(void) {
  coap_async_state_t *result = coap_register_async(context, session, NULL, 0, bytes);
  EXPECT(result == NULL);
  if (result) { coap_async_state_t *found = NULL;
    coap_remove_async(context, session, result->id, &found);
    coap_free_async(found); }
}

static void
call_register_async_4(void) {
  coap_async_state_t *result = coap_register_async(context, session, pdu, 0, NULL);
  if (result) { coap_async_state_t *found = NULL;
    coap_remove_async(context, session, result->id, &found);
    coap_free_async(found); }
}

static void
call_register_event_handler_0(void) {
  coap_register_event_handler(NULL, NULL);
}

static void
call_register_event_handler_1(void) {
  coap_register_event_handler(NULL, NULL);
}

static void
call_register_event_handler_2(void) {
  coap_register_event_handler(context, NULL);
}

static void
call_register_handler_0(void) {
  coap_register_handler(NULL, 1, NULL);
}

static void
call_register_handler_1(void) {
  coap_register_handler(NULL, 1, NULL);
}

static void
call_register_handler_2(void) {
  coap_register_handler(resource, 1, NULL);
}

static void
call_remove_async_0(void) {
  (void)coap_remove_async(NULL, NULL, 1, NULL);
}

static void
call_remove_async_1(void) {
  (void)coap_remove_async(NULL, session, 1, &async_found);
}

static void
call_remove_async_2(void) {
  (void)coap_remove_async(context, NULL, 1, &async_found);
}

static void
call_remove_async_3(void) {
  (void)coap_remove_async(context, session, 1, NULL);
}

static void
call_remove_from_queue_0(void) {
  (void)coap_remove_from_queue(NULL, NULL, 1, NULL);
}

static void
call_remove_from_queue_1(void) {
  (void)coap_remove_from_queue(NULL, session, 1, &queue);
}

static void
call_remove_from_queue_2(void) {
  (void)coap_remove_from_queue(&queue, NULL, 1, &queue);
}

static void
call_remove_from_queue_3(void) {
  (void)coap_remove_from_queue(&queue, session, 1, NULL);
}

static void
call_resize_binary_0(void) {
  coap_binary_t *result = coap_resize_binary(NULL, 1);
  if (result != &binary) coap_delete_binary(result);
}

static void
call_resource_get_uri_path_0(void) {
  coap_str_const_t *result = coap_resource_get_uri_path(NULL);
  EXPECT(result == NULL);
  (void)result;
}

static void
call_resource_get_userdata_0(void) {
  void *result = coap_resource_get_userdata(NULL);
  EXPECT(result == NULL);
  (void)result;
}

static void
call_resource_init_0(void) {
  coap_resource_t *result = coap_resource_init(NULL, 0);
  if (result != resource) coap_add_resource(context, result);
}

static void
call_resource_notify_observers_0(void) {
  (void)coap_resource_notify_observers(NULL, NULL);
}

static void
call_resource_notify_observers_1(void) {
  (void)coap_resource_notify_observers(NULL, &string);
}

static void
call_resource_notify_observers_2(void) {
  (void)coap_resource_notify_observers(resource, NULL);
}

static void
call_resource_proxy_uri_init_0(void) {
  coap_resource_t *result = coap_resource_proxy_uri_init(NULL, 1, NULL);
  if (result != resource) coap_add_resource(context, result);
}

static void
call_resource_proxy_uri_init_1(void) {
  coap_resource_t *result = coap_resource_proxy_uri_init(NULL, 1, names);
  if (result != resource) coap_add_resource(context, result);
}

static void
call_resource_proxy_uri_init_2(void) {
  coap_resource_t *result = coap_resource_proxy_uri_init(NULL, 1, NULL);
  EXPECT(result == NULL);
  if (result != resource) coap_add_resource(context, result);
}

static void
call_resource_release_userdata_handler_0(void) {
  coap_resource_release_userdata_handler(NULL, NULL);
}

static void
call_resource_release_userdata_handler_1(void) {
  coap_resource_release_userdata_handler(NULL, NULL);
}

static void
call_resource_release_userdata_handler_2(void) {
  coap_resource_release_userdata_handler(context, NULL);
}

static void
call_resource_set_dirty_0(void) {
  (void)coap_resource_set_dirty(NULL, NULL);
}

static void
call_resource_set_dirty_1(void) {
  (void)coap_resource_set_dirty(NULL, &string);
}

static void
call_resource_set_dirty_2(void) {
  (void)coap_resource_set_dirty(resource, NULL);
}

static void
call_resource_set_get_observable_0(void) {
  coap_resource_set_get_observable(NULL, 1);
}

static void
call_resource_set_mode_0(void) {
  coap_resource_set_mode(NULL, 1);
}

static void
call_resource_set_userdata_0(void) {
  coap_resource_set_userdata(NULL, NULL);
}

static void
call_resource_set_userdata_1(void) {
  coap_resource_set_userdata(NULL, NULL);
}

static void
call_resource_set_userdata_2(void) {
  coap_resource_set_userdata(resource, NULL);
}

static void
call_resource_unknown_init_0(void) {
  coap_resource_t *result = coap_resource_unknown_init(NULL);
  if (result != resource) coap_add_resource(context, result);
}

static void
call_retransmit_0(void) {
  (void)coap_retransmit(NULL, NULL);
}

static void
call_send_0(void) {
  (void)coap_send(NULL, NULL);
}

static void
call_send_ack_0(void) {
  (void)coap_send_ack(NULL, NULL);
}

static void
call_send_ack_1(void) {
  (void)coap_send_ack(NULL, pdu);
}

static void
call_send_ack_2(void) {
  (void)coap_send_ack(session, NULL);
}

static void
call_send_error_0(void) {
  (void)coap_send_error(NULL, NULL, 1, NULL);
}

static void
call_send_error_1(void) {
  (void)coap_send_error(NULL, pdu, 1, &filter);
}

static void
call_send_error_2(void) {
  (void)coap_send_error(session, NULL, 1, &filter);
}

static void
call_send_error_3(void) {
  (void)coap_send_error(session, pdu, 1, NULL);
}

static void
call_send_large_0(void) {
  (void)coap_send_large(NULL, NULL);
}

static void
call_send_message_type_0(void) {
  (void)coap_send_message_type(NULL, NULL, 1);
}

static void
call_send_message_type_1(void) {
  (void)coap_send_message_type(NULL, pdu, 1);
}

static void
call_send_message_type_2(void) {
  (void)coap_send_message_type(session, NULL, 1);
}

static void
call_session_connected_0(void) {
  coap_session_connected(NULL);
}

static void
call_session_delay_pdu_0(void) {
  (void)coap_session_delay_pdu(NULL, NULL, NULL);
}

static void
call_session_disconnected_0(void) {
  coap_session_disconnected(NULL, 1);
}

static void
call_session_free_0(void) {
  coap_session_free(NULL);
}

static void
call_session_get_ack_random_factor_0(void) {
  (void)coap_session_get_ack_random_factor(NULL);
}

static void
call_session_get_ack_timeout_0(void) {
  (void)coap_session_get_ack_timeout(NULL);
}

static void
call_session_get_app_data_0(void) {
  void *result = coap_session_get_app_data(NULL);
  EXPECT(result == NULL);
  (void)result;
}

static void
call_session_get_by_peer_0(void) {
  coap_session_t *result = coap_session_get_by_peer(NULL, NULL, 1);
  (void)result;
}

static void
call_session_get_by_peer_1(void) {
  coap_session_t *result = coap_session_get_by_peer(NULL, &address, 1);
  EXPECT(result == NULL);
  (void)result;
}

static void
call_session_get_by_peer_2(void) {
  coap_session_t *result = coap_session_get_by_peer(context, NULL, 1);
  (void)result;
}

static void
call_session_get_max_transmit_0(void) {
  (void)coap_session_get_max_transmit(NULL);
}

static void
call_session_init_token_0(void) {
  coap_session_init_token(NULL, 1, NULL);
}

static void
call_session_init_token_1(void) {
  coap_session_init_token(NULL, 1, bytes);
}

static void
call_session_init_token_2(void) {
  coap_session_init_token(session, 1, NULL);
}

static void
call_session_max_pdu_size_0(void) {
  (void)coap_session_max_pdu_size(NULL);
}

static void
call_session_new_token_0(void) {
  coap_session_new_token(NULL, NULL, NULL);
}

static void
call_session_new_token_1(void) {
  coap_session_new_token(NULL, &size, bytes);
}

static void
call_session_new_token_2(void) {
  coap_session_new_token(session, NULL, bytes);
}

static void
call_session_new_token_3(void) {
  coap_session_new_token(session, &size, NULL);
}

static void
call_session_reference_0(void) {
  coap_session_t *result = coap_session_reference(NULL);
  EXPECT(result == NULL);
  if (result != session) coap_session_release(result);
}

static void
call_session_release_0(void) {
  coap_session_release(NULL);
}

static void
call_session_send_0(void) {
  (void)coap_session_send(NULL, NULL, 1);
}

static void
call_session_send_1(void) {
  (void)coap_session_send(NULL, bytes, 1);
}

static void
call_session_send_2(void) {
  (void)coap_session_send(session, NULL, 1);
}

static void
call_session_send_csm_0(void) {
  coap_session_send_csm(NULL);
}

static void
call_session_send_pdu_0(void) {
  (void)coap_session_send_pdu(NULL, NULL);
}

static void
call_session_send_ping_0(void) {
  (void)coap_session_send_ping(NULL);
}

static void
call_session_set_ack_random_factor_0(void) {
  coap_session_set_ack_random_factor(NULL, (coap_fixed_point_t){2, 0});
}

static void
call_session_set_ack_timeout_0(void) {
  coap_session_set_ack_timeout(NULL, (coap_fixed_point_t){2, 0});
}

static void
call_session_set_app_data_0(void) {
  coap_session_set_app_data(NULL, NULL);
}

static void
call_session_set_app_data_1(void) {
  coap_session_set_app_data(NULL, NULL);
}

static void
call_session_set_app_data_2(void) {
  coap_session_set_app_data(session, NULL);
}

static void
call_session_set_max_retransmit_0(void) {
  coap_session_set_max_retransmit(NULL, 1);
}

static void
call_session_set_mtu_0(void) {
  coap_session_set_mtu(NULL, 1);
}

static void
call_session_str_0(void) {
  const char *result = coap_session_str(NULL);
  (void)result;
}

static void
call_session_write_0(void) {
  (void)coap_session_write(NULL, NULL, 1);
}

static void
call_session_write_1(void) {
  (void)coap_session_write(NULL, bytes, 1);
}

static void
call_session_write_2(void) {
  (void)coap_session_write(session, NULL, 1);
}

static void
call_set_app_data_0(void) {
  coap_set_app_data(NULL, NULL);
}

static void
call_set_app_data_1(void) {
  coap_set_app_data(NULL, NULL);
}

static void
call_set_app_data_2(void) {
  coap_set_app_data(context, NULL);
}

static void
call_set_event_handler_0(void) {
  coap_set_event_handler(NULL, NULL);
}

static void
call_set_event_handler_1(void) {
  coap_set_event_handler(NULL, NULL);
}

static void
call_set_event_handler_2(void) {
  coap_set_event_handler(context, NULL);
}

static void
call_set_log_handler_0(void) {
  coap_set_log_handler(NULL);
}

static void
call_set_prng_0(void) {
  coap_set_prng(NULL);
}

static void
call_show_pdu_0(void) {
  coap_show_pdu(LOG_EMERG, NULL);
}

static void
call_split_path_0(void) {
  (void)coap_split_path(NULL, 1, NULL, NULL);
}

static void
call_split_path_1(void) {
  (void)coap_split_path(NULL, 1, bytes, &size);
}

static void
call_split_path_2(void) {
  (void)coap_split_path(bytes, 1, NULL, &size);
}

static void
call_split_path_3(void) {
  (void)coap_split_path(bytes, 1, bytes, NULL);
}

static void
call_split_proxy_uri_0(void) {
  (void)coap_split_proxy_uri(NULL, 1, NULL);
}

static void
call_split_proxy_uri_1(void) {
  (void)coap_split_proxy_uri(NULL, 1, &uri);
}

static void
call_split_proxy_uri_2(void) {
  (void)coap_split_proxy_uri(bytes, 1, NULL);
}

static void
call_split_query_0(void) {
  (void)coap_split_query(NULL, 1, NULL, NULL);
}

static void
call_split_query_1(void) {
  (void)coap_split_query(NULL, 1, bytes, &size);
}

static void
call_split_query_2(void) {
  (void)coap_split_query(bytes, 1, NULL, &size);
}

static void
call_split_query_3(void) {
  (void)coap_split_query(bytes, 1, bytes, NULL);
}

static void
call_split_uri_0(void) {
  (void)coap_split_uri(NULL, 1, NULL);
}

static void
call_split_uri_1(void) {
  (void)coap_split_uri(NULL, 1, &uri);
}

static void
call_split_uri_2(void) {
  (void)coap_split_uri(bytes, 1, NULL);
}

static void
call_string_tls_version_0(void) {
  char *result = coap_string_tls_version(NULL, 1);
  (void)result;
}

static void
call_ticks_0(void) {
  coap_ticks(NULL);
}

static void
call_wait_ack_0(void) {
  (void)coap_wait_ack(NULL, NULL, NULL);
}

static void
call_wellknown_response_0(void) {
  coap_pdu_t *result = coap_wellknown_response(NULL, NULL, NULL);
  EXPECT(result == NULL);
  if (result != pdu) coap_delete_pdu(result);
}

static void
call_wellknown_response_1(void) {
  coap_pdu_t *result = coap_wellknown_response(NULL, session, pdu);
  EXPECT(result == NULL);
  if (result != pdu) coap_delete_pdu(result);
}

static void
call_wellknown_response_2(void) {
  coap_pdu_t *result = coap_wellknown_response(context, NULL, pdu);
  EXPECT(result == NULL);
  if (result != pdu) coap_delete_pdu(result);
}

static void
call_wellknown_response_3(void) {
  coap_pdu_t *result = coap_wellknown_response(context, session, NULL);
  EXPECT(result == NULL);
  if (result != pdu) coap_delete_pdu(result);
}

static void
call_write_block_opt_0(void) {
  (void)coap_write_block_opt(NULL, 1, NULL, 1);
}

static void
call_write_block_opt_1(void) {
  (void)coap_write_block_opt(NULL, 1, pdu, 1);
}

static void
call_write_block_opt_2(void) {
  (void)coap_write_block_opt(&the_block, 1, NULL, 1);
}

static void
call_session_refresh_psk_hint_0(void) {
  (void)coap_session_refresh_psk_hint(NULL, NULL);
}

static void
call_session_refresh_psk_hint_1(void) {
  (void)coap_session_refresh_psk_hint(NULL, &bin_const);
}

static void
call_session_refresh_psk_hint_2(void) {
  (void)coap_session_refresh_psk_hint(session, NULL);
}

static void
call_session_refresh_psk_key_0(void) {
  (void)coap_session_refresh_psk_key(NULL, NULL);
}

static void
call_session_refresh_psk_key_1(void) {
  (void)coap_session_refresh_psk_key(NULL, &bin_const);
}

static void
call_session_refresh_psk_key_2(void) {
  (void)coap_session_refresh_psk_key(session, NULL);
}

static void
call_cache_set_limits_0(void) {
  (void)coap_cache_set_limits(NULL, 1, 1);
}

static const struct {
  const char *name;
  void (*call)(void);
} calls[] = {
    {"coap_add_attr_0", call_add_attr_0},
    {"coap_add_attr_1", call_add_attr_1},
    {"coap_add_attr_2", call_add_attr_2},
    {"coap_add_attr_3", call_add_attr_3},
    {"coap_add_block_0", call_add_block_0},
    {"coap_add_block_1", call_add_block_1},
    {"coap_add_block_2", call_add_block_2},
    {"coap_add_data_0", call_add_data_0},
    {"coap_add_data_1", call_add_data_1},
    {"coap_add_data_2", call_add_data_2},
    {"coap_add_data_after_0", call_add_data_after_0},
    {"coap_add_data_blocked_response_0", call_add_data_blocked_response_0},
    {"coap_add_data_blocked_response_1", call_add_data_blocked_response_1},
    {"coap_add_data_blocked_response_2", call_add_data_blocked_response_2},
    {"coap_add_data_blocked_response_3", call_add_data_blocked_response_3},
    {"coap_add_data_blocked_response_4", call_add_data_blocked_response_4},
    {"coap_add_data_blocked_response_5", call_add_data_blocked_response_5},
    {"coap_add_data_blocked_response_6", call_add_data_blocked_response_6},
    {"coap_add_data_large_request_0", call_add_data_large_request_0},
    {"coap_add_data_large_request_1", call_add_data_large_request_1},
    {"coap_add_data_large_request_2", call_add_data_large_request_2},
    {"coap_add_data_large_request_3", call_add_data_large_request_3},
    {"coap_add_data_large_request_4", call_add_data_large_request_4},
    {"coap_add_data_large_request_5", call_add_data_large_request_5},
    {"coap_add_data_large_response_0", call_add_data_large_response_0},
    {"coap_add_data_large_response_1", call_add_data_large_response_1},
    {"coap_add_data_large_response_2", call_add_data_large_response_2},
    {"coap_add_data_large_response_3", call_add_data_large_response_3},
    {"coap_add_data_large_response_4", call_add_data_large_response_4},
    {"coap_add_data_large_response_5", call_add_data_large_response_5},
    {"coap_add_data_large_response_6", call_add_data_large_response_6},
    {"coap_add_data_large_response_7", call_add_data_large_response_7},
    {"coap_add_data_large_response_8", call_add_data_large_response_8},
    {"coap_add_data_large_response_9", call_add_data_large_response_9},
    {"coap_add_option_0", call_add_option_0},
    {"coap_add_option_1", call_add_option_1},
    {"coap_add_option_2", call_add_option_2},
    {"coap_add_optlist_pdu_0", call_add_optlist_pdu_0},
    {"coap_add_optlist_pdu_1", call_add_optlist_pdu_1},
    {"coap_add_optlist_pdu_2", call_add_optlist_pdu_2},
    {"coap_add_resource_0", call_add_resource_0},
    {"coap_add_resource_1", call_add_resource_1},
    {"coap_add_resource_2", call_add_resource_2},
    {"coap_add_token_0", call_add_token_0},
    {"coap_add_token_1", call_add_token_1},
    {"coap_add_token_2", call_add_token_2},
    {"coap_address_equals_0", call_address_equals_0},
    {"coap_address_equals_1", call_address_equals_1},
    {"coap_address_equals_2", call_address_equals_2},
    {"coap_address_get_port_0", call_address_get_port_0},
    {"coap_address_init_0", call_address_init_0},
    {"coap_address_set_port_0", call_address_set_port_0},
    {"coap_adjust_basetime_0", call_adjust_basetime_0},
    {"coap_attr_get_value_0", call_attr_get_value_0},
    {"coap_block_build_body_0", call_block_build_body_0},
    {"coap_block_build_body_1", call_block_build_body_1},
    {"coap_block_build_body_2", call_block_build_body_2},
    {"coap_cache_derive_key_0", call_cache_derive_key_0},
    {"coap_cache_derive_key_1", call_cache_derive_key_1},
    {"coap_cache_derive_key_2", call_cache_derive_key_2},
    {"coap_cache_get_app_data_0", call_cache_get_app_data_0},
    {"coap_cache_get_by_key_0", call_cache_get_by_key_0},
    {"coap_cache_get_by_key_1", call_cache_get_by_key_1},
    {"coap_cache_get_by_key_2", call_cache_get_by_key_2},
    {"coap_cache_get_by_pdu_0", call_cache_get_by_pdu_0},
    {"coap_cache_get_by_pdu_1", call_cache_get_by_pdu_1},
    {"coap_cache_get_by_pdu_2", call_cache_get_by_pdu_2},
    {"coap_cache_get_pdu_0", call_cache_get_pdu_0},
    {"coap_cache_ignore_options_0", call_cache_ignore_options_0},
    {"coap_cache_ignore_options_1", call_cache_ignore_options_1},
    {"coap_cache_ignore_options_2", call_cache_ignore_options_2},
    {"coap_cache_set_app_data_0", call_cache_set_app_data_0},
    {"coap_cache_set_app_data_1", call_cache_set_app_data_1},
    {"coap_cache_set_app_data_2", call_cache_set_app_data_2},
    {"coap_cache_set_app_data_3", call_cache_set_app_data_3},
    {"coap_calc_timeout_0", call_calc_timeout_0},
    {"coap_can_exit_0", call_can_exit_0},
    {"coap_cancel_all_messages_0", call_cancel_all_messages_0},
    {"coap_cancel_all_messages_1", call_cancel_all_messages_1},
    {"coap_cancel_all_messages_2", call_cancel_all_messages_2},
    {"coap_cancel_all_messages_3", call_cancel_all_messages_3},
    {"coap_cancel_observe_0", call_cancel_observe_0},
    {"coap_cancel_observe_1", call_cancel_observe_1},
    {"coap_cancel_observe_2", call_cancel_observe_2},
    {"coap_cancel_session_messages_0", call_cancel_session_messages_0},
    {"coap_cancel_session_messages_1", call_cancel_session_messages_1},
    {"coap_cancel_session_messages_2", call_cancel_session_messages_2},
    {"coap_check_option_0", call_check_option_0},
    {"coap_check_option_1", call_check_option_1},
    {"coap_check_option_2", call_check_option_2},
    {"coap_clear_event_handler_0", call_clear_event_handler_0},
    {"coap_clone_uri_0", call_clone_uri_0},
    {"coap_context_get_coap_fd_0", call_context_get_coap_fd_0},
    {"coap_context_set_block_mode_0", call_context_set_block_mode_0},
    {"coap_context_set_keepalive_0", call_context_set_keepalive_0},
    {"coap_context_set_pki_0", call_context_set_pki_0},
    {"coap_context_set_pki_1", call_context_set_pki_1},
    {"coap_context_set_pki_2", call_context_set_pki_2},
    {"coap_context_set_pki_root_cas_0", call_context_set_pki_root_cas_0},
    {"coap_context_set_pki_root_cas_1", call_context_set_pki_root_cas_1},
    {"coap_context_set_pki_root_cas_2", call_context_set_pki_root_cas_2},
    {"coap_context_set_pki_root_cas_3", call_context_set_pki_root_cas_3},
    {"coap_context_set_psk_0", call_context_set_psk_0},
    {"coap_context_set_psk_1", call_context_set_psk_1},
    {"coap_context_set_psk_2", call_context_set_psk_2},
    {"coap_context_set_psk_3", call_context_set_psk_3},
    {"coap_context_set_psk2_0", call_context_set_psk2_0},
    {"coap_context_set_psk2_1", call_context_set_psk2_1},
    {"coap_context_set_psk2_2", call_context_set_psk2_2},
    {"coap_debug_set_packet_loss_0", call_debug_set_packet_loss_0},
    {"coap_decode_var_bytes_0", call_decode_var_bytes_0},
    {"coap_decode_var_bytes8_0", call_decode_var_bytes8_0},
    {"coap_delete_bin_const_0", call_delete_bin_const_0},
    {"coap_delete_binary_0", call_delete_binary_0},
    {"coap_delete_cache_entry_0", call_delete_cache_entry_0},
    {"coap_delete_cache_entry_1", call_delete_cache_entry_1},
    {"coap_delete_cache_entry_2", call_delete_cache_entry_2},
    {"coap_delete_cache_key_0", call_delete_cache_key_0},
    {"coap_delete_node_0", call_delete_node_0},
    {"coap_delete_optlist_0", call_delete_optlist_0},
    {"coap_delete_pdu_0", call_delete_pdu_0},
    {"coap_delete_resource_0", call_delete_resource_0},
    {"coap_delete_resource_1", call_delete_resource_1},
    {"coap_delete_resource_2", call_delete_resource_2},
    {"coap_delete_str_const_0", call_delete_str_const_0},
    {"coap_delete_string_0", call_delete_string_0},
    {"coap_dispatch_0", call_dispatch_0},
    {"coap_dispatch_1", call_dispatch_1},
    {"coap_dispatch_2", call_dispatch_2},
    {"coap_dispatch_3", call_dispatch_3},
    {"coap_encode_var_safe_0", call_encode_var_safe_0},
    {"coap_encode_var_safe8_0", call_encode_var_safe8_0},
    {"coap_endpoint_get_session_0", call_endpoint_get_session_0},
    {"coap_endpoint_get_session_1", call_endpoint_get_session_1},
    {"coap_endpoint_get_session_2", call_endpoint_get_session_2},
    {"coap_endpoint_set_default_mtu_0", call_endpoint_set_default_mtu_0},
    {"coap_endpoint_str_0", call_endpoint_str_0},
    {"coap_find_async_0", call_find_async_0},
    {"coap_find_async_1", call_find_async_1},
    {"coap_find_async_2", call_find_async_2},
    {"coap_find_attr_0", call_find_attr_0},
    {"coap_find_attr_1", call_find_attr_1},
    {"coap_find_attr_2", call_find_attr_2},
    {"coap_free_async_0", call_free_async_0},
    {"coap_free_context_0", call_free_context_0},
    {"coap_free_endpoint_0", call_free_endpoint_0},
    {"coap_free_type_0", call_free_type_0},
    {"coap_get_app_data_0", call_get_app_data_0},
    {"coap_get_block_0", call_get_block_0},
    {"coap_get_block_1", call_get_block_1},
    {"coap_get_block_2", call_get_block_2},
    {"coap_get_data_0", call_get_data_0},
    {"coap_get_data_1", call_get_data_1},
    {"coap_get_data_2", call_get_data_2},
    {"coap_get_data_3", call_get_data_3},
    {"coap_get_data_large_0", call_get_data_large_0},
    {"coap_get_data_large_1", call_get_data_large_1},
    {"coap_get_data_large_2", call_get_data_large_2},
    {"coap_get_data_large_3", call_get_data_large_3},
    {"coap_get_data_large_4", call_get_data_large_4},
    {"coap_get_data_large_5", call_get_data_large_5},
    {"coap_get_query_0", call_get_query_0},
    {"coap_get_resource_from_uri_path_0", call_get_resource_from_uri_path_0},
    {"coap_get_resource_from_uri_path_1", call_get_resource_from_uri_path_1},
    {"coap_get_resource_from_uri_path_2", call_get_resource_from_uri_path_2},
    {"coap_get_uri_path_0", call_get_uri_path_0},
    {"coap_handle_dgram_0", call_handle_dgram_0},
    {"coap_handle_dgram_1", call_handle_dgram_1},
    {"coap_handle_dgram_2", call_handle_dgram_2},
    {"coap_handle_dgram_3", call_handle_dgram_3},
    {"coap_handle_event_0", call_handle_event_0},
    {"coap_handle_event_1", call_handle_event_1},
    {"coap_handle_event_2", call_handle_event_2},
    {"coap_hash_impl_0", call_hash_impl_0},
    {"coap_hash_impl_1", call_hash_impl_1},
    {"coap_hash_impl_2", call_hash_impl_2},
    {"coap_insert_node_0", call_insert_node_0},
    {"coap_insert_optlist_0", call_insert_optlist_0},
    {"coap_io_do_epoll_0", call_io_do_epoll_0},
    {"coap_io_do_epoll_1", call_io_do_epoll_1},
    {"coap_io_do_epoll_2", call_io_do_epoll_2},
    {"coap_io_do_io_0", call_io_do_io_0},
    {"coap_io_prepare_epoll_0", call_io_prepare_epoll_0},
    {"coap_io_prepare_io_0", call_io_prepare_io_0},
    {"coap_io_prepare_io_1", call_io_prepare_io_1},
    {"coap_io_prepare_io_2", call_io_prepare_io_2},
    {"coap_io_prepare_io_3", call_io_prepare_io_3},
    {"coap_io_process_0", call_io_process_0},
    {"coap_io_process_with_fds_0", call_io_process_with_fds_0},
    {"coap_io_process_with_fds_1", call_io_process_with_fds_1},
    {"coap_io_process_with_fds_2", call_io_process_with_fds_2},
    {"coap_io_process_with_fds_3", call_io_process_with_fds_3},
    {"coap_io_process_with_fds_4", call_io_process_with_fds_4},
    {"coap_is_mcast_0", call_is_mcast_0},
    {"coap_join_mcast_group_intf_0", call_join_mcast_group_intf_0},
    {"coap_join_mcast_group_intf_1", call_join_mcast_group_intf_1},
    {"coap_join_mcast_group_intf_2", call_join_mcast_group_intf_2},
    {"coap_join_mcast_group_intf_3", call_join_mcast_group_intf_3},
    {"coap_log_impl_0", call_log_impl_0},
    {"coap_make_str_const_0", call_make_str_const_0},
    {"coap_network_read_0", call_network_read_0},
    {"coap_network_send_0", call_network_send_0},
    {"coap_network_send_1", call_network_send_1},
    {"coap_network_send_2", call_network_send_2},
    {"coap_network_send_3", call_network_send_3},
    {"coap_new_bin_const_0", call_new_bin_const_0},
    {"coap_new_cache_entry_0", call_new_cache_entry_0},
    {"coap_new_cache_entry_1", call_new_cache_entry_1},
    {"coap_new_cache_entry_2", call_new_cache_entry_2},
    {"coap_new_client_session_0", call_new_client_session_0},
    {"coap_new_client_session_1", call_new_client_session_1},
    {"coap_new_client_session_2", call_new_client_session_2},
    {"coap_new_client_session_3", call_new_client_session_3},
    {"coap_new_client_session_pki_0", call_new_client_session_pki_0},
    {"coap_new_client_session_pki_1", call_new_client_session_pki_1},
    {"coap_new_client_session_pki_2", call_new_client_session_pki_2},
    {"coap_new_client_session_pki_3", call_new_client_session_pki_3},
    {"coap_new_client_session_pki_4", call_new_client_session_pki_4},
    {"coap_new_client_session_psk_0", call_new_client_session_psk_0},
    {"coap_new_client_session_psk_1", call_new_client_session_psk_1},
    {"coap_new_client_session_psk_2", call_new_client_session_psk_2},
    {"coap_new_client_session_psk_3", call_new_client_session_psk_3},
    {"coap_new_client_session_psk_4", call_new_client_session_psk_4},
    {"coap_new_client_session_psk_5", call_new_client_session_psk_5},
    {"coap_new_client_session_psk2_0", call_new_client_session_psk2_0},
    {"coap_new_client_session_psk2_1", call_new_client_session_psk2_1},
    {"coap_new_client_session_psk2_2", call_new_client_session_psk2_2},
    {"coap_new_client_session_psk2_3", call_new_client_session_psk2_3},
    {"coap_new_client_session_psk2_4", call_new_client_session_psk2_4},
    {"coap_new_context_0", call_new_context_0},
    {"coap_new_endpoint_0", call_new_endpoint_0},
    {"coap_new_endpoint_1", call_new_endpoint_1},
    {"coap_new_endpoint_2", call_new_endpoint_2},
    {"coap_new_error_response_0", call_new_error_response_0},
    {"coap_new_error_response_1", call_new_error_response_1},
    {"coap_new_error_response_2", call_new_error_response_2},
    {"coap_new_optlist_0", call_new_optlist_0},
    {"coap_new_pdu_0", call_new_pdu_0},
    {"coap_new_server_session_0", call_new_server_session_0},
    {"coap_new_server_session_1", call_new_server_session_1},
    {"coap_new_server_session_2", call_new_server_session_2},
    {"coap_new_str_const_0", call_new_str_const_0},
    {"coap_new_uri_0", call_new_uri_0},
    {"coap_opt_block_num_0", call_opt_block_num_0},
    {"coap_opt_encode_0", call_opt_encode_0},
    {"coap_opt_encode_1", call_opt_encode_1},
    {"coap_opt_encode_2", call_opt_encode_2},
    {"coap_opt_length_0", call_opt_length_0},
    {"coap_opt_parse_0", call_opt_parse_0},
    {"coap_opt_parse_1", call_opt_parse_1},
    {"coap_opt_parse_2", call_opt_parse_2},
    {"coap_opt_setheader_0", call_opt_setheader_0},
    {"coap_opt_size_0", call_opt_size_0},
    {"coap_opt_value_0", call_opt_value_0},
    {"coap_option_check_critical_0", call_option_check_critical_0},
    {"coap_option_check_critical_1", call_option_check_critical_1},
    {"coap_option_check_critical_2", call_option_check_critical_2},
    {"coap_option_filter_get_0", call_option_filter_get_0},
    {"coap_option_filter_set_0", call_option_filter_set_0},
    {"coap_option_filter_unset_0", call_option_filter_unset_0},
    {"coap_option_iterator_init_0", call_option_iterator_init_0},
    {"coap_option_iterator_init_1", call_option_iterator_init_1},
    {"coap_option_iterator_init_2", call_option_iterator_init_2},
    {"coap_option_iterator_init_3", call_option_iterator_init_3},
    {"coap_option_next_0", call_option_next_0},
    {"coap_packet_get_memmapped_0", call_packet_get_memmapped_0},
    {"coap_packet_get_memmapped_1", call_packet_get_memmapped_1},
    {"coap_packet_get_memmapped_2", call_packet_get_memmapped_2},
    {"coap_packet_get_memmapped_3", call_packet_get_memmapped_3},
    {"coap_pdu_clear_0", call_pdu_clear_0},
    {"coap_pdu_duplicate_0", call_pdu_duplicate_0},
    {"coap_pdu_duplicate_1", call_pdu_duplicate_1},
    {"coap_pdu_duplicate_2", call_pdu_duplicate_2},
    {"coap_pdu_duplicate_3", call_pdu_duplicate_3},
    {"coap_pdu_duplicate_4", call_pdu_duplicate_4},
    {"coap_pdu_encode_header_0", call_pdu_encode_header_0},
    {"coap_pdu_parse_0", call_pdu_parse_0},
    {"coap_pdu_parse_1", call_pdu_parse_1},
    {"coap_pdu_parse_2", call_pdu_parse_2},
    {"coap_pdu_parse_header_0", call_pdu_parse_header_0},
    {"coap_pdu_parse_header_size_0", call_pdu_parse_header_size_0},
    {"coap_pdu_parse_opt_0", call_pdu_parse_opt_0},
    {"coap_pdu_parse_size_0", call_pdu_parse_size_0},
    {"coap_pdu_resize_0", call_pdu_resize_0},
    {"coap_peek_next_0", call_peek_next_0},
    {"coap_pop_next_0", call_pop_next_0},
    {"coap_print_addr_0", call_print_addr_0},
    {"coap_print_addr_1", call_print_addr_1},
    {"coap_print_addr_2", call_print_addr_2},
    {"coap_print_link_0", call_print_link_0},
    {"coap_print_link_1", call_print_link_1},
    {"coap_print_link_2", call_print_link_2},
    {"coap_print_link_3", call_print_link_3},
    {"coap_print_link_4", call_print_link_4},
    {"coap_prng_0", call_prng_0},
    {"coap_realloc_type_0", call_realloc_type_0},
    {"coap_register_async_0", call_register_async_0},
    {"coap_register_async_1", call_register_async_1},
    {"coap_register_async_2", call_register_async_2},
    {"coap_register_async_3", call_register_async_3},
    {"coap_register_async_4", call_register_async_4},
    {"coap_register_event_handler_0", call_register_event_handler_0},
    {"coap_register_event_handler_1", call_register_event_handler_1},
    {"coap_register_event_handler_2", call_register_event_handler_2},
    {"coap_register_handler_0", call_register_handler_0},
    {"coap_register_handler_1", call_register_handler_1},
    {"coap_register_handler_2", call_register_handler_2},
    {"coap_remove_async_0", call_remove_async_0},
    {"coap_remove_async_1", call_remove_async_1},
    {"coap_remove_async_2", call_remove_async_2},
    {"coap_remove_async_3", call_remove_async_3},
    {"coap_remove_from_queue_0", call_remove_from_queue_0},
    {"coap_remove_from_queue_1", call_remove_from_queue_1},
    {"coap_remove_from_queue_2", call_remove_from_queue_2},
    {"coap_remove_from_queue_3", call_remove_from_queue_3},
    {"coap_resize_binary_0", call_resize_binary_0},
    {"coap_resource_get_uri_path_0", call_resource_get_uri_path_0},
    {"coap_resource_get_userdata_0", call_resource_get_userdata_0},
    {"coap_resource_init_0", call_resource_init_0},
    {"coap_resource_notify_observers_0", call_resource_notify_observers_0},
    {"coap_resource_notify_observers_1", call_resource_notify_observers_1},
    {"coap_resource_notify_observers_2", call_resource_notify_observers_2},
    {"coap_resource_proxy_uri_init_0", call_resource_proxy_uri_init_0},
    {"coap_resource_proxy_uri_init_1", call_resource_proxy_uri_init_1},
    {"coap_resource_proxy_uri_init_2", call_resource_proxy_uri_init_2},
    {"coap_resource_release_userdata_handler_0", call_resource_release_userdata_handler_0},
    {"coap_resource_release_userdata_handler_1", call_resource_release_userdata_handler_1},
    {"coap_resource_release_userdata_handler_2", call_resource_release_userdata_handler_2},
    {"coap_resource_set_dirty_0", call_resource_set_dirty_0},
    {"coap_resource_set_dirty_1", call_resource_set_dirty_1},
    {"coap_resource_set_dirty_2", call_resource_set_dirty_2},
    {"coap_resource_set_get_observable_0", call_resource_set_get_observable_0},
    {"coap_resource_set_mode_0", call_resource_set_mode_0},
    {"coap_resource_set_userdata_0", call_resource_set_userdata_0},
    {"coap_resource_set_userdata_1", call_resource_set_userdata_1},
    {"coap_resource_set_userdata_2", call_resource_set_userdata_2},
    {"coap_resource_unknown_init_0", call_resource_unknown_init_0},
    {"coap_retransmit_0", call_retransmit_0},
    {"coap_send_0", call_send_0},
    {"coap_send_ack_0", call_send_ack_0},
    {"coap_send_ack_1", call_send_ack_1},
    {"coap_send_ack_2", call_send_ack_2},
    {"coap_send_error_0", call_send_error_0},
    {"coap_send_error_1", call_send_error_1},
    {"coap_send_error_2", call_send_error_2},
    {"coap_send_error_3", call_send_error_3},
    {"coap_send_large_0", call_send_large_0},
    {"coap_send_message_type_0", call_send_message_type_0},
    {"coap_send_message_type_1", call_send_message_type_1},
    {"coap_send_message_type_2", call_send_message_type_2},
    {"coap_session_connected_0", call_session_connected_0},
    {"coap_session_delay_pdu_0", call_session_delay_pdu_0},
    {"coap_session_disconnected_0", call_session_disconnected_0},
    {"coap_session_free_0", call_session_free_0},
    {"coap_session_get_ack_random_factor_0", call_session_get_ack_random_factor_0},
    {"coap_session_get_ack_timeout_0", call_session_get_ack_timeout_0},
    {"coap_session_get_app_data_0", call_session_get_app_data_0},
    {"coap_session_get_by_peer_0", call_session_get_by_peer_0},
    {"coap_session_get_by_peer_1", call_session_get_by_peer_1},
    {"coap_session_get_by_peer_2", call_session_get_by_peer_2},
    {"coap_session_get_max_transmit_0", call_session_get_max_transmit_0},
    {"coap_session_init_token_0", call_session_init_token_0},
    {"coap_session_init_token_1", call_session_init_token_1},
    {"coap_session_init_token_2", call_session_init_token_2},
    {"coap_session_max_pdu_size_0", call_session_max_pdu_size_0},
    {"coap_session_new_token_0", call_session_new_token_0},
    {"coap_session_new_token_1", call_session_new_token_1},
    {"coap_session_new_token_2", call_session_new_token_2},
    {"coap_session_new_token_3", call_session_new_token_3},
    {"coap_session_reference_0", call_session_reference_0},
    {"coap_session_release_0", call_session_release_0},
    {"coap_session_send_0", call_session_send_0},
    {"coap_session_send_1", call_session_send_1},
    {"coap_session_send_2", call_session_send_2},
    {"coap_session_send_csm_0", call_session_send_csm_0},
    {"coap_session_send_pdu_0", call_session_send_pdu_0},
    {"coap_session_send_ping_0", call_session_send_ping_0},
    {"coap_session_set_ack_random_factor_0", call_session_set_ack_random_factor_0},
    {"coap_session_set_ack_timeout_0", call_session_set_ack_timeout_0},
    {"coap_session_set_app_data_0", call_session_set_app_data_0},
    {"coap_session_set_app_data_1", call_session_set_app_data_1},
    {"coap_session_set_app_data_2", call_session_set_app_data_2},
    {"coap_session_set_max_retransmit_0", call_session_set_max_retransmit_0},
    {"coap_session_set_mtu_0", call_session_set_mtu_0},
    {"coap_session_str_0", call_session_str_0},
    {"coap_session_write_0", call_session_write_0},
    {"coap_session_write_1", call_session_write_1},
    {"coap_session_write_2", call_session_write_2},
    {"coap_set_app_data_0", call_set_app_data_0},
    {"coap_set_app_data_1", call_set_app_data_1},
    {"coap_set_app_data_2", call_set_app_data_2},
    {"coap_set_event_handler_0", call_set_event_handler_0},
    {"coap_set_event_handler_1", call_set_event_handler_1},
    {"coap_set_event_handler_2", call_set_event_handler_2},
    {"coap_set_log_handler_0", call_set_log_handler_0},
    {"coap_set_prng_0", call_set_prng_0},
    {"coap_show_pdu_0", call_show_pdu_0},
    {"coap_split_path_0", call_split_path_0},
    {"coap_split_path_1", call_split_path_1},
    {"coap_split_path_2", call_split_path_2},
    {"coap_split_path_3", call_split_path_3},
    {"coap_split_proxy_uri_0", call_split_proxy_uri_0},
    {"coap_split_proxy_uri_1", call_split_proxy_uri_1},
    {"coap_split_proxy_uri_2", call_split_proxy_uri_2},
    {"coap_split_query_0", call_split_query_0},
    {"coap_split_query_1", call_split_query_1},
    {"coap_split_query_2", call_split_query_2},
    {"coap_split_query_3", call_split_query_3},
    {"coap_split_uri_0", call_split_uri_0},
    {"coap_split_uri_1", call_split_uri_1},
    {"coap_split_uri_2", call_split_uri_2},
    {"coap_string_tls_version_0", call_string_tls_version_0},
    {"coap_ticks_0", call_ticks_0},
    {"coap_wait_ack_0", call_wait_ack_0},
    {"coap_wellknown_response_0", call_wellknown_response_0},
    {"coap_wellknown_response_1", call_wellknown_response_1},
    {"coap_wellknown_response_2", call_wellknown_response_2},
    {"coap_wellknown_response_3", call_wellknown_response_3},
    {"coap_write_block_opt_0", call_write_block_opt_0},
    {"coap_write_block_opt_1", call_write_block_opt_1},
    {"coap_write_block_opt_2", call_write_block_opt_2},
    {"coap_session_refresh_psk_hint_0", call_session_refresh_psk_hint_0},
    {"coap_session_refresh_psk_hint_1", call_session_refresh_psk_hint_1},
    {"coap_session_refresh_psk_hint_2", call_session_refresh_psk_hint_2},
    {"coap_session_refresh_psk_key_0", call_session_refresh_psk_key_0},
    {"coap_session_refresh_psk_key_1", call_session_refresh_psk_key_1},
    {"coap_session_refresh_psk_key_2", call_session_refresh_psk_key_2},
    {"coap_cache_set_limits_0", call_cache_set_limits_0},
};

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
