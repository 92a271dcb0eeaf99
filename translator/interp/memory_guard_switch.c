/* Accesses under guard pages, by a switch over a length that only the running program knows: for the memory-helper
 * study. */
#define W2C_BOUNDS_IS_GUARD 1
#define W2C_MEMORY_HELPER 2
#define INTERP_VARIANT guard_switch
#include "run_memory.h"
