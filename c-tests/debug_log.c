/* The log: level, handler, default route (chapter debug, sections 2 and 3). */

#include <coap2/coap.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "expect.h"

static int calls, seen_level;
static char seen[4096];

static void
remember(coap_log_t level, const char *message) {
  calls++;
  seen_level = (int)level;
  snprintf(seen, sizeof(seen), "%s", message);
}

/* A handler may log, dump and take itself away. */
static void
talk_back(coap_log_t level, const char *message) {
  (void)level;
  (void)message;
  calls++;
  coap_set_log_handler(remember);
  coap_log(LOG_ERR, "from inside\n");
  coap_set_log_handler(NULL);
}

/* What the library writes to stdout while run() is at work. */
static void
capture(void (*run)(void), char *text, size_t size) {
  char name[] = "/tmp/coap_debug_log_XXXXXX";
  int saved = dup(1), file = mkstemp(name);
  ssize_t length;
  fflush(stdout);
  dup2(file, 1);
  run();
  fflush(stdout);
  dup2(saved, 1);
  length = pread(file, text, size - 1, 0);
  text[length > 0 ? length : 0] = '\0';
  close(saved);
  close(file);
  remove(name);
}

static void
log_some(void) {
  char text[5001];
  memset(text, 'x', 5000);
  text[5000] = '\0';
  coap_log(LOG_WARNING, "no %s\n", "startup");
  coap_log(LOG_ERR, "lev %d\n", 3);
  coap_log_impl(LOG_DEBUG, "does not pass %d\n", 1);
  coap_set_log_level((coap_log_t)10);
  coap_log_impl((coap_log_t)8, "lev 8\n");
  coap_log_impl((coap_log_t)10, "lev 10\n");
  coap_log(LOG_INFO, "%s\n", text);
  coap_set_log_level(LOG_WARNING);
}

static void
dump_empty(void) {
  coap_pdu_t *pdu = coap_pdu_init(0, 0, 0xffff, 16);
  coap_show_pdu(LOG_CRIT, pdu);
  coap_show_pdu(LOG_CRIT, NULL);
  coap_show_pdu(LOG_NOTICE, pdu);
  coap_set_show_pdu_output(0);
  coap_show_pdu(LOG_ERR, pdu);
  coap_set_show_pdu_output(1);
  coap_delete_pdu(pdu);
}

int
main(void) {
  char text[8192], *line;

  EXPECT(!strcmp(coap_package_name(), "libcoap"));
  EXPECT(!strcmp(coap_package_version(), LIBCOAP_PACKAGE_STRING));

  EXPECT_EQ(coap_get_log_level(), LOG_WARNING);
  coap_set_log_level((coap_log_t)-1);
  EXPECT_EQ((int)coap_get_log_level(), -1); /* D18 */
  coap_set_log_level(LOG_INFO);
  coap_set_log_level((coap_log_t)65535); /* what counts are the low 16 bits */
  EXPECT_EQ((int)coap_get_log_level(), -1);
  coap_set_log_level(LOG_WARNING);

  capture(log_some, text, sizeof(text));
  line = strtok(text, "\n");
  EXPECT(line && strlen(line) == 35 && !strcmp(line + 19, " WARN no startup") && line[15] == '.');
  line = strtok(NULL, "\n");
  EXPECT(line && !strcmp(line + 19, " ERR  lev 3"));
  line = strtok(NULL, "\n");
  EXPECT(line && !strcmp(line + 19, " ???? lev 8"));
  line = strtok(NULL, "\n");
  EXPECT(line && !strcmp(line + 19, " lev 10"));
  line = strtok(NULL, "\n");
  EXPECT(line && strlen(line) == 25 + 5000);
  EXPECT(strtok(NULL, "\n") == NULL);

  capture(dump_empty, text, sizeof(text));
  line = strtok(text, "\n");
  EXPECT(line && !strcmp(line, "v:1 t:CON c:0.00 i:ffff {} [ ]"));
  line = strtok(NULL, "\n");
  EXPECT(line && !strcmp(line + 19, " ERR  v:1 t:CON c:0.00 i:ffff {} [ ]"));
  EXPECT(strtok(NULL, "\n") == NULL);

  coap_set_log_handler(remember);
  errno = ENOENT;
  coap_log(LOG_ERR, "%d %s", 42, "%");
  EXPECT_EQ(errno, ENOENT);
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(seen_level, LOG_ERR);
  EXPECT(!strcmp(seen, "42 %"));
  coap_log(LOG_ERR, "%5000d\n", 1);
  EXPECT_EQ(strlen(seen), 2055);
  coap_log(LOG_NOTICE, "too high\n");
  EXPECT_EQ(calls, 2);
  coap_set_log_handler(talk_back);
  coap_log(LOG_ERR, "hello\n");
  EXPECT_EQ(calls, 4);
  EXPECT(!strcmp(seen, "from inside\n"));

  return expect_done();
}
