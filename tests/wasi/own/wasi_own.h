/* What the programs here share. Each checks what it can and says what was wrong; the exit code is 0 if nothing was. */
#ifndef TESTS_WASI_OWN_H
#define TESTS_WASI_OWN_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <wasi/api.h>

static int own_failures;

/* Two values that have to be the same. */
#define EXPECT(actual, expected) own_expect(__FILE__, __LINE__, #actual, (long long)(actual), (long long)(expected))

static inline void own_expect(const char *file, int line, const char *text, long long actual, long long expected) {
    if (actual != expected) {
        printf("%s:%d: %s is %lld, not %lld\n", file, line, text, actual, expected);
        own_failures++;
    }
}

static inline int own_result(void) {
    return own_failures == 0 ? 0 : 1;
}

#endif
