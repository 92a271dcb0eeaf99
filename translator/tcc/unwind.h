/* Tells the unwinder how code of tcc looks, so that backtraces of traps go through it. */
#ifndef W2C_TCC_UNWIND_H
#define W2C_TCC_UNWIND_H

#include <stdint.h>

/* Unwind information for code in [low, high). Zeroed: none. Must stay where it is while it is in use. */
struct unwind_range {
    uint8_t bytes[96];
    uintptr_t low;
};

void unwind_add(struct unwind_range *range, uintptr_t low, uintptr_t high);
void unwind_remove(struct unwind_range *range);

#endif
