/* Messages, parsed and built again and again in one object (docs/spec/message.md, sections 5 to 10, 12 and 14). */
#include <coap2/coap.h>
#include <stdlib.h>
#include <string.h>

#include "expect.h"

#define BYTES(...) ((uint8_t[]){__VA_ARGS__})
#define PARSE(pdu, ...) coap_pdu_parse(COAP_PROTO_UDP, BYTES(__VA_ARGS__), sizeof(BYTES(__VA_ARGS__)), pdu)

static size_t lines;

static void
count_lines(coap_log_t level, const char *message) {
  (void)level;
  (void)message;
  lines++;
}

/* One object, parsed into without ever being cleared. */
static void
test_parse(void) {
  static const uint8_t long_message[] = {
      0x55, 0x69, 0x12, 0x34, 't', 'o', 'k', 'e', 'n', 0x31, 'h', 0x81, 'p', 0x01, 'q', 0xff, 'd', 'a', 't', 'a'};
  coap_pdu_t *pdu = coap_pdu_init(0, 0, 0, 1152);
  coap_opt_iterator_t oi;
  size_t len, offset, total;
  uint8_t *data;
  const uint8_t *large;

  EXPECT_EQ(PARSE(pdu, 0x40, 0x01, 0x93, 0x34), 1);
  EXPECT_EQ(pdu->type, COAP_MESSAGE_CON);
  EXPECT_EQ(pdu->token_length, 0);
  EXPECT_EQ(pdu->code, COAP_REQUEST_GET);
  EXPECT_EQ(pdu->mid, 0x9334);
  EXPECT_EQ(pdu->hdr_size, 4);
  EXPECT_EQ(pdu->used_size, 0);
  EXPECT(pdu->data == NULL);
  EXPECT_EQ(coap_get_data(pdu, &len, &data), 0);
  EXPECT(data == NULL && len == 0);

  EXPECT_EQ(coap_pdu_parse(COAP_PROTO_DTLS, long_message, sizeof(long_message), pdu), 1);
  EXPECT_EQ(pdu->type, COAP_MESSAGE_NON);
  EXPECT_EQ(pdu->token_length, 5);
  EXPECT(memcmp(pdu->token, "token", 5) == 0);
  EXPECT_EQ(pdu->code, 0x69);
  EXPECT_EQ(pdu->mid, 0x1234);
  EXPECT_EQ(pdu->used_size, 16);
  EXPECT_EQ(pdu->alloc_size, 16);
  EXPECT_EQ(pdu->max_opt, 11);
  EXPECT(pdu->data == pdu->token + 12);
  EXPECT(memcmp(pdu->token - 4, long_message, sizeof(long_message)) == 0);
  EXPECT(coap_check_option(pdu, 11, &oi) == pdu->token + 7);
  EXPECT_EQ(coap_get_data(pdu, &len, &data), 1);
  EXPECT(data == pdu->data && len == 4);
  EXPECT_EQ(coap_get_data_large(pdu, &len, &large, &offset, &total), 1);
  EXPECT(large == pdu->data && len == 4 && offset == 0 && total == 4);
  EXPECT_EQ(coap_get_data_large(pdu, NULL, NULL, NULL, NULL), 1);

  /* M12: nothing stays of the payload. */
  EXPECT_EQ(PARSE(pdu, 0x40, 0x01, 0x00, 0x01, 0xf0), 0);
  EXPECT(pdu->data == NULL);
  EXPECT_EQ(pdu->max_opt, 0);
  EXPECT_EQ(coap_get_data(pdu, &len, &data), 0);
  EXPECT_EQ(pdu->mid, 1);
  EXPECT_EQ(PARSE(pdu, 0x40, 0x45, 0x00, 0x02, 0xff, 'x'), 1);
  EXPECT(pdu->data == pdu->token + 1);
  EXPECT_EQ(PARSE(pdu, 0xc0, 0x01, 0x00, 0x03, 'a', 'b'), 0);
  EXPECT(pdu->data == NULL && pdu->mid == 2);
  EXPECT_EQ(PARSE(pdu, 0x49, 0x01, 0, 4, 1, 2, 3, 4, 5, 6, 7, 8, 9), 0);
  EXPECT_EQ(pdu->token_length, 9);
  EXPECT_EQ(coap_pdu_encode_header(pdu, COAP_PROTO_UDP), 0); /* M16 */

  EXPECT_EQ(coap_pdu_parse(COAP_PROTO_UDP, NULL, 4, pdu), 0); /* M15 */
  EXPECT_EQ(coap_pdu_parse(COAP_PROTO_UDP, long_message, 0, pdu), 0);
  EXPECT_EQ(coap_pdu_parse(COAP_PROTO_NONE, long_message, sizeof(long_message), pdu), 0);
  EXPECT_EQ(coap_pdu_parse(COAP_PROTO_UDP, long_message, sizeof(long_message), NULL), 0);
  coap_delete_pdu(pdu);

  /* Too short for its token, in a message of 4 bytes; every accessor is safe afterwards (X1). */
  pdu = coap_pdu_init(0, 0, 0, 4);
  EXPECT_EQ(PARSE(pdu, 0x5a, 0x0a, 0x5b, 0x5b), 0);
  EXPECT_EQ(pdu->token_length, 0);
  EXPECT(pdu->data == NULL);
  coap_show_pdu(LOG_INFO, pdu);
  EXPECT_EQ(PARSE(pdu, 0x40, 0x01, 0, 0, 1, 2, 3, 4, 5), 0);
  coap_delete_pdu(pdu);
}

/* M13, M14: one line for a message and no dump, however many options are bad. */
static void
test_log(void) {
  static uint8_t message[1148] = {0x40, 0x01, 0x00, 0x00, 0x30};
  coap_pdu_t *pdu = coap_pdu_init(0, 0, 0, 1152);

  coap_set_log_handler(count_lines);
  coap_set_log_level(LOG_DEBUG);
  lines = 0;
  EXPECT_EQ(coap_pdu_parse(COAP_PROTO_UDP, message, 500, pdu), 0);
  EXPECT_EQ(lines, 1);
  EXPECT_EQ(coap_pdu_parse(COAP_PROTO_UDP, message, sizeof(message), pdu), 0); /* X7 */
  EXPECT(lines <= 2);
  /* What is logged while building: a repeated option, one out of order, a second token. */
  coap_pdu_clear(pdu, 1152);
  lines = 0;
  coap_add_token(pdu, 1, BYTES('t'));
  coap_add_option(pdu, COAP_OPTION_URI_PATH, 1, BYTES('a'));
  coap_add_option(pdu, COAP_OPTION_URI_PATH, 1, BYTES('b'));
  coap_add_option(pdu, COAP_OPTION_CONTENT_FORMAT, 0, NULL);
  EXPECT_EQ(lines, 0);
  coap_add_option(pdu, COAP_OPTION_CONTENT_FORMAT, 0, NULL);
  EXPECT_EQ(lines, 1);
  coap_add_option(pdu, COAP_OPTION_URI_HOST, 1, BYTES('h'));
  EXPECT_EQ(lines, 2);
  coap_add_token(pdu, 1, BYTES('t'));
  EXPECT_EQ(lines, 3);
  coap_set_log_level(LOG_WARNING);
  coap_set_log_handler(NULL);
  coap_delete_pdu(pdu);
}

static void
test_stream(void) {
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_NON, 0, 7, 100);
  uint8_t *message = BYTES(0xd1, 0x00, 0x01, 'k', 0xbc, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);

  EXPECT_EQ(coap_pdu_parse_header_size(COAP_PROTO_TCP, message), 3);
  EXPECT_EQ(coap_pdu_parse_header_size(COAP_PROTO_UDP, message), 4);
  EXPECT_EQ(coap_pdu_parse_header_size(COAP_PROTO_NONE, message), 0);
  EXPECT_EQ(coap_pdu_parse_header_size(COAP_PROTO_TCP, NULL), 0);
  EXPECT_EQ(coap_pdu_parse_size(COAP_PROTO_TLS, message, 3), 14);
  EXPECT_EQ(coap_pdu_parse_size(COAP_PROTO_TLS, message, 2), 0);
  EXPECT_EQ(coap_pdu_parse_size(COAP_PROTO_UDP, message, 3), 0);
  EXPECT_EQ(coap_pdu_parse_size(COAP_PROTO_TLS, NULL, 3), 0);
  EXPECT_EQ(coap_pdu_parse_size(COAP_PROTO_TCP, BYTES(0xff, 0xff, 0xff, 0xff, 0xff, 0), 6), 65805 + 0xffffffffLL + 15);
  EXPECT_EQ(coap_pdu_parse(COAP_PROTO_TCP, message, 17, pdu), 1);
  EXPECT_EQ(pdu->type, COAP_MESSAGE_CON);
  EXPECT_EQ(pdu->mid, 0);
  EXPECT_EQ(pdu->hdr_size, 3);
  EXPECT_EQ(pdu->used_size, 14);
  EXPECT_EQ(coap_pdu_encode_header(pdu, COAP_PROTO_UDP), 4);
  EXPECT(memcmp(pdu->token - 4, BYTES(0x41, 0x01, 0, 0, 'k'), 5) == 0);
  EXPECT_EQ(coap_pdu_encode_header(pdu, COAP_PROTO_TLS), 3);
  EXPECT(memcmp(pdu->token - 3, message, 17) == 0);
  EXPECT_EQ(coap_pdu_encode_header(pdu, COAP_PROTO_NONE), 0);
  EXPECT_EQ(coap_pdu_encode_header(NULL, COAP_PROTO_UDP), 0);
  EXPECT_EQ(pdu->hdr_size, 3);

  /* Step by step, as a reader of a stream does it. */
  EXPECT_EQ(coap_pdu_parse_header(pdu, COAP_PROTO_TCP), 1);
  EXPECT_EQ(coap_pdu_parse_opt(pdu), 1);
  pdu->hdr_size = 5;
  EXPECT_EQ(coap_pdu_parse_header(pdu, COAP_PROTO_TCP), 0); /* M15 */
  pdu->hdr_size = 3;
  EXPECT_EQ(coap_pdu_parse_header(pdu, COAP_PROTO_UDP), 0);
  EXPECT_EQ(coap_pdu_parse_header(NULL, COAP_PROTO_UDP), 0);
  EXPECT_EQ(coap_pdu_parse_opt(NULL), 0);
  pdu->token_length = 15;
  EXPECT_EQ(coap_pdu_parse_opt(pdu), 0);
  coap_delete_pdu(pdu);
}

/* One object, cleared and built again and again. */
static void
test_build(void) {
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_ACK, COAP_RESPONSE_CODE_CONTENT, 0x1234, 1152);
  uint8_t *place;
  size_t i;

  EXPECT(pdu->token != NULL && pdu->data == NULL);
  EXPECT_EQ(pdu->max_hdr_size, 6);
  EXPECT_EQ(pdu->max_size, 1152);
  EXPECT_EQ(pdu->alloc_size, 256);
  EXPECT_EQ(coap_pdu_encode_header(pdu, COAP_PROTO_UDP), 4);
  EXPECT(memcmp(pdu->token - 4, BYTES(0x60, 0x45, 0x12, 0x34), 4) == 0);

  EXPECT_EQ(coap_add_token(pdu, 9, BYTES(1, 2, 3, 4, 5, 6, 7, 8, 9)), 0);
  EXPECT_EQ(coap_add_token(pdu, 5, BYTES('t', 'o', 'k', 'e', 'n')), 1);
  EXPECT_EQ(coap_add_token(pdu, 1, BYTES('x')), 0);
  EXPECT_EQ(coap_add_option(pdu, COAP_OPTION_URI_HOST, 4, BYTES('h', 'o', 's', 't')), 5);
  EXPECT_EQ(pdu->max_opt, 3);
  EXPECT_EQ(coap_add_option(pdu, COAP_OPTION_URI_PATH, 1, BYTES('a')), 2);
  EXPECT_EQ(coap_add_option(pdu, COAP_OPTION_URI_PATH, 0, NULL), 1);
  EXPECT_EQ(coap_add_option(pdu, COAP_OPTION_ETAG, 1, BYTES('e')), 2); /* out of order */
  EXPECT_EQ(coap_add_option(pdu, COAP_OPTION_SIZE1, 2, NULL), 4);      /* M17 */
  EXPECT_EQ(pdu->max_opt, 60);
  EXPECT_EQ(coap_add_data(pdu, 0, NULL), 1);
  EXPECT(pdu->data == NULL);
  EXPECT_EQ(coap_add_data(pdu, 4, BYTES('d', 'a', 't', 'a')), 1);
  EXPECT_EQ(coap_add_data(pdu, 1, BYTES('x')), 0); /* M6 */
  EXPECT(coap_add_data_after(pdu, 1) == NULL);
  EXPECT_EQ(pdu->used_size, 24);
  EXPECT(pdu->data == pdu->token + 20);
  EXPECT_EQ(coap_pdu_encode_header(pdu, COAP_PROTO_UDP), 4);
  EXPECT(memcmp(pdu->token - 4,
                BYTES(0x65, 0x45, 0x12, 0x34, 't', 'o', 'k', 'e', 'n', 0x34, 'h', 'o', 's', 't', 0x11, 'e', 0x71, 'a',
                      0x00, 0xd2, 36, 0, 0, 0xff, 'd', 'a', 't', 'a'),
                28) == 0);

  /* A payload that is too large leaves no trace. */
  coap_pdu_clear(pdu, 1152);
  pdu->max_size = 8;
  EXPECT_EQ(pdu->alloc_size, 24);
  EXPECT_EQ(coap_add_data(pdu, 30, BYTES(0)), 0);
  EXPECT(pdu->data == NULL && pdu->used_size == 0);
  coap_pdu_clear(pdu, 8);
  EXPECT_EQ(coap_add_data(pdu, 8, BYTES(1, 2, 3, 4, 5, 6, 7, 8)), 0);
  EXPECT_EQ(coap_add_option(pdu, 11, 8, NULL), 0);
  EXPECT_EQ(coap_add_data(pdu, 7, BYTES(1, 2, 3, 4, 5, 6, 7)), 1);

  /* Growth, and zero bytes to write over (M18). */
  coap_pdu_clear(pdu, 1152);
  for (i = 0; i < 1152 / 3; i++)
    EXPECT_EQ(coap_add_option(pdu, 11, 2, BYTES('a', 'b')), 3);
  EXPECT_EQ(coap_add_option(pdu, 11, 0, NULL), 0);
  EXPECT_EQ(pdu->used_size, 1152);
  coap_pdu_clear(pdu, 0);
  place = coap_add_data_after(pdu, 600);
  EXPECT(place == pdu->token + 1 && place == pdu->data);
  for (i = 0; place && i < 600 && place[i] == 0; i++)
    ;
  EXPECT_EQ(i, 600);
  EXPECT(coap_add_data_after(pdu, 0) == NULL);

  /* Sizes that no memory has (M5). */
  coap_pdu_clear(pdu, 0);
  EXPECT_EQ(coap_pdu_resize(pdu, (size_t)-1), 0);
  EXPECT_EQ(coap_pdu_resize(pdu, (size_t)-8), 0);
  EXPECT_EQ(coap_add_data(pdu, (size_t)-1, BYTES('x')), 0);
  EXPECT(coap_add_data_after(pdu, (size_t)-2) == NULL);
  EXPECT_EQ(coap_add_option(pdu, 11, (size_t)-1, BYTES('x')), 0);
  EXPECT_EQ(coap_pdu_resize(pdu, 10), 1);
  EXPECT_EQ(pdu->alloc_size, 10);
  coap_delete_pdu(pdu);

  /* M21: the Hop-Limit of a request to a proxy. */
  pdu = coap_pdu_init(COAP_MESSAGE_CON, COAP_REQUEST_GET, 1, 0);
  EXPECT_EQ(coap_add_option(pdu, COAP_OPTION_PROXY_URI, 5, BYTES('c', 'o', 'a', 'p', ':')), 7);
  EXPECT_EQ(pdu->used_size, 10);
  EXPECT(memcmp(pdu->token, BYTES(0xd1, 0x03, 0x10, 0xd5, 0x06, 'c'), 6) == 0);
  coap_delete_pdu(pdu);
}

static void
test_bodies(void) {
  static const uint8_t body[] = "body";
  coap_pdu_t *pdu = coap_pdu_init(0, 0, 0, 100);
  size_t len = 1, offset = 1, total = 1;
  const uint8_t *data = body;
  uint8_t *payload;

  pdu->body_offset = 16;
  EXPECT_EQ(coap_get_data_large(pdu, &len, &data, &offset, &total), 0);
  EXPECT(len == 0 && data == NULL && offset == 16 && total == 0);
  coap_add_data(pdu, 2, BYTES('p', 'q'));
  pdu->body_total = 50;
  EXPECT_EQ(coap_get_data_large(pdu, &len, &data, &offset, &total), 1);
  EXPECT(len == 2 && data == pdu->data && offset == 16 && total == 50);
  pdu->body_data = body;
  pdu->body_length = 4;
  pdu->body_total = 0;
  EXPECT_EQ(coap_get_data_large(pdu, &len, &data, &offset, &total), 1);
  EXPECT(len == 4 && data == body && offset == 16 && total == 0);
  EXPECT_EQ(coap_get_data(pdu, &len, &payload), 1);
  EXPECT(len == 4 && payload == body);
  coap_pdu_clear(pdu, 100);
  EXPECT(pdu->body_data == NULL && pdu->body_length == 0 && pdu->body_offset == 0);
  coap_delete_pdu(pdu);
}

static void
test_null(void) { /* M15, X40 */
  size_t len = 7;
  uint8_t *data = NULL;
  coap_pdu_t *pdu = coap_pdu_init(0, 0, 0, 10);

  EXPECT_EQ(coap_add_token(NULL, 0, NULL), 0);
  EXPECT_EQ(coap_add_token(pdu, 1, NULL), 0);
  EXPECT_EQ(coap_add_option(NULL, 0, 0, NULL), 0);
  EXPECT_EQ(coap_add_data(NULL, 1, BYTES(1)), 0);
  EXPECT_EQ(coap_add_data(pdu, 1, NULL), 0);
  EXPECT(coap_add_data_after(NULL, 1) == NULL);
  EXPECT_EQ(coap_get_data(NULL, &len, &data), 0);
  EXPECT_EQ(coap_get_data(pdu, NULL, NULL), 0);
  EXPECT_EQ(coap_pdu_resize(NULL, 1), 0);
  EXPECT(coap_new_pdu(NULL) == NULL);
  EXPECT(coap_pdu_duplicate(NULL, NULL, 0, NULL, NULL) == NULL);
  EXPECT(coap_pdu_duplicate(pdu, NULL, 0, NULL, NULL) == NULL);
  coap_pdu_clear(NULL, 1);
  coap_delete_pdu(NULL);
  coap_delete_pdu(pdu);
}

static void
test_phrases(void) {
  EXPECT(strcmp(coap_response_phrase(COAP_RESPONSE_CODE_NOT_FOUND), "Not Found") == 0);
  EXPECT(strcmp(coap_response_phrase(COAP_RESPONSE_CODE_HOP_LIMIT_REACHED), "Hop Limit Reached") == 0);
  EXPECT(coap_response_phrase(COAP_RESPONSE_CODE_CONFLICT) == NULL);
  EXPECT(coap_response_phrase(0) == NULL);
}

int
main(void) {
  test_parse();
  test_log();
  test_stream();
  test_build();
  test_bodies();
  test_null();
  test_phrases();
  return expect_done();
}
