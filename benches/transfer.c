/* Gets or puts a body of 1 MB block by block from or to /large of a server on 127.0.0.1. Prints lines of
 *
 *     <operation> 1024 <value>
 *
 *     transfer port process get|put times seconds
 *
 * `process` is the server's, whose processor time is measured (0: is not). Ends after so many bodies or seconds.
 */
#define _GNU_SOURCE
#include "wire.h"

static int fd;
static uint16_t mid;

/* Sends a request until its answer comes; the answer's length. */
static size_t
exchange(uint8_t *request, size_t length, uint8_t *answer, size_t room) {
  int tries;

  request[2] = (uint8_t)(++mid >> 8);
  request[3] = (uint8_t)mid;
  for (tries = 0; tries < 100; tries++) {
    ssize_t got;

    if (send(fd, request, length, 0) < 0)
      fail("send");
    while ((got = recv(fd, answer, room, 0)) > 0)
      if (got >= 6 && answer[0] == 0x62 && !memcmp(answer + 2, request + 2, 4))
        return (size_t)got;
  }
  fprintf(stderr, "transfer: no answer\n");
  exit(1);
}

static void
check(int good, const char *what) {
  if (!good) {
    fprintf(stderr, "transfer: %s\n", what);
    exit(1);
  }
}

/* GET or PUT /large with a token of its own for each body. */
static uint8_t *
begin(uint8_t *request, uint8_t method, uint16_t token) {
  request[0] = 0x42;
  request[1] = method;
  request[4] = (uint8_t)(token >> 8);
  request[5] = (uint8_t)token;
  return put_option(request + 6, 11, "large", 5);
}

static void
get(uint16_t token) {
  uint8_t request[64], answer[2048];
  const uint8_t *payload;
  uint32_t block;

  for (block = 0; block < BLOCKS; block++) {
    uint8_t *end = begin(request, 1, token);
    size_t length;
    int64_t value;

    if (block)
      end = put_integer(end, 23 - 11, block << 4 | 6);
    length = exchange(request, (size_t)(end - request), answer, sizeof(answer));
    value = find_integer(answer + 6, answer + length, 23, &payload);
    check(answer[1] == 0x45 && value == (block << 4 | (block < BLOCKS - 1) << 3 | 6), "not the block");
    check(payload && answer + length - payload == BLOCK_LENGTH, "not the length");
    check(payload[0] == body_byte((size_t)block * BLOCK_LENGTH) &&
            payload[BLOCK_LENGTH - 1] == body_byte((size_t)block * BLOCK_LENGTH + BLOCK_LENGTH - 1), "not the bytes");
  }
}

static void
put(uint16_t token, const uint8_t *body) {
  uint8_t request[2048], answer[2048];
  uint32_t block;

  for (block = 0; block < BLOCKS; block++) {
    uint8_t *end = begin(request, 3, token);
    size_t length;

    end = put_integer(end, 27 - 11, block << 4 | (block < BLOCKS - 1) << 3 | 6);
    end = put_integer(end, 60 - 27, BODY_LENGTH);
    *end++ = 0xff;
    memcpy(end, body + (size_t)block * BLOCK_LENGTH, BLOCK_LENGTH);
    length = exchange(request, (size_t)(end + BLOCK_LENGTH - request), answer, sizeof(answer));
    check(length >= 6 && answer[1] == (block < BLOCKS - 1 ? 0x5f : 0x44), "not the code");
  }
}

int
main(int argc, char **argv) {
  static uint8_t body[BODY_LENGTH];
  struct sockaddr_in server;
  double start, now, limit, before;
  unsigned long times, done;
  size_t i;
  int is_get;

  if (argc != 6)
    return 2;
  server = local_address(INADDR_LOOPBACK, strtoul(argv[1], NULL, 10));
  fd = datagram_socket(INADDR_LOOPBACK);
  if (connect(fd, (struct sockaddr *)&server, sizeof(server)) < 0)
    fail("connect");
  for (i = 0; i < BODY_LENGTH; i++)
    body[i] = body_byte(i);
  is_get = !strcmp(argv[3], "get");
  times = strtoul(argv[4], NULL, 10);
  limit = strtod(argv[5], NULL);
  before = used(argv[2]);
  start = now = seconds();
  for (done = 0; done < times && now - start < limit; done++, now = seconds()) {
    if (is_get)
      get((uint16_t)done);
    else
      put((uint16_t)done, body);
  }
  printf("%s-MB-per-second 1024 %.2f\n", argv[3], (double)done * BODY_LENGTH / 1e6 / (now - start));
  printf("%s-block-time 1024 %.0f\n", argv[3], (used(argv[2]) - before) / (double)done / BLOCKS);
  return 0;
}
