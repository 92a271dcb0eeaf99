/* What a sampled program left behind (w2c/sampling.h), as stacks of functions with names. */
#ifndef W2C_SAMPLES_H
#define W2C_SAMPLES_H

#include <stdbool.h>

#include "../wasm/module.h"
#include "flame.h"

struct samples_summary {
    uint64_t count;
    uint64_t microseconds; /* of processor time, all samples together */
    uint64_t lost;         /* samples that had no room */
};

/* Adds every stack in the bytes of the file to `flame`, from the guest's outermost function inwards; `names` has the
 * functions' names, `func_count` of them. False if the bytes are no such file. */
bool samples_add(struct flame *flame, struct arena *arena, const uint8_t *bytes, size_t size, const struct name *names,
                 uint32_t func_count, struct samples_summary *summary);

#endif
