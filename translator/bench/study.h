/* The study that this project comes from: four ways to write the function that moves a value to or from linear memory.
 * `w2c bench --memory-helpers` repeats it, in the interpreter and in C (w2c/ops_memory_study.h). */
#ifndef W2C_STUDY_H
#define W2C_STUDY_H

#include "../base/text.h"

struct bench;

enum { STUDY_HELPERS = 4 };

struct study_helper {
    const char *name; /* short, for labels */
    const char *title;
    double published_seconds; /* what the study measured */
};

/* By the number that W2C_MEMORY_HELPER and enum interp_memory give it. */
extern const struct study_helper study_helpers[STUDY_HELPERS];

/* The table of the study beside ours, then the machine code of a load and a store of each helper. */
void study_write(const struct bench *bench, struct text *out);

#endif
