/* The small functions of io: joining groups, whether a program can exit, the text of an error; and descriptors that are
 * not inherited (docs/spec/io.md, section 7; I8, I27). */
#include "peer.h"

#include <fcntl.h>
#include <netdb.h>

static struct datagram d;

static int lines;

static void
on_log(coap_log_t level, const char *message) {
  (void)message;
  lines += level <= LOG_ERR;
}

static void
groups(void) {
  coap_context_t *context = coap_new_context(NULL);
  coap_endpoint_t *endpoint;
  coap_address_t any;

  EXPECT_EQ(coap_join_mcast_group(context, "224.0.1.187"), -1); /* I8 */
  coap_address_init(&any);
  any.size = sizeof(any.addr.sin);
  any.addr.sin.sin_family = AF_INET;
  endpoint = coap_new_endpoint(context, &any, COAP_PROTO_UDP);
  EXPECT(endpoint != NULL);
  EXPECT_EQ(coap_join_mcast_group_intf(context, "224.0.1.187", "lo"), 0);
  lines = 0;
  EXPECT_EQ(coap_join_mcast_group_intf(context, "224.0.1.187", "lo"), -1); /* a member already */
  EXPECT_EQ(lines, 1);
  EXPECT_EQ(coap_join_mcast_group_intf(context, "192.0.2.1", "lo"), -1);   /* no group */
  EXPECT_EQ(coap_join_mcast_group_intf(context, "ff02::fd", "lo"), -1);    /* not on a socket of IPv4 */
  EXPECT_EQ(lines, 3);
  EXPECT_EQ(coap_join_mcast_group_intf(context, "not a name", "lo"), EAI_NONAME); /* that code itself */
  EXPECT_EQ(coap_join_mcast_group_intf(context, "224.0.1.188", "lo"), 0);
  coap_free_context(context);
}

/* What goes to the group arrives, and an RST does not come back for garbage in it. */
static void
member(void) {
  coap_context_t *context = coap_new_context(NULL);
  struct server server = {.context = context};
  struct sockaddr_in to;
  struct in_addr loopback = {htonl(INADDR_LOOPBACK)};
  struct reply r;
  coap_address_t any;
  coap_resource_t *resource;
  uint16_t port;
  int fd = silent_socket(&port);

  coap_address_init(&any);
  any.size = sizeof(any.addr.sin);
  any.addr.sin.sin_family = AF_INET;
  server.endpoint = coap_new_endpoint(context, &any, COAP_PROTO_UDP);
  EXPECT_EQ(coap_join_mcast_group_intf(context, "224.0.1.187", "lo"), 0);
  resource = coap_resource_init(coap_make_str_const("probe"), 0);
  coap_register_handler(resource, COAP_REQUEST_GET, answer_probe);
  coap_add_resource(context, resource);
  memset(&to, 0, sizeof(to));
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = inet_addr("224.0.1.187");
  to.sin_port = htons((uint16_t)strtoul(strrchr(coap_endpoint_str(server.endpoint), ':') + 1, NULL, 10));
  EXPECT(setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &loopback, sizeof(loopback)) == 0);
  datagram_hex(&d, "50 01 0001 f0");
  EXPECT(sendto(fd, d.bytes, d.length, 0, (struct sockaddr *)&to, sizeof(to)) == (ssize_t)d.length);
  request(&d, NON, GET, 2, "t");
  path(&d, "probe");
  EXPECT(sendto(fd, d.bytes, d.length, 0, (struct sockaddr *)&to, sizeof(to)) == (ssize_t)d.length);
  EXPECT(await(&server, fd, &r, PATIENCE) && parse(&r) && r.type == NON && r.code == 0x45);
  EXPECT(!take(fd, &r));
  coap_free_context(context);
  close(fd);
}

static void
can_exit(void) {
  coap_context_t *context = coap_new_context(NULL);
  struct server server = {.context = context};
  uint16_t port;
  int fd = silent_socket(&port);
  coap_session_t *session = client_session(&server, port, COAP_PROTO_UDP);

  EXPECT_EQ(coap_can_exit(NULL), 1);
  EXPECT_EQ(coap_can_exit(context), 1);
  EXPECT(coap_send(session, coap_pdu_init(NON, GET, 1, 100)) == 1);
  EXPECT_EQ(coap_can_exit(context), 1);
  EXPECT(coap_send(session, coap_pdu_init(CON, GET, 2, 100)) == 2);
  EXPECT_EQ(coap_can_exit(context), 0);
  coap_cancel_session_messages(context, session, COAP_NACK_RST);
  EXPECT_EQ(coap_can_exit(context), 1);
  session->con_active = 1;
  EXPECT(coap_send(session, coap_pdu_init(CON, GET, 3, 100)) == 3);
  EXPECT(!context->sendqueue && session->delayqueue);
  EXPECT_EQ(coap_can_exit(context), 0);
  coap_session_release(session);
  EXPECT_EQ(coap_can_exit(context), 1);
  coap_free_context(context);
  close(fd);
}

/* I27: no descriptor of the library's is inherited by programs that this one starts. */
static void
descriptors(void) {
  enum { MOST = 4096 };
  static unsigned char before[MOST];
  struct server server;
  coap_session_t *session;
  int made = 0, fd;

  for (fd = 0; fd < MOST; fd++)
    before[fd] = fcntl(fd, F_GETFD) >= 0;
  server_start(&server);
  session = client_session(&server, server.port, COAP_PROTO_UDP);
  for (fd = 0; fd < MOST; fd++) {
    if (before[fd] || fcntl(fd, F_GETFD) < 0)
      continue;
    made++;
    EXPECT(fcntl(fd, F_GETFD) & FD_CLOEXEC);
  }
  EXPECT_EQ(made, 4); /* epoll, timer, endpoint, client */
  coap_session_release(session);
  server_stop(&server);
}

int
main(void) {
  coap_set_log_level(LOG_ERR);
  coap_set_log_handler(on_log);
  groups();
  member();
  can_exit();
  descriptors();
  errno = ENOENT;
  EXPECT(!strcmp(coap_socket_strerror(), strerror(ENOENT)));
  coap_set_log_handler(NULL);
  return expect_done();
}
