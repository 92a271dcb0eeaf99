/* Accesses that compare with the memory's size, of a length that only the running program knows: for the memory-helper
 * study. */
#define W2C_BOUNDS_IS_GUARD 0
#define W2C_MEMORY_HELPER 1
#define INTERP_VARIANT check_length
#include "run_memory.h"
