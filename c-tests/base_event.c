/* Setting the event handler (docs/spec/base.md, section 9); delivering events is tested with sessions. */
#pragma GCC diagnostic ignored "-Wdeprecated-declarations" /* the old names are what is tested here */
#include <coap2/coap.h>

#include "expect.h"

static int calls;

static int
on_event(coap_context_t *context, coap_event_t event, coap_session_t *session) {
  EXPECT(context != NULL && session == NULL);
  calls++;
  return (int)event;
}

int
main(void) {
  coap_context_t *context = coap_new_context(NULL);
  EXPECT(context->handle_event == NULL);
  EXPECT_EQ(coap_handle_event(context, COAP_EVENT_TCP_FAILED, NULL), 0);
  coap_register_event_handler(context, on_event);
  EXPECT(context->handle_event == on_event);
  EXPECT_EQ(calls, 0);
  EXPECT_EQ(coap_handle_event(context, (coap_event_t)77, NULL), 77);
  EXPECT_EQ(calls, 1);
  coap_clear_event_handler(context);
  EXPECT(context->handle_event == NULL);
  coap_set_event_handler(context, on_event);
  EXPECT(context->handle_event == on_event);
  coap_register_event_handler(context, NULL);
  EXPECT(context->handle_event == NULL);

  /* B27 */
  coap_register_event_handler(NULL, on_event);
  coap_set_event_handler(NULL, on_event);
  coap_clear_event_handler(NULL);
  EXPECT_EQ(coap_handle_event(NULL, COAP_EVENT_TCP_FAILED, NULL), 0);
  coap_free_context(context);
  return expect_done();
}
