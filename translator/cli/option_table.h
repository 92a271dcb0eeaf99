/* The rows of the option table (options.c), for who reads them (options_read.c). */
#ifndef W2C_OPTION_TABLE_H
#define W2C_OPTION_TABLE_H

#include "options.h"

typedef bool setter(struct options *options, const char *value); /* false after a message */

struct option {
    char letter; /* or 0 */
    const char *name;
    const char *argument; /* as help shows it; NULL for a flag; with [=...] it may be left out */
    int commands;
    setter *set;
    const char *help; /* NULL: not shown */
};

/* A value that may be left out follows in the same word. */
static inline bool has_optional_value(const struct option *option) {
    return option->argument && option->argument[0] == '[';
}

extern const struct option option_table[];
extern const size_t option_count;

#endif
