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

/* A variable of threads. The distance from the thread pointer down to it is the same for all threads, and for all
 * processes of this program. */
struct host_variable {
    const char *name;
    size_t distance;
};
enum { HOST_VARIABLES = 2 };

/* Those that compiled functions read, the furthest first. */
void host_variables(struct host_variable variables[HOST_VARIABLES]);

#endif
