/* The interpreter engine: each function is lowered to register code when it is first called, and run by one loop with
 * threaded dispatch. It is the oracle of differential tests, and the baseline that compiled code is compared with. */
#ifndef W2C_INTERP_H
#define W2C_INTERP_H

#include "../engine/live.h"
#include "../profile/blocks.h"

extern const struct engine interp_engine;

/* How loads and stores are carried out: the variants of the memory-helper study. */
enum interp_memory {
    INTERP_MEMORY_FIXED,       /* width known when the interpreter is compiled, one move */
    INTERP_MEMORY_LENGTH,      /* memcpy whose length is an operand at run time */
    INTERP_MEMORY_SWITCH,      /* switch over the length, aligned accesses by typed pointers */
    INTERP_MEMORY_FIXED_SWITCH /* both: the switch, with a length known at compile time */
};

/* For instances that are made from then on; process-wide. `plan` and `counts` are both NULL, or counting is on: counts
 * has plan->count places, one for each basic block of plan->module, and its functions add 1 to the place of each block
 * they begin (block_walk_step says where, while lowering). See translator/profile/blocks.h. */
void interp_configure(enum interp_memory memory, const struct block_plan *plan, uint64_t *counts);

#endif
