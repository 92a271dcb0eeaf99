/* Which functions stand in which file of a split output. */
#ifndef W2C_SHARD_PLAN_H
#define W2C_SHARD_PLAN_H

#include "../base/heat.h"
#include "../wasm/module.h"

/* Part of a list of functions, in the order of their indices. */
struct shard_range {
    const uint32_t *funcs;
    uint32_t count;
    enum heat heat;
};

struct shard_plan {
    struct shard_range *ranges;
    size_t count;
};

/* Exactly `count` ranges of about equal size, regardless of heat. */
struct shard_plan shard_plan_count(const struct module *module, struct arena *arena, size_t count);

/* Ranges of about `bytes` of wasm code and one heat each, hot ones first. A change in the size of a function changes
 * the limits of the ranges next to it at most. `heats` is by function index. */
struct shard_plan shard_plan_heat(const struct module *module, struct arena *arena, const unsigned char *heats,
                                  size_t bytes);

#endif
