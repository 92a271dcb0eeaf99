/* What must be in the key: whatever can change a byte of the object, and nothing else, for that is what makes the cache
 * worth having. The text of the part and of the headers that were written with it is all that these include, but
 * for the headers of libc, which do not change what they mean while programs that were compiled with them still run.
 *
 * The user's flags are in the key as words. A flag that names a file is not known by its name alone, and one
 * that makes the compiler write a second file needs the compiler to run; so it is listed here which ones are known to
 * do neither, and any other turns the cache off. -g is not among them because the names of folders are in its output,
 * nor is -march=native, because a home folder may be used by several machines.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "object_cache.h"

#include <stdlib.h>
#include <string.h>

#include "../base/file.h"
#include "cache.h"

static bool begins_with_any(const char *word, const char *const *beginnings) {
    for (; *beginnings; beginnings++) {
        if (strncmp(word, *beginnings, strlen(*beginnings)) == 0) return true;
    }
    return false;
}

static bool is_in_key(const char *flag) {
    static const char *const known[] = {"-O", "-f", "-m", "-W", "-D", "-U", "-std=", "-w", "-l", "-pipe", NULL};
    static const char *const others[] = {"-Wp,",
                                         "-Wa,",
                                         "-fprofile",
                                         "-fauto-profile",
                                         "-fbranch-probabilities",
                                         "-fplugin",
                                         "-fdump",
                                         "-fcallgraph-info",
                                         "-fstack-usage",
                                         "-ftest-coverage",
                                         "-fopt-info",
                                         "-fsave-optimization-record",
                                         "-ftime-trace",
                                         "-fpass-plugin",
                                         "-fsanitize-ignorelist",
                                         "-fsanitize-blacklist",
                                         "-fcs-profile",
                                         "-fmodule",
                                         "-fxray-",
                                         "-fcoverage",
                                         "-fmemory-profile",
                                         NULL};
    return begins_with_any(flag, known) && !begins_with_any(flag, others) && !strstr(flag, "native");
}

static bool are_in_key(const struct words *words, size_t first) {
    for (size_t i = first; i < words->count; i++) {
        if (words->items[i][0] == '@') return false;
        if (words->items[i][0] == '-' && !is_in_key(words->items[i])) return false;
    }
    return true;
}

/* Variables that compilers read flags and folders from. */
static void digest_environment(struct digest *digest) {
    static const char *const names[] = {"CPATH", "C_INCLUDE_PATH", "GCC_EXEC_PREFIX", "COMPILER_PATH",
                                        "CCC_OVERRIDE_OPTIONS"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = getenv(names[i]);
        digest_word(digest, value ? value : "");
    }
}

/* With its size, so that no two lists of files look alike. False if it cannot be read. */
static bool digest_file(struct digest *digest, const char *path) {
    struct input_file file;
    if (!input_open(&file, path)) return false;
    const uint64_t size = file.size;
    digest_bytes(digest, &size, sizeof size);
    digest_bytes(digest, file.bytes, file.size);
    input_close(&file);
    return true;
}

struct object_cache object_cache_begin(const struct toolchain *toolchain, const char *identity,
                                       const struct sources *sources) {
    struct object_cache cache = {.is_on = false};
    if (sources->count < 2 || !cache_is_possible(toolchain->compiler.arena)) return cache;
    if (!are_in_key(&toolchain->compiler, 1) || !are_in_key(&toolchain->flags, 0)) return cache;
    digest_begin(&cache.common);
    digest_word(&cache.common, "object");
    digest_word(&cache.common, identity);
    digest_environment(&cache.common);
    cache.is_on = true;
    for (size_t i = 0; i < sizeof sources->headers / sizeof sources->headers[0]; i++) {
        if (sources->headers[i]) cache.is_on &= digest_file(&cache.common, sources->headers[i]);
    }
    return cache;
}

const char *object_cache_path(const struct object_cache *cache, struct arena *arena, const struct words *command,
                              const char *source) {
    if (!cache->is_on) return NULL;
    struct digest digest = cache->common;
    for (size_t i = 0; i < command->count; i++)
        digest_word(&digest, command->items[i]);
    digest_word(&digest, "");
    if (!digest_file(&digest, source)) return NULL;
    char key[DIGEST_TEXT];
    digest_end(&digest, key);
    return cache_path_if_possible(arena, key);
}
