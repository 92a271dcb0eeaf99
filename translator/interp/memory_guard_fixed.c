/* Accesses under guard pages, each of a width that the C compiler knows: one instruction, nothing to check. */
#define W2C_BOUNDS_IS_GUARD 1
#define INTERP_VARIANT guard_fixed
#include "run_memory.h"
