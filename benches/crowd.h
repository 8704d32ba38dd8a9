/* Many peers in one socket: each has an address 127.x.y.z of its own, so that a server takes each for a session. */
#ifndef BENCH_CROWD_H
#define BENCH_CROWD_H

#include "wire.h"
#include <netinet/in.h>

#define AT_ONCE 64
#ifndef LONGEST_MESSAGE
#define LONGEST_MESSAGE 128
#endif
#define FIRST_PEER 0x7f010000 /* 127.1.0.0 */

static struct sockaddr_in crowd_server;
static int crowd_fd;

/* Messages that go out together. */
static struct mmsghdr out_messages[AT_ONCE];
static struct iovec out_parts[AT_ONCE];
static uint8_t out_bytes[AT_ONCE][LONGEST_MESSAGE];
static union control {
  struct cmsghdr header;
  uint8_t bytes[CMSG_SPACE(sizeof(struct in_pktinfo))];
} out_controls[AT_ONCE];
static unsigned int out_count;

/* Messages that have come in together. */
static struct mmsghdr in_messages[AT_ONCE];
static struct iovec in_parts[AT_ONCE];
static uint8_t in_bytes[AT_ONCE][LONGEST_MESSAGE];
static union control in_controls[AT_ONCE];

static inline void
crowd_open(unsigned long port) {
  crowd_server = local_address(INADDR_LOOPBACK, port);
  crowd_fd = datagram_socket(INADDR_ANY);
}

/* From now on crowd_peer() tells whom a message is for. */
static inline void
crowd_tell_peers(void) {
  int on = 1;

  if (setsockopt(crowd_fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on)) < 0)
    fail("IP_PKTINFO");
}

static inline void
crowd_flush(void) {
  unsigned int sent = 0;

  while (sent < out_count) {
    int more = sendmmsg(crowd_fd, out_messages + sent, out_count - sent, 0);

    if (more < 0)
      fail("sendmmsg");
    sent += (unsigned int)more;
  }
  out_count = 0;
}

/* Where to write the next message of a peer; it goes out with the next crowd_flush(). */
static inline uint8_t *
crowd_message(uint32_t peer) {
  struct msghdr *message;
  struct in_pktinfo info;
  struct cmsghdr *control;

  if (out_count == AT_ONCE)
    crowd_flush();
  out_parts[out_count].iov_base = out_bytes[out_count];
  message = &out_messages[out_count].msg_hdr;
  memset(message, 0, sizeof(*message));
  message->msg_name = &crowd_server;
  message->msg_namelen = sizeof(crowd_server);
  message->msg_iov = &out_parts[out_count];
  message->msg_iovlen = 1;
  message->msg_control = &out_controls[out_count];
  message->msg_controllen = sizeof(out_controls[out_count]);
  control = CMSG_FIRSTHDR(message);
  control->cmsg_level = IPPROTO_IP;
  control->cmsg_type = IP_PKTINFO;
  control->cmsg_len = CMSG_LEN(sizeof(info));
  memset(&info, 0, sizeof(info));
  info.ipi_spec_dst.s_addr = htonl(FIRST_PEER + peer);
  memcpy(CMSG_DATA(control), &info, sizeof(info));
  return out_bytes[out_count];
}

/* The message is written up to `end`. */
static inline void
crowd_written(const uint8_t *end) {
  out_parts[out_count].iov_len = (size_t)(end - out_bytes[out_count]);
  out_count++;
}

/* Waits for messages; how many there are in in_bytes and in_messages, 0 after 0.2 seconds of quiet. */
static inline unsigned int
crowd_receive(void) {
  unsigned int i;
  int count;

  for (i = 0; i < AT_ONCE; i++) {
    in_parts[i].iov_base = in_bytes[i];
    in_parts[i].iov_len = sizeof(in_bytes[i]);
    in_messages[i].msg_hdr.msg_iov = &in_parts[i];
    in_messages[i].msg_hdr.msg_iovlen = 1;
    in_messages[i].msg_hdr.msg_control = &in_controls[i];
    in_messages[i].msg_hdr.msg_controllen = sizeof(in_controls[i]);
  }
  count = recvmmsg(crowd_fd, in_messages, AT_ONCE, MSG_WAITFORONE, NULL);
  return count < 0 ? 0 : (unsigned int)count;
}

/* The peer whom message i of the last crowd_receive() is for. */
static inline uint32_t
crowd_peer(unsigned int i) {
  struct in_pktinfo info;

  memcpy(&info, CMSG_DATA(&in_controls[i].header), sizeof(info));
  return ntohl(info.ipi_addr.s_addr) - FIRST_PEER;
}

#endif
