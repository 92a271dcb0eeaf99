/* What is said of repeated measurements: a middle and how far they scatter. Not a mean: one run that the machine
 * disturbed would move it. */
#ifndef W2C_STATS_H
#define W2C_STATS_H

#include <stddef.h>

/* All zero if there is nothing to describe. */
struct stats {
    size_t count;
    double min;
    double lower_quartile;
    double median;
    double upper_quartile;
    double max;
};

/* Describes `count` numbers, in any order, none of them a NaN. */
struct stats stats_of(const double *values, size_t count);

#endif
