/* H12, H4: our own uthash.h, since <uthash.h> names it when include/coap2 is searched. */
/* flags: -Iinclude/coap2 */
#include "sessions.h"

#ifdef HASH_ADD
#error "this is not our own uthash.h"
#endif
