/* What the programs share that speak CoAP by themselves. They use no CoAP library, so that they cost the same whoever
 * is at the other end. */
#ifndef BENCH_WIRE_H
#define BENCH_WIRE_H

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BODY_LENGTH (1024 * 1024)
#define BLOCK_LENGTH 1024
#define BLOCKS (BODY_LENGTH / BLOCK_LENGTH)

/* The pre-shared key of whoever speaks DTLS or TLS. */
#define IDENTITY "bench"
#define KEY "sixteen bytes..."

/* The bytes of the body that is moved to and fro. */
static inline uint8_t
body_byte(size_t offset) {
  return (uint8_t)(offset * 7 + (offset >> 10));
}

static inline double
seconds(void) {
  struct timespec now;

  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static inline void
fail(const char *what) {
  perror(what);
  exit(1);
}

/* The processor time that a process has used, in nanoseconds; 0 for process 0. */
static inline double
used(const char *pid) {
  char name[64];
  double nanoseconds = 0;
  FILE *file;

  if (!strcmp(pid, "0"))
    return 0;
  snprintf(name, sizeof(name), "/proc/%s/schedstat", pid);
  file = fopen(name, "r");
  if (!file || fscanf(file, "%lf", &nanoseconds) != 1)
    fail(name);
  fclose(file);
  return nanoseconds;
}

static inline struct sockaddr_in
local_address(uint32_t host, unsigned long port) {
  struct sockaddr_in address;

  memset(&address, 0, sizeof(address));
  address.sin_family = AF_INET;
  address.sin_port = htons((uint16_t)port);
  address.sin_addr.s_addr = htonl(host);
  return address;
}

/* A datagram socket that answers in great numbers do not overrun, and that gives up waiting after 0.2 seconds. */
static inline int
datagram_socket(uint32_t host) {
  struct sockaddr_in address = local_address(host, 0);
  struct timeval patience = {.tv_usec = 200000};
  int fd = socket(AF_INET, SOCK_DGRAM, 0), size = 4 * 1024 * 1024;

  if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
      setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)) < 0 ||
      setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0)
    fail("socket");
  return fd;
}

/* Writes an option whose number is `delta` above the one before, `delta` and the length below 269; what follows it. */
static inline uint8_t *
put_option(uint8_t *to, unsigned int delta, const void *value, size_t length) {
  uint8_t *first = to++;

  *first = (uint8_t)((delta < 13 ? delta : 13) << 4 | (length < 13 ? length : 13));
  if (delta >= 13)
    *to++ = (uint8_t)(delta - 13);
  if (length >= 13)
    *to++ = (uint8_t)(length - 13);
  memcpy(to, value, length);
  return to + length;
}

/* The same for an unsigned integer. */
static inline uint8_t *
put_integer(uint8_t *to, unsigned int delta, uint32_t value) {
  uint32_t big = htonl(value);
  size_t zeros = value ? (size_t)__builtin_clz(value) / 8 : 4;

  return put_option(to, delta, (const uint8_t *)&big + zeros, 4 - zeros);
}

/* An option of a message (its header over a datagram, its options from `options` on); -1: not there. */
static inline int64_t
find_integer(const uint8_t *options, const uint8_t *end, unsigned int wanted, const uint8_t **payload) {
  unsigned int number = 0;
  int64_t found = -1;

  *payload = NULL;
  while (options < end) {
    unsigned int delta = *options >> 4, length = *options & 15, i;
    uint32_t value = 0;

    if (*options++ == 0xff) {
      *payload = options;
      break;
    }
    if (delta == 13)
      delta = 13u + *options++;
    if (length == 13)
      length = 13u + *options++;
    number += delta;
    for (i = 0; i < length && options + i < end; i++)
      value = value << 8 | options[i];
    options += length;
    if (number == wanted)
      found = value;
  }
  return found;
}

#endif
