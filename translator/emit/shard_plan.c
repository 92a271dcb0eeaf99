/* Functions of one heat are compiled with one level of optimisation, so they share files with no others.
 *
 * Where a file ends must not depend on all that stands before: one function that grows would push some other over each
 * limit behind it, and every file would change. So a file may end at many places, and which one it is says the number
 * of the function there: of the functions behind which the file would be neither too small nor too large, that with the
 * least hash of its index. Two lists of functions that differ in one place agree again where a window of one
 * holds the choice of the other, which is at once or very soon. (The same idea, with hashes of contents, cuts files
 * into chunks that survive insertions. Here indices do: functions that get other indices have other names in C.)
 */
#include "shard_plan.h"

#include "../base/arena.h"

/* A range has between three and five quarters of the wanted size, but for the last of its heat and single giants. */
enum { QUARTERS_LEAST = 3, QUARTERS_MOST = 5 };

static size_t func_bytes(const struct module *m, uint32_t func) {
    return m->funcs[func].body.size;
}

/* Multiplication spreads low bits upwards, the shift brings them back. */
static uint32_t hash_of(uint32_t func) {
    const uint32_t spread = (func + 1) * 0x9e3779b1u;
    return (spread ^ spread >> 15) * 0x85ebca77u;
}

/* The place behind the range that begins with funcs[at]. */
static uint32_t range_end(const struct module *m, const uint32_t *funcs, uint32_t at, uint32_t count, size_t bytes) {
    const size_t least = bytes / 4 * QUARTERS_LEAST, most = bytes / 4 * QUARTERS_MOST;
    size_t sum = 0;
    uint32_t best = 0;
    for (; at < count && (sum < most || !best); at++) {
        sum += func_bytes(m, funcs[at]);
        if (sum > most && best) break;
        if (sum >= least && (!best || hash_of(funcs[at]) < hash_of(funcs[best - 1]))) best = at + 1;
    }
    const bool is_rest = at == count && sum <= most;
    return is_rest || !best ? count : best;
}

static void cut(struct shard_plan *plan, const struct module *m, const uint32_t *funcs, uint32_t count, enum heat heat,
                size_t bytes) {
    for (uint32_t at = 0; at < count;) {
        const uint32_t end = range_end(m, funcs, at, count, bytes);
        plan->ranges[plan->count++] = (struct shard_range){funcs + at, end - at, heat};
        at = end;
    }
}

static uint32_t *own_functions(const struct module *m, struct arena *arena) {
    uint32_t *funcs = arena_array(arena, uint32_t, (size_t)m->func_count + 1);
    for (uint32_t i = m->imported_func_count; i < m->func_count; i++)
        funcs[i - m->imported_func_count] = i;
    return funcs;
}

static size_t code_bytes(const struct module *m) {
    size_t size = 0;
    for (uint32_t i = m->imported_func_count; i < m->func_count; i++)
        size += func_bytes(m, i);
    return size;
}

struct shard_plan shard_plan_count(const struct module *m, struct arena *arena, size_t count) {
    struct shard_plan plan = {arena_array(arena, struct shard_range, count), count};
    const uint32_t *funcs = own_functions(m, arena);
    const uint32_t func_count = m->func_count - m->imported_func_count;
    const size_t bytes = code_bytes(m);
    size_t done = 0;
    for (uint32_t i = 0, next = 0; i < count; i++) {
        const uint32_t first = next;
        const size_t share = bytes * (i + 1) / count;
        const bool is_last = i + 1 == count;
        while (next < func_count && (is_last || done < share))
            done += func_bytes(m, funcs[next++]);
        plan.ranges[i] = (struct shard_range){funcs + first, next - first, HEAT_HOT};
    }
    return plan;
}

/* Every range but three has the least size, or is a single function of more than that. */
static size_t most_ranges(size_t all, size_t bytes) {
    return all / (bytes / 4 * QUARTERS_LEAST) + HEAT_COUNT + 1;
}

struct shard_plan shard_plan_heat(const struct module *m, struct arena *arena, const unsigned char *heats,
                                  size_t bytes) {
    struct shard_plan plan = {.count = 0};
    plan.ranges = arena_array(arena, struct shard_range, most_ranges(code_bytes(m), bytes));
    for (int heat = 0; heat < HEAT_COUNT; heat++) {
        uint32_t *funcs = arena_array(arena, uint32_t, (size_t)m->func_count + 1);
        uint32_t count = 0;
        for (uint32_t i = m->imported_func_count; i < m->func_count; i++) {
            if (heats[i] == heat) funcs[count++] = i;
        }
        cut(&plan, m, funcs, count, (enum heat)heat, bytes);
    }
    return plan;
}
