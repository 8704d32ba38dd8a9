/* Ticks (docs/spec/base.md, section 7). */
#include <coap2/coap.h>
#include <time.h>

#include "expect.h"

static coap_tick_t
ticks(void) {
  coap_tick_t t = 0;
  coap_ticks(&t);
  return t;
}

static void
agrees_with_the_clock(void) {
  time_t before = time(NULL);
  coap_tick_t t = ticks();
  time_t after = time(NULL);
  /* Ticks are rounded, which may lead into the next second. */
  EXPECT(coap_ticks_to_rt(t) >= before && coap_ticks_to_rt(t) <= after + 1);
  EXPECT(coap_ticks_to_rt_us(t) / 1000000 == (uint64_t)coap_ticks_to_rt(t));
  EXPECT(coap_ticks_from_rt_us(coap_ticks_to_rt_us(t)) == t);
  EXPECT(coap_ticks_from_rt_us(coap_ticks_to_rt_us(t) + 999) == t);
}

int
main(void) {
  /* Milliseconds since the epoch, until the clock is started. */
  EXPECT(ticks() / 1000 + 2 > (coap_tick_t)time(NULL));
  agrees_with_the_clock();

  coap_clock_init();
  EXPECT(ticks() < 60000);
  agrees_with_the_clock();
  EXPECT_EQ(coap_ticks_to_rt_us(0) % 1000000, 0);

  /* B25, B26 */
  EXPECT_EQ(coap_ticks_from_rt_us(0), 0);
  EXPECT_EQ(coap_ticks_from_rt_us(coap_ticks_to_rt_us(0) - 1), 0);
  coap_ticks(NULL);

  coap_tick_t earlier = ticks(), later = ticks();
  EXPECT(coap_time_le(earlier, later) && coap_time_lt(earlier - 1, later));
  return expect_done();
}
