/* Where a program spent its time while it was counted.
 *
 * The functions are put in the order of how often an average byte of each was executed, for that is what a compiler's
 * time buys: its price goes with the size of the code. From the front, the functions that did 99.9 percent of
 * everything are hot, and those that did nine tenths of the rest are warm. In large programs that is little code, and
 * what never ran is most of it.
 */
#include "heat_estimate.h"

#include <stdlib.h>

#include "../base/arena.h"

static const double hot_share = 0.999, warm_share = 0.9999;

struct ranked {
    uint32_t func;
    double executed;
    double density; /* operators executed for each byte */
};

/* Equal ones in the order of their indices, so that the same counts always mean the same. */
static int compare(const void *a, const void *b) {
    const struct ranked *x = a, *y = b;
    if (x->density != y->density) return x->density > y->density ? -1 : 1;
    return x->func < y->func ? -1 : x->func > y->func;
}

static double sum_of(const struct ranked *ranked, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += ranked[i].executed;
    return sum;
}

bool heat_profile_fits(const struct module *m, const struct heat_profile *profile) {
    for (size_t i = 0; i < profile->count; i++) {
        if (profile->counts[i].func >= m->func_count) return false;
    }
    return true;
}

const unsigned char *heat_measured(const struct module *m, struct arena *arena, const struct heat_profile *profile) {
    unsigned char *heats = arena_array(arena, unsigned char, (size_t)m->func_count + 1);
    struct ranked *ranked = arena_array(arena, struct ranked, profile->count + 1);
    for (size_t i = 0; i < profile->count; i++) {
        const struct heat_count *count = &profile->counts[i];
        const size_t size = m->funcs[count->func].body.size;
        const double executed = (double)count->executed;
        ranked[i] = (struct ranked){count->func, executed, executed / (double)(size ? size : 1)};
    }
    qsort(ranked, profile->count, sizeof *ranked, compare);
    const double all = sum_of(ranked, profile->count);
    memset(heats, HEAT_COLD, m->func_count);
    double before = 0;
    for (size_t i = 0; i < profile->count && ranked[i].executed > 0; i++) {
        if (before < all * warm_share) heats[ranked[i].func] = before < all * hot_share ? HEAT_HOT : HEAT_WARM;
        before += ranked[i].executed;
    }
    return heats;
}
