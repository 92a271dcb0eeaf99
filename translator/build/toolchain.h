/* From C files to a program, an object, a shared library or an archive, with the user's C compiler. */
#ifndef W2C_TOOLCHAIN_H
#define W2C_TOOLCHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/heat.h"
#include "words.h"

enum artifact {
    ARTIFACT_SOURCE,
    ARTIFACT_PROGRAM,
    ARTIFACT_OBJECT,
    ARTIFACT_SHARED,
    ARTIFACT_ARCHIVE,
    ARTIFACT_BUILD_FILE /* C, and a file by which another tool makes a program or an archive of it (build_files.h) */
};

/* -O2 for what is hot, less for the rest; for all as little as for what is cold. */
enum { LEVEL_BY_HEAT = -1, LEVEL_LEAST = -2 };

/* Files of C. Borrowed: nothing here is copied. */
struct sources {
    char *const *paths;
    const enum heat *heats; /* of each, or NULL: all are hot */
    size_t count;
    const char *headers[2]; /* that were written with them and are included by all, or NULL */
};

struct toolchain {
    struct words compiler; /* command and arguments: "ccache gcc -m64" */
    struct words flags;    /* the user's, after ours */
    int level;             /* -O, or one of the above */
    bool wants_lto;        /* programs and shared libraries: optimise all parts together, in several jobs */
    bool wants_placement;  /* programs: let the linker place the memory, where that works (placement.h) */
    unsigned parallel;
    bool is_verbose;
};

/* The compiler command: `command`, or CC, or "cc". False, after a message, if it cannot be split into words. */
bool toolchain_find(struct toolchain *toolchain, const char *command);

/* Tells compilers and their versions apart, for the key of a cache: the command and what it says to --version. */
void toolchain_identity(const struct toolchain *toolchain, struct text *out);

/* By what it says to --version. */
bool toolchain_is_clang(const struct toolchain *toolchain);

/* What wants_lto means to it. */
const char *toolchain_lto_flags(const struct toolchain *toolchain, bool is_linking);

/* The flag for parts of a heat, and what compiling one of them costs, relative to others. */
const char *toolchain_level(const struct toolchain *toolchain, enum heat heat);
uint64_t toolchain_cost(const struct toolchain *toolchain, const char *source, enum heat heat);

/* The two halves of it: compiles sources to objects in the scratch folder, in the order of the sources; joins objects.
 */
struct objects {
    struct words paths;
    const char *code_flags; /* of this compiler, for all of them */
    bool is_placed;         /* compiled for a memory that the linker places */
};
bool toolchain_compile(const struct toolchain *toolchain, enum artifact artifact, const struct sources *sources,
                       struct objects *objects);
bool toolchain_join(const struct toolchain *toolchain, enum artifact artifact, const struct objects *objects,
                    const char *result);

/* Compiles `sources` and joins them into `result`, a path in the scratch folder, which must be open and takes all
 * files in between. False after a message, the compiler's and ours. */
bool toolchain_build(const struct toolchain *toolchain, enum artifact artifact, const struct sources *sources,
                     const char *result);

#endif
