/* Where a program will probably spend its time: an estimate from its code alone.
 *
 * C compilers take most of the time of a build, and three times as long with -O2 as with next to no optimisation. What
 * is seldom executed need not pay that. The estimate is wrong here and there; a function that is colder in
 * truth costs time of the compiler, one that is hotter runs somewhat slower, and nothing else depends on it. */
#ifndef W2C_HEAT_ESTIMATE_H
#define W2C_HEAT_ESTIMATE_H

#include "../base/heat.h"
#include "module.h"

struct arena;

/* By function index. Deterministic, whatever the number of threads. Bodies need not be valid: what of a body cannot be
 * read counts for nothing. */
const unsigned char *heat_estimate(const struct module *module, struct arena *arena, unsigned threads);

/* The same from a run of the program, in heat_measured.c; `profile` must fit: count no function that is not there. */
bool heat_profile_fits(const struct module *module, const struct heat_profile *profile);
const unsigned char *heat_measured(const struct module *module, struct arena *arena,
                                   const struct heat_profile *profile);

#endif
