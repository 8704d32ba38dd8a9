/* Streams and descriptors: when they run out, and when there are more than 1,024 (docs/spec/io.md, I20;
 * docs/spec/hostile.md, X23). */
/* no valgrind: where descriptors run out, it takes a connection from the kernel and drops it */
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/select.h>

#include "stream_peer.h"

#define PROBE "61 01 74 b5 70726f6265 "
#define ALIVE "61 45 74 ff 616c697665 "

static struct server server;
static struct stream peer;

static void
open_peer(struct stream *stream) {
  stream_open(stream, &server);
  stream_hex(stream, CSM);
  EXPECT_BYTES(stream, CSM);
  EXPECT(told(&server, "SESSION_CONNECTED"));
  recorded[0] = 0;
}

static int warnings;

static void
count_warnings(coap_log_t level, const char *message) {
  if (level <= LOG_WARNING && strstr(message, "accept"))
    warnings++;
}

/* X23, I20: no descriptors are left; accepting pauses, the others are served, and it recovers. */
static void
no_descriptors(void) {
  struct rlimit all, few;
  struct stream second;
  long long start;
  int next, turns;

  open_peer(&peer);
  stream_open(&second, &server);
  getrlimit(RLIMIT_NOFILE, &all);
  next = fcntl(0, F_DUPFD, 0);
  close(next);
  few.rlim_cur = (rlim_t)next;
  few.rlim_max = all.rlim_max;
  EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
  coap_set_log_handler(count_warnings);
  for (turns = 0, start = milliseconds(); milliseconds() - start < 1500; turns++)
    coap_io_process(server.context, 500);
  EXPECT(turns < 50);
  EXPECT(warnings >= 1 && warnings <= 3);
  EXPECT_RECORD("");
  stream_hex(&peer, PROBE);
  EXPECT_BYTES(&peer, ALIVE);
  setrlimit(RLIMIT_NOFILE, &all);
  EXPECT_BYTES(&second, CSM);
  EXPECT_RECORD("TCP_CONNECTED ");
  coap_set_log_handler(NULL);
  stream_close(&second);
  stream_close(&peer);
  EXPECT(told(&server, "SESSION_CLOSED"));
  EXPECT(told(&server, "SESSION_FAILED"));
  recorded[0] = 0;
}

/* X23: descriptors above 1,024, in both ways to run the loop. */
static void
many_descriptors(void) {
  static int filler[1100];
  struct rlimit limit;
  fd_set set, before;
  size_t i, made = 0;

  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max < 2000 ? limit.rlim_max : 2000;
  setrlimit(RLIMIT_NOFILE, &limit);
  for (i = 0; i < 1100; i++) {
    filler[i] = fcntl(0, F_DUPFD, 0);
    made += filler[i] >= 0;
  }
  if (made == 1100) {
    open_peer(&peer);
    EXPECT(recorded_session->sock.fd > FD_SETSIZE);
    stream_hex(&peer, PROBE);
    EXPECT_BYTES(&peer, ALIVE);
    stream_hex(&peer, PROBE);
    FD_ZERO(&set);
    FD_SET(0, &set);
    before = set;
    for (i = 0; i < 5; i++)
      coap_io_process_with_fds(server.context, 20, 1, &set, NULL, NULL);
    EXPECT(!memcmp(&set, &before, sizeof(set)));
    EXPECT_BYTES(&peer, ALIVE);
    stream_close(&peer);
    EXPECT(told(&server, "SESSION_CLOSED"));
    recorded[0] = 0;
  } else {
    printf("too few descriptors for this test\n");
  }
  for (i = 0; i < 1100; i++)
    if (filler[i] >= 0)
      close(filler[i]);
}

int
main(void) {
  server_start(&server);
  stream_endpoint(&server);
  record(server.context);
  coap_set_log_level(LOG_WARNING);
  many_descriptors();
  no_descriptors();
  EXPECT_ALIVE(&server);
  server_stop(&server);
  return expect_done();
}
