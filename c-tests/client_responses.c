/* Answers of every kind to our client, in every order, and what misbehaving peers make of them: late, repeated, too
 * early, for somebody else, rejected, malformed (RFC 7252 sections 4.2, 4.3, 5.2 and 5.3.2; docs/spec/exchange.md
 * section 5.3, E4, E7, E8, E9; S13; X4, X5, X11, X12, X13). */
#define _GNU_SOURCE
#include "remote.h"

static struct server server;
static struct reply r;
static struct datagram d;
static int responses, nacks, last_reason;
static coap_response_t verdict = COAP_RESPONSE_OK;
static coap_mid_t last_mid;
static unsigned int last_code;
static int last_had_request;
static char last_token[9];

static coap_response_t
on_response(coap_context_t *context, coap_session_t *session, coap_pdu_t *sent, coap_pdu_t *received,
            const coap_mid_t mid) {
  (void)context, (void)session;
  responses++;
  last_mid = mid;
  last_code = received->code;
  last_had_request = sent != NULL;
  if (sent)
    EXPECT(sent->token_length == received->token_length && sent->code == GET && sent->mid == mid);
  memcpy(last_token, received->token, received->token_length);
  last_token[received->token_length] = '\0';
  return verdict;
}

static void
on_nack(coap_context_t *context, coap_session_t *session, coap_pdu_t *sent, coap_nack_reason_t reason,
        const coap_mid_t mid) {
  (void)context, (void)session;
  EXPECT(sent->mid == mid);
  nacks++;
  last_reason = (int)reason;
}

static void
begin(struct remote *remote) {
  verdict = COAP_RESPONSE_OK;
  responses = nacks = 0;
  remote_open(remote, &server);
}

/* Nothing is left: no message in flight, and nothing is sent any more. */
static void
end(struct remote *remote) {
  EXPECT_EQ(coap_can_exit(server.context), 1);
  EXPECT_EQ(remote->session->con_active, 0);
  EXPECT_EQ(remote->session->ref, 1);
  later(&server, 200000);
  EXPECT_NOTHING_HEARD(remote);
  remote_close(remote);
}

/* The answer on the acknowledgement; copies of it, then or after the next exchange, are nothing any more. */
static void
piggybacked(void) {
  struct remote remote;
  coap_mid_t first, second;

  begin(&remote);
  first = ask(remote.session, CON, "one");
  second = ask(remote.session, CON, "two");
  EXPECT_HEARD(&remote, &r, CON, first);
  EXPECT_NOTHING_HEARD(&remote);
  answer(&remote, ACK, 0x45, first, "one");
  EXPECT_EQ(responses, 1);
  EXPECT_EQ(last_mid, first);
  EXPECT_EQ(last_had_request, 1);
  EXPECT_HEARD(&remote, &r, CON, second);
  answer(&remote, ACK, 0x45, first, "one");
  answer(&remote, ACK, 0x84, first, "one");
  answer(&remote, ACK, EMPTY, first, "");
  EXPECT_EQ(responses, 1);
  EXPECT_EQ(remote.session->con_active, 1);
  answer(&remote, ACK, 0x84, second, "two");
  EXPECT_EQ(responses, 2);
  EXPECT_EQ(last_code, 0x84);
  answer(&remote, ACK, 0x45, first, "one");
  /* X12: that question has had its answer. */
  answer(&remote, CON, 0x45, 0x1f01, "one");
  EXPECT_HEARD(&remote, &r, RST, 0x1f01);
  answer(&remote, NON, 0x45, 0x1f02, "one");
  EXPECT_NOTHING_HEARD(&remote);
  EXPECT_EQ(responses, 2);
  EXPECT_EQ(nacks, 0);
  end(&remote);
}

/* Acknowledged first, answered later; the acknowledgement of ours is lost twice, so that the answer comes three times. */
static void
separate(unsigned int type) {
  struct remote remote;
  coap_mid_t mid, next;
  int i;

  begin(&remote);
  mid = ask(remote.session, CON, "sep");
  next = ask(remote.session, CON, "next");
  EXPECT_HEARD(&remote, &r, CON, mid);
  answer(&remote, ACK, EMPTY, mid, "");
  EXPECT_EQ(responses, 0);
  EXPECT_HEARD(&remote, &r, CON, next); /* acknowledged is concluded, as far as NSTART goes */
  answer(&remote, ACK, EMPTY, next, "");
  for (i = 0; i < 3; i++) {
    answer(&remote, type, 0x45, 0x2001, "sep");
    if (type == CON)
      EXPECT_HEARD(&remote, &r, ACK, 0x2001);
    EXPECT_NOTHING_HEARD(&remote);
    EXPECT_EQ(responses, 1);
    EXPECT_EQ(last_mid, 0x2001);
    EXPECT_EQ(last_had_request, 0);
    later(&server, 2000);
  }
  answer(&remote, type, 0x45, 0x2002, "next");
  if (type == CON)
    EXPECT_HEARD(&remote, &r, ACK, 0x2002);
  EXPECT_EQ(responses, 2);
  /* The first one once more, behind another: still known. */
  answer(&remote, type, 0x45, 0x2001, "sep");
  if (type == CON)
    EXPECT_HEARD(&remote, &r, ACK, 0x2001);
  EXPECT_EQ(responses, 2);
  end(&remote);
}

/* S13: the answer overtakes its acknowledgement, or that is lost: the request is not sent again, the next one goes out,
 * and the acknowledgement changes nothing when it comes at last. */
static void
before_its_acknowledgement(unsigned int type) {
  struct remote remote;
  coap_mid_t mid, next;

  begin(&remote);
  mid = ask(remote.session, CON, "early");
  next = ask(remote.session, CON, "next");
  EXPECT_HEARD(&remote, &r, CON, mid);
  answer(&remote, type, 0x45, 0x2101, "early");
  EXPECT_EQ(responses, 1);
  EXPECT_EQ(last_had_request, 0);
  EXPECT_EQ(remote.session->con_active, 1);
  EXPECT_HEARD(&remote, &r, CON, next);
  if (type == CON)
    EXPECT_HEARD(&remote, &r, ACK, 0x2101);
  answer(&remote, ACK, EMPTY, mid, "");
  answer(&remote, ACK, 0x45, mid, "early");
  answer(&remote, RST, EMPTY, mid, "");
  EXPECT_EQ(responses, 1);
  EXPECT_EQ(nacks, 0);
  EXPECT_EQ(remote.session->con_active, 1);
  EXPECT_NOTHING_HEARD(&remote);
  answer(&remote, ACK, 0x45, next, "next");
  EXPECT_EQ(responses, 2);
  end(&remote);
}

/* Three questions, answered in another order, each by the right answer. */
static void
out_of_order(void) {
  static const char *const order[] = {"c", "a", "b"};
  struct remote remote;
  unsigned int i;

  begin(&remote);
  for (i = 0; i < 3; i++) {
    ask(remote.session, NON, (const char[]){(char)('a' + i), 0});
    EXPECT(heard(&remote, &r) && r.type == NON);
  }
  for (i = 0; i < 3; i++) {
    answer(&remote, i == 1 ? CON : NON, 0x45, 0x2200 + (int)i, order[i]);
    EXPECT_EQ(responses, i + 1);
    EXPECT(strcmp(last_token, order[i]) == 0);
    if (i == 1)
      EXPECT_HEARD(&remote, &r, ACK, 0x2201);
  }
  end(&remote);
}

/* X12: the right id with a wrong token, and the right token with a wrong id, are not the answer. */
static void
mixed_up(void) {
  struct remote remote;
  coap_mid_t mid, wrong;

  begin(&remote);
  mid = ask(remote.session, CON, "mine");
  wrong = (mid + 1) & 0xffff;
  EXPECT_HEARD(&remote, &r, CON, mid);
  answer(&remote, ACK, 0x45, wrong, "mine");
  EXPECT_EQ(responses, 0);
  EXPECT_EQ(remote.session->con_active, 1);
  later(&server, 3000);
  EXPECT_HEARD(&remote, &r, CON, mid); /* still asking */
  answer(&remote, ACK, 0x45, mid, "min");
  answer(&remote, ACK, 0x45, mid, "mine!");
  EXPECT_EQ(responses, 0);
  EXPECT_NOTHING_HEARD(&remote);
  EXPECT_EQ(remote.session->con_active, 0); /* it has come, says the acknowledgement */
  answer(&remote, CON, 0x45, 0x2301, "mime");
  EXPECT_HEARD(&remote, &r, RST, 0x2301);
  answer(&remote, NON, 0x45, 0x2302, "");
  EXPECT_NOTHING_HEARD(&remote);
  EXPECT_EQ(responses, 0);
  answer(&remote, NON, 0x45, 0x2303, "mine");
  EXPECT_EQ(responses, 1);
  EXPECT_EQ(nacks, 0);
  end(&remote);
}

/* E8: the peer's message ids are its own. A NON, a CON with the id of our request in flight has nothing to do with it. */
static void
ids_are_independent(void) {
  struct remote remote;
  coap_mid_t mid, other;

  begin(&remote);
  other = ask(remote.session, NON, "other");
  EXPECT_HEARD(&remote, &r, NON, other);
  mid = ask(remote.session, CON, "mine");
  EXPECT_HEARD(&remote, &r, CON, mid);
  answer(&remote, NON, 0x45, mid, "other");
  EXPECT_EQ(responses, 1);
  EXPECT_EQ(last_had_request, 0);
  EXPECT_EQ(remote.session->con_active, 1);
  later(&server, 3000);
  EXPECT_HEARD(&remote, &r, CON, mid);
  answer(&remote, CON, 0x45, (mid + 7) & 0xffff, "mine");
  EXPECT_HEARD(&remote, &r, ACK, (mid + 7) & 0xffff);
  EXPECT_EQ(responses, 2);
  end(&remote);
}

/* An RST at each moment. Only while the request is in flight does it mean anything (X13). */
static void
rejected(void) {
  struct remote remote;
  coap_mid_t mid, next;

  /* At once, and behind a retransmission; then once more. */
  begin(&remote);
  mid = ask(remote.session, CON, "r");
  next = ask(remote.session, CON, "n");
  EXPECT_HEARD(&remote, &r, CON, mid);
  later(&server, 3000);
  EXPECT_HEARD(&remote, &r, CON, mid);
  answer(&remote, RST, EMPTY, mid, "");
  EXPECT_EQ(nacks, 1);
  EXPECT_EQ(last_reason, COAP_NACK_RST);
  EXPECT_HEARD(&remote, &r, CON, next);
  answer(&remote, RST, EMPTY, mid, "");
  EXPECT_EQ(nacks, 1);
  EXPECT_EQ(remote.session->con_active, 1);
  /* X12: what was rejected has no answer any more. */
  answer(&remote, CON, 0x45, 0x2401, "r");
  EXPECT_HEARD(&remote, &r, RST, 0x2401);
  EXPECT_EQ(responses, 0);
  /* Behind the acknowledgement: the answer may still come. */
  answer(&remote, ACK, EMPTY, next, "");
  answer(&remote, RST, EMPTY, next, "");
  EXPECT_EQ(nacks, 1);
  answer(&remote, NON, 0x45, 0x2402, "n");
  EXPECT_EQ(responses, 1);
  /* Behind the answer. */
  answer(&remote, RST, EMPTY, next, "");
  answer(&remote, ACK, EMPTY, next, "");
  EXPECT_EQ(nacks, 1);
  end(&remote);

  /* Of a NON nobody keeps account. */
  begin(&remote);
  mid = ask(remote.session, NON, "r");
  EXPECT_HEARD(&remote, &r, NON, mid);
  answer(&remote, RST, EMPTY, mid, "");
  EXPECT_EQ(nacks, 0);
  end(&remote);
}

/* A response that the handler refuses gets an RST, and so does its duplicate; one on an ACK gets nothing (E4). */
static void
refused(void) {
  struct remote remote;
  coap_mid_t mid;

  begin(&remote);
  verdict = COAP_RESPONSE_FAIL;
  mid = ask(remote.session, CON, "a");
  EXPECT_HEARD(&remote, &r, CON, mid);
  answer(&remote, ACK, 0x45, mid, "a");
  EXPECT_EQ(responses, 1);
  EXPECT_NOTHING_HEARD(&remote);
  ask(remote.session, NON, "b");
  EXPECT(heard(&remote, &r));
  answer(&remote, CON, 0x45, 0x2501, "b");
  EXPECT_HEARD(&remote, &r, RST, 0x2501);
  answer(&remote, CON, 0x45, 0x2501, "b");
  EXPECT_HEARD(&remote, &r, RST, 0x2501);
  EXPECT_EQ(responses, 2);
  ask(remote.session, NON, "c");
  EXPECT(heard(&remote, &r));
  answer(&remote, NON, 0x45, 0x2502, "c");
  EXPECT_HEARD(&remote, &r, RST, 0x2502);
  answer(&remote, NON, 0x45, 0x2502, "c");
  EXPECT_HEARD(&remote, &r, RST, 0x2502);
  EXPECT_EQ(responses, 3);
  end(&remote);
}

/* A critical option that we do not know (RFC 7252 section 5.4.1): CON and NON are rejected, on an ACK it is silence. */
static void
unknown_critical_option(void) {
  struct remote remote;
  coap_mid_t mid;

  begin(&remote);
  mid = ask(remote.session, CON, "a");
  EXPECT_HEARD(&remote, &r, CON, mid);
  request(&d, ACK, 0x45, (unsigned int)mid, "a");
  option(&d, 65001, "", 0);
  tell(&remote, &d);
  EXPECT_NOTHING_HEARD(&remote);
  EXPECT_EQ(remote.session->con_active, 0);
  mid = ask(remote.session, CON, "b");
  EXPECT_HEARD(&remote, &r, CON, mid);
  request(&d, CON, 0x45, 0x2601, "b");
  option(&d, 65001, "", 0);
  tell(&remote, &d);
  EXPECT_HEARD(&remote, &r, RST, 0x2601);
  request(&d, NON, 0x45, 0x2602, "b");
  option(&d, 65001, "", 0);
  tell(&remote, &d);
  EXPECT_HEARD(&remote, &r, RST, 0x2602);
  EXPECT_EQ(responses, 0);
  EXPECT_EQ(nacks, 0);
  /* The request is as it was. */
  EXPECT_EQ(remote.session->con_active, 1);
  answer(&remote, ACK, 0x45, mid, "b");
  EXPECT_EQ(responses, 1);
  end(&remote);
}

/* E7, E9, X4, X5: codes that are no response, and what comes from nowhere. */
static void
nonsense(void) {
  static const uint8_t codes[] = {0x01, 0x1f, 0x20, 0x3f, 0xc0, 0xdf, 0xe1, 0xe2, 0xe4, 0xe5, 0xff};
  struct remote remote;
  coap_mid_t mid;
  unsigned int i, mtu;

  begin(&remote);
  mtu = (unsigned int)remote.session->mtu;
  for (i = 0; i < sizeof(codes); i++) {
    mid = ask(remote.session, CON, "x");
    EXPECT_HEARD(&remote, &r, CON, mid);
    if (codes[i] > 31) { /* else it is a request, and we are a server as well */
      answer(&remote, CON, codes[i], 0x2701 + (int)i, "x");
      EXPECT_HEARD(&remote, &r, RST, 0x2701 + (int)i);
      answer(&remote, NON, codes[i], 0x2731 + (int)i, "x");
    }
    answer(&remote, RST, codes[i], mid + 1, "x");
    EXPECT_NOTHING_HEARD(&remote);
    EXPECT_EQ(remote.session->con_active, 1);
    /* On an acknowledgement it acknowledges, and that is all. */
    answer(&remote, ACK, codes[i], mid, "x");
    EXPECT_EQ(remote.session->con_active, 0);
    EXPECT_NOTHING_HEARD(&remote);
    EXPECT_EQ(responses, 0);
  }
  EXPECT_EQ(nacks, 0);
  EXPECT_EQ(remote.session->mtu, mtu);
  EXPECT_EQ(remote.session->csm_block_supported, 0);
  EXPECT_EQ(remote.session->state, COAP_SESSION_STATE_ESTABLISHED);
  end(&remote);
}

/* Broken messages, cut at each byte and with each byte changed, while a request is in flight: the one right answer is
 * still taken, once. */
static void
broken(void) {
  struct remote remote;
  static struct datagram good;
  coap_mid_t mid;
  size_t cut;
  unsigned int i;

  begin(&remote);
  mid = ask(remote.session, CON, "token");
  EXPECT_HEARD(&remote, &r, CON, mid);
  request(&good, CON, 0x45, 0x2801, "tokeN"); /* not ours */
  option(&good, COAP_OPTION_ETAG, "12345678", 8);
  option_uint(&good, COAP_OPTION_CONTENT_FORMAT, 60);
  option(&good, 300, "some twenty bytes of option", 27);
  payload(&good, "payload", 7);
  for (cut = 0; cut < good.length; cut++) {
    d = good;
    d.length = cut;
    tell(&remote, &d);
  }
  for (cut = 0; cut < good.length; cut++) {
    for (i = 0; i < 8; i++) {
      d = good;
      d.bytes[cut] ^= (uint8_t)(1u << i);
      if (memcmp(d.bytes + 4, "token", 5) == 0)
        continue;
      tell(&remote, &d);
    }
  }
  while (heard(&remote, &r))
    EXPECT(r.type == RST || r.type == ACK);
  EXPECT_EQ(responses, 0);
  EXPECT_EQ(remote.session->con_active, 1);
  answer(&remote, ACK, 0x45, mid, "token");
  EXPECT_EQ(responses, 1);
  EXPECT_EQ(nacks, 0);
  end(&remote);
}

/* X12: the answer comes from another port: not from the peer. A datagram socket that is connected does not hear it. */
static void
from_somebody_else(void) {
  struct remote remote;
  struct datagram forged;
  coap_mid_t mid;
  uint16_t port;
  int fd = silent_socket(&port);

  begin(&remote);
  mid = ask(remote.session, CON, "x");
  EXPECT_HEARD(&remote, &r, CON, mid);
  request(&forged, ACK, 0x45, (unsigned int)mid, "x");
  EXPECT(sendto(fd, forged.bytes, forged.length, 0, (struct sockaddr *)&remote.client, sizeof(remote.client)) > 0);
  server_turn(&server);
  EXPECT_EQ(responses, 0);
  EXPECT_EQ(remote.session->con_active, 1);
  answer(&remote, ACK, 0x45, mid, "x");
  EXPECT_EQ(responses, 1);
  end(&remote);
  close(fd);
}

/* The same token twice in flight, the one behind the other: each is answered once. */
static void
token_used_again(void) {
  struct remote remote;
  coap_mid_t mids[2];

  begin(&remote);
  mids[0] = ask(remote.session, CON, "same");
  EXPECT_HEARD(&remote, &r, CON, mids[0]);
  answer(&remote, ACK, 0x45, mids[0], "same");
  mids[1] = ask(remote.session, CON, "same");
  EXPECT_HEARD(&remote, &r, CON, mids[1]);
  answer(&remote, ACK, 0x45, mids[0], "same"); /* the old acknowledgement once more: another id */
  EXPECT_EQ(responses, 1);
  EXPECT_EQ(remote.session->con_active, 1);
  answer(&remote, ACK, 0x45, mids[1], "same");
  EXPECT_EQ(responses, 2);
  end(&remote);
}

/* X11: an id that has been forgotten, a lifetime later, stands for a new response. */
static void
id_used_again(void) {
  struct remote remote;
  int i;

  begin(&remote);
  for (i = 0; i < 2; i++) {
    ask(remote.session, NON, "a");
    EXPECT(heard(&remote, &r));
    answer(&remote, CON, 0x45, 0x2901, "a");
    EXPECT_HEARD(&remote, &r, ACK, 0x2901);
    EXPECT_EQ(responses, i + 1);
    later(&server, 246000);
    answer(&remote, CON, 0x45, 0x2901, "a");
    EXPECT_HEARD(&remote, &r, ACK, 0x2901);
    EXPECT_EQ(responses, i + 1);
    later(&server, 2000);
  }
  end(&remote);
}

int
main(void) {
  server_start(&server);
  coap_set_log_level(LOG_EMERG);
  coap_register_response_handler(server.context, on_response);
  coap_register_nack_handler(server.context, on_nack);
  piggybacked();
  separate(CON);
  separate(NON);
  before_its_acknowledgement(CON);
  before_its_acknowledgement(NON);
  out_of_order();
  mixed_up();
  ids_are_independent();
  rejected();
  refused();
  unknown_critical_option();
  nonsense();
  broken();
  from_somebody_else();
  token_used_again();
  id_used_again();
  EXPECT_ALIVE(&server);
  server_stop(&server);
  return expect_done();
}
