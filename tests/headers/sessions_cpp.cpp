/* H4: the same in C++. */
#include "sessions.h"
