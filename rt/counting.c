/* What a program that counts does besides being one: see w2c/counting.h. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "w2c/counting.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* Up to 512 counts, added to those at their place in the file. How many were written; 0 is a failure. */
static size_t counts_add_some(int file, const u64 *counts, size_t count, off_t offset) {
    u64 sums[512] = {0};
    size_t some = count < 512 ? count : 512;
    if (pread(file, sums, some * sizeof *sums, offset) < 0) {
        return 0;
    }
    for (size_t i = 0; i < some; i++) {
        sums[i] += counts[i];
    }
    size_t size = some * sizeof *sums;
    return pwrite(file, sums, size, offset) == (ssize_t)size ? some : 0;
}

/* What other runs have counted into the file stays: training may start the program several times, and at once. */
static bool counts_add(const char *path, const u64 *counts, size_t count) {
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (file < 0) {
        return false;
    }
    bool is_good = flock(file, LOCK_EX) == 0;
    for (size_t done = 0, some; is_good && done < count; done += some) {
        some = counts_add_some(file, counts + done, count - done, (off_t)(done * sizeof *counts));
        is_good = some > 0;
    }
    return close(file) == 0 && is_good;
}

/* The file is opened at the end, so that the guest has no descriptor that it would not have otherwise. */
W2C_RT int w2c_counting_main(const struct w2c_program *program, const u64 *counts, size_t count, int argument_count,
                             char **arguments) {
    const char *value = secure_getenv("W2C_COUNTS");
    char *path = value ? strdup(value) : NULL;
    unsetenv("W2C_COUNTS");
    int code = w2c_program_main(program, argument_count, arguments);
    if (path && !counts_add(path, counts, count)) {
        fprintf(stderr, "%s: cannot write the counts\n", path);
        code = 1;
    }
    free(path);
    return code;
}
