/* Copies of small functions, for the files that call them. See copies.c. */
#ifndef W2C_COPIES_H
#define W2C_COPIES_H

#include "emit.h"
#include "shard_plan.h"

enum { COPY_MOST_CALLS = 3 };

/* Of one function; `text` is NULL if it has none. */
struct function_copy {
    const char *text; /* its definition in C */
    size_t size;
    uint32_t callees[COPY_MOST_CALLS]; /* what it calls */
    uint32_t callee_count;
};

/* By function index, in `arena`. For an emitter whose output is split, before any part of it is written: functions are
 * built and emitted here as they will be for their own file, so all of their module must be known (the emitter is
 * prepared). A function that is malformed has no copy; to say so is left to whoever translates it. */
const struct function_copy *copies_make(const struct emitter *emitter, struct arena *arena);

/* Which functions the file of the functions `own` has copies of: sets bits in `copied`, and in `called`, the functions
 * that the file calls, those of what the copies call. */
void copies_choose(const struct emitter *emitter, const struct shard_range *own, unsigned char *called,
                   unsigned char *copied);

/* Their definitions. All that is called must be declared. */
void copies_write(struct text *out, const struct emitter *emitter, const unsigned char *copied);

#endif
