/* The log and the dump in a world that is not as one would like it: threads, a clock that goes back, locales, bodies of
 * which only the beginning can be read (debug.md D3, D6, D8, D9, D15, D16). */
/* flags: -D_GNU_SOURCE -pthread */
#include <coap2/coap.h>
#include <locale.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "expect.h"

/* The clock of the test, in seconds since the epoch; 0: the real one. The library finds this function first. */
static time_t made_up;

int
clock_gettime(clockid_t clock, struct timespec *now) {
  if (made_up && clock == CLOCK_REALTIME) {
    now->tv_sec = made_up;
    now->tv_nsec = 0;
    return 0;
  }
  return (int)syscall(SYS_clock_gettime, clock, now);
}

/* What run() writes to stdout, byte by byte, as it is written. */
static size_t
capture(void (*run)(void), char *text, size_t size) {
  FILE *file = tmpfile(), *saved = stdout;
  size_t length;

  setvbuf(file, NULL, _IONBF, 0);
  stdout = file;
  run();
  stdout = saved;
  rewind(file);
  length = fread(text, 1, size - 1, file);
  text[length] = '\0';
  fclose(file);
  return length;
}

/* --- D6: a message is one piece, whoever else writes */

enum { THREADS = 4, LINES = 300 };

static void *
log_lines(void *argument) {
  int line;

  for (line = 0; line < LINES; line++)
    coap_log(LOG_WARNING, "%s-%03d-end\n", (const char *)argument, line);
  return NULL;
}

static void
log_on_threads(void) {
  static const char *const names[THREADS] = {"aaaa", "bbbb", "cccc", "dddd"};
  pthread_t threads[THREADS];
  int i;

  for (i = 0; i < THREADS; i++)
    pthread_create(&threads[i], NULL, log_lines, (void *)(uintptr_t)names[i]);
  for (i = 0; i < THREADS; i++)
    pthread_join(threads[i], NULL);
}

static void
lines_stay_whole(void) {
  static char text[THREADS * LINES * 64];
  char *line, *next;
  int lines = 0, whole = 0;

  capture(log_on_threads, text, sizeof(text));
  for (line = text; (next = strchr(line, '\n')); line = next + 1) {
    *next = '\0';
    lines++;
    whole += strlen(line) == 20 + 5 + 12 && !strcmp(next - 4, "-end") && !strncmp(line + 19, " WARN ", 6);
  }
  EXPECT_EQ(lines, THREADS * LINES);
  EXPECT_EQ(whole, THREADS * LINES);
}

/* --- D6: no lock is held while a handler runs */

static pthread_barrier_t both;

/* Returns only once the other thread is in here, too. */
static void
meet(coap_log_t level, const char *message) {
  (void)level;
  (void)message;
  pthread_barrier_wait(&both);
}

static void *
log_one(void *argument) {
  coap_log(LOG_ERR, "%s", (const char *)argument);
  return NULL;
}

static void
handlers_meet(void) {
  pthread_t other;
  char one[] = "one", two[] = "two";

  alarm(20); /* instead of waiting for ever */
  pthread_barrier_init(&both, NULL, 2);
  coap_set_log_handler(meet);
  pthread_create(&other, NULL, log_one, one);
  log_one(two);
  pthread_join(other, NULL);
  coap_set_log_handler(NULL);
  pthread_barrier_destroy(&both);
  alarm(0);
  EXPECT(1);
}

/* --- D8: the time of the line is the time */

static void
log_once(void) {
  coap_log(LOG_ERR, "now\n");
}

static void
clock_goes_back(void) {
  char text[128];

  setenv("TZ", "UTC", 1);
  made_up = 1700000000;
  coap_clock_init();
  made_up = 86400 * 40 + 3661; /* 10 February 1970, 01:01:01 */
  capture(log_once, text, sizeof(text));
  EXPECT(!strcmp(text, "Feb 10 01:01:01.000 ERR  now\n"));
  made_up = 0;
}

/* --- What a dump shows */

static char seen[3][COAP_DEBUG_BUF_SIZE];
static int calls;

static void
remember(coap_log_t level, const char *line) {
  (void)level;
  if (calls < 3)
    strcpy(seen[calls], line);
  calls++;
}

/* D9 */
static void
printable_everywhere(void) {
  static const char *const locales[] = {"C", "C.UTF-8", "en_US.ISO-8859-1", "de_DE.ISO-8859-1", "de_DE", "en_US"};
  size_t i;
  int byte;

  for (i = 0; i < sizeof(locales) / sizeof(*locales); i++) {
    if (!setlocale(LC_ALL, locales[i]))
      continue;
    for (byte = 0; byte < 256; byte++) {
      coap_pdu_t *pdu = coap_pdu_init(0, COAP_REQUEST_GET, 1, 64);
      uint8_t value = (uint8_t)byte;
      char expected[64];

      if (byte >= 0x20 && byte <= 0x7e)
        snprintf(expected, sizeof(expected), "v:1 t:CON c:GET i:0001 {} [ Uri-Path:%c ]\n", byte);
      else
        snprintf(expected, sizeof(expected), "v:1 t:CON c:GET i:0001 {} [ Uri-Path:\\x%02X ]\n", (unsigned)byte);
      coap_add_option(pdu, COAP_OPTION_URI_PATH, 1, &value);
      calls = 0;
      coap_show_pdu(LOG_ERR, pdu);
      EXPECT(calls == 1 && !strcmp(seen[0], expected));
      coap_delete_pdu(pdu);
    }
  }
  setlocale(LC_ALL, "C");
}

/* D3: of a body only what the line has room for is read. The rest of this one is not there. */
static void
dump_of_a_large_body(void) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE), said = (size_t)1 << 40;
  uint8_t *pages = mmap(NULL, 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  uint8_t format = COAP_MEDIATYPE_APPLICATION_OCTET_STREAM;
  coap_pdu_t *pdu;

  if (pages == MAP_FAILED || mprotect(pages, page, PROT_READ | PROT_WRITE))
    exit(2);
  memset(pages, 'x', page);

  pdu = coap_pdu_init(0, COAP_RESPONSE_CODE_CONTENT, 1, 64);
  pdu->body_data = pages;
  pdu->body_length = said;
  calls = 0;
  coap_show_pdu(LOG_ERR, pdu);
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(strlen(seen[0]), 2055);

  coap_add_option(pdu, COAP_OPTION_CONTENT_FORMAT, 1, &format);
  calls = 0;
  coap_show_pdu(LOG_ERR, pdu);
  EXPECT_EQ(calls, 3);
  EXPECT(strstr(seen[0], " :: binary data length 1099511627776\n") != NULL);
  EXPECT(strlen(seen[1]) == 2055 && strlen(seen[2]) == 2055);
  coap_delete_pdu(pdu);
  munmap(pages, 2 * page);
}

/* D15, D16: the version of the TLS library is shown whole, and cut only where the caller's buffer ends. */
static void
tls_version(void) {
  char whole[160], text[160], line[162];
  size_t size;

  EXPECT(coap_string_tls_version(whole, sizeof(whole)) == whole);
  snprintf(line, sizeof(line), "%s\n", whole);
  calls = 0;
  coap_show_tls_version(LOG_ERR);
  EXPECT(calls == 1 && !strcmp(seen[0], line));
  for (size = 0; size <= strlen(whole) + 2; size++) {
    memset(text, '#', sizeof(text));
    EXPECT(coap_string_tls_version(size ? text : NULL, size) == (size ? text : NULL));
    EXPECT(text[size] == '#');
    if (size)
      EXPECT(!strncmp(text, whole, size - 1) && strlen(text) == (size <= strlen(whole) ? size - 1 : strlen(whole)));
  }
}

int
main(void) {
  lines_stay_whole();
  handlers_meet();
  clock_goes_back();

  coap_set_log_handler(remember);
  coap_set_show_pdu_output(0);
  printable_everywhere();
  dump_of_a_large_body();
  tls_version();
  coap_set_log_handler(NULL);
  return expect_done();
}
