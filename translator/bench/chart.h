/* Bar charts as SVG inside of an HTML page.
 *
 *      interp  ████████████████████████████|—•••—|   14.1 s
 *     gcc -O0  ███████                                3.52 s
 *     gcc -O2  █                                      512 ms
 *
 * One bar a row, lying, so that labels of any length can be read; from zero, so that lengths are in proportion. A bar
 * may consist of parts, and may carry the single measurements as dots with a line from the least to the
 * greatest. Colours are CSS classes that the page defines (bench_html.c): part-0 ... or, for whole bars, kind-0 .... */
#ifndef W2C_CHART_H
#define W2C_CHART_H

#include <stddef.h>

#include "../base/text.h"
#include "units.h"

enum { CHART_PARTS = 3 };

struct chart_bar {
    const char *label;
    double parts[CHART_PARTS]; /* lengths, one after another; those past part_count are 0 */
    const char *value;         /* what stands at the end of the bar, or instead of it */
    unsigned kind;             /* colour of a bar of one part */
    const double *dots;        /* single measurements, of the same unit; or NULL */
    size_t dot_count;
};

struct chart {
    const char *title; /* for readers that do not see */
    enum unit unit;
    const char *part_names[CHART_PARTS];
    size_t part_count; /* 1: no legend */
    const struct chart_bar *bars;
    size_t count;
};

void chart_write(struct text *out, struct arena *arena, const struct chart *chart);

/* The distance of marks on an axis from 0 to `max` (> 0): a round number, so that there are 3 to 7 besides 0. */
double chart_step(double max);

#endif
