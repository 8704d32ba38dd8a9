/* Asks a server on 127.0.0.1 for /hello as fast as it answers, as many peers. Prints lines of
 *
 *     <operation> <sessions> <value>
 *
 *     load port process sessions outstanding requests seconds
 *
 * `process` is the server's, whose processor time is measured (0: is not). There are so many requests outstanding all
 * the time, from one peer after the other. Ends after so many requests or seconds, whichever comes first. Before that
 * each peer asks once, and then another tenth of the requests (at most 5000) warms things up; both do not count.
 */
#define _GNU_SOURCE
#include "crowd.h"

#define MOST_OUTSTANDING 1024

static uint32_t current[MOST_OUTSTANDING]; /* the number of the request that is outstanding at this place */
static double sent_at[MOST_OUTSTANDING];
static unsigned long sessions, outstanding;

/* CON GET /hello with the request's number for a token. */
static void
ask(uint32_t number, double now) {
  static const uint8_t hello[] = {0xb5, 'h', 'e', 'l', 'l', 'o'};
  uint32_t mid = number / (uint32_t)sessions, token = htonl(number);
  uint8_t *to = crowd_message(number % (uint32_t)sessions);

  to[0] = 0x44;
  to[1] = 0x01;
  to[2] = (uint8_t)(mid >> 8);
  to[3] = (uint8_t)mid;
  memcpy(to + 4, &token, 4);
  memcpy(to + 8, hello, sizeof(hello));
  crowd_written(to + 8 + sizeof(hello));
  current[number % outstanding] = number;
  sent_at[number % outstanding] = now;
}

int
main(int argc, char **argv) {
  unsigned long requests, warm, answered = 0, lost = 0;
  double start, begun, now, limit, before = 0;
  unsigned int i, count;

  if (argc != 7)
    return 2;
  crowd_open(strtoul(argv[1], NULL, 10));
  sessions = strtoul(argv[3], NULL, 10);
  outstanding = strtoul(argv[4], NULL, 10);
  requests = strtoul(argv[5], NULL, 10);
  limit = strtod(argv[6], NULL);
  warm = sessions + (requests < 50000 ? requests / 10 : 5000);
  if (sessions < 1 || outstanding < 1 || outstanding > MOST_OUTSTANDING)
    return 2;
  start = begun = now = seconds();
  for (i = 0; i < outstanding; i++)
    ask(i, now);
  crowd_flush();
  while (answered < warm + requests && (answered < warm || now - start < limit)) {
    count = crowd_receive();
    now = seconds();
    for (i = 0; i < count; i++) {
      const uint8_t *answer = in_bytes[i];
      uint32_t number;

      /* an ACK with 2.05, this message id and this token */
      if (in_messages[i].msg_len < 8 || answer[0] != 0x64 || answer[1] != 0x45)
        continue;
      memcpy(&number, answer + 4, 4);
      number = ntohl(number);
      if (current[number % outstanding] != number || answer[2] != (uint8_t)(number / sessions >> 8) ||
          answer[3] != (uint8_t)(number / sessions))
        continue;
      if (++answered == warm) {
        start = now;
        before = used(argv[2]);
      }
      ask(number + (uint32_t)outstanding, now);
    }
    if (!count) /* somebody's request or answer was lost */
      for (i = 0; i < outstanding; i++)
        if (now - sent_at[i] > 0.5) {
          lost++;
          ask(current[i], now);
        }
    crowd_flush();
    if (now - begun > 300) {
      fprintf(stderr, "load: too few answers\n");
      return 1;
    }
  }
  if (lost)
    fprintf(stderr, "load: %lu requests sent again\n", lost);
  printf("requests-per-second %lu %.0f\n", sessions, (double)(answered - warm) / (now - start));
  printf("request-time %lu %.0f\n", sessions, (used(argv[2]) - before) / (double)(answered - warm));
  return 0;
}
