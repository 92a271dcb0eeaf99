/* How often a function probably runs, and so what a C compiler may spend on it. wasm/heat_estimate.h says where it
 * comes from. */
#ifndef W2C_HEAT_H
#define W2C_HEAT_H

#include <stddef.h>
#include <stdint.h>

enum heat { HEAT_HOT, HEAT_WARM, HEAT_COLD };
enum { HEAT_COUNT = 3 };

/* What was counted while a program ran: operators executed, by function; one that is not there executed none. */
struct heat_count {
    uint32_t func;
    uint64_t executed;
};
struct heat_profile {
    struct heat_count *counts;
    size_t count;
};

#endif
