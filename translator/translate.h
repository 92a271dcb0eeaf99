/* The pipeline: bytes of a module in, C files out. Entry point of the command line, the tests and the fuzzers. */
#ifndef W2C_TRANSLATE_H
#define W2C_TRANSLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/heat.h"

enum shape {
    SHAPE_AUTO,    /* a program if it can be one, else a library */
    SHAPE_PROGRAM, /* exports _start, imports only WASI: one instance, file-scope statics, a main() */
    SHAPE_LIBRARY  /* instance pointers, a typed header */
};

struct translate_options {
    const char *input_path;  /* for messages */
    const char *output_path; /* OUT.c; parts become OUT_1.c ..., headers OUT.h, OUT_shared.h */
    enum shape shape;
    bool check_bounds;       /* --bounds=check */
    bool strict_traps;       /* under guard each access happens, even one that a C compiler finds useless */
    bool external_runtime;   /* #include <w2c/...> instead of carrying the runtime's text */
    bool validate_only;      /* validate: decode and validate everything, write nothing */
    const char *module_name; /* C identifier prefix for libraries; NULL: from output_path */
    bool keeps_unchanged;    /* files that are there with the same content keep their time: for tools like make */
    unsigned split;          /* number of parts; 0: by size */
    unsigned threads;        /* 0: all processors */
    const char *grants;      /* for programs: options as W2C_OPTIONS spells them, or NULL */
    bool is_sealed;
    bool has_memory_study; /* W2C_MEMORY_HELPER can choose how memory is accessed (w2c/ops_memory_study.h) */
    bool is_sampled;       /* a program that can be sampled while it runs (w2c/sampling.h) */
    const struct heat_profile *profile; /* says which functions are hot; NULL: that is estimated */
    bool count_blocks;     /* a program that counts how often each basic block runs (w2c/counting.h) */
};

struct translate_result {
    char **sources; /* the .c files, in order; malloc'd strings */
    enum heat *heats; /* how hot the functions in each of them are, by the same index */
    size_t source_count;
    char *header; /* the public header of a library, or NULL */
    char *shared; /* the header that the parts of a split output share, or NULL */
    bool is_program;
};

/* Translates. False if the input was bad (message printed on standard error, nothing written or changed) or a file
 * could not be written (likewise). */
bool translate(const uint8_t *bytes, size_t size, const struct translate_options *options,
               struct translate_result *result);
void translate_result_free(struct translate_result *result);

#endif
