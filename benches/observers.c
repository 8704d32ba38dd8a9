/* Observes /observed of a server on 127.0.0.1 as many peers, and has it change (POST) as soon as all have heard of the
 * last change. Prints lines of
 *
 *     <operation> <observers> <value>
 *
 *     observers port process observers changes seconds
 *
 * `process` is the server's, whose processor time is measured (0: is not). Ends after so many changes or seconds.
 * Notifications that are confirmable (every sixth) are acknowledged when all have come, a few at a time, so that the
 * server's socket does not overflow.
 */
#define _GNU_SOURCE
#include "crowd.h"

static unsigned long observers;
static unsigned char *heard;     /* of the last change, by observer */
static uint32_t *to_acknowledge; /* observer << 16 | message id */
static unsigned long unacknowledged;

static void
header(uint8_t *to, uint8_t first, uint8_t code, uint16_t mid, uint32_t token) {
  token = htonl(token);
  to[0] = first;
  to[1] = code;
  to[2] = (uint8_t)(mid >> 8);
  to[3] = (uint8_t)mid;
  memcpy(to + 4, &token, 4);
}

static void
subscribe(uint32_t observer) {
  uint8_t *to = crowd_message(observer);

  header(to, 0x44, 0x01, 1, observer);
  crowd_written(put_option(put_option(to + 8, 6, "", 0), 5, "observed", 8));
}

static void
change(uint16_t mid) {
  uint8_t *to = crowd_message((uint32_t)observers); /* a peer that observes nothing */

  header(to, 0x54, 0x02, mid, 0xffffffff);
  crowd_written(put_option(to + 8, 11, "observed", 8));
  crowd_flush();
}

/* Takes what comes in; how many observers have heard something for the first time. */
static unsigned long
listen_once(unsigned int *count) {
  unsigned long news = 0;
  unsigned int i;

  *count = crowd_receive();
  for (i = 0; i < *count; i++) {
    const uint8_t *message = in_bytes[i];
    uint32_t observer;

    if (in_messages[i].msg_len < 8 || message[1] != 0x45)
      continue;
    memcpy(&observer, message + 4, 4);
    observer = ntohl(observer);
    if (observer >= observers)
      continue;
    if (message[0] >> 4 == 4 && unacknowledged < observers)
      to_acknowledge[unacknowledged++] = observer << 16 | (uint32_t)message[2] << 8 | message[3];
    news += !heard[observer];
    heard[observer] = 1;
  }
  return news;
}

/* Acknowledges what is to be acknowledged. After each few a question is answered before it goes on. */
static void
acknowledge(void) {
  static uint16_t mid;
  unsigned int i, count, answered, quiet;

  while (unacknowledged) {
    uint8_t *to;

    for (i = 0; i < AT_ONCE - 1 && unacknowledged; i++) {
      to = crowd_message(to_acknowledge[--unacknowledged] >> 16);
      header(to, 0x60, 0, (uint16_t)to_acknowledge[unacknowledged], 0);
      crowd_written(to + 4);
    }
    to = crowd_message((uint32_t)observers + 1);
    header(to, 0x44, 0x01, ++mid, 0xfffffffe);
    crowd_written(put_option(to + 8, 11, "hello", 5));
    crowd_flush();
    for (answered = quiet = 0; !answered && quiet < 50; quiet += !count) {
      count = crowd_receive();
      for (i = 0; i < count; i++)
        answered |= in_bytes[i][0] == 0x64 && in_bytes[i][7] == 0xfe;
    }
  }
}

int
main(int argc, char **argv) {
  unsigned long changes, done, missing, i;
  double start, now, limit, before, begun;
  unsigned int count;

  if (argc != 6)
    return 2;
  crowd_open(strtoul(argv[1], NULL, 10));
  observers = strtoul(argv[3], NULL, 10);
  changes = strtoul(argv[4], NULL, 10);
  limit = strtod(argv[5], NULL);
  heard = calloc(observers, 1);
  to_acknowledge = calloc(observers, sizeof(*to_acknowledge));
  if (!heard || !to_acknowledge || observers > 0xffff)
    return 1;
  for (i = 0, missing = 0; i < observers;) {
    for (; missing < 32 && i < observers; i++, missing++)
      subscribe((uint32_t)i);
    crowd_flush();
    missing -= listen_once(&count);
    if (!count) {
      fprintf(stderr, "observers: no answer\n");
      return 1;
    }
  }
  while (missing) {
    missing -= listen_once(&count);
    if (!count) {
      fprintf(stderr, "observers: no answer\n");
      return 1;
    }
  }
  before = used(argv[2]);
  start = now = seconds();
  for (done = 0; done < changes && now - start < limit; done++, now = seconds()) {
    memset(heard, 0, observers);
    missing = observers;
    change((uint16_t)done);
    begun = seconds();
    while (missing) {
      missing -= listen_once(&count);
      if (!count && seconds() - begun > 60) {
        fprintf(stderr, "observers: %lu of %lu were not told of change %lu\n", missing, observers, done);
        return 1;
      }
    }
    acknowledge();
  }
  printf("notifications-per-second %lu %.0f\n", observers, (double)done * (double)observers / (now - start));
  printf("notification-time %lu %.0f\n", observers, (used(argv[2]) - before) / (double)done / (double)observers);
  return 0;
}
