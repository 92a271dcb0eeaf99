/* Accesses under guard pages, of a length that only the running program knows: for the memory-helper study. */
#define W2C_BOUNDS_IS_GUARD 1
#define W2C_MEMORY_HELPER 1
#define INTERP_VARIANT guard_length
#include "run_memory.h"
