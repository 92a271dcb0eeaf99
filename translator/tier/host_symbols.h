/* Functions of this process that an image calls: host_symbols.def, with addresses. */
#ifndef W2C_HOST_SYMBOLS_H
#define W2C_HOST_SYMBOLS_H

#include <stddef.h>

#include "w2c/w2c.h"

struct host_symbol {
    const char *name;
    w2c_code code;
};

extern const struct host_symbol host_symbols[];
extern const size_t host_symbol_count;

/* The distance from the thread pointer down to w2c_stack_limit: the same for all threads, and for all processes of this
 * program. */
size_t host_stack_limit_distance(void);

#endif
