/* The folder of kept programs.
 *
 * Whole or not at all: a program gets its name by a rename, after its last byte, so a reader never sees half of one.
 * What can still happen to it afterwards (a full disk's zeroes after a crash, somebody's editor) shows in the
 * digest at its end, which is checked before each run: about 30 ms for 30 MB.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "cache.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../base/file.h"
#include "install.h"
#include "report.h"
#include "words.h"

/* What follows the program's own bytes: this, the digest of those bytes, a newline. */
static const char mark[] = "\nw2c program ";

enum { TRAILER_BYTES = sizeof mark - 1 + DIGEST_TEXT }; /* the newline where DIGEST_TEXT counts a NUL */

static void make_trailer(const void *bytes, size_t size, char trailer[TRAILER_BYTES + 1]) {
    char sum[DIGEST_TEXT];
    struct digest digest;
    digest_begin(&digest);
    digest_bytes(&digest, bytes, size);
    digest_end(&digest, sum);
    snprintf(trailer, TRAILER_BYTES + 1, "%s%s\n", mark, sum);
}

/* The XDG rules: a relative XDG_CACHE_HOME does not count. NULL if there is no folder. */
static char *cache_folder(struct arena *arena) {
    const char *cache = getenv("XDG_CACHE_HOME");
    if (cache && *cache == '/') return words_format(arena, "%s/w2c", cache);
    const char *home = getenv("HOME");
    return home && *home == '/' ? words_format(arena, "%s/.cache/w2c", home) : NULL;
}

/* Makes `folder` and what leads to it, private as XDG wants it. False and errno. */
static bool make_folders(char *folder) {
    for (char *slash = strchr(folder + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(folder, 0700); /* if it fails, so does the last one */
        *slash = '/';
    }
    return mkdir(folder, 0700) == 0 || errno == EEXIST;
}

char *cache_path(struct arena *arena, const char key[DIGEST_TEXT]) {
    char *folder = cache_folder(arena);
    if (!folder) {
        report("no folder to keep programs in: set HOME or XDG_CACHE_HOME");
        return NULL;
    }
    if (!make_folders(folder)) {
        report("cannot make the folder '%s': %s", folder, strerror(errno));
        return NULL;
    }
    return words_format(arena, "%s/%s", folder, key);
}

char *cache_path_if_possible(struct arena *arena, const char key[DIGEST_TEXT]) {
    char *folder = cache_folder(arena);
    return folder && make_folders(folder) ? words_format(arena, "%s/%s", folder, key) : NULL;
}

bool cache_is_whole(const char *path) {
    struct input_file file;
    if (!input_open(&file, path)) return false;
    bool is_whole = file.size > TRAILER_BYTES;
    if (is_whole) {
        char trailer[TRAILER_BYTES + 1];
        const size_t size = file.size - TRAILER_BYTES;
        make_trailer(file.bytes, size, trailer);
        is_whole = memcmp(file.bytes + size, trailer, TRAILER_BYTES) == 0;
    }
    input_close(&file);
    return is_whole;
}

bool cache_add(const char *from, const char *path) {
    struct input_file file;
    if (!input_open(&file, from)) {
        report("cannot read '%s': %s", from, strerror(errno));
        return false;
    }
    char trailer[TRAILER_BYTES + 1];
    make_trailer(file.bytes, file.size, trailer);
    input_close(&file);
    return install_file(from, path, true, trailer);
}
