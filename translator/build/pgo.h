/* Profile-guided builds: a program that counts, a run of it in training, and a build that knows what the run has done.
 */
#ifndef W2C_PGO_H
#define W2C_PGO_H

#include "toolchain.h"

struct training {
    const char *command; /* for the shell; `output` in it as a word, and $W2C_PROGRAM, are the program that counts */
    const char *output;  /* what the user calls the program */
};

/* Runs the command; false after a message, also if it failed. */
bool pgo_train(const struct toolchain *toolchain, const struct training *training, const char *program);

/* It was run, but left no counts. */
void pgo_complain(const struct training *training);

/* toolchain_build for programs, with training between two of it. gcc and clang can do it. All that is made on the way
 * is in the scratch folder. False after a message. */
bool pgo_build(const struct toolchain *toolchain, const struct training *training, const struct sources *sources,
               const char *result);

#endif
