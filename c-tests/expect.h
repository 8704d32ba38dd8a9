/* What every program of c-tests uses: expectations that are counted and told, and a result.
 *
 *     #include "expect.h"
 *     int main(void) { EXPECT(1 + 1 == 2); return expect_done(); }
 */
#ifndef EXPECT_H
#define EXPECT_H

#include <stdio.h>

static int expect_failed, expect_made;

#define EXPECT(condition)                                                          \
  do {                                                                             \
    expect_made++;                                                                 \
    if (!(condition)) {                                                            \
      expect_failed++;                                                             \
      printf("%s:%d: expected: %s\n", __FILE__, __LINE__, #condition);             \
    }                                                                              \
  } while (0)

#define EXPECT_EQ(actual, expected)                                                \
  do {                                                                             \
    long long expect_a = (long long)(actual), expect_e = (long long)(expected);    \
    expect_made++;                                                                 \
    if (expect_a != expect_e) {                                                    \
      expect_failed++;                                                             \
      printf("%s:%d: %s is %lld, expected %lld\n", __FILE__, __LINE__, #actual,    \
             expect_a, expect_e);                                                  \
    }                                                                              \
  } while (0)

static inline int
expect_done(void) {
  printf("%d expectations, %d failed\n", expect_made, expect_failed);
  return expect_failed != 0 || expect_made == 0;
}

#endif
