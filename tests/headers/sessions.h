/* Walks over a list of sessions as the library would link it. Rows H4 and H13 of docs/spec/headers.md. */
#include <coap2/coap.h>
#include "expect.h"

static coap_session_t sessions[3];
static UT_hash_table table;

static coap_session_t *
link_sessions(void) {
  memset(sessions, 0, sizeof(sessions));
  memset(&table, 0, sizeof(table));
  table.num_items = 3;
  for (int i = 0; i < 3; i++) {
    sessions[i].hh.tbl = &table;
    sessions[i].hh.prev = i > 0 ? &sessions[i - 1] : NULL;
    sessions[i].hh.next = i < 2 ? &sessions[i + 1] : NULL;
  }
  return &sessions[0];
}

int
main(void) {
  coap_session_t *head = link_sessions(), *el, *tmp;
  int n = 0;

  SESSIONS_ITER(head, el, tmp) {
    EXPECT(el == &sessions[n++]);
    memset(el, 0, sizeof(*el)); /* as if it were released */
  }
  EXPECT_EQ(n, 3);

  head = link_sessions(), n = 0;
  SESSIONS_ITER_SAFE(head, el, tmp)
    EXPECT(el == &sessions[n++]);
  EXPECT_EQ(n, 3);

  head = link_sessions(), n = 0;
  HASH_ITER(hh, head, el, tmp)
    EXPECT(el == &sessions[n++]);
  EXPECT_EQ(n, 3);
  EXPECT_EQ(HASH_COUNT(head), 3);
  EXPECT_EQ(HASH_CNT(hh, head), 3);

  head = NULL, n = 0;
  SESSIONS_ITER(head, el, tmp)
    n++;
  HASH_ITER(hh, head, el, tmp)
    n++;
  EXPECT_EQ(n, 0);
  EXPECT_EQ(HASH_COUNT(head), 0);
  return expect_done();
}
