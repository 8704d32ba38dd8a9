/* X27: how many observations there may be; X17 and X28 for peers that never answer. */
#include "observer.h"

static struct server server;
static unsigned int log_lines;

static void
count_lines(coap_log_t level, const char *message) {
  if (level <= LOG_NOTICE && strstr(message, "observations"))
    log_lines++;
}

int
main(void) {
  coap_resource_t *watched, *other;
  struct peer peers[8], late;
  struct reply r;
  char token[8], query[16];
  unsigned int i, j, made = 0, notified;

  server_start(&server);
  coap_set_log_level(LOG_NOTICE);
  coap_set_log_handler(count_lines);
  watched = watch_resource(&server, "temp");
  other = watch_resource(&server, "other");

  /* 128 per session: what comes then is served without, whatever resource it is for. */
  for (i = 0; i < 8; i++) {
    peer_open(&peers[i], &server);
    for (j = 0; j < (i ? 128 : 130) && made < 1000; j++) {
      sprintf(token, "%u", j);
      sprintf(query, "q=%u", j);
      EXPECT_EQ(observe(&peers[i], &r, token, "temp", query, 0), j < 128 ? 0 : -1);
      EXPECT_EQ(r.code, 0x45);
      made += j < 128;
    }
    if (!i) {
      EXPECT_EQ(handler_session->ref, 128);
      EXPECT_EQ(observe(&peers[0], &r, "x", "other", NULL, 0), -1);
      EXPECT_EQ(log_lines, 1); /* rate-limited */
      /* A refresh and a replacement are no further ones. */
      EXPECT_EQ(observe(&peers[0], &r, "127", "temp", "other", 0), 0);
      EXPECT_EQ(observe(&peers[0], &r, "x", "temp", "q=0", 0), 0);
      EXPECT_EQ(handler_session->ref, 128);
    }
  }
  /* 1,000 per resource; the others' are not affected. */
  EXPECT_EQ(made, 1000);
  peer_open(&late, &server);
  EXPECT_EQ(observe(&late, &r, "t", "temp", NULL, 0), -1);
  EXPECT_EQ(r.code, 0x45);
  EXPECT_EQ(observe(&late, &r, "t", "other", NULL, 0), 0);
  coap_set_log_handler(NULL);
  coap_set_log_level(LOG_WARNING);
  EXPECT_EQ(coap_resource_notify_observers(other, NULL), 1);
  EXPECT_NOTIFICATION(&late, &r, NON, 1);

  /* All of them are notified by one pass. */
  EXPECT_EQ(coap_resource_notify_observers(watched, NULL), 1);
  server_turn(&server);
  for (notified = 0, i = 0; i < 8; i++)
    while (take(peers[i].fd, &r))
      notified += parse(&r) && r.code == 0x45 && reply_option(&r, COAP_OPTION_OBSERVE) == 1;
  EXPECT_EQ(notified, 1000);

  /* One leaves, one comes. */
  observe(&peers[7], &r, "3", "temp", NULL, 1);
  EXPECT_EQ(observe(&late, &r, "u", "temp", NULL, 0), 1);
  EXPECT_EQ(observe(&peers[7], &r, "3", "temp", NULL, 0), -1);

  /* X17: nobody answers; still no more than one confirmable message per session is under way, and nothing else waits. */
  for (i = 0; i < 30; i++) {
    coap_resource_notify_observers(watched, NULL);
    server_turn(&server);
    for (j = 0; j < 8; j++)
      while (take(peers[j].fd, &r))
        continue;
  }
  for (i = 0, notified = 0; i < 8; i++) {
    observe(&peers[i], &r, "probe", "other", NULL, -1);
    EXPECT(handler_session->delayqueue == NULL);
    notified += handler_session->con_active;
    while (take(peers[i].fd, &r))
      continue;
  }
  EXPECT_EQ(notified, 8);
  EXPECT_ALIVE(&server);
  server_stop(&server);
  for (i = 0, notified = 0; i < 8; i++) {
    while (take(peers[i].fd, &r))
      notified += parse(&r) && r.code == 0x84;
    peer_close(&peers[i]);
  }
  EXPECT(notified > 500); /* the sockets' buffers may not hold them all */
  while (take(late.fd, &r))
    continue;
  peer_close(&late);
  return expect_done();
}
