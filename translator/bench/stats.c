/* Order statistics of a few numbers. */
#include "stats.h"

#include <stdlib.h>
#include <string.h>

#include "../base/arena.h"

static int compare_numbers(const void *left, const void *right) {
    const double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* The value below which `share` of the sorted numbers lie, linear between neighbours: of two numbers the median is
 * half-way, of one each quantile is that one. */
static double quantile(const double *sorted, size_t count, double share) {
    const double place = share * (double)(count - 1);
    const size_t below = (size_t)place;
    if (below + 1 >= count) return sorted[count - 1];
    return sorted[below] + (place - (double)below) * (sorted[below + 1] - sorted[below]);
}

struct stats stats_of(const double *values, size_t count) {
    if (!count) return (struct stats){0};
    double *sorted = malloc(count * sizeof *sorted);
    if (!sorted) arena_exhausted();
    memcpy(sorted, values, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare_numbers);
    const struct stats stats = {.count = count,
                                .min = sorted[0],
                                .lower_quartile = quantile(sorted, count, 0.25),
                                .median = quantile(sorted, count, 0.5),
                                .upper_quartile = quantile(sorted, count, 0.75),
                                .max = sorted[count - 1]};
    free(sorted);
    return stats;
}
