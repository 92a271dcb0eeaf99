/* Accesses that compare with the memory's size, each of a width that the C compiler knows. */
#define W2C_BOUNDS_IS_GUARD 0
#define INTERP_VARIANT check_fixed
#include "run_memory.h"
