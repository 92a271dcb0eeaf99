/* The interpreter engine: each function is lowered to register code when it is first called, and run by one loop with
 * threaded dispatch. It is the oracle of differential tests, and the baseline that compiled code is compared with. */
#ifndef W2C_INTERP_H
#define W2C_INTERP_H

#include "../engine/live.h"

extern const struct engine interp_engine;

/* How loads and stores are carried out: the variants of the memory-helper study. INTERP_MEMORY_DEFAULT is the fixed-width one. */
enum interp_memory {
    INTERP_MEMORY_FIXED,         /* width known when the interpreter is compiled, one move */
    INTERP_MEMORY_LENGTH,        /* memcpy whose length is an operand at run time */
    INTERP_MEMORY_SWITCH,        /* switch over the length, aligned accesses by typed pointers */
    INTERP_MEMORY_FIXED_SWITCH   /* both: the switch, with a length known at compile time */
};

/* Set before the first instance is made; process-wide. `counts`, if not NULL, has one place for each operator
 * (enum op), and receives how often each was executed: see translator/profile/blocks.h for what that means. */
void interp_configure(enum interp_memory memory, uint64_t *counts);

#endif
