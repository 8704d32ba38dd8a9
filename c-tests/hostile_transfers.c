/* Our client's block-wise transfers with servers that answer as they like: blocks that come twice, late, out of order,
 * with other numbers, sizes, lengths, ETags, Size2 than they should, with M set or cleared, separately, with an RST, or
 * not at all (docs/spec/block.md section 6; docs/spec/hostile.md X29, X33, X35, as seen by the client). Whatever comes:
 *
 *   - bytes that reach the application are those that the server sent for that place of that body, and no mixture;
 *   - what is uploaded are the bytes of the body at the place that the block's number says, M and length to match;
 *   - nobody drives the client without end, and each release callback runs once.
 *
 *     hostile_transfers [ROUNDS [FIRST]]
 */
#define _GNU_SOURCE
#include "remote.h"

enum { VERSIONS = 6, LONGEST = 3000, STEPS = 1200 };

static struct server server;
static struct remote remote;
static uint32_t dice_state;

/* 0 to sides - 1; the same in each run of a round. */
static unsigned int
dice(unsigned int sides) {
  dice_state ^= dice_state << 13;
  dice_state ^= dice_state >> 17;
  dice_state ^= dice_state << 5;
  return dice_state % sides;
}

/* What the server has at one time: another body, and another ETag, after each change. */
static uint8_t bodies[VERSIONS][LONGEST];
static size_t lengths[VERSIONS];
static unsigned int version;

static unsigned int mode, naughty; /* how often in a hundred times the server does what it should not */
static unsigned int responses, errors, nacks, released, whole;
static int cut_short; /* an M has been cleared that should be set: a body may look complete earlier */

/* Whether these bytes stand at this place of the body with this ETag; of any, if it has none. */
static int
is_of_body(long etag, const uint8_t *data, size_t length, size_t offset) {
  unsigned int v;

  for (v = 0; v < VERSIONS; v++) {
    if (etag >= 0 && etag != (long)v + 1)
      continue;
    if (offset <= lengths[v] && length <= lengths[v] - offset && memcmp(bodies[v] + offset, data, length) == 0)
      return 1;
  }
  return 0;
}

static coap_response_t
on_response(coap_context_t *context, coap_session_t *session, coap_pdu_t *sent, coap_pdu_t *received,
            const coap_mid_t mid) {
  coap_opt_iterator_t iterator;
  const coap_opt_t *option;
  const uint8_t *data;
  size_t length, offset, total;
  long etag = -1;

  (void)context, (void)session, (void)sent, (void)mid;
  responses++;
  EXPECT(received->token_length == 2 && memcmp(received->token, "tk", 2) == 0);
  if (received->code >> 5 != 2) {
    errors++;
    return COAP_RESPONSE_OK;
  }
  option = coap_check_option(received, COAP_OPTION_ETAG, &iterator);
  if (option)
    etag = coap_decode_var_bytes(coap_opt_value(option), coap_opt_length(option));
  if (coap_get_data_large(received, &length, &data, &offset, &total)) {
    coap_block_t block;

    EXPECT(offset <= total && length <= total - offset);
    if (coap_get_block(received, COAP_OPTION_BLOCK2, &block)) {
      /* Where its own option says, which is told; unless its length is wrong: then it comes as it is (K9). */
      size_t place = (size_t)block.num << (block.szx + 4);

      EXPECT(offset == place || (block.m && length != (size_t)16 << block.szx));
      offset = place;
    }
    EXPECT(is_of_body(etag, data, length, offset));
    if (received->body_data) {
      whole++;
      EXPECT(mode == 3 && offset == 0 && length == total);
      EXPECT(cut_short || etag < 0 || length == lengths[etag - 1]);
    }
  }
  return dice(10) ? COAP_RESPONSE_OK : COAP_RESPONSE_FAIL;
}

static void
on_nack(coap_context_t *context, coap_session_t *session, coap_pdu_t *sent, coap_nack_reason_t reason,
        const coap_mid_t mid) {
  (void)context, (void)session, (void)sent, (void)reason, (void)mid;
  nacks++;
}

static void
on_release(coap_session_t *session, void *count) {
  (void)session;
  ++*(unsigned int *)count;
}

static void
log_line(coap_log_t level, const char *message) {
  (void)message;
  EXPECT(level > LOG_EMERG); /* which tells of failures inside */
}

static struct datagram old_answer;

/* Sends an answer: on the acknowledgement, or separately; now and then twice, and now and then an old one behind. */
static void
send_answer(const struct reply *to, struct datagram *d) {
  static struct datagram empty;
  static unsigned int mid;

  mid = (mid + 1) & 0xffff;
  switch (dice(12)) {
  case 0:
    if (to->type == CON) {
      request(&empty, ACK, EMPTY, to->mid, "");
      tell(&remote, &empty);
    }
    /* fall through */
  case 1:
    d->bytes[0] = (uint8_t)((d->bytes[0] & 0xcf) | (dice(2) ? CON : NON) << 4);
    d->bytes[2] = (uint8_t)(mid >> 8);
    d->bytes[3] = (uint8_t)mid;
    break;
  default:
    if (to->type != CON)
      d->bytes[0] = (uint8_t)((d->bytes[0] & 0xcf) | NON << 4), d->bytes[2] = (uint8_t)(mid >> 8),
      d->bytes[3] = (uint8_t)mid;
  }
  tell(&remote, d);
  if (dice(12) == 0)
    tell(&remote, d);
  if (dice(12) == 0 && old_answer.length)
    tell(&remote, &old_answer);
  if (dice(4) == 0)
    old_answer = *d;
}

/* Begins the answer to a request. */
static void
begin_answer(struct datagram *d, const struct reply *to, unsigned int code) {
  request(d, ACK, code, to->mid, "");
  d->bytes[0] |= (uint8_t)to->token_length;
  append(d, to->token, to->token_length);
  if (dice(300) < naughty && to->token_length)
    d->bytes[4] ^= 0x80;
}

/* Answers a request for a block: mostly as it should be. What is said of the body is true but for what `naughty` says:
 * the bytes are always those of the place that the number names. */
static void
serve_block(const struct reply *to, int etags) {
  static struct datagram d;
  long asked = reply_option(to, COAP_OPTION_BLOCK2);
  unsigned long num = asked < 0 ? 0 : (unsigned long)asked >> 4, szx = asked < 0 ? 2 : (unsigned long)asked & 7;
  unsigned int what = dice(100) < naughty ? dice(12) : 99;
  size_t size, offset, length;
  int more;

  if (what == 0 && version < VERSIONS - 1 && etags)
    version++; /* it has changed meanwhile */
  if (what == 1)
    num += 1 + dice(3);
  if (what == 2 && num)
    num -= 1;
  if (what == 3 && szx > 0)
    num <<= 1, szx--; /* smaller blocks: allowed */
  if (what == 4)
    szx = dice(7);
  size = (size_t)16 << szx;
  offset = num * size;
  if (what == 5 || offset >= lengths[version]) {
    begin_answer(&d, to, dice(2) ? 0x84 : 0x80);
    send_answer(to, &d);
    return;
  }
  length = lengths[version] - offset > size ? size : lengths[version] - offset;
  more = offset + length < lengths[version];
  if (what == 6)
    length -= dice((unsigned int)length);
  if (what == 7)
    more = !more;
  cut_short |= !more && offset + length < lengths[version];
  begin_answer(&d, to, 0x45);
  if (etags && what != 8)
    option_uint(&d, COAP_OPTION_ETAG, version + 1);
  if (what == 9)
    option_uint(&d, COAP_OPTION_CONTENT_FORMAT, dice(3));
  block(&d, COAP_OPTION_BLOCK2, num, (unsigned int)more, (unsigned int)szx);
  option_uint(&d, COAP_OPTION_SIZE2, what == 10 ? dice(2) ? 0 : 0xffffffff : lengths[version]);
  if (length)
    payload(&d, bodies[version] + offset, length);
  send_answer(to, &d);
}

/* A fragment of an upload: it is what it should be, whatever went before. */
static void
look_at_fragment(const struct reply *r) {
  long asked = reply_option(r, COAP_OPTION_BLOCK1);
  size_t size, offset;

  if (asked < 0) {
    EXPECT(r->payload_length == lengths[0] || r->payload_length == 0);
    return;
  }
  size = (size_t)16 << (asked & 7);
  offset = ((size_t)asked >> 4) * size;
  EXPECT((asked & 7) < 7);
  EXPECT(offset < lengths[0] || (offset == 0 && lengths[0] == 0));
  if (offset >= lengths[0])
    return;
  EXPECT_EQ(r->payload_length, lengths[0] - offset > size ? size : lengths[0] - offset);
  EXPECT(memcmp(r->payload, bodies[0] + offset, r->payload_length) == 0);
  EXPECT_EQ(asked >> 3 & 1, offset + r->payload_length < lengths[0]);
  EXPECT_EQ(reply_option(r, COAP_OPTION_SIZE1), lengths[0]);
}

static void
take_fragment(const struct reply *to) {
  static struct datagram d;
  long asked = reply_option(to, COAP_OPTION_BLOCK1);
  unsigned long num = asked < 0 ? 0 : (unsigned long)asked >> 4, szx = asked < 0 ? 6 : (unsigned long)asked & 7;
  unsigned int what = dice(100) < naughty ? dice(9) : 99;

  look_at_fragment(to);
  begin_answer(&d, to, what == 0 ? 0x88 : what == 1 ? 0x8d : what == 2 || asked < 0 || !(asked & 8) ? 0x44 : 0x5f);
  if (what == 3)
    num += dice(3);
  if (what == 4 && num)
    num--;
  if (what == 5 && szx)
    szx -= 1 + dice((unsigned int)szx);
  if (what == 6)
    szx = dice(7);
  if (asked >= 0 && what != 2 && what != 7)
    block(&d, COAP_OPTION_BLOCK1, num, what == 8 ? 0 : (unsigned int)asked >> 3 & 1, (unsigned int)szx);
  send_answer(to, &d);
}

static void
begin(unsigned int number) {
  unsigned int v, i;

  dice_state = 2463534242u + number * 7919;
  mode = dice(4) ? 3 : 1;
  coap_context_set_block_mode(server.context, (uint8_t)mode);
  remote_open(&remote, &server);
  version = responses = errors = nacks = released = 0;
  cut_short = 0;
  old_answer.length = 0;
  for (v = 0; v < VERSIONS; v++) {
    lengths[v] = dice(LONGEST + 1);
    for (i = 0; i < LONGEST; i++)
      bodies[v][i] = (uint8_t)dice(256);
  }
}

/* Requests that the client may make at most for one question of the application: the blocks of each of four bodies
 * (X35: three restarts), each sent five times. */
static const unsigned int most = 4 * (LONGEST / 16 + 2) * 5;

/* What the client sends is answered until it has nothing more to say. */
static void
until_it_ends(int upload, int etags) {
  struct reply r;
  unsigned int step, heard_of = 0, quiet = 0;

  for (step = 0; step < STEPS && quiet < 100; step++) {
    if (!heard(&remote, &r)) {
      quiet++;
      later(&server, 1000);
      continue;
    }
    quiet = 0;
    if (r.code == EMPTY)
      continue;
    heard_of++;
    if (dice(100) < naughty / 4) /* lost */
      continue;
    if (dice(100) < naughty / 10) {
      answer(&remote, RST, EMPTY, r.mid, "");
      continue;
    }
    if (upload && reply_option(&r, COAP_OPTION_BLOCK2) < 0)
      take_fragment(&r);
    else
      serve_block(&r, etags);
  }
  EXPECT(quiet == 100);
  EXPECT(heard_of <= most);
}

static void
one(unsigned int number) {
  int upload, etags, failed = expect_failed;
  coap_pdu_t *pdu;

  begin(number);
  naughty = dice(4) ? dice(40) : 0;
  upload = (int)dice(2);
  etags = (int)dice(4);
  pdu = coap_pdu_init(dice(3) ? CON : NON, upload ? PUT : GET, coap_new_message_id(remote.session), 1152);
  coap_add_token(pdu, 2, (const uint8_t *)"tk");
  if (upload)
    coap_add_data_large_request(remote.session, pdu, lengths[0], bodies[0], on_release, &released);
  coap_send_large(remote.session, pdu);
  until_it_ends(upload, etags);
  if (naughty == 0) { /* but for what the network does */
    EXPECT(responses > 0);
    EXPECT_EQ(nacks + errors, lengths[0] == 0 && !upload);
  }
  EXPECT(coap_can_exit(server.context) || released <= 1);
  remote_close(&remote);
  EXPECT_EQ(released, upload);
  EXPECT(server.context->sessions == NULL);
  if (failed != expect_failed)
    printf("in round %u: mode %u, %s, naughty %u, etags %d, %u responses, %u nacks\n", number, mode,
           upload ? "upload" : "download", naughty, etags, responses, nacks);
}

int
main(int argc, char **argv) {
  unsigned int rounds = argc > 1 ? (unsigned int)atoi(argv[1]) : 150, first = argc > 2 ? (unsigned int)atoi(argv[2]) : 0;
  unsigned int number;

  server_start(&server);
  coap_set_log_handler(log_line);
  coap_set_log_level(LOG_EMERG);
  coap_register_response_handler(server.context, on_response);
  coap_register_nack_handler(server.context, on_nack);
  for (number = first; number < first + rounds; number++)
    one(number);
  printf("%u whole bodies\n", whole);
  EXPECT(whole > 0);
  EXPECT_ALIVE(&server);
  server_stop(&server);
  return expect_done();
}
