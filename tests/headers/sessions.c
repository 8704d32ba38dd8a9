/* H13: sessions in a list, with the uthash of this system if there is one. */
#include "sessions.h"
