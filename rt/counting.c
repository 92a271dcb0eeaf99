/* What a program that counts does besides being one: see w2c/counting.h. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "w2c/counting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool counts_write(const char *path, const u64 *counts, size_t count) {
    FILE *file = fopen(path, "wb");
    if (!file) {
        return false;
    }
    bool is_written = fwrite(counts, sizeof *counts, count, file) == count;
    return fclose(file) == 0 && is_written;
}

/* The file is opened at the end, so that the guest has no descriptor that it would not have otherwise. */
W2C_RT int w2c_counting_main(const struct w2c_program *program, const u64 *counts, size_t count, int argument_count,
                             char **arguments) {
    const char *value = secure_getenv("W2C_COUNTS");
    char *path = value ? strdup(value) : NULL;
    unsetenv("W2C_COUNTS");
    int code = w2c_program_main(program, argument_count, arguments);
    if (path && !counts_write(path, counts, count)) {
        fprintf(stderr, "%s: cannot write the counts\n", path);
        code = 1;
    }
    free(path);
    return code;
}
