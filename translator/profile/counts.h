/* Exact counts of executed operators as people and programs read them. */
#ifndef W2C_COUNTS_H
#define W2C_COUNTS_H

#include "../base/heat.h"
#include "../base/text.h"
#include "../wasm/module.h"
#include "blocks.h"

enum counts_format { COUNTS_TABLE, COUNTS_JSON, COUNTS_CSV };

struct counts {
    const struct module *module;
    const char *engine;       /* what counted, as --engine names it */
    const struct name *names; /* of functions, for people */
    uint64_t ops[OP_COUNT];
    uint64_t *funcs; /* by index: operators executed in each */
    uint64_t total;
};

/* Adds up what the blocks of `plan` counted. Everything is in `arena`; `scratch` is reset. */
struct counts *counts_of_blocks(const struct block_plan *plan, const uint64_t *block_counts, struct arena *arena,
                                struct arena *scratch);

/* Writes operators, then functions, both with the most frequent first: at most `top` rows of each, and none of what was
 * never executed. A row has the count and its share of all operators. */
void counts_write(struct text *out, const struct counts *counts, enum counts_format format, size_t top,
                  struct arena *scratch);

/* What COUNTS_CSV says of functions; false if the text is something else. */
bool counts_read_csv(const char *text, size_t size, struct arena *arena, struct heat_profile *profile);

/* plan->count numbers from the file that a counting program has written; false if it is not there, or not whole. */
bool counts_read_blocks(const char *path, const struct block_plan *plan, uint64_t *block_counts);

/* In `arena`; `scratch` is reset. */
struct heat_profile counts_heat(const struct block_plan *plan, const uint64_t *block_counts, struct arena *arena,
                                struct arena *scratch);

#endif
