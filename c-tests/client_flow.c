/* What waits for what in our client, and how it ends: NSTART and the delay queue, cancelling, coap_can_exit(), sessions
 * that are released meanwhile, pings, unreachable ports, groups, tokens and message ids (docs/spec/exchange.md sections 2, 4;
 * docs/spec/session.md sections 5 to 7, 12; S13, S25, E2, X14, X17). */
#define _GNU_SOURCE
#include "remote.h"

static struct server server;
static struct reply r;
static struct datagram d;
static int responses, nacks;
static int reasons[200];
static coap_mid_t nacked[200];
static coap_session_t *ask_again; /* the nack handler asks it a new question */

static coap_response_t
on_response(coap_context_t *context, coap_session_t *session, coap_pdu_t *sent, coap_pdu_t *received,
            const coap_mid_t mid) {
  (void)context, (void)session, (void)sent, (void)received, (void)mid;
  responses++;
  return COAP_RESPONSE_OK;
}

static void
on_nack(coap_context_t *context, coap_session_t *session, coap_pdu_t *sent, coap_nack_reason_t reason,
        const coap_mid_t mid) {
  (void)context;
  EXPECT(sent != NULL && sent->type == CON && sent->mid == mid);
  if (nacks < 200) {
    reasons[nacks] = (int)reason;
    nacked[nacks] = mid;
  }
  nacks++;
  if (session == ask_again) {
    ask_again = NULL;
    EXPECT(ask(session, CON, "again") >= 0);
  }
}

static void
begin(struct remote *remote) {
  responses = nacks = 0;
  remote_open(remote, &server);
}

static unsigned int
delayed(const coap_session_t *session) {
  const coap_queue_t *node;
  unsigned int count = 0;

  for (node = session->delayqueue; node; node = node->next)
    count++;
  return count;
}

/* Confirmable messages go one after the other, in the order in which they were sent; all others overtake them. */
static void
order(void) {
  struct remote remote;
  coap_mid_t mids[10], non;
  int i, j;

  begin(&remote);
  for (i = 0; i < 10; i++)
    mids[i] = ask(remote.session, CON, (const char[]){(char)('0' + i), 0});
  EXPECT_HEARD(&remote, &r, CON, mids[0]);
  EXPECT_EQ(delayed(remote.session), 9);
  for (i = 0; i < 10; i++) {
    EXPECT_NOTHING_HEARD(&remote);
    EXPECT_EQ(remote.session->con_active, 1);
    EXPECT_EQ(coap_can_exit(server.context), 0);
    for (j = 0; j < 3; j++) {
      non = ask(remote.session, NON, "non");
      EXPECT_HEARD(&remote, &r, NON, non);
    }
    /* Each way in which an exchange can be over lets the next one begin. */
    switch (i % 4) {
    case 0:
      answer(&remote, ACK, 0x45, mids[i], (const char[]){(char)('0' + i), 0});
      break;
    case 1:
      answer(&remote, RST, EMPTY, mids[i], "");
      break;
    case 2:
      answer(&remote, ACK, EMPTY, mids[i], "");
      break;
    default:
      answer(&remote, NON, 0x45, 0x3000 + i, (const char[]){(char)('0' + i), 0});
    }
    if (i < 9)
      EXPECT_HEARD(&remote, &r, CON, mids[i + 1]);
  }
  EXPECT_EQ(responses, 3 + 2);
  EXPECT_EQ(nacks, 3);
  EXPECT_EQ(coap_can_exit(server.context), 1);
  remote_close(&remote);
}

/* What is delayed goes out when the one before it is given up, and has all its own tries. */
static void
given_up_in_turn(void) {
  struct remote remote;
  coap_mid_t mids[3];
  int i, j, sent[3] = {0, 0, 0};

  begin(&remote);
  for (i = 0; i < 3; i++)
    mids[i] = ask(remote.session, CON, "x");
  for (i = 0; i < 3000 && !coap_can_exit(server.context); i++) {
    EXPECT(remote.session->con_active <= 1);
    while (heard(&remote, &r)) {
      for (j = 0; j < 3; j++)
        sent[j] += r.mid == (unsigned int)mids[j];
      EXPECT_EQ(nacks, r.mid == (unsigned int)mids[0] ? 0 : r.mid == (unsigned int)mids[1] ? 1 : 2);
    }
    later(&server, 200);
  }
  EXPECT_EQ(nacks, 3);
  for (i = 0; i < 3; i++) {
    EXPECT_EQ(sent[i], 5);
    EXPECT_EQ(nacked[i], mids[i]);
    EXPECT_EQ(reasons[i], COAP_NACK_TOO_MANY_RETRIES);
  }
  EXPECT_EQ(remote.session->con_active, 0);
  remote_close(&remote);
}

/* Cancelling by token tells nobody; cancelling a session's messages tells of each; both let the next one go (S13), and
 * leave the times of other sessions alone (E2). What waits in the delay queue is not theirs. */
static void
cancelled(void) {
  struct remote remote, other;
  coap_mid_t mids[3], neighbour;

  begin(&remote);
  remote_open(&other, &server);
  neighbour = ask(other.session, CON, "n");
  EXPECT_HEARD(&other, &r, CON, neighbour);
  mids[0] = ask(remote.session, CON, "a");
  mids[1] = ask(remote.session, CON, "b");
  mids[2] = ask(remote.session, CON, "c");
  EXPECT_HEARD(&remote, &r, CON, mids[0]);
  coap_cancel_all_messages(server.context, remote.session, (const uint8_t *)"", 0);
  coap_cancel_all_messages(server.context, remote.session, (const uint8_t *)"ab", 2);
  coap_cancel_all_messages(server.context, remote.session, (const uint8_t *)"n", 1);
  EXPECT_NOTHING_HEARD(&remote);
  EXPECT_EQ(remote.session->con_active, 1);
  coap_cancel_all_messages(server.context, remote.session, (const uint8_t *)"a", 1);
  EXPECT_EQ(nacks, 0);
  EXPECT_HEARD(&remote, &r, CON, mids[1]);
  answer(&remote, ACK, EMPTY, mids[0], ""); /* late */
  EXPECT_EQ(remote.session->con_active, 1);
  coap_cancel_session_messages(server.context, remote.session, COAP_NACK_NOT_DELIVERABLE);
  EXPECT_EQ(nacks, 1);
  EXPECT_EQ(nacked[0], mids[1]);
  EXPECT_EQ(reasons[0], COAP_NACK_NOT_DELIVERABLE);
  EXPECT_HEARD(&remote, &r, CON, mids[2]);
  /* X12: what failed has no answer any more. */
  answer(&remote, NON, 0x45, 0x3101, "b");
  EXPECT_EQ(responses, 0);
  answer(&remote, ACK, 0x45, mids[2], "c");
  EXPECT_EQ(responses, 1);
  EXPECT_EQ(remote.session->con_active, 0);
  later(&server, 1999);
  EXPECT_NOTHING_HEARD(&other);
  later(&server, 1001);
  EXPECT_HEARD(&other, &r, CON, neighbour);
  answer(&other, ACK, EMPTY, neighbour, "");
  EXPECT_EQ(coap_can_exit(server.context), 1);
  remote_close(&other);
  remote_close(&remote);
}

/* coap_can_exit() at each moment of a client's life. */
static void
can_exit(void) {
  struct remote remote;
  coap_mid_t mids[2];

  EXPECT_EQ(coap_can_exit(NULL), 1);
  EXPECT_EQ(coap_can_exit(server.context), 1);
  begin(&remote);
  EXPECT_EQ(coap_can_exit(server.context), 1);
  ask(remote.session, NON, "n");
  EXPECT_EQ(coap_can_exit(server.context), 1);  /* an answer may come, but need not */
  mids[0] = ask(remote.session, CON, "a");
  EXPECT_EQ(coap_can_exit(server.context), 0);
  mids[1] = ask(remote.session, CON, "b");
  answer(&remote, ACK, EMPTY, mids[0], "");
  EXPECT_EQ(coap_can_exit(server.context), 0);
  answer(&remote, ACK, 0x45, mids[1], "b");
  EXPECT_EQ(coap_can_exit(server.context), 1);  /* the separate answer may come, but need not */
  answer(&remote, CON, 0x45, 0x3201, "a");
  EXPECT_EQ(coap_can_exit(server.context), 1);
  EXPECT_EQ(responses, 2);
  mids[0] = coap_session_send_ping(remote.session);
  EXPECT_EQ(coap_can_exit(server.context), 0);
  answer(&remote, RST, EMPTY, mids[0], "");
  EXPECT_EQ(coap_can_exit(server.context), 1);
  remote_close(&remote);
  EXPECT_EQ(coap_can_exit(server.context), 1);
}

/* A session that is released while a message of its is on the wire lives until that is over, and hears the answer. */
static void
released_in_flight(int how) {
  struct remote remote;
  coap_mid_t mid;

  begin(&remote);
  mid = ask(remote.session, CON, "r");
  EXPECT_HEARD(&remote, &r, CON, mid);
  coap_session_release(remote.session);
  EXPECT(server.context->sessions == remote.session);
  EXPECT_EQ(remote.session->ref, 1);
  later(&server, 3000);
  EXPECT_HEARD(&remote, &r, CON, mid);
  switch (how) {
  case 0:
    answer(&remote, ACK, 0x45, mid, "r");
    break;
  case 1:
    answer(&remote, RST, EMPTY, mid, "");
    break;
  case 2:
    answer(&remote, NON, 0x45, 0x3301, "r");
    break;
  case 3:
    answer(&remote, ACK, EMPTY, mid, "");
    break;
  case 4:
    coap_cancel_all_messages(server.context, remote.session, (const uint8_t *)"r", 1);
    break;
  default:
    while (server.context->sessions)
      later(&server, 60000);
  }
  EXPECT(server.context->sessions == NULL);
  EXPECT_EQ(responses, how == 0 || how == 2);
  EXPECT_EQ(nacks, how == 1 || how == 5);
  remote.session = NULL;
  remote_close(&remote);
}

/* One that is released with messages that wait behind it, too: they go out in turn, as long as it lives. */
static void
released_with_a_queue(void) {
  struct remote remote;
  coap_mid_t mids[3];
  int i;

  begin(&remote);
  for (i = 0; i < 3; i++)
    mids[i] = ask(remote.session, CON, (const char[]){(char)('0' + i), 0});
  coap_session_release(remote.session);
  for (i = 0; i < 3; i++) {
    EXPECT(server.context->sessions == remote.session);
    EXPECT_HEARD(&remote, &r, CON, mids[i]);
    answer(&remote, RST, EMPTY, mids[i], "");
    EXPECT_EQ(nacks, i + 1);
  }
  EXPECT(server.context->sessions == NULL);
  remote.session = NULL;
  remote_close(&remote);
}

/* Only delayed messages: they end with the session, and the nack handler hears of them. */
static void
released_with_delayed(void) {
  struct remote remote;
  coap_pdu_t *pdu;
  int i;

  begin(&remote);
  for (i = 0; i < 2; i++) {
    pdu = coap_pdu_init(i ? NON : CON, GET, coap_new_message_id(remote.session), 64);
    EXPECT_EQ(coap_session_delay_pdu(remote.session, pdu, NULL), COAP_PDU_DELAYED);
  }
  EXPECT_EQ(coap_can_exit(server.context), 0);
  coap_session_release(remote.session);
  EXPECT(server.context->sessions == NULL);
  EXPECT_EQ(nacks, 1);
  EXPECT_EQ(reasons[0], COAP_NACK_NOT_DELIVERABLE);
  EXPECT_EQ(coap_can_exit(server.context), 1);
  remote.session = NULL;
  remote_close(&remote);
}

/* S25: the port is not reachable. Each message that is queued or delayed is reported once; they go on being sent, and
 * nothing is held back any more. The peer comes back, and answers. */
static void
unreachable(void) {
  struct remote remote;
  coap_mid_t mids[3], new;
  int i, j, count[3] = {0, 0, 0};

  begin(&remote);
  EXPECT(ask(remote.session, NON, "gone") >= 0);
  EXPECT(heard(&remote, &r));
  close(remote.fd);
  for (i = 0; i < 3; i++)
    mids[i] = ask(remote.session, CON, (const char[]){(char)('0' + i), 0});
  server_turn(&server);
  EXPECT_EQ(nacks, 3);
  for (i = 0; i < 3; i++) {
    EXPECT_EQ(reasons[i], COAP_NACK_ICMP_ISSUE);
    for (j = 0; j < 3; j++)
      count[j] += nacked[i] == mids[j];
  }
  EXPECT(count[0] == 1 && count[1] == 1 && count[2] == 1);
  EXPECT_EQ(remote.session->state, COAP_SESSION_STATE_ESTABLISHED);
  EXPECT_EQ(remote.session->con_active, 0);
  EXPECT(remote.session->delayqueue == NULL);
  EXPECT_EQ(coap_can_exit(server.context), 0);

  remote.fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  coap_address_t address;
  loopback_address(&address, remote.port);
  if (bind(remote.fd, &address.addr.sa, address.size) == 0) { /* the port may have found another user */
    new = ask(remote.session, CON, "new");
    EXPECT_HEARD(&remote, &r, CON, new);
    answer(&remote, ACK, 0x45, new, "new");
    EXPECT_EQ(responses, 1);
    memset(count, 0, sizeof(count));
    for (i = 0; i < 1000 && !coap_can_exit(server.context); i++) {
      while (heard(&remote, &r)) {
        for (j = 0; j < 3; j++) {
          if (r.mid != (unsigned int)mids[j])
            continue;
          count[j]++;
          answer(&remote, ACK, 0x45, mids[j], (const char[]){(char)('0' + j), 0});
        }
      }
      later(&server, 200);
    }
    EXPECT(count[0] == 1 && count[1] == 1 && count[2] == 1);
    EXPECT_EQ(responses, 4);
    EXPECT_EQ(nacks, 3);
  }
  coap_cancel_session_messages(server.context, remote.session, COAP_NACK_NOT_DELIVERABLE);
  EXPECT_EQ(coap_can_exit(server.context), 1);
  remote_close(&remote);
}

/* The nack handler asks again each time; the library is done in between, so this neither recurses nor starves. */
static void
asks_again(void) {
  struct remote remote;
  coap_mid_t mid;
  int i;

  begin(&remote);
  mid = ask(remote.session, CON, "first");
  for (i = 0; i < 20; i++) {
    EXPECT_HEARD(&remote, &r, CON, mid);
    EXPECT_NOTHING_HEARD(&remote);
    ask_again = remote.session;
    answer(&remote, RST, EMPTY, mid, "");
    EXPECT_EQ(nacks, i + 1);
    mid = (mid + 1) & 0xffff;
  }
  EXPECT_HEARD(&remote, &r, CON, mid);
  answer(&remote, ACK, 0x45, mid, "again");
  EXPECT_EQ(responses, 1);
  remote_close(&remote);
}

/* X17: of 300 questions to a peer that says nothing, at most 64 wait; the others are refused at once, without a nack.
 * Those that were taken each have their end. */
static void
too_many(void) {
  struct remote remote;
  int i, taken = 0;

  begin(&remote);
  for (i = 0; i < 300; i++)
    taken += ask(remote.session, CON, "x") != COAP_INVALID_MID;
  EXPECT_EQ(taken, 64);
  EXPECT_EQ(nacks, 0);
  coap_session_disconnected(remote.session, COAP_NACK_NOT_DELIVERABLE);
  EXPECT_EQ(nacks, taken);
  EXPECT_EQ(coap_can_exit(server.context), 1);
  EXPECT_EQ(remote.session->state, COAP_SESSION_STATE_ESTABLISHED);
  EXPECT_EQ(remote.session->con_active, 0);
  /* The session is as good as new. */
  while (heard(&remote, &r))
    ;
  coap_mid_t mid = ask(remote.session, CON, "y");
  EXPECT_HEARD(&remote, &r, CON, mid);
  answer(&remote, ACK, 0x45, mid, "y");
  EXPECT_EQ(responses, 1);
  remote_close(&remote);
}

/* X14: where tokens and message ids start cannot be foreseen; from there they count. The application's own start is
 * taken as it is. */
static void
tokens_and_ids(void) {
  struct remote remote;
  uint64_t starts[20], next;
  uint16_t mids[20];
  uint8_t token[8];
  size_t length, i, j, same = 0, small = 0, same_mid = 0;

  begin(&remote);
  for (i = 0; i < 20; i++) {
    coap_session_t *session = client_session(&server, remote.port, COAP_PROTO_UDP);

    mids[i] = session->tx_mid;
    EXPECT_EQ(coap_new_message_id(session), (uint16_t)(mids[i] + 1));
    coap_session_new_token(session, &length, token);
    starts[i] = coap_decode_var_bytes8(token, (unsigned int)length);
    EXPECT(length <= 8 && starts[i] <= 0x100000000);
    small += starts[i] < 0x10000;
    for (j = 0; j < i; j++) {
      same += starts[i] == starts[j];
      same_mid += mids[i] == mids[j];
    }
    for (j = 1; j < 300; j++) {
      coap_session_new_token(session, &length, token);
      next = coap_decode_var_bytes8(token, (unsigned int)length);
      EXPECT_EQ(next, starts[i] + j);
    }
    coap_session_init_token(session, 2, (const uint8_t *)"\x12\xfe");
    coap_session_new_token(session, &length, token);
    EXPECT(length == 2 && memcmp(token, "\x12\xff", 2) == 0);
    coap_session_new_token(session, &length, token);
    EXPECT(length == 2 && memcmp(token, "\x13\x00", 2) == 0);
    coap_session_release(session);
  }
  EXPECT_EQ(same, 0);      /* 190 pairs of 2^32: never */
  EXPECT(small <= 1);
  EXPECT(same_mid <= 3);   /* 190 pairs of 2^16 */
  remote_close(&remote);
}

/* A ping of the application's own: its RST is told of by the nack handler, not the pong handler. One that comes in is
 * told of each time, and answered unless it comes too soon (exchange section 5.3, session section 9). */
static int pings, pongs;

static void
on_ping(coap_context_t *context, coap_session_t *session, coap_pdu_t *received, const coap_mid_t mid) {
  (void)context, (void)session;
  EXPECT(received->code == EMPTY && received->mid == mid);
  pings++;
}

static void
on_pong(coap_context_t *context, coap_session_t *session, coap_pdu_t *received, const coap_mid_t mid) {
  (void)context, (void)session, (void)received, (void)mid;
  pongs++;
}

static void
pinging(void) {
  struct remote remote;
  coap_mid_t mid;

  begin(&remote);
  coap_register_ping_handler(server.context, on_ping);
  coap_register_pong_handler(server.context, on_pong);
  mid = coap_session_send_ping(remote.session);
  EXPECT_HEARD(&remote, &r, CON, mid);
  EXPECT(r.length == 4 && r.code == EMPTY);
  answer(&remote, RST, EMPTY, mid, "");
  EXPECT_EQ(nacks, 1);
  EXPECT_EQ(reasons[0], COAP_NACK_RST);
  EXPECT_EQ(pongs, 0);
  answer(&remote, CON, EMPTY, 0x4321, "");
  EXPECT_HEARD(&remote, &r, RST, 0x4321);
  answer(&remote, CON, EMPTY, 0x4322, "");
  EXPECT_NOTHING_HEARD(&remote);
  later(&server, 250);
  answer(&remote, NON, EMPTY, 0x4323, "");
  EXPECT_NOTHING_HEARD(&remote);
  later(&server, 1);
  answer(&remote, NON, EMPTY, 0x4324, "");
  EXPECT_HEARD(&remote, &r, RST, 0x4324);
  EXPECT_EQ(pings, 4);
  EXPECT_EQ(nacks, 1);
  coap_register_ping_handler(server.context, NULL);
  coap_register_pong_handler(server.context, NULL);
  remote_close(&remote);
}

/* A session with a group: confirmable messages are refused, each member is heard, and the last one to speak is the one
 * that is talked to next. */
static void
group(void) {
  struct in_addr loopback = {htonl(INADDR_LOOPBACK)};
  coap_address_t address, to;
  coap_session_t *session;
  uint16_t ports[2];
  int i, members[2];

  responses = nacks = 0;
  loopback_address(&address, 5683);
  address.addr.sin.sin_addr.s_addr = inet_addr("224.0.1.187");
  session = coap_new_client_session(server.context, NULL, &address, COAP_PROTO_UDP);
  EXPECT(session != NULL);
  setsockopt(session->sock.fd, IPPROTO_IP, IP_MULTICAST_IF, &loopback, sizeof(loopback));
  EXPECT_EQ(ask(session, CON, "g"), COAP_INVALID_MID);
  EXPECT_EQ(coap_can_exit(server.context), 1);
  EXPECT(ask(session, NON, "g") >= 0);
  loopback_address(&to, ntohs(session->addr_info.local.addr.sin.sin_port));
  for (i = 0; i < 2; i++) {
    members[i] = silent_socket(&ports[i]);
    request(&d, CON, 0x45, 0x3500u, "g");
    EXPECT(sendto(members[i], d.bytes, d.length, 0, &to.addr.sa, to.size) > 0);
    server_turn(&server);
    EXPECT_EQ(responses, i + 1);
    EXPECT_EQ(ntohs(session->addr_info.remote.addr.sin.sin_port), ports[i]);
    EXPECT(take(members[i], &r) && parse(&r) && r.type == ACK && r.mid == 0x3500);
    EXPECT_EQ(ask(session, CON, "g"), COAP_INVALID_MID); /* still a session with a group */
    EXPECT(ask(session, NON, "f") >= 0);
    EXPECT(take(members[i], &r) && parse(&r) && r.type == NON && r.token[0] == 'f');
  }
  EXPECT(!take(members[0], &r));
  EXPECT_EQ(nacks, 0);
  coap_session_release(session);
  close(members[0]);
  close(members[1]);
}

int
main(void) {
  int how;

  server_start(&server);
  coap_set_log_level(LOG_EMERG);
  coap_register_response_handler(server.context, on_response);
  coap_register_nack_handler(server.context, on_nack);
  order();
  given_up_in_turn();
  cancelled();
  can_exit();
  for (how = 0; how < 6; how++)
    released_in_flight(how);
  released_with_a_queue();
  released_with_delayed();
  unreachable();
  asks_again();
  too_many();
  tokens_and_ids();
  pinging();
  group();
  EXPECT_ALIVE(&server);
  server_stop(&server);
  return expect_done();
}
