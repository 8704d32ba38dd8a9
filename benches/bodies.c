/* A server on 127.0.0.1 that gives anybody who asks a body of 1 MB in blocks, and takes one. Prints its port, and
 * serves until it is killed.
 *
 *     bodies
 */
#define _GNU_SOURCE
#include "wire.h"

static uint8_t body[BODY_LENGTH];

int
main(void) {
  static uint8_t request[2048], answer[2048];
  int fd = datagram_socket(INADDR_LOOPBACK);
  struct sockaddr_in address;
  socklen_t length = sizeof(address);
  size_t i;

  for (i = 0; i < BODY_LENGTH; i++)
    body[i] = body_byte(i);
  if (getsockname(fd, (struct sockaddr *)&address, &length) < 0)
    fail("getsockname");
  printf("%u\n", ntohs(address.sin_port));
  fflush(stdout);
  for (;;) {
    ssize_t got;
    const uint8_t *options, *payload;
    uint8_t *end;
    int64_t block;

    length = sizeof(address);
    got = recvfrom(fd, request, sizeof(request), 0, (struct sockaddr *)&address, &length);
    if (got < 4 || request[0] >> 4 != 4 || (request[0] & 15) > 8 || got < 4 + (request[0] & 15))
      continue; /* nothing but confirmable messages is answered */
    options = request + 4 + (request[0] & 15);
    memcpy(answer, request, (size_t)(options - request));
    answer[0] = (uint8_t)(0x60 | (request[0] & 15));
    end = answer + (options - request);
    if (request[1] == 1) {
      block = find_integer(options, request + got, 23, &payload);
      block = block < 0 ? 6 : block;
      if ((block & 7) != 6 || block >> 4 >= BLOCKS)
        continue;
      answer[1] = 0x45;
      end = put_option(end, 4, "v1", 2);
      end = put_integer(end, 23 - 4, (uint32_t)((block & ~8) | (block >> 4 < BLOCKS - 1) << 3));
      end = put_integer(end, 28 - 23, BODY_LENGTH);
      *end++ = 0xff;
      memcpy(end, body + (size_t)(block >> 4) * BLOCK_LENGTH, BLOCK_LENGTH);
      end += BLOCK_LENGTH;
    } else {
      block = find_integer(options, request + got, 27, &payload);
      answer[1] = block >= 0 && block & 8 ? 0x5f : 0x44;
      if (block >= 0)
        end = put_integer(end, 27, (uint32_t)block);
    }
    if (sendto(fd, answer, (size_t)(end - answer), 0, (struct sockaddr *)&address, length) < 0)
      perror("sendto");
  }
}
