/* Accesses that compare with the memory's size, by a switch over a length that only the running program knows: for the
 * memory-helper study. */
#define W2C_BOUNDS_IS_GUARD 0
#define W2C_MEMORY_HELPER 2
#define INTERP_VARIANT check_switch
#include "run_memory.h"
